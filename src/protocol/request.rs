//! One declared read: its calls, its pages, and the failures inside its answers.

use std::sync::Arc;

use super::core::{Answer, Ask, Core, Wanted};
use super::errors::{Failure, Partial, unusable};
use super::names::{Names, mentions, number};
use super::page::{Fetched, PageAsk};
use super::path::has_rows;
use super::template::Parameters;
use super::wants::Wants;
use crate::connector::{Body, ErrorKind, Page, PageStyle, Part, Read, Request, Template};
use crate::model::{ReadContext, Wire};

/// The most pages of what is read to its end.
const PAGES: usize = 20;

/// Everything that a call of a read is made from.
pub(super) struct Reading<'a> {
    pub(super) core: &'a Core,
    pub(super) read: &'a Read,
    pub(super) context: &'a ReadContext,
    /// Further query parameters.
    pub(super) query: Parameters,
    /// Further parameters, placed where the request's others are.
    pub(super) placed: Parameters,
}

impl Reading<'_> {
    /// One call.
    pub(super) async fn once(&self, names: &Names<'_>, wants: &Wanted) -> Result<Option<Answer>, Failure> {
        self.answer(&self.ask(names, &[]), wants).await
    }

    /// An answer has rows where the manifest says, even if these are none: another one must not pass for an empty list.
    async fn answer(&self, ask: &Ask<'_>, wants: &Wanted) -> Result<Option<Answer>, Failure> {
        let Some(answer) = self.core.ask(ask, wants).await? else { return Ok(None) };
        let Read { groups, keys, rows, .. } = self.read;
        let path = groups.as_ref().or(keys.as_ref()).unwrap_or(rows);
        if has_rows(path, &answer.body) || !answer.partial.is_empty() {
            return Ok(Some(answer));
        }
        let template = &self.read.request.template;
        Err(unusable(format!("`{template}`: the answer has no rows at `{}`", path.text)))
    }

    fn ask<'b>(&'b self, names: &'b Names<'_>, page: &'b [(Arc<str>, Wire)]) -> Ask<'b> {
        let (request, placed, deadline) = (&self.read.request, [&*self.placed, page], self.context.deadline);
        Ask { request, names, placed, query: &self.query, encoded: "", headers: &request.headers, deadline }
    }

    /// What two records have to agree in to be read with one call.
    pub(super) fn same_call(&self, names: &Names<'_>) -> Result<Option<String>, Failure> {
        let call = self.core.call(&self.ask(names, &[]))?;
        Ok(call.map(|call| format!("{}\n{}", call.url, String::from_utf8_lossy(call.body.beginning()))))
    }

    /// One page, with the page's parameters where the request's others are.
    pub(super) async fn page(
        &self,
        names: Names<'_>,
        ask: &PageAsk,
        wants: &Wanted,
    ) -> Result<Option<Answer>, Failure> {
        self.answer(&self.ask(&names.of_page(ask), &parameters(&self.read.page, ask)), wants).await
    }

    /// All answers of a list that is wanted whole. Where a page begins behind the last row, that row's `id` is meant: a
    /// facet's rows have no declared key of their own. The size is only asked for where `sized`: calls for many keys are no
    /// lists, and may not know the parameter.
    pub(super) async fn whole(&self, names: &Names<'_>, wants: &Wanted, sized: bool) -> Result<Vec<Answer>, Failure> {
        let page = &self.read.page;
        let mut answers: Vec<Answer> = Vec::new();
        let mut at: Option<Arc<str>> = None;
        let mut counted: u64 = 0;
        for _ in 0..PAGES {
            let ask = PageAsk { at: at.clone(), size: page.max };
            let mut parameters = parameters(page, &ask);
            if !sized {
                parameters.retain(|(name, _)| page.size.as_deref() != Some(&**name));
            }
            let Some(answer) = self.answer(&self.ask(names, &parameters), wants).await? else {
                return Ok(answers);
            };
            let next = match page.style {
                PageStyle::Cursor => evidence::<()>(page, &answer).next,
                PageStyle::Offset | PageStyle::Number => {
                    counted +=
                        u64::try_from(super::path::rows(&self.read.rows, answer.body.clone()).len()).unwrap_or(0);
                    let told = evidence::<()>(page, &answer);
                    let full = u64::try_from(answers.len() + 1).unwrap_or(0) * u64::from(page.max.max(1)) <= counted;
                    let by_total = told.total.map(|total| counted < total);
                    let goes_on = told.more.or(by_total).unwrap_or(full);
                    let number = u64::try_from(answers.len() + 2).unwrap_or(0);
                    let next = if page.style == PageStyle::Offset { counted } else { number };
                    goes_on.then(|| Arc::from(next.to_string()))
                }
                PageStyle::LastKey if more(page, &answer) == Some(true) => {
                    let rows = super::path::rows(&self.read.rows, answer.body.clone());
                    rows.last().and_then(|row| row.get("id").as_text().map(|id| Arc::from(&*id)))
                }
                _ => None,
            };
            answers.push(answer);
            match next {
                None => return Ok(answers),
                Some(next) if at.as_ref() == Some(&next) => return Err(unusable("the system's pages go in a circle")),
                next => at = next,
            }
        }
        Err(unusable(format!("a list that is wanted whole has more than {PAGES} pages")))
    }
}

