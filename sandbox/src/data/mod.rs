//! What the demo business knows: one consistent set of records, from which each system tells its own part.
//!
//! A company is one customer. Every system knows it under a key of its own: HubSpot by `Company::id`, SAP by one or
//! several debtor numbers, Stripe by a customer id, Zendesk by an organization id. Instants are Unix seconds, calendar
//! days are civil dates, money is an exact decimal in the major unit.

pub mod documents;
pub mod people;
pub mod seed;
pub mod terms;
pub mod told;

use jiff::civil::Date;
use rust_decimal::Decimal;

/// Everything the four systems hold, in memory, changeable behind one lock.
#[derive(Debug, Clone, Default)]
pub struct Business {
    /// Customers, at least 200.
    pub companies: Vec<Company>,
    /// People at customers.
    pub contacts: Vec<Contact>,
    /// People of the business who look after companies (HubSpot owners, Zendesk agents).
    pub staff: Vec<Staff>,
    /// Sales opportunities in the CRM.
    pub deals: Vec<Deal>,
    /// Articles that SAP sells.
    pub products: Vec<Product>,
    /// Sales orders in SAP.
    pub orders: Vec<Order>,
    /// Quotations in SAP.
    pub quotations: Vec<documents::Quotation>,
    /// Outbound deliveries in SAP.
    pub deliveries: Vec<documents::Delivery>,
    /// Billing documents in SAP.
    pub billing: Vec<documents::BillingDocument>,
    /// Stock in SAP.
    pub stock: Vec<documents::Stock>,
    /// Invoices in Stripe.
    pub invoices: Vec<Invoice>,
    /// Payments in Stripe.
    pub payments: Vec<Payment>,
    /// Subscriptions in Stripe.
    pub subscriptions: Vec<Subscription>,
    /// Tickets in Zendesk.
    pub tickets: Vec<Ticket>,
    /// Help centre articles in Zendesk.
    pub articles: Vec<Article>,
    /// What the systems were told since the seed.
    pub told: told::Told,
}

/// One customer.
#[derive(Debug, Clone)]
pub struct Company {
    /// HubSpot object id, such as 9001001.
    pub id: u64,
    /// Name in the CRM; may have umlauts, quotes, an ampersand, or be that of another company too.
    pub name: String,
    /// `None` is an empty field.
    pub domain: Option<String>,
    /// As people typed it.
    pub phone: Option<String>,
    /// Street and number.
    pub street: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State or province.
    pub region: Option<String>,
    /// Postal code, leading zeros kept.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// HubSpot's `industry` words, such as `MACHINERY`.
    pub industry: Option<&'static str>,
    /// HubSpot's `lifecyclestage`: `customer`, `lead`, `opportunity`, `evangelist`, or an odd custom one.
    pub lifecycle: &'static str,
    /// The number people quote on the phone (HubSpot property `customer_number`).
    pub number: Option<String>,
    /// SAP business partner keys (HubSpot property `erp_debtor`, joined by `;`). SAP itself has no leading zeros;
    /// `padded_debtors` says that the CRM holds them padded to ten digits.
    pub debtors: Vec<String>,
    /// Whether HubSpot's `erp_debtor` has the leading zeros.
    pub padded_debtors: bool,
    /// Stripe customer, such as `cus_KestrelMarine1` (HubSpot property `stripe_customer`).
    pub stripe_customer: Option<String>,
    /// Zendesk organization id; its `external_id` is the HubSpot id.
    pub zendesk_organization: Option<u64>,
    /// ISO 4217 of the account's business: EUR, USD, or JPY (or CHF).
    pub currency: &'static str,
    /// HubSpot id of the parent company.
    pub parent: Option<u64>,
    /// `Staff::id` of the account manager.
    pub owner: Option<u64>,
    /// Credit limit in the account's currency (SAP).
    pub credit_limit: Option<Decimal>,
    /// VAT registration (SAP).
    pub vat: Option<String>,
    /// Blocked in SAP.
    pub blocked: bool,
    /// Created, Unix seconds.
    pub created: i64,
    /// Last changed, Unix seconds.
    pub modified: i64,
}

/// A person at a customer.
#[derive(Debug, Clone)]
pub struct Contact {
    /// HubSpot object id.
    pub id: u64,
    /// Unique in HubSpot.
    pub email: String,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// HubSpot `hs_language`, such as `de`.
    pub language: Option<&'static str>,
    /// Companies, the primary one first.
    pub companies: Vec<Membership>,
    /// Zendesk end user id, where the desk knows the person.
    pub zendesk_user: Option<u64>,
    /// Archived in HubSpot: gone for the API.
    pub archived: bool,
    /// Created, Unix seconds.
    pub created: i64,
    /// Last changed, Unix seconds.
    pub modified: i64,
}

