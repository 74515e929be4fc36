//! What a system sends by itself, as declared: how it proves that it is the sender, and what its events mean.

use std::sync::Arc;
use std::time::Duration;

use super::mapping::{Condition, Path};
use super::touched::Touched;
use crate::model::{ChangeKind, EntityId, FieldId};

/// How a system tells of changes.
#[derive(Debug)]
pub struct Webhooks {
    /// What proves who sent a delivery.
    pub proof: Proof,
    /// What it wants answered when an address is registered.
    pub handshake: Option<Handshake>,
    /// Where the events are in the body: each of a list, or the one that is there.
    pub events: Path,
    /// Which events are this source's own; the others are dropped.
    pub only: Option<Condition>,
    /// What together tells an event from every other; empty where the body as a whole does.
    pub id: Vec<Path>,
    /// When it happened, and how that is written.
    pub at: Option<(Path, Unit)>,
    /// The record's version after it.
    pub version: Option<Path>,
    /// What events mean: the first that holds.
    pub changes: Vec<ChangeRule>,
}

/// What proves who sent a delivery.
#[derive(Debug)]
pub enum Proof {
    /// A keyed hash over what was sent.
    Signature(Box<Recipe>),
    /// A secret that is sent along.
    Secret(Shared),
}

/// How a signature is worked out, and where it stands.
#[derive(Debug)]
pub struct Recipe {
    /// Where it stands.
    pub from: Found,
    /// Several parts in one value, such as `t=1,v1=2`: what separates them.
    pub split: Option<Arc<str>>,
    /// What stands round the signature in its part.
    pub form: Form,
    /// What it is worked out over.
    pub over: Vec<Piece>,
    /// Which hash.
    pub digest: Digest,
    /// The secrets' names: any of them may have been used, so that they can be changed without a gap.
    pub keys: Vec<Arc<str>>,
    /// How a secret becomes a key.
    pub key_form: KeyForm,
    /// How the signature is written.
    pub encoding: Encoding,
    /// When it was signed.
    pub timestamp: Option<Stamp>,
}

/// Where a signature or a time stands.
#[derive(Debug)]
pub enum Found {
    /// In a header; its name in lower case.
    Header(Arc<str>),
    /// In the body.
    Body(Path),
    /// In the raw body: what stands before what is signed, between that and the signature, and behind it.
    Raw(Arc<str>, Arc<str>, Arc<str>),
}

/// What stands round a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Before it.
    pub before: Arc<str>,
    /// Behind it.
    pub after: Arc<str>,
}

/// A piece of what is signed.
#[derive(Debug)]
pub enum Piece {
    /// As it stands here.
    Text(Arc<str>),
    /// The method, in capitals.
    Method,
    /// The public address, with its query.
    Url,
    /// The raw body.
    Body,
    /// The time, as it was sent.
    Timestamp,
    /// The signed part of the raw body.
    Signed,
    /// A header; its name in lower case.
    Header(Arc<str>),
    /// A value in the body.
    Value(Path),
}

/// Hashes of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// HMAC-SHA1: still sound as a keyed hash, where a system has no other.
    Sha1,
    /// HMAC-SHA256.
    Sha256,
    /// HMAC-SHA512.
    Sha512,
}

/// How a secret becomes a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyForm {
    /// Its bytes.
    #[default]
    Text,
    /// It is base64.
    Base64,
    /// It is base64 behind `whsec_`.
    Whsec,
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Two digits a byte, in either case.
    Hex,
    /// Base64, with or without its padding.
    Base64,
}

/// When a delivery was signed: older ones are refused.
#[derive(Debug)]
pub struct Stamp {
    /// Where it stands.
    pub from: Found,
    /// Several parts in one value: what separates them.
    pub split: Option<Arc<str>>,
    /// What stands round it in its part.
    pub form: Form,
    /// How it is written.
    pub unit: Unit,
    /// How far it may be from now, either way.
    pub window: Duration,
}

/// How an instant is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Millis,
    /// RFC 3339.
    #[default]
    Rfc3339,
}

/// A secret that is sent along.
#[derive(Debug)]
pub struct Shared {
    /// Where it stands.
    pub at: SharedAt,
    /// The secrets' names: any of them will do.
    pub keys: Vec<Arc<str>>,
}

/// Where a secret stands that is sent along.
#[derive(Debug)]
pub enum SharedAt {
    /// In a header; its name in lower case.
    Header(Arc<str>),
    /// In a parameter of the query.
    Query(Arc<str>),
    /// The last segment of the address.
    Address,
    /// In the body.
    Body(Path),
}

/// What a system wants answered when an address is registered.
#[derive(Debug)]
pub enum Handshake {
    /// A parameter of the query comes back as text.
    EchoQuery(Arc<str>),
    /// A value of the body comes back as text.
    EchoBody(Path),
    /// The abuse protection of `CloudEvents`: `OPTIONS`, answered with who may send.
    CloudEvents,
    /// A request without a body is answered.
    Empty,
}

/// What an event means.
#[derive(Debug)]
pub struct ChangeRule {
    /// Which events.
    pub when: Option<Condition>,
    /// Which entities: several where one row of the system is several records.
    pub entities: Vec<EntityId>,
    /// The parts of the record's key.
    pub key: Vec<Path>,
    /// What became of it.
    pub kind: ChangeKind,
    /// Whose lists it is in, by the reference that says so: for each of the entities.
    pub parents: Vec<(EntityId, FieldId, Path)>,
    /// What else it touches: for each of the entities.
    pub touches: Vec<(EntityId, Touched)>,
}

impl Webhooks {
    /// Whether it is said which events are the source's own: where several share an address, one that does not say it would take
    /// everybody's.
    #[must_use]
    pub fn says_its_own(&self) -> bool {
        self.only.as_ref().is_some_and(|only| !only.0.is_empty())
    }

    /// The names of the secrets that a delivery may be proved with.
    #[must_use]
    pub fn keys(&self) -> &[Arc<str>] {
        match &self.proof {
            Proof::Signature(recipe) => &recipe.keys,
            Proof::Secret(shared) => &shared.keys,
        }
    }

    /// Whether the proof needs to know the public address.
    #[must_use]
    pub fn needs_url(&self) -> bool {
        matches!(&self.proof, Proof::Signature(recipe) if recipe.over.iter().any(|piece| matches!(piece, Piece::Url)))
    }

    /// Whether everything in the body is proved, or only that somebody with the secret sent something.
    #[must_use]
    pub fn proves_body(&self) -> bool {
        match &self.proof {
            Proof::Signature(recipe) => recipe.over.iter().any(|piece| matches!(piece, Piece::Body | Piece::Signed)),
            Proof::Secret(_) => true,
        }
    }
}
