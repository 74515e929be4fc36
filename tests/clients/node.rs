//! Runs the scripts of `tests/node` against a gateway.

use std::io::Write as _;
use std::process::Command;

use super::portal::{ANA, Portal};
use super::shared;

pub use super::shared::folder;

/// Runs a script with the address of the graph and a token in its environment, and answers with what it printed.
pub async fn run(portal: &Portal, script: &str) -> String {
    start(portal, "node", &[script]).await
}

/// The same for the command of a package.
pub async fn tool(portal: &Portal, name: &str, arguments: &[&str]) -> String {
    let path = folder().join("node_modules/.bin").join(name);
    start(portal, path.to_str().unwrap(), arguments).await
}

async fn start(portal: &Portal, program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(arguments).env("GATEWAY", portal.url("/graphql")).env("TOKEN", portal.token(ANA));
    shared::run(command).await
}

/// Says something that is seen although tests pass: a run's summary belongs into the log of a build.
pub fn tell(line: &str) {
    let line = format!("{}\n", line.trim());
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
