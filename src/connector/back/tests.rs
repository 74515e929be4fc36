//! An input is written as a row, and the row read again says what the input said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use proptest::prelude::*;

use super::{Back, taken};
use crate::connector::load::{LoadInput, SourceFile, load};
use crate::connector::{Connector, EntityMapping, MapInput, RowView, map_record};
use crate::graph::Graph;
use crate::model::{Arguments, EntityId, Key, ReadContext, RefusalCode, SourceId, Value, Wire};

/// How a system writes values: each wants its own form.
const PLAIN: &str = "{}";
const SECONDS: &str = "{ DateTime: unix, Date: unix, Money: minor, CurrencyCode: lower }";
const WRITTEN: &str = "{ DateTime: 'YYYY-MM-DD hh:mm:ss', Date: DD.MM.YYYY, numbers: text, keys: int }";
const MILLIS: &str = "{ DateTime: unix-ms, Date: unix-ms }";

const ORDER: &str = r#"
key: id
version: updated
evidence: { own: buyer }
visible: all
money: currency
fields:
  account: buyer
  number: id
  customerReference: reference
  status: { from: state, map: { o: PLACED, d: COMPLETED } }
  requestedOn: wanted
  expectedOn: { from: [promised, wanted] }
  total: total
  shippingAddress: { lines: [to.street, to.street2], city: to.city, country: "= row.to.land", postalCode: to.zip }
  lines: { each: items, fields: { product: sku, quantity: n, description: "= row.text" } }
get: { GET: "/orders/{key}", row: ., many: one }
writes:
  update: { PATCH: "/orders/{key}", json: = values, record: . }
  create: { POST: /orders, json: { order: = values, note: = input.comment }, record: ., once: { uncertain: nobody knows } }
  few: { PATCH: "/orders/{key}", json: = values, fields: [customerReference], once: natural }
"#;

const TICKET: &str = r#"
key: id
evidence: { own: company }
visible: all
fields:
  account: company
  subject: "fields[id=7].value"
  priority: { from: prio, map: { low: LOW, high: HIGH } }
  createdAt: made.at
  resolvedAt: { from: "= row.done", write: done }
  category: { from: kind, write: false }
get: { GET: "/tickets/{key}", row: ., many: one }
writes:
  update: { PATCH: "/tickets/{key}", json: = values }
"#;

pub(super) struct World {
    pub graph: Graph,
    pub connector: Connector,
}

impl World {
    fn new(wire: &str, more: &str) -> Self {
        let schema = include_str!("../../../schema.graphql");
        let graph = crate::graph::load(&[("schema.graphql".to_owned(), schema.to_owned())]).0.unwrap().graph;
        let file = |name: &str, text: &str| SourceFile { name: name.into(), shown: name.into(), text: text.into() };
        let head = format!("protocol: rest\nbase: https://erp.example\nzone: Europe/Berlin\nwire: {wire}\n{more}");
        let files =
            [file("connector.yaml", &head), file("entities/Order.yaml", ORDER), file("entities/Ticket.yaml", TICKET)];
        let (connector, report) = load(LoadInput {
            name: "erp",
            files: &files,
            overlay: &[],
            graph: &graph,
            settings: &BTreeMap::new(),
            secrets: &BTreeSet::new(),
            auth: None,
            sources: &BTreeSet::new(),
        });
        let connector = connector.unwrap_or_else(|| panic!("{:?}", report.sorted()));
        Self { graph, connector }
    }

    fn entity(&self, name: &str) -> (EntityId, &EntityMapping) {
        let id = self.graph.entity_id(name).unwrap();
        (id, &self.connector.entities[&id])
    }

    fn back(&self, name: &str, creates: bool) -> Back<'_> {
        Back { connector: &self.connector, of: self.entity(name).1, graph: &self.graph, creates }
    }

    fn written(&self, name: &str, operation: &str, input: &str) -> Result<String, Vec<String>> {
        let write = &self.entity(name).1.writes[operation];
        let row = self.back(name, write.creates).values(write, &wire(input));
        let told = |refusal: &crate::model::Refusal| format!("{} {}", refusal.path.join("."), refusal.code.name());
        row.map(|row| json(&row)).map_err(|refused| refused.iter().map(told).collect())
    }

    /// The value of a field of the row.
    fn read(&self, (name, field): (&str, &str), row: &Wire) -> String {
        let (id, of) = self.entity(name);
        let context = ReadContext {
            locale: "en".into(),
            account: Arc::from([]),
            contact: None,
            live: true,
            deadline: Duration::ZERO,
            timings: None,
        };
        let source_name: Arc<str> = "erp".into();
        let none = Arguments::default();
        let input = MapInput {
            connector: &self.connector,
            of,
            graph: &self.graph,
            source: SourceId(0),
            source_name: &source_name,
            now: jiff::Timestamp::UNIX_EPOCH,
            fields: of.mapped(),
            arguments: &none,
            context: &context,
        };
        let mut row = row.clone();
        if let Wire::Object(members) = &mut row {
            members.push(("id".into(), Wire::Text("1".into())));
        }
        let record = map_record(&input, &RowView::bare(&row, None)).unwrap().unwrap();
        let entity = self.graph.entity(id).unwrap();
        shown(record.value(entity.field_id(field).unwrap()))
    }
}

