//! Writes: a document is made once, and replaced only by whoever has seen what is there.

use serde_json::{Value, json};

use crate::server::serve;
use crate::store::Store;
use crate::world::{ANA, JONAS, Sent, World, each};

const SCAN: Sent<'_> = Sent { name: "scan 01.PDF", media: "application/pdf", content: b"%PDF-1.4 one" };
const AGAIN: Sent<'_> = Sent { name: "scan 02.pdf", media: "application/pdf", content: b"%PDF-1.4 two" };

async fn uploaded(world: &World, input: Value) -> Value {
    let payload = "document { id name folder category version description { text } }";
    let answer = world.send(ANA, ("uploadDocument", input, payload), SCAN).await;
    assert_eq!(answer["data"]["uploadDocument"]["userErrors"], json!([]), "{answer:#}");
    answer["data"]["uploadDocument"]["document"].clone()
}

#[tokio::test]
async fn a_document_is_put_below_its_account_with_what_is_said_of_it() {
    let store = Store::default();
    let world = World::of(serve(store.clone()).await).await;
    let input = json!({ "folder": "contracts/2026", "name": "Añex: \"final\"", "description": "Signed in März",
        "idempotencyKey": "upload-annex-1" });
    let document = uploaded(&world, input).await;
    assert_eq!(document["folder"], "contracts/2026");
    assert_eq!(document["category"], "contracts");
    assert_eq!(document["name"], "Añex_ _final_.pdf");
    assert_eq!(document["description"]["text"], "Signed in März");
    let paths = store.below("accounts/");
    assert_eq!(paths.len(), 1, "{paths:?}");
    assert!(paths[0].starts_with("accounts/9001001/contracts/2026/"), "{paths:?}");
    let kept = store.kept(&paths[0]);
    assert_eq!(kept[0].content, SCAN.content);
    assert_eq!(kept[0].media.as_deref(), Some("application/pdf"));
}

#[tokio::test]
async fn the_folder_that_an_upload_makes_is_there_at_once() {
    let world = World::of(serve(Store::default()).await).await;
    let query = "{ viewer { account { documents(first: 5) { nodes { folder } } documentFolders { path } } } }";
    let folders = async || {
        let answer = world.ask(ANA, query, json!({})).await;
        let account = &answer["data"]["viewer"]["account"];
        (each(&account["documents"]["nodes"], "/folder"), each(&account["documentFolders"], "/path"))
    };
    assert_eq!(folders().await, (vec![], vec![]));
    uploaded(&world, json!({ "folder": "drawings", "idempotencyKey": "upload-folder-1" })).await;
    assert_eq!(folders().await, (vec!["drawings".to_owned()], vec!["drawings".to_owned()]));
}

#[tokio::test]
async fn the_same_upload_asked_for_again_makes_one_document() {
    let store = Store::default();
    let world = World::of(serve(store.clone()).await).await;
    let input = json!({ "folder": "notes", "idempotencyKey": "upload-once-1" });
    let first = uploaded(&world, input.clone()).await;
    let second = uploaded(&world, input).await;
    assert_eq!(first["id"], second["id"]);
    assert_eq!(store.below("accounts/").len(), 1);
    uploaded(&world, json!({ "folder": "notes", "idempotencyKey": "upload-once-2" })).await;
    assert_eq!(store.below("accounts/").len(), 2);
}

#[tokio::test]
async fn an_upload_whose_answer_was_lost_is_found_and_not_made_again() {
    let store = Store::default();
    let world = World::of(serve(store.clone()).await).await;
    store.lost.store(1, std::sync::atomic::Ordering::SeqCst);
    let input = json!({ "folder": "notes", "idempotencyKey": "upload-lost-1" });
    let lost = world.send(ANA, ("uploadDocument", input.clone(), "document { id }"), SCAN).await;
    assert_eq!(lost["errors"][0]["extensions"]["code"], "WRITE_UNCERTAIN", "{lost:#}");
    uploaded(&world, input).await;
    let paths = store.below("accounts/");
    assert_eq!(paths.len(), 1);
    assert_eq!(store.kept(&paths[0]).len(), 1, "it was written twice");
}

#[tokio::test]
async fn a_folder_that_leads_elsewhere_is_refused_and_nothing_is_written() {
    let store = Store::default();
    let world = World::of(serve(store.clone()).await).await;
    for folder in ["../9001002", "a//b", "/etc", "a/../../b", "a\\b", "."] {
        let input = json!({ "folder": folder, "idempotencyKey": format!("upload-odd-{folder}") });
        let answer = world.send(ANA, ("uploadDocument", input, "document { id }"), SCAN).await;
        assert_eq!(each(&answer["data"]["uploadDocument"]["userErrors"], "/code"), ["INVALID"], "{folder} {answer:#}");
    }
    assert_eq!(store.below(""), Vec::<String>::new());
}

