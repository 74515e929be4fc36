//! Several files read as one schema: ours first, then the business's own, which may add and never change (V2).

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::Schema;
use apollo_compiler::ast::{Definition, Document, FieldDefinition, InputValueDefinition, Type};
use apollo_compiler::diagnostic::ToCliReport;
use apollo_compiler::parser::{SourceMap, SourceSpan};
use apollo_compiler::schema::SchemaBuilder;
use apollo_compiler::validation::DiagnosticList;
use apollo_compiler::{Name, Node};

use super::codes;
use super::names::screaming;
use super::sdl::spot;
use crate::diagnostic::Report;

/// Parses the files; `None` where one is not GraphQL. The schema need not be valid.
pub(super) fn parse(files: &[(String, String)], report: &mut Report) -> Option<Schema> {
    let mut documents = Vec::with_capacity(files.len());
    for (name, text) in files {
        match Document::parser().parse_ast(text.as_str(), name) {
            Ok(document) => documents.push(document),
            Err(failed) => {
                for error in failed.errors.iter() {
                    let message = error.error.to_string();
                    let message = message.strip_prefix("syntax error: ").unwrap_or(&message);
                    report.push(spot(error.sources, codes::SYNTAX, error.error.location()).error(
                        format!("this is not GraphQL: {message}"),
                        "Put the syntax right here; what comes after it in the file was not read.",
                    ));
                }
            }
        }
    }
    if report.has_errors() {
        return None;
    }
    let mut known = Known::default();
    if let Some((ours, own)) = documents.split_first_mut() {
        known.learn(&ours.definitions, |_| true);
        known.ours = known.types.keys().cloned().collect();
        // What is defined comes before what is extended: the order of a business's files does not matter.
        for document in own.iter_mut() {
            known.check_definitions(document, report);
            known.learn(&document.definitions, |definition| !definition.is_extension_definition());
        }
        for document in own.iter_mut() {
            known.check_extensions(document, report);
            known.learn(&document.definitions, Definition::is_extension_definition);
        }
    }
    let mut builder = documents.iter().fold(SchemaBuilder::new(), SchemaBuilder::add_ast);
    let made = known.made(documents.get(1..).unwrap_or_default());
    if !made.is_empty() {
        builder = builder.parse(made, "(made for the entities of the extensions)");
    }
    Some(builder.build().unwrap_or_else(|failed| {
        invalid(&failed.errors, report);
        failed.partial
    }))
}

/// Turns the findings of the GraphQL rules into diagnostics.
pub(super) fn invalid(errors: &DiagnosticList, report: &mut Report) {
    for error in errors.iter() {
        report.push(spot(error.sources, codes::VALIDATION, error.error.location()).error(
            error.error.to_string(),
            "Put it right as the GraphQL specification asks: https://spec.graphql.org/draft/#sec-Type-System",
        ));
    }
}

/// What the files read so far have defined.
#[derive(Default)]
struct Known {
    /// By type; an empty text stands for a member without a type (an enum value).
    types: BTreeMap<Name, BTreeMap<Name, Signature>>,
    directives: BTreeSet<Name>,
    /// The types of the product's own file.
    ours: BTreeSet<Name>,
}

/// What two definitions of one field must agree in.
#[derive(Clone, PartialEq, Eq)]
struct Signature {
    ty: Option<Type>,
    arguments: Vec<(Name, Type)>,
}

impl Known {
    fn learn(&mut self, definitions: &[Definition], which: impl Fn(&Definition) -> bool) {
        for definition in definitions.iter().filter(|definition| which(definition)) {
            if let Definition::DirectiveDefinition(directive) = definition {
                self.directives.insert(directive.name.clone());
            } else if let Some(name) = definition.name() {
                self.types.entry(name.clone()).or_default().extend(members(definition));
            }
        }
    }