/// That a contact is associated with a company, and as what.
#[derive(Debug, Clone)]
pub struct Membership {
    /// `Company::id`.
    pub company: u64,
    /// Custom association labels beside HubSpot's own: `Portal user` (`USER_DEFINED` type 36), `Portal admin` (type 38);
    /// none means no access to the portal.
    pub labels: Vec<&'static str>,
}

/// Somebody of the business.
#[derive(Debug, Clone)]
pub struct Staff {
    /// HubSpot owner id.
    pub id: u64,
    /// Zendesk agent user id.
    pub zendesk_user: u64,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Work e-mail.
    pub email: String,
}

/// A sales opportunity.
#[derive(Debug, Clone)]
pub struct Deal {
    /// HubSpot object id.
    pub id: u64,
    /// `Company::id`.
    pub company: u64,
    /// Name.
    pub name: String,
    /// Amount; `None` is an empty field.
    pub amount: Option<Decimal>,
    /// `None` in single-currency portals.
    pub currency: Option<&'static str>,
    /// Pipeline stage id: `appointmentscheduled`, `closedwon`, `closedlost`, or an opaque number.
    pub stage: &'static str,
    /// Close date as an instant, Unix seconds.
    pub close: Option<i64>,
    /// Created, Unix seconds.
    pub created: i64,
    /// Last changed, Unix seconds.
    pub modified: i64,
}

/// An article SAP sells.
#[derive(Debug, Clone)]
pub struct Product {
    /// Material number, such as `TG11` or `MZ-FG-C900`; one or two contain odd characters (`'`, `/`, umlaut).
    pub sku: String,
    /// Descriptions by SAP language: (`EN`, text), (`DE`, text).
    pub texts: Vec<(&'static str, String)>,
    /// Base unit: `PC`, `EA`, `KG`.
    pub unit: &'static str,
    /// Product group.
    pub group: Option<&'static str>,
    /// Price in EUR.
    pub price: Decimal,
    /// Created.
    pub created: i64,
    /// Last changed.
    pub modified: i64,
}

/// A sales order.
#[derive(Debug, Clone)]
pub struct Order {
    /// Sales order number, such as `4711`.
    pub number: String,
    /// Sold-to party: one of a company's debtors.
    pub sold_to: String,
    /// The customer's own reference.
    pub reference: Option<String>,
    /// Order date.
    pub placed: Date,
    /// Requested delivery date.
    pub requested: Option<Date>,
    /// ISO 4217.
    pub currency: &'static str,
    /// `OverallSDProcessStatus`: `A`, `B`, `C` or empty.
    pub process: &'static str,
    /// `OverallTotalDeliveryStatus`: `A`, `B`, `C` or empty.
    pub delivery: &'static str,
    /// `OverallSDDocumentRejectionSts`: `A`, `B`, `C`.
    pub rejection: &'static str,
    /// `DeliveryBlockReason`: empty where there is none.
    pub block: &'static str,
    /// Items.
    pub lines: Vec<OrderLine>,
    /// Last changed, Unix seconds: the `ETag`.
    pub modified: i64,
}

/// One item of an order, or of a quotation.
#[derive(Debug, Clone)]
pub struct OrderLine {
    /// Item number: 10, 20, …
    pub position: u32,
    /// `Product::sku`.
    pub sku: String,
    /// Item text.
    pub text: String,
    /// Quantity, up to three decimals.
    pub quantity: Decimal,
    /// Unit.
    pub unit: &'static str,
    /// Net amount of the item in the order's currency.
    pub net: Decimal,
    /// What of it is promised for when; nothing in a quotation.
    pub schedule: Vec<documents::Scheduled>,
}

/// An invoice. Amounts in the major unit; Stripe shows the minor unit.
#[derive(Debug, Clone)]
pub struct Invoice {
    /// Such as `in_1KestrelA0001`.
    pub id: String,
    /// Stripe customer.
    pub customer: String,
    /// `None` while a draft.
    pub number: Option<String>,
    /// `draft`, `open`, `paid`, `uncollectible`, `void`.
    pub status: &'static str,
    /// ISO 4217, upper case.
    pub currency: &'static str,
    /// Lines; a few invoices have more than ten.
    pub lines: Vec<InvoiceLine>,
    /// Tax.
    pub tax: Decimal,
    /// Paid so far.
    pub paid: Decimal,
    /// Created, Unix seconds.
    pub created: i64,
    /// Due, Unix seconds; `None` where it is charged automatically.
    pub due: Option<i64>,
    /// `Order::number` (Stripe `metadata.order_number`).
    pub order: Option<String>,
    /// `Subscription::id`.
    pub subscription: Option<String>,
}

/// One line of an invoice.
#[derive(Debug, Clone)]
pub struct InvoiceLine {
    /// Such as `il_1KestrelA0001_1`.
    pub id: String,
    /// Description.
    pub description: Option<String>,
    /// Quantity.
    pub quantity: i64,
    /// Amount of the line, without tax.
    pub amount: Decimal,
}

/// A payment (payment intent).
#[derive(Debug, Clone)]
pub struct Payment {
    /// Such as `pi_1KestrelA0001`.
    pub id: String,
    /// Stripe customer.
    pub customer: String,
    /// `Invoice::id`, through an invoice payment.
    pub invoice: Option<String>,
    /// Amount.
    pub amount: Decimal,
    /// ISO 4217, upper case.
    pub currency: &'static str,
    /// Stripe's status: `succeeded`, `processing`, `requires_payment_method`, `canceled`.
    pub status: &'static str,
    /// `card`, `sepa_debit`.
    pub method: &'static str,
    /// Created, Unix seconds.
    pub created: i64,
}

/// A subscription.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Such as `sub_1Kestrel1`.
    pub id: String,
    /// Stripe customer.
    pub customer: String,
    /// Stripe's status.
    pub status: &'static str,
    /// Name of its product, such as `Service Plus`.
    pub product: &'static str,
    /// Per interval, in the major unit.
    pub price: Decimal,
    /// Quantity.
    pub quantity: i64,
    /// ISO 4217, upper case.
    pub currency: &'static str,
    /// `month` or `year`.
    pub interval: &'static str,
    /// Started, Unix seconds.
    pub start: i64,
    /// End of the current period, Unix seconds.
    pub period_end: i64,
    /// Will not renew.
    pub cancel_at_period_end: bool,
}

