//! Answers that are nearly answers: both clients take them for the same, or say that they are none.

use proptest::prelude::*;

use crate::targets::http::run;

/// What the answers are made of.
const WORDS: [&[u8]; 28] = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200\r\n",
    b"HTTP/1.0 500 No\r\n",
    b"HTTP/1.1 204 No Content\r\n",
    b"HTTP/1.1 304 Not Modified\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 101 Other\r\n",
    b"content-length: 3\r\n",
    b"Content-Length: 3\r\n",
    b"content-length: 0\r\n",
    b"content-length: 12\r\n",
    b"content-length: 5000\r\n",
    b"transfer-encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"connection: close\r\n",
    b"connection: keep-alive\r\n",
    b"content-encoding: gzip\r\n",
    b"x-request-id: r-1\r\n",
    b"x: \r\n folded\r\n",
    b"\r\n",
    b"\r\n",
    b"abc",
    b"3\r\nabc\r\n",
    b"0\r\n\r\n",
    b"0\r\n",
    b"3;",
    b"\n",
];

fn answer() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(WORDS.to_vec()).prop_map(<[u8]>::to_vec);
    let bytes = prop::collection::vec(any::<u8>(), 0..4);
    let words = prop::collection::vec(prop_oneof![19 => word, 1 => bytes], 0..8);
    // Most begin as an answer does.
    (any::<bool>(), prop::sample::select(WORDS[..5].to_vec()), words).prop_map(|(to_head, first, words)| {
        let mut input = vec![u8::from(to_head)];
        input.extend_from_slice(first);
        input.extend(words.concat());
        input
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn what_is_taken_for_an_answer_is_taken_for_the_same_by_both_clients(input in answer()) {
        run(&input);
    }
}