#[tokio::test]
async fn a_replaced_document_is_a_new_version_of_the_same_one() {
    let store = Store::default();
    let world = World::of(serve(store.clone()).await).await;
    let before =
        uploaded(&world, json!({ "folder": "notes", "description": "Kept", "idempotencyKey": "replace-1a" })).await;
    let input = json!({ "id": before["id"], "version": before["version"], "comment": "Corrected", "idempotencyKey": "replace-1b" });
    let payload = "document { id version description { text } versions { label current } }";
    let answer = world.send(ANA, ("replaceDocument", input.clone(), payload), AGAIN).await;
    let after = &answer["data"]["replaceDocument"]["document"];
    assert_eq!(after["id"], before["id"], "{answer:#}");
    assert_ne!(after["version"], before["version"]);
    assert_eq!(after["description"]["text"], "Kept");
    assert_eq!(after["versions"].as_array().unwrap().len(), 2, "{answer:#}");
    // Asked for again, it is not done again.
    let again = world.send(ANA, ("replaceDocument", input, payload), AGAIN).await;
    assert_eq!(again["data"]["replaceDocument"]["document"]["version"], after["version"], "{again:#}");
    let path = store.below("accounts/").remove(0);
    let kept = store.kept(&path);
    assert_eq!(kept.iter().map(|kept| &*kept.content).collect::<Vec<_>>(), [SCAN.content, AGAIN.content]);
}

#[tokio::test]
async fn whoever_has_seen_an_older_version_is_told_of_the_one_that_is_there() {
    let store = Store::default();
    let world = World::of(serve(store.clone()).await).await;
    let before = uploaded(&world, json!({ "folder": "notes", "idempotencyKey": "stale-upload-1" })).await;
    let path = store.below("accounts/").remove(0);
    store.put(&path, "by somebody else");
    let input = json!({ "id": before["id"], "version": before["version"], "idempotencyKey": "stale-replace-2" });
    let answer = world.send(ANA, ("replaceDocument", input, "document { id version }"), AGAIN).await;
    let payload = &answer["data"]["replaceDocument"];
    assert_eq!(each(&payload["userErrors"], "/code"), ["CONFLICT"], "{answer:#}");
    assert_eq!(payload["document"]["id"], before["id"], "{answer:#}");
    assert_ne!(payload["document"]["version"], before["version"], "{answer:#}");
    assert_eq!(store.kept(&path).len(), 2, "nothing is written over what nobody has seen");
}

#[tokio::test]
async fn nobody_replaces_another_accounts_document() {
    let store = Store::default();
    let world = World::of(serve(store.clone()).await).await;
    let document = uploaded(&world, json!({ "folder": "notes", "idempotencyKey": "foreign-upload-1" })).await;
    let input = json!({ "id": document["id"], "idempotencyKey": "foreign-replace-2" });
    let answer = world.send(JONAS, ("replaceDocument", input, "document { id }"), AGAIN).await;
    assert_eq!(answer["data"]["replaceDocument"]["document"], Value::Null, "{answer:#}");
    let path = store.below("accounts/").remove(0);
    assert_eq!(store.kept(&path).len(), 1);
}

#[tokio::test]
async fn a_file_of_which_not_all_is_held_in_memory_is_sent_in_parts_and_arrives_whole() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("documents")).unwrap();
    let world = World::of(serve(s3s_fs::FileSystem::new(folder.path()).unwrap()).await).await;
    let mut content = b"%PDF-1.4\n".to_vec();
    content.extend((0..2_300_000_u32).flat_map(u32::to_le_bytes));
    let sent = |content| Sent { name: "plan.pdf", media: "application/pdf", content };
    let input = json!({ "folder": "plans", "idempotencyKey": "upload-large-1" });
    let answer = world.send(ANA, ("uploadDocument", input, "document { id version }"), sent(&content)).await;
    let document = &answer["data"]["uploadDocument"]["document"];
    assert!(document["id"].is_string(), "{answer:#}");
    let kept = || -> Vec<Vec<u8>> {
        let files = std::fs::read_dir(folder.path().join("documents/accounts/9001001/plans")).unwrap();
        files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    };
    assert!(kept() == [content.clone()], "what was sent and nothing else");
    let input = json!({ "id": document["id"], "version": "\"another\"", "idempotencyKey": "replace-large-1" });
    let stale = world.send(ANA, ("replaceDocument", input, "document { id }"), sent(b"%PDF-1.4 small")).await;
    assert_eq!(each(&stale["data"]["replaceDocument"]["userErrors"], "/code"), ["CONFLICT"], "{stale:#}");
    assert!(kept() == [content], "nothing is written over what nobody has seen");
}
