//! Lists: their pages, and what they can be filtered and sorted by.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::schema::ObjectType;

use super::kept::Kept;
use super::provided::UNANSWERED;
use crate::graph::closed;
use crate::graph::names::camel;
use crate::graph::resolved::{Entity, FieldKind, Graph, ListCoverage};
use crate::graph::rules::tested_path;
use crate::graph::sdl::{Sdl, argument};
use crate::model::FieldId;

/// A list that is served.
pub(super) struct ServedList<'a> {
    /// The type it is a field of.
    pub parent: &'a str,
    /// The field.
    pub field: &'a str,
    /// The entity that is listed.
    pub of: &'a str,
    /// The source that lists it; or several, as they stand between backquotes.
    pub owner: String,
    /// What the source can do for it.
    pub can: &'a ListCoverage,
}

/// Keeps the connections and edges of the lists.
pub(super) fn pages(sdl: Sdl<'_>, lists: &[ServedList<'_>], kept: &mut Kept) {
    for list in lists {
        let total = if list.can.total { Ok(()) } else { Err(format!("`{}` does not count {}", list.owner, list.of)) };
        page(sdl, (list.of, total), kept);
    }
}

/// Keeps the connection and the edge of that name; `total` says why it is not counted.
pub(super) fn page(sdl: Sdl<'_>, (of, total): (&str, Result<(), String>), kept: &mut Kept) {
    let connection = format!("{of}Connection");
    for field in ["nodes", "edges", "pageInfo"] {
        kept.keep(&connection, field);
    }
    let others = sdl.object(&connection).into_iter().flat_map(|object| object.fields.keys());
    for field in others.filter(|field| !kept.has(&connection, field)).cloned().collect::<Vec<_>>() {
        let coordinate = format!("{connection}.{field}");
        let answered = match field.as_str() {
            "totalCount" => total.clone(),
            "incomplete" => Ok(()),
            _ => Err(UNANSWERED.to_owned()),
        };
        match answered {
            Ok(()) => {
                kept.keep(&connection, &field);
            }
            Err(why) => kept.leave(&coordinate, why),
        }
    }
    for name in [format!("{of}Edge"), "PageInfo".to_owned()] {
        for field in sdl.object(&name).into_iter().flat_map(|object| object.fields.keys()) {
            kept.keep(&name, field);
        }
    }
}

/// Narrows filters and sort values to what the lists that share them can all do.
pub(super) fn arguments((sdl, graph): (Sdl<'_>, &Graph), lists: &[ServedList<'_>], kept: &mut Kept) {
    for (argument, verb) in [("filter", "filter"), ("sort", "sort")] {
        let mut shared: BTreeMap<String, Vec<Ability<'_>>> = BTreeMap::new();
        for list in lists {
            let Some(ability) = Ability::of((sdl, graph), list, argument) else { continue };
            let coordinate = ability.coordinate();
            if ability.can.is_empty() {
                kept.leave_argument(&coordinate, argument, format!("`{}` does not {verb} this list", list.owner));
            } else {
                shared.entry(ability.members_of.clone()).or_default().push(ability);
            }
        }
        for (members_of, lists) in shared {
            let common = common(&lists);
            for list in &lists {
                let cannot = |member: &&String| !list.can.contains(*member);
                for member in list.all.iter().filter(cannot) {
                    kept.leave(&format!("{members_of}.{member}"), why_not(graph, (list, member), verb));
                }
                if !common.is_subset(&list.can) {
                    let reason =
                        format!("`{}` does not {verb} it as the other lists of {}", list.list.owner, list.list.of);
                    kept.leave_argument(&list.coordinate(), argument, reason);
                }
            }
            kept.narrow(&members_of, common);
        }
    }
}

/// What one list can do of a filter input or sort enum.
struct Ability<'a> {
    list: &'a ServedList<'a>,
    /// The input or enum whose members are meant.
    members_of: String,
    all: BTreeSet<String>,
    can: BTreeSet<String>,
}

