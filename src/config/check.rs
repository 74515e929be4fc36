//! What must hold across the sections of a configuration.

use std::time::Duration;

use super::codes::{
    C002, C003, C004, C010, C011, C012, C013, C020, C021, C022, C030, C031, C035, C036, C037, C038, C039, C060, C061,
    C062, C063, C064,
};
use super::{Config, Origin, PolicyConfig};
use crate::diagnostic::{Diagnostic, Report};

/// Adds every problem to the report.
pub(super) fn check(config: &Config, origin: &Origin, report: &mut Report) {
    format(config, origin, report);
    sources(config, origin, report);
    entities(config, origin, report);
    identity(config, origin, report);
    access(config, origin, report);
    cors(config, origin, report);
    lifetimes(config, origin, report);
    limits(config, origin, report);
    webhooks(config, origin, report);
    stores(config, origin, report);
    outgoing(config, origin, report);
    polls(config, origin, report);
}

fn format(config: &Config, origin: &Origin, report: &mut Report) {
    if config.format != 1 {
        let message = format!("format {} is not known", config.format);
        report.push(Diagnostic::error(C002, origin.place(&["format"]), message, "Write `format: 1`."));
    }
    if config.tenant.is_empty() || !config.tenant.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        let message = format!("`{}` is no name for a tenant", config.tenant);
        report.push(Diagnostic::error(C003, origin.place(&["tenant"]), message, "Use letters, digits and hyphens."));
    }
    if jiff::tz::TimeZone::get(&config.time_zone).is_err() {
        let message = format!("there is no time zone `{}`", config.time_zone);
        report.push(Diagnostic::error(
            C004,
            origin.place(&["timeZone"]),
            message,
            "Use a name such as `Europe/Amsterdam`.",
        ));
    }
}

fn sources(config: &Config, origin: &Origin, report: &mut Report) {
    if config.sources.is_empty() {
        let message = "there is no source".to_owned();
        report.push(Diagnostic::error(
            C010,
            origin.place(&["sources"]),
            message,
            "Add one for each system the portal reads.",
        ));
    }
    for name in config.sources.keys() {
        let usable =
            name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && !name.is_empty() && name.len() <= 40;
        if !usable {
            let message = format!("`{name}` is no name for a source");
            report.push(Diagnostic::error(
                C011,
                origin.place(&["sources", name]),
                message,
                "Use up to 40 letters, digits and hyphens.",
            ));
        }
    }
    let authority = &config.identity.authority.source;
    if !config.sources.contains_key(authority) {
        let message = format!("the authority is the source `{authority}`, which is not configured");
        let path = ["identity", "authority", "source"];
        report.push(Diagnostic::error(C012, origin.place(&path), message, "Name one under `sources`."));
    }
}

fn entities(config: &Config, origin: &Origin, report: &mut Report) {
    for (name, entity) in &config.entities {
        let message = match (&entity.owner, &entity.owners) {
            (Some(_), Some(_)) => format!("`{name}` has both `owner` and `owners`"),
            (None, owners) if owners.as_ref().is_none_or(Vec::is_empty) => format!("nothing says who owns `{name}`"),
            _ => continue,
        };
        let remedy = "Write `owner` with the name of a source, or `owners` with the names of several.";
        report.push(Diagnostic::error(C013, origin.place(&["entities", name]), message, remedy));
    }
}

fn identity(config: &Config, origin: &Origin, report: &mut Report) {
    if config.identity.issuers.is_empty() {
        let message = "there is no issuer, so that nobody could sign in".to_owned();
        report.push(Diagnostic::error(
            C020,
            origin.place(&["identity", "issuers"]),
            message,
            "Add the issuer of your people's tokens.",
        ));
    }
    for (at, issuer) in config.identity.issuers.iter().enumerate() {
        let number = at.to_string();
        let twice = config.identity.issuers.iter().take(at).any(|other| other.issuer == issuer.issuer);
        if twice {
            let message = format!("the issuer `{}` stands here twice", issuer.issuer);
            let path = ["identity", "issuers", &number];
            report.push(Diagnostic::error(
                C021,
                origin.place(&path),
                message,
                "One issuer has one entry: tokens name only the issuer.",
            ));
        }
        let addresses = [("issuer", Some(&issuer.issuer)), ("jwks", issuer.jwks.as_ref())];
        for (key, address) in addresses {
            let Some(address) = address else { continue };
            let inside = !issuer.private_networks.is_empty();
            let fits =
                url::Url::parse(address).is_ok_and(|url| url.scheme() == "https" || (inside && url.scheme() == "http"));
            if !fits {
                let message = format!("`{address}` is no https address");
                let path = ["identity", "issuers", &number, key];
                let remedy = "Keys that are fetched over plain HTTP could be anybody's; use https.";
                report.push(Diagnostic::error(C022, origin.place(&path), message, remedy));
            }
        }
    }
}

