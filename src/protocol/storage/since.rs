//! What changed below a path since a time. No store says by itself which objects these are: all are looked at.

use futures::TryStreamExt;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Refused;
use super::asked::Asked;
use super::folder::{Jail, Walk};
use super::list::{Listing, Object, PAGE, files, is_known, limit, outside, told};
use super::row;

/// Entries of a bucket that are looked at for one page, at most: ten requests of S3.
const LOOKED: usize = 10 * PAGE;
/// Files and folders that are looked at in a folder, at most.
const MOST: usize = 200_000;

impl Object {
    /// Whether it changed since a time, or nobody can say. Buckets count in whole seconds.
    pub(super) fn is_since(&self, since: Timestamp) -> bool {
        self.changed.is_none_or(|changed| changed.as_second() >= since.as_second())
    }
}

/// Objects, and behind which path the next page begins.
type Page = (Vec<Object>, Option<String>);

impl Listing<'_> {
    /// One page, in the order of the paths.
    pub(super) async fn changed(&self, asked: &Asked, since: Timestamp) -> Result<Value, Refused> {
        let prefix = asked.folder()?;
        let after = asked.get("after");
        if after.is_some_and(|after| !after.starts_with(&prefix)) {
            return Err(outside());
        }
        let wanted = Wanted { prefix, after, since, limit: limit(asked) };
        let (objects, next) = match self.jail {
            Some(jail) => self.in_folder(jail, wanted).await?,
            None => self.in_bucket(wanted).await?,
        };
        let rows: Vec<Value> = objects.iter().map(row::changed).collect();
        Ok(json!({ "rows": rows, "next": next, "more": next.is_some() }))
    }

    async fn in_folder(&self, jail: &Jail, wanted: Wanted<'_>) -> Result<Page, Refused> {
        let Wanted { prefix, after, since, limit } = wanted;
        let walk = Walk { prefix, flat: false, since: Some(since), most: MOST };
        let (mut objects, _) = files(jail, walk, after).await?;
        objects.retain(|object| self.is_owned(&object.path));
        let more = objects.len() > limit;
        objects.truncate(limit);
        let next = objects.last().filter(|_| more).map(|object| object.path.clone());
        Ok((objects, next))
    }

    /// A page ends when enough has been looked at, whether or not any of it has changed.
    async fn in_bucket(&self, wanted: Wanted<'_>) -> Result<Page, Refused> {
        let mut lister = self.lister(&wanted.prefix, (false, wanted.after), PAGE).await?;
        let (mut objects, mut last) = (Vec::new(), None);
        for _ in 0..LOOKED {
            let Some(entry) = lister.try_next().await? else { return Ok((objects, None)) };
            let object = told(entry);
            last = Some(object.path.clone());
            if object.known.is_file()
                && is_known(&object.path)
                && self.is_owned(&object.path)
                && object.is_since(wanted.since)
            {
                objects.push(object);
            }
            if objects.len() == wanted.limit {
                break;
            }
        }
        Ok((objects, last))
    }

    /// Whether an object is in somebody's folder: nobody is told of any other.
    fn is_owned(&self, path: &str) -> bool {
        path.split('/').count() > self.below
    }
}

/// What is wanted of a page.
struct Wanted<'a> {
    prefix: String,
    after: Option<&'a str>,
    since: Timestamp,
    limit: usize,
}
