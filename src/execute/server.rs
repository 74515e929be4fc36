//! The executor as the GraphQL server library wants it: for sockets and batches, where its types are spoken.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Data, Request, Response, ServerError};
use futures::stream::{BoxStream, StreamExt as _};

use super::{Executor, GraphRequest};
use crate::error::Error;
use crate::model::Caller;

/// Answers requests whose data (or session data) holds an `Arc<Caller>`.
#[derive(Clone)]
pub struct Server {
    executor: Arc<Executor>,
    patience: Duration,
}

impl Server {
    /// Wraps an executor; each request may take `patience`.
    #[must_use]
    pub fn new(executor: Arc<Executor>, patience: Duration) -> Self {
        Self { executor, patience }
    }

    /// The answer to a request that could not be carried out.
    #[must_use]
    pub fn refusal(error: &Error) -> Response {
        refused(error.message(), error.code().name())
    }

    async fn answer(&self, mut request: Request, session: Option<&Data>) -> Response {
        let caller = find_caller(&request.data).or_else(|| session.and_then(find_caller));
        let Some(caller) = caller else { return refused("Sign in first.", "UNAUTHENTICATED") };
        let variables = match serde_json::to_value(std::mem::take(&mut request.variables)) {
            Ok(serde_json::Value::Object(variables)) => variables,
            _ => serde_json::Map::new(),
        };
        let deadline = Some(self.executor.clock.elapsed() + self.patience);
        let request = GraphRequest {
            query: request.query,
            operation_name: request.operation_name,
            variables,
            deadline,
            ..GraphRequest::default()
        };
        let answer = self.executor.execute(&caller, request).await;
        serde_json::from_slice(&answer.body).unwrap_or_else(|_| refused("Something went wrong here.", "INTERNAL"))
    }
}

fn find_caller(data: &Data) -> Option<Arc<Caller>> {
    let any = data.get(&std::any::TypeId::of::<Arc<Caller>>())?;
    any.downcast_ref::<Arc<Caller>>().map(Arc::clone)
}

fn refused(message: &str, code: &str) -> Response {
    let mut error = ServerError::new(message, None);
    let mut extensions = async_graphql::ErrorExtensionValues::default();
    extensions.set("code", code);
    error.extensions = Some(extensions);
    Response::from_errors(vec![error])
}

impl async_graphql::Executor for Server {
    async fn execute(&self, request: Request) -> Response {
        self.answer(request, None).await
    }

    fn execute_stream(&self, request: Request, session_data: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        let server = self.clone();
        futures::stream::once(async move { server.answer(request, session_data.as_deref()).await }).boxed()
    }
}
