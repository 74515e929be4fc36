//! Hostile systems: each ignores its filters and keys, and answers with the records of three accounts, strangers first.
//! Whatever proves whose a record is, nothing foreign comes out; and what is one's own still does, where it can be told.

use serde_json::{Value, json};
use vestibule::error::Code;
use vestibule::model::Caller;
use vestibule_sandbox::SYSTEMS;
use vestibule_sandbox::data::Business;
use vestibule_sandbox::faults::Mode;

use crate::business::{Person, Size, business, only, owned};
use crate::chance::Chance;
use crate::gateway::{Cache, Gateway, With, errors};
use crate::marks::{ALPHA, BRAVO, CHARLIE, foreign, shows};
use crate::queries::Pool;

/// More than a page of everything; every reference leads where it should, so that nothing falls out but by hostility.
const SIZE: Size = Size { least: 24, most: 24, astray: usize::MAX };

/// A gateway in front of systems that are about to turn.
struct Turning {
    gateway: Gateway,
    business: Business,
    people: Vec<Person>,
    /// Ids and cursors of everybody's records, given out while the systems were honest.
    pool: Pool,
}

impl Turning {
    async fn open(cache: Cache) -> Self {
        let (records, people) = business(0, SIZE, Chance::Seed(7));
        let gateway = Gateway::open(records.clone(), cache).await;
        let mut pool = Pool::default();
        for person in &people {
            let caller = gateway.sign_in(person, None).await.expect("everybody can sign in");
            let all = gateway.all(&caller, "Everything", json!({ "first": 2 })).await;
            assert_eq!(foreign(&all, &person.of), Vec::<String>::new());
            pool.harvest(&all);
        }
        pool.settle();
        Self { gateway, business: records, people, pool }
    }

    /// The person of account Alpha alone, signed in while the systems were honest.
    async fn alpha(&self) -> Caller {
        self.gateway.sign_in(only(&self.people, ALPHA), None).await.expect("signed in before")
    }

    /// Asks as the person of Alpha, and looks that the answer has nothing of anybody else.
    async fn told(&self, query: &str, variables: Value) -> Value {
        let answer = self.gateway.ask(&self.alpha().await, query, With::variables(variables)).await;
        assert_eq!(foreign(&answer, &[ALPHA]), Vec::<String>::new(), "{query}\n{answer:#}");
        answer
    }

    /// One id of each kind that is the person's, and one that is not.
    fn some(&self, person: &Person) -> (Vec<&str>, Vec<&str>) {
        let (mut own, mut others) = (std::collections::BTreeMap::new(), std::collections::BTreeMap::new());
        for (kind, id) in &self.pool.ids {
            let ids = if foreign(&json!(id), &person.of).is_empty() { &mut own } else { &mut others };
            ids.entry(kind).or_insert(id.as_str());
        }
        (own.into_values().collect(), others.into_values().collect())
    }

