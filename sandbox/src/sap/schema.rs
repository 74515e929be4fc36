//! The entity sets that the sandbox has, with their properties, keys and navigations.
//!
//! Names, types and keys are those of SAP's EDMX of `API_SALES_ORDER_SRV`, `API_BUSINESS_PARTNER`, `API_PRODUCT_SRV`
//! and `API_CRDTMBUSINESSPARTNER` (Credit Management Master Data), of which each set holds the part that portals read;
//! schedule lines, quotations and the services of
//! deliveries, billing, stock and simulation have files of their own.

mod documents;
mod ledger;
mod sales;
mod simulation;

use super::value::Edm;

/// One property.
pub(super) type Property = (&'static str, Edm);

/// One navigation: name, target set, whether it leads to many, and the properties that both sides share.
#[derive(Debug)]
pub(super) struct Navigation {
    /// Such as `to_Item`.
    pub(super) name: &'static str,
    /// Such as `A_SalesOrderItem`.
    pub(super) target: &'static str,
    /// Whether JSON shows `{"results": […]}`.
    pub(super) many: bool,
    /// The properties with the same values on both sides.
    pub(super) by: &'static [&'static str],
}

/// One entity set.
#[derive(Debug)]
pub(super) struct Set {
    /// Such as `API_SALES_ORDER_SRV`.
    pub(super) service: &'static str,
    /// Such as `A_SalesOrder`.
    pub(super) name: &'static str,
    /// Such as `A_SalesOrderType`.
    pub(super) kind: &'static str,
    /// The key's properties, in order.
    pub(super) key: &'static [&'static str],
    /// The property that the ETag is made of.
    pub(super) etag: Option<&'static str>,
    /// All properties, in the order in which they are shown.
    pub(super) properties: &'static [Property],
    /// All navigations.
    pub(super) navigations: &'static [Navigation],
}

impl Set {
    /// The property of that name.
    pub(super) fn property(&self, name: &str) -> Option<&'static Property> {
        self.properties.iter().find(|(known, _)| *known == name)
    }

    /// The navigation of that name.
    pub(super) fn navigation(&self, name: &str) -> Option<&'static Navigation> {
        self.navigations.iter().find(|known| known.name == name)
    }
}

/// The set of that name in a service.
pub(super) fn set(service: &str, name: &str) -> Option<&'static Set> {
    sets(service).find(|set| set.name == name)
}

/// The sets of a service; empty where there is no such service.
pub(super) fn sets(service: &str) -> impl Iterator<Item = &'static Set> {
    stored().chain(&simulation::SETS).filter(move |set| set.service == service)
}

/// The sets that hold records: all but those of a simulation, which only answers.
pub(super) fn stored() -> impl Iterator<Item = &'static Set> {
    SETS.iter().chain(&documents::SETS).chain(&sales::SETS).chain(&ledger::SETS)
}

pub(super) const ORDERS: &str = "API_SALES_ORDER_SRV";
const PARTNERS: &str = "API_BUSINESS_PARTNER";
const PRODUCTS: &str = "API_PRODUCT_SRV";
const CREDIT: &str = "API_CRDTMBUSINESSPARTNER";

const fn many(name: &'static str, target: &'static str, by: &'static [&'static str]) -> Navigation {
    Navigation { name, target, many: true, by }
}

const fn one(name: &'static str, target: &'static str, by: &'static [&'static str]) -> Navigation {
    Navigation { name, target, many: false, by }
}

