//! Who sent it: signatures over the raw bytes, and secrets that are sent along.

use std::borrow::Cow;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;
use subtle::ConstantTimeEq as _;

use super::{Delivery, Proved, Unproved, json};
use crate::connector::{
    Digest, Encoding, Found, KeyForm, Path, Piece, Proof, Recipe, RowView, SharedAt, SignedForm, Stamp, Unit, Webhooks,
    lookup,
};
use crate::model::Wire;
use crate::secret::Secret;

/// The most signatures of one delivery that are looked at.
const MOST: usize = 16;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Checks who sent a delivery. Any of the secrets will do, and any of several signatures.
///
/// # Errors
/// It is not proved, or no JSON; what is told of the latter is only told where the former is sound, unless the signature
/// itself stands in the body.
pub fn prove(webhooks: &Webhooks, secrets: &[Secret], delivery: &Delivery<'_>) -> Result<Proved, Unproved> {
    // Where nothing in the body takes part in the proof, it is not read before that is checked.
    let mut body = None;
    match &webhooks.proof {
        Proof::Signature(recipe) => {
            if recipe.reads_body() {
                body = Some(json::parse(delivery.body).map_err(Unproved::NotJson)?);
            }
            let signed = Signed { recipe, delivery, body: body.as_ref().unwrap_or(&Wire::Null) };
            signed.check(secrets)?;
        }
        Proof::Secret(shared) => {
            let given = match &shared.at {
                SharedAt::Header(name) => delivery.header(name).map(Cow::Borrowed),
                SharedAt::Query(name) => delivery.parameter(name).map(Cow::Owned),
                SharedAt::Address => delivery.tail.map(Cow::Borrowed),
                SharedAt::Body(path) => {
                    let read = body.insert(json::parse(delivery.body).map_err(Unproved::NotJson)?);
                    text_at(path, read).map(Cow::Owned)
                }
            };
            let given = given.filter(|given| !given.is_empty()).ok_or(Unproved::Unsigned)?;
            if !any(secrets, |secret| secret.matches(given.as_bytes())) {
                return Err(Unproved::Forged);
            }
        }
    }
    let body = match body {
        Some(body) => body,
        None => json::parse(delivery.body).map_err(Unproved::NotJson)?,
    };
    Ok(Proved { body, whole: webhooks.proves_body() })
}

/// Whether one of them fits; all are looked at, so that time does not tell which.
fn any(secrets: &[Secret], fits: impl Fn(&Secret) -> bool) -> bool {
    secrets.iter().fold(false, |found, secret| fits(secret) | found)
}

/// The headers that a system would send with this delivery, for a test of an address; `None` where the proof does not stand
/// in headers alone.
#[must_use]
pub fn sign(webhooks: &Webhooks, secret: &Secret, delivery: &Delivery<'_>) -> Option<Vec<(String, String)>> {
    let recipe = match &webhooks.proof {
        Proof::Signature(recipe) => recipe,
        Proof::Secret(shared) => {
            let SharedAt::Header(name) = &shared.at else { return None };
            return Some(vec![(name.to_string(), secret.expose().to_owned())]);
        }
    };
    let Found::Header(name) = &recipe.from else { return None };
    let time = recipe.timestamp.as_ref().map(|stamp| (stamp, written(delivery.at, stamp.unit)));
    let text = time.as_ref().map_or("", |(_, text)| text);
    let made = Signed { recipe, delivery, body: &Wire::Null }.tag(secret, text, "")?;
    let made = match recipe.encoding {
        Encoding::Hex => made.as_ref().iter().map(|byte| format!("{byte:02x}")).collect(),
        Encoding::Base64 => base64::engine::general_purpose::STANDARD.encode(made.as_ref()),
    };
    let inside = |form: &SignedForm, text: &str| format!("{}{text}{}", form.before, form.after);
    let signature = inside(&recipe.form, &made);
    let Some((stamp, text)) = time else { return Some(vec![(name.to_string(), signature)]) };
    let Found::Header(beside) = &stamp.from else { return None };
    let stamped = inside(&stamp.form, &text);
    Some(match beside == name {
        true => {
            vec![(name.to_string(), format!("{stamped}{}{signature}", recipe.split.as_deref().unwrap_or_default()))]
        }
        false => vec![(beside.to_string(), stamped), (name.to_string(), signature)],
    })
}

/// An instant as a system writes it.
fn written(at: Timestamp, unit: Unit) -> String {
    match unit {
        Unit::Seconds => at.as_second().to_string(),
        Unit::Millis => at.as_millisecond().to_string(),
        Unit::Rfc3339 => at.to_string(),
    }
}

struct Signed<'a> {
    recipe: &'a Recipe,
    delivery: &'a Delivery<'a>,
    body: &'a Wire,
}

impl Recipe {
    /// Whether something inside the body takes part in the proof.
    fn reads_body(&self) -> bool {
        let stamped = self.timestamp.as_ref().is_some_and(|stamp| matches!(stamp.from, Found::Body(_)));
        stamped || matches!(self.from, Found::Body(_)) || self.over.iter().any(|piece| matches!(piece, Piece::Value(_)))
    }
}

