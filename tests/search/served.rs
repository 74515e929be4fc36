//! What the served schema offers for lists is answered: every sort value in both directions, every filter, and each with each.

use std::collections::{BTreeMap, VecDeque};

use apollo_compiler::Schema;
use apollo_compiler::ast::{FieldDefinition, Type};
use serde_json::Value;
use vestibule::demo;
use vestibule::tenant::assemble;

use crate::world::{ANA, World};

/// A list that is served, and how it is reached.
struct List {
    /// The fields from the query to the type that has it.
    path: Vec<String>,
    field: String,
    /// The type that is listed.
    of: String,
    sorts: Vec<String>,
    /// Each filter with a value for it, as both stand in a document.
    filters: Vec<String>,
}

impl List {
    fn name(&self) -> String {
        [self.path.join("."), self.field.clone()].join(".")
    }

    /// The document that asks for a list with these arguments.
    fn document(&self, arguments: &str, node: &str) -> String {
        let opened: String = self.path.iter().map(|field| format!("{field} {{ ")).collect();
        let closed = " }".repeat(self.path.len());
        format!("{{ {opened}{}(first: 4{arguments}) {{ nodes {{ {node} }} }}{closed} }}", self.field)
    }
}

fn served() -> Schema {
    let (assembly, _) = assemble(&demo::setup(None, None));
    Schema::clone(&assembly.unwrap().served.schema)
}

/// Every list with a filter or an order, by the shortest way to it.
fn lists(schema: &Schema) -> Vec<List> {
    let mut ways: BTreeMap<String, Vec<String>> = BTreeMap::from([("Query".to_owned(), Vec::new())]);
    let mut open = VecDeque::from(["Query".to_owned()]);
    let mut lists = Vec::new();
    while let Some(parent) = open.pop_front() {
        let path = ways[&parent].clone();
        for (name, field) in &schema.get_object(&parent).unwrap().fields {
            let returned = field.ty.inner_named_type().to_string();
            let is_needed = |argument: &apollo_compiler::ast::InputValueDefinition| argument.is_required();
            if field.arguments.iter().any(|argument| is_needed(argument)) || returned == "Query" {
                continue;
            }
            let listed = returned.strip_suffix("Connection");
            if let Some(of) = listed {
                lists.extend(list(schema, field, (&path, of)));
            }
            let below = listed.unwrap_or(&returned).to_owned();
            if schema.get_object(&below).is_some() && !ways.contains_key(&below) {
                let inner = listed.map(|_| "nodes".to_owned());
                let way: Vec<String> = path.iter().cloned().chain([name.to_string()]).chain(inner).collect();
                ways.insert(below.clone(), way);
                open.push_back(below);
            }
        }
    }
    lists
}

fn list(schema: &Schema, field: &FieldDefinition, (path, of): (&[String], &str)) -> Option<List> {
    let input = |name: &str| {
        let argument = field.arguments.iter().find(|argument| argument.name == name)?;
        schema.get_input_object(argument.ty.inner_named_type())
    };
    let sorts = input("sort").map(|sort| {
        let values = schema.get_enum(sort.fields["field"].ty.inner_named_type()).unwrap();
        values.values.keys().map(ToString::to_string).collect()
    });
    let filters = input("filter").map(|filter| {
        filter.fields.iter().map(|(name, field)| format!("{name}: {}", value(schema, &field.ty))).collect()
    });
    (sorts.is_some() || filters.is_some()).then(|| List {
        path: path.to_vec(),
        field: field.name.to_string(),
        of: of.to_owned(),
        sorts: sorts.unwrap_or_default(),
        filters: filters.unwrap_or_default(),
    })
}

/// Some value of a filter's type.
fn value(schema: &Schema, ty: &Type) -> String {
    if ty.is_list() {
        return format!("[{}]", value(schema, &ty.item_type().clone()));
    }
    let name = ty.inner_named_type();
    if let Some(of) = schema.get_enum(name) {
        return of.values.keys().next().unwrap().to_string();
    }
    match name.as_str() {
        "Boolean" => "true".to_owned(),
        "String" => "\"pump\"".to_owned(),
        "DateRange" => "{ from: \"2020-01-01\", to: \"2030-12-31\" }".to_owned(),
        "DateTimeRange" => "{ from: \"2020-01-01T00:00:00Z\", to: \"2030-12-31T00:00:00Z\" }".to_owned(),
        other => panic!("give a filter of type {other} a value here"),
    }
}

/// The field that a sort value stands for.
fn sorted_by(value: &str) -> String {
    let mut words = value.split('_').map(str::to_lowercase);
    let first = words.next().unwrap();
    let capital = |word: String| word[..1].to_uppercase() + &word[1..];
    words.map(capital).fold(first, |name, word| name + &word)
}

/// What a node is ordered by: amounts by their number.
fn place(node: &Value) -> Option<(bool, f64, String)> {
    let value = if node["key"]["amount"].is_string() { &node["key"]["amount"] } else { &node["key"] };
    let text = value.as_str().map(str::to_owned).or_else(|| Some(value.as_f64()?.to_string()))?;
    let number = text.parse::<f64>().ok();
    Some((number.is_none(), number.unwrap_or_default(), text))
}

/// The lists of nodes in an answer: one for each parent.
fn pages<'a>(answer: &'a Value, path: &[String]) -> Vec<&'a Vec<Value>> {
    match path {
        [] => answer["nodes"].as_array().into_iter().collect(),
        [field, rest @ ..] => match &answer[field] {
            Value::Array(each) => each.iter().flat_map(|one| pages(one, rest)).collect(),
            one => pages(one, rest),
        },
    }
}

#[tokio::test]
async fn every_list_takes_every_order_and_filter_that_the_schema_offers() {
    let (schema, world) = (served(), World::open().await);
    let (mut tried, mut moved, mut wrong) = (0, 0, Vec::new());
    for list in lists(&schema) {
        let filters = || list.filters.iter().map(|filter| format!(", filter: {{ {filter} }}"));
        for filter in filters() {
            tried += 1;
            let answer = world.answer(ANA, &list.document(&filter, "__typename"), Value::Null).await;
            if let Some(errors) = answer.get("errors") {
                wrong.push(format!("{}{filter}: {errors}", list.name()));
            }
        }
        let way: Vec<String> = list.path.iter().cloned().chain([list.field.clone()]).collect();
        for sort in &list.sorts {
            let key = sorted_by(sort);
            let amount = schema.type_field(&list.of, &key).is_ok_and(|field| field.ty.inner_named_type() == "Money");
            let node = format!("key: {key}{}", if amount { " { amount }" } else { "" });
            for direction in ["ASC", "DESC"] {
                for filter in std::iter::once(String::new()).chain(filters()) {
                    tried += 1;
                    let arguments = format!(", sort: {{ field: {sort}, direction: {direction} }}{filter}");
                    let answer = world.answer(ANA, &list.document(&arguments, &node), Value::Null).await;
                    if let Some(errors) = answer.get("errors") {
                        wrong.push(format!("{}{arguments}: {errors}", list.name()));
                    }
                    for page in pages(&answer["data"], &way) {
                        let places: Vec<_> = page.iter().filter_map(place).collect();
                        moved += usize::from(places.first() != places.last());
                        let rising = places.is_sorted();
                        let falling = places.iter().rev().is_sorted();
                        if !(if direction == "ASC" { rising } else { falling }) {
                            wrong.push(format!("{}{arguments}: {places:?}", list.name()));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 50 && moved > 10, "{tried} lists were asked for, and {moved} had an order to be seen");
}
