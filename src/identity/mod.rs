//! Tokens → callers: who signed in, and what they may reach.
//!
//! A bearer token is checked against the keys of its configured issuer; its person is found among the contacts; the
//! contact's associations say which accounts the person may act for. Nobody gets in on a token alone.

mod access;
mod authority;
mod cache;
mod claims;
mod jwks;
mod keys;
mod signed;
mod tokens;
mod verified;
mod wait;

use std::sync::Arc;
use std::time::Duration;

pub use authority::ResolveLinks;
pub use jwks::RemoteKeys;
pub use keys::Keys;
pub use tokens::Issuer;

use access::Rights;
use authority::{BY_KEY, Finder, Lookup, Named, denied};
use cache::{Authorities, Dated, Person};
use signed::Signed;
use tokens::Tokens;
use verified::Verified;

use crate::clock::Clock;
use crate::config::{AccessConfig, AuthorityConfig, ContactBy, IssuerConfig};
use crate::error::{Code, Error, Result};
use crate::files::Link;
use crate::graph::Graph;
use crate::model::{Authority, Caller, CallerKind, Key, Reads, RecordId, SourceId};

/// The `find` that takes an e-mail address.
const EMAIL: &str = "email";

/// What identity is put together from.
pub struct Setup<'a> {
    /// The tenant.
    pub tenant: Arc<str>,
    /// Whose tokens are accepted.
    pub issuers: Vec<Issuer>,
    /// How a person's accounts are found.
    pub authority: &'a AuthorityConfig,
    /// What people may do.
    pub access: &'a AccessConfig,
    /// The language of a person whose token and contact name none.
    pub locale: Arc<str>,
    /// The time zone of a person whose token names none.
    pub time_zone: Arc<str>,
    /// The tenant's graph.
    pub graph: &'a Graph,
    /// The names of the sources, by [`SourceId`].
    pub sources: Vec<Arc<str>>,
    /// Reads of every source.
    pub reads: Arc<dyn Reads>,
    /// How records are known in other sources.
    pub links: Arc<dyn ResolveLinks>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Turns tokens into callers, for one tenant.
pub struct Identity {
    tenant: Arc<str>,
    tokens: Tokens,
    authorities: Authorities,
    signed: Signed,
    locale: Arc<str>,
    time_zone: Arc<str>,
    clock: Arc<dyn Clock>,
}

/// Who signed in, as it was found: it is looked at again ([`Identity::still`]) for much less than it was found for.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The caller.
    pub caller: Caller,
    /// Until when nothing has to be asked for again and the token is good, on the clock's `elapsed` scale.
    until: Duration,
    /// What had been forgotten of anybody before it was found.
    purges: u64,
}

impl Issuer {
    /// An issuer whose keys are read over HTTP: by discovery, or from where the configuration says.
    #[must_use]
    pub fn remote(config: IssuerConfig, clock: Arc<dyn Clock>) -> Self {
        let keys = Keys::Remote(RemoteKeys::new(&config, clock));
        Self { config, keys }
    }
}

impl Identity {
    /// Puts it together; nothing is read yet.
    ///
    /// # Errors
    /// `INTERNAL` where the authority's source is none of `sources`.
    pub fn new(setup: Setup<'_>) -> Result<Self> {
        let at = setup.sources.iter().position(|name| **name == *setup.authority.source);
        let source = at.and_then(|at| u16::try_from(at).ok()).map(SourceId).ok_or_else(|| {
            Error::new(Code::Internal, format!("the authority's source `{}` is not there", setup.authority.source))
        })?;
        let rights = Arc::new(Rights::new(setup.access));
        let graph = Named::of(setup.graph);
        let finder = Finder {
            reads: setup.reads,
            links: setup.links,
            source,
            graph,
            rights: Arc::clone(&rights),
            locale: Arc::clone(&setup.locale),
            clock: Arc::clone(&setup.clock),
        };
        Ok(Self {
            tenant: setup.tenant,
            tokens: Tokens::new(setup.issuers, Arc::clone(&setup.clock)),
            authorities: Authorities::new(finder, setup.authority, Arc::clone(&setup.clock)),
            signed: Signed { source, graph, rights, sources: setup.sources },
            locale: setup.locale,
            time_zone: setup.time_zone,
            clock: setup.clock,
        })
    }

