//! Which systems are asked what changed, and how often: what the connectors can ask, and the configuration wants asked.

use std::sync::Arc;

use super::codes::C055;
use super::intake::Intake;
use crate::config::{Config, Lasting, Origin, PollConfig, ReconcileConfig};
use crate::connector::Connector;
use crate::diagnostic::{Diagnostic, Report};
use crate::live::{Purpose, Watched};
use crate::model::SourceId;
use crate::protocol::Protocol;
use crate::source::Catalog;

/// Everything that is asked for.
pub(super) fn all(
    config: &Config,
    (catalog, engines): (&Catalog, &[Arc<dyn Protocol>]),
    intake: &Intake,
) -> Vec<Watched> {
    let mut all = Vec::new();
    for ((number, info), engine) in (0..).zip(&catalog.sources).zip(engines) {
        let Some(configured) = config.sources.get(&*info.name) else { continue };
        let reconcile = configured.reconcile.clone();
        let reconcile = reconcile.or_else(|| intake.hears_of(&info.name).then(ReconcileConfig::default));
        let poll =
            configured.poll.as_ref().map(|PollConfig { every, back, entities }| (Purpose::Poll, every, back, entities));
        let reconcile = reconcile
            .as_ref()
            .filter(|reconcile| reconcile.every > Lasting::seconds(0))
            .map(|ReconcileConfig { every, back, entities }| (Purpose::Reconcile, every, back, entities));
        for (purpose, every, back, entities) in poll.into_iter().chain(reconcile) {
            let wanted = info.connector.polls.iter().enumerate();
            let wanted =
                wanted.filter(|(_, poll)| entities.is_empty() || entities.iter().any(|name| **name == *poll.name));
            all.extend(wanted.map(|(poll, _)| Watched {
                source: SourceId(number),
                name: Arc::clone(&info.name),
                connector: Arc::clone(&info.connector),
                protocol: Arc::clone(engine),
                poll,
                purpose,
                every: every.0,
                back: back.0,
            }));
        }
    }
    all
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
