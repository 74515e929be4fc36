//! What SAP has round orders: quotations before them, what is promised of them, deliveries and billing documents behind
//! them, and the stock that they draw on.

use jiff::civil::{Date, Time};
use rust_decimal::Decimal;

use super::OrderLine;

/// A quotation: what was offered to a customer.
#[derive(Debug, Clone)]
pub struct Quotation {
    /// Quotation number, such as `20000001`.
    pub number: String,
    /// Sold-to party: one of a company's debtors.
    pub sold_to: String,
    /// When it was made.
    pub date: Date,
    /// The last day it holds; `None` is an offer without end.
    pub until: Option<Date>,
    /// ISO 4217.
    pub currency: &'static str,
    /// `SalesDocApprovalStatus`: empty where nobody has to approve, `A` in approval, `B` approved, `C` refused.
    pub approval: &'static str,
    /// `OverallSDProcessStatus`: `A` nothing ordered, `B` a part, `C` all.
    pub process: &'static str,
    /// `OverallSDDocumentRejectionSts`: `A` no, `B` partly, `C` wholly.
    pub rejection: &'static str,
    /// Its items.
    pub lines: Vec<OrderLine>,
    /// `Order::number` of what it became.
    pub order: Option<String>,
    /// Last changed, Unix seconds: the `ETag`.
    pub modified: i64,
}

/// What of an order's item is promised for a day.
#[derive(Debug, Clone)]
pub struct Scheduled {
    /// What was asked for with this schedule line: the first has all of the item, further ones nothing.
    pub ordered: Decimal,
    /// What is confirmed of it; zero where nothing can be promised.
    pub confirmed: Decimal,
    /// When that arrives.
    pub on: Option<Date>,
}

/// An outbound delivery: goods of one or several orders of one customer.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Delivery number, such as `80000001`.
    pub number: String,
    /// Sold-to party: the debtor of its orders.
    pub sold_to: String,
    /// When it was made out.
    pub made: Date,
    /// When the goods should leave.
    pub planned: Date,
    /// When they left, where they did.
    pub left: Option<(Date, Time)>,
    /// When they should arrive.
    pub expected: Date,
    /// `OverallProofOfDeliveryStatus`: empty where nobody has to confirm, `A` not yet, `C` confirmed.
    pub proof: &'static str,
    /// When the customer confirmed.
    pub confirmed: Option<(Date, Time)>,
    /// The carrier's number, in SAP's bill of lading.
    pub bill_of_lading: Option<String>,
    /// Its items.
    pub lines: Vec<DeliveryLine>,
    /// Counts its changes: the `ETag`.
    pub version: u32,
}

/// One item of a delivery.
#[derive(Debug, Clone)]
pub struct DeliveryLine {
    /// Item number: 10, 20, …
    pub position: u32,
    /// `Order::number`.
    pub order: String,
    /// `OrderLine::position`.
    pub order_position: u32,
    /// `Product::sku`.
    pub sku: String,
    /// Item text.
    pub text: String,
    /// Quantity, up to three decimals.
    pub quantity: Decimal,
    /// Unit.
    pub unit: &'static str,
}

/// A billing document. Amounts are never negative: what it is says which way the money goes.
#[derive(Debug, Clone)]
pub struct BillingDocument {
    /// Number, such as `90000001`.
    pub number: String,
    /// `SDDocumentCategory`: `M` invoice, `N` cancellation of one, `O` credit memo, `P` debit memo, `U` pro forma.
    pub category: &'static str,
    /// Sold-to party.
    pub sold_to: String,
    /// The customer's own reference.
    pub reference: Option<String>,
    /// Billing date.
    pub date: Date,
    /// ISO 4217.
    pub currency: &'static str,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// The document that it cancels.
    pub cancels: Option<String>,
    /// `InvoiceClearingStatus`: `A` open, `B` partly, `C` cleared, empty where there is nothing to clear.
    pub clearing: &'static str,
    /// When it has to be paid; nothing where the money goes the other way.
    pub due: Option<Date>,
    /// What was paid of it, where that is a part.
    pub paid: Decimal,
    /// Whether accounting has it.
    pub posted: bool,
    /// Its items.
    pub lines: Vec<BillingLine>,
    /// Last changed, Unix seconds: the `ETag`.
    pub modified: i64,
}

/// One item of a billing document.
#[derive(Debug, Clone)]
pub struct BillingLine {
    /// Item number: 10, 20, …
    pub position: u32,
    /// `Order::number`; empty where no order stands behind it.
    pub order: String,
    /// `Product::sku`; empty for a service.
    pub sku: String,
    /// Item text.
    pub text: String,
    /// Quantity.
    pub quantity: Decimal,
    /// Unit.
    pub unit: &'static str,
    /// Without tax.
    pub net: Decimal,
    /// Tax.
    pub tax: Decimal,
}

impl BillingDocument {
    /// The sum without tax.
    pub fn net(&self) -> Decimal {
        self.lines.iter().map(|line| line.net).sum()
    }

    /// What it comes to with tax, less than nothing where it gives money back.
    pub fn signed(&self) -> Decimal {
        let gross = self.net() + self.tax();
        if matches!(self.category, "N" | "O") { -gross } else { gross }
    }

    /// The tax.
    pub fn tax(&self) -> Decimal {
        self.lines.iter().map(|line| line.tax).sum()
    }
}

/// What lies in one storage location, of one kind of stock.
#[derive(Debug, Clone)]
pub struct Stock {
    /// `Product::sku`.
    pub sku: String,
    /// Plant, such as `1010`.
    pub plant: &'static str,
    /// Storage location, such as `101A`.
    pub storage: &'static str,
    /// `InventoryStockType`: `01` free to use, `07` blocked.
    pub kind: &'static str,
    /// In the base unit.
    pub quantity: Decimal,
}
