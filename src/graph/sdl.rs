//! A look at the parsed schema in this module's words: which type is what, what a directive says, where it stands.

use std::path::Path;
use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::ast::DirectiveList as FieldDirectives;
use apollo_compiler::parser::{SourceMap, SourceSpan};
use apollo_compiler::schema::{
    EnumType, ExtendedType, FieldDefinition, InputObjectType, InputValueDefinition, ObjectType, Value,
};

use crate::diagnostic::{Diagnostic, Place, Severity};

/// The directives that say who answers a field; a field has at most one of them.
pub(super) const ANSWERED_BY: &[&str] = &["gateway", "computed", "derived", "aggregate", "merge"];

/// The parsed schema, with what is asked of it again and again.
#[derive(Clone, Copy)]
pub(super) struct Sdl<'a> {
    /// Parsed, and not necessarily valid.
    pub schema: &'a Schema,
}

/// A place that a diagnostic is about.
pub(super) struct Spot {
    code: &'static str,
    place: Place,
}

impl Spot {
    /// A problem that keeps the graph from being served.
    pub fn error(self, message: impl Into<String>, remedy: impl Into<String>) -> Diagnostic {
        self.make(Severity::Error, message.into(), remedy.into())
    }

    /// A problem with which the graph is served nevertheless.
    pub fn warning(self, message: impl Into<String>, remedy: impl Into<String>) -> Diagnostic {
        self.make(Severity::Warning, message.into(), remedy.into())
    }

    fn make(self, severity: Severity, message: String, remedy: String) -> Diagnostic {
        Diagnostic { code: self.code, severity, place: self.place, message, remedy }
    }
}

/// The place of a span; the beginning of the first file where there is none.
pub(super) fn place(sources: &SourceMap, span: Option<SourceSpan>) -> Place {
    let file = |path: &Path| Arc::from(path.display().to_string());
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let found = span.and_then(|span| Some((sources.get(&span.file_id())?, span.line_column(sources)?)));
    match found {
        Some((source, at)) => Place { file: file(source.path()), line: number(at.line), column: number(at.column) },
        None => {
            let first = sources.values().find(|source| source.path() != Path::new("built_in.graphql"));
            Place { file: first.map_or_else(|| Arc::from("schema"), |first| file(first.path())), line: 1, column: 1 }
        }
    }
}

/// A diagnostic about a span.
pub(super) fn spot(sources: &SourceMap, code: &'static str, span: Option<SourceSpan>) -> Spot {
    Spot { code, place: place(sources, span) }
}

impl<'a> Sdl<'a> {
    /// A diagnostic about a span.
    pub fn at(self, code: &'static str, span: Option<SourceSpan>) -> Spot {
        spot(&self.schema.sources, code, span)
    }

    /// The place of a span.
    pub fn place(self, span: Option<SourceSpan>) -> Place {
        place(&self.schema.sources, span)
    }

    /// The object types that people wrote, in order.
    pub fn objects(self) -> impl Iterator<Item = &'a ObjectType> {
        self.schema.types.values().filter(|ty| !ty.is_built_in()).filter_map(|ty| match ty {
            ExtendedType::Object(object) => Some(&**object),
            _ => None,
        })
    }

    /// The object types marked `@entity`, in order: an [`crate::model::EntityId`] is a place in it.
    pub fn entities(self) -> impl Iterator<Item = &'a ObjectType> {
        self.objects().filter(|object| object.directives.has("entity"))
    }

    /// The object type of that name.
    pub fn object(self, name: &str) -> Option<&'a ObjectType> {
        self.schema.get_object(name).map(|object| &**object)
    }

    /// The input type of that name.
    pub fn input(self, name: &str) -> Option<&'a InputObjectType> {
        self.schema.get_input_object(name).map(|input| &**input)
    }

    /// The enum of that name.
    pub fn enumeration(self, name: &str) -> Option<&'a EnumType> {
        self.schema.get_enum(name).map(|of| &**of)
    }

    /// The entity of that name.
    pub fn entity(self, name: &str) -> Option<&'a ObjectType> {
        self.object(name).filter(|object| object.directives.has("entity"))
    }

    /// The entity that a connection lists: of `OrderConnection`, `Order`.
    pub fn listed(self, connection: &str) -> Option<&'a ObjectType> {
        self.entity(connection.strip_suffix("Connection")?)
    }

    /// The object types that may stand where the schema says `named`: itself, or those of an interface or union.
    pub fn possible(self, named: &str) -> impl Iterator<Item = &'a ObjectType> {
        let found: Vec<&ObjectType> = if self.is_abstract(named) {
            self.objects().filter(|object| self.schema.is_subtype(named, &object.name)).collect()
        } else {
            let own = self.schema.types.get(named).filter(|ty| !ty.is_built_in());
            own.and_then(ExtendedType::as_object).into_iter().collect()
        };
        found.into_iter()
    }

    /// Whether it is an interface or union of entities alone: a field of that type is a reference.
    pub fn is_any_record(self, named: &str) -> bool {
        if !self.is_abstract(named) {
            return false;
        }
        let mut possible = self.possible(named).peekable();
        possible.peek().is_some() && possible.all(|object| object.directives.has("entity"))
    }

    fn is_abstract(self, named: &str) -> bool {
        self.schema.types.get(named).is_some_and(|ty| ty.is_interface() || ty.is_union())
    }

    /// Whether the type is answered by the gateway.
    pub fn is_gateway(self, name: &str) -> bool {
        self.object(name).is_some_and(|object| object.directives.has("gateway"))
    }

    /// Whether it is one of the three roots.
    pub fn is_root(self, name: &str) -> bool {
        self.schema.schema_definition.iter_root_operations().any(|(_, root)| root.name == name)
    }

    /// Whether it is a page of a list or a place in one.
    pub fn is_page(self, name: &str) -> bool {
        name == "PageInfo" || name.ends_with("Connection") || name.ends_with("Edge")
    }

    /// Whether the type holds nothing but figures over lists.
    pub fn is_figures(self, object: &ObjectType) -> bool {
        !object.fields.is_empty() && object.fields.values().all(|field| field.directives.has("aggregate"))
    }

    /// What answers a field; `None` where a manifest maps it.
    pub fn answered_by(self, field: &FieldDefinition) -> Option<&'static str> {
        ANSWERED_BY.iter().copied().find(|name| field.directives.has(name))
    }
}

/// The text that a directive of a field or input field has for an argument.
pub(super) fn text_of<'a>(directives: &'a FieldDirectives, directive: &str, argument: &str) -> Option<&'a str> {
    directives.get(directive)?.specified_argument_by_name(argument)?.as_str()
}

/// The value of an argument of a directive of a type.
pub(super) fn type_argument<'a>(object: &'a ObjectType, directive: &str, argument: &str) -> Option<&'a Value> {
    object.directives.get(directive)?.specified_argument_by_name(argument).map(|value| &**value)
}

/// The argument of a field.
pub(super) fn argument<'a>(field: &'a FieldDefinition, name: &str) -> Option<&'a InputValueDefinition> {
    field.arguments.iter().find(|argument| argument.name == name).map(|argument| &**argument)
}
