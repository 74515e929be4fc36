//! An answer as it comes in, in whatever pieces: its head, how its body ends (RFC 9112, 6.3), and its body.

use std::io::{Error, ErrorKind};

use bytes::Bytes;
use httparse::Status;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::Failed;
use super::chunks::Chunks;
use crate::upstream::body::{Incoming, is_packed};
use crate::upstream::transport::Reply;

/// The longest head, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;
/// The most headers.
const MOST_HEADERS: usize = 100;
/// The most heads that only say that the answer is on its way (RFC 9110, 15.2).
const MOST_INTERIM: usize = 8;

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) reply: Reply,
    /// Whether the connection may be used for another call.
    pub(super) reusable: bool,
}

/// An answer of which not all has come.
pub(super) struct Coming {
    state: State,
    interim: usize,
    /// Whether it answers a HEAD: it has no body, whatever its head says.
    to_head: bool,
    largest: usize,
}

enum State {
    /// What has come of the head.
    Head(Vec<u8>),
    Body(Reply<Incoming>, End, bool),
    Done,
}

/// How a body ends.
enum End {
    /// After so many bytes.
    Length(u64),
    Chunks(Chunks),
    /// With the connection.
    Connection,
}

/// A head, how its body ends, and whether the connection may be used afterwards.
type Head = (Reply<()>, End, bool);

impl Coming {
    /// The answer to a HEAD, or to anything else; whose body is at most `largest` bytes, unpacked.
    pub(super) const fn new(to_head: bool, largest: usize) -> Self {
        Self { state: State::Head(Vec::new()), interim: 0, to_head, largest }
    }

    /// Takes what comes next; nothing is the end of the connection.
    ///
    /// # Errors
    /// What has come is no answer, or not all of one, or its body is not one that may be kept.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Option<Answer>, Failed> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Done => Err(invalid("more than an answer").into()),
            State::Head(begun) if bytes.is_empty() => {
                let what =
                    if begun.is_empty() { "ended before an answer" } else { "ended within the head of an answer" };
                Err(Error::new(ErrorKind::UnexpectedEof, what).into())
            }
            State::Head(begun) if begun.is_empty() => self.head(Bytes::copy_from_slice(bytes)),
            State::Head(mut begun) => {
                begun.extend_from_slice(bytes);
                // A head ends with a line: what comes byte by byte is not read anew for each.
                if bytes.contains(&b'\n') { self.head(begun.into()) } else { self.begun(begun) }
            }
            State::Body(reply, end, reusable) => self.body((reply, end, reusable), bytes.is_empty(), Data::Lent(bytes)),
        }
    }

    fn head(&mut self, mut bytes: Bytes) -> Result<Option<Answer>, Failed> {
        loop {
            let Some((head, length)) = parsed(&bytes, self.to_head)? else { return self.begun(bytes.into()) };
            let rest = bytes.slice(length..);
            let Some((reply, end, reusable)) = head else {
                self.interim += 1;
                if self.interim > MOST_INTERIM {
                    return Err(invalid("the answer is always on its way").into());
                }
                bytes = rest;
                continue;
            };
            let announced = match &end {
                End::Length(length) => usize::try_from(*length).unwrap_or(usize::MAX),
                End::Chunks(_) | End::Connection => 0,
            };
            let body = Incoming::new(is_packed(&reply.headers), announced, self.largest).map_err(Failed::Body)?;
            let reply = Reply { status: reply.status, headers: reply.headers, body };
            return self.body((reply, end, reusable), false, Data::Owned(rest));
        }
    }

    /// Waits for the rest of a head.
    fn begun(&mut self, bytes: Vec<u8>) -> Result<Option<Answer>, Failed> {
        if bytes.len() > LONGEST_HEAD {
            return Err(too_long().into());
        }
        self.state = State::Head(bytes);
        Ok(None)
    }

    fn body(
        &mut self,
        (mut reply, mut end, reusable): (Reply<Incoming>, End, bool),
        is_over: bool,
        data: Data<'_>,
    ) -> Result<Option<Answer>, Failed> {
        let behind = match &mut end {
            End::Length(left) => {
                let here = usize::try_from(*left).unwrap_or(usize::MAX).min(data.len());
                *left -= here as u64;
                let behind = data.len() - here;
                data.keep(here, &mut reply.body)?;
                (*left == 0).then_some(behind)
            }
            End::Chunks(chunks) => chunks.take(&data, |data| reply.body.more(data).map_err(Failed::Body))?,
            End::Connection => {
                let all = data.len();
                data.keep(all, &mut reply.body)?;
                is_over.then_some(0)
            }
        };
        match behind {
            Some(behind) => {
                let body = reply.body.whole().map_err(Failed::Body)?;
                let reply = Reply { status: reply.status, headers: reply.headers, body };
                Ok(Some(Answer { reply, reusable: reusable && behind == 0 }))
            }
            None if is_over => Err(Error::new(ErrorKind::UnexpectedEof, "ended within the body of an answer").into()),
            None => {
                self.state = State::Body(reply, end, reusable);
                Ok(None)
            }
        }
    }
}

