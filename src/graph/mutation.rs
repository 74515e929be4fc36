//! Mutations: what each of them writes, and what the members of its input are (A3, W1 to W3).

use std::sync::Arc;
use std::time::Duration;

use apollo_compiler::Schema;
use apollo_compiler::ast::InputValueDefinition;
use apollo_compiler::schema::FieldDefinition;

use super::constraint::{Constraint, constraint};
use super::resolved::{Graph, Target};
use super::sdl::{Sdl, argument, text_of};
use crate::model::EntityId;

/// The deepest that input objects are looked into: one that holds itself has no end.
const DEEPEST: usize = 8;
/// The longest since a person has signed in where `@stepUp` does not say: its default in the schema, in seconds.
const STEP_UP: i32 = 900;

/// One write that clients may ask for.
#[derive(Clone, Debug)]
pub struct Mutation {
    /// Such as `placeOrder`.
    pub name: Arc<str>,
    /// The entity that is written.
    pub entity: EntityId,
    /// The write of that name in the owner's manifest.
    pub operation: Arc<str>,
    /// The member of the input that names the record from which what is left out is taken.
    pub copy: Option<Arc<str>>,
    /// What a caller needs in the account that is written for.
    pub permission: Option<Arc<str>>,
    /// The person must have signed in with a second factor at most so long ago.
    pub step_up: Option<Duration>,
    /// It writes the caller's own contact.
    pub of_viewer: bool,
    /// The type of its answer.
    pub payload: Arc<str>,
    /// The type of its input.
    pub input: Arc<str>,
    /// The members of its input.
    pub members: Arc<[Member]>,
}

/// A member of an input.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: Arc<str>,
    /// What it is.
    pub kind: MemberKind,
    /// The type that it, or each element of it, has.
    pub named: Arc<str>,
    /// It has to be given: it is not null, and has no default.
    pub required: bool,
    /// What its value has to be.
    pub bounds: Constraint,
}

/// What a member of an input is.
#[derive(Clone, Debug)]
pub enum MemberKind {
    /// The record that is changed.
    Itself,
    /// Another record.
    Record(Target),
    /// The version that the person has seen.
    Version,
    /// The key by which a repeat is known.
    IdempotencyKey,
    /// A file.
    File,
    /// A scalar or an enum value.
    Plain,
    /// An input object, or several.
    Object(Arc<[Member]>),
}

impl Mutation {
    /// The member of the input of that name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| &*member.name == name)
    }

    /// Whether it changes a record, which the input names or which is the caller's own.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.of_viewer || self.members.iter().any(|member| matches!(member.kind, MemberKind::Itself))
    }
}

/// Every mutation with `@write` whose entity there is.
#[must_use]
pub fn mutations(schema: &Schema, graph: &Graph) -> Vec<Arc<Mutation>> {
    let sdl = Sdl { schema };
    let root = sdl.schema.schema_definition.mutation.as_ref().and_then(|root| sdl.object(&root.name));
    let fields = root.into_iter().flat_map(|root| root.fields.values());
    fields.filter_map(|field| mutation(sdl, graph, field).map(Arc::new)).collect()
}

fn mutation(sdl: Sdl<'_>, graph: &Graph, field: &FieldDefinition) -> Option<Mutation> {
    let given = |name: &str| text_of(&field.directives, "write", name);
    let entity = graph.entity_id(given("entity")?)?;
    let input = argument(field, "input")?.ty.inner_named_type();
    let step_up = field.directives.get("stepUp").map(|directive| {
        let seconds = directive.specified_argument_by_name("maxAge").and_then(|age| age.to_i32()).unwrap_or(STEP_UP);
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    });
    let payload = field.ty.inner_named_type();
    let shows =
        sdl.object(payload).is_some_and(|payload| payload.fields.values().any(|f| f.ty.inner_named_type() == "Viewer"));
    let members = Members { sdl, graph, entity }.of(input, 0);
    let named = members.iter().any(|member| matches!(member.kind, MemberKind::Itself));
    Some(Mutation {
        name: Arc::from(field.name.as_str()),
        entity,
        operation: Arc::from(given("operation")?),
        copy: given("copy").map(Arc::from),
        permission: text_of(&field.directives, "permission", "name").map(Arc::from),
        step_up,
        of_viewer: entity == graph.person && shows && !named,
        payload: Arc::from(payload.as_str()),
        input: Arc::from(input.as_str()),
        members,
    })
}

struct Members<'a> {
    sdl: Sdl<'a>,
    graph: &'a Graph,
    entity: EntityId,
}

impl Members<'_> {
    fn of(&self, input: &str, depth: usize) -> Arc<[Member]> {
        let Some(input) = self.sdl.input(input) else { return Arc::default() };
        let member = |field: &InputValueDefinition| Member {
            name: Arc::from(field.name.as_str()),
            kind: self.kind(field, depth),
            named: Arc::from(field.ty.inner_named_type().as_str()),
            required: field.is_required(),
            bounds: constraint(&field.directives),
        };
        input.fields.values().map(|field| member(field)).collect()
    }

    fn kind(&self, field: &InputValueDefinition, depth: usize) -> MemberKind {
        let named = field.ty.inner_named_type().as_str();
        match field.name.as_str() {
            "id" if depth == 0 && named == "ID" => return MemberKind::Itself,
            "version" if depth == 0 => return MemberKind::Version,
            "idempotencyKey" if depth == 0 => return MemberKind::IdempotencyKey,
            _ => {}
        }
        match named {
            "ID" => self.record(field).map_or(MemberKind::Plain, MemberKind::Record),
            "Upload" => MemberKind::File,
            _ if depth < DEEPEST && self.sdl.input(named).is_some() => MemberKind::Object(self.of(named, depth + 1)),
            _ => MemberKind::Plain,
        }
    }

    /// What an id is of: by `@idOf`, or by the name: `fooId` and `fooIds` are of a Foo; `id` and `ids` of what is written.
    fn record(&self, field: &InputValueDefinition) -> Option<Target> {
        if let Some(named) = text_of(&field.directives, "idOf", "type") {
            return Some(self.graph.entity_id(named).map_or(Target::Any, Target::Entity));
        }
        let name = field.name.as_str();
        let stem = name.strip_suffix("Ids").or_else(|| name.strip_suffix("Id"));
        let Some(stem) = stem else { return (name == "ids").then_some(Target::Entity(self.entity)) };
        let mut letters = stem.chars();
        let capital = letters.next().map(|first| first.to_ascii_uppercase());
        let entity: String = capital.into_iter().chain(letters).collect();
        self.graph.entity_id(&entity).map(Target::Entity)
    }
}
