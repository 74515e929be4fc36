//! Notifications as the operator wrote them, checked and compiled: everything that can be wrong with one is told before anything
//! is served.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use jiff::tz::TimeZone;
use lettre::message::Mailbox;
use serde_json::{Map, Value, json};

use super::codes::{C070, C071, C072, C073, C074, C075};
use super::links;
use super::shape::Shape;
use super::templates::Templates;
use crate::config::{Config, Environment, MailConfig, NotificationConfig, OccasionKind, Origin, RecipientsConfig};
use crate::diagnostic::{Diagnostic, Place, Report};
use crate::expr::Program;
use crate::graph::{FieldKind, Graph, Target};
use crate::model::{ChangeKind, EntityId, FieldId};

/// The root field of a query that is the record.
pub(super) const RECORD: &str = "record";
/// What a condition and a template know of the change.
pub(super) const CHANGE: &str = "change";

/// What notifications are loaded from.
pub struct Loading<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Where it came from.
    pub origin: &'a Origin,
    /// Reads queries and templates.
    pub environment: &'a dyn Environment,
    /// The whole graph.
    pub graph: &'a Graph,
    /// What of it is served.
    pub schema: &'a Valid<Schema>,
}

/// The notifications of a tenant.
pub struct Notices {
    pub(super) rules: Vec<Rule>,
    pub(super) templates: Templates,
    pub(super) from: Mailbox,
    pub(super) languages: Vec<Arc<str>>,
}

/// One notification.
pub(super) struct Rule {
    pub(super) name: Arc<str>,
    pub(super) entity: EntityId,
    pub(super) kinds: Vec<ChangeKind>,
    pub(super) when: Option<Program>,
    /// What the condition may use, beside the change.
    pub(super) names: Vec<String>,
    pub(super) to: To,
    pub(super) query: String,
    pub(super) template: String,
    pub(super) window: Duration,
}

/// Who is told.
pub(super) enum To {
    /// The record is the person.
    Itself,
    Field(FieldId),
    Permission(Arc<str>),
    Role(Arc<str>),
}

/// Loads what is sent out, and says everything that is wrong with it.
#[must_use]
pub fn load(loading: &Loading<'_>) -> (Option<Arc<Notices>>, Report) {
    let mut report = Report::default();
    let outgoing = &loading.config.outgoing;
    for (at, webhook) in outgoing.webhooks.iter().enumerate() {
        for entity in webhook.events.keys() {
            let place = loading.origin.place(&["outgoing", "webhooks", &at.to_string(), "events", entity]);
            loading.entity(entity, place, &mut report);
        }
    }
    let Some(mail) = &outgoing.mail else { return (None, report) };
    let mut loader = Loader { loading, mail, report: &mut report, templates: Templates::new(loading.zone()) };
    let from = loader.from();
    let rules: Vec<Rule> = (0..).zip(&outgoing.notifications).filter_map(|(at, rule)| loader.rule(at, rule)).collect();
    let templates = loader.templates;
    let languages = mail.languages.iter().map(|language| Arc::from(language.as_str())).collect();
    (from.map(|from| Arc::new(Notices { rules, templates, from, languages })), report)
}

impl Loading<'_> {
    fn zone(&self) -> TimeZone {
        TimeZone::get(&self.config.time_zone).unwrap_or(TimeZone::UTC)
    }

    fn entity(&self, name: &str, place: Place, report: &mut Report) -> Option<EntityId> {
        let found = self.graph.entity_id(name);
        if found.is_none() {
            let message = format!("the graph has no entity `{name}`");
            report.push(Diagnostic::error(C070, place, message, "Name a type marked `@entity`, such as `Order`."));
        }
        found
    }
}

/// A query, and what its answers look like with everything there and with nothing that may be missing.
type Asked = (String, Map<String, Value>, Map<String, Value>);

struct Loader<'a, 'r> {
    loading: &'a Loading<'a>,
    mail: &'a MailConfig,
    report: &'r mut Report,
    templates: Templates,
}

impl Loader<'_, '_> {
    fn from(&mut self) -> Option<Mailbox> {
        let place = self.loading.origin.place(&["outgoing", "mail", "from"]);
        let from = self.mail.from.parse::<Mailbox>();
        if from.is_err() {
            let message = format!("`{}` is no address that mail could come from", self.mail.from);
            self.report.push(Diagnostic::error(C074, place, message, "Write `Portal <portal@example.com>`."));
        } else if self.mail.languages.is_empty() {
            let place = self.loading.origin.place(&["outgoing", "mail", "languages"]);
            let message = "mail is there in no language".to_owned();
            self.report.push(Diagnostic::error(C072, place, message, "Name those that every template is there in."));
        }
        from.ok()
    }

