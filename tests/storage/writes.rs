//! A large file on its way into the store.

use serde_json::json;

use crate::server::serve;
use crate::world::{ANA, Sent, World, each};

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