/// Bytes of a body: with those of the head, which are there already, or in memory that the next answer is read to.
enum Data<'b> {
    Owned(Bytes),
    Lent(&'b [u8]),
}

impl std::ops::Deref for Data<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Lent(bytes) => bytes,
        }
    }
}

impl Data<'_> {
    /// Keeps the first so many of them.
    fn keep(self, first: usize, body: &mut Incoming) -> Result<(), Failed> {
        match self {
            Self::Owned(bytes) => body.keep(bytes.slice(..first)),
            Self::Lent(bytes) => body.more(bytes.get(..first).unwrap_or_default()),
        }
        .map_err(Failed::Body)
    }
}

/// The head, and its length; of one that only says that the answer is on its way, its length alone. `None` where not all of it
/// has come.
fn parsed(bytes: &Bytes, to_head: bool) -> Result<Option<(Option<Head>, usize)>, Error> {
    let mut slots = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut head = httparse::Response::new(&mut slots);
    let length = match head.parse(bytes) {
        Ok(Status::Complete(length)) if length > LONGEST_HEAD => return Err(too_long()),
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Ok(None),
        Err(error) => return Err(Error::new(ErrorKind::InvalidData, error)),
    };
    let status = head.code.unwrap_or_default();
    match status {
        // Nobody asked for another protocol.
        ..100 | 101 => return Err(invalid("the answer has a status that is none")),
        100..200 => return Ok(Some((None, length))),
        _ => {}
    }
    let mut headers = HeaderMap::with_capacity(head.headers.len());
    for said in &*head.headers {
        let none = |_| invalid("a header of the answer is none");
        let name =
            HeaderName::from_bytes(said.name.as_bytes()).map_err(|_| invalid("a header of the answer has no name"))?;
        headers.append(name, HeaderValue::from_maybe_shared(bytes.slice_ref(said.value)).map_err(none)?);
    }
    let is_current = head.version == Some(1);
    let (end, is_clear) = match status {
        _ if to_head => (End::Length(0), true),
        304 => (End::Length(0), true),
        // It has no body; a system that says that it has one may send one.
        204 => (End::Length(0), matches!(end(&headers, is_current), Ok((End::Length(0) | End::Connection, _)))),
        _ => end(&headers, is_current)?,
    };
    let reusable = is_clear && is_current && !says_close(&headers);
    Ok(Some((Some((Reply { status, headers, body: () }, end, reusable)), length)))
}

/// How the body ends, and whether it is clear to everybody where the next answer begins. Before HTTP/1.1 there were no chunks.
fn end(headers: &HeaderMap, is_current: bool) -> Result<(End, bool), Error> {
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    if let Some(coding) = headers.get(header::TRANSFER_ENCODING) {
        let is_only = headers.get_all(header::TRANSFER_ENCODING).iter().nth(1).is_none();
        return match is_current && is_only && coding.as_bytes().eq_ignore_ascii_case(b"chunked") {
            // Somebody on the way may believe the length.
            true => Ok((End::Chunks(Chunks::default()), lengths.next().is_none())),
            false => Err(invalid("the answer is sent in a way that nobody asked for")),
        };
    }
    let mut lengths = lengths.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    let Some(length) = lengths.next() else { return Ok((End::Connection, false)) };
    let digits = std::str::from_utf8(length).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(number) if lengths.all(|other| other == length) => Ok((End::Length(number), true)),
        _ => Err(invalid("the length of the answer is none")),
    }
}

fn says_close(headers: &HeaderMap) -> bool {
    let says = |value: &HeaderValue| {
        value.as_bytes().split(|byte| *byte == b',').any(|word| word.trim_ascii().eq_ignore_ascii_case(b"close"))
    };
    headers.get_all(header::CONNECTION).iter().any(says)
}

fn too_long() -> Error {
    invalid("the head of the answer is too long")
}

fn invalid(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
