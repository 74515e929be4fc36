//! `examples/portal-over-four-apis`: a business with four systems of its own, and a connector of its own for each.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use vestibule::config::{Given, Origin};
use vestibule::tenant::{Asked, Overlays, Setup, Shelf, assemble, explain};

fn setup() -> Setup {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/portal-over-four-apis");
    let text = std::fs::read_to_string(folder.join("vestibule.yaml")).unwrap();
    let mut variables = BTreeMap::from([("SEALING_KEY".to_owned(), "what this test seals its ids with".to_owned())]);
    for system in ["CRM", "ERP", "BILLING", "SUPPORT"] {
        variables.insert(format!("{system}_ADDRESS"), "http://127.0.0.1:9".to_owned());
        variables.insert(format!("{system}_TOKEN"), "a token".to_owned());
    }
    Setup {
        origin: Origin { name: Arc::from("vestibule.yaml"), folder: folder.clone(), text },
        environment: Arc::new(Given(variables)),
        shelf: Shelf::new(Some(folder.join("own"))),
        overlays: Overlays::Configured,
    }
}

#[tokio::test]
async fn the_example_loads_without_a_word_and_its_page_takes_five_calls_in_two_rounds() {
    let (assembly, report) = assemble(&setup());
    let told: Vec<String> = report.sorted().iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    let assembly = assembly.unwrap();
    let document = include_str!("../../examples/portal-over-four-apis/dashboard.graphql");
    let variables = json!({ "id": "any" }).as_object().unwrap().clone();
    let plan = explain(&assembly, Asked { document, operation: None, variables: &variables }).await.unwrap();
    assert_eq!((plan.usual, plan.rounds), (5, 2), "{plan}");
    let permissions: Vec<&str> = plan.permissions.iter().map(|name| &**name).collect();
    assert_eq!(permissions, ["billing:read", "orders:read", "tickets:read"], "its rules hold for everything in it");
}