    /// Who signed in: `authorization` is that header's value, `account` the id in the header `Vestibule-Account`, `deadline`
    /// when the client stops waiting, on the clock's `elapsed` scale.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` (no token, or none that counts), `FORBIDDEN` (nobody's customer), `BAD_USER_INPUT` (the
    /// account is not one of theirs), `UPSTREAM_UNAVAILABLE` (keys or accounts cannot be read).
    pub async fn sign_in(
        &self,
        authorization: Option<&str>,
        account: Option<RecordId>,
        deadline: Duration,
    ) -> Result<SignedIn> {
        let purges = self.authorities.purges();
        let (verified, good_until) = self.tokens.verify(authorization, deadline).await?;
        let (found, fresh_until) = self.found(&verified, deadline).await?;
        let until = fresh_until.min(good_until);
        let claims = &verified.claims;
        let current = match account {
            None => 0,
            Some(id) => found.authority.accounts.iter().position(|access| access.id == id).ok_or_else(|| {
                Error::public(Code::BadUserInput, "The account in `Vestibule-Account` is not one of yours.")
            })?,
        };
        let name = claims.name.as_ref().or(found.name.as_ref()).or(claims.email.as_ref()).unwrap_or(&claims.subject);
        let locale = claims.locale.as_ref().or(found.locale.as_ref()).unwrap_or(&self.locale);
        let caller = Caller {
            tenant: Arc::clone(&self.tenant),
            kind: CallerKind::Customer,
            name: Arc::clone(name),
            subject: (Arc::clone(&verified.issued_by), Arc::clone(&claims.subject)),
            email: claims.email.clone(),
            locale: Arc::clone(locale),
            time_zone: Arc::clone(claims.time_zone.as_ref().unwrap_or(&self.time_zone)),
            authority: Arc::clone(&found.authority),
            current: Some(current),
            multi_factor: claims.multi_factor,
            authenticated_at: claims.authenticated_at,
        };
        Ok(SignedIn { caller, until, purges })
    }

    /// Whether a sign-in would come to the same now as it did then. Where it may not, it has to be looked at anew.
    #[must_use]
    pub fn still(&self, signed_in: &SignedIn) -> bool {
        self.clock.elapsed() < signed_in.until && self.authorities.purges() == signed_in.purges
    }

    /// The caller that a link was made for, as for a new request of theirs: what they may reach now, through the account
    /// with that key alone.
    ///
    /// # Errors
    /// `FORBIDDEN`: it is nothing any more, or not this; `UPSTREAM_UNAVAILABLE` where it cannot be found out.
    pub async fn holder(&self, of: &Link, deadline: Duration) -> Result<Caller> {
        let issuer = self.tokens.issuers().iter().find(|issuer| issuer.config.issuer == of.issuer);
        let issuer = issuer.ok_or_else(|| denied("the issuer of a link's person is not configured any more"))?;
        let (by, value) = match &issuer.config.contact {
            ContactBy::Email => (EMAIL, of.email.as_deref().ok_or_else(|| denied("a link without an address"))?),
            ContactBy::Subject(find) => (find.as_str(), of.subject.as_str()),
        };
        let value = Key::new(value).ok_or_else(|| denied("a link's person cannot be looked up"))?;
        let person = Person {
            issuer: Arc::from(of.issuer.as_str()),
            subject: Arc::from(of.subject.as_str()),
            lookup: Lookup { by: Arc::from(by), value },
        };
        let (found, _) = self.authorities.get(person, deadline).await?;
        let contact = found.authority.contact.as_ref().map(|contact| contact.id.key.as_str());
        if contact != of.contact.as_deref() {
            return Err(denied("a link's person is another contact by now"));
        }
        let authority = match &of.account {
            None => Arc::clone(&found.authority),
            Some(key) => {
                let access = found.authority.accounts.iter().find(|access| access.id.key.as_str() == key);
                let access = access.ok_or_else(|| denied("a link's person has not that account any more"))?;
                let contact = found.authority.contact.clone();
                Arc::new(Authority { contact, accounts: vec![access.clone()] })
            }
        };
        Ok(Caller {
            tenant: Arc::clone(&self.tenant),
            kind: CallerKind::Customer,
            name: found.name.clone().unwrap_or_else(|| Arc::from(of.subject.as_str())),
            subject: (Arc::from(of.issuer.as_str()), Arc::from(of.subject.as_str())),
            email: of.email.as_deref().map(Arc::from),
            locale: Arc::from(of.locale.as_str()),
            time_zone: Arc::clone(&self.time_zone),
            current: of.account.is_some().then_some(0),
            authority,
            multi_factor: false,
            authenticated_at: None,
        })
    }

