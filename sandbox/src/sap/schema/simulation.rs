//! `API_SALES_ORDER_SIMULATION_SRV`: what an order would cost and when it would come. Nothing of it is kept.

use super::{Set, many};
use crate::sap::value::Edm;

const SIMULATION: &str = "API_SALES_ORDER_SIMULATION_SRV";

/// The sets that a simulation is asked with and answers in.
pub(super) static SETS: [Set; 3] = [
    Set {
        service: SIMULATION,
        name: "A_SalesOrderSimulation",
        kind: "A_SalesOrderSimulationType",
        key: &["SalesOrder"],
        etag: None,
        properties: &[
            ("SalesOrder", Edm::Text),
            ("SalesOrderType", Edm::Text),
            ("SalesOrganization", Edm::Text),
            ("DistributionChannel", Edm::Text),
            ("OrganizationDivision", Edm::Text),
            ("SoldToParty", Edm::Text),
            ("PurchaseOrderByCustomer", Edm::Text),
            ("TransactionCurrency", Edm::Text),
            ("CustomerPriceGroup", Edm::Text),
            ("PricingDate", Edm::Day),
            ("RequestedDeliveryDate", Edm::Day),
        ],
        navigations: &[many("to_Item", "A_SalesOrderItemSimulation", &["SalesOrder"])],
    },
    Set {
        service: SIMULATION,
        name: "A_SalesOrderItemSimulation",
        kind: "A_SalesOrderItemSimulationType",
        key: &["SalesOrder", "SalesOrderItem"],
        etag: None,
        properties: &[
            ("SalesOrder", Edm::Text),
            ("SalesOrderItem", Edm::Text),
            ("HigherLevelItem", Edm::Text),
            ("SalesOrderItemCategory", Edm::Text),
            ("SalesOrderItemText", Edm::Text),
            ("Material", Edm::Text),
            ("RequestedQuantity", Edm::Quantity),
            ("RequestedQuantityUnit", Edm::Text),
            ("ConfdDelivQtyInOrderQtyUnit", Edm::Quantity),
            ("TransactionCurrency", Edm::Text),
            ("NetAmount", Edm::Amount),
            ("TaxAmount", Edm::Amount),
            ("Plant", Edm::Text),
        ],
        navigations: &[many("to_ScheduleLine", "A_SalesOrderScheduleLineSimln", &["SalesOrderItem"])],
    },
    Set {
        service: SIMULATION,
        name: "A_SalesOrderScheduleLineSimln",
        kind: "A_SalesOrderScheduleLineSimlnType",
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
        ],
        navigations: &[],
    },
];
