//! Deliveries, billing documents and stock: what each property holds.

use crate::data::documents::{BillingDocument, BillingLine, Delivery, DeliveryLine, Stock};

use super::cut;
use crate::sap::value::Value;

/// How far something is: SAP's `A` not yet, `C` completely.
fn done(done: bool) -> Value {
    Value::text(if done { "C" } else { "A" })
}

pub(super) fn delivery(delivery: &Delivery, name: &str) -> Option<Value> {
    let moved = delivery.left.is_some();
    Some(match name {
        "ActualGoodsMovementDate" => Value::date(delivery.left?.0),
        "ActualGoodsMovementTime" => Value::Time(delivery.left?.1),
        "BillOfLading" => Value::text(delivery.bill_of_lading.as_deref().unwrap_or_default()),
        "ConfirmationTime" => Value::Time(delivery.confirmed?.1),
        "CreationDate" | "DocumentDate" => Value::date(delivery.made),
        "DeliveryDate" => Value::date(delivery.expected),
        "DeliveryDocument" => Value::text(&delivery.number),
        "DeliveryDocumentType" => Value::text("LF"),
        "DeliveryVersion" => Value::text(format!("{:04}", delivery.version)),
        "LastChangeDate" => Value::date(delivery.left.map_or(delivery.made, |(date, _)| date)),
        "OverallGoodsMovementStatus" | "OverallPickingStatus" => done(moved),
        "OverallProofOfDeliveryStatus" => Value::text(delivery.proof),
        "OverallSDProcessStatus" => done(moved && delivery.proof != "A"),
        "PlannedGoodsIssueDate" => Value::date(delivery.planned),
        "ProofOfDeliveryDate" => Value::date(delivery.confirmed?.0),
        "SDDocumentCategory" => Value::text("J"),
        "SalesOrganization" => Value::text("1710"),
        "ShipToParty" | "SoldToParty" => Value::text(&delivery.sold_to),
        _ => return None,
    })
}

pub(super) fn delivery_item(delivery: &Delivery, line: &DeliveryLine, name: &str) -> Option<Value> {
    Some(match name {
        "ActualDeliveryQuantity" => Value::quantity(line.quantity),
        "DeliveryDocument" => Value::text(&delivery.number),
        "DeliveryDocumentItem" => Value::text(line.position.to_string()),
        "DeliveryDocumentItemText" => Value::Text(cut(&line.text, 40)),
        "DeliveryQuantityUnit" => Value::text(line.unit),
        "GoodsMovementStatus" => done(delivery.left.is_some()),
        "Material" => Value::text(&line.sku),
        "ReferenceSDDocument" => Value::text(&line.order),
        "ReferenceSDDocumentCategory" => Value::text("C"),
        "ReferenceSDDocumentItem" => Value::text(line.order_position.to_string()),
        _ => return None,
    })
}

pub(super) fn billing(document: &BillingDocument, name: &str) -> Option<Value> {
    let money = |amount| Value::money(amount, document.currency);
    Some(match name {
        "BillingDocument" => Value::text(&document.number),
        "AccountingDocument" if document.posted => Value::text(&document.number),
        "FiscalYear" if document.posted => Value::text(document.date.year().to_string()),
        "SDDocumentCategory" => Value::text(document.category),
        "BillingDocumentType" => Value::text(match document.category {
            "O" => "G2",
            "N" => "S1",
            "U" => "F8",
            _ => "F2",
        }),
        "CreationDate" | "BillingDocumentDate" => Value::date(document.date),
        "LastChangeDateTime" => Value::instant(document.modified),
        "BillingDocumentIsCancelled" => Value::Flag(document.cancelled),
        "CancelledBillingDocument" => Value::text(document.cancels.as_deref().unwrap_or_default()),
        "TotalNetAmount" => money(document.net()),
        "TransactionCurrency" => Value::text(document.currency),
        "TaxAmount" => money(document.tax()),
        "TotalGrossAmount" => money(document.net() + document.tax()),
        "PayerParty" | "SoldToParty" => Value::text(&document.sold_to),
        "CustomerPaymentTerms" => Value::text("0004"),
        "CompanyCode" => Value::text("1710"),
        "PurchaseOrderByCustomer" => Value::text(document.reference.as_deref().unwrap_or_default()),
        "OverallSDProcessStatus" | "OverallBillingStatus" => done(true),
        "AccountingPostingStatus" => done(document.posted),
        "InvoiceClearingStatus" => Value::text(document.clearing),
        _ => return None,
    })
}

pub(super) fn billing_item(document: &BillingDocument, line: &BillingLine, name: &str) -> Option<Value> {
    let money = |amount| Value::money(amount, document.currency);
    Some(match name {
        "BillingDocument" => Value::text(&document.number),
        "BillingDocumentItem" => Value::text(line.position.to_string()),
        "BillingDocumentItemText" => Value::Text(cut(&line.text, 40)),
        "Material" => Value::text(&line.sku),
        "BillingQuantity" => Value::quantity(line.quantity),
        "BillingQuantityUnit" => Value::text(line.unit),
        "NetAmount" => money(line.net),
        "TransactionCurrency" => Value::text(document.currency),
        "GrossAmount" => money(line.net + line.tax),
        "TaxAmount" => money(line.tax),
        "ReferenceSDDocument" | "SalesDocument" => Value::text(&line.order),
        "ReferenceSDDocumentCategory" | "SalesSDDocumentCategory" if !line.order.is_empty() => Value::text("C"),
        "SalesDocumentItem" if !line.order.is_empty() => Value::text(line.position.to_string()),
        _ => return None,
    })
}

pub(super) fn stock(stock: &Stock, name: &str) -> Option<Value> {
    Some(match name {
        "Material" => Value::text(&stock.sku),
        "Plant" => Value::text(stock.plant),
        "StorageLocation" => Value::text(stock.storage),
        "WBSElementInternalID" => Value::text("0"),
        "SDDocumentItem" => Value::text("0"),
        "InventoryStockType" => Value::text(stock.kind),
        "MatlWrhsStkQtyInMatlBaseUnit" => Value::quantity(stock.quantity),
        _ => return None,
    })
}
