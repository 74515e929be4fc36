//! Which properties may be written, and what they take.
//!
//! After the guide on properties (developers.hubspot.com/docs/api-reference/crm-properties-v3/guide): values are text, `""`
//! empties, enumerations take the internal names of their options, instants ISO 8601 or milliseconds. The codes of the
//! single faults are those that accounts were seen to answer; the guide does not list them.

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::web::iso_millis;

use super::directory::STAGES;
use super::filter::{Term, term};
use super::object::Kind;

/// What a property takes.
#[derive(Debug, Clone, Copy)]
enum Form {
    Text,
    Mail,
    Number,
    Instant,
    /// One of these.
    Option(&'static [&'static str]),
    /// One of the account's deal stages.
    Stage,
    /// HubSpot's own: nobody writes it.
    Fixed,
}

/// The industries that the demo's portal has options for: a part of HubSpot's list.
const INDUSTRIES: &[&str] = &[
    "AUTOMOTIVE",
    "BUILDING_MATERIALS",
    "CHEMICALS",
    "CONSTRUCTION",
    "FOOD_PRODUCTION",
    "LOGISTICS_AND_SUPPLY_CHAIN",
    "MACHINERY",
    "MARITIME",
    "MECHANICAL_OR_INDUSTRIAL_ENGINEERING",
    "MEDICAL_DEVICES",
    "OIL_ENERGY",
    "RENEWABLES_ENVIRONMENT",
    "UTILITIES",
    "WHOLESALE",
];
const LIFECYCLE: &[&str] = &[
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
    "1043921",
];
const LANGUAGES: &[&str] = &["de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt"];
const CURRENCIES: &[&str] = &["EUR", "USD", "JPY", "CHF"];

/// What is wrong with one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The property.
    pub(super) name: String,
    /// Such as `INVALID_OPTION`.
    pub(super) code: &'static str,
    /// For people.
    pub(super) message: String,
}

fn form(kind: Kind, name: &str) -> Option<Form> {
    let form = match (kind, name) {
        (_, "createdate" | "hs_object_id" | "hs_lastmodifieddate" | "lastmodifieddate" | "hs_parent_company_id") => {
            Form::Fixed
        }
        (Kind::Company, "industry") => Form::Option(INDUSTRIES),
        (Kind::Company, "lifecyclestage") => Form::Option(LIFECYCLE),
        (Kind::Company, "hubspot_owner_id") | (Kind::Deal, "amount") => Form::Number,
        (
            Kind::Company,
            "name" | "domain" | "phone" | "address" | "address2" | "city" | "state" | "zip" | "country" | "website"
            | "customer_number" | "erp_debtor" | "stripe_customer",
        ) => Form::Text,
        (Kind::Contact, "email") => Form::Mail,
        (Kind::Contact, "hs_language") => Form::Option(LANGUAGES),
        (Kind::Contact, "firstname" | "lastname" | "phone" | "mobilephone" | "jobtitle") => Form::Text,
        (Kind::Deal, "hs_is_closed" | "hs_is_closed_won") => Form::Fixed,
        (Kind::Deal, "dealstage") => Form::Stage,
        (Kind::Deal, "pipeline") => Form::Option(&["default"]),
        (Kind::Deal, "deal_currency_code") => Form::Option(CURRENCIES),
        (Kind::Deal, "closedate") => Form::Instant,
        (Kind::Deal, "dealname" | "description" | "portal_key") => Form::Text,
        _ => return None,
    };
    Some(form)
}

/// The value as HubSpot keeps it; empty text is none.
pub(super) fn kept(kind: Kind, name: &str, value: &str) -> Result<Option<String>, Fault> {
    let fault = |code, message: String| Fault { name: name.to_owned(), code, message };
    let form = form(kind, name)
        .ok_or_else(|| fault("PROPERTY_DOESNT_EXIST", format!("Property \"{name}\" does not exist")))?;
    let option = |options: &[&str]| {
        if options.contains(&value) {
            return Ok(Some(value.to_owned()));
        }
        let message = format!("{value} was not one of the allowed options: [{}]", options.join(", "));
        Err(fault("INVALID_OPTION", message))
    };
    match form {
        Form::Fixed => {
            Err(fault("READ_ONLY_VALUE", format!("\"{name}\" is a read only property; its value cannot be set.")))
        }
        _ if value.is_empty() => Ok(None),
        Form::Text => Ok(Some(value.to_owned())),
        Form::Mail if mail(value) => Ok(Some(value.to_owned())),
        Form::Mail => Err(fault("INVALID_EMAIL", format!("Email address {value} is invalid"))),
        Form::Number => match value.parse::<Decimal>() {
            Ok(_) => Ok(Some(value.to_owned())),
            Err(_) => Err(fault("INVALID_LONG", format!("{value} was not a valid number."))),
        },
        Form::Option(options) => option(options),
        Form::Stage => option(&STAGES.map(|(id, ..)| id)),
        Form::Instant => match term(name, value) {
            Ok(Term::Instant(at)) if Timestamp::from_millisecond(at).is_ok() => {
                Ok(Some(iso_millis(at.div_euclid(1000))))
            }
            _ => Err(fault("INVALID_DATE", format!("{value} was not a valid date."))),
        },
    }
}

/// Whether text looks like an address: something before one `@`, and a dot in what follows.
fn mail(text: &str) -> bool {
    let parts = text.split_once('@');
    let clean = |part: &str| !part.is_empty() && !part.contains(|char: char| char.is_whitespace() || char == '@');
    parts.is_some_and(|(name, host)| clean(name) && clean(host) && host.trim_matches('.').contains('.'))
}
