//! What is sent along with a call: bytes, or a file that is read as it goes, and can be read again.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use sha2::{Digest as _, Sha256};

use super::{PIECE, Taken};

/// What is sent along: bytes in memory, or a file without a name. A copy of it is one more who reads the same.
#[derive(Clone)]
pub struct Content(Held);

#[derive(Clone)]
enum Held {
    Bytes(Bytes),
    File(Arc<Spooled>),
}

/// A file without a name.
pub(super) struct Spooled {
    /// Several may read it at once, each at its own place.
    file: Mutex<File>,
    beginning: Bytes,
    size: u64,
    digest: [u8; 32],
    _taken: Taken,
}

impl Spooled {
    pub(super) fn new(file: File, (beginning, size, digest): (Bytes, u64, [u8; 32]), taken: Taken) -> Self {
        Self { file: Mutex::new(file), beginning, size, digest, _taken: taken }
    }

    /// The piece that begins there.
    fn piece(&self, at: u64) -> io::Result<Bytes> {
        let wanted = (self.size - at).min(PIECE as u64);
        let mut piece = vec![0; usize::try_from(wanted).map_err(io::Error::other)?];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut piece)?;
        Ok(Bytes::from(piece))
    }
}

impl Content {
    pub(super) fn spooled(spooled: Spooled) -> Self {
        Self(Held::File(Arc::new(spooled)))
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match &self.0 {
            Held::Bytes(bytes) => bytes.len() as u64,
            Held::File(file) => file.size,
        }
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its first bytes: at least [`BEGINNING`](super::BEGINNING) of them, and all where it is held in memory.
    #[must_use]
    pub fn beginning(&self) -> &[u8] {
        match &self.0 {
            Held::Bytes(bytes) => bytes,
            Held::File(file) => &file.beginning,
        }
    }

    /// All of it, where it is held in memory.
    #[must_use]
    pub fn in_memory(&self) -> Option<&Bytes> {
        match &self.0 {
            Held::Bytes(bytes) => Some(bytes),
            Held::File(_) => None,
        }
    }

    /// Its SHA-256. Of a file it was worked out while it arrived.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        match &self.0 {
            Held::Bytes(bytes) => digest(Sha256::new_with_prefix(bytes)),
            Held::File(file) => file.digest,
        }
    }

    /// All of it from its beginning, in pieces of at most [`PIECE`] where it is a file.
    #[must_use]
    pub fn pieces(&self) -> BoxStream<'static, io::Result<Bytes>> {
        let file = match &self.0 {
            Held::Bytes(bytes) => return stream::once(std::future::ready(Ok(bytes.clone()))).boxed(),
            Held::File(file) => Arc::clone(file),
        };
        let next = |(file, at): (Arc<Spooled>, u64)| async move {
            if at >= file.size {
                return Ok(None);
            }
            let reading = tokio::task::spawn_blocking(move || file.piece(at).map(|piece| (piece, file)));
            let (piece, file) = reading.await.map_err(io::Error::other)??;
            let behind = at + piece.len() as u64;
            Ok(Some((piece, (file, behind))))
        };
        stream::try_unfold((file, 0), next).boxed()
    }
}

pub(super) fn digest(sum: Sha256) -> [u8; 32] {
    sum.finalize().into()
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self(Held::Bytes(bytes))
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::from(Bytes::from(text))
    }
}

impl Default for Content {
    fn default() -> Self {
        Self::from(Bytes::new())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}
