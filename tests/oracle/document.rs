//! Random documents over a served schema, with their variables. Most are right; some have one mistake.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use serde_json::{Map, Value};

use crate::chance::Chance;
use crate::fragments::Possible;
use crate::inputs::{Inputs, literal};
use crate::tally::Features;

/// A document with what goes with it.
pub struct Asked {
    pub document: String,
    pub operation: Option<String>,
    pub variables: Value,
    /// What of the language is in it.
    pub features: Features,
}

/// The deepest selection.
const DEEPEST: usize = 6;

pub(crate) struct Writer<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) possible: &'a Possible,
    pub(crate) chance: &'a mut Chance,
    pub(crate) features: Features,
    /// One mistake is to be made.
    may_slip: bool,
    /// It may still be made.
    pub(crate) mistake: bool,
    /// Declarations of variables.
    pub(crate) declared: Vec<String>,
    pub(crate) variables: Map<String, Value>,
    /// Fragments, with the type they are on; those without a text yet are being written.
    pub(crate) fragments: Vec<(String, String, String)>,
    /// The arguments of a field, so that the same response key asks the same.
    arguments: BTreeMap<String, String>,
    /// Selections that may still be written.
    budget: usize,
}

/// A random request.
pub fn asked(schema: &Schema, possible: &Possible, chance: &mut Chance) -> Asked {
    let mistake = chance.below(4) == 0;
    let budget = 6 + chance.below(40);
    let writer = Writer {
        schema,
        possible,
        chance,
        features: Features::default(),
        may_slip: mistake,
        mistake,
        declared: Vec::new(),
        variables: Map::new(),
        fragments: Vec::new(),
        arguments: BTreeMap::new(),
        budget,
    };
    writer.request()
}

