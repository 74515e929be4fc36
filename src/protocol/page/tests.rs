//! Following cursors through every style of paging.

use std::sync::Mutex;

use futures::future::BoxFuture;
use proptest::prelude::*;

use super::*;

fn page(style: PageStyle, max: u32) -> Page {
    Page { style, size: None, at: None, next: None, more: None, last: None, total: None, max, rows: None }
}

fn path() -> crate::connector::Path {
    crate::connector::Path { root: crate::connector::Root::Row, steps: Arc::from([]), text: Arc::from(".") }
}

/// A system with `rows` rows and one way of paging; it remembers what it was asked.
struct System {
    page: Page,
    rows: usize,
    asked: Mutex<Vec<PageAsk>>,
}

impl System {
    fn new(page: Page, rows: usize) -> Self {
        Self { page, rows, asked: Mutex::default() }
    }

    fn answer(&self, ask: &PageAsk) -> Fetched<usize> {
        self.asked.lock().unwrap().push(ask.clone());
        let size = ask.size as usize;
        let at: usize = ask.at.as_ref().map_or(0, |at| at.parse().unwrap());
        let begin = match self.page.style {
            PageStyle::Number => (at - 1) * size,
            PageStyle::None => 0,
            _ => at,
        };
        let end = if self.page.style == PageStyle::None { self.rows } else { (begin + size).min(self.rows) };
        let rows = (begin..end).map(|n| (n, Some(Arc::from((n + 1).to_string())))).collect();
        let cursor = self.page.style == PageStyle::Cursor && end < self.rows;
        Fetched {
            rows,
            next: cursor.then(|| Arc::from(end.to_string())),
            more: self.page.more.is_some().then_some(end < self.rows),
            total: self.page.total.is_some().then_some(self.rows as u64),
        }
    }

    fn read(&self, after: Option<&Position>, first: u32) -> Result<Paged<usize>, Failure> {
        self.pages(after, Span { first, more: true })
    }

    fn pages(&self, after: Option<&Position>, span: Span) -> Result<Paged<usize>, Failure> {
        let fetch = |ask: PageAsk| -> BoxFuture<'_, _> { Box::pin(async move { Ok(self.answer(&ask)) }) };
        futures::executor::block_on(pages(&self.page, after, span, &fetch))
    }
}

fn styles() -> impl Strategy<Value = Page> {
    let style = prop::sample::select(vec![
        PageStyle::Cursor,
        PageStyle::LastKey,
        PageStyle::Offset,
        PageStyle::Number,
        PageStyle::None,
    ]);
    (style, any::<bool>(), any::<bool>()).prop_map(|(style, more, total)| {
        let max = if style == PageStyle::None { 1000 } else { 7 };
        let more = (more && style != PageStyle::None).then(path);
        Page { more, total: total.then(path), ..page(style, max) }
    })
}

proptest! {
    /// Whatever the style and the sizes of the pages asked for: following cursors gives each row once, in order, and
    /// `has_next` is never wrong.
    #[test]
    fn following_cursors_gives_every_row_once(page in styles(), rows in 0usize..40, sizes in prop::collection::vec(1u32..12, 1..50)) {
        let system = System::new(page, rows);
        let (mut after, mut got) = (None, Vec::new());
        for size in sizes.iter().cycle() {
            let paged = system.read(after.as_ref(), *size).unwrap();
            got.extend(paged.rows.iter().map(|(row, _)| *row));
            prop_assert_eq!(paged.has_next, got.len() < rows);
            prop_assert!(paged.rows.len() <= *size as usize);
            prop_assert!(paged.rows.len() == *size as usize || !paged.has_next);
            if !paged.has_next { break; }
            after = paged.rows.last().map(|(_, position)| position.clone());
        }
        prop_assert_eq!(got, (0..rows).collect::<Vec<_>>());
    }

    /// Any row can be a cursor, not only the last of a page.
    #[test]
    fn any_row_can_be_a_cursor(page in styles(), rows in 1usize..40, first in 1u32..12, at in 0usize..12, then in 1u32..12) {
        let system = System::new(page, rows);
        let paged = system.read(None, first).unwrap();
        let at = at % paged.rows.len();
        let next = system.read(Some(&paged.rows[at].1), then).unwrap();
        let got: Vec<usize> = next.rows.iter().map(|(row, _)| *row).collect();
        prop_assert_eq!(got, (at + 1..rows.min(at + 1 + then as usize)).collect::<Vec<_>>());
    }
}

