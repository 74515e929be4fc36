//! Manifests: loaded against the demo's graph, and used where they load.
//!
//! An input is files, each behind a line `%% NAME`: `connector.yaml`, `entities/Order.yaml`, and `overlay/…` for those of
//! an overlay.

use vestibule::connector::load::SourceFile;

use super::{parts, upstream, world};

/// The most files of an input: each is loaded, and shipped connectors have fewer.
const FILES: usize = 12;

/// Loads the files, and reads with the connector that comes of them.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (mut own, mut overlay) = (Vec::new(), Vec::new());
    for (name, text) in parts(text).into_iter().filter(|(name, _)| !name.is_empty()).take(FILES) {
        let (list, inner) = match name.strip_prefix("overlay/") {
            Some(inner) => (&mut overlay, inner),
            None => (&mut own, name),
        };
        list.push(SourceFile { name: inner.into(), shown: name.into(), text: text.into() });
    }
    let (connector, report) = world::loaded(&own, &overlay);
    assert_eq!(connector.is_none(), report.has_errors(), "there is a connector where there are no errors");
    for problem in report.sorted() {
        assert!(!problem.message.is_empty() && !problem.remedy.is_empty(), "{problem} says too little");
    }
    if let Some(connector) = connector {
        upstream::every_read(&std::sync::Arc::new(connector));
    }
}
