//! The bytes of an object, or of a part of it, as they come.

use futures::StreamExt;
use opendal::Operator;

use super::answer::Refused;
use super::line::Line;
use crate::error::{Code, Error};
use crate::upstream::{Call, HeaderMap, HeaderValue, Streamed, header};

/// Opens an object: what is known of it is read first, so that the bytes are of that very object.
pub(super) async fn open(
    operator: &Operator,
    (path, version): (&str, Option<&str>),
    asked: Opened<'_>,
) -> Result<Streamed, Refused> {
    let mut stat = operator.stat_with(path);
    if let Some(version) = version {
        stat = stat.version(version);
    }
    let known = stat.await?;
    if !known.is_file() {
        return Err(Refused::missing());
    }
    if known.content_encoding().is_some_and(|kind| !kind.trim().eq_ignore_ascii_case("identity")) {
        return Err(Refused::new(415, "Packed", "the object is kept packed, and would be given out so"));
    }
    let size = known.content_length();
    let part = match asked.call.headers.get(header::RANGE).and_then(|range| range.to_str().ok()) {
        Some(range) => match part(range, size) {
            Some(part) => Some(part),
            None => return Err(Refused::new(416, "InvalidRange", "the part lies behind the end")),
        },
        None => None,
    };
    let (from, to) = part.map_or((0, size), |(first, last)| (first, last + 1));
    let mut reader = operator.reader_with(path).content_length_hint(size);
    if let Some(version) = version {
        reader = reader.version(version);
    }
    if let Some(etag) = known.etag().filter(|_| version.is_none()) {
        reader = reader.if_match(etag);
    }
    let bytes = reader.await?.into_bytes_stream(from..to).await?;
    let line = asked.line.clone();
    let template = std::sync::Arc::clone(&asked.call.template);
    let bytes = bytes.map(move |piece| {
        piece.map_err(|error| {
            let lost = || Error::new(Code::UpstreamUnavailable, format!("`{template}`: {error}")).retryable();
            line.failure().unwrap_or_else(lost)
        })
    });
    let mut headers = HeaderMap::new();
    let mut say = |name, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    if let Some(media) = known.content_type().or_else(|| super::name::media(path)) {
        say(header::CONTENT_TYPE, media.to_owned());
    }
    say(header::CONTENT_LENGTH, (to - from).to_string());
    if let Some((first, last)) = part {
        say(header::CONTENT_RANGE, format!("bytes {first}-{last}/{size}"));
    }
    if let Some(mark) = super::row::mark(&known) {
        say(header::ETAG, mark);
    }
    Ok(Streamed { status: if part.is_some() { 206 } else { 200 }, headers, body: Box::pin(bytes) })
}

/// What is opened, and on which line.
#[derive(Clone, Copy)]
pub(super) struct Opened<'a> {
    pub(super) call: &'a Call,
    pub(super) line: &'a Line,
}

/// The first and the last byte of a part (RFC 9110, 14.1.2); `None` where it lies behind the end.
fn part(range: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = range.trim().strip_prefix("bytes=")?.split_once('-')?;
    let end = size.checked_sub(1)?;
    if first.is_empty() {
        let count: u64 = last.parse().ok().filter(|count| *count > 0)?;
        return Some((size.saturating_sub(count), end));
    }
    let first: u64 = first.parse().ok().filter(|first| *first <= end)?;
    let last = if last.is_empty() { end } else { last.parse::<u64>().ok().filter(|last| *last >= first)?.min(end) };
    Some((first, last))
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn a_part_is_counted_as_http_counts() {
        for (range, size, found) in [
            ("bytes=0-3", 10, Some((0, 3))),
            ("bytes=4-", 10, Some((4, 9))),
            ("bytes=-4", 10, Some((6, 9))),
            ("bytes=-40", 10, Some((0, 9))),
            ("bytes=8-99", 10, Some((8, 9))),
            ("bytes=10-", 10, None),
            ("bytes=-0", 10, None),
            ("bytes=5-3", 10, None),
            ("bytes=0-", 0, None),
            ("rows=0-3", 10, None),
        ] {
            assert_eq!(part(range, size), found, "{range} of {size}");
        }
    }
}
