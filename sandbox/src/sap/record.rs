//! Entities of SAP as views of the business's records: what each property holds.

mod documents;
mod ledger;
mod partners;
mod sales;

use rust_decimal::Decimal;

use crate::data::documents::{BillingDocument, BillingLine, Delivery, DeliveryLine, Quotation, Scheduled, Stock};
use crate::data::told::OrderNotes;
use crate::data::{Business, Company, Order, OrderLine, Product};

use super::schema::Set;
use super::value::{Edm, Value};

/// Partner functions of an order: the internal code, and the code that people see who log on in English. SAP's
/// conversion exit shows the internal (German) code to German logons and the English one to English logons.
pub(super) const FUNCTIONS: [(&str, &str); 4] = [("AG", "SP"), ("WE", "SH"), ("RE", "BP"), ("RG", "PY")];

/// One entity.
#[derive(Debug, Clone, Copy)]
pub(super) enum Record<'a> {
    /// `A_SalesOrder`.
    Order(&'a Order, &'a OrderNotes),
    /// `A_SalesOrderItem`.
    Item(&'a Order, &'a OrderLine, &'a OrderNotes),
    /// `A_SalesOrderScheduleLine`, with its number.
    Schedule(&'a Order, &'a OrderLine, (usize, &'a Scheduled)),
    /// `A_SalesQuotation`.
    Quotation(&'a Quotation),
    /// `A_SalesQuotationItem`.
    QuotationItem(&'a Quotation, &'a OrderLine),
    /// `A_SlsQtanSubsqntProcFlow`: the order that a quotation became.
    Followed(&'a Quotation, &'a str),
    /// `A_SalesOrderHeaderPartner`: internal and shown function, and the customer.
    HeaderPartner(&'a Order, (&'static str, &'static str), &'a str),
    /// `A_SalesOrderText`: type, language, text.
    Text(&'a Order, &'a (String, String, String)),
    /// `A_BusinessPartner`, by debtor.
    Partner(&'a Company, &'a str),
    /// `A_Customer`, by debtor.
    Customer(&'a Company, &'a str),
    /// `A_BusinessPartnerAddress`, by debtor.
    Address(&'a Company, &'a str),
    /// `A_Product`.
    Product(&'a Product),
    /// `A_ProductDescription`: language and text.
    Description(&'a Product, &'static str, &'a str),
    /// `CreditMgmtBusinessPartner`, by debtor.
    CreditPartner(&'a str),
    /// `CreditManagementAccount`, by debtor, with its limit.
    CreditAccount(&'a Company, &'a str, Decimal),
    /// `A_OutbDeliveryHeader`.
    Delivery(&'a Delivery),
    /// `A_OutbDeliveryItem`.
    DeliveryItem(&'a Delivery, &'a DeliveryLine),
    /// `A_BillingDocument`.
    Billing(&'a BillingDocument),
    /// `A_BillingDocumentItem`.
    BillingItem(&'a BillingDocument, &'a BillingLine),
    /// `A_OperationalAcctgDocItemCube`.
    Posting(&'a BillingDocument, ledger::Posting),
    /// `A_MatlStkInAcctMod`.
    Stock(&'a Stock),
}

impl Record<'_> {
    /// Whose record it is: the debtor. Products belong to nobody, so each counts as an account of its own.
    pub(super) fn account(&self) -> &str {
        match self {
            Self::Order(order, _)
            | Self::Item(order, ..)
            | Self::Schedule(order, ..)
            | Self::HeaderPartner(order, ..)
            | Self::Text(order, _) => &order.sold_to,
            Self::Quotation(quotation) | Self::QuotationItem(quotation, _) | Self::Followed(quotation, _) => {
                &quotation.sold_to
            }
            Self::Product(product) | Self::Description(product, ..) => &product.sku,
            Self::Delivery(delivery) | Self::DeliveryItem(delivery, _) => &delivery.sold_to,
            Self::Billing(document) | Self::BillingItem(document, _) | Self::Posting(document, _) => &document.sold_to,
            Self::Stock(stock) => &stock.sku,
            Self::Partner(_, debtor)
            | Self::Customer(_, debtor)
            | Self::Address(_, debtor)
            | Self::CreditPartner(debtor)
            | Self::CreditAccount(_, debtor, _) => debtor,
        }
    }

    /// What a property holds.
    pub(super) fn value(&self, (name, edm): (&str, Edm)) -> Value {
        let known = match self {
            Self::Order(order, notes) => header(order, notes, name),
            Self::Item(order, line, notes) => item(order, line, (notes, name)),
            Self::Text(order, text) => sales::text(order, text, name),
            Self::Schedule(order, line, scheduled) => sales::schedule((order, line), *scheduled, name),
            Self::Quotation(quotation) => sales::quotation(quotation, name),
            Self::QuotationItem(quotation, line) => sales::quotation_item(quotation, line, name),
            Self::Followed(quotation, order) => sales::followed(quotation, order, name),
            Self::HeaderPartner(order, (code, shown), customer) => match name {
                "SalesOrder" => Some(Value::text(&order.number)),
                "PartnerFunction" => Some(Value::text(*shown)),
                "PartnerFunctionInternalCode" => Some(Value::text(*code)),
                "Customer" => Some(Value::text(*customer)),
                _ => None,
            },
            Self::Partner(company, debtor) => partners::partner(company, debtor, name),
            Self::Customer(company, debtor) => partners::customer(company, debtor, name),
            Self::Address(company, debtor) => partners::address(company, debtor, name),
            Self::Product(product) => article(product, name),
            Self::Delivery(delivery) => documents::delivery(delivery, name),
            Self::DeliveryItem(delivery, line) => documents::delivery_item(delivery, line, name),
            Self::Billing(document) => documents::billing(document, name),
            Self::BillingItem(document, line) => documents::billing_item(document, line, name),
            Self::Posting(document, posting) => ledger::item(document, *posting, name),
            Self::Stock(stock) => documents::stock(stock, name),
            Self::Description(product, language, text) => match name {
                "Product" => Some(Value::text(&product.sku)),
                "Language" => Some(Value::text(*language)),
                "ProductDescription" => Some(Value::Text(cut(text, 40))),
                _ => None,
            },
            Self::CreditPartner(debtor) => match name {
                "BusinessPartner" => Some(Value::text(*debtor)),
                "CreditRiskClass" => Some(Value::text("B")),
                "CreditCheckRule" => Some(Value::text("01")),
                _ => None,
            },
            Self::CreditAccount(company, debtor, limit) => match name {
                "BusinessPartner" => Some(Value::text(*debtor)),
                "CreditSegment" => Some(Value::text("0000")),
                "CreditAccountIsBlocked" => Some(Value::Flag(company.blocked)),
                "CreditLimitAmount" => Some(Value::money(*limit, company.currency)),
                "CreditLimitLastChangeDate" => Some(Value::day_of(company.modified)),
                "CreditLimitIsZero" => Some(Value::Flag(limit.is_zero())),
                "CreditSegmentCurrency" => Some(Value::text(company.currency)),
                _ => None,
            },
        };
        known.unwrap_or_else(|| edm.empty())
    }
}

/// The records of a set, in the order of their keys' creation. `german` chooses how partner functions are shown.
pub(super) fn records<'a>(business: &'a Business, set: &Set, german: bool) -> Vec<Record<'a>> {
    let orders = business.orders.iter();
    let notes = |order: &Order| business.told.order(&order.number);
    let debtors = || {
        business
            .companies
            .iter()
            .flat_map(|company| company.debtors.iter().map(move |debtor| (company, debtor.as_str())))
    };
    match set.name {
        "A_SalesOrder" => orders.map(|order| Record::Order(order, notes(order))).collect(),
        "A_SalesOrderItem" => {
            let items = |order| (order, notes(order));
            let items = orders.map(items);
            let items = items.flat_map(|(order, notes): (&'a Order, &'a OrderNotes)| {
                order.lines.iter().map(move |line| Record::Item(order, line, notes))
            });
            items.collect()
        }
        "A_SalesOrderScheduleLine" => {
            let lines = orders.flat_map(|order| order.lines.iter().map(move |line| (order, line)));
            let scheduled = |(order, line): (&'a Order, &'a OrderLine)| {
                (1..).zip(&line.schedule).map(move |scheduled| Record::Schedule(order, line, scheduled))
            };
            lines.flat_map(scheduled).collect()
        }
        "A_SalesQuotation" => business.quotations.iter().map(Record::Quotation).collect(),
        "A_SalesQuotationItem" => {
            let lines = |quotation: &'a Quotation| quotation.lines.iter().map(move |line| (quotation, line));
            let lines = business.quotations.iter().flat_map(lines);
            lines.map(|(quotation, line)| Record::QuotationItem(quotation, line)).collect()
        }
        "A_SlsQtanSubsqntProcFlow" => {
            let followed = |quotation: &'a Quotation| Some(Record::Followed(quotation, quotation.order.as_deref()?));
            business.quotations.iter().filter_map(followed).collect()
        }
        "A_SalesOrderHeaderPartner" => orders
            .flat_map(|order| {
                FUNCTIONS.map(|(code, english)| {
                    let customer = notes(order).partners.get(code).unwrap_or(&order.sold_to);
                    Record::HeaderPartner(order, (code, if german { code } else { english }), customer)
                })
            })
            .collect(),
        "A_SalesOrderText" => {
            orders.flat_map(|order| notes(order).texts.iter().map(move |text| Record::Text(order, text))).collect()
        }
        "A_BusinessPartner" => debtors().map(|(company, debtor)| Record::Partner(company, debtor)).collect(),
        "A_Customer" => debtors().map(|(company, debtor)| Record::Customer(company, debtor)).collect(),
        "A_BusinessPartnerAddress" => debtors()
            .filter(|(company, _)| company.street.is_some() || company.city.is_some())
            .map(|(company, debtor)| Record::Address(company, debtor))
            .collect(),
        "A_Product" => business.products.iter().map(Record::Product).collect(),
        "A_ProductDescription" => business
            .products
            .iter()
            .flat_map(|product| {
                let text =
                    move |(language, text): &'a (&'static str, String)| Record::Description(product, language, text);
                product.texts.iter().map(text)
            })
            .collect(),
        "A_OutbDeliveryHeader" => business.deliveries.iter().map(Record::Delivery).collect(),
        "A_OutbDeliveryItem" => {
            let lines = |delivery: &'a Delivery| delivery.lines.iter().map(move |line| (delivery, line));
            let lines = business.deliveries.iter().flat_map(lines);
            lines.map(|(delivery, line)| Record::DeliveryItem(delivery, line)).collect()
        }
        "A_BillingDocument" => business.billing.iter().map(Record::Billing).collect(),
        "A_BillingDocumentItem" => {
            let lines = |document: &'a BillingDocument| document.lines.iter().map(move |line| (document, line));
            let lines = business.billing.iter().flat_map(lines);
            lines.map(|(document, line)| Record::BillingItem(document, line)).collect()
        }
        "A_OperationalAcctgDocItemCube" => {
            let items = |document: &'a BillingDocument| {
                ledger::postings(document).map(move |posting| Record::Posting(document, posting))
            };
            business.billing.iter().flat_map(items).collect()
        }
        "A_MatlStkInAcctMod" => business.stock.iter().map(Record::Stock).collect(),
        "CreditMgmtBusinessPartner" => credit(business).map(|(_, debtor, _)| Record::CreditPartner(debtor)).collect(),
        "CreditManagementAccount" => {
            credit(business).map(|(company, debtor, limit)| Record::CreditAccount(company, debtor, limit)).collect()
        }
        _ => Vec::new(),
    }
}

/// Credit is granted once per customer, so only its first debtor has a credit account.
fn credit(business: &Business) -> impl Iterator<Item = (&Company, &str, Decimal)> {
    business
        .companies
        .iter()
        .filter_map(|company| Some((company, company.debtors.first()?.as_str(), company.credit_limit?)))
}

fn header(order: &Order, notes: &OrderNotes, name: &str) -> Option<Value> {
    Some(match name {
        "SalesOrder" => Value::text(&order.number),
        "SalesOrderType" => Value::text("OR"),
        "SalesOrganization" => Value::text("1710"),
        "DistributionChannel" => Value::text("10"),
        "OrganizationDivision" => Value::text("00"),
        "SoldToParty" => Value::text(&order.sold_to),
        "CreationDate" | "SalesOrderDate" => Value::date(order.placed),
        "LastChangeDate" => Value::day_of(order.modified),
        "LastChangeDateTime" => Value::instant(order.modified),
        "PurchaseOrderByCustomer" => Value::text(order.reference.as_deref().unwrap_or_default()),
        "YY1_PortalReference_SDH" => Value::text(&notes.reference),
        "TotalNetAmount" => Value::money(order.lines.iter().map(|line| line.net).sum(), order.currency),
        "OverallDeliveryStatus" | "OverallTotalDeliveryStatus" => Value::text(order.delivery),
        "TransactionCurrency" => Value::text(order.currency),
        "RequestedDeliveryDate" => order.requested.map_or(Value::Nothing, Value::date),
        "DeliveryBlockReason" => Value::text(order.block),
        "CustomerPaymentTerms" => Value::text("0004"),
        "OverallSDProcessStatus" => Value::text(order.process),
        "OverallSDDocumentRejectionSts" => Value::text(order.rejection),
        _ => return None,
    })
}

fn item(order: &Order, line: &OrderLine, (notes, name): (&OrderNotes, &str)) -> Option<Value> {
    Some(match name {
        "SalesOrder" => Value::text(&order.number),
        "SalesOrderItem" => Value::text(line.position.to_string()),
        "SalesOrderItemCategory" => Value::text("TAN"),
        "SalesOrderItemText" => Value::Text(cut(&line.text, 40)),
        "PurchaseOrderByCustomer" => Value::text(order.reference.as_deref().unwrap_or_default()),
        "Material" => Value::text(&line.sku),
        "RequestedQuantity" => Value::quantity(line.quantity),
        "RequestedQuantityUnit" => Value::text(line.unit),
        "ConfdDelivQtyInOrderQtyUnit" => {
            Value::quantity(line.schedule.iter().map(|scheduled| scheduled.confirmed).sum())
        }
        "TransactionCurrency" => Value::text(order.currency),
        "NetAmount" => Value::money(line.net, order.currency),
        "TaxAmount" => Value::money(Decimal::ZERO, order.currency),
        "SalesDocumentRjcnReason" if notes.rejected.contains_key(&line.position) => {
            Value::text(notes.rejected.get(&line.position)?)
        }
        "SalesDocumentRjcnReason" if order.rejection == "C" => Value::text("00"),
        "SDProcessStatus" => Value::text(order.process),
        "DeliveryStatus" => Value::text(order.delivery),
        _ => return None,
    })
}

fn article(product: &Product, name: &str) -> Option<Value> {
    Some(match name {
        "Product" => Value::text(&product.sku),
        "ProductType" => Value::text("FERT"),
        "CreationDate" => Value::day_of(product.created),
        "LastChangeDate" => Value::day_of(product.modified),
        "LastChangeDateTime" => Value::instant(product.modified),
        "ProductGroup" => Value::text(product.group.unwrap_or_default()),
        "BaseUnit" => Value::text(product.unit),
        "Division" => Value::text("00"),
        _ => return None,
    })
}

/// SAP's fields are of fixed length and counted in characters.
fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}
