//! What must be in no answer and in no log line.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};

use base64::Engine as _;
use tracing_subscriber::EnvFilter;
use vestibule_sandbox::{CREDENTIALS, Credential};

/// Of bodies, addresses and headers of the systems: in no answer and in no log line.
const THEIRS: &[&str] = &[
    "correlationId",
    "00000000-0000-4000-8000",
    "policyName",
    "502 upstream",
    "<form",
    "<html",
    "<<<<",
    "action=\"/login\"",
    "sap/opu/odata",
    "authorization",
    "Bearer ",
    "Basic ",
];

/// What operators may read in a log line, and customers may not: the systems' own short messages and codes, and the words
/// of manifests.
const OPERATORS: &[&str] = &[
    "temporarily unavailable",
    "SERVICE_UNAVAILABLE",
    "ServiceUnavailable",
    "api_error",
    "ten_secondly",
    "rate limit exceeded",
    "Number of allowed",
    "/crm/v",
    "batch/read",
    "API_SALES_ORDER_SRV",
    "A_SalesOrder",
    "{key",
    "{parent",
    "d.results",
];

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Lines;

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Keeps every log line of the gateway, down to the finest, from now on.
pub(crate) fn listen() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let filter = EnvFilter::new("off,vestibule=trace");
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| Lines).init();
    });
}

/// All log lines so far.
pub(crate) fn logged() -> String {
    String::from_utf8_lossy(&LINES.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// What must not be found: addresses of the systems, whole and by port, credentials in every form, the systems' words.
pub(crate) fn forbidden(addresses: &[String], variables: &BTreeMap<String, String>) -> Vec<String> {
    let mut all: Vec<String> = THEIRS.iter().map(|word| (*word).to_owned()).collect();
    for address in addresses {
        all.push(address.clone());
        all.extend(address.rsplit_once(':').map(|(_, port)| format!(":{port}")));
    }
    for (_, credential) in CREDENTIALS {
        match credential {
            Credential::Bearer(token) => all.push(token.to_owned()),
            Credential::Basic(user, password) => {
                let pair = format!("{user}:{password}");
                all.push(base64::engine::general_purpose::STANDARD.encode(&pair));
                all.push(pair);
                all.push(user.to_owned());
            }
        }
    }
    all.push(variables["SEALING_KEY"].clone());
    all
}

/// Fails where one of the words is in the text; what operators may read counts in answers only.
pub(crate) fn search(what: &str, text: &str, forbidden: &[String]) {
    let operators = OPERATORS.iter().copied().filter(|_| what == "an answer");
    for word in forbidden.iter().map(String::as_str).chain(operators) {
        // A port of one test's systems may be any number of another's log.
        let found = text.find(word).filter(|_| what == "an answer" || !word.starts_with(':'));
        if let Some(at) = found {
            let from = text[..at].char_indices().rev().nth(200).map_or(0, |(at, _)| at);
            let to = text[at..].char_indices().nth(200).map_or(text.len(), |(further, _)| at + further);
            panic!("{what} has {word:?}: … {} …", &text[from..to]);
        }
    }
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let forbidden = forbidden(&["127.0.0.1:4711".to_owned()], &BTreeMap::from([("SEALING_KEY".into(), "k3y".into())]));
    let finds = |text: &'static str| {
        let forbidden = forbidden.clone();
        std::panic::catch_unwind(move || search("an answer", text, &forbidden)).is_err()
    };
    for leak in ["at 127.0.0.1:4711", "port :4711", "pat-demo", "UE9SVEFMOmRlbW8=", "sk_test_demo", "<html>", "k3y"] {
        assert!(finds(leak), "{leak}");
    }
    assert!(!finds("{\"data\":{\"viewer\":{\"name\":\"Ana Lund\"}}}"));
}
