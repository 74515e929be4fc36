//! The body of an answer, whole and inside its size limit, unpacked on the way.

use std::io::{Error, ErrorKind, Write};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use hyper::header::{self, HeaderMap};

/// What is kept of a body, bounded.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Bounded {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + piece.len() > self.most {
            return Err(Error::from(ErrorKind::FileTooLarge));
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A body as it comes in.
pub(super) struct Incoming(Kept);

enum Kept {
    /// As it came in: most answers come in one piece. With how many bytes are announced, and the most that are kept.
    One {
        first: Bytes,
        announced: usize,
        most: usize,
    },
    Plain(Bounded),
    /// Packed, as its head says, and nothing of it has come: an answer without a body says so as well.
    Unbegun(Bounded),
    Packed(Box<MultiGzDecoder<Bounded>>),
}

/// Why a body cannot be kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unkept {
    /// It is larger than the limit, as sent or unpacked.
    TooLarge,
    /// It says that it is packed, and cannot be unpacked.
    Broken,
}

impl From<Error> for Unkept {
    fn from(error: Error) -> Self {
        if error.kind() == ErrorKind::FileTooLarge { Self::TooLarge } else { Self::Broken }
    }
}

impl Incoming {
    /// A body of `announced` bytes, as far as that is known, of which at most `most` are kept.
    pub(super) fn new(packed: bool, announced: usize, most: usize) -> Result<Self, Unkept> {
        if announced > most {
            return Err(Unkept::TooLarge);
        }
        Ok(Self(match packed {
            true => Kept::Unbegun(Bounded { bytes: Vec::with_capacity(announced), most }),
            false => Kept::One { first: Bytes::new(), announced, most },
        }))
    }

    /// Keeps a piece.
    pub(super) fn keep(&mut self, piece: Bytes) -> Result<(), Unkept> {
        match &mut self.0 {
            Kept::One { first, most, .. } if first.is_empty() && piece.len() <= *most => *first = piece,
            _ => self.more(&piece)?,
        }
        Ok(())
    }

    /// Keeps a copy of a piece.
    pub(super) fn more(&mut self, piece: &[u8]) -> Result<(), Unkept> {
        match &mut self.0 {
            _ if piece.is_empty() => {}
            Kept::Unbegun(empty) => {
                let empty = Bounded { bytes: std::mem::take(&mut empty.bytes), most: empty.most };
                let mut decoder = Box::new(MultiGzDecoder::new(empty));
                decoder.write_all(piece)?;
                self.0 = Kept::Packed(decoder);
            }
            Kept::One { first, announced, most } => {
                let mut bounded = Bounded { bytes: Vec::with_capacity(*announced), most: *most };
                bounded.write_all(first)?;
                bounded.write_all(piece)?;
                self.0 = Kept::Plain(bounded);
            }
            Kept::Plain(bounded) => bounded.write_all(piece)?,
            Kept::Packed(decoder) => decoder.write_all(piece)?,
        }
        Ok(())
    }

    /// The whole.
    pub(super) fn whole(self) -> Result<Bytes, Unkept> {
        match self.0 {
            Kept::One { first, .. } => Ok(first),
            Kept::Plain(bounded) | Kept::Unbegun(bounded) => Ok(bounded.bytes.into()),
            Kept::Packed(decoder) => Ok(decoder.finish()?.bytes.into()),
        }
    }
}

/// Whether a body is packed, as its head says.
pub(super) fn is_packed(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_ENCODING).is_some_and(|kind| kind.as_bytes().eq_ignore_ascii_case(b"gzip"))
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read(pieces: &[&[u8]], is_packed: bool, most: usize) -> Result<Bytes, Unkept> {
        let mut body = Incoming::new(is_packed, 0, most)?;
        pieces.iter().try_for_each(|piece| body.keep(Bytes::copy_from_slice(piece)))?;
        body.whole()
    }

    #[test]
    fn a_body_is_put_together_and_unpacked_piece_by_piece() {
        assert_eq!(read(&[b"{\"a\"", b":1}"], false, 7).unwrap(), "{\"a\":1}");
        assert_eq!(read(&[b"{\"a\":1}"], false, 7).unwrap(), "{\"a\":1}");
        assert_eq!(read(&[], false, 7).unwrap(), "");
        let bytes = packed(b"{\"a\":1}");
        let pieces: Vec<&[u8]> = bytes.chunks(3).collect();
        assert_eq!(read(&pieces, true, 7).unwrap(), "{\"a\":1}");
        assert_eq!(read(&[], true, 7).unwrap(), "", "the answer to a HEAD, or one without a body");
        assert_eq!(read(&[&[packed(b"one ").as_slice(), &packed(b"two")].concat()], true, 7).unwrap(), "one two");
    }

    #[test]
    fn what_is_too_large_is_refused_whether_as_sent_or_unpacked() {
        assert_eq!(read(&[b"four", b"five"], false, 7), Err(Unkept::TooLarge));
        assert_eq!(read(&[b"fourfive"], false, 7), Err(Unkept::TooLarge));
        let bomb = packed(&vec![b' '; 1_000_000]);
        assert!(bomb.len() < 2_000);
        assert_eq!(read(&[&bomb], true, 100_000), Err(Unkept::TooLarge));
        assert_eq!(Incoming::new(false, 8, 7).err(), Some(Unkept::TooLarge));
    }

    #[test]
    fn what_is_not_packed_as_it_says_or_ends_early_is_broken() {
        assert_eq!(read(&[b"{\"a\":1}, which nobody packed"], true, 100), Err(Unkept::Broken));
        let bytes = packed(b"{\"a\":1}");
        assert_eq!(read(&[&bytes[..bytes.len() - 4]], true, 100), Err(Unkept::Broken));
    }
}
