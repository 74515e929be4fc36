//! What is written: merging, order, nulls, errors, pages.

use serde_json::json;

use super::data::line;
use super::portal::{Portal, of_account, row, text};
use crate::error::{Code, Error};
use crate::execute::{GraphRequest, Outcome, Upload};
use crate::model::Value;
use crate::plan::fixture::{CRM, ERP};

async fn text_of(portal: &Portal, query: &str) -> String {
    String::from_utf8(portal.run(query, json!({})).await.body.to_vec()).unwrap()
}

#[tokio::test]
async fn fields_are_merged_and_stand_in_the_order_of_the_document() {
    let portal = Portal::new();
    let answer = text_of(
        &portal,
        "{ viewer { kind n: name account { tier ...A name ... on Record { version } } __typename } }
         fragment A on Account { name again: name parent { id: name } ... on Node { id ... on Account { parent { tier } } } }",
    )
    .await;
    assert_eq!(
        answer.replace(&portal.id("Account", "crm", "a1"), "ID"),
        r#"{"data":{"viewer":{"kind":"CUSTOMER","n":"Kim \"K\" de Vries","account":{"tier":"gold","name":"Acme","again":"Acme","parent":{"id":"Acme","tier":"gold"},"id":"ID","version":"v1"},"__typename":"Viewer"}}}"#
    );
    assert_eq!(portal.log(), ["get crm Account [a1] (name,tier,parent)", "get crm Account [a1] (name,tier)"]);
}

#[tokio::test]
async fn conditions_cost_nothing_that_is_not_asked() {
    let portal = Portal::new();
    let query = "query($yes: Boolean!, $no: Boolean = false) { viewer { account {
        name @include(if: $yes) tier @include(if: $no) orders @skip(if: $yes) { totalCount } } } }";
    let answer = portal.run(query, json!({ "yes": true })).await;
    assert_eq!(&answer.body[..], br#"{"data":{"viewer":{"account":{"name":"Acme"}}}}"#);
    assert_eq!(portal.log(), ["get crm Account [a1] (name)"]);
    let answer = portal.run(query, json!({ "yes": false, "no": true })).await;
    assert_eq!(&answer.body[..], br#"{"data":{"viewer":{"account":{"tier":"gold","orders":{"totalCount":2}}}}}"#);
}

#[tokio::test]
async fn node_answers_by_the_kind_of_record() {
    let portal = Portal::new();
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Order { number } ... on Account { name }
        ... on Record { version } } }";
    let ids = [("Order", "erp", "10"), ("Account", "crm", "a2"), ("Order", "erp", "99"), ("Product", "erp", "none")];
    let ids: Vec<String> = ids.iter().map(|(entity, source, key)| portal.id(entity, source, key)).collect();
    let answer: serde_json::Value =
        serde_json::from_slice(&portal.run(query, json!({ "ids": ids })).await.body).unwrap();
    let expected = json!({ "data": { "nodes": [
        { "__typename": "Order", "id": ids[0], "number": "10", "version": "v1" },
        { "__typename": "Account", "id": ids[1], "name": "Beta", "version": "v1" },
        null,
        null,
    ] } });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn one_id_that_is_refused_costs_its_own_element_only() {
    let portal = Portal::new();
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } viewer { name } }";
    let answer = portal.run(query, json!({ "ids": ["forged"] })).await;
    let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer["data"]["nodes"], json!([null]));
    assert!(answer["data"]["viewer"]["name"].is_string());
    assert_eq!(answer["errors"][0]["path"], json!(["nodes", 0]));
}

