//! The issuer of the people's tokens, which the gateway asks for its keys: a thread of the bench itself.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::{Jwk, JwkSet, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

/// Signs tokens.
pub struct Issuer {
    /// Its name, which is its address.
    pub name: String,
    key: EncodingKey,
    header: Header,
}

impl Issuer {
    /// Makes a key, and tells it at `keys.json`.
    pub fn start() -> Self {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let key = EncodingKey::from_ec_der(document.as_ref());
        let mut public = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(public.thumbprint(ThumbprintHash::SHA256).unwrap());
        public.common.key_id.clone_from(&header.kid);
        let body = serde_json::to_string(&JwkSet { keys: vec![public] }).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let name = format!("http://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4096]);
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
                let _ = write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            }
        });
        Self { name, key, header }
    }

    /// What somebody of this account sends as `Authorization`; `links` says how the systems know the account.
    pub fn bearer(&self, account: u32, links: &Value) -> String {
        self.person(account, account, links)
    }

    /// The same, of one of several people of an account.
    pub fn person(&self, person: u32, account: u32, links: &Value) -> String {
        let now = now_in_seconds();
        let claims = json!({
            "iss": self.name, "aud": "portal", "sub": format!("p-{person}"), "iat": now, "exp": now + 3600,
            "email": format!("p{person}@customer{account}.example"), "email_verified": true, "name": "Ann Example",
            "vestibule": {
                "contact": format!("{person}0"),
                "accounts": [{ "key": account.to_string(), "labels": ["Portal user"], "links": links }],
            },
        });
        format!("Bearer {}", encode(&self.header, &claims, &self.key).unwrap())
    }
}

fn now_in_seconds() -> i64 {
    use vestibule::clock::Clock as _;
    vestibule::clock::SystemClock::default().now().as_second()
}
