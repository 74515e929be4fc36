//! One error type that answers four questions: what kind, may it be tried again, who may see it, where did it happen.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What went wrong, from one closed list; it is `extensions.code` of every error a client sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Code {
    /// No valid sign-in came with the request.
    ///
    /// - Client: get a token, or a new one where it has expired, and ask again; `WWW-Authenticate` names the scheme.
    /// - Retry: not with the same token.
    /// - Status: 401.
    Unauthenticated,
    /// The caller lacks a permission.
    ///
    /// - Client: hide the field, or say that a right is missing; the person's administrator can give it.
    /// - Retry: no.
    /// - Status: 403 where it is about the whole request, such as an account that is not the caller's.
    Forbidden,
    /// The caller must sign in again, more strongly.
    ///
    /// - Client: have the person sign in again with a second factor.
    /// - Retry: with the new token.
    /// - Status: 401.
    StepUpRequired,
    /// The request itself is wrong: syntax, a variable, an id, a cursor.
    ///
    /// - Client: correct the request; the message says what of it.
    /// - Retry: no.
    /// - Status: 400; 413, 408, 405, 406 where the body is too large or late, the method or the media type is none of ours.
    BadUserInput,
    /// The document is not GraphQL.
    ///
    /// - Client: correct the document at the place in `locations`.
    /// - Retry: no.
    /// - Status: 400 as `application/graphql-response+json`, 200 as `application/json`.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    ///
    /// - Client: ask only for what the schema that is served has; generate types from it again.
    /// - Retry: no.
    /// - Status: 400 as `application/graphql-response+json`, 200 as `application/json`.
    GraphqlValidationFailed,
    /// There is no such thing in the caller's scope.
    ///
    /// - Client: treat it as gone: whether it is another customer's, or is not there, nobody is told.
    /// - Retry: no.
    /// - Status: 404, only for an address that is none of ours.
    NotFound,
    /// Two truths disagree: a version, or several records where one was expected.
    ///
    /// - Client: read again, and decide on what is there now; of two records under one unique value, correct the data.
    /// - Retry: after reading again.
    /// - Status: 409.
    Conflict,
    /// Too many requests, here or at the owning system.
    ///
    /// - Client: wait as long as `extensions.retryAfter` (or the header `Retry-After`) says, and ask again.
    /// - Retry: yes, after that time.
    /// - Status: 429.
    RateLimited,
    /// The query would cost more than allowed.
    ///
    /// - Client: ask for less: `extensions.limit` says which limit it is about, `allowed` and `actual` by how much.
    /// - Retry: no.
    /// - Status: 400.
    QueryTooCostly,
    /// The owning system cannot be reached or answers with a failure of its own.
    ///
    /// - Client: show what is there, and say that this part is missing; every other field is complete.
    /// - Retry: yes, after `extensions.retryAfter` where it is there, or a while.
    /// - Status: 503 only where nobody can be signed in without the system.
    UpstreamUnavailable,
    /// The owning system did not answer inside the deadline.
    ///
    /// - Client: as for `UPSTREAM_UNAVAILABLE`.
    /// - Retry: yes.
    /// - Status: 504 only where nobody can be signed in without the system.
    UpstreamTimeout,
    /// The owning system understood and refused, or its answer cannot be used.
    ///
    /// - Client: show what is there; the operator's log has the reason.
    /// - Retry: no: the same question has the same answer.
    /// - Status: 503 only where nobody can be signed in without the system.
    UpstreamRejected,
    /// A write whose outcome is not known.
    ///
    /// - Client: send the same input again with the same idempotency key.
    /// - Retry: yes, with the same key.
    /// - Status: 500.
    WriteUncertain,
    /// A fault of the gateway itself.
    ///
    /// - Client: tell the operator the time and the operation; the log has the reason.
    /// - Retry: no.
    /// - Status: 500.
    Internal,
}

impl Code {
    /// Every code, in the order of the documentation.
    pub const ALL: &'static [Self] = &[
        Self::Unauthenticated,
        Self::Forbidden,
        Self::StepUpRequired,
        Self::BadUserInput,
        Self::GraphqlParseFailed,
        Self::GraphqlValidationFailed,
        Self::NotFound,
        Self::Conflict,
        Self::RateLimited,
        Self::QueryTooCostly,
        Self::UpstreamUnavailable,
        Self::UpstreamTimeout,
        Self::UpstreamRejected,
        Self::WriteUncertain,
        Self::Internal,
    ];

    /// The code as clients see it, such as `UPSTREAM_TIMEOUT`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::StepUpRequired => "STEP_UP_REQUIRED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::QueryTooCostly => "QUERY_TOO_COSTLY",
            Self::UpstreamUnavailable => "UPSTREAM_UNAVAILABLE",
            Self::UpstreamTimeout => "UPSTREAM_TIMEOUT",
            Self::UpstreamRejected => "UPSTREAM_REJECTED",
            Self::WriteUncertain => "WRITE_UNCERTAIN",
            Self::Internal => "INTERNAL",
        }
    }

    /// What a client is told where the error carries no message of its own for clients.
    #[must_use]
    pub const fn public_message(self) -> &'static str {
        match self {
            Self::Unauthenticated => "Sign in first.",
            Self::Forbidden => "You may not see or do this.",
            Self::StepUpRequired => "Sign in again with a second factor.",
            Self::BadUserInput => "The request is not valid.",
            Self::GraphqlParseFailed => "The document is not valid GraphQL.",
            Self::GraphqlValidationFailed => "The document does not fit the schema.",
            Self::NotFound => "There is no such record.",
            Self::Conflict => "The records do not agree.",
            Self::RateLimited => "Too many requests; try again later.",
            Self::QueryTooCostly => "The query costs more than is allowed.",
            Self::UpstreamUnavailable => "The system behind this field does not answer.",
            Self::UpstreamTimeout => "The system behind this field did not answer in time.",
            Self::UpstreamRejected => "The system behind this field gave no usable answer.",
            Self::WriteUncertain => "It is not known whether this was done; send it again with the same key.",
            Self::Internal => "Something went wrong here.",
        }
    }
}

