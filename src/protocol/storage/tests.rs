//! The store over a folder, asked as the engine asks it: parts of files, links, what is no path, and what changed.

use std::fs::{self, File};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::TryStreamExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Objects;
use crate::clock::{Clock as _, SystemClock};
use crate::connector::{Method, StorageOptions, StoragePlace};
use crate::error::{Code, Error};
use crate::upstream::{Call, HeaderMap, Reply, Transport, header};

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

/// The paths that a page tells of.
fn paths(page: &Value) -> Vec<&str> {
    page["rows"].as_array().unwrap().iter().map(|row| row["path"].as_str().unwrap()).collect()
}

fn ago(seconds: i64) -> Timestamp {
    SystemClock::default().now() - SignedDuration::from_secs(seconds)
}

#[tokio::test]
async fn what_is_put_into_a_folder_is_told_page_by_page_also_where_it_was_written_long_ago() {
    let kept = Kept::new();
    let own = kept.folder.path().join("store/accounts/7");
    fs::write(kept.folder.path().join("b.txt"), "moved").unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::options().write(true).open(kept.folder.path().join("b.txt")).unwrap().set_modified(long_ago).unwrap();
    fs::rename(kept.folder.path().join("b.txt"), own.join("b.txt")).unwrap();
    // What is in nobody's folder, or a link, is told to nobody.
    fs::write(own.join("../stray.txt"), "stray").unwrap();
    std::os::unix::fs::symlink(kept.folder.path().join("outside.txt"), own.join("out.txt")).unwrap();

    let since = ago(60);
    let (status, whole) = kept.ask(&format!("/accounts/?since={since}")).await;
    assert_eq!((status, paths(&whole)), (200, vec!["accounts/7/b.txt", "accounts/7/notes/a.txt"]));
    assert_eq!((&whole["next"], &whole["more"]), (&Value::Null, &json!(false)));
    let (_, row) = kept.ask("/accounts%2F7%2Fb.txt").await;
    assert_eq!((&whole["rows"][0]["etag"], &whole["rows"][0]["parts"]), (&row["etag"], &row["parts"]));
    let at: Timestamp = whole["rows"][0]["changedAt"].as_str().unwrap().parse().unwrap();
    assert!(at >= since && row["modifiedAt"].as_str().unwrap().parse::<Timestamp>().unwrap() < since, "{whole} {row}");

    let (_, first) = kept.ask(&format!("/accounts/?since={since}&limit=1")).await;
    assert_eq!((paths(&first), &first["more"]), (vec!["accounts/7/b.txt"], &json!(true)));
    let next = first["next"].as_str().unwrap();
    let (_, second) = kept.ask(&format!("/accounts/?since={since}&limit=1&after={next}")).await;
    assert_eq!((paths(&second), &second["more"]), (vec!["accounts/7/notes/a.txt"], &json!(false)));
}

#[tokio::test]
async fn what_did_not_change_since_is_not_told() {
    let kept = Kept::new();
    let (_, none) = kept.ask(&format!("/accounts/?since={}", ago(-60))).await;
    assert_eq!(none, json!({ "rows": [], "next": null, "more": false }));
    let (status, refused) = kept.ask("/accounts/?since=yesterday").await;
    assert_eq!((status, &refused["code"]), (400, &json!("BadTime")));
    let (status, refused) = kept.ask(&format!("/accounts/7/?since={}&after=accounts/6/a.txt", ago(60))).await;
    assert_eq!((status, &refused["code"]), (400, &json!("BadPosition")));
}

/// A bucket with that many objects, of which the last one alone is new.
struct Bucket {
    objects: usize,
    asked: Mutex<usize>,
}

