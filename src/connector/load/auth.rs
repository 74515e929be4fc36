//! The ways to sign in.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::LoadInput;
use super::codes::{M001, M006, M009};
use super::format;
use super::here::Here;
use super::sink::{listed, suggestion};
use super::yaml::{Entry, Node};
use crate::connector::{Auth, Grant, Part, Pattern};

/// Reads `auth:`: name → one scheme.
pub(super) fn read(here: &Here<'_>, node: Option<&Node>) -> BTreeMap<Arc<str>, Auth> {
    let Some(node) = node else { return BTreeMap::new() };
    let here = Here { secrets: true, ..here.afresh() };
    let schemes = here.ctx.sink.entries(node, "`auth`");
    schemes.iter().filter_map(|entry| Some((Arc::clone(&entry.key), scheme(&here, entry)?))).collect()
}

fn scheme(here: &Here<'_>, entry: &Entry) -> Option<Auth> {
    let (sink, node) = (here.ctx.sink, &entry.value);
    let what = format!("the way to sign in `{}`", entry.key);
    let need = |of: &Node, key: &str| {
        let found = of.get(key);
        if found.is_none() {
            sink.error((M001, &of.place), format!("{what} has no `{key}`"), format!("add `{key}:`"));
        }
        here.pattern(found?, key)
    };
    if let Some(bearer) = node.get("bearer") {
        sink.keys(node, &what, &format::BEARER);
        return here.pattern(bearer, "`bearer`").map(Auth::Bearer);
    }
    if let Some(basic) = node.get("basic") {
        sink.keys(node, &what, &format::BASIC);
        sink.keys(basic, &what, &format::BASIC_PAIR).then_some(())?;
        return Some(Auth::Basic { user: need(basic, "user")?, password: need(basic, "password")? });
    }
    if let Some(header) = node.get("header") {
        sink.keys(node, &what, &format::HEADER_AUTH);
        let name = Arc::clone(sink.text(header, "`header`")?);
        return Some(Auth::Header { name, value: need(node, "value")? });
    }
    if let Some(keys) = node.get("keys") {
        sink.keys(node, &what, &format::KEYS_AUTH);
        sink.keys(keys, &what, &format::KEYS_PAIR).then_some(())?;
        let token = keys.get("token").and_then(|token| here.pattern(token, "`token`"));
        return Some(Auth::Keys { id: need(keys, "id")?, secret: need(keys, "secret")?, token });
    }
    if let Some(nothing) = node.get("nothing") {
        sink.keys(node, &what, &format::NO_AUTH);
        sink.text(nothing, "`nothing`")?;
        return Some(Auth::Nothing);
    }
    if let Some(grant) = node.get("oauth2") {
        sink.keys(node, &what, &format::OAUTH2);
        let refreshes = sink.word(grant, "`oauth2`", &[("client", false), ("refresh", true)])?;
        let Some(client) = node.get("client") else {
            sink.error((M001, &node.place), format!("{what} has no `client`"), "`client: { id, secret }`");
            return None;
        };
        sink.keys(client, "`client`", &format::OAUTH2_CLIENT).then_some(())?;
        let refresh = if refreshes { Some(need(client, "refresh")?) } else { None };
        return Some(Auth::OAuth2 {
            grant: refresh.map_or(Grant::Client, Grant::Refresh),
            token: need(node, "token")?,
            client_id: need(client, "id")?,
            client_secret: need(client, "secret")?,
            scopes: node.get("scopes").map(|scopes| sink.texts(scopes, "a scope")).unwrap_or_default(),
            lasts: node.get("lasts").and_then(|lasts| sink.duration(lasts, "`lasts`")),
        });
    }
    let remedy = "one of `bearer`, `basic`, `header` with `value`, `keys`, `oauth2`, `nothing`";
    sink.error((M001, &node.place), format!("{what} has no scheme"), remedy);
    None
}

/// Checks that the way the source chose exists, and that it has the secrets for it.
pub(super) fn check_chosen(
    here: &Here<'_>,
    input: &LoadInput<'_>,
    (auth, node): (&BTreeMap<Arc<str>, Auth>, Option<&Node>),
) {
    let Some(node) = node else { return };
    let chosen = match input.auth {
        Some(name) => {
            let found = auth.get(name);
            if found.is_none() && node.get(name).is_none() {
                let remedy = suggestion(name, auth.keys().map(|name| &**name));
                here.ctx.sink.error((M009, &node.place), format!("there is no way to sign in called `{name}`"), remedy);
            }
            found.map(|auth| (name, auth))
        }
        None if auth.len() == 1 => auth.iter().next().map(|(name, auth)| (&**name, auth)),
        None => None,
    };
    let Some((name, auth)) = chosen else { return };
    let missing: Vec<&str> = slots(auth).into_iter().filter(|slot| !input.secrets.contains(*slot)).collect();
    if !missing.is_empty() {
        let message = format!("signing in by `{name}` needs {}", listed(&missing));
        here.ctx.sink.error((M006, &node.place), message, "give the secrets in the source's configuration");
    }
}

fn slots(auth: &Auth) -> Vec<&str> {
    let patterns: Vec<&Pattern> = match auth {
        Auth::Bearer(token) => vec![token],
        Auth::Basic { user, password } => vec![user, password],
        Auth::Header { value, .. } => vec![value],
        Auth::Keys { id, secret, token } => [Some(id), Some(secret), token.as_ref()].into_iter().flatten().collect(),
        Auth::Nothing => Vec::new(),
        Auth::OAuth2 { grant, token, client_id, client_secret, .. } => {
            let mut all = vec![token, client_id, client_secret];
            if let Grant::Refresh(refresh) = grant {
                all.push(refresh);
            }
            all
        }
    };
    let parts = patterns.into_iter().flat_map(|pattern| &pattern.parts);
    let mut slots: Vec<&str> =
        parts.filter_map(|part| if let Part::Slot(slot) = part { Some(&**slot) } else { None }).collect();
    slots.sort_unstable();
    slots.dedup();
    slots
}