impl<'a> Ability<'a> {
    fn of((sdl, graph): (Sdl<'_>, &Graph), list: &'a ServedList<'a>, name: &str) -> Option<Self> {
        let field = sdl.object(list.parent)?.fields.get(list.field)?;
        let input = sdl.input(argument(field, name)?.ty.inner_named_type())?;
        let listed = sdl.object(list.of)?;
        let (members_of, all): (&str, BTreeSet<String>) = if name == "sort" {
            let values = sdl.enumeration(input.fields.get("field")?.ty.inner_named_type())?;
            (&values.name, values.values.keys().map(ToString::to_string).collect())
        } else {
            (&input.name, input.fields.keys().map(ToString::to_string).collect())
        };
        let entity = graph.entity_id(list.of).and_then(|id| graph.entity(id))?;
        let can = |member: &&String| can_do((sdl, entity), listed, (list.can, name, member.as_str()));
        let can = all.iter().filter(can).cloned().collect();
        Some(Self { list, members_of: members_of.to_owned(), all, can })
    }

    fn coordinate(&self) -> String {
        format!("{}.{}", self.list.parent, self.list.field)
    }
}

fn can_do(
    (sdl, entity): (Sdl<'_>, &Entity),
    listed: &ObjectType,
    (can, name, member): (&ListCoverage, &str, &str),
) -> bool {
    if name == "sort" {
        return can.sort.contains(&camel(member));
    }
    let is_known = |wanted: &str| can.filter.iter().any(|known| known == wanted);
    let field = entity.field_id(member).and_then(|id| entity.field(id));
    if let Some(FieldKind::Derived(expression)) = field.map(|field| &field.kind) {
        // A filter on a derived field is one on all that it is worked out from.
        let name = |id: FieldId| entity.field(id).map_or("", |field| &field.name);
        return closed(expression, entity)
            .is_some_and(|conditions| conditions.iter().all(|condition| is_known(name(condition.field))));
    }
    is_known(member) || tested_path(sdl, listed, member).is_some_and(|path| is_known(&path))
}

/// Why a list cannot be filtered or sorted by something.
fn why_not(graph: &Graph, (list, member): (&Ability<'_>, &str), verb: &str) -> String {
    let (owner, at) = (&list.list.owner, list.coordinate());
    let entity = graph.entity_id(list.list.of).and_then(|id| graph.entity(id));
    let field = entity.and_then(|entity| entity.field(entity.field_id(member)?));
    match (entity, field.map(|field| &field.kind)) {
        (Some(entity), Some(FieldKind::Derived(expression))) => match closed(expression, entity) {
            None => "its expression cannot be put as conditions that a system could be asked for".to_owned(),
            Some(conditions) => {
                let names = conditions.iter().filter_map(|condition| entity.field(condition.field));
                let missing = names.filter(|field| !list.list.can.filter.iter().any(|known| **known == *field.name));
                let missing: BTreeSet<String> = missing.map(|field| format!("`{}`", field.name)).collect();
                let missing = missing.into_iter().collect::<Vec<_>>().join(" and ");
                format!("`{owner}` does not {verb} {at} by {missing}, from which it is worked out")
            }
        },
        _ => format!("`{owner}` does not {verb} {at} by it"),
    }
}

/// What all the lists can do; where that is nothing, what the first that can do most does.
fn common(lists: &[Ability<'_>]) -> BTreeSet<String> {
    let mut abilities = lists.iter().map(|list| &list.can);
    let Some(first) = abilities.next() else { return BTreeSet::new() };
    let all = abilities.fold(first.clone(), |all, can| all.intersection(can).cloned().collect());
    if !all.is_empty() {
        return all;
    }
    let most = lists.iter().map(|list| &list.can).rev().max_by_key(|can| can.len());
    most.cloned().unwrap_or_default()
}
