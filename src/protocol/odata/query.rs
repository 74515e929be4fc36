//! One query of an entity set: its options, its pages, its rows.
//!
//! A page of `$skip` services is asked for with one row more than wanted where it has to be known whether there is
//! more, since neither `$top` nor a short page says so; services that page by their own link say it with the link. Of a link only the token is taken:
//! its host is never followed.

use std::borrow::Cow;
use std::sync::Arc;

use super::super::core::{Answer, Ask, Core};
use super::super::encode;
use super::super::errors::{Failure, unusable};
use super::super::names::Names;
use super::super::page::{Fetched, PageAsk, Paged, Span, pages};
use super::selected::Selected;
use crate::connector::{ODataOptions, ODataPage, Page, PageStyle, Template};
use crate::model::{Position, ReadContext, Wire};

/// Rows of one page where nothing is declared: services cut it shorter by themselves, and say so.
const PAGE: u32 = 1000;
/// Rows of a read that is wanted whole.
const WHOLE: u32 = 10_000;

/// Headers of a page: a name, and what it is filled in with.
type Headers<'a> = Cow<'a, [(Arc<str>, Template)]>;

/// A query, but for its page.
pub(super) struct Query<'a> {
    pub(super) core: &'a Core,
    pub(super) context: &'a ReadContext,
    pub(super) names: &'a Names<'a>,
    pub(super) selected: &'a Selected,
    /// `$filter`, encoded; empty for none.
    pub(super) filter: Cow<'a, str>,
    pub(super) total: bool,
}

/// The switches of a V4 service whose connector has none.
static USUAL: ODataOptions = ODataOptions { version: 4, keys: 40, page: ODataPage::NextLink, csrf: false };

/// The switches of a connector.
pub(super) fn switches(core: &Core) -> &ODataOptions {
    core.binding.connector.odata.as_ref().unwrap_or(&USUAL)
}

impl Query<'_> {
    /// Rows behind a position.
    pub(super) async fn rows(&self, after: Option<&Position>, span: Span, max: u32) -> Result<Paged<Wire>, Failure> {
        let style = match switches(self.core).page {
            ODataPage::Skip => PageStyle::Offset,
            ODataPage::NextLink => PageStyle::Cursor,
        };
        let max = if max == 0 { PAGE } else { max };
        let page =
            Page { style, size: None, at: None, next: None, more: None, last: None, total: None, max, rows: None };
        pages(&page, after, span, |ask: PageAsk| async move { self.page(&ask).await }).await
    }

    /// All rows.
    pub(super) async fn all(&self) -> Result<Vec<Wire>, Failure> {
        let paged = self.rows(None, Span { first: WHOLE, more: true }, PAGE).await.map_err(Failure::of_all)?;
        if paged.has_next {
            let template = &self.selected.request.template;
            return Err(unusable(format!("`{template}` has more than {WHOLE} rows for one read")));
        }
        Ok(paged.rows.into_iter().map(|(row, _)| row).collect())
    }

    async fn page(&self, ask: &PageAsk) -> Result<Fetched<Wire>, Failure> {
        let v2 = switches(self.core).version < 4;
        let (query, headers) = self.prepared(ask);
        let Selected { request, wanted, .. } = self.selected;
        let ask = Ask {
            request,
            names: self.names,
            placed: [&[], &[]],
            query: &[],
            encoded: &query,
            headers: &headers,
            deadline: self.context.deadline,
        };
        let Some(answer) = self.core.ask(&ask, wanted).await? else {
            return Err(unusable("the entity set's name cannot stand in an address"));
        };
        read(answer, v2)
    }

    /// The options of one page, and the headers it is asked for with.
    pub(super) fn prepared(&self, ask: &PageAsk) -> (String, Headers<'_>) {
        let written = self.written(ask, switches(self.core).version < 4);
        let own = &*self.selected.request.headers;
        let headers = match preference(switches(self.core), ask) {
            Some(preference) => Cow::Owned([own, &[preference]].concat()),
            None => Cow::Borrowed(own),
        };
        (written, headers)
    }

    /// The options of one page.
    fn written(&self, ask: &PageAsk, v2: bool) -> String {
        let mut query = String::with_capacity(self.filter.len() + self.selected.options.len() + 64);
        if !self.filter.is_empty() {
            encode::encoded_pair(&mut query, "$filter", &self.filter);
        }
        encode::join(&mut query, &self.selected.options);
        match (switches(self.core).page, ask.at.as_deref()) {
            (ODataPage::Skip, at) => {
                encode::pair(&mut query, "$top", itoa::Buffer::new().format(ask.size));
                at.iter().for_each(|at| encode::pair(&mut query, "$skip", at));
            }
            (ODataPage::NextLink, at) => {
                if let Some((name, token)) = at.and_then(|at| at.split_once('=')) {
                    encode::pair(&mut query, if name == "$skip" { "$skip" } else { "$skiptoken" }, token);
                }
            }
        }
        match (self.total, v2) {
            (true, true) => encode::pair(&mut query, "$inlinecount", "allpages"),
            (true, false) => encode::pair(&mut query, "$count", "true"),
            (false, _) => {}
        }
        if v2 {
            encode::pair(&mut query, "$format", "json");
        }
        query
    }
}

/// How many rows a service that pages by itself is asked to put on a page.
fn preference(switches: &ODataOptions, ask: &PageAsk) -> Option<(Arc<str>, Template)> {
    (switches.page == ODataPage::NextLink).then(|| {
        let text = format!("odata.maxpagesize={}", ask.size);
        (Arc::from("Prefer"), Template::Literal(Wire::Text(text.into())))
    })
}

/// The rows of an answer, and what it says of there being more.
pub(super) fn read(answer: Answer, v2: bool) -> Result<Fetched<Wire>, Failure> {
    let mut body = answer.body;
    let (mut holder, list, count, next) = if v2 {
        (body.take("d"), "results", "__count", "__next")
    } else {
        (body, "value", "@odata.count", "@odata.nextLink")
    };
    let total = holder.get(count).as_text().and_then(|text| text.parse().ok());
    let next = holder.get(next).as_text().and_then(|link| token(&link));
    let listed = matches!(holder.get(list), Wire::List(_));
    let rows = match holder {
        Wire::List(rows) if v2 => rows,
        Wire::Object(_) if listed => match holder.take(list) {
            Wire::List(rows) => rows,
            other => vec![other],
        },
        row @ Wire::Object(_) if v2 => vec![row],
        _ => return Err(unusable("the answer has no rows where OData has them (`d.results`, `value`)")),
    };
    let rows = rows.into_iter().map(|row| (row, None)).collect();
    Ok(Fetched { rows, next, more: None, total })
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
