//! Which mutations are served.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::tests::{coverage, covered, some};
use super::*;
use crate::config::Unprovided;
use crate::graph::resolved::{EntityCoverage, WriteCoverage};
use crate::graph::tests::ours;
use crate::graph::{Member, MemberKind, load};
use crate::model::EntityId;

/// Writes of an entity, each with some of what it could take and give.
pub(super) fn any_writes(
    loaded: &Loaded,
    id: EntityId,
) -> impl Strategy<Value = BTreeMap<String, WriteCoverage>> + use<> {
    let of = loaded.graph.mutations.iter().filter(|mutation| mutation.entity == id);
    let writes = of.map(|mutation| {
        let mut input = Vec::new();
        inside(&mutation.members, "", &mut input);
        let payload = loaded.schema.get_object(&mutation.payload).unwrap();
        let gives = payload.fields.keys().map(ToString::to_string).collect();
        let operation = Just(mutation.operation.to_string());
        (operation, some(input), some(gives), any::<bool>())
    });
    writes.collect::<Vec<_>>().prop_map(|writes| {
        let had = writes.into_iter().filter(|(.., has)| *has);
        had.map(|(operation, input, gives, _)| (operation, WriteCoverage { input, gives })).collect()
    })
}

/// The paths of all members of an input.
fn inside(members: &[Member], path: &str, to: &mut Vec<String>) {
    for member in members {
        let at = format!("{path}{}", member.name);
        if let MemberKind::Object(below) = &member.kind {
            inside(below, &format!("{at}."), to);
        }
        to.push(at);
    }
}

fn with_writes(of: EntityCoverage, writes: &[(&str, &[&str], &[&str])]) -> EntityCoverage {
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    let write = |(operation, input, gives): &(&str, &[&str], &[&str])| {
        ((*operation).to_owned(), WriteCoverage { input: words(input), gives: words(gives) })
    };
    EntityCoverage { writes: writes.iter().map(write).collect(), ..of }
}

fn served(entities: &[(&str, EntityCoverage)]) -> Served {
    let loaded = load(&[ours()]).0.unwrap();
    prune(&loaded, &coverage(&loaded.graph, entities), Unprovided::Omit).unwrap()
}

fn reason<'a>(served: &'a Served, coordinate: &str) -> &'a str {
    served.unserved.iter().find(|(at, _)| at == coordinate).map_or("", |(_, why)| why)
}

fn members(served: &Served, input: &str) -> Vec<String> {
    served.schema.get_input_object(input).unwrap().fields.keys().map(ToString::to_string).collect()
}

#[test]
fn a_write_is_served_with_what_its_owner_takes() {
    let order = covered("erp", &["number", "status"], &[]);
    let create: (&str, &[&str], &[&str]) =
        ("create", &["lines", "lines.productId", "lines.quantity", "requestedOn", "siteId"], &[]);
    let product = covered("erp", &["name"], &[]);
    let served = served(&[("Order", with_writes(order, &[create])), ("Product", product)]);
    let mutations: Vec<_> = served.schema.get_object("Mutation").unwrap().fields.keys().collect();
    assert_eq!(mutations, ["placeOrder", "reorder"]);
    assert_eq!(members(&served, "PlaceOrderInput"), ["accountId", "lines", "requestedOn", "idempotencyKey"]);
    assert_eq!(members(&served, "OrderLineInput"), ["productId", "quantity"]);
    assert_eq!(members(&served, "ReorderInput"), ["orderId", "lines", "requestedOn", "idempotencyKey"]);
    assert_eq!(reason(&served, "Mutation.cancelOrder"), "`erp` has no write `cancel` of Order");
    assert!(served.schema.get_enum("UserErrorCode").is_some());
}

#[test]
fn a_write_that_takes_less_than_its_input_demands_is_not_served() {
    let order = covered("erp", &["number", "status"], &[]);
    let create: (&str, &[&str], &[&str]) = ("create", &["requestedOn"], &[]);
    let served = served(&[("Order", with_writes(order, &[create, ("cancel", &[], &[])]))]);
    let mutations: Vec<_> = served.schema.get_object("Mutation").unwrap().fields.keys().collect();
    assert_eq!(mutations, ["cancelOrder"]);
    assert_eq!(reason(&served, "Mutation.placeOrder"), "the write takes no `lines`, which the input demands");
    assert_eq!(reason(&served, "Mutation.reorder"), "the write takes nothing that could be copied");
}

#[test]
fn an_answer_shows_what_the_write_gives() {
    let invoice = covered("billing", &["number", "status", "kind"], &[]);
    let pay: (&str, &[&str], &[&str]) = ("pay", &["returnUrl"], &["redirectUrl"]);
    let with = served(&[("Invoice", with_writes(invoice.clone(), &[pay]))]);
    let shown = |served: &Served| {
        served
            .schema
            .get_object("PayInvoicePayload")
            .unwrap()
            .fields
            .keys()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(&with), ["invoice", "redirectUrl", "userErrors"]);
    let less: (&str, &[&str], &[&str]) = ("pay", &["returnUrl"], &[]);
    assert_eq!(shown(&served(&[("Invoice", with_writes(invoice, &[less]))])), ["invoice", "userErrors"]);
}

#[test]
fn of_two_owners_that_both_make_records_nobody_is_guessed() {
    let create: (&str, &[&str], &[&str]) = ("create", &["subject", "body"], &[]);
    let ticket = |owner| with_writes(covered(owner, &["subject", "status"], &[]), &[create]);
    let served = served(&[("Ticket", ticket("desk")), ("Ticket", ticket("helpdesk"))]);
    assert!(served.schema.get_object("Mutation").is_none());
}
