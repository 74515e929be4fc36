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

/// Two records a call.
struct Pairs;

impl Calls for Pairs {
    fn get(&self, _: SourceId, _: EntityId, _: FieldSet) -> Vec<PlannedCall> {
        vec![PlannedCall { template: Arc::from("POST /read"), many: 2, keep: None }]
    }

    fn list(&self, _: SourceId, _: EntityId, _: &ListShape<'_>) -> Vec<PlannedCall> {
        Vec::new()
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

#[tokio::test]
async fn figures_of_one_list_and_filter_are_one_read_of_three_pages_at_most() {
    let planner = fixture::planner();
    let query =
        "{ viewer { account { orderCount summary { openOrders value { amount } nextDueOn placed tickets margin { amount } }
        tickets(first: 2) { nodes { messageCount } } } } }";
    let plan = plan(&planner, query).await;
    let variables = JsonMap::new();
    let assumed = Assumed { variables: &variables, accounts: 1, keys: 2, live: 1 };
    insta::assert_snapshot!(explain(&planner, &plan, &Engines, assumed), @r"
      Account.orders: Order from erp, on links of Viewer.account, for figures, after 0 calls
        fields: 
        GET /list: parents, 3 pages, at most 6
        GET /facet: keys, at most 600
      Account.orders: Order from erp, on links of Viewer.account, for figures, after 0 calls
        fields: dueOn, total, margin
        GET /list: parents, 3 pages, at most 6
        GET /facet: keys, at most 600
      Account.orders: Order from erp, on links of Viewer.account, for figures, after 0 calls
        fields: 
        GET /list: parents, 3 pages, at most 6
        GET /facet: keys, at most 600
      Account.tickets: Ticket from desk, on links of Viewer.account, for figures, after 0 calls
        fields: 
        GET /list: parents, 3 pages, at most 6
      Account.tickets: Ticket from desk, on links of Viewer.account, after 0 calls
        fields: 
        GET /list: parents, at most 2
        Ticket.messages: Message from desk, on keys of Account.tickets, for figures, after 1 calls
          fields: 
          GET /list: parents, 3 pages, at most 6
    calls: 9 where each is made once, at most 1832, 6 in sequence
    cost: at most 21324, for 1832 calls and 3004 rows
    permissions: costs:read orders:read tickets:read
    ");
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

#[tokio::test]
async fn a_merged_list_is_one_page_of_each_list_in_order_and_three_of_one_without() {
    let planner = fixture::planner();
    let query = "query($types: [RecordType!]) { viewer { account { timeline(first: 5, types: $types) {
        nodes { at title record { ... on Order { total { amount } } } } } } } }";
    let plan = plan(&planner, query).await;
    let stages = |variables: &JsonMap| {
        let explained = explained(&planner, &plan, &Engines, Assumed { variables, accounts: 1, keys: 2, live: 1 });
        let of = |stage: &Stage| {
            let fields = stage.fields.iter().map(|field| &**field).collect::<Vec<_>>().join(",");
            format!("{} {} ({fields}) {} pages, {} rows", stage.source, stage.entity, stage.calls[0].pages, stage.rows)
        };
        (explained.stages.iter().map(of).collect::<Vec<_>>(), explained.page, explained.permissions.join(" "))
    };
    let all = [
        "erp Order (number,dueOn,total) 1 pages, 10 rows",
        "desk Ticket (subject,updatedAt) 3 pages, 600 rows",
        "billing Invoice (number,issuedOn) 1 pages, 10 rows",
        "erp Invoice (number,issuedOn) 1 pages, 10 rows",
    ];
    let mut variables = JsonMap::new();
    assert_eq!(stages(&variables), (all.map(str::to_owned).to_vec(), 5, "orders:read tickets:read".to_owned()));
    // What is not asked for is not read, and costs nothing.
    variables.insert("types", serde_json::json!(["INVOICE", "MESSAGE"]).into());
    assert_eq!(stages(&variables).0, all[2..]);
}

#[tokio::test]
async fn a_cost_is_worked_out_once_for_all_requests_that_cost_the_same() {
    let planner = fixture::planner();
    let plan = plan(
        &planner,
        "query($n: Int, $from: String) { viewer { account { orders(first: $n, after: $from) { nodes { number } } } } }",
    )
    .await;
    let of = |first: i32, from: &str, accounts: u64| {
        let mut variables = JsonMap::new();
        variables.insert("n", first.into());
        variables.insert("from", from.into());
        let assumed = Assumed { variables: &variables, accounts, keys: 1, live: 1 };
        (explained(&planner, &plan, &Engines, assumed), explain(&planner, &plan, &Engines, assumed).cost)
    };
    let (one, again, (more, worked_out)) = (of(5, "a", 1).0, of(5, "b", 1).0, of(50, "a", 1));
    assert!(Arc::ptr_eq(&one, &again), "where a page begins does not change its cost");
    assert!(more.cost > one.cost && more.cost == worked_out, "its length does");
    assert!(!Arc::ptr_eq(&one, &of(5, "a", 2).0), "and so may the caller's accounts");
}

#[tokio::test]
async fn a_write_costs_the_reads_of_all_that_its_lists_may_name() {
    let planner = fixture::planner();
    let query = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { userErrors { code } } }";
    let plan = plan(&planner, query).await;
    let variables = JsonMap::new();
    let assumed = Assumed { variables: &variables, accounts: 1, keys: 1, live: 1 };
    let Explained { usual, calls, rows, cost, .. } = explain(&planner, &plan, &Pairs, assumed);
    // The write, the account, and the products of at most three lines, two by two.
    assert_eq!((usual, calls, rows, cost), (3, 1 + 1 + 2, 1 + 3, 44));
}
