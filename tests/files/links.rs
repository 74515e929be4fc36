//! Links that were changed anywhere, at random and in every byte: none opens anything. Those that somebody makes with a purpose
//! are in `scenarios/links.yaml`.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as CODE;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use crate::forged::{address, sealed};
use crate::world::World;
use crate::{open, pdf};

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

#[test]
fn a_link_that_was_changed_anywhere_opens_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::open());
    let file = runtime.block_on(pdf(&world));
    let own = |name: &str| sealed(file[name].as_str().unwrap()).to_owned();
    let (link, other) = (own("url"), own("previewUrl"));
    let mut runner = TestRunner::new(Config { cases: 600, failure_persistence: None, ..Config::default() });
    let opens = |changed: &str| runtime.block_on(open(&world, &address("demo", changed), &[]));
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
    let file = pdf(&world).await;
    let bytes = CODE.decode(sealed(file["url"].as_str().unwrap())).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let (status, ..) = open(&world, &address("demo", &CODE.encode(changed)), &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "byte {at}");
    }
}
