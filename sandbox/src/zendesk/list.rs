//! Lists: which records, in which order, and the page of them that cursor or offset paging asks for.
//!
//! `page[size]` selects cursor paging; without it Zendesk pages by offset, and has a `count`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::web::{Pairs, mixed};

use super::error::Refusal;
use super::item::Item;

/// Most records in one page.
const PAGE: usize = 100;
/// Offset paging ends there.
const OFFSET_LIMIT: usize = 10_000;

type Condition<'a> = Box<dyn Fn(&Item<'a>) -> bool + 'a>;

/// The records of a list before paging.
pub(super) struct Listing<'a> {
    /// The key that holds the rows, such as `tickets`.
    pub(super) name: &'static str,
    /// All records there are.
    pub(super) all: Vec<Item<'a>>,
    /// Which of them the list is of.
    pub(super) own: Condition<'a>,
    /// What is left of the condition when identities do not count.
    pub(super) blind: Condition<'a>,
    /// What it can be sorted by, the default first.
    pub(super) sorts: &'static [&'static str],
}

impl<'a> Listing<'a> {
    /// A list whose condition is about identity only.
    pub(super) fn new(name: &'static str, all: Vec<Item<'a>>, own: impl Fn(&Item<'a>) -> bool + 'a) -> Self {
        Self { name, all, own: Box::new(own), blind: Box::new(|_| true), sorts: &["id", "created_at", "updated_at"] }
    }

    /// The same list with other sorts.
    pub(super) fn sorted_by(self, sorts: &'static [&'static str]) -> Self {
        Self { sorts, ..self }
    }

    /// The same list with a condition that counts whoever asks.
    pub(super) fn where_else(self, blind: impl Fn(&Item<'a>) -> bool + 'a) -> Self {
        Self { blind: Box::new(blind), ..self }
    }

    /// The records of the list in order. A hostile desk puts those of three other accounts before them.
    pub(super) fn items(self, sort: Option<(&str, bool)>, hostile: bool) -> Vec<Item<'a>> {
        let mut all = self.all;
        if let Some((field, descending)) = sort {
            all.sort_by_cached_key(|item| (item.sort_key(field), item.id()));
            if descending {
                all.reverse();
            }
        }
        let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|item| (self.own)(item) && (self.blind)(item));
        if !hostile {
            return own;
        }
        strangers(own, others.into_iter().filter(|item| (self.blind)(item)).collect())
    }
}

/// Some records of other accounts, then a list's own, then all the rest.
pub(super) fn strangers<'a>(own: Vec<Item<'a>>, others: Vec<Item<'a>>) -> Vec<Item<'a>> {
    let accounts: Vec<u64> = own.iter().map(Item::account).collect();
    let (foreign, rest): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|item| item.account() != 0 && !accounts.contains(&item.account()));
    let mut foreign = mixed(foreign, Item::account);
    let later = foreign.split_off(foreign.len().min(3));
    if foreign.is_empty() {
        return mixed(own, Item::account);
    }
    foreign.into_iter().chain(own).chain(later).chain(rest).collect()
}

/// A page of a list.
pub(super) struct Page<'a> {
    pub(super) items: Vec<Item<'a>>,
    /// What the answer says of the paging, beside the rows.
    pub(super) envelope: Value,
}

/// What a page is asked by.
pub(super) struct Ask<'a> {
    pub(super) pairs: &'a Pairs,
    /// The whole address without its query.
    pub(super) address: String,
    pub(super) hostile: bool,
}

