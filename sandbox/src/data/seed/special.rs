//! The companies that are there for a reason: the showcase, and the ones that trip careless code.

use rust_decimal::Decimal;

use crate::data::Company;

use super::DAY;

/// HubSpot id of the first company, the showcase.
pub(super) const KESTREL: u64 = 9_001_001;
/// HubSpot id of `O'Neill & Söhne "Nord" GmbH`.
pub(super) const SOEHNE: u64 = KESTREL + 1;
/// HubSpot id of the sister firm.
pub(super) const NORDSOEHNE: u64 = KESTREL + 2;

/// What tells the special companies apart: name, place, debtors, links.
struct Row {
    name: &'static str,
    /// Country, city, postal code, currency.
    place: [&'static str; 4],
    debtors: &'static [&'static str],
    padded: bool,
    /// Which of Stripe and Zendesk know the company.
    stripe: bool,
    desk: bool,
    parent: Option<u64>,
}

const fn row(name: &'static str, place: [&'static str; 4], debtors: &'static [&'static str]) -> Row {
    Row { name, place, debtors, padded: false, stripe: true, desk: true, parent: None }
}

const AURELIA: Option<u64> = Some(KESTREL + 7);

const ROWS: &[Row] = &[
    Row { padded: true, ..row("Kestrel Marine BV", ["NL", "Rotterdam", "3011 AB", "EUR"], &["10100001", "10100002"]) },
    row("O'Neill & Söhne \"Nord\" GmbH", ["DE", "Hamburg", "20457", "EUR"], &["10100003"]),
    Row { padded: true, ..row("Nordsöhne Logistik KG", ["DE", "Kiel", "24103", "EUR"], &["10100004"]) },
    row("Meyer Maschinenbau GmbH", ["DE", "Ulm", "89073", "EUR"], &["10100005"]),
    row("Meyer Maschinenbau GmbH", ["DE", "Celle", "29221", "EUR"], &["10100006"]),
    row("Tanaka Seiki 株式会社", ["JP", "札幌市", "060-0001", "JPY"], &["10100007"]),
    row("Établissements Lefèvre & Fils SARL", ["FR", "Bourg-en-Bresse", "01000", "EUR"], &["10100008"]),
    row("Aurelia Holding AG", ["CH", "Zürich", "8001", "CHF"], &["10100009"]),
    Row { parent: AURELIA, ..row("Aurelia Pumpen GmbH", ["DE", "Dresden", "01067", "EUR"], &["10100010"]) },
    Row { parent: AURELIA, ..row("Aurelia Services, Inc.", ["US", "Boston", "02108", "USD"], &["10100011"]) },
    Row { parent: AURELIA, ..row("Aurelia Japan K.K.", ["JP", "Yokohama", "220-0011", "JPY"], &["10100012"]) },
    Row { stripe: false, desk: false, ..row("Greenfield Prospect LLC", ["US", "Portland", "97201", "USD"], &[]) },
    Row { stripe: false, ..row("Cash & Carry Großhandel e.K.", ["DE", "Köln", "50667", "EUR"], &["10100014"]) },
    Row { desk: false, ..row("Silent Partner S.A.", ["FR", "Nîmes", "30000", "EUR"], &["10100015"]) },
    Row { stripe: false, desk: false, ..row("Leer", ["DE", "", "", "EUR"], &[]) },
    row("Bob's \"Best\" Boats, Inc.", ["US", "Newark", "07102", "USD"], &["10100017"]),
    row("100% Wasser; Wärme + Luft GmbH", ["DE", "Jena", "07743", "EUR"], &["10100018"]),
    row("Tag <Sons> & Daughters Ltd", ["US", "St. Louis", "63101", "USD"], &["10100019"]),
    Row {
        padded: true,
        ..row("Vierfach Werke AG", ["DE", "Leipzig", "04109", "EUR"], &["10100020", "10100021", "10100022", "10100023"])
    },
    row("  Spaced Out  GmbH ", ["CH", "Genève", "1201", "CHF"], &["10100024"]),
];

/// The special companies, the showcase first.
pub(super) fn companies(now: i64) -> Vec<Company> {
    (0_u64..).zip(ROWS).map(|(index, row)| company(now, index, row)).collect()
}

fn company(now: i64, index: u64, row: &Row) -> Company {
    let [country, city, postal_code, currency] = row.place;
    let bare = city.is_empty();
    let given = |text: &str| (!bare).then(|| text.to_owned());
    let days = i64::try_from(index).unwrap_or_default();
    Company {
        id: KESTREL + index,
        name: row.name.to_owned(),
        domain: (!bare).then(|| format!("{}.example", domain(index, row.name))),
        phone: given("+31 (0)10 555 01 23"),
        street: given("Havenweg 7\u{2013}9"),
        city: given(city),
        region: None,
        postal_code: given(postal_code),
        country,
        industry: (!bare).then_some("MACHINERY"),
        lifecycle: if row.debtors.is_empty() { "lead" } else { "customer" },
        number: row.debtors.first().map(|_| format!("{:06}", 42 + index)),
        debtors: row.debtors.iter().map(|debtor| (*debtor).to_owned()).collect(),
        padded_debtors: row.padded,
        stripe_customer: row
            .stripe
            .then(|| format!("cus_{}1", domain(index, row.name).replace('-', "")))
            .map(|id| if index == 0 { "cus_KestrelMarine1".to_owned() } else { id }),
        zendesk_organization: row.desk.then_some(36_000_101 + index),
        currency,
        parent: row.parent,
        owner: (!bare).then_some(5_100_001 + index % 6),
        credit_limit: (!row.debtors.is_empty()).then(|| Decimal::from(50_000)),
        vat: (country == "DE").then(|| format!("DE1234567{index:02}")),
        blocked: false,
        created: now - (1500 - days) * DAY,
        modified: now - (20 + days) * DAY,
    }
}

fn domain(index: u64, name: &str) -> String {
    match index {
        0 => "kestrel-marine".to_owned(),
        1 => "soehne-nord".to_owned(),
        // Two firms of one name have two domains.
        4 => "meyer-celle".to_owned(),
        _ => super::places::slug(name),
    }
}
