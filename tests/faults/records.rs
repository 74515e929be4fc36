//! Records that do not fit: the field is null with an error at its own path, the rest of the record is intact.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::bend::Bend;
use crate::world::{Difference, Reply, World};

const ORDERS: &str = "{ viewer { account { orders(first: 3) { nodes {
    number status deliveryStatus placedOn requestedOn total { amount currency }
    lines { position description quantity total { amount currency } }
} } } } }";

const INVOICES: &str = "{ viewer { account { invoices(first: 3) { nodes {
    number status issuedOn dueOn total { amount currency } amountPaid { amount }
    lines { description quantity total { amount } }
} } } } }";

/// What is odd in one system's rows is looked at where only that one has them.
const BILLING_ALONE: (&str, &str) = ("owners: [billing, erp]", "owner: billing, contributors: []");

fn uncached() -> Difference {
    Difference { instead: Some(BILLING_ALONE), ..Difference::uncached() }
}

/// What a test does to the records of a list, each with its place in it.
type Odd = fn(usize, &mut Value);

/// Changes each element of the list at a pointer of an answer.
fn each(pointer: &'static str, odd: Odd) -> Bend {
    Arc::new(move |_, body| {
        if let Some(Value::Array(rows)) = body.pointer_mut(pointer) {
            // A draft is nobody's to see.
            let seen = rows.iter_mut().filter(|row| row["status"] != "draft");
            seen.enumerate().for_each(|(at, row)| odd(at, row));
        }
    })
}

async fn both(query: &str, (system, pointer): (&'static str, &'static str), odd: Odd) -> (Reply, Reply) {
    let sound = World::start(uncached()).await.ask(query).await;
    assert_eq!(sound.errors, Vec::<Value>::new());
    let world = World::start(uncached().bent(system, each(pointer, odd))).await;
    (sound, world.ask(query).await)
}

/// The rest is as it was: but for the given paths, both answers are the same.
fn assert_else_intact((sound, odd): (&Reply, &Reply), pointers: &[&str]) {
    let (mut sound, mut odd) = (sound.data.clone(), odd.data.clone());
    for pointer in pointers {
        for data in [&mut sound, &mut odd] {
            *data.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = json!("left out");
        }
    }
    assert_eq!(sound, odd);
}

