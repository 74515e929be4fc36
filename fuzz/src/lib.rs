//! What is done with a made-up input, one module for each target.
//!
//! libFuzzer calls these functions through `fuzz/targets`, and the gateway's own tests replay the kept inputs through the
//! same functions (`tests/guards/corpus.rs`). A function that panics, recurses without end or takes too long has found
//! something; beside that, each checks what must hold for every input.

pub mod cel;
pub mod config;
pub mod file_link;
pub mod graph;
pub mod http;
pub mod manifest;
pub mod query;
pub mod signature;
pub mod upstream;
pub mod webhook;
pub mod world;

/// The parts of an input, between lines that begin with `%%`: what stands behind the sign, and the lines below it.
///
/// What comes before the first sign is a part without a name.
pub fn parts(text: &str) -> Vec<(&str, &str)> {
    let mut parts = Vec::new();
    let (mut name, mut begun, mut at) = ("", 0, 0);
    for line in text.split_inclusive('\n') {
        if let Some(next) = line.strip_prefix("%%") {
            parts.push((name, &text[begun..at]));
            name = next.trim();
            begun = at + line.len();
        }
        at += line.len();
    }
    parts.push((name, &text[begun..]));
    parts
}