impl Writer<'_> {
    /// Whether to make the one mistake here.
    pub(crate) fn slips(&mut self, of: usize) -> bool {
        let slips = self.mistake && self.chance.below(of) == 0;
        self.mistake &= !slips;
        slips
    }

    fn request(mut self) -> Asked {
        let selection = self.selection("Query", 0);
        let mut operation = None;
        let mut name = String::new();
        let several = self.chance.once_in(8);
        if several || self.chance.once_in(3) {
            name = "Main".to_owned();
        }
        let mut document = String::new();
        if several {
            self.features.count("several operations");
            operation = Some(if self.slips(4) { "Nobody".to_owned() } else { name.clone() });
            if self.slips(4) {
                operation = None;
            }
            let other = if self.slips(4) { "Main" } else { "Other" };
            let _ = write!(document, "query {other} {{ __typename }}\n\n");
        } else if !name.is_empty() && self.chance.once_in(2) {
            operation = Some(name.clone());
        }
        if self.slips(20) {
            self.declared.push("$unused: Int".to_owned());
        }
        if self.slips(20) && !self.declared.is_empty() {
            let at = self.chance.below(self.declared.len());
            self.declared.remove(at);
        }
        if self.slips(20) && !self.declared.is_empty() {
            let at = self.chance.below(self.declared.len());
            self.declared.push(self.declared[at].clone());
        }
        let declared = match self.declared.is_empty() {
            true => String::new(),
            false => format!("({})", self.declared.join(", ")),
        };
        let live = if self.chance.once_in(30) { " @live" } else { "" };
        let keyword = if name.is_empty() && declared.is_empty() && live.is_empty() && self.chance.once_in(2) {
            ""
        } else {
            "query "
        };
        let _ = writeln!(document, "{keyword}{name}{declared}{live}{selection}");
        if self.slips(15) {
            self.fragments.push(("Unused".to_owned(), "Query".to_owned(), "{\n  __typename\n}".to_owned()));
        }
        for (name, on, text) in &self.fragments {
            let _ = write!(document, "\nfragment {name} on {on} {text}\n");
        }
        if self.slips(8) {
            document = self.garbled(&document);
        }
        if self.mistake && self.chance.once_in(2) {
            self.wrong_variables();
        }
        self.features.mistaken = self.may_slip && !self.mistake;
        Asked { document, operation, variables: Value::Object(self.variables), features: self.features }
    }

    /// A selection set of a type, with its braces.
    pub(crate) fn selection(&mut self, ty: &str, depth: usize) -> String {
        let count = 1 + self.chance.below(if depth == 0 { 5 } else { 4 });
        let mut lines = Vec::new();
        for _ in 0..count {
            if self.budget == 0 && !lines.is_empty() {
                break;
            }
            self.budget = self.budget.saturating_sub(1);
            let line = match self.chance.below(8) {
                0 if depth < DEEPEST => self.inline(ty, depth),
                1 if depth < DEEPEST && ty != "Query" => self.spread(ty, depth),
                2 if depth == 0 && self.chance.once_in(4) => self.spread(ty, depth),
                _ => self.field(ty, depth),
            };
            lines.push(line);
        }
        if self.slips(60) {
            lines.clear();
        }
        let indent = "  ".repeat(depth + 1);
        let lines: String = lines.into_iter().map(|line| format!("{indent}{line}\n")).collect();
        format!(" {{\n{lines}{}}}", "  ".repeat(depth))
    }

    fn fields(&self, ty: &str) -> Vec<FieldDefinition> {
        let fields = match self.schema.types.get(ty) {
            Some(ExtendedType::Object(object)) => &object.fields,
            Some(ExtendedType::Interface(interface)) => &interface.fields,
            _ => return Vec::new(),
        };
        fields.values().map(|field| (***field).clone()).collect()
    }

    fn is_composite(&self, ty: &Type) -> bool {
        let ty = self.schema.types.get(ty.inner_named_type());
        ty.is_some_and(|ty| ty.is_object() || ty.is_interface() || ty.is_union())
    }

    fn field(&mut self, ty: &str, depth: usize) -> String {
        let mut fields = self.fields(ty);
        if depth >= DEEPEST || self.budget == 0 {
            fields.retain(|field| !self.is_composite(&field.ty));
        }
        if self.slips(30) {
            return "nothing".to_owned();
        }
        if fields.is_empty() || self.chance.once_in(14) {
            self.features.count("__typename");
            let alias = if self.chance.once_in(4) { "kind_: " } else { "" };
            return format!("{alias}__typename{}", self.directives("FIELD"));
        }
        if ty == "Query" && depth == 0 && self.chance.once_in(25) {
            self.features.count("introspection");
            return self.introspection();
        }
        let field = self.chance.one(&fields).clone();
        let (key, arguments) = self.called(ty, &field);
        let directives = self.directives("FIELD");
        let mut sub = match self.is_composite(&field.ty) {
            true => self.selection(field.ty.inner_named_type(), depth + 1),
            false => String::new(),
        };
        if self.slips(50) {
            sub = if sub.is_empty() { " { id }".to_owned() } else { String::new() };
        }
        format!("{key}{}{arguments}{directives}{sub}", field.name)
    }

    fn introspection(&mut self) -> String {
        let types = self.schema.types.iter().filter(|(_, ty)| !ty.is_built_in());
        let types: Vec<String> = types.map(|(name, _)| name.to_string()).collect();
        let name = self.chance.one(&types).clone();
        let input = "name description defaultValue isDeprecated deprecationReason type { name kind ofType { name } }";
        let all = if self.chance.once_in(2) { "(includeDeprecated: true)" } else { "" };
        let ty = format!(
            "kind name description specifiedByURL isOneOf interfaces {{ name }} possibleTypes {{ name __typename }}
            fields{all} {{ name description isDeprecated deprecationReason args{all} {{ {input} }}
              type {{ kind name ofType {{ kind name isOneOf ofType {{ name kind }} }} }} }}
            enumValues{all} {{ name description isDeprecated deprecationReason }} inputFields{all} {{ {input} }}"
        );
        match self.chance.below(3) {
            0 => format!("__type(name: \"{name}\") {{ {ty} ... on __Type {{ kind again: name }} }}"),
            1 => format!(
                "__schema {{ description queryType {{ name }} mutationType {{ name }} subscriptionType {{ name }}
                types {{ name kind }} directives {{ name description isRepeatable locations args{all} {{ {input} }} }} }}"
            ),
            _ => format!("all: __schema {{ types {{ {ty} }} }}"),
        }
    }

    /// The alias and the arguments of a field: of one response key they are mostly the same.
    fn called(&mut self, ty: &str, field: &FieldDefinition) -> (String, String) {
        if self.slips(40) {
            // Two things under one name.
            let others = ["a", "id", "label", "nodes"];
            return (format!("{}: ", self.chance.one(&others)), self.arguments(field));
        }
        if field.arguments.is_empty() {
            if self.slips(60) {
                return (String::new(), "(nothing: 1)".to_owned());
            }
            let alias = if self.chance.once_in(5) { format!("{}_: ", field.name) } else { String::new() };
            if !alias.is_empty() {
                self.features.count("aliases");
            }
            return (alias, String::new());
        }
        let number = self.chance.below(3);
        let memo = format!("{ty}.{}.{number}", field.name);
        let key = if number == 0 { String::new() } else { format!("{}_{number}: ", field.name) };
        if let Some(known) = self.arguments.get(&memo).filter(|_| !self.mistake || self.chance.below(4) > 0) {
            self.features.count("merged arguments");
            return (key, known.clone());
        }
        let arguments = self.arguments(field);
        self.arguments.insert(memo, arguments.clone());
        // Types that share an interface ask alike where they can, so that their selections merge.
        (
            if self.chance.once_in(3) && ty != "Query" { format!("{}_{ty}_{number}: ", field.name) } else { key },
            arguments,
        )
    }

    fn arguments(&mut self, field: &FieldDefinition) -> String {
        let mut given = Vec::new();
        for argument in &field.arguments {
            let required = argument.is_required();
            let left_out = if required { self.slips(10) } else { self.chance.below(3) == 0 };
            if left_out {
                continue;
            }
            let value = match (field.name.as_str(), argument.name.as_str()) {
                (_, "first") if self.chance.below(5) > 0 => (1 + self.chance.below(4)).to_string(),
                (_, "after") => ["null", "\"not a cursor\""][usize::from(self.chance.once_in(8))].to_owned(),
                _ => self.input(&argument.ty, argument.default_value.is_some(), 0),
            };
            given.push(format!("{}: {value}", argument.name));
        }
        if self.slips(40) {
            given.push("nothing: 1".to_owned());
        }
        if self.slips(40) && !given.is_empty() {
            given.push(given[0].clone());
        }
        // Their order means nothing.
        if self.chance.once_in(4) {
            given.reverse();
        }
        if given.is_empty() { String::new() } else { format!("({})", given.join(", ")) }
    }

    /// A value for an argument: written out, or a variable, or both.
    fn input(&mut self, ty: &Type, has_default: bool, depth: usize) -> String {
        literal(self, Inputs { ty: ty.clone(), has_default, one_of: false, depth })
    }
}
