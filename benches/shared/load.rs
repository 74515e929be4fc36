//! Load: connections that ask again as soon as they are answered, person after person; every answer is compared.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::process::{Process, busy};

/// What is asked, and the right answer to it.
pub struct Request {
    /// Head and body.
    pub bytes: Vec<u8>,
    pub answer: Vec<u8>,
}

/// One connection that stays open.
pub struct Link {
    stream: TcpStream,
    read: Vec<u8>,
}

/// What a load came to.
#[derive(Clone, Copy)]
pub struct Outcome {
    pub queries: usize,
    /// Microseconds of processor time for each query.
    pub cpu: f64,
    /// Queries a second.
    pub rate: f64,
    /// The median of how long an answer took, in milliseconds.
    pub median: f64,
    /// Which share of the processor everything else took meanwhile, where the process has one to itself.
    pub others: f64,
}

/// How much load.
#[derive(Clone, Copy)]
pub struct Load {
    pub connections: usize,
    pub lasting: Duration,
}

impl Link {
    pub async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, read: Vec::with_capacity(8 * 1024) }
    }

    /// The body of the answer.
    pub async fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        self.stream.write_all(request).await.unwrap();
        self.read.clear();
        let (mut begin, mut length) = (0, None);
        loop {
            if length.is_none()
                && let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n")
            {
                begin = end + 4;
                length = Some(length_in(&self.read[..end]));
            }
            if let Some(length) = length
                && self.read.len() >= begin + length
            {
                return self.read[begin..].to_vec();
            }
            let more = self.stream.read_buf(&mut self.read).await.unwrap();
            assert!(more > 0, "the connection was closed after {}", String::from_utf8_lossy(&self.read));
        }
    }
}

/// How long the body is that this head stands before.
fn length_in(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).unwrap();
    let length =
        |line: &str| line.to_ascii_lowercase().strip_prefix("content-length:").map(|rest| rest.trim().to_owned());
    let length = head.lines().find_map(length).unwrap_or_else(|| panic!("no length: {head}"));
    length.parse().unwrap()
}

impl Load {
    pub fn new(connections: usize, milliseconds: u64) -> Self {
        Self { connections, lasting: Duration::from_millis(milliseconds) }
    }

    /// Asks for as long as it lasts, and measures the process that answers.
    pub async fn on(self, (address, process): (&str, &Process), requests: &Arc<[Request]>) -> Outcome {
        let (turn, mut tasks) = (Arc::new(AtomicUsize::new(0)), Vec::new());
        let mut links = Vec::new();
        for _ in 0..self.connections {
            links.push(Link::open(address).await);
        }
        let (before, others, begun) = (process.cpu(), busy(), Instant::now());
        for mut link in links {
            let (turn, requests) = (Arc::clone(&turn), Arc::clone(requests));
            tasks.push(tokio::spawn(async move {
                let mut took = Vec::new();
                while begun.elapsed() < self.lasting {
                    let request = &requests[turn.fetch_add(1, Ordering::Relaxed) % requests.len()];
                    let asked = Instant::now();
                    let answer = link.ask(&request.bytes).await;
                    took.push(asked.elapsed());
                    assert!(answer == request.answer, "a wrong answer: {}", String::from_utf8_lossy(&answer));
                }
                took
            }));
        }
        let mut took = Vec::new();
        for task in tasks {
            took.extend(task.await.unwrap());
        }
        let (lasted, cpu) = (begun.elapsed(), process.cpu() - before);
        let others = (busy() - others).saturating_sub(cpu);
        took.sort_unstable();
        Outcome {
            queries: took.len(),
            cpu: cpu.as_secs_f64() * 1e6 / took.len() as f64,
            rate: took.len() as f64 / lasted.as_secs_f64(),
            median: took[took.len() / 2].as_secs_f64() * 1e3,
            others: others.as_secs_f64() / lasted.as_secs_f64(),
        }
    }
}

/// The middle one of several.
pub fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}
