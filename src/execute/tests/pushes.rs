//! Pushes are shared: what is nobody's own is the same for everybody with the same accounts.

use std::sync::Arc;

use proptest::prelude::*;

use super::portal::{Portal, key, row, text};
use super::random::selection;
use crate::error::{Code, Error};
use crate::execute::{GraphRequest, Pushed, Seen, Sight};
use crate::model::{Authority, Caller, CallerKind, ContactAccess, Evidence, Links, Membership, RecordId, SourceId};
use crate::plan::fixture::{BILLING, CRM, DESK, ERP};

/// Records of every kind, some of them the caller's.
const RECORDS: [(&str, SourceId, &str); 14] = [
    ("Order", ERP, "10"),
    ("Order", ERP, "50"),
    ("Order", ERP, "99"),
    ("Shipment", ERP, "s1"),
    ("Shipment", ERP, "s9"),
    ("Ticket", DESK, "t1"),
    ("Message", DESK, "m1"),
    ("Contact", CRM, "c1"),
    ("Contact", CRM, "c9"),
    ("Account", CRM, "a1"),
    ("Notification", CRM, "n1"),
    ("Notification", CRM, "n9"),
    ("Product", ERP, "p1"),
    ("Invoice", BILLING, "i3"),
];

/// Other people with the same accounts, who are different in everything else.
fn others(caller: &Caller) -> Vec<Caller> {
    let accounts = || caller.authority.accounts.clone();
    let contact = |at: &str, desk: &str| {
        let own = caller.authority.contact.as_ref().unwrap();
        let mut links = Links::default();
        links.insert(DESK, Ok(Arc::from([key(desk)])));
        ContactAccess { id: RecordId { key: key(at), ..own.id.clone() }, links }
    };
    let other = |contact: Option<ContactAccess>| Caller {
        kind: CallerKind::Staff,
        subject: (Arc::from("another issuer"), Arc::from("another subject")),
        name: Arc::from("Somebody Else"),
        email: None,
        time_zone: Arc::from("Asia/Tokyo"),
        authority: Arc::new(Authority { contact, accounts: accounts() }),
        multi_factor: true,
        authenticated_at: Some(jiff::Timestamp::UNIX_EPOCH),
        ..caller.clone()
    };
    vec![other(Some(contact("c9", "u9"))), other(Some(contact("c5", "u5"))), other(None)]
}

/// What somebody is shown of a record that changed.
async fn seen(portal: &Portal, caller: &Caller, query: &str, of: (&str, SourceId, &str)) -> Seen {
    let request = GraphRequest { query: query.to_owned(), ..GraphRequest::default() };
    let subscribed = portal.executor.subscribe(caller, &request).await;
    let subscribed = subscribed.unwrap_or_else(|refused| panic!("{query}: {refused:?}")).unwrap();
    let id = RecordId { entity: portal.entity(of.0), source: of.1, key: key(of.2) };
    let at = "2026-03-01T09:00:00Z".parse().unwrap();
    let pushed = Pushed { kind: "UPDATED", cursor: "cursor", at, id: Some(&id), read: true };
    portal.executor.push(caller, &subscribed, &pushed).await
}