    fn rule(&mut self, at: usize, rule: &NotificationConfig) -> Option<Rule> {
        let number = at.to_string();
        let place =
            |keys: &[&str]| self.loading.origin.place(&[&["outgoing", "notifications", &number], keys].concat());
        let places =
            [place(&["on", "entity"]), place(&["query"]), place(&["template"]), place(&["when"]), place(&["to"])];
        let [of_entity, of_query, of_template, of_when, of_to] = places;
        let entity = self.loading.entity(&rule.on.entity, of_entity, self.report);
        let asked = self.query(&rule.query, of_query);
        let to = entity.and_then(|entity| self.to(&rule.to, entity, of_to));
        let (query, full, bare) = asked?;
        self.template(&rule.template, [&full, &bare], &of_template);
        let names: Vec<String> = full.keys().cloned().collect();
        let when = match &rule.when {
            None => None,
            Some(when) => Some(self.when(when, &full, of_when)?),
        };
        let kinds = rule.on.kinds.iter().map(|kind| match kind {
            OccasionKind::Created => ChangeKind::Created,
            OccasionKind::Updated => ChangeKind::Updated,
        });
        Some(Rule {
            name: Arc::from(rule.name.as_str()),
            entity: entity?,
            kinds: kinds.collect(),
            when,
            names,
            to: to?,
            query,
            template: rule.template.clone(),
            window: rule.window.0,
        })
    }

    fn read(&self, path: &str) -> std::io::Result<String> {
        self.loading.environment.file(&self.loading.origin.folder.join(path))
    }

    /// The query, and what its answers look like.
    fn query(&mut self, path: &str, place: Place) -> Option<Asked> {
        let asked = self.read(path).map_err(|error| format!("`{path}` cannot be read: {error}")).and_then(|text| {
            let document = ExecutableDocument::parse_and_validate(self.loading.schema, text.as_str(), path)
                .map_err(|bad| format!("`{path}` is not valid: {}", first(&bad.errors.to_string())))?;
            let operation = document.operations.get(None).map_err(|_| format!("`{path}` is not one query"))?;
            let takes = operation
                .variables
                .iter()
                .any(|variable| variable.name == "id" && *variable.ty.inner_named_type() == "ID");
            let others = operation
                .variables
                .iter()
                .any(|variable| variable.name != "id" && variable.ty.is_non_null() && variable.default_value.is_none());
            let shape = Shape { schema: self.loading.schema, document: &document };
            let [full, bare] = [true, false].map(|full| shape.sample(&operation.selection_set, full));
            match operation.is_query() && takes && !others && full.contains_key(RECORD) {
                true => Ok(((text, full, bare), links::asked(&document))),
                false => Err(format!("`{path}` does not ask for a record by its id")),
            }
        });
        let (code, why, remedy) = match asked {
            Ok((asked, None)) => return Some(asked),
            Ok((_, Some(link))) => (
                C075,
                format!("`{path}` asks for `{link}`, which opens for minutes, and not from a mail"),
                "Ask for the file's `name`, and have the template lead to the portal, which asks for a link of its own.",
            ),
            Err(why) => {
                (C071, why, "Write `query($id: ID!) { record: ticket(id: $id) { … } }`, with what the mail needs.")
            }
        };
        self.report.push(Diagnostic::error(code, place, why, remedy));
        None
    }

    fn to(&mut self, to: &RecipientsConfig, entity: EntityId, place: Place) -> Option<To> {
        let graph = self.loading.graph;
        let message = match to {
            RecipientsConfig::Permission(name) => return Some(To::Permission(Arc::from(name.as_str()))),
            RecipientsConfig::Role(name) if self.loading.config.access.roles.contains_key(name) => {
                return Some(To::Role(Arc::from(name.as_str())));
            }
            RecipientsConfig::Role(name) => format!("there is no role `{name}`"),
            RecipientsConfig::Field(name) => {
                let of = graph.entity(entity)?;
                let field = of.field_id(name);
                let kind = field.and_then(|field| of.field(field)).map(|field| &field.kind);
                match (field, kind) {
                    (Some(_), Some(FieldKind::Id)) if entity == graph.person => return Some(To::Itself),
                    (Some(field), Some(FieldKind::Reference(Target::Entity(to)))) if *to == graph.person => {
                        return Some(To::Field(field));
                    }
                    _ => format!("`{}.{name}` leads to no person", of.name),
                }
            }
        };
        let remedy = "Name a field that leads to a contact (of a contact, its `id`), a permission, or a role that is defined under `access`.";
        self.report.push(Diagnostic::error(C073, place, message, remedy));
        None
    }

