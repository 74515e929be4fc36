//! The reference implementation: one process of node for the whole run, asked over its standard input.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::case::Case;
use crate::gateway::World;

/// A running process.
pub struct Reference {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Reference {
    /// Starts it; installs the reference implementation where it is missing.
    pub fn start() -> Self {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        install(&tests.join("node"));
        let mut child = Command::new("node")
            .arg(tests.join("oracle/reference.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node 20 has to be installed");
        let to = child.stdin.take().expect("a pipe");
        let from = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, to, from }
    }

    /// From now on the cases are of this schema.
    pub fn open(&mut self, world: &World) {
        let answer: Value = serde_json::from_str(&self.ask(&json!({ "world": world.told() }))).expect("JSON");
        assert!(
            answer["problem"].is_null(),
            "the served schema is refused: {}\n{}",
            answer["problem"],
            world.served.schema
        );
    }

    /// The answers to cases of the schema that is open, as JSON.
    pub fn answers(&mut self, world: &World, cases: &[Case]) -> Vec<String> {
        let mut data: Vec<Arc<Value>> = Vec::new();
        let one = |case: &Case| {
            if data.last().is_none_or(|last| !Arc::ptr_eq(last, &case.data)) {
                data.push(Arc::clone(&case.data));
            }
            let variables: Value = serde_json::from_str(&world.sealed(&case.variables.to_string())).expect("JSON");
            let document = world.sealed(&case.document);
            json!({ "data": data.len() - 1, "document": document, "operation": case.operation, "variables": variables })
        };
        let cases: Vec<Value> = cases.iter().map(one).collect();
        let text = self.ask(&json!({ "data": data, "cases": cases }));
        let answers: Vec<Box<RawValue>> = serde_json::from_str(&text).expect("JSON");
        answers.into_iter().map(|answer| answer.get().to_owned()).collect()
    }

    fn ask(&mut self, message: &Value) -> String {
        let line = format!("{message}\n");
        self.to.write_all(line.as_bytes()).expect("node reads");
        self.to.flush().expect("node reads");
        let mut line = String::new();
        self.from.read_line(&mut line).expect("node answers");
        assert!(!line.is_empty(), "node has ended; its message is above");
        line
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn install(folder: &Path) {
    if folder.join("node_modules/graphql/package.json").exists() {
        return;
    }
    let done = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder).status();
    assert!(done.expect("npm has to be installed").success(), "`npm ci` failed in {}", folder.display());
}
