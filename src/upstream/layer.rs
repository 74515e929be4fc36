//! A layer of the stack, written once for answers whose body is whole and for those whose body comes in pieces.
//!
//! Layers are put into each other as types, so that one call is one future, however many layers it goes through.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::transport::{Call, Pieces, Reply, Transport, in_one_piece};
use crate::error::Error;

/// How the body of an answer is handed on.
pub(super) trait Body: Sized + Send {
    /// Sends a call whose answer is wanted like this.
    fn ask<'a>(transport: &'a dyn Transport, call: &'a Call) -> BoxFuture<'a, Result<Reply<Self>, Error>>;

    /// A body that is here already.
    fn here(body: Bytes) -> Self;
}

impl Body for Bytes {
    fn ask<'a>(transport: &'a dyn Transport, call: &'a Call) -> BoxFuture<'a, Result<Reply<Self>, Error>> {
        transport.attempt(call)
    }

    fn here(body: Bytes) -> Self {
        body
    }
}

impl Body for Pieces {
    fn ask<'a>(transport: &'a dyn Transport, call: &'a Call) -> BoxFuture<'a, Result<Reply<Self>, Error>> {
        transport.open(call.clone())
    }

    fn here(body: Bytes) -> Self {
        in_one_piece(body)
    }
}

/// One layer, with those inside it.
pub(super) trait Layer: Send + Sync {
    /// Sends one call. What a layer puts into the call is still there when those outside it try again.
    fn ask<B: Body>(&self, call: &mut Call) -> impl Future<Output = Result<Reply<B>, Error>> + Send;
}

/// What is inside of all layers.
impl Layer for Arc<dyn Transport> {
    async fn ask<B: Body>(&self, call: &mut Call) -> Result<Reply<B>, Error> {
        B::ask(&**self, call).await
    }
}
