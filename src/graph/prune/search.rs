//! Whether there is something to search in: a list that is served, and that a system can search.

use super::kept::Kept;
use super::lists::{ServedList, page};
use super::provided::{Provided, UNANSWERED, UNGUARDED};
use crate::graph::resolved::{FieldKind, Scope};

/// The field of `Query` that searches everywhere.
pub(super) const SEARCH: &str = "search";

impl<'a> Provided<'a> {
    /// Keeps the search where one of the served lists can be searched.
    pub(super) fn search(&self, query: &str, lists: &[ServedList<'a>], kept: &mut Kept) {
        let Some(field) = self.sdl.object(query).and_then(|query| query.fields.get(SEARCH)) else { return };
        let connection = field.ty.inner_named_type();
        let nodes = self.sdl.object(connection).and_then(|connection| connection.fields.get("nodes"));
        let hit = nodes.and_then(|nodes| self.sdl.object(nodes.ty.inner_named_type()));
        let refused = match hit {
            None => Some(UNANSWERED),
            _ if self.unguarded(query, SEARCH, &["stepUp", "permission"]).is_err() => Some(UNGUARDED),
            _ if !lists.iter().any(|list| self.can_search(query, list)) => {
                Some("no system searches a list that is served")
            }
            _ => None,
        };
        if let Some(reason) = refused {
            return kept.leave(&format!("{query}.{SEARCH}"), reason.to_owned());
        }
        kept.keep(query, SEARCH);
        page(self.sdl, (connection.trim_end_matches("Connection"), Err(UNANSWERED.to_owned())), kept);
        for (hit, name) in
            hit.into_iter().flat_map(|hit| ["type", "title", "excerpt", "record"].map(|name| (hit, name)))
        {
            kept.keep(&hit.name, name);
        }
    }

    /// Whether one of the sources of a list can search its own: what is everybody's, or the account's.
    fn can_search(&self, query: &str, list: &ServedList<'_>) -> bool {
        let hub = self.graph.entity(self.graph.hub).filter(|hub| *hub.name == *list.parent);
        let listed = self.graph.entity_id(list.of).and_then(|id| Some((id, self.graph.entity(id)?)));
        let Some((id, entity)) = listed else { return false };
        let shown = hub.and_then(|hub| hub.field(hub.field_id(list.field)?));
        let by = match (entity.scope, shown.map(|field| &field.kind)) {
            (Scope::Tenant, _) if list.parent == query => "all",
            (Scope::Account, Some(FieldKind::List { inverse, .. })) => self.field_name(id, *inverse),
            _ => return false,
        };
        let searches = |can: &crate::graph::ListCoverage| can.filter.iter().any(|name| name == SEARCH);
        self.owners(id).iter().any(|covered| covered.lists.get(by).is_some_and(searches))
    }
}
