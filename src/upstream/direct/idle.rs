//! Connections on which nothing is under way, by whom they lead to.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use hyper::http::uri::Authority;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// How often it is looked for connections that are to be ended, at the least.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

/// Connections that are kept until they are used again, or for so long.
pub(super) struct Idle {
    kept: Mutex<Kept>,
    longest: Duration,
}

#[derive(Default)]
struct Kept {
    /// With whom they lead to and since when they are kept, few enough to be looked through. The one that was used last is
    /// at the end, and is used first: those that are too many grow old.
    connections: Vec<(Authority, TcpStream, Instant)>,
    /// Whether somebody looks for those that have grown old.
    is_watched: bool,
}

impl Idle {
    pub(super) fn new(longest: Duration) -> Self {
        Self { kept: Mutex::default(), longest }
    }

    /// A connection that the system has not ended.
    pub(super) fn take(&self, authority: &Authority) -> Option<TcpStream> {
        let mut kept = self.kept();
        loop {
            let last = kept.connections.iter().rposition(|(to, ..)| to == authority)?;
            let (_, connection, since) = kept.connections.remove(last);
            if self.is_good(&connection, since) {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose last answer has been read to its end.
    pub(super) fn put(self: &Arc<Self>, authority: &Authority, connection: TcpStream) {
        let mut kept = self.kept();
        kept.connections.push((authority.clone(), connection, Instant::now()));
        if !std::mem::replace(&mut kept.is_watched, true) {
            tokio::spawn(ended_when_old(Arc::downgrade(self), self.longest));
        }
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.kept().connections.len()
    }

    /// Ends those that have been kept for too long, or that the system has ended; whether any are left.
    pub(super) fn end_old(&self) -> bool {
        let mut kept = self.kept();
        kept.connections.retain(|(_, connection, since)| self.is_good(connection, *since));
        kept.is_watched = !kept.connections.is_empty();
        kept.is_watched
    }

    /// Whether a connection that is kept since then may be used.
    fn is_good(&self, connection: &TcpStream, since: Instant) -> bool {
        since.elapsed() < self.longest && is_silent(connection)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks after connections while there are any.
async fn ended_when_old(idle: Weak<Idle>, longest: Duration) {
    loop {
        tokio::time::sleep(longest.min(BETWEEN_LOOKS)).await;
        if !idle.upgrade().is_some_and(|idle| idle.end_old()) {
            return;
        }
    }
}

/// Whether nothing has come, as far as is known without asking: nobody speaks unasked, so that it would be the end, or an answer
/// to nobody.
fn is_silent(connection: &TcpStream) -> bool {
    matches!(connection.try_read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
}
