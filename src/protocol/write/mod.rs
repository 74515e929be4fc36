//! Writes: what every engine does alike. The requests that come first, the write itself, what its answer tells, and what a
//! failure means: that nothing was written, or that nobody knows.

mod failed;
mod steps;

use std::sync::Arc;

use smol_str::SmolStr;

use super::core::{Answer, Ask, Core};
use super::names::{Names, fits};
use super::path::first;
use super::{Row, WriteRow, WroteRow};
use crate::connector::{EntityMapping, Once, Origin, Request, RowView, Template, Version, key_of, key_wire, lookup};
use crate::error::{Code, Error};
use crate::model::{Key, Refusal, RefusalCode, Unwritten, Wire};
use crate::upstream::{Call, Reply};

/// One write under way.
pub(super) struct Writing<'a> {
    pub(super) core: &'a Core,
    pub(super) of: &'a EntityMapping,
    pub(super) row: &'a WriteRow<'a>,
    /// The outcomes of the requests that came first.
    before: Wire,
}

impl<'a> Writing<'a> {
    /// Begins a write: the requests that come first are made.
    pub(super) async fn begin(
        core: &'a Core,
        of: &'a EntityMapping,
        row: &'a WriteRow<'a>,
    ) -> Result<Writing<'a>, Unwritten> {
        if row.key.as_ref().is_some_and(|key| !fits(of, key)) {
            return Err(nobody());
        }
        let mut writing = Self::bare(core, of, row);
        writing.steps().await?;
        Ok(writing)
    }

    /// A write of which nothing was done.
    pub(super) fn bare(core: &'a Core, of: &'a EntityMapping, row: &'a WriteRow<'a>) -> Self {
        Self { core, of, row, before: Wire::Object(Vec::new()) }
    }

    /// What the write's requests may name.
    pub(super) fn names(&self) -> Names<'_> {
        let mut names = self.core.names(&self.row.context, false);
        if let Some(key) = &self.row.key {
            names.ask_for(self.of, std::slice::from_ref(key));
        }
        let text = |text: Option<&SmolStr>| text.map_or(Wire::Null, |text| Wire::Text(text.clone()));
        let said = |text: &Option<Arc<str>>| text.clone().map_or(Wire::Null, |text| Wire::Text(text.into()));
        names.lend("input", &self.row.input);
        names.lend("values", &self.row.values);
        names.lend("before", &self.before);
        names.lend("record", self.row.before.as_ref().map_or(&Wire::Null, |row| &row.row));
        names.set("version", text(self.row.version.as_ref().or_else(|| self.version_before())));
        names.set("etag", text(self.row.before.as_ref().and_then(|row| row.etag.as_ref())));
        names.set("reference", Wire::Text(Arc::clone(&self.row.reference).into()));
        let binding = &self.core.binding;
        let mut caller = super::names::caller(&self.row.context, &binding.connector.locales);
        if let Wire::Object(members) = &mut caller {
            // Bodies have keys as the system writes them.
            for (name, entity) in [("account", binding.graph.hub), ("contact", binding.graph.person)] {
                let own = members.iter_mut().find(|(known, _)| **known == *name);
                if let Some((_, key)) = own
                    && let Some(text) = key.shared_text()
                {
                    *key = key_wire(&binding.connector, entity, &text);
                }
            }
            members.push(("name".into(), said(&self.row.person.name)));
            members.push(("email".into(), said(&self.row.person.email)));
        }
        names.set("caller", caller);
        names
    }

    fn version_before(&self) -> Option<&'a SmolStr> {
        let Some(Version::Path(path)) = &self.of.version else { return None };
        match first(path, &self.row.before.as_ref()?.row) {
            Wire::Text(text) | Wire::Number(text) => Some(text),
            _ => None,
        }
    }

    /// The call of a request, ready but for what makes it a write; `None` where a value cannot stand in its place.
    pub(super) fn call(&self, request: &Request, query: &[(Arc<str>, Wire)]) -> Result<Option<Call>, Error> {
        let names = self.names().with("file", self.told_of_file(request));
        let headers = self.headers(request);
        let deadline = self.row.context.deadline;
        let (placed, encoded) = ([&[][..], &[]], "");
        let call =
            self.core.call(&Ask { request, names: &names, placed, query, encoded, headers: &headers, deadline })?;
        call.map(|call| self.with_file((request, &names), call)).transpose()
    }

    /// The write's own headers: its reference, where the system remembers it.
    fn headers(&self, request: &Request) -> Vec<(Arc<str>, Template)> {
        let mut all = request.headers.clone();
        if let Once::Known { header: Some((name, _)), .. } = &self.row.write.once {
            // A key is good at one address. Which request a repeat sends may be up to the record, which has moved on.
            let instead = self.row.write.instead.iter().position(|(_, other)| std::ptr::eq(other, request));
            let key = match instead {
                None => Arc::clone(&self.row.reference),
                Some(at) => Arc::from(format!("{}-{}", self.row.reference, at + 1)),
            };
            all.push((Arc::clone(name), Template::Literal(Wire::Text(key.into()))));
        }
        all
    }

    /// Sends the write: never twice.
    pub(super) async fn send(&self, call: Call) -> Result<Answer, Unwritten> {
        let template = Arc::clone(&call.template);
        let reply = self.reply(call).await?;
        let done = (200..300).contains(&reply.status);
        match self.core.read(reply, &template, &self.core.everything()) {
            Ok(answer) => match answer.partial.first() {
                Some(partial) => Err(self.failed(partial.failure.clone())),
                None => Ok(answer),
            },
            // It was done, and only its answer cannot be read. A failure that the system named is its own word.
            Err(failure) if done && failure.said.is_none() => Err(self.uncertain(&failure.error)),
            Err(failure) => Err(self.failed(failure)),
        }
    }

    /// Whatever the system answers.
    pub(super) async fn reply(&self, call: Call) -> Result<Reply, Unwritten> {
        match self.core.binding.transport.send(Call { safe: false, ..call }).await {
            Ok(reply) => Ok(reply),
            Err(error) if error.is_unsent() => Err(Unwritten::Failed(self.located(error))),
            Err(error) => Err(self.uncertain(&error)),
        }
    }

    /// What an answer that refuses means.
    pub(super) fn refusal(&self, reply: Reply, template: &Arc<str>) -> Unwritten {
        match self.core.read(reply, template, &self.core.everything()) {
            Ok(_) => self.uncertain(&Error::new(Code::UpstreamRejected, "an answer that refuses nothing")),
            Err(failure) => self.failed(failure),
        }
    }

    /// What an answer tells.
    pub(super) fn wrote(&self, answer: &Answer) -> Result<WroteRow, Unwritten> {
        let told = &self.row.write.answer;
        let etag = answer.header("etag").map(SmolStr::from);
        let row = told.record.as_ref().map(|record| first(record, &answer.body)).filter(|row| !row.is_null());
        let row = row.map(|row| Row { row: row.clone(), facets: self.no_facets(), parent: None, etag });
        self.finished(row, answer)
    }

    /// The same, where the engine knows the row.
    pub(super) fn finished(&self, row: Option<Row>, answer: &Answer) -> Result<WroteRow, Unwritten> {
        let told = &self.row.write.answer;
        let own = row.as_ref().and_then(|row| key_of(self.of, &RowView::bare(&row.row, None)));
        let said = self.key(&told.key, ("body", &answer.body));
        let key = self.row.key.clone().or(said).or(own);
        if key.is_none() && self.row.write.creates {
            let error = Error::new(Code::WriteUncertain, "the answer to a write has no key of what was made");
            return Err(Unwritten::Uncertain(self.located(error)));
        }
        let gives = told.gives.iter().map(|(name, path)| (Arc::clone(name), answer.at(path))).collect();
        Ok(WroteRow { row, key, gives })
    }

    pub(super) fn no_facets(&self) -> Vec<Wire> {
        vec![Wire::Null; self.of.facets.len()]
    }

    /// A key out of what was answered, part by part.
    pub(super) fn key(&self, parts: &[Origin], (name, from): (&'static str, &Wire)) -> Option<Key> {
        let mut names = self.names();
        names.lend(name, from);
        let part = |origin: &Origin| match origin {
            Origin::Path(path) => lookup(path, &RowView::bare(from, None)).as_text().map(|text| text.into_owned()),
            Origin::Computed(computed) => names.evaluate(computed).ok()?.as_text().map(|text| text.into_owned()),
        };
        let parts: Option<Vec<String>> = parts.iter().map(part).collect();
        Key::from_parts(parts?.iter().map(String::as_str))
    }

    pub(super) fn located(&self, error: Error) -> Error {
        self.core.located(self.of, error)
    }
}

/// There is no such record.
pub(super) fn nobody() -> Unwritten {
    let path = vec![Arc::from("id")];
    Unwritten::Refused(vec![Refusal { code: RefusalCode::NotFound, path, message: None }])
}
