//! Requests: a method, an address, and what is sent along.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes::{M001, M058, M080};
use super::context::Context;
use super::here::Here;
use super::sink::suggestion;
use super::wire::Wires;
use super::yaml::Node;
use crate::connector::{Body, Language, Method, Page, Part, Pattern, ProtocolKind, Request, Vary};

/// Methods; a read may only use the first two.
const METHODS: &[(&str, Method)] = &[
    ("GET", Method::Get),
    ("POST", Method::Post),
    ("PUT", Method::Put),
    ("PATCH", Method::Patch),
    ("DELETE", Method::Delete),
];

/// What `connector.yaml` says for every entity.
pub(super) struct Common<'a> {
    pub ctx: &'a Context<'a>,
    pub protocol: ProtocolKind,
    pub wires: Wires,
    pub page: Option<Page>,
    pub languages: BTreeMap<Arc<str>, Arc<Language>>,
    /// Names of quotas.
    pub quotas: Vec<Arc<str>>,
    /// Hosts that may be reached, the base's first; `*.` stands for any name before it.
    pub hosts: Vec<String>,
    /// What the headers of every request make an answer hang on.
    pub varies: Vec<Vary>,
    /// Names of the tenant's sources.
    pub sources: Vec<&'a str>,
}

/// Whether a map has the address of a request.
pub(super) fn is_request(node: &Node) -> bool {
    METHODS.iter().any(|(method, _)| node.get(method).is_some())
}

impl Common<'_> {
    /// Reads a request of a read; the caller has checked the keys.
    pub(super) fn request(&self, here: &Here<'_>, node: &Node) -> Option<Request> {
        let changes = METHODS.iter().filter(|(_, method)| !matches!(method, Method::Get | Method::Post));
        for address in changes.filter_map(|(name, _)| node.get(name)) {
            let message = "a read changes nothing: it is `GET` or `POST`";
            self.ctx.sink.error((M001, &address.place), message, "use one of them");
        }
        self.any_request(here, node)
    }

    /// Reads a request of a write; the caller has checked the keys.
    pub(super) fn any_request(&self, here: &Here<'_>, node: &Node) -> Option<Request> {
        let sink = self.ctx.sink;
        let given: Vec<_> = METHODS.iter().filter_map(|(name, method)| Some((*method, node.get(name)?))).collect();
        let [(method, address)] = given.as_slice() else {
            let remedy = "such as `GET: /orders/{key}`";
            sink.error((M001, &node.place), format!("a request has one method, this has {}", given.len()), remedy);
            return None;
        };
        let path = here.pattern(address, "an address")?;
        self.check_host(&path, address);
        let query = node.get("query").map(|query| here.templates(query, "`query`")).unwrap_or_default();
        let headers = node.get("headers").map(|headers| here.templates(headers, "`headers`")).unwrap_or_default();
        let bytes = node.get("bytes").and_then(|bytes| here.template(bytes));
        let body = match (node.get("json"), node.get("form")) {
            (None, None) => bytes.map_or(Body::None, Body::Bytes),
            (Some(json), None) => Body::Json(here.template(json)?),
            (None, Some(form)) => Body::Form(here.templates(form, "`form`")),
            (Some(_), Some(form)) => {
                sink.error((M001, &form.place), "a request has `json` or `form`, not both", "remove one");
                Body::None
            }
        };
        let limit = node.get("limit").and_then(|limit| sink.text(limit, "`limit`").map(|name| (name, limit)));
        if let Some((name, limit)) = limit.filter(|(name, _)| !self.quotas.contains(name)) {
            let remedy = suggestion(name, self.quotas.iter().map(|quota| &**quota));
            sink.error((M058, &limit.place), format!("there is no quota `{name}`"), remedy);
        }
        let limit = limit.map(|(name, _)| Arc::clone(name));
        Some(Request { query, headers, body, limit, ..Request::bare(*method, path) })
    }

    fn check_host(&self, path: &Pattern, node: &Node) {
        let problem = match path.parts.first() {
            Some(Part::Text(text)) => match text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) {
                None if text.starts_with("//") => Some("an address begins with one `/`".to_owned()),
                None => None,
                Some(rest) if path.parts.len() > 1 && !rest.contains('/') => {
                    Some("a host cannot have a slot".to_owned())
                }
                Some(rest) => {
                    let host = rest.split('/').next().unwrap_or_default();
                    let allowed = self.hosts.iter().any(|known| matches_host(known, host));
                    (!allowed).then(|| format!("the host `{host}` is neither the base's nor in `hosts`"))
                }
            },
            Some(Part::Slot(_)) => Some("an address cannot begin with a slot".to_owned()),
            None => None,
        };
        if let Some(problem) = problem {
            let remedy = "write a path of the system, or add the host to `hosts` in connector.yaml";
            self.ctx.sink.error((M080, &node.place), problem, remedy);
        }
    }
}

fn matches_host(known: &str, host: &str) -> bool {
    match known.strip_prefix("*.") {
        Some(domain) => host.strip_suffix(domain).is_some_and(|name| name.len() > 1 && name.ends_with('.')),
        None => known == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_names_before_a_domain_only() {
        assert!(matches_host("api.example.com", "api.example.com"));
        assert!(matches_host("*.example.com", "files.example.com"));
        assert!(!matches_host("*.example.com", "example.com"));
        assert!(!matches_host("*.example.com", "evilexample.com"));
        assert!(!matches_host("api.example.com", "api.example.com.evil.test"));
    }
}
