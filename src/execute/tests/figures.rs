//! Figures over lists: whole or not at all, of the caller's records alone, and one read for those of one list.

use serde_json::{Value as Json, json};

use super::data::money;
use super::portal::{Portal, Row, of_account, row, text};
use crate::model::Value;
use crate::plan::fixture::ERP;

fn amount(amount: &str, currency: &str) -> Value {
    Value::Object(std::sync::Arc::from([text(amount), text(currency)]))
}

fn order(portal: &Portal, number: usize, account: &'static str, fields: &[(&'static str, Value)]) -> Row {
    let key: &'static str = Box::leak(number.to_string().into_boxed_str());
    let mut all = vec![("account", portal.reference(ERP, "Account", account)), ("status", text("PLACED"))];
    all.extend(fields.iter().cloned());
    row(key, of_account(account), all)
}

fn orders(portal: &Portal, count: usize) {
    let rows = (0..count).map(|at| order(portal, 1000 + at, "d1", &[("total", money("0.10"))]));
    portal.table(ERP, "Order", rows.collect());
}

async fn summary(portal: &Portal, figures: &str) -> (Json, Vec<(Json, Json)>) {
    let answer = portal.ask(&format!("{{ viewer {{ account {{ summary {{ {figures} }} }} }} }}")).await;
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    let errors = errors.iter().map(|error| (error["path"][3].clone(), error["extensions"]["code"].clone()));
    (answer["data"]["viewer"]["account"]["summary"].clone(), errors.collect())
}

const ALL: &str = "openOrders nextDueOn lastDueOn value { currency amount }";

#[tokio::test]
async fn figures_are_worked_out_exactly_from_one_read() {
    let portal = Portal::new();
    let total = |of: &str, currency: &str| ("total", amount(of, currency));
    let rows = [
        vec![total("0.1", "USD"), ("dueOn", text("2026-03-10"))],
        vec![total("0.2", "USD"), ("dueOn", text("2026-02-28"))],
        vec![total("-9007199254740993.07", "EUR")],
        vec![total("1", "EUR"), ("dueOn", text("2027-01-01"))],
        // What has no amount adds nothing.
        vec![("dueOn", text("2026-12-31"))],
    ];
    let rows = rows.iter().enumerate().map(|(at, fields)| order(&portal, at, "d1", fields));
    portal.table(ERP, "Order", rows.collect());
    let (figures, errors) = summary(&portal, ALL).await;
    assert_eq!(errors, []);
    assert_eq!(
        figures,
        json!({
            "openOrders": 5, "nextDueOn": "2026-02-28", "lastDueOn": "2027-01-01",
            "value": [{ "currency": "EUR", "amount": "-9007199254740992.07" }, { "currency": "USD", "amount": "0.3" }],
        })
    );
    assert_eq!(
        portal.log(),
        [r#"list erp Order [d1+d2] (dueOn,total) 300 NotIn([Text("COMPLETED"), Text("CANCELLED")]) whole"#]
    );
}

#[tokio::test]
async fn of_an_empty_list_the_count_is_zero_and_there_is_no_least() {
    let portal = Portal::new();
    portal.table(ERP, "Order", Vec::new());
    let (figures, errors) = summary(&portal, ALL).await;
    assert_eq!(
        (figures, errors),
        (json!({ "openOrders": 0, "nextDueOn": null, "lastDueOn": null, "value": [] }), vec![])
    );
}

#[tokio::test]
async fn figures_of_other_lists_or_filters_are_other_reads() {
    let portal = Portal::new();
    let answer = portal.ask("{ viewer { account { orderCount summary { openOrders placed tickets } } } }").await;
    let account = &answer["data"]["viewer"]["account"];
    assert_eq!(*account, json!({ "orderCount": 2, "summary": { "openOrders": 2, "placed": 2, "tickets": 2 } }));
    let mut log = portal.log();
    log.sort();
    assert_eq!(
        log,
        [
            "list desk Ticket [o1] () 300 counted",
            r#"list erp Order [d1+d2] () 300 In([Text("PLACED")]) counted"#,
            r#"list erp Order [d1+d2] () 300 NotIn([Text("COMPLETED"), Text("CANCELLED")]) counted"#,
            "list erp Order [d1+d2] () 300 counted",
        ]
    );
}

#[tokio::test]
async fn a_figure_of_a_record_is_one_of_its_own_list() {
    let portal = Portal::new();
    let answer = portal.ask("{ viewer { account { tickets { nodes { subject messageCount } } } } }").await;
    assert_eq!(
        answer["data"]["viewer"]["account"]["tickets"]["nodes"],
        json!([{ "subject": "Broken", "messageCount": 1 }, { "subject": "Late", "messageCount": 0 }])
    );
}

#[tokio::test]
async fn past_the_bound_there_is_no_figure_but_a_count_that_the_system_made() {
    let portal = Portal::new();
    orders(&portal, 300);
    let (figures, errors) = summary(&portal, ALL).await;
    assert_eq!(figures["value"], json!([{ "currency": "EUR", "amount": "30.00" }]));
    assert_eq!((figures["openOrders"].clone(), errors), (json!(300), vec![]));
    orders(&portal, 301);
    let answer = portal.ask("{ viewer { account { summary { openOrders value { amount } } } } }").await;
    assert_eq!(answer["data"]["viewer"]["account"]["summary"], json!({ "openOrders": 301, "value": null }));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "QUERY_TOO_COSTLY");
    assert_eq!(
        answer["errors"][0]["message"],
        "This figure is over a list of more than 300 records, and no more are read for one; ask for the list itself, page \
         by page."
    );
    // Without a count of the system's there is none.
    *portal.tables.counts.lock().unwrap() = false;
    let (figures, errors) = summary(&portal, "openOrders value { amount }").await;
    assert_eq!(figures, json!({ "openOrders": null, "value": null }));
    assert_eq!(errors.len(), 2);
}

