//! How often a query asks for memory: the page of `examples/portal-over-four-apis`, over four systems on loopback, with its
//! rules. What the systems themselves do is on other threads, and is not counted. The bounds are a tenth above what was
//! counted when they were last set (docs/performance.md); a change that lowers the count lowers its bound.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod systems;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use systems::ACCOUNT;
use vestibule::clock::{Clock, SystemClock};
use vestibule::config::{Given, Origin};
use vestibule::execute::GraphRequest;
use vestibule::identity::{Issuer, Keys};
use vestibule::tenant::{Opening, Overlays, Setup, Shelf, SignIn, Tenant, assemble};

const ISSUER: &str = "http://127.0.0.1:9105/";

/// The example's gateway, and somebody who may sign in.
struct Portal {
    tenant: Tenant,
    bearer: String,
    runtime: tokio::runtime::Runtime,
}

impl Portal {
    /// With answers kept for that long.
    fn open(fresh: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/portal-over-four-apis");
        let text = std::fs::read_to_string(folder.join("vestibule.yaml")).unwrap().replace("fresh: 0s", fresh);
        let mut variables = BTreeMap::from_iter(systems::start());
        variables.insert("SEALING_KEY".to_owned(), "what this test seals its ids with".to_owned());
        variables.extend(["CRM", "ERP", "BILLING", "SUPPORT"].map(|of| (format!("{of}_TOKEN"), "a token".to_owned())));
        let setup = Setup {
            origin: Origin { name: Arc::from("vestibule.yaml"), folder: folder.clone(), text },
            environment: Arc::new(Given(variables)),
            shelf: Shelf::new(Some(folder.join("own"))),
            overlays: Overlays::Configured,
        };
        let assembly = assemble(&setup).0.unwrap();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let key = EncodingKey::from_ec_der(document.as_ref());
        let keys = JwkSet { keys: vec![Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap()] };
        let config = assembly.config.identity.issuers.first().unwrap().clone();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let bearer = format!("Bearer {}", encode(&Header::new(Algorithm::ES256), &claims(&*clock), &key).unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let issuers = vec![Issuer { config, keys: Keys::Fixed(keys) }];
        let tenant = Tenant::open(assembly, Opening { environment: setup.environment, clock, issuers }).unwrap();
        Self { tenant, bearer, runtime }
    }

    fn ask(&self, query: &str, variables: Value) -> Value {
        self.runtime.block_on(async {
            let deadline = self.tenant.deadline(Duration::from_secs(10));
            let sign_in = SignIn { authorization: Some(&self.bearer), account: None };
            let caller = self.tenant.caller(sign_in, deadline).await.unwrap();
            let Value::Object(variables) = variables else { panic!("variables are an object") };
            let request = GraphRequest {
                query: query.to_owned(),
                variables,
                deadline: Some(deadline),
                ..GraphRequest::default()
            };
            let body = self.tenant.execute(&caller, request).await.body;
            // Read again only where it is looked at: that is not the gateway's work.
            if query.contains("Dashboard") { Value::from(body.len()) } else { serde_json::from_slice(&body).unwrap() }
        })
    }

    /// Allocations of one query, the least of several: housekeeping of caches and timers falls on one or the other.
    fn allocations(&self) -> u64 {
        let id = self.ask("{ viewer { account { id } } }", json!({}))["data"]["viewer"]["account"]["id"].clone();
        let document = include_str!("../../examples/portal-over-four-apis/dashboard.graphql");
        let once = || {
            let mut length = Value::Null;
            let variables = json!({ "id": id });
            let info = allocation_counter::measure(|| length = self.ask(document, variables.clone()));
            assert!(length.as_u64().unwrap() > 2_000, "the whole page: {length}");
            info.count_total
        };
        (0..20).map(|_| once()).min().unwrap()
    }
}

fn claims(clock: &dyn Clock) -> Value {
    let now = clock.now().as_second();
    json!({
        "iss": ISSUER, "aud": "portal", "sub": "p-1", "iat": now, "exp": now + 3600,
        "email": "ann@example.com", "email_verified": true, "name": "Ann Example",
        "vestibule": { "contact": "10010", "accounts": [{
            "key": ACCOUNT, "labels": ["Portal user"],
            "links": { "erp": [ACCOUNT], "billing": [format!("cus_{ACCOUNT}")], "support": [ACCOUNT] },
        }] },
    })
}

#[track_caller]
fn within(counted: u64, bound: u64) {
    assert!(counted <= bound, "{counted} allocations, more than {bound}");
    assert!(counted * 5 >= bound * 4, "{counted} allocations: lower the bound of {bound}");
}

#[test]
fn a_page_over_four_systems_asks_for_memory_no_more_often_than_it_did() {
    within(Portal::open("fresh: 0s").allocations(), 1_750);
}

#[test]
fn a_page_from_kept_records_asks_for_memory_no_more_often_than_it_did() {
    within(Portal::open("fresh: 1h").allocations(), 590);
}