    /// A contact as a caller, for what is sent to somebody who is not there to sign in: with the rights of now, and without a
    /// second factor. `account` is the one in use, where it is one of theirs.
    ///
    /// # Errors
    /// As [`Identity::sign_in`].
    pub async fn person(&self, contact: &Key, account: Option<&RecordId>, deadline: Duration) -> Result<Caller> {
        let subject: Arc<str> = Arc::from(contact.as_str());
        let lookup = Lookup { by: Arc::from(BY_KEY), value: contact.clone() };
        let person = Person { issuer: Arc::from(""), subject: Arc::clone(&subject), lookup };
        let (found, _) = self.authorities.get(person, deadline).await?;
        let current = account.and_then(|id| found.authority.accounts.iter().position(|access| access.id == *id));
        Ok(Caller {
            tenant: Arc::clone(&self.tenant),
            kind: CallerKind::Customer,
            name: found.name.clone().unwrap_or_else(|| found.email.clone().unwrap_or_default()),
            subject: (Arc::from(""), subject),
            email: found.email.clone(),
            locale: found.locale.clone().unwrap_or_else(|| Arc::clone(&self.locale)),
            time_zone: Arc::clone(&self.time_zone),
            authority: Arc::clone(&found.authority),
            current: Some(current.unwrap_or_default()),
            multi_factor: false,
            authenticated_at: None,
        })
    }

    /// Forgets what anybody may reach, at once: the next request of each person asks anew.
    pub fn purge(&self) {
        self.authorities.purge();
    }

    /// Forgets what people may reach who are this contact, or may act for this account, in whichever system it is known:
    /// because it changed, or is new.
    pub fn purge_record(&self, id: &RecordId) {
        self.authorities.purge_record(id);
    }

    /// What the person of a token may reach, and until when that is fresh.
    async fn found(&self, verified: &Verified, deadline: Duration) -> Result<Dated> {
        let Verified { issuer, issued_by, claims, signed, .. } = verified;
        // Signed authority is as old as its token, and is kept with it and nowhere else.
        if let Some(claim) = claims.authority.as_ref().filter(|_| issuer.config.authority_claims) {
            if let Some(found) = signed.get() {
                return Ok((Arc::clone(found), Duration::MAX));
            }
            let found = Arc::new(self.signed.read(claim)?);
            return Ok((Arc::clone(signed.get_or_init(|| found)), Duration::MAX));
        }
        let (by, value) = match &issuer.config.contact {
            ContactBy::Email => {
                let unverified = || denied("the token has no e-mail address that it says is verified");
                (EMAIL, claims.email.as_ref().ok_or_else(unverified)?)
            }
            ContactBy::Subject(find) => (find.as_str(), &claims.subject),
        };
        let value = Key::new(value).ok_or_else(|| denied("the token's person cannot be looked up"))?;
        let person = Person {
            issuer: Arc::clone(issued_by),
            subject: Arc::clone(&claims.subject),
            lookup: Lookup { by: Arc::from(by), value },
        };
        self.authorities.get(person, deadline).await
    }
}

#[cfg(test)]
mod tests;
