//! From an operation to its plan: the root, the viewer, and what hangs on the caller.

use std::collections::BTreeMap;
use std::sync::Arc;

use apollo_compiler::executable::{Field, Operation, OperationType, SelectionSet};
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Node};

use super::collect::Collector;
use super::constrained::Constrained;
use super::input::{Template, never_null};
use super::known::Costs;
use super::limits;
use super::mutation::MutationPlan;
use super::prepare::{GraphqlError, Planner};
use super::records::Mode;
use super::tree::{Child, GatewayField, Hangs, Output, Outputs, Place, Plan, What};
use crate::error::Counted;
use crate::graph::{Entity, FieldKind, Scope, constraint_key};
use crate::model::{EntityId, ListOf};

/// The most keys of one plan: fragments inside fragments could ask for any number.
const MOST_OUTPUTS: usize = 20_000;

/// Builds one plan.
pub(super) struct Builder<'a> {
    pub(super) planner: &'a Planner,
    pub(super) collector: Collector<'a>,
    outputs: usize,
    /// What hangs on the caller or the arguments alone.
    pub(super) children: Vec<Child>,
    pub(super) mutations: Vec<MutationPlan>,
    introspection: bool,
    constrained: Vec<Constrained>,
}

/// The fields that one response key merges.
pub(super) type Merged<'f, 'a> = &'f [&'a Node<Field>];

impl<'a> Builder<'a> {
    pub(super) fn new(
        planner: &'a Planner,
        document: &'a Valid<ExecutableDocument>,
        flags: &'a BTreeMap<&'a str, bool>,
    ) -> Self {
        let collector = Collector { schema: &planner.schema, document, flags };
        Self {
            planner,
            collector,
            outputs: 0,
            children: Vec::new(),
            mutations: Vec::new(),
            introspection: false,
            constrained: Vec::new(),
        }
    }

    pub(super) fn operation(mut self, operation: &'a Operation) -> Result<Plan, Vec<GraphqlError>> {
        let (ty, set) = (operation.object_type(), &operation.selection_set);
        let root = match operation.operation_type {
            OperationType::Query => self.root(ty, set, operation.directives.has("live")),
            OperationType::Mutation => self.mutations(ty, set),
            OperationType::Subscription => {
                self.object(ty, &[set], |builder, fields| builder.subscription_field(fields))
            }
        };
        let counted = |at| u64::try_from(at).unwrap_or(u64::MAX);
        let (allowed, actual) = (counted(MOST_OUTPUTS), counted(self.outputs));
        limits::keep(&[Counted { limit: "selections", allowed, actual }])?;
        let Self { children, mutations, introspection, constrained, .. } = self;
        let costs = Costs::of(children.iter().chain(mutations.iter().flat_map(|write| &write.children)));
        Ok(Plan { root, children, mutations, introspection, constrained, costs })
    }

    fn root(&mut self, ty: &str, set: &'a SelectionSet, live: bool) -> Outputs {
        self.object(ty, &[set], |builder, fields| builder.root_field(fields, live))
    }

