//! What the seeded business promises: size, awkwardness, and ids that agree with each other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use vestibule_sandbox::data::{Business, Company, seed};
use vestibule_sandbox::people;

const NOW: i64 = 1_784_000_000;

fn business() -> Business {
    seed::business(NOW)
}

fn company<'a>(business: &'a Business, name: &str) -> &'a Company {
    business.companies.iter().find(|company| company.name == name).unwrap()
}

fn unique<T: Ord>(values: impl Iterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    values.into_iter().all(|value| seen.insert(value))
}

#[test]
fn the_business_has_the_size_of_a_real_one() {
    let business = business();
    assert!(business.companies.len() >= 220, "{} companies", business.companies.len());
    let near = |what: &str, count: usize, wanted: usize| {
        let tolerance = wanted / 4;
        assert!(count.abs_diff(wanted) <= tolerance, "{count} {what}, wanted about {wanted}");
    };
    near("contacts", business.contacts.len(), 400);
    near("products", business.products.len(), 60);
    near("orders", business.orders.len(), 1200);
    near("invoices", business.invoices.len(), 1500);
    near("subscriptions", business.subscriptions.len(), 150);
    near("tickets", business.tickets.len(), 900);
    near("articles", business.articles.len(), 25);
    near("deals", business.deals.len(), 150);
}

#[test]
fn it_is_the_same_every_time_and_moves_with_the_clock() {
    assert_eq!(format!("{:?}", business()), format!("{:?}", business()));
    let later = seed::business(NOW + 86_400);
    assert_eq!(later.companies[5].created, business().companies[5].created + 86_400);
}

#[test]
fn it_is_awkward_where_real_data_is() {
    let business = business();
    let companies = &business.companies;
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    companies.iter().for_each(|company| *names.entry(&company.name).or_default() += 1);
    assert_eq!(names.values().filter(|count| **count == 2).count(), 1, "two firms of one name");
    assert!(names.values().all(|count| *count <= 2));
    assert!(companies.iter().any(|company| company.padded_debtors && company.debtors.len() > 1));
    assert!(companies.iter().any(|company| company.postal_code.as_deref() == Some("01067")));
    assert!(companies.iter().any(|company| company.name.contains('"') && company.name.contains("ö")));
    assert!(companies.iter().any(|company| company.debtors.is_empty()));
    assert!(companies.iter().any(|company| company.stripe_customer.is_none() && !company.debtors.is_empty()));
    assert!(companies.iter().any(|company| company.zendesk_organization.is_none() && !company.debtors.is_empty()));
    assert!(companies.iter().filter(|company| company.parent.is_some()).count() >= 3);
    let billed: BTreeSet<&str> = business.invoices.iter().map(|invoice| invoice.currency).collect();
    assert!(billed.is_superset(&BTreeSet::from(["EUR", "JPY", "USD"])), "{billed:?}");
    let yen = business.invoices.iter().filter(|invoice| invoice.currency == "JPY");
    assert!(yen.flat_map(|invoice| &invoice.lines).all(|line| line.amount.fract() == Decimal::ZERO));
    let contacts = &business.contacts;
    assert!(contacts.iter().any(|contact| contact.email.contains('+')));
    assert!(contacts.iter().any(|contact| contact.email.chars().any(char::is_uppercase)));
    assert!(contacts.iter().any(|contact| contact.archived));
    assert!(contacts.iter().filter(|contact| contact.companies.len() > 1).count() > 5);
    assert!(business.invoices.iter().any(|invoice| invoice.status == "draft" && invoice.number.is_none()));
    assert!(business.invoices.iter().any(|invoice| invoice.lines.len() >= 12));
    let overdue = |invoice: &&vestibule_sandbox::data::Invoice| {
        invoice.status == "open" && invoice.due.is_some_and(|due| due < NOW)
    };
    assert!(business.invoices.iter().filter(overdue).count() >= 5);
    assert!(business.tickets.iter().any(|ticket| ticket.id > u64::from(u32::MAX)));
    assert!(business.tickets.iter().any(|ticket| ticket.comments.iter().any(|comment| !comment.public)));
    assert!(business.deals.iter().any(|deal| deal.currency.is_none()));
    assert!(business.articles.iter().any(|article| article.draft));
    assert!(business.articles.iter().any(|article| article.segment.is_some()));
}