#[tokio::test]
async fn a_count_that_the_system_makes_spares_reading_the_rest_only_where_all_rows_were_the_callers() {
    let portal = Portal::new();
    orders(&portal, 250);
    assert_eq!(summary(&portal, "openOrders").await, (json!({ "openOrders": 250 }), vec![]));
    assert_eq!(portal.log().len(), 1);
    let mut rows: Vec<Row> = (0..250).map(|at| order(&portal, 1000 + at, "d1", &[])).collect();
    rows.insert(7, order(&portal, 7, "d9", &[]));
    portal.table(ERP, "Order", rows);
    *portal.tables.hostile.lock().unwrap() = true;
    assert_eq!(summary(&portal, "openOrders").await, (json!({ "openOrders": 250 }), vec![]));
    let log = portal.log();
    assert!(log.len() == 2 && log[1].contains(" 200 ") && log[1].ends_with("whole"), "{log:?}");
}

#[tokio::test]
async fn what_a_hostile_system_adds_is_not_counted_and_never_hides_that_the_list_goes_on() {
    let portal = Portal::new();
    *portal.tables.hostile.lock().unwrap() = true;
    let others = |from: usize, count: usize| {
        (from..from + count).map(|at| order(&portal, at, "d9", &[("total", money("1000"))]))
    };
    let own =
        |from: usize, count: usize| (from..from + count).map(|at| order(&portal, at, "d2", &[("total", money("1"))]));
    portal.table(ERP, "Order", others(0, 100).chain(own(100, 50)).chain(others(200, 100)).collect());
    let (figures, errors) = summary(&portal, ALL).await;
    assert_eq!((figures["openOrders"].clone(), errors), (json!(50), vec![]));
    assert_eq!(figures["value"], json!([{ "currency": "EUR", "amount": "50" }]));
    portal.table(ERP, "Order", others(0, 300).chain(own(400, 1)).collect());
    let (figures, errors) = summary(&portal, "openOrders value { amount }").await;
    assert_eq!(figures, json!({ "openOrders": null, "value": null }), "an own one stands behind the bound");
    assert_eq!(errors.len(), 2);
}

#[tokio::test]
async fn a_record_that_comes_twice_counts_once() {
    let portal = Portal::new();
    let rows = [5, 5, 6].map(|at| order(&portal, at, "d1", &[("total", money("2"))]));
    portal.table(ERP, "Order", rows.to_vec());
    let (figures, _) = summary(&portal, "openOrders value { amount }").await;
    assert_eq!(figures, json!({ "openOrders": 2, "value": [{ "amount": "4" }] }));
}

#[tokio::test]
async fn a_figure_whose_system_is_down_is_null_with_its_error_and_no_other_is() {
    let portal = Portal::new();
    portal.fault(ERP, "Order");
    let (figures, errors) = summary(&portal, "openOrders value { amount } tickets").await;
    assert_eq!(figures, json!({ "openOrders": null, "value": null, "tickets": 2 }));
    let down = json!("UPSTREAM_UNAVAILABLE");
    assert_eq!(errors, [(json!("openOrders"), down.clone()), (json!("value"), down)]);
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_the_figures_error_and_not_another_figures() {
    let portal = Portal::new();
    let bad = crate::error::Error::new(crate::error::Code::UpstreamRejected, "no amount");
    let rows = vec![
        order(&portal, 1, "d1", &[("total", money("2"))]),
        order(&portal, 2, "d1", &[("total", Value::Fault(bad))]),
    ];
    portal.table(ERP, "Order", rows);
    let (figures, errors) = summary(&portal, "openOrders value { amount }").await;
    assert_eq!(figures, json!({ "openOrders": 2, "value": null }));
    assert_eq!(errors, [(json!("value"), json!("UPSTREAM_REJECTED"))]);
}

#[tokio::test]
async fn a_figure_needs_the_permission_of_what_it_looks_at() {
    let mut portal = Portal::new();
    let (figures, errors) = summary(&portal, "openOrders own margin { amount }").await;
    assert_eq!(figures, json!({ "openOrders": 2, "own": null, "margin": null }));
    let forbidden = json!("FORBIDDEN");
    assert_eq!(errors, [(json!("own"), forbidden.clone()), (json!("margin"), forbidden.clone())]);
    // Through the second account, nothing of orders or tickets may be seen, and nothing is asked.
    portal.caller.current = Some(1);
    portal.log();
    let (figures, errors) = summary(&portal, "openOrders tickets").await;
    assert_eq!(figures, json!({ "openOrders": null, "tickets": null }));
    assert_eq!(errors, [(json!("openOrders"), forbidden.clone()), (json!("tickets"), forbidden)]);
    assert_eq!(portal.log(), Vec::<String>::new());
}

#[tokio::test]
async fn each_account_has_its_own_figures() {
    let mut portal = Portal::new();
    let authority = std::sync::Arc::make_mut(&mut portal.caller.authority);
    let read = authority.accounts[0].permissions.clone();
    authority.accounts[1].permissions = read;
    let answer = portal.ask("{ viewer { memberships { account { orderCount } } } }").await;
    assert_eq!(
        answer["data"]["viewer"]["memberships"],
        json!([{ "account": { "orderCount": 2 } }, { "account": { "orderCount": 1 } }])
    );
    assert_eq!(portal.log(), ["list erp Order [d1+d2,d5] () 300 counted"]);
}
