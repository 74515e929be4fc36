//! A folder of this machine as a store: nothing is read or written through a link, and so nothing outside of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::answer::Refused;

/// The folder.
#[derive(Debug)]
pub(super) struct Jail(pub(super) Arc<Path>);

impl Jail {
    /// Refuses a path that any link is on the way of. What is not there yet leads nowhere else.
    pub(super) async fn enter(&self, path: &str) -> Result<(), Refused> {
        let root = Arc::clone(&self.0);
        let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let looked = tokio::task::spawn_blocking(move || is_straight(root.to_path_buf(), &parts)).await;
        match looked {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(Refused::path("leads through a link")),
            Ok(Err(error)) => Err(Refused::new(502, "Unexpected", format!("the folder cannot be read: {error}"))),
            Err(_) => Err(Refused::new(502, "Unexpected", "the folder was not looked at")),
        }
    }
}

fn is_straight(mut at: PathBuf, parts: &[String]) -> std::io::Result<bool> {
    for part in parts {
        at.push(part);
        match std::fs::symlink_metadata(&at) {
            Ok(known) if known.file_type().is_symlink() => return Ok(false),
            Ok(_) => {}
            Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                return Ok(true);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}