impl Ask<'_> {
    /// The page of a list that the request asks for.
    ///
    /// # Errors
    /// On sizes, cursors and sorts that cannot be read, and beyond the end of offset paging.
    pub(super) fn page<'a>(&self, listing: Listing<'a>) -> Result<Page<'a>, Refusal> {
        match self.pairs.get("page[size]") {
            Some(size) => self.by_cursor(listing, size),
            None => self.by_offset(listing, PAGE),
        }
    }

    fn by_cursor<'a>(&self, listing: Listing<'a>, size: &str) -> Result<Page<'a>, Refusal> {
        let size = size.parse().ok().filter(|size| (1..=PAGE).contains(size));
        let size = size.ok_or_else(|| Refusal::paging("page[size]", "page[size] must be between 1 and 100"))?;
        let sort = self.pairs.get("sort");
        let (field, descending) =
            match sort.map(|sort| sort.strip_prefix('-').map_or((sort, false), |field| (field, true))) {
                None => (listing.sorts.first().copied().unwrap_or("id"), false),
                Some(sort) => sort,
            };
        if !listing.sorts.contains(&field) {
            return Err(Refusal::paging("sort", &format!("sort by {field} is not supported")));
        }
        let cursor = |name: &str| match self.pairs.get(name) {
            None => Ok(None),
            Some(text) => read_cursor(text).map(Some).ok_or_else(|| Refusal::paging(name, "Invalid cursor")),
        };
        let (after, before) = (cursor("page[after]")?, cursor("page[before]")?);
        let key = |item: &Item<'_>| (item.sort_key(field), item.id());
        let items = listing.items(Some((field, descending)), self.hostile);
        let passed = |item: &Item<'_>, cursor: &(String, u64)| {
            let order = key(item).cmp(cursor);
            if descending { order.is_gt() } else { order.is_lt() }
        };
        // Where the cursor's record stands; or would stand, had it not moved since.
        let place = |cursor: &(String, u64)| {
            let exact = items.iter().position(|item| key(item) == *cursor);
            exact.unwrap_or_else(|| items.iter().filter(|item| passed(item, cursor)).count())
        };
        let (from, to) = match (&after, &before) {
            (Some(after), _) => {
                let at = place(after);
                let found = items.get(at).is_some_and(|item| key(item) == *after);
                let from = at + usize::from(found);
                (from, from + size)
            }
            (None, Some(before)) => {
                let to = place(before);
                (to.saturating_sub(size), to)
            }
            (None, None) => (0, size),
        };
        let rows: Vec<_> = items.iter().skip(from).take(to - from).copied().collect();
        let token = |item: Option<&Item<'_>>| item.map(|item| write_cursor(&key(item)));
        let (first, last) = (token(rows.first()), token(rows.last()));
        let more = if before.is_some() && after.is_none() { from > 0 } else { from + rows.len() < items.len() };
        let link = |name: &str, cursor: &Option<String>| {
            cursor.as_ref().map(|cursor| self.link(&["page[after]", "page[before]"], name, cursor))
        };
        let next = link("page[after]", &last).filter(|_| from + rows.len() < items.len());
        let previous = link("page[before]", &first).filter(|_| from > 0);
        let envelope = json!({
            "meta": { "has_more": more, "after_cursor": last, "before_cursor": first },
            "links": { "next": next, "prev": previous }
        });
        Ok(Page { items: rows, envelope })
    }

    /// The page of a list by number; `usual` rows in a page where none are asked for.
    pub(super) fn by_offset<'a>(&self, listing: Listing<'a>, usual: usize) -> Result<Page<'a>, Refusal> {
        let field = self.pairs.get("sort_by").filter(|field| listing.sorts.contains(field));
        let field = field.or(listing.sorts.first().copied()).unwrap_or("id");
        let descending = self.pairs.get("sort_order") == Some("desc");
        let items = listing.items(Some((field, descending)), self.hostile);
        self.numbered(items, usual, OFFSET_LIMIT).ok_or_else(Refusal::too_deep)
    }

    /// The page of records in order by number; `None` where it begins beyond `limit`.
    pub(super) fn numbered<'a>(&self, items: Vec<Item<'a>>, usual: usize, limit: usize) -> Option<Page<'a>> {
        let number =
            |name: &str| self.pairs.get(name).and_then(|text| text.parse::<usize>().ok()).filter(|number| *number > 0);
        let page = number("page").unwrap_or(1);
        let size = number("per_page").unwrap_or(usual).min(PAGE);
        let from = (page - 1).saturating_mul(size);
        if from >= limit {
            return None;
        }
        let rows: Vec<_> = items.iter().skip(from).take(size).copied().collect();
        let link = |page: usize| self.link(&["page"], "page", &page.to_string());
        let envelope = json!({
            "count": items.len(),
            "next_page": (from + rows.len() < items.len()).then(|| link(page + 1)),
            "previous_page": (page > 1).then(|| link(page - 1)),
            "page": page,
            "per_page": size,
            "page_count": items.len().div_ceil(size)
        });
        Some(Page { items: rows, envelope })
    }

    /// The request's address with one parameter instead of some.
    fn link(&self, without: &[&str], name: &str, value: &str) -> String {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let kept = self.pairs.0.iter().filter(|(name, _)| !without.contains(&name.as_str()));
        let query: Vec<String> = kept
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain([(name, value)])
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        format!("{}?{}", self.address, query.join("&"))
    }
}

fn write_cursor((key, id): &(String, u64)) -> String {
    URL_SAFE_NO_PAD.encode(format!("{key}|{id}"))
}

fn read_cursor(text: &str) -> Option<(String, u64)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (key, id) = text.rsplit_once('|')?;
    Some((key.to_owned(), id.parse().ok()?))
}
