//! A connector as the engines use it: every manifest checked, every path compiled, every name a number.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::mapping::{Condition, Mapping, Origin, Path};
use super::polls::Poll;
use super::request::{Pattern, Read, Request, Template};
use super::storage::StorageOptions;
use super::webhooks::Webhooks;
use super::write::{WriteMapping, Writing};
use crate::expr::Program;
use crate::model::{EntityId, FieldId, FieldSet, RefusalCode, Wire};

/// One product's manifests, with the tenant's overlay applied, for one source.
#[derive(Debug)]
pub struct Connector {
    /// The folder's name, such as the product's.
    pub name: Arc<str>,
    /// What it is, for people.
    pub title: Arc<str>,
    /// Where its maker describes it.
    pub docs: Option<Arc<str>>,
    /// The engine it runs on.
    pub protocol: ProtocolKind,
    /// Where the system is; settings in it are filled in.
    pub base: Pattern,
    /// Further hosts that may be reached.
    pub hosts: Vec<Pattern>,
    /// The ways to sign in; the source's configuration chooses one.
    pub auth: BTreeMap<Arc<str>, Auth>,
    /// On every request.
    pub headers: Vec<(Arc<str>, Template)>,
    /// How the system likes lists in query and form.
    pub arrays: Arrays,
    /// The languages the system has, as it writes them, the usual one first: a reader gets the nearest. Empty: it is asked
    /// for the reader's own, whatever it is.
    pub locales: Vec<Arc<str>>,
    /// The zone of times that have none; also of the day of an instant.
    pub zone: Arc<str>,
    /// Values that mean "not there", beside null.
    pub empty: Vec<Wire>,
    /// What the operator filled in, by name, with the defaults: what expressions know as `settings`.
    pub settings: Wire,
    /// Quotas and concurrency.
    pub limits: Limits,
    /// The shape of its errors.
    pub errors: Errors,
    /// One cheap read that needs the credentials.
    pub health: Option<Request>,
    /// The `odata` engine's switches.
    pub odata: Option<ODataOptions>,
    /// The `storage` engine's switches.
    pub storage: Option<StorageOptions>,
    /// What it sends by itself.
    pub webhooks: Option<Webhooks>,
    /// How it is asked what changed.
    pub polls: Vec<Poll>,
    /// How it likes to be written to.
    pub writing: Writing,
    /// What it knows of the graph's entities.
    pub entities: BTreeMap<EntityId, EntityMapping>,
}

/// The engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolKind {
    /// Requests spelled out, JSON answers.
    Rest,
    /// OData V2 and V4.
    OData,
    /// Objects in a bucket or a folder.
    Storage,
}

/// A way to sign in. Slots are secrets and settings of the source.
#[derive(Clone, Debug)]
pub enum Auth {
    /// `Authorization: Bearer …`.
    Bearer(Pattern),
    /// HTTP basic authentication.
    Basic {
        /// User name.
        user: Pattern,
        /// Password.
        password: Pattern,
    },
    /// A header of the system's own.
    Header {
        /// Its name.
        name: Arc<str>,
        /// Its value.
        value: Pattern,
    },
    /// A pair of keys that every request is signed with, by the engine itself.
    Keys {
        /// Its public half.
        id: Pattern,
        /// Its secret half.
        secret: Pattern,
        /// Of a session: what goes with the pair.
        token: Option<Pattern>,
    },
    /// The system asks for nothing.
    Nothing,
    /// OAuth 2.0.
    OAuth2 {
        /// Which grant.
        grant: Grant,
        /// The token endpoint.
        token: Pattern,
        /// Client id.
        client_id: Pattern,
        /// Client secret.
        client_secret: Pattern,
        /// Asked for; none leaves it to the server.
        scopes: Vec<Arc<str>>,
        /// How long a token is good for where the answer does not say.
        lasts: Option<Duration>,
    },
}

/// OAuth 2.0 grants a gateway can use without a person.
#[derive(Clone, Debug)]
pub enum Grant {
    /// Client credentials.
    Client,
    /// A refresh token that an administrator obtained once.
    Refresh(Pattern),
}

