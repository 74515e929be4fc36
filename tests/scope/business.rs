//! A business with three customers, in whose records everything says whose it is, and whose records refer to each other
//! as they should not: an invoice that names another customer's order, a payment of another's invoice, a ticket that
//! somebody else asked for. None of that may show.

use jiff::civil::date;
use rust_decimal::Decimal;
use vestibule_sandbox::data::documents::Scheduled;
use vestibule_sandbox::data::{
    Article, Business, Comment, Company, Contact, Deal, Invoice, InvoiceLine, Membership, Order, OrderLine, Payment,
    Product, Sla, Staff, Subscription, Ticket, Translation,
};

use crate::chance::Chance;
use crate::marks::{Account, SECRET, accounts, number};

/// When the business is, in Unix seconds.
pub const NOW: i64 = 1_790_000_000;

/// Somebody who can sign in.
#[derive(Debug, Clone)]
pub struct Person {
    pub email: String,
    /// Whose records this person may see.
    pub of: Vec<Account>,
}

/// How much there is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Orders, invoices, payments, tickets and deals of each account: at least, and at most.
    pub least: usize,
    pub most: usize,
    /// One reference in that many leads astray.
    pub astray: usize,
}

/// A business and its people. `round` is part of every key, so that no two rounds share one.
pub fn business(round: u32, size: Size, chance: Chance) -> (Business, Vec<Person>) {
    let mut making = Making { round, accounts: accounts(round), size, chance, next: 0, business: Business::default() };
    making.catalogue();
    making.companies();
    let people = making.people();
    for at in 0..making.accounts.len() {
        making.orders(at);
        making.subscriptions(at);
        making.deals(at);
    }
    for at in 0..making.accounts.len() {
        making.quotations(at);
        making.deliveries(at);
        making.billing(at);
        making.invoices(at);
        making.tickets(at);
    }
    for at in 0..making.accounts.len() {
        making.payments(at);
    }
    (making.business, people)
}

/// A business in the making.
pub struct Making {
    round: u32,
    pub accounts: [Account; 3],
    size: Size,
    pub chance: Chance,
    next: u32,
    pub business: Business,
}

impl Making {
    /// A numeric key that begins with `digits`.
    pub fn number(&mut self, digits: &str) -> u64 {
        self.next += 1;
        number(digits, self.round, self.next).parse().expect("digits")
    }

    /// How many records of a kind there are.
    pub fn count(&mut self) -> usize {
        self.size.least + self.chance.below(self.size.most - self.size.least + 1)
    }

    /// The account `at`, or now and then another: where a reference leads.
    pub fn lead(&mut self, at: usize) -> usize {
        if self.chance.once_in(self.size.astray) { (at + 1 + self.chance.below(2)) % self.accounts.len() } else { at }
    }

    /// The company `at`.
    pub fn company(&self, at: usize) -> &Company {
        &self.business.companies[at]
    }

    fn customer(&self, at: usize) -> String {
        self.company(at).stripe_customer.clone().expect("every company of this business has one")
    }

    /// Some amount.
    pub fn amount(&mut self) -> Decimal {
        Decimal::new(i64::try_from(100 + self.chance.below(900_000)).unwrap_or_default(), 2)
    }

    fn at(&mut self) -> i64 {
        NOW - i64::try_from(self.chance.below(100 * 86_400)).unwrap_or_default()
    }

