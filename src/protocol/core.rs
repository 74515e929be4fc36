//! What both engines share: a bound source, its requests made ready and sent, its answers read.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;

use super::Binding;
use super::dictionary::Dictionaries;
use super::encode::{self, Unfit};
use super::errors::{Failure, Partial, Reading, unusable};
use super::headers::Prepared;
use super::names::{Always, Names};
use super::needed::Kept;
use super::scan::scan;
use super::template::{self, Parameters, fill, fill_all, json, merge, torn};
use super::wants::Wants;
use crate::connector::{Arrays, Basis, Body, Connector, EntityMapping, Path, Request, Root, Step, Template};
use crate::error::{Code, Error};
use crate::model::{ReadContext, Wire};
use crate::spool::Content;
use crate::upstream::{Base, Call, HeaderMap, Reply, Uri};

/// Calls of one read that are under way at the same time; the transport's own limits come on top.
const ABREAST: usize = 8;

/// A bound source.
pub(super) struct Core {
    pub(super) binding: Binding,
    pub(super) dictionaries: Dictionaries,
    pub(super) kept: Kept,
    /// Where the source is reached, or why it cannot be.
    base: Result<Base, String>,
    pub(super) headers: Prepared,
}

/// A request with everything that goes into it.
pub(super) struct Ask<'a> {
    pub(super) request: &'a Request,
    pub(super) names: &'a Names<'a>,
    /// Parent and page parameters: placed where the request's others are.
    pub(super) placed: [&'a [(Arc<str>, Wire)]; 2],
    /// Further query parameters.
    pub(super) query: &'a [(Arc<str>, Wire)],
    /// More of the query, encoded.
    pub(super) encoded: &'a str,
    /// Headers, beside those of every request.
    pub(super) headers: &'a [(Arc<str>, Template)],
    pub(super) deadline: Duration,
}

/// What is wanted of an answer, with what its errors are seen by.
#[derive(Clone, Debug)]
pub(super) struct Wanted(Wants);

/// A good answer.
pub(super) struct Answer {
    pub(super) body: Wire,
    pub(super) partial: Vec<Partial>,
    headers: HeaderMap,
}

impl Answer {
    /// A header's text.
    pub(super) fn header(&self, name: &str) -> Option<Arc<str>> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(Arc::from)
    }

    /// What is at a path of the body or in a header.
    pub(super) fn at(&self, path: &Path) -> Wire {
        match (path.root, path.steps.first()) {
            (Root::Header, Some(Step::Name(name))) => {
                let text = self.headers.get(&**name).and_then(|value| value.to_str().ok());
                text.map_or(Wire::Null, |text| Wire::Text(text.into()))
            }
            _ => super::path::first(path, &self.body).clone(),
        }
    }
}

impl Core {
    pub(super) fn new(binding: Binding) -> Self {
        let base = base_of(&binding.connector);
        let headers = Prepared::new(&binding.connector.headers);
        Self { binding, dictionaries: Dictionaries::default(), kept: Kept::default(), base, headers }
    }

