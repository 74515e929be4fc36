//! Gateways that run while a test asks them.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::ran;

/// A process of ours that is ended with the test.
pub struct Served {
    child: Child,
    pub address: SocketAddr,
}

impl Served {
    pub fn start(mut command: Command, address: SocketAddr) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self { child, address }
    }

    /// The demo by this command, and where its business is controlled.
    pub async fn demo(mut command: Command, client: &reqwest::Client) -> (Self, String) {
        let (port, control) = (free_port(), free_port());
        command.args(["demo", "--port", &port.to_string(), "--control-port", &control.to_string()]);
        let demo = Self::start(command, SocketAddr::from(([127, 0, 0, 1], port))).ready(client).await;
        (demo, format!("http://127.0.0.1:{control}"))
    }

    pub async fn ready(self, client: &reqwest::Client) -> Self {
        for _ in 0..600 {
            if let Ok(answer) = client.get(self.url("/readyz")).send().await
                && answer.status() == 200
            {
                return self;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it never got ready");
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The demo's people.
    pub async fn people(&self, client: &reqwest::Client) -> Vec<BTreeMap<String, String>> {
        serde_json::from_str(&text(client, &self.url("/demo/people")).await).unwrap()
    }

    /// What somebody who is signed in is answered.
    pub async fn answer(&self, client: &reqwest::Client, token: &str, query: &str) -> reqwest::Response {
        let sent = client.post(self.url("/graphql")).bearer_auth(token).header("content-type", "application/json");
        sent.body(json!({ "query": query }).to_string()).send().await.unwrap()
    }

    /// Ends it as an operating system does; what it came to.
    pub fn terminate(mut self) -> (i32, String, String) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        let taken = |child: &mut Child| Output {
            status: child.wait().unwrap(),
            stdout: read(child.stdout.take()),
            stderr: read(child.stderr.take()),
        };
        ran(taken(&mut self.child))
    }
}

fn read(stream: Option<impl std::io::Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub async fn text(client: &reqwest::Client, url: &str) -> String {
    client.get(url).send().await.unwrap().text().await.unwrap()
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn client() -> reqwest::Client {
    #[expect(clippy::disallowed_methods, reason = "tests are clients")]
    reqwest::Client::new()
}
