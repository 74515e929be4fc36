//! `connector try`: one read of one record, with everything that can be seen of it: for whoever writes a manifest.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;

use super::assemble::Assembly;
use super::upstreams::Wiring;
use crate::clock::{Clock, SystemClock};
use crate::config::{Environment, Origin};
use crate::connector::load::SourceFile;
use crate::connector::{MapInput, map_record};
use crate::error::{Code, Error, Result};
use crate::graph::Entity;
use crate::model::{EntityId, Key, ReadContext, Record, SourceId, Value};
use crate::protocol::{self, Binding, GetRows, Row};
use crate::upstream::{Call, Reply, Transport};

/// The most of an answer that is shown, in bytes.
const SHOWN: usize = 8 * 1024;

/// What is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    /// The source.
    pub source: &'a str,
    /// The entity.
    pub entity: &'a str,
    /// The key; parts of a key of several are separated by `/`.
    pub key: &'a str,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The requests, the raw answers, the mapped record, and each problem with its place in the manifest.
    pub text: String,
    /// Whether there is a record without a problem.
    pub good: bool,
}

/// Reads one record, past every cache and without a caller: for operators, who have the system's own credentials anyway.
///
/// # Errors
/// There is no such source or entity, or a secret has no value.
pub async fn try_read(assembly: Assembly, environment: &dyn Environment, trial: Trial<'_>) -> Result<Tried> {
    let unknown = |what: String| Error::new(Code::BadUserInput, what);
    let id = assembly.catalog.source_id(trial.source);
    let id = id.ok_or_else(|| unknown(format!("there is no source `{}`", trial.source)))?;
    let entity_id = assembly.graph.entity_id(trial.entity);
    let entity_id = entity_id.ok_or_else(|| unknown(format!("there is no entity `{}`", trial.entity)))?;
    let of = assembly.catalog.mapping(id, entity_id);
    let of = of.ok_or_else(|| unknown(format!("`{}` does not map {}", trial.source, trial.entity)))?;
    let key = if of.key.len() > 1 { Key::from_parts(trial.key.split('/')) } else { Key::new(trial.key) };
    let key = key.ok_or_else(|| unknown(format!("`{}` is no key", trial.key)))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let watched = Arc::new(Watched { inner: transport(&assembly, environment, (id, &clock))?, seen: Mutex::default() });
    let Some(source) = assembly.catalog.sources.get(usize::from(id.0)) else {
        return Err(unknown(format!("there is no source `{}`", trial.source)));
    };
    let engine = protocol::engine(Binding {
        source: Arc::clone(&source.name),
        connector: Arc::clone(&source.connector),
        transport: Arc::clone(&watched) as Arc<dyn Transport>,
        clock: Arc::clone(&clock),
        graph: Arc::clone(&assembly.graph),
    });
    let context = Arc::new(ReadContext {
        locale: Arc::from(assembly.config.locale.as_str()),
        account: Arc::from([]),
        contact: None,
        live: true,
        deadline: clock.elapsed() + Duration::from_secs(30),
        timings: None,
    });
    let fields = of.mapped();
    let read = GetRows { keys: vec![key], fields, arguments: Arc::from([]), context: Arc::clone(&context) };
    let answer = engine.get(of, read).await.into_iter().next();
    let mut report = Report { text: watched.told(), good: false, assembly: &assembly, trial };
    match answer {
        Some(Ok(Some(row))) => report.row((id, entity_id), &row, &context),
        Some(Ok(None)) | None => report.line("There is no such record: the answer has no row with this key."),
        Some(Err(error)) => report.line(&format!("The read failed: {error}")),
    }
    Ok(Tried { text: report.text, good: report.good })
}

fn transport(
    assembly: &Assembly,
    environment: &dyn Environment,
    (id, clock): (SourceId, &Arc<dyn Clock>),
) -> Result<Arc<dyn Transport>> {
    let missing = || Error::new(Code::Internal, "the source is not configured");
    let source = assembly.catalog.sources.get(usize::from(id.0)).ok_or_else(missing)?;
    let wiring = Wiring {
        name: &source.name,
        configured: assembly.config.sources.get(&*source.name).ok_or_else(missing)?,
        connector: &source.connector,
        settings: assembly.settings.get(&*source.name).ok_or_else(missing)?,
        environment,
        folder: &assembly.folder,
        clock,
    };
    wiring.transport()
}