/// A ticket.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// Zendesk id, beyond 2^32 for some.
    pub id: u64,
    /// Zendesk organization; `None` is a ticket of nobody's organization.
    pub organization: Option<u64>,
    /// Zendesk user id of the requester.
    pub requester: u64,
    /// Zendesk user id of the agent.
    pub assignee: Option<u64>,
    /// Subject.
    pub subject: String,
    /// `new`, `open`, `pending`, `hold`, `solved`, `closed`.
    pub status: &'static str,
    /// `low`, `normal`, `high`, `urgent`.
    pub priority: Option<&'static str>,
    /// `problem`, `incident`, `question`, `task`.
    pub kind: Option<&'static str>,
    /// Service levels.
    pub slas: Vec<Sla>,
    /// Comments, oldest first; some are internal.
    pub comments: Vec<Comment>,
    /// Created, Unix seconds.
    pub created: i64,
    /// Last changed, Unix seconds.
    pub modified: i64,
    /// Solved, Unix seconds.
    pub solved: Option<i64>,
}

/// One metric of a service level.
#[derive(Debug, Clone)]
pub struct Sla {
    /// `first_reply_time`, `next_reply_time`, `requester_wait_time`.
    pub metric: &'static str,
    /// `active`, `paused`, `achieved`.
    pub stage: &'static str,
    /// Unix seconds; `None` while paused.
    pub breach_at: Option<i64>,
}

/// A comment on a ticket.
#[derive(Debug, Clone)]
pub struct Comment {
    /// Zendesk id.
    pub id: u64,
    /// Zendesk user id.
    pub author: u64,
    /// HTML.
    pub html: String,
    /// False for an internal note.
    pub public: bool,
    /// Unix seconds.
    pub created: i64,
}

/// A help centre article.
#[derive(Debug, Clone)]
pub struct Article {
    /// Zendesk id.
    pub id: u64,
    /// One text per language: `en-us`, `de`.
    pub translations: Vec<Translation>,
    /// Section name.
    pub section: &'static str,
    /// Section id.
    pub section_id: u64,
    /// Not published.
    pub draft: bool,
    /// Restricted to a user segment.
    pub segment: Option<u64>,
    /// Created, Unix seconds.
    pub created: i64,
    /// Last changed, Unix seconds.
    pub modified: i64,
}

/// An article in one language.
#[derive(Debug, Clone)]
pub struct Translation {
    /// Zendesk locale, lower case: `en-us`.
    pub locale: &'static str,
    /// Title.
    pub title: String,
    /// HTML.
    pub body: String,
}
