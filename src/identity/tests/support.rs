//! A small world: an issuer with a key, two sources, some contacts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use futures::future::BoxFuture;
use indexmap::IndexMap;
use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value as Json, json};

use super::super::*;
use crate::clock::ManualClock;
use crate::config::{Algorithm, Lasting};
use crate::diagnostic::Place;
use crate::graph::{Entity, Field, FieldKind, Scalar, Scope, Shape};
use crate::model::{
    Answer, EntityId, Evidence, FieldId, FieldSet, FindRead, Freshness, GetRead, LinkValue, Links, ListPage, ListRead,
    Membership, ReadContext, Record, Value,
};

pub const ISSUER: &str = "https://login.example.com/";
pub const AUDIENCE: &str = "portal-api";
/// The clock's beginning, in seconds since 1970.
pub const START: i64 = 1_800_000_000;
pub const CRM: SourceId = SourceId(0);
pub const ERP: SourceId = SourceId(1);
pub const ACCOUNT: EntityId = EntityId(0);
pub const CONTACT: EntityId = EntityId(1);
/// Far enough away for every test.
pub const LATER: Duration = Duration::from_secs(1_000_000);

/// A key pair that signs tokens.
pub struct Signer {
    pub key: EncodingKey,
    pub algorithm: jsonwebtoken::Algorithm,
    pub kid: String,
}

impl Signer {
    pub fn es256(kid: &str) -> Self {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let key = EncodingKey::from_ec_der(document.as_ref());
        Self { key, algorithm: jsonwebtoken::Algorithm::ES256, kid: kid.to_owned() }
    }

    pub fn jwk(&self) -> Jwk {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.kid.clone());
        jwk
    }

    pub fn header(&self) -> Header {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.kid.clone());
        header
    }

    /// The value of an `Authorization` header.
    pub fn bearer(&self, claims: &Json) -> String {
        self.bearer_with(&self.header(), claims)
    }

    pub fn bearer_with(&self, header: &Header, claims: &Json) -> String {
        format!("Bearer {}", encode(header, claims, &self.key).unwrap())
    }
}

/// Good claims, with changes; `null` takes a claim away.
pub fn claims(changes: Json) -> Json {
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "p-1", "iat": START, "exp": START + 3600,
        "email": "ann@example.com", "email_verified": true, "name": "Ann Example",
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Json::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    claims
}

/// A contact of the fake source.
#[derive(Clone)]
pub struct FakePerson {
    pub key: &'static str,
    pub email: &'static str,
    pub subject: &'static str,
    /// Account key and labels.
    pub accounts: Vec<(&'static str, Vec<&'static str>)>,
    pub visible: bool,
}

pub fn person(key: &'static str, email: &'static str, accounts: &[(&'static str, &[&'static str])]) -> FakePerson {
    let accounts = accounts.iter().map(|(key, labels)| (*key, labels.to_vec())).collect();
    FakePerson { key, email, subject: "p-1", accounts, visible: true }
}

/// A source of contacts and accounts.
#[derive(Default)]
pub struct FakeReads {
    pub people: Mutex<Vec<FakePerson>>,
    /// Accounts that are not there any more.
    pub gone: Mutex<Vec<&'static str>>,
    pub down: AtomicBool,
    pub finds: AtomicUsize,
    pub gets: AtomicUsize,
    /// While it is held, `find` does not answer; it has read before it waits.
    pub gate: tokio::sync::Mutex<()>,
}

impl FakeReads {
    pub fn set(&self, people: &[FakePerson]) {
        *self.people.lock().unwrap() = people.to_vec();
    }

