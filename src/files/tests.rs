//! Links come back as they were until they expire, and no other text opens; names and ranges are read narrowly.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::model::FilePart;
use crate::seal::Sealer;
use crate::secret::Secret;

fn sealer(tenant: &str) -> Sealer {
    Sealer::new(&Secret::new("an installation's own long secret".to_owned()), tenant).unwrap()
}

fn now() -> Timestamp {
    "2026-03-01T12:00:00.7Z".parse().unwrap()
}

fn link() -> Link {
    Link {
        issuer: "https://login.example.com".into(),
        subject: "p1".into(),
        email: Some("ann@example.com".into()),
        contact: Some("17".into()),
        account: None,
        locale: "de".into(),
        entity: "Invoice".into(),
        source: "billing".into(),
        key: "in_1".into(),
        path: vec!["pdf".into()],
        which: None,
        shown: false,
        until: until(now()),
    }
}

#[test]
fn a_link_comes_back_as_it_was() {
    let sealer = sealer("acme");
    let several = Link { which: Some(which(&sealer, "https://x/1")), account: Some("a".into()), shown: true, ..link() };
    for link in [link(), several, Link { email: None, contact: None, path: vec!["a".into(), "b".into()], ..link() }] {
        assert!(Link::open(&sealer, &link.seal(&sealer).unwrap(), now()) == Ok(link));
    }
}

#[test]
fn a_link_says_nothing_to_who_reads_it() {
    use base64::Engine as _;
    let text = link().seal(&sealer("acme")).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&text).unwrap();
    for word in ["Invoice", "in_1", "ann@example.com", "pdf", "billing"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}

#[test]
fn a_link_works_for_five_minutes_and_no_longer() {
    let sealer = sealer("acme");
    let text = link().seal(&sealer).unwrap();
    let open = |seconds| Link::open(&sealer, &text, now() + SignedDuration::from_secs(seconds)).map(|_| ());
    assert_eq!(open(298), Ok(()));
    assert_eq!(open(300), Err(Unopened::Expired));
    let longer = Link { until: now() + SignedDuration::from_hours(1), ..link() };
    assert_eq!(Link::open(&sealer, &longer.seal(&sealer).unwrap(), now()).map(|_| ()), Err(Unopened::Expired));
}

#[test]
fn nothing_else_that_is_sealed_opens_a_file_and_a_link_opens_nothing_else() {
    let sealer = sealer("acme");
    assert!(Link::open(&sealer, &sealer.id("Invoice", "billing", "in_1"), now()) == Err(Unopened::Forged));
    let text = link().seal(&sealer).unwrap();
    assert!(sealer.open_id(&text).is_err());
    assert!(sealer.open_hidden(b"another purpose", &text).is_none());
    assert!(Link::open(&self::sealer("other"), &text, now()) == Err(Unopened::Forged));
}

#[test]
fn one_range_is_a_part_and_everything_else_the_whole() {
    let part = |range: &str| asked(Some(range), false);
    assert_eq!(part("bytes=0-99"), Asked::Part(FilePart::From(0, Some(99))));
    assert_eq!(part("Bytes= 5-"), Asked::Part(FilePart::From(5, None)));
    assert_eq!(part("bytes=-500"), Asked::Part(FilePart::Last(500)));
    for whole in ["bytes=0-1,3-4", "bytes=9-1", "bytes=-", "bytes=a-b", "items=0-1", "bytes", "", "bytes=+1-2"] {
        assert_eq!(part(whole), Asked::Whole, "{whole}");
    }
    assert_eq!(asked(Some("bytes=0-99"), true), Asked::Whole);
    assert_eq!(asked(None, false), Asked::Whole);
}

#[test]
fn a_name_is_no_path_and_breaks_no_header() {
    assert_eq!(disposition(Some("a.pdf"), false), "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf");
    assert_eq!(
        disposition(Some("Büro \"1\".pdf"), true),
        "inline; filename=\"B_ro _1_.pdf\"; filename*=UTF-8''B%C3%BCro%20_1_.pdf"
    );
    assert_eq!(
        disposition(Some("../../etc/x\r\nSet-Cookie: a"), false),
        disposition(Some("_.._etc_x__Set-Cookie_ a"), false)
    );
    assert_eq!(disposition(Some(" .. "), false), disposition(None, false));
    assert!(!disposition(Some("invoice\u{202e}fdp.exe"), false).contains("%E2%80%AE"));
}

#[test]
fn a_page_is_no_file_but_where_the_record_says_so() {
    let page = Some("text/html; charset=utf-8");
    for (came, told, name, instead) in [
        (page, Some("application/pdf"), Some("a.html"), true),
        (Some("APPLICATION/xhtml+xml"), None, Some("a.pdf"), true),
        (page, None, None, true),
        (page, Some("Text/HTML"), Some("a"), false),
        (page, None, Some("a.HTM"), false),
        (Some("application/pdf"), None, None, false),
        (Some("text/plain"), Some("application/pdf"), None, false),
    ] {
        assert_eq!(is_page_instead(came.unwrap(), told, name), instead, "{came:?} {told:?} {name:?}");
    }
}

#[test]
fn only_what_is_no_page_is_shown() {
    for shown in ["application/pdf", "image/PNG", "image/jpeg; q=1"] {
        assert!(is_shown(shown), "{shown}");
    }
    for kept in ["image/svg+xml", "text/html", "text/plain", "", "application/pdf/x"] {
        assert!(!is_shown(kept), "{kept}");
    }
    assert_eq!(media(Some("Text/HTML; charset=utf-8")), "text/html");
    assert_eq!(media(Some("a\r\nb/c")), "application/octet-stream");
    assert_eq!(media(None), "application/octet-stream");
}

proptest! {
    #[test]
    fn a_flipped_bit_never_opens(at: proptest::sample::Index, bit in 0u8..8, key in "[a-z0-9]{1,30}") {
        use base64::Engine as _;
        let code = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let sealer = sealer("acme");
        let mut bytes = code.decode(Link { key, ..link() }.seal(&sealer).unwrap()).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(Link::open(&sealer, &code.encode(bytes), now()) == Err(Unopened::Forged));
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,300}") {
        prop_assert!(Link::open(&sealer("acme"), &text, now()) == Err(Unopened::Forged));
        let _ = (asked(Some(&text), false), media(Some(&text)));
        prop_assert!(disposition(Some(&text), false).is_ascii());
    }
}