    /// The outputs of an object: `what` says what each field is.
    pub(super) fn object(
        &mut self,
        ty: &str,
        sets: &[&'a SelectionSet],
        mut what: impl FnMut(&mut Self, Merged<'_, 'a>) -> What,
    ) -> Outputs {
        let collected = self.collector.collect(ty, sets);
        let mut outputs = Vec::with_capacity(collected.len());
        for (key, fields) in collected {
            self.outputs += 1;
            let Some(first) = fields.first() else { continue };
            let what = match first.name.as_str() {
                "__typename" => What::Typename(Arc::from(ty)),
                // Past the bound nothing is looked at any more; the plan is refused.
                _ if self.outputs > MOST_OUTPUTS || self.leads_nowhere(first) => What::Absent,
                _ => what(self, &fields),
            };
            self.constrain(ty, first);
            let definition = self.definition(ty, first);
            // Nobody is refused what is not there for anybody.
            let guarded = definition.filter(|_| !matches!(what, What::Absent));
            outputs.push(Output {
                key: Arc::from(key),
                label: format!(",\"{key}\":").into_boxed_str(),
                name: Arc::from(first.name.as_str()),
                non_null: definition.is_none_or(|definition| definition.ty.is_non_null()),
                never_null: never_null(&self.planner.schema, first),
                permission: guarded.and_then(|definition| permission(ty, definition)),
                at: self.position(first),
                what,
            });
        }
        Arc::from(outputs)
    }

    /// Notes the arguments of a field that have bounds.
    fn constrain(&mut self, ty: &str, field: &'a Node<Field>) {
        let graph = Arc::clone(&self.planner.graph);
        for argument in &field.definition.arguments {
            let bounds = graph.constraints.get(&constraint_key(ty, &field.name, &argument.name));
            if let Some((bounds, value)) = bounds.zip(self.argument(field, &argument.name)) {
                let (name, at) = (Arc::from(argument.name.as_str()), self.position(field));
                self.constrained.push(Constrained { name, value, bounds: *bounds, at });
            }
        }
    }

    /// The definition of a field in the concrete type: an interface may promise less than the type keeps.
    pub(super) fn definition(&self, ty: &str, field: &'a Field) -> Option<&'a FieldDefinition> {
        if field.name.starts_with("__") {
            return Some(&field.definition);
        }
        let found = self.planner.schema.type_field(ty, &field.name).ok();
        Some(found.map_or(&*field.definition, |component| &**component))
    }

    fn position(&self, field: &Node<Field>) -> (u32, u32) {
        let place = field.location().and_then(|at| at.line_column(&self.collector.document.sources));
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        place.map_or((0, 0), |at| (number(at.line), number(at.column)))
    }

    fn root_field(&mut self, fields: Merged<'_, 'a>, live: bool) -> What {
        let Some(field) = fields.first() else { return What::Absent };
        let live = live || is_live(fields);
        let sets = sets(fields);
        match field.name.as_str() {
            "__schema" | "__type" => {
                self.introspection = true;
                What::Introspection
            }
            "viewer" => {
                let outputs = self.object("Viewer", &sets, |builder, fields| builder.viewer_field(fields, live));
                What::Gateway(GatewayField::Viewer(outputs))
            }
            "node" => self.by_ids(fields, "id", live),
            "nodes" => self.by_ids(fields, "ids", live),
            "search" => self.search(fields, live),
            _ => {
                let named = field.definition.ty.inner_named_type().as_str();
                if self.listed(named).is_some() {
                    return self.all(fields, live);
                }
                let by_id = field.definition.argument_by_name("id").is_some();
                match self.planner.graph.entity_id(named) {
                    Some(_) if by_id => self.by_ids(fields, "id", live),
                    _ => What::Refused(Arc::from(format!("`Query.{}` is not served yet.", field.name))),
                }
            }
        }
    }

    fn by_ids(&mut self, fields: Merged<'_, 'a>, argument: &str, live: bool) -> What {
        let Some(field) = fields.first() else { return What::Absent };
        let Some(ids) = self.argument(field, argument) else { return What::Absent };
        let candidates = self.candidates(field.definition.ty.inner_named_type());
        let place = self.place(&candidates, &[sets(fields)], Mode { live, read: true });
        let many = field.definition.ty.is_list();
        let child = self.hang(("Query", field), Hangs::Ids(ids), place);
        if many { What::Records { child } } else { What::Record { child } }
    }

    /// Adds a child of the plan itself.
    pub(super) fn hang(&mut self, on: (&str, &'a Field), hangs: Hangs, place: Place) -> usize {
        let coordinate = format!("{}.{}", on.0, on.1.name);
        let locale = self.argument(on.1, "locale");
        let permission = self.definition(on.0, on.1).and_then(|definition| permission(on.0, definition));
        let per_account = matches!(&hangs, Hangs::List(list)
            if list.list == ListOf::All && self.planner.graph.lists_per_account.contains(&list.of));
        let coordinate = Arc::from(coordinate);
        self.children.push(Child { coordinate, hangs, permission, locale, per_account, place });
        self.children.len() - 1
    }

    fn all(&mut self, fields: Merged<'_, 'a>, live: bool) -> What {
        let Some(field) = fields.first() else { return What::Absent };
        let Some(of) = self.listed(field.definition.ty.inner_named_type()) else { return What::Absent };
        let graph = &self.planner.graph;
        // What belongs to accounts is listed under an account; every record of a tenant's catalogue is everybody's.
        let listable = |entity: &Entity| entity.scope == Scope::Tenant || of == graph.hub;
        if !graph.entity(of).is_some_and(listable) {
            return What::Refused(Arc::from(format!("`Query.{}` is not served yet.", field.name)));
        }
        self.caller_list(("Query", of, ListOf::All), fields, live)
    }

    /// A list that hangs on the caller.
    fn caller_list(&mut self, on: (&str, EntityId, ListOf), fields: Merged<'_, 'a>, live: bool) -> What {
        let (ty, of, list) = on;
        let Some(field) = fields.first() else { return What::Absent };
        let Some((plan, place, outputs)) = self.connection((of, list), fields, live) else {
            return What::Refused(Arc::from(format!("No system lists what `{ty}.{}` shows.", field.name)));
        };
        let child = self.hang((ty, field), Hangs::List(plan), place);
        What::Connection { child, outputs }
    }

    pub(super) fn viewer_field(&mut self, fields: Merged<'_, 'a>, live: bool) -> What {
        let Some(field) = fields.first() else { return What::Absent };
        let live = live || is_live(fields);
        let simple = match field.name.as_str() {
            "kind" => GatewayField::Kind,
            "name" => GatewayField::Name,
            "email" => GatewayField::Email,
            "permissions" => GatewayField::Permissions,
            "locale" => GatewayField::Locale,
            "timeZone" => GatewayField::TimeZone,
            "multiFactor" => GatewayField::MultiFactor,
            "authenticatedAt" => GatewayField::AuthenticatedAt,
            "memberships" => {
                let sets = sets(fields);
                let of = |builder: &mut Self, fields: Merged<'_, 'a>| builder.membership_field(fields, live);
                GatewayField::Memberships(self.object("Membership", &sets, of))
            }
            "account" => {
                let child = self.accounts(Hangs::CurrentAccount, fields, live);
                return What::Record { child };
            }
            "contact" => {
                let place = self.place(&[self.planner.graph.person], &[sets(fields)], Mode { live, read: false });
                let child = self.hang(("Viewer", field), Hangs::Contact, place);
                return What::Record { child };
            }
            _ => return self.viewer_list(fields, live),
        };
        What::Gateway(simple)
    }

    /// A list on the viewer hangs on the viewer's contact (R3): the reference of the listed type to people.
    fn viewer_list(&mut self, fields: Merged<'_, 'a>, live: bool) -> What {
        let Some(field) = fields.first() else { return What::Absent };
        let graph = &self.planner.graph;
        let Some(of) = self.listed(field.definition.ty.inner_named_type()) else { return What::Absent };
        let to_person = |kind: &FieldKind| matches!(kind, FieldKind::Reference(crate::graph::Target::Entity(target)) if *target == graph.person);
        let inverse = graph.entity(of).and_then(|entity| {
            let field = entity.fields.iter().find(|field| to_person(&field.kind))?;
            entity.field_id(&field.name)
        });
        match inverse {
            Some(inverse) => self.caller_list(("Viewer", of, ListOf::Parent(inverse)), fields, live),
            None => What::Absent,
        }
    }

    fn membership_field(&mut self, fields: Merged<'_, 'a>, live: bool) -> What {
        let Some(field) = fields.first() else { return What::Absent };
        What::Gateway(match field.name.as_str() {
            "accountId" => GatewayField::AccountId,
            "roles" => GatewayField::Roles,
            "current" => GatewayField::Current,
            "account" => GatewayField::Account(self.accounts(Hangs::Memberships, fields, live)),
            _ => return What::Absent,
        })
    }

    fn accounts(&mut self, hangs: Hangs, fields: Merged<'_, 'a>, live: bool) -> usize {
        let place =
            self.place(&[self.planner.graph.hub], &[sets(fields)], Mode { live: live || is_live(fields), read: false });
        let coordinate = if matches!(hangs, Hangs::CurrentAccount) { "Viewer.account" } else { "Membership.account" };
        let coordinate = Arc::from(coordinate);
        self.children.push(Child { coordinate, hangs, permission: None, locale: None, per_account: false, place });
        self.children.len() - 1
    }

    /// The entity that a connection type lists.
    pub(super) fn listed(&self, connection: &str) -> Option<EntityId> {
        let nodes = self.planner.schema.type_field(connection, "nodes").ok()?;
        connection.ends_with("Connection").then_some(())?;
        self.planner.graph.entity_id(nodes.ty.inner_named_type())
    }

    /// Whether the field leads to an entity that no source provides: it is null, and nothing is read for it.
    fn leads_nowhere(&self, field: &Field) -> bool {
        let named = field.definition.ty.inner_named_type();
        let of = self.planner.graph.entity_id(named).or_else(|| self.listed(named));
        of.is_some_and(|of| !self.is_provided(of))
    }

    fn is_provided(&self, of: EntityId) -> bool {
        of == self.planner.graph.hub || self.planner.catalog.of(of).is_some_and(|sources| !sources.owners.is_empty())
    }

    /// The entities that may stand where the schema says `named`.
    pub(super) fn candidates(&self, named: &str) -> Vec<EntityId> {
        let graph = &self.planner.graph;
        let ids = (0u16..).map(EntityId).zip(&graph.entities);
        let fits = |entity: &Entity| {
            let known = matches!(self.planner.schema.types.get(&*entity.name), Some(ExtendedType::Object(_)));
            known && (&*entity.name == named || self.planner.schema.is_subtype(named, &entity.name))
        };
        ids.filter(|(id, entity)| fits(entity) && self.is_provided(*id)).map(|(id, _)| id).collect()
    }

    /// The template of one argument of a field, the schema's default filled in.
    pub(super) fn argument(&self, field: &Field, name: &str) -> Option<Template> {
        let definition = field.definition.argument_by_name(name)?;
        let given = field.specified_argument_by_name(name);
        Template::given_or_default(&self.planner.schema, &definition.ty, given, definition.default_value.as_ref())
    }

    /// The templates of all arguments of a field.
    pub(super) fn arguments(&self, field: &Field) -> Vec<(Arc<str>, Template)> {
        let names = field.definition.arguments.iter().map(|argument| argument.name.as_str());
        names.filter_map(|name| Some((Arc::from(name), self.argument(field, name)?))).collect()
    }
}

/// The selections that one response key merges.
pub(super) fn sets<'a>(fields: Merged<'_, 'a>) -> Vec<&'a SelectionSet> {
    fields.iter().map(|field| -> &'a SelectionSet { &field.selection_set }).collect()
}

/// Whether the field is to go past the cache.
pub(super) fn is_live(fields: Merged<'_, '_>) -> bool {
    fields.iter().any(|field| field.directives.has("live"))
}

/// Fields outside of records that only the business's own people may have. The served schema has none of the directives
/// that say so, and the graph has records only.
const FOR_STAFF: [(&str, &str); 5] = [
    ("Query", "accounts"),
    ("Provenance", "system"),
    ("Provenance", "key"),
    ("Provenance", "url"),
    ("SourceStatus", "system"),
];

/// The permission for a field of a gateway type or of `Query`; those of entities are in the graph.
fn permission(ty: &str, definition: &FieldDefinition) -> Option<Arc<str>> {
    if FOR_STAFF.contains(&(ty, definition.name.as_str())) {
        return Some(Arc::from("staff"));
    }
    let name = definition.directives.get("permission")?.specified_argument_by_name("name")?;
    name.as_str().map(Arc::from)
}