/// A system for each form; loading one takes longer than what is tested with it.
static WORLDS: LazyLock<[World; 4]> =
    LazyLock::new(|| [PLAIN, SECONDS, WRITTEN, MILLIS].map(|form| World::new(form, "")));

fn wire(text: &str) -> Wire {
    fn of(value: &serde_json::Value) -> Wire {
        use serde_json::Value as Json;
        match value {
            Json::Null => Wire::Null,
            Json::Bool(it) => Wire::Bool(*it),
            Json::Number(it) => Wire::Number(it.to_string().into()),
            Json::String(it) => Wire::Text(it.as_str().into()),
            Json::Array(items) => Wire::List(items.iter().map(of).collect()),
            Json::Object(members) => {
                Wire::Object(members.iter().map(|(name, value)| (name.as_str().into(), of(value))).collect())
            }
        }
    }
    of(&serde_json::from_str(text).unwrap())
}

fn json(wire: &Wire) -> String {
    match wire {
        Wire::Null => "null".to_owned(),
        Wire::Bool(it) => it.to_string(),
        Wire::Number(it) => it.to_string(),
        Wire::Text(it) => format!("{it:?}"),
        Wire::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(",")),
        Wire::Object(members) => {
            let all = members.iter().map(|(name, value)| format!("{name}:{}", json(value)));
            format!("{{{}}}", all.collect::<Vec<_>>().join(","))
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(it) => it.to_string(),
        Value::Int(it) => it.to_string(),
        Value::Text(it) => it.to_string(),
        Value::List(items) | Value::Object(items) => {
            items.iter().filter(|item| !item.is_null()).map(shown).collect::<Vec<_>>().join(" ")
        }
        Value::Reference(to) => to.key.as_str().to_owned(),
        Value::File(file) => format!("file at {}", file.at),
        Value::Fault(error) => format!("!{}", error.detail()),
    }
}

#[test]
fn an_input_is_written_where_it_is_read_from_in_the_systems_words() {
    let world = World::new(SECONDS, "");
    let input = r#"{"customerReference":"A-1","status":"COMPLETED","requestedOn":"2026-03-01",
        "total":{"amount":"12.5","currency":"EUR"},"lines":[{"productId":"P1","quantity":"2.50"}]}"#;
    let row = world.written("Order", "update", input).unwrap();
    assert_eq!(
        row,
        r#"{reference:"A-1",items:[{sku:"P1",n:2.50}],wanted:1772319600,state:"d",total:1250,currency:"eur"}"#
    );
}