    fn catalogue(&mut self) {
        for (sku, name) in [("PUMP-7", "Pump"), ("VALVE'S/2", "Valve"), ("GASKET", "Gasket")] {
            self.business.products.push(Product {
                sku: sku.to_owned(),
                texts: vec![("EN", name.to_owned())],
                unit: "PC",
                group: Some("PARTS"),
                price: Decimal::TEN,
                created: NOW,
                modified: NOW,
            });
        }
        for (id, draft, segment, title) in [
            (1, false, None, "Care"),
            (2, true, None, SECRET),
            (3, false, Some(9), SECRET),
            (4, false, None, "Returns"),
        ] {
            let text = |locale| Translation { locale, title: title.to_owned(), body: format!("<p>{title}</p>") };
            self.business.articles.push(Article {
                id,
                translations: vec![text("en-us"), text("de")],
                section: "Guides",
                section_id: 5,
                draft,
                segment,
                created: NOW,
                modified: NOW,
            });
        }
        self.business.staff.push(Staff {
            id: 51,
            zendesk_user: 61,
            first_name: "Sam".to_owned(),
            last_name: "Agent".to_owned(),
            email: "sam@business.example".to_owned(),
        });
    }

    fn companies(&mut self) {
        let ids: Vec<u64> = self.accounts.into_iter().map(|account| self.number(account.digits)).collect();
        for (at, account) in self.accounts.into_iter().enumerate() {
            let (word, round) = (account.word, self.round);
            let debtors = (0..=self.chance.below(2)).map(|_| self.number(account.digits).to_string()).collect();
            let organization = self.number(account.digits);
            // A holding and its subsidiaries are customers each for itself.
            let parent = self.lead(at);
            self.business.companies.push(Company {
                id: ids[at],
                name: format!("{word} Works"),
                domain: Some(format!("{word}.example")),
                phone: Some(format!("{word} 1")),
                street: Some(format!("{word} Street 1")),
                city: Some(format!("{word} City")),
                region: Some(word.to_owned()),
                postal_code: Some(format!("{word} 1")),
                country: "NL",
                industry: Some("MACHINERY"),
                lifecycle: "customer",
                number: Some(format!("{word}-{round}")),
                debtors,
                padded_debtors: self.chance.once_in(2),
                stripe_customer: Some(format!("cus_{word}{round}")),
                zendesk_organization: Some(organization),
                currency: account.currency,
                parent: (parent != at).then(|| ids[parent]),
                owner: Some(51),
                credit_limit: Some(Decimal::from(50_000)),
                vat: Some(format!("{word}VAT")),
                blocked: false,
                created: NOW - 1000,
                modified: NOW - 500,
            });
        }
    }

    /// One person for each account, with every right; one who has two accounts, and fewer rights in the second; and
    /// colleagues who cannot sign in.
    fn people(&mut self) -> Vec<Person> {
        let admin = || vec!["Portal admin"];
        let mut people = Vec::new();
        for (at, account) in self.accounts.into_iter().enumerate() {
            let company = self.company(at).id;
            let email = format!("one.{}@{}.example", self.round, account.word.to_lowercase());
            self.contact((account.digits, account.word, &email), vec![Membership { company, labels: admin() }]);
            people.push(Person { email, of: vec![account] });
            for colleague in 0..self.chance.below(3) {
                let email = format!("colleague{colleague}.{}@{}.example", self.round, account.word.to_lowercase());
                self.contact((account.digits, account.word, &email), vec![Membership { company, labels: Vec::new() }]);
            }
        }
        let both = [(0, admin()), (1, vec!["Portal user"])];
        let both = both.map(|(at, labels)| Membership { company: self.company(at).id, labels });
        let email = format!("both.{}@shared.example", self.round);
        self.contact(("70", "Shared", &email), both.to_vec());
        people.push(Person { email, of: vec![self.accounts[0], self.accounts[1]] });
        people
    }

    fn contact(&mut self, (digits, word, email): (&str, &str, &str), companies: Vec<Membership>) {
        let (id, desk) = (self.number(digits), self.number(digits));
        self.business.contacts.push(Contact {
            id,
            email: email.to_owned(),
            first_name: Some("Kim".to_owned()),
            last_name: Some(word.to_owned()),
            phone: Some(format!("{word} 2")),
            job_title: Some(format!("{word} buyer")),
            language: Some("en"),
            companies,
            zendesk_user: Some(desk),
            archived: false,
            created: NOW - 900,
            modified: NOW - 400,
        });
    }