    /// Ids of a kind of record: Alpha's own, and everybody else's.
    fn ids(&self, kind: &str) -> (Vec<&str>, Vec<&str>) {
        let of_kind = self.pool.ids.iter().filter(|(of, _)| of == kind).map(|(_, id)| id.as_str());
        let (own, others): (Vec<_>, Vec<_>) = of_kind.partition(|id| foreign(&json!(id), &[ALPHA]).is_empty());
        assert!(!own.is_empty() && !others.is_empty(), "there are ids of {kind} of several accounts");
        (own, others)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_systems_do_answer_with_everybodys_records() {
    let (records, _) = business(0, SIZE, Chance::Seed(7));
    let systems =
        vestibule_sandbox::start(vestibule_sandbox::Options { business: Some(records.clone()), ..Default::default() });
    let systems = systems.await.expect("free ports");
    let alpha = &records.companies[0];
    let debtor = &alpha.debtors[0];
    let customer = alpha.stripe_customer.as_deref().expect("a customer");
    let organization = alpha.zendesk_organization.expect("an organization");
    let ticket = records.tickets.iter().find(|ticket| ticket.organization == Some(organization)).expect("a ticket").id;
    let batch = json!({ "properties": ["name"], "inputs": [{ "id": alpha.id.to_string() }] }).to_string();
    let inputs = json!({ "inputs": [{ "id": alpha.id.to_string() }] }).to_string();
    let filter = format!("$filter=SoldToParty%20eq%20'{debtor}'");
    let reads = [
        ("hubspot", "/crm/v3/objects/companies/batch/read".to_owned(), Some(batch)),
        ("hubspot", "/crm/v4/associations/companies/deals/batch/read".to_owned(), Some(inputs)),
        ("sap", format!("/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder?$format=json&{filter}"), None),
        ("stripe", format!("/v1/invoices?customer={customer}"), None),
        ("zendesk", format!("/api/v2/organizations/{organization}/tickets?page%5Bsize%5D=20"), None),
        ("zendesk", format!("/api/v2/tickets/{ticket}/comments?page%5Bsize%5D=20"), None),
    ];
    #[expect(clippy::disallowed_methods, reason = "tests are clients")]
    let client = reqwest::Client::new();
    for (system, path, body) in reads {
        for hostile in [false, true] {
            systems.state.mode.clear();
            if hostile {
                systems.state.mode.set(system, vestibule_sandbox::faults::Fault::new(Mode::Hostile, None, None));
            }
            let address = format!("http://{}{path}", systems.systems[system]);
            let request = match &body {
                Some(body) => client.post(address).header("content-type", "application/json").body(body.clone()),
                None => client.get(address).header("stripe-version", "2026-07-29.dahlia"),
            };
            let (_, credential) =
                vestibule_sandbox::CREDENTIALS.into_iter().find(|(of, _)| *of == system).expect("one");
            let request = match credential {
                vestibule_sandbox::Credential::Bearer(token) => request.bearer_auth(token),
                vestibule_sandbox::Credential::Basic(user, password) => request.basic_auth(user, Some(password)),
            };
            let text = request.send().await.expect("an answer").text().await.expect("text");
            let answer: Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(shows(&answer, BRAVO) && shows(&answer, CHARLIE), hostile, "{path}\n{answer:#}");
        }
    }
    systems.shutdown().await;
}

/// Every list, every reference, every read by an id of one's own or of anybody: one system after the other, then all.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_foreign_comes_out_whatever_is_asked() {
    let mut turned: Vec<Vec<&str>> = SYSTEMS.iter().map(|system| vec![*system]).collect();
    turned.push(SYSTEMS.to_vec());
    for cache in [Cache::Off, Cache::On] {
        let turning = Turning::open(cache).await;
        let gateway = &turning.gateway;
        let people = turning.people.iter().filter(|person| person.of.contains(&ALPHA));
        for (systems, person) in turned.iter().flat_map(|systems| people.clone().map(move |person| (systems, person))) {
            let caller = gateway.sign_in(person, None).await.expect("signed in before");
            let (own, others) = turning.some(person);
            let both = [own.clone(), others.clone()].concat();
            gateway.fault(systems, Mode::Hostile);
            let mut answers = vec![gateway.all(&caller, "Everything", json!({ "first": 3 })).await];
            answers.push(gateway.all(&caller, "ById", json!({ "id": both[0], "ids": both })).await);
            for id in others {
                answers.push(gateway.all(&caller, "ById", json!({ "id": id, "ids": [id] })).await);
            }
            for answer in answers {
                assert!(!answer["data"].is_null(), "{systems:?}\n{answer:#}");
                assert_eq!(foreign(&answer, &person.of), Vec::<String>::new(), "{} of {systems:?}", person.email);
            }
            // What was read meanwhile is not believed by who asks when it is over.
            gateway.mend();
            let after = gateway.all(&caller, "Everything", json!({ "first": 3 })).await;
            assert_eq!(foreign(&after, &person.of), Vec::<String>::new(), "{} after {systems:?}", person.email);
            assert!(shows(&after, person.of[0]));
        }
    }
}

/// Evidence `own`: a field of the record names its account.
mod own {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn by_list_what_is_ones_own_is_complete_and_nothing_else_is_there() {
        let turning = Turning::open(Cache::Off).await;
        turning.gateway.fault(&["sap", "stripe", "zendesk"], Mode::Hostile);
        for kind in ["orders", "invoices", "tickets"] {
            let query = format!(
                "query($after: String) {{ viewer {{ account {{
                   list: {kind}(first: 7, after: $after) {{ nodes {{ number }} pageInfo {{ hasNextPage endCursor }} }} }} }} }}"
            );
            let (mut seen, mut after) = (Vec::new(), Value::Null);
            loop {
                let answer = turning.told(&query, json!({ "after": after })).await;
                let page = &answer["data"]["viewer"]["account"]["list"];
                let nodes = page["nodes"].as_array().unwrap_or_else(|| panic!("{kind}: {answer:#}"));
                seen.extend(nodes.iter().map(|node| node["number"].as_str().expect("a number").to_owned()));
                if page["pageInfo"]["hasNextPage"] == json!(false) {
                    break;
                }
                assert_ne!(page["pageInfo"]["endCursor"], after, "{kind}: the next page is further on");
                after = page["pageInfo"]["endCursor"].clone();
                assert!(after.is_string(), "{kind}: where there is a next page there is a way to it: {answer:#}");
            }
            let count = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), count, "{kind}: each once");
            assert_eq!(count, owned(&turning.business, ALPHA, kind), "{kind}: all of them");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn by_key_another_record_is_no_answer_to_the_one_that_was_asked_for() {
        let turning = Turning::open(Cache::Off).await;
        turning.gateway.fault(&["sap", "stripe", "zendesk"], Mode::Hostile);
        for kind in ["Order", "Invoice", "Payment", "BillingSubscription", "Ticket"] {
            let (own, others) = turning.ids(kind);
            let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
            let answer = turning.told(query, json!({ "ids": others })).await;
            let nodes = answer["data"]["nodes"].as_array().expect("a list");
            assert!(nodes.iter().all(Value::is_null), "{kind}: {answer:#}");
            let answer = turning.told(query, json!({ "ids": own })).await;
            let nodes = answer["data"]["nodes"].as_array().expect("a list");
            let right = nodes.iter().zip(&own).all(|(node, id)| node.is_null() || node["id"] == json!(id));
            assert!(right, "{kind}: each at its place, or not at all: {answer:#}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn by_reference_it_is_the_one_that_is_meant_or_none() {
        let turning = Turning::open(Cache::Off).await;
        let query = "{ viewer { account { invoices(first: 5) { nodes { number
            order { number account { id } } subscription { id name } payments(first: 5) { nodes { id account { id } } }
            account { id name } } } } } }";
        let honest = turning.told(query, json!({})).await;
        turning.gateway.fault(&["sap"], Mode::Hostile);
        let answer = turning.told(query, json!({})).await;
        let order =
            |answer: &Value, at: usize| answer["data"]["viewer"]["account"]["invoices"]["nodes"][at]["order"].clone();
        for at in 0..5 {
            let (before, now) = (order(&honest, at), order(&answer, at));
            assert!(!before.is_null() && (now.is_null() || now == before), "{before} became {now}");
        }
        turning.gateway.fault(&["stripe"], Mode::Hostile);
        turning.told(query, json!({})).await;
    }
}

