//! Headers of requests: what never changes is made once.

use std::sync::Arc;

use super::encode;
use super::names::Names;
use super::template::fill;
use crate::connector::Template;
use crate::error::{Code, Error};
use crate::model::Wire;
use crate::upstream::header::{ACCEPT, CONTENT_TYPE};
use crate::upstream::{HeaderMap, HeaderName, HeaderValue};

/// Room for what comes to these: the kind of the body, and credentials.
const FURTHER: usize = 2;

/// The headers that a connector puts on each of its requests.
pub(super) struct Prepared {
    /// Those that are the same on every one.
    fixed: HeaderMap,
    /// Those that are not, or that cannot be sent: whoever asks is told so.
    others: Vec<(Arc<str>, Template)>,
}

impl Prepared {
    pub(super) fn new(templates: &[(Arc<str>, Template)]) -> Self {
        let mut fixed = HeaderMap::new();
        fixed.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut others = Vec::new();
        for (name, template) in templates {
            let done = matches!(template, Template::Literal(value) if put(&mut fixed, name, value).is_ok());
            if !done {
                others.push((Arc::clone(name), template.clone()));
            }
        }
        Self { fixed, others }
    }

    /// All headers of a request: the connector's, then its own, of which the last of a name counts.
    ///
    /// # Errors
    /// `INTERNAL`: an expression of the manifest failed, or its value cannot stand in a header.
    pub(super) fn with(
        &self,
        kind: Option<&'static str>,
        own: &[(Arc<str>, Template)],
        names: &Names,
    ) -> Result<HeaderMap, Error> {
        let mut all = HeaderMap::with_capacity(self.fixed.len() + self.others.len() + own.len() + FURTHER);
        all.extend(self.fixed.iter().map(|(name, value)| (name.clone(), value.clone())));
        if let Some(kind) = kind {
            all.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
        }
        for (name, template) in self.others.iter().chain(own) {
            put(&mut all, name, &fill(template, names)?)?;
        }
        Ok(all)
    }
}

/// Puts a header in place of one of the same name; one without a value is left out.
fn put(all: &mut HeaderMap, name: &str, value: &Wire) -> Result<(), Error> {
    let Some(text) = value.as_text().filter(|text| !text.is_empty()) else { return Ok(()) };
    let pair = encode::header(&text).and_then(|text| HeaderValue::try_from(text).ok()).zip(name.parse().ok());
    let (value, name): (HeaderValue, HeaderName) = pair.ok_or_else(|| {
        let what = format!("header `{name}` would hold a control character, or begin or end with a blank");
        Error::new(Code::Internal, what)
    })?;
    all.insert(name, value);
    Ok(())
}
