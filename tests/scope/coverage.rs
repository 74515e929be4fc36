//! That `everything.graphql` really asks for everything.

use std::collections::BTreeSet;

use apollo_compiler::executable::Selection;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Schema};

use crate::gateway::{Cache, EVERYTHING, assembled, setup};

/// What a customer is refused, so that asking for it only adds errors.
const FOR_STAFF: [&str; 3] = ["Provenance.system", "Provenance.key", "Provenance.url"];

#[test]
fn everything_that_is_served_is_asked_for() {
    let (setup, _folder) = setup(None, Cache::On);
    let schema = assembled(&setup).served.schema;
    let document = ExecutableDocument::parse_and_validate(&schema, EVERYTHING, "everything.graphql").expect("valid");
    let mut asked = BTreeSet::new();
    let operations = document.operations.iter().map(|operation| &operation.selection_set);
    let fragments = document.fragments.values().map(|fragment| &fragment.selection_set);
    let mut open: Vec<_> = operations.chain(fragments).collect();
    while let Some(set) = open.pop() {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    asked.insert(format!("{}.{}", set.ty, field.name));
                    open.push(&field.selection_set);
                }
                Selection::InlineFragment(fragment) => open.push(&fragment.selection_set),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    let mut missing = Vec::new();
    for name in readable(&schema) {
        let Some(ExtendedType::Object(object)) = schema.types.get(&*name) else { continue };
        let fields = object.fields.keys().map(|field| format!("{name}.{field}"));
        let for_all = fields.filter(|coordinate| !FOR_STAFF.contains(&&**coordinate));
        missing.extend(for_all.filter(|coordinate| !asked.contains(coordinate)));
    }
    assert_eq!(missing, Vec::<String>::new());
}

/// The types that a query comes by; what writes and subscriptions answer besides, other suites ask for.
fn readable(schema: &Schema) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec!["Query".to_owned()];
    while let Some(name) = open.pop() {
        let fields = match schema.types.get(&*name) {
            Some(ExtendedType::Object(object)) => &object.fields,
            Some(ExtendedType::Interface(interface)) => &interface.fields,
            _ => continue,
        };
        if name.starts_with("__") || !found.insert(name.clone()) {
            continue;
        }
        open.extend(fields.values().map(|field| field.ty.inner_named_type().to_string()));
        open.extend(
            schema.implementers_map().get(&*name).into_iter().flat_map(|of| of.iter().map(ToString::to_string)),
        );
    }
    found
}
