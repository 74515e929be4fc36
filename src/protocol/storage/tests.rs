//! The store over a folder, asked as the engine asks it: parts of files, links, and what is no path.

use std::fs;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use futures::future::BoxFuture;
use serde_json::Value;

use super::Objects;
use crate::connector::{Method, StorageOptions, StoragePlace};
use crate::error::{Code, Error};
use crate::upstream::{Call, Reply, Transport, header};

/// A folder calls nobody.
struct Nobody;

impl Transport for Nobody {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        Box::pin(std::future::ready(Err(Error::new(Code::Internal, format!("{} was called", call.url)))))
    }
}

struct Kept {
    folder: tempfile::TempDir,
    objects: Objects,
}

impl Kept {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("store/accounts/7/notes");
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("a.txt"), "0123456789").unwrap();
        fs::write(folder.path().join("outside.txt"), "outside").unwrap();
        let place = StoragePlace::Folder(folder.path().join("store"));
        let options = StorageOptions { place, below: 2 };
        let objects = Objects::new(&options, ("https://store.example/v1", None), Arc::new(Nobody)).unwrap();
        Self { folder, objects }
    }

    async fn ask(&self, path: &str) -> (u16, Value) {
        let reply = self.objects.send(Call::read(&format!("https://store.example/v1{path}"))).await.unwrap();
        (reply.status, serde_json::from_slice(&reply.body).unwrap())
    }

    async fn bytes(&self, path: &str, part: Option<&str>) -> (u16, Bytes) {
        let mut call = Call::read(&format!("https://store.example/v1{path}"));
        if let Some(part) = part {
            call.headers.insert(header::RANGE, part.parse().unwrap());
        }
        let streamed = self.objects.open(call).await.unwrap();
        let pieces: Vec<Bytes> = streamed.body.try_collect().await.unwrap();
        (streamed.status, pieces.concat().into())
    }
}

#[tokio::test]
async fn an_object_is_told_with_its_folder_and_its_mark() {
    let kept = Kept::new();
    let (status, row) = kept.ask("/accounts%2F7%2Fnotes%2Fa.txt").await;
    assert_eq!(status, 200);
    assert_eq!(row["folder"], "notes");
    assert_eq!(row["parts"][1], "7");
    assert_eq!(row["size"], 10);
    assert_eq!(row["at"], "/accounts/7/notes/a.txt");
    let (_, list) = kept.ask("/accounts/7/").await;
    assert_eq!(list["rows"][0]["etag"], row["etag"], "a list and a read have one version");
    assert_eq!(list["next"], Value::Null);
}

#[tokio::test]
async fn a_part_of_a_file_is_opened_as_http_asks_for_it() {
    let kept = Kept::new();
    let path = "/accounts/7/notes/a.txt";
    assert_eq!(kept.bytes(path, None).await, (200, "0123456789".into()));
    assert_eq!(kept.bytes(path, Some("bytes=2-4")).await, (206, "234".into()));
    assert_eq!(kept.bytes(path, Some("bytes=-3")).await, (206, "789".into()));
    assert_eq!(kept.bytes(path, Some("bytes=10-")).await.0, 416);
    assert_eq!(kept.bytes("/accounts/7/notes/b.txt", None).await.0, 404);
    assert_eq!(kept.bytes("/accounts/7/notes/", None).await.0, 404);
}

#[tokio::test]
async fn what_climbs_or_is_a_link_is_not_there() {
    let kept = Kept::new();
    let store = kept.folder.path().join("store");
    std::os::unix::fs::symlink(kept.folder.path(), store.join("accounts/7/up")).unwrap();
    std::os::unix::fs::symlink(kept.folder.path().join("outside.txt"), store.join("accounts/7/out.txt")).unwrap();
    for path in [
        "/accounts%2F7%2F..%2F..%2F..%2Foutside.txt",
        "/..%2Foutside.txt",
        "/%2Fetc%2Fpasswd",
        "/accounts%2F7%2Fnotes%2Fa.txt%00",
        "/accounts%2F7%2Fup%2Foutside.txt",
        "/accounts%2F7%2Fout.txt",
        "/accounts%2F7%2Fnotes",
    ] {
        assert_eq!(kept.ask(path).await.0, 404, "{path}");
        assert_eq!(kept.bytes(path, None).await.0, 404, "{path}");
    }
    let (_, list) = kept.ask("/accounts/7/").await;
    assert_eq!(list["rows"].as_array().unwrap().len(), 1, "{list}");
    for path in ["/accounts/7/?folder=up", "/accounts/7%2Fnotes/", "/accounts/7/?folder=..", "/accounts//7/"] {
        let (status, _) = kept.ask(path).await;
        assert!(matches!(status, 400 | 404), "{path} answered {status}");
    }
}

#[tokio::test]
async fn what_is_kept_says_for_which_write_it_is() {
    let kept = Kept::new();
    let url = "https://store.example/v1/accounts/7/?folder=notes&name=b.txt";
    let body = Bytes::from_static(b"new").into();
    let call = Call { method: Method::Post, body, safe: false, ..Call::read(url) };
    assert_eq!(kept.objects.send(call.clone()).await.unwrap().status, 400, "without a mark it could not be looked for");
    let url = format!("{url}&mark={}", "0a".repeat(16)).parse().unwrap();
    let call = Call { url, ..call };
    for _ in 0..2 {
        let reply = kept.objects.send(call.clone()).await.unwrap();
        let row: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!((reply.status, &row["name"]), (200, &"b.txt".into()), "{row}");
    }
    assert_eq!(fs::read_dir(kept.folder.path().join("store/accounts/7/notes")).unwrap().count(), 2);
}
