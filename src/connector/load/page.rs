//! Paging: `page: { style: cursor, size: limit, at: after, next: paging.next.after, max: 100 }`.

use super::codes::{M019, M057};
use super::format::{self, words};
use super::here::Here;
use super::yaml::Node;
use crate::connector::{Page, PageStyle};

const STYLES: &[(&str, Option<PageStyle>)] = &[
    ("cursor", Some(PageStyle::Cursor)),
    ("last-key", Some(PageStyle::LastKey)),
    ("offset", Some(PageStyle::Offset)),
    ("number", Some(PageStyle::Number)),
    ("none", Some(PageStyle::None)),
    ("link", None),
];

/// The styles there are.
pub(super) fn styles() -> Vec<&'static str> {
    words(STYLES)
}

/// All rows in one answer, however many: of reads by key.
pub(super) fn unpaged() -> Page {
    Page {
        style: PageStyle::None,
        size: None,
        at: None,
        next: None,
        more: None,
        last: None,
        total: None,
        max: u32::MAX,
        rows: None,
    }
}

/// Reads a page; its paths begin in the answer.
pub(super) fn read(here: &Here<'_>, node: &Node) -> Option<Page> {
    let sink = here.ctx.sink;
    sink.keys(node, "`page`", &format::PAGE).then_some(())?;
    let Some(style) = node.get("style") else {
        let remedy = "one of `cursor`, `last-key`, `offset`, `number`, `none`";
        sink.error((M057, &node.place), "a page has no `style`", remedy);
        return None;
    };
    let Some(style) = sink.word(style, "`style`", STYLES)? else {
        let remedy = "use `cursor` with the path of the next position";
        sink.error((M019, &style.place), "pages by link are not read yet", remedy);
        return None;
    };
    let answer = here.afresh();
    let word = |key: &str| node.get(key).and_then(|node| sink.text(node, "a parameter's name")).cloned();
    let path = |key: &str| node.get(key).and_then(|node| answer.path(node, "a path into the answer"));
    let number = |key: &str| node.get(key).and_then(|node| sink.number(node, &format!("`{key}`")));
    let page = Page {
        style,
        size: word("size"),
        at: word("at"),
        next: path("next"),
        more: path("more"),
        last: path("last"),
        total: path("total"),
        max: number("max").filter(|max| *max > 0).unwrap_or(0),
        rows: number("rows"),
    };
    let lacks = |what: &str, remedy: &str| sink.error((M057, &node.place), format!("the page has no `{what}`"), remedy);
    if page.max == 0 {
        lacks("max", "the most rows the system sends at once; with style `none`, the number at which it stops");
    }
    if style != PageStyle::None && page.at.is_none() {
        lacks("at", "the name of the parameter that says where a page begins");
    }
    if style == PageStyle::Cursor && page.next.is_none() {
        lacks("next", "the path of the next position in the answer");
    }
    if style == PageStyle::LastKey && page.more.is_none() && page.last.is_none() {
        lacks("more", "the path of the answer's word on whether there is more");
    }
    Some(page)
}