    /// Somebody whose first company it is.
    fn somebody(&mut self, at: usize) -> u64 {
        let company = self.company(at).id;
        let all = self.business.contacts.iter().filter(|contact| contact.companies[0].company == company);
        let desks: Vec<u64> = all.filter_map(|contact| contact.zendesk_user).collect();
        *self.chance.one(&desks)
    }

    fn orders(&mut self, at: usize) {
        let account = self.accounts[at];
        for _ in 0..self.count() {
            let debtors = self.company(at).debtors.clone();
            let sold_to = self.chance.one(&debtors).clone();
            let number = self.number(account.digits).to_string();
            let line = |position: u32, sku: &str, net| OrderLine {
                position,
                sku: sku.to_owned(),
                text: format!("{} part", account.word),
                quantity: Decimal::TWO,
                unit: "PC",
                net,
                schedule: vec![Scheduled {
                    ordered: Decimal::TWO,
                    confirmed: Decimal::TWO,
                    on: Some(date(2026, 5, 1)),
                }],
            };
            let lines = vec![line(10, "PUMP-7", self.amount()), line(20, "VALVE'S/2", self.amount())];
            let day = i8::try_from(1 + self.chance.below(28)).unwrap_or(1);
            self.business.orders.push(Order {
                number,
                sold_to,
                reference: Some(format!("{} PO", account.word)),
                placed: date(2026, 3, day),
                requested: Some(date(2026, 4, day)),
                currency: account.currency,
                process: ["A", "B", "C", ""][self.chance.below(4)],
                delivery: ["A", "B", "C", ""][self.chance.below(4)],
                rejection: "A",
                block: "",
                lines,
                modified: NOW - 300,
            });
        }
    }

    fn subscriptions(&mut self, at: usize) {
        let account = self.accounts[at];
        for _ in 0..=self.chance.below(2) {
            let (key, price, start) = (self.number(account.digits), self.amount(), self.at());
            self.business.subscriptions.push(Subscription {
                id: format!("sub_{}{key}", account.word),
                customer: self.customer(at),
                status: ["active", "canceled", "past_due"][self.chance.below(3)],
                product: account.product,
                price,
                quantity: 2,
                currency: account.currency,
                interval: "month",
                start,
                period_end: NOW + 86_400,
                cancel_at_period_end: false,
            });
        }
    }

    fn deals(&mut self, at: usize) {
        let account = self.accounts[at];
        for _ in 0..self.count() {
            let (id, amount, created) = (self.number(account.digits), self.amount(), self.at());
            self.business.deals.push(Deal {
                id,
                company: self.company(at).id,
                name: format!("{} deal", account.word),
                amount: Some(amount),
                currency: Some(account.currency),
                stage: ["appointmentscheduled", "closedwon", "closedlost"][self.chance.below(3)],
                close: Some(NOW),
                created,
                modified: NOW - 200,
            });
        }
    }

    fn invoices(&mut self, at: usize) {
        let account = self.accounts[at];
        for count in 0..self.count() {
            let (key, created) = (self.number(account.digits), self.at());
            // The first is one to be seen: it has more lines than are told with an invoice, so that the rest is read apart.
            let draft = self.chance.once_in(6) && count > 0;
            let status = if draft { "draft" } else { *self.chance.one(&["open", "paid", "void", "uncollectible"]) };
            let word = if draft { SECRET } else { account.word };
            let lines = if count == 0 { 12 } else { 1 + self.chance.below(3) };
            let lines = (0..lines).map(|line| InvoiceLine {
                id: format!("il_{word}{key}_{line}"),
                description: Some(format!("{word} item")),
                quantity: 1,
                amount: Decimal::new(12_345, 2),
            });
            let lines = lines.collect();
            let (order, subscription) = (self.lead(at), self.lead(at));
            let orders: Vec<String> = {
                let debtors = &self.company(order).debtors;
                let own = self.business.orders.iter().filter(|order| debtors.contains(&order.sold_to));
                own.map(|order| order.number.clone()).collect()
            };
            let order = (!orders.is_empty()).then(|| self.chance.one(&orders).clone());
            let customer = self.customer(subscription);
            let of = |subscription: &&Subscription| subscription.customer == customer;
            let subscription = self.business.subscriptions.iter().find(of).map(|found| found.id.clone());
            let subscription = subscription.filter(|_| self.chance.once_in(2));
            self.business.invoices.push(Invoice {
                id: format!("in_{word}{key}"),
                customer: self.customer(at),
                number: (!draft).then(|| format!("{word}-{key}")),
                status,
                currency: account.currency,
                lines,
                tax: Decimal::ONE,
                paid: Decimal::ZERO,
                created,
                due: Some(created + 86_400),
                order,
                subscription,
            });
        }
    }

