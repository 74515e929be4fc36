//! Figures over lists, and filters on derived fields: what the portal says is what the systems hold, counted here apart.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "other suites use more of it")]
#[path = "shared/portal.rs"]
mod portal;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use vestibule_sandbox::data::documents::{BillingDocument, Quotation};
use vestibule_sandbox::data::{Business, Company, Invoice, Order, OrderLine};
use vestibule_sandbox::faults::{Fault, Mode};
use vestibule_sandbox::people;

use crate::portal::Portal;

const ANA: &str = "ana.lund@kestrel-marine.example";

const SUMMARY: &str =
    "summary { openQuotes openOrders nextDeliveryOn openInvoices outstanding { currency amount } overdueInvoices
    overdue { currency amount } openTickets ticketsWaiting }";

impl Portal {
    async fn ask(&self, email: &str, query: &str) -> Value {
        self.send(&self.token(email).await, &json!({ "query": query })).await
    }

    async fn figures(&self, query: &str) -> (Value, Value) {
        let answer = self.ask(ANA, query).await;
        (answer["data"]["viewer"]["account"]["summary"].clone(), answer["errors"].clone())
    }

    /// The day in the portal's time zone.
    fn today(&self) -> Date {
        let now = jiff::Timestamp::from_second(self.state.now()).unwrap();
        now.to_zoned(TimeZone::get("Europe/Amsterdam").unwrap()).date()
    }

    fn expected(&self) -> Expected {
        let business = self.state.read();
        Expected::of(&business, company(&business, ANA, "Kestrel Marine BV"), self.today())
    }
}

fn company<'b>(business: &'b Business, email: &str, name: &str) -> &'b Company {
    let contact = business.contacts.iter().find(|contact| contact.email == email).unwrap();
    let own = |company: &&Company| contact.companies.iter().any(|of| of.company == company.id) && company.name == name;
    business.companies.iter().find(own).unwrap()
}

/// What the figures and filtered lists of a company have to be.
#[derive(Debug, PartialEq)]
struct Expected {
    quotes: usize,
    orders: BTreeSet<String>,
    /// When each open order arrives, of those that are confirmed whole.
    arrivals: BTreeSet<String>,
    invoices: BTreeSet<String>,
    overdue: BTreeSet<String>,
    tickets: BTreeSet<String>,
    waiting: u64,
    outstanding: BTreeMap<String, Decimal>,
    late: BTreeMap<String, Decimal>,
}

impl Expected {
    fn of(business: &Business, company: &Company, today: Date) -> Self {
        let own = |order: &&Order| company.debtors.contains(&order.sold_to);
        // Rejected as a whole is cancelled; a block holds an order, however far it is.
        let open = |order: &&Order| order.rejection != "C" && (!order.block.is_empty() || order.process != "C");
        let orders: Vec<&Order> = business.orders.iter().filter(own).filter(open).collect();
        let waits = |quote: &&Quotation| {
            let lapsed = quote.until.is_some_and(|until| until < today);
            let agreed = !matches!(quote.approval, "A" | "C");
            agreed && !lapsed && quote.rejection != "C" && matches!(quote.process, "A" | "B")
        };
        let quotes = business.quotations.iter().filter(|quote| company.debtors.contains(&quote.sold_to)).filter(waits);
        let unpaid = |invoice: &&Invoice| {
            Some(&invoice.customer) == company.stripe_customer.as_ref() && invoice.status == "open"
        };
        // The ERP's: what is not cleared, less what was paid on account.
        let billed = |one: &&BillingDocument| {
            let visible = matches!(one.category, "M" | "O" | "P") && company.debtors.contains(&one.sold_to);
            visible && !one.cancelled && one.clearing != "C"
        };
        let billed: Vec<&BillingDocument> = business.billing.iter().filter(billed).collect();
        let past = |one: &&&BillingDocument| one.posted && one.due.is_some_and(|due| due < today);
        let past: Vec<&BillingDocument> = billed.iter().filter(past).copied().collect();
        let late = |invoice: &&&Invoice| {
            let due = invoice.due.and_then(|due| jiff::Timestamp::from_second(due).ok());
            due.is_some_and(|due| due.to_zoned(TimeZone::UTC).date() < today)
        };
        let unpaid: Vec<&Invoice> = business.invoices.iter().filter(unpaid).collect();
        let late: Vec<&Invoice> = unpaid.iter().filter(late).copied().collect();
        let tickets = || business.tickets.iter().filter(|ticket| ticket.organization == company.zendesk_organization);
        Self {
            quotes: quotes.count(),
            arrivals: orders.iter().filter_map(|order| arrival(order)).map(|day| day.to_string()).collect(),
            orders: orders.iter().map(|order| order.number.clone()).collect(),
            invoices: numbers(&unpaid, &billed),
            overdue: numbers(&late, &past),
            tickets: tickets()
                .filter(|ticket| !matches!(ticket.status, "solved" | "closed"))
                .map(|ticket| ticket.id.to_string())
                .collect(),
            waiting: tickets().filter(|ticket| ticket.status == "pending").count() as u64,
            outstanding: due(&unpaid, &billed),
            late: due(&late, &past),
        }
    }

