//! Search: `customer:"cus_1" AND metadata["order_number"]:"4711"`.
//!
//! The language as docs.stripe.com/search tells it: clauses joined by AND or by OR, never both; `:` is equal, `~` is a
//! part of the text, numbers compare; a minus in front negates.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Context;
use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};

use crate::data::Business;
use crate::web::mixed;
use crate::{State, stripe::NAME};

use super::error::Refusal;
use super::params::Params;
use super::view::{Kind, View};
use super::{expand, list};

/// One condition.
#[derive(Debug, PartialEq, Eq)]
struct Clause {
    negated: bool,
    field: String,
    operator: String,
    value: String,
}

fn wrong(query: &str) -> Refusal {
    let text = format!("We were unable to parse your search query. Please check the syntax of: {query}");
    Refusal::invalid(&text, Some("query"))
}

/// Splits at blanks outside quotes.
fn words(query: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for letter in query.chars() {
        quoted ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        match words.last_mut() {
            Some(word) if quoted || !letter.is_whitespace() => word.push(letter),
            _ => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A quoted text without its quotes and escapes; a number as it is.
fn literal(text: &str) -> Option<String> {
    let Some(inner) = text.strip_prefix('"') else {
        return (!text.is_empty() && !text.contains('"')).then(|| text.to_owned());
    };
    let inner = inner.strip_suffix('"')?;
    Some(inner.replace("\\\"", "\"").replace("\\\\", "\\"))
}

fn clause(word: &str) -> Option<Clause> {
    let (negated, word) = word.strip_prefix('-').map_or((false, word), |word| (true, word));
    // The key of `metadata["key"]` is part of the field.
    let start = if word.starts_with("metadata[") { word.find(']')? } else { 0 };
    let at = start + word[start..].find([':', '~', '<', '>'])?;
    let (field, rest) = word.split_at(at);
    let length = if rest.starts_with("<=") || rest.starts_with(">=") { 2 } else { 1 };
    let (operator, value) = rest.split_at(length);
    let field = match field.strip_prefix("metadata[").and_then(|key| key.strip_suffix(']')) {
        Some(key) => format!("metadata.{}", literal(key)?),
        None => field.to_owned(),
    };
    Some(Clause { negated, field, operator: operator.to_owned(), value: literal(value)? })
}

/// The clauses, and whether all must hold.
fn parse(query: &str) -> Result<(Vec<Clause>, bool), Refusal> {
    let words = words(query);
    let (clauses, joints): (Vec<_>, Vec<_>) = words.iter().enumerate().partition(|(place, _)| place % 2 == 0);
    let all = joints.iter().all(|(_, word)| word.eq_ignore_ascii_case("and"));
    let any = joints.iter().all(|(_, word)| word.eq_ignore_ascii_case("or"));
    if !(all || any) || clauses.len() != joints.len() + 1 {
        return Err(wrong(query));
    }
    let clauses = clauses.into_iter().map(|(_, word)| clause(word)).collect::<Option<Vec<_>>>();
    clauses.map(|clauses| (clauses, all)).ok_or_else(|| wrong(query))
}

impl Clause {
    fn holds(&self, row: &Value, fields: &[&str]) -> Result<bool, Refusal> {
        let metadata = self.field.strip_prefix("metadata.");
        if metadata.is_none() && !fields.contains(&self.field.as_str()) {
            let text = format!("Field `{}` is an unsupported search field for this resource.", self.field);
            return Err(Refusal::invalid(&text, Some("query")));
        }
        let own = match (metadata, self.field.as_str()) {
            (Some(key), _) => &row["metadata"][key],
            (None, "subscription") => &row["parent"]["subscription_details"]["subscription"],
            (None, field) => &row[field],
        };
        let text = own.as_str().map_or_else(|| own.to_string(), str::to_owned);
        let number = || Some((own.as_i64()?, self.value.parse::<i64>().ok()?));
        let (text, wanted) = (text.to_lowercase(), self.value.to_lowercase());
        let holds = match self.operator.as_str() {
            ":" => text == wanted,
            "~" => text.contains(&wanted),
            ">" => number().is_some_and(|(own, bound)| own > bound),
            ">=" => number().is_some_and(|(own, bound)| own >= bound),
            "<" => number().is_some_and(|(own, bound)| own < bound),
            _ => number().is_some_and(|(own, bound)| own <= bound),
        };
        Ok(holds != self.negated)
    }
}

/// `GET /v1/invoices/search`.
pub(super) async fn invoices(
    Context(state): Context<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let fields = ["created", "currency", "customer", "number", "status", "subscription", "total"];
    search(&state, Kind::Invoice, &fields, (&headers, &uri))
}

/// `GET /v1/customers/search`.
pub(super) async fn customers(
    Context(state): Context<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    search(&state, Kind::Customer, &["created", "email", "name", "phone"], (&headers, &uri))
}

fn search(state: &State, kind: Kind, fields: &[&str], ask: (&HeaderMap, &Uri)) -> Result<Json<Value>, Refusal> {
    state.searched(NAME, |business| found(state, business, (kind, fields), ask).map(Json))
}

fn found(
    state: &State,
    business: &Business,
    (kind, fields): (Kind, &[&str]),
    (headers, uri): (&HeaderMap, &Uri),
) -> Result<Value, Refusal> {
    let params = Params::parse(uri, &["query", "limit", "page"])?;
    let query = params.get("query").ok_or_else(|| Refusal::invalid("Missing required param: query.", Some("query")))?;
    let (clauses, all) = parse(query)?;
    let view = View::new(business, headers, state.now());
    let mut rows = Vec::new();
    for row in kind.all(&view, None) {
        let holds = clauses.iter().map(|clause| clause.holds(&row, fields)).collect::<Result<Vec<_>, _>>()?;
        let fits = if all { holds.iter().all(|holds| *holds) } else { holds.contains(&true) };
        if fits || state.hostile(NAME) {
            rows.push(row);
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row["created"].as_i64()));
    if state.hostile(NAME) {
        rows = mixed(rows, list::account);
    }
    let limit = params.limit()?;
    let bad = || Refusal::invalid("Invalid pagination cursor", Some("page"));
    let from: usize = match params.get("page") {
        Some(page) => page.strip_prefix("page_").and_then(|from| from.parse().ok()).ok_or_else(bad)?,
        None => 0,
    };
    let to = rows.len().min(from.saturating_add(limit));
    let mut body = json!({
        "object": "search_result",
        "url": uri.path(),
        "has_more": to < rows.len(),
        "next_page": (to < rows.len()).then(|| format!("page_{to}")),
        "data": rows.get(from..to).unwrap_or_default(),
    });
    let (total, rest): (Vec<_>, Vec<_>) =
        params.0.into_iter().partition(|param| param.name == "expand" && param.value == "total_count");
    if !total.is_empty() {
        body["total_count"] = json!(rows.len());
    }
    expand::apply(&view, &Params(rest), &mut body)?;
    Ok(body)
}
