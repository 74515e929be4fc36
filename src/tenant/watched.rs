//! Which systems are asked what changed, and how often: what the connectors can ask, and the configuration wants asked.

use std::sync::Arc;
use std::time::Duration;

use super::codes::C055;
use super::intake::{Intake, lacking};
use crate::config::{Config, Lasting, Origin, PollConfig, ReconcileConfig, SourceConfig};
use crate::connector::{Connector, Poll, PollWay};
use crate::diagnostic::{Diagnostic, Report};
use crate::live::{Purpose, Watched};
use crate::model::SourceId;
use crate::protocol::Protocol;
use crate::source::Catalog;

/// One thing that a source is asked for: which of its connector's polls, what for, how often, and how far back.
struct Wanted {
    poll: usize,
    purpose: Purpose,
    every: Duration,
    back: Duration,
}

/// What one source is asked for; a reconcile also where nothing is said of it, if the source tells of changes by itself.
fn wanted(configured: &SourceConfig, connector: &Connector, hears: bool) -> Vec<Wanted> {
    let reconcile = configured.reconcile.clone().or_else(|| hears.then(ReconcileConfig::default));
    let poll =
        configured.poll.as_ref().map(|PollConfig { every, back, entities }| (Purpose::Poll, every, back, entities));
    let reconcile = reconcile
        .as_ref()
        .filter(|reconcile| reconcile.every > Lasting::seconds(0))
        .map(|ReconcileConfig { every, back, entities }| (Purpose::Reconcile, every, back, entities));
    let mut all = Vec::new();
    for (purpose, every, back, entities) in poll.into_iter().chain(reconcile) {
        let named = connector.polls.iter().enumerate();
        let named = named.filter(|(_, poll)| entities.is_empty() || entities.iter().any(|name| **name == *poll.name));
        all.extend(named.map(|(poll, _)| Wanted { poll, purpose, every: every.0, back: back.0 }));
    }
    all
}

/// Everything that is asked for.
pub(super) fn all(
    config: &Config,
    (catalog, engines): (&Catalog, &[Arc<dyn Protocol>]),
    intake: &Intake,
) -> Vec<Watched> {
    let mut all = Vec::new();
    for ((number, info), engine) in (0..).zip(&catalog.sources).zip(engines) {
        let Some(configured) = config.sources.get(&*info.name) else { continue };
        let wanted = wanted(configured, &info.connector, intake.hears_of(&info.name));
        all.extend(wanted.into_iter().map(|Wanted { poll, purpose, every, back }| Watched {
            source: SourceId(number),
            name: Arc::clone(&info.name),
            connector: Arc::clone(&info.connector),
            protocol: Arc::clone(engine),
            poll,
            purpose,
            every,
            back,
        }));
    }
    all
}

/// What is asked for without anybody who waits, for people: a line for each, with what it costs.
#[must_use]
pub fn asked_for(config: &Config, catalog: &Catalog) -> Vec<String> {
    let mut lines = Vec::new();
    for info in &catalog.sources {
        let Some(configured) = config.sources.get(&*info.name) else { continue };
        let connector = &info.connector;
        let hears = connector.webhooks.is_some() && lacking(catalog, config, &info.name).is_none();
        for Wanted { poll, purpose, every, back } in wanted(configured, connector, hears) {
            let Some(poll) = connector.polls.get(poll) else { continue };
            let why = match purpose {
                Purpose::Poll => "in place of webhooks",
                Purpose::Reconcile => "to find what webhooks lost",
            };
            let (name, every, back) = (&poll.name, words(every), words(back));
            let calls = match connector.storage {
                Some(_) => "all objects are listed, of a bucket 1,000 in one call",
                None => "one call, or one a page",
            };
            let quotas = quotas(connector, poll);
            lines.push(format!("{}: {name} every {every}, of the last {back}, {why}; {calls}{quotas}", info.name));
        }
    }
    lines
}

/// What a poll may take of the quotas that it falls under.
fn quotas(connector: &Connector, poll: &Poll) -> String {
    let limit = match &poll.way {
        PollWay::Read(read) => read.request.limit.as_ref(),
        PollWay::Set { .. } => None,
    };
    let under = connector.limits.quotas.iter().filter(|quota| quota.name.is_none() || quota.name.as_ref() == limit);
    let under: Vec<String> = under.map(|quota| format!("{} in {}", quota.max, words(quota.per))).collect();
    if under.is_empty() { String::new() } else { format!(", within a quarter of {}", under.join(" and of ")) }
}

/// `15m`, as configurations have it.
fn words(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        _ if time.subsec_nanos() != 0 => format!("{}ms", time.as_millis()),
        _ if seconds != 0 && seconds.is_multiple_of(86_400) => format!("{}d", seconds / 86_400),
        _ if seconds != 0 && seconds.is_multiple_of(3_600) => format!("{}h", seconds / 3_600),
        _ if seconds != 0 && seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

/// Reports what a source is to be asked for and its connector cannot ask.
pub(super) fn check(config: &Config, (source, connector): (&str, &Connector), origin: &Origin, report: &mut Report) {
    let Some(configured) = config.sources.get(source) else { return };
    let poll = configured.poll.as_ref().map(|poll| ("poll", &poll.entities));
    let reconcile = configured.reconcile.as_ref().map(|reconcile| ("reconcile", &reconcile.entities));
    for (key, entities) in poll.into_iter().chain(reconcile) {
        let known: Vec<&str> = connector.polls.iter().map(|poll| &*poll.name).collect();
        let place = origin.place(&["sources", source, key]);
        if known.is_empty() {
            let message = format!("the connector `{}` cannot ask its system what changed", connector.name);
            let remedy = format!("Remove `{key}`, or give the connector `changes:` in an overlay.");
            report.push(Diagnostic::error(C055, place, message, remedy));
            continue;
        }
        for name in entities.iter().filter(|name| !known.contains(&name.as_str())) {
            let message = format!("the connector `{}` cannot ask its system which `{name}` changed", connector.name);
            let place = origin.place(&["sources", source, key, "entities"]);
            report.push(Diagnostic::error(C055, place, message, format!("Name some of {}.", known.join(", "))));
        }
    }
}
