//! The Zendesk dialect: Support API v2 and Help Center API, as an agent has them.
//!
//! Every path may end in `.json`. Lists page by cursor or by offset, search by offset only.

mod desk;
mod error;
mod help_center;
mod include;
mod incremental;
mod item;
mod list;
mod lists;
mod say;
mod search;
mod shape;
#[cfg(test)]
mod tests;
mod text;
mod tickets;
mod users;
mod write;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State as Context};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse as _, Response};
use percent_encoding::percent_decode_str;
use tokio::time::{Duration, Instant};

use crate::data::Business;
use crate::web::{self, Pairs};

use desk::Desk;
use error::Refusal;
use list::Ask;
pub(crate) use say::open;
pub use say::say;
use write::Write;

/// Name of the system at the control port.
const NAME: &str = "zendesk";
/// Requests in a minute on the plan that the demo's account has (Enterprise).
const LIMIT: u64 = 700;
const MINUTE: Duration = Duration::from_secs(60);

/// What the routes share: the business, and the requests of the minute that is running.
#[derive(Debug, Clone)]
struct Shared {
    state: Arc<crate::State>,
    window: Arc<Mutex<Option<(Instant, u64)>>>,
}

/// The routes of the system.
pub fn router(state: Arc<crate::State>) -> Router {
    let window = Arc::default();
    // One handler for everything, since `.json` may follow each path.
    Router::new().fallback(serve).with_state(Shared { state, window })
}

async fn serve(Context(shared): Context<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if let Some(token) = parts.uri.path().strip_prefix("/attachments/token/") {
        return file(&shared.state, token.trim_end_matches('/'));
    }
    let response = if web::authorized(NAME, &parts.headers) {
        match axum::body::to_bytes(body, write::LARGEST).await {
            Ok(body) => answer(&shared.state, &parts, &body).unwrap_or_else(Refusal::answer),
            Err(_) => axum::http::StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        }
    } else {
        Refusal::unauthorized()
    };
    counted(&shared, response)
}

/// A file, for whoever knows its address.
fn file(state: &crate::State, token: &str) -> Response {
    let business = state.read();
    let found = business.told.files.iter().find(|file| format!("{}{}", file.token, file.id) == token);
    match found {
        Some(file) => ([(header::CONTENT_TYPE, file.media.clone())], file.content.clone()).into_response(),
        None => Refusal::missing().answer(),
    }
}

fn answer(state: &crate::State, parts: &Parts, body: &Bytes) -> Result<Response, Refusal> {
    let address = parts.uri.path();
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let base = format!("http://{}", host.unwrap_or("localhost"));
    let path = address.strip_prefix("/api/v2/").ok_or_else(Refusal::endpoint)?;
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".json").unwrap_or(path);
    let segments: Vec<String> =
        path.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return Write { state, base: &base, parts, body }.answer(&segments);
    }
    let pairs = Pairs::of(&parts.uri);
    let look = |business: &Business| {
        let desk = Desk {
            business,
            ask: Ask { pairs: &pairs, address: format!("{base}{address}"), hostile: state.hostile(NAME) },
            base: &base,
            now: state.now(),
        };
        match segments.as_slice() {
            ["help_center", rest @ ..] => desk.help_center(rest),
            rest => desk.answer(rest),
        }
    };
    let search = matches!(segments.as_slice(), ["search", ..] | ["users", "search"]);
    let body = if search { state.searched(NAME, look)? } else { look(&state.read())? };
    Ok(web::json(axum::http::StatusCode::OK, &body))
}

/// Counts a request and adds the headers of the rate limit. Nothing is refused here, so that what remains never
/// reaches zero: the control port's fault stands for that.
fn counted(shared: &Shared, mut response: Response) -> Response {
    let now = Instant::now();
    let (used, resets) = {
        let mut window = shared.window.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, used) = window.filter(|(start, _)| now < *start + MINUTE).unwrap_or((now, 0));
        *window = Some((start, used + 1));
        (used + 1, (start + MINUTE - now).as_secs() + 1)
    };
    let remaining = LIMIT.saturating_sub(used).max(1);
    for (name, value) in [
        ("x-rate-limit", LIMIT),
        ("x-rate-limit-remaining", remaining),
        ("ratelimit-limit", LIMIT),
        ("ratelimit-remaining", remaining),
        ("ratelimit-reset", resets.min(60)),
    ] {
        response.headers_mut().insert(name, HeaderValue::from(value));
    }
    response
}