#[tokio::test]
async fn null_goes_up_to_the_nearest_position_that_may_be_null() {
    let portal = Portal::new();
    let lines = Value::List([line(&portal, 1, "p1", text("x")), line(&portal, 2, "p1", Value::Null)].into());
    let fault = Value::Fault(Error::new(Code::UpstreamRejected, "never shown"));
    let account = portal.reference(ERP, "Account", "d1");
    let fields = vec![("account", account), ("status", text("PLACED")), ("lines", lines), ("total", fault)];
    portal.table(ERP, "Order", vec![row("10", of_account("d1"), fields)]);
    let answer = portal
        .ask("{ viewer { account { orders { nodes { number items: lines { note position } total { amount } status } } } } }")
        .await;
    let path = json!(["viewer", "account", "orders", "nodes", 0]);
    let under = |rest: &[serde_json::Value]| {
        let mut path = path.as_array().unwrap().clone();
        path.extend_from_slice(rest);
        path
    };
    assert_eq!(
        answer["data"]["viewer"]["account"]["orders"]["nodes"],
        json!([{ "number": "10", "items": null, "total": null, "status": "PLACED" }])
    );
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert_eq!(errors[0]["path"], json!(under(&[json!("items"), json!(1), json!("note")])));
    assert_eq!(errors[1]["path"], json!(under(&[json!("total")])));
    assert_eq!(errors[1]["message"], "The system behind this field gave no usable answer.");
    assert!(errors[0]["locations"][0]["line"].is_u64());
}

#[tokio::test]
async fn a_record_whose_non_null_field_is_missing_is_null_itself() {
    let portal = Portal::new();
    let account = || ("account", portal.reference(ERP, "Account", "d1"));
    let without = row("10", of_account("d1"), vec![account()]);
    let with = row("11", of_account("d1"), vec![account(), ("status", text("OTHER"))]);
    portal.table(ERP, "Order", vec![without, with]);
    let answer = portal.ask("{ viewer { account { orders { nodes { number status } } } } }").await;
    assert_eq!(
        answer["data"]["viewer"]["account"]["orders"]["nodes"],
        json!([null, { "number": "11", "status": "OTHER" }])
    );
    assert_eq!(answer["errors"][0]["path"], json!(["viewer", "account", "orders", "nodes", 0, "status"]));
    assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "UPSTREAM_REJECTED" }));
}

#[tokio::test]
async fn one_failing_source_nulls_its_own_fields_and_nothing_of_it_is_told() {
    let portal = Portal::new();
    portal.fault(ERP, "Account");
    let answer = portal.ask("{ viewer { account { name balance orders { totalCount } } } }").await;
    assert_eq!(
        answer,
        json!({
            "data": { "viewer": { "account": { "name": "Acme", "balance": null, "orders": { "totalCount": 2 } } } },
            "errors": [{
                "message": "The system behind this field does not answer.",
                "locations": [{ "line": 1, "column": 27 }],
                "path": ["viewer", "account", "balance"],
                "extensions": { "code": "UPSTREAM_UNAVAILABLE", "source": "erp", "retryAfter": 3 },
            }],
        })
    );
}

#[tokio::test]
async fn the_hub_stands_while_its_own_system_is_down() {
    let portal = Portal::new();
    portal.fault(CRM, "Account");
    let answer = portal.ask("{ viewer { account { id name orders { nodes { number } } } } }").await;
    assert_eq!(answer["data"]["viewer"]["account"]["orders"]["nodes"], json!([{ "number": "10" }, { "number": "11" }]));
    assert_eq!(answer["data"]["viewer"]["account"]["name"], json!(null));
    assert_eq!(answer["data"]["viewer"]["account"]["id"], json!(portal.id("Account", "crm", "a1")));
}

#[tokio::test]
async fn debtor_numbers_that_do_not_agree_are_a_conflict() {
    let portal = Portal::new();
    let answer = portal.ask("{ viewer { account { balance } } }").await;
    assert_eq!(answer["data"]["viewer"]["account"], json!({ "balance": null }));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "CONFLICT");
    assert_eq!(answer["errors"][0]["message"], "The records do not agree.");
    let agreed = row("d1", of_account("d1"), vec![("balance", text("20"))]);
    let other = row("d2", of_account("d2"), vec![("balance", text("20"))]);
    portal.table(ERP, "Account", vec![agreed, other]);
    assert_eq!(portal.ask("{ viewer { account { balance } } }").await["data"]["viewer"]["account"]["balance"], "20");
}

#[tokio::test]
async fn labels_names_and_derived_fields_have_their_stand_ins() {
    let portal = Portal::new();
    let answer = portal
        .ask(
            "{ viewer { account { orders(first: 2) { nodes { statusLabel open overdue total { amount currency }
              lines(first: 2) { product { name } parts(first: 1) } } } } } }",
        )
        .await;
    let nodes = &answer["data"]["viewer"]["account"]["orders"]["nodes"];
    assert_eq!(
        nodes[0],
        json!({
            "statusLabel": "In progress", "open": true, "overdue": true,
            "total": { "amount": "1234.50", "currency": "EUR" },
            "lines": [{ "product": { "name": "Bolt" }, "parts": ["nut"] }, { "product": { "name": "p2" }, "parts": ["nut"] }],
        }),
        "{answer}"
    );
    assert_eq!(nodes[1]["open"], false);
}

