//! What has to be read for something, and what of the caller it hangs on: seen from the paths and names it uses.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::here::Uses;
use crate::connector::{Needs, Path, Root, Step, Vary};

/// Where the paths of a mapping begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// In the row.
    Row,
    /// In an element of a facet that is a list of rows.
    Facet(usize),
    /// Deeper: what is needed was said by the list's own path.
    Inside,
}

impl Base {
    /// Where paths begin in the elements of a list at `path`.
    pub(super) fn of(path: &Path) -> Self {
        match path.root {
            Root::Facet(facet) if column(&path.steps).is_none() => Self::Facet(facet),
            _ => Self::Inside,
        }
    }
}

/// A facet as the needs of others see it.
#[derive(Clone, Debug, Default)]
pub(super) struct FacetNeeds {
    /// What joining it takes, of the row and of earlier facets.
    pub join: Needs,
    /// Its own columns that joining and its conditions use.
    pub own: Vec<Arc<str>>,
}

/// Every facet of an entity, in the order of the manifest.
#[derive(Clone, Debug, Default)]
pub(super) struct Facets {
    pub names: Vec<Arc<str>>,
    pub needs: Vec<FacetNeeds>,
}

impl Facets {
    /// What the uses of a mapping need.
    pub(super) fn needs(&self, uses: &Uses, base: Base) -> Needs {
        let mut needs = Needs { varies: varies(uses), ..Needs::default() };
        for path in &uses.paths {
            self.add(&mut needs, (path.root, base), column(&path.steps));
        }
        for name in &uses.names {
            let [first, rest @ ..] = name.as_slice() else { continue };
            let column = rest.first().filter(|step| step.parse::<usize>().is_err()).cloned();
            if &**first == "row" {
                self.add(&mut needs, (Root::Row, base), column);
            } else if let Some(facet) = self.names.iter().position(|name| name == first) {
                self.add(&mut needs, (Root::Facet(facet), base), column);
            }
        }
        needs
    }

    fn add(&self, needs: &mut Needs, (root, base): (Root, Base), column: Option<Arc<str>>) {
        let facet = match (root, base) {
            (Root::Row, Base::Row) => {
                needs.add(&Needs { columns: Vec::from_iter(column), ..Needs::default() });
                return;
            }
            (Root::Row, Base::Facet(facet)) | (Root::Facet(facet), _) => facet,
            (Root::Row, Base::Inside) | (Root::Parent | Root::Header, _) => return,
        };
        let Some(known) = self.needs.get(facet) else { return };
        let columns = match column {
            Some(column) => std::iter::once(column).chain(known.own.iter().cloned()).collect(),
            None => Vec::new(),
        };
        needs.add(&Needs { facets: BTreeMap::from([(facet, columns)]), ..Needs::default() });
        needs.add(&known.join);
    }
}

/// The member of a row that a path begins with.
pub(super) fn column(steps: &[Step]) -> Option<Arc<str>> {
    steps.iter().find_map(|step| match step {
        Step::Name(name) => Some(Arc::clone(name)),
        Step::At(_) | Step::Each | Step::Where(..) => None,
    })
}

/// What of the caller the names hang on.
pub(super) fn varies(uses: &Uses) -> Vec<Vary> {
    let mut found = Vec::new();
    for name in &uses.names {
        let vary: &[Vary] = match (name.first().map(|name| &**name), name.get(1).map(|name| &**name)) {
            (Some("args"), _) => &[Vary::Arguments],
            (Some("caller"), Some("locale" | "language")) => &[Vary::Locale],
            (Some("caller"), Some("account")) => &[Vary::Account],
            (Some("caller"), Some("contact" | "email")) => &[Vary::Contact],
            (Some("caller"), _) => &[Vary::Account, Vary::Contact, Vary::Locale],
            _ => &[],
        };
        found.extend_from_slice(vary);
    }
    found.sort_unstable();
    found.dedup();
    found
}
