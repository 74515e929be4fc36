//! One query of an entity set: its options, its pages, its rows.
//!
//! A page of `$skip` services is asked for with one row more than wanted, since neither `$top` nor a short page says
//! whether there is more; services that page by their own link say it with the link. Of a link only the token is taken:
//! its host is never followed.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::super::core::{Answer, Ask, Core};
use super::super::encode;
use super::super::errors::{Failure, unusable};
use super::super::names::Names;
use super::super::page::{Fetched, PageAsk, Paged, Wanted, pages};
use super::super::wants::Wants;
use crate::connector::{Body, Method, ODataOptions, ODataPage, Page, PageStyle, Part, Pattern, Request, Template};
use crate::model::{Position, ReadContext, Wire};

/// Rows of one page where nothing is declared: services cut it shorter by themselves, and say so.
const PAGE: u32 = 1000;
/// Rows of a read that is wanted whole.
const WHOLE: u32 = 10_000;

/// A query, but for its page.
pub(super) struct Query<'a> {
    pub(super) core: &'a Core,
    pub(super) context: &'a ReadContext,
    pub(super) names: &'a Names,
    pub(super) set: Arc<str>,
    pub(super) options: Vec<(String, String)>,
    /// What of a row is wanted.
    pub(super) row: Wants,
    pub(super) total: bool,
}

/// The switches of a connector; those of a V4 service where it has none.
pub(super) fn switches(core: &Core) -> ODataOptions {
    let usual = ODataOptions { version: 4, keys: 40, page: ODataPage::NextLink, csrf: false };
    core.binding.connector.odata.clone().unwrap_or(usual)
}

impl Query<'_> {
    /// Rows behind a position.
    pub(super) async fn rows(
        &self,
        after: Option<&Position>,
        wanted: Wanted,
        max: u32,
    ) -> Result<Paged<Wire>, Failure> {
        let switches = switches(self.core);
        let style = match switches.page {
            ODataPage::Skip => PageStyle::Offset,
            ODataPage::NextLink => PageStyle::Cursor,
        };
        let max = if max == 0 { PAGE } else { max };
        let page = Page { style, size: None, at: None, next: None, more: None, total: None, max, rows: None };
        let switches = &switches;
        let fetch = |ask: PageAsk| -> BoxFuture<'_, _> { Box::pin(async move { self.page(switches, &ask).await }) };
        pages(&page, after, wanted, &fetch).await
    }

    /// All rows.
    pub(super) async fn all(&self) -> Result<Vec<Wire>, Failure> {
        let paged = self.rows(None, Wanted { first: WHOLE, more: true }, PAGE).await.map_err(Failure::of_all)?;
        if paged.has_next {
            return Err(unusable(format!("`GET {}` has more than {WHOLE} rows for one read", self.set)));
        }
        Ok(paged.rows.into_iter().map(|(row, _)| row).collect())
    }

    /// How long the address is without a filter.
    pub(super) fn length(&self) -> usize {
        let base = self.core.address_text(&self.set, "").map_or(0, |text| text.len());
        base + encode::query(&self.options).len() + 120
    }

    async fn page(&self, switches: &ODataOptions, ask: &PageAsk) -> Result<Fetched<Wire>, Failure> {
        let v2 = switches.version < 4;
        let mut options = self.options.clone();
        let mut option = |name: &str, value: String| options.push((name.to_owned(), value));
        match switches.page {
            ODataPage::Skip => {
                option("$top", ask.size.to_string());
                ask.at.iter().for_each(|at| option("$skip", at.to_string()));
            }
            ODataPage::NextLink => {
                if let Some((name, token)) = ask.at.as_deref().and_then(|at| at.split_once('=')) {
                    option(if name == "$skip" { "$skip" } else { "$skiptoken" }, token.to_owned());
                }
            }
        }
        if self.total {
            let (name, value) = if v2 { ("$inlinecount", "allpages") } else { ("$count", "true") };
            option(name, value.to_owned());
        }
        if v2 {
            option("$format", "json".to_owned());
        }
        let request = self.request(switches, ask);
        let query = options.into_iter().map(|(name, value)| (name, Wire::Text(value.into()))).collect();
        let ask =
            Ask { request: &request, names: self.names, placed: Vec::new(), query, deadline: self.context.deadline };
        let Some(answer) = self.core.ask(&ask, self.wants(v2)).await? else {
            return Err(unusable("the entity set's name cannot stand in an address"));
        };
        read(answer, v2)
    }

    fn request(&self, switches: &ODataOptions, ask: &PageAsk) -> Request {
        let text = |text: &str| Template::Literal(Wire::Text(text.into()));
        let mut headers = Vec::new();
        if switches.version >= 4 {
            // Decimals and large numbers as exact text (OData JSON 4.01, 3.2).
            headers.push((Arc::from("Accept"), text("application/json;IEEE754Compatible=true")));
            headers.push((Arc::from("OData-MaxVersion"), text("4.0")));
        }
        if switches.page == ODataPage::NextLink {
            headers.push((Arc::from("Prefer"), text(&format!("odata.maxpagesize={}", ask.size))));
        }
        let path = Pattern { parts: vec![Part::Text(Arc::clone(&self.set))], text: Arc::clone(&self.set) };
        Request { method: Method::Get, path, query: Vec::new(), headers, body: Body::None, limit: None }
    }

    fn wants(&self, v2: bool) -> Wants {
        let mut wants = Wants::default();
        if !v2 {
            wants.names(["@odata.count"]);
            wants.names(["@odata.nextLink"]);
            wants.graft(&["value"], &self.row);
            return wants;
        }
        // Rows are in `d.results`, or in `d` itself where a service predates paging.
        wants.graft(&["d"], &self.row);
        wants.graft(&["d", "results"], &self.row);
        wants.names(["d", "__count"]);
        wants.names(["d", "__next"]);
        wants
    }
}

/// The rows of an answer, and what it says of there being more.
fn read(answer: Answer, v2: bool) -> Result<Fetched<Wire>, Failure> {
    let body = answer.body;
    let (holder, list, count, next) = if v2 {
        (member(body, "d"), "results", "__count", "__next")
    } else {
        (body, "value", "@odata.count", "@odata.nextLink")
    };
    let total = holder.get(count).as_text().and_then(|text| text.parse().ok());
    let next = holder.get(next).as_text().and_then(|link| token(&link));
    let listed = matches!(holder.get(list), Wire::List(_));
    let rows = match holder {
        Wire::List(rows) if v2 => rows,
        holder @ Wire::Object(_) if listed => match member(holder, list) {
            Wire::List(rows) => rows,
            other => vec![other],
        },
        row @ Wire::Object(_) if v2 => vec![row],
        _ => return Err(unusable("the answer has no rows where OData has them (`d.results`, `value`)")),
    };
    let rows = rows.into_iter().map(|row| (row, None)).collect();
    Ok(Fetched { rows, next, more: None, total })
}

/// A member of an object, taken out of it.
fn member(wire: Wire, name: &str) -> Wire {
    match wire {
        Wire::Object(members) => members.into_iter().rev().find(|(n, _)| **n == *name).map_or(Wire::Null, |(_, v)| v),
        _ => Wire::Null,
    }
}

/// The token in a service's link to its next page, with the option it stands in.
fn token(link: &str) -> Option<Arc<str>> {
    let query = link.split_once('?').map_or(link, |(_, query)| query);
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let named = |name: &str| {
        let value = pairs.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        value.map(|value| Arc::from(format!("{name}={value}")))
    };
    named("$skiptoken").or_else(|| named("$skip"))
}