#[test]
fn what_is_emptied_is_sent_as_the_system_likes_it_and_what_was_left_out_is_not_sent() {
    let world = World::new(PLAIN, "clear: \"\"\n");
    let said = |input| world.written("Order", "update", input).unwrap();
    assert_eq!(said(r#"{"customerReference":null}"#), r#"{reference:""}"#);
    assert_eq!(said("{}"), "{}");
    assert_eq!(
        world.written("Order", "create", r#"{"customerReference":null}"#).unwrap(),
        "{}",
        "a new record is empty"
    );
}

#[test]
fn a_value_object_is_written_as_a_whole() {
    let world = World::new(PLAIN, "");
    let address = r#"{"shippingAddress":{"lines":["Ring 1"],"city":"Wien","country":"AT"}}"#;
    assert_eq!(
        world.written("Order", "update", address).unwrap(),
        r#"{to:{street:"Ring 1",street2:null,city:"Wien",zip:null}}"#,
        "what is made of CEL has no way back"
    );
    let three = r#"{"shippingAddress":{"lines":["a","b","c"],"city":"Wien"}}"#;
    assert_eq!(world.written("Order", "update", three), Err(vec!["shippingAddress.lines TOO_LONG".to_owned()]));
}

#[test]
fn an_element_that_is_told_by_a_member_is_made() {
    let world = World::new(PLAIN, "");
    let input = r#"{"subject":"Hello","priority":"HIGH","resolvedAt":"2026-03-01T09:00:00Z","category":"x"}"#;
    assert_eq!(
        world.written("Ticket", "update", input).unwrap(),
        r#"{prio:"high",done:"2026-03-01T09:00:00Z",fields:[{id:7,value:"Hello"}]}"#
    );
}

#[test]
fn what_the_system_has_no_word_for_is_refused_with_its_place() {
    let world = World::new(SECONDS, "");
    let input = r#"{"status":"ON_HOLD","requestedOn":"tomorrow","total":{"amount":"1.005","currency":"EUR"}}"#;
    assert_eq!(
        world.written("Order", "update", input),
        Err(vec!["requestedOn INVALID".into(), "status INVALID".into(), "total INVALID".into()])
    );
}

#[test]
fn a_write_takes_what_has_a_way_back_and_what_its_request_uses() {
    let world = World::new(PLAIN, "");
    let takes = |operation: &str| {
        let (_, of) = world.entity("Order");
        taken(&world.graph, of, &of.writes[operation]).join(" ")
    };
    let mapped = "accountId comment? customerReference lines lines.productId lines.quantity number requestedOn \
                  shippingAddress shippingAddress.city shippingAddress.lines shippingAddress.postalCode status total \
                  total.amount total.currency";
    assert_eq!(takes("update"), mapped.replace("comment? ", ""));
    assert_eq!(takes("create"), mapped.replace('?', ""));
    assert_eq!(takes("few"), "customerReference");
    let input = r#"{"customerReference":"A","requestedOn":"2026-03-01","comment":"no"}"#;
    assert_eq!(world.written("Order", "few", input).unwrap(), r#"{reference:"A"}"#);
}

#[test]
fn a_new_record_is_signed_with_the_account_and_never_with_what_the_input_says() {
    let world = World::new(WRITTEN, "");
    let back = world.back("Order", true);
    let mut row = Wire::Object(Vec::new());
    back.sign(&mut row, &Key::new("17").unwrap());
    assert_eq!(json(&row), r#"{buyer:"17"}"#);
}

#[test]
fn a_field_that_the_system_names_is_found_in_the_input() {
    let world = World::new(PLAIN, "");
    let back = world.back("Order", false);
    let input = wire(r#"{"customerReference":"A","lines":[{"quantity":"0"}],"total":{"amount":"1","currency":"SEK"}}"#);
    for (theirs, ours) in
        [("reference", "customerReference"), ("n", "lines"), ("lines", "lines"), ("currency", "total"), ("nothing", "")]
    {
        assert_eq!(back.input_path(&input, theirs).join("."), ours, "{theirs}");
    }
    assert_eq!(RefusalCode::TooLong.name(), "TOO_LONG");
}

proptest! {
    #[test]
    fn what_was_written_is_read_again(
        text in "[a-zA-Z0-9 äß-]{1,20}",
        (year, month, day) in (1971i16..2100, 1i8..=12, 1i8..=28),
        seconds in 0i64..2_000_000_000,
        cents in 0u32..10_000_000,
        quantity in 1u32..100_000,
        currency in prop::sample::select(vec!["EUR", "JPY", "KWD", "USD"]),
        form in 0usize..4,
    ) {
        let world = &WORLDS[form];
        let on = format!("{year:04}-{month:02}-{day:02}");
        let at = jiff::Timestamp::from_second(seconds).unwrap();
        // An hour that a clock has twice is the first of them in a system that keeps only what the clock says.
        let clock = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
        prop_assume!(!clock.to_ambiguous_timestamp(clock.to_datetime(at)).is_ambiguous());
        let at = at.to_string();
        // No currency of these has fewer digits than the amount.
        let amount = match currency {
            "JPY" => cents.to_string(),
            _ => format!("{}.{:02}", cents / 100, cents % 100),
        };
        let order = format!(
            r#"{{"customerReference":{text:?},"requestedOn":"{on}","status":"PLACED",
                "total":{{"amount":"{amount}","currency":"{currency}"}},
                "shippingAddress":{{"lines":["a",{text:?}],"city":{text:?}}},
                "lines":[{{"productId":"P1","quantity":"{quantity}"}},{{"productId":"P2","quantity":"1"}}]}}"#
        );
        let write = &world.entity("Order").1.writes["update"];
        let row = world.back("Order", false).values(write, &wire(&order)).unwrap();
        let read = |field: &str| world.read(("Order", field), &row);
        let same = |read: String, said: &str| {
            let equal = crate::expr::decimal::compare(&read, said).is_some_and(std::cmp::Ordering::is_eq);
            prop_assert!(read == said || equal, "{read} is not {said}: {}", json(&row));
            Ok(())
        };
        same(read("customerReference"), &text)?;
        same(read("requestedOn"), &on)?;
        same(read("status"), "PLACED")?;
        same(read("shippingAddress"), &format!("a {text} {text}"))?;
        same(read("lines"), &format!("P1 {quantity} P2 1"))?;
        let total = read("total");
        let (number, code) = total.split_once(' ').unwrap();
        same(number.to_owned(), &amount)?;
        same(code.to_owned(), currency)?;

        let ticket = format!(r#"{{"subject":{text:?},"priority":"LOW","createdAt":"{at}"}}"#);
        let write = &world.entity("Ticket").1.writes["update"];
        let row = world.back("Ticket", false).values(write, &wire(&ticket)).unwrap();
        prop_assert_eq!(world.read(("Ticket", "subject"), &row), text);
        prop_assert_eq!(world.read(("Ticket", "createdAt"), &row), at);
        prop_assert_eq!(world.read(("Ticket", "priority"), &row), "LOW");
    }
}
