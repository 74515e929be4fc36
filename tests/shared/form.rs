//! Requests with files, as browsers send them.

use serde_json::{Value, json};

/// Parts the parts of a form; it stands in none of them.
pub const BOUNDARY: &str = "cut-here-7f3a";
/// What a form is sent as.
pub const FORM: &str = "multipart/form-data; boundary=cut-here-7f3a";

/// A file of a form: where it stands in the request, its name, what the browser says it is, and what is in it.
pub type File<'a> = (&'a str, &'a str, &'a str, &'a [u8]);

/// A form with a request and its files.
pub fn form(query: &str, variables: &Value, files: &[File<'_>]) -> Vec<u8> {
    let places: serde_json::Map<String, Value> =
        files.iter().enumerate().map(|(at, (place, ..))| (at.to_string(), json!([place]))).collect();
    let operations = json!({ "query": query, "variables": variables }).to_string();
    let mut body = Vec::new();
    for (name, text) in [("operations", operations), ("map", Value::Object(places).to_string())] {
        let head = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
        body.extend_from_slice(head.as_bytes());
    }
    for (at, (_, name, media, content)) in files.iter().enumerate() {
        body.extend_from_slice(head(at, name, media).as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// What stands before a file.
pub fn head(at: usize, name: &str, media: &str) -> String {
    let kind = format!("content-disposition: form-data; name=\"{at}\"; filename=\"{name}\"\r\ncontent-type: {media}");
    format!("--{BOUNDARY}\r\n{kind}\r\n\r\n")
}
