//! As much SMTP (RFC 5321) as a program that sends mail needs.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::State;
use crate::gate::closing;

/// The longest line, and the longest letter, in bytes.
const LONGEST_LINE: u64 = 8 * 1024;
const LONGEST_LETTER: usize = 256 * 1024;
/// Most recipients of one letter.
const MOST_RECIPIENTS: usize = 100;

/// Takes letters until the business closes.
pub(crate) async fn serve(listener: TcpListener, state: Arc<State>, closed: watch::Receiver<()>) {
    let mut ends = std::pin::pin!(closing(closed.clone()));
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::debug!(%error, "the demo's mail server could not take a connection");
                    continue;
                }
            },
            () = &mut ends => return,
        };
        let (state, closed) = (Arc::clone(&state), closed.clone());
        tokio::spawn(async move {
            tokio::select! {
                ended = talk(stream, &state) => if let Err(error) = ended {
                    tracing::debug!(%error, "a conversation with the demo's mail server broke off");
                },
                () = closing(closed) => {}
            }
        });
    }
}

/// One conversation, from the greeting to the goodbye.
async fn talk(stream: TcpStream, state: &State) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = Lines(BufReader::new(reading));
    let mut to = Vec::new();
    say(&mut writing, "220 demo.vestibule.invalid ESMTP").await?;
    while let Some(line) = lines.next().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-demo.vestibule.invalid\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned(),
            "HELO" | "NOOP" => "250 good".to_owned(),
            "MAIL" | "RSET" => {
                to.clear();
                "250 good".to_owned()
            }
            "RCPT" => recipient(&line, &mut to, state),
            "DATA" if to.is_empty() => "503 say first who it is for".to_owned(),
            "DATA" => {
                say(&mut writing, "354 go on").await?;
                match lines.letter().await? {
                    Some(raw) => {
                        state.mails.take(std::mem::take(&mut to), raw);
                        "250 taken".to_owned()
                    }
                    None => "552 that is too long".to_owned(),
                }
            }
            "QUIT" => return say(&mut writing, "221 goodbye").await,
            _ => "502 that is not understood here".to_owned(),
        };
        say(&mut writing, &answer).await?;
    }
    Ok(())
}

fn recipient(line: &str, to: &mut Vec<String>, state: &State) -> String {
    if let Some(refusal) = state.mails.refusal() {
        return refusal;
    }
    match line.split(['<', '>']).nth(1) {
        None | Some("") => "501 that is no recipient".to_owned(),
        Some(_) if to.len() == MOST_RECIPIENTS => "452 too many recipients".to_owned(),
        Some(address) => {
            to.push(address.to_owned());
            "250 good".to_owned()
        }
    }
}

async fn say(writing: &mut OwnedWriteHalf, answer: &str) -> std::io::Result<()> {
    writing.write_all(format!("{answer}\r\n").as_bytes()).await
}

/// What the other side says.
struct Lines(BufReader<OwnedReadHalf>);

impl Lines {
    /// The next line, without its end; none where nothing more comes.
    async fn next(&mut self) -> std::io::Result<Option<String>> {
        let mut line = Vec::new();
        (&mut self.0).take(LONGEST_LINE).read_until(b'\n', &mut line).await?;
        if line.pop_if(|last| *last == b'\n').is_none() {
            return match line.is_empty() {
                true => Ok(None),
                false => Err(std::io::Error::other("a line does not end")),
            };
        }
        line.pop_if(|last| *last == b'\r');
        Ok(Some(String::from_utf8_lossy(&line).into_owned()))
    }

    /// The lines up to the one with a point alone; none where they are too many.
    async fn letter(&mut self) -> std::io::Result<Option<String>> {
        let mut raw = String::new();
        while let Some(line) = self.next().await? {
            if line == "." {
                return Ok((raw.len() <= LONGEST_LETTER).then_some(raw));
            }
            if raw.len() <= LONGEST_LETTER {
                raw += line.strip_prefix('.').unwrap_or(&line);
                raw.push('\n');
            }
        }
        Err(std::io::ErrorKind::UnexpectedEof.into())
    }
}
