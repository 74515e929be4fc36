//! From a person to accounts: exactly one contact, only through labels, only their own accounts.

use std::sync::atomic::Ordering;

use serde_json::json;

use super::super::authority::NOT_LINKED;
use super::super::*;
use super::support::*;

/// Why nobody gets in: what a client reads, and what operators do.
async fn denied(world: &World, changes: serde_json::Value) -> String {
    let error = world.caller(changes).await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Forbidden, NOT_LINKED), "{error}");
    error.detail().to_owned()
}

#[tokio::test]
async fn a_person_is_found_with_accounts_links_and_rights() {
    let world = world(|_| {});
    let accounts: &[(&str, &[&str])] = &[("20", &["Portal user"]), ("10", &["Portal admin", "Primary"])];
    world.reads.set(&[person("1", "ann@example.com", accounts), person("2", "bob@example.com", accounts)]);
    let caller = world.caller(json!({ "email": " ANN@example.com" })).await.unwrap();
    let authority = &caller.authority;
    let contact = authority.contact.as_ref().unwrap();
    assert_eq!(contact.id, id(CONTACT, "1"));
    assert_eq!(keys(&contact.links), [(0, Some(vec!["1".into()])), (1, Some(vec!["D1".into()]))].into());
    let ids: Vec<_> = authority.accounts.iter().map(|access| access.id.clone()).collect();
    assert_eq!(ids, [id(ACCOUNT, "20"), id(ACCOUNT, "10")], "in the order of the system's answer");
    let links = [(0, Some(vec!["20".into()])), (1, Some(vec!["D20".into()]))].into();
    assert_eq!(keys(&authority.accounts[0].links), links);
    assert_eq!(authority.accounts[0].roles, [std::sync::Arc::<str>::from("buyer")]);
    assert_eq!(authority.accounts[1].roles, ["buyer", "administrator"].map(std::sync::Arc::<str>::from));
    assert!(caller.can("orders:read") && !caller.can("contacts:read"), "rights are of the account in use");
}

#[tokio::test]
async fn an_address_that_is_not_verified_finds_nobody() {
    let world = world(|_| {});
    for changes in [
        json!({ "email_verified": false }),
        json!({ "email_verified": "yes" }),
        json!({ "email_verified": null }),
        json!({ "email": null }),
        json!({ "email": "x".repeat(600) + "@example.com" }),
    ] {
        denied(&world, changes).await;
    }
    assert_eq!(world.reads.finds(), 0);
}

#[tokio::test]
async fn it_has_to_be_exactly_one_contact() {
    let world = world(|_| {});
    let accounts: &[(&str, &[&str])] = &[("10", &["Portal user"])];
    world.reads.set(&[]);
    assert!(denied(&world, json!({ "sub": "a" })).await.contains("no contact"));
    let ann = person("1", "ann@example.com", accounts);
    world.reads.set(&[ann.clone(), person("2", "ann@example.com", accounts)]);
    assert!(denied(&world, json!({ "sub": "b" })).await.contains("several contacts"));
    world.reads.set(&[FakePerson { visible: false, ..ann }]);
    assert!(denied(&world, json!({ "sub": "c" })).await.contains("no contact"));
}

#[tokio::test]
async fn access_comes_only_through_a_configured_label() {
    let world = world(|_| {});
    world.reads.set(&[person("1", "ann@example.com", &[])]);
    assert!(denied(&world, json!({ "sub": "a" })).await.contains("none of 0 associations"));
    world.reads.set(&[person("1", "ann@example.com", &[("10", &["Primary"]), ("20", &[]), ("30", &["portal user"])])]);
    assert!(denied(&world, json!({ "sub": "b" })).await.contains("none of 3 associations"));
    world.reads.set(&[person("1", "ann@example.com", &[("10", &["Primary"]), ("20", &["Portal user"])])]);
    let caller = world.caller(json!({ "sub": "c" })).await.unwrap();
    assert_eq!(caller.authority.accounts.len(), 1);
    assert_eq!(caller.account().unwrap().id, id(ACCOUNT, "20"));
}

