//! Customers.

use serde_json::{Value, json};

use crate::data::Company;

use super::view::View;

/// Customers that were deleted: their ids still answer, with nothing else.
pub(super) const DELETED: [&str; 1] = ["cus_Deleted0001"];

/// A deleted customer.
pub(super) fn deleted(id: &str) -> Value {
    json!({ "id": id, "object": "customer", "deleted": true })
}

/// Whether the id is that of a customer, deleted or not.
pub(super) fn known(view: &View<'_>, id: &str) -> bool {
    let own = |company: &Company| company.stripe_customer.as_deref() == Some(id);
    DELETED.contains(&id) || view.business.companies.iter().any(own)
}

/// The company that is the customer.
pub(super) fn company<'a>(view: &View<'a>, id: &str) -> Option<&'a Company> {
    view.business.companies.iter().find(|company| company.stripe_customer.as_deref() == Some(id))
}

/// Where the customer's mail goes: the first person of the company whom the CRM knows.
pub(super) fn email(view: &View<'_>, company: &Company) -> Option<String> {
    let mut people = view.business.contacts.iter().filter(|contact| !contact.archived);
    let person = people.find(|contact| contact.companies.first().is_some_and(|first| first.company == company.id));
    let domain = || company.domain.as_ref().map(|domain| format!("billing@{domain}"));
    person.map(|person| person.email.clone()).or_else(domain)
}

/// The postal address.
pub(super) fn address(company: &Company) -> Value {
    json!({
        "line1": company.street,
        "line2": null,
        "city": company.city,
        "state": company.region,
        "postal_code": company.postal_code,
        "country": company.country,
    })
}

/// The customer, for companies that Stripe bills.
pub(super) fn shown(view: &View<'_>, company: &Company) -> Option<Value> {
    let id = company.stripe_customer.as_ref()?;
    let own = |invoice: &&crate::data::Invoice| invoice.customer == *id;
    let late = |due: i64| due < view.now;
    let mut invoices = view.business.invoices.iter().filter(own);
    let delinquent = invoices.any(|invoice| invoice.status == "open" && invoice.due.is_some_and(late));
    // Some have credit left from a return: a negative balance.
    let balance = if company.id.is_multiple_of(7) { -1250 } else { 0 };
    let shown = json!({
        "id": id,
        "object": "customer",
        "address": address(company),
        "balance": balance,
        "created": company.created,
        "currency": company.currency.to_lowercase(),
        "default_source": null,
        "delinquent": delinquent,
        "description": null,
        "discount": null,
        "email": email(view, company),
        "invoice_prefix": format!("VD{:06}", company.id % 1_000_000),
        "invoice_settings": {
            "custom_fields": null,
            "default_payment_method": null,
            "footer": null,
            "rendering_options": null,
        },
        "livemode": false,
        "metadata": { "hubspot_company": company.id.to_string() },
        "business_name": null,
        "name": company.name,
        "next_invoice_sequence": 1,
        "phone": company.phone,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    });
    Some(view.told(id, shown))
}
