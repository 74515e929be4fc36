//! Journal entries: what each property of their items holds. A billing document makes one entry, with the customer's item
//! and the revenue's; what is paid on account of it is an entry of its own, which names the first.

use crate::data::documents::BillingDocument;

use crate::sap::value::Value;

/// Which item of the entries of a billing document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sap) enum Posting {
    /// What the customer owes, or gets.
    Customer,
    /// The other side of it.
    Revenue,
    /// A payment of a part.
    Payment,
}

/// The items that the billing document made.
pub(super) fn postings(document: &BillingDocument) -> impl Iterator<Item = Posting> {
    let paid = !document.paid.is_zero();
    let all = [(Posting::Customer, true), (Posting::Revenue, true), (Posting::Payment, paid)];
    all.into_iter().filter(|(_, made)| *made && document.posted).map(|(posting, _)| posting)
}

pub(super) fn item(document: &BillingDocument, posting: Posting, name: &str) -> Option<Value> {
    let payment = posting == Posting::Payment;
    let year = || Value::text(document.date.year().to_string());
    Some(match name {
        "CompanyCode" => Value::text("1710"),
        "FiscalYear" => year(),
        // Payments have numbers of their own: 14…, where billing documents have 90….
        "AccountingDocument" if payment => Value::text(format!("14{}", document.number.get(2..).unwrap_or_default())),
        "AccountingDocument" => Value::text(&document.number),
        "AccountingDocumentItem" => Value::text(if posting == Posting::Revenue { "2" } else { "1" }),
        // D: a customer's, S: of the general ledger.
        "AccountingDocumentItemType" => Value::text(if posting == Posting::Revenue { "S" } else { "D" }),
        "AccountingDocumentType" => Value::text(if payment { "DZ" } else { "RV" }),
        "BillingDocument" if !payment => Value::text(&document.number),
        "Customer" if posting != Posting::Revenue => Value::text(&document.sold_to),
        "NetDueDate" if posting == Posting::Customer => Value::date(document.due.unwrap_or(document.date)),
        "IsCleared" => Value::Flag(posting == Posting::Customer && document.clearing == "C"),
        "InvoiceReference" if payment => Value::text(&document.number),
        "InvoiceReferenceFiscalYear" if payment => year(),
        "TransactionCurrency" => Value::text(document.currency),
        "AmountInTransactionCurrency" => {
            let amount = match posting {
                Posting::Customer => document.signed(),
                Posting::Revenue => -document.signed(),
                Posting::Payment => -document.paid,
            };
            Value::money(amount, document.currency)
        }
        _ => return None,
    })
}