    fn check(&self, summary: &Value) {
        for (figure, count) in [
            ("openQuotes", self.quotes),
            ("openOrders", self.orders.len()),
            ("openInvoices", self.invoices.len()),
            ("overdueInvoices", self.overdue.len()),
            ("openTickets", self.tickets.len()),
        ] {
            assert_eq!(summary[figure], count, "{figure}: {summary}");
        }
        assert_eq!(summary["nextDeliveryOn"], json!(self.arrivals.first()));
        assert_eq!(summary["ticketsWaiting"], self.waiting);
        assert_eq!(amounts(&summary["outstanding"]), self.outstanding);
        assert_eq!(amounts(&summary["overdue"]), self.late);
    }
}

/// The last confirmed day, where all of the order is confirmed.
fn arrival(order: &Order) -> Option<Date> {
    let confirmed = |line: &OrderLine| line.schedule.iter().map(|part| part.confirmed).sum::<Decimal>();
    let whole = order.lines.iter().all(|line| confirmed(line) >= line.quantity);
    order.lines.iter().flat_map(|line| &line.schedule).filter_map(|part| part.on).max().filter(|_| whole)
}

fn numbers(invoices: &[&Invoice], billed: &[&BillingDocument]) -> BTreeSet<String> {
    let invoices = invoices.iter().map(|invoice| invoice.number.clone().unwrap());
    invoices.chain(billed.iter().map(|document| document.number.clone())).collect()
}

fn due(invoices: &[&Invoice], billed: &[&BillingDocument]) -> BTreeMap<String, Decimal> {
    let mut sums = BTreeMap::new();
    for document in billed {
        *sums.entry(document.currency.to_owned()).or_insert(Decimal::ZERO) += document.signed() - document.paid;
    }
    for invoice in invoices {
        let net: Decimal = invoice.lines.iter().map(|line| line.amount).sum();
        *sums.entry(invoice.currency.to_owned()).or_insert(Decimal::ZERO) += net + invoice.tax - invoice.paid;
    }
    sums
}

/// One entry for each currency, in the order of the codes.
fn amounts(told: &Value) -> BTreeMap<String, Decimal> {
    let told = told.as_array().unwrap_or_else(|| panic!("{told} is no list of money"));
    let one = |money: &Value| {
        (money["currency"].as_str().unwrap().to_owned(), money["amount"].as_str().unwrap().parse().unwrap())
    };
    let all: Vec<(String, Decimal)> = told.iter().map(one).collect();
    assert!(all.is_sorted_by(|a, b| a.0 < b.0), "{told:?}");
    all.into_iter().collect()
}

#[tokio::test]
async fn the_summary_of_every_account_is_what_its_systems_hold() {
    let portal = Portal::open().await;
    for person in people() {
        // From the systems, and from the cache.
        for _ in 0..2 {
            let query = format!("{{ viewer {{ memberships {{ account {{ name {SUMMARY} }} }} }} }}");
            let answer = portal.ask(&person.email, &query).await;
            assert!(answer.get("errors").is_none(), "{answer}");
            for membership in answer["data"]["viewer"]["memberships"].as_array().unwrap() {
                let business = portal.state.read();
                let name = membership["account"]["name"].as_str().unwrap();
                let expected = Expected::of(&business, company(&business, &person.email, name), portal.today());
                expected.check(&membership["account"]["summary"]);
            }
        }
    }
    let ana = portal.expected();
    assert!(!ana.orders.is_empty() && !ana.invoices.is_empty() && !ana.tickets.is_empty(), "{ana:?}");
}

