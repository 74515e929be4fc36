//! A request as it goes over the wire: a document, its variables, and the files that come with it.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::form::{FORM, File, form};

/// A file that comes with a request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attached {
    /// Where it stands in the request: `variables.input.file`.
    at: String,
    name: String,
    /// What the browser says it is.
    media: String,
    /// What is in it.
    text: String,
}

impl Attached {
    fn file(&self) -> File<'_> {
        (&self.at, &self.name, &self.media, self.text.as_bytes())
    }
}

/// The content type and the bytes of a request.
pub fn body(query: &str, variables: &Value, files: &[Attached]) -> (&'static str, Vec<u8>) {
    if files.is_empty() {
        let request = json!({ "query": query, "variables": variables });
        return ("application/json", request.to_string().into_bytes());
    }
    let files: Vec<File<'_>> = files.iter().map(Attached::file).collect();
    (FORM, form(query, variables, &files))
}