/// Lists in query and form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrays {
    /// `a=1&a=2`.
    #[default]
    Repeat,
    /// `a=1,2`.
    Comma,
    /// `a[]=1&a[]=2`.
    Brackets,
    /// `a[0]=1&a[1]=2`.
    Indexed,
}

/// Quotas and concurrency.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Requests at the same time.
    pub concurrent: Option<u32>,
    /// Requests in a time; those without a name hold for all requests, a named one for those that name it.
    pub quotas: Vec<Quota>,
}

/// So many requests in so much time.
#[derive(Clone, Debug)]
pub struct Quota {
    /// What a request says in `limit:` to fall under it.
    pub name: Option<Arc<str>>,
    /// How many.
    pub max: u32,
    /// In what time.
    pub per: Duration,
    /// The response header that tells how many are left.
    pub remaining: Option<Arc<str>>,
    /// The response header that tells in how many seconds the count begins anew.
    pub reset: Option<Arc<str>>,
}

/// The shape of a system's errors.
#[derive(Clone, Debug, Default)]
pub struct Errors {
    /// Where the code is: first found.
    pub code: Vec<Path>,
    /// Where the message for operators is: first found.
    pub message: Vec<Path>,
    /// Several failures in one answer.
    pub rows: Option<Path>,
    /// Whose failure a row of `rows` is: keys, inside the row; first found.
    pub keys: Vec<Path>,
    /// An answer of status 2xx that is an error.
    pub when: Option<Condition>,
    /// Status (as text) or code → kind.
    pub kinds: BTreeMap<Arc<str>, ErrorKind>,
    /// A header with `true` or `false`: whether to try again.
    pub retry: Option<Arc<str>>,
    /// Where the name of the refused field is: first found.
    pub field: Vec<Path>,
    /// Code → what a person has to put right.
    pub refusals: BTreeMap<Arc<str>, RefusalCode>,
    /// The codes whose own message customers may read.
    pub public: Vec<Arc<str>>,
}

/// What a system's error means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request was wrong: a fault of the manifest or of the input.
    Invalid,
    /// Understood and refused.
    Refused,
    /// No such record.
    Missing,
    /// Somebody else was faster, or there is one already.
    Conflict,
    /// Not allowed to this account.
    Forbidden,
    /// The gateway's own credentials are not accepted.
    Credentials,
    /// Too many requests.
    Limited,
    /// In use by somebody; may be tried again.
    Locked,
    /// Down.
    Unavailable,
    /// Did not answer in time.
    Timeout,
}

/// The `odata` engine's switches.
#[derive(Clone, Debug)]
pub struct ODataOptions {
    /// 2 or 4.
    pub version: u8,
    /// How many keys fit into one or-chain.
    pub keys: u32,
    /// Page by `$skip`, or by the server's own link.
    pub page: ODataPage,
    /// Everything but a `GET` carries a token that the service gives.
    pub csrf: bool,
}

/// How an OData service pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ODataPage {
    /// `$top` and `$skip`.
    Skip,
    /// `$skiptoken` of the server's own link.
    NextLink,
}

