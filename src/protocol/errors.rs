//! What a system's refusal means, and what operators and customers are told of it.

use std::sync::Arc;

use super::path::{first, texts};
use super::scan::scan;
use super::wants::Wants;
use crate::connector::{Basis, ErrorKind, Errors, Path, RowView, collect, holds};
use crate::error::{Code, Error};
use crate::model::Wire;
use crate::upstream::Reply;

/// The longest part of a system's own message that operators get to see, in characters.
const LONGEST: usize = 300;

/// A read that failed, and what kind of failure it was.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// What the system meant.
    pub(super) kind: ErrorKind,
    /// What the gateway makes of it.
    pub(super) error: Error,
    /// What the system said, where it said anything.
    pub(super) said: Option<Box<Said>>,
}

/// What a system said of a failure, in its own words.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// Its codes, the first found first.
    pub(super) codes: Vec<String>,
    /// Its message: for operators, and for customers only where the manifest says so.
    pub(super) message: Option<String>,
    /// The field it is about, as the system calls it.
    pub(super) field: Option<String>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = match error.code() {
            Code::UpstreamTimeout => ErrorKind::Timeout,
            Code::RateLimited => ErrorKind::Limited,
            Code::UpstreamUnavailable => ErrorKind::Unavailable,
            _ => ErrorKind::Invalid,
        };
        Self { kind, error, said: None }
    }
}

impl Failure {
    /// The failure of a call for many records: "not found" says nothing of any one of them there, but that the address
    /// is wrong.
    pub(super) fn of_all(self) -> Self {
        if self.kind != ErrorKind::Missing {
            return self;
        }
        let detail =
            format!("{}: a call for many records cannot be missing; is its address right?", self.error.detail());
        let error = Error::new(Code::UpstreamRejected, detail);
        let error = match self.error.status() {
            Some(status) => error.with_status(status),
            None => error,
        };
        Self { kind: ErrorKind::Invalid, error, said: None }
    }
}

/// An answer that cannot be used, with the reason for operators.
pub(super) fn unusable(reason: impl Into<String>) -> Failure {
    Failure { kind: ErrorKind::Invalid, error: Error::new(Code::UpstreamRejected, reason), said: None }
}

/// One failure inside an answer that is otherwise good.
#[derive(Clone, Debug)]
pub(super) struct Partial {
    /// Whose: keys as the system writes them; none is everybody's who got no row.
    pub(super) keys: Vec<String>,
    /// What it was.
    pub(super) failure: Failure,
}

/// Reads refusals by the connector's rules.
pub(super) struct Reading<'a> {
    /// The connector with its rules, and the moment, for a `Retry-After` that is a date.
    pub(super) basis: Basis<'a>,
    /// The manifest's own words for the request.
    pub(super) template: &'a Arc<str>,
}

