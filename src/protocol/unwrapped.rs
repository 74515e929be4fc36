//! Files inside of JSON: their bytes are a text of base64 in an answer, which is read whole, inside the limit of an answer.

use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use futures::{StreamExt as _, stream};

use super::core::Core;
use super::open::unusable;
use super::path::first;
use super::wants::Wants;
use crate::connector::{EntityMapping, ErrorKind, Path, Root, Step};
use crate::error::{Code, Error};
use crate::model::{FilePart, OpenFile, OpenedFile};
use crate::upstream::{HeaderValue, header, is_same_origin};

/// Base64 as systems write it: with padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Core {
    /// The bytes of a file that an answer has at a JSON pointer.
    pub(super) async fn unwrapped(
        &self,
        of: &EntityMapping,
        file: &OpenFile,
        inside: &str,
    ) -> Result<OpenedFile, Error> {
        let url = self.whole(&file.at)?;
        let home = is_same_origin(&self.address("", "")?, &url);
        // A part of the answer is no part of the file.
        let mut call = self.file_call(of, &OpenFile { part: None, ..file.clone() }, (url, home))?;
        call.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let template = Arc::clone(&call.template);
        let (path, mut wants) = (path(inside), Wants::default());
        wants.path(&path);
        let answer = self.send(call, &self.wanted(wants)).await.map_err(|failure| match failure.kind {
            ErrorKind::Missing => Error::new(Code::NotFound, failure.error.detail().to_owned()),
            _ => failure.error,
        })?;
        let found = first(&path, &answer.body);
        let text = found.as_text().ok_or_else(|| unusable(&template, "there is no file in the answer"))?;
        let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let bytes = BASE64.decode(packed).map_err(|_| unusable(&template, "the file in the answer is not base64"))?;
        opened(Bytes::from(bytes), file.part)
    }
}

/// A JSON pointer (RFC 6901) as a path.
fn path(pointer: &str) -> Path {
    let step = |part: &str| match part.parse() {
        Ok(at) => Step::At(at),
        Err(_) => Step::Name(part.replace("~1", "/").replace("~0", "~").into()),
    };
    Path { root: Root::Row, steps: pointer.split('/').skip(1).map(step).collect(), text: Arc::from(pointer) }
}

/// A file that is here as a whole, or the part of it that is wanted.
fn opened(whole: Bytes, part: Option<FilePart>) -> Result<OpenedFile, Error> {
    let length = whole.len() as u64;
    let part = match part {
        None => None,
        Some(FilePart::From(first, last)) => Some((first, last.unwrap_or(u64::MAX).min(length.saturating_sub(1)))),
        Some(FilePart::Last(count)) => Some((length.saturating_sub(count), length.saturating_sub(1))),
    };
    let bytes = match part {
        None => whole,
        Some((first, last)) => {
            let place = |at: u64| usize::try_from(at).ok();
            let range = place(first).zip(place(last)).filter(|_| first <= last && last < length);
            let (first, last) = range.ok_or_else(|| Error::new(Code::NotFound, "the file has no such part"))?;
            whole.slice(first..=last)
        }
    };
    Ok(OpenedFile { media: None, size: Some(length), part, bytes: stream::iter([Ok(bytes)]).boxed() })
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt as _;

    use super::*;

    async fn read(part: Option<FilePart>) -> Option<(String, Option<(u64, u64)>)> {
        let opened = opened(Bytes::from_static(b"0123456789"), part).ok()?;
        assert_eq!(opened.size, Some(10));
        let part = opened.part;
        let pieces: Vec<Bytes> = opened.bytes.try_collect().await.ok()?;
        Some((String::from_utf8(pieces.concat()).ok()?, part))
    }

    #[tokio::test]
    async fn a_part_of_what_is_here_is_cut_out() {
        for (part, expected) in [
            (None, Some(("0123456789", None))),
            (Some(FilePart::From(0, Some(3))), Some(("0123", Some((0, 3))))),
            (Some(FilePart::From(8, None)), Some(("89", Some((8, 9))))),
            (Some(FilePart::From(8, Some(99))), Some(("89", Some((8, 9))))),
            (Some(FilePart::Last(2)), Some(("89", Some((8, 9))))),
            (Some(FilePart::Last(99)), Some(("0123456789", Some((0, 9))))),
            (Some(FilePart::Last(0)), None),
            (Some(FilePart::From(10, None)), None),
            (Some(FilePart::From(u64::MAX, None)), None),
        ] {
            let expected = expected.map(|(text, part)| (text.to_owned(), part));
            assert_eq!(read(part).await, expected, "{part:?}");
        }
    }

    #[test]
    fn a_pointer_is_a_path() {
        let steps = path("/d/a~1b~0/0").steps;
        assert_eq!(*steps, [Step::Name("d".into()), Step::Name("a/b~".into()), Step::At(0)]);
    }
}
