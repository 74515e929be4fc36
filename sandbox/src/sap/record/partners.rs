//! Business partners, customers and their addresses: what each property holds.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::data::Company;

use super::cut;
use crate::sap::value::Value;

pub(super) fn partner(company: &Company, debtor: &str, name: &str) -> Option<Value> {
    Some(match name {
        "BusinessPartner" | "Customer" => Value::text(debtor),
        "BusinessPartnerCategory" => Value::text("2"),
        "BusinessPartnerFullName" | "BusinessPartnerName" => Value::Text(cut(&company.name, 81)),
        "CorrespondenceLanguage" => Value::text(language(company)),
        "CreationDate" => Value::day_of(company.created),
        "LastChangeDate" => Value::day_of(company.modified),
        "OrganizationBPName1" => Value::Text(cut(&company.name, 40)),
        "OrganizationBPName2" => Value::Text(company.name.chars().skip(40).take(40).collect()),
        "SearchTerm1" => Value::Text(cut(&company.name.to_uppercase(), 20)),
        "BusinessPartnerIsBlocked" => Value::Flag(company.blocked),
        "ETag" => {
            let at = Timestamp::from_second(company.modified).unwrap_or_default();
            let at = at.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M%S").to_string();
            Value::Text(format!("PORTAL{at}"))
        }
        _ => return None,
    })
}

pub(super) fn customer(company: &Company, debtor: &str, name: &str) -> Option<Value> {
    Some(match name {
        "Customer" => Value::text(debtor),
        "CreationDate" => Value::day_of(company.created),
        "CustomerAccountGroup" => Value::text("CUST"),
        "CustomerFullName" => Value::text(&company.name),
        "CustomerName" => Value::Text(cut(&company.name, 80)),
        "OrderIsBlockedForCustomer" if company.blocked => Value::text("01"),
        "VATRegistration" => Value::text(company.vat.as_deref().unwrap_or_default()),
        _ => return None,
    })
}

pub(super) fn address(company: &Company, debtor: &str, name: &str) -> Option<Value> {
    let given = |field: &Option<String>| Value::text(field.as_deref().unwrap_or_default());
    Some(match name {
        "BusinessPartner" => Value::text(debtor),
        "AddressID" => Value::text((20_000 + company.id % 10_000).to_string()),
        "ValidityStartDate" => Value::instant(company.created),
        // 9999-12-31T23:59:59Z: valid until further notice.
        "ValidityEndDate" => Value::instant(253_402_300_799),
        "CityName" => given(&company.city),
        "Country" => Value::text(company.country),
        "FullName" => Value::Text(cut(&company.name, 80)),
        "Language" => Value::text(language(company)),
        "PostalCode" => given(&company.postal_code),
        "Region" => given(&company.region),
        "StreetName" => given(&company.street),
        _ => return None,
    })
}

/// The language in which SAP writes to a customer.
fn language(company: &Company) -> &'static str {
    match company.country {
        "DE" | "AT" | "CH" => "DE",
        "FR" => "FR",
        "JP" => "JA",
        _ => "EN",
    }
}
