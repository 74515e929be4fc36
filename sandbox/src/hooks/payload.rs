//! Payloads: each vendor's envelope round its events.

use serde_json::{Value, json};

use crate::effect::Event;
use crate::web::iso;

use super::Delivery;

/// The account (hub id) that HubSpot's events name.
pub const PORTAL: u64 = 8_765_432;
/// The account that Zendesk's events name.
pub const ACCOUNT: u64 = 22_129_848;
const APP: u64 = 1_160_452;
const VERSION: &str = "2026-07-29.dahlia";

/// The body of a delivery, and its content type.
pub(crate) fn body(system: &str, delivery: &Delivery) -> (Vec<u8>, &'static str) {
    let numbered = (delivery.first..).zip(&delivery.events);
    let (body, kind): (Value, &str) = match system {
        "hubspot" => (numbered.map(|(number, event)| hubspot(delivery, number, event)).collect(), "application/json"),
        _ => {
            let one = numbered.map(|(number, event)| match system {
                "sap" => sap(delivery, number, event),
                "stripe" => stripe(delivery, number, event),
                _ => zendesk(delivery, number, event),
            });
            let kind = if system == "sap" { "application/cloudevents+json" } else { "application/json; charset=utf-8" };
            (one.last().unwrap_or(Value::Null), kind)
        }
    };
    (body.to_string().into_bytes(), kind)
}

fn merged(mut envelope: Value, own: &Value) -> Value {
    if let (Value::Object(envelope), Value::Object(own)) = (&mut envelope, own) {
        envelope.extend(own.clone());
    }
    envelope
}

fn uuid(number: u64) -> String {
    format!("01970000-0000-4000-9000-{number:012x}")
}

/// developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide
fn hubspot(delivery: &Delivery, number: u64, event: &Event) -> Value {
    let envelope = json!({
        "eventId": number,
        "subscriptionId": 25,
        "portalId": PORTAL,
        "appId": APP,
        "occurredAt": delivery.at * 1000,
        "subscriptionType": event.kind,
        "attemptNumber": delivery.attempt,
    });
    merged(envelope, &event.body)
}

/// docs.stripe.com/api/events/object
fn stripe(delivery: &Delivery, number: u64, event: &Event) -> Value {
    json!({
        "id": format!("evt_1Vestibule{number:08}"),
        "object": "event",
        "api_version": VERSION,
        "created": delivery.at,
        "data": event.body,
        "livemode": false,
        "pending_webhooks": 1,
        "request": { "id": null, "idempotency_key": delivery.reference },
        "type": event.kind,
    })
}

/// developer.zendesk.com/api-reference/webhooks/event-types/ticket-events
fn zendesk(delivery: &Delivery, number: u64, event: &Event) -> Value {
    let mut own = event.body.clone();
    own["event"]["meta"] = json!({ "sequence": { "id": uuid(delivery.number), "position": 1, "total": 1 } });
    let envelope = json!({
        "account_id": ACCOUNT,
        "id": uuid(number),
        "time": iso(delivery.at),
        "type": event.kind,
        "zendesk_event_version": "2022-11-06",
    });
    merged(envelope, &own)
}

/// A CloudEvent with the key of what changed, as the event mesh hands it on.
fn sap(delivery: &Delivery, number: u64, event: &Event) -> Value {
    json!({
        "specversion": "1.0",
        "type": event.kind,
        "source": "/default/sap.s4.beh/S4HCLNT100",
        "id": uuid(number),
        "time": iso(delivery.at),
        "datacontenttype": "application/json",
        "data": event.body,
    })
}
