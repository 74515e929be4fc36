//! What a change makes old: the record wherever it was read, and the lists it may now be in.

use crate::cache::Tag;
use crate::graph::{FieldKind, Graph};
use crate::model::{Change, FieldId, ListOf, SourceId, Touch};

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
    tags.extend(touched(source, &change.touches));
    tags
}

/// The tags of what is named.
pub(super) fn touched(source: SourceId, touches: &[Touch]) -> impl Iterator<Item = Tag> {
    touches.iter().map(move |touch| match touch {
        Touch::Record(entity, key) => Tag::Record(source, *entity, key.clone()),
        Touch::Lists(entity, field, Some(key)) => Tag::List(source, *entity, ListOf::Parent(*field), Some(key.clone())),
        Touch::Lists(entity, field, None) => Tag::Lists(source, *entity, ListOf::Parent(*field)),
        Touch::Entity(entity) => Tag::Entity(source, *entity),
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::{ChangeKind, EntityId, Key};
    use crate::plan::fixture::{DESK, planner};

    fn key(text: &str) -> Key {
        Key::new(text).unwrap()
    }

    fn entity(graph: &Graph, name: &str) -> EntityId {
        graph.entity_id(name).unwrap()
    }

    fn field(graph: &Graph, of: &str, name: &str) -> FieldId {
        graph.entity(entity(graph, of)).unwrap().field_id(name).unwrap()
    }

    /// What a change of the ticket t1 makes old, in words.
    fn old(graph: &Graph, parents: Vec<(FieldId, Key)>, touches: Vec<Touch>) -> Vec<String> {
        let change = Change {
            source: DESK,
            entity: entity(graph, "Ticket"),
            key: key("t1"),
            kind: ChangeKind::Updated,
            version: None,
            parents,
            touches,
            at: Timestamp::UNIX_EPOCH,
        };
        let list = |of: EntityId, list: &ListOf| match list {
            ListOf::All => format!("{} all", graph.entity(of).unwrap().name),
            ListOf::Parent(field) => {
                let of = graph.entity(of).unwrap();
                format!("{} by {}", of.name, of.field(*field).unwrap().name)
            }
        };
        let told = |tag: Tag| match tag {
            Tag::Record(source, of, key) => {
                assert_eq!(source, DESK, "no other system's");
                format!("{} {}", graph.entity(of).unwrap().name, key.first())
            }
            Tag::List(_, of, by, key) => format!("{} {}", list(of, &by), key.as_ref().map_or("", Key::first)),
            Tag::Lists(_, of, by) => format!("{} of all", list(of, &by)),
            Tag::Entity(_, of) => format!("every {}", graph.entity(of).unwrap().name),
            Tag::Source(_) => "everything".to_owned(),
        };
        tags(graph, &change).into_iter().map(told).collect()
    }

    #[test]
    fn where_nobody_says_whose_it_is_every_list_that_it_may_be_in_is_old() {
        let planner = planner();
        assert_eq!(
            old(&planner.graph, Vec::new(), Vec::new()),
            [
                "Ticket t1",
                "Ticket all ",
                "Ticket by account of all",
                "Ticket by requester of all",
                "Ticket by product of all",
                "Ticket by invoice of all",
            ]
        );
    }

    #[test]
    fn of_a_reference_that_is_named_only_these_lists_are_old() {
        let planner = planner();
        let graph = &planner.graph;
        let account = field(graph, "Ticket", "account");
        let requester = field(graph, "Ticket", "requester");
        // It moved from one account to the other.
        let parents = vec![(account, key("a1")), (account, key("a2")), (requester, key("c1"))];
        assert_eq!(
            old(graph, parents, Vec::new()),
            [
                "Ticket t1",
                "Ticket all ",
                "Ticket by account a1",
                "Ticket by account a2",
                "Ticket by requester c1",
                "Ticket by product of all",
                "Ticket by invoice of all",
            ]
        );
    }

    #[test]
    fn what_else_it_touches_is_old_as_far_as_it_is_named() {
        let planner = planner();
        let graph = &planner.graph;
        let (message, ticket) = (entity(graph, "Message"), field(graph, "Message", "ticket"));
        let touches = vec![
            Touch::Record(entity(graph, "Contact"), key("c1")),
            Touch::Lists(message, ticket, Some(key("t1"))),
            Touch::Lists(message, ticket, None),
            Touch::Entity(entity(graph, "Invoice")),
        ];
        let all = old(graph, Vec::new(), touches);
        assert_eq!(all[6..], ["Contact c1", "Message by ticket t1", "Message by ticket of all", "every Invoice"]);
    }
}