    pub fn fail(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    pub fn finds(&self) -> usize {
        self.finds.load(Ordering::SeqCst)
    }

    fn answer(&self, read: &FindRead, value: &Key) -> Answer {
        if self.down.load(Ordering::SeqCst) {
            return Err(Error::new(Code::UpstreamTimeout, "down").at_source(&"crm".into()));
        }
        let people = self.people.lock().unwrap();
        let is = |person: &&FakePerson| match &*read.by {
            "email" => person.email == value.first(),
            "portalSubject" => person.subject == value.first(),
            other => panic!("no find {other}"),
        };
        let found: Vec<&FakePerson> = people.iter().filter(is).collect();
        match found.as_slice() {
            [] => Ok(None),
            [person] => Ok(Some((Arc::new(contact(person)), Freshness::Live))),
            _ => Err(Error::new(Code::Conflict, "2 records")),
        }
    }
}

fn record(entity: EntityId, key: &str) -> Record {
    Record {
        entity,
        source: CRM,
        key: Key::new(key).unwrap(),
        version: None,
        loaded: FieldSet::EMPTY,
        values: Box::default(),
        evidence: Evidence::Tenant,
        links: Arc::from([(Arc::from("erp"), LinkValue::Keys(Arc::from([Key::new(&format!("D{key}")).unwrap()])))]),
        visible: true,
        fetched_at: Timestamp::UNIX_EPOCH,
    }
}

fn contact(person: &FakePerson) -> Record {
    let membership = |(key, labels): &(&str, Vec<&str>)| Membership {
        account: Key::new(key).unwrap(),
        labels: labels.iter().map(|label| Arc::from(*label)).collect(),
    };
    Record {
        loaded: FieldSet::from_iter([FieldId(0), FieldId(1)]),
        values: Box::from([Value::text("Ann of the CRM"), Value::text("nl_NL")]),
        evidence: Evidence::Accounts(person.accounts.iter().map(membership).collect()),
        visible: person.visible,
        ..record(CONTACT, person.key)
    }
}

impl Reads for FakeReads {
    fn get(&self, read: GetRead) -> BoxFuture<'_, Vec<Answer>> {
        self.gets.fetch_add(1, Ordering::SeqCst);
        assert_eq!((read.entity, read.source), (ACCOUNT, CRM));
        assert!(read.fields.contains(FieldId::LINKS) && read.context.live);
        let gone = self.gone.lock().unwrap().clone();
        let answer = |key: &Key| {
            let there = !gone.contains(&key.first());
            Ok(there.then(|| (Arc::new(record(ACCOUNT, key.first())), Freshness::Live)))
        };
        let answers = read.keys.iter().map(answer).collect();
        Box::pin(async move { answers })
    }

    fn list(&self, _: ListRead) -> BoxFuture<'_, Vec<Result<ListPage, Error>>> {
        panic!("authority is never found by a list")
    }

    fn find(&self, read: FindRead) -> BoxFuture<'_, Vec<Answer>> {
        self.finds.fetch_add(1, Ordering::SeqCst);
        assert!(read.context.live, "rights must not come from the cache of records");
        let answers = read.values.iter().map(|value| self.answer(&read, value)).collect();
        Box::pin(async move {
            let _open = self.gate.lock().await;
            answers
        })
    }
}

/// Resolves links that records hold; some sources cannot be asked.
#[derive(Default)]
pub struct FakeLinks {
    pub down: AtomicBool,
    /// Until when the last caller would have waited.
    pub deadline: Mutex<Duration>,
}

impl ResolveLinks for FakeLinks {
    fn resolve(&self, records: Vec<Arc<Record>>, _: EntityId, context: Arc<ReadContext>) -> BoxFuture<'_, Vec<Links>> {
        *self.deadline.lock().unwrap() = context.deadline;
        let down = self.down.load(Ordering::SeqCst);
        let resolve = move |record: &Arc<Record>| {
            let mut links = Links::default();
            for (_, value) in record.links.iter() {
                let LinkValue::Keys(keys) = value else { panic!("only held links") };
                let keys = if down { Err(Error::new(Code::UpstreamTimeout, "erp")) } else { Ok(Arc::clone(keys)) };
                links.insert(ERP, keys);
            }
            links
        };
        Box::pin(async move { records.iter().map(resolve).collect() })
    }
}

pub struct World {
    pub clock: Arc<ManualClock>,
    pub signer: Signer,
    pub reads: Arc<FakeReads>,
    pub links: Arc<FakeLinks>,
    pub identity: Arc<Identity>,
}

pub fn issuer() -> IssuerConfig {
    IssuerConfig {
        issuer: ISSUER.to_owned(),
        jwks: None,
        audience: AUDIENCE.to_owned(),
        algorithm: Algorithm::ES256,
        contact: ContactBy::Email,
        authority_claims: false,
        private_networks: Vec::new(),
    }
}

