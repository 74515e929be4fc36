//! What is kept outside of the process: encrypted for one purpose and place, and of no use elsewhere.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use hmac::Mac as _;

use super::{Sealer, digest, feed};
use crate::error::{Code, Error};

/// What something is kept as, and where: it opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// What it is for.
    pub purpose: &'a [u8],
    /// Under which name it is kept there.
    pub name: &'a [u8],
}

impl Sealer {
    /// Encrypts what is kept at this place. The same becomes the same again, so that it can be compared by whoever has no key:
    /// the nonce is made of what is encrypted, which AES-GCM-SIV is made for.
    ///
    /// # Errors
    /// `INTERNAL`: it is too long to be encrypted.
    pub fn conceal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE_LEN];
        let made = self.fingerprint(b"nonce of what is kept", &[place.purpose, place.name, plain]);
        nonce.iter_mut().zip(made).for_each(|(to, from)| *to = from);
        let unfit = |_| Error::new(Code::Internal, "what is to be kept cannot be encrypted");
        let mut hidden = plain.to_vec();
        let cipher = self.keeping(place.purpose)?;
        cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), place.bound(), &mut hidden)
            .map_err(unfit)?;
        Ok([nonce.as_slice(), hidden.as_slice()].concat())
    }

    /// What was kept at this place.
    ///
    /// # Errors
    /// `INTERNAL`: it was not kept there by a process with the same sealing key.
    pub fn reveal(&self, place: Place<'_>, hidden: &[u8]) -> Result<Vec<u8>, Error> {
        let foreign = || Error::new(Code::Internal, "what is kept there was not kept by this gateway, or not there");
        let (nonce, rest) = hidden.split_first_chunk::<NONCE_LEN>().ok_or_else(foreign)?;
        let mut rest = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain =
            self.keeping(place.purpose)?.open_in_place(nonce, place.bound(), &mut rest).map_err(|_| foreign())?;
        Ok(plain.to_vec())
    }

    fn keeping(&self, purpose: &[u8]) -> Result<LessSafeKey, Error> {
        let mut mac = self.keyed.clone();
        feed(&mut mac, b"key of what is kept");
        feed(&mut mac, purpose);
        let key = UnboundKey::new(&AES_256_GCM_SIV, &mac.finalize().into_bytes());
        key.map(LessSafeKey::new).map_err(|_| Error::new(Code::Internal, "there is no key of this length"))
    }
}

impl Place<'_> {
    fn bound(self) -> Aad<[u8; 32]> {
        Aad::from(digest([self.purpose, self.name]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn sealer(tenant: &str) -> Sealer {
        Sealer::new(&Secret::new("thirty-two letters or a few more".to_owned()), tenant).unwrap()
    }

    const PLACE: Place<'static> = Place { purpose: b"claim", name: b"one" };

    #[test]
    fn what_is_kept_opens_where_it_was_kept_and_nowhere_else() {
        let hidden = sealer("a").conceal(PLACE, b"order 4711").unwrap();
        assert!(!hidden.windows(4).any(|part| part == b"4711"), "it can be read");
        assert_eq!(sealer("a").reveal(PLACE, &hidden).unwrap(), b"order 4711");
        assert!(sealer("b").reveal(PLACE, &hidden).is_err(), "another tenant");
        assert!(sealer("a").reveal(Place { name: b"two", ..PLACE }, &hidden).is_err(), "another name");
        assert!(sealer("a").reveal(Place { purpose: b"lease", ..PLACE }, &hidden).is_err(), "another purpose");
        for at in 0..hidden.len() {
            let mut bent = hidden.clone();
            bent[at] ^= 1;
            assert!(sealer("a").reveal(PLACE, &bent).is_err(), "byte {at}");
        }
        assert!(sealer("a").reveal(PLACE, b"short").is_err());
    }

    #[test]
    fn the_same_becomes_the_same_and_another_thing_another() {
        let sealer = sealer("a");
        let hidden = |plain: &[u8]| sealer.conceal(PLACE, plain).unwrap();
        assert_eq!(hidden(b"one"), hidden(b"one"));
        assert_ne!(hidden(b"one"), hidden(b"two"));
    }
}
