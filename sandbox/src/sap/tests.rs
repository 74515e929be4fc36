//! Filters on an order, and the values of every property.

use rust_decimal::Decimal;

use crate::data::{Business, Order};

use super::filter::Filter;
use super::record::{Record, records};
use super::schema::{Set, set, stored};
use super::value::Value;

fn order() -> Order {
    Order {
        number: "4711".to_owned(),
        sold_to: "10100001".to_owned(),
        reference: Some("PO '88'".to_owned()),
        placed: jiff::civil::date(2026, 2, 3),
        requested: None,
        currency: "EUR",
        process: "B",
        delivery: "",
        rejection: "A",
        block: "",
        lines: Vec::new(),
        modified: 1_770_109_200,
    }
}

fn orders() -> &'static Set {
    set("API_SALES_ORDER_SRV", "A_SalesOrder").unwrap()
}

fn holds(filter: &str) -> bool {
    let order = order();
    Filter::parse(filter, orders()).unwrap().passes(&Record::Order(&order, Business::default().told.order("")))
}

#[test]
fn filters_hold() {
    for filter in [
        "SalesOrder eq '4711'",
        "'4711' eq SalesOrder",
        "SalesOrder eq '1' or SalesOrder eq '2' or SalesOrder eq '4711'",
        "PurchaseOrderByCustomer eq 'PO ''88'''",
        "SalesOrderDate ge datetime'2026-02-03T00:00:00' and SalesOrderDate lt datetime'2026-02-04T00:00:00'",
        "LastChangeDateTime gt datetimeoffset'2026-02-03T08:59:59Z'",
        "LastChangeDateTime eq datetimeoffset'2026-02-03T10:00:00+01:00'",
        "RequestedDeliveryDate eq null",
        "OverallTotalDeliveryStatus eq ''",
        "TotalNetAmount le 0 and TotalNetAmount gt -1.5M",
        "CompleteDeliveryIsDefined eq false",
        "not CompleteDeliveryIsDefined",
        "not (SalesOrder eq '1') and (SoldToParty ne '2' or SalesOrder eq '3')",
        "startswith(SoldToParty,'101') and endswith(SoldToParty,'001') eq true",
        "substringof('8''', PurchaseOrderByCustomer)",
        // `and` binds tighter than `or`.
        "SalesOrder eq '4711' or SalesOrder eq '1' and SalesOrder eq '2'",
    ] {
        assert!(holds(filter), "{filter}");
    }
}

#[test]
fn filters_do_not_hold() {
    for filter in [
        "SalesOrder eq '4712'",
        "SalesOrder eq '04711'",
        "(SalesOrder eq '4711' or SalesOrder eq '1') and SalesOrder eq '2'",
        "RequestedDeliveryDate lt datetime'2030-01-01T00:00:00'",
        "RequestedDeliveryDate ne null",
        "startswith(SoldToParty,'9')",
    ] {
        assert!(!holds(filter), "{filter}");
    }
}

#[test]
fn filters_are_refused() {
    for filter in [
        "",
        "SalesOrder",
        "SalesOrder eq",
        "SalesOrder eq 4711",
        "SalesOrder = '4711'",
        "SalesOrder eq '4711",
        "SalesOrder eq '4711' and",
        "SalesOrder eq '4711' SoldToParty eq '1'",
        "(SalesOrder eq '4711'",
        "SalesOrder in ('4711')",
        "NoSuchProperty eq '1'",
        "contains(SalesOrder,'1')",
        "SalesOrderDate eq '2026-02-03'",
        "SalesOrderDate eq datetimeoffset'2026-02-03T00:00:00Z'",
        "LastChangeDateTime gt datetime'2026-02-03T00:00:00'",
        "SalesOrderDate eq datetime'2026-13-03T00:00:00'",
        "TotalNetAmount eq 1.2.3",
        "SalesOrder eq \"4711\"",
    ] {
        assert!(Filter::parse(filter, orders()).is_err(), "{filter}");
    }
    let deep = format!("{}SalesOrder eq '1'{}", "(".repeat(3000), ")".repeat(3000));
    assert!(Filter::parse(&deep, orders()).is_err());
}

#[test]
fn a_blind_filter_forgets_whose_a_record_is() {
    let filter = "(SoldToParty eq '1' or SoldToParty eq '2') and OverallSDProcessStatus eq 'B'";
    let filter = Filter::parse(filter, orders()).unwrap();
    let order = order();
    assert!(!filter.passes(&Record::Order(&order, Business::default().told.order(""))));
    assert!(filter.blind().passes(&Record::Order(&order, Business::default().told.order(""))));
    let filter = Filter::parse("SoldToParty eq '10100001' and OverallSDProcessStatus eq 'C'", orders()).unwrap();
    assert!(!filter.blind().passes(&Record::Order(&order, Business::default().told.order(""))));
}

#[test]
fn values_have_the_shapes_of_v2() {
    let shown = |value: Value| value.json().to_string();
    assert_eq!(shown(Value::money(Decimal::new(18405, 1), "EUR")), "\"1840.50\"");
    assert_eq!(shown(Value::money(Decimal::new(12000, 0), "JPY")), "\"12000\"");
    assert_eq!(shown(Value::quantity(Decimal::from(3))), "\"3.000\"");
    assert_eq!(shown(Value::date(jiff::civil::date(2026, 2, 3))), "\"/Date(1770076800000)/\"");
    assert_eq!(shown(Value::instant(1_770_076_800)), "\"/Date(1770076800000+0000)/\"");
    assert_eq!(shown(Value::day_of(1_770_109_200)), "\"/Date(1770076800000)/\"");
}

#[test]
fn properties_hold_values_of_their_types_and_keys_are_unique() {
    let mut business: Business = crate::data::seed::business(1_770_000_000);
    // No text is seeded: those of an order come with it.
    let texts = ["TX01", "TX02", "TX03"].map(|kind| (kind.to_owned(), "EN".to_owned(), "Ring twice".to_owned()));
    let number = business.orders[0].number.clone();
    business.told.orders.entry(number).or_default().texts = texts.to_vec();
    for set in stored() {
        let all = records(&business, set, false);
        assert!(all.len() >= 3, "{} has records", set.name);
        let mut keys = std::collections::BTreeSet::new();
        for record in &all {
            for property in set.properties {
                let value = record.value(*property);
                assert!(value.edm().compares_with(property.1), "{} {}", set.name, property.0);
            }
            let key: Vec<String> =
                set.key.iter().map(|name| record.value(*set.property(name).unwrap()).key_text().to_owned()).collect();
            assert!(!key[0].is_empty(), "{}", set.name);
            assert!(keys.insert(key), "{}: keys are unique", set.name);
        }
    }
}
