//! Reads: lists and pages, one document, its versions, its folder, and nobody else's.

use serde_json::{Value, json};

use crate::server::serve;
use crate::store::Store;
use crate::world::{ANA, JONAS, World, each};

const LIST: &str = "query($first: Int!, $after: String, $filter: DocumentFilter) { viewer { account { \
                    documents(first: $first, after: $after, filter: $filter) { \
                    nodes { id name folder category version } pageInfo { hasNextPage endCursor } } } } }";

fn documents(answer: &Value) -> &Value {
    assert!(answer.get("errors").is_none(), "{answer:#}");
    &answer["data"]["viewer"]["account"]["documents"]
}

/// Three accounts' documents.
fn seeded() -> Store {
    let store = Store::default();
    for (key, content) in [
        ("accounts/9001001/contracts/2026/Price list.pdf", "prices"),
        ("accounts/9001001/contracts/Agreement.pdf", "terms"),
        ("accounts/9001001/notes/a.txt", "one"),
        ("accounts/9001001/notes/b.txt", "two"),
        ("accounts/9001001/top.txt", "top"),
        ("accounts/9001002/contracts/Agreement.pdf", "not Ana's"),
        ("accounts/90010011/x.txt", "of an account whose key begins alike"),
        ("accounts/9001001/notes/", ""),
        ("elsewhere/9001001/y.txt", "no document"),
    ] {
        store.put(key, content);
    }
    store
}

#[tokio::test]
async fn an_accounts_documents_are_listed_in_the_order_of_their_paths_page_by_page() {
    let store = seeded();
    let world = World::of(serve(store).await).await;
    let (mut names, mut after, mut pages) = (Vec::new(), Value::Null, 0);
    loop {
        let answer = world.ask(ANA, LIST, json!({ "first": 2, "after": after })).await;
        let page = documents(&answer);
        names.extend(each(&page["nodes"], "/name"));
        pages += 1;
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
        assert!(pages < 9, "{answer:#}");
    }
    assert_eq!(names, ["Price list.pdf", "Agreement.pdf", "a.txt", "b.txt", "top.txt"]);
    assert_eq!(pages, 3);
}

#[tokio::test]
async fn a_page_that_ends_with_the_list_says_that_there_is_no_more() {
    let world = World::of(serve(seeded()).await).await;
    for (first, more) in [(5, false), (4, true)] {
        let answer = world.ask(ANA, LIST, json!({ "first": first })).await;
        assert_eq!(documents(&answer)["pageInfo"]["hasNextPage"], json!(more), "{first}");
    }
}

#[tokio::test]
async fn documents_are_found_by_folder_and_by_category() {
    let store = seeded();
    let world = World::of(serve(store.clone()).await).await;
    let cases = [
        (json!({ "folder": "contracts" }), &["Agreement.pdf"][..]),
        (json!({ "folder": "contracts/2026" }), &["Price list.pdf"]),
        (json!({ "category": ["contracts"] }), &["Price list.pdf", "Agreement.pdf"]),
        (json!({ "folder": "../9001002/contracts" }), &[]),
        (json!({ "folder": "nowhere" }), &[]),
    ];
    for (filter, names) in cases {
        let answer = world.ask(ANA, LIST, json!({ "first": 10, "filter": filter })).await;
        let found = &answer["data"]["viewer"]["account"]["documents"]["nodes"];
        let found = if found.is_null() { Vec::new() } else { each(found, "/name") };
        assert_eq!(found, names, "{filter} {answer:#}");
    }
}

#[tokio::test]
async fn folders_are_told_level_by_level() {
    let world = World::of(serve(seeded()).await).await;
    let query = "{ viewer { account { documentFolders { name path } \
                 below: documentFolders(parent: \"contracts\") { name path } } } }";
    let answer = world.ask(ANA, query, json!({})).await;
    let account = &answer["data"]["viewer"]["account"];
    assert_eq!(each(&account["documentFolders"], "/path"), ["contracts", "notes"], "{answer:#}");
    assert_eq!(account["below"], json!([{ "name": "2026", "path": "contracts/2026" }]));
}

#[tokio::test]
async fn a_document_is_read_by_its_id_and_by_nobody_elses() {
    let store = seeded();
    let world = World::of(serve(store.clone()).await).await;
    let answer = world.ask(ANA, LIST, json!({ "first": 1 })).await;
    let id = documents(&answer)["nodes"][0]["id"].clone();
    let one = "query($id: ID!) { document(id: $id) { name folder category account { id } description { text } } }";
    let mine = world.ask(ANA, one, json!({ "id": id })).await;
    assert_eq!(mine["data"]["document"]["name"], "Price list.pdf", "{mine:#}");
    assert_eq!(mine["data"]["document"]["folder"], "contracts/2026");
    assert_eq!(mine["data"]["document"]["description"], Value::Null);
    let other = world.ask(JONAS, one, json!({ "id": id })).await;
    assert_eq!(other["data"]["document"], Value::Null, "{other:#}");
    assert!(!other.to_string().contains("Price list"), "{other:#}");
}

#[tokio::test]
async fn what_a_list_has_costs_no_request_for_each_document() {
    let store = seeded();
    let world = World::of(serve(store.clone()).await).await;
    world.ask(ANA, LIST, json!({ "first": 10 })).await;
    assert_eq!(*store.asked.lock().unwrap(), ["ListObjectsV2"]);
    // What is kept with an object is told with that object alone.
    let described = "{ viewer { account { documents(first: 10) { nodes { description { text } } } } } }";
    world.ask(ANA, described, json!({})).await;
    let asked = store.asked.lock().unwrap();
    assert_eq!(asked.iter().filter(|name| **name == "HeadObject").count(), 5, "{asked:?}");
}

#[tokio::test]
async fn versions_are_told_newest_first() {
    let store = seeded();
    store.put("accounts/9001001/top.txt", "second");
    store.put("accounts/9001001/top.txt.bak", "another object");
    let world = World::of(serve(store.clone()).await).await;
    let query =
        "{ viewer { account { documents(first: 10) { nodes { name versions { label current createdAt } } } } } }";
    let answer = world.ask(ANA, query, json!({})).await;
    let nodes = documents(&answer)["nodes"].as_array().unwrap().clone();
    let top = nodes.iter().find(|node| node["name"] == "top.txt").unwrap();
    let kept = store.kept("accounts/9001001/top.txt");
    let labels: Vec<String> = kept.iter().rev().map(|kept| kept.number.to_string()).collect();
    assert_eq!(each(&top["versions"], "/label"), labels, "{answer:#}");
    assert_eq!(top["versions"][0]["current"], json!(true));
    assert_eq!(top["versions"][1]["current"], json!(false));
}

#[tokio::test]
async fn a_store_of_files_behind_the_same_protocol_is_listed_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("documents/accounts/9001001/contracts");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::write(below.join("Agreement.pdf"), "terms").unwrap();
    let store = s3s_fs::FileSystem::new(folder.path()).unwrap();
    let world = World::of(serve(store).await).await;
    let answer = world.ask(ANA, LIST, json!({ "first": 10 })).await;
    assert_eq!(each(&documents(&answer)["nodes"], "/name"), ["Agreement.pdf"]);
    assert_eq!(documents(&answer)["nodes"][0]["folder"], "contracts");
}
