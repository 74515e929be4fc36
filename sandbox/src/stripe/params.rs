//! Query parameters with Stripe's brackets: `created[gte]`, `expand[]`, `expand[0]`.

use axum::http::Uri;

use crate::web::Pairs;

use super::error::Refusal;

/// One parameter: `created[gte]=1` has the name `created` and the part `gte`.
#[derive(Debug)]
pub(super) struct Param {
    pub(super) name: String,
    pub(super) part: Option<String>,
    pub(super) value: String,
}

/// All parameters of a request, in order.
#[derive(Debug)]
pub(super) struct Params(pub(super) Vec<Param>);

impl Params {
    /// Splits the query; a name that is not in `known` is refused.
    pub(super) fn parse(uri: &Uri, known: &[&str]) -> Result<Self, Refusal> {
        let param = |(key, value): (String, String)| {
            let (name, part) = match key.split_once('[') {
                Some((name, part)) => (name.to_owned(), Some(part.trim_end_matches(']').to_owned())),
                None => (key.clone(), None),
            };
            if name == "expand" || known.contains(&name.as_str()) {
                Ok(Param { name, part, value })
            } else {
                Err(Refusal::unknown(&key))
            }
        };
        Pairs::of(uri).0.into_iter().map(param).collect::<Result<_, _>>().map(Self)
    }

    /// The value of a plain parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|param| param.name == name && param.part.is_none());
        found.map(|param| param.value.as_str())
    }

    /// The values of an array, in either spelling; a plain value is refused.
    pub(super) fn array(&self, name: &str) -> Result<Vec<&str>, Refusal> {
        let given = self.0.iter().filter(|param| param.name == name);
        let value = |param: &'_ Param| param.part.is_some();
        if let Some(plain) = given.clone().find(|param| !value(param)) {
            return Err(Refusal::invalid(&format!("Invalid array: {}", plain.value), Some(name)));
        }
        Ok(given.map(|param| param.value.as_str()).collect())
    }

    /// The page size: 1 to 100, 10 unless told.
    pub(super) fn limit(&self) -> Result<usize, Refusal> {
        let Some(text) = self.get("limit") else {
            return Ok(10);
        };
        let limit: usize = text.parse().map_err(|_| Refusal::integer("limit", text))?;
        if (1..=100).contains(&limit) {
            return Ok(limit);
        }
        Err(Refusal::invalid("Invalid limit: must be between 1 and 100", Some("limit")))
    }
}
