//! Sealed texts come back as they were, and no other text opens.

use proptest::prelude::*;

use super::*;

fn sealer(tenant: &str) -> Sealer {
    Sealer::new(&Secret::new("an installation's own long secret".to_owned()), tenant).unwrap()
}

const PLACE: CursorPlace<'static> = CursorPlace { field: "Account.orders", parent: "a", arguments: b"x" };

#[test]
fn a_short_secret_is_refused() {
    assert!(Sealer::new(&Secret::new("short".to_owned()), "a").is_err());
}

#[test]
fn an_id_is_no_cursor_and_a_cursor_no_id() {
    let sealer = sealer("a");
    assert!(sealer.open_cursor(PLACE, &sealer.id("Order", "erp", "1")).is_err());
    assert!(sealer.open_id(&sealer.cursor(PLACE, Some("t"), 0).unwrap()).is_err());
}

#[test]
fn a_cursor_is_good_for_its_own_list_only() {
    let sealer = sealer("a");
    let text = sealer.cursor(PLACE, None, 3).unwrap();
    assert_eq!(sealer.open_cursor(PLACE, &text).unwrap(), (None, 3));
    for other in [
        CursorPlace { field: "Account.invoices", ..PLACE },
        CursorPlace { parent: "b", ..PLACE },
        CursorPlace { arguments: b"y", ..PLACE },
        // The same bytes, cut elsewhere.
        CursorPlace { field: "Account.ordersa", parent: "", ..PLACE },
    ] {
        assert_eq!(sealer.open_cursor(other, &text).unwrap_err().code(), Code::BadUserInput);
    }
}

#[test]
fn a_text_beyond_the_bound_is_not_even_decoded() {
    let sealer = sealer("a");
    assert!(sealer.open_id(&"A".repeat(LONGEST + 1)).is_err());
}

proptest! {
    #[test]
    fn ids_come_back(entity in "[A-Z][a-z]{0,20}", source in "[a-z]{1,20}", key in "\\PC{1,100}") {
        let sealer = sealer("a");
        let text = sealer.id(&entity, &source, &key);
        prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        prop_assert_eq!(sealer.open_id(&text).unwrap(), SealedId { entity, source, key });
    }

    #[test]
    fn cursors_come_back(token in proptest::option::of("\\PC{0,200}"), skip: u32) {
        let sealer = sealer("a");
        let text = sealer.cursor(PLACE, token.as_deref(), skip).unwrap();
        prop_assert_eq!(sealer.open_cursor(PLACE, &text).unwrap(), (token, skip));
    }

    #[test]
    fn another_tenants_id_does_not_open(key in "[a-z0-9]{1,40}") {
        prop_assert!(sealer("b").open_id(&sealer("a").id("Order", "erp", &key)).is_err());
    }

    #[test]
    fn a_changed_or_cut_id_does_not_open(key in "[a-z0-9]{1,40}", at in 0usize..200, to in "[A-Za-z0-9_-]") {
        let sealer = sealer("a");
        let text = sealer.id("Order", "erp", &key);
        let at = at % text.len();
        prop_assert!(sealer.open_id(&text[..at]).is_err());
        let changed = format!("{}{to}{}", &text[..at], &text[at + 1..]);
        prop_assert!(changed == text || sealer.open_id(&changed).is_err());
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,300}") {
        let sealer = sealer("a");
        prop_assert!(sealer.open_id(&text).is_err());
        prop_assert!(sealer.open_cursor(PLACE, &text).is_err());
    }
}

#[test]
fn a_cursor_that_could_not_be_opened_is_not_made() {
    let sealer = sealer("acme");
    let long = "x".repeat(12_000);
    let text = sealer.cursor(PLACE, Some(&long), 0).unwrap();
    assert_eq!(sealer.open_cursor(PLACE, &text).unwrap(), (Some(long), 0));
    let error = sealer.cursor(PLACE, Some(&"x".repeat(12_300)), 0).unwrap_err();
    assert_eq!(error.code(), Code::UpstreamRejected);
}
