//! Plans of the fixture's portal: derived conditions, caching, explaining.

use std::sync::Arc;

use apollo_compiler::response::JsonMap;

use super::fixture::{self, ERP};
use super::*;
use crate::model::{EntityId, FieldSet, SourceId};
use crate::protocol::PlannedCall;

async fn plan(planner: &Planner, query: &str) -> Arc<Plan> {
    let prepared = planner.prepare(query).await.unwrap();
    let operation = prepared.operation(None).unwrap();
    prepared.plan(planner, operation, &JsonMap::new()).unwrap()
}

/// One call of 100 for a list or get; orders need a second one of each record.
struct Engines;

impl Calls for Engines {
    fn get(&self, _: SourceId, _: EntityId, _: FieldSet) -> Vec<PlannedCall> {
        vec![PlannedCall { template: Arc::from("POST /read"), many: 100, keep: None }]
    }

    fn list(&self, source: SourceId, _: EntityId, list: &ListShape<'_>) -> Vec<PlannedCall> {
        assert!(list.arguments.is_some());
        let mut calls = vec![PlannedCall { template: Arc::from("GET /list"), many: 1, keep: None }];
        if source == ERP {
            calls.push(PlannedCall { template: Arc::from("GET /facet"), many: 1, keep: None });
        }
        calls
    }
}

#[tokio::test]
async fn a_plan_is_explained_before_anything_is_read() {
    let planner = fixture::planner();
    let query =
        "{ viewer { account { name orders(first: 5) { nodes { number lines { product { name } } related { number } } }
        tickets(first: 10) { nodes { requester { name avatar } } } } } }";
    let plan = plan(&planner, query).await;
    let variables = JsonMap::new();
    let assumed = Assumed { variables: &variables, accounts: 1, keys: 2, live: 1 };
    insta::assert_snapshot!(explain(&planner, &plan, &Engines, assumed), @r"
    Viewer.account: Account from crm, on the account in use, after 0 calls
      fields: name
      POST /read: ceil(keys / 100), at most 1
      Account.orders: Order from erp, on links of Viewer.account, after 0 calls
        fields: number, lines, related
        GET /list: parents, at most 2
        GET /facet: keys, at most 10
        OrderLine.product: Product from erp, on OrderLine.product of Account.orders, after 2 calls
          fields: name
          POST /read: ceil(keys / 100), at most 5
        Order.related: Order from erp, on Order.related of Account.orders, after 2 calls
          fields: number
          POST /read: ceil(keys / 100), at most 5
      Account.tickets: Ticket from desk, on links of Viewer.account, after 0 calls
        fields: requester
        GET /list: parents, at most 2
        Ticket.requester: Contact from crm, on Ticket.requester of Account.tickets, after 1 calls
          fields: name
          POST /read: ceil(keys / 100), at most 1
        Ticket.requester: Contact from desk, on Ticket.requester of Account.tickets, after 2 calls
          fields: avatar
          POST /read: ceil(keys / 100), at most 1
    calls: 8 where each is made once, at most 27, 3 in sequence
    cost: at most 1322, for 27 calls and 1052 rows
    permissions: contacts:read orders:read tickets:read
    ");
}

#[tokio::test]
async fn documents_and_plans_are_made_once() {
    let planner = fixture::planner();
    let query = "query($a: Boolean!) { viewer { name @include(if: $a) email } }";
    let one = planner.prepare(query).await.unwrap();
    let two = planner.prepare(query).await.unwrap();
    assert!(Arc::ptr_eq(&one, &two));
    let operation = one.operation(None).unwrap();
    let with = |value: bool| {
        let mut variables = JsonMap::new();
        variables.insert("a", value.into());
        one.plan(&planner, operation, &variables).unwrap()
    };
    assert!(Arc::ptr_eq(&with(true), &with(true)));
    assert!(!Arc::ptr_eq(&with(true), &with(false)));
}

#[tokio::test]
async fn a_document_that_grows_without_end_is_refused() {
    let planner = fixture::planner();
    let mut query = String::from("{ viewer { account { ...F0 } } } ");
    for at in 0..20 {
        let next = if at == 19 { "name".to_owned() } else { format!("...F{}", at + 1) };
        query += &format!("fragment F{at} on Account {{ a: parent {{ {next} }} b: parent {{ {next} }} }} ");
    }
    let prepared = planner.prepare(&query).await;
    let refused = match prepared {
        Err(errors) => errors,
        Ok(prepared) => prepared.plan(&planner, prepared.operation(None).unwrap(), &JsonMap::new()).unwrap_err(),
    };
    assert!(!refused.is_empty());
}

#[test]
fn derived_expressions_become_conditions_where_they_can() {
    let planner = fixture::planner();
    let order = planner.graph.entity(planner.graph.entity_id("Order").unwrap()).unwrap();
    let status = order.field_id("status").unwrap();
    let due = order.field_id("dueOn").unwrap();
    let words = |words: &[&str]| words.iter().map(|word| Arc::from(*word)).collect::<Vec<Arc<str>>>();
    let is = |test| Some(vec![Pushed { field: status, test }]);
    for (text, wanted, pushed) in [
        ("status == 'PLACED'", true, is(PushedTest::In(words(&["PLACED"])))),
        ("status == 'PLACED'", false, is(PushedTest::NotIn(words(&["PLACED"])))),
        ("status in ['PLACED', \"OTHER\"]", true, is(PushedTest::In(words(&["PLACED", "OTHER"])))),
        ("!(status in ['PLACED'])", true, is(PushedTest::NotIn(words(&["PLACED"])))),
        ("!(status in ['PLACED'])", false, is(PushedTest::In(words(&["PLACED"])))),
        ("status != 'PLACED'", true, is(PushedTest::NotIn(words(&["PLACED"])))),
        ("dueOn < today", true, Some(vec![Pushed { field: due, test: PushedTest::Past }])),
        // No condition says "no day, or a later one".
        ("dueOn < today", false, None),
        ("!status in ['PLACED']", true, None),
        ("status == 'PLACED' && dueOn < today", false, None),
        ("status == 'PLACED' || dueOn < today", true, None),
        ("lines.exists(l, l.position == 1)", true, None),
        ("open", true, None),
        ("nothing == 'x'", true, None),
        ("status == 'it\\'s'", true, None),
        ("", true, None),
    ] {
        assert_eq!(derivable(text, order, wanted), pushed, "{text}");
    }
    assert_eq!(derivable("status == 'PLACED' && dueOn < today", order, true).unwrap().len(), 2);
}

#[tokio::test]
async fn the_schema_is_not_told_where_introspection_is_off() {
    let planner = Arc::into_inner(fixture::planner()).unwrap().with_introspection(false);
    for query in ["{ __schema { types { name } } }", "{ viewer { name } ... { t: __type(name: \"Viewer\") { name } } }"]
    {
        let errors = planner.prepare(query).await.unwrap_err();
        assert_eq!(errors[0].error.code(), crate::error::Code::GraphqlValidationFailed, "{query}");
        assert_eq!(errors[0].locations.len(), 1);
    }
    assert!(planner.prepare("{ __typename viewer { __typename } }").await.is_ok());
}
