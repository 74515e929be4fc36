//! A folder of this machine as a store: nothing is read or written through a link, and so nothing outside of it.

use std::collections::BTreeSet;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use opendal::raw::Timestamp;
use opendal::{Metadata, MetadataBuilder};

use super::answer::Refused;
use super::list::{Found, MOST};

/// The folder.
#[derive(Debug)]
pub(super) struct Jail(pub(super) Arc<Path>);

impl Jail {
    /// Refuses a path that any link is on the way of. What is not there yet leads nowhere else.
    pub(super) async fn enter(&self, path: &str) -> std::result::Result<(), Refused> {
        let root = Arc::clone(&self.0);
        let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        match looked(move || is_straight(root.to_path_buf(), &parts)).await? {
            true => Ok(()),
            false => Err(Refused::path("leads through a link")),
        }
    }

    /// The files below a path, in no order, and the folders beside them; of those right in it alone, where it is `flat`. The
    /// library would look behind links to find out what they are.
    pub(super) async fn below(&self, prefix: &str, flat: bool) -> std::result::Result<Found, Refused> {
        let (root, prefix) = (Arc::clone(&self.0), prefix.to_owned());
        looked(move || walk(&root, prefix, flat)).await
    }
}

/// What the machine's own files say, off the threads that others wait for.
async fn looked<T: Send + 'static>(
    look: impl FnOnce() -> Result<T> + Send + 'static,
) -> std::result::Result<T, Refused> {
    let broken = |why: String| Refused::new(502, "Unexpected", format!("the folder cannot be read: {why}"));
    match tokio::task::spawn_blocking(look).await {
        Ok(looked) => looked.map_err(|error| broken(error.to_string())),
        Err(error) => Err(broken(error.to_string())),
    }
}

fn walk(root: &Path, prefix: String, flat: bool) -> Result<Found> {
    let (mut objects, mut folders) = (Vec::new(), BTreeSet::new());
    let mut left = vec![prefix];
    let mut seen = 0;
    while let Some(folder) = left.pop() {
        let entries = match std::fs::read_dir(root.join(&folder)) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            seen += 1;
            if seen > MOST {
                return Err(Error::other(format!("more than {MOST} files lie below one path")));
            }
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            // Of the entry itself: of a link, that it is one.
            let known = match entry.metadata() {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                known => known?,
            };
            let path = format!("{folder}{name}");
            if known.is_dir() {
                let path = format!("{path}/");
                if flat {
                    folders.insert(path);
                } else {
                    left.push(path);
                }
            } else if known.is_file() {
                objects.push((path, told(&known)?));
            }
        }
    }
    Ok((objects, folders))
}

fn told(known: &std::fs::Metadata) -> Result<Metadata> {
    let mut told = MetadataBuilder::file(known.len());
    told.last_modified(Timestamp::try_from(known.modified()?).map_err(Error::other)?);
    Ok(told.build())
}

fn is_straight(mut at: PathBuf, parts: &[String]) -> Result<bool> {
    for part in parts {
        at.push(part);
        match std::fs::symlink_metadata(&at) {
            Ok(known) if known.file_type().is_symlink() => return Ok(false),
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(true),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}