/// What one system knows of one entity.
#[derive(Debug)]
pub struct EntityMapping {
    /// The entity.
    pub entity: EntityId,
    /// Its manifest's file, for messages.
    pub file: Arc<str>,
    /// The entity set or table (query family).
    pub set: Option<Arc<str>>,
    /// Where the key's parts are.
    pub key: Vec<KeyPart>,
    /// Where the version is.
    pub version: Option<Version>,
    /// What proves whose a record is.
    pub evidence: EvidenceRule,
    /// What of its records may be seen at all; `None` is all (the manifest says `all`).
    pub visible: Option<Condition>,
    /// An answer that means "not there".
    pub gone: Option<Condition>,
    /// Opens a record in the system itself; its slot is `key`, or `key.x` for one of several parts.
    pub url: Option<Pattern>,
    /// By [`FieldId`]; `None` is not mapped.
    pub fields: Vec<Option<Mapping>>,
    /// Further data, joined to a row.
    pub facets: Vec<Facet>,
    /// By key; the first that can do what is asked for.
    pub get: Vec<Read>,
    /// By the reference field, or all.
    pub lists: Vec<ListMapping>,
    /// By another unique value: name → how.
    pub find: BTreeMap<Arc<str>, FindMapping>,
    /// What can be written, by the operation's name.
    pub writes: BTreeMap<Arc<str>, WriteMapping>,
    /// How a record is known in other sources: source name → how (overlay).
    pub links: BTreeMap<Arc<str>, LinkRule>,
    /// What reading any record needs: key, version, evidence, visibility, `gone`.
    pub base_needs: Needs,
    /// What `links` need.
    pub link_needs: Needs,
    /// What each field needs, by [`FieldId`].
    pub needs: Vec<Needs>,
    /// What any read of it may hang on: the sum over every field, facet and request. [`EntityMapping::needs_of`] tells it
    /// for some fields only.
    pub varies: Vec<Vary>,
}

/// What of the request a read hangs on: part of the key it is cached under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vary {
    /// The account in use.
    Account,
    /// The person.
    Contact,
    /// The language.
    Locale,
    /// The arguments of the field.
    Arguments,
}

/// One part of a key.
#[derive(Clone, Debug)]
pub struct KeyPart {
    /// Where it is in a row; `parent.x` is the key the row was listed under.
    pub from: Path,
    /// How it is put on the wire.
    pub wire: KeyWire,
    /// What a key must look like before it is sent anywhere: it came from a client.
    pub pattern: Option<KeyPattern>,
}

/// A regular expression a whole key must match: one that only finds something inside would let the rest through.
#[derive(Clone, Debug)]
pub struct KeyPattern(regex::Regex);

impl KeyPattern {
    /// The longest pattern, compiled, in bytes.
    const LARGEST: usize = 1 << 20;

    /// Compiles a pattern.
    ///
    /// # Errors
    /// It is no regular expression, or too large.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        regex::RegexBuilder::new(&format!("^(?:{text})$")).size_limit(Self::LARGEST).build().map(Self)
    }

    /// Whether the whole of a key looks so.
    #[must_use]
    pub fn is_whole(&self, key: &str) -> bool {
        self.0.is_match(key)
    }
}

/// The type of a key on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyWire {
    /// Text.
    #[default]
    Text,
    /// A whole number.
    Int,
    /// A GUID.
    Guid,
}

/// Where a record's version is.
#[derive(Clone, Debug)]
pub enum Version {
    /// In the row.
    Path(Path),
    /// The record's entity tag.
    ETag,
    /// In none: what stands at these places is compared in its stead. It comes again when the record is as it was.
    Fingerprint(Arc<[Path]>),
}

/// What in the answer proves whose record it is.
#[derive(Clone, Debug)]
pub enum EvidenceRule {
    /// A field of the answer has the account's key (or keys) in this source.
    Own(Origin),
    /// The system's own association answer, in a facet.
    Membership {
        /// The associations.
        each: Path,
        /// In one of them: the account's key.
        account: Path,
        /// In one of them: what the system calls it.
        labels: Option<Path>,
    },
    /// The record belongs to the record this reference field names, which is checked itself.
    Parent(FieldId, Path),
    /// The record is itself the account.
    Itself,
    /// The key of the one person it is for.
    Viewer(Path),
    /// It belongs to the tenant.
    Tenant,
}

/// Further data, joined to a row, and read only when a wanted field's path begins with its name.
#[derive(Debug)]
pub struct Facet {
    /// Such as `items`.
    pub name: Arc<str>,
    /// How it is read.
    pub way: FacetWay,
    /// Where, in a row of the facet, the joining key is; `None` for what comes inside the row.
    pub by: Option<Path>,
    /// Where, in the record's row (or an earlier facet), the joining key is; `None` is the record's key.
    pub key: Option<Path>,
    /// Which of its rows count.
    pub only: Option<Condition>,
    /// Read only for the record's rows for which this holds: where `more` says that an embedded list was cut.
    pub when: Option<Condition>,
    /// A dictionary that may be kept this long, shared.
    pub keep: Option<Duration>,
    /// What the nested rows are called on the way out; they are not written where there is none.
    pub write: Option<Arc<str>>,
}

