//! Whose a record is, by the system's own answer, and how other sources know it. Whatever is missing proves nothing.

use std::sync::Arc;

use smallvec::SmallVec;

use super::mapper::Mapper;
use super::row::{RowView, lookup};
use super::value::key;
use crate::connector::mapping::{Origin, Path};
use crate::connector::resolved::{EvidenceRule, LinkRule};
use crate::error::Error;
use crate::model::{EntityId, Evidence, FieldId, Key, LinkValue, Membership, Wire};

/// Keys in a row: nearly always one.
type Keys = SmallVec<[Key; 1]>;

/// By the other source's name, how a record is known there.
type Known = Arc<[(Arc<str>, LinkValue)]>;

impl Mapper<'_> {
    /// What the row proves.
    pub fn evidence(&self, row: &RowView<'_>, own: &Key) -> Evidence {
        let accounts = |keys: Keys| {
            let member = |account| Membership { account, labels: Arc::default() };
            Evidence::Accounts(match keys.into_inner() {
                Ok([only]) => Arc::new([member(only)]),
                Err(keys) => keys.into_iter().map(member).collect(),
            })
        };
        match &self.input.of.evidence {
            // An expression that fails proves nothing: the record is then nobody's.
            EvidenceRule::Own(origin) => accounts(self.keys(origin, row).unwrap_or_default()),
            EvidenceRule::Membership { each, account, labels } => {
                let found = lookup(each, row);
                let members = found.items().iter().filter_map(|item| {
                    let inside = row.inside(item);
                    let account = key(&lookup(account, &inside))?;
                    let labels = labels.as_ref().map_or_else(Arc::default, |path| texts(path, &inside));
                    Some(Membership { account, labels })
                });
                Evidence::Accounts(members.collect())
            }
            EvidenceRule::Parent(field, path) => match (self.parent(*field), key(&lookup(path, row))) {
                (Some(entity), Some(key)) => Evidence::Parent(entity, key),
                _ => accounts(Keys::new()),
            },
            EvidenceRule::Itself => accounts(Keys::from_iter([own.clone()])),
            EvidenceRule::Viewer(path) => match key(&lookup(path, row)) {
                Some(key) => Evidence::Viewer(key),
                None => accounts(Keys::new()),
            },
            EvidenceRule::Tenant => Evidence::Tenant,
        }
    }

    /// The entity a reference field leads to.
    fn parent(&self, field: FieldId) -> Option<EntityId> {
        self.input.graph.entity(self.input.of.entity)?.target(field)
    }

    /// How the row is known in other sources, not yet resolved.
    pub fn links(&self, row: &RowView<'_>) -> Result<Known, Error> {
        let rules = self.input.of.links.iter();
        let links: Result<Vec<_>, Error> =
            rules.map(|(source, rule)| Ok((Arc::clone(source), self.link(rule, row)?))).collect();
        links.map(Arc::from)
    }

    fn link(&self, rule: &LinkRule, row: &RowView<'_>) -> Result<LinkValue, Error> {
        Ok(match rule {
            LinkRule::Held(origin) => LinkValue::Keys(self.keys(origin, row)?.into_iter().collect()),
            LinkRule::Find { find, value } => {
                LinkValue::Find(Arc::clone(find), self.keys(value, row)?.into_iter().next())
            }
        })
    }

    /// The keys an origin gives: one or a list; what is no key is left out, and none is there twice.
    fn keys(&self, origin: &Origin, row: &RowView<'_>) -> Result<Keys, Error> {
        let found = self.origin(origin, row)?;
        let mut keys = Keys::new();
        for item in found.items() {
            if let Some(key) = key(item).filter(|_| !self.absent(item, false))
                && !keys.contains(&key)
            {
                keys.push(key);
            }
        }
        Ok(keys)
    }
}

fn texts(path: &Path, row: &RowView<'_>) -> Arc<[Arc<str>]> {
    let found = lookup(path, row);
    found.items().iter().filter_map(Wire::as_text).map(Arc::from).collect()
}
