//! Reads: from an address below `/sap/opu/odata/sap/` to an answer.

use axum::http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::web::{Pairs, mixed};

use super::answer::{Answer, Form, Viewer};
use super::error::Refusal;
use super::lexer::{Token, tokens};
use super::metadata;
use super::output;
use super::query::{PAGE, Query};
use super::record::{Record, records};
use super::schema::{Set, set, sets};
use super::value::Value;

/// The conditions of a key predicate.
pub(super) type Key = Vec<(&'static str, String)>;

/// One read, of a whole request or of a part of a batch.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    /// The path below `/sap/opu/odata/sap/`, still encoded.
    pub(super) path: &'a str,
    /// The query, still encoded.
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
}

impl Ask<'_> {
    /// Whether texts and codes are shown in German: `sap-language`, or else the first of `Accept-Language`.
    pub(super) fn german(&self, pairs: &Pairs) -> bool {
        let header = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok());
        let language = pairs.get("sap-language").or(header("sap-language")).or(header("accept-language"));
        language.is_some_and(|language| language.to_ascii_lowercase().starts_with("de"))
    }
}

/// Answers a read.
pub(super) fn read(state: &crate::State, root: &str, ask: &Ask<'_>) -> Answer {
    let pairs = Pairs::parse(ask.query);
    let form = Form::of(&pairs, ask.headers);
    let business = state.read();
    let reader = Reader {
        viewer: Viewer::new(&business, root.to_owned(), ask.german(&pairs)),
        hostile: state.hostile(super::NAME),
        ask,
        pairs,
        form,
    };
    reader.answer().unwrap_or_else(|refusal| refusal.answer(form))
}

struct Reader<'a> {
    viewer: Viewer<'a>,
    hostile: bool,
    ask: &'a Ask<'a>,
    pairs: Pairs,
    form: Form,
}

