//! The way back: an input in the graph's terms becomes a row in the system's terms. Pure.
//!
//! A field is written where it is read from, if that is one plain path of the row, and where the manifest says (`write:`)
//! otherwise. What is made of several paths, of CEL or of conditions has no way back, and is not taken.

mod column;
mod fields;
mod one;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use fields::taken;
pub use one::key_wire;

use self::column::{column, put};
use self::fields::{Named, named};
use super::mapping::{Mapping, ObjectMapping, Origin, Path};
use super::resolved::{Connector, EntityMapping, EvidenceRule};
use super::write::WriteMapping;
use crate::graph::{Field, Graph};
use crate::model::{FieldId, FieldSet, Key, Refusal, RefusalCode, Wire};

/// Writes inputs as rows of one system.
#[derive(Clone, Copy, Debug)]
pub struct Back<'a> {
    /// The system.
    pub connector: &'a Connector,
    /// The entity's manifest.
    pub of: &'a EntityMapping,
    /// The graph.
    pub graph: &'a Graph,
    /// Whether a record is made: there is nothing to empty then.
    pub creates: bool,
}

/// What is being written, and what of it does not fit.
#[derive(Default)]
struct Page {
    path: Vec<Arc<str>>,
    refused: Vec<Refusal>,
}

impl Page {
    fn refuse(&mut self, code: RefusalCode) {
        self.refused.push(Refusal { code, path: self.path.clone(), message: None });
    }

    fn inside<T>(&mut self, name: &Arc<str>, then: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Arc::clone(name));
        let done = then(self);
        self.path.pop();
        done
    }
}