/// Everything that anybody is told by it.
fn told(seen: &Seen) -> String {
    match &seen.sight {
        Sight::Shown { message, digest, account } => {
            format!("{} {digest:?} {account:?}", String::from_utf8_lossy(&message.body))
        }
        Sight::Hidden => "hidden".to_owned(),
        Sight::Failed(error) => format!("{error:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_is_nobodys_own_is_the_same_for_everybody_with_the_same_accounts(
        numbers in proptest::collection::vec(any::<u8>(), 20..200),
        record in 0..RECORDS.len(),
        current in 0usize..3,
        fault in proptest::option::of(0usize..6),
    ) {
        let mut portal = Portal::new();
        portal.caller.current = (current < 2).then_some(current);
        let tables = portal.tables.rows.lock().unwrap().keys().copied().collect::<std::collections::BTreeSet<_>>();
        if let Some((source, entity)) = fault.and_then(|at| tables.iter().nth(at).copied()) {
            let error = Error::new(Code::UpstreamUnavailable, "a detail");
            portal.tables.faults.lock().unwrap().insert((source, entity), error);
        }
        let query = format!("subscription {{ changed {{ kind id record {} }} }}", selection(&portal, &numbers, "Record"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut everybody = others(&portal.caller);
        everybody.push(portal.caller.clone());
        let all: Vec<Seen> = everybody.iter().map(|caller| runtime.block_on(seen(&portal, caller, &query, RECORDS[record]))).collect();
        // Whoever comes first: what they share is what each of the others would have found out.
        for first in all.iter().filter(|seen| !seen.personal) {
            for other in &all {
                prop_assert_eq!(told(first), told(other), "{}", &query);
                prop_assert!(!other.personal, "{}", &query);
            }
        }
    }
}

#[tokio::test]
async fn what_is_shared_and_what_is_somebodys_own() {
    let portal = Portal::new();
    let query = "subscription { changed { kind record { id
        ... on Ticket { subject account { name } } ... on Contact { name } ... on Notification { title } } } }";
    let other = others(&portal.caller).remove(0);
    for (record, personal, same) in [
        // Nothing of a ticket hangs on who of the account looks at it.
        (("Ticket", DESK, "t1"), false, true),
        (("Message", DESK, "m1"), false, true),
        // Of people, one's own record is seen by another right.
        (("Contact", CRM, "c9"), true, false),
        (("Notification", CRM, "n1"), true, false),
    ] {
        let (one, another) =
            (seen(&portal, &portal.caller, query, record).await, seen(&portal, &other, query, record).await);
        assert_eq!((one.personal, another.personal), (personal, personal), "{record:?}");
        assert_eq!(told(&one) == told(&another), same, "{record:?}: {} {}", told(&one), told(&another));
    }
    // What hangs on a ticket may be a person, and then it is looked at who asks.
    let query = "subscription { changed { record { ... on Ticket { requester { name } } } } }";
    assert!(seen(&portal, &portal.caller, query, ("Ticket", DESK, "t1")).await.personal);
}

#[tokio::test]
async fn what_may_be_ones_own_is_not_gone_while_nobody_knows() {
    let mut portal = Portal::new();
    let query = "subscription { changed { record { ... on Ticket { subject } ... on Message { body } } } }";
    let (own, others) = (("Ticket", DESK, "t1"), ("Ticket", DESK, "t9"));
    assert!(matches!(seen(&portal, &portal.caller, query, own).await.sight, Sight::Shown { .. }));
    assert!(matches!(seen(&portal, &portal.caller, query, others).await.sight, Sight::Hidden));
    let down = Error::new(Code::UpstreamUnavailable, "the desk is down");
    let mut authority = (*portal.caller.authority).clone();
    authority.accounts.iter_mut().for_each(|access| access.links.insert(DESK, Err(down.clone())));
    portal.caller.authority = Arc::new(authority);
    for of in [own, others, ("Message", DESK, "m1")] {
        let seen = seen(&portal, &portal.caller, query, of).await;
        assert!(matches!(seen.sight, Sight::Failed(_)), "{of:?}: {}", told(&seen));
    }
    // What another system tells is as before.
    assert!(matches!(seen(&portal, &portal.caller, query, ("Order", ERP, "10")).await.sight, Sight::Shown { .. }));
}

#[tokio::test]
async fn what_belongs_to_several_accounts_is_told_of_under_each() {
    let mut portal = Portal::new();
    let mut authority = (*portal.caller.authority).clone();
    let all: std::collections::BTreeSet<_> = authority.accounts.iter().flat_map(|of| of.permissions.clone()).collect();
    authority.accounts.iter_mut().for_each(|access| access.permissions = all.clone());
    portal.caller.authority = Arc::new(authority);
    let member = |account: &str| Membership { account: key(account), labels: Arc::from([]) };
    let both = Evidence::Accounts(Arc::from([member("d1"), member("d5")]));
    portal.table(ERP, "Order", vec![row("77", both, vec![("number", text("77"))])]);
    for account in ["a1", "a2"] {
        let asked = portal.id("Account", "crm", account);
        let query =
            format!("subscription {{ changed(accountId: \"{asked}\") {{ record {{ ... on Order {{ number }} }} }} }}");
        let seen = seen(&portal, &portal.caller, &query, ("Order", ERP, "77")).await;
        let through = match &seen.sight {
            Sight::Shown { account, .. } => account.as_ref().map(|account| account.key.clone()),
            _ => None,
        };
        assert_eq!(through, Some(key(account)), "{}", told(&seen));
    }
}
