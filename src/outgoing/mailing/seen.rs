//! What a reader sees of a record, as a letter: the rule's query, run as the reader, with the rights of that moment.

use serde_json::{Map, Value, json};

use super::super::event::kind;
use super::super::post::line;
use super::super::rules::{CHANGE, HTML, RECORD, Rule, context, name};
use super::look::Looked;
use super::notice::Notice;
use super::{Mailing, PATIENCE};
use crate::error::Code;
use crate::execute::GraphRequest;
use crate::model::{Caller, RecordId, Wire};
use crate::{seal, webhook};

/// How long before a change something may have happened that it is about: systems tell a little late.
const EARLIER: jiff::SignedDuration = jiff::SignedDuration::from_mins(2);

/// A letter's content.
pub(super) struct Seen {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: Option<String>,
}

impl Seen {
    pub(super) fn digest(&self) -> [u8; 32] {
        let parts = [&self.subject, &self.text, self.html.as_ref().unwrap_or(&self.subject)];
        seal::digest(parts.map(String::as_bytes))
    }
}

impl Mailing {
    /// What the reader sees, as a letter; `None` where there is nothing that the rule would tell.
    pub(super) async fn seen(
        &self,
        rule: &Rule,
        notice: &Notice,
        (id, caller, language): (&RecordId, &Caller, &str),
    ) -> std::result::Result<Option<Seen>, Looked> {
        let variables = Map::from_iter([("id".to_owned(), json!(self.executor.seal(id)))]);
        let request = GraphRequest {
            query: rule.query.clone(),
            variables,
            deadline: Some(self.clock.elapsed() + PATIENCE),
            ..GraphRequest::default()
        };
        let answer = self.executor.execute(caller, request).await;
        let broken = |why: &str| Looked::Failed(why.to_owned());
        let read: Value = serde_json::from_slice(&answer.body).map_err(|_| broken("the answer cannot be read"))?;
        // A letter with a hole in it, because a system did not answer, would tell what is not so.
        if let Some(code) = passing(&read) {
            return Err(Looked::Failed(format!("a system did not answer ({code})")));
        }
        let Some(Value::Object(data)) = read.get("data").cloned() else {
            return Err(Looked::Failed(format!(
                "the query is refused: {}",
                codes(&read).collect::<Vec<_>>().join(", ")
            )));
        };
        if data.get(RECORD).is_none_or(Value::is_null) {
            return Ok(None);
        }
        let at = notice.change.at;
        let since = at.checked_sub(EARLIER).unwrap_or(at);
        let change = json!({ "kind": kind(notice.change.kind), "at": at.to_string(), "since": since.to_string() });
        if let Some(when) = &rule.when {
            let wire = |value: &Value| webhook::parse(value.to_string().as_bytes()).unwrap_or(Wire::Null);
            let mut names: Vec<(&str, Wire)> =
                rule.names.iter().filter_map(|name| Some((name.as_str(), wire(data.get(name)?)))).collect();
            names.push((CHANGE, wire(&change)));
            let names: Vec<(&str, &Wire)> = names.iter().map(|(name, value)| (*name, value)).collect();
            let holds = when.evaluate(&names).map_err(|error| broken(&format!("its condition fails: {error}")))?;
            if holds != Wire::Bool(true) {
                return Ok(None);
            }
        }
        let values = context(data, &change, (&caller.name, language));
        let render = |form: &str| {
            let name = name(&rule.template, language, form);
            self.notices
                .templates
                .render(&name, &values)
                .map_err(|why| broken(&format!("the template `{name}` fails: {why}")))
        };
        let html =
            self.notices.templates.has(&name(&rule.template, language, HTML)).then(|| render(HTML)).transpose()?;
        Ok(Some(Seen { subject: line(&render("subject")?), text: render("txt")?, html }))
    }
}

/// The codes of an answer's errors.
fn codes(answer: &Value) -> impl Iterator<Item = &str> {
    let errors = answer.get("errors").and_then(Value::as_array).into_iter().flatten();
    errors.filter_map(|error| error.pointer("/extensions/code")?.as_str())
}

/// An error of an answer that may be gone later.
fn passing(answer: &Value) -> Option<&str> {
    let passing =
        [Code::UpstreamUnavailable, Code::UpstreamTimeout, Code::UpstreamRejected, Code::RateLimited, Code::Internal];
    codes(answer).find(|code| passing.iter().any(|one| one.name() == *code))
}