impl Signed<'_> {
    fn check(&self, secrets: &[Secret]) -> Result<(), Unproved> {
        let (given, signed) = self.given()?;
        let time = self.time();
        let stamped = self.recipe.timestamp.as_ref();
        let text = time.as_ref().map_or("", |(text, _)| text.as_str());
        if stamped.is_some() && text.is_empty() {
            return Err(Unproved::Unsigned);
        }
        let fits = |secret: &Secret| {
            let Some(tag) = self.tag(secret, text, &signed) else { return false };
            given.iter().fold(false, |found, one| bool::from(tag.as_ref().ct_eq(one)) | found)
        };
        if !any(secrets, fits) {
            return Err(Unproved::Forged);
        }
        match stamped {
            Some(stamp) => self.fresh(stamp, time.and_then(|(_, at)| at)),
            None => Ok(()),
        }
    }

    fn fresh(&self, stamp: &Stamp, at: Option<Timestamp>) -> Result<(), Unproved> {
        let away = at.ok_or(Unproved::Stale)?.duration_until(self.delivery.at).unsigned_abs();
        if away <= stamp.window { Ok(()) } else { Err(Unproved::Stale) }
    }

    /// The signatures there are, and what of the raw body is signed.
    fn given(&self) -> Result<(Vec<Vec<u8>>, String), Unproved> {
        let Recipe { from, split, form, encoding, .. } = self.recipe;
        let (text, signed) = match from {
            Found::Header(name) => (self.delivery.header(name).map(str::to_owned), String::new()),
            Found::Body(path) => (text_at(path, self.body), String::new()),
            Found::Raw(before, between, after) => {
                let whole = str::from_utf8(self.delivery.body).unwrap_or_default();
                let inside = whole.strip_prefix(&**before).and_then(|rest| rest.strip_suffix(&**after));
                match inside.and_then(|inside| inside.rsplit_once(&**between)) {
                    Some((signed, signature)) => (Some(signature.to_owned()), signed.to_owned()),
                    None => (None, String::new()),
                }
            }
        };
        let text = text.ok_or(Unproved::Unsigned)?;
        let given: Vec<Vec<u8>> = parts(&text, split.as_deref(), form)
            .take(MOST)
            .filter_map(|part| match encoding {
                Encoding::Hex => from_hex(part),
                Encoding::Base64 => BASE64.decode(part).ok(),
            })
            .collect();
        if given.is_empty() { Err(Unproved::Unsigned) } else { Ok((given, signed)) }
    }

    /// When it was signed, as it was sent and as an instant.
    fn time(&self) -> Option<(String, Option<Timestamp>)> {
        let stamp = self.recipe.timestamp.as_ref()?;
        let text = match &stamp.from {
            Found::Header(name) => self.delivery.header(name)?.to_owned(),
            Found::Body(path) => text_at(path, self.body)?,
            Found::Raw(..) => return None,
        };
        let part = parts(&text, stamp.split.as_deref(), &stamp.form).next()?;
        Some((part.to_owned(), instant(part, stamp.unit)))
    }

    fn tag(&self, secret: &Secret, time: &str, signed: &str) -> Option<hmac::Tag> {
        let algorithm = match self.recipe.digest {
            Digest::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Digest::Sha256 => hmac::HMAC_SHA256,
            Digest::Sha512 => hmac::HMAC_SHA512,
        };
        let text = secret.expose();
        let key = match self.recipe.key_form {
            KeyForm::Text => text.as_bytes().to_vec(),
            KeyForm::Base64 => BASE64.decode(text).ok()?,
            KeyForm::Whsec => BASE64.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok()?,
        };
        let mut context = hmac::Context::with_key(&hmac::Key::new(algorithm, &key));
        for piece in &self.recipe.over {
            match piece {
                Piece::Text(text) => context.update(text.as_bytes()),
                Piece::Method => context.update(self.delivery.method.as_bytes()),
                Piece::Url => context.update(self.delivery.url.as_bytes()),
                Piece::Body => context.update(self.delivery.body),
                Piece::Timestamp => context.update(time.as_bytes()),
                Piece::Signed => context.update(signed.as_bytes()),
                Piece::Header(name) => context.update(self.delivery.header(name)?.as_bytes()),
                Piece::Value(path) => context.update(text_at(path, self.body)?.as_bytes()),
            }
        }
        Some(context.sign())
    }
}

/// The parts of a value that have the form, without what stands round them.
fn parts<'t>(text: &'t str, split: Option<&'t str>, form: &'t SignedForm) -> impl Iterator<Item = &'t str> {
    let all: Vec<&str> = match split.filter(|split| !split.is_empty()) {
        Some(split) => text.split(split).collect(),
        None => vec![text],
    };
    all.into_iter().filter_map(|part| part.trim().strip_prefix(&*form.before)?.strip_suffix(&*form.after))
}

/// An instant as it is written.
pub(super) fn instant(text: &str, unit: Unit) -> Option<Timestamp> {
    match unit {
        Unit::Seconds => Timestamp::from_second(text.parse().ok()?).ok(),
        Unit::Millis => Timestamp::from_millisecond(text.parse().ok()?).ok(),
        Unit::Rfc3339 => text.parse().ok(),
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    if rest.is_empty() && !pairs.is_empty() { bytes } else { None }
}

fn text_at(path: &Path, body: &Wire) -> Option<String> {
    lookup(path, &RowView::bare(body, None)).as_text().map(|text| text.into_owned())
}
