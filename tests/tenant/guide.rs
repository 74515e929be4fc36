//! `docs/guide-your-own-system.md`, as a reader goes through it: every file is written, every command is run, in the order of the
//! page and with the real binary, and every answer that the page shows is compared with the one that comes.
//!
//! A block's first line says what it is: `file=NAME` is written; `sh` is run and succeeds, `sh fails` fails, `sh background=PORT`
//! goes on until the end and listens there; `text` is what the command before it said, `…` standing for anything. Ports are free
//! ones, so that the test disturbs nobody.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

const GUIDE: &str = include_str!("../../docs/guide-your-own-system.md");

/// A fenced block of the page: its first line, its text, and the line of the page it begins in.
struct Block {
    info: String,
    text: String,
    line: usize,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (at, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(info), None) => open = Some(Block { info: info.to_owned(), text: String::new(), line: at + 1 }),
            (None, Some(block)) => block.text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block that does not end");
    blocks
}

/// The reader's folder, and what runs in the background.
struct Reader {
    folder: TempDir,
    running: Vec<Child>,
}

impl Reader {
    fn shell(&self, script: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_vestibule")).parent().unwrap();
        #[expect(clippy::disallowed_methods, reason = "the shell needs its search path")]
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        // One stream, in the order in which a terminal would show it.
        command.args(["-euo", "pipefail", "-c", &format!("exec 2>&1\n{script}")]);
        command.current_dir(self.folder.path()).env("PATH", path).stdin(Stdio::null());
        command
    }

    /// Starts a command and waits until it listens.
    fn start(&mut self, script: &str, port: u16) {
        let command = format!("exec {}", script.trim());
        let child = self.shell(&command).stdout(Stdio::null()).spawn().unwrap();
        self.running.push(child);
        let listens = || TcpStream::connect(("127.0.0.1", port)).is_ok();
        let waited = (0..3000).any(|_| {
            listens() || {
                std::thread::sleep(Duration::from_millis(20));
                false
            }
        });
        assert!(waited, "nothing listens on {port}: {script}");
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        for child in &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Whether a text is as shown, `…` standing for anything.
fn is_as_shown(shown: &str, text: &str) -> bool {
    let mut rest = text.trim();
    let parts: Vec<&str> = shown.trim().split('…').collect();
    for (at, part) in parts.iter().enumerate() {
        // What is left out at a line's end or beginning may be the line's break, too.
        let part = if parts.len() > 1 { part.trim_matches('\n') } else { part };
        let found = match (at, at + 1 == parts.len()) {
            (0, true) => (rest == part).then_some(0),
            (0, false) => rest.starts_with(part).then_some(0),
            (_, true) => rest.ends_with(part).then(|| rest.len() - part.len()),
            (_, false) => rest.find(part),
        };
        match found {
            Some(found) => rest = &rest[found + part.len()..],
            None => return false,
        }
    }
    true
}

#[test]
fn every_command_of_the_guide_says_what_the_guide_shows() {
    let (desk, gateway) = (free_port().to_string(), free_port().to_string());
    let page = GUIDE.replace("7070", &desk).replace("4000", &gateway);
    let mut reader = Reader { folder: tempfile::tempdir().unwrap(), running: Vec::new() };
    let mut said = String::new();
    let mut shown = 0;
    for block in blocks(&page) {
        let (kind, rest) = block.info.split_once(' ').unwrap_or((&block.info, ""));
        if let Some(name) = rest.strip_prefix("file=") {
            reader.write(name, &block.text);
        } else if let Some(port) = rest.strip_prefix("background=") {
            reader.start(&block.text, port.parse().unwrap());
        } else if kind == "sh" {
            let output = reader.shell(&block.text).output().unwrap();
            said = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.success(), rest != "fails", "line {}:\n{}\n{said}", block.line, block.text);
        } else {
            assert_eq!(kind, "text", "line {}", block.line);
            assert!(is_as_shown(&block.text, &said), "line {}: shown\n{}\nsaid\n{said}", block.line, block.text);
            shown += 1;
        }
    }
    assert!(shown >= 10, "{shown} answers are shown");
    fits_its_schemas(reader.folder.path());
}

/// What the reader's editor would have said: nothing in the end, and something of the mistake.
fn fits_its_schemas(folder: &Path) {
    let mut seen = 0;
    let files = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.unwrap().into_path());
    for path in files.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let Some(named) = text.lines().next().and_then(|line| line.strip_prefix("# yaml-language-server: $schema="))
        else {
            continue;
        };
        let schema = std::fs::read_to_string(path.parent().unwrap().join(named)).unwrap();
        let schema = jsonschema::validator_for(&serde_json::from_str::<Value>(&schema).unwrap()).unwrap();
        let problems = |text: &str| {
            let value: Value = serde_saphyr::from_str(text).unwrap();
            schema.iter_errors(&value).map(|error| error.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(problems(&text), Vec::<String>::new(), "{}", path.display());
        if text.contains("from: state") {
            assert!(!problems(&text.replace("from: state", "form: state")).is_empty(), "{}", path.display());
        }
        seen += 1;
    }
    assert!(seen >= 5, "{seen} manifests name a schema");
}

#[test]
fn what_is_shown_may_leave_out_and_may_not_differ() {
    assert!(is_as_shown("a\nb\n", "a\nb"));
    assert!(is_as_shown("a…d", "abcd") && is_as_shown("…\nc\n…", "a\nb\nc\nd") && is_as_shown("a\n…", "a\nb"));
    assert!(
        !is_as_shown("a", "ab")
            && !is_as_shown("a…c", "abd")
            && !is_as_shown("…c…b", "abc")
            && !is_as_shown("b…", "ab")
    );
}
