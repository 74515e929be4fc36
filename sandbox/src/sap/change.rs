//! Changes of sales orders: from a request, alone or in a changeset, to what is done and answered.
//!
//! After "Sales Order (A2X)" in the SAP Business Accelerator Hub (api.sap.com/api/API_SALES_ORDER_SRV) and SAP Gateway's
//! help on ETags: header and items are changed one by one with `PATCH` or `MERGE`, which need the `If-Match` of the order; a
//! changeset is done whole or not at all, and fails with one answer.

use axum::http::{HeaderMap, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value as Json};

use crate::State;
use crate::data::Business;
use crate::effect::{By, Effect};

use super::answer::{Answer, Viewer};
use super::error::Refusal;
use super::query::Shape;
use super::read::{key_of, split};
use super::record::Record;
use super::schema::{ORDERS, Set, set};
use super::{create, item};

/// One request to change something.
#[derive(Debug)]
pub(super) struct Change<'a> {
    pub(super) method: &'a str,
    /// The path below `/sap/opu/odata/sap/`, still encoded.
    pub(super) path: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

/// What a change comes to, before it is known whether the rest of its changeset does.
pub(super) type Done = Result<(Answer, Vec<Effect>), Refusal>;

impl Change<'_> {
    /// The method, where a `POST` carries another one in `X-HTTP-Method`.
    fn method(&self) -> &str {
        let tunnelled = self.headers.get("x-http-method").and_then(|method| method.to_str().ok());
        tunnelled.filter(|_| self.method == "POST").unwrap_or(self.method)
    }

    /// The members of the entity in the body.
    pub(super) fn members(&self) -> Result<Map<String, Json>, Refusal> {
        match serde_json::from_slice(self.body) {
            Ok(Json::Object(members)) => Ok(members),
            _ => Err(Refusal::syntax("Error while parsing a JSON stream")),
        }
    }

    /// Does it to `business`; `before` is how that was before the changeset began, which is what ETags are compared with.
    fn apply(&self, (business, before): (&mut Business, &Business), root: &str, at: i64) -> Done {
        let decoded: Vec<String> = self
            .path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect();
        let [service, segment] = decoded.as_slice() else {
            return Err(Refusal::read_only());
        };
        let (name, predicate) = split(segment);
        if service != ORDERS {
            return Err(Refusal::read_only());
        }
        let own = set(service, name).ok_or_else(|| Refusal::segment(name))?;
        match (self.method(), name, predicate) {
            ("POST", "A_SalesOrder", None) => create::order(self, business, root, at),
            ("PATCH" | "MERGE", "A_SalesOrder" | "A_SalesOrderItem", Some(predicate)) => {
                let key = key_of(own, predicate)?;
                let text = |name: &str| key.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_str());
                let number = text("SalesOrder").unwrap_or_default();
                free(business, number)?;
                self.fits(before, number)?;
                match text("SalesOrderItem") {
                    Some(position) => item::change(self, business, (number, position), at),
                    None => item::change_header(self, business, number, at),
                }
            }
            _ => Err(Refusal::read_only()),
        }
    }

    /// Compares `If-Match` with the order.
    fn fits(&self, business: &Business, number: &str) -> Result<(), Refusal> {
        let order = business.orders.iter().find(|order| order.number == number);
        let order = order.ok_or_else(|| Refusal::missing("A_SalesOrderType"))?;
        let given = self.headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
        let given = given.ok_or_else(Refusal::precondition_required)?;
        let record = Record::Order(order, business.told.order(number));
        let own = orders().and_then(|set| Viewer::etag(set, &record));
        if given == "*" || own.as_deref() == Some(given) {
            return Ok(());
        }
        Err(Refusal::precondition_failed())
    }
}

/// The set of orders.
pub(super) fn orders() -> Option<&'static Set> {
    set(ORDERS, "A_SalesOrder")
}

/// Refuses a document that somebody has open.
fn free(business: &Business, number: &str) -> Result<(), Refusal> {
    match &business.told.order(number).locked_by {
        Some(user) => {
            let text = format!("Sales document {number} is currently being processed by user {user}");
            Err(Refusal::business("V1/042", text))
        }
        None => Ok(()),
    }
}

/// Does changes, whole or not at all; gives their answers.
///
/// # Errors
/// What the first of them that fails is refused with.
pub(super) fn done(state: &State, root: &str, changes: &[Change<'_>]) -> Result<Vec<Answer>, Refusal> {
    state.commit(By::Api, |business, at| {
        // Only what a changeset did as a whole is kept.
        let mut draft = business.clone();
        let (mut answers, mut effects) = (Vec::new(), Vec::new());
        for change in changes {
            let (answer, done) = change.apply((&mut draft, business), root, at)?;
            answers.push(answer);
            effects.extend(done);
        }
        *business = draft;
        Ok((answers, effects))
    })
}

/// The answer to an entity that was made.
pub(super) fn made(business: &Business, root: &str, number: &str, shape: &Shape) -> Result<Answer, Refusal> {
    let order = business.orders.iter().find(|order| order.number == number);
    let (order, set) = order.zip(orders()).ok_or_else(|| Refusal::missing("A_SalesOrderType"))?;
    let viewer = Viewer::new(business, root.to_owned(), false);
    let record = Record::Order(order, business.told.order(number));
    let body = serde_json::json!({ "d": viewer.entity(set, &record, shape) }).to_string();
    let mut answer = Answer::ok("application/json;charset=utf-8", body);
    answer.status = StatusCode::CREATED;
    answer.etag = Viewer::etag(set, &record);
    answer.location = Some(viewer.address(set, &record));
    Ok(answer)
}