    fn check_definitions(&self, document: &mut Document, report: &mut Report) {
        let sources = document.sources.clone();
        let stays = |definition: &Definition| definition.is_extension_definition();
        document.definitions.retain(|definition| stays(definition) || self.may_define(definition, &sources, report));
    }

    fn check_extensions(&self, document: &mut Document, report: &mut Report) {
        let sources = document.sources.clone();
        let stays = |definition: &Definition| !definition.is_extension_definition();
        document.definitions.retain(|definition| stays(definition) || self.may_define(definition, &sources, report));
        for definition in &mut document.definitions {
            let Some(name) = definition.name().cloned() else { continue };
            let Some(known) = self.types.get(&name) else { continue };
            let adding = Adding { known, sources: &sources, product: self.ours.contains(&name), of: Some(name) };
            match definition {
                Definition::ObjectTypeExtension(ext) => adding.fields(&mut ext.make_mut().fields, report),
                Definition::InterfaceTypeExtension(ext) => adding.fields(&mut ext.make_mut().fields, report),
                Definition::InputObjectTypeExtension(ext) => adding.inputs(&mut ext.make_mut().fields, report),
                Definition::EnumTypeExtension(ext) => {
                    ext.make_mut().values.retain(|value| adding.is_new(&value.value, &Signature::VALUE, report));
                }
                _ => {}
            }
        }
    }

    /// Whether a definition of an extension file is new, or adds to what there is.
    fn may_define(&self, definition: &Definition, sources: &SourceMap, report: &mut Report) -> bool {
        let (what, span) = match definition {
            Definition::SchemaDefinition(_) | Definition::SchemaExtension(_) => {
                ("the roots of the schema".to_owned(), definition.location())
            }
            Definition::DirectiveDefinition(directive) if self.directives.contains(&directive.name) => {
                (format!("`@{}`", directive.name), directive.name.location())
            }
            _ => match definition.name() {
                Some(name) if self.types.contains_key(name) => {
                    if definition.is_extension_definition() && definition.directives().is_empty() {
                        return true;
                    }
                    (format!("`{name}`"), name.location())
                }
                _ => return true,
            },
        };
        report.push(spot(sources, codes::REDEFINED, span).error(
            format!("{what} is already defined, and an extension may not define it again or put directives on it"),
            "Add to it with `extend` and without directives, or take another name.",
        ));
        false
    }

    /// The connections, edges and record types that an extension may leave out.
    fn made(&self, extensions: &[Document]) -> String {
        let mut text = String::new();
        let gaps = if self.has("SourceGap") { "  incomplete: [SourceGap!]!\n" } else { "" };
        let (list, place) = match self.directives.contains("semanticNonNull") {
            true => (" @semanticNonNull(levels: [1])", " @semanticNonNull"),
            false => ("", ""),
        };
        for definition in extensions.iter().flat_map(|document| &document.definitions) {
            let Definition::ObjectTypeDefinition(object) = definition else { continue };
            if !object.directives.has("entity") {
                continue;
            }
            let name = &object.name;
            if !self.has(&format!("{name}Connection")) {
                text += &format!(
                    "type {name}Connection {{\n  nodes: [{name}]!{list}\n  edges: [{name}Edge!]!\n  pageInfo: PageInfo!\n  totalCount: Int\n{gaps}}}\n"
                );
            }
            if !self.has(&format!("{name}Edge")) {
                text += &format!("type {name}Edge {{\n  cursor: String!\n  node: {name}{place}\n}}\n");
            }
            let value = screaming(name);
            if self.types.get("RecordType").is_some_and(|values| !values.contains_key(value.as_str())) {
                text += &format!("extend enum RecordType {{\n  {value}\n}}\n");
            }
        }
        text
    }

    fn has(&self, name: &str) -> bool {
        self.types.contains_key(name)
    }
}

