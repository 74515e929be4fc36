//! The store of documents: an S3 server whose writes fail as those of the other systems do.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use vestibule::clock::{Clock as _, ManualClock};
use vestibule_sandbox::faults::write::WriteMode;

use crate::chance::Chance;
use crate::server::{listen, routes};
use crate::store::Store;

/// What every document of the account of the client stands below.
pub const FOLDER: &str = "accounts/9001001/";

/// What stands there before, to be replaced.
pub const SEEDED: &str = "what is replaced";

/// A write whose connection was cut, and that is still to be done.
struct Late {
    due: Duration,
    go: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

/// How its writes fail.
struct Faults {
    clock: Arc<ManualClock>,
    /// How many of a hundred, in which way.
    rates: Vec<(WriteMode, u8)>,
    latest: u32,
    chance: Mutex<Chance>,
    late: Mutex<Vec<Late>>,
}

/// The store, and its server.
pub struct Documents {
    pub address: SocketAddr,
    store: Store,
    faults: Arc<Faults>,
}

impl Documents {
    pub async fn open(clock: &Arc<ManualClock>, seed: u64, (rates, latest): (&[(WriteMode, u8)], u32)) -> Self {
        let store = Store::default();
        store.put(&format!("{FOLDER}notes/Ledger.txt"), SEEDED);
        let faults = Arc::new(Faults {
            clock: Arc::clone(clock),
            rates: rates.to_vec(),
            latest,
            chance: Mutex::new(Chance(seed)),
            late: Mutex::default(),
        });
        let routes = routes(store.clone()).layer(from_fn_with_state(Arc::clone(&faults), pass));
        Self { address: listen(routes).await, store, faults }
    }

    /// What was put there, each version of each document.
    pub fn contents(&self) -> Vec<String> {
        let versions = self.store.below(FOLDER).into_iter().flat_map(|path| self.store.kept(&path));
        versions.map(|kept| String::from_utf8(kept.content).unwrap()).collect()
    }

    /// Does what is due by now.
    pub async fn advanced(&self) {
        let now = self.faults.clock.elapsed();
        let due: Vec<Late> = {
            let mut late = self.faults.late.lock().unwrap();
            late.extract_if(.., |late| late.due <= now).collect()
        };
        for late in due {
            late.go.send(()).unwrap();
            late.done.await.unwrap();
        }
    }
}

impl Faults {
    /// What becomes of the write that comes now, and how late it is.
    fn strike(&self) -> Option<(WriteMode, Duration)> {
        let mut chance = self.chance.lock().unwrap();
        let (mut drawn, seconds) = (chance.below(100), 1 + chance.below(self.latest.into()));
        for (mode, rate) in &self.rates {
            match drawn.checked_sub(u64::from(*rate)) {
                None => return Some((*mode, Duration::from_secs(seconds))),
                Some(left) => drawn = left,
            }
        }
        None
    }
}

async fn pass(State(faults): State<Arc<Faults>>, request: Request, next: Next) -> Response {
    let struck = if request.method() == Method::PUT { faults.strike() } else { None };
    match struck {
        None => next.run(request).await,
        Some((WriteMode::CutBefore, _)) => cut(),
        // A good answer has no body of which a half could come.
        Some((WriteMode::CutDuring | WriteMode::CutAfter, _)) => {
            next.run(request).await;
            cut()
        }
        Some((WriteMode::Late, by)) => {
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, 1 << 20).await.unwrap();
            let request = Request::from_parts(parts, Body::from(body));
            let (go, gone) = oneshot::channel();
            let done = tokio::spawn(async move {
                if gone.await.is_ok() {
                    next.run(request).await;
                }
            });
            faults.late.lock().unwrap().push(Late { due: faults.clock.elapsed() + by, go, done });
            cut()
        }
        Some((WriteMode::Locked, _)) => refused(StatusCode::CONFLICT, "OperationAborted"),
        Some((WriteMode::Down, _)) => refused(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
        Some((WriteMode::RateLimited, _)) => refused(StatusCode::SERVICE_UNAVAILABLE, "SlowDown"),
    }
}

/// An answer that never comes: the connection is cut before a byte of it.
fn cut() -> Response {
    let lost = || io::Error::new(io::ErrorKind::ConnectionAborted, "the connection is cut");
    Response::new(Body::from_stream(futures::stream::once(async move { Err::<Bytes, _>(lost()) })))
}

fn refused(status: StatusCode, code: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>Not now.</Message></Error>"
    );
    (status, [("content-type", "application/xml")], body).into_response()
}