/// Evidence `membership`: the system's own associations name the accounts.
#[tokio::test(flavor = "multi_thread")]
async fn membership_proves_contacts_and_deals() {
    let turning = Turning::open(Cache::Off).await;
    let lists = "{ viewer { account { contacts(first: 50) { nodes { email account { name } } }
        deals(first: 50) { nodes { id name } } } contact { email name } } }";
    let honest = turning.told(lists, json!({})).await;
    turning.gateway.fault(&["hubspot"], Mode::Hostile);
    let answer = turning.told(lists, json!({})).await;
    let sorted = |answer: &Value, list: &str| {
        let mut nodes = answer["data"]["viewer"]["account"][list]["nodes"].as_array().cloned().unwrap_or_default();
        nodes.sort_by_key(ToString::to_string);
        nodes
    };
    for list in ["contacts", "deals"] {
        assert!(!sorted(&honest, list).is_empty());
        assert_eq!(sorted(&answer, list), sorted(&honest, list), "{list}");
    }
    assert_eq!(answer["data"]["viewer"]["contact"], honest["data"]["viewer"]["contact"]);
    for kind in ["Contact", "Deal"] {
        let (own, others) = turning.ids(kind);
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Contact { email } ... on Deal { dealName: name } } }";
        let answer = turning.told(query, json!({ "ids": others })).await;
        assert!(answer["data"]["nodes"].as_array().expect("a list").iter().all(Value::is_null), "{answer:#}");
        let answer = turning.told(query, json!({ "ids": own })).await;
        assert!(answer["data"]["nodes"].as_array().expect("a list").iter().all(Value::is_object), "{answer:#}");
    }
}

