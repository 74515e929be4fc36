//! The seeded business: one history, the same for every start at the same moment.

mod articles;
mod billing;
mod companies;
mod contacts;
mod deals;
mod deliveries;
mod desk;
mod invoices;
mod orders;
mod places;
mod products;
mod quotations;
pub(crate) mod random;
mod schedule;
mod special;
mod stock;
mod subscriptions;

pub(super) use orders::currency;

use super::Business;

/// Seconds in a day.
const DAY: i64 = 86_400;

/// The business as of `now`, Unix seconds: nothing in it happened later, though invoices fall due later.
pub fn business(now: i64) -> Business {
    let companies = companies::all(now);
    let contacts = contacts::all(now, &companies);
    let staff = desk::staff();
    let products = products::all(now);
    let mut orders = orders::all(now, &companies, &products);
    schedule::promise(now, &mut orders);
    let subscriptions = subscriptions::all(now, &companies);
    let billed = invoices::Billed { companies: &companies, orders: &orders, subscriptions: &subscriptions };
    let invoices = invoices::all(now, &billed);
    let payments = invoices::payments(now, &invoices);
    Business {
        quotations: quotations::all(now, &companies, (&orders, &products)),
        deliveries: deliveries::all(now, &orders),
        billing: billing::all(now, &companies, &orders),
        stock: stock::all(&products),
        deals: deals::all(now, &companies),
        tickets: desk::tickets(now, &companies, &contacts),
        articles: articles::all(now),
        companies,
        contacts,
        staff,
        products,
        orders,
        invoices,
        payments,
        subscriptions,
        told: super::told::Told::default(),
    }
}
