//! `connector webhooks`: what to register where, what is lacking, and a signed event to try it.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use super::arguments::From;
use super::load::assembled;
use super::output::Output;
use crate::clock::{Clock, SystemClock};
use crate::connector::{ChangeRule, Handshake, Proof, Test, Webhooks};
use crate::graph::Graph;
use crate::model::{Change, Changes};
use crate::tenant::{Answer, Assembly, Intake, Setup, lacking};

/// What changes is of no interest here.
struct Nobody;

impl Changes for Nobody {
    fn note(&self, _: Change) {}
}

/// Runs it.
pub(super) async fn run(test: Option<&str>, from: &From, output: &Output) -> ExitCode {
    let (setup, assembly) = match assembled(from, output) {
        Ok(assembled) => assembled,
        Err(why) => return output.fail(&why),
    };
    match test {
        Some(source) => try_out(source, (&setup, &assembly), output).await,
        None => output.text(&described(&assembly)),
    }
}

async fn try_out(source: &str, (setup, assembly): (&Setup, &Assembly), output: &Output) -> ExitCode {
    if let Some(why) = lacking(&assembly.catalog, &assembly.config, source) {
        return output.fail(&format!("`{source}` takes no webhooks: {why}"));
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let intake = match Intake::new(assembly, &*setup.environment, &clock, Arc::new(Nobody)) {
        Ok(intake) => intake,
        Err(error) => return output.fail(error.detail()),
    };
    match intake.try_out(&assembly.config.tenant, source).await {
        None => {
            output.fail(&format!("`{source}` takes no webhooks, or its system proves itself otherwise than by headers"))
        }
        Some((Answer::Taken(_), headers)) => {
            let names: Vec<&str> = headers.iter().map(|(name, _)| &**name).collect();
            output.line(&format!(
                "An event of `{source}`, signed with its secret in `{}`, is taken.",
                names.join("`, `")
            ));
            ExitCode::SUCCESS
        }
        Some((answer, _)) => output.fail(&format!("an event of `{source}` is not taken: {answer:?}")),
    }
}

fn described(assembly: &Assembly) -> String {
    let (config, graph) = (&assembly.config, &assembly.graph);
    let public = config.server.public_url.as_deref().unwrap_or("https://YOUR-GATEWAY").trim_end_matches('/');
    let mut text = String::new();
    for source in &assembly.catalog.sources {
        let Some(webhooks) = &source.connector.webhooks else {
            let _ = writeln!(text, "{} ({}): its connector has no webhooks\n", source.name, source.connector.title);
            continue;
        };
        let _ = writeln!(text, "{} ({})", source.name, source.connector.title);
        let _ = writeln!(text, "  address  {public}/webhooks/{}/{}", config.tenant, source.name);
        for (app, sources) in &config.server.webhooks.apps {
            if sources.iter().any(|name| **name == *source.name) {
                let _ = writeln!(text, "  app      {public}/webhooks/apps/{app}");
            }
        }
        let _ = writeln!(text, "  proof    {}", proof(webhooks));
        if let Some(handshake) = &webhooks.handshake {
            let _ = writeln!(text, "  registration is answered: {}", handshaken(handshake));
        }
        webhooks.changes.iter().for_each(|rule| {
            let _ = writeln!(text, "  event    {}", event(rule, graph));
        });
        if let Some(why) = lacking(&assembly.catalog, config, &source.name) {
            let _ = writeln!(text, "  LACKING  {why}");
        }
        text.push('\n');
    }
    text
}

fn proof(webhooks: &Webhooks) -> String {
    let keys: Vec<String> = webhooks.keys().iter().map(|key| format!("`{key}`")).collect();
    let what = match &webhooks.proof {
        Proof::Signature(_) => "a signature",
        Proof::Secret(_) => "a secret that is sent along",
    };
    format!("{what}, by the secret {}", keys.join(" or "))
}

const fn handshaken(handshake: &Handshake) -> &'static str {
    match handshake {
        Handshake::EchoQuery(_) => "a parameter comes back",
        Handshake::EchoBody(_) => "a value of the body comes back",
        Handshake::CloudEvents => "OPTIONS, as CloudEvents ask it",
        Handshake::Empty => "a request without a body",
    }
}

/// Which events, and whose records they change.
fn event(rule: &ChangeRule, graph: &Graph) -> String {
    let names: Vec<&str> =
        rule.entities.iter().filter_map(|id| graph.entity(*id)).map(|entity| &*entity.name).collect();
    let tests = rule.when.iter().flat_map(|when| &when.0).map(|(path, test)| match test {
        Test::In(words) => format!("{} {}", path.text, words.join(", ")),
        Test::Starts(start) => format!("{} {start}…", path.text),
        _ => path.text.to_string(),
    });
    let tests: Vec<String> = tests.collect();
    let when = if tests.is_empty() { "any".to_owned() } else { tests.join(" and ") };
    format!("{when} → {}", names.join(", "))
}
