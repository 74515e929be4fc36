//! Signatures: what each vendor puts beside a body, so that the receiver knows who sent it.
//!
//! The instants that are signed are the machine's: receivers refuse what is minutes old, and the business's clock stands.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use super::Target;

/// The secret that the demo signs the webhooks of a system with, unless a target says otherwise.
pub fn secret(system: &str) -> &'static str {
    match system {
        "hubspot" => "demo-client-secret",
        "sap" => "demo-relay-secret",
        "stripe" => "whsec_demo",
        _ => "demo-signing-secret",
    }
}

/// The headers of a request with that body, sent at that instant.
pub(super) fn headers(system: &str, target: &Target, (body, at): (&[u8], Timestamp)) -> Vec<(String, String)> {
    let key = target.secret.as_deref().unwrap_or(secret(system)).as_bytes();
    let header = |name: &str, value: String| (name.to_owned(), value);
    match system {
        "hubspot" => {
            let url = unescaped(target.signed_url.as_deref().unwrap_or(&target.url));
            let millis = at.as_millisecond().to_string();
            let signature = mac(key, &[b"POST", url.as_bytes(), body, millis.as_bytes()]);
            vec![
                header("x-hubspot-signature-v3", STANDARD.encode(signature)),
                header("x-hubspot-request-timestamp", millis),
            ]
        }
        "sap" => {
            let name = target.header.as_deref().unwrap_or("x-portal-secret");
            vec![header(name, String::from_utf8_lossy(key).into_owned())]
        }
        "stripe" => {
            let seconds = at.as_second().to_string();
            let signature = mac(key, &[seconds.as_bytes(), b".", body]);
            let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
            vec![header("stripe-signature", format!("t={seconds},v1={hex}"))]
        }
        _ => {
            let stamp = Timestamp::from_second(at.as_second()).unwrap_or_default().to_string();
            let signature = mac(key, &[stamp.as_bytes(), body]);
            vec![
                header("x-zendesk-account-id", super::ACCOUNT.to_string()),
                header("x-zendesk-webhook-id", "01GFXGBX7YZ9ASWTCVMASTK8ZS".to_owned()),
                header("x-zendesk-webhook-signature", STANDARD.encode(signature)),
                header("x-zendesk-webhook-signature-timestamp", stamp),
            ]
        }
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// HubSpot signs the address with some of its escapes undone.
fn unescaped(url: &str) -> String {
    let escapes = [
        ("%3A", ":"),
        ("%2F", "/"),
        ("%3F", "?"),
        ("%40", "@"),
        ("%21", "!"),
        ("%24", "$"),
        ("%27", "'"),
        ("%28", "("),
        ("%29", ")"),
        ("%2A", "*"),
        ("%2C", ","),
        ("%3B", ";"),
    ];
    escapes.iter().fold(url.to_owned(), |url, (escape, char)| url.replace(escape, char))
}
