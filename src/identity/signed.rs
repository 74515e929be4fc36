//! Authority that the issuer has written into the token itself: sign-in then asks no system.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::access::Rights;
use super::authority::{Found, Named, denied, with_own};
use crate::error::Result;
use crate::model::{Access, Authority, ContactAccess, Key, Links, RecordId, SourceId};

/// The claim `vestibule`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    contact: String,
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    key: String,
    #[serde(default)]
    links: BTreeMap<String, Vec<String>>,
    labels: Vec<Arc<str>>,
}

/// Reads the claim.
pub(super) struct Signed {
    /// The source in which contact and accounts are.
    pub(super) source: SourceId,
    pub(super) graph: Named,
    pub(super) rights: Arc<Rights>,
    /// Names of the sources, by [`SourceId`].
    pub(super) sources: Vec<Arc<str>>,
}

impl Signed {
    /// What the person may reach, by the issuer's word.
    ///
    /// # Errors
    /// `FORBIDDEN` where the claim cannot be read, or gives nothing.
    pub(super) fn read(&self, claim: &Value) -> Result<Found> {
        let claim = Claim::deserialize(claim).map_err(|error| denied(format!("the claim `vestibule`: {error}")))?;
        let mut accounts: Vec<Access> = Vec::new();
        for account in claim.accounts {
            let key = key(&account.key)?;
            let Some(granted) = self.rights.of(&account.labels) else { continue };
            let id = RecordId { entity: self.graph.hub, source: self.source, key: key.clone() };
            if accounts.iter().any(|access| access.id == id) {
                return Err(denied(format!("the claim `vestibule` has the account {key:?} twice")));
            }
            let links = with_own(self.links(&account.links)?, self.source, key);
            accounts.push(Access { id, links, roles: granted.roles, permissions: granted.permissions });
        }
        if accounts.is_empty() {
            return Err(denied("the claim `vestibule` has no account with a configured label"));
        }
        let contact = key(&claim.contact)?;
        let id = RecordId { entity: self.graph.person, source: self.source, key: contact.clone() };
        let links = with_own(Links::default(), self.source, contact);
        let authority = Authority { contact: Some(ContactAccess { id, links }), accounts };
        Ok(Found { authority: Arc::new(authority), name: None, locale: None, email: None })
    }

    fn links(&self, claimed: &BTreeMap<String, Vec<String>>) -> Result<Links> {
        let mut links = Links::default();
        for (name, keys) in claimed {
            let at = self.sources.iter().position(|source| **source == **name).and_then(|at| u16::try_from(at).ok());
            // An issuer may know of systems that this gateway does not read.
            let Some(at) = at else { continue };
            let keys: Vec<Key> = keys.iter().map(|text| key(text)).collect::<Result<_>>()?;
            links.insert(SourceId(at), Ok(keys.into()));
        }
        Ok(links)
    }
}

fn key(text: &str) -> Result<Key> {
    let none = || denied(format!("the claim `vestibule` has the key {}, which is none", super::keys::shown(text)));
    Key::new(text).ok_or_else(none)
}
