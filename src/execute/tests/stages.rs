//! When things are read: at once where the keys are known, each once, and never past the deadline.

use std::time::Duration;

use serde_json::json;

use super::portal::Portal;
use crate::plan::fixture::{CRM, DESK, ERP};

/// Lets everything run that can.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn lists_of_the_account_do_not_wait_for_the_account() {
    let portal = Portal::new();
    let gate = portal.gate(CRM, "Account");
    let query = "{ viewer { account { name orders { nodes { number lines { product { name } } } } tickets { nodes { subject } } } } }";
    let (answer, ()) = tokio::join!(portal.ask(query), async {
        settle().await;
        let mut log = portal.log();
        log.sort();
        assert_eq!(
            log,
            [
                "get crm Account [a1] (name)",
                "get erp Product [p1,p2] (name)",
                "list desk Ticket [o1] (subject) 20",
                "list erp Order [d1+d2] (number,lines) 20",
            ]
        );
        gate.add_permits(1);
    });
    assert_eq!(answer["data"]["viewer"]["account"]["name"], "Acme");
}

#[tokio::test]
async fn what_a_cut_list_does_not_show_is_not_read() {
    let portal = Portal::new();
    let products = async |first: i32| {
        let query = "query($first: Int) { viewer { account { orders { nodes { lines(first: $first) { product { name } } } } } } }";
        portal.run(query, json!({ "first": first })).await;
        portal.log().into_iter().filter(|read| read.contains("Product")).collect::<Vec<_>>()
    };
    assert_eq!(products(0).await, Vec::<String>::new());
    assert_eq!(products(1).await, ["get erp Product [p1] (name)"]);
    assert_eq!(products(2).await, ["get erp Product [p1,p2] (name)"]);
}

#[tokio::test]
async fn lists_of_a_record_by_id_do_not_wait_for_the_record() {
    let portal = Portal::new();
    let gate = portal.gate(ERP, "Order");
    let id = portal.id("Order", "erp", "10");
    let query = "query($id: ID!) { order(id: $id) { number shipments { nodes { carrier } } } }";
    let (answer, ()) = tokio::join!(portal.run(query, json!({ "id": id })), async {
        settle().await;
        assert_eq!(portal.log().len(), 2);
        gate.add_permits(1);
    });
    // The shipments' own evidence is the order, which is read and checked anyway: no third read.
    assert_eq!(
        &answer.body[..],
        br#"{"data":{"order":{"number":"10","shipments":{"nodes":[{"carrier":"PostNL"},{"carrier":"DHL"}]}}}}"#
    );
    assert_eq!(portal.log(), Vec::<String>::new());
}

#[tokio::test]
async fn parts_of_an_account_are_read_at_the_same_time() {
    let portal = Portal::new();
    let (crm, erp) = (portal.gate(CRM, "Account"), portal.gate(ERP, "Account"));
    let (_, ()) = tokio::join!(portal.ask("{ viewer { account { name balance } } }"), async {
        settle().await;
        assert_eq!(portal.log(), ["get crm Account [a1] (name)", "get erp Account [d1,d2] (balance)"]);
        crm.add_permits(1);
        erp.add_permits(1);
    });
}

#[tokio::test]
async fn a_contributor_is_asked_by_the_owners_link_and_references_are_turned_round() {
    let portal = Portal::new();
    let answer = portal.ask("{ viewer { account { tickets { nodes { requester { name avatar } } } } } }").await;
    let nodes = &answer["data"]["viewer"]["account"]["tickets"]["nodes"];
    assert_eq!(nodes, &json!([{ "requester": { "name": "Kim", "avatar": "kim.png" } }, { "requester": null }]));
    assert_eq!(
        portal.log(),
        [
            "list desk Ticket [o1] (requester) 20",
            "get crm Contact [c1,c9] (name,links)",
            "get desk Contact [u1] (avatar)",
        ]
    );
}

#[tokio::test]
async fn a_reference_of_which_only_the_id_is_asked_costs_nothing() {
    let portal = Portal::new();
    let answer = portal.ask("{ viewer { account { orders(first: 1) { nodes { lines(first: 1) { product { id __typename } } account { id } } } } } }").await;
    let order = &answer["data"]["viewer"]["account"]["orders"]["nodes"][0];
    assert_eq!(
        order["lines"][0]["product"],
        json!({ "id": portal.id("Product", "erp", "p1"), "__typename": "Product" })
    );
    assert_eq!(order["account"]["id"], json!(portal.id("Account", "crm", "a1")));
    assert_eq!(portal.log(), ["list erp Order [d1+d2] (account,lines) 1"]);
}

#[tokio::test]
async fn live_goes_past_the_cache_where_it_stands() {
    let portal = Portal::new();
    portal.ask("{ viewer { account @live { name } contact { name } } }").await;
    assert_eq!(portal.log(), ["get crm Account [a1] (name) live", "get crm Contact [c1] (name)"]);
    portal.ask("{ viewer { account { name orders @live { nodes { lines { product { name } } } } } } }").await;
    assert_eq!(
        portal.log(),
        [
            "get crm Account [a1] (name)",
            "list erp Order [d1+d2] (lines) 20 live",
            "get erp Product [p1,p2] (name) live",
        ]
    );
    portal.ask("{ viewer { account { name @live } } }").await;
    assert_eq!(portal.log(), ["get crm Account [a1] (name) live"]);
    portal.ask("query @live { viewer { contact { name } } }").await;
    assert_eq!(portal.log(), ["get crm Contact [c1] (name) live"]);
}

#[tokio::test]
async fn nothing_hangs_past_the_deadline() {
    let portal = Portal::new();
    let _gate = portal.gate(DESK, "Ticket");
    let query = "{ viewer { account { name tickets { nodes { subject } } } } }";
    let (answer, ()) = tokio::join!(portal.ask(query), async {
        settle().await;
        portal.clock.advance(Duration::from_secs(6));
    });
    assert_eq!(answer["data"]["viewer"]["account"], json!({ "name": "Acme", "tickets": null }));
    assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "UPSTREAM_TIMEOUT", "source": "desk" }));
}
