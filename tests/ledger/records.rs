//! All records of the business at one time, and what of them is different at another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use vestibule_sandbox::data::told::Told;
use vestibule_sandbox::data::{Business, Order, Subscription, Ticket};

/// A record: what the ledger calls it, and its key.
pub type Name = (&'static str, String);

/// Every record, and every part of it as text.
#[derive(Debug, Default)]
pub struct Records(BTreeMap<Name, BTreeMap<String, String>>);

/// What is different.
#[derive(Debug, PartialEq, Eq)]
pub enum Difference {
    New,
    /// These parts of it.
    Other(BTreeSet<String>),
    Gone,
}

impl Records {
    pub fn of(business: &Business) -> Self {
        let mut all = Self::default();
        // Whole, so that nothing that a business may have one day is left out.
        #[rustfmt::skip]
        let Business {
            companies, contacts, staff, deals, products, orders, quotations, deliveries, billing, stock, invoices, payments,
            subscriptions, tickets, articles, told,
        } = business;
        all.rows("company", companies, |row| row.id.to_string());
        all.rows("contact", contacts, |row| row.id.to_string());
        all.rows("staff", staff, |row| row.id.to_string());
        all.rows("deal", deals, |row| row.id.to_string());
        all.rows("product", products, |row| row.sku.clone());
        all.rows("quotation", quotations, |row| row.number.clone());
        all.rows("delivery", deliveries, |row| row.number.clone());
        all.rows("billing document", billing, |row| row.number.clone());
        all.rows("stock", stock, |row| format!("{} {} {} {}", row.sku, row.plant, row.storage, row.kind));
        all.rows("invoice", invoices, |row| row.id.clone());
        all.rows("payment", payments, |row| row.id.clone());
        all.rows("article", articles, |row| row.id.to_string());
        orders.iter().for_each(|order| all.order(order));
        subscriptions.iter().for_each(|subscription| all.subscription(subscription));
        tickets.iter().for_each(|ticket| all.ticket(ticket));
        all.told(told);
        all
    }

    /// What is different in `now`.
    pub fn differences(&self, now: &Self) -> BTreeMap<Name, Difference> {
        let names: BTreeSet<&Name> = self.0.keys().chain(now.0.keys()).collect();
        let difference = |name: &Name| match (self.0.get(name), now.0.get(name)) {
            (None, _) => Some(Difference::New),
            (_, None) => Some(Difference::Gone),
            (Some(before), Some(now)) => {
                let parts = before.keys().chain(now.keys()).filter(|part| before.get(*part) != now.get(*part));
                let parts: BTreeSet<String> = parts.cloned().collect();
                (!parts.is_empty()).then_some(Difference::Other(parts))
            }
        };
        names.into_iter().filter_map(|name| Some((name.clone(), difference(name)?))).collect()
    }

    fn part(&mut self, name: Name, part: &str, value: &impl Debug) {
        let parts = self.0.entry(name).or_default();
        let twice = parts.insert(part.to_owned(), format!("{value:?}"));
        assert!(twice.is_none(), "two records have one key: {part} {value:?}");
    }

    fn rows<T: Debug>(&mut self, entity: &'static str, rows: &[T], key: impl Fn(&T) -> String) {
        rows.iter().for_each(|row| self.part((entity, key(row)), "record", row));
    }

    fn order(&mut self, order: &Order) {
        let name = || ("A_SalesOrder", order.number.clone());
        let fixed = Order { process: "", rejection: "", modified: 0, ..order.clone() };
        self.part(name(), "record", &fixed);
        self.part(name(), "rejection", &(order.process, order.rejection));
    }

    fn subscription(&mut self, own: &Subscription) {
        let name = || ("subscription", own.id.clone());
        let fixed = Subscription { quantity: 0, cancel_at_period_end: false, ..own.clone() };
        self.part(name(), "record", &fixed);
        self.part(name(), "quantity", &own.quantity);
        self.part(name(), "cancel_at_period_end", &own.cancel_at_period_end);
    }

    fn ticket(&mut self, ticket: &Ticket) {
        let name = || ("ticket", ticket.id.to_string());
        let fixed = Ticket { comments: Vec::new(), status: "", modified: 0, solved: None, ..ticket.clone() };
        self.part(name(), "record", &fixed);
        self.part(name(), "status", &ticket.status);
        self.rows("comment", &ticket.comments, |comment| comment.id.to_string());
    }

    /// What the systems were told since the seed, with the records that it is of.
    fn told(&mut self, told: &Told) {
        let Told { objects, deal_contacts, orders, desk_users, desk, updates, files, billing, sessions } = told;
        for ((entity, id), properties) in objects {
            for (property, value) in &properties.set {
                self.part((entity, id.to_string()), property, value);
            }
        }
        for (id, contacts) in deal_contacts {
            self.part(("deal", id.to_string()), "contacts", contacts);
        }
        for (number, notes) in orders {
            let name = || ("A_SalesOrder", number.clone());
            // Once all are taken out of it, what is left has to be as it was.
            if !notes.rejected.is_empty() {
                self.part(name(), "reasons", &notes.rejected);
            }
            let noted = (&notes.reference, &notes.texts, &notes.partners, &notes.locked_by);
            if format!("{noted:?}") != r#"("", [], {}, None)"# {
                self.part(name(), "notes", &noted);
            }
        }
        self.rows("user", desk_users, |user| format!("{:?}", user.zendesk_user));
        for ((entity, id), fields) in desk {
            fields.iter().for_each(|(field, value)| self.part((entity, id.to_string()), field, value));
        }
        for (id, updates) in updates {
            self.part(("ticket", id.to_string()), "updates", updates);
        }
        self.rows("upload", files, |file| file.id.to_string());
        for (id, fields) in billing {
            // What a form was put over stands beside the record: only subscriptions are written to.
            fields.iter().for_each(|(field, value)| self.part(("subscription", id.clone()), field, value));
        }
        self.rows("billing_portal.session", sessions, |session| session["id"].as_str().unwrap().to_owned());
    }
}
