//! What lies below a path: pages in the order of the paths, and folders.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt};
use opendal::{ErrorKind, Lister, Metadata, Operator};
use serde_json::{Value, json};

use super::answer::Refused;
use super::asked::{Asked, checked};
use super::row;

/// Objects of a page, at most.
const PAGE: usize = 1000;
/// Entries that are looked at for one page, at most: what cannot be asked for by its path is passed over.
const MOST: usize = 20_000;

/// How a store lists.
pub(super) struct Listing<'a> {
    pub(super) operator: &'a Operator,
    pub(super) below: usize,
    /// Whether the store can begin behind a path by itself, and lists in the order of paths.
    pub(super) ordered: bool,
}

impl Listing<'_> {
    /// One page.
    pub(super) async fn page(&self, asked: &Asked) -> Result<Value, Refused> {
        let prefix = asked.folder()?;
        let flat = asked.get("folder").is_some() || asked.says("folders");
        let limit = asked.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(PAGE).clamp(1, PAGE);
        let after = asked.get("after");
        if let Some(after) = after
            && (checked(after).is_err() || !after.starts_with(&prefix))
        {
            return Err(Refused::new(400, "BadPosition", "the page begins outside of what is listed"));
        }
        let folders = asked.says("folders");
        let found = self.entries(&prefix, (flat, after), if folders { MOST } else { limit + 1 }).await?;
        let (objects, below) = found;
        let more = objects.len() > limit;
        let rows: Vec<Value> =
            objects.iter().take(limit).map(|(path, known)| row::row(path, known, self.below)).collect();
        let next = objects.get(limit - 1).filter(|_| more).map(|(path, _)| path);
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
    ) -> Result<(Vec<(String, Metadata)>, BTreeSet<String>), Refused> {
        let (mut objects, mut folders) = (Vec::new(), BTreeSet::new());
        let Some(mut lister) = self.lister(prefix, (flat, after), wanted).await? else { return Ok((objects, folders)) };
        let mut looked = 0;
        while let Some(entry) = lister.try_next().await? {
            looked += 1;
            if looked > MOST {
                return Err(Refused::new(400, "TooMany", format!("more than {MOST} objects lie below one path")));
            }
            let (path, known) = entry.into_parts();
            let named = path.strip_suffix('/').unwrap_or(&path);
            if !path.starts_with(prefix) || path == prefix || checked(named).is_err() {
                continue;
            }
            if path.ends_with('/') {
                folders.insert(path);
            } else if known.is_file() && after.is_none_or(|after| *path > *after) {
                objects.push((path, known));
                if self.ordered && objects.len() >= wanted {
                    break;
                }
            }
        }
        if !self.ordered {
            objects.sort_by(|(a, _), (b, _)| a.cmp(b));
            objects.truncate(wanted);
        }
        Ok((objects, folders))
    }

    async fn lister(
        &self,
        prefix: &str,
        (flat, after): (bool, Option<&str>),
        wanted: usize,
    ) -> Result<Option<Lister>, Refused> {
        let mut lister = self.operator.lister_with(if prefix.is_empty() { "/" } else { prefix }).recursive(!flat);
        if self.ordered {
            lister = lister.limit(wanted.min(PAGE));
            if let Some(after) = after {
                lister = lister.start_after(after);
            }
        }
        match lister.await {
            Ok(lister) => Ok(Some(lister)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
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
