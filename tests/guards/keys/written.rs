//! What people write, through every request of every write: texts, keys of the records they name, their own names, and what
//! systems answer in between.

use std::sync::Arc;

use futures::executor::block_on;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use vestibule::connector::{Back, Connector, EntityMapping, WriteMapping, WriteWay};
use vestibule::graph::{Member, MemberKind, Mutation};
use vestibule::model::{Key, Person, ReadContext, Wire};
use vestibule::protocol::{Binding, Row, WriteRow, engine};
use vestibule::upstream::Transport;

use super::asked::SOURCES;
use super::sent::{Sent, exactly};
use super::{assert_none, hostile};
use crate::targets::world;

const HARMLESS: &str = "Harmless70";
/// Keys as one system or the other writes them.
const KEYS: [&str; 6] = ["70717273", "70717273-1", "cus_70717273", "sub_70717273", "in_70717273", "10"];
/// Whatever a step before the write or a list may ask for.
const ANSWER: &str = r#"{"id":"1","user":{"id":1},"upload":{"token":"t"},"ticket":{"id":1,"updated_at":"2026-01-01T00:00:00Z"},
    "d":{"results":[{"SalesOrder":"1","SalesOrderItem":"10","__metadata":{"etag":"W/\"x\""}},{"SalesOrder":"1","SalesOrderItem":"20"}]}}"#;

/// A write that a mutation does.
struct Written {
    name: String,
    connector: Arc<Connector>,
    mutation: Arc<Mutation>,
}

/// Where the text is put.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    /// Into a text of the input, by its path.
    Input(String),
    /// Into the key of a record that the input names.
    Named(String),
    /// Into the key of the record that is changed.
    Itself,
    /// Into the name of who writes.
    Person,
    /// Into the version that the person has seen.
    Version,
    /// Into what the system answers before the write.
    Answer,
}

impl Written {
    fn of(&self) -> &EntityMapping {
        &self.connector.entities[&self.mutation.entity]
    }

    fn write(&self) -> &WriteMapping {
        &self.of().writes[&self.mutation.operation]
    }

    /// Everywhere that a text may come in.
    fn places(&self) -> Vec<Place> {
        fn walk(members: &[Member], path: &str, all: &mut Vec<Place>) {
            for member in members {
                let at = if path.is_empty() { member.name.to_string() } else { format!("{path}.{}", member.name) };
                match &member.kind {
                    MemberKind::Plain if &*member.named == "String" => all.push(Place::Input(at)),
                    MemberKind::Record(_) => all.push(Place::Named(at)),
                    MemberKind::Object(below) => walk(below, &at, all),
                    _ => {}
                }
            }
        }
        let mut all = vec![Place::Itself, Place::Person, Place::Version, Place::Answer];
        walk(&self.mutation.members, "", &mut all);
        all
    }

    /// What is sent with a text in that place.
    fn sent(&self, (place, text): (&Place, &str), key: &str) -> Sent {
        let text_in = |of: Place, usual: &str| if *place == of { text.to_owned() } else { usual.to_owned() };
        let input = object((&self.mutation.members, ""), (place, text), key);
        let (of, write) = (self.of(), self.write());
        let graph = &world::demo().graph;
        let back = Back { connector: &self.connector, of, graph, creates: write.creates };
        let Ok(values) = back.values(write, &input) else { return Sent::by(Vec::new(), |_| ()) };
        let own = Key::from_parts(
            std::iter::once(text_in(Place::Itself, key).as_str()).chain(of.key.iter().skip(1).map(|_| "1")),
        );
        let Some(own) = own else { return Sent::by(Vec::new(), |_| ()) };
        // What hangs on a record is changed only where it says so itself.
        let whose = format!("\"SalesOrder\":{}", serde_json::Value::from(own.first()));
        let row = serde_json::json!({ "id": "1" });
        let before = Row {
            row: Wire::Object(
                row.as_object()
                    .unwrap()
                    .iter()
                    .map(|(name, _)| (name.as_str().into(), Wire::Text("1".into())))
                    .collect(),
            ),
            facets: vec![Wire::Null; of.facets.len()],
            parent: None,
            etag: Some("W/\"7\"".into()),
        };
        let known = world::context().contact.clone().filter(|_| *place != Place::Person);
        let row = WriteRow {
            write,
            key: write.by_key.then_some(own),
            input,
            values,
            before: write.by_key.then_some(before),
            version: Some(text_in(Place::Version, "2026-01-01T00:00:00Z").into()),
            reference: "0123456789abcdef0123456789abcdef".into(),
            files: &[],
            person: Person {
                name: Some(text_in(Place::Person, "Ann Example").into()),
                email: Some("ann@example.com".into()),
            },
            // Only of somebody whom the system does not know is the name sent.
            context: Arc::new(ReadContext { contact: known, ..(*world::context()).clone() }),
        };
        let answered = |text: &str| ANSWER.replace("\"10\"", &serde_json::Value::from(text).to_string());
        let answer = if *place == Place::Answer { answered(text) } else { ANSWER.to_owned() };
        // After the text is in: the key may be "10" itself.
        let answer = answer.replace("\"SalesOrder\":\"1\"", &whose);
        let done = |transport: Arc<dyn Transport>| {
            let engine = engine(Binding {
                source: Arc::from("source"),
                connector: Arc::clone(&self.connector),
                transport,
                clock: world::clock(),
                graph: Arc::clone(graph),
            });
            drop(block_on(engine.write(of, &row)));
        };
        Sent::by(vec![answer], done)
    }
}

