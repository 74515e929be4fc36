//! What the portal's systems know. Everything that is not the caller's has `FOREIGN` in its texts.

use std::sync::Arc;

use super::portal::{Portal, Row, key, of_account, row, text};
use crate::model::{Evidence, LinkValue, Value};
use crate::plan::fixture::{BILLING, CRM, DESK, ERP};

fn list(items: Vec<Value>) -> Value {
    Value::List(Arc::from(items))
}

/// `position`, `product`, `note`, `parts` of an order line.
pub(super) fn line(portal: &Portal, position: i64, product: &str, note: Value) -> Value {
    Value::Object(Arc::from([
        Value::Int(position),
        portal.reference(ERP, "Product", product),
        note,
        list(vec![text("nut"), text("bolt")]),
    ]))
}

pub(super) fn money(amount: &str) -> Value {
    Value::Object(Arc::from([text(amount), text("EUR")]))
}

fn order(portal: &Portal, key: &'static str, account: &'static str, status: &str) -> Row {
    let lines = vec![
        line(portal, 1, "p1", text("first")),
        line(portal, 2, "p2", text("second")),
        line(portal, 3, "p1", text("third")),
    ];
    let related = vec![portal.reference(ERP, "Order", "10"), portal.reference(ERP, "Order", "99")];
    row(
        key,
        of_account(account),
        vec![
            ("account", portal.reference(ERP, "Account", account)),
            ("number", if account == "d9" { text("FOREIGN") } else { text(key) }),
            ("status", text(status)),
            ("dueOn", text("2026-02-01")),
            ("total", money("1234.50")),
            ("lines", list(lines)),
            ("related", list(related)),
        ],
    )
}

pub(super) fn fill(portal: &Portal) {
    let account = |at: &'static str, name: &str| {
        row(
            at,
            of_account(at),
            vec![("name", text(name)), ("tier", text("gold")), ("parent", portal.reference(CRM, "Account", "a1"))],
        )
    };
    portal.table(CRM, "Account", vec![account("a1", "Acme"), account("a2", "Beta"), account("a9", "FOREIGN")]);
    let debtor = |at: &'static str, balance: &str| {
        row(at, of_account(at), vec![("creditLimit", money("5000")), ("balance", text(balance))])
    };
    portal.table(
        ERP,
        "Account",
        vec![debtor("d1", "10"), debtor("d2", "20"), debtor("d5", "5"), debtor("d9", "FOREIGN")],
    );
    let contact = |at: &'static str, account: &'static str, name: &str, desk: &str| Row {
        links: vec![("desk", LinkValue::Keys(Arc::from([key(desk)])))],
        ..row(
            at,
            of_account(account),
            vec![("account", portal.reference(CRM, "Account", account)), ("name", text(name))],
        )
    };
    portal.table(CRM, "Contact", vec![contact("c1", "a1", "Kim", "u1"), contact("c9", "a9", "FOREIGN", "u9")]);
    portal.table(
        DESK,
        "Contact",
        vec![
            row("u1", of_account("o1"), vec![("avatar", text("kim.png"))]),
            row("u9", of_account("o9"), vec![("avatar", text("FOREIGN"))]),
        ],
    );
    let note = |at: &'static str, to: &'static str, title: &str| {
        let fields = vec![
            ("recipient", portal.reference(CRM, "Contact", to)),
            ("title", text(title)),
            ("record", portal.reference(ERP, "Order", "10")),
        ];
        row(at, Evidence::Viewer(key(to)), fields)
    };
    portal.table(CRM, "Notification", vec![note("n1", "c1", "Shipped"), note("n9", "c9", "FOREIGN")]);
    let product =
        |at: &'static str, name: Value| row(at, Evidence::Tenant, vec![("name", name), ("price", money("2.5"))]);
    portal.table(ERP, "Product", vec![product("p1", text("Bolt")), product("p2", Value::Null)]);
    portal.table(
        ERP,
        "Order",
        vec![
            order(portal, "10", "d1", "IN_PROGRESS"),
            order(portal, "11", "d2", "COMPLETED"),
            order(portal, "50", "d5", "PLACED"),
            order(portal, "99", "d9", "PLACED"),
        ],
    );
    let shipment = |at: &'static str, of: &'static str, carrier: &str| {
        let evidence = Evidence::Parent(portal.entity("Order"), key(of));
        row(at, evidence, vec![("order", portal.reference(ERP, "Order", of)), ("carrier", text(carrier))])
    };
    portal.table(
        ERP,
        "Shipment",
        vec![shipment("s1", "10", "PostNL"), shipment("s2", "10", "DHL"), shipment("s9", "99", "FOREIGN")],
    );
    let ticket = |at: &'static str, account: &'static str, by: &'static str, subject: &str| {
        let fields = vec![
            ("account", portal.reference(DESK, "Account", account)),
            ("subject", text(subject)),
            ("requester", portal.reference(DESK, "Contact", by)),
            ("invoice", portal.reference(DESK, "Invoice", if at == "t1" { "92" } else { "99" })),
        ];
        row(at, of_account(account), fields)
    };
    portal.table(
        DESK,
        "Ticket",
        vec![ticket("t1", "o1", "u1", "Broken"), ticket("t2", "o1", "u9", "Late"), ticket("t9", "o9", "u9", "FOREIGN")],
    );
    let message = |at: &'static str, of: &'static str, body: &str| {
        let evidence = Evidence::Parent(portal.entity("Ticket"), key(of));
        row(at, evidence, vec![("ticket", portal.reference(DESK, "Ticket", of)), ("body", text(body))])
    };
    portal.table(DESK, "Message", vec![message("m1", "t1", "Hello"), message("m9", "t9", "FOREIGN")]);
    let invoice = |source, at: &'static str, account: &'static str, fields: Vec<(&'static str, Value)>| {
        let number = if account.ends_with('9') { text("FOREIGN") } else { text(at) };
        let own = [("account", portal.reference(source, "Account", account)), ("number", number)];
        row(at, of_account(account), own.into_iter().chain(fields).collect())
    };
    let pdf = || ("pdf", text("in.pdf"));
    let on = |day: &str| ("issuedOn", text(day));
    portal.table(
        BILLING,
        "Invoice",
        vec![
            invoice(BILLING, "i3", "b1", vec![on("2026-02-20"), pdf()]),
            invoice(BILLING, "i1", "b1", vec![on("2026-01-05"), pdf()]),
            invoice(BILLING, "i9", "b9", vec![on("2026-01-01")]),
        ],
    );
    let corrects = || ("corrects", portal.reference(ERP, "Invoice", "92"));
    portal.table(
        ERP,
        "Invoice",
        vec![
            invoice(ERP, "94", "d2", vec![on("2026-02-25"), corrects()]),
            invoice(ERP, "92", "d1", vec![on("2026-01-10")]),
            invoice(ERP, "99", "d9", vec![on("2026-01-01")]),
        ],
    );
}
