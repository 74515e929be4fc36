//! One scenario: what the desk and the gateway take, what somebody sends, what is told, and what the desk has then.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use vestibule::config::UploadsConfig;

use crate::desk::Arrived;
use crate::form::form;
use crate::{QUERY, TAKES, World, play};

/// A scenario, with a desk and a gateway of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What is promised.
    title: String,
    /// What the manifest says that the desk takes.
    desk: Option<Value>,
    /// What the gateway takes at most.
    #[serde(default)]
    gateway: Limits,
    steps: Vec<Step>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    /// How many files.
    files: Option<usize>,
    /// The largest, in bytes.
    largest: Option<usize>,
    /// All together, in bytes.
    total: Option<usize>,
}

/// A ticket that is sent with files. Whatever comes of it, no file is left in the gateway.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// So many uploads are answered by the desk with 503, once they are there.
    #[serde(default)]
    down: usize,
    files: Vec<Sent>,
    /// So many bytes of the request are missing at its end.
    #[serde(default)]
    cut: usize,
    /// The answer's status.
    #[serde(default = "fine")]
    status: u16,
    /// The code of its error, if the request is refused as a whole.
    code: Option<String>,
    /// The words of that error.
    told: Option<String>,
    /// What is wrong with the input, where it is not: `[]` where the ticket was written.
    errors: Option<Value>,
    /// What the desk was sent in this step, byte for byte; nothing else.
    arrived: Vec<Came>,
    /// How many tickets were written in this step.
    tickets: usize,
}

fn fine() -> u16 {
    200
}

/// A file as it is sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    name: String,
    /// What the browser says it is.
    #[serde(default)]
    says: String,
    /// What is in it; or else `bytes`, where each letter is one byte.
    #[serde(default)]
    content: String,
    #[serde(default)]
    bytes: String,
    /// It goes on to this size.
    size: Option<usize>,
}

/// A file as it has to arrive.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Came {
    /// The number of the file that was sent.
    file: usize,
    /// Its name in the desk's address.
    name: String,
    /// What the desk is told that it is.
    #[serde(rename = "type")]
    media: String,
}

impl play::Scenario for Scenario {
    fn title(&self) -> &str {
        &self.title
    }

    async fn play(&self) -> Result<(), String> {
        let takes = self.desk.as_ref().map_or_else(|| TAKES.to_owned(), Value::to_string);
        let usual = UploadsConfig::default();
        let uploads = UploadsConfig {
            files: self.gateway.files.unwrap_or(usual.files),
            largest: self.gateway.largest.unwrap_or(usual.largest),
            total: self.gateway.total.unwrap_or(usual.total),
            ..usual
        };
        let world = World::with(&takes, uploads).await;
        for (at, step) in self.steps.iter().enumerate() {
            play::step(at, step.play(&world)).await?;
        }
        Ok(())
    }
}

impl Step {
    async fn play(&self, world: &World) -> Result<(), String> {
        world.desk.down.store(self.down, Ordering::SeqCst);
        let before = (world.files().len(), world.desk.tickets.lock().unwrap().len());
        let contents: Vec<Vec<u8>> = self.files.iter().map(Sent::content).collect();
        let (status, answer) = world.answer(self.body(&contents)).await;
        if status != self.status {
            return Err(format!("the status is {status}, not {}: {answer}", self.status));
        }
        let error = &answer["errors"][0];
        let found = [&error["extensions"]["code"], &error["message"], &answer["data"]["createTicket"]["userErrors"]];
        let text = |text: &Option<String>| text.as_ref().map(|text| json!(text));
        for (found, expected) in found.into_iter().zip([text(&self.code), text(&self.told), self.errors.clone()]) {
            if expected.as_ref().is_some_and(|expected| expected != found) {
                return Err(format!("{found} is told, and not {}: {answer}", expected.unwrap_or_default()));
            }
        }
        if self.errors.is_none() && self.code.is_none() {
            return Err("neither `errors` nor `code` is expected".to_owned());
        }
        let arrived = &world.files()[before.0..];
        let expected: Vec<Arrived> = self.arrived.iter().map(|came| came.of(&contents)).collect();
        if arrived != expected {
            return Err(format!("the desk was sent {arrived:?}, not {expected:?}: {answer}"));
        }
        let tickets = world.desk.tickets.lock().unwrap().len() - before.1;
        if tickets != self.tickets {
            return Err(format!("{tickets} tickets were written, not {}: {answer}", self.tickets));
        }
        world.assert_nothing_is_left().await;
        Ok(())
    }

    fn body(&self, contents: &[Vec<u8>]) -> Vec<u8> {
        let places: Vec<String> = (0..self.files.len()).map(|number| format!("variables.files.{number}")).collect();
        let files = self.files.iter().zip(&places).zip(contents);
        let files: Vec<_> = files
            .map(|((file, place), content)| {
                (place.as_str(), file.name.as_str(), file.says.as_str(), content.as_slice())
            })
            .collect();
        let mut body = form(QUERY, &json!({ "files": vec![Value::Null; files.len()] }), &files);
        body.truncate(body.len() - self.cut);
        body
    }
}

impl Sent {
    fn content(&self) -> Vec<u8> {
        let mut content = self.content.clone().into_bytes();
        content.extend(self.bytes.chars().map(|letter| u8::try_from(letter).unwrap()));
        let more = self.size.unwrap_or_default().saturating_sub(content.len());
        content.extend((0..more).map(|at| u8::try_from(at % 251).unwrap()));
        content
    }
}

impl Came {
    fn of(&self, contents: &[Vec<u8>]) -> Arrived {
        let content = &contents[self.file];
        let mut name = String::new();
        for byte in self.name.bytes() {
            match byte {
                b'.' | b'-' | b'_' => name.push(byte.into()),
                _ if byte.is_ascii_alphanumeric() => name.push(byte.into()),
                _ => write!(name, "%{byte:02X}").unwrap(),
            }
        }
        let size = content.len() as u64;
        Arrived {
            address: format!("/api/v2/uploads?filename={name}"),
            media: self.media.clone(),
            length: Some(size),
            size,
            sum: Sha256::digest(content).to_vec(),
        }
    }
}