impl<'a> Reader<'a> {
    fn answer(&self) -> Result<Answer, Refusal> {
        let mut segments = self
            .ask
            .path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned());
        let service = segments.next().unwrap_or_default();
        let service = service.split(";v=").next().unwrap_or_default();
        if sets(service).next().is_none() {
            return Err(Refusal::service(service));
        }
        let rest: Vec<String> = segments.collect();
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        match rest.as_slice() {
            [] => Ok(metadata::root(&self.viewer.root, service, self.form)),
            ["$metadata"] => Ok(metadata::edmx(service)),
            ["GetPDF"] if service == output::SERVICE => output::get(&self.viewer, &self.pairs, self.form),
            [first, rest @ ..] => {
                let (name, predicate) = split(first);
                let found = set(service, name).ok_or_else(|| Refusal::segment(name))?;
                let all = records(self.viewer.business, found, self.viewer.german);
                match (predicate, rest) {
                    (None, []) => self.list(found, all),
                    (None, ["$count"]) => self.count(found, all),
                    (Some(key), rest) => {
                        let record = self.one(found, &all, &key_of(found, key)?)?;
                        self.below(found, &record, rest)
                    }
                    (None, [other, ..]) => Err(Refusal::segment(other)),
                }
            }
        }
    }

    /// What a path shows that goes on after a key.
    fn below(&self, own: &'static Set, record: &Record<'a>, rest: &[&str]) -> Result<Answer, Refusal> {
        let [name, rest @ ..] = rest else {
            return self.entity(own, record);
        };
        let navigation = own.navigation(name).ok_or_else(|| Refusal::segment(name))?;
        let target = set(own.service, navigation.target).ok_or_else(|| Refusal::segment(name))?;
        let mut found = self.viewer.follow((own, record), navigation);
        if self.hostile {
            found = records(self.viewer.business, target, self.viewer.german);
        }
        match (navigation.many, rest) {
            (true, []) => self.list(target, found),
            (true, ["$count"]) => self.count(target, found),
            (false, []) => {
                let found = found.first().ok_or_else(|| Refusal::missing(target.kind))?;
                self.entity(target, found)
            }
            (_, [other, ..]) => Err(Refusal::segment(other)),
        }
    }

    /// The record of a key; where the system is hostile, one of another account.
    fn one(&self, own: &Set, all: &[Record<'a>], key: &Key) -> Result<Record<'a>, Refusal> {
        let is = |record: &&Record<'a>| {
            key.iter().all(|(name, text)| {
                own.property(name).is_some_and(|property| record.value(*property).key_text() == text)
            })
        };
        let found = all.iter().find(is);
        if self.hostile {
            let account = found.map_or("", Record::account);
            let other = all.iter().find(|record| record.account() != account);
            return other.copied().ok_or_else(|| Refusal::missing(own.kind));
        }
        found.copied().ok_or_else(|| Refusal::missing(own.kind))
    }

    fn entity(&self, own: &'static Set, record: &Record<'a>) -> Result<Answer, Refusal> {
        let query = Query::parse(&self.pairs, own)?;
        let etag = Viewer::etag(own, record);
        let mut answer = match self.form {
            Form::Json => {
                let body = json!({ "d": self.viewer.entity(own, record, &query.shape) });
                Answer::ok("application/json;charset=utf-8", body.to_string())
            }
            Form::Xml => metadata::entry(&self.viewer.address(own, record)),
        };
        answer.etag = etag;
        Ok(answer)
    }

    /// The records that a query's filter leaves, in its order.
    fn chosen(&self, query: &mut Query, mut all: Vec<Record<'a>>) -> Vec<Record<'a>> {
        let filter = query.filter.take();
        query.sort(&mut all);
        let passes = |record: &Record<'_>| filter.as_ref().is_none_or(|filter| filter.passes(record));
        if !self.hostile {
            all.retain(passes);
            return all;
        }
        let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(passes);
        let blind = filter.clone().map(super::filter::Filter::blind);
        let others =
            others.into_iter().filter(|record| blind.as_ref().is_none_or(|filter| filter.passes(record))).collect();
        // Strangers come first, so that a small page has them too.
        let mut others = mixed(others, |record| record.account().to_owned());
        let rest = others.split_off(others.len().min(3));
        if others.is_empty() {
            return mixed(own, |record| record.account().to_owned());
        }
        others.into_iter().chain(own).chain(rest).collect()
    }

    fn count(&self, own: &'static Set, all: Vec<Record<'a>>) -> Result<Answer, Refusal> {
        let mut query = Query::parse(&self.pairs, own)?;
        let count = self.chosen(&mut query, all).len();
        Ok(Answer::ok("text/plain;charset=utf-8", count.to_string()))
    }

    fn list(&self, own: &'static Set, all: Vec<Record<'a>>) -> Result<Answer, Refusal> {
        let mut query = Query::parse(&self.pairs, own)?;
        let chosen = self.chosen(&mut query, all);
        let count = chosen.len();
        let asked: Vec<_> = chosen.into_iter().skip(query.skip).take(query.top.unwrap_or(usize::MAX)).collect();
        let page: Vec<_> = asked.iter().skip(query.token).take(PAGE).collect();
        if self.form == Form::Xml {
            let entries = page.iter().map(|record| self.viewer.address(own, record));
            return Ok(metadata::feed(own.name, entries));
        }
        let rows: Vec<_> = page.iter().map(|record| self.viewer.entity(own, record, &query.shape)).collect();
        let seen = query.token + rows.len();
        let mut body = json!({ "results": rows });
        if query.count {
            body["__count"] = json!(count.to_string());
        }
        if seen < asked.len() {
            body["__next"] = json!(self.next(seen));
        }
        let body = json!({ "d": body });
        Ok(Answer::ok("application/json;charset=utf-8", body.to_string()))
    }

    /// The address of the page after `seen` rows.
    fn next(&self, seen: usize) -> String {
        let kept: String = self
            .ask
            .query
            .split('&')
            .filter(|pair| {
                let name = pair.split('=').next().unwrap_or_default().replace("%24", "$");
                !pair.is_empty() && name != "$skiptoken"
            })
            .map(|pair| format!("{pair}&"))
            .collect();
        format!("{}/{}?{kept}$skiptoken={seen}", self.viewer.root, self.ask.path)
    }
}

/// A segment's name, and what stands in its parentheses.
pub(super) fn split(segment: &str) -> (&str, Option<&str>) {
    match segment.split_once('(') {
        Some((name, rest)) => (name, Some(rest.strip_suffix(')').unwrap_or("?"))),
        None => (segment, None),
    }
}

/// Reads a key predicate: one literal, or all properties of the key by name.
pub(super) fn key_of(own: &Set, predicate: &str) -> Result<Key, Refusal> {
    let malformed = || Refusal::syntax(format!("Invalid key predicate type for '{}'", own.kind));
    let found = tokens(predicate)?;
    if let ([name], [Token::Literal(Value::Text(text))]) = (own.key, found.as_slice()) {
        return Ok(vec![(name, text.clone())]);
    }
    let mut key = Key::new();
    for part in found.split(|token| *token == Token::Comma) {
        let [Token::Word(name), Token::Equals, Token::Literal(Value::Text(text))] = part else {
            return Err(malformed());
        };
        let name = own.key.iter().find(|known| *known == name).ok_or_else(malformed)?;
        key.push((name, text.clone()));
    }
    let complete = key.len() == own.key.len() && own.key.iter().all(|name| key.iter().any(|(given, _)| given == name));
    complete.then_some(key).ok_or_else(malformed)
}
