//! Subscriptions: an operation that is answered again for each change, by the same plan.
//!
//! What is told of a change itself comes as variables whose names no client can write, and so does the id that the record is
//! read by: a push is a query, with the same checks.

use std::sync::Arc;

use apollo_compiler::Node;
use apollo_compiler::executable::Field;

use super::build::{Builder, Merged, sets};
use super::input::Template;
use super::records::Mode;
use super::tree::{GatewayField, Hangs, Plan, What};
use crate::model::{EntityId, FieldSet, SourceId};

/// What is told of a change, by the name of its field.
#[must_use]
pub fn pushed(field: &str) -> String {
    format!(" {field}")
}

/// The variable with the sealed id by which the record of a push is read; its value may be null.
pub const PUSHED_RECORD: &str = " record";

/// What a subscription is about.
#[derive(Clone, Copy, Debug)]
pub struct Subscription<'p> {
    /// The arguments of its field.
    pub arguments: &'p [(Arc<str>, Template)],
    /// Which child of the plan is the record.
    pub child: usize,
}

/// Whether no variable of a subscription has a part in what a push shows: all of them stand in the arguments of `changed`
/// alone, and so say only which changes are told. `of` is the document, and how many variables the operation defines.
///
/// Every variable has a `$` where it is defined and where it is used: are there no more of these than definitions and
/// arguments need, there is none elsewhere. One too many, in a comment say, costs a shared answer and nothing else.
#[must_use]
pub fn shapes_nothing(plan: &Plan, (document, defined): (&str, usize)) -> bool {
    let Some(of) = plan.subscription() else { return false };
    let used: usize = of.arguments.iter().map(|(_, template)| template.variables()).sum();
    // A variable that is null where null may not stand is an error that a push shows.
    let never_null = plan.root.iter().any(|output| !output.never_null.is_empty());
    !never_null && document.matches('$').count() == defined + used
}

impl Plan {
    /// What the operation is about, where it is a subscription.
    #[must_use]
    pub fn subscription(&self) -> Option<Subscription<'_>> {
        self.root.iter().find_map(|output| match &output.what {
            What::Gateway(GatewayField::Changed { arguments, child, .. }) => {
                Some(Subscription { arguments, child: *child })
            }
            _ => None,
        })
    }

    /// The fields that a push shows of records of that kind which live in `source`, where it shows any; and whether anything
    /// hangs on them that is read apart.
    #[must_use]
    pub fn shown(&self, entity: EntityId, source: SourceId) -> Option<(FieldSet, bool)> {
        let child = self.children.get(self.subscription()?.child)?;
        let (_, plan) = child.place.plan_of(entity, source)?;
        let apart = !plan.children.is_empty() || plan.parts.len() > 1;
        let guarded = plan.guarded.iter().fold(plan.fields, |all, (_, fields)| all.union(*fields));
        Some((guarded, apart))
    }
}

impl<'a> Builder<'a> {
    /// A field of `Subscription`.
    pub(super) fn subscription_field(&mut self, fields: Merged<'_, 'a>) -> What {
        let Some(field) = fields.first() else { return What::Absent };
        if field.name != "changed" {
            return What::Refused(Arc::from(format!("`Subscription.{}` is not served.", field.name)));
        }
        let selected = sets(fields);
        // Whether a record may be shown is found out by reading it, also where nothing of it is written.
        let mut records = Vec::new();
        let change = field.definition.ty.inner_named_type();
        for (_, inner) in self.collector.collect(change, &selected) {
            if inner.first().is_some_and(|inner| inner.name == "record") {
                records.extend(sets(&inner));
            }
        }
        let candidates = self.candidates("Record");
        let place = self.place(&candidates, &[records], Mode { live: false, read: true });
        let id = Template::Variable(Arc::from(PUSHED_RECORD), None);
        let child = self.hang(("Subscription", field), Hangs::Ids(id), place);
        let outputs = self.object(change, &selected, |_, fields| Self::change_field(fields, child));
        let arguments = self.arguments(field);
        What::Gateway(GatewayField::Changed { outputs, arguments, child })
    }

