//! Which lists can be searched over all systems at once.

use std::sync::Arc;

use super::Catalog;
use crate::graph::{Entity, Field, FieldKind, Graph, Scope};
use crate::model::{EntityId, FieldId, ListOf, SourceId};

/// A list of one source that can be searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Searched {
    /// What is found.
    pub entity: EntityId,
    /// Where.
    pub source: SourceId,
    /// All records, or those of the account.
    pub list: ListOf,
    /// The field with the place where it was found.
    pub excerpt: Option<FieldId>,
    /// The list's own field in the graph, such as `Account.tickets`; of all records, the entity's name.
    pub coordinate: Arc<str>,
    /// What a caller needs for that field.
    pub permission: Option<Arc<str>>,
}

impl Catalog {
    /// Every list that can be searched: of what is everybody's, all records; of what belongs to accounts, those of one. In the
    /// order of the schema, then of the configuration.
    #[must_use]
    pub fn searched(&self, graph: &Graph) -> Vec<Searched> {
        let numbered = (0..=u16::MAX).map(EntityId).zip(&graph.entities);
        numbered.flat_map(|(id, entity)| self.of_entity(graph, (id, entity))).collect()
    }

    fn of_entity(&self, graph: &Graph, (id, entity): (EntityId, &Entity)) -> Vec<Searched> {
        let lists = searchable(graph, (id, entity));
        let owners = self.owners(id).iter().filter_map(|owner| {
            lists.iter().find_map(|(list, coordinate, permission)| {
                let own = owner.lists.iter().find(|own| own.list == *list)?;
                Some(Searched {
                    entity: id,
                    source: owner.source,
                    list: list.clone(),
                    excerpt: own.search.as_ref()?.excerpt,
                    coordinate: Arc::clone(coordinate),
                    permission: permission.clone(),
                })
            })
        });
        owners.collect()
    }
}

/// The lists of an entity that would be searched: with the field that shows them, and its permission.
fn searchable(graph: &Graph, (id, entity): (EntityId, &Entity)) -> Vec<(ListOf, Arc<str>, Option<Arc<str>>)> {
    match entity.scope {
        Scope::Tenant => vec![(ListOf::All, Arc::clone(&entity.name), None)],
        // A person's own, and the hub itself, is where the search begins.
        Scope::Viewer => Vec::new(),
        Scope::Account if id == graph.hub => Vec::new(),
        Scope::Account => {
            let Some(hub) = graph.entity(graph.hub) else { return Vec::new() };
            let list = |field: &Field| match field.kind {
                FieldKind::List { of, inverse } if of == id => {
                    let coordinate = Arc::from(format!("{}.{}", hub.name, field.name));
                    Some((ListOf::Parent(inverse), coordinate, field.permission.clone()))
                }
                _ => None,
            };
            hub.fields.iter().filter_map(list).collect()
        }
    }
}
