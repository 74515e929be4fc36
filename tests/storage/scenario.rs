//! One scenario of documents: what is in the store, what somebody asks or sends, what is answered, what the store is asked, and
//! what it keeps.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::expected::{Expected, Taken, at, filled};
use crate::opens::{Opens, opened};
use crate::play;
use crate::server::{SECRET, serve};
use crate::store::Store;
use crate::world::{Sent, World};

/// A scenario, with a store of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What is promised.
    title: String,
    /// Who asks, where a step does not say otherwise: an e-mail address.
    #[serde(rename = "as")]
    person: String,
    /// What is in the store, in the order in which it came; a path twice is two versions.
    #[serde(default)]
    store: Vec<Object>,
    /// The documents are in the folder of the demo business, as it was founded.
    #[serde(default)]
    folder: bool,
    /// The operator's overlay for `Document`.
    overlay: Option<Value>,
    /// The secret with which the gateway signs.
    secret: Option<String>,
    steps: Vec<Step>,
}

/// An object, as somebody puts it there past the portal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    path: String,
    #[serde(default)]
    content: String,
    /// Metadata.
    #[serde(default)]
    meta: BTreeMap<String, String>,
}

/// What happens, what is asked then, and what is expected of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// What somebody puts into the store first.
    #[serde(default)]
    puts: Vec<Object>,
    /// What somebody takes out of it.
    removes: Option<String>,
    /// So many writes are done by the store, and told as failed.
    #[serde(default)]
    lost: usize,
    /// So many looks at an object are refused by the store.
    #[serde(default)]
    blind: usize,
    #[serde(rename = "as")]
    person: Option<String>,
    /// The document that is sent.
    send: Option<String>,
    /// Its variables; `$name` is what was taken under that name.
    #[serde(default)]
    variables: Map<String, Value>,
    /// The file at `input.file` of the variables.
    file: Option<Upload>,
    /// What later steps need of the answer.
    #[serde(default)]
    take: BTreeMap<String, String>,
    /// What the answer has.
    #[serde(default)]
    answer: BTreeMap<String, Value>,
    /// What stands at places of the answer, and is neither this nor `null`.
    #[serde(default)]
    differs: BTreeMap<String, Value>,
    /// What the answer has nowhere.
    #[serde(default)]
    lacks: Vec<String>,
    /// Links that are opened, one after another.
    #[serde(default)]
    opens: Vec<Opens>,
    /// How often the store was asked for what in this step; nothing else.
    asked: Option<BTreeMap<String, usize>>,
    /// All that is in the store by the end, by its paths. `#` stands for the mark of a write before a name.
    kept: Option<Vec<Kept>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Upload {
    name: String,
    /// What the browser says it is.
    #[serde(rename = "type")]
    media: String,
    content: String,
}

/// An object as the store keeps it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    path: String,
    /// The contents of its versions, the oldest first.
    versions: Vec<String>,
    /// The media type of the newest.
    #[serde(rename = "type")]
    media: Option<String>,
}

impl play::Scenario for Scenario {
    fn title(&self) -> &str {
        &self.title
    }

    async fn play(&self) -> Result<(), String> {
        let store = Store::default();
        self.store.iter().for_each(|object| object.put(&store));
        let at_server = if self.folder { None } else { Some(serve(store.clone()).await) };
        let overlay = self.overlay.as_ref().map(Value::to_string);
        let world = World::with(at_server, self.secret.as_deref().unwrap_or(SECRET), overlay.as_deref()).await;
        let mut taken = Taken::new();
        for (number, step) in self.steps.iter().enumerate() {
            let person = step.person.as_deref().unwrap_or(&self.person);
            play::step(number, step.play((&world, &store), person, &mut taken)).await?;
        }
        Ok(())
    }
}

impl Object {
    fn put(&self, store: &Store) {
        store.put_with(&self.path, &self.content, &self.meta);
    }
}

impl Step {
    async fn play(&self, (world, store): (&World, &Store), person: &str, taken: &mut Taken) -> Result<(), String> {
        self.puts.iter().for_each(|object| object.put(store));
        if let Some(path) = &self.removes {
            store.remove(path);
        }
        store.lost.store(self.lost, Ordering::SeqCst);
        store.blind.store(self.blind, Ordering::SeqCst);
        store.asked.lock().unwrap().clear();
        if let Some(send) = &self.send {
            let variables = filled(&Value::Object(self.variables.clone()), taken);
            let answer = match &self.file {
                Some(Upload { name, media, content }) => {
                    let file = Sent { name, media, content: content.as_bytes() };
                    world.sent(person, (send, variables), file).await
                }
                None => world.ask(person, send, variables).await,
            };
            Expected { take: &self.take, answer: &self.answer, lacks: &self.lacks }.fits(&answer, taken)?;
            self.differs(&answer, taken)?;
        }
        for opens in &self.opens {
            opens.fits(&opened(&world.routes, opens.request(taken)).await, taken)?;
        }
        self.asked_right(&store.asked.lock().unwrap())?;
        let Some(expected) = &self.kept else { return Ok(()) };
        let kept = kept(store);
        if kept == *expected { Ok(()) } else { Err(format!("the store keeps {kept:?}, not {expected:?}")) }
    }

    fn differs(&self, answer: &Value, taken: &Taken) -> Result<(), String> {
        for (place, other) in &self.differs {
            let found = at(answer, place);
            if found.as_ref().is_none_or(|found| *found == filled(other, taken)) {
                return Err(format!("at {place} is {found:?}, where something else is expected: {answer}"));
            }
        }
        Ok(())
    }

    fn asked_right(&self, asked: &[&str]) -> Result<(), String> {
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        asked.iter().for_each(|name| *found.entry((*name).to_owned()).or_default() += 1);
        match &self.asked {
            Some(expected) if *expected != found => Err(format!("the store was asked {found:?}, not {expected:?}")),
            _ => Ok(()),
        }
    }
}

/// All that is in a store.
fn kept(store: &Store) -> Vec<Kept> {
    let of = |path: String| {
        let kept = store.kept(&path);
        let text = |content: &Vec<u8>| String::from_utf8_lossy(content).into_owned();
        let media = kept.last().and_then(|newest| newest.media.clone());
        Kept { path: unmarked(&path), versions: kept.iter().map(|kept| text(&kept.content)).collect(), media }
    };
    store.below("").into_iter().map(of).collect()
}

/// A path, where `#` stands for the mark of the write that made it.
fn unmarked(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name.split_once('-') {
        Some((mark, name)) if mark.len() >= 32 && mark.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            format!("{folder}/#-{name}")
        }
        _ => path.to_owned(),
    }
}