#[tokio::test]
async fn the_dashboard_of_the_documentation_shows_what_the_systems_hold() {
    let portal = Portal::open().await;
    for person in people() {
        let answer = portal.ask(&person.email, include_str!("../docs/dashboard.graphql")).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        let account = &answer["data"]["viewer"]["account"];
        let business = portal.state.read();
        let company = company(&business, &person.email, account["name"].as_str().unwrap());
        Expected::of(&business, company, portal.today()).check(&account["summary"]);
    }
    let ana = portal.expected();
    let of_erp = |numbers: &BTreeSet<String>| numbers.iter().filter(|number| number.starts_with("9000")).count();
    assert!((1..ana.invoices.len()).contains(&of_erp(&ana.invoices)), "open invoices of both systems: {ana:?}");
    assert!(of_erp(&ana.overdue) > 0 && ana.quotes > 0 && !ana.arrivals.is_empty());
}

#[tokio::test]
async fn lists_are_filtered_by_what_is_open_or_overdue_and_by_what_is_not() {
    let portal = Portal::open().await;
    let list =
        |name: &str, filter: &str| format!("{name}(first: 100, filter: {{ {filter} }}) {{ nodes {{ number }} }}");
    let query = format!(
        "{{ viewer {{ account {{ {} {} {} late: {} rest: {} done: {} all: invoices(first: 100) {{ nodes {{ number }} }} }} }} }}",
        list("orders", "open: true"),
        list("tickets", "open: true"),
        list("invoices", "open: true"),
        list("invoices", "overdue: true"),
        list("invoices", "overdue: false"),
        list("orders", "open: false"),
    );
    let answer = portal.ask(ANA, &query).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    let account = &answer["data"]["viewer"]["account"];
    let told = |list: &str| -> BTreeSet<String> {
        let nodes = account[list]["nodes"].as_array().unwrap();
        nodes.iter().map(|node| node["number"].as_str().unwrap().to_owned()).collect()
    };
    let expected = portal.expected();
    assert_eq!(told("orders"), expected.orders);
    assert_eq!(told("tickets"), expected.tickets);
    assert_eq!(told("invoices"), expected.invoices);
    assert_eq!(told("late"), expected.overdue);
    assert_eq!(told("rest"), &told("all") - &expected.overdue);
    assert!(told("done").is_disjoint(&expected.orders) && !told("done").is_empty());
}

#[tokio::test]
async fn money_of_two_currencies_is_two_sums() {
    let portal = Portal::open().await;
    {
        let mut business = portal.state.write();
        let customer = company(&business, ANA, "Kestrel Marine BV").stripe_customer.clone().unwrap();
        let model =
            business.invoices.iter().find(|one| one.customer == customer && one.status == "open").unwrap().clone();
        let number = Some("KM-USD-1".to_owned());
        business.invoices.push(Invoice { id: "in_1KestrelUsd1".to_owned(), number, currency: "USD", ..model });
    }
    let (summary, errors) = portal.figures(&format!("{{ viewer {{ account {{ {SUMMARY} }} }} }}")).await;
    assert_eq!(errors, Value::Null);
    let expected = portal.expected();
    assert_eq!(expected.outstanding.len(), 2);
    expected.check(&summary);
}

#[tokio::test]
async fn past_three_hundred_records_a_figure_is_null_with_the_reason_and_the_others_stand() {
    let portal = Portal::open().await;
    {
        let mut business = portal.state.write();
        let debtor = company(&business, ANA, "Kestrel Marine BV").debtors[0].clone();
        let model = business.orders.iter().find(|order| order.sold_to == debtor).unwrap().clone();
        for at in 0..301 {
            let (number, process) = ((8_000_000 + at).to_string(), "A");
            business.orders.push(Order { number, process, rejection: "A", block: "", ..model.clone() });
        }
    }
    let (summary, errors) = portal.figures(&format!("{{ viewer {{ account {{ {SUMMARY} }} }} }}")).await;
    let errors = errors.as_array().unwrap();
    assert_eq!(errors.len(), 2, "{errors:?}");
    for (error, figure) in errors.iter().zip(["openOrders", "nextDeliveryOn"]) {
        assert_eq!(summary[figure], Value::Null);
        assert_eq!(error["extensions"]["code"], "QUERY_TOO_COSTLY");
        assert_eq!(error["path"], json!(["viewer", "account", "summary", figure]));
        assert!(error["message"].as_str().unwrap().contains("more than 300 records"));
    }
    assert_eq!(amounts(&summary["outstanding"]), portal.expected().outstanding);
}