    fn change_field(fields: Merged<'_, 'a>, child: usize) -> What {
        let Some(field): Option<&&Node<Field>> = fields.first() else { return What::Absent };
        match field.name.as_str() {
            "record" => What::Record { child },
            name => What::Gateway(GatewayField::Pushed(Arc::from(pushed(name)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::response::JsonMap;

    use super::super::fixture::{self, CRM, DESK, ERP};
    use super::super::{Output, Planner};
    use super::*;

    async fn planned(planner: &Planner, query: &str) -> (Arc<Plan>, usize) {
        let prepared = planner.prepare(query).await.unwrap_or_else(|errors| panic!("{query}: {errors:?}"));
        let operation = prepared.operation(None).unwrap();
        (prepared.plan(planner, operation, &JsonMap::new()).unwrap(), operation.variables.len())
    }

    #[tokio::test]
    async fn what_is_told_of_a_change_comes_under_names_that_no_client_can_write() {
        let planner = fixture::planner();
        let (plan, _) = planned(&planner, "subscription { changed { kind cursor at id type } }").await;
        let [Output { what: What::Gateway(GatewayField::Changed { outputs, .. }), .. }] = &*plan.root else {
            panic!("{:?}", plan.root);
        };
        for output in outputs.iter() {
            let What::Gateway(GatewayField::Pushed(name)) = &output.what else { panic!("{output:?}") };
            assert_eq!(**name, pushed(&output.name));
            assert!(name.starts_with(' '), "a name of GraphQL has no space");
        }
        assert!(PUSHED_RECORD.starts_with(' '));
    }

    #[tokio::test]
    async fn the_record_is_read_by_id_also_where_nothing_of_it_is_shown() {
        let planner = fixture::planner();
        let (plan, _) = planned(&planner, "subscription { changed { kind } }").await;
        let child = &plan.children[plan.subscription().unwrap().child];
        assert!(matches!(&child.hangs, Hangs::Ids(Template::Variable(name, None)) if **name == *PUSHED_RECORD));
        for entity in &child.place.entities {
            assert!(entity.record || entity.hub, "{} is not read", entity.name);
        }
        let ticket = planner.graph.entity_id("Ticket").unwrap();
        assert_eq!(plan.shown(ticket, DESK), Some((FieldSet::EMPTY, false)));
        assert!(planned(&planner, "{ viewer { name } }").await.0.subscription().is_none());
    }

    #[tokio::test]
    async fn what_is_shown_is_known_for_each_kind_of_record() {
        let planner = fixture::planner();
        let query = "subscription { changed { record { ... on Ticket { subject requester { name } } } again: id
            record { ... on Order { number margin { amount } } ... on Ticket { updatedAt } ... on Account { name balance } } } }";
        let (plan, _) = planned(&planner, query).await;
        let of = |entity: &str, source, fields: &[&str]| {
            let id = planner.graph.entity_id(entity).unwrap();
            let entity = planner.graph.entity(id).unwrap();
            let (shown, more) = plan.shown(id, source).unwrap();
            let fields: FieldSet = fields.iter().map(|name| entity.field_id(name).unwrap()).collect();
            assert_eq!(shown, fields, "{}", entity.name);
            more
        };
        assert!(of("Ticket", DESK, &["subject", "updatedAt", "requester"]), "a person hangs on it");
        assert!(!of("Order", ERP, &["number", "margin"]), "what only some may see is shown to those");
        assert!(of("Account", CRM, &["name", "balance"]), "another system tells a part");
        assert_eq!(plan.shown(planner.graph.entity_id("Order").unwrap(), DESK), None, "no order lives there");
    }

    #[tokio::test]
    async fn only_variables_beside_the_arguments_shape_what_is_shown() {
        let planner = fixture::planner();
        let page = "record { ... on Account { orders(first: $n) { nodes { id } } } }";
        for (query, nothing) in [
            ("subscription { changed { kind } }".to_owned(), true),
            (
                "subscription($ids: [ID!], $after: String) { changed(ids: $ids, after: $after) { kind } }".to_owned(),
                true,
            ),
            (format!("subscription($ids: [ID!], $n: Int) {{ changed(ids: $ids) {{ {page} }} }}"), false),
            (format!("subscription($n: Int) {{ changed {{ ...P }} }} fragment P on Change {{ {page} }}"), false),
            ("subscription($a: Boolean!) { changed { kind at @include(if: $a) } }".to_owned(), false),
            // A comment may hide one as well as not: nothing is shared then.
            ("subscription($ids: [ID!]) { changed(ids: $ids) { kind } } # $".to_owned(), false),
            // Where null may not stand, null is an error that is shown.
            ("subscription($a: ID!, $b: ID!) { changed(ids: [$a, $b]) { kind } }".to_owned(), false),
            ("subscription($t: RecordType = ORDER) { changed(types: [$t]) { kind } }".to_owned(), false),
            ("query($id: ID!) { node(id: $id) { id } }".to_owned(), false),
        ] {
            let (plan, defined) = planned(&planner, &query).await;
            assert_eq!(shapes_nothing(&plan, (&query, defined)), nothing, "{query}");
        }
    }
}
