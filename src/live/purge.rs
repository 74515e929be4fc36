//! What a change makes old: the record wherever it was read, and the lists it may now be in.

use crate::cache::Tag;
use crate::graph::{FieldKind, Graph};
use crate::model::{Change, FieldId, ListOf, Touch};

/// The tags of everything that a change makes old. A page that has the record in it is among them by the record's own tag;
/// of the lists, those that it may have come into.
pub(super) fn tags(graph: &Graph, change: &Change) -> Vec<Tag> {
    let (source, entity) = (change.source, change.entity);
    let mut tags = vec![Tag::Record(source, entity, change.key.clone()), Tag::List(source, entity, ListOf::All, None)];
    let fields = graph.entity(entity).map(|entity| entity.fields.as_slice()).unwrap_or_default();
    for (field, known) in (0..=u8::MAX).map(FieldId).zip(fields) {
        if !matches!(known.kind, FieldKind::Reference(_) | FieldKind::References(_)) {
            continue;
        }
        let list = ListOf::Parent(field);
        let mut named = change.parents.iter().filter(|(of, _)| *of == field).peekable();
        if named.peek().is_none() {
            tags.push(Tag::Lists(source, entity, list.clone()));
        }
        tags.extend(named.map(|(_, key)| Tag::List(source, entity, list.clone(), Some(key.clone()))));
    }
    tags.extend(change.touches.iter().map(|touch| match touch {
        Touch::Record(entity, key) => Tag::Record(source, *entity, key.clone()),
        Touch::Lists(entity, field, Some(key)) => Tag::List(source, *entity, ListOf::Parent(*field), Some(key.clone())),
        Touch::Lists(entity, field, None) => Tag::Lists(source, *entity, ListOf::Parent(*field)),
        Touch::Entity(entity) => Tag::Entity(source, *entity),
    }));
    tags
}
