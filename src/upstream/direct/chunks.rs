//! A body that comes in chunks (RFC 9112, 7.1), taken apart as it comes.

use std::io::{Error, ErrorKind};

use httparse::Status;

/// The longest line that says how long a chunk is, and the longest end with its trailers, in bytes.
const LONGEST_LINE: usize = 8 * 1024;

/// Where in the body what comes next stands.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    at: At,
    /// The beginning of what was cut in two: a line, or the end.
    begun: Vec<u8>,
}

#[derive(Debug, Default)]
enum At {
    #[default]
    Size,
    /// How many bytes of the chunk are still to come.
    Data(u64),
    /// The line break behind a chunk.
    Break,
    /// Behind the last chunk: lines until an empty one.
    End,
    Done,
}

impl Chunks {
    /// Hands the data in what comes next to `keep`; says how many bytes stand behind the body where it has ended.
    ///
    /// # Errors
    /// `InvalidData`: it is not in chunks; or what `keep` says.
    pub(super) fn take<E: From<Error>>(
        &mut self,
        bytes: &[u8],
        mut keep: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Option<usize>, E> {
        let joined;
        let mut rest = bytes;
        if !self.begun.is_empty() {
            let mut begun = std::mem::take(&mut self.begun);
            begun.extend_from_slice(bytes);
            joined = begun;
            rest = &joined;
        }
        loop {
            match &mut self.at {
                At::Done => return Ok(Some(rest.len())),
                At::Data(0) => self.at = At::Break,
                At::Data(left) => {
                    let here = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    let Some((data, behind)) = rest.split_at_checked(here).filter(|_| here > 0) else {
                        return Ok(None);
                    };
                    *left -= data.len() as u64;
                    rest = behind;
                    keep(data)?;
                }
                state => {
                    let found = next(state, rest)?;
                    let (line, behind) = rest.split_at(found.as_ref().map_or(rest.len(), |(read, _)| *read));
                    if line.len() > LONGEST_LINE {
                        return Err(broken("a line of a chunk is too long").into());
                    }
                    // Others on the way may see a line end, or none, where `\n` stands alone.
                    if line.iter().zip([0].iter().chain(line)).any(|(byte, before)| *byte == b'\n' && *before != b'\r')
                    {
                        return Err(broken("a line of a chunk has no end").into());
                    }
                    let Some((_, at)) = found else {
                        self.begun = line.to_vec();
                        return Ok(None);
                    };
                    self.at = at;
                    rest = behind;
                }
            }
        }
    }
}

/// What comes behind a state that ends with a line, and how long that is; `None` where not all of it is there.
fn next(at: &At, bytes: &[u8]) -> Result<Option<(usize, At)>, Error> {
    match at {
        // A line without a digit would be read as the last chunk.
        At::Size if bytes.first().is_some_and(|byte| !byte.is_ascii_hexdigit()) => {
            Err(broken("the length of a chunk is none"))
        }
        At::Size => match httparse::parse_chunk_size(bytes) {
            Ok(Status::Complete((read, 0))) => Ok(Some((read, At::End))),
            Ok(Status::Complete((read, size))) => Ok(Some((read, At::Data(size)))),
            Ok(Status::Partial) => Ok(None),
            Err(_) => Err(broken("the length of a chunk is none")),
        },
        At::Break => match bytes {
            [b'\r', b'\n', ..] => Ok(Some((2, At::Size))),
            [] | [b'\r'] => Ok(None),
            _ => Err(broken("a chunk is longer than it says")),
        },
        At::End => {
            // What trailers say is of no use to anybody here.
            let mut trailers = [httparse::EMPTY_HEADER; 16];
            match httparse::parse_headers(bytes, &mut trailers) {
                Ok(Status::Complete((read, _))) => Ok(Some((read, At::Done))),
                Ok(Status::Partial) => Ok(None),
                Err(_) => Err(broken("what stands behind the last chunk is no header")),
            }
        }
        At::Data(_) | At::Done => Ok(None),
    }
}

fn broken(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}
