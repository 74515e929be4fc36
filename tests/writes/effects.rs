//! What a write makes old, and what it leaves as it was (`effects.yaml`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use vestibule_sandbox::faults::write::{WriteFault, WriteMode};

use crate::expected::{Expected, Taken, filled};
use crate::sent::{Attached, body};
use crate::world::World;
use crate::{folder, served};

/// Which source reads a system.
const SOURCES: [(&str, &str); 4] = [("hubspot", "crm"), ("sap", "erp"), ("stripe", "billing"), ("zendesk", "support")];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Effects {
    /// Who does all of it, with a second factor: an e-mail address.
    #[serde(rename = "as")]
    person: String,
    lookup: Lookup,
    parts: Vec<Part>,
    effects: Vec<Effect>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lookup {
    send: String,
    take: BTreeMap<String, String>,
}

/// Something that is kept for a while.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    part: String,
    /// The query that reads it; its variables are what was taken.
    read: String,
}

/// A write, and what has to be read after it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Effect {
    mutation: String,
    input: Map<String, Value>,
    #[serde(default)]
    files: Vec<Attached>,
    /// This system does it, and its answer is lost.
    lost: Option<String>,
    /// The parts that are old, and the sources that they are read from; of a part of several sources only these are asked.
    anew: BTreeMap<String, BTreeSet<String>>,
}

/// A gateway in which nothing that is kept grows old by itself, and nothing is asked for in the background.
struct Page {
    world: World,
    token: String,
    taken: Taken,
}

impl Page {
    async fn open(of: &Effects) -> Self {
        let world = World::demo(kept).await;
        let token = world.stepped_up(&of.person);
        let mut page = Self { world, token, taken: Taken::new() };
        let (answer, _) = page.ask(&of.lookup.send, &json!({}), &[]).await;
        let expected = Expected { take: &of.lookup.take, answer: &BTreeMap::new(), lacks: &[] };
        expected.fits(&answer, &mut page.taken).unwrap();
        page
    }

    async fn ask(&self, query: &str, variables: &Value, files: &[Attached]) -> (Value, HeaderMap) {
        let (answer, headers) = self.send(query, variables, files).await;
        assert!(answer.get("errors").is_none(), "{query}\n{answer:#}");
        (answer, headers)
    }

    async fn send(&self, query: &str, variables: &Value, files: &[Attached]) -> (Value, HeaderMap) {
        let (kind, body) = body(query, variables, files);
        let request = Request::post("/graphql")
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", kind)
            .header("graphql-require-preflight", "1");
        let (_, headers, text) = self.world.send(request.body(Body::from(body)).unwrap()).await;
        (serde_json::from_str(&text).unwrap(), headers)
    }

    /// The sources that are asked when a part is read: by the systems' own count, and for the folder of documents, which counts
    /// nothing, by what the gateway says that it waited for.
    async fn sources(&self, part: &Part) -> BTreeSet<String> {
        let calls = &self.world.business.state.calls;
        let before = calls.counts();
        let (_, headers) = self.ask(&part.read, &json!(self.taken), &[]).await;
        let after = calls.counts();
        let asked = SOURCES.iter().filter(|(system, _)| after.get(system) != before.get(system));
        let timing = headers.get("server-timing").map_or("", |timing| timing.to_str().unwrap());
        let stored = timing.contains("documents;").then_some("documents");
        asked.map(|(_, source)| *source).chain(stored).map(str::to_owned).collect()
    }

    /// The parts that are asked of their sources when all are read now.
    async fn read_anew(&self, parts: &[Part]) -> BTreeMap<String, BTreeSet<String>> {
        let mut anew = BTreeMap::new();
        for part in parts {
            let sources = self.sources(part).await;
            if !sources.is_empty() {
                anew.insert(part.part.clone(), sources);
            }
        }
        anew
    }
}

/// The demo's configuration in which all is kept for an hour, and nobody looks into the folder of documents meanwhile.
fn kept(text: &str) -> String {
    assert!(text.contains("poll: { every: 5s }"), "{text}");
    text.replace("poll: { every: 5s }", "poll: { every: 1h }")
        + "cache: { default: { fresh: 1h, stale: 0s, ifError: 5m, negative: 30s } }\n"
}

fn effects() -> Effects {
    let text = std::fs::read_to_string(folder().join("effects.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("effects.yaml: {error}"))
}

#[tokio::test]
async fn a_write_makes_old_what_it_touches_and_nothing_else() {
    let all = effects();
    let schema = served();
    let mutations = &schema.get_object("Mutation").unwrap().fields;
    let rows: BTreeSet<&str> = all.effects.iter().map(|effect| &*effect.mutation).collect();
    let names: BTreeSet<&str> = mutations.keys().map(|name| name.as_str()).collect();
    assert_eq!(rows, names, "effects.yaml has a row for every mutation that is served");
    let parts: BTreeSet<&str> = all.parts.iter().map(|part| &*part.part).collect();
    let page = Page::open(&all).await;
    page.read_anew(&all.parts).await;
    assert_eq!(page.read_anew(&all.parts).await, BTreeMap::new(), "everything is kept");
    let mut failed = Vec::new();
    for Effect { mutation, input, files, lost, anew } in &all.effects {
        assert!(anew.keys().all(|part| parts.contains(&**part)), "{mutation}: there is no such part in {anew:?}");
        // Systems take only so many requests in a second.
        page.world.clock.advance(Duration::from_secs(1));
        let kind = &mutations[mutation.as_str()].arguments[0].ty;
        let write =
            format!("mutation($input: {kind}) {{ {mutation}(input: $input) {{ userErrors {{ code path }} }} }}");
        let input = filled(&Value::Object(input.clone()), &page.taken);
        if let Some(system) = lost {
            page.world.business.state.writes.set(system, WriteFault::once(WriteMode::CutAfter));
        }
        let (answer, _) = page.send(&write, &json!({ "input": input }), files).await;
        let came = [&answer["data"][mutation]["userErrors"], &answer["errors"][0]["extensions"]["code"]];
        let expected = if lost.is_some() { [json!(null), json!("WRITE_UNCERTAIN")] } else { [json!([]), json!(null)] };
        assert_eq!(came, [&expected[0], &expected[1]], "{mutation}: {answer}");
        let found = page.read_anew(&all.parts).await;
        if found != *anew {
            failed.push(format!("{mutation}: read anew is\n    {found:?}, not\n    {anew:?}"));
        }
        let again = page.read_anew(&all.parts).await;
        if !again.is_empty() {
            failed.push(format!("{mutation}: read once more is {again:?}"));
        }
    }
    assert!(failed.is_empty(), "effects.yaml:\n{}", failed.join("\n"));
}
