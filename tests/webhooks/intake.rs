//! What is answered to a delivery (`scenarios/deliveries.yaml`), and what an accepted one leads to.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use vestibule::clock::Clock as _;
use vestibule::tenant::Taken;

use super::world::{World, secret, signed};

const ANA: &str = "ana.lund@kestrel-marine.example";

/// A delivery, what happens to it on the way, and what is answered.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Scenario {
    what: String,
    to: String,
    /// The source whose system signs, where the address does not name it.
    from: Option<String>,
    body: Value,
    raw: Option<String>,
    secret: Option<String>,
    without: Option<String>,
    add: String,
    cut: usize,
    pad: usize,
    age: i64,
    signed_for: Option<String>,
    /// The settings of the desk and the ERP say which instance of the system is theirs.
    instances: bool,
    encoding: Option<String>,
    times: Option<u32>,
    status: u16,
    code: Option<String>,
    told: Option<String>,
    counted: BTreeMap<String, u64>,
}

impl Scenario {
    fn request(&self, world: &World) -> Request<Body> {
        let source = self.from.as_deref().unwrap_or_else(|| self.to.rsplit('/').next().unwrap());
        let mut body = self.raw.clone().unwrap_or_else(|| self.body.to_string());
        body.push_str(&" ".repeat(self.pad));
        let at = world.clock.now() - jiff::SignedDuration::from_secs(self.age);
        let key = self.secret.as_deref().unwrap_or_else(|| secret(source));
        let mut request = Request::post(&self.to);
        for (name, value) in signed(source, (key, at), (self.signed_for.as_deref().unwrap_or(&self.to), &body)) {
            if self.without.as_deref() != Some(name) {
                request = request.header(name, value);
            }
        }
        if let Some(encoding) = &self.encoding {
            request = request.header("content-encoding", encoding);
        }
        body.push_str(&self.add);
        body.truncate(body.len() - self.cut);
        request.body(Body::from(body)).unwrap()
    }
}

fn counted(before: Taken, after: Taken) -> BTreeMap<String, u64> {
    [
        ("changed", after.changed - before.changed),
        ("repeated", after.repeated - before.repeated),
        ("unknown", after.unknown - before.unknown),
        ("foreign", after.foreign - before.foreign),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(name, count)| (name.to_owned(), count))
    .collect()
}

#[tokio::test]
async fn every_delivery_is_answered_and_counted_as_it_should() {
    let (plain, with_instances) = (World::open().await, World::with_instances().await);
    let scenarios: Vec<Scenario> = serde_saphyr::from_str(include_str!("scenarios/deliveries.yaml")).unwrap();
    for scenario in scenarios {
        let world = if scenario.instances { &with_instances } else { &plain };
        let before = world.tenant.intake().counts();
        for _ in 0..scenario.times.unwrap_or(1) {
            let (status, _, body) = world.send(scenario.request(world)).await;
            assert_eq!(status.as_u16(), scenario.status, "{}: {body}", scenario.what);
            if let Some(code) = &scenario.code {
                let told: Value = serde_json::from_str(&body).unwrap();
                assert_eq!(told["errors"][0]["extensions"]["code"], **code, "{}", scenario.what);
                if let Some(message) = &scenario.told {
                    assert_eq!(told["errors"][0]["message"], **message, "{}", scenario.what);
                }
            }
        }
        let after = world.tenant.intake().counts();
        assert_eq!(counted(before, after), scenario.counted, "{}", scenario.what);
    }
}

#[tokio::test]
async fn two_deliveries_of_one_event_at_the_same_moment_are_one() {
    let world = World::open().await;
    let body = json!({ "id": "e1", "type": "zen:event-type:ticket.created", "detail": { "id": "35436" } });
    let all = futures::future::join_all((0..20).map(|_| world.deliver("support", &body))).await;
    assert!(all.iter().all(|status| *status == StatusCode::OK));
    assert_eq!(world.tenant.intake().counts(), Taken { changed: 1, repeated: 19, ..Taken::default() });
}

const SUBJECTS: &str = "{ viewer { account { tickets(first: 50) { nodes { number subject } } } } }";

#[tokio::test]
async fn what_changed_is_read_again_and_what_did_not_is_not() {
    let world = World::open().await;
    let subjects = async || world.ask(ANA, SUBJECTS).await["data"]["viewer"]["account"]["tickets"]["nodes"].clone();
    let before = subjects().await;
    let number = before[0]["number"].as_str().unwrap().to_owned();
    let organization = {
        let mut business = world.business.state.write();
        let ticket = business.tickets.iter_mut().find(|ticket| ticket.id.to_string() == number).unwrap();
        "The pump leaks again".clone_into(&mut ticket.subject);
        ticket.organization.unwrap()
    };
    assert_eq!(subjects().await, before, "kept for ten seconds");
    let event = |id: &str, ticket: &str| {
        json!({ "id": id, "type": "zen:event-type:ticket.subject_changed", "time": "2026-03-10T12:00:00Z",
            "detail": { "id": ticket, "organization_id": organization.to_string() } })
    };
    let forged = Request::post("/webhooks/demo/support").body(Body::from(event("x", &number).to_string())).unwrap();
    assert_eq!(world.send(forged).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(subjects().await, before, "what nobody proved changes nothing");
    assert_eq!(world.deliver("support", &event("e1", &number)).await, StatusCode::OK);
    assert_eq!(subjects().await[0]["subject"], "The pump leaks again");
}
