//! The library's requests, sent through the source's own stack: addresses are checked, quotas and deadlines hold, and
//! everything is traced, as for every other system. The library signs; the stack adds nothing of its own to that.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use futures::stream::BoxStream;
use hyper::http::{Request, Response};
use opendal::{Buffer, ErrorKind, HttpBody, HttpTransport, HttpTransporter, OperationContext, Operator};

use crate::connector::Method;
use crate::error::Error;
use crate::spool::Content;
use crate::upstream::{Call, HeaderValue, Streamed, Transport, header};

/// One request of the engine on its way: what the library sends for it.
#[derive(Clone)]
pub(super) struct Line {
    transport: Arc<dyn Transport>,
    call: Arc<Call>,
    /// Whether the bytes of an object are asked for, which may be many.
    content: bool,
    /// What went wrong on the way first, in the stack's own words: what comes later, like giving up what was begun, says
    /// nothing of whether it was written.
    failed: Arc<Mutex<Option<Error>>>,
}

impl Line {
    pub(super) fn new(transport: &Arc<dyn Transport>, call: &Call, content: bool) -> Self {
        let call = Arc::new(Call { body: Content::default(), ..call.clone() });
        Self { transport: Arc::clone(transport), call, content, failed: Arc::default() }
    }

    /// The operator, with its requests on this line.
    pub(super) fn operator(&self, operator: &Operator) -> Operator {
        let transport = HttpTransporter::new(self.clone());
        operator.clone().with_context(OperationContext::new().with_http_transport(transport))
    }

    /// What went wrong on the way, if anything did.
    pub(super) fn failure(&self) -> Option<Error> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn call(&self, request: Request<Buffer>) -> opendal::Result<Call> {
        let (parts, body) = request.into_parts();
        let method = match parts.method.as_str() {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "PUT" => Method::Put,
            "POST" => Method::Post,
            "DELETE" => Method::Delete,
            other => return Err(opendal::Error::new(ErrorKind::Unsupported, format!("{other} is not sent"))),
        };
        let safe = self.call.safe && matches!(method, Method::Get | Method::Head);
        let mut headers = parts.headers;
        // Packed on the way, an object would not be as long as its store says.
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        Ok(Call {
            method,
            url: parts.uri,
            headers,
            body: Content::from(body.to_bytes()),
            template: Arc::clone(&self.call.template),
            limit: self.call.limit.clone(),
            safe,
            background: self.call.background,
            deadline: self.call.deadline,
        })
    }

    fn lost(&self, error: Error) -> opendal::Error {
        let told = opendal::Error::new(ErrorKind::Unexpected, error.detail()).set_temporary();
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        told
    }
}

impl HttpTransport for Line {
    async fn fetch(&self, request: Request<Buffer>) -> opendal::Result<Response<HttpBody>> {
        let call = self.call(request)?;
        let (status, headers, body): (u16, _, BoxStream<'static, Result<Bytes, Error>>) = if self.content {
            let Streamed { status, headers, body } =
                self.transport.open(call).await.map_err(|error| self.lost(error))?;
            (status, headers, body)
        } else {
            let reply = self.transport.send(call).await.map_err(|error| self.lost(error))?;
            let body = futures::stream::once(std::future::ready(Ok(reply.body)));
            (reply.status, reply.headers, Box::pin(body))
        };
        let body = HttpBody::new(Pieces { body: Mutex::new(body), line: self.clone() }, None);
        let mut response = Response::new(body);
        *response.status_mut() = status
            .try_into()
            .map_err(|_| opendal::Error::new(ErrorKind::Unexpected, format!("{status} is no status")))?;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// A body, as the library takes it. Nobody else has it: the lock is never waited for.
struct Pieces {
    body: Mutex<BoxStream<'static, Result<Bytes, Error>>>,
    line: Line,
}

impl Stream for Pieces {
    type Item = opendal::Result<Buffer>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let body = this.body.get_mut().unwrap_or_else(PoisonError::into_inner);
        let line = &this.line;
        // An empty buffer would be the end, to the library.
        loop {
            return match body.as_mut().poll_next(context) {
                Poll::Ready(Some(Ok(piece))) if piece.is_empty() => continue,
                Poll::Ready(Some(piece)) => {
                    Poll::Ready(Some(piece.map(Buffer::from).map_err(|error| line.lost(error))))
                }
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            };
        }
    }
}
