//! Quotations: what is offered to an account, what waits for it, and what became of it.

use serde_json::{Value, json};
use vestibule_sandbox::data::documents::Quotation;

use crate::world::{ANA, JONAS, KESTREL, World, nodes, texts};

const FIELDS: &str = "id number status statusLabel open issuedOn validUntil total { amount currency }
    order { number } account { name } lines { position product { sku } description quantity unit total { amount } }";

/// Kestrel's quotations that the business has agreed to, the newest first.
fn own(world: &World) -> Vec<Quotation> {
    let all = world.business().quotations.clone();
    let visible = |one: &Quotation| KESTREL.contains(&one.sold_to.as_str()) && !matches!(one.approval, "A" | "C");
    let mut own: Vec<Quotation> = all.into_iter().filter(visible).collect();
    own.sort_by(|a, b| (b.date, &b.number).cmp(&(a.date, &a.number)));
    own
}

fn status(world: &World, quotation: &Quotation) -> &'static str {
    let lapsed = quotation.until.is_some_and(|until| until < world.today());
    match (quotation.rejection, quotation.process) {
        ("C", _) => "DECLINED",
        (_, "C") => "ACCEPTED",
        _ if lapsed => "EXPIRED",
        _ => "SENT",
    }
}

/// What the graph has to say of a quotation; the id is the gateway's.
fn expected(world: &World, quotation: &Quotation, id: &Value) -> Value {
    let money = |mut amount: rust_decimal::Decimal| {
        amount.rescale(2);
        amount.to_string()
    };
    let status = status(world, quotation);
    let lines = quotation.lines.iter().map(|line| {
        let mut quantity = line.quantity;
        quantity.rescale(3);
        json!({
            "position": line.position,
            "product": { "sku": line.sku },
            "description": line.text.chars().take(40).collect::<String>(),
            "quantity": quantity.to_string(),
            "unit": line.unit,
            "total": { "amount": money(line.net) },
        })
    });
    let label = match status {
        "DECLINED" => "Declined",
        "ACCEPTED" => "Accepted",
        "EXPIRED" => "Expired",
        _ => "Sent",
    };
    json!({
        "id": id,
        "number": quotation.number,
        "status": status,
        "statusLabel": label,
        "open": status == "SENT",
        "issuedOn": quotation.date.to_string(),
        "validUntil": quotation.until.map(|until| until.to_string()),
        "total": { "amount": money(quotation.lines.iter().map(|line| line.net).sum()), "currency": quotation.currency },
        "order": quotation.order.as_ref().map(|order| json!({ "number": order })),
        "account": { "name": "Kestrel Marine BV" },
        "lines": lines.collect::<Vec<_>>(),
    })
}

#[tokio::test]
async fn the_quotes_of_an_account_are_those_of_all_its_debtors_the_newest_first() {
    let world = World::open().await;
    let answer =
        world.ask(ANA, &format!("{{ viewer {{ account {{ quotes(first: 50) {{ nodes {{ {FIELDS} }} }} }} }} }}")).await;
    let own = own(&world);
    let listed = nodes(&answer["viewer"]["account"]["quotes"]);
    assert_eq!(texts(listed, "number"), own.iter().map(|one| one.number.as_str()).collect::<Vec<_>>());
    for (listed, own) in listed.iter().zip(&own) {
        assert_eq!(listed, &expected(&world, own, &listed["id"]));
    }
    for status in ["SENT", "ACCEPTED", "DECLINED", "EXPIRED"] {
        assert!(texts(listed, "status").contains(&status), "the demo shows {status}");
    }
    let ordered_in_part = own.iter().find(|one| one.process == "B").unwrap();
    assert_eq!(status(&world, ordered_in_part), "SENT", "the rest can still be ordered");
}

#[tokio::test]
async fn what_waits_for_an_answer_can_be_asked_for_the_oldest_first_and_is_counted() {
    let world = World::open().await;
    let query = "{ viewer { account { summary { openQuotes }
        quotes(first: 50, filter: { open: true }, sort: { field: ISSUED_ON, direction: ASC }) { nodes { number } }
        lapsed: quotes(first: 50, filter: { status: [EXPIRED, DECLINED] }) { nodes { number } } } } }";
    let answer = world.ask(ANA, query).await;
    let account = &answer["viewer"]["account"];
    let mut own = own(&world);
    let of = |own: &[Quotation], wanted: &[&str]| -> Vec<String> {
        own.iter().filter(|one| wanted.contains(&status(&world, one))).map(|one| one.number.clone()).collect()
    };
    assert_eq!(texts(nodes(&account["lapsed"]), "number"), of(&own, &["EXPIRED", "DECLINED"]));
    own.reverse();
    let open = of(&own, &["SENT"]);
    assert!(open.len() >= 3);
    assert_eq!(texts(nodes(&account["quotes"]), "number"), open);
    assert_eq!(account["summary"]["openQuotes"], open.len());
}

#[tokio::test]
async fn the_quote_of_another_account_and_one_that_is_in_approval_again_are_not_there() {
    let world = World::open().await;
    let answer = world.ask(ANA, "{ viewer { account { quotes(first: 1) { nodes { id number } } } } }").await;
    let first = &nodes(&answer["viewer"]["account"]["quotes"])[0];
    let query = format!("query @live {{ quote(id: {}) {{ number }} }}", first["id"]);
    assert_eq!(world.ask(ANA, &query).await["quote"]["number"], first["number"]);
    assert_eq!(world.ask(JONAS, &query).await["quote"], Value::Null);
    let number = first["number"].as_str().unwrap();
    world.business_mut().quotations.iter_mut().find(|one| one.number == number).unwrap().approval = "A";
    assert_eq!(world.ask(ANA, &query).await["quote"], Value::Null);
}
