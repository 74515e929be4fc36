//! What a read needs, worked out once: it depends on the entity, the wanted fields and the way they are read, and on no
//! request. A portal's pages have a handful of these.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::core::Wanted;
use super::odata::Selected;
use super::path::column;
use crate::connector::{Condition, EntityMapping, Facet, FacetWay, Needs, Path, Root, Step};
use crate::model::{EntityId, FieldSet, ListOf, Order, Wire};

/// The most that are kept of one source.
const MOST: usize = 256;

/// How records are read, as far as it changes what of their rows is needed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum How {
    /// By key.
    Get,
    /// A list by one of its ways, and in which order.
    List(ListOf, usize, Option<Order>),
    /// By this value.
    Find(Arc<str>),
}

/// What was worked out so far.
#[derive(Default)]
pub(super) struct Kept(Mutex<HashMap<(EntityId, FieldSet, How), Arc<Needed>>>);

/// What one way to read some fields needs.
#[derive(Debug)]
pub(super) struct Needed {
    /// Columns, and facets with theirs.
    pub(super) needs: Needs,
    /// The columns of the row, as requests see them.
    pub(super) fields: Wire,
    /// Facets with calls of their own, by their place: those of one level are read at once, each level after the one that
    /// its keys are in.
    pub(super) levels: Vec<Vec<usize>>,
    /// What is expanded inside the row and looked at nowhere else: it is taken out of the row.
    taken: Vec<usize>,
    /// What is wanted of an answer with rows.
    pub(super) wanted: OnceLock<Wanted>,
    /// What is wanted of a list whose rows, or keys, come by another way.
    pub(super) listed: OnceLock<Wanted>,
    /// What is asked of a set's rows.
    pub(super) selected: OnceLock<Selected>,
    /// The same for pages of them, in order.
    pub(super) ordered: OnceLock<Selected>,
}

impl Kept {
    /// What reading these fields so needs; `more` beside what the fields themselves do.
    pub(super) fn of(&self, of: &EntityMapping, (fields, how): (FieldSet, How), more: Option<&Path>) -> Arc<Needed> {
        let which = (of.entity, fields, how);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(&which) {
            return Arc::clone(known);
        }
        if all.len() >= MOST {
            all.clear();
        }
        let needed = Arc::new(Needed::new(of, fields, more));
        all.insert(which, Arc::clone(&needed));
        needed
    }
}

impl Needed {
    /// With the columns that facets are joined by, and the facets that others are joined by.
    fn new(of: &EntityMapping, fields: FieldSet, more: Option<&Path>) -> Self {
        let mut needs = of.needs_of(fields);
        of.key.iter().for_each(|part| need(&mut needs, &part.from));
        // A facet may only use earlier ones, so that going backwards meets every one that is needed.
        for (at, facet) in of.facets.iter().enumerate().rev() {
            if let (true, Some(key)) = (needs.facets.contains_key(&at), &facet.key) {
                need(&mut needs, key);
            }
        }
        more.iter().for_each(|path| need(&mut needs, path));
        let fields = Wire::List(needs.columns.iter().map(|name| Wire::Text(Arc::clone(name).into())).collect());
        let (levels, taken) = (levels(of, &needs), taken(of, &needs));
        let (wanted, listed) = (OnceLock::new(), OnceLock::new());
        Self { needs, fields, levels, taken, wanted, listed, selected: OnceLock::new(), ordered: OnceLock::new() }
    }

    /// Whether nobody but a facet looks at what is expanded for it inside the row.
    pub(super) fn is_taken(&self, facet: usize) -> bool {
        self.taken.contains(&facet)
    }
}

/// Needs what is at a path, too.
fn need(needs: &mut Needs, path: &Path) {
    if let Root::Facet(at) = path.root {
        let fresh = !needs.facets.contains_key(&at);
        let columns = needs.facets.entry(at).or_default();
        let name = path.steps.iter().find_map(|step| match step {
            Step::Name(name) => Some(name),
            _ => None,
        });
        match name {
            // No columns at all stands for all of them.
            None => columns.clear(),
            Some(name) if (fresh || !columns.is_empty()) && !columns.contains(name) => columns.push(Arc::clone(name)),
            Some(_) => {}
        }
    } else if let Some(name) = column(path)
        && !needs.columns.contains(name)
    {
        needs.columns.push(Arc::clone(name));
    }
}

fn needed<'a>(of: &'a EntityMapping, needs: &Needs) -> impl Iterator<Item = (usize, &'a Facet)> {
    needs.facets.keys().filter_map(|at| of.facets.get(*at).map(|facet| (*at, facet)))
}

fn levels(of: &EntityMapping, needs: &Needs) -> Vec<Vec<usize>> {
    let mut levels: Vec<Vec<usize>> = Vec::new();
    let apart = |facet: &Facet| matches!(facet.way, FacetWay::Set { .. } | FacetWay::Read(_));
    for (at, facet) in needed(of, needs).filter(|(_, facet)| apart(facet)) {
        let before = match facet.key.as_ref().map(|key| key.root) {
            Some(Root::Facet(other)) => levels.iter().position(|level| level.contains(&other)),
            _ => None,
        };
        let level = before.map_or(0, |level| level + 1);
        levels.resize_with(levels.len().max(level + 1), Vec::new);
        if let Some(level) = levels.get_mut(level) {
            level.push(at);
        }
    }
    levels
}

fn taken(of: &EntityMapping, needs: &Needs) -> Vec<usize> {
    let navigation = |facet: &'_ Facet| match &facet.way {
        FacetWay::Expand(path) => Some(Arc::clone(path)),
        _ => None,
    };
    let first = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    let looks = |condition: &Condition, name: &str| {
        condition.0.iter().any(|(path, _)| column(path).is_some_and(|column| **column == *name))
    };
    let conditions =
        || of.visible.iter().chain(&of.gone).chain(of.facets.iter().filter_map(|facet| facet.when.as_ref()));
    let alone = |at: usize, name: &str| {
        !name.contains('/')
            && !needs.columns.iter().any(|column| **column == *name)
            && !conditions().any(|condition| looks(condition, name))
            && !needed(of, needs)
                .any(|(other, facet)| other != at && navigation(facet).is_some_and(|path| first(&path) == name))
    };
    let expanded = needed(of, needs).filter_map(|(at, facet)| Some((at, navigation(facet)?)));
    expanded.filter(|(at, name)| alone(*at, name)).map(|(at, _)| at).collect()
}