#[tokio::test]
async fn closed_orders_do_not_count_towards_the_bound() {
    let portal = Portal::open().await;
    {
        let mut business = portal.state.write();
        let debtor = company(&business, ANA, "Kestrel Marine BV").debtors[0].clone();
        let model = business.orders.iter().find(|order| order.sold_to == debtor).unwrap().clone();
        for at in 0..400 {
            let number = (8_000_000 + at).to_string();
            business.orders.push(Order { number, process: "C", rejection: "A", block: "", ..model.clone() });
        }
    }
    let (summary, errors) = portal.figures("{ viewer { account { summary { openOrders } } } }").await;
    assert_eq!((&summary["openOrders"], errors), (&json!(portal.expected().orders.len()), Value::Null));
}

#[tokio::test]
async fn a_system_that_is_down_takes_its_own_figures_and_no_others() {
    let portal = Portal::open().await;
    let warm = portal.ask(ANA, "{ viewer { name } }").await;
    assert!(warm.get("errors").is_none(), "{warm}");
    portal.state.mode.set("stripe", Fault::new(Mode::Down, None, None));
    let (summary, errors) = portal.figures(&format!("{{ viewer {{ account {{ {SUMMARY} }} }} }}")).await;
    for figure in ["openInvoices", "outstanding", "overdueInvoices", "overdue"] {
        assert_eq!(summary[figure], Value::Null);
    }
    let errors = errors.as_array().unwrap().clone();
    assert_eq!(errors.len(), 4);
    assert!(errors.iter().all(|error| error["extensions"]["source"] == "billing"), "{errors:?}");
    let expected = portal.expected();
    assert_eq!(summary["openOrders"], expected.orders.len());
    assert_eq!(summary["openTickets"], expected.tickets.len());
}

#[tokio::test]
async fn a_figure_over_two_systems_is_null_with_the_reason_while_either_is_down() {
    for (system, source) in [("stripe", "billing"), ("sap", "erp")] {
        let portal = Portal::open().await;
        let warm = portal.ask(ANA, "{ viewer { name } }").await;
        assert!(warm.get("errors").is_none(), "{warm}");
        portal.state.mode.set(system, Fault::new(Mode::Down, None, None));
        let of_both = "{ viewer { account { summary { openInvoices outstanding { currency amount } overdueInvoices
            overdue { currency amount } } } } }";
        let (summary, errors) = portal.figures(of_both).await;
        assert!(summary.as_object().unwrap().values().all(Value::is_null), "never the figure of one alone: {summary}");
        let errors = errors.as_array().unwrap();
        assert_eq!(errors.len(), 4);
        assert!(errors.iter().all(|error| error["extensions"]["source"] == source), "{errors:?}");
    }
}

#[tokio::test]
async fn what_hostile_systems_add_is_never_in_a_figure() {
    let portal = Portal::open().await;
    let warm = portal.ask(ANA, "{ viewer { name } }").await;
    assert!(warm.get("errors").is_none(), "{warm}");
    for system in ["sap", "stripe", "zendesk"] {
        portal.state.mode.set(system, Fault::new(Mode::Hostile, None, None));
    }
    let (summary, errors) = portal.figures(&format!("{{ viewer {{ account {{ {SUMMARY} }} }} }}")).await;
    let expected = portal.expected();
    let missing = errors.as_array().map_or(0, Vec::len);
    let null = summary.as_object().unwrap().values().filter(|value| value.is_null()).count();
    assert_eq!(null, missing, "{summary} {errors}");
    // Such a system may leave own rows out, which nobody can tell; what it adds never counts.
    for (figure, most) in [
        ("openQuotes", expected.quotes as u64),
        ("openOrders", expected.orders.len() as u64),
        ("openInvoices", expected.invoices.len() as u64),
        ("overdueInvoices", expected.overdue.len() as u64),
        ("openTickets", expected.tickets.len() as u64),
        ("ticketsWaiting", expected.waiting),
    ] {
        assert!(summary[figure].is_null() || summary[figure].as_u64().unwrap() <= most, "{figure}: {summary}");
    }
    let next = &summary["nextDeliveryOn"];
    assert!(next.is_null() || expected.arrivals.contains(next.as_str().unwrap()), "{summary}");
    for (figure, most) in [("outstanding", &expected.outstanding), ("overdue", &expected.late)] {
        let fits = |told: BTreeMap<String, Decimal>| told.iter().all(|(code, sum)| most.get(code) >= Some(sum));
        assert!(summary[figure].is_null() || fits(amounts(&summary[figure])), "{figure}: {summary}");
    }
}
