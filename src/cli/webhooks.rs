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
use crate::tenant::{Assembly, Intake, Setup, lacking};

/// How much of an answer is shown, in characters.
const SHOWN: usize = 300;

/// What changes is of no interest here.
struct Nobody;

impl Changes for Nobody {
    fn note(&self, _: Change) {}
}

/// Runs it: `test` is the source whose test event is sent, and where to.
pub(super) async fn run(test: (Option<&str>, Option<&str>), from: &From, output: &Output) -> ExitCode {
    let (setup, assembly) = match assembled(from, output) {
        Ok(assembled) => assembled,
        Err(why) => return output.fail(&why),
    };
    match test {
        (Some(source), to) => match sent((source, to), &setup, &assembly).await {
            Ok(taken) => {
                output.line(&taken);
                ExitCode::SUCCESS
            }
            Err(why) => output.fail(&why),
        },
        (None, _) => output.text(&described(&assembly)),
    }
}

/// Sends a source's test event, and says that it is taken.
async fn sent((source, to): (&str, Option<&str>), setup: &Setup, assembly: &Assembly) -> Result<String, String> {
    let config = &assembly.config;
    if let Some(why) = lacking(&assembly.catalog, config, source) {
        return Err(format!("`{source}` takes no webhooks: {why}"));
    }
    let to = to.or(config.server.public_url.as_deref());
    let to = to.ok_or("say where the gateway is reached: `--to http://127.0.0.1:4000`, or `server.publicUrl`")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let intake = Intake::new(assembly, &*setup.environment, &clock, Arc::new(Nobody));
    let event = intake.map_err(|error| error.detail().to_owned())?.test_event(&config.tenant, source);
    let event = event.ok_or_else(|| {
        format!("`{source}` takes no webhooks, or its system proves itself otherwise than by headers")
    })?;
    let names: Vec<String> = event.headers.iter().map(|(name, _)| format!("`{name}`")).collect();
    let at = format!("{}{}", to.trim_end_matches('/'), event.path);
    match event.send(to).await {
        Ok((200, _)) => {
            Ok(format!("{at} takes an event of `{source}`, signed with its secret in {}.", names.join(", ")))
        }
        Ok((status, said)) => {
            let said: String = said.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
            Err(format!("{at} answers {status}: {said}\n{}", remedy(status)))
        }
        Err(error) => Err(format!("{at} cannot be asked: {}", error.detail())),
    }
}

/// What to look at where a test event is not taken.
const fn remedy(status: u16) -> &'static str {
    match status {
        401 => {
            "Has the gateway there the same secret, the same `server.publicUrl`, and a clock that is right? It reads them when it starts."
        }
        404 => "Does the gateway there serve this tenant and this source, with a secret for webhooks?",
        _ => "What stands between here and the gateway has to pass deliveries on as they are.",
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
                if !webhooks.says_its_own() {
                    let _ = writeln!(text, "  LACKING  nothing says which of the app's events are this source's own");
                }
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
