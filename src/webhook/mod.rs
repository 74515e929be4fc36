//! Webhooks: the bytes and headers of a delivery, and a connector's recipe → events that are proved → changes. Pure.
//!
//! - The proof is checked on the raw bytes, before anything in them is believed; in constant time.
//! - JSON is read within bounds, and refused where two readers could read two things.
//! - A poll stands in for webhooks: its rows become changes here, too.
//! - What an event says of a record is not taken for the record: only which one it is, whose lists it is in, and in what order.

mod events;
mod json;
mod proof;

use jiff::Timestamp;

pub use events::{Basis, Event, Events, events, polled, retold};
pub use json::parse;
pub use proof::{prove, sign};

use crate::model::Wire;

/// What was sent, as it was sent.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The address as the sender knows it, with its query.
    pub url: &'a str,
    /// Names in lower case, with their values; what is no text is left out.
    pub headers: &'a [(&'a str, &'a str)],
    /// What stands in the address behind the name of the source.
    pub tail: Option<&'a str>,
    /// The raw body.
    pub body: &'a [u8],
    /// When it came.
    pub at: Timestamp,
}

/// A delivery that is proved.
#[derive(Debug)]
pub struct Proved {
    /// The body.
    pub body: Wire,
    /// Whether all of it is proved: what is not is believed to be a hint, and no more.
    pub whole: bool,
}

/// Why a delivery is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unproved {
    /// There is no signature or secret where it has to be, or one that cannot be read.
    Unsigned,
    /// The signature or secret is not the right one.
    Forged,
    /// It was signed too long ago, or in the future; or nothing says when.
    Stale,
    /// It is not JSON: why.
    NotJson(String),
}

impl<'a> Delivery<'a> {
    /// The value of a header; said twice, it says nothing.
    fn header(&self, name: &str) -> Option<&'a str> {
        let mut all = self.headers.iter().filter(|(known, _)| *known == name);
        let first = all.next().map(|(_, value)| *value);
        if all.next().is_some() { None } else { first }
    }

    /// The value of a parameter of the query; said twice, it says nothing.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.url.split_once('?')?;
        let mut all = url::form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
        let first = all.next().map(|(_, value)| value.into_owned());
        if all.next().is_some() { None } else { first }
    }
}
