//! Files that links lead to: found as the person that the link was made for.

use std::sync::Arc;
use std::time::Duration;

use super::Tenant;
use crate::error::{Code, Error, Result};
use crate::files::{Link, Unopened};
use crate::model::{Files as _, OpenFile, OpenedFile, Value};

/// A file that a link leads to, as its record tells it at that moment.
#[derive(Debug)]
pub struct LinkedFile {
    /// What it is called.
    pub name: Option<Arc<str>>,
    /// Its media type.
    pub media: Option<Arc<str>>,
    /// Its length in bytes.
    pub size: Option<u64>,
    /// Whether the link is for showing it in a page.
    pub shown: bool,
    /// How it is opened, as a whole.
    pub open: OpenFile,
}

impl Tenant {
    /// The file that a link leads to, for the person it was made for: their rights are found out, and the record is read,
    /// anew. `None`: the link works no more. `NOT_FOUND` is everything that must not be told apart.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FORBIDDEN` with a message for what its system takes for harmful; what kept a system from saying.
    pub async fn file(&self, link: &str, deadline: Duration) -> Result<Option<LinkedFile>> {
        let unknown = || Error::public(Code::NotFound, "There is no such file, or not for you.");
        let link = match Link::open(&self.executor.sealer, link, self.clock.now()) {
            Ok(link) => link,
            Err(Unopened::Expired) => return Ok(None),
            Err(Unopened::Forged) => return Err(unknown()),
        };
        let hidden = |error: Error| match error.code() {
            Code::Forbidden | Code::NotFound => {
                tracing::debug!(%error, "a link to a file is refused");
                unknown()
            }
            _ => error,
        };
        let caller = self.identity.holder(&link, deadline).await.map_err(hidden)?;
        let found = self.executor.file(&caller, &link, deadline).await.map_err(hidden)?;
        let file = found.ok_or_else(unknown)?;
        if !file.safe {
            let message = "The system that keeps this file does not say that it is safe to open.";
            return Err(Error::public(Code::Forbidden, message));
        }
        let entity = self.executor.planner.graph.entity_id(&link.entity).ok_or_else(unknown)?;
        let told = |name: &str| self.executor.told(&file, name);
        Ok(Some(LinkedFile {
            name: told("name").and_then(Value::as_text).map(Arc::from),
            media: told("contentType").and_then(Value::as_text).map(Arc::from),
            size: match told("size") {
                Some(Value::Int(size)) => u64::try_from(*size).ok(),
                _ => None,
            },
            shown: link.shown,
            open: OpenFile {
                source: file.source,
                entity,
                at: file.at.clone(),
                inside: file.inside.clone(),
                part: None,
                context: self.executor.file_context(&caller, file.source, deadline),
            },
        }))
    }

    /// Opens a file, for its bytes.
    ///
    /// # Errors
    /// As [`crate::model::Files::open`].
    pub async fn open_file(&self, file: OpenFile) -> Result<OpenedFile> {
        self.sources.open(file).await
    }
}