    /// What conditions are read against, at this moment.
    pub(super) fn basis(&self) -> Basis<'_> {
        Basis { connector: &self.binding.connector, now: self.binding.clock.now() }
    }

    /// The names that every request may use.
    pub(super) fn names<'a>(&'a self, context: &'a ReadContext, list: bool) -> Names<'a> {
        Names::of(Always { connector: &self.binding.connector, context, now: self.binding.clock.now(), list })
    }

    /// What is wanted of an answer, and what errors in it are seen by.
    pub(super) fn wanted(&self, mut wants: Wants) -> Wanted {
        Reading::wants(&self.binding.connector.errors, &mut wants);
        Wanted(wants)
    }

    /// The error with the source and the entity in it.
    pub(super) fn located(&self, of: &EntityMapping, error: Error) -> Error {
        let error = error.at_source(&self.binding.source);
        match self.binding.graph.entity(of.entity) {
            Some(entity) => error.at_entity(&entity.name),
            None => error,
        }
    }

    /// Whether a key can be asked for together with others: where a system takes lists with commas between, one that has
    /// a comma in it would be two, and neither the one that was meant.
    pub(super) fn listable(&self, key: &str) -> bool {
        self.binding.connector.arrays != Arrays::Comma || !key.contains(',')
    }

    /// Makes a request ready; `None` where a value cannot stand in its place, so that there is no such record.
    pub(super) fn call(&self, ask: &Ask<'_>) -> Result<Option<Call>, Error> {
        let Request { method, path, template, query, body, limit, .. } = ask.request;
        let relative = match encode::path(path, |slot| ask.names.slot(slot)) {
            Ok(relative) => relative,
            Err(Unfit::Structure) => return Ok(None),
            Err(Unfit::Missing(slot)) => {
                return Err(Error::new(Code::Internal, format!("`{template}`: `{{{slot}}}` has no value")));
            }
        };
        let arrays = self.binding.connector.arrays;
        let mut parameters = fill_all(query, ask.names)?;
        ask.query.iter().for_each(|(name, value)| merge(&mut parameters, name, value.clone()));
        let placed = || ask.placed.iter().copied().flatten();
        let mut sent = Content::default();
        let mut kind = None;
        match body {
            Body::None | Body::Bytes(_) => placed().for_each(|one| place(&mut parameters, one)),
            Body::Json(content) => {
                sent = Content::from(json(&placed_in(fill(content, ask.names)?, placed())));
                kind = Some("application/json");
            }
            Body::Form(fields) => {
                let mut fields = fill_all(fields, ask.names)?;
                placed().for_each(|one| place(&mut fields, one));
                if torn(&fields, arrays) {
                    return Ok(None);
                }
                sent = Content::from(template::query(&fields, arrays));
                kind = Some("application/x-www-form-urlencoded");
            }
        }
        if torn(&parameters, arrays) {
            return Ok(None);
        }
        let mut written = template::query(&parameters, arrays);
        encode::join(&mut written, ask.encoded);
        let url = self.address(&relative, &written)?;
        let headers = self.headers.with(kind, ask.headers, ask.names)?;
        let (method, limit, deadline) = (*method, limit.clone(), ask.deadline);
        let template = Arc::clone(template);
        Ok(Some(Call { method, url, headers, body: sent, template, limit, safe: true, background: false, deadline }))
    }

    /// The whole address of something relative to the connector's base.
    pub(super) fn address(&self, relative: &str, query: &str) -> Result<Uri, Error> {
        let base = self.base.as_ref().map_err(|why| wrong(why))?;
        base.address(relative, query).map_err(|why| wrong(&why))
    }

    /// Its path and query.
    pub(super) fn address_text(&self, relative: &str, query: &str) -> Result<String, Error> {
        Ok(self.base.as_ref().map_err(|why| wrong(why))?.path(relative, query))
    }

    /// All of an answer is wanted.
    pub(super) fn everything(&self) -> Wanted {
        self.wanted(Wants::everything())
    }

    /// Sends a call and reads the answer, pruned to what is wanted.
    ///
    /// The call is handed on at once: an async function would keep it as long as it waits.
    pub(super) fn send<'a>(
        &'a self,
        call: Call,
        wants: &'a Wanted,
    ) -> impl Future<Output = Result<Answer, Failure>> + Send {
        let template = Arc::clone(&call.template);
        let sent = self.binding.transport.send(call);
        async move { self.read(sent.await?, &template, wants) }
    }

    /// Reads an answer, pruned to what is wanted.
    pub(super) fn read(&self, reply: Reply, template: &Arc<str>, wants: &Wanted) -> Result<Answer, Failure> {
        let reading = Reading { basis: self.basis(), template };
        if !(200..300).contains(&reply.status) {
            return Err(reading.refusal(&reply));
        }
        let body = decode(&reply, &wants.0, template).inspect_err(|failure| self.report(failure))?;
        if let Some(failure) = reading.disguised(&reply, &body) {
            self.report(&failure);
            return Err(failure);
        }
        let partial = reading.partial(&reply, &body);
        Ok(Answer { body, partial, headers: reply.headers })
    }

    /// Tells operators of an answer whose status said that all was well.
    fn report(&self, failure: &Failure) {
        let source = &*self.binding.source;
        tracing::warn!(source, why = failure.error.detail(), "an answer that cannot be used");
    }

    /// Asks, where asking makes sense.
    pub(super) async fn ask(&self, ask: &Ask<'_>, wants: &Wanted) -> Result<Option<Answer>, Failure> {
        match self.call(ask)? {
            Some(call) => self.send(call, wants).await.map(Some),
            None => Ok(None),
        }
    }
}

fn base_of(connector: &Connector) -> Result<Base, String> {
    let setting = |slot: &str| {
        let name = slot.strip_prefix("settings.").unwrap_or(slot);
        connector.settings.get(name).as_text().map(std::borrow::Cow::into_owned)
    };
    let text = encode::plain(&connector.base, setting);
    Base::read(&text.map_err(|_| "a setting in it has no value".to_owned())?)
}

fn wrong(why: &str) -> Error {
    Error::new(Code::Internal, format!("the base address of the source is wrong: {why}"))
}

fn decode(reply: &Reply, wants: &Wants, template: &str) -> Result<Wire, Failure> {
    if reply.body.is_empty() {
        return Ok(Wire::Null);
    }
    let kind = reply.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let markup = reply.body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<');
    if markup || kind.eq_ignore_ascii_case("text/html") {
        let kind = if kind.is_empty() { "markup" } else { kind };
        let reason = format!("`{template}` answered with {kind} instead of JSON: wrong address or credentials?");
        return Err(unusable(reason));
    }
    scan(&reply.body, wants).map_err(|reason| unusable(format!("`{template}`: {reason}")))
}

fn place(parameters: &mut Parameters, (name, value): &(Arc<str>, Wire)) {
    parameters.retain(|(n, _)| n != name);
    parameters.push((Arc::clone(name), value.clone()));
}

fn placed_in<'a>(body: Wire, placed: impl Iterator<Item = &'a (Arc<str>, Wire)>) -> Wire {
    match body {
        Wire::Object(mut members) => {
            placed.for_each(|one| place(&mut members, one));
            Wire::Object(members)
        }
        other => other,
    }
}

/// Runs futures, a bounded number of them abreast, and answers in their order.
pub(super) async fn abreast<T>(mut futures: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    if futures.len() <= 1 {
        // Nothing is abreast of one.
        return match futures.pop() {
            Some(one) => vec![one.await],
            None => Vec::new(),
        };
    }
    futures::stream::iter(futures).buffered(ABREAST).collect().await
}

/// Groups things that would make the same call: two comments of one ticket are read with it, once.
pub(super) fn group_by<T, K: std::hash::Hash + Eq>(items: Vec<(K, T)>) -> Vec<Vec<T>> {
    let mut places: HashMap<K, usize> = HashMap::new();
    let mut groups: Vec<Vec<T>> = Vec::new();
    for (key, item) in items {
        let at = *places.entry(key).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Vec::new());
        }
        if let Some(group) = groups.get_mut(at) {
            group.push(item);
        }
    }
    groups
}