impl Back<'_> {
    /// The row that an input makes. What a request takes by itself (`input.x`) is not in it.
    ///
    /// # Errors
    /// What of the input cannot be said in the system's terms.
    pub fn values(&self, write: &WriteMapping, input: &Wire) -> Result<Wire, Vec<Refusal>> {
        let mut row = Wire::Object(Vec::new());
        let (Wire::Object(members), Some(entity)) = (input, self.graph.entity(self.of.entity)) else { return Ok(row) };
        let mut page = Page::default();
        for (name, value) in members.iter().filter(|(name, _)| write.puts(name)) {
            let found = named(&entity.fields, name);
            let mapping = found.and_then(|(at, _)| self.of.fields.get(at)?.as_ref());
            if let (Some((_, field)), Some(mapping)) = (found, mapping) {
                page.inside(name, |page| self.put(mapping, (field, value), (&mut row, page)));
            }
        }
        if page.refused.is_empty() { Ok(row) } else { Err(page.refused) }
    }

    /// Writes down whose the record is, where one field of it says so.
    pub fn sign(&self, row: &mut Wire, account: &Key) {
        let EvidenceRule::Own(Origin::Path(path)) = &self.of.evidence else { return };
        if let Some(steps) = column::steps(path, self.of) {
            put(row, &steps, key_wire(self.connector, self.graph.hub, account.first()));
        }
    }

    /// Writes our reference down.
    pub fn stamp(&self, row: &mut Wire, at: &Path, reference: &Arc<str>) {
        if let Some(steps) = column::steps(at, self.of) {
            put(row, &steps, Wire::Text(Arc::clone(reference).into()));
        }
    }

    /// Whether a field of the record says whose it is.
    #[must_use]
    pub fn has_owner(&self) -> bool {
        matches!(self.of.evidence, EvidenceRule::Own(_) | EvidenceRule::Membership { .. })
    }

    /// The fields that an input has values for.
    #[must_use]
    pub fn fields(&self, input: &Wire) -> FieldSet {
        let (Wire::Object(members), Some(entity)) = (input, self.graph.entity(self.of.entity)) else {
            return FieldSet::EMPTY;
        };
        let known = members.iter().filter_map(|(name, _)| named(&entity.fields, name));
        known.filter_map(|(at, _)| u8::try_from(at).ok().map(FieldId)).collect()
    }

    /// The input's path of a field that the system named in its own words; empty where it is none of the input's.
    #[must_use]
    pub fn input_path(&self, input: &Wire, theirs: &str) -> Vec<Arc<str>> {
        let Some(entity) = self.graph.entity(self.of.entity) else { return Vec::new() };
        let Wire::Object(members) = input else { return Vec::new() };
        let is_it = |name: &&Arc<str>| {
            let mapping = named(&entity.fields, name).and_then(|(at, _)| self.of.fields.get(at)?.as_ref());
            ***name == *theirs || mapping.is_some_and(|mapping| column::mentions(mapping, self.of, theirs))
        };
        members.iter().map(|(name, _)| name).find(is_it).map(|name| vec![Arc::clone(name)]).unwrap_or_default()
    }

    fn put(&self, mapping: &Mapping, (field, value): (&Field, &Wire), (row, page): (&mut Wire, &mut Page)) {
        match mapping {
            Mapping::One(one) => self.put_one(one, value, (row, page)),
            Mapping::Object(object) => self.put_object(object, (field, value), (row, page)),
            Mapping::Each { from, fields, .. } => {
                let Some(steps) = column::steps(from, self.of) else { return };
                let mut rows = Vec::new();
                for (at, item) in value.items().iter().enumerate() {
                    let mut inner = Wire::Object(Vec::new());
                    page.inside(&Arc::from(at.to_string()), |page| {
                        self.put_object(fields, (field, item), (&mut inner, page));
                    });
                    rows.push(inner);
                }
                put(row, &steps, Wire::List(rows));
            }
            Mapping::Items(items) => self.put_items(items, (field, value), (row, page)),
        }
    }

    /// The members of a value object: it is written as a whole, so that what is left out of it is emptied.
    fn put_object(&self, of: &ObjectMapping, (field, value): (&Field, &Wire), (row, page): (&mut Wire, &mut Page)) {
        let Named { fields, .. } = Named::of(self.graph, field);
        for (id, mapping) in &of.fields {
            let Some(inner) = fields.get(usize::from(id.0)) else { continue };
            let name = fields::input_name(inner);
            page.inside(&name, |page| self.put(mapping, (inner, value.get(&name)), (&mut *row, page)));
        }
    }

    /// A list that is written out: each element has its own place, and there are no more than places.
    fn put_items(&self, items: &[Mapping], (field, value): (&Field, &Wire), (row, page): (&mut Wire, &mut Page)) {
        if !items.iter().all(|item| column::is_written(item, self.of)) {
            return;
        }
        if value.items().len() > items.len() {
            page.refuse(RefusalCode::TooLong);
            return;
        }
        for (at, item) in items.iter().enumerate() {
            let given = value.items().get(at).unwrap_or(&Wire::Null);
            page.inside(&Arc::from(at.to_string()), |page| self.put(item, (field, given), (&mut *row, page)));
        }
    }
}

impl Back<'_> {
    fn put_one(&self, of: &super::mapping::ValueMapping, value: &Wire, (row, page): (&mut Wire, &mut Page)) {
        let Some(steps) = column(of, self.of) else { return };
        if value.is_null() {
            if !self.creates {
                put(row, &steps, self.connector.writing.clear.clone());
            }
            return;
        }
        match self.one(of, value) {
            Ok(written) => put(row, &steps, written),
            Err(code) => return page.refuse(code),
        }
        if let Err(code) = self.put_currency(of, value, row) {
            page.inside(&Arc::from("currency"), |page| page.refuse(code));
        }
    }
}

impl WriteMapping {
    /// Whether a field of the input goes into the mapped row.
    #[must_use]
    pub fn puts(&self, name: &str) -> bool {
        let used = self.used.iter().any(|path| path.split('.').next() == Some(name));
        let listed = |fields: &Vec<Arc<str>>| fields.iter().any(|path| path.split('.').next() == Some(name));
        let ignored = self.ignores.iter().any(|field| **field == *name);
        !used && !ignored && self.fields.as_ref().is_none_or(listed)
    }
}
