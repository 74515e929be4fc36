//! References in another source's terms: the owner's record for the key under which a non-owner knows it.
//!
//! A link stands once, at the owner, and says how the owner's record is known elsewhere. It is followed backwards here:
//! what the owner holds of the other source is looked for at the owner; what the other source was asked for is read there
//! first.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures::future::join_all;

use super::Sources;
use super::links::{By, Contexts, Lookup, look_up, missing};
use crate::connector::{EntityMapping, LinkRule, Mapping, Origin, Path};
use crate::error::{Code, Error};
use crate::graph::Entity;
use crate::model::{Answer, EntityId, FieldId, FieldSet, Key, Reference, SourceId, Value};

/// References to be followed to their owner's records.
#[derive(Clone, Debug)]
pub struct Reverse {
    /// All of one entity, in the terms of any source.
    pub references: Vec<Reference>,
    /// The source whose records they are followed to: one that owns the entity.
    pub owner: SourceId,
    /// The fields that are wanted of the owner's records.
    pub fields: FieldSet,
}

/// The owner's record for each reference, in their order, each source asked once for all. `None` where there is none, or
/// where no link rule leads back (operators are warned). The hub is never followed: its records are the caller's own.
pub async fn reverse(sources: &Sources, wanted: Reverse, contexts: Contexts<'_>) -> Vec<Answer> {
    let Some(first) = wanted.references.first() else { return Vec::new() };
    if first.entity == sources.graph().hub {
        let error = Error::new(Code::Internal, "the hub is never followed: its records are the caller's own");
        return vec![Err(error); wanted.references.len()];
    }
    owners_records(sources, wanted, contexts).await
}

/// The same for any entity, the hub too: for whoever has to find out whose a record is before there is a caller. Nothing of
/// what it answers may be shown to anybody on its strength alone.
pub async fn owners_records(sources: &Sources, wanted: Reverse, contexts: Contexts<'_>) -> Vec<Answer> {
    let Some(first) = wanted.references.first() else { return Vec::new() };
    let entity = first.entity;
    let owner = wanted.owner;
    let owned = sources.catalog().of(entity).is_some_and(|of| of.owns(owner));
    if !owned || wanted.references.iter().any(|r| r.entity != entity) {
        let error = Error::new(Code::Internal, "references can be followed to one owned entity");
        return vec![Err(error); wanted.references.len()];
    }
    let mut groups: BTreeMap<(SourceId, Option<FieldId>), Vec<usize>> = BTreeMap::new();
    for (at, reference) in wanted.references.iter().enumerate() {
        groups.entry((reference.source, reference.by)).or_default().push(at);
    }
    let back = Back { sources, contexts, entity, owner };
    let (back, references) = (&back, &wanted.references);
    let looks = groups.into_iter().map(|((source, by), places)| async move {
        let keys = places.iter().map(|at| references[*at].key.clone()).collect();
        (places, back.values(source, by, keys).await)
    });
    let mut answers: Vec<Answer> = vec![Ok(None); references.len()];
    let mut last: BTreeMap<By, Vec<(usize, Key)>> = BTreeMap::new();
    for (places, values) in join_all(looks).await {
        let Some((by, values)) = values else { continue };
        for at in places {
            match values.get(&references[at].key) {
                Some(Ok(Some(value))) => last.entry(by.clone()).or_default().push((at, value.clone())),
                Some(Err(error)) => answers[at] = Err(error.clone()),
                Some(Ok(None)) | None => back.missing(&references[at]),
            }
        }
    }
    let fields = wanted.fields;
    let looks = last.into_iter().map(|(by, places)| async move {
        let values = places.iter().map(|(_, value)| value.clone()).collect();
        (places, look_up(sources, Lookup { source: owner, entity, by, fields }, values, contexts).await)
    });
    for (places, found) in join_all(looks).await {
        for (at, value) in places {
            answers[at] = found.get(&value).cloned().unwrap_or(Ok(None));
            if matches!(answers[at], Ok(None)) {
                back.missing(&references[at]);
            }
        }
    }
    answers
}

/// By what the owner is asked, and what for each key.
type Values = (By, HashMap<Key, Result<Option<Key>, Error>>);

struct Back<'a> {
    sources: &'a Sources,
    contexts: Contexts<'a>,
    entity: EntityId,
    owner: SourceId,
}

