//! Requests of the call family, as declared: where they go, what they send, where the answer is.

use std::sync::Arc;
use std::time::Duration;

use super::mapping::Path;
use super::resolved::{Computed, Vary};
use crate::model::{FieldId, Order, Wire};

/// Text with slots. Each slot is encoded for its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The pieces in order.
    pub parts: Vec<Part>,
    /// As written: safe for logs, since no value is in it.
    pub text: Arc<str>,
}

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text.
    Text(Arc<str>),
    /// A slot: `key`, `key.ticket`, `parent`, `value`, `caller.locale`, `args.x`, a secret.
    Slot(Arc<str>),
}

/// What is sent: a literal, something worked out, or a structure of these. A null inside an object, a query or a form is
/// left out.
#[derive(Clone, Debug)]
pub enum Template {
    /// As written.
    Literal(Wire),
    /// CEL over the names of a request.
    Computed(Computed),
    /// A list.
    List(Vec<Template>),
    /// An object.
    Object(Vec<(Arc<str>, Template)>),
}

/// A request as declared.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: Method,
    /// Relative to the connector's base.
    pub path: Pattern,
    /// Method and path as written: what is logged of it, since no value is in it.
    pub template: Arc<str>,
    /// Query parameters.
    pub query: Vec<(Arc<str>, Template)>,
    /// Headers.
    pub headers: Vec<(Arc<str>, Template)>,
    /// What is sent along.
    pub body: Body,
    /// The named quota it falls under.
    pub limit: Option<Arc<str>>,
}

impl Request {
    /// A request that nothing is sent along with.
    #[must_use]
    pub fn bare(method: Method, path: Pattern) -> Self {
        let template = Arc::from(format!("{} {}", method.word(), path.text));
        Self { method, path, template, query: Vec::new(), headers: Vec::new(), body: Body::None, limit: None }
    }
}

/// HTTP methods of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD`: what engines ask by themselves, never a manifest.
    Head,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
}

impl Method {
    /// As it stands in a request.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What a request sends along.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON.
    Json(Template),
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(Arc<str>, Template)>),
    /// A file, as it is: the number of one of the write's files.
    Bytes(Template),
}

/// A request, and where in its answer the rows are.
#[derive(Clone, Debug)]
pub struct Read {
    /// The request.
    pub request: Request,
    /// Where the rows are.
    pub rows: Path,
    /// One row, not a list of them.
    pub single: bool,
    /// The answer has only keys: they are read with `get` afterwards.
    pub keys: Option<Path>,
    /// Rows or keys come in groups, one for each of many parents.
    pub groups: Option<Path>,
    /// Where a group says whose it is.
    pub parent: Option<Path>,
    /// How the parent's key is asked for, as a query parameter or through the language.
    pub by: Option<Arc<str>>,
    /// How many keys or parents one call takes; `None` is one call for each.
    pub many: Option<u32>,
    /// The paging.
    pub page: Page,
    /// The language its filters and orders are written in.
    pub language: Option<Arc<Language>>,
    /// Fields it can be filtered by, and what they are called there.
    pub filter: Vec<(FieldId, Arc<str>)>,
    /// Fields it can be ordered by, and what they are called there.
    pub order: Vec<(FieldId, Arc<str>)>,
    /// Its only order.
    pub sorted: Option<Order>,
    /// Full text goes through `phrase`, or is looked for in columns.
    pub search: bool,
    /// The columns that every word is looked for in, where the engine makes the search.
    pub columns: Vec<Arc<str>>,
    /// Of a search: the field with the place where it was found.
    pub excerpt: Option<FieldId>,
    /// Rows it may read to filter here; 0: it may not.
    pub local: u32,
    /// How long the answer may be kept, as a dictionary.
    pub keep: Option<Duration>,
    /// What of the request it hangs on: part of the key it is cached under.
    pub varies: Vec<Vary>,
}

/// How a system pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The style.
    pub style: PageStyle,
    /// The parameter with the page's size.
    pub size: Option<Arc<str>>,
    /// The parameter with the position.
    pub at: Option<Arc<str>>,
    /// Where the answer has the next position.
    pub next: Option<Path>,
    /// Where the answer says whether there is more. Where there are no pages, what is there only if rows were left out:
    /// such a list is refused; in an answer of groups it is looked for in each group.
    pub more: Option<Path>,
    /// Where the answer says that this is the last page: the other way of saying it.
    pub last: Option<Path>,
    /// Where the answer has the total.
    pub total: Option<Path>,
    /// Rows of a page, at most.
    pub max: u32,
    /// The most rows that can ever be reached.
    pub rows: Option<u32>,
}

/// The styles of paging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageStyle {
    /// The answer has a token.
    Cursor,
    /// The last row's key.
    LastKey,
    /// So many rows are skipped.
    Offset,
    /// Pages are numbered from 1.
    Number,
    /// All at once; a full page is an error, never a short list.
    None,
}

/// How conditions and orders are written for a system that has a language for them.
#[derive(Clone, Debug, Default)]
pub struct Language {
    /// Its form.
    pub form: LanguageForm,
    /// Test → pattern (text, or a JSON template) with `{field}`, `{value}`, `{values}`.
    pub tests: Vec<(LanguageTest, Fragment)>,
    /// Between conditions, where the form is text.
    pub and: Arc<str>,
    /// Round a text value.
    pub quote: Arc<str>,
    /// Before a quote (or itself) inside a text value.
    pub escape: Arc<str>,
    /// Orders: ascending, descending.
    pub order: Option<(Fragment, Fragment)>,
    /// Whether `order` places itself as query parameters.
    pub order_params: bool,
}

/// The form of a language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LanguageForm {
    /// One text.
    Text,
    /// A list of JSON objects.
    Json,
    /// Query parameters.
    #[default]
    Params,
}

/// The tests a language may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LanguageTest {
    /// Equal.
    Eq,
    /// One of several.
    In,
    /// Each of several is written as one `eq`, side by side.
    InEach,
    /// Not equal; each of several is written as one of these, side by side.
    Not,
    /// At least.
    From,
    /// At most.
    To,
    /// Before.
    Before,
    /// After.
    After,
    /// Holds this text.
    Contains,
}

/// A piece of a language: text with slots, or JSON with slots in its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fragment {
    /// Text.
    Text(Pattern),
    /// JSON; text leaves that are exactly `{values}` become the list.
    Json(Wire),
}
