//! Answers as server-sent events, in the "distinct connections mode" of GraphQL over SSE: one stream for each request.
//! <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::time::timeout;

use super::media::Media;
use super::respond;
use crate::error::Result;
use crate::execute::GraphResponse;

/// A stream that says nothing for longer is cut by some proxies.
const SILENCE: Duration = Duration::from_secs(12);

/// A stream that begins at once and ends after its answer. A client that goes away ends what is being done for it.
pub(super) fn stream(answer: impl Future<Output = GraphResponse> + Send + 'static) -> Response<Body> {
    let events = stream::unfold(Some(Box::pin(answer)), async |waiting| {
        let mut answer = waiting?;
        Some(match timeout(SILENCE, &mut answer).await {
            Ok(response) => (Ok::<_, Infallible>(last(&response)), None),
            Err(_) => (Ok(Bytes::from_static(b":\n\n")), Some(answer)),
        })
    });
    respond::typed(StatusCode::OK, Media::EventStream, Body::from_stream(events))
}

/// A stream of many answers, which ends with its client, or with the client's sign-in: that is told as an answer.
pub(super) fn many(answers: BoxStream<'static, Result<GraphResponse>>) -> Response<Body> {
    let events = stream::unfold(Some(answers), async |following| {
        let mut answers = following?;
        Some(match timeout(SILENCE, answers.next()).await {
            Ok(Some(Ok(response))) => (Ok::<_, Infallible>(Bytes::from(next(&response.body))), Some(answers)),
            Ok(Some(Err(error))) => (Ok(Bytes::from(next(respond::errors(&error).as_bytes()) + END)), None),
            Ok(None) => (Ok(Bytes::from_static(END.as_bytes())), None),
            Err(_) => (Ok(Bytes::from_static(b":\n\n")), Some(answers)),
        })
    });
    respond::typed(StatusCode::OK, Media::EventStream, Body::from_stream(events))
}

/// The answer, and the end.
fn last(response: &GraphResponse) -> Bytes {
    Bytes::from(next(&response.body) + END)
}

/// The end. Browsers do not tell pages of an event that has no data at all, so it has empty data.
const END: &str = "event: complete\ndata: \n\n";

fn next(body: &[u8]) -> String {
    // Between the words of JSON a new line is but a space; in an event it would be the end of the data.
    let body = String::from_utf8_lossy(body).replace(['\n', '\r'], " ");
    format!("event: next\ndata: {body}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::Outcome;

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_is_announced_by_signs_of_life() {
        let slow = async {
            tokio::time::sleep(Duration::from_secs(30)).await;
            GraphResponse { body: Bytes::from_static(b"{\n}"), outcome: Outcome::Data, timings: Vec::new() }
        };
        let all: Vec<_> = stream(slow).into_body().into_data_stream().map(Result::unwrap).collect().await;
        assert_eq!(all, [&b":\n\n"[..], b":\n\n", b"event: next\ndata: { }\n\nevent: complete\ndata: \n\n"]);
    }
}