    fn when(&mut self, text: &str, full: &Map<String, Value>, place: Place) -> Option<Program> {
        let names: Vec<&str> = full.keys().map(String::as_str).chain([CHANGE]).collect();
        let compiled = Program::compile(text, &names).map_err(|error| error.to_string()).and_then(|program| {
            let whole = context(full.clone(), &occasion(), ("text", "en"));
            let unknown = program.paths().iter().find(|path| !has(&whole, path));
            match unknown {
                Some(path) => Err(format!("it uses `{}`, which the query does not ask for", path.join("."))),
                None => Ok(program),
            }
        });
        compiled
            .map_err(|why| {
                let message = format!("the condition `{text}` cannot be used: {why}");
                let remedy = "Use `record`, the query's other root fields, and `change` (`kind`, `at`, `since`).";
                self.report.push(Diagnostic::error(C073, place, message, remedy));
            })
            .ok()
    }

    /// Every form of a template, in every language.
    fn template(&mut self, template: &str, shapes: [&Map<String, Value>; 2], place: &Place) {
        let [full, bare] = shapes.map(|shape| context(shape.clone(), &occasion(), ("text", "en")));
        for language in &self.mail.languages {
            for form in FORMS {
                let name = name(template, language, form);
                let path = PathBuf::from(&self.mail.templates).join(&name);
                let path = path.to_string_lossy().into_owned();
                let text = match self.read(&path) {
                    Ok(text) => text,
                    Err(error) if form == HTML && error.kind() == std::io::ErrorKind::NotFound => continue,
                    Err(error) => {
                        self.wrong(place, &format!("`{path}` cannot be read: {error}"));
                        continue;
                    }
                };
                let checked =
                    self.templates.add(&name, text).and_then(|()| self.templates.check(&name, [&full, &bare]));
                if let Err(why) = checked {
                    self.wrong(place, &format!("`{path}`: {why}"));
                }
            }
        }
    }

    fn wrong(&mut self, place: &Place, why: &str) {
        let remedy =
            "Every template is there in every language, as `.subject` and `.txt`, and uses what its query asks for.";
        self.report.push(Diagnostic::error(C072, place.clone(), why, remedy));
    }
}

/// The forms of a template, the one that may be missing last.
const FORMS: [&str; 3] = ["subject", "txt", HTML];
pub(super) const HTML: &str = "html";

/// The file of a template's form in a language.
pub(super) fn name(template: &str, language: &str, form: &str) -> String {
    format!("{template}.{language}.{form}")
}

/// What a condition and a template know: the answer, the change, and who reads it in which language.
pub(super) fn context(mut data: Map<String, Value>, change: &Value, (reader, language): (&str, &str)) -> Value {
    data.insert(CHANGE.to_owned(), change.clone());
    data.insert("reader".to_owned(), json!({ "name": reader, "language": language }));
    Value::Object(data)
}

/// A change, for checks.
fn occasion() -> Value {
    json!({ "kind": "UPDATED", "at": "2026-01-31T09:00:00Z", "since": "2026-01-31T08:58:00Z" })
}

fn has(values: &Value, path: &[Arc<str>]) -> bool {
    let mut at = values;
    for step in path {
        match at {
            Value::Object(members) => match members.get(&**step) {
                Some(member) => at = member,
                None => return false,
            },
            Value::Array(_) => return true,
            _ => return false,
        }
    }
    true
}

fn first(errors: &str) -> &str {
    errors.lines().next().unwrap_or_default()
}

impl Notices {
    /// The language that somebody reads: their own as it is, or without its region; the tenant's; the first there is.
    pub(super) fn language(&self, wanted: [&str; 2]) -> Option<&Arc<str>> {
        let there = |tag: &str| self.languages.iter().find(|known| known.eq_ignore_ascii_case(tag));
        let plain = |tag: &str| tag.split('-').next().and_then(there);
        wanted.iter().find_map(|tag| there(tag).or_else(|| plain(tag))).or_else(|| self.languages.first())
    }
}
