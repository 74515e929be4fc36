//! Answers byte by byte and whole: where each ends, what is refused, and whether the connection may be used again.

use proptest::prelude::*;

use super::*;

const LARGEST: usize = 100;

/// What came of an answer, in one line: its status, body and whether the connection may be used again; or what is wrong with it.
/// And how many pieces it took.
fn read(pieces: &[&[u8]], to_head: bool) -> (String, usize) {
    let mut coming = Coming::new(to_head, LARGEST);
    // The end of the connection is an empty piece.
    for (at, piece) in pieces.iter().copied().filter(|piece| !piece.is_empty()).chain([&[][..]]).enumerate() {
        let told = match coming.take(piece) {
            Ok(None) => continue,
            Ok(Some(Answer { reply, reusable })) => {
                let then = if reusable { "kept" } else { "closed" };
                format!("{} {:?} {then}", reply.status, String::from_utf8_lossy(&reply.body))
            }
            Err(Failed::Lost(error)) => error.to_string(),
            Err(Failed::Body(why)) => format!("{why:?}"),
            Err(Failed::Unconnected(error)) => error.to_string(),
        };
        return (told, at + 1);
    }
    ("neither an answer nor an error".to_owned(), 0)
}

#[test]
fn an_answer_ends_where_its_head_says() {
    let long = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(LONGEST_HEAD));
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(MOST_INTERIM + 1);
    let line = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;{}", "y".repeat(9_000));
    let end = format!("x: {}\r\n", "y".repeat(3_000)).repeat(3);
    let trailers = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n{end}\r\n");
    let whole = format!("{long}\r\ncontent-length: 0\r\n\r\n");
    for (sent, expected) in [
        // As long as it says.
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", "200 \"{}\" kept"),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404 \"\" kept"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n{}", "200 \"{}\" kept"),
        ("HTTP/1.1 200\r\ncontent-length: 2\r\n\r\n{}", "200 \"{}\" kept"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}", "ended within the body of an answer"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}", "the length of the answer is none"),
        ("HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\n{}", "the length of the answer is none"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\n{}", "200 \"{}\" kept"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2, 3\r\n\r\n{}", "the length of the answer is none"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2,\r\n\r\n{}", "the length of the answer is none"),
        ("HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\n{}", "the length of the answer is none"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n", "the length of the answer is none"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n", "TooLarge"),
        // What stands behind it would be the answer to somebody else's call.
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n", "200 \"{}\" closed"),
        // In chunks.
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", "200 \"{}\" kept"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\nx: y\r\n\r\n", "200 \"{}\" kept"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "200 \"\" kept"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nHTTP", "200 \"\" closed"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", "ended within the body of an answer"),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n",
            "a chunk is longer than it says",
        ),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n", "the length of a chunk is none"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\r\n\r\n", "the length of a chunk is none"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n65\r\n", "ended within the body of an answer"),
        (&line, "a line of a chunk is too long"),
        (&trailers, "a line of a chunk is too long"),
        // Others would see other lines.
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\n", "a line of a chunk has no end"),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx: y\n\r\n",
            "a line of a chunk has no end",
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;\n\r\n{}\r\n0\r\n\r\n",
            "a line of a chunk has no end",
        ),
        // Whoever is in between may have read it in the other way.
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 9\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            "200 \"{}\" closed",
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "the answer is sent in a way that nobody asked for",
        ),
        (
            "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "the answer is sent in a way that nobody asked for",
        ),
        // With the connection.
        ("HTTP/1.1 200 OK\r\n\r\n{}", "200 \"{}\" closed"),
        ("HTTP/1.0 200 OK\r\n\r\n", "200 \"\" closed"),
        ("HTTP/1.0 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n{}", "200 \"{}\" closed"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nConnection: x, Close\r\n\r\n{}", "200 \"{}\" closed"),
        // Without a body, whatever is said of one.
        ("HTTP/1.1 204 No Content\r\n\r\n", "204 \"\" kept"),
        ("HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n", "204 \"\" kept"),
        ("HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", "304 \"\" kept"),
        // A body may come all the same.
        ("HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n", "204 \"\" closed"),
        ("HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n", "204 \"\" closed"),
        ("HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked\r\n\r\n", "304 \"\" kept"),
        ("HTTP/1.1 204 No Content\r\ncontent-encoding: gzip\r\n\r\n", "204 \"\" kept"),
        // On its way.
        ("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "200 \"\" kept"),
        (&interim, "the answer is always on its way"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "the answer has a status that is none"),
        // None.
        ("", "ended before an answer"),
        ("HTTP/1.1 200 OK\r\ncontent-le", "ended within the head of an answer"),
        ("HTTP/1.1 099 No\r\n\r\n", "the answer has a status that is none"),
        ("SSH-2.0-OpenSSH_9.6\r\n", "invalid HTTP version"),
        ("HTTP/2 200 OK\r\n\r\n", "invalid HTTP version"),
        ("HTTP/1.1 200 OK\r\na b: c\r\n\r\n", "invalid header name"),
        (&long, "the head of the answer is too long"),
        (&whole, "the head of the answer is too long"),
    ] {
        let shown = &sent[..sent.len().min(200)];
        assert_eq!(read(&[sent.as_bytes()], false).0, expected, "{shown}");
        let pieces: Vec<&[u8]> = sent.as_bytes().chunks(if sent.len() > 1_000 { 999 } else { 1 }).collect();
        let (told, taken) = read(&pieces, false);
        // What stands behind an answer has not come yet when the answer is whole.
        let has_more = taken < pieces.len() && told.ends_with(" kept");
        assert_eq!(told, if has_more { expected.replace(" closed", " kept") } else { expected.to_owned() }, "{shown}");
    }
}

