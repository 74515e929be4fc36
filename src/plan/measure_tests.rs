//! Documents that multiply: what they come to is known in steps that their own length bounds.

use apollo_compiler::ast::Document;
use apollo_compiler::{ExecutableDocument, Schema};

use super::measure::{MERGED, Measures, extent, merged, written};

const SDL: &str = "type Query { node: Node } interface Node { id: ID x: Node }
    type A implements Node { id: ID x: Node } type B implements Node { id: ID x: Node }";

fn schema() -> apollo_compiler::validation::Valid<Schema> {
    Schema::parse_and_validate(SDL, "schema.graphql").unwrap()
}

fn document(text: &str) -> ExecutableDocument {
    Document::parse(text, "request.graphql").unwrap().to_executable(&schema()).unwrap()
}

fn measured(text: &str) -> Measures {
    let document = document(text);
    let mut measures = Measures::default();
    extent(&document, &mut measures).map_err(|fragment| fragment.name.clone()).unwrap();
    measures
}

/// Each fragment has the next one twice.
fn bomb(fragments: u32) -> String {
    let mut text = String::from("{ node { ...F0 } }");
    for at in 0..fragments {
        text += &format!(" fragment F{at} on Node {{ a: x {{ ...F{0} }} b: x {{ ...F{0} }} }}", at + 1);
    }
    text + &format!(" fragment F{fragments} on Node {{ id }}")
}

#[test]
fn a_document_is_counted_with_its_fragments_put_in() {
    let measures = measured(
        "query Large { node { id ...on A { b: id ...F } x { ...F } } } query Small { node { id } }
         fragment F on Node { x { c: id ...G } } fragment G on Node { id }",
    );
    // node, id, b, x, and twice F: x, c, id.
    assert_eq!((measures.fields, measures.aliases), (10, 3));
    assert_eq!((measures.depth, measures.nesting), (4, 6));
}

#[test]
fn directives_are_counted_wherever_they_are_written() {
    let text = "query Q($a: Int @one) @two { node @three { ...F @four ... @five { id @six @seven } } }
        fragment F on Node @eight { id }";
    let measures = written(&Document::parse(text, "request.graphql").unwrap());
    assert_eq!((measures.directives, measures.operations, measures.fragments), (8, 1, 1));
}

#[test]
fn fragments_that_double_are_worked_out_once_each() {
    assert_eq!(measured(&bomb(2)).fields, 1 + 2 + 4 + 4);
    let measures = measured(&bomb(62));
    // 1 + 2 + 4 + … + 2^62 fields, and the ids: nothing that could be walked through.
    assert_eq!(measures.fields, (1 << 63) - 1 + (1 << 62));
    assert_eq!(measures.depth, 64);
    assert_eq!(measured(&bomb(70)).fields, u64::MAX, "it does not begin anew");
}

#[test]
fn fragments_in_one_another_are_deep_together() {
    let mut text = String::from("{ node { ...F0 } }");
    for at in 0..500 {
        text += &format!(" fragment F{at} on Node {{ ... {{ x {{ ...F{} }} }} }}", at + 1);
    }
    let measures = measured(&(text + " fragment F500 on Node { id }"));
    assert_eq!((measures.depth, measures.nesting), (502, 1503));
}

#[test]
fn a_circle_of_fragments_is_named() {
    for (text, named) in [
        ("{ node { ...F } } fragment F on Node { x { ...F } }", vec!["F"]),
        ("{ node { ...F } } fragment F on Node { ...G } fragment G on Node { ...F }", vec!["F", "G"]),
        ("{ node { id } } fragment Unused on Node { ...G } fragment G on Node { x { ...G } }", vec!["G"]),
    ] {
        let document = document(text);
        let circle = extent(&document, &mut Measures::default()).unwrap_err();
        assert!(named.contains(&circle.name.as_str()), "{text}: {}", circle.name);
    }
}

#[test]
fn merging_is_counted_no_further_than_it_may_go() {
    let plain = document("{ node { id ... on A { x { id } } ... on B { x { id } } } }");
    assert!(merged(&schema(), &plain) < 30);
    // On every level the same fields on two kinds, each with something of its own to carry along: two to the power of the
    // depth different sets of fields, out of a few hundred.
    let chain = |length: usize, key: String| format!("{} {key}: id {}", "x {".repeat(length), "}".repeat(length));
    let mut text = String::from("id");
    for level in (0..18).rev() {
        let (a, b) = (chain(18 - level, format!("a{level}")), chain(18 - level, format!("b{level}")));
        text = format!("... on A {{ x {{ {a} }} }} ... on B {{ x {{ {b} }} }} x {{ {text} }}");
    }
    let text = format!("{{ node {{ {text} }} }}");
    assert!(measured(&text).fields < 1_000, "{}", measured(&text).fields);
    let looked = merged(&schema(), &document(&text));
    assert!((MERGED + 1..MERGED + 1_000).contains(&looked), "{looked}");
}
