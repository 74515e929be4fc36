//! Configurations: an input is one file.

use vestibule::config::{Origin, load};

/// Loads it.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (loaded, report) = load(Origin { name: "made-up.yaml".into(), folder: ".".into(), text: text.to_owned() });
    assert_eq!(loaded.is_none(), report.has_errors(), "there is a configuration where there are no errors");
    for problem in report.sorted() {
        assert!(!problem.message.is_empty() && !problem.remedy.is_empty(), "{problem} says too little");
    }
}