fn access(config: &Config, origin: &Origin, report: &mut Report) {
    for (label, roles) in &config.access.labels {
        for role in roles.iter().filter(|role| !config.access.roles.contains_key(*role)) {
            let message = format!("the label `{label}` gives the role `{role}`, which is not defined");
            report.push(Diagnostic::error(
                C030,
                origin.place(&["access", "labels", label]),
                message,
                "Define it under `roles`.",
            ));
        }
    }
    if config.access.labels.is_empty() {
        let message = "no label gives access, so that nobody could sign in".to_owned();
        report.push(Diagnostic::error(
            C031,
            origin.place(&["access", "labels"]),
            message,
            "Name the association label of portal users.",
        ));
    }
}

fn cors(config: &Config, origin: &Origin, report: &mut Report) {
    for (index, allowed) in config.server.cors.origins.iter().enumerate() {
        // What a browser sends is scheme, host and port, and nothing else: anything more would never match.
        let exact = url::Url::parse(allowed).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == *allowed
        });
        if !exact {
            let place = origin.place(&["server", "cors", "origins", &index.to_string()]);
            let message = format!("`{allowed}` is no origin");
            let remedy = "Write scheme, host and port as a browser does, such as `https://portal.example.com`: no \
                          wildcard, no path, no slash at the end.";
            report.push(Diagnostic::error(C036, place, message, remedy));
        }
    }
}

fn lifetimes(config: &Config, origin: &Origin, report: &mut Report) {
    let authority = &config.identity.authority;
    let mut bounded = |path: &[&str], value: Duration, most: u64| {
        if value > Duration::from_secs(most) {
            let message = format!("{}s is too long; the most is {most}s", value.as_secs());
            report.push(Diagnostic::error(
                C035,
                origin.place(path),
                message,
                "A right that was taken away must end soon: shorten it.",
            ));
        }
    };
    bounded(&["identity", "authority", "fresh"], authority.fresh.0, 60);
    bounded(&["identity", "authority", "ifError"], authority.if_error.0, 300);
    let negative = |policy: &PolicyConfig| policy.negative.0;
    bounded(&["cache", "default", "negative"], negative(&config.cache.default), 30);
    for (source, configured) in &config.sources {
        for (entity, policy) in &configured.cache {
            bounded(&["sources", source, "cache", entity, "negative"], negative(policy), 30);
        }
    }
}

fn limits(config: &Config, origin: &Origin, report: &mut Report) {
    let live = config.limits.live.ranges().into_iter().map(|range| (vec!["limits", "live", range.0], range));
    let all = config.limits.ranges().into_iter().map(|range| (vec!["limits", range.0], range)).chain(live);
    for (path, (name, value, [least, most])) in
        all.filter(|(_, (_, value, [least, most]))| value < least || value > most)
    {
        let message = format!("`{name}` is {value}; it is from {least} to {most}");
        let remedy = "Take a number in between; `mode: measure` lets everything through and says what would not be.";
        report.push(Diagnostic::error(C037, origin.place(&path), message, remedy));
    }
}

fn webhooks(config: &Config, origin: &Origin, report: &mut Report) {
    if let Some(address) = &config.server.public_url {
        let fits = url::Url::parse(address).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none()
        });
        if !fits {
            let message = format!("`{address}` is no address that others could call");
            let remedy = "Write scheme and host, such as `https://graph.example.com`.";
            report.push(Diagnostic::error(C038, origin.place(&["server", "publicUrl"]), message, remedy));
        }
    }
    for (app, sources) in &config.server.webhooks.apps {
        for source in sources.iter().filter(|source| !config.sources.contains_key(*source)) {
            let message = format!("the app `{app}` is for the source `{source}`, which is not configured");
            let place = origin.place(&["server", "webhooks", "apps", app]);
            report.push(Diagnostic::error(C039, place, message, "Name one under `sources`."));
        }
    }
}

