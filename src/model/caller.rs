//! Who asks, and what they may reach: computed once at sign-in, used by every read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::{Key, RecordId, SourceId};
use crate::error::Error;

/// What kind of caller is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// A person at a customer.
    Customer,
    /// Somebody of the business that runs the portal.
    Staff,
    /// A program with a token of its own.
    Service,
}

/// The signed-in caller of one request. No caller, no data.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The tenant.
    pub tenant: Arc<str>,
    /// What kind of caller.
    pub kind: CallerKind,
    /// The token's issuer and subject: who it is, before anything is looked up.
    pub subject: (Arc<str>, Arc<str>),
    /// For people: the name in the token, or of the contact.
    pub name: Arc<str>,
    /// The verified e-mail address, where there is one.
    pub email: Option<Arc<str>>,
    /// A BCP 47 language tag.
    pub locale: Arc<str>,
    /// A name of the IANA time zone database.
    pub time_zone: Arc<str>,
    /// What this person may reach.
    pub authority: Arc<Authority>,
    /// Which of `authority.accounts` is in use.
    pub current: Option<usize>,
    /// Signed in with a second factor.
    pub multi_factor: bool,
    /// When the person signed in.
    pub authenticated_at: Option<Timestamp>,
}

/// Contact → accounts, links, roles: what a caller's rights are computed from. Never treated as data.
#[derive(Clone, Debug)]
pub struct Authority {
    /// The person in the system that owns contacts.
    pub contact: Option<ContactAccess>,
    /// Every account the person may act for, in the order of the system's answer.
    pub accounts: Vec<Access>,
}

/// The person in the system that owns contacts.
#[derive(Clone, Debug)]
pub struct ContactAccess {
    /// The record.
    pub id: RecordId,
    /// How the person is known elsewhere.
    pub links: Links,
}

/// One account that a person may act for.
#[derive(Clone, Debug)]
pub struct Access {
    /// The account's record, in the source that owns accounts.
    pub id: RecordId,
    /// How the account is known elsewhere; its own source is in it, too.
    pub links: Links,
    /// The person's roles there.
    pub roles: Vec<Arc<str>>,
    /// What the roles allow, such as `orders:read`.
    pub permissions: BTreeSet<Arc<str>>,
}

/// How one record is known in other systems: a *set* of keys for each source. A source that is missing has no link (an
/// empty list, not an error); a source whose link could not be found out has the error.
#[derive(Clone, Debug, Default)]
pub struct Links(BTreeMap<SourceId, Result<Arc<[Key]>, Error>>);

impl Links {
    /// Records what is known of one source.
    pub fn insert(&mut self, source: SourceId, keys: Result<Arc<[Key]>, Error>) {
        self.0.insert(source, keys);
    }

    /// The keys in `source`: empty where there is no link.
    ///
    /// # Errors
    /// The error that kept the link from being found out.
    pub fn keys(&self, source: SourceId) -> Result<&[Key], Error> {
        match self.0.get(&source) {
            None => Ok(&[]),
            Some(Ok(keys)) => Ok(keys),
            Some(Err(error)) => Err(error.clone()),
        }
    }

    /// The same, shared.
    ///
    /// # Errors
    /// The error that kept the link from being found out.
    pub fn shared(&self, source: SourceId) -> Result<Arc<[Key]>, Error> {
        match self.0.get(&source) {
            None => Ok(Arc::default()),
            Some(Ok(keys)) => Ok(Arc::clone(keys)),
            Some(Err(error)) => Err(error.clone()),
        }
    }

    /// Takes what could not be found out from an older answer, as far as that knew it.
    pub fn complete_from(&mut self, older: &Self) {
        for (source, keys) in self.0.iter_mut().filter(|(_, keys)| keys.is_err()) {
            if let Some(Ok(known)) = older.0.get(source) {
                *keys = Ok(Arc::clone(known));
            }
        }
    }

    /// Every source something is known of, with what is known.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Result<Arc<[Key]>, Error>)> {
        self.0.iter().map(|(source, keys)| (*source, keys))
    }
}

impl Caller {
    /// The account in use.
    #[must_use]
    pub fn account(&self) -> Option<&Access> {
        self.current.and_then(|at| self.authority.accounts.get(at))
    }

    /// Whether the account in use grants a permission.
    #[must_use]
    pub fn can(&self, permission: &str) -> bool {
        self.account().is_some_and(|access| access.permissions.contains(permission))
    }
}
