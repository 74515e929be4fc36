//! Links that open nothing: changed, cut, sealed elsewhere, of somebody else, too old, without the right any more.

use std::time::Duration;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as CODE;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use vestibule::clock::Clock as _;
use vestibule::demo;
use vestibule::files::Link;
use vestibule::seal::Sealer;
use vestibule::secret::Secret;

use crate::world::{PUBLIC, World};
use crate::{ANA, JONAS, open, pdf, pdf_of};

/// What somebody does to a link who wants it to open something.
#[derive(Clone, Debug)]
enum Change {
    /// Bits of one of its bytes are others.
    Byte(Index, u8),
    /// Another letter stands somewhere.
    Letter(Index, char),
    /// It ends before its end.
    Cut(Index),
    /// It goes on.
    Longer(String),
    /// Something is missing in the middle, or in front.
    Gap(Index, Index),
    /// The beginning of one link, and the end of another.
    Joined(Index),
    /// The sealed text of something else, or any text.
    Other(String),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (any::<Index>(), 1..=u8::MAX).prop_map(|(at, bits)| Change::Byte(at, bits)),
        2 => (any::<Index>(), "[-_A-Za-z0-9.~=%]").prop_map(|(at, one)| Change::Letter(at, one.chars().next().unwrap())),
        2 => any::<Index>().prop_map(Change::Cut),
        1 => "[-_A-Za-z0-9=]{1,9}".prop_map(Change::Longer),
        1 => any::<(Index, Index)>().prop_map(|(from, to)| Change::Gap(from, to)),
        1 => any::<Index>().prop_map(Change::Joined),
        1 => "[-_A-Za-z0-9]{0,300}".prop_map(Change::Other),
    ]
}

impl Change {
    fn of(&self, link: &str, other: &str) -> String {
        match self {
            Self::Byte(at, bits) => {
                let mut bytes = CODE.decode(link).unwrap();
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
                CODE.encode(bytes)
            }
            Self::Letter(at, letter) => {
                let at = at.index(link.len());
                // What an address cannot hold as it is stands there percent-encoded.
                let letter = if *letter == '%' { "%25".to_owned() } else { letter.to_string() };
                [&link[..at], &letter, &link[at + 1..]].concat()
            }
            Self::Cut(at) => link[..at.index(link.len())].to_owned(),
            Self::Longer(more) => [link, more].concat(),
            Self::Gap(from, to) => {
                let (from, to) = (from.index(link.len()), to.index(link.len()));
                [&link[..from.min(to)], &link[from.max(to) + 1..]].concat()
            }
            Self::Joined(at) => {
                let at = at.index(link.len().min(other.len()));
                [&link[..at], &other[at..]].concat()
            }
            Self::Other(text) => text.clone(),
        }
    }
}

/// The sealed part of a link.
fn sealed(link: &Value) -> String {
    link.as_str().unwrap().rsplit_once('/').unwrap().1.to_owned()
}

fn address(sealed: &str) -> Value {
    json!(format!("{PUBLIC}/files/demo/{sealed}"))
}

/// What the gateway seals with, for a tenant.
fn sealer(world: &World, tenant: &str) -> Sealer {
    let setup = demo::setup(Some(&world.business), None);
    Sealer::new(&Secret::new(setup.environment.variable("SEALING_KEY").unwrap()), tenant).unwrap()
}

#[test]
fn a_link_that_was_changed_anywhere_opens_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::open());
    let file = runtime.block_on(pdf(&world));
    let (link, other) = (sealed(&file["url"]), sealed(&file["previewUrl"]));
    let mut runner = TestRunner::new(Config { cases: 600, failure_persistence: None, ..Config::default() });
    let opens = |changed: &str| runtime.block_on(open(&world, &address(changed), &[]));
    let outcome = runner.run(&change(), |change| {
        let changed = change.of(&link, &other);
        prop_assume!(changed != link && changed != other);
        let (status, headers, body) = opens(&changed);
        prop_assert_eq!(status, StatusCode::NOT_FOUND, "{} {}", changed, body);
        prop_assert!(!body.contains("%PDF") && !headers.contains_key("content-disposition"), "{}", body);
        Ok(())
    });
    outcome.unwrap();
    assert_eq!(opens(&link).0, StatusCode::OK, "the link itself does");
}

#[tokio::test]
async fn every_single_byte_of_a_link_counts() {
    let world = World::open().await;
    let link = sealed(&pdf(&world).await["url"]);
    let bytes = CODE.decode(&link).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let (status, ..) = open(&world, &address(&CODE.encode(changed)), &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "byte {at}");
    }
}

