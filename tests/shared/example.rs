//! The gateway of `examples/portal-over-four-apis`, and an issuer of its people's tokens.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use vestibule::clock::{Clock, SystemClock};
use vestibule::config::{Given, Origin};
use vestibule::identity::{Issuer, Keys};
use vestibule::tenant::{Opening, Overlays, Setup, Shelf, Tenant, assemble};

/// The example, open for requests.
pub struct Example {
    pub tenant: Tenant,
    issuer: String,
    key: EncodingKey,
    clock: Arc<dyn Clock>,
}

impl Example {
    /// Over systems at these addresses, by the variables of its configuration, whose text may be changed.
    pub fn open(addresses: Vec<(String, String)>, change: impl FnOnce(String) -> String) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/portal-over-four-apis");
        let text = change(std::fs::read_to_string(folder.join("vestibule.yaml")).unwrap());
        let mut variables = BTreeMap::from_iter(addresses);
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
        let issuer = config.issuer.clone();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let issuers = vec![Issuer { config, keys: Keys::Fixed(keys) }];
        let opening = Opening { environment: setup.environment, clock: Arc::clone(&clock), issuers };
        Self { tenant: Tenant::open(assembly, opening).unwrap(), issuer, key, clock }
    }

    /// What somebody who may act for this account sends as `Authorization`.
    pub fn bearer(&self, person: &str, account: &str) -> String {
        let now = self.clock.now().as_second();
        let claims = json!({
            "iss": self.issuer, "aud": "portal", "sub": person, "iat": now, "exp": now + 3600,
            "email": format!("{person}@example.com"), "email_verified": true, "name": "Ann Example",
            "vestibule": { "contact": "10010", "accounts": [{
                "key": account, "labels": ["Portal user"],
                "links": { "erp": [account], "billing": [format!("cus_{account}")], "support": [account] },
            }] },
        });
        format!("Bearer {}", encode(&Header::new(Algorithm::ES256), &claims, &self.key).unwrap())
    }
}
