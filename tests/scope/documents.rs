//! What the ERP of the marked business has round orders: quotations, deliveries, billing documents; with items that now and
//! then name another customer's order, and with documents that are no customer's to see. The first item is of an order of
//! one's own: the id of what a record itself names is told without a read (R2 of the graph), so that it would show.

use jiff::civil::{Date, Time, date};
use rust_decimal::Decimal;
use vestibule_sandbox::data::OrderLine;
use vestibule_sandbox::data::documents::{BillingDocument, BillingLine, Delivery, DeliveryLine, Quotation};

use crate::business::{Making, NOW};
use crate::marks::SECRET;

/// Whose order something is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Own,
    /// Now and then another's.
    Any,
}

impl Making {
    /// Quotations; some are still in approval.
    pub fn quotations(&mut self, at: usize) {
        let account = self.accounts[at];
        for _ in 0..self.count() {
            let approval = *self.chance.one(&["", "", "", "B", "A", "C"]);
            let word = if matches!(approval, "A" | "C") { SECRET } else { account.word };
            let line = OrderLine {
                position: 10,
                sku: "GASKET".to_owned(),
                text: format!("{word} offer"),
                quantity: Decimal::TWO,
                unit: "PC",
                net: self.amount(),
                schedule: Vec::new(),
            };
            let (number, sold_to) = (self.number(account.digits).to_string(), self.debtor(at));
            let (date, order) = (self.day(), self.order(at, Of::Own));
            self.business.quotations.push(Quotation {
                number,
                sold_to,
                date,
                until: Some(date.saturating_add(jiff::ToSpan::days(300))),
                currency: account.currency,
                approval,
                process: ["A", "B", "C"][self.chance.below(3)],
                rejection: ["A", "A", "C"][self.chance.below(3)],
                lines: vec![line],
                order,
                modified: NOW - 300,
            });
        }
    }

    /// Deliveries of orders.
    pub fn deliveries(&mut self, at: usize) {
        let account = self.accounts[at];
        for _ in 0..self.count() {
            let (Some(own), Some(other)) = (self.order(at, Of::Own), self.order(at, Of::Any)) else { continue };
            let line = |position: u32, order: String| DeliveryLine {
                position,
                order,
                order_position: 10,
                sku: "PUMP-7".to_owned(),
                text: format!("{} parcel", account.word),
                quantity: Decimal::ONE,
                unit: "PC",
            };
            let lines = vec![line(10, own), line(20, other)];
            let (number, sold_to, made) = (self.number(account.digits).to_string(), self.debtor(at), self.day());
            self.business.deliveries.push(Delivery {
                number,
                sold_to,
                made,
                planned: made,
                left: Some((made, Time::midnight())),
                expected: made,
                proof: ["", "A", "C"][self.chance.below(3)],
                confirmed: None,
                bill_of_lading: Some(format!("{} lading", account.word)),
                lines,
                version: 1,
            });
        }
    }

    /// Billing documents, of orders and of nothing but work; some are pro forma.
    pub fn billing(&mut self, at: usize) {
        let account = self.accounts[at];
        for _ in 0..self.count() {
            let category = *self.chance.one(&["M", "M", "M", "O", "P", "U"]);
            let word = if category == "U" { SECRET } else { account.word };
            let (own, other) = (self.order(at, Of::Own), self.order(at, Of::Any));
            let net = self.amount();
            let line = |position: u32, order: Option<String>| BillingLine {
                position,
                order: order.unwrap_or_default(),
                sku: "PUMP-7".to_owned(),
                text: format!("{word} bill"),
                quantity: Decimal::ONE,
                unit: "PC",
                net,
                tax: Decimal::ONE,
            };
            let lines = vec![line(10, own), line(20, other)];
            let (number, sold_to, date) = (self.number(account.digits).to_string(), self.debtor(at), self.day());
            self.business.billing.push(BillingDocument {
                number,
                category,
                sold_to,
                reference: Some(format!("{word} bill")),
                date,
                currency: account.currency,
                cancelled: self.chance.once_in(8),
                cancels: None,
                clearing: ["", "A", "B", "C"][self.chance.below(4)],
                due: (category != "O").then(|| date.saturating_add(jiff::ToSpan::days(14))),
                paid: Decimal::from(self.chance.below(2)),
                posted: !self.chance.once_in(4),
                lines,
                modified: NOW - 200,
            });
        }
    }

    fn debtor(&mut self, at: usize) -> String {
        let debtors = self.company(at).debtors.clone();
        self.chance.one(&debtors).clone()
    }

    fn day(&mut self) -> Date {
        date(2026, 3, i8::try_from(1 + self.chance.below(28)).unwrap_or(1))
    }

    /// An order of the account, or now and then of another.
    fn order(&mut self, at: usize, of: Of) -> Option<String> {
        let lead = if of == Of::Own { at } else { self.lead(at) };
        let debtors = self.company(lead).debtors.clone();
        let own = self.business.orders.iter().filter(|order| debtors.contains(&order.sold_to));
        let numbers: Vec<String> = own.map(|order| order.number.clone()).collect();
        (!numbers.is_empty()).then(|| self.chance.one(&numbers).clone())
    }
}
