//! What else a change touches, in the words of the graph: a list of the record, a reference of it, `Entity.list`.

use super::codes::M020;
use super::here::Here;
use super::sink::suggestion;
use super::yaml::Node;
use crate::connector::Touched;
use crate::graph::{Entity, FieldKind, Target};
use crate::model::EntityId;

/// Reads `touches:` of a change of records of this entity.
pub(super) fn read(here: &Here<'_>, node: &Node, of: EntityId) -> Vec<Touched> {
    let one = std::slice::from_ref(node);
    node.list().unwrap_or(one).iter().filter_map(|item| touched(here, item, of)).collect()
}

fn touched(here: &Here<'_>, node: &Node, of: EntityId) -> Option<Touched> {
    let graph = here.ctx.graph;
    let text = here.ctx.sink.text(node, "what is touched")?;
    if let Some((name, list)) = text.split_once('.') {
        let Some((id, entity)) = graph.entity_id(name).and_then(|id| Some((id, graph.entity(id)?))) else {
            let names = graph.entities.iter().map(|entity| &*entity.name);
            unknown(here, node, (&format!("the graph has no entity `{name}`"), suggestion(name, names)));
            return None;
        };
        let found = entity.list(list).map(|(_, listed, inverse)| Touched::Lists(listed, inverse));
        let whole =
            || entity.field_id(list).map(|_| if id == graph.hub { Touched::Account } else { Touched::Entity(id) });
        return found.or_else(whole).or_else(|| no_field(here, node, (entity, list)));
    }
    let entity = graph.entity(of)?;
    let found = entity.field_id(text).and_then(|id| match entity.field(id)?.kind {
        FieldKind::List { of, inverse } => Some(Touched::Own(of, inverse)),
        FieldKind::Reference(Target::Entity(target)) => Some(Touched::Reference(id, target)),
        _ => None,
    });
    found.or_else(|| no_field(here, node, (entity, text)))
}

fn no_field(here: &Here<'_>, node: &Node, (entity, name): (&Entity, &str)) -> Option<Touched> {
    let message = format!("`{}` has no list and no reference `{name}`", entity.name);
    let fields = entity
        .fields
        .iter()
        .filter(|field| matches!(field.kind, FieldKind::List { .. } | FieldKind::Reference(Target::Entity(_))));
    unknown(here, node, (&message, suggestion(name, fields.map(|field| &*field.name))));
    None
}

fn unknown(here: &Here<'_>, node: &Node, (message, remedy): (&str, String)) {
    here.ctx.sink.error((M020, &node.place), message, remedy);
}