#[tokio::test]
async fn two_associations_with_one_account_give_what_both_give() {
    let world = world(|_| {});
    let accounts: &[(&str, &[&str])] = &[("10", &["Portal user"]), ("20", &["Portal user"]), ("10", &["Portal admin"])];
    world.reads.set(&[person("1", "ann@example.com", accounts)]);
    let caller = world.caller(json!({})).await.unwrap();
    assert_eq!(caller.authority.accounts.len(), 2);
    assert!(caller.can("contacts:read"));
}

#[tokio::test]
async fn an_account_that_is_gone_is_out_of_reach() {
    let world = world(|_| {});
    let accounts: &[(&str, &[&str])] = &[("10", &["Portal user"]), ("20", &["Portal admin"])];
    world.reads.set(&[person("1", "ann@example.com", accounts)]);
    world.reads.gone.lock().unwrap().push("10");
    let caller = world.caller(json!({ "sub": "a" })).await.unwrap();
    let access = caller.account().unwrap();
    assert_eq!((caller.authority.accounts.len(), &access.id), (1, &id(ACCOUNT, "20")));
    assert_eq!(keys(&access.links)[&1], Some(vec!["D20".to_owned()]), "with its own links, not the lost one's");
    assert!(caller.can("contacts:read"));
    world.reads.gone.lock().unwrap().push("20");
    assert!(denied(&world, json!({ "sub": "b" })).await.contains("none of the accounts"));
}

#[tokio::test]
async fn a_person_chooses_among_their_own_accounts() {
    let world = world(|_| {});
    let accounts: &[(&str, &[&str])] = &[("10", &["Portal user"]), ("20", &["Portal admin"])];
    world.reads.set(&[person("1", "ann@example.com", accounts)]);
    let header = world.signer.bearer(&claims(json!({})));
    let choose = async |id: Option<RecordId>| {
        world.identity.sign_in(Some(&header), id, LATER).await.map(|signed_in| signed_in.caller)
    };
    assert_eq!(choose(None).await.unwrap().account().unwrap().id, id(ACCOUNT, "10"));
    let second = choose(Some(id(ACCOUNT, "20"))).await.unwrap();
    assert_eq!(second.account().unwrap().id, id(ACCOUNT, "20"));
    assert!(second.can("contacts:read"));
    let elsewhere = RecordId { source: ERP, ..id(ACCOUNT, "20") };
    for other in [id(ACCOUNT, "30"), id(CONTACT, "20"), elsewhere] {
        let error = choose(Some(other)).await.unwrap_err();
        assert_eq!(error.code(), Code::BadUserInput);
        assert!(error.message().contains("not one of yours"));
    }
    assert_eq!(world.reads.finds(), 1, "which account is in use is no part of what is kept");
}

#[tokio::test]
async fn a_person_is_found_by_subject_where_that_is_configured() {
    let world = world(|config| config.contact = ContactBy::Subject("portalSubject".to_owned()));
    let caller = world.caller(json!({ "email_verified": false })).await.unwrap();
    assert_eq!((caller.email, caller.authority.accounts.len()), (None, 1));
    assert!(denied(&world, json!({ "sub": "p-2" })).await.contains("portalSubject"));
}

#[tokio::test]
async fn a_link_that_cannot_be_found_out_is_an_error_of_its_source_only() {
    let world = world(|_| {});
    world.links.down.store(true, Ordering::SeqCst);
    let caller = world.caller(json!({})).await.unwrap();
    let links = &caller.account().unwrap().links;
    assert_eq!(keys(links), [(0, Some(vec!["10".into()])), (1, None)].into());
    assert_eq!(links.keys(ERP).unwrap_err().code(), Code::UpstreamTimeout);
    assert_eq!(
        *world.links.deadline.lock().unwrap(),
        Duration::from_secs(3),
        "nobody is kept out by a system that hangs"
    );
    // It is not kept for a whole minute.
    world.links.down.store(false, Ordering::SeqCst);
    world.clock.advance(Duration::from_secs(15));
    let caller = world.caller(json!({})).await.unwrap();
    assert!(caller.account().unwrap().links.keys(ERP).is_ok());
}

