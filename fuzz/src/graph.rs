//! A tenant's own graph files: an input is one of them, loaded behind the shipped schema.

use vestibule::config::Unprovided;
use vestibule::graph::{Coverage, load, prune};
use vestibule::tenant::SCHEMA;

/// Loads it, and takes everything out that no source provides.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let files = [(SCHEMA.0.to_owned(), SCHEMA.1.to_owned()), ("made-up.graphql".to_owned(), text.to_owned())];
    let (loaded, report) = load(&files);
    assert_eq!(loaded.is_none(), report.has_errors(), "there is a graph where there are no errors");
    for problem in report.sorted() {
        assert!(!problem.message.is_empty() && !problem.remedy.is_empty(), "{problem} says too little");
    }
    if let Some(loaded) = loaded {
        assert!(
            prune(&loaded, &Coverage::default(), Unprovided::Omit).is_ok(),
            "what is left of a valid graph is valid"
        );
    }
}