/// A line of an invoice is that invoice's, though it is read apart where there are many.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_its_invoices() {
    let turning = Turning::open(Cache::Off).await;
    let query =
        "{ viewer { account { invoices(first: 100) { nodes { number lines { description total { amount } } } } } } }";
    let honest = turning.told(query, json!({})).await;
    let longest = |answer: &Value| {
        let invoices = answer["data"]["viewer"]["account"]["invoices"]["nodes"].as_array().cloned().unwrap_or_default();
        invoices.into_iter().max_by_key(|invoice| invoice["lines"].as_array().map_or(0, Vec::len)).expect("an invoice")
    };
    assert_eq!(longest(&honest)["lines"].as_array().expect("lines").len(), 12, "more than come with the invoice");
    turning.gateway.fault(&["stripe"], Mode::Hostile);
    let answer = turning.told(query, json!({})).await;
    assert_eq!(longest(&answer), longest(&honest));
}

/// Evidence `parent`: a message is its ticket's, by the ticket that the message's own update names.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_its_tickets() {
    let turning = Turning::open(Cache::Off).await;
    turning.gateway.fault(&["zendesk"], Mode::Hostile);
    let query = "{ viewer { account { tickets(first: 3) { nodes { number messages(first: 5) { nodes { id body { text } } } } } } } }";
    turning.told(query, json!({})).await;
    let (own, others) = turning.ids("TicketMessage");
    let query =
        "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on TicketMessage { body { text } ticket { subject } } } }";
    turning.told(query, json!({ "ids": own })).await;
    turning.told(query, json!({ "ids": others })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_a_foreign_ticket_is_refused() {
    let turning = Turning::open(Cache::Off).await;
    let (_, others) = turning.ids("TicketMessage");
    let query =
        "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on TicketMessage { body { text } ticket { subject } } } }";
    for systems in [vec![], vec!["zendesk"], SYSTEMS.to_vec()] {
        turning.gateway.fault(&systems, Mode::Hostile);
        let answer = turning.told(query, json!({ "ids": others })).await;
        assert!(answer["data"]["nodes"].as_array().expect("a list").iter().all(Value::is_null), "{answer:#}");
    }
}

/// Evidence `itself`: an account's own record, and what other systems add to it.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_never_told_by_another_partners_record() {
    let turning = Turning::open(Cache::Off).await;
    let query = "{ viewer { account { id name number vatNumber email phone currency creditLimit { amount currency }
        billingAddress { lines } shippingAddress { name lines } parent { id name } team { name } } } }";
    let honest = turning.told(query, json!({})).await;
    let before = honest["data"]["viewer"]["account"].as_object().expect("an account");
    assert!(before["creditLimit"].is_object() && before["vatNumber"].is_string(), "{honest:#}");
    for systems in [vec!["sap"], vec!["stripe"], vec!["hubspot"], SYSTEMS.to_vec()] {
        turning.gateway.fault(&systems, Mode::Hostile);
        let answer = turning.told(query, json!({})).await;
        for (field, now) in answer["data"]["viewer"]["account"].as_object().expect("an account") {
            assert!(now.is_null() || *now == before[field], "{systems:?}: {field} became {now}");
        }
    }
}