#[tokio::test]
async fn what_was_sealed_for_something_else_opens_nothing() {
    let world = World::open().await;
    let file = pdf(&world).await;
    let answer =
        world.ask(ANA, "{ viewer { contact { id } account { orders(first: 1) { pageInfo { endCursor } } } } }").await;
    for other in ["/data/viewer/contact/id", "/data/viewer/account/orders/pageInfo/endCursor"] {
        let text = answer.pointer(other).and_then(Value::as_str).unwrap_or_else(|| panic!("no {other}: {answer}"));
        let (status, ..) = open(&world, &address(text), &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{other}");
    }
    // The same words, sealed for a tenant of another name with the same key.
    let own = Link::open(&sealer(&world, "demo"), &sealed(&file["url"]), world.clock.now()).unwrap();
    for (tenant, status) in [("demo", StatusCode::OK), ("other", StatusCode::NOT_FOUND)] {
        let made = own.seal(&sealer(&world, tenant)).unwrap();
        assert_eq!(open(&world, &address(&made), &[]).await.0, status, "{tenant}");
        let elsewhere = json!(format!("{PUBLIC}/files/other/{made}"));
        assert_eq!(open(&world, &elsewhere, &[]).await.0, StatusCode::NOT_FOUND, "{tenant}");
    }
}

/// Whatever it says: a link opens what its person may see, in the account that it names, and nothing else.
#[tokio::test]
async fn of_two_peoples_links_no_mixture_opens_anything() {
    let world = World::open().await;
    let sealer = sealer(&world, "demo");
    let mut links = Vec::new();
    for person in [ANA, JONAS] {
        let file = pdf_of(&world, person).await;
        links.push(Link::open(&sealer, &sealed(&file["url"]), world.clock.now()).unwrap());
    }
    assert!(links.iter().all(|link| link.email.is_some() && link.contact.is_some() && link.account.is_some()));
    // Bit n says of whom the n-th part is. The subject is the issuer's word only: people are found by their address.
    for mixture in 0..16_u8 {
        let of = |part: u8| links[usize::from(mixture >> part & 1)].clone();
        let record = of(3);
        let mixed = Link { email: of(0).email, contact: of(1).contact, account: of(2).account, ..record };
        let (status, _, body) = open(&world, &address(&mixed.seal(&sealer).unwrap()), &[]).await;
        let whole = mixture == 0 || mixture == 0b1111;
        assert_eq!(status == StatusCode::OK, whole, "{mixture:04b} {body}");
        assert!(whole || status == StatusCode::NOT_FOUND, "{mixture:04b}: {status} {body}");
    }
}

#[tokio::test]
async fn a_link_works_for_five_minutes_to_the_millisecond() {
    let world = World::open().await;
    let pdf = pdf(&world).await;
    let until: Timestamp = pdf["expiresAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(until.duration_since(world.clock.now()).as_secs(), 300);
    world.clock.advance(Duration::from_millis(299_999));
    for url in ["url", "previewUrl"] {
        assert_eq!(open(&world, &pdf[url], &[]).await.0, StatusCode::OK, "{url}");
    }
    world.clock.advance(Duration::from_millis(1));
    for url in ["url", "previewUrl"] {
        let (status, _, body) = open(&world, &pdf[url], &[]).await;
        assert_eq!(status, StatusCode::GONE, "{body}");
        assert!(!body.contains("%PDF"));
    }
}

#[tokio::test]
async fn nothing_that_is_sealed_makes_a_link_last_longer() {
    let world = World::open().await;
    let sealer = sealer(&world, "demo");
    let own = Link::open(&sealer, &sealed(&pdf(&world).await["url"]), world.clock.now()).unwrap();
    let later = Link { until: own.until + Duration::from_secs(1), ..own };
    let (status, ..) = open(&world, &address(&later.seal(&sealer).unwrap()), &[]).await;
    assert_eq!(status, StatusCode::GONE);
}

/// Takes something from Ana in the CRM.
fn take_away(world: &World, change: impl Fn(&mut vestibule_sandbox::data::Contact)) {
    world.business.state.write().contacts.iter_mut().filter(|contact| contact.email == ANA).for_each(change);
}

#[tokio::test]
async fn once_the_right_is_withdrawn_the_link_opens_nothing() {
    let withdrawn: [fn(&mut vestibule_sandbox::data::Contact); 3] = [
        |contact| contact.companies.clear(),
        |contact| contact.companies.iter_mut().for_each(|membership| membership.labels.clear()),
        |contact| "somebody.else@kestrel-marine.example".clone_into(&mut contact.email),
    ];
    for (which, withdraw) in withdrawn.into_iter().enumerate() {
        let world = World::open().await;
        let pdf = pdf(&world).await;
        take_away(&world, withdraw);
        // What people may reach is known anew after a minute.
        world.clock.advance(Duration::from_secs(61));
        let (status, _, body) = open(&world, &pdf["url"], &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{which}: {body}");
    }
}

#[tokio::test]
async fn once_the_crm_has_told_of_it_the_link_opens_nothing_at_once() {
    let world = World::open().await;
    let pdf = pdf(&world).await;
    assert_eq!(open(&world, &pdf["url"], &[]).await.0, StatusCode::OK);
    let mut contact = String::new();
    for one in world.business.state.write().contacts.iter_mut().filter(|contact| contact.email == ANA) {
        one.companies.clear();
        contact.clone_from(&one.id.to_string());
    }
    let event = json!([{
        "eventId": 1, "subscriptionId": 1, "portalId": 4711, "appId": 1, "occurredAt": world.clock.now().as_millisecond(),
        "subscriptionType": "contact.propertyChange", "attemptNumber": 0, "objectId": contact.parse::<u64>().unwrap(),
        "propertyName": "jobtitle", "propertyValue": "Buyer", "changeSource": "CRM_UI",
    }]);
    assert!(world.deliver("crm", &event).await.is_success());
    let (status, _, body) = open(&world, &pdf["url"], &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
}

#[tokio::test]
async fn a_record_that_is_not_visible_any_more_keeps_its_file() {
    let world = World::open().await;
    let pdf = pdf(&world).await;
    world.business.state.write().invoices.iter_mut().for_each(|invoice| invoice.status = "draft");
    let (status, _, body) = open(&world, &pdf["url"], &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
}
