//! Lists of different entities shown as one, over the whole stack: the timeline is what the systems hold, put in order here
//! apart.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "other suites use more of it")]
#[path = "shared/portal.rs"]
mod portal;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use vestibule_sandbox::data::documents::{Delivery, Quotation};
use vestibule_sandbox::data::{Business, Company, Ticket};
use vestibule_sandbox::faults::{Fault, Mode};
use vestibule_sandbox::people;

use crate::portal::Portal;

const ANA: &str = "ana.lund@kestrel-marine.example";
const COMPANY: &str = "Kestrel Marine BV";

/// The lists of the timeline, in the order in which ties are broken.
const TYPES: [&str; 6] = ["ORDER", "SHIPMENT", "INVOICE", "PAYMENT", "TICKET", "DOCUMENT"];

const QUERY: &str = "query($first: Int!, $after: String, $types: [RecordType!]) { viewer { account {
    timeline(first: $first, after: $after, types: $types) {
      nodes { at type title statusLabel record { __typename id
        ... on Order { number status } ... on Invoice { number lines { description } } ... on Ticket { subject } ... on Document { name } } }
      incomplete { source types code } pageInfo { hasNextPage endCursor } } } } }";

impl Portal {
    async fn ask(&self, email: &str, query: &str, variables: Value) -> Value {
        self.send(&self.token(email).await, &json!({ "query": query, "variables": variables })).await
    }

    async fn page(&self, variables: Value) -> Value {
        let answer = self.ask(ANA, QUERY, variables).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"]["viewer"]["account"]["timeline"].clone()
    }

    /// Every item, on pages of that size; no page may miss anything.
    async fn all(&self, first: u32) -> Vec<Value> {
        let (mut items, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = self.page(json!({ "first": first, "after": after })).await;
            assert_eq!(page["incomplete"], json!([]));
            items.extend(page["nodes"].as_array().unwrap().iter().cloned());
            if page["pageInfo"]["hasNextPage"] == false {
                return items;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }

    fn expected(&self) -> Vec<Entry> {
        let business = self.state.read();
        entries((&business, self.state.now()), company(&business, ANA, COMPANY))
    }
}

fn company<'b>(business: &'b Business, email: &str, name: &str) -> &'b Company {
    let contact = business.contacts.iter().find(|contact| contact.email == email).unwrap();
    let own = |company: &&Company| contact.companies.iter().any(|of| of.company == company.id) && company.name == name;
    business.companies.iter().find(own).unwrap()
}

/// An item: when, as the last comes first, of which list, and its heading.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// Those without a moment stand behind all others.
    undated: bool,
    before_the_end: i64,
    list: usize,
    title: String,
}

impl Entry {
    fn new(at: Option<Timestamp>, list: &str, title: &str) -> Self {
        let list = TYPES.iter().position(|known| *known == list).unwrap();
        let before_the_end = at.map_or(0, |at| i64::MAX - at.as_second());
        Self { undated: at.is_none(), before_the_end, list, title: title.to_owned() }
    }

    fn told(item: &Value) -> Self {
        let at = item["at"].as_str().map(|at| at.parse().unwrap());
        Self::new(at, item["type"].as_str().unwrap(), item["title"].as_str().unwrap())
    }
}

/// What the timeline of a company has to be, whichever of equal items of one list comes first.
fn entries((business, now): (&Business, i64), company: &Company) -> Vec<Entry> {
    let portal = TimeZone::get("Europe/Amsterdam").unwrap();
    let clock = TimeZone::get("Europe/Berlin").unwrap();
    let midnight = |day: jiff::civil::Date| Some(day.to_zoned(portal.clone()).unwrap().timestamp());
    let second = |at: i64| Timestamp::from_second(at).unwrap();
    let mut all = Vec::new();
    for order in business.orders.iter().filter(|order| company.debtors.contains(&order.sold_to)) {
        all.push(Entry::new(midnight(order.placed), "ORDER", &order.number));
    }
    for delivery in business.deliveries.iter().filter(|delivery| company.debtors.contains(&delivery.sold_to)) {
        let left = delivery.left.map(|(day, time)| day.to_datetime(time).to_zoned(clock.clone()).unwrap().timestamp());
        all.push(Entry::new(left, "SHIPMENT", &delivery.number));
    }
    let own = |customer: &String| Some(customer) == company.stripe_customer.as_ref();
    // A draft is not the customer's to see yet.
    for invoice in business.invoices.iter().filter(|one| own(&one.customer) && one.status != "draft") {
        let day = second(invoice.created).to_zoned(TimeZone::UTC).date();
        all.push(Entry::new(midnight(day), "INVOICE", invoice.number.as_ref().unwrap()));
    }
    // The ERP bills what is on account; what was cancelled by another document, and pro forma, is no customer's.
    let billed = business.billing.iter().filter(|one| company.debtors.contains(&one.sold_to));
    for document in billed.filter(|one| matches!(one.category, "M" | "O" | "P")) {
        all.push(Entry::new(midnight(document.date), "INVOICE", &document.number));
    }
    for payment in business.payments.iter().filter(|payment| own(&payment.customer)) {
        let paid = (payment.status == "succeeded").then(|| second(payment.created));
        all.push(Entry::new(paid, "PAYMENT", &payment.id));
    }
    // A support desk takes tickets out of its lists that have been closed for long.
    let archive = now - 120 * 86_400;
    let listed = |ticket: &&Ticket| ticket.status != "closed" || ticket.modified >= archive;
    let own = |ticket: &&Ticket| ticket.organization == company.zendesk_organization;
    for ticket in business.tickets.iter().filter(own).filter(listed) {
        all.push(Entry::new(Some(second(ticket.modified)), "TICKET", &ticket.subject));
    }
    for (path, age) in vestibule_sandbox::folder::DOCUMENTS {
        all.push(Entry::new(Some(second(now - age)), "DOCUMENT", path.rsplit('/').next().unwrap()));
    }
    all.sort();
    all
}

