//! `incremental/{tickets,users}/cursor`: what changed since a time, a page behind the other.
//!
//! Zendesk withholds what changed within the last minute. Here it is told: the business's clock stands still between changes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::desk::Desk;
use super::error::Refusal;
use super::item::Item;
use super::list::strangers;

/// Most records in one page.
const PAGE: usize = 1000;

impl Desk<'_> {
    /// A page of what changed.
    pub(super) fn incremental(&self, kind: &'static str) -> Result<Value, Refusal> {
        let number = |name: &str| match self.ask.pairs.get(name) {
            None => Ok(None),
            Some(text) => text.parse::<i64>().map(Some).map_err(|_| Refusal::parameter(name, "must be an integer")),
        };
        let size = number("per_page")?.map_or(Some(PAGE), |size| usize::try_from(size).ok());
        let size = size.filter(|size| (1..=PAGE).contains(size));
        let size = size.ok_or_else(|| Refusal::parameter("per_page", "must be between 1 and 1000"))?;
        let from = match (self.ask.pairs.get("cursor"), number("start_time")?) {
            (Some(cursor), _) => read(cursor).ok_or_else(|| Refusal::parameter("cursor", "is invalid"))?,
            (None, Some(time)) if time <= self.now => (time, 0),
            (None, Some(_)) => return Err(Refusal::parameter("start_time", "must be in the past")),
            (None, None) => return Err(Refusal::parameter("start_time", "is missing")),
        };
        let changed = |item: &Item<'_>| (item.times().1, item.id());
        let mut all = self.all(kind);
        all.sort_by_key(changed);
        let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|item| changed(item) >= from);
        let mut rows = if self.ask.hostile { strangers(own, others) } else { own };
        let end = rows.len() <= size;
        rows.truncate(size);
        let next = rows.last().map_or(from, |item| (item.times().1, item.id() + 1));
        let cursor = STANDARD.encode(format!("{}.0||{}", next.0, next.1));
        let mut body = self.with(kind, &rows, false)?;
        body["after_cursor"] = json!(cursor);
        body["after_url"] = json!(format!("{}?cursor={cursor}", self.ask.address));
        body["before_cursor"] = Value::Null;
        body["before_url"] = Value::Null;
        body["end_of_stream"] = json!(end);
        Ok(body)
    }
}

/// The time and id that a page begins at.
fn read(cursor: &str) -> Option<(i64, u64)> {
    let text = String::from_utf8(STANDARD.decode(cursor).ok()?).ok()?;
    let (time, id) = text.split_once(".0||")?;
    Some((time.parse().ok()?, id.parse().ok()?))
}
