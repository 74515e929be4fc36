//! Customers: the special ones, then as many ordinary ones as a mid-sized business has.

use rust_decimal::Decimal;

use crate::data::Company;

use super::places::{COUNTRIES, Country, HEADS, TRADES, slug};
use super::random::Random;
use super::{DAY, special};

const ORDINARY: u64 = 210;

/// All companies, ids ascending.
pub(super) fn all(now: i64) -> Vec<Company> {
    let mut random = Random::new(11);
    let mut companies = special::companies(now);
    let first = special::KESTREL + u64::try_from(companies.len()).unwrap_or_default();
    companies.extend((0..ORDINARY).map(|index| ordinary(&mut random, now, first + index)));
    companies
}

/// The countries by share, one after the other.
fn country(index: u64) -> &'static Country {
    let mut place = usize::try_from(index * 37 % 100).unwrap_or_default();
    for country in COUNTRIES {
        if place < country.share {
            return country;
        }
        place -= country.share;
    }
    &COUNTRIES[0]
}

fn ordinary(random: &mut Random, now: i64, id: u64) -> Company {
    let index = usize::try_from(id - special::KESTREL).unwrap_or_default();
    let country = country(id);
    // Head and trade run through all pairs before one repeats, so that only the two planted firms share a name.
    let head = HEADS[index % HEADS.len()];
    let (trade, industry) = TRADES[(index / HEADS.len()) % TRADES.len()];
    let name = format!("{head} {trade} {}", random.pick(country.forms));
    let (city, postal_code, region) = *random.pick(country.cities);
    let customer = random.chance(90);
    // Some have nothing but a subscription: the ERP does not know them.
    let subscriber = !customer && index % 3 == 0;
    let debtor = 10_200_000 + 10 * index;
    let debtors: Vec<String> = match (customer, random.chance(8)) {
        (false, _) => Vec::new(),
        (true, false) => vec![debtor.to_string()],
        (true, true) => vec![debtor.to_string(), (debtor + 1).to_string()],
    };
    let domain = format!("{}.example", slug(&format!("{head} {trade}")));
    Company {
        id,
        phone: random.chance(85).then(|| format!("{} {} {}", country.dial, 100 + index, 200_300 + index)),
        street: random.chance(90).then(|| format!("{} {}", random.pick(country.streets), 1 + index % 120)),
        city: Some(city.to_owned()),
        region: random.chance(60).then(|| region.to_owned()),
        postal_code: random.chance(93).then(|| postal_code.to_owned()),
        country: country.code,
        industry: random.chance(80).then_some(industry),
        lifecycle: match (customer, index % 17) {
            _ if subscriber => "customer",
            (false, 0..9) => "lead",
            (false, _) => "opportunity",
            (true, 0) => "evangelist",
            (true, 5) => "1043921",
            (true, _) => "customer",
        },
        number: (customer && random.chance(92)).then(|| format!("{:06}", 4200 + index)),
        padded_debtors: random.chance(30),
        stripe_customer: (subscriber || customer && random.chance(86)).then(|| format!("cus_{}{index:04}", slug(head))),
        zendesk_organization: random.chance(87).then_some(36_000_101 + id - special::KESTREL),
        currency: country.currency,
        parent: None,
        owner: random.chance(94).then_some(5_100_001 + id % 6),
        credit_limit: customer.then(|| Decimal::from(random.between(5, 90) * 1000)),
        vat: (!country.vat.is_empty()).then(|| format!("{}{}", country.vat, 100_200_300 + index)),
        blocked: random.chance(3),
        created: now - random.between(400, 1900) * DAY,
        modified: now - random.between(1, 300) * DAY,
        domain: random.chance(95).then_some(domain),
        name,
        debtors,
    }
}
