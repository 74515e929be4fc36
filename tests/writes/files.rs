//! Files that customers send: what the desk has then, and what is told of those that are not taken.

use serde_json::{Value, json};

use crate::form::{FORM, File, form};
use crate::portal::Portal;

const ANA: &str = "ana.lund@kestrel-marine.example";
const CREATE: &str = "mutation($input: CreateTicketInput!) { createTicket(input: $input) {
    ticket { id subject } userErrors { code path message } } }";
const REPLY: &str = "mutation($input: ReplyToTicketInput!) { replyToTicket(input: $input) {
    message { body { text } } userErrors { code path message } } }";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01";

struct Page {
    portal: Portal,
    token: String,
}

impl Page {
    async fn open() -> Self {
        let portal = Portal::open().await;
        let token = portal.token(ANA).await;
        Self { portal, token }
    }

    async fn send(&self, query: &str, input: Value, files: &[File<'_>]) -> Value {
        let body = form(query, &json!({ "input": input }), files);
        let post = self.portal.client.post(format!("{}/graphql", self.portal.gateway)).bearer_auth(&self.token);
        let post = post.header("content-type", FORM).header("graphql-require-preflight", "1").body(body);
        serde_json::from_str(&post.send().await.unwrap().text().await.unwrap()).unwrap()
    }

    /// What the desk has: name, media type, content, and whether it belongs to a comment.
    fn at_the_desk(&self) -> Vec<(String, String, Vec<u8>, bool)> {
        let business = self.portal.state.read();
        let files = business.told.files.iter();
        files
            .map(|file| (file.name.clone(), file.media.clone(), file.content.to_vec(), file.comment.is_some()))
            .collect()
    }

    fn effects(&self) -> Vec<String> {
        let entries = self.portal.state.ledger.entries();
        entries.iter().map(|entry| format!("{} {} {}", entry.system, entry.entity, entry.operation)).collect()
    }
}

/// A file that is too large to be held in memory, with something else in each part of it.
fn report() -> Vec<u8> {
    let mut pdf = b"%PDF-1.7\n".to_vec();
    pdf.extend((0_u32..75_000).flat_map(u32::to_le_bytes));
    pdf
}

#[tokio::test]
async fn a_ticket_has_the_files_it_was_sent_with_byte_for_byte() {
    let page = Page::open().await;
    let report = report();
    let input = json!({ "subject": "It leaks", "body": "See the pictures.", "attachments": [null, null, null] });
    let files: [File<'_>; 3] = [
        ("variables.input.attachments.0", "../../Pump 1.PNG", "text/html", PNG),
        ("variables.input.attachments.1", "report.pdf", "application/octet-stream", &report),
        ("variables.input.attachments.2", "größe.csv", "text/csv", "größe;1\r\n".as_bytes()),
    ];
    let answer = page.send(CREATE, input, &files).await;
    assert_eq!(answer["data"]["createTicket"]["userErrors"], json!([]), "{answer}");
    assert_eq!(answer["data"]["createTicket"]["ticket"]["subject"], "It leaks");
    let of = |name: &str, media: &str, content: &[u8]| (name.to_owned(), media.to_owned(), content.to_vec(), true);
    let expected = [
        of("Pump 1.PNG", "image/png", PNG),
        of("report.pdf", "application/pdf", &report),
        of("größe.csv", "text/csv", "größe;1\r\n".as_bytes()),
    ];
    let found = page.at_the_desk();
    assert!(found == expected, "{:?}", found.iter().map(|(name, media, ..)| (name, media)).collect::<Vec<_>>());
    let upload = "zendesk upload create";
    assert_eq!(page.effects(), [upload, upload, upload, "zendesk ticket create"]);
}

fn noise(content: &[u8]) -> [File<'_>; 1] {
    [("variables.input.attachments.0", "noise.txt", "text/plain", content)]
}

#[tokio::test]
async fn an_answer_to_a_ticket_has_its_files_and_a_repeat_sends_none_again() {
    let page = Page::open().await;
    let made = page.send(CREATE, json!({ "subject": "Noise", "body": "Since today." }), &[]).await;
    let ticket = &made["data"]["createTicket"]["ticket"]["id"];
    let input =
        |key: &str| json!({ "ticketId": ticket, "body": "Here it is.", "attachments": [null], "idempotencyKey": key });
    let answer = page.send(REPLY, input("noise-reply-1"), &noise(b"hum")).await;
    assert_eq!(answer["data"]["replyToTicket"]["message"]["body"]["text"], "Here it is.", "{answer}");
    let done = page.effects();
    assert_eq!(done[1..], ["zendesk upload create", "zendesk ticket update"]);
    let again = page.send(REPLY, input("noise-reply-1"), &noise(b"hum")).await;
    assert_eq!(again["data"], answer["data"], "{again}");
    let other = page.send(REPLY, input("noise-reply-1"), &noise(b"hum!")).await;
    assert_eq!(other["errors"][0]["extensions"]["code"], "CONFLICT", "the same key with another file");
    assert_eq!(page.effects(), done);
    let file = ("noise.txt".to_owned(), "text/plain".to_owned(), b"hum".to_vec(), true);
    assert_eq!(page.at_the_desk(), [file]);
}

#[tokio::test]
async fn what_is_not_taken_is_told_with_its_place_and_nothing_is_sent() {
    let page = Page::open().await;
    let large = [b"%PDF-1.7\n".to_vec(), vec![b' '; 10 * 1024 * 1024]].concat();
    let input = json!({ "subject": "", "body": "x", "attachments": [null, null, null, null] });
    let files: [File<'_>; 4] = [
        ("variables.input.attachments.0", "fine.png", "image/png", PNG),
        ("variables.input.attachments.1", "setup.exe", "image/png", b"MZ\x90\0"),
        ("variables.input.attachments.2", "large.pdf", "application/pdf", &large),
        ("variables.input.attachments.3", "page.pdf", "application/pdf", b"<html><script>alert(1)</script>"),
    ];
    let answer = page.send(CREATE, input, &files).await;
    let told: Vec<_> = answer["data"]["createTicket"]["userErrors"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"))
        .iter()
        .map(|error| (error["code"].as_str().unwrap(), error["path"].to_string()))
        .collect();
    let at = |number| format!(r#"["input","attachments","{number}"]"#);
    assert_eq!(
        told,
        [
            ("REQUIRED", r#"["input","subject"]"#.to_owned()),
            ("FILE_TYPE_REFUSED", at(1)),
            ("FILE_TOO_LARGE", at(2)),
            ("FILE_TYPE_REFUSED", at(3)),
        ]
    );
    assert!(page.effects().is_empty() && page.at_the_desk().is_empty(), "nothing was sent");
}