#[test]
fn exactly_what_is_wanted_is_asked_for() {
    let system = System::new(page(PageStyle::Cursor, 100), 30);
    assert!(system.read(None, 10).unwrap().has_next);
    assert_eq!(*system.asked.lock().unwrap(), [PageAsk { at: None, size: 10 }]);
    let no_evidence = System::new(page(PageStyle::Offset, 100), 10);
    assert!(!no_evidence.read(None, 10).unwrap().has_next);
    assert_eq!(*no_evidence.asked.lock().unwrap(), [PageAsk { at: None, size: 11 }]);
}

#[test]
fn where_nobody_wants_to_know_a_full_page_counts_as_if_there_were_more() {
    let system = System::new(page(PageStyle::Offset, 100), 10);
    let unsure = |first| system.pages(None, Span { first, more: false }).unwrap();
    assert!(unsure(10).has_next && !unsure(11).has_next);
    assert_eq!(*system.asked.lock().unwrap(), [10, 11].map(|size| PageAsk { at: None, size }));
}

#[test]
fn a_full_page_of_a_list_without_pages_is_an_error() {
    let failure = System::new(page(PageStyle::None, 20), 20).read(None, 5).unwrap_err();
    assert!(failure.error.detail().contains("rows are missing"), "{}", failure.error);
}

#[test]
fn pages_that_go_in_a_circle_are_an_error() {
    let fetch = |_: PageAsk| -> BoxFuture<'_, _> {
        let fetched = Fetched { rows: vec![(1, None)], next: Some(Arc::from("a")), more: None, total: None };
        Box::pin(async move { Ok(fetched) })
    };
    let paged =
        futures::executor::block_on(pages(&page(PageStyle::Cursor, 1), None, Span { first: 5, more: true }, &fetch));
    assert!(paged.unwrap_err().error.detail().contains("circle"));
}

#[test]
fn what_a_system_never_shows_is_not_asked_for() {
    let capped = Page { rows: Some(20), total: Some(path()), ..page(PageStyle::Number, 10) };
    let system = System::new(capped, 50);
    let paged = system.read(None, 30).unwrap();
    assert_eq!((paged.rows.len(), paged.has_next, paged.total), (20, true, Some(50)));
    let last = paged.rows.last().map(|(_, position)| position.clone());
    let error = system.read(last.as_ref(), 10).unwrap_err().error;
    assert_eq!(error.code(), Code::BadUserInput);
    assert!(error.message().contains("first 20 records"));
}

#[test]
fn so_many_rows_behind_a_place_are_the_same_as_the_place_itself_where_rows_are_counted() {
    for style in [PageStyle::Offset, PageStyle::Number] {
        let behind = |token: Option<&str>, skip: u32| {
            let system = System::new(page(style, 100), 30);
            let position = Position { token: token.map(Arc::from), skip };
            let paged = system.read(Some(&position), 5).unwrap();
            let rows: Vec<usize> = paged.rows.into_iter().map(|(row, _)| row).collect();
            (rows, system.asked.into_inner().unwrap())
        };
        let (rows, asked) = behind(Some("12"), 0);
        assert_eq!(rows, [12, 13, 14, 15, 16]);
        assert_eq!((rows.clone(), asked.clone()), behind(Some("10"), 2), "{style:?}");
        assert_eq!((rows, asked), behind(None, 12), "{style:?}");
    }
}