/// How a facet is read.
#[derive(Debug)]
pub enum FacetWay {
    /// Expanded in the row's own read (query family).
    Expand(Arc<str>),
    /// Another entity set, by a column (query family).
    Set {
        /// The set.
        set: Arc<str>,
        /// The column that has the joining key.
        by: Arc<str>,
    },
    /// A request of its own.
    Read(Box<Read>),
    /// More parameters on the row's own read: the data come inside the row at `at`, or beside the rows at `rows`.
    With {
        /// The parameters.
        query: Vec<(Arc<str>, Template)>,
        /// Inside the row.
        at: Option<Path>,
        /// Beside the rows, in the whole answer.
        rows: Option<Path>,
    },
}

/// A list and the ways to read it.
#[derive(Debug)]
pub struct ListMapping {
    /// The reference field; `None` is all of them.
    pub parent: Option<FieldId>,
    /// The first that can do what is asked for is taken.
    pub ways: Vec<Read>,
}

/// A read by another unique value.
#[derive(Debug)]
pub struct FindMapping {
    /// The request; in the query family there is none, only the column.
    pub read: Option<Read>,
    /// The column (query family), or the path whose value has to be the one that was asked for.
    pub path: Path,
}

/// How a record is known in another source.
#[derive(Debug)]
pub enum LinkRule {
    /// The row holds the other system's key or keys.
    Held(Origin),
    /// The other source is asked: its record whose `find` has the value.
    Find {
        /// The `find` of the other source's manifest of the same entity.
        find: Arc<str>,
        /// The value, in this row.
        value: Origin,
    },
}

/// What has to be read for something: columns of the row, and of facets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The first step of each path into the row.
    pub columns: Vec<Arc<str>>,
    /// Facets by their place in [`EntityMapping::facets`], each with its columns (empty: all of it).
    pub facets: BTreeMap<usize, Vec<Arc<str>>>,
    /// What of the request the reading hangs on.
    pub varies: Vec<Vary>,
}

impl EntityMapping {
    /// The fields it maps.
    #[must_use]
    pub fn mapped(&self) -> FieldSet {
        let numbered = (0..=u8::MAX).map(FieldId).zip(&self.fields);
        numbered.filter(|(_, mapping)| mapping.is_some()).map(|(field, _)| field).collect()
    }

    /// Everything that has to be read so that `fields` can be mapped.
    #[must_use]
    pub fn needs_of(&self, fields: FieldSet) -> Needs {
        let mut all = self.base_needs.clone();
        if fields.contains(FieldId::LINKS) {
            all.add(&self.link_needs);
        }
        for field in fields.iter() {
            if let Some(needs) = self.needs.get(usize::from(field.0)) {
                all.add(needs);
            }
        }
        all
    }
}

impl Needs {
    /// Adds what `other` needs.
    pub fn add(&mut self, other: &Self) {
        add_new(&mut self.columns, &other.columns);
        for (facet, columns) in &other.facets {
            match self.facets.get_mut(facet) {
                // Empty is all of it, and stays so.
                Some(mine) if mine.is_empty() || columns.is_empty() => mine.clear(),
                Some(mine) => add_new(mine, columns),
                None => drop(self.facets.insert(*facet, columns.clone())),
            }
        }
        self.varies.extend_from_slice(&other.varies);
        self.varies.sort_unstable();
        self.varies.dedup();
    }
}

fn add_new(to: &mut Vec<Arc<str>>, from: &[Arc<str>]) {
    for name in from {
        if !to.contains(name) {
            to.push(Arc::clone(name));
        }
    }
}

/// A value worked out from settings and the request, kept with the text it was written as.
#[derive(Clone, Debug)]
pub struct Computed {
    /// The CEL program.
    pub program: Program,
    /// As written, for `explain` and logs.
    pub text: Arc<str>,
}
