//! The fields that writes set over one another's values, and whose value stands there.

use vestibule_sandbox::data::Business;

/// The reason that the demo's gateway rejects the items of a cancelled order with.
const REASON: &str = "10";

/// A field of one record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The job title of a contact.
    JobTitle(u64),
    /// The billing address of a company: one value, in several properties.
    BillingAddress(u64),
    /// The amount of a deal.
    Amount(u64),
    /// That an order is rejected, all of it. Nothing but its own write ever sets it.
    Rejection(String),
}

impl Field {
    /// What the write whose value stands there is found by, straight from the records; none where no write's does.
    pub fn stands(&self, business: &Business) -> Option<String> {
        match self {
            Self::JobTitle(id) => told(business, ("contact", *id), "jobtitle"),
            Self::Amount(id) => told(business, ("deal", *id), "amount"),
            Self::BillingAddress(id) => {
                let street = told(business, ("company", *id), "address")?;
                let seeded = business.companies.iter().find(|company| company.id == *id)?.country;
                let city = told(business, ("company", *id), "city");
                let country = told(business, ("company", *id), "country").unwrap_or_else(|| seeded.to_owned());
                // Half of an address is nobody's.
                if city.as_deref() == Some("Delft") && country == "NL" { Some(street) } else { Some(String::new()) }
            }
            Self::Rejection(number) => {
                let order = business.orders.iter().find(|order| order.number == *number)?;
                let rejected = &business.told.order(number).rejected;
                let all = order.lines.iter().all(|line| rejected.get(&line.position).is_some_and(|is| is == REASON));
                if rejected.is_empty() && order.rejection == "A" {
                    return None;
                }
                Some(if all && order.rejection == "C" { number.clone() } else { String::new() })
            }
        }
    }
}

/// A property that the CRM was told.
fn told(business: &Business, record: (&'static str, u64), property: &str) -> Option<String> {
    business.told.objects.get(&record)?.set.get(property)?.clone()
}
