//! What lies below a path: pages in the order of the paths, and folders.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use opendal::{Lister, Metadata, Operator};
use serde_json::{Value, json};

use super::answer::Refused;
use super::asked::{Asked, checked};
use super::folder::{Jail, Walk};
use super::row;

/// Objects of a page, at most.
pub(super) const PAGE: usize = 1000;
/// Entries that are looked at for one page, at most: what cannot be asked for by its path is passed over.
const MOST: usize = 20_000;

/// An object that was found.
pub(super) struct Object {
    pub(super) path: String,
    pub(super) known: Metadata,
    /// When it changed last, as far as the store says so: of a file that was moved here, that it was.
    pub(super) changed: Option<Timestamp>,
}

/// Objects, and folders.
pub(super) type Found = (Vec<Object>, BTreeSet<String>);

/// How a store lists.
pub(super) struct Listing<'a> {
    pub(super) operator: &'a Operator,
    pub(super) below: usize,
    /// Where it is a folder, which has no order of its own.
    pub(super) jail: Option<&'a Jail>,
}

impl Listing<'_> {
    /// One page.
    pub(super) async fn page(&self, asked: &Asked) -> Result<Value, Refused> {
        let prefix = asked.folder()?;
        let flat = asked.get("folder").is_some() || asked.says("folders");
        let limit = limit(asked);
        let after = asked.get("after");
        if let Some(after) = after
            && (checked(after).is_err() || !after.starts_with(&prefix))
        {
            return Err(outside());
        }
        let folders = asked.says("folders");
        let found = self.entries(&prefix, (flat, after), if folders { MOST } else { limit + 1 }).await?;
        let (objects, below) = found;
        // Folders are told whole, and the objects beside them are nobody's question then.
        let objects = if folders { Vec::new() } else { objects };
        let more = objects.len() > limit;
        let rows: Vec<Value> =
            objects.iter().take(limit).map(|object| row::row(&object.path, &object.known, self.below)).collect();
        let next = objects.get(limit - 1).filter(|_| more).map(|object| &object.path);
        let name = asked.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let folder = |path: &String| {
            let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
            json!({ "name": parts.last(), "path": parts.get(self.below..).unwrap_or_default().join("/") })
        };
        Ok(json!({
            "at": { "name": name, "path": asked.path },
            "rows": rows,
            "next": next,
            "folders": below.iter().map(folder).collect::<Vec<_>>(),
        }))
    }

    /// Objects in the order of their paths, at most so many, and the folders beside them.
    async fn entries(
        &self,
        prefix: &str,
        (flat, after): (bool, Option<&str>),
        wanted: usize,
    ) -> Result<Found, Refused> {
        if let Some(jail) = self.jail {
            let walk = Walk { prefix: prefix.to_owned(), flat, since: None, most: MOST };
            let (mut objects, mut folders) = files(jail, walk, after).await?;
            objects.truncate(wanted);
            folders.retain(|path| is_known(path));
            return Ok((objects, folders));
        }
        let mut lister = self.lister(prefix, (flat, after), wanted.min(PAGE)).await?;
        let (mut objects, mut folders, mut seen) = (Vec::new(), BTreeSet::new(), 0);
        while objects.len() < wanted
            && let Some(entry) = lister.try_next().await?
        {
            seen += 1;
            if seen > MOST {
                return Err(Refused::new(400, "TooMany", format!("more than {MOST} entries for one page")));
            }
            let object = told(entry);
            if !object.path.starts_with(prefix) || object.path == prefix || !is_known(&object.path) {
                continue;
            }
            if object.path.ends_with('/') {
                folders.insert(object.path);
            } else if object.known.is_file() && after.is_none_or(|after| *object.path > *after) {
                objects.push(object);
            }
        }
        Ok((objects, folders))
    }

    /// A bucket's own list.
    pub(super) async fn lister(
        &self,
        prefix: &str,
        (flat, after): (bool, Option<&str>),
        at_once: usize,
    ) -> Result<Lister, Refused> {
        let mut lister = self.operator.lister_with(if prefix.is_empty() { "/" } else { prefix });
        lister = lister.recursive(!flat).limit(at_once);
        if let Some(after) = after {
            lister = lister.start_after(after);
        }
        Ok(lister.await?)
    }

    /// The versions of one object, newest first; none where the store keeps none.
    pub(super) async fn versions(&self, path: &str) -> Result<Value, Refused> {
        let mut lister = self.operator.lister_with(path).versions(true).await?.take(MOST);
        let mut versions = Vec::new();
        while let Some(entry) = lister.try_next().await? {
            let (found, known) = entry.into_parts();
            // Objects whose paths begin alike are listed, too.
            if found == path && known.is_file() {
                versions.push(known);
            }
        }
        // Without versions, a store tells of one that is called `null`.
        if versions.iter().all(|known| known.version().is_none_or(|version| version == "null")) {
            return Ok(Value::Null);
        }
        versions.sort_by_key(|known| {
            std::cmp::Reverse((known.is_current() == Some(true), known.last_modified().map(|at| at.into_inner())))
        });
        let versions = versions.iter().map(|known| row::version(path, known, known.is_current() == Some(true)));
        Ok(versions.collect())
    }
}

/// The files of a folder behind a path, in the order of their paths, and folders.
pub(super) async fn files(jail: &Jail, walk: Walk, after: Option<&str>) -> Result<Found, Refused> {
    let (mut objects, folders) = jail.below(walk).await?;
    objects.retain(|object| is_known(&object.path) && after.is_none_or(|after| *object.path > *after));
    objects.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((objects, folders))
}

/// Whether what is listed can be asked for by its path.
pub(super) fn is_known(path: &str) -> bool {
    checked(path.strip_suffix('/').unwrap_or(path)).is_ok()
}

/// How many objects a page has.
pub(super) fn limit(asked: &Asked) -> usize {
    asked.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(PAGE).clamp(1, PAGE)
}

/// A page cannot begin there.
pub(super) fn outside() -> Refused {
    Refused::new(400, "BadPosition", "the page begins outside of what is listed")
}

/// What a bucket's list tells.
pub(super) fn told(entry: opendal::Entry) -> Object {
    let (path, known) = entry.into_parts();
    let changed = known.last_modified().map(opendal::raw::Timestamp::into_inner);
    Object { path, known, changed }
}