/// Every item is there once, each list's where its moment belongs.
fn check(items: &[Value], expected: &[Entry]) {
    let told: Vec<Entry> = items.iter().map(Entry::told).collect();
    let place = |entry: &Entry| (entry.undated, entry.before_the_end, entry.list);
    assert!(told.is_sorted_by_key(place), "{told:#?}");
    let mut sorted = told;
    sorted.sort();
    assert!(sorted == expected, "{sorted:#?}\n{expected:#?}");
}

#[tokio::test]
async fn the_timeline_is_what_the_systems_hold_whatever_the_size_of_its_pages() {
    let portal = Portal::open().await;
    {
        let mut business = portal.state.write();
        let debtors = company(&business, ANA, COMPANY).debtors.clone();
        let model = business.deliveries.iter().find(|delivery| debtors.contains(&delivery.sold_to)).unwrap().clone();
        business.deliveries.push(Delivery { number: "80999999".to_owned(), left: None, ..model });
    }
    let expected = portal.expected();
    for (list, name) in TYPES.iter().enumerate() {
        let count = expected.iter().filter(|entry| entry.list == list).count();
        assert!(count > 0, "Kestrel has {name} in its timeline");
    }
    assert!(expected.iter().any(|entry| entry.undated), "a shipment has not left yet");
    let large = portal.all(100).await;
    check(&large, &expected);
    for item in &large {
        let record = &item["record"];
        assert!(record["id"].as_str().is_some_and(|id| !id.is_empty()));
        let heading = match record["__typename"].as_str() {
            Some("Ticket") => &record["subject"],
            Some("Document") => &record["name"],
            _ => &record["number"],
        };
        assert!(heading.is_null() || *heading == item["title"], "{item}");
    }
    assert_eq!(portal.all(7).await, large);
}

#[tokio::test]
async fn every_person_has_their_own_accounts_timeline() {
    let portal = Portal::open().await;
    let query = "{ viewer { memberships { account { name
        ORDER: orders(first: 1) { pageInfo { hasNextPage } } SHIPMENT: shipments(first: 1) { pageInfo { hasNextPage } }
        INVOICE: invoices(first: 1) { pageInfo { hasNextPage } } PAYMENT: payments(first: 1) { pageInfo { hasNextPage } }
        TICKET: tickets(first: 1) { pageInfo { hasNextPage } } DOCUMENT: documents(first: 1) { pageInfo { hasNextPage } }
        timeline(first: 100) { nodes { at type title } incomplete { code } pageInfo { hasNextPage } } } } } }";
    let mut seen = 0;
    for person in people() {
        let answer = portal.ask(&person.email, query, json!({})).await;
        for (at, membership) in answer["data"]["viewer"]["memberships"].as_array().unwrap().iter().enumerate() {
            let (name, timeline) =
                (membership["account"]["name"].as_str().unwrap(), &membership["account"]["timeline"]);
            let business = portal.state.read();
            let of = company(&business, &person.email, name);
            let expected = entries((&business, portal.state.now()), of);
            if timeline.is_null() {
                let path = json!(["viewer", "memberships", at, "account", "timeline"]);
                let errors = answer["errors"].as_array().unwrap();
                let why = errors.iter().find(|error| error["path"] == path).unwrap();
                assert_eq!(why["extensions"]["code"], "FORBIDDEN", "{answer}");
                continue;
            }
            let items = timeline["nodes"].as_array().unwrap();
            // A list that is refused by itself is not in it, and the rest is whole as far as the page goes.
            let may = |entry: &&Entry| !membership["account"][TYPES[entry.list]].is_null();
            let visible: Vec<Entry> = expected.iter().filter(may).cloned().collect();
            if timeline["pageInfo"]["hasNextPage"] == false {
                check(items, &visible);
                seen += 1;
            }
            assert_eq!(timeline["incomplete"], json!([]), "nothing is missing that may be seen");
        }
    }
    assert!(seen > 1, "{seen}");
}

