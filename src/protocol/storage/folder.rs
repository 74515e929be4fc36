//! A folder of this machine as a store: nothing is read or written through a link, and so nothing outside of it.

use std::collections::BTreeSet;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use opendal::MetadataBuilder;

use super::answer::Refused;
use super::list::{Found, Object};

/// The folder.
#[derive(Debug)]
pub(super) struct Jail(pub(super) Arc<Path>);

impl Jail {
    /// Refuses a path that any link is on the way of. What is not there yet leads nowhere else.
    pub(super) async fn enter(&self, path: &str) -> std::result::Result<(), Refused> {
        match self.way(path).await? {
            Way::Link => Err(Refused::path("leads through a link")),
            Way::Straight | Way::File => Ok(()),
        }
    }

    /// The same for an object that is to be made, with the folders on its way that are missing: none of them can be where a file
    /// is.
    pub(super) async fn enter_new(&self, path: &str) -> std::result::Result<(), Refused> {
        match self.way(path).await? {
            Way::Link => Err(Refused::path("leads through a link")),
            Way::File => Err(Refused::folder()),
            Way::Straight => Ok(()),
        }
    }

    async fn way(&self, path: &str) -> std::result::Result<Way, Refused> {
        let root = Arc::clone(&self.0);
        let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        looked(move || way(root.to_path_buf(), &parts)).await
    }

    /// The files below a path, in no order, and the folders beside them. The library would look behind links to find out what
    /// they are.
    pub(super) async fn below(&self, walk: Walk) -> std::result::Result<Found, Refused> {
        let root = Arc::clone(&self.0);
        looked(move || walked(&root, walk)).await
    }
}

/// Where a path leads, as far as it is there.
enum Way {
    Straight,
    /// Through a link.
    Link,
    /// Through a file, which has nothing below it.
    File,
}

/// What is looked for in a folder.
pub(super) struct Walk {
    /// Below which path.
    pub(super) prefix: String,
    /// Whether only what is right in it.
    pub(super) flat: bool,
    /// Only what changed since then.
    pub(super) since: Option<Timestamp>,
    /// How many files and folders are looked at, at most.
    pub(super) most: usize,
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

fn walked(root: &Path, walk: Walk) -> Result<Found> {
    let Walk { prefix, flat, since, most } = walk;
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
            if seen > most {
                return Err(Error::other(format!("more than {most} files lie below one path")));
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
                let object = told(path, &known)?;
                if since.is_none_or(|since| object.is_since(since)) {
                    objects.push(object);
                }
            }
        }
    }
    Ok((objects, folders))
}

fn told(path: String, file: &std::fs::Metadata) -> Result<Object> {
    let written = Timestamp::try_from(file.modified()?).map_err(Error::other)?;
    let mut known = MetadataBuilder::file(file.len());
    known.last_modified(written.into());
    Ok(Object { path, known: known.build(), changed: Some(written).max(placed(file)) })
}

/// When a file got its name and its place, where the machine knows: one that is moved here, or copied together with its times,
/// was written before that.
#[cfg(unix)]
fn placed(file: &std::fs::Metadata) -> Option<Timestamp> {
    use std::os::unix::fs::MetadataExt as _;
    Timestamp::new(file.ctime(), i32::try_from(file.ctime_nsec()).ok()?).ok()
}

#[cfg(not(unix))]
fn placed(_: &std::fs::Metadata) -> Option<Timestamp> {
    None
}

fn way(mut at: PathBuf, parts: &[String]) -> Result<Way> {
    for part in parts {
        at.push(part);
        match std::fs::symlink_metadata(&at) {
            Ok(known) if known.file_type().is_symlink() => return Ok(Way::Link),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Way::Straight),
            Err(error) if error.kind() == ErrorKind::NotADirectory => return Ok(Way::File),
            Err(error) => return Err(error),
        }
    }
    Ok(Way::Straight)
}
