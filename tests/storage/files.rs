//! Real files behind the server, whose checks of signatures and ranges are a library's own.

use axum::http::StatusCode;
use serde_json::json;

use crate::server::serve;
use crate::world::{ANA, World, each};

const FILES: &str = "{ viewer { account { documents(first: 10) { nodes { name folder file { url } } } } } }";

#[tokio::test]
async fn a_store_of_files_behind_the_same_protocol_is_listed_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("documents/accounts/9001001/contracts");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::write(below.join("Agreement.pdf"), "terms").unwrap();
    let store = s3s_fs::FileSystem::new(folder.path()).unwrap();
    let world = World::of(serve(store).await).await;
    let answer = world.ask(ANA, FILES, json!({})).await;
    let nodes = &answer["data"]["viewer"]["account"]["documents"]["nodes"];
    assert_eq!(each(nodes, "/name"), ["Agreement.pdf"], "{answer:#}");
    assert_eq!(nodes[0]["folder"], "contracts");
}

#[tokio::test]
async fn a_large_document_of_a_server_of_files_comes_whole_and_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("documents/accounts/9001001/plans");
    std::fs::create_dir_all(&below).unwrap();
    let content: Vec<u8> = (0..1_500_000_u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(below.join("Plan.bin"), &content).unwrap();
    let world = World::of(serve(s3s_fs::FileSystem::new(folder.path()).unwrap()).await).await;
    let answer = world.ask(ANA, FILES, json!({})).await;
    let file = &answer["data"]["viewer"]["account"]["documents"]["nodes"][0]["file"];
    let (status, headers, body) = world.open(&file["url"], None).await;
    assert_eq!((status, body.len()), (StatusCode::OK, content.len()));
    assert!(body == content);
    assert_eq!(headers["content-type"], "application/octet-stream");
    let (status, headers, body) = world.open(&file["url"], Some("bytes=3000000-3000015")).await;
    assert_eq!((status, &*body), (StatusCode::PARTIAL_CONTENT, &content[3_000_000..3_000_016]));
    assert_eq!(headers["content-range"], "bytes 3000000-3000015/6000000");
}