/// The parameters of a page. The size is a number, and so is a position that counts.
pub(super) fn parameters(page: &Page, ask: &PageAsk) -> Parameters {
    let mut all = Vec::new();
    if page.style == PageStyle::None {
        return all;
    }
    if let Some(name) = &page.size {
        all.push((Arc::clone(name), number(ask.size)));
    }
    if let (Some(name), Some(at)) = (&page.at, &ask.at) {
        let counted = matches!(page.style, PageStyle::Offset | PageStyle::Number);
        let at = Arc::clone(at).into();
        all.push((Arc::clone(name), if counted { Wire::Number(at) } else { Wire::Text(at) }));
    }
    all
}

/// What an answer says of the pages after it.
pub(super) fn evidence<T>(page: &Page, answer: &Answer) -> Fetched<T> {
    let text = |wire: Wire| wire.as_text().filter(|text| !text.is_empty()).map(|text| Arc::from(&*text));
    let more = more(page, answer);
    let next = page.next.as_ref().and_then(|path| text(answer.at(path)));
    let next = next.and_then(token).filter(|_| more != Some(false));
    let total = page.total.as_ref().and_then(|path| answer.at(path).as_text().and_then(|text| text.parse().ok()));
    Fetched { rows: Vec::new(), next, more, total }
}

/// What an answer says of there being more, in one way or the other.
fn more(page: &Page, answer: &Answer) -> Option<bool> {
    let last = || page.last.as_ref().and_then(|path| flag(&answer.at(path)));
    let more = page.more.as_ref().and_then(|path| says_more(page, &answer.at(path)));
    more.or_else(|| last().map(|last| !last))
}

/// What an answer, or a group of it, says of there being more: a flag, or, where there are no pages, anything at all.
pub(super) fn says_more(page: &Page, found: &Wire) -> Option<bool> {
    let there = || !found.is_null() && found.as_text().as_deref() != Some("");
    flag(found).or_else(|| (page.style == PageStyle::None).then(there))
}

fn flag(wire: &Wire) -> Option<bool> {
    match wire.as_text().as_deref() {
        Some("true" | "1") => Some(true),
        Some("false" | "0") => Some(false),
        _ => None,
    }
}

/// The token of a next page. Some systems write a whole link: only its last cursor-like parameter is taken, and its host
/// is never followed.
fn token(next: Arc<str>) -> Option<Arc<str>> {
    if !next.starts_with("http://") && !next.starts_with("https://") {
        return Some(next);
    }
    let url = url::Url::parse(&next).ok()?;
    let known = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["after", "cursor", "token", "page"].iter().any(|word| name.contains(word)) && !name.contains("size")
    };
    url.query_pairs().filter(|(name, _)| known(name)).last().map(|(_, value)| Arc::from(&*value))
}

/// Wants what the paging looks at.
pub(super) fn wants_page(page: &Page, wants: &mut Wants) {
    page.next.iter().chain(&page.more).chain(&page.last).chain(&page.total).for_each(|path| wants.path(path));
}

/// The failure an answer has for a key: none where it is only missing.
pub(super) fn failure_of(partial: &[Partial], key: &str) -> Option<Failure> {
    let named = partial.iter().find(|failed| failed.keys.iter().any(|name| name == key));
    let found = named.or_else(|| partial.iter().find(|failed| failed.keys.is_empty()));
    found.filter(|failed| failed.failure.kind != ErrorKind::Missing).map(|failed| failed.failure.clone())
}

/// Whether a request uses a name: whoever does not name its keys answers the same for all of them.
pub(super) fn uses(request: &Request, name: &str) -> bool {
    let in_pattern = request.path.parts.iter().any(|part| match part {
        Part::Slot(slot) => slot.split('.').next() == Some(name),
        Part::Text(_) => false,
    });
    let body = match &request.body {
        Body::None | Body::Bytes(_) => false,
        Body::Json(template) => in_template(template, name),
        Body::Form(fields) => any_uses(fields, name),
    };
    in_pattern || body || any_uses(&request.query, name) || any_uses(&request.headers, name)
}

/// Whether any of several parameters or headers uses a name.
pub(super) fn any_uses(templates: &[(Arc<str>, Template)], name: &str) -> bool {
    templates.iter().any(|(_, template)| in_template(template, name))
}

fn in_template(template: &Template, name: &str) -> bool {
    match template {
        Template::Literal(_) => false,
        Template::Computed(computed) => mentions(&computed.text, name),
        Template::List(items) => items.iter().any(|item| in_template(item, name)),
        Template::Object(members) => members.iter().any(|(_, member)| in_template(member, name)),
    }
}
