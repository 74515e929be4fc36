//! A folder as a store: nothing else of the machine is told.

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
