//! What is answered when an address is registered (`scenarios/handshakes.yaml`).

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde::Deserialize;
use serde_json::json;
use vestibule::tenant::Taken;

use super::world::World;

/// How one connector says that registrations are answered, and what systems ask.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    /// What is promised.
    title: String,
    /// The desk's `handshake`, as its manifest would write it; as the demo has it, where nothing is said.
    handshake: Option<String>,
    asks: Vec<Ask>,
}

/// A request without a signature, and what is answered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    /// `GET /webhooks/demo/support?challenge=ok`; `{long}` stands for 1,025 letters.
    request: String,
    #[serde(default)]
    with: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    status: u16,
    /// The whole body of the answer.
    answer: Option<String>,
    /// Headers of the answer; null is none.
    #[serde(default)]
    headers: BTreeMap<String, Option<String>>,
}

impl Ask {
    /// What is not as it should be.
    async fn play(&self, world: &World) -> Result<(), String> {
        let long = |text: &str| text.replace("{long}", &"x".repeat(1025));
        let (method, address) = self.request.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(long(address));
        for (name, value) in &self.with {
            request = request.header(name, value);
        }
        let (status, headers, body) = world.send(request.body(Body::from(long(&self.body))).unwrap()).await;
        if status.as_u16() != self.status {
            return Err(format!("{}: not {}, but {status}: {body}", self.request, self.status));
        }
        if self.answer.as_ref().is_some_and(|answer| *answer != body) {
            return Err(format!("{}: the answer is {body:?}", self.request));
        }
        for (name, expected) in &self.headers {
            let found = headers.get(name).map(|value| value.to_str().unwrap().to_owned());
            if found != *expected {
                return Err(format!("{}: {name} is {found:?}, not {expected:?}", self.request));
            }
        }
        Ok(())
    }
}

#[tokio::test]
async fn registrations_are_answered() {
    let scenarios: Vec<Scenario> = serde_saphyr::from_str(include_str!("scenarios/handshakes.yaml")).unwrap();
    assert!(!scenarios.is_empty());
    for Scenario { title, handshake, asks } in scenarios {
        let world = match &handshake {
            Some(handshake) => World::with_handshake(handshake).await,
            None => World::open().await,
        };
        for ask in asks {
            ask.play(&world).await.unwrap_or_else(|why| panic!("{title}\n    {why}"));
        }
        // Events are taken beside it, and nothing of what was asked is one.
        let event = json!({ "id": "e1", "type": "zen:event-type:ticket.created", "detail": { "id": "35436" } });
        assert_eq!(world.deliver("support", &event).await, StatusCode::OK, "{title}");
        assert_eq!(world.tenant.intake().counts(), Taken { changed: 1, ..Taken::default() }, "{title}");
    }
}
