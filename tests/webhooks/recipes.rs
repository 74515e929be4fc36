//! Recipes as data (`recipes.yaml`): each accepts its own delivery, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;
use serde::Deserialize;
use vestibule::connector::Connector;
use vestibule::connector::load::{LoadInput, SourceFile, load};
use vestibule::graph::{self, Graph};
use vestibule::secret::Secret;
use vestibule::tenant::SCHEMA;
use vestibule::webhook::{Delivery, Proved, Unproved, prove};

static GRAPH: LazyLock<Graph> =
    LazyLock::new(|| graph::load(&[(SCHEMA.0.to_owned(), SCHEMA.1.to_owned())]).0.unwrap().graph);

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    system: String,
    #[serde(default)]
    #[expect(dead_code, reason = "for readers")]
    computed: bool,
    #[serde(default)]
    hints: bool,
    recipe: String,
    secret: String,
    at: jiff::Timestamp,
    #[serde(default)]
    url: String,
    headers: BTreeMap<String, String>,
    body: String,
}

fn cases() -> Vec<Case> {
    serde_saphyr::from_str(include_str!("recipes.yaml")).unwrap()
}

impl Case {
    fn connector(&self) -> Connector {
        let text = format!(
            "title: A system\nprotocol: rest\nbase: https://example.com\nsecrets: [secret]\n\
             webhooks:\n  signature: {}\n  changes: []\n",
            self.recipe
        );
        let file = SourceFile { name: "connector.yaml".into(), shown: "connector.yaml".into(), text: text.into() };
        let (connector, report) = load(LoadInput {
            name: "one",
            files: &[file],
            overlay: &[],
            graph: &GRAPH,
            settings: &BTreeMap::new(),
            secrets: &BTreeSet::new(),
            auth: None,
            sources: &BTreeSet::new(),
        });
        connector.unwrap_or_else(|| panic!("{}: {:?}", self.system, report.sorted()))
    }

    fn prove(&self, connector: &Connector, secrets: &[&str]) -> Result<Proved, Unproved> {
        let headers: Vec<(&str, &str)> = self.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let delivery = Delivery {
            method: "POST",
            url: &self.url,
            headers: &headers,
            tail: None,
            body: self.body.as_bytes(),
            at: self.at,
        };
        let secrets: Vec<Secret> = secrets.iter().map(|secret| Secret::new((*secret).to_owned())).collect();
        prove(connector.webhooks.as_ref().unwrap(), &secrets, &delivery)
    }
}

#[test]
fn each_accepts_its_own_delivery() {
    for case in cases() {
        let proved = case.prove(&case.connector(), &[&case.secret]);
        let proved = proved.unwrap_or_else(|why| panic!("{}: {why:?}", case.system));
        assert_eq!(proved.whole, !case.hints, "{}", case.system);
    }
}

#[test]
fn each_refuses_another_secret_and_takes_either_of_two() {
    for case in cases() {
        let connector = case.connector();
        let other = "whsec_b3RoZXIgc2VjcmV0IG9mIHNvbWVib2R5";
        assert_eq!(case.prove(&connector, &[other]).unwrap_err(), Unproved::Forged, "{}", case.system);
        assert_eq!(case.prove(&connector, &[]).unwrap_err(), Unproved::Forged, "{}", case.system);
        assert!(case.prove(&connector, &[other, &case.secret]).is_ok(), "{}", case.system);
        assert!(case.prove(&connector, &[&case.secret, other]).is_ok(), "{}", case.system);
    }
}

#[test]
fn what_is_not_from_now_is_stale_either_way() {
    for case in cases().into_iter().filter(|case| case.recipe.contains("window")) {
        let connector = case.connector();
        for (seconds, fits) in [(-301, false), (-300, true), (300, true), (301, false)] {
            let at = case.at + jiff::SignedDuration::from_secs(seconds);
            let proved = Case { at, ..case.clone() }.prove(&connector, &[&case.secret]);
            assert_eq!(
                proved.map(|_| ()),
                if fits { Ok(()) } else { Err(Unproved::Stale) },
                "{} {seconds}",
                case.system
            );
        }
    }
}