static SETS: [Set; 10] = [
    Set {
        service: ORDERS,
        name: "A_SalesOrder",
        kind: "A_SalesOrderType",
        key: &["SalesOrder"],
        etag: Some("LastChangeDateTime"),
        properties: &[
            ("SalesOrder", Edm::Text),
            ("SalesOrderType", Edm::Text),
            ("SalesOrganization", Edm::Text),
            ("DistributionChannel", Edm::Text),
            ("OrganizationDivision", Edm::Text),
            ("SoldToParty", Edm::Text),
            ("CreationDate", Edm::Day),
            ("LastChangeDate", Edm::Day),
            ("LastChangeDateTime", Edm::Instant),
            ("PurchaseOrderByCustomer", Edm::Text),
            ("CustomerPurchaseOrderDate", Edm::Day),
            ("SalesOrderDate", Edm::Day),
            ("TotalNetAmount", Edm::Amount),
            ("OverallDeliveryStatus", Edm::Text),
            ("OverallOrdReltdBillgStatus", Edm::Text),
            ("TransactionCurrency", Edm::Text),
            ("RequestedDeliveryDate", Edm::Day),
            ("CompleteDeliveryIsDefined", Edm::Flag),
            ("HeaderBillingBlockReason", Edm::Text),
            ("DeliveryBlockReason", Edm::Text),
            ("CustomerPaymentTerms", Edm::Text),
            ("OverallSDProcessStatus", Edm::Text),
            ("OverallTotalDeliveryStatus", Edm::Text),
            ("OverallSDDocumentRejectionSts", Edm::Text),
            // A field of the customer's own: an extension of the header, free for such use in every installation.
            ("YY1_PortalReference_SDH", Edm::Text),
        ],
        navigations: &[
            many("to_Text", "A_SalesOrderText", &["SalesOrder"]),
            many("to_Item", "A_SalesOrderItem", &["SalesOrder"]),
            many("to_Partner", "A_SalesOrderHeaderPartner", &["SalesOrder"]),
        ],
    },
    Set {
        service: ORDERS,
        name: "A_SalesOrderItem",
        kind: "A_SalesOrderItemType",
        key: &["SalesOrder", "SalesOrderItem"],
        etag: None,
        properties: &[
            ("SalesOrder", Edm::Text),
            ("SalesOrderItem", Edm::Text),
            ("HigherLevelItem", Edm::Text),
            ("SalesOrderItemCategory", Edm::Text),
            ("SalesOrderItemText", Edm::Text),
            ("PurchaseOrderByCustomer", Edm::Text),
            ("Material", Edm::Text),
            ("RequestedQuantity", Edm::Quantity),
            ("RequestedQuantityUnit", Edm::Text),
            ("ConfdDelivQtyInOrderQtyUnit", Edm::Quantity),
            ("TransactionCurrency", Edm::Text),
            ("NetAmount", Edm::Amount),
            ("TaxAmount", Edm::Amount),
            ("SalesDocumentRjcnReason", Edm::Text),
            ("SDProcessStatus", Edm::Text),
            ("DeliveryStatus", Edm::Text),
        ],
        navigations: &[
            one("to_SalesOrder", "A_SalesOrder", &["SalesOrder"]),
            many("to_ScheduleLine", "A_SalesOrderScheduleLine", &["SalesOrder", "SalesOrderItem"]),
        ],
    },
    Set {
        service: ORDERS,
        name: "A_SalesOrderHeaderPartner",
        kind: "A_SalesOrderHeaderPartnerType",
        key: &["SalesOrder", "PartnerFunction"],
        etag: None,
        properties: &[
            ("SalesOrder", Edm::Text),
            ("PartnerFunction", Edm::Text),
            ("PartnerFunctionInternalCode", Edm::Text),
            ("Customer", Edm::Text),
            ("Supplier", Edm::Text),
            ("Personnel", Edm::Text),
            ("ContactPerson", Edm::Text),
            ("AddressID", Edm::Text),
        ],
        navigations: &[one("to_SalesOrder", "A_SalesOrder", &["SalesOrder"])],
    },
    Set {
        service: PARTNERS,
        name: "A_BusinessPartner",
        kind: "A_BusinessPartnerType",
        key: &["BusinessPartner"],
        etag: Some("ETag"),
        properties: &[
            ("BusinessPartner", Edm::Text),
            ("Customer", Edm::Text),
            ("Supplier", Edm::Text),
            ("BusinessPartnerCategory", Edm::Text),
            ("BusinessPartnerFullName", Edm::Text),
            ("BusinessPartnerName", Edm::Text),
            ("CorrespondenceLanguage", Edm::Text),
            ("CreationDate", Edm::Day),
            ("FirstName", Edm::Text),
            ("LastChangeDate", Edm::Day),
            ("LastName", Edm::Text),
            ("OrganizationBPName1", Edm::Text),
            ("OrganizationBPName2", Edm::Text),
            ("OrganizationFoundationDate", Edm::Day),
            ("SearchTerm1", Edm::Text),
            ("BusinessPartnerIsBlocked", Edm::Flag),
            ("ETag", Edm::Text),
            ("IsMarkedForArchiving", Edm::Flag),
        ],
        navigations: &[
            many("to_BusinessPartnerAddress", "A_BusinessPartnerAddress", &["BusinessPartner"]),
            one("to_Customer", "A_Customer", &["Customer"]),
        ],
    },
    Set {
        service: PARTNERS,
        name: "A_Customer",
        kind: "A_CustomerType",
        key: &["Customer"],
        etag: None,
        properties: &[
            ("Customer", Edm::Text),
            ("BillingIsBlockedForCustomer", Edm::Text),
            ("CreationDate", Edm::Day),
            ("CustomerAccountGroup", Edm::Text),
            ("CustomerFullName", Edm::Text),
            ("CustomerName", Edm::Text),
            ("DeliveryIsBlocked", Edm::Text),
            ("OrderIsBlockedForCustomer", Edm::Text),
            ("PostingIsBlocked", Edm::Flag),
            ("Supplier", Edm::Text),
            ("VATRegistration", Edm::Text),
            ("DeletionIndicator", Edm::Flag),
        ],
        navigations: &[],
    },
    Set {
        service: PARTNERS,
        name: "A_BusinessPartnerAddress",
        kind: "A_BusinessPartnerAddressType",
        key: &["BusinessPartner", "AddressID"],
        etag: None,
        properties: &[
            ("BusinessPartner", Edm::Text),
            ("AddressID", Edm::Text),
            ("ValidityStartDate", Edm::Instant),
            ("ValidityEndDate", Edm::Instant),
            ("AdditionalStreetPrefixName", Edm::Text),
            ("AdditionalStreetSuffixName", Edm::Text),
            ("CityName", Edm::Text),
            ("Country", Edm::Text),
            ("District", Edm::Text),
            ("FullName", Edm::Text),
            ("HouseNumber", Edm::Text),
            ("Language", Edm::Text),
            ("POBox", Edm::Text),
            ("PostalCode", Edm::Text),
            ("Region", Edm::Text),
            ("StreetName", Edm::Text),
            ("StreetPrefixName", Edm::Text),
            ("StreetSuffixName", Edm::Text),
        ],
        navigations: &[],
    },
    Set {
        service: PRODUCTS,
        name: "A_Product",
        kind: "A_ProductType",
        key: &["Product"],
        etag: Some("LastChangeDateTime"),
        properties: &[
            ("Product", Edm::Text),
            ("ProductType", Edm::Text),
            ("CrossPlantStatus", Edm::Text),
            ("CreationDate", Edm::Day),
            ("LastChangeDate", Edm::Day),
            ("LastChangeDateTime", Edm::Instant),
            ("IsMarkedForDeletion", Edm::Flag),
            ("ProductOldID", Edm::Text),
            ("GrossWeight", Edm::Quantity),
            ("WeightUnit", Edm::Text),
            ("NetWeight", Edm::Quantity),
            ("ProductGroup", Edm::Text),
            ("BaseUnit", Edm::Text),
            ("Division", Edm::Text),
        ],
        navigations: &[many("to_Description", "A_ProductDescription", &["Product"])],
    },
    Set {
        service: PRODUCTS,
        name: "A_ProductDescription",
        kind: "A_ProductDescriptionType",
        key: &["Product", "Language"],
        etag: None,
        properties: &[("Product", Edm::Text), ("Language", Edm::Text), ("ProductDescription", Edm::Text)],
        navigations: &[],
    },
    Set {
        service: CREDIT,
        name: "CreditMgmtBusinessPartner",
        kind: "CreditMgmtBusinessPartnerType",
        key: &["BusinessPartner"],
        etag: None,
        properties: &[
            ("BusinessPartner", Edm::Text),
            ("CrdtMgmtBusinessPartnerGroup", Edm::Text),
            ("CreditWorthinessScoreValue", Edm::Text),
            ("CreditRiskClass", Edm::Text),
            ("CreditCheckRule", Edm::Text),
        ],
        navigations: &[many("to_CreditMgmtAccountTP", "CreditManagementAccount", &["BusinessPartner"])],
    },
    Set {
        service: CREDIT,
        name: "CreditManagementAccount",
        kind: "CreditManagementAccountType",
        key: &["BusinessPartner", "CreditSegment"],
        etag: None,
        properties: &[
            ("BusinessPartner", Edm::Text),
            ("CreditSegment", Edm::Text),
            ("BusinessPartnerIsCritical", Edm::Flag),
            ("CreditAccountIsBlocked", Edm::Flag),
            ("CreditAccountBlockReason", Edm::Text),
            ("CreditLimitAmount", Edm::Amount),
            ("CreditLimitValidityEndDate", Edm::Day),
            ("CreditLimitLastChangeDate", Edm::Day),
            ("CreditLimitIsZero", Edm::Flag),
            ("CreditSegmentCurrency", Edm::Text),
        ],
        navigations: &[one("to_CrdtMBusinessPartnerTP", "CreditMgmtBusinessPartner", &["BusinessPartner"])],
    },
];
