//! Writes: who may, what is checked before anything is sent, one effect, and what is answered.

mod named;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::sync::Semaphore;

use super::desk::written;
use super::portal::Portal;
use crate::error::{Code, Error};
use crate::model::{Attempt, CallerKind, ChangeKind, Refusal, RefusalCode, Touch, Unwritten, Wire, Written};
use crate::plan::fixture::{CRM, DESK, ERP};

pub(super) const PLACE: &str = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { order { number } userErrors { code path message } } }";

pub(super) async fn send(portal: &Portal, query: &str, input: &Json) -> Json {
    let answer = portal.run(query, json!({ "input": input })).await;
    serde_json::from_slice(&answer.body).unwrap()
}

pub(super) fn lines(portal: &Portal, quantity: &str) -> Json {
    json!([{ "productId": portal.id("Product", "erp", "p1"), "quantity": quantity }])
}

fn faults(answer: &Json, field: &str) -> Vec<String> {
    let errors = answer["data"][field]["userErrors"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let path = |error: &Json| {
        let steps = error["path"].as_array().into_iter().flatten();
        steps.map(|step| step.as_str().unwrap().to_owned()).collect::<Vec<_>>().join(".")
    };
    errors.iter().map(|error| format!("{} {}", error["code"].as_str().unwrap(), path(error))).collect()
}

#[tokio::test]
async fn what_is_written_is_read_back_and_told_on() {
    let portal = Portal::new();
    let answer = send(&portal, PLACE, &json!({ "lines": lines(&portal, "2.50"), "dueOn": "2026-04-01" })).await;
    assert_eq!(answer, json!({ "data": { "placeOrder": { "order": { "number": "10" }, "userErrors": [] } } }));
    assert_eq!(
        portal.desk.log(),
        [r#"create - {"dueOn":"2026-04-01","lines":[{"productId":"p1","quantity":"2.50"}]}"#],
        "ids are keys of the system that is written to"
    );
    let write = portal.desk.last();
    assert_eq!((write.source, write.attempt), (ERP, Attempt::First));
    assert_eq!(write.context.account.iter().map(|key| key.first()).collect::<Vec<_>>(), ["d1", "d2"]);
    let changes = portal.desk.changes.lock().unwrap();
    assert_eq!((changes[0].kind, changes[0].key.first()), (ChangeKind::Created, "10"));
    let account = portal.executor.planner.graph.entity(write.entity).unwrap().field_id("account").unwrap();
    assert!(changes[0].parents.iter().all(|(field, _)| *field == account));
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once_and_nothing_is_sent() {
    let portal = Portal::new();
    let foreign = portal.id("Product", "erp", "p404");
    let input = json!({ "lines": [
        { "productId": foreign, "quantity": "0" },
        { "productId": "nonsense", "quantity": "-1" },
        { "productId": portal.id("Order", "erp", "10"), "quantity": "1" },
        { "productId": portal.id("Product", "erp", "p1"), "quantity": "1" },
    ] });
    let answer = send(&portal, PLACE, &input).await;
    assert_eq!(
        faults(&answer, "placeOrder"),
        [
            "OUT_OF_RANGE input.lines",
            "OUT_OF_RANGE input.lines.0.quantity",
            "OUT_OF_RANGE input.lines.1.quantity",
            "INVALID input.lines.1.productId",
            "NOT_FOUND input.lines.2.productId",
            "NOT_FOUND input.lines.0.productId",
        ]
    );
    assert_eq!(answer["data"]["placeOrder"]["order"], Json::Null);
    let empty = send(&portal, PLACE, &json!({ "lines": [] })).await;
    assert_eq!(faults(&empty, "placeOrder"), ["REQUIRED input.lines"]);
    assert!(portal.desk.log().is_empty());
}

#[tokio::test]
async fn a_record_of_another_customer_is_not_there() {
    let portal = Portal::new();
    let cancel = "mutation($input: CancelOrderInput!) { cancelOrder(input: $input) { order { number } userErrors { code path } } }";
    let answer = send(&portal, cancel, &json!({ "id": portal.id("Order", "erp", "99") })).await;
    assert_eq!(faults(&answer, "cancelOrder"), ["NOT_FOUND input.id"]);
    assert_eq!(answer["data"]["cancelOrder"]["order"], Json::Null);
    let reply = "mutation($input: ReplyInput!) { reply(input: $input) { message { body } ticket { subject } userErrors { code path } } }";
    let answer = send(&portal, reply, &json!({ "ticketId": portal.id("Ticket", "desk", "t9"), "body": "Hi" })).await;
    assert_eq!(faults(&answer, "reply"), ["NOT_FOUND input.ticketId"]);
    assert_eq!(answer["data"]["reply"]["ticket"], Json::Null);
    assert!(portal.desk.log().is_empty());
}

#[tokio::test]
async fn a_permission_counts_in_the_account_that_is_written_for() {
    let portal = Portal::new();
    let other = portal.id("Account", "crm", "a2");
    let answer = send(&portal, PLACE, &json!({ "accountId": other, "lines": lines(&portal, "1") })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(answer["data"]["placeOrder"], Json::Null);
    let strange = portal.id("Account", "crm", "a9");
    let answer = send(&portal, PLACE, &json!({ "accountId": strange, "lines": lines(&portal, "1") })).await;
    assert_eq!(faults(&answer, "placeOrder"), ["NOT_FOUND input.accountId"]);
    assert!(portal.desk.log().is_empty());
}

#[tokio::test]
async fn a_person_changes_their_own_details() {
    let portal = Portal::new();
    let query = "mutation($input: UpdateViewerInput!) { updateViewer(input: $input) { viewer { name contact { name } } contact { id name } userErrors { code } } }";
    let answer = send(&portal, query, &json!({ "name": "Kim" })).await;
    assert_eq!(answer["data"]["updateViewer"]["contact"]["name"], "Kim", "{answer}");
    assert_eq!(answer["data"]["updateViewer"]["viewer"]["contact"]["name"], "Kim");
    assert_eq!(portal.desk.log(), [r#"update c1 {"name":"Kim"}"#]);
    assert_eq!(portal.desk.last().source, CRM);
}

#[tokio::test]
async fn null_empties_and_what_is_left_out_stays() {
    let portal = Portal::new();
    let query = "mutation($input: UpdateContactInput!) { updateContact(input: $input) { userErrors { code path } } }";
    let id = portal.id("Contact", "crm", "c1");
    send(&portal, query, &json!({ "id": id, "name": null, "version": "v1" })).await;
    assert_eq!(portal.desk.log(), [r#"update c1 {"name":null}"#]);
    assert_eq!(portal.desk.last().version.as_deref(), Some("v1"));
    let answer = send(&portal, query, &json!({ "id": id, "email": "no address", "name": "far too long a name" })).await;
    assert_eq!(faults(&answer, "updateContact"), ["TOO_LONG input.name", "INVALID input.email"]);
}

#[tokio::test]
async fn an_order_is_placed_again_with_what_it_had() {
    let portal = Portal::new();
    let query =
        "mutation($input: ReorderInput!) { reorder(input: $input) { order { number } userErrors { code path } } }";
    let order = portal.id("Order", "erp", "10");
    let answer = send(&portal, query, &json!({ "orderId": order })).await;
    assert_eq!(faults(&answer, "reorder"), [""; 0]);
    let write = portal.desk.last();
    assert_eq!(write.key, None, "it makes another one");
    let Wire::List(lines) = write.input.member("lines") else { panic!("no lines") };
    let product = |line: &Wire| line.member("productId").as_text().unwrap().into_owned();
    assert_eq!(lines.iter().map(product).collect::<Vec<_>>(), ["p1", "p2", "p1"]);
    assert!(write.input.member("dueOn").is_null(), "a day belongs to its own occasion");
}

#[tokio::test]
async fn a_step_up_is_asked_for_and_nobody_pays_for_others() {
    let mut portal = Portal::new();
    let query = "mutation($input: PayInvoiceInput!) { payInvoice(input: $input) { redirectUrl invoice { number } userErrors { code } } }";
    let input = json!({ "id": portal.id("Invoice", "billing", "i1") });
    let answer = send(&portal, query, &input).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "STEP_UP_REQUIRED");
    portal.caller.multi_factor = true;
    portal.caller.authenticated_at = Some("2026-03-01T08:50:00Z".parse().unwrap());
    let gives = vec![(Arc::from("redirectUrl"), Wire::Text("https://pay.example/i1".into()))];
    portal.desk.answer(written("i1").map(|done| Written { gives, ..done }));
    let answer = send(&portal, query, &input).await;
    assert_eq!(answer["data"]["payInvoice"]["redirectUrl"], "https://pay.example/i1", "{answer}");
    assert_eq!(answer["data"]["payInvoice"]["invoice"]["number"], "i1");
    // An invoice of the system that takes no payments.
    let answer = send(&portal, query, &json!({ "id": portal.id("Invoice", "erp", "92") })).await;
    assert_eq!(faults(&answer, "payInvoice"), ["NOT_ALLOWED "]);
    portal.caller.authenticated_at = Some("2026-03-01T08:40:00Z".parse().unwrap());
    assert_eq!(send(&portal, query, &input).await["errors"][0]["extensions"]["code"], "STEP_UP_REQUIRED");
    portal.caller.authenticated_at = Some("2026-03-01T08:59:00Z".parse().unwrap());
    portal.caller.kind = CallerKind::Staff;
    assert_eq!(send(&portal, query, &input).await["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[tokio::test]
async fn the_same_key_writes_once_and_a_repeat_reads_again() {
    let portal = Portal::new();
    let input = json!({ "lines": lines(&portal, "1"), "idempotencyKey": "key-of-a-client" });
    let first = send(&portal, PLACE, &input).await;
    let reference = portal.desk.last().reference;
    assert_eq!(reference.len(), 32);
    assert_eq!(send(&portal, PLACE, &input).await, first);
    assert_eq!(portal.desk.log().len(), 1);
    assert_eq!(portal.desk.changes.lock().unwrap().len(), 1, "nothing changed the second time");
    let other = json!({ "lines": lines(&portal, "2"), "idempotencyKey": "key-of-a-client" });
    let answer = send(&portal, PLACE, &other).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "CONFLICT");
    // Under another alias it is another write.
    let twice = "mutation($input: PlaceOrderInput!) { a: placeOrder(input: $input) { order { number } } b: placeOrder(input: $input) { order { number } } }";
    send(&portal, twice, &input).await;
    assert_eq!(portal.desk.log().len(), 3);
    assert_ne!(portal.desk.last().reference, reference);
    portal.clock.advance(Duration::from_secs(24 * 3_600));
    let answer = portal.executor.execute(
        &portal.caller,
        crate::execute::GraphRequest {
            query: PLACE.to_owned(),
            variables: json!({ "input": input }).as_object().cloned().unwrap(),
            ..Default::default()
        },
    );
    answer.await;
    assert_eq!(portal.desk.log().len(), 4, "a key is known for a day");
}

#[tokio::test]
async fn somebody_elses_key_is_another_key() {
    let mut portal = Portal::new();
    let input = json!({ "lines": lines(&portal, "1"), "idempotencyKey": "key-of-a-client" });
    send(&portal, PLACE, &input).await;
    portal.caller.subject.1 = Arc::from("somebody else");
    send(&portal, PLACE, &input).await;
    assert_eq!(portal.desk.log().len(), 2);
}

#[tokio::test]
async fn two_at_the_same_moment_make_one_write() {
    let portal = Portal::new();
    let gate = Arc::new(Semaphore::new(0));
    *portal.desk.gate.lock().unwrap() = Some(Arc::clone(&gate));
    let input = json!({ "lines": lines(&portal, "1"), "idempotencyKey": "key-of-a-client" });
    let tick = async {
        while portal.desk.log().is_empty() {
            tokio::task::yield_now().await;
        }
        gate.add_permits(1);
        for _ in 0..20 {
            tokio::task::yield_now().await;
            portal.clock.advance(Duration::from_millis(50));
        }
    };
    let (one, other, ()) = futures::join!(send(&portal, PLACE, &input), send(&portal, PLACE, &input), tick);
    assert_eq!(one, other);
    assert_eq!(one["data"]["placeOrder"]["order"]["number"], "10");
    assert_eq!(portal.desk.log().len(), 1);
}

#[tokio::test]
async fn a_write_is_brought_to_its_end_though_nobody_waits() {
    let portal = Portal::new();
    let gate = Arc::new(Semaphore::new(0));
    *portal.desk.gate.lock().unwrap() = Some(Arc::clone(&gate));
    let input = json!({ "lines": lines(&portal, "1"), "idempotencyKey": "key-of-a-client" });
    let late = async {
        while portal.desk.log().is_empty() {
            tokio::task::yield_now().await;
        }
        portal.clock.advance(Duration::from_secs(5));
    };
    let (answer, ()) = futures::join!(send(&portal, PLACE, &input), late);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "WRITE_UNCERTAIN");
    gate.add_permits(1);
    while portal.desk.changes.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let request = crate::execute::GraphRequest {
        query: PLACE.to_owned(),
        variables: json!({ "input": input }).as_object().cloned().unwrap(),
        ..Default::default()
    };
    let answer: Json = serde_json::from_slice(&portal.executor.execute(&portal.caller, request).await.body).unwrap();
    assert_eq!(answer["data"]["placeOrder"]["order"]["number"], "10", "{answer}");
    assert_eq!(portal.desk.log().len(), 1);
}

#[tokio::test]
async fn what_is_not_known_is_uncertain_until_the_system_says() {
    let portal = Portal::new();
    let lost = || Err(Unwritten::Uncertain(Error::new(Code::UpstreamTimeout, "the answer was lost")));
    let failed = || Err(Unwritten::Failed(Error::new(Code::UpstreamUnavailable, "nothing was sent")));
    [lost(), failed(), lost()].into_iter().for_each(|came| portal.desk.answer(came));
    let input = json!({ "lines": lines(&portal, "1"), "idempotencyKey": "key-of-a-client" });
    for _ in 0..3 {
        let answer = send(&portal, PLACE, &input).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "WRITE_UNCERTAIN", "never that it failed");
    }
    let begun = "2026-03-01T09:00:00Z".parse().unwrap();
    assert_eq!(portal.desk.last().attempt, Attempt::Again { begun, last: begun });
    let answer = send(&portal, PLACE, &input).await;
    assert_eq!(answer["data"]["placeOrder"]["order"]["number"], "10");
    let references: Vec<_> = portal.desk.writes.lock().unwrap().iter().map(|write| write.reference.clone()).collect();
    assert!(references.iter().all(|one| *one == references[0]), "it is one write for its system");
}

#[tokio::test]
async fn what_may_have_been_written_is_old_and_nobody_is_told_of_it() {
    let portal = Portal::new();
    let unsent = Error::new(Code::WriteUncertain, "it cannot be found yet").unsent();
    let lost = || Error::new(Code::WriteUncertain, "the answer was lost");
    let came = [Unwritten::Uncertain(unsent), Unwritten::Uncertain(lost()), Unwritten::Unconfirmed];
    came.into_iter().for_each(|came| portal.desk.answer(Err(came)));
    let count = || portal.desk.doubts.lock().unwrap().len();
    let input = json!({ "lines": lines(&portal, "1") });
    for (code, doubts) in [(Some("WRITE_UNCERTAIN"), 0), (Some("WRITE_UNCERTAIN"), 1), (None, 2)] {
        let answer = send(&portal, PLACE, &input).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"].as_str(), code, "{answer}");
        assert_eq!(count(), doubts, "{answer}");
        if code.is_none() {
            assert_eq!(faults(&answer, "placeOrder"), ["REJECTED_BY_SYSTEM "]);
        }
    }
    let doubts = portal.desk.doubts.lock().unwrap();
    let order = portal.desk.last().entity;
    let account = portal.executor.planner.graph.entity(order).unwrap().field_id("account").unwrap();
    assert_eq!(doubts[0].source, ERP);
    let lists = doubts[0]
        .touches
        .iter()
        .filter(|touch| matches!(touch, Touch::Lists(of, by, Some(_)) if (*of, *by) == (order, account)));
    assert_eq!(lists.count(), 2, "of both accounts: {:?}", doubts[0]);
    assert!(portal.desk.changes.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_failed_for_certain_may_be_asked_for_again() {
    let portal = Portal::new();
    portal.desk.answer(Err(Unwritten::Failed(Error::new(Code::UpstreamUnavailable, "secret detail"))));
    let input = json!({ "lines": lines(&portal, "1"), "idempotencyKey": "key-of-a-client" });
    let answer = send(&portal, PLACE, &input).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UPSTREAM_UNAVAILABLE");
    assert!(!answer.to_string().contains("secret"));
    assert_eq!(faults(&send(&portal, PLACE, &input).await, "placeOrder"), [""; 0]);
    assert_eq!(portal.desk.last().attempt, Attempt::First);
}

#[tokio::test]
async fn without_the_store_of_claims_the_system_decides_whether_it_makes_one_effect_of_two() {
    let mut portal = Portal::new();
    // It keeps nothing: no claim can be taken.
    let clock = Arc::clone(&portal.clock) as Arc<dyn crate::clock::Clock>;
    Arc::get_mut(&mut portal.executor).unwrap().writing.state = Arc::new(crate::store::Kept::new(clock, 0));
    let unsent = Error::new(Code::UpstreamUnavailable, "the system could not tell two from one").unsent();
    portal.desk.answer(Err(Unwritten::Failed(unsent)));
    portal.desk.answer(Err(Unwritten::Failed(Error::new(Code::UpstreamUnavailable, "it fell down"))));
    portal.desk.answer(written("10"));
    let input = json!({ "lines": lines(&portal, "1"), "idempotencyKey": "key-of-a-client" });
    let mut codes = Vec::new();
    for _ in 0..2 {
        codes.push(send(&portal, PLACE, &input).await["errors"][0]["extensions"]["code"].clone());
        assert_eq!(portal.desk.last().attempt, Attempt::Unkept);
    }
    assert_eq!(codes, ["UPSTREAM_UNAVAILABLE", "WRITE_UNCERTAIN"], "of an earlier attempt nothing is known");
    let answer = send(&portal, PLACE, &input).await;
    assert_eq!(answer["data"]["placeOrder"]["order"]["number"], "10");
}

#[tokio::test]
async fn a_refusal_is_the_persons_to_put_right_in_words_for_them() {
    let mut portal = Portal::new();
    portal.caller.locale = Arc::from("de-DE");
    let path = ["lines", "0", "quantity"].map(Arc::from).to_vec();
    let own = Refusal { code: RefusalCode::Unavailable, path, message: None };
    let told = Refusal {
        code: RefusalCode::RejectedBySystem,
        path: Vec::new(),
        message: Some(Arc::from("The credit limit is used up.")),
    };
    portal.desk.answer(Err(Unwritten::Refused(vec![own, told])));
    let input = json!({ "lines": lines(&portal, "1"), "idempotencyKey": "key-of-a-client" });
    let answer = send(&portal, PLACE, &input).await;
    let errors = &answer["data"]["placeOrder"]["userErrors"];
    assert_eq!(errors[0]["path"], json!(["input", "lines", "0", "quantity"]));
    assert_eq!(errors[0]["message"], "Das ist zurzeit nicht zu haben.");
    assert_eq!(
        errors[1],
        json!({ "code": "REJECTED_BY_SYSTEM", "path": null, "message": "The credit limit is used up." })
    );
    assert_eq!(send(&portal, PLACE, &input).await, answer, "a repeat has the same answer");
    assert_eq!(portal.desk.log().len(), 1);
}

#[tokio::test]
async fn what_is_locked_just_now_may_be_asked_for_again() {
    let portal = Portal::new();
    let locked = || Err(Unwritten::refused(RefusalCode::Locked));
    portal.desk.answer(locked());
    let input = json!({ "lines": lines(&portal, "1"), "idempotencyKey": "key-of-a-client" });
    assert_eq!(faults(&send(&portal, PLACE, &input).await, "placeOrder"), ["LOCKED "]);
    portal.desk.answer(Err(Unwritten::Uncertain(Error::new(Code::WriteUncertain, "lost"))));
    let uncertain = send(&portal, PLACE, &input).await;
    assert_eq!(portal.desk.last().attempt, Attempt::First, "nothing was kept of what was over in a moment");
    assert_eq!(uncertain["errors"][0]["extensions"]["code"], "WRITE_UNCERTAIN");
    portal.desk.answer(locked());
    let still = send(&portal, PLACE, &input).await;
    assert_eq!(
        still["errors"][0]["extensions"]["code"], "WRITE_UNCERTAIN",
        "a lock says nothing of what was before it"
    );
    assert_eq!(faults(&send(&portal, PLACE, &input).await, "placeOrder"), [""; 0]);
}

#[tokio::test]
async fn a_conflict_shows_the_record_as_it_is_now() {
    let portal = Portal::new();
    portal.desk.answer(Err(Unwritten::Conflict));
    let query = "mutation($input: CancelOrderInput!) { cancelOrder(input: $input) { order { number version } userErrors { code path } } }";
    let input = json!({ "id": portal.id("Order", "erp", "11"), "version": "v0" });
    let answer = send(&portal, query, &input).await;
    assert_eq!(faults(&answer, "cancelOrder"), ["CONFLICT input.version"]);
    assert_eq!(answer["data"]["cancelOrder"]["order"], json!({ "number": "11", "version": "v1" }));
    assert!(portal.desk.changes.lock().unwrap().is_empty());
}

#[tokio::test]
async fn of_two_writes_the_first_keeps_its_answer_when_the_second_fails() {
    let portal = Portal::new();
    portal.desk.answer(written("t1"));
    portal.desk.answer(Err(Unwritten::Failed(Error::new(Code::UpstreamUnavailable, "down"))));
    let query = "mutation($input: ReplyInput!) { one: reply(input: $input) { ticket { subject messages { nodes { body } } } userErrors { code } } two: reply(input: $input) { userErrors { code } } }";
    let answer = send(&portal, query, &json!({ "ticketId": portal.id("Ticket", "desk", "t1"), "body": "Hi" })).await;
    assert_eq!(answer["data"]["one"]["ticket"]["subject"], "Broken", "{answer}");
    assert_eq!(answer["data"]["one"]["ticket"]["messages"]["nodes"][0]["body"], "Hello");
    assert_eq!(answer["data"]["two"], Json::Null);
    assert_eq!(answer["errors"][0]["path"], json!(["two"]));
    let write = portal.desk.last();
    assert_eq!((write.source, write.context.contact.as_ref().map(|key| key.first())), (DESK, Some("u1")));
}

#[tokio::test]
async fn a_key_has_a_length() {
    let portal = Portal::new();
    let long = "k".repeat(256);
    for key in ["short", &long] {
        let answer = send(&portal, PLACE, &json!({ "lines": lines(&portal, "1"), "idempotencyKey": key })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
    }
    assert!(portal.desk.log().is_empty());
}