/// A world with one person, Ann, who may act for the account 10.
pub fn world(change: impl FnOnce(&mut IssuerConfig)) -> World {
    let signer = Signer::es256("k1");
    let mut config = issuer();
    change(&mut config);
    let issuer = Issuer { config, keys: Keys::Fixed(JwkSet { keys: vec![signer.jwk()] }) };
    let clock = Arc::new(ManualClock::new(Timestamp::from_second(START).unwrap()));
    world_of(issuer, signer, clock)
}

pub fn world_of(issuer: Issuer, signer: Signer, clock: Arc<ManualClock>) -> World {
    let reads = Arc::new(FakeReads::default());
    reads.set(&[person("1", "ann@example.com", &[("10", &["Portal user"])])]);
    let links = Arc::new(FakeLinks::default());
    let table = |rows: &[(&str, &[&str])]| -> IndexMap<String, Vec<String>> {
        rows.iter().map(|(name, to)| ((*name).to_owned(), to.iter().map(|to| (*to).to_owned()).collect())).collect()
    };
    let access = AccessConfig {
        labels: table(&[("Portal user", &["buyer"]), ("Portal admin", &["buyer", "administrator"])]),
        roles: table(&[("buyer", &["orders:read", "billing:read"]), ("administrator", &["contacts:read"])]),
    };
    let authority =
        AuthorityConfig { source: "crm".to_owned(), fresh: Lasting::seconds(60), if_error: Lasting::seconds(300) };
    let identity = Identity::new(Setup {
        tenant: "acme".into(),
        issuers: vec![issuer],
        authority: &authority,
        access: &access,
        locale: "en".into(),
        time_zone: "Europe/Berlin".into(),
        graph: &graph(),
        sources: vec!["crm".into(), "erp".into()],
        reads: Arc::clone(&reads) as Arc<dyn Reads>,
        links: Arc::clone(&links) as Arc<dyn ResolveLinks>,
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
    });
    World { clock, signer, reads, links, identity: Arc::new(identity.unwrap()) }
}

fn graph() -> Graph {
    let field = |name: &str| Field {
        name: name.into(),
        kind: FieldKind::Stored(Shape::Scalar(Scalar::String)),
        non_null: false,
        permission: None,
        place: Place { file: "schema.graphql".into(), line: 1, column: 1 },
    };
    let entity = |name: &str, fields: &[&str]| Entity {
        name: name.into(),
        scope: Scope::Account,
        localized: false,
        title: None,
        permission: None,
        fields: fields.iter().map(|name| field(name)).collect(),
    };
    let entities = vec![entity("Account", &["name"]), entity("Contact", &["name", "locale"])];
    Graph {
        entities,
        values: Vec::new(),
        hub: ACCOUNT,
        person: CONTACT,
        lists_per_account: Vec::new(),
        constraints: Default::default(),
        mutations: Vec::new(),
    }
}

impl World {
    /// The caller of a good token with changes.
    pub async fn caller(&self, changes: Json) -> Result<Caller> {
        let signed_in = self.identity.sign_in(Some(&self.signer.bearer(&claims(changes))), None, LATER).await;
        signed_in.map(|signed_in| signed_in.caller)
    }

    /// The error's code and detail of a token that is not let in.
    pub async fn refused(&self, header: &str) -> (Code, String) {
        let error = self.identity.sign_in(Some(header), None, LATER).await.unwrap_err();
        (error.code(), error.detail().to_owned())
    }
}

pub fn id(entity: EntityId, key: &str) -> RecordId {
    RecordId { entity, source: CRM, key: Key::new(key).unwrap() }
}

/// The keys that are known, by source; `None` where they could not be found out.
pub fn keys(links: &Links) -> BTreeMap<u16, Option<Vec<String>>> {
    let texts = |keys: &Arc<[Key]>| keys.iter().map(|key| key.as_str().to_owned()).collect();
    links.iter().map(|(source, keys)| (source.0, keys.as_ref().ok().map(texts))).collect()
}