#[test]
fn a_header_that_is_missing_proves_nothing() {
    for case in cases() {
        let connector = case.connector();
        for name in case.headers.keys() {
            let mut without = case.clone();
            without.headers.remove(name);
            assert!(without.prove(&connector, &[&case.secret]).is_err(), "{} without {name}", case.system);
        }
    }
}

#[test]
fn a_window_is_five_minutes_where_nothing_is_said() {
    let case = cases().into_iter().find(|case| case.system == "Zendesk").unwrap();
    let without = Case { recipe: case.recipe.replace(", window: 5m", ""), ..case };
    let connector = without.connector();
    let Some(vestibule::connector::Proof::Signature(recipe)) = connector.webhooks.as_ref().map(|hooks| &hooks.proof)
    else {
        panic!("no signature");
    };
    assert_eq!(recipe.timestamp.as_ref().unwrap().window, Duration::from_secs(300));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// One byte that is not as it was signed, anywhere in the body, and it is refused; also where it is no text any more.
    #[test]
    fn no_other_body_is_proved(place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        static ALL: LazyLock<Vec<(Case, Connector)>> = LazyLock::new(|| {
            cases().into_iter().filter(|case| !case.hints).map(|case| { let connector = case.connector(); (case, connector) }).collect()
        });
        for (case, connector) in ALL.iter() {
            let mut body = case.body.clone().into_bytes();
            let at = place.index(body.len());
            body[at] ^= 1 << bit;
            let headers: Vec<(&str, &str)> = case.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
            let delivery = Delivery { method: "POST", url: &case.url, headers: &headers, tail: None, body: &body, at: case.at };
            let secret = [Secret::new(case.secret.clone())];
            let proved = prove(connector.webhooks.as_ref().unwrap(), &secret, &delivery);
            // The letters of a hexadecimal signature that stands in the body may be of either case.
            let same = body.eq_ignore_ascii_case(case.body.as_bytes());
            prop_assert!(proved.is_err() || same, "{} {at}", case.system);
        }
    }

    /// Whatever stands in a signature's header, nothing but the right one is taken, and nothing breaks.
    #[test]
    fn no_other_header_is_proved(text in "\\PC{0,200}|(t=[0-9]{0,12},?|v1[=,][0-9a-fA-F=+/]{0,90}[ ,]?){0,6}") {
        static ALL: LazyLock<Vec<(Case, Connector)>> = LazyLock::new(|| {
            cases().into_iter().map(|case| { let connector = case.connector(); (case, connector) }).collect()
        });
        for (case, connector) in ALL.iter().filter(|(case, _)| !case.headers.is_empty()) {
            for name in case.headers.keys() {
                let mut changed = case.clone();
                changed.headers.insert(name.clone(), text.clone());
                prop_assert!(changed.prove(connector, &[&case.secret]).is_err(), "{} {name}", case.system);
            }
        }
    }
}

#[test]
fn a_body_is_read_within_bounds() {
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    assert!(vestibule::webhook::parse(deep(32).as_bytes()).is_ok());
    for wrong in [deep(33), deep(100_000), "{\"a\":1,\"a\":2}".to_owned(), "{} {}".to_owned(), "{".to_owned()] {
        assert!(vestibule::webhook::parse(wrong.as_bytes()).is_err(), "{}", &wrong[..wrong.len().min(40)]);
    }
    let read = vestibule::webhook::parse(b"{\"id\":9007199254740993,\"at\":null}").unwrap();
    assert_eq!(read.get("id").as_text().as_deref(), Some("9007199254740993"));
    assert!(vestibule::webhook::parse(b"").unwrap().is_null());
}
