//! The records as Stripe's resources: which there are, how to find one, and how to list them.

use axum::http::HeaderMap;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Value, json};

use crate::data::Business;

use super::{customer, invoice, payment, subscription};

/// Currencies without a minor unit (docs.stripe.com/currencies#zero-decimal). UGX has none either, and is sent as if it had
/// two digits, like ISK (#special-cases of the same page).
const ZERO_DECIMAL: [&str; 15] =
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];

/// An amount in the currency's minor unit.
pub(super) fn minor(amount: Decimal, currency: &str) -> i64 {
    let factor = if ZERO_DECIMAL.contains(&currency) { Decimal::ONE } else { Decimal::ONE_HUNDRED };
    (amount * factor).round().to_i64().unwrap_or_default()
}

/// What resources are told from.
pub(super) struct View<'a> {
    pub(super) business: &'a Business,
    /// Where the business's own pages (invoice, receipt) are: this server.
    pub(super) base: String,
    pub(super) now: i64,
}

impl<'a> View<'a> {
    pub(super) fn new(business: &'a Business, headers: &HeaderMap, now: i64) -> Self {
        let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
        Self { business, base: format!("http://{host}"), now }
    }

    /// The object with what Stripe was told of it.
    pub(super) fn told(&self, id: &str, mut object: Value) -> Value {
        if let (Value::Object(object), Some(told)) = (&mut object, self.business.told.billing.get(id)) {
            object.extend(told.clone());
        }
        object
    }
}

/// A kind of resource that can be read by id and listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Charge,
    Customer,
    Invoice,
    InvoicePayment,
    PaymentIntent,
    Price,
    Product,
    Subscription,
}

/// Filters of a kind's list: parameter, and where the resource has what it is compared with.
pub(super) type Filters = &'static [(&'static str, &'static str)];

impl Kind {
    const ALL: [Self; 8] = [
        Self::Charge,
        Self::Customer,
        Self::Invoice,
        Self::InvoicePayment,
        Self::PaymentIntent,
        Self::Price,
        Self::Product,
        Self::Subscription,
    ];

    /// From a path segment.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| format!("{}s", kind.name()) == text)
    }

    /// From the prefix of an id.
    pub(super) fn of_id(id: &str) -> Option<Self> {
        let (prefix, _) = id.split_once('_')?;
        Self::ALL.into_iter().find(|kind| kind.prefix() == prefix)
    }

    /// The name that objects and errors have.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Customer => "customer",
            Self::Invoice => "invoice",
            Self::InvoicePayment => "invoice_payment",
            Self::PaymentIntent => "payment_intent",
            Self::Price => "price",
            Self::Product => "product",
            Self::Subscription => "subscription",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Charge => "ch",
            Self::Customer => "cus",
            Self::Invoice => "in",
            Self::InvoicePayment => "inpay",
            Self::PaymentIntent => "pi",
            Self::Price => "price",
            Self::Product => "prod",
            Self::Subscription => "sub",
        }
    }

    /// The filters of its list.
    pub(super) fn filters(self) -> Filters {
        match self {
            Self::Charge => {
                &[("customer", "/customer"), ("payment_intent", "/payment_intent"), ("created", "/created")]
            }
            Self::Customer => &[("email", "/email"), ("created", "/created")],
            Self::Invoice => &[
                ("customer", "/customer"),
                ("subscription", "/parent/subscription_details/subscription"),
                ("status", "/status"),
                ("collection_method", "/collection_method"),
                ("created", "/created"),
                ("due_date", "/due_date"),
            ],
            Self::InvoicePayment => {
                &[("invoice", "/invoice"), ("status", "/status"), ("payment", "/payment"), ("created", "/created")]
            }
            Self::PaymentIntent => &[("customer", "/customer"), ("created", "/created")],
            Self::Price => &[
                ("product", "/product"),
                ("active", "/active"),
                ("type", "/type"),
                ("currency", "/currency"),
                ("lookup_keys", "/lookup_key"),
                ("created", "/created"),
            ],
            Self::Product => &[("ids", "/id"), ("active", "/active"), ("type", "/type"), ("created", "/created")],
            Self::Subscription => &[
                ("customer", "/customer"),
                ("price", "/items/data/0/price/id"),
                ("status", "/status"),
                ("collection_method", "/collection_method"),
                ("created", "/created"),
                ("current_period_start", "/items/data/0/current_period_start"),
                ("current_period_end", "/items/data/0/current_period_end"),
            ],
        }
    }

    /// All resources of the kind, or those of one customer where the kind has customers.
    pub(super) fn all(self, view: &View<'_>, customer: Option<&str>) -> Vec<Value> {
        let ours = |own: &str| customer.is_none_or(|customer| customer == own);
        let business = view.business;
        let payments = || business.payments.iter().filter(|payment| ours(&payment.customer));
        match self {
            Self::Charge => payments().filter_map(|row| payment::charge(view, row)).collect(),
            Self::Customer => business.companies.iter().filter_map(|row| customer::shown(view, row)).collect(),
            Self::Invoice => {
                let rows = business.invoices.iter().filter(|invoice| ours(&invoice.customer));
                rows.map(|row| invoice::shown(view, row)).collect()
            }
            Self::InvoicePayment => payments().filter_map(payment::of_invoice).collect(),
            Self::PaymentIntent => payments().map(payment::intent).collect(),
            Self::Price => subscription::prices(view),
            Self::Product => subscription::products(view),
            Self::Subscription => {
                let rows = business.subscriptions.iter().filter(|subscription| ours(&subscription.customer));
                rows.map(|row| subscription::shown(view, row)).collect()
            }
        }
    }

    /// One resource by id.
    pub(super) fn find(self, view: &View<'_>, id: &str) -> Option<Value> {
        let business = view.business;
        match self {
            Self::Customer if customer::DELETED.contains(&id) => Some(customer::deleted(id)),
            Self::Customer => customer::company(view, id).and_then(|row| customer::shown(view, row)),
            Self::Subscription => {
                business.subscriptions.iter().find(|row| row.id == id).map(|row| subscription::shown(view, row))
            }
            Self::Invoice => business.invoices.iter().find(|row| row.id == id).map(|row| invoice::shown(view, row)),
            Self::PaymentIntent => business.payments.iter().find(|row| row.id == id).map(payment::intent),
            Self::Charge => {
                let own = business.payments.iter().find(|row| payment::charge_id(row).as_deref() == Some(id));
                own.and_then(|row| payment::charge(view, row))
            }
            _ => self.all(view, None).into_iter().find(|row| row["id"] == json!(id)),
        }
    }
}
