//! What HubSpot tells an app's webhook of a change: an event for the object, and one for each property.
//!
//! After the guide on webhooks (developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide).

use serde_json::{Value, json};

use crate::effect::Event;

use super::object::Kind;
use super::write::{Linked, Set};

/// The events of properties that were set.
pub(super) fn changed(kind: Kind, id: u64, set: &Set) -> Vec<Event> {
    let event = |(name, value): (&String, &Option<String>)| {
        let body = json!({
            "objectId": id,
            "propertyName": name,
            "propertyValue": value.as_deref().unwrap_or_default(),
            "changeSource": "INTEGRATION",
        });
        Event::new(format!("{}.propertyChange", kind.name()), body)
    };
    set.iter().map(event).collect()
}

/// The events of an object that was made.
pub(super) fn created(kind: Kind, id: u64, (set, links): (&Set, &[Linked])) -> Vec<Event> {
    let name = kind.name();
    let body = json!({ "objectId": id, "changeFlag": "CREATED", "changeSource": "INTEGRATION" });
    let mut events = vec![Event::new(format!("{name}.creation"), body)];
    events.extend(changed(kind, id, set));
    let mut told: Vec<(Kind, u64)> = Vec::new();
    for (to, object, _) in links {
        if !told.contains(&(*to, *object)) {
            told.push((*to, *object));
            events.push(associated((kind, id), (*to, *object), told.len() == 1));
        }
    }
    events
}

fn associated((from, id): (Kind, u64), (to, other): (Kind, u64), primary: bool) -> Event {
    let kind = format!("{}_TO_{}", from.name(), to.name()).to_uppercase();
    let body: Value = json!({
        "fromObjectId": id,
        "toObjectId": other,
        "associationType": kind,
        "associationRemoved": false,
        "isPrimaryAssociation": primary && to == Kind::Company,
        "changeSource": "INTEGRATION",
    });
    Event::new(format!("{}.associationChange", from.name()), body)
}
