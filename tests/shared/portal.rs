//! The demo as it is started by its command: a gateway with its demo business, for suites that are its clients.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::oneshot;
use vestibule::demo::{self, Options};
use vestibule::tenant::Tenant;
use vestibule_sandbox::State;

/// A gateway with its demo business, from a cold cache; it is stopped when it is dropped.
pub struct Portal {
    pub gateway: String,
    pub control: String,
    pub state: Arc<State>,
    pub tenant: Arc<Tenant>,
    pub client: reqwest::Client,
    _stop: oneshot::Sender<()>,
}

impl Portal {
    pub async fn open() -> Self {
        let demo = demo::open(Options { port: 0, control_port: 0, ..Options::default() }).await.unwrap();
        let gateway = format!("http://{}", demo.address);
        let control = format!("http://{}", demo.business.control);
        let (state, tenant) = (Arc::clone(&demo.business.state), Arc::clone(&demo.tenant));
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(demo.serve(async move {
            let _ = stopped.await;
        }));
        #[expect(clippy::disallowed_methods, reason = "tests are clients")]
        let client = reqwest::Client::new();
        Self { gateway, control, state, tenant, client, _stop: stop }
    }

    pub async fn token(&self, email: &str) -> String {
        self.signed_in(&format!("as={email}")).await
    }

    /// The token of somebody who has just signed in with a second factor.
    pub async fn stepped_up(&self, email: &str) -> String {
        self.signed_in(&format!("as={email}&factor=second")).await
    }

    async fn signed_in(&self, how: &str) -> String {
        let url = format!("{}/demo/token?{how}", self.gateway);
        self.client.get(url).send().await.unwrap().text().await.unwrap()
    }

    /// The answer to a request.
    pub async fn send(&self, token: &str, request: &Value) -> Value {
        let post = self.client.post(format!("{}/graphql", self.gateway)).bearer_auth(token);
        let post = post.header("content-type", "application/json").body(request.to_string());
        serde_json::from_str(&post.send().await.unwrap().text().await.unwrap()).unwrap()
    }
}
