//! Deliveries of webhooks: the body, signed as it should be, is read as each system's events.
//!
//! An input is a line with the name of a source of the demo, and below it the body.

use vestibule::model::SourceId;
use vestibule::secret::Secret;
use vestibule::webhook::{Basis, Delivery, Unproved, events, prove, sign};

use super::world;

/// What everything is signed with here.
const SECRET: &str = "the secret of the fuzzer";

/// Signs the body, proves it, and reads its events.
pub fn run(bytes: &[u8]) {
    let split = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (name, body) = (&bytes[..split], bytes.get(split + 1..).unwrap_or_default());
    let source = std::str::from_utf8(name).unwrap_or_default();
    let Some(connector) = world::connector(source) else { return };
    let Some(webhooks) = &connector.webhooks else { return };
    let secret = Secret::new(SECRET.to_owned());
    let at = jiff::Timestamp::from_second(1_770_091_506).unwrap_or_default();
    let url = "https://graph.example.com/webhooks/demo/crm";
    let bare = Delivery { method: "POST", url, headers: &[], tail: None, body, at };
    let Some(signed) = sign(webhooks, &secret, &bare) else { return };
    let headers: Vec<(&str, &str)> = signed.iter().map(|(name, value)| (&**name, &**value)).collect();
    let delivery = Delivery { headers: &headers, ..bare };
    match prove(webhooks, std::slice::from_ref(&secret), &delivery) {
        Ok(proved) => {
            let basis = Basis { source: SourceId(0), connector: &connector, webhooks };
            let told = events(&basis, &proved, &delivery);
            assert!(told.own.len() + told.foreign <= 1_000, "more events than one delivery may tell");
            let known = |change: &vestibule::model::Change| connector.entities.contains_key(&change.entity);
            assert!(told.own.iter().flat_map(|event| &event.changes).all(known), "a change of what is not mapped");
            assert_eq!(told, events(&basis, &proved, &delivery), "the same delivery tells the same");
        }
        Err(why) => assert!(matches!(why, Unproved::NotJson(_)), "a sound signature is not taken: {why:?}"),
    }
    assert!(prove(webhooks, &[Secret::new("another".to_owned())], &delivery).is_err(), "another secret is taken");
}
