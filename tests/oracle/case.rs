//! One case, as it is kept in a file: what stands above the first section says why.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// A schema, data, and a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What it shows, in words.
    pub about: String,
    /// Follows `base.graphql`.
    pub schema: String,
    /// See `data.rs`; the same for several cases.
    pub data: Arc<Value>,
    /// `"id:Thing:1"` in it stands for the id of that record.
    pub document: String,
    pub operation: Option<String>,
    pub variables: Value,
}

impl Case {
    /// Reads a kept file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut sections = text.split("\n== ");
        let about = sections.next().unwrap_or_default().trim().to_owned();
        let mut case = Self {
            about,
            schema: String::new(),
            data: Arc::default(),
            document: String::new(),
            operation: None,
            variables: serde_json::json!({}),
        };
        for section in sections {
            let (name, body) = section.split_once('\n').unwrap_or((section, ""));
            let json = || serde_json::from_str(body).map_err(|error| format!("{name}: {error}"));
            match name.trim() {
                "schema" => case.schema = body.trim_end().to_owned() + "\n",
                "data" => case.data = Arc::new(json()?),
                // The document to the last byte: a case may be about its blanks.
                "document" => case.document = body.strip_suffix('\n').unwrap_or(body).to_owned(),
                "operation" => case.operation = Some(body.trim().to_owned()),
                "variables" => case.variables = json()?,
                other => return Err(format!("no section is called `{other}`")),
            }
        }
        Ok(case)
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.about.trim())?;
        writeln!(f, "== schema\n{}", self.schema.trim_end())?;
        writeln!(f, "\n== data\n{:#}", self.data)?;
        writeln!(f, "\n== variables\n{:#}", self.variables)?;
        if let Some(operation) = &self.operation {
            writeln!(f, "\n== operation\n{operation}")?;
        }
        write!(f, "\n== document\n{}\n", self.document)
    }
}
