//! Plain HTTP/1.1 for what goes out in one write and comes back into memory: nearly every call inside of a network.
//!
//! The task that asks writes, reads and takes the answer apart itself. Nothing is handed to another task and back, and a
//! connection that is kept has no memory of its own (`docs/decisions/0052-plain-calls-by-their-own-task.md`).

mod answer;
mod chunks;
mod idle;
mod request;

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, ready};

use hyper_util::client::legacy::connect::HttpConnector;
use tokio::io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tower::{BoxError, Service as _};

use self::answer::{Answer, Coming};
use self::idle::Idle;
use super::body::Unkept;
use super::connect::connector;
use super::hosts::{CheckedResolver, HostRules};
use super::network::NetworkOptions;
use super::transport::{Call, Reply};
use crate::connector::Method;

/// The largest body that goes out like this, in bytes: what is larger may be answered while it is still being written, and
/// nobody reads here until it is.
const LARGEST_BODY: usize = 16 * 1024;

/// How many bytes are read at a time.
const AT_A_TIME: usize = 32 * 1024;

thread_local! {
    /// Where what comes is read to, before it is known how much of it there is: one for all connections of a thread, so
    /// that it stays in the processor's cache.
    static COMING: RefCell<Box<[u8]>> = RefCell::new(vec![0; AT_A_TIME].into());
}

/// Why there is no answer.
pub(super) enum Failed {
    /// There was no connection: nothing has been sent.
    Unconnected(BoxError),
    /// What was sent was lost, or its answer was.
    Lost(io::Error),
    /// The body is not one that may be kept.
    Body(Unkept),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Lost(error)
    }
}

/// A client for plain HTTP, to the addresses that are private and allowed.
pub(super) struct Direct {
    connector: HttpConnector<CheckedResolver>,
    idle: Arc<Idle>,
    largest_answer: usize,
}

impl Direct {
    pub(super) fn new(rules: &HostRules, options: &NetworkOptions) -> Self {
        let idle = Arc::new(Idle::new(options.idle));
        Self { connector: connector(rules, true, options), idle, largest_answer: options.largest_answer }
    }

    /// Whether it takes this call.
    pub(super) fn takes(call: &Call) -> bool {
        call.url.scheme_str() == Some("http") && call.body.in_memory().is_some_and(|body| body.len() <= LARGEST_BODY)
    }

    /// Sends a call that it takes, and reads the whole answer.
    pub(super) async fn send(&self, call: &Call) -> Result<Reply, Failed> {
        let Some(authority) = call.url.authority() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "an address without a host").into());
        };
        let request = request::written(call, authority);
        let mut connection = match self.idle.take(authority) {
            Some(connection) => connection,
            None => self.connect(call).await?,
        };
        let mut coming = Coming::new(call.method == Method::Head, self.largest_answer);
        let Answer { reply, reusable } = exchange(&mut connection, &request, &mut coming).await?;
        if reusable {
            self.idle.put(authority, connection);
        }
        Ok(reply)
    }

    async fn connect(&self, call: &Call) -> Result<TcpStream, Failed> {
        let mut connector = self.connector.clone();
        let connected = async {
            poll_fn(|context| connector.poll_ready(context)).await?;
            connector.call(call.url.clone()).await
        };
        connected.await.map(hyper_util::rt::TokioIo::into_inner).map_err(|error| Failed::Unconnected(error.into()))
    }
}

async fn exchange(connection: &mut TcpStream, request: &[u8], coming: &mut Coming) -> Result<Answer, Failed> {
    connection.write_all(request).await?;
    loop {
        if let Some(answer) = read(connection, |bytes| coming.take(bytes)).await?? {
            return Ok(answer);
        }
    }
}

/// Hands what comes next to `take`; nothing is the end of the connection.
async fn read<T>(connection: &mut TcpStream, mut take: impl FnMut(&[u8]) -> T) -> io::Result<T> {
    poll_fn(|context| {
        COMING.with_borrow_mut(|memory| {
            let mut read = ReadBuf::new(memory);
            ready!(Pin::new(&mut *connection).poll_read(context, &mut read))?;
            Poll::Ready(Ok(take(read.filled())))
        })
    })
    .await
}

#[cfg(test)]
#[path = "direct_tests.rs"]
mod tests;
