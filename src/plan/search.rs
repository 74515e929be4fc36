//! `Query.search`: the lists that can be searched, of every kind and every system, taken in turn.

use std::sync::Arc;

use super::build::{Builder, Merged};
use super::input::Template;
use super::merged::Item;
use super::tree::{Hangs, MergePlan, MergedSide, Taken, What};
use crate::graph::record_type;
use crate::model::ListOf;
use crate::source::Searched;

impl<'a> Builder<'a> {
    /// What is found in all lists that can be searched.
    pub(super) fn search(&mut self, fields: Merged<'_, 'a>, live: bool) -> What {
        let Some(first) = fields.first() else { return What::Absent };
        let found = self.page(fields).zip(self.argument(first, "text"));
        let Some(((outputs, views, _), text)) = found else { return What::Absent };
        let graph = Arc::clone(&self.planner.graph);
        let (mut items, mut sides) = (Vec::new(), Vec::new());
        for searched in self.planner.catalog.searched(&graph).into_iter().filter(|searched| self.shows(searched)) {
            let Searched { entity: of, source, list, excerpt, coordinate, permission } = searched;
            let Some(known) = graph.entity(of) else { continue };
            let view = items.len() * views.len();
            items.push(Item { of, at: None, kind: None, due: Vec::new(), excerpt });
            let phrase = Template::Object(vec![(Arc::from("search"), text.clone())]);
            sides.push(MergedSide {
                coordinate,
                of,
                source,
                list,
                arguments: vec![(Arc::from("filter"), phrase)],
                at: None,
                ordered: false,
                permissions: permission.into_iter().chain(known.permission.clone()).collect(),
                record_type: Arc::from(record_type(&known.name)),
                view,
            });
        }
        if sides.is_empty() {
            return What::Refused(Arc::from("No system can be searched."));
        }
        let place = self.items((&items, &sides), &views, live);
        let plan = MergePlan { sides, taken: Taken::InTurn, arguments: self.arguments(first) };
        let child = self.hang(("Query", first), Hangs::Lists(plan), place);
        What::Connection { child, outputs }
    }

    /// Whether the list that is searched is served by itself.
    fn shows(&self, searched: &Searched) -> bool {
        let schema = &self.planner.schema;
        match (&searched.list, searched.coordinate.split_once('.')) {
            (ListOf::Parent(_), Some((of, field))) => schema.type_field(of, field).is_ok(),
            _ => {
                let query = schema.schema_definition.query.as_ref().and_then(|query| schema.get_object(&query.name));
                let mut fields = query.into_iter().flat_map(|query| query.fields.values());
                fields.any(|field| self.listed(field.ty.inner_named_type()) == Some(searched.entity))
            }
        }
    }
}
