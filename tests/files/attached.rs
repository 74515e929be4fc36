//! What is attached to messages, and documents: kinds, harm, parts.

use axum::http::StatusCode;
use serde_json::Value;
use vestibule_sandbox::data::told::File;

use crate::world::World;
use crate::{ANA, open};

/// Ana's messages, with what is attached to them.
const ATTACHED: &str = "{ viewer { account { tickets(first: 50) { nodes { messages(first: 50) { nodes { \
    attachments { name contentType url previewUrl } } } } } } } }";

/// The attachments of that name, of all that Ana is answered.
pub async fn attached(world: &World, name: &str) -> Vec<Value> {
    let answer = world.ask(ANA, ATTACHED).await;
    let each = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let tickets = each(&answer["data"]["viewer"]["account"]["tickets"]["nodes"]);
    let messages = tickets.iter().flat_map(|ticket| each(&ticket["messages"]["nodes"]));
    let files = messages.flat_map(|message| each(&message["attachments"]));
    let found: Vec<Value> = files.filter(|file| file["name"] == name).collect();
    assert!(!found.is_empty(), "no {name}: {answer}");
    found
}

/// Attaches a file to everything that was said to everybody.
pub fn attach(world: &World, (id, name, media): (u64, &str, &str), content: &'static [u8]) {
    let mut business = world.business.state.write();
    let said = business.tickets.iter().flat_map(|ticket| &ticket.comments).filter(|comment| comment.public);
    let said: Vec<u64> = said.map(|comment| comment.id).collect();
    business.told.files.extend(said.into_iter().zip(0..).map(|(comment, number)| File {
        id: id + number,
        token: format!("t{name}"),
        name: name.to_owned(),
        media: media.to_owned(),
        content: content.into(),
        at: 1_770_000_000,
        comment: Some(comment),
    }));
}

#[tokio::test]
async fn what_the_desk_takes_for_malware_is_told_of_and_not_opened() {
    let world = World::open().await;
    attach(&world, (5_000_000, "bad.pdf", "application/pdf"), b"X EICAR-STANDARD-ANTIVIRUS-TEST-FILE X");
    attach(&world, (6_000_000, "good.txt", "text/plain"), b"good");
    let bad = attached(&world, "bad.pdf").await.swap_remove(0);
    assert_eq!(bad["previewUrl"], Value::Null);
    let (status, _, body) = open(&world, &bad["url"], &[]).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    assert!(!body.contains("EICAR"), "{body}");
    let good = attached(&world, "good.txt").await.swap_remove(0);
    assert_eq!(good["previewUrl"], Value::Null, "a text is downloaded");
    let (status, headers, body) = open(&world, &good["url"], &[]).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, "good"));
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment;"));
}

#[tokio::test]
async fn a_part_of_a_document_is_given_and_none_that_it_has_not() {
    let world = World::open().await;
    let query = "{ viewer { account { documents(first: 20) { nodes { name file { size url previewUrl } } } } } }";
    let answer = world.ask(ANA, query).await;
    let nodes = answer["data"]["viewer"]["account"]["documents"]["nodes"].as_array().unwrap();
    let file = |name: &str| nodes.iter().find(|node| node["name"] == name).unwrap_or_else(|| panic!("{answer}"));
    let notes = &file("Handover.txt")["file"];
    let size = notes["size"].as_u64().unwrap();
    let (status, _, whole) = open(&world, &notes["url"], &[]).await;
    assert_eq!((status, whole.len() as u64), (StatusCode::OK, size));
    for (range, part, told) in [
        ("bytes=1-4", &whole[1..5], format!("bytes 1-4/{size}")),
        ("bytes=-3", &whole[whole.len() - 3..], format!("bytes {}-{}/{size}", size - 3, size - 1)),
    ] {
        let (status, headers, body) = open(&world, &notes["url"], &[("range", range)]).await;
        assert_eq!((status, body.as_str()), (StatusCode::PARTIAL_CONTENT, part), "{range}");
        assert_eq!(headers["content-range"].to_str().unwrap(), told);
        assert_eq!(headers["content-length"].to_str().unwrap(), part.len().to_string());
    }
    let (status, headers, body) = open(&world, &notes["url"], &[("range", "bytes=1000000-")]).await;
    assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE, "{body}");
    assert_eq!(headers["content-range"].to_str().unwrap(), format!("bytes */{size}"));
    let conditional = [("range", "bytes=1-4"), ("if-range", "\"x\"")];
    assert_eq!(open(&world, &notes["url"], &conditional).await.0, StatusCode::OK);
    let (status, headers, _) = open(&world, &file("Delivery.png")["file"]["previewUrl"], &[]).await;
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (StatusCode::OK, "image/png"));
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("inline;"));
}
