//! The packages of `tests/node`, and how its scripts are run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node")
}

/// Runs a program in that folder, and answers with what it printed; one that hangs ends by itself, as a failure.
pub async fn run(mut command: Command) -> String {
    command.current_dir(folder()).stdin(Stdio::null()).env("NODE_OPTIONS", "--import=./watchdog.mjs");
    let ended = tokio::task::spawn_blocking(move || {
        packages();
        let output = command.output().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{command:?}\n{told}\n{}", String::from_utf8_lossy(&output.stderr));
        told
    });
    ended.await.unwrap()
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