#[test]
fn the_answer_to_a_head_has_no_body() {
    let sent = b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\ncontent-encoding: gzip\r\n\r\n";
    assert_eq!(read(&[sent], true).0, "200 \"\" kept");
}

#[test]
fn a_packed_answer_is_unpacked_and_its_headers_are_its_own() {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(b"{\"total\":1}").unwrap();
    let packed = encoder.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\nX-One: a\r\nx-one: b\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    );
    let sent = [head.as_bytes(), &packed].concat();
    let mut coming = Coming::new(false, LARGEST);
    assert!(matches!(coming.take(&sent[..30]), Ok(None)));
    let Ok(Some(Answer { reply, reusable: true })) = coming.take(&sent[30..]) else { panic!("no answer") };
    assert_eq!(reply.body, "{\"total\":1}");
    assert_eq!(reply.headers.get_all("x-one").iter().collect::<Vec<_>>(), ["a", "b"]);
    assert!(coming.take(b"more").is_err());
}

/// Pieces of answers, in any order: most of what comes of them is almost an answer.
fn almost() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        &b"HTTP/1.1 200 OK\r\n"[..],
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.0 500 No\r\n",
        b"content-length: 3\r\n",
        b"content-length: 0\r\n",
        b"transfer-encoding: chunked\r\n",
        b"connection: close\r\n",
        b"content-encoding: gzip\r\n",
        b"\r\n",
        b"abc",
        b"3\r\nabc\r\n",
        b"0\r\n\r\n",
        b"\x1f\x8b\x08",
        b"\n",
    ]);
    let any = prop::collection::vec(any::<u8>(), 0..4);
    let piece = prop_oneof![9 => words.prop_map(<[u8]>::to_vec), 1 => any];
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Where the network cuts what is sent changes nothing.
    #[test]
    fn an_answer_is_the_same_in_whatever_pieces_it_comes(sent in almost(), cuts in prop::collection::vec(0usize..200, 0..6), to_head: bool) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(sent.len())).chain([0, sent.len()]).collect();
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &sent[cut[0]..cut[1]]).collect();
        let (whole, cut) = (read(&[&sent], to_head).0, read(&pieces, to_head).0);
        // What stands behind an answer may not have come yet when the answer is whole; of what is wrong, more may have come.
        let is_answer = |told: &str| told.ends_with(" kept") || told.ends_with(" closed");
        let same = whole == cut || whole.replace(" closed", " kept") == cut || !(is_answer(&whole) || is_answer(&cut));
        prop_assert!(same, "{whole}, and in pieces {cut}");
    }
}
