//! Every code of a diagnostic, whatever kind of file it is about.

/// The codes with what each means, in the order of the documentation: graph, its lock, manifests, configuration.
#[must_use]
pub fn diagnostics() -> Vec<(&'static str, &'static str)> {
    let kinds = [
        crate::graph::codes::ALL,
        crate::graph::changes::codes::ALL,
        crate::connector::load::codes::ALL,
        crate::config::codes::ALL,
        crate::source::codes::ALL,
        crate::outgoing::codes::ALL,
        super::codes::ALL,
    ];
    let mut all = kinds.concat();
    let kind = |code: &str| ["G", "L", "M", "C"].iter().position(|letter| code.starts_with(letter));
    all.sort_by_key(|(code, _)| (kind(code).unwrap_or(usize::MAX), *code));
    all
}
