//! The demo's configuration, assembled once: the whole graph and the four shipped connectors. Nothing is ever sent.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use vestibule::clock::ManualClock;
use vestibule::connector::Connector;
use vestibule::connector::load::{LoadInput, SourceFile, load};
use vestibule::diagnostic::Report;
use vestibule::model::{Key, ReadContext};
use vestibule::tenant::{Assembly, assemble};

static DEMO: LazyLock<Assembly> = LazyLock::new(|| {
    let (assembly, report) = assemble(&vestibule::demo::setup(None, None));
    assembly.unwrap_or_else(|| panic!("the demo's configuration is broken: {:?}", report.sorted()))
});

/// The demo's configuration, graph, connectors.
pub fn demo() -> &'static Assembly {
    &DEMO
}

static ORDERS: LazyLock<Arc<Connector>> = LazyLock::new(|| {
    let file = |name: &str, text: &str| SourceFile { name: name.into(), shown: name.into(), text: text.into() };
    let files = [
        file("connector.yaml", include_str!("../connectors/orders/connector.yaml")),
        file("entities/Order.yaml", include_str!("../connectors/orders/entities/Order.yaml")),
    ];
    let (connector, report) = loaded(&files, &[]);
    Arc::new(connector.unwrap_or_else(|| panic!("the connector of orders is broken: {:?}", report.sorted())))
});

/// The connector of a source of the demo, or `orders`: one that speaks OData V4, which no shipped one does.
pub fn connector(source: &str) -> Option<Arc<Connector>> {
    if source == "orders" {
        return Some(Arc::clone(&ORDERS));
    }
    let catalog = &demo().catalog;
    let info = catalog.sources.get(usize::from(catalog.source_id(source)?.0))?;
    Some(Arc::clone(&info.connector))
}

/// Manifests, loaded against the demo's graph, with values for those settings and secrets of shipped connectors that the
/// text of these speaks of: a connector may not be given others than it has.
pub fn loaded(files: &[SourceFile], overlay: &[SourceFile]) -> (Option<Connector>, Report) {
    let named = |name: &&str| files.iter().any(|file| file.text.contains(name));
    let settings = [("address", "https://system.example.com"), ("client", "100"), ("host", "system.example.com")];
    let settings = settings.into_iter().filter(|(name, _)| named(&&*format!("{name}: {{ type")));
    let secrets = ["token", "user", "password", "apiKey", "email", "apiToken"].into_iter().filter(|name| {
        files.iter().any(|file| file.text.lines().any(|line| line.starts_with("secrets:") && line.contains(name)))
    });
    load(LoadInput {
        name: "made-up",
        files,
        overlay,
        graph: &demo().graph,
        settings: &settings.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        secrets: &secrets.map(str::to_owned).collect(),
        auth: None,
        sources: &["crm", "erp", "billing", "support"].map(str::to_owned).into(),
    })
}

/// A clock that stands still.
pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(jiff::Timestamp::constant(1_788_000_000, 0)))
}

/// The request that every read is for.
pub fn context() -> Arc<ReadContext> {
    Arc::new(ReadContext {
        locale: Arc::from("de-AT"),
        account: Key::new("1000123").into_iter().collect(),
        contact: Key::new("501"),
        live: false,
        deadline: Duration::from_secs(10),
        timings: None,
    })
}