#[tokio::test]
async fn pages_follow_their_cursors_and_only_their_own() {
    let portal = Portal::new();
    let query = "query($after: String, $open: Boolean) { viewer { account { orders(first: 1, after: $after, filter: { open: $open }) {
        totalCount incomplete { source } edges { cursor node { number } } nodes { id }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } } }";
    let ask = async |variables: serde_json::Value| -> serde_json::Value {
        let answer = portal.run(query, variables).await;
        serde_json::from_slice(&answer.body).unwrap()
    };
    let first = ask(json!({})).await;
    let orders = &first["data"]["viewer"]["account"]["orders"];
    assert_eq!(orders["totalCount"], 2);
    assert_eq!(orders["incomplete"], json!([]));
    assert_eq!(orders["pageInfo"]["hasNextPage"], true);
    assert_eq!(orders["pageInfo"]["hasPreviousPage"], false);
    assert_eq!(orders["pageInfo"]["startCursor"], orders["edges"][0]["cursor"]);
    assert_eq!(portal.log(), ["list erp Order [d1+d2] (number) 1"], "one read for nodes and edges");
    let after = orders["pageInfo"]["endCursor"].clone();
    let second = ask(json!({ "after": after })).await;
    let orders = &second["data"]["viewer"]["account"]["orders"];
    assert_eq!(orders["edges"][0]["node"]["number"], "11");
    assert_eq!(orders["pageInfo"]["hasPreviousPage"], true);
    portal.log();
    // With another filter it is another list.
    let other = ask(json!({ "after": after, "open": true })).await;
    assert_eq!(other["data"]["viewer"]["account"]["orders"], json!(null));
    assert_eq!(other["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert_eq!(portal.log(), Vec::<String>::new());
}

#[tokio::test]
async fn arguments_become_conditions() {
    let portal = Portal::new();
    portal
        .ask("{ viewer { account { orders(first: 3, filter: { open: false, status: PLACED, dueOn: { to: \"2026-03-01\" } }, sort: { field: DUE_ON }) { totalCount } } } }")
        .await;
    let log = portal.log();
    assert_eq!(
        log,
        [
            r#"list erp Order [d1+d2] () 3 In([Text("PLACED")]) In([Text("COMPLETED"), Text("CANCELLED")]) Between { from: None, to: Some("2026-03-01"), inclusive: true } desc"#
        ]
    );
    for (arguments, part) in
        [("first: 0", "from 1 to 100"), ("first: 101", "from 1 to 100"), ("after: \"x\"", "not a cursor")]
    {
        let answer =
            portal.ask(&format!("{{ viewer {{ account {{ name orders({arguments}) {{ totalCount }} }} }} }}")).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{arguments}");
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains(part), "{answer}");
        assert_eq!(answer["data"]["viewer"]["account"]["name"], "Acme");
        assert_eq!(portal.log(), ["get crm Account [a1] (name)"]);
    }
}

#[tokio::test]
async fn requests_that_cannot_be_run_have_no_data() {
    let portal = Portal::new();
    for (query, code) in [
        ("{ viewer", Code::GraphqlParseFailed),
        ("{ nothing }", Code::GraphqlValidationFailed),
        ("query($id: ID!) { node(id: $id) { id } }", Code::BadUserInput),
        ("query A { __typename } query B { __typename }", Code::BadUserInput),
        ("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }", Code::BadUserInput),
    ] {
        let answer = portal.run(query, json!({})).await;
        assert_eq!(answer.outcome, Outcome::RequestError(code), "{query}");
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(body.get("data").is_none() && body["errors"][0]["extensions"]["code"] == code.name(), "{body}");
    }
    assert_eq!(portal.log(), Vec::<String>::new());
}

