//! Random selections over the schema: no panic, valid JSON, and never a record of somebody else.

use apollo_compiler::Schema;
use apollo_compiler::schema::ExtendedType;
use proptest::prelude::*;
use serde_json::json;

use super::portal::Portal;

/// Turns a string of numbers into a document: each choice takes the next number.
struct Choices<'a> {
    schema: &'a Schema,
    numbers: std::slice::Iter<'a, u8>,
    portal: &'a Portal,
    aliases: u32,
}

impl Choices<'_> {
    fn next(&mut self, below: usize) -> usize {
        usize::from(self.numbers.next().copied().unwrap_or(0)) % below.max(1)
    }

    fn selection(&mut self, ty: &str, depth: u32) -> String {
        let mut text = String::from("{ __typename ");
        let fields = match self.schema.types.get(ty).unwrap() {
            ExtendedType::Object(object) => &object.fields,
            ExtendedType::Interface(interface) => &interface.fields,
            _ => panic!("{ty} has no fields"),
        };
        if matches!(ty, "Node" | "Record") {
            let kinds = ["Order", "Account", "Contact", "Shipment", "Ticket", "Message", "Product", "Notification"];
            for _ in 0..=self.next(3) {
                let kind = kinds[self.next(kinds.len())];
                text += &format!("... on {kind} {} ", self.selection(kind, depth + 1));
            }
        }
        for _ in 0..=self.next(5) {
            let (name, field) = fields.get_index(self.next(fields.len())).unwrap();
            let inner = field.ty.inner_named_type();
            let nested = self.schema.types.get(inner).is_some_and(|ty| !ty.is_leaf());
            if nested && depth > 6 {
                continue;
            }
            // Every key is its own: what can be merged is tested elsewhere.
            self.aliases += 1;
            text += &format!("f{}: {name}", self.aliases);
            text += &self.arguments(name, field);
            if self.next(8) == 1 {
                text += " @live";
            }
            if nested {
                text += &format!(" {}", self.selection(inner, depth + 1));
            }
            text.push(' ');
        }
        text + "}"
    }

    fn arguments(&mut self, name: &str, field: &apollo_compiler::schema::FieldDefinition) -> String {
        let given = field.arguments.iter().filter_map(|argument| match argument.name.as_str() {
            "id" => Some(format!("id: {:?}", self.id(name))),
            "ids" => Some(format!("ids: [{:?}, {:?}]", self.id("node"), self.id("node"))),
            "text" => Some(format!("text: {:?}", ["FOREIGN", "Bro", "Bolt"][self.next(3)])),
            "first" if self.next(2) == 1 => Some(format!("first: {}", self.next(4))),
            _ => None,
        });
        let given: Vec<String> = given.collect();
        if given.is_empty() { String::new() } else { format!("({})", given.join(", ")) }
    }

    fn id(&mut self, field: &str) -> String {
        let all = [
            ("Order", "erp", "10"),
            ("Order", "erp", "99"),
            ("Shipment", "erp", "s9"),
            ("Shipment", "erp", "s1"),
            ("Ticket", "desk", "t9"),
            ("Message", "desk", "m9"),
            ("Contact", "crm", "c9"),
            ("Account", "crm", "a9"),
            ("Account", "crm", "a2"),
            ("Notification", "crm", "n9"),
        ];
        let fitting: Vec<_> =
            all.iter().filter(|(entity, ..)| field == "node" || entity.to_lowercase() == field).collect();
        match fitting.get(self.next(fitting.len())) {
            Some((entity, source, key)) => self.portal.id(entity, source, key),
            None => "forged".to_owned(),
        }
    }
}

/// A selection of a type, as these numbers choose it.
pub(super) fn selection(portal: &Portal, numbers: &[u8], ty: &str) -> String {
    let schema = std::sync::Arc::clone(&portal.executor.planner.schema);
    Choices { schema: &schema, numbers: numbers.iter(), portal, aliases: 0 }.selection(ty, 0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn nothing_foreign_gets_out(
        numbers in proptest::collection::vec(any::<u8>(), 20..400),
        hostile: bool,
        account in 0usize..3,
        fault in proptest::option::of(0usize..6),
    ) {
        let mut portal = Portal::new();
        *portal.tables.hostile.lock().unwrap() = hostile;
        portal.caller.current = (account < 2).then_some(account);
        let tables = portal.tables.rows.lock().unwrap().keys().copied().collect::<std::collections::BTreeSet<_>>();
        if let Some((source, entity)) = fault.and_then(|at| tables.iter().nth(at).copied()) {
            let error = crate::error::Error::new(crate::error::Code::UpstreamUnavailable, "FOREIGN detail");
            portal.tables.faults.lock().unwrap().insert((source, entity), error);
        }
        let query = format!("query {}", selection(&portal, &numbers, "Query"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answer = runtime.block_on(portal.run(&query, json!({})));
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        let body: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert!(body.get("data").is_some(), "{query}\n{text}");
        prop_assert!(!text.contains("FOREIGN"), "{query}\n{text}");
    }
}
