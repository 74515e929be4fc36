//! What the systems were told since the seed, where the seeded records have no place for it.
//!
//! Each system keeps its own: a phone number that the CRM is told does not change what the ERP knows.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::Contact;

/// Everything that was told, by system.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Properties that HubSpot was told, by object type (`company`) and id.
    pub objects: BTreeMap<(&'static str, u64), Properties>,
    /// Contacts that a deal was associated with when it was made.
    pub deal_contacts: BTreeMap<u64, Vec<u64>>,
    /// What SAP knows of an order beyond its header and items.
    pub orders: BTreeMap<String, OrderNotes>,
    /// Users that only the desk knows.
    pub desk_users: Vec<Contact>,
    /// Fields that Zendesk was told, by kind of record (`ticket`, `user`) and id.
    pub desk: BTreeMap<(&'static str, u64), Map<String, Value>>,
    /// Updates of tickets by API, oldest first.
    pub updates: BTreeMap<u64, Vec<Update>>,
    /// Files that were uploaded to the desk.
    pub files: Vec<File>,
    /// Fields that Stripe was told, by the id of the object.
    pub billing: BTreeMap<String, Map<String, Value>>,
    /// Sessions of Stripe's own pages, oldest first.
    pub sessions: Vec<Value>,
}

/// Properties of one CRM object.
#[derive(Debug, Clone, Default)]
pub struct Properties {
    /// By name; none where a property was emptied.
    pub set: BTreeMap<String, Option<String>>,
    /// When the last was set, Unix seconds.
    pub modified: i64,
}

/// What SAP knows of an order beyond its header and items.
#[derive(Debug, Clone, Default)]
pub struct OrderNotes {
    /// The portal's reference, a field of the customer's own (`YY1_PortalReference_SDH`).
    pub reference: String,
    /// Texts of the header: type, language, text.
    pub texts: Vec<(String, String, String)>,
    /// Customers by partner function, where it is not the sold-to party.
    pub partners: BTreeMap<String, String>,
    /// Reasons for rejection, by item.
    pub rejected: BTreeMap<u32, String>,
    /// The user who has the document open.
    pub locked_by: Option<String>,
}

/// One update of a ticket.
#[derive(Debug, Clone)]
pub struct Update {
    /// Id of the audit.
    pub id: u64,
    /// Who did it.
    pub author: u64,
    /// When, Unix seconds.
    pub at: i64,
    /// The comment that came with it.
    pub comment: Option<u64>,
    /// What changed: field, before, after.
    pub changes: Vec<(String, Value, Value)>,
    /// What whoever did it wanted kept with it.
    pub metadata: Value,
}

/// A file at the desk.
#[derive(Debug, Clone)]
pub struct File {
    /// Id of the attachment.
    pub id: u64,
    /// What it is used by until it belongs to a comment; several files may share one.
    pub token: String,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media: String,
    /// What is in it.
    pub content: Bytes,
    /// When it was uploaded, Unix seconds.
    pub at: i64,
    /// The comment that it belongs to.
    pub comment: Option<u64>,
}

impl Told {
    /// What SAP knows of an order beyond its header and items.
    pub fn order(&self, number: &str) -> &OrderNotes {
        static NONE: OrderNotes = OrderNotes {
            reference: String::new(),
            texts: Vec::new(),
            partners: BTreeMap::new(),
            rejected: BTreeMap::new(),
            locked_by: None,
        };
        self.orders.get(number).unwrap_or(&NONE)
    }

    /// A field that Zendesk was told of a record.
    pub fn desk_field(&self, kind: &'static str, id: u64, field: &str) -> Option<&Value> {
        self.desk.get(&(kind, id))?.get(field)
    }
}
