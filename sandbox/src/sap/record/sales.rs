//! Schedule lines and quotations: what each property holds.

use crate::data::documents::{Quotation, Scheduled};
use crate::data::{Order, OrderLine};

use super::cut;
use crate::sap::value::Value;

pub(super) fn schedule(
    (order, line): (&Order, &OrderLine),
    (number, scheduled): (usize, &Scheduled),
    name: &str,
) -> Option<Value> {
    Some(match name {
        "SalesOrder" => Value::text(&order.number),
        "SalesOrderItem" => Value::text(line.position.to_string()),
        "ScheduleLine" => Value::text(number.to_string()),
        "RequestedDeliveryDate" => Value::date(order.requested?),
        "ConfirmedDeliveryDate" => Value::date(scheduled.on?),
        "OrderQuantityUnit" => Value::text(line.unit),
        "ScheduleLineOrderQuantity" => Value::quantity(scheduled.ordered),
        "ConfdOrderQtyByMatlAvailCheck" => Value::quantity(scheduled.confirmed),
        _ => return None,
    })
}

pub(super) fn text(order: &Order, (kind, language, text): &(String, String, String), name: &str) -> Option<Value> {
    Some(match name {
        "SalesOrder" => Value::text(&order.number),
        "LongTextID" => Value::text(kind),
        "Language" => Value::text(language),
        "LongText" => Value::text(text),
        _ => return None,
    })
}

pub(super) fn quotation(quotation: &Quotation, name: &str) -> Option<Value> {
    Some(match name {
        "SalesQuotation" => Value::text(&quotation.number),
        "SalesQuotationType" => Value::text("QT"),
        "SalesOrganization" => Value::text("1710"),
        "DistributionChannel" => Value::text("10"),
        "OrganizationDivision" => Value::text("00"),
        "SoldToParty" => Value::text(&quotation.sold_to),
        "CreationDate" | "SalesQuotationDate" | "BindingPeriodValidityStartDate" => Value::date(quotation.date),
        "LastChangeDate" => Value::day_of(quotation.modified),
        "LastChangeDateTime" => Value::instant(quotation.modified),
        "TotalNetAmount" => Value::money(quotation.lines.iter().map(|line| line.net).sum(), quotation.currency),
        "TransactionCurrency" => Value::text(quotation.currency),
        "BindingPeriodValidityEndDate" => Value::date(quotation.until?),
        "SalesDocApprovalStatus" => Value::text(quotation.approval),
        "OverallSDProcessStatus" => Value::text(quotation.process),
        "OverallSDDocumentRejectionSts" => Value::text(quotation.rejection),
        _ => return None,
    })
}

pub(super) fn quotation_item(quotation: &Quotation, line: &OrderLine, name: &str) -> Option<Value> {
    Some(match name {
        "SalesQuotation" => Value::text(&quotation.number),
        "SalesQuotationItem" => Value::text(line.position.to_string()),
        "SalesQuotationItemCategory" => Value::text("AGN"),
        "SalesQuotationItemText" => Value::Text(cut(&line.text, 40)),
        "Material" => Value::text(&line.sku),
        "RequestedQuantity" => Value::quantity(line.quantity),
        "RequestedQuantityUnit" => Value::text(line.unit),
        "TransactionCurrency" => Value::text(quotation.currency),
        "NetAmount" => Value::money(line.net, quotation.currency),
        "SalesDocumentRjcnReason" if quotation.rejection == "C" => Value::text("00"),
        "SDProcessStatus" => Value::text(quotation.process),
        _ => return None,
    })
}

pub(super) fn followed(quotation: &Quotation, order: &str, name: &str) -> Option<Value> {
    Some(match name {
        "SalesQuotation" => Value::text(&quotation.number),
        "DocRelationshipUUID" => Value::text(format!("00000000-0000-4000-8000-{:0>12}", quotation.number)),
        "SubsequentDocument" => Value::text(order),
        // C: an order.
        "SubsequentDocumentCategory" => Value::text("C"),
        _ => return None,
    })
}