fn signed() -> serde_json::Value {
    json!({ "contact": "1", "accounts": [
        { "key": "10", "links": { "erp": ["0017", "0018"], "elsewhere": ["x"] }, "labels": ["Portal user"] },
        { "key": "20", "labels": ["Primary"] },
        { "key": "30", "labels": ["Portal admin"] },
    ] })
}

#[tokio::test]
async fn signed_authority_asks_no_system() {
    let world = world(|config| config.authority_claims = true);
    world.reads.fail(true);
    let caller = world.caller(json!({ "vestibule": signed(), "email_verified": false })).await.unwrap();
    let ids: Vec<_> = caller.authority.accounts.iter().map(|access| access.id.clone()).collect();
    assert_eq!(ids, [id(ACCOUNT, "10"), id(ACCOUNT, "30")]);
    let links = keys(&caller.account().unwrap().links);
    assert_eq!(links, [(0, Some(vec!["10".into()])), (1, Some(vec!["0017".into(), "0018".into()]))].into());
    assert_eq!(caller.authority.contact.as_ref().unwrap().id, id(CONTACT, "1"));
    assert!(caller.can("orders:read") && !caller.can("contacts:read"));
    assert_eq!(world.reads.finds(), 0);
    // Nothing of it is kept: the next token of the same person says something else.
    let other = json!({ "contact": "1", "accounts": [{ "key": "30", "labels": ["Portal user"] }] });
    let caller = world.caller(json!({ "vestibule": other })).await.unwrap();
    assert_eq!(caller.authority.accounts.len(), 1);
}

#[tokio::test]
async fn signed_authority_is_believed_only_of_issuers_that_may() {
    let world = world(|_| {});
    let claim = json!({ "contact": "9", "accounts": [{ "key": "99", "labels": ["Portal admin"] }] });
    let caller = world.caller(json!({ "vestibule": claim })).await.unwrap();
    assert_eq!(caller.authority.contact.as_ref().unwrap().id, id(CONTACT, "1"));
    assert_eq!(caller.account().unwrap().id, id(ACCOUNT, "10"));
}

#[tokio::test]
async fn signed_authority_that_cannot_be_read_lets_nobody_in() {
    let world = world(|config| config.authority_claims = true);
    for claim in [
        json!("all"),
        json!({}),
        json!({ "contact": "1" }),
        json!({ "contact": "1", "accounts": [] }),
        json!({ "contact": "1", "accounts": [{ "key": "10" }] }),
        json!({ "contact": "1", "accounts": [{ "key": "10", "labels": [] }] }),
        json!({ "contact": "1", "accounts": [{ "key": "10", "labels": ["Primary"] }] }),
        json!({ "contact": "", "accounts": [{ "key": "10", "labels": ["Portal user"] }] }),
        json!({ "contact": "1", "accounts": [{ "key": "1\u{0}", "labels": ["Portal user"] }] }),
        json!({ "contact": "1", "accounts": [{ "key": "10", "labels": ["Portal user"], "links": { "erp": [""] } }] }),
        json!({ "contact": "1", "accounts": [{ "key": "10", "labels": ["Portal user"], "role": "all" }] }),
        json!({ "contact": "1", "accounts": [
            { "key": "10", "labels": ["Portal user"] }, { "key": "10", "labels": ["Portal admin"] },
        ] }),
    ] {
        let detail = denied(&world, json!({ "vestibule": claim })).await;
        assert!(detail.contains("`vestibule`"), "{detail}");
    }
}