    fn payments(&mut self, at: usize) {
        let account = self.accounts[at];
        for _ in 0..self.count() {
            let (key, amount, created) = (self.number(account.digits), self.amount(), self.at());
            let customer = {
                let lead = self.lead(at);
                self.customer(lead)
            };
            let all = self.business.invoices.iter().filter(|invoice| invoice.customer == customer);
            let issued = all.filter(|invoice| invoice.status != "draft").map(|invoice| invoice.id.clone());
            let issued: Vec<String> = issued.collect();
            self.business.payments.push(Payment {
                id: format!("pi_{}{key}", account.word),
                customer: self.customer(at),
                invoice: (!issued.is_empty()).then(|| self.chance.one(&issued).clone()),
                amount,
                currency: account.currency,
                status: "succeeded",
                method: "card",
                created,
            });
        }
    }

    fn tickets(&mut self, at: usize) {
        let account = self.accounts[at];
        for _ in 0..self.count() {
            let (id, created) = (self.number(account.digits), self.at());
            let requester = {
                let lead = self.lead(at);
                self.somebody(lead)
            };
            let (customer, agent) = (self.somebody(at), 61);
            let mut comment = |author, word: &str, public| Comment {
                id: self.number(account.digits),
                author,
                html: format!("<p>{word} wrote</p>"),
                public,
                created: created + 60,
            };
            let comments = vec![
                comment(customer, account.word, true),
                comment(agent, SECRET, false),
                comment(agent, account.word, true),
            ];
            self.business.tickets.push(Ticket {
                id,
                organization: self.company(at).zendesk_organization,
                requester,
                assignee: Some(61),
                subject: format!("{} broke", account.word),
                status: ["new", "open", "pending", "solved"][self.chance.below(4)],
                priority: Some("high"),
                kind: Some("incident"),
                slas: vec![Sla { metric: "first_reply_time", stage: "active", breach_at: Some(NOW + 3600) }],
                comments,
                created,
                modified: created + 60,
                solved: None,
            });
        }
    }
}

/// How many records of `kind` the account has, by the business's own books.
pub fn owned(business: &Business, account: Account, kind: &str) -> usize {
    let company = business.companies.iter().find(|company| company.name.contains(account.word)).expect("a company");
    match kind {
        "orders" => business.orders.iter().filter(|order| company.debtors.contains(&order.sold_to)).count(),
        "tickets" => {
            business.tickets.iter().filter(|ticket| ticket.organization == company.zendesk_organization).count()
        }
        "invoices" => {
            let own =
                business.invoices.iter().filter(|invoice| Some(&invoice.customer) == company.stripe_customer.as_ref());
            let billed = business.billing.iter().filter(|document| company.debtors.contains(&document.sold_to));
            let billed = billed.filter(|document| matches!(document.category, "M" | "O" | "P"));
            own.filter(|invoice| invoice.status != "draft").count() + billed.count()
        }
        _ => panic!("`{kind}` is not counted"),
    }
}

/// The person of this account alone.
pub fn only(people: &[Person], account: Account) -> &Person {
    people.iter().find(|person| person.of == [account]).expect("one person for each account")
}