/// An input with everything in it that has a usual value.
fn object((members, path): (&[Member], &str), (place, text): (&Place, &str), key: &str) -> Wire {
    let value = |member: &Member| -> Option<(Arc<str>, Wire)> {
        let at = if path.is_empty() { member.name.to_string() } else { format!("{path}.{}", member.name) };
        let one = match &member.kind {
            MemberKind::Object(below) => object((below, &at), (place, text), key),
            MemberKind::Record(_) if *place == Place::Named(at.clone()) => Wire::Text(Key::new(text)?.as_str().into()),
            MemberKind::Record(_) => Wire::Text(key.into()),
            MemberKind::Plain => match &*member.named {
                "String" if *place == Place::Input(at.clone()) => Wire::Text(text.into()),
                "String" => Wire::Text(format!("Fixed {at}").into()),
                "Decimal" => Wire::Text("12.5".into()),
                "Int" => Wire::Number("3".into()),
                "Boolean" => Wire::Bool(true),
                "Date" => Wire::Text("2026-12-01".into()),
                "URL" => Wire::Text("https://portal.example/back".into()),
                "Currency" | "CurrencyCode" => Wire::Text("EUR".into()),
                "CountryCode" => Wire::Text("DE".into()),
                _ => return None,
            },
            _ => return None,
        };
        let is_list = member.bounds.items.least.is_some() || member.bounds.items.most.is_some();
        Some((Arc::clone(&member.name), if is_list { Wire::List(vec![one]) } else { one }))
    };
    Wire::Object(members.iter().filter_map(value).collect())
}

/// Every write of the demo's sources that a mutation of the graph does.
fn all() -> Vec<Written> {
    let mut all = Vec::new();
    for source in SOURCES {
        let connector = world::connector(source).unwrap();
        for mutation in &world::demo().graph.mutations {
            let has =
                connector.entities.get(&mutation.entity).is_some_and(|of| of.writes.contains_key(&mutation.operation));
            if has {
                let name = format!("{source} {}", mutation.name);
                all.push(Written { name, connector: Arc::clone(&connector), mutation: Arc::clone(mutation) });
            }
        }
    }
    all
}

/// What stands in no key, and in any text.
fn typed() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\r\n",
        "\n",
        "\0",
        "\t",
        "\u{85}",
        "\u{2028}",
        "--",
        "--changes_0123456789abcdef\r\n",
        "--batch_changes--\r\n\r\n",
        "\r\nIf-Match: *\r\n\r\n",
        "PATCH A_SalesOrder('1') HTTP/1.1\r\n",
        "<script>",
        "{{",
        "${x}",
    ]);
    (hostile(), prop::collection::vec(pieces, 0..3), hostile()).prop_map(|(a, b, c)| a + &b.concat() + &c)
}

#[test]
fn what_people_write_stays_where_it_is_in_every_request_of_every_write() {
    let (mut reached, mut wrong) = (Vec::new(), Vec::new());
    let all = all();
    assert!(all.len() > 15, "{} writes", all.len());
    for written in &all {
        // The key that the system of this write would send.
        let key = KEYS.iter().find(|key| !written.sent((&Place::Itself, key), key).is_empty());
        let key = *key.unwrap_or_else(|| panic!("{} sends nothing", written.name));
        for place in written.places() {
            let is_key = matches!(place, Place::Named(_) | Place::Itself);
            // Another key than those of the records beside it.
            let harmless = if is_key { key.replace('3', "4") } else { HARMLESS.to_owned() };
            let harmless = harmless.as_str();
            let expected = written.sent((&place, harmless), key);
            // Keys that the system writes as numbers are none of these.
            if expected.is_empty() || !expected.has(harmless) {
                continue;
            }
            reached.push(format!("{} {place:?}", written.name));
            let config = ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() };
            let checked = TestRunner::new(config).run(&typed(), |text| {
                if is_key && Key::new(&text).is_none() {
                    return Ok(());
                }
                let sent = written.sent((&place, &text), key);
                // A value that cannot stand in its place is not sent at all, and nothing behind it.
                if sent.is_empty() {
                    Ok(())
                } else {
                    exactly(&expected, &sent, (harmless, &text)).map_err(TestCaseError::fail)
                }
            });
            wrong.extend(checked.err().map(|failure| format!("{} {place:?}: {failure}", written.name)));
        }
    }
    assert_none(&wrong);
    assert!(reached.len() > 30, "{reached:#?}");
    for needed in ["Person", "Answer", "Version", "Itself", "Input(\"comment\")", "Input(\"body\")"] {
        assert!(reached.iter().any(|place| place.contains(needed)), "no text comes through {needed}: {reached:#?}");
    }
}

#[test]
fn a_batch_of_changes_is_made_of_as_many_requests_as_there_are_rows() {
    let all = all();
    let each = all.iter().filter(|written| matches!(written.write().way, WriteWay::Each(_)));
    let mut seen = 0;
    for written in each {
        let sent = written.sent((&Place::Answer, "1'0\r\n--changes--\r\n"), "10");
        assert!(sent.has("1''0\r\n--changes--\r\n"), "the key of a row is a literal of its address, and nothing else");
        seen += 1;
    }
    assert!(seen > 0);
}
