//! The four systems as one process of its own: as cheap as can be, after a wait that is the same for every call, and counting.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::process::Process;
use super::systems::{SYSTEMS, System, body};

/// Where the number of calls and of bytes is told, at every port.
const COUNTS: &str = "/__counts";

struct State {
    wait: Duration,
    calls: AtomicU64,
    bytes: AtomicU64,
    /// Whole answers, head and all, by what was asked for.
    answers: Mutex<HashMap<(System, String), Bytes>>,
}

/// The simulator, as the bench sees it.
pub struct Simulator {
    _process: Process,
    /// Addresses of the CRM, the ERP, billing and support.
    pub addresses: [String; 4],
}

/// What the systems were asked for and told.
#[derive(Clone, Copy)]
pub struct Counts {
    pub calls: u64,
    pub bytes: u64,
}

impl Simulator {
    /// Starts it; every call is answered after so many milliseconds.
    pub fn start(wait: u64) -> Self {
        let (process, line) = Process::own(&["--simulator", &wait.to_string()]);
        let addresses: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Self { _process: process, addresses: addresses.try_into().unwrap() }
    }

    /// What it counted so far.
    pub async fn counts(&self) -> Counts {
        let mut stream = TcpStream::connect(&self.addresses[0]).await.unwrap();
        stream.write_all(format!("GET {COUNTS} HTTP/1.1\r\n\r\n").as_bytes()).await.unwrap();
        let mut told = [0; 512];
        let length = stream.read(&mut told).await.unwrap();
        let told = String::from_utf8_lossy(&told[..length]).into_owned();
        let mut numbers = told.rsplit("\r\n\r\n").next().unwrap().split(' ').map(|number| number.parse().unwrap());
        Counts { calls: numbers.next().unwrap(), bytes: numbers.next().unwrap() }
    }
}

/// The process itself: says its addresses on a line, and serves until it is ended.
pub async fn run(wait: u64) {
    let state = Arc::new(State {
        wait: Duration::from_millis(wait),
        calls: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
        answers: Mutex::default(),
    });
    let mut addresses = Vec::new();
    for system in SYSTEMS {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        addresses.push(listener.local_addr().unwrap().to_string());
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, system, Arc::clone(&state)));
            }
        });
    }
    println!("{}", addresses.join(" "));
    std::future::pending::<()>().await;
}

/// One connection: requests without bodies, one after the other.
async fn serve(mut stream: TcpStream, system: System, state: Arc<State>) {
    let _ = stream.set_nodelay(true);
    let mut read = Vec::with_capacity(2048);
    loop {
        let end = loop {
            if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            match stream.read_buf(&mut read).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        };
        let target = std::str::from_utf8(&read[..end]).unwrap().split(' ').nth(1).unwrap().to_owned();
        read.drain(..end);
        let answer = if target == COUNTS {
            let (calls, bytes) = (state.calls.load(Ordering::Relaxed), state.bytes.load(Ordering::Relaxed));
            with_head(&format!("{calls} {bytes}"))
        } else {
            state.calls.fetch_add(1, Ordering::Relaxed);
            let answer = state.answer(system, target);
            if !state.wait.is_zero() {
                tokio::time::sleep(state.wait).await;
            }
            answer
        };
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

impl State {
    fn answer(&self, system: System, target: String) -> Bytes {
        let key = (system, target);
        let mut answers = self.answers.lock().unwrap();
        let answer = answers.get(&key).cloned().unwrap_or_else(|| {
            let body = body(system, &key.1).unwrap_or_else(|| panic!("the simulator was asked for {}", key.1));
            let answer = with_head(&body);
            answers.insert(key, answer.clone());
            answer
        });
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(0) + 4;
        self.bytes.fetch_add((answer.len() - head) as u64, Ordering::Relaxed);
        answer
    }
}

fn with_head(body: &str) -> Bytes {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").into()
}
