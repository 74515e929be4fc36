//! What goes out with a call, as the client takes it: its length is always known.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt as _};
use hyper::body::{Body, Frame, SizeHint};

use crate::spool::Content;

/// The body of a call.
pub(super) struct Outgoing {
    what: What,
    /// How many bytes are still to come.
    left: u64,
}

enum What {
    Bytes(Bytes),
    /// A file, read while it is sent.
    Pieces(BoxStream<'static, io::Result<Bytes>>),
}

impl From<Content> for Outgoing {
    fn from(content: Content) -> Self {
        let what = match content.in_memory() {
            Some(bytes) => What::Bytes(bytes.clone()),
            None => What::Pieces(content.pieces()),
        };
        Self { what, left: content.len() }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let piece = match &mut self.what {
            What::Bytes(bytes) => Some(Ok(std::mem::take(bytes))),
            What::Pieces(pieces) => ready!(pieces.poll_next_unpin(context)),
        };
        // Fewer bytes than were announced end the connection, which the system sees.
        let piece = piece.transpose()?.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        self.left = self.left.saturating_sub(piece.len() as u64);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