#[tokio::test]
async fn introspection_and_data_come_in_one_answer() {
    let portal = Portal::new();
    let answer = text_of(&portal, "{ __typename t: __type(name: \"Money\") { name } viewer { email } }").await;
    assert_eq!(answer, r#"{"data":{"__typename":"Query","t":{"name":"Money"},"viewer":{"email":"kim@example.com"}}}"#);
}

#[tokio::test]
async fn the_server_library_is_answered_alike() {
    use async_graphql::Executor as _;
    let portal = Portal::new();
    let server =
        crate::execute::Server::new(std::sync::Arc::clone(&portal.executor), std::time::Duration::from_secs(30));
    let request = || async_graphql::Request::new("{ viewer { account { name balance } } }");
    let refused = server.execute(request()).await;
    assert_eq!(refused.errors.len(), 1);
    let answer = server.execute(request().data(std::sync::Arc::new(portal.caller.clone()))).await;
    assert_eq!(serde_json::to_value(&answer.data).unwrap()["viewer"]["account"]["name"], "Acme");
    assert_eq!(answer.errors[0].message, "The records do not agree.");
}

#[tokio::test]
async fn computed_values_are_read_once_for_all_records_with_their_arguments() {
    let portal = Portal::new();
    let answer = portal.ask("{ products { nodes { name price(quantity: \"5\") { amount } } } }").await;
    assert_eq!(
        answer["data"]["products"]["nodes"][1],
        json!({ "name": "p2", "price": { "amount": "2.5" } }),
        "{answer}"
    );
    assert_eq!(portal.log(), ["list erp Product [] (name) 20", "get erp Product [p1,p2] (price) quantity=5"]);
}

#[tokio::test]
async fn fields_that_ask_with_the_same_arguments_are_one_read() {
    let portal = Portal::new();
    let query = "{ products { nodes { a: own(quantity: \"2\") { amount } b: own(quantity: \"2\") { amount }
        c: own { amount } } } }";
    portal.ask(query).await;
    let reads = ["get erp Product [p1,p2] (own) quantity=2", "get erp Product [p1,p2] (own) quantity=1"];
    assert_eq!(portal.log(), [&["list erp Product [] () 20"][..], &reads].concat());
}

#[tokio::test]
async fn what_is_for_the_account_in_use_is_null_without_one_and_nobody_is_asked() {
    let mut portal = Portal::new();
    portal.caller.current = None;
    let answer = portal.ask("{ products { nodes { own(quantity: \"2\") { amount } } } }").await;
    let nothing = json!({ "own": null });
    assert_eq!(answer, json!({ "data": { "products": { "nodes": [nothing, nothing] } } }));
    assert_eq!(portal.log(), ["list erp Product [] () 20"]);
}

#[tokio::test]
async fn an_account_that_the_system_does_not_know_has_no_answer_of_its_own_there() {
    let mut portal = Portal::new();
    let mut authority = (*portal.caller.authority).clone();
    authority.accounts[0].links.insert(ERP, Ok(std::sync::Arc::from([])));
    portal.caller.authority = std::sync::Arc::new(authority.clone());
    let query = "{ products { nodes { own { amount } } } }";
    let answer = portal.ask(query).await;
    assert_eq!(answer["data"]["products"]["nodes"][0], json!({ "own": null }));
    assert!(answer.get("errors").is_none(), "{answer}");
    // What could not be found out is no "unknown".
    let down = Error::new(Code::UpstreamUnavailable, "the links are down");
    authority.accounts[0].links.insert(ERP, Err(down));
    portal.caller.authority = std::sync::Arc::new(authority);
    let answer = portal.ask(query).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UPSTREAM_UNAVAILABLE", "{answer}");
}

#[tokio::test]
async fn a_file_that_the_operation_does_not_take_is_not_lost() {
    let portal = Portal::new();
    let file = Upload {
        places: vec!["variables.with".to_owned()],
        name: "a.csv".to_owned(),
        kind: None,
        content: bytes::Bytes::from_static(b"1").into(),
        fault: None,
    };
    let request = GraphRequest {
        query: "query($with: Boolean = true) { viewer { name @include(if: $with) } }".to_owned(),
        files: vec![file],
        ..GraphRequest::default()
    };
    let answer = portal.executor.execute(&portal.caller, request).await;
    assert_eq!(answer.outcome, Outcome::RequestError(Code::BadUserInput));
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let told = "There is a file for `variables.with`, where the operation takes no `Upload`.";
    assert_eq!(body["errors"][0]["message"], told);
}
