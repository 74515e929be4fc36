//! Runs the scripts of `tests/node` against a gateway.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use super::portal::{ANA, Portal};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node")
}

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
    let told_as = format!("{program} {}", arguments.join(" "));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder()).stdin(Stdio::null());
    // A client that hangs ends by itself, as a failure.
    command.env("NODE_OPTIONS", "--import=./watchdog.mjs");
    command.env("GATEWAY", portal.url("/graphql")).env("TOKEN", portal.token(ANA));
    let ended = tokio::task::spawn_blocking(move || {
        packages();
        let output = command.output().unwrap_or_else(|error| panic!("{told_as} does not start: {error}"));
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{told_as}\n{told}\n{}", String::from_utf8_lossy(&output.stderr));
        told
    });
    ended.await.unwrap()
}

/// Says something that is seen although tests pass: a run's summary belongs into the log of a build.
pub fn tell(line: &str) {
    let line = format!("{}\n", line.trim());
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Installs the packages where they are not there yet: exactly those of the lock.
fn packages() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        if !installed() {
            let install = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder()).status();
            assert!(install.expect("npm is installed").success(), "npm ci failed in tests/node");
        }
    });
}

/// Whether every package of `package.json` is there, in its version.
fn installed() -> bool {
    let read = |path: PathBuf| -> Option<Value> { serde_json::from_slice(&std::fs::read(path).ok()?).ok() };
    let wanted = read(folder().join("package.json")).expect("tests/node/package.json");
    wanted["dependencies"].as_object().unwrap().iter().all(|(name, version)| {
        read(folder().join("node_modules").join(name).join("package.json"))
            .is_some_and(|own| own["version"] == *version)
    })
}
