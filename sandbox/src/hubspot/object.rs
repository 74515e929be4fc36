//! CRM objects: what HubSpot calls a company, a contact and a deal, with properties that are text or nothing.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::data::{Business, Company, Contact, Deal};
use crate::web::iso_millis;

use super::error::Refusal;

/// The object types that the business has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Company,
    Contact,
    Deal,
}

impl Kind {
    /// From a path segment: plural, singular or type id, as HubSpot takes all three.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        match text {
            "companies" | "company" | "0-2" => Ok(Self::Company),
            "contacts" | "contact" | "0-1" => Ok(Self::Contact),
            "deals" | "deal" | "0-3" => Ok(Self::Deal),
            _ => Err(Refusal::invalid(&format!("Unable to infer object type from: {text}"))),
        }
    }

    /// The singular name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Contact => "contact",
            Self::Deal => "deal",
        }
    }

    /// Properties that come when none are asked for.
    fn default_properties(self) -> &'static [&'static str] {
        match self {
            Self::Company => &["name", "domain"],
            Self::Contact => &["email", "firstname", "lastname"],
            Self::Deal => &["amount", "closedate", "dealname", "dealstage", "pipeline"],
        }
    }

    /// Properties that come whatever is asked for.
    fn fixed_properties(self) -> [&'static str; 3] {
        let modified = if self == Self::Contact { "lastmodifieddate" } else { "hs_lastmodifieddate" };
        ["createdate", modified, "hs_object_id"]
    }

    /// Properties whose values are unique, and so may be an `idProperty`.
    pub(super) fn unique(self, property: &str) -> bool {
        match self {
            Self::Contact => property == "email",
            Self::Deal => property == "portal_key",
            Self::Company => false,
        }
    }
}

/// One object as the API tells it.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) id: u64,
    pub(super) properties: BTreeMap<&'static str, Option<String>>,
    /// The companies it is associated with, the primary one first; its own id for a company.
    pub(super) companies: Vec<u64>,
    pub(super) archived: bool,
    created: i64,
    modified: i64,
}

impl Object {
    /// The envelope with the asked-for properties that exist; unknown ones are left out in silence.
    pub(super) fn shown(&self, kind: Kind, asked: &[String]) -> Value {
        let mut shown = Map::new();
        let mut show = |name: &str| {
            if let Some(value) = self.properties.get(name) {
                shown.insert(name.to_owned(), json!(value));
            }
        };
        kind.fixed_properties().into_iter().for_each(&mut show);
        if asked.is_empty() {
            kind.default_properties().iter().copied().for_each(&mut show);
        }
        asked.iter().for_each(|name| show(name));
        json!({
            "id": self.id.to_string(),
            "properties": shown,
            "createdAt": iso_millis(self.created),
            "updatedAt": iso_millis(self.modified),
            "archived": self.archived,
        })
    }
}

/// All objects of a kind, archived ones too, ids ascending.
pub(super) fn all(business: &Business, kind: Kind) -> Vec<Object> {
    let mut objects: Vec<Object> = match kind {
        Kind::Company => business.companies.iter().map(company).collect(),
        Kind::Contact => business.contacts.iter().map(contact).collect(),
        Kind::Deal => business.deals.iter().map(deal).collect(),
    };
    if !business.told.objects.is_empty() {
        objects.iter_mut().for_each(|object| told(business, kind, object));
    }
    objects
}

/// Puts what HubSpot was told of an object over what its record holds.
fn told(business: &Business, kind: Kind, object: &mut Object) {
    let Some(told) = business.told.objects.get(&(kind.name(), object.id)) else {
        return;
    };
    for (name, value) in &told.set {
        if let Some(own) = object.properties.get_mut(name.as_str()) {
            own.clone_from(value);
        }
    }
    object.modified = told.modified;
    object.properties.insert(kind.fixed_properties()[1], Some(iso_millis(told.modified)));
    if let Some(Some(stage)) = object.properties.get("dealstage").cloned() {
        object.properties.insert("hs_is_closed", Some(stage.starts_with("closed").to_string()));
        object.properties.insert("hs_is_closed_won", Some((stage == "closedwon").to_string()));
    }
}