impl Reading<'_> {
    const fn errors(&self) -> &Errors {
        &self.basis.connector.errors
    }

    /// What has to be kept of a good answer so that failures in it can be seen.
    pub(super) fn wants(errors: &Errors, wants: &mut Wants) {
        if let Some(when) = &errors.when {
            wants.condition(when);
            errors.code.iter().chain(&errors.message).for_each(|path| wants.path(path));
        }
        if let Some(rows) = &errors.rows {
            wants.path(rows);
        }
    }

    /// An answer whose status says that it is no good.
    pub(super) fn refusal(&self, reply: &Reply) -> Failure {
        let body = scan(&reply.body, &Wants::everything()).unwrap_or(Wire::Null);
        let text = if body.is_null() { plain_text(reply) } else { None };
        self.failure(reply, &body, text)
    }

    /// A good status whose body says otherwise.
    pub(super) fn disguised(&self, reply: &Reply, body: &Wire) -> Option<Failure> {
        let when = self.errors().when.as_ref()?;
        holds(when, &RowView::bare(body, None), &self.basis).then(|| self.failure(reply, body, None))
    }

    /// The failures inside a good answer.
    pub(super) fn partial(&self, reply: &Reply, body: &Wire) -> Vec<Partial> {
        let Some(path) = &self.errors().rows else { return Vec::new() };
        let failed = |row: &Wire| {
            let keys = self.errors().keys.iter().map(|path| texts(path, row)).find(|keys| !keys.is_empty());
            let keys = keys.into_iter().flatten().map(std::borrow::Cow::into_owned).collect();
            Partial { keys, failure: self.failure(reply, row, None) }
        };
        let mut found = Vec::new();
        collect(body, &path.steps, &mut found);
        found.into_iter().flat_map(Wire::items).map(failed).collect()
    }

    fn failure(&self, reply: &Reply, body: &Wire, text: Option<String>) -> Failure {
        let codes = found(&self.errors().code, body);
        let named = codes.iter().find_map(|code| self.errors().kinds.get(&**code));
        let by_status = || self.errors().kinds.get(&*reply.status.to_string());
        let kind = named.or_else(by_status).copied().unwrap_or_else(|| usual(reply.status));
        let message = found(&self.errors().message, body).into_iter().next().or(text);
        let error = self.error((kind, reply), codes.first().map(|code| &**code), message.as_deref());
        let field = found(&self.errors().field, body).into_iter().next();
        Failure { kind, error, said: Some(Box::new(Said { codes, message, field })) }
    }

    fn error(&self, (kind, reply): (ErrorKind, &Reply), code: Option<&str>, message: Option<&str>) -> Error {
        let mut detail = format!("`{}` answered {}", self.template, reply.status);
        if let Some(code) = code {
            detail.push_str(&format!(" {}", capped(code)));
        }
        if let Some(message) = message {
            detail.push_str(&format!(": {}", capped(message)));
        }
        let gateway_code = match kind {
            ErrorKind::Invalid | ErrorKind::Refused | ErrorKind::Conflict => Code::UpstreamRejected,
            ErrorKind::Missing => Code::NotFound,
            ErrorKind::Forbidden | ErrorKind::Credentials | ErrorKind::Locked | ErrorKind::Unavailable => {
                Code::UpstreamUnavailable
            }
            ErrorKind::Limited => Code::RateLimited,
            ErrorKind::Timeout => Code::UpstreamTimeout,
        };
        match kind {
            ErrorKind::Credentials => detail.push_str(
                " — the source's credentials are not accepted: a fault of the set-up, not of the customer; check them",
            ),
            ErrorKind::Forbidden => detail.push_str(
                " — the source's credentials do not allow this: a fault of the set-up, not of the customer; widen them",
            ),
            _ => {}
        }
        let error = Error::new(gateway_code, detail).with_status(reply.status);
        self.retried(kind, reply, error)
    }

    fn retried(&self, kind: ErrorKind, reply: &Reply, error: Error) -> Error {
        let usually =
            matches!(kind, ErrorKind::Limited | ErrorKind::Locked | ErrorKind::Unavailable | ErrorKind::Timeout);
        let own_word = self.errors().retry.as_ref().and_then(|name| reply.header(&name.to_ascii_lowercase()));
        let again = match own_word {
            Some("true") => true,
            Some("false") => false,
            _ => usually,
        };
        match (again, reply.retry_after(self.basis.now)) {
            (true, Some(wait)) => error.retry_after(wait),
            (true, None) => error.retryable(),
            (false, _) => error,
        }
    }
}

/// What the default of a status is.
const fn usual(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Credentials,
        402 => ErrorKind::Refused,
        403 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::Missing,
        408 | 504 => ErrorKind::Timeout,
        409 | 412 => ErrorKind::Conflict,
        423 => ErrorKind::Locked,
        429 => ErrorKind::Limited,
        500.. => ErrorKind::Unavailable,
        // A redirect is not followed: credentials would go where it says. It is most often a login page's.
        300..=399 => ErrorKind::Credentials,
        _ => ErrorKind::Invalid,
    }
}

fn found(paths: &[Path], body: &Wire) -> Vec<String> {
    paths.iter().filter_map(|path| first(path, body).as_text().map(std::borrow::Cow::into_owned)).collect()
}

/// What a body that is not JSON says: its words without markup, which for an error page is usually enough.
fn plain_text(reply: &Reply) -> Option<String> {
    let text = String::from_utf8_lossy(&reply.body);
    let mut words = String::new();
    let mut inside = false;
    for c in text.chars().take(4 * 1024) {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                words.push(' ');
            }
            _ if !inside => words.push(c),
            _ => {}
        }
    }
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(words)
}

fn capped(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST + 1).collect();
    if clean.chars().count() > LONGEST { clean.chars().take(LONGEST).chain("…".chars()).collect() } else { clean }
}
