//! A mail server: it speaks as much SMTP (RFC 5321) as a client needs, and keeps the letters that it takes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A letter as it came.
#[derive(Clone, Debug)]
pub struct Letter {
    pub to: Vec<String>,
    raw: String,
}

pub struct Server {
    pub port: u16,
    letters: mpsc::UnboundedReceiver<Letter>,
}

impl Server {
    /// Answers these to the first recipients it is told, and afterwards takes everything.
    pub async fn open(first: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (take, letters) = mpsc::unbounded_channel();
        let answers = Arc::new(Mutex::new(first.iter().copied().collect::<VecDeque<_>>()));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(talk(stream, take.clone(), Arc::clone(&answers)));
            }
        });
        Self { port, letters }
    }

    pub async fn next(&mut self) -> Letter {
        tokio::time::timeout(Duration::from_secs(20), self.letters.recv()).await.expect("a letter in time").unwrap()
    }

    /// What came and was not looked at.
    pub fn more(&mut self) -> Option<Letter> {
        self.letters.try_recv().ok()
    }
}

async fn talk(stream: TcpStream, take: mpsc::UnboundedSender<Letter>, answers: Arc<Mutex<VecDeque<&'static str>>>) {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    let mut to = Vec::new();
    writing.write_all(b"220 test.example ESMTP\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let verb = line.split([' ', ':']).next().unwrap().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-test.example\r\n250-8BITMIME\r\n250 SMTPUTF8",
            "RCPT" => match answers.lock().unwrap().pop_front() {
                Some(answer) => answer,
                None => {
                    to.push(line.split(['<', '>']).nth(1).unwrap().to_owned());
                    "250 good"
                }
            },
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await.unwrap();
                let mut raw = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    raw += line.strip_prefix('.').unwrap_or(&line);
                    raw += "\n";
                }
                take.send(Letter { to: std::mem::take(&mut to), raw }).unwrap();
                "250 taken"
            }
            "QUIT" => "221 goodbye",
            _ => "250 good",
        };
        if writing.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

impl Letter {
    /// A header, unfolded, with its words decoded (RFC 2047).
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.raw.split_once("\n\n").unwrap();
        let head = head.replace("\n ", " ").replace("\n\t", " ");
        let line = head
            .lines()
            .find(|line| line.to_ascii_lowercase().starts_with(&format!("{}:", name.to_ascii_lowercase())))?;
        let words = line.split_once(':').unwrap().1.trim().split(' ').map(|word| {
            let coded = word.strip_prefix("=?utf-8?b?").and_then(|rest| rest.strip_suffix("?="));
            coded.map_or_else(|| (false, word.to_owned()), |coded| (true, utf8(STANDARD.decode(coded).unwrap())))
        });
        // Between two coded words the blank is none.
        let (mut text, mut before) = (String::new(), true);
        for (coded, word) in words {
            if !text.is_empty() && (!coded || !before) {
                text.push(' ');
            }
            text += &word;
            before = coded;
        }
        Some(text)
    }

    /// The content of the part of that kind, decoded.
    pub fn part(&self, kind: &str) -> Option<String> {
        let at = self.raw.find(&format!("Content-Type: {kind}"))?;
        let (head, body) = self.raw[at..].split_once("\n\n").unwrap();
        let body = body.split("\n--").next().unwrap();
        Some(match head.contains("Content-Transfer-Encoding: ") {
            true if head.contains("base64") => {
                utf8(STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap())
            }
            true if head.contains("quoted-printable") => unquoted(body),
            _ => body.to_owned(),
        })
    }
}

fn unquoted(text: &str) -> String {
    let text = text.replace("=\n", "");
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let coded = (*first == b'=').then(|| after.get(..2)).flatten();
        match coded.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    utf8(bytes)
}

fn utf8(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}
