//! What a link to a file stands for.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::error::Error;
use crate::seal::Sealer;

/// How long a link works.
pub const LASTS: SignedDuration = SignedDuration::from_mins(5);

/// Nothing else that is sealed opens a file.
const PURPOSE: &[u8] = b"file";

/// What a link to a file stands for, by names: numbers change with the configuration.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// Who signed in the person that the link was made for.
    pub issuer: String,
    /// Who that is to the issuer.
    pub subject: String,
    /// The person's verified address, where the token had one.
    pub email: Option<String>,
    /// The key of the person's contact.
    pub contact: Option<String>,
    /// The key of the account through which the record was reached.
    pub account: Option<String>,
    /// The person's language.
    pub locale: String,
    /// What kind of record has the file.
    pub entity: String,
    /// The source that owns the record.
    pub source: String,
    /// The record's key there.
    pub key: String,
    /// The fields that lead from the record to the file.
    pub path: Vec<String>,
    /// Which of the files at the end of these, where there may be several.
    pub which: Option<[u8; 16]>,
    /// Whether it is to be shown, and not kept.
    pub shown: bool,
    /// Until when it works.
    pub until: Timestamp,
}

/// It names a person.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("entity", &self.entity).field("path", &self.path).finish_non_exhaustive()
    }
}

/// Why a link leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unopened {
    /// It was not sealed here for this tenant.
    Forged,
    /// It worked once.
    Expired,
}

/// When a link that is made now stops working: on a whole second, as it is told.
#[must_use]
pub fn until(now: Timestamp) -> Timestamp {
    let seconds = now.as_second().saturating_add(LASTS.as_secs());
    Timestamp::from_second(seconds).unwrap_or(now)
}

/// Tells a file from the others of its list, and nothing of where it is.
#[must_use]
pub fn which(sealer: &Sealer, at: &str) -> [u8; 16] {
    let whole = sealer.fingerprint(b"which file", &[at.as_bytes()]);
    let mut cut = [0; 16];
    cut.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
    cut
}

impl Link {
    /// The link as it stands in an address.
    ///
    /// # Errors
    /// `INTERNAL`: what it stands for is too long.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, Error> {
        let until = self.until.as_second().to_be_bytes();
        let shown = [u8::from(self.shown)];
        let optional = |text: Option<&str>| match text {
            Some(text) => [b"+".as_slice(), text.as_bytes()].concat(),
            None => Vec::new(),
        };
        let email = optional(self.email.as_deref());
        let (contact, account) = (optional(self.contact.as_deref()), optional(self.account.as_deref()));
        let which = self.which.map(|which| which.to_vec()).unwrap_or_default();
        let mut parts: Vec<&[u8]> = Vec::new();
        parts.extend([until.as_slice(), shown.as_slice(), which.as_slice()]);
        parts.extend([email.as_slice(), contact.as_slice(), account.as_slice()]);
        let texts = [&self.issuer, &self.subject, &self.locale, &self.entity, &self.source, &self.key];
        parts.extend(texts.into_iter().chain(&self.path).map(|text| text.as_bytes()));
        sealer.hidden(PURPOSE, &parts)
    }

    /// What a link stands for.
    ///
    /// # Errors
    /// Why it leads nowhere.
    pub fn open(sealer: &Sealer, text: &str, now: Timestamp) -> Result<Self, Unopened> {
        let parts = sealer.open_hidden(PURPOSE, text).ok_or(Unopened::Forged)?;
        let link = read(parts).ok_or(Unopened::Forged)?;
        // Whatever was sealed: no link works longer than this.
        if now >= link.until || link.until.duration_since(now) > LASTS {
            return Err(Unopened::Expired);
        }
        Ok(link)
    }
}

fn read(parts: Vec<Vec<u8>>) -> Option<Link> {
    let mut parts = parts.into_iter();
    let until = i64::from_be_bytes(parts.next()?.try_into().ok()?);
    let shown = *parts.next()?.first()? == 1;
    let which = parts.next()?;
    let which = if which.is_empty() { None } else { Some(which.try_into().ok()?) };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).ok();
    let mut optional = || {
        let bytes = parts.next()?;
        match bytes.split_first() {
            None => Some(None),
            Some((b'+', rest)) => Some(Some(text(rest.to_vec())?)),
            Some(_) => None,
        }
    };
    let (email, contact, account) = (optional()?, optional()?, optional()?);
    let mut next = || text(parts.next()?);
    let (issuer, subject, locale) = (next()?, next()?, next()?);
    let (entity, source, key) = (next()?, next()?, next()?);
    let path: Vec<String> = parts.map(text).collect::<Option<_>>()?;
    let until = Timestamp::from_second(until).ok()?;
    (!path.is_empty()).then_some(Link {
        issuer,
        subject,
        email,
        contact,
        account,
        locale,
        entity,
        source,
        key,
        path,
        which,
        shown,
        until,
    })
}
