//! The business's mail server, as a program that sends mail has it, and as the control port shows it.

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::client::Client;

/// Says each of these, and answers with the codes that it was told, the greeting's first.
async fn talks(client: &Client, lines: &[&str]) -> Vec<String> {
    let stream = TcpStream::connect(client.running.mail).await.unwrap();
    let mut stream = BufReader::new(stream);
    let mut codes = Vec::new();
    for line in [""].iter().chain(lines) {
        if !line.is_empty() {
            stream.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        }
        let mut told = String::new();
        while told.is_empty() || told.lines().last().unwrap().as_bytes()[3] == b'-' {
            assert!(stream.read_line(&mut told).await.unwrap() > 0, "after `{line}`: {told}");
        }
        codes.push(told[..3].to_owned());
    }
    codes
}

#[tokio::test]
async fn a_letter_is_taken_and_shown_decoded() {
    let client = Client::start().await;
    let letter = "From: Portal <portal@example.com>\r\nSubject: =?utf-8?b?R3LDvMOfZQ==?=\r\nContent-Language: de\r\n\
        Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nEins\r\n..zwei\r\n.";
    let said = ["EHLO me", "MAIL FROM:<portal@example.com>", "RCPT TO:<ana@example.com>", "DATA", letter, "QUIT"];
    assert_eq!(talks(&client, &said).await, ["220", "250", "250", "250", "354", "250", "221"]);
    let shown = client.get("control", "/mails").await.1;
    assert_eq!(shown.as_array().unwrap().len(), 1);
    let expected =
        [("to", "ana@example.com"), ("from", "Portal <portal@example.com>"), ("subject", "Grüße"), ("language", "de")];
    for (name, value) in expected {
        let told = shown[0][name].as_str().or_else(|| shown[0][name][0].as_str());
        assert_eq!(told, Some(value), "{shown}");
    }
    assert_eq!(shown[0]["text"], "Eins\n.zwei\n");
}

#[tokio::test]
async fn what_is_no_letter_is_refused_and_nothing_is_kept() {
    let client = Client::start().await;
    let said = ["HELO me", "DATA", "RCPT TO:nobody", "VRFY ana", "MAIL FROM:<a@example.com>", "RCPT TO:<>", "NOOP"];
    assert_eq!(talks(&client, &said).await, ["220", "250", "503", "501", "502", "250", "501", "250"]);
    client.running.state.mails.answer(&["451 try again later"]);
    let said = ["MAIL FROM:<a@example.com>", "RCPT TO:<ana@example.com>", "DATA"];
    assert_eq!(talks(&client, &said).await, ["220", "250", "451", "503"]);
    let long = "x".repeat(1_000);
    let mut said = vec!["MAIL FROM:<a@example.com>", "RCPT TO:<ana@example.com>", "DATA"];
    let body = [vec![long.as_str(); 300].join("\r\n"), ".".to_owned()].join("\r\n");
    said.push(&body);
    assert_eq!(talks(&client, &said).await.last().unwrap(), "552");
    assert_eq!(client.get("control", "/mails").await.1.as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn the_last_letters_are_kept_and_no_more() {
    let client = Client::start().await;
    let one = ["MAIL FROM:<a@example.com>", "RCPT TO:<ana@example.com>", "DATA", "Subject: one\r\n\r\n."];
    let most = vestibule_sandbox::mail::MOST;
    let said: Vec<&str> = one.iter().cycle().take(one.len() * (most + 2)).copied().collect();
    talks(&client, &said).await;
    let kept = client.running.state.mails.all();
    assert_eq!((kept.len(), kept[0].number), (most, 3));
}
