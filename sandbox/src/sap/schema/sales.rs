//! Schedule lines of orders (`API_SALES_ORDER_SRV`), and quotations (`API_SALES_QUOTATION_SRV`).

use super::{ORDERS, Set, many, one};
use crate::sap::value::Edm;

const QUOTATIONS: &str = "API_SALES_QUOTATION_SRV";

/// The sets of what is promised and what is offered.
pub(super) static SETS: [Set; 4] = [
    Set {
        service: ORDERS,
        name: "A_SalesOrderScheduleLine",
        kind: "A_SalesOrderScheduleLineType",
        key: &["SalesOrder", "SalesOrderItem", "ScheduleLine"],
        etag: None,
        properties: &[
            ("SalesOrder", Edm::Text),
            ("SalesOrderItem", Edm::Text),
            ("ScheduleLine", Edm::Text),
            ("RequestedDeliveryDate", Edm::Day),
            ("ConfirmedDeliveryDate", Edm::Day),
            ("OrderQuantityUnit", Edm::Text),
            ("ScheduleLineOrderQuantity", Edm::Quantity),
            ("ConfdOrderQtyByMatlAvailCheck", Edm::Quantity),
            ("DelivBlockReasonForSchedLine", Edm::Text),
        ],
        navigations: &[],
    },
    Set {
        service: QUOTATIONS,
        name: "A_SalesQuotation",
        kind: "A_SalesQuotationType",
        key: &["SalesQuotation"],
        etag: Some("LastChangeDateTime"),
        properties: &[
            ("SalesQuotation", Edm::Text),
            ("SalesQuotationType", Edm::Text),
            ("SalesOrganization", Edm::Text),
            ("DistributionChannel", Edm::Text),
            ("OrganizationDivision", Edm::Text),
            ("SoldToParty", Edm::Text),
            ("CreationDate", Edm::Day),
            ("LastChangeDate", Edm::Day),
            ("LastChangeDateTime", Edm::Instant),
            ("PurchaseOrderByCustomer", Edm::Text),
            ("SalesQuotationDate", Edm::Day),
            ("TotalNetAmount", Edm::Amount),
            ("TransactionCurrency", Edm::Text),
            ("BindingPeriodValidityStartDate", Edm::Day),
            ("BindingPeriodValidityEndDate", Edm::Day),
            ("SalesDocApprovalStatus", Edm::Text),
            ("OverallSDProcessStatus", Edm::Text),
            ("OverallSDDocumentRejectionSts", Edm::Text),
        ],
        navigations: &[
            many("to_Item", "A_SalesQuotationItem", &["SalesQuotation"]),
            many("to_SubsequentProcFlowDoc", "A_SlsQtanSubsqntProcFlow", &["SalesQuotation"]),
        ],
    },
    Set {
        service: QUOTATIONS,
        name: "A_SalesQuotationItem",
        kind: "A_SalesQuotationItemType",
        key: &["SalesQuotation", "SalesQuotationItem"],
        etag: None,
        properties: &[
            ("SalesQuotation", Edm::Text),
            ("SalesQuotationItem", Edm::Text),
            ("HigherLevelItem", Edm::Text),
            ("SalesQuotationItemCategory", Edm::Text),
            ("SalesQuotationItemText", Edm::Text),
            ("Material", Edm::Text),
            ("RequestedQuantity", Edm::Quantity),
            ("RequestedQuantityUnit", Edm::Text),
            ("TransactionCurrency", Edm::Text),
            ("NetAmount", Edm::Amount),
            ("SalesDocumentRjcnReason", Edm::Text),
            ("SDProcessStatus", Edm::Text),
        ],
        navigations: &[one("to_SalesQuotation", "A_SalesQuotation", &["SalesQuotation"])],
    },
    Set {
        service: QUOTATIONS,
        name: "A_SlsQtanSubsqntProcFlow",
        kind: "A_SlsQtanSubsqntProcFlowType",
        key: &["SalesQuotation", "DocRelationshipUUID"],
        etag: None,
        properties: &[
            ("SalesQuotation", Edm::Text),
            ("DocRelationshipUUID", Edm::Text),
            ("SubsequentDocument", Edm::Text),
            ("SubsequentDocumentCategory", Edm::Text),
        ],
        navigations: &[one("to_SalesQuotation", "A_SalesQuotation", &["SalesQuotation"])],
    },
];
