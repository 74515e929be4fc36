//! Signatures of the Standard Webhooks specification, version 1: symmetric, `v1`.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::secret::Secret;

/// What every secret begins with.
const PREFIX: &str = "whsec_";
/// How many bytes a secret may have, once decoded.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// The keys of one endpoint: the one in use, and those that are on their way in or out.
pub(super) struct Signing(Vec<hmac::Key>);

impl Signing {
    /// Reads the secrets as they are handed to receivers.
    ///
    /// # Errors
    /// Says what is wrong with one, without a letter of it.
    pub(super) fn new(secrets: &[Secret]) -> Result<Self, String> {
        let key = |secret: &Secret| {
            let coded = secret.expose().strip_prefix(PREFIX).ok_or("a secret does not begin with `whsec_`")?;
            let bytes = STANDARD.decode(coded).map_err(|_| "a secret is not base64 behind `whsec_`")?;
            if !LENGTHS.contains(&bytes.len()) {
                return Err("a secret has not 24 to 64 bytes behind `whsec_`");
            }
            Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
        };
        Ok(Self(secrets.iter().map(key).collect::<Result<_, _>>()?))
    }

    /// The header `webhook-signature`: one signature for each key.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let one = |key: &hmac::Key| {
            let mut context = hmac::Context::with_key(key);
            context.update(format!("{id}.{timestamp}.").as_bytes());
            context.update(body);
            format!("v1,{}", STANDARD.encode(context.sign().as_ref()))
        };
        self.0.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    fn signing(secrets: &[&str]) -> Result<Signing, String> {
        Signing::new(&secrets.iter().map(|one| Secret::new((*one).to_owned())).collect::<Vec<_>>())
    }

    #[test]
    fn the_signature_is_that_of_the_specification_s_own_libraries() {
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let made = signing(&[KNOWN]).unwrap().sign("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body);
        assert_eq!(made, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn while_secrets_change_a_delivery_is_signed_with_each() {
        let other = format!("whsec_{}", STANDARD.encode([7; 32]));
        let both = signing(&[KNOWN, &other]).unwrap().sign("msg_1", 1, b"{}");
        let alone = [KNOWN, &other].map(|one| signing(&[one]).unwrap().sign("msg_1", 1, b"{}"));
        assert_eq!(both, alone.join(" "));
    }

    #[test]
    fn what_is_no_secret_of_the_specification_is_refused() {
        let short = format!("whsec_{}", STANDARD.encode([1; 23]));
        let long = format!("whsec_{}", STANDARD.encode([1; 65]));
        for wrong in ["C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_not base64", "whsec_", &short, &long] {
            assert!(signing(&[wrong]).is_err(), "{wrong}");
        }
    }
}
