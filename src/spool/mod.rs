//! Files on their way through: a small one in memory, a large one in a file without a name, which nothing holds whole.
//!
//! A file without a name is gone when the last who reads it lets go of it, whatever ended the request, the process itself
//! included. How much all of them may take together is bounded.

mod content;
mod kind;
mod name;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

pub use content::Content;
pub use kind::FileKind;
pub use name::cleaned;

use content::{Spooled, digest};

/// What of a file is held in memory at once, in bytes; a file that is not larger stays there.
pub const PIECE: usize = 64 * 1024;
/// What is known of every file without reading it again, in bytes: kinds are told by it.
pub const BEGINNING: usize = 8 * 1024;

/// Where files wait until they are sent on.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: Option<PathBuf>,
    room: Room,
}

/// How many bytes may still be taken.
#[derive(Clone, Debug)]
struct Room(Arc<AtomicU64>);

/// Bytes that are taken; they are given back when it is dropped.
#[derive(Debug)]
struct Taken {
    bytes: u64,
    of: Room,
}

/// A file that is arriving.
pub struct Spooling {
    spool: Spool,
    held: Vec<u8>,
    file: Option<std::fs::File>,
    beginning: Bytes,
    size: u64,
    sum: Sha256,
    taken: Taken,
}

impl Spool {
    /// In that folder, or in the system's own for such files; all of them together take at most `most` bytes of it.
    #[must_use]
    pub fn new(folder: Option<PathBuf>, most: u64) -> Self {
        Self { folder, room: Room(Arc::new(AtomicU64::new(most))) }
    }

    /// How many bytes files on disk may still take.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.room.0.load(Ordering::SeqCst)
    }

    /// Begins a file.
    #[must_use]
    pub fn begin(&self) -> Spooling {
        Spooling {
            spool: self.clone(),
            held: Vec::new(),
            file: None,
            beginning: Bytes::new(),
            size: 0,
            sum: Sha256::new(),
            taken: Taken { bytes: 0, of: self.room.clone() },
        }
    }

    fn file(&self) -> io::Result<std::fs::File> {
        match &self.folder {
            Some(folder) => tempfile::tempfile_in(folder),
            None => tempfile::tempfile(),
        }
    }
}

impl Taken {
    fn more(&mut self, bytes: u64) -> io::Result<()> {
        let take = |left: u64| left.checked_sub(bytes);
        let taken = self.of.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        taken.map_err(|_| io::Error::from(io::ErrorKind::QuotaExceeded))?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.of.0.fetch_add(self.bytes, Ordering::SeqCst);
    }
}

impl Spooling {
    /// Keeps the next piece.
    ///
    /// # Errors
    /// There is no room left (`QuotaExceeded`), or the file cannot be written.
    pub async fn keep(&mut self, piece: &[u8]) -> io::Result<()> {
        self.sum.update(piece);
        self.size += piece.len() as u64;
        for part in piece.chunks(PIECE) {
            if self.held.len() + part.len() > PIECE {
                self.flush().await?;
            }
            self.held.extend_from_slice(part);
        }
        Ok(())
    }

    /// Writes what is held; disks are slow, and others wait for this thread.
    async fn flush(&mut self) -> io::Result<()> {
        use std::io::Write as _;
        if self.beginning.is_empty() {
            let beginning = self.held.get(..BEGINNING).unwrap_or(&self.held);
            self.beginning = Bytes::copy_from_slice(beginning);
        }
        self.taken.more(self.held.len() as u64)?;
        let (spool, mut held, file) = (self.spool.clone(), std::mem::take(&mut self.held), self.file.take());
        let written = tokio::task::spawn_blocking(move || -> io::Result<(std::fs::File, Vec<u8>)> {
            let mut file = file.map_or_else(|| spool.file(), Ok)?;
            file.write_all(&held)?;
            held.clear();
            Ok((file, held))
        });
        let (file, held) = written.await.map_err(io::Error::other)??;
        (self.file, self.held) = (Some(file), held);
        Ok(())
    }

    /// It is all there.
    ///
    /// # Errors
    /// As those of [`Spooling::keep`].
    pub async fn done(mut self) -> io::Result<Content> {
        if self.file.is_none() {
            return Ok(Content::from(Bytes::from(self.held)));
        }
        if !self.held.is_empty() {
            self.flush().await?;
        }
        let Self { file, beginning, size, sum, taken, .. } = self;
        let file = file.ok_or_else(|| io::Error::other("the file is gone"))?;
        Ok(Content::spooled(Spooled::new(file, (beginning, size, digest(sum)), taken)))
    }
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt as _;

    use super::*;

    async fn kept(spool: &Spool, pieces: &[&[u8]]) -> io::Result<Content> {
        let mut spooling = spool.begin();
        for piece in pieces {
            spooling.keep(piece).await?;
        }
        spooling.done().await
    }

    async fn read(content: &Content) -> Vec<u8> {
        let pieces: Vec<Bytes> = content.pieces().try_collect().await.unwrap();
        assert!(pieces.iter().all(|piece| piece.len() <= PIECE));
        pieces.concat()
    }

    #[tokio::test]
    async fn a_file_comes_out_as_it_went_in_as_often_as_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(Some(folder.path().to_owned()), 1 << 20);
        let large: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).take(700_001).collect();
        for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 700_001] {
            let whole = &large[..size];
            for step in [1_000, PIECE, 200_000] {
                let pieces: Vec<&[u8]> = whole.chunks(step).collect();
                let content = kept(&spool, &pieces).await.unwrap();
                assert_eq!(content.len(), size as u64);
                assert_eq!(content.digest(), Content::from(Bytes::copy_from_slice(whole)).digest());
                assert_eq!(content.beginning(), &whole[..content.beginning().len()]);
                assert!(content.beginning().len() >= size.min(BEGINNING));
                let (one, other) = futures::join!(read(&content), read(&content));
                assert!(one == whole && other == whole, "{size} bytes in steps of {step}");
            }
        }
    }

    #[tokio::test]
    async fn a_large_file_has_no_name_and_gives_its_room_back() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(Some(folder.path().to_owned()), 500_000);
        let content = kept(&spool, &[&[7; 300_000]]).await.unwrap();
        assert_eq!(spool.left(), 200_000);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it can be found by nobody");
        let full = kept(&spool, &[&[7; 200_000], &[7; 100_000]]).await.unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::QuotaExceeded);
        assert_eq!(spool.left(), 200_000, "what was refused takes none");
        let again = content.clone();
        drop(content);
        assert_eq!(spool.left(), 200_000);
        drop(again);
        assert_eq!(spool.left(), 500_000);
        assert!(kept(&spool, &[&[7; PIECE]]).await.is_ok());
        assert_eq!(spool.left(), 500_000, "a small one takes none");
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_takes_no_large_file() {
        let spool = Spool::new(Some("/nowhere/at/all".into()), 1 << 20);
        assert!(kept(&spool, &[&[7; 10]]).await.is_ok());
        assert!(kept(&spool, &[&[7; 100_000]]).await.is_err());
    }
}
