//! The demo business with its desk, a gateway in front of it, and what both are told.

use std::process::Command;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use vestibule::clock::{Clock as _, SystemClock};
use vestibule_sandbox::{Options, Running};

use crate::shared::gateway::{Gateway, program, replaced};
use crate::shared::issuer::Issuer;
use crate::shared::process;

/// How many accounts there are whose tickets nobody changes.
pub const OTHERS: u32 = 20_000;
/// The desk's own number, by which the demo's configuration knows its webhooks.
const DESK: u32 = 22_129_848;
/// The number of the account whose ticket changes; those of the others are above it.
const ACCOUNT: u32 = 1_000_000;

pub struct Desk {
    business: Running,
    issuer: Issuer,
    folder: TempDir,
    variables: Vec<(String, String)>,
    secret: hmac::Key,
    /// The ticket that changes, and whose it is.
    ticket: (u64, u64),
}

impl Desk {
    pub async fn start() -> Self {
        let business = vestibule_sandbox::start(Options::default()).await.unwrap();
        let variables = vestibule_sandbox::variables(Some(&business));
        let secret = variables.iter().find(|(name, _)| name == "ZENDESK_WEBHOOK_SECRET").unwrap().1.clone();
        let ticket = {
            let state = business.state.read();
            state.tickets.iter().find_map(|ticket| Some((ticket.id, ticket.organization?))).unwrap()
        };
        Self {
            business,
            issuer: Issuer::start(),
            folder: TempDir::new().unwrap(),
            variables,
            secret: hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
            ticket,
        }
    }

    /// A gateway over the demo's configuration, whose people come with their accounts in their tokens.
    pub fn gateway(&self) -> Gateway {
        self.gateway_on(process::measured)
    }

    /// The same, on these processors.
    pub fn gateway_on(&self, placed: fn(&str) -> Command) -> Gateway {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/demo");
        let text = std::fs::read_to_string(root.join("vestibule.yaml")).unwrap();
        // What is counted is what webhooks tell.
        let told = |line: &&str| !["reconcile:", "poll:"].iter().any(|asked| line.trim_start().starts_with(asked));
        let text = text.lines().filter(told).collect::<Vec<_>>().join("\n");
        let text = replaced(&text, "graphiql: true", "listen: 127.0.0.1:0\n  sockets: { connections: 20000 }");
        let issuer = format!(
            "{}\n      jwks: {}keys.json\n      authorityClaims: true\n      privateNetworks: [127.0.0.0/8]",
            self.issuer.name, self.issuer.name
        );
        let text = replaced(&text, "https://demo.vestibule.invalid/", &issuer);
        let text = replaced(&text, "audience: vestibule-demo", "audience: portal");
        let overlays = root.join("connectors");
        let text = replaced(&text, "connectors: connectors", &format!("connectors: {}", overlays.display()));
        let path = self.folder.path().join("vestibule.yaml");
        std::fs::write(&path, text).unwrap();
        let mut command = placed(&program());
        command.args(["serve", "--config", path.to_str().unwrap()]).envs(self.variables.iter().cloned());
        command.env("SEALING_KEY", "what this bench seals its ids with");
        Gateway::started(&mut command)
    }

    /// What somebody of the account whose ticket changes sends as `Authorization`.
    pub fn of_account(&self, person: u32) -> String {
        self.issuer.person(person, ACCOUNT, &json!({ "support": [self.ticket.1.to_string()] }))
    }

    /// What somebody of another account sends, each of one of their own.
    pub fn stranger(&self, person: u32) -> String {
        let account = ACCOUNT + 1 + person;
        self.issuer.person(person, account, &json!({ "support": [account.to_string()] }))
    }

    /// How often the systems were asked so far.
    pub fn reads(&self) -> u64 {
        self.business.state.calls.counts().values().sum()
    }

    /// Changes the ticket for the so-manieth time; what the desk then sends.
    pub fn change(&self, number: usize) -> Vec<u8> {
        let (id, organization) = self.ticket;
        {
            let mut business = self.business.state.write();
            let ticket = business.tickets.iter_mut().find(|ticket| ticket.id == id).unwrap();
            ticket.subject = subject(number);
            ticket.modified += 1;
        }
        self.webhook(&format!("change-{number}"), id, organization)
    }

    /// What the desk sends for a ticket of somebody's, signed.
    pub fn webhook(&self, event: &str, ticket: u64, organization: u64) -> Vec<u8> {
        let body = json!({
            "id": event, "type": "zen:event-type:ticket.subject_changed", "account_id": DESK, "zendesk_event_version": "2022-11-06",
            "time": SystemClock::default().now().to_string(), "subject": format!("zen:ticket:{ticket}"),
            "detail": { "id": ticket.to_string(), "organization_id": organization.to_string(), "subject": "A subject" },
            "event": { "current": "A subject", "previous": "Another subject" },
        });
        self.signed(&body)
    }

    fn signed(&self, body: &Value) -> Vec<u8> {
        let (time, body) = (SystemClock::default().now().to_string(), body.to_string());
        let made = STANDARD.encode(hmac::sign(&self.secret, format!("{time}{body}").as_bytes()));
        let head = "POST /webhooks/demo/support HTTP/1.1\r\nhost: graph.example\r\ncontent-type: application/json";
        let proof = format!("x-zendesk-webhook-signature: {made}\r\nx-zendesk-webhook-signature-timestamp: {time}");
        format!("{head}\r\n{proof}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }
}

/// What the ticket is about after so many changes.
pub fn subject(number: usize) -> String {
    format!("The pump leaks for the {number}th time")
}
