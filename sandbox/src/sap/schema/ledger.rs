//! `API_OPLACCTGDOCITEMCUBE_SRV`: the items of journal entries, of which portals read the customers' own.

use super::Set;
use crate::sap::value::Edm;

/// The set of the service.
pub(super) static SETS: [Set; 1] = [Set {
    service: "API_OPLACCTGDOCITEMCUBE_SRV",
    name: "A_OperationalAcctgDocItemCube",
    kind: "A_OperationalAcctgDocItemCubeType",
    key: &["CompanyCode", "FiscalYear", "AccountingDocument", "AccountingDocumentItem"],
    etag: None,
    properties: &[
        ("CompanyCode", Edm::Text),
        ("FiscalYear", Edm::Text),
        ("AccountingDocument", Edm::Text),
        ("AccountingDocumentItem", Edm::Text),
        ("AccountingDocumentItemType", Edm::Text),
        ("AccountingDocumentType", Edm::Text),
        ("BillingDocument", Edm::Text),
        ("Customer", Edm::Text),
        ("NetDueDate", Edm::Day),
        ("IsCleared", Edm::Flag),
        ("InvoiceReference", Edm::Text),
        ("InvoiceReferenceFiscalYear", Edm::Text),
        ("TransactionCurrency", Edm::Text),
        ("AmountInTransactionCurrency", Edm::Amount),
    ],
    navigations: &[],
}];