/// All objects of a kind that are not archived, ids ascending.
pub(super) fn live(business: &Business, kind: Kind) -> Vec<Object> {
    all(business, kind).into_iter().filter(|object| !object.archived).collect()
}

fn company(company: &Company) -> Object {
    let debtor = |debtor: &String| {
        if company.padded_debtors { format!("{debtor:0>10}") } else { debtor.clone() }
    };
    let debtors: Vec<String> = company.debtors.iter().map(debtor).collect();
    // Half of the portal's users fill in the website; the other half leave it to the domain.
    let website = company.domain.as_ref().filter(|_| company.id % 2 == 1);
    let properties = BTreeMap::from([
        ("name", Some(company.name.clone())),
        ("domain", company.domain.clone()),
        ("phone", company.phone.clone()),
        ("address", company.street.clone()),
        ("address2", (company.id.is_multiple_of(10)).then(|| "c/o Empfang, 2. OG".to_owned())),
        ("city", company.city.clone()),
        ("state", company.region.clone()),
        ("zip", company.postal_code.clone()),
        ("country", Some(company.country.to_owned())),
        ("industry", company.industry.map(str::to_owned)),
        ("lifecyclestage", Some(company.lifecycle.to_owned())),
        ("website", website.map(|domain| format!("https://www.{domain}"))),
        ("customer_number", company.number.clone()),
        ("erp_debtor", (!debtors.is_empty()).then(|| debtors.join(";"))),
        ("stripe_customer", company.stripe_customer.clone()),
        ("hubspot_owner_id", company.owner.map(|owner| owner.to_string())),
        ("hs_parent_company_id", company.parent.map(|parent| parent.to_string())),
        ("createdate", Some(iso_millis(company.created))),
        ("hs_lastmodifieddate", Some(iso_millis(company.modified))),
        ("hs_object_id", Some(company.id.to_string())),
    ]);
    Object {
        id: company.id,
        properties,
        companies: vec![company.id],
        archived: false,
        created: company.created,
        modified: company.modified,
    }
}

fn contact(contact: &Contact) -> Object {
    let mobile = contact.phone.is_none() && contact.id.is_multiple_of(2);
    let properties = BTreeMap::from([
        ("email", Some(contact.email.clone())),
        ("firstname", contact.first_name.clone()),
        ("lastname", contact.last_name.clone()),
        ("phone", contact.phone.clone()),
        ("mobilephone", mobile.then(|| format!("+49 170 {}", contact.id))),
        ("jobtitle", contact.job_title.clone()),
        ("hs_language", contact.language.map(str::to_owned)),
        ("createdate", Some(iso_millis(contact.created))),
        ("lastmodifieddate", Some(iso_millis(contact.modified))),
        ("hs_object_id", Some(contact.id.to_string())),
    ]);
    Object {
        id: contact.id,
        properties,
        companies: contact.companies.iter().map(|membership| membership.company).collect(),
        archived: contact.archived,
        created: contact.created,
        modified: contact.modified,
    }
}

fn deal(deal: &Deal) -> Object {
    let properties = BTreeMap::from([
        ("dealname", Some(deal.name.clone())),
        ("amount", deal.amount.map(|amount| amount.to_string())),
        ("deal_currency_code", deal.currency.map(str::to_owned)),
        ("dealstage", Some(deal.stage.to_owned())),
        ("pipeline", Some("default".to_owned())),
        ("closedate", deal.close.map(iso_millis)),
        ("hs_is_closed", Some(deal.stage.starts_with("closed").to_string())),
        ("hs_is_closed_won", Some((deal.stage == "closedwon").to_string())),
        ("portal_key", None),
        ("description", None),
        ("createdate", Some(iso_millis(deal.created))),
        ("hs_lastmodifieddate", Some(iso_millis(deal.modified))),
        ("hs_object_id", Some(deal.id.to_string())),
    ]);
    Object {
        id: deal.id,
        properties,
        companies: if deal.company == 0 { Vec::new() } else { vec![deal.company] },
        archived: false,
        created: deal.created,
        modified: deal.modified,
    }
}