fn assert_rejected(reply: &Reply, source: &str) {
    assert_eq!(reply.codes(), ["UPSTREAM_REJECTED"], "{:?}", reply.errors);
    assert!(reply.errors.iter().all(|error| error["extensions"]["source"] == source), "{:?}", reply.errors);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_is_none_and_an_amount_with_letters_cost_those_fields_alone() {
    let (sound, odd) = both(ORDERS, ("sap", "/d/results"), |at, row| {
        if at == 1 {
            row["SalesOrderDate"] = json!("the day after tomorrow");
            row["TotalNetAmount"] = json!("12,50 EUR");
        }
    })
    .await;
    assert_rejected(&odd, "erp");
    let at = "viewer.account.orders.nodes.1";
    assert_eq!(odd.paths(), [format!("{at}.placedOn"), format!("{at}.total")]);
    let nodes = "/viewer/account/orders/nodes/1";
    assert_else_intact((&sound, &odd), &[&format!("{nodes}/placedOn"), &format!("{nodes}/total")]);
    assert_eq!(odd.data.pointer(&format!("{nodes}/total")), Some(&Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_a_line_costs_that_field_of_that_line() {
    let (sound, odd) = both(ORDERS, ("sap", "/d/results"), |at, row| {
        if at == 0 {
            row["to_Item"]["results"][0]["RequestedQuantity"] = json!({ "value": 3 });
        }
    })
    .await;
    assert_rejected(&odd, "erp");
    assert_eq!(odd.paths(), ["viewer.account.orders.nodes.0.lines.0.quantity"]);
    assert_else_intact((&sound, &odd), &["/viewer/account/orders/nodes/0/lines/0/quantity"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_nobody_knows_is_other_and_no_error() {
    let (sound, odd) = both(ORDERS, ("sap", "/d/results"), |at, row| {
        if at == 0 {
            row["OverallSDProcessStatus"] = json!("Ω");
            row["OverallSDDocumentRejectionSts"] = json!("A");
            row["DeliveryBlockReason"] = json!("");
        }
    })
    .await;
    assert_eq!(odd.errors, Vec::<Value>::new());
    assert_eq!(odd.data["viewer"]["account"]["orders"]["nodes"][0]["status"], "OTHER");
    assert_else_intact((&sound, &odd), &["/viewer/account/orders/nodes/0/status"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_fields_are_null_or_made_up_for_and_no_error() {
    let (sound, odd) = both(INVOICES, ("stripe", "/data"), |at, row| {
        if at == 2 {
            row.as_object_mut().unwrap().remove("due_date");
            row["number"] = Value::Null;
        }
    })
    .await;
    assert_eq!(odd.errors, Vec::<Value>::new());
    let nodes = "/viewer/account/invoices/nodes/2";
    assert_else_intact((&sound, &odd), &[&format!("{nodes}/dueOn"), &format!("{nodes}/number")]);
    let row = &odd.data["viewer"]["account"]["invoices"]["nodes"][2];
    // The number is never null: where there is none, the system's own key stands in for it.
    assert!(row["number"].as_str().is_some_and(|number| number.starts_with("in_")), "{row}");
    assert_eq!(row["dueOn"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn text_and_objects_are_no_amounts_and_thirty_digits_are_kept_exactly() {
    let (sound, odd) = both(INVOICES, ("stripe", "/data"), |at, row| match at {
        0 => row["total"] = json!("123456789012345678901234567890"),
        1 => row["total"] = json!("a lot"),
        _ => row["amount_paid"] = json!({ "value": 1 }),
    })
    .await;
    assert_rejected(&odd, "billing");
    let at = "viewer.account.invoices.nodes";
    assert_eq!(odd.paths(), [format!("{at}.1.total"), format!("{at}.2.amountPaid")]);
    // However many digits there are, none is lost or made up.
    let long = &odd.data["viewer"]["account"]["invoices"]["nodes"][0]["total"]["amount"];
    assert_eq!(long, "1234567890123456789012345678.90");
    let nodes = "/viewer/account/invoices/nodes";
    let pointers = [format!("{nodes}/0/total"), format!("{nodes}/1/total"), format!("{nodes}/2/amountPaid")];
    assert_else_intact((&sound, &odd), &pointers.each_ref().map(String::as_str));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_without_its_currency_is_an_error_and_not_a_guess() {
    let (_, odd) = both(INVOICES, ("stripe", "/data"), |at, row| {
        if at == 0 {
            row.as_object_mut().unwrap().remove("currency");
        }
    })
    .await;
    assert_rejected(&odd, "billing");
    assert!(odd.paths().contains(&"viewer.account.invoices.nodes.0.total".to_owned()), "{:?}", odd.paths());
    assert!(odd.paths().iter().all(|path| path.starts_with("viewer.account.invoices.nodes.0.")));
    assert!(odd.data["viewer"]["account"]["invoices"]["nodes"][0]["number"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_without_its_rows_or_a_row_without_its_key_costs_the_list() {
    let (_, odd) = both(INVOICES, ("stripe", "/data"), |at, row| {
        if at == 1 {
            row.as_object_mut().unwrap().remove("id");
        }
    })
    .await;
    assert_rejected(&odd, "billing");
    assert_eq!(odd.paths(), ["viewer.account.invoices"]);
    let (_, odd) = both(ORDERS, ("sap", "/d/results"), |_, row| *row = json!(7)).await;
    assert_rejected(&odd, "erp");
    assert_eq!(odd.paths(), ["viewer.account.orders"]);
}