/// Members that an extension adds to a type that is already there.
struct Adding<'a> {
    known: &'a BTreeMap<Name, Signature>,
    sources: &'a SourceMap,
    /// Whether the type is the product's: there are records and clients of it already.
    product: bool,
    of: Option<Name>,
}

impl Adding<'_> {
    fn fields(&self, fields: &mut Vec<Node<FieldDefinition>>, report: &mut Report) {
        fields.retain(|field| self.is_new(&field.name, &Signature::of_field(field), report));
        for field in fields.iter().filter(|field| field.ty.is_non_null()) {
            self.required(&field.name, field.name.location(), report);
        }
    }

    fn inputs(&self, fields: &mut Vec<Node<InputValueDefinition>>, report: &mut Report) {
        fields.retain(|field| self.is_new(&field.name, &Signature::of_input(field), report));
        for field in fields.iter().filter(|field| field.is_required()) {
            self.required(&field.name, field.name.location(), report);
        }
    }

    fn required(&self, name: &Name, span: Option<SourceSpan>, report: &mut Report) {
        if !self.product {
            return;
        }
        report.push(spot(self.sources, codes::ADDED_NON_NULL, span).error(
            format!("{} is added to a type of the product, and is required", self.coordinate(name)),
            "Take the outer `!` away: records (and clients) that are there already do not have it.",
        ));
    }

    /// Whether the member is not there yet; reports it where it is.
    fn is_new(&self, name: &Name, signature: &Signature, report: &mut Report) -> bool {
        let Some(known) = self.known.get(name) else { return true };
        let coordinate = self.coordinate(name);
        report.push(if known == signature {
            spot(self.sources, codes::ADDED_TWICE, name.location())
                .warning(format!("{coordinate} is already there, and the same"), "Take it out of the extension.")
        } else {
            spot(self.sources, codes::REDEFINED, name.location()).error(
                format!("{coordinate} is already there, and is another"),
                "Take another name, or leave it out and use the one there is.",
            )
        });
        false
    }

    fn coordinate(&self, member: &Name) -> String {
        self.of.as_ref().map_or_else(|| format!("`{member}`"), |of| format!("`{of}.{member}`"))
    }
}

impl Signature {
    /// Of an enum value.
    const VALUE: Self = Self { ty: None, arguments: Vec::new() };

    fn of_field(field: &FieldDefinition) -> Self {
        let arguments = field.arguments.iter().map(|argument| (argument.name.clone(), (*argument.ty).clone()));
        Self { ty: Some(field.ty.clone()), arguments: arguments.collect() }
    }

    fn of_input(field: &InputValueDefinition) -> Self {
        Self { ty: Some((*field.ty).clone()), arguments: Vec::new() }
    }
}

fn members(definition: &Definition) -> Vec<(Name, Signature)> {
    let fields = |fields: &[Node<FieldDefinition>]| {
        fields.iter().map(|field| (field.name.clone(), Signature::of_field(field))).collect()
    };
    let inputs = |inputs: &[Node<InputValueDefinition>]| {
        inputs.iter().map(|field| (field.name.clone(), Signature::of_input(field))).collect()
    };
    match definition {
        Definition::ObjectTypeDefinition(ty) => fields(&ty.fields),
        Definition::ObjectTypeExtension(ty) => fields(&ty.fields),
        Definition::InterfaceTypeDefinition(ty) => fields(&ty.fields),
        Definition::InterfaceTypeExtension(ty) => fields(&ty.fields),
        Definition::InputObjectTypeDefinition(ty) => inputs(&ty.fields),
        Definition::InputObjectTypeExtension(ty) => inputs(&ty.fields),
        Definition::EnumTypeDefinition(ty) => {
            ty.values.iter().map(|value| (value.value.clone(), Signature::VALUE)).collect()
        }
        Definition::EnumTypeExtension(ty) => {
            ty.values.iter().map(|value| (value.value.clone(), Signature::VALUE)).collect()
        }
        _ => Vec::new(),
    }
}
