//! What is remembered of who people are and what they may, when that changes: by a write of theirs, and by the system itself.

use serde_json::{Value, json};
use vestibule_sandbox::data::Business;
use vestibule_sandbox::effect::{By, Effect, Event};

use crate::portal::Portal;

const ANA: &str = "ana.lund@kestrel-marine.example";
const MEI: &str = "mei.tanaka@kestrel-marine.example";
/// Only who administers an account sees its people.
const PEOPLE: &str = "{ viewer { account { contacts(first: 1) { nodes { name } } } } }";

async fn calls(portal: &Portal, path: &str) -> usize {
    let log = portal.client.get(format!("{}/calls/log", portal.control)).send().await.unwrap().text().await.unwrap();
    log.matches(path).count()
}

fn contact<'b>(business: &'b mut Business, email: &str) -> &'b mut vestibule_sandbox::data::Contact {
    business.contacts.iter_mut().find(|contact| contact.email == email).unwrap()
}

async fn sees_people(portal: &Portal, token: &str) -> bool {
    let answer = portal.send(token, &json!({ "query": PEOPLE })).await;
    let denied = answer["errors"][0]["extensions"]["code"] == "FORBIDDEN";
    let shown = answer["data"]["viewer"]["account"]["contacts"]["nodes"][0]["name"].is_string();
    assert!(denied != shown, "{answer}");
    shown
}

/// Takes the role of an administrator from Ana, in the CRM.
fn demote(portal: &Portal, tells: bool) {
    let demoted: Result<(), ()> = portal.state.commit(By::Control, |business, _| {
        let ana = contact(business, ANA);
        ana.companies.iter_mut().for_each(|membership| membership.labels = vec!["Portal user"]);
        let body = json!({ "objectId": ana.id, "propertyName": "jobtitle", "propertyValue": "Buyer", "changeSource": "CRM_UI" });
        let event = Event::new("contact.propertyChange", body);
        let effect = Effect::new("hubspot", "contact", ana.id.to_string(), "update");
        let events = if tells { vec![event] } else { Vec::new() };
        Ok(((), vec![effect.tells(events)]))
    });
    demoted.unwrap();
}

#[tokio::test]
async fn a_person_whom_the_desk_did_not_know_is_made_known_there_once() {
    let portal = Portal::open().await;
    contact(&mut portal.state.write(), MEI).zendesk_user = None;
    let token = portal.token(MEI).await;
    let create = async |subject: &str| -> Value {
        let query = "mutation($input: CreateTicketInput!) { createTicket(input: $input) {
            ticket { subject } userErrors { code path } } }";
        let input = json!({ "subject": subject, "body": "Please call me." });
        let answer = portal.send(&token, &json!({ "query": query, "variables": { "input": input } })).await;
        assert_eq!(answer["data"]["createTicket"]["ticket"]["subject"], subject, "{answer}");
        answer
    };
    create("First").await;
    let done: Vec<_> =
        portal.state.ledger.entries().iter().map(|entry| format!("{} {}", entry.entity, entry.operation)).collect();
    assert_eq!(done, ["user create", "ticket create"]);
    assert_eq!(portal.state.read().told.desk_users.first().map(|user| user.email.as_str()), Some(MEI));
    assert_eq!(calls(&portal, "create_or_update").await, 1);
    create("Second").await;
    assert_eq!(calls(&portal, "create_or_update").await, 1, "from the next request on the desk is known to know her");
}

#[tokio::test]
async fn whoever_replies_or_closes_with_a_word_is_made_known_as_well() {
    for (mutation, input, id, said) in [
        ("replyToTicket", "ReplyToTicketInput", "ticketId", json!({ "body": "Here too." })),
        ("closeTicket", "CloseTicketInput", "id", json!({ "comment": "It works again." })),
    ] {
        let portal = Portal::open().await;
        contact(&mut portal.state.write(), MEI).zendesk_user = None;
        let token = portal.token(MEI).await;
        let tickets = "{ viewer { account { tickets(first: 20) { nodes { id status } } } } }";
        let answer = portal.send(&token, &json!({ "query": tickets })).await;
        let nodes = answer["data"]["viewer"]["account"]["tickets"]["nodes"].as_array().unwrap();
        let open = nodes.iter().find(|node| node["status"] == "OPEN").unwrap_or_else(|| panic!("{answer}"));
        let query =
            format!("mutation($input: {input}!) {{ {mutation}(input: $input) {{ userErrors {{ code path }} }} }}");
        let mut variables = json!({ "input": said });
        variables["input"][id] = open["id"].clone();
        let answer = portal.send(&token, &json!({ "query": query, "variables": variables })).await;
        assert_eq!(answer["data"][mutation]["userErrors"], json!([]), "{answer}");
        let known: Vec<_> = portal.state.read().told.desk_users.iter().map(|user| user.zendesk_user).collect();
        assert_eq!(known.len(), 1, "{mutation}");
        let done = portal.state.ledger.entries();
        let said = done.iter().find_map(|entry| entry.set["comment"]["author_id"].as_u64());
        assert_eq!(said, known[0], "{mutation}: {done:?}");
    }
}

#[tokio::test]
async fn rights_that_the_crm_takes_away_are_gone_when_it_has_told_so() {
    let portal = Portal::open().await;
    let token = portal.token(ANA).await;
    assert!(sees_people(&portal, &token).await);
    demote(&portal, true);
    let idle = portal.client.post(format!("{}/webhooks/idle", portal.control)).send().await.unwrap();
    assert!(idle.status().is_success());
    assert!(!sees_people(&portal, &token).await, "not a minute later");
}

#[tokio::test]
async fn who_writes_their_own_details_is_looked_up_anew() {
    let portal = Portal::open().await;
    let token = portal.token(ANA).await;
    demote(&portal, false);
    assert!(sees_people(&portal, &token).await, "nobody told of it, and a minute has not passed");
    let query = "mutation { updateViewer(input: { phone: \"+31 20 555 0199\" }) { userErrors { code } } }";
    let answer = portal.send(&token, &json!({ "query": query })).await;
    assert_eq!(answer["data"]["updateViewer"]["userErrors"], json!([]), "{answer}");
    assert!(!sees_people(&portal, &token).await);
}
