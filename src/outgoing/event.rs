//! A change as it is told to a receiver: which record, and what became of it; never a value of it.

use bytes::Bytes;
use serde_json::json;

use crate::model::{Change, ChangeKind};
use crate::seal;

/// The name of what became of a record, as the graph has it.
pub(super) const fn kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Created => "CREATED",
        ChangeKind::Updated => "UPDATED",
        ChangeKind::Deleted => "DELETED",
    }
}

/// What stands for a change at every receiver, and in every attempt. A change whose version is known has the same id wherever it
/// is told from, so that two nodes which hear of it send one event; of any other each telling is its own.
pub(super) fn id(tenant: &str, change: &Change, settled: bool) -> String {
    let digest = match change.version.as_ref().filter(|_| settled) {
        Some(version) => {
            let gone: &[u8] = if change.kind == ChangeKind::Deleted { b"gone" } else { b"there" };
            let place = [change.source.0.to_be_bytes(), change.entity.0.to_be_bytes()].concat();
            let parts: [&[u8]; 5] =
                [tenant.as_bytes(), &place, change.key.as_str().as_bytes(), version.as_bytes(), gone];
            seal::digest(parts)
        }
        None => rand::random(),
    };
    digest.iter().take(16).fold("msg_".to_owned(), |id, byte| id + &format!("{byte:02x}"))
}

/// The names and ids of what an event tells.
pub(super) struct Told<'a> {
    pub(super) entity: &'a str,
    pub(super) id: &'a str,
    pub(super) account: Option<&'a str>,
}

/// The body of an event: the same bytes in every attempt.
pub(super) fn body(change: &Change, told: &Told<'_>) -> Bytes {
    let kind = kind(change.kind);
    let mut data = json!({ "id": told.id, "entity": told.entity, "kind": kind });
    if let Some(members) = data.as_object_mut() {
        members.extend(told.account.map(|account| ("accountId".to_owned(), json!(account))));
        members.extend(change.version.as_ref().map(|version| ("version".to_owned(), json!(&**version))));
    }
    let name = format!("{}.{}", words(told.entity), kind.to_ascii_lowercase());
    Bytes::from(json!({ "type": name, "timestamp": change.at.to_string(), "data": data }).to_string())
}

/// `BillingSubscription` is `billing_subscription`.
fn words(entity: &str) -> String {
    let mut name = String::with_capacity(entity.len() + 4);
    for letter in entity.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EntityId, Key, SourceId};

    fn change(version: Option<&str>, kind: ChangeKind) -> Change {
        Change {
            source: SourceId(1),
            entity: EntityId(2),
            key: Key::new("4711").unwrap(),
            kind,
            version: version.map(Into::into),
            parents: Vec::new(),
            touches: Vec::new(),
            at: "2026-03-10T12:00:00.5Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_change_in_a_known_version_has_one_id_and_any_other_telling_is_its_own() {
        let of = |version, kind| id("acme", &change(version, kind), true);
        assert_eq!(of(Some("7"), ChangeKind::Created), of(Some("7"), ChangeKind::Updated));
        assert_ne!(of(Some("7"), ChangeKind::Updated), of(Some("8"), ChangeKind::Updated));
        assert_ne!(of(Some("7"), ChangeKind::Updated), of(Some("7"), ChangeKind::Deleted));
        assert_ne!(of(None, ChangeKind::Updated), of(None, ChangeKind::Updated));
        let one = change(Some("7"), ChangeKind::Updated);
        assert_ne!(id("acme", &one, true), id("other", &one, true));
        assert_ne!(id("acme", &one, false), id("acme", &one, false));
        let made = of(Some("7"), ChangeKind::Updated);
        assert!(made.strip_prefix("msg_").unwrap().chars().all(|letter| letter.is_ascii_hexdigit()), "{made}");
    }

    #[test]
    fn an_event_says_which_record_and_what_became_of_it() {
        let told = Told { entity: "BillingSubscription", id: "sealed", account: Some("account") };
        let body = body(&change(Some("7"), ChangeKind::Updated), &told);
        let read: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let data = json!({ "id": "sealed", "entity": "BillingSubscription", "kind": "UPDATED", "accountId": "account", "version": "7" });
        let expected =
            json!({ "type": "billing_subscription.updated", "timestamp": "2026-03-10T12:00:00.5Z", "data": data });
        assert_eq!(read, expected);
    }
}