#[tokio::test]
async fn a_system_that_is_down_is_named_and_its_items_come_where_they_stand() {
    let portal = Portal::open().await;
    let warm = portal.ask(ANA, "{ viewer { name } }", json!({})).await;
    assert!(warm.get("errors").is_none(), "{warm}");
    portal.state.mode.set("stripe", Fault::new(Mode::Down, None, None));
    let first = portal.page(json!({ "first": 3 })).await;
    let gap = json!([{ "source": "billing", "types": ["INVOICE", "PAYMENT"], "code": "UPSTREAM_UNAVAILABLE" }]);
    assert_eq!(first["incomplete"], gap);
    let told = |page: &Value| -> Vec<Entry> { page["nodes"].as_array().unwrap().iter().map(Entry::told).collect() };
    let (expected, seen) = (portal.expected(), told(&first));
    let of_billing = |entry: &&Entry| match TYPES[entry.list] {
        // The ERP's invoices are numbers.
        "INVOICE" => !entry.title.bytes().all(|byte| byte.is_ascii_digit()),
        list => list == "PAYMENT",
    };
    let rest = expected.iter().filter(|entry| !of_billing(entry));
    assert_eq!(seen.len(), 3);
    assert!(
        rest.take(3)
            .zip(&seen)
            .all(|(one, other)| (one.before_the_end, one.list) == (other.before_the_end, other.list))
    );
    portal.state.mode.clear();
    let mut after = first["pageInfo"]["endCursor"].clone();
    let mut all = seen;
    loop {
        let page = portal.page(json!({ "first": 50, "after": after })).await;
        assert_eq!(page["incomplete"], json!([]));
        all.extend(told(&page));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    all.sort();
    assert_eq!(all, expected, "none is lost, and none comes twice");
}

#[tokio::test]
async fn past_the_bound_a_list_without_order_is_named_and_not_shown() {
    let portal = Portal::open().await;
    {
        let mut business = portal.state.write();
        let customer = company(&business, ANA, COMPANY).stripe_customer.clone();
        let model = business.payments.iter().find(|one| Some(&one.customer) == customer.as_ref()).unwrap().clone();
        for at in 0..300 {
            let id = format!("pi_1KestrelMany{at}");
            business.payments.push(vestibule_sandbox::data::Payment { id, ..model.clone() });
        }
    }
    let page = portal.page(json!({ "first": 20 })).await;
    assert_eq!(page["incomplete"], json!([{ "source": "billing", "types": ["PAYMENT"], "code": "QUERY_TOO_COSTLY" }]));
    assert!(page["nodes"].as_array().unwrap().iter().all(|item| item["type"] != "PAYMENT"));
    let none = portal.page(json!({ "first": 20, "types": ["ORDER", "PROJECT"] })).await;
    assert!(none["nodes"].as_array().unwrap().iter().all(|item| item["type"] == "ORDER"));
}

#[tokio::test]
async fn the_offers_that_wait_for_an_answer_are_action_items_the_oldest_first() {
    let portal = Portal::open().await;
    let query = "{ viewer { account { actionItems(first: 100) {
        nodes { kind title dueOn record { __typename ... on Quote { number open issuedOn } } } incomplete { code } } } } }";
    let answer = portal.ask(ANA, query, json!({})).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    let told = &answer["data"]["viewer"]["account"]["actionItems"];
    assert_eq!(told["incomplete"], json!([]));
    let business = portal.state.read();
    let debtors = &company(&business, ANA, COMPANY).debtors;
    let now = Timestamp::from_second(portal.state.now()).unwrap();
    let today = now.to_zoned(TimeZone::get("Europe/Amsterdam").unwrap()).date();
    let waits = |quotation: &&Quotation| {
        let agreed = !matches!(quotation.approval, "A" | "C");
        let answered = quotation.rejection == "C" || quotation.process == "C";
        agreed && !answered && quotation.until.is_none_or(|until| until >= today)
    };
    let own = |quotation: &&Quotation| debtors.contains(&quotation.sold_to);
    let mut expected: Vec<_> = business.quotations.iter().filter(own).filter(waits).collect();
    assert!(expected.len() > 1, "{expected:?}");
    expected.sort_by(|a, b| (a.date, &a.number).cmp(&(b.date, &b.number)));
    let nodes = told["nodes"].as_array().unwrap();
    let days: Vec<_> = nodes.iter().map(|node| node["record"]["issuedOn"].as_str().unwrap().to_owned()).collect();
    assert_eq!(days, expected.iter().map(|quotation| quotation.date.to_string()).collect::<Vec<_>>());
    for quotation in expected {
        let item = nodes.iter().find(|node| node["title"] == quotation.number.as_str()).unwrap();
        let due = quotation.until.map(|day| day.to_string());
        assert_eq!((&item["kind"], &item["dueOn"]), (&json!("ACCEPT"), &json!(due)), "{item}");
        assert_eq!((&item["record"]["number"], &item["record"]["open"]), (&item["title"], &json!(true)));
    }
}