#[test]
fn ids_are_unique_and_agree() {
    let business = business();
    let companies: BTreeSet<u64> = business.companies.iter().map(|company| company.id).collect();
    let debtors: BTreeSet<&String> = business.companies.iter().flat_map(|company| &company.debtors).collect();
    let customers: BTreeSet<&String> =
        business.companies.iter().filter_map(|company| company.stripe_customer.as_ref()).collect();
    let organizations: BTreeSet<u64> =
        business.companies.iter().filter_map(|company| company.zendesk_organization).collect();
    let users: BTreeSet<u64> = business.contacts.iter().filter_map(|contact| contact.zendesk_user).collect();
    let skus: BTreeSet<&String> = business.products.iter().map(|product| &product.sku).collect();
    let orders: BTreeSet<&String> = business.orders.iter().map(|order| &order.number).collect();
    let invoices: BTreeSet<&String> = business.invoices.iter().map(|invoice| &invoice.id).collect();

    assert_eq!(companies.len(), business.companies.len());
    assert_eq!(debtors.len(), business.companies.iter().flat_map(|company| &company.debtors).count());
    assert_eq!(customers.len(), business.companies.iter().filter(|company| company.stripe_customer.is_some()).count());
    assert_eq!(skus.len(), business.products.len());
    assert_eq!(orders.len(), business.orders.len());
    assert_eq!(invoices.len(), business.invoices.len());
    assert!(unique(business.contacts.iter().map(|contact| contact.email.to_lowercase())));
    assert!(unique(business.contacts.iter().map(|contact| contact.id)));
    assert!(unique(business.contacts.iter().filter_map(|contact| contact.zendesk_user)));
    assert!(unique(business.invoices.iter().filter_map(|invoice| invoice.number.as_ref())));
    assert!(unique(business.payments.iter().map(|payment| &payment.id)));
    assert!(unique(business.subscriptions.iter().map(|subscription| &subscription.id)));
    assert!(unique(business.tickets.iter().map(|ticket| ticket.id)));
    assert!(unique(business.tickets.iter().flat_map(|ticket| &ticket.comments).map(|comment| comment.id)));

    let memberships = business.contacts.iter().flat_map(|contact| &contact.companies);
    assert!(memberships.into_iter().all(|membership| companies.contains(&membership.company)));
    assert!(business.companies.iter().filter_map(|company| company.parent).all(|parent| companies.contains(&parent)));
    assert!(business.deals.iter().all(|deal| companies.contains(&deal.company)));
    assert!(business.orders.iter().all(|order| debtors.contains(&order.sold_to)));
    assert!(business.orders.iter().flat_map(|order| &order.lines).all(|line| skus.contains(&line.sku)));
    assert!(business.orders.iter().all(|order| (1..=6).contains(&order.lines.len())));
    assert!(business.invoices.iter().all(|invoice| customers.contains(&invoice.customer)));
    assert!(business.invoices.iter().filter_map(|invoice| invoice.order.as_ref()).all(|order| orders.contains(order)));
    assert!(business.payments.iter().filter_map(|payment| payment.invoice.as_ref()).all(|id| invoices.contains(id)));
    assert!(business.subscriptions.iter().all(|subscription| customers.contains(&subscription.customer)));
    assert!(business.tickets.iter().all(|ticket| users.contains(&ticket.requester)));
    assert!(business.tickets.iter().filter_map(|ticket| ticket.organization).all(|id| organizations.contains(&id)));
}

#[test]
fn nothing_happened_after_now() {
    let business = business();
    let instants = business
        .companies
        .iter()
        .flat_map(|row| [row.created, row.modified])
        .chain(business.contacts.iter().flat_map(|row| [row.created, row.modified]))
        .chain(business.deals.iter().flat_map(|row| [row.created, row.modified]))
        .chain(business.orders.iter().map(|row| row.modified))
        .chain(business.invoices.iter().map(|row| row.created))
        .chain(business.payments.iter().map(|row| row.created))
        .chain(business.subscriptions.iter().map(|row| row.start))
        .chain(business.tickets.iter().flat_map(|row| [row.created, row.modified]))
        .chain(business.articles.iter().flat_map(|row| [row.created, row.modified]));
    assert_eq!(instants.filter(|instant| *instant > NOW).count(), 0);
}

#[test]
fn the_showcase_account_shows_everything() {
    let business = business();
    let kestrel = company(&business, "Kestrel Marine BV");
    assert_eq!(kestrel.debtors.len(), 2);
    assert!(kestrel.padded_debtors);
    let customer = kestrel.stripe_customer.as_deref().unwrap();
    for debtor in &kestrel.debtors {
        assert!(business.orders.iter().filter(|order| order.sold_to == *debtor).count() >= 5);
    }
    let invoices: Vec<_> = business.invoices.iter().filter(|invoice| invoice.customer == customer).collect();
    let statuses: BTreeSet<&str> = invoices.iter().map(|invoice| invoice.status).collect();
    assert!(invoices.len() >= 12);
    assert!(statuses.is_superset(&BTreeSet::from(["open", "paid", "uncollectible", "void"])), "{statuses:?}");
    assert!(invoices.iter().any(|invoice| invoice.lines.len() >= 12));
    let organization = kestrel.zendesk_organization;
    assert!(business.tickets.iter().filter(|ticket| ticket.organization == organization).count() >= 8);
    assert!(business.deals.iter().any(|deal| deal.company == kestrel.id));
}

#[test]
fn people_sign_in_with_a_label_and_the_desk_knows_them() {
    let business = business();
    let people = people();
    assert!(people.len() >= 3);
    for person in &people {
        let contact = business.contacts.iter().find(|contact| contact.email == person.email).unwrap();
        assert!(!contact.archived);
        assert!(contact.zendesk_user.is_some());
        assert!(contact.companies.iter().all(|membership| !membership.labels.is_empty()));
        let name = |id: u64| business.companies.iter().find(|company| company.id == id).unwrap().name.clone();
        let names: Vec<String> = contact.companies.iter().map(|membership| name(membership.company)).collect();
        assert_eq!(person.account, names.join(", "));
    }
    let denied = business.contacts.iter().find(|contact| contact.email == "piet.vos@kestrel-marine.example").unwrap();
    assert!(denied.companies.iter().all(|membership| membership.labels.is_empty()));
    assert!(people.iter().all(|person| person.email != denied.email));
}