impl Bucket {
    /// A page of its list, as S3 answers it.
    fn list(&self, url: &str) -> String {
        *self.asked.lock().unwrap() += 1;
        let url = url::Url::parse(url).unwrap();
        let said = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let after = said("continuation-token").or_else(|| said("start-after"));
        let most: usize = said("max-keys").unwrap().parse().unwrap();
        let from = after.map_or(0, |after| after.rsplit('/').next().unwrap().parse::<usize>().unwrap() + 1);
        let to = (from + most).min(self.objects);
        let contents: String = (from..to)
            .map(|number| {
                let at =
                    if number + 1 == self.objects { "2026-03-10T12:00:00.000Z" } else { "2026-01-01T00:00:00.000Z" };
                format!(
                    "<Contents><Key>accounts/7/{number:06}</Key><LastModified>{at}</LastModified>\
                     <ETag>&quot;{number:x}&quot;</ETag><Size>1</Size></Contents>"
                )
            })
            .collect();
        let more = to < self.objects;
        let next = to.checked_sub(1).filter(|_| more);
        let next = next.map(|last| format!("<NextContinuationToken>{last:06}</NextContinuationToken>"));
        format!(
            "<ListBucketResult><IsTruncated>{more}</IsTruncated>{}{contents}</ListBucketResult>",
            next.unwrap_or_default()
        )
    }
}

impl Transport for Arc<Bucket> {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        let body = self.list(&call.url.to_string()).into();
        Box::pin(std::future::ready(Ok(Reply { status: 200, headers: HeaderMap::new(), body })))
    }
}

/// What a bucket of so many objects is asked, and answers.
struct Listed {
    bucket: Arc<Bucket>,
    objects: Objects,
}

impl Listed {
    fn new(objects: usize) -> Self {
        let bucket = Arc::new(Bucket { objects, asked: Mutex::default() });
        let place = StoragePlace::Bucket {
            name: "documents".into(),
            region: "eu-central-1".into(),
            root: "".into(),
            in_host: false,
        };
        let options = StorageOptions { place, below: 2 };
        let upstream = Arc::new(Arc::clone(&bucket));
        let objects = Objects::new(&options, ("https://store.example", None), upstream).unwrap();
        Self { bucket, objects }
    }

    /// A page, and how many requests it took.
    async fn since(&self, since: &str, after: &Value) -> (Value, usize) {
        let before = *self.bucket.asked.lock().unwrap();
        let after = after.as_str().map(|after| format!("&after={after}")).unwrap_or_default();
        let url = format!("https://store.example/accounts/?since={since}&limit=1000{after}");
        let reply = self.objects.send(Call::read(&url)).await.unwrap();
        assert_eq!(reply.status, 200, "{:?}", reply.body);
        (serde_json::from_slice(&reply.body).unwrap(), *self.bucket.asked.lock().unwrap() - before)
    }
}

#[tokio::test]
async fn a_page_of_a_bucket_looks_at_so_many_objects_and_goes_on_where_none_of_them_is_new() {
    let listed = Listed::new(10_500);
    let (first, requests) = listed.since("2026-03-01T00:00:00Z", &Value::Null).await;
    assert_eq!(first, json!({ "rows": [], "next": "accounts/7/009999", "more": true }));
    assert_eq!(requests, 10, "of a thousand objects each");
    let (second, requests) = listed.since("2026-03-01T00:00:00Z", &first["next"]).await;
    assert_eq!((paths(&second), &second["more"], requests), (vec!["accounts/7/010499"], &json!(false), 1));
    assert_eq!(second["rows"][0]["changedAt"], "2026-03-10T12:00:00Z");
}

#[tokio::test]
async fn a_bucket_that_counts_in_whole_seconds_tells_what_changed_within_the_second() {
    let listed = Listed::new(1);
    for (since, told) in [("2026-03-10T12:00:00.9Z", 1), ("2026-03-10T12:00:01Z", 0)] {
        let (page, _) = listed.since(since, &Value::Null).await;
        assert_eq!(paths(&page).len(), told, "{since}");
    }
}

#[tokio::test]
async fn a_page_that_is_full_goes_on_behind_its_last_object() {
    let listed = Listed::new(1_500);
    let (first, requests) = listed.since("2025-01-01T00:00:00Z", &Value::Null).await;
    assert_eq!((paths(&first).len(), &first["next"], requests), (1_000, &json!("accounts/7/000999"), 1));
    let (second, _) = listed.since("2025-01-01T00:00:00Z", &first["next"]).await;
    assert_eq!((paths(&second).len(), &second["next"]), (500, &Value::Null));
}
