//! A folder as a store: what is in it is told, and nothing else of the machine.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::world::{ANA, Sent, World, each};

const LIST: &str = "query($filter: DocumentFilter) { viewer { account { documents(first: 20, filter: $filter) { \
                    nodes { id name folder category uploadedAt version } } documentFolders { path } } } }";

fn account(world: &World) -> PathBuf {
    world.business.documents.path().join("accounts/9001001")
}

async fn names(world: &World) -> Vec<String> {
    let answer = world.ask(ANA, LIST, json!({})).await;
    assert!(answer.get("errors").is_none(), "{answer:#}");
    each(&answer["data"]["viewer"]["account"]["documents"]["nodes"], "/name")
}

#[tokio::test]
async fn the_documents_of_the_demo_are_there() {
    let world = World::folder().await;
    let answer = world.ask(ANA, LIST, json!({})).await;
    let account = &answer["data"]["viewer"]["account"];
    let names = each(&account["documents"]["nodes"], "/name");
    assert_eq!(names, ["Price list.pdf", "Framework agreement.pdf", "Handover.txt", "Delivery.png"], "{answer:#}");
    assert_eq!(each(&account["documentFolders"], "/path"), ["contracts", "notes", "photos"]);
    assert!(account["documents"]["nodes"][0]["uploadedAt"].is_string());
}

#[tokio::test]
async fn nothing_is_told_or_written_through_a_link() {
    let world = World::folder().await;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.txt"), "not for customers").unwrap();
    let own = account(&world);
    std::os::unix::fs::symlink(outside.path(), own.join("linked")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.txt"), own.join("notes/secret.txt")).unwrap();
    assert!(!names(&world).await.iter().any(|name| name.contains("secret")));
    let answer = world.ask(ANA, LIST, json!({ "filter": { "folder": "linked" } })).await;
    assert!(!answer.to_string().contains("secret"), "{answer:#}");
    let input = json!({ "folder": "linked", "idempotencyKey": "through-a-link-1" });
    let sent = Sent { name: "a.txt", media: "text/plain", content: b"out" };
    let answer = world.send(ANA, ("uploadDocument", input, "document { id }"), sent).await;
    assert_eq!(answer["data"]["uploadDocument"]["document"], Value::Null, "{answer:#}");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_document_is_uploaded_once_and_replaced_under_its_version() {
    let world = World::folder().await;
    let sent = |content| Sent { name: "Notes.txt", media: "text/plain", content };
    let input = json!({ "folder": "notes", "idempotencyKey": "folder-upload-1" });
    let payload = "document { id name version }";
    let first = world.send(ANA, ("uploadDocument", input.clone(), payload), sent(b"one")).await;
    let document = first["data"]["uploadDocument"]["document"].clone();
    assert_eq!(document["name"], "Notes.txt", "{first:#}");
    let again = world.send(ANA, ("uploadDocument", input, payload), sent(b"one")).await;
    assert_eq!(again["data"]["uploadDocument"]["document"]["id"], document["id"], "{again:#}");
    assert_eq!(names(&world).await.iter().filter(|name| *name == "Notes.txt").count(), 1);
    let replace = |key: &str| json!({ "id": document["id"], "version": document["version"], "idempotencyKey": key });
    let replaced = world.send(ANA, ("replaceDocument", replace("folder-replace-1"), payload), sent(b"another")).await;
    assert_eq!(replaced["data"]["replaceDocument"]["userErrors"], json!([]), "{replaced:#}");
    let stale = world.send(ANA, ("replaceDocument", replace("folder-replace-2"), payload), sent(b"third")).await;
    assert_eq!(each(&stale["data"]["replaceDocument"]["userErrors"], "/code"), ["CONFLICT"], "{stale:#}");
}