impl Back<'_> {
    /// Tells operators of a reference that leads to no record; where there are other owners, it may be one of theirs.
    fn missing(&self, reference: &Reference) {
        if let [_] = self.sources.catalog().owners(self.entity) {
            missing(self.sources, self.entity, reference.source);
        }
    }

    /// What the owner has to be asked for, for keys (or values of the field `by`) of another source; `None` where no rule
    /// leads back.
    async fn values(&self, source: SourceId, by: Option<FieldId>, keys: Vec<Key>) -> Option<Values> {
        let found = self.rule(source, by);
        let Some((back, other)) = found else {
            // Of several owners, each is known to some sources only.
            if self.sources.catalog().owners(self.entity).len() > 1 {
                return None;
            }
            let name = |id: SourceId| self.sources.catalog().sources.get(usize::from(id.0)).map(|info| &*info.name);
            let (owner, source, entity) = (name(self.owner), name(source), self.graph_entity().map(|e| &*e.name));
            tracing::warn!(entity, source, owner, "no link leads back from this source to the owner");
            return None;
        };
        let Some((by, field)) = other else {
            return Some((back, keys.into_iter().map(|key| (key.clone(), Ok(Some(key)))).collect()));
        };
        let fields = FieldSet::from_iter([field]);
        let found =
            look_up(self.sources, Lookup { source, entity: self.entity, by, fields }, keys, self.contexts).await;
        let value = |answer: Answer| match answer {
            Ok(Some((record, _))) => Ok(text(record.value(field))),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        Some((back, found.into_iter().map(|(key, answer)| (key, value(answer))).collect()))
    }

    /// By what the owner is asked; and, where the key itself is not what is asked for: how the other source's record is
    /// read, and which of its fields is.
    fn rule(&self, source: SourceId, by: Option<FieldId>) -> Option<(By, Option<(By, FieldId)>)> {
        let entity = self.graph_entity()?;
        let of = self.sources.catalog().mapping(self.owner, self.entity)?;
        let field_name = |field| entity.field(field).map(|field| Arc::clone(&field.name));
        if source == self.owner {
            return Some((by.map_or(Some(By::Key), |field| field_name(field).map(By::Find))?, None));
        }
        let name = &self.sources.catalog().sources.get(usize::from(source.0))?.name;
        match of.links.get(name)? {
            // What the owner holds is the other source's key, and nothing else.
            LinkRule::Held(origin) => by.is_none().then(|| at_owner(of, entity, origin, name))?.map(|by| (by, None)),
            LinkRule::Find { find, value } => {
                let back = at_owner(of, entity, value, find)?;
                let field = entity.field_id(find)?;
                match by {
                    Some(by) if by == field => Some((back, None)),
                    Some(by) => Some((back, Some((By::Find(field_name(by)?), field)))),
                    None => {
                        let other = self.sources.catalog().mapping(source, self.entity)?;
                        other.mapped().contains(field).then_some((back, Some((By::Key, field))))
                    }
                }
            }
        }
    }

    fn graph_entity(&self) -> Option<&Entity> {
        self.sources.graph().entity(self.entity)
    }
}

/// How the owner finds its record by the value at `origin`: its key, a `find` on the same path, a column that conditions
/// may be sent on; else the `find` of that name.
fn at_owner(of: &EntityMapping, entity: &Entity, origin: &Origin, name: &Arc<str>) -> Option<By> {
    if let Origin::Path(path) = origin {
        if let [part] = &*of.key
            && is_same(&part.from, path)
        {
            return Some(By::Key);
        }
        let find = of.find.iter().find(|(_, find)| is_same(&find.path, path));
        let column = || {
            let at = of.fields.iter().position(|mapping| of.set.is_some() && is_column(mapping.as_ref(), path))?;
            entity.fields.get(at).map(|field| &field.name)
        };
        if let Some(name) = find.map(|(name, _)| name).or_else(column) {
            return Some(By::Find(Arc::clone(name)));
        }
    }
    of.find.contains_key(name).then(|| By::Find(Arc::clone(name)))
}

fn is_same(one: &Path, other: &Path) -> bool {
    one.root == other.root && one.steps == other.steps
}

fn is_column(mapping: Option<&Mapping>, path: &Path) -> bool {
    let Some(Mapping::One(value)) = mapping else { return false };
    value.push.is_some() && matches!(&*value.from, [Origin::Path(from)] if is_same(from, path))
}

fn text(value: &Value) -> Option<Key> {
    match value {
        Value::Text(text) => Key::shared(text),
        Value::Int(number) => Key::new(&number.to_string()),
        Value::Reference(to) => Some(to.key.clone()),
        _ => None,
    }
}
