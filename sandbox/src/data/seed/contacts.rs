//! People at customers: those who sign in, the awkward ones, and one or two for every other company.

use crate::data::{Company, Contact, Membership};

use super::places::{FIRST_NAMES, LAST_NAMES, slug};
use super::random::Random;
use super::special::{KESTREL, NORDSOEHNE, SOEHNE};
use super::{DAY, special};

const FIRST_ID: u64 = 7_001_001;
const FIRST_USER: u64 = 430_000_101;
const USER: &str = "Portal user";
const ADMIN: &str = "Portal admin";

/// E-mail, given name, family name, language, memberships; all are known to the desk but the last.
type Named = (&'static str, &'static str, &'static str, &'static str, &'static [(u64, &'static [&'static str])]);

const NAMED: &[Named] = &[
    ("ana.lund@kestrel-marine.example", "Ana", "Lund", "en", &[(KESTREL, &[ADMIN])]),
    ("jonas.weber@soehne-nord.example", "Jonas", "Weber", "de", &[(SOEHNE, &[ADMIN]), (NORDSOEHNE, &[USER])]),
    ("mei.tanaka@kestrel-marine.example", "Mei", "Tanaka", "ja", &[(KESTREL, &[USER])]),
    ("orders+eu@aurelia-holding-ag.example", "Reto", "Frei", "de", &[(KESTREL + 7, &[USER]), (KESTREL + 8, &[])]),
    ("Claire.Lefevre@Etablissements.example", "Claire", "Lefèvre", "fr", &[(KESTREL + 6, &[ADMIN])]),
    // Known to the CRM, without a label: the portal denies access.
    ("piet.vos@kestrel-marine.example", "Piet", "Vos", "nl", &[(KESTREL, &[])]),
];

/// All contacts, ids ascending.
pub(super) fn all(now: i64, companies: &[Company]) -> Vec<Contact> {
    let mut random = Random::new(23);
    let mut contacts: Vec<Contact> = (0_u64..).zip(NAMED).map(|(index, row)| named(now, index, row)).collect();
    for company in companies {
        let some = if company.id <= NORDSOEHNE { 1 } else { random.between(1, 3) - random.between(0, 1) };
        for _ in 0..some.max(1) {
            let index = u64::try_from(contacts.len()).unwrap_or_default();
            contacts.push(ordinary(&mut random, now, index, company));
        }
    }
    // Every thirtieth works for a second company too.
    let total = companies.len();
    for (index, contact) in contacts.iter_mut().enumerate().skip(NAMED.len() + 3).step_by(30) {
        let other = &companies[(index * 7 + 40) % total];
        if contact.companies.iter().all(|membership| membership.company != other.id) && other.id > NORDSOEHNE {
            contact.companies.push(Membership { company: other.id, labels: Vec::new() });
        }
    }
    contacts
}

fn named(now: i64, index: u64, (email, first, last, language, companies): &Named) -> Contact {
    Contact {
        id: FIRST_ID + index,
        email: (*email).to_owned(),
        first_name: Some((*first).to_owned()),
        last_name: Some((*last).to_owned()),
        phone: Some(format!("+31 10 555 0{}", 100 + index)),
        job_title: Some("Purchasing".to_owned()),
        language: Some(language),
        companies: companies
            .iter()
            .map(|(company, labels)| Membership { company: *company, labels: labels.to_vec() })
            .collect(),
        zendesk_user: (*last != "Vos").then_some(FIRST_USER + index),
        archived: false,
        created: now - (900 - i64::try_from(index).unwrap_or_default()) * DAY,
        modified: now - 30 * DAY,
    }
}

fn ordinary(random: &mut Random, now: i64, index: u64, company: &Company) -> Contact {
    let first = *random.pick(FIRST_NAMES);
    let last = *random.pick(LAST_NAMES);
    let fallback = format!("company{}.example", company.id - special::KESTREL);
    let domain = company.domain.clone().unwrap_or(fallback);
    let labels = match random.between(1, 10) {
        1..=5 => vec![USER],
        6 => vec![ADMIN],
        7 => vec![ADMIN, USER],
        _ => Vec::new(),
    };
    // A few ids lie beyond 2^32, as they do in large help desks.
    let user = if index % 9 == 4 { 5_000_430_000_000 + index } else { FIRST_USER + index };
    Contact {
        id: FIRST_ID + index,
        email: format!("{}.{}{index}@{domain}", slug(first), slug(last)),
        first_name: random.chance(94).then(|| first.to_owned()),
        last_name: random.chance(97).then(|| last.to_owned()),
        phone: random.chance(70).then(|| format!("+49 151 {}", 4_000_000 + index * 77)),
        job_title: random
            .chance(60)
            .then(|| (*random.pick(&["Buyer", "CFO", "Einkäuferin", "Ops & Service"])).to_owned()),
        language: random.chance(70).then(|| *random.pick(&["en", "de", "fr", "ja", "nl"])),
        companies: vec![Membership { company: company.id, labels }],
        zendesk_user: (company.zendesk_organization.is_some() && random.chance(90)).then_some(user),
        archived: random.chance(4),
        created: now - random.between(60, 1400) * DAY,
        modified: now - random.between(1, 59) * DAY,
    }
}
