//! Documents as a browser opens them: by a link of the gateway, whole or in part, and in an older version.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::server::serve;
use crate::store::Store;
use crate::world::{ANA, JONAS, World};

const FILES: &str = "{ viewer { account { documents(first: 10) { nodes { id name \
    file { name contentType size url previewUrl } } } } } }";
const VERSIONS: &str = "query($id: ID!) { document(id: $id) { file { url } \
    versions { label current file { size url } } } }";
const PATH: &str = "accounts/9001001/contracts/Price list.pdf";

/// The document of that name.
async fn document(world: &World, name: &str) -> Value {
    let answer = world.ask(ANA, FILES, json!({})).await;
    assert!(answer.get("errors").is_none(), "{answer:#}");
    let nodes = answer["data"]["viewer"]["account"]["documents"]["nodes"].as_array().unwrap();
    nodes.iter().find(|node| node["name"] == name).unwrap_or_else(|| panic!("no {name}: {answer:#}")).clone()
}

#[tokio::test]
async fn a_document_is_opened_whole_in_part_and_in_a_page() {
    let store = Store::default();
    store.put(PATH, "%PDF-1.4 prices of the year");
    let world = World::of(serve(store.clone()).await).await;
    let file = document(&world, "Price list.pdf").await["file"].clone();
    assert_eq!((&file["name"], &file["size"]), (&json!("Price list.pdf"), &json!(27)));
    let (status, headers, body) = world.open(&file["url"], None).await;
    assert_eq!((status, &*body), (StatusCode::OK, b"%PDF-1.4 prices of the year".as_slice()));
    assert_eq!(headers["content-type"], "application/pdf");
    assert_eq!(headers["content-length"], "27");
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\"Price list.pdf\""));
    for name in ["etag", "x-amz-version-id", "last-modified", "x-amz-request-id"] {
        assert!(!headers.contains_key(name), "{name} is the store's own");
    }
    for (range, part, told) in [
        ("bytes=9-14", "prices", "bytes 9-14/27"),
        ("bytes=23-", "year", "bytes 23-26/27"),
        ("bytes=-4", "year", "bytes 23-26/27"),
        ("bytes=20-999", "he year", "bytes 20-26/27"),
    ] {
        let (status, headers, body) = world.open(&file["url"], Some(range)).await;
        assert_eq!((status, &*body), (StatusCode::PARTIAL_CONTENT, part.as_bytes()), "{range}");
        assert_eq!(headers["content-range"], told);
    }
    let (status, headers, _) = world.open(&file["url"], Some("bytes=27-")).await;
    assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(headers["content-range"], "bytes */27");
    let (status, headers, _) = world.open(&file["previewUrl"], None).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("inline;"));
}

#[tokio::test]
async fn an_older_version_is_opened_as_it_was() {
    let store = Store::default();
    store.put(PATH, "%PDF-1.4 first");
    store.put(PATH, "%PDF-1.4 second one");
    store.put(PATH, "%PDF-1.4 third and last");
    let world = World::of(serve(store.clone()).await).await;
    let id = document(&world, "Price list.pdf").await["id"].clone();
    let answer = world.ask(ANA, VERSIONS, json!({ "id": id })).await;
    let document = &answer["data"]["document"];
    let versions = document["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 3, "{document:#}");
    for (version, content) in versions.iter().zip(["%PDF-1.4 third and last", "%PDF-1.4 second one", "%PDF-1.4 first"])
    {
        assert_eq!(version["file"]["size"], json!(content.len()), "{version}");
        let (status, _, body) = world.open(&version["file"]["url"], None).await;
        assert_eq!((status, &*body), (StatusCode::OK, content.as_bytes()), "{version}");
        let (status, headers, body) = world.open(&version["file"]["url"], Some("bytes=9-12")).await;
        assert_eq!((status, &*body), (StatusCode::PARTIAL_CONTENT, &content.as_bytes()[9..13]), "{version}");
        assert_eq!(headers["content-range"].to_str().unwrap(), format!("bytes 9-12/{}", content.len()));
    }
    // A link to the newest version opens what is the newest when it is opened; a link to a version that one alone.
    let (newest, oldest) = (&document["file"]["url"], &versions[2]["file"]["url"]);
    store.put(PATH, "%PDF-1.4 fourth");
    assert_eq!(&*world.open(newest, None).await.2, b"%PDF-1.4 fourth");
    assert_eq!(&*world.open(oldest, None).await.2, b"%PDF-1.4 first");
}

#[tokio::test]
async fn a_document_that_is_gone_or_anothers_opens_nothing() {
    let store = Store::default();
    store.put(PATH, "%PDF-1.4 prices");
    let world = World::of(serve(store.clone()).await).await;
    let document = document(&world, "Price list.pdf").await;
    let query = "query($id: ID!) { node(id: $id) { ... on Document { file { url } } } }";
    let answer = world.ask(JONAS, query, json!({ "id": document["id"] })).await;
    assert_eq!(answer["data"]["node"], Value::Null, "{answer:#}");
    store.remove(PATH);
    for range in [None, Some("bytes=0-3")] {
        let (status, _, body) = world.open(&document["file"]["url"], range).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{}", String::from_utf8_lossy(&body));
    }
}

/// Real files behind the server, whose checks of signatures and ranges are a library's own.
#[tokio::test]
async fn a_large_document_of_a_server_of_files_comes_whole_and_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("documents/accounts/9001001/plans");
    std::fs::create_dir_all(&below).unwrap();
    let content: Vec<u8> = (0..1_500_000_u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(below.join("Plan.bin"), &content).unwrap();
    let world = World::of(serve(s3s_fs::FileSystem::new(folder.path()).unwrap()).await).await;
    let file = document(&world, "Plan.bin").await["file"].clone();
    let (status, headers, body) = world.open(&file["url"], None).await;
    assert_eq!((status, body.len()), (StatusCode::OK, content.len()));
    assert!(body == content);
    assert_eq!(headers["content-type"], "application/octet-stream");
    let (status, headers, body) = world.open(&file["url"], Some("bytes=3000000-3000015")).await;
    assert_eq!((status, &*body), (StatusCode::PARTIAL_CONTENT, &content[3_000_000..3_000_016]));
    assert_eq!(headers["content-range"], "bytes 3000000-3000015/6000000");
}