/// Keeps what is sent and answered. Credentials are put on further in, and are not seen here.
struct Watched {
    inner: Arc<dyn Transport>,
    seen: Mutex<String>,
}

impl Watched {
    fn told(&self) -> String {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, text: &str) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
    }
}

impl Transport for Watched {
    fn send(&self, call: Call) -> BoxFuture<'_, std::result::Result<Reply, Error>> {
        Box::pin(async move {
            let method = format!("{:?}", call.method).to_uppercase();
            let mut text = format!("Request\n  {method} {}\n", call.url);
            if !call.body.is_empty() {
                let _ = writeln!(text, "  {}", shown(call.body.beginning()));
            }
            let answer = self.inner.send(call).await;
            match &answer {
                Ok(reply) => {
                    let _ = writeln!(text, "Answer {}\n  {}\n", reply.status, shown(&reply.body));
                }
                Err(error) => {
                    let _ = writeln!(text, "No answer: {error}\n");
                }
            }
            self.note(&text);
            answer
        })
    }
}

fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..SHOWN).unwrap_or(body));
    if body.len() > SHOWN { format!("{text}… ({} bytes in all)", body.len()) } else { text.into_owned() }
}

struct Report<'a> {
    text: String,
    good: bool,
    assembly: &'a Assembly,
    trial: Trial<'a>,
}

impl Report<'_> {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn row(&mut self, (source, entity): (SourceId, EntityId), row: &Row, context: &ReadContext) {
        let catalog = &self.assembly.catalog;
        let info = catalog.sources.get(usize::from(source.0)).zip(catalog.mapping(source, entity));
        let Some(((info, of), entity)) = info.zip(self.assembly.graph.entity(entity)) else { return };
        let input = MapInput {
            connector: &info.connector,
            of,
            graph: &self.assembly.graph,
            source,
            source_name: &info.name,
            now: SystemClock::default().now(),
            fields: of.mapped(),
            arguments: &Arc::from([]),
            context,
        };
        match map_record(&input, &row.view()) {
            Ok(Some(record)) => self.record(&record, entity),
            Ok(None) => self.line("The answer means \"not there\" (`gone` of the manifest)."),
            Err(error) => self.line(&format!("The row is no record: {error}")),
        }
    }

    fn record(&mut self, record: &Record, entity: &Entity) {
        self.line("Record");
        self.line(&format!("  key       {:?}", record.key));
        self.line(&format!("  version   {}", record.version.as_deref().unwrap_or("(none)")));
        self.line(&format!("  evidence  {:?}", record.evidence));
        self.line(&format!("  visible   {}", record.visible));
        let mut problems = Vec::new();
        for field in record.loaded.iter() {
            let Some(name) = entity.field(field).map(|field| Arc::clone(&field.name)) else { continue };
            let value = record.value(field);
            self.line(&format!("  {name}: {}", plain(value)));
            faults(value, &mut |error| problems.push((Arc::clone(&name), error.detail().to_owned())));
        }
        self.good = problems.is_empty();
        for (field, what) in problems {
            let place = self.place(&field);
            self.line(&format!("Problem at {place}: `{field}`: {what}"));
        }
    }

    /// Where the field is mapped: in the overlay, if it says so there, else in the manifest.
    fn place(&self, field: &str) -> String {
        let name = format!("entities/{}.yaml", self.trial.entity);
        let all = self.assembly.files.get(self.trial.source).into_iter().flatten();
        let mut found = name.clone();
        for SourceFile { shown, text, .. } in all.filter(|file| *file.name == *name) {
            let origin = Origin { name: Arc::clone(shown), folder: PathBuf::new(), text: text.to_string() };
            let (fields, own) = (origin.place(&["fields"]), origin.place(&["fields", field]));
            if own != fields || found == name {
                found = own.to_string();
            }
        }
        found
    }
}

fn faults(value: &Value, found: &mut dyn FnMut(&Error)) {
    match value {
        Value::Fault(error) => found(error),
        Value::List(items) | Value::Object(items) => items.iter().for_each(|item| faults(item, found)),
        Value::File(file) => file.values.iter().for_each(|value| faults(value, found)),
        _ => {}
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::List(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => format!("{{{}}}", fields.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Value::Reference(to) => format!("→ {:?}", to.key),
        Value::File(file) => format!("file {{{}}}", file.values.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Value::Fault(_) => "(does not fit)".to_owned(),
    }
}