/// What went wrong, where, and who may read what about it.
///
/// Cheap to clone: one failed read may null many fields.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    public: Option<String>,
    detail: String,
    source: Option<Arc<str>>,
    entity: Option<Arc<str>>,
    status: Option<u16>,
    retry: bool,
    retry_after: Option<Duration>,
    unsent: bool,
    over: Option<Counted>,
}

/// What something comes to against what is allowed of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The limit, as the configuration writes it, such as `depth`.
    pub limit: &'static str,
    /// What is allowed.
    pub allowed: u64,
    /// What it comes to.
    pub actual: u64,
}

impl Counted {
    /// Whether it is more than is allowed.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.actual > self.allowed
    }
}

impl Error {
    /// An error whose `detail` only operators see; clients get the code's own message.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            code,
            public: None,
            detail: detail.into(),
            source: None,
            entity: None,
            status: None,
            retry: false,
            retry_after: None,
            unsent: false,
            over: None,
        }))
    }

    /// An error whose message is written for clients, and safe for them: nothing of an upstream answer is in it.
    pub fn public(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::new(code, message.clone()).with(|inner| inner.public = Some(message))
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Tells clients this instead of the code's own message; the detail for operators stays. Nothing of an upstream
    /// answer or of a token may be in it.
    #[must_use]
    pub fn with_message(self, message: impl Into<String>) -> Self {
        let message = message.into();
        self.with(|inner| inner.public = Some(message))
    }

    /// Names the configured source where it happened.
    #[must_use]
    pub fn at_source(self, source: &Arc<str>) -> Self {
        let source = Arc::clone(source);
        self.with(|inner| inner.source = Some(source))
    }

    /// Names the entity that was read.
    #[must_use]
    pub fn at_entity(self, entity: &Arc<str>) -> Self {
        let entity = Arc::clone(entity);
        self.with(|inner| inner.entity = Some(entity))
    }

    /// Records the HTTP status the owning system answered with.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        self.with(|inner| inner.status = Some(status))
    }

    /// Marks that a safe read may be tried again.
    #[must_use]
    pub fn retryable(self) -> Self {
        self.with(|inner| inner.retry = true)
    }

    /// Records how long to wait before trying again; also marks it retryable.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        self.with(|inner| {
            inner.retry = true;
            inner.retry_after = Some(wait);
        })
    }

    /// Marks that nothing of the call had been sent: whatever it was to do was not done.
    #[must_use]
    pub fn unsent(self) -> Self {
        self.with(|inner| inner.unsent = true)
    }

    /// Records which limit it is about.
    #[must_use]
    pub fn over(self, counted: Counted) -> Self {
        self.with(|inner| inner.over = Some(counted))
    }

    /// The limit it is about.
    #[must_use]
    pub fn counted(&self) -> Option<Counted> {
        self.0.over
    }

    /// Its kind.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The message that a client may read.
    #[must_use]
    pub fn message(&self) -> &str {
        self.0.public.as_deref().unwrap_or_else(|| self.0.code.public_message())
    }

    /// The message for operators: never to be sent to a client.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The configured source where it happened.
    #[must_use]
    pub fn source_name(&self) -> Option<&Arc<str>> {
        self.0.source.as_ref()
    }

    /// The entity that was read.
    #[must_use]
    pub fn entity(&self) -> Option<&Arc<str>> {
        self.0.entity.as_ref()
    }

    /// The HTTP status the owning system answered with.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Whether a safe read may be tried again.
    #[must_use]
    pub fn may_retry(&self) -> bool {
        self.0.retry
    }

    /// Whether it is known that nothing of the call had been sent.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        self.0.unsent
    }

    /// How long to wait before trying again, where the system said so.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.code.name())?;
        if let Some(source) = &self.0.source {
            write!(f, " at {source}")?;
        }
        if let Some(entity) = &self.0.entity {
            write!(f, " ({entity})")?;
        }
        write!(f, ": {}", self.0.detail)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

/// The result of anything that can fail with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
