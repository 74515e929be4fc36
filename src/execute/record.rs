//! One record of a place: what its sources told of it, and whether it may be shown.

use super::batch::{EntityBatch, Part, PlaceBatch};
use super::records::Seed;
use super::run::Run;
use crate::error::{Code, Error};
use crate::model::{FieldId, Value};
use crate::plan::{EntityPlan, Place};

/// One record of a place.
#[derive(Clone, Copy)]
pub(super) struct Of<'w> {
    pub(super) plan: &'w EntityPlan,
    pub(super) batch: &'w EntityBatch,
    pub(super) seed: &'w Seed,
    /// Its number in the batch.
    pub(super) at: usize,
}

/// Null, where there is nothing to point to.
pub(super) static NOTHING: Value = Value::Null;
/// The same of what a source told.
static ABSENT: Part = Part::Absent;

impl<'w> Of<'w> {
    /// The record that stands there in a place, where there is one: by the number of its kind, and its own.
    pub(super) fn new(place: (&'w Place, &'w PlaceBatch), (kind, at): (usize, usize)) -> Option<Self> {
        let (plan, batch) = place.0.entities.get(kind).zip(place.1.entities.get(kind))?;
        Some(Self { plan, batch, seed: batch.seeds.get(at)?, at })
    }

    /// What a part of the plan told of it, where there is that part.
    pub(super) fn part(&self, number: usize) -> Option<&'w Part> {
        let told = self.batch.parts.get(number)?;
        // Of what nothing is told, nothing is shown.
        Some(told.get(self.at).map_or(&ABSENT, |checked| &checked.part))
    }

    /// Through which of the caller's accounts it is reached; `None` where it belongs to no account.
    pub(super) fn access(&self) -> Option<usize> {
        let owner = || self.batch.parts.first().filter(|_| !self.plan.hub)?.get(self.at)?.access;
        self.seed.access.or_else(owner)
    }

    /// Whether it may be shown; `false` where there is none, or none for this caller.
    ///
    /// # Errors
    /// That could not be found out, or must not be.
    pub(super) fn is_there(&self, run: &Run<'_>) -> Result<bool, Error> {
        let seed = self.seed;
        if seed.barred {
            return Err(super::forbidden());
        }
        match self.part(0).filter(|_| !self.plan.hub) {
            Some(Part::Absent) => return Ok(false),
            Some(Part::Failed(error)) => return Err(error.clone()),
            Some(Part::Rows(_)) | None => {}
        }
        let permission = self.plan.permission.as_ref();
        if permission.is_none() || seed.own {
            return Ok(true);
        }
        match self.access() {
            Some(access) if !run.may(permission, Some(access)) => Err(super::forbidden()),
            _ => Ok(true),
        }
    }

    /// A value of the record; an account known by several keys has one only where all of them agree.
    pub(super) fn value(&self, field: FieldId) -> Result<&'w Value, Error> {
        let told = self.plan.parts.iter().position(|(_, fields)| fields.contains(field));
        match told.and_then(|number| self.part(number)) {
            None | Some(Part::Absent) => Ok(&NOTHING),
            Some(Part::Failed(error)) => Err(error.clone()),
            Some(Part::Rows(rows)) => {
                if let [(record, _)] = rows.as_slice() {
                    return Ok(record.value(field));
                }
                let mut told = rows.iter().map(|(record, _)| record.value(field)).filter(|value| !value.is_null());
                let Some(first) = told.next() else { return Ok(&NOTHING) };
                // What does not fit says so itself.
                if matches!(first, Value::Fault(_)) || told.all(|other| same(first, other)) {
                    Ok(first)
                } else {
                    Err(Error::new(Code::Conflict, "the records that make up the account have different values"))
                }
            }
        }
    }
}

fn same(one: &Value, other: &Value) -> bool {
    let all = |a: &[Value], b: &[Value]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Reference(a), Value::Reference(b)) => a == b,
        (Value::File(a), Value::File(b)) => a.at == b.at && a.safe == b.safe && all(&a.values, &b.values),
        (Value::List(a), Value::List(b)) | (Value::Object(a), Value::Object(b)) => all(a, b),
        _ => false,
    }
}
