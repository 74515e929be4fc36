//! Sealing: what a client carries for us comes back as we gave it, or not at all.
//!
//! A sealed text is base64url of `version ‖ payload ‖ tag`. The tag is HMAC-SHA256, cut to 20 bytes, over the purpose, the
//! surroundings the text is bound to, and the payload, each with its length before it. The key is derived per tenant, so
//! that one tenant's texts mean nothing to another. Sealing an id hides nothing: it only proves where it came from. A cursor is
//! encrypted besides, and so is what a link to a file stands for.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::{Code, Error};
use crate::secret::Secret;

mod concealed;
#[cfg(test)]
mod tests;

pub use concealed::Place;

/// The first byte of everything sealed: another form gets another number.
const VERSION: u8 = 1;
/// How much of the tag is kept, in bytes.
const TAG: usize = 20;
/// The longest sealed text that is looked at, in bytes: three names and a key of 512 bytes fit well, and a cursor over the
/// lists of a dozen systems.
const LONGEST: usize = 16_384;
/// Stands for "no token" in a cursor.
const NOTHING: u8 = 0;

/// Seals and opens for one tenant.
#[derive(Clone)]
pub struct Sealer {
    /// Keyed once: every seal begins from a copy of it.
    keyed: Hmac<Sha256>,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

/// What an id stands for, by names: numbers change with the configuration, and ids are kept by clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedId {
    /// The entity's name.
    pub entity: String,
    /// The source's name.
    pub source: String,
    /// The key, with its separators.
    pub key: String,
}

/// The one list a cursor is good for.
#[derive(Clone, Copy, Debug)]
pub struct CursorPlace<'a> {
    /// The field, such as `Account.orders`.
    pub field: &'a str,
    /// Whose list it is: the parent's id, or empty.
    pub parent: &'a str,
    /// [`digest`] of the arguments that choose and order the list.
    pub arguments: &'a [u8],
}

impl Sealer {
    /// A sealer for `tenant` under the installation's `secret`.
    ///
    /// # Errors
    /// The secret is shorter than 32 bytes.
    pub fn new(secret: &Secret, tenant: &str) -> Result<Self, Error> {
        if secret.expose().len() < 32 {
            return Err(Error::new(Code::Internal, "the sealing secret is shorter than 32 bytes: set a longer one"));
        }
        let mut master = keyed(secret.expose().as_bytes())?;
        feed(&mut master, b"vestibule seal");
        feed(&mut master, tenant.as_bytes());
        Ok(Self { keyed: keyed(&master.finalize().into_bytes())? })
    }

    /// The id of a record.
    #[must_use]
    pub fn id(&self, entity: &str, source: &str, key: &str) -> String {
        let mut payload = Vec::with_capacity(entity.len() + source.len() + key.len() + 12);
        for part in [entity, source, key] {
            put(&mut payload, part.as_bytes());
        }
        self.seal(b"id", &[], payload)
    }

    /// What an id stands for.
    ///
    /// # Errors
    /// [`Code::BadUserInput`] where it was not sealed here for this tenant.
    pub fn open_id(&self, text: &str) -> Result<SealedId, Error> {
        let refused = || Error::public(Code::BadUserInput, "This is not an id of this graph.");
        let payload = self.open(b"id", &[], text).ok_or_else(refused)?;
        let mut rest = payload.as_slice();
        let mut part = || take(&mut rest).and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        match (part(), part(), part()) {
            (Some(entity), Some(source), Some(key)) => Ok(SealedId { entity, source, key }),
            _ => Err(refused()),
        }
    }

    /// A name that stands for these parts, and says nothing of them: the same for the same parts, and for no others.
    #[must_use]
    pub fn fingerprint(&self, purpose: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.keyed.clone();
        feed(&mut mac, purpose);
        parts.iter().for_each(|part| feed(&mut mac, part));
        mac.finalize().into_bytes().into()
    }

    /// A cursor: a position (a system's own token, and how many rows of its page come before), good for one list only.
    ///
    /// # Errors
    /// [`Code::UpstreamRejected`]: the token is so long that the cursor could not be opened again.
    pub fn cursor(&self, place: CursorPlace<'_>, token: Option<&str>, skip: u32) -> Result<String, Error> {
        let mut payload = skip.to_be_bytes().to_vec();
        match token {
            None => payload.push(NOTHING),
            Some(token) => {
                payload.push(1);
                payload.extend_from_slice(token.as_bytes());
            }
        }
        let hidden = self.hide(&place.parts(), payload);
        let text = self.seal(b"cursor", &place.parts(), hidden);
        if text.len() > LONGEST {
            let detail = format!(
                "a system's places in a list make a cursor of {} bytes, and {LONGEST} can be opened",
                text.len()
            );
            return Err(Error::new(Code::UpstreamRejected, detail));
        }
        Ok(text)
    }