/// Authority: whoever the CRM names when it is asked for one person's contact, only that person's accounts are granted.
#[tokio::test(flavor = "multi_thread")]
async fn signing_in_grants_no_foreign_account() {
    for systems in [vec!["hubspot"], vec!["zendesk"], SYSTEMS.to_vec()] {
        let (records, people) = business(0, SIZE, Chance::Seed(7));
        let gateway = Gateway::open(records, Cache::On).await;
        gateway.fault(&systems, Mode::Hostile);
        for person in &people {
            let caller = gateway.sign_in(person, None).await.expect("the right contact is in the answer, too");
            assert_eq!(caller.authority.accounts.len(), person.of.len(), "{systems:?}: {}", person.email);
            let answer = gateway.all(&caller, "Everything", json!({ "first": 3 })).await;
            assert_eq!(foreign(&answer, &person.of), Vec::<String>::new(), "{systems:?}: {}", person.email);
            // Links, too: what was found out while systems were hostile still leads nowhere else when they are not.
            gateway.mend();
            let answer = gateway.all(&caller, "Everything", json!({ "first": 3 })).await;
            assert_eq!(foreign(&answer, &person.of), Vec::<String>::new(), "{systems:?}: {}", person.email);
            gateway.fault(&systems, Mode::Hostile);
        }
        let nobody = Person { email: "nobody@nowhere.example".to_owned(), of: Vec::new() };
        let refused = gateway.sign_in(&nobody, None).await.expect_err("nobody's customer");
        assert_eq!(refused.code(), Code::Forbidden, "{systems:?}");
    }
}

/// An account in use is one's own, whatever id was sent along.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_uses_a_foreign_account() {
    let turning = Turning::open(Cache::On).await;
    turning.gateway.fault(&SYSTEMS, Mode::Hostile);
    let (_, others) = turning.ids("Account");
    for id in others {
        let refused = turning.gateway.sign_in(only(&turning.people, ALPHA), Some(id)).await;
        assert_eq!(refused.expect_err("not one of theirs").code(), Code::BadUserInput);
    }
}

/// Who has two accounts sees each one's records under that account, and not the other's.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_accounts_each_keeps_its_own() {
    let turning = Turning::open(Cache::Off).await;
    let person = turning.people.iter().find(|person| person.of.len() == 2).expect("somebody with two accounts");
    let caller = turning.gateway.sign_in(person, None).await.expect("signed in");
    let query = "{ viewer { memberships { accountId account {
        creditLimit { currency } orders(first: 5) { nodes { number } } invoices(first: 5) { nodes { number } }
        payments(first: 5) { nodes { id } } tickets(first: 5) { nodes { number } } } } } }";
    for systems in [vec![], vec!["sap"], vec!["stripe"], vec!["zendesk"], vec!["hubspot"], SYSTEMS.to_vec()] {
        turning.gateway.fault(&systems, Mode::Hostile);
        let answer = turning.gateway.ask(&caller, query, With::default()).await;
        let memberships = answer["data"]["viewer"]["memberships"].as_array().expect("a list");
        assert_eq!(memberships.len(), 2);
        for (membership, account) in memberships.iter().zip(&person.of) {
            assert_eq!(foreign(membership, &[*account]), Vec::<String>::new(), "{systems:?}");
            assert!(shows(membership, *account));
        }
    }
}

/// What a list says of itself is no foreign figure either.
#[tokio::test(flavor = "multi_thread")]
async fn a_count_is_ones_own_or_none() {
    let turning = Turning::open(Cache::Off).await;
    let query = "query($first: Int!, $after: String) { viewer { account {
        orders(first: $first, after: $after) { nodes { number } pageInfo { hasNextPage endCursor } totalCount }
        tickets(first: $first, filter: { priority: [HIGH] }) { nodes { number } totalCount } } } }";
    let count = |answer: &Value, list: &str| answer["data"]["viewer"]["account"][list]["totalCount"].clone();
    let honest = turning.told(query, json!({ "first": 5 })).await;
    assert_eq!(count(&honest, "orders"), json!(owned(&turning.business, ALPHA, "orders")), "{honest:#}");
    turning.gateway.fault(&["sap", "zendesk"], Mode::Hostile);
    for first in [1, 5, 24, 100] {
        let mut after = Value::Null;
        for _ in 0..4 {
            let answer = turning.told(query, json!({ "first": first, "after": after })).await;
            for list in ["orders", "tickets"] {
                let told = count(&answer, list);
                let right = json!(owned(&turning.business, ALPHA, list));
                assert!(told.is_null() || told == right, "{list}, {first} after {after}: {told}");
            }
            after = answer["data"]["viewer"]["account"]["orders"]["pageInfo"]["endCursor"].clone();
            if after.is_null() {
                break;
            }
        }
        assert_eq!(errors(&turning.told(query, json!({ "first": first })).await), vec![], "{first}");
    }
}