fn stores(config: &Config, origin: &Origin, report: &mut Report) {
    let Some(state) = &config.stores.state else { return };
    let mut refused = |key: &str, message: String, remedy: &str| {
        report.push(Diagnostic::error(C064, origin.place(&["stores", "state", key]), message, remedy));
    };
    let timeout = state.timeout.0;
    if !(Duration::from_millis(10)..=Duration::from_secs(10)).contains(&timeout) {
        let message = format!("{} ms is no time to wait for a store", timeout.as_millis());
        refused("timeout", message, "Take something from 10ms to 10s: every write waits for it.");
    }
    let usable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if state.prefix.is_empty() || !state.prefix.chars().all(usable) {
        let message = format!("`{}` is nothing that names could begin with", state.prefix);
        refused("prefix", message, "Use letters, digits, hyphens, underscores and full stops.");
    }
}

fn outgoing(config: &Config, origin: &Origin, report: &mut Report) {
    let all = &config.outgoing;
    let names = all.webhooks.iter().map(|one| &one.name).enumerate().map(|named| ("webhooks", named));
    let names =
        names.chain(all.notifications.iter().map(|one| &one.name).enumerate().map(|named| ("notifications", named)));
    let mut known = std::collections::BTreeSet::new();
    for (kind, (at, name)) in names {
        if !known.insert((kind, name)) {
            let place = origin.place(&["outgoing", kind, &at.to_string(), "name"]);
            let message = format!("the name `{name}` stands there twice");
            report.push(Diagnostic::error(C061, place, message, "Give each its own: figures and logs go by it."));
        }
    }
    for (at, webhook) in all.webhooks.iter().enumerate() {
        let number = at.to_string();
        let place = |key: &str| origin.place(&["outgoing", "webhooks", &number, key]);
        let plain = webhook.plain_http && !webhook.private_networks.is_empty();
        let fits = url::Url::parse(&webhook.url).is_ok_and(|url| {
            let safe = url.scheme() == "https" || (plain && url.scheme() == "http");
            safe && url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
        });
        if !fits {
            let message = format!("the address of the webhook `{}` is not one that may be sent to", webhook.name);
            let remedy = "Use https, without a name, a password or a fragment in it; a receiver in your own network may have \
                          `plainHttp: true` beside its `privateNetworks`.";
            report.push(Diagnostic::error(C060, place("url"), message, remedy));
        }
        if webhook.secrets.is_empty() {
            let message = format!("the webhook `{}` has no secret", webhook.name);
            let remedy = "Name one under `secrets`: whoever gets it could else be told anything by anybody.";
            report.push(Diagnostic::error(C062, place("secrets"), message, remedy));
        }
    }
    if all.mail.is_none() && !all.notifications.is_empty() {
        let message = "there are notifications, and no `mail`".to_owned();
        let place = origin.place(&["outgoing", "notifications"]);
        report.push(Diagnostic::error(C063, place, message, "Say under `outgoing.mail` how it is sent."));
    }
}

/// How often systems are asked what changed, and for how long back.
fn polls(config: &Config, origin: &Origin, report: &mut Report) {
    let second = Duration::from_secs(1);
    let week = Duration::from_secs(7 * 24 * 3600);
    for (source, configured) in &config.sources {
        let poll = configured.poll.as_ref().map(|poll| ("poll", poll.every.0, poll.back.0));
        let reconcile = configured.reconcile.as_ref().map(|one| ("reconcile", one.every.0, one.back.0));
        // Never is a reconcile's to say; whoever wants no poll leaves it out.
        let reconcile = reconcile.filter(|(_, every, _)| !every.is_zero());
        for (key, every, back) in poll.into_iter().chain(reconcile) {
            for (name, value, least, most) in
                [("every", every, second, Duration::from_secs(24 * 3600)), ("back", back, every.max(second), week)]
            {
                if value < least || value > most {
                    let [value, least, most] = [value, least, most].map(|length| length.as_secs());
                    let message = format!("`{name}` of `{key}` is {value}s; it is from {least}s to {most}s");
                    let remedy = "Take a time in between: `back` is at least as long as `every`.";
                    report.push(Diagnostic::error(C037, origin.place(&["sources", source, key]), message, remedy));
                }
            }
        }
    }
}