    /// The position in a cursor.
    ///
    /// # Errors
    /// [`Code::BadUserInput`] where it was not given out for this very list.
    pub fn open_cursor(&self, place: CursorPlace<'_>, text: &str) -> Result<(Option<String>, u32), Error> {
        let refused = || Error::public(Code::BadUserInput, "This is not a cursor of this list.");
        let hidden = self.open(b"cursor", &place.parts(), text).ok_or_else(refused)?;
        let payload = self.show(hidden).ok_or_else(refused)?;
        let (skip, rest) = payload.split_first_chunk::<4>().ok_or_else(refused)?;
        let skip = u32::from_be_bytes(*skip);
        match rest.split_first() {
            Some((&NOTHING, [])) => Ok((None, skip)),
            Some((1, token)) => {
                let token = String::from_utf8(token.to_vec()).map_err(|_| refused())?;
                Ok((Some(token), skip))
            }
            _ => Err(refused()),
        }
    }

    /// Parts that nothing can be read from: encrypted, and good for that purpose only.
    ///
    /// # Errors
    /// `INTERNAL`: they are so long that they could not be opened again.
    pub fn hidden(&self, purpose: &[u8], parts: &[&[u8]]) -> Result<String, Error> {
        let mut payload = Vec::new();
        parts.iter().for_each(|part| put(&mut payload, part));
        let text = self.seal(purpose, &[], self.hide(&[purpose], payload));
        if text.len() > LONGEST {
            return Err(Error::new(Code::Internal, format!("what is sealed comes to {} bytes", text.len())));
        }
        Ok(text)
    }

    /// The parts of what was hidden for that purpose; none where it was not, or not here.
    #[must_use]
    pub fn open_hidden(&self, purpose: &[u8], text: &str) -> Option<Vec<Vec<u8>>> {
        let payload = self.show(self.open(purpose, &[], text)?)?;
        let (mut rest, mut parts) = (payload.as_slice(), Vec::new());
        while !rest.is_empty() {
            parts.push(take(&mut rest)?.to_vec());
        }
        Some(parts)
    }

    /// Encrypts a cursor's payload: a system's token may name a row that was not the client's to see. The nonce is made of
    /// what is encrypted, so that one position has one cursor; AES-GCM-SIV is made for that.
    fn hide(&self, bound: &[&[u8]], mut payload: Vec<u8>) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        nonce.iter_mut().zip(self.tag(b"cursor nonce", bound, &payload)).for_each(|(to, from)| *to = from);
        // Without a key there is no cursor that opens, and none that tells anything.
        let sealed = self.cipher().and_then(|cipher| {
            cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut payload).ok()
        });
        if sealed.is_none() {
            return Vec::new();
        }
        [nonce.as_slice(), payload.as_slice()].concat()
    }

    fn show(&self, hidden: Vec<u8>) -> Option<Vec<u8>> {
        let (nonce, rest) = hidden.split_first_chunk::<NONCE_LEN>()?;
        let mut rest = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let shown = self.cipher()?.open_in_place(nonce, Aad::empty(), &mut rest).ok()?;
        Some(shown.to_vec())
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        let mut mac = self.keyed.clone();
        feed(&mut mac, b"cursor key");
        UnboundKey::new(&AES_256_GCM_SIV, &mac.finalize().into_bytes()).ok().map(LessSafeKey::new)
    }

    fn seal(&self, purpose: &[u8], bound: &[&[u8]], payload: Vec<u8>) -> String {
        let tag = self.tag(purpose, bound, &payload);
        let mut whole = Vec::with_capacity(1 + payload.len() + TAG);
        whole.push(VERSION);
        whole.extend_from_slice(&payload);
        whole.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(whole)
    }

    fn open(&self, purpose: &[u8], bound: &[&[u8]], text: &str) -> Option<Vec<u8>> {
        if text.len() > LONGEST {
            return None;
        }
        let mut whole = URL_SAFE_NO_PAD.decode(text).ok()?;
        if whole.first() != Some(&VERSION) || whole.len() < 1 + TAG {
            return None;
        }
        let tag = whole.split_off(whole.len() - TAG);
        whole.remove(0);
        let expected = self.tag(purpose, bound, &whole);
        bool::from(expected.as_slice().ct_eq(&tag)).then_some(whole)
    }

    fn tag(&self, purpose: &[u8], bound: &[&[u8]], payload: &[u8]) -> [u8; TAG] {
        let mut mac = self.keyed.clone();
        mac.update(&[VERSION]);
        feed(&mut mac, purpose);
        for part in bound {
            feed(&mut mac, part);
        }
        feed(&mut mac, payload);
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let mut cut = [0; TAG];
        cut.copy_from_slice(whole.split_at(TAG).0);
        cut
    }
}

impl<'a> CursorPlace<'a> {
    fn parts(&self) -> [&'a [u8]; 3] {
        [self.field.as_bytes(), self.parent.as_bytes(), self.arguments]
    }
}

/// SHA-256 of parts, each with its length before it: for the arguments of a list.
#[must_use]
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn keyed(key: &[u8]) -> Result<Hmac<Sha256>, Error> {
    Hmac::new_from_slice(key).map_err(|_| Error::new(Code::Internal, "HMAC takes no key of this length"))
}

fn feed(mac: &mut Hmac<Sha256>, part: &[u8]) {
    mac.update(&(part.len() as u64).to_be_bytes());
    mac.update(part);
}

fn put(to: &mut Vec<u8>, part: &[u8]) {
    // Names and keys are far below 4 GiB; a longer one would only fail to open.
    to.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    to.extend_from_slice(part);
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (part, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(part)
}
