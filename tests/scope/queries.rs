//! Random queries over whatever is served: every selection the schema allows can come up, with aliases, fragments,
//! variables, directives, filters, and ids and cursors that were given to somebody else.

use std::fmt::Write as _;

use apollo_compiler::Schema;
use apollo_compiler::ast::{FieldDefinition, InputValueDefinition, Type};
use apollo_compiler::schema::ExtendedType;
use serde_json::{Map, Value, json};

use crate::chance::Chance;

/// Composite fields of one query: enough to be deep or wide, not both.
const FIELDS: usize = 14;
/// How deep records stand in records.
const DEEPEST: usize = 7;

/// What was given out before, to anybody.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    /// Ids, with the types of their records.
    pub ids: Vec<(String, String)>,
    /// Cursors of any list.
    pub cursors: Vec<String>,
    /// Numbers, subjects, references: what somebody could search by.
    pub words: Vec<String>,
}

impl Pool {
    /// Takes in what an answer gives out.
    pub fn harvest(&mut self, answer: &Value) {
        match answer {
            Value::Object(members) => {
                if let (Some(Value::String(kind)), Some(Value::String(id))) =
                    (members.get("__typename"), members.get("id"))
                {
                    self.ids.push((kind.clone(), id.clone()));
                }
                for name in ["cursor", "endCursor"] {
                    self.cursors.extend(members.get(name).and_then(Value::as_str).map(str::to_owned));
                }
                for name in ["number", "customerReference", "subject", "sku", "name"] {
                    self.words.extend(members.get(name).and_then(Value::as_str).map(str::to_owned));
                }
                members.values().for_each(|member| self.harvest(member));
            }
            Value::Array(items) => items.iter().for_each(|item| self.harvest(item)),
            _ => {}
        }
    }

    /// Each once, in an order that is the same for the same records.
    pub fn settle(&mut self) {
        self.ids.sort();
        self.ids.dedup();
        for texts in [&mut self.cursors, &mut self.words] {
            texts.sort();
            texts.dedup();
        }
    }
}

/// A query and its variables.
#[derive(Debug, Clone)]
pub struct Asked {
    pub document: String,
    pub variables: Map<String, Value>,
}

/// A valid query over `schema`.
pub fn query(schema: &Schema, pool: &Pool, chance: &mut Chance) -> Asked {
    let mut asking = Asking {
        schema,
        pool,
        chance,
        next: 0,
        left: FIELDS,
        fragments: Vec::new(),
        declared: vec!["$yes: Boolean! = true".to_owned(), "$no: Boolean! = false".to_owned()],
        variables: Map::new(),
    };
    let selection = asking.root();
    let Asking { fragments, declared, variables, .. } = asking;
    let mut document = format!("query Random({}) {selection}\n", declared.join(", "));
    // Both are used, so that the document is valid.
    let used = "query Random(";
    debug_assert!(document.starts_with(used));
    document = document.replacen(" {", " { yes: __typename @include(if: $yes) no: __typename @skip(if: $no)", 1);
    fragments.iter().for_each(|fragment| {
        let _ = writeln!(document, "{fragment}");
    });
    Asked { document, variables }
}

struct Asking<'a> {
    schema: &'a Schema,
    pool: &'a Pool,
    chance: &'a mut Chance,
    /// Numbers aliases, fragments and variables.
    next: usize,
    /// Composite fields that may still come.
    left: usize,
    fragments: Vec<String>,
    declared: Vec<String>,
    variables: Map<String, Value>,
}

impl Asking<'_> {
    /// Two to four roots: the signed-in person first, since everything can be reached from there.
    fn root(&mut self) -> String {
        let name = self.schema.schema_definition.query.as_ref().expect("a query type").to_string();
        let Some(ExtendedType::Object(query)) = self.schema.types.get(name.as_str()) else { panic!("a query type") };
        let fields: Vec<_> = query.fields.values().map(|field| (***field).clone()).collect();
        let viewer = fields.iter().find(|field| field.name == "viewer").expect("a viewer");
        let mut text = format!("{{ {}", self.field(viewer, (0, true)));
        for _ in 0..1 + self.chance.below(3) {
            let field = self.chance.one(&fields).clone();
            let _ = write!(text, " {}", self.field(&field, (0, true)));
        }
        text + " }"
    }

    fn unique(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{}", self.next)
    }

    /// A selection set of a type. Where records of several kinds may stand together (`mixed`), nothing goes by its own
    /// name: fields of one name need not have one type.
    fn selection(&mut self, kind: &str, (depth, mixed): (usize, bool)) -> String {
        let (fields, object) = match self.schema.types.get(kind) {
            Some(ExtendedType::Object(object)) => (object.fields.values(), true),
            Some(ExtendedType::Interface(interface)) => (interface.fields.values(), false),
            other => panic!("{kind} has no fields: {other:?}"),
        };
        let fields: Vec<FieldDefinition> = fields.map(|field| (***field).clone()).collect();
        let mixed = mixed || !object;
        let (composite, leaves): (Vec<_>, Vec<_>) = fields.iter().partition(|field| self.is_composite(field));
        let mut parts = vec!["__typename".to_owned()];
        if leaves.iter().any(|field| field.name == "id") {
            parts.push("id".to_owned());
        }
        for _ in 0..self.chance.below(4) {
            if let Some(leaf) = (!leaves.is_empty()).then(|| *self.chance.one(&leaves)) {
                parts.push(self.field(leaf, (depth, mixed)));
            }
        }
        let most = if depth == 0 { 4 } else { 3 };
        for _ in 0..1 + self.chance.below(most) {
            if composite.is_empty() || self.left == 0 || depth >= DEEPEST {
                break;
            }
            let field = *self.chance.one(&composite);
            parts.push(self.field(field, (depth + 1, mixed)));
        }
        if !object {
            parts.extend(self.kinds(kind, depth));
        }
        format!("{{ {} }}", parts.join(" "))
    }

    /// Fragments on some of the kinds of records that an interface stands for.
    fn kinds(&mut self, interface: &str, depth: usize) -> Vec<String> {
        let implementers = self.schema.implementers_map();
        let mut kinds: Vec<String> = implementers
            .get(interface)
            .map(|all| all.objects.iter().map(ToString::to_string).collect())
            .unwrap_or_default();
        kinds.sort();
        let mut parts = Vec::new();
        for _ in 0..self.chance.below(4) {
            if kinds.is_empty() || depth >= DEEPEST {
                break;
            }
            let kind = self.chance.one(&kinds).clone();
            let inside = self.selection(&kind, (depth + 1, true));
            parts.push(self.fragment(&kind, inside));
        }
        parts
    }

    /// A selection as a fragment, inline or by name.
    fn fragment(&mut self, kind: &str, inside: String) -> String {
        if self.chance.once_in(2) {
            let name = self.unique("F");
            self.fragments.push(format!("fragment {name} on {kind} {inside}"));
            format!("...{name}")
        } else {
            format!("... on {kind} {inside}")
        }
    }

    fn is_composite(&self, field: &FieldDefinition) -> bool {
        let kind = self.schema.types.get(field.ty.inner_named_type());
        matches!(kind, Some(ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_)))
    }

    fn field(&mut self, field: &FieldDefinition, (depth, mixed): (usize, bool)) -> String {
        let composite = self.is_composite(field);
        let arguments: Vec<String> =
            field.arguments.iter().filter_map(|argument| self.argument(argument, field)).collect();
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        let plain = !composite && arguments.is_empty() && !mixed && !self.chance.once_in(3);
        let alias = if plain { String::new() } else { format!("{}: ", self.unique("f")) };
        let directive = match self.chance.below(12) {
            11 if composite => " @live",
            10 => " @include(if: $yes)",
            9 => " @skip(if: $no)",
            _ => "",
        };
        let mut text = format!("{alias}{}{arguments}{directive}", field.name);
        if composite {
            self.left = self.left.saturating_sub(1);
            let kind = field.ty.inner_named_type().to_string();
            let mut inside = self.selection(&kind, (depth, mixed));
            if self.chance.once_in(4) {
                inside = format!("{{ {} }}", self.fragment(&kind, inside));
            }
            let _ = write!(text, " {inside}");
        }
        text
    }

    fn argument(&mut self, argument: &InputValueDefinition, of: &FieldDefinition) -> Option<String> {
        if !argument.is_required() && !self.chance.once_in(2) {
            return None;
        }
        let value = match argument.name.as_str() {
            "first" => (1 + self.chance.below(5)).to_string(),
            "after" => json!(self.pick(&self.pool.cursors.clone())?).to_string(),
            "locale" => json!(["de", "en", "nl-NL"][self.chance.below(3)]).to_string(),
            "id" => self.id(of.ty.inner_named_type()),
            "ids" => {
                let ids: Vec<String> = (0..1 + self.chance.below(6)).map(|_| self.id("Node")).collect();
                format!("[{}]", ids.join(", "))
            }
            "text" => json!(["broke", "deal", "item"][self.chance.below(3)]).to_string(),
            _ => self.literal(&argument.ty),
        };
        Some(format!("{}: {value}", argument.name))
    }

    fn pick(&mut self, of: &[String]) -> Option<String> {
        (!of.is_empty()).then(|| self.chance.one(of).clone())
    }

    /// An id that somebody was given, mostly of the type that is asked for, as a literal or a variable.
    fn id(&mut self, kind: &str) -> String {
        let fitting: Vec<&(String, String)> =
            self.pool.ids.iter().filter(|(of, _)| kind == "Node" || of == kind).collect();
        let all: Vec<&(String, String)> = self.pool.ids.iter().collect();
        let from = if fitting.is_empty() || self.chance.once_in(10) { &all } else { &fitting };
        let id = if from.is_empty() { "AQ".to_owned() } else { self.chance.one(from).1.clone() };
        if !self.chance.once_in(3) {
            return json!(id).to_string();
        }
        let name = self.unique("v");
        self.declared.push(format!("${name}: ID!"));
        self.variables.insert(name.clone(), json!(id));
        format!("${name}")
    }

    /// A value of an input type.
    fn literal(&mut self, kind: &Type) -> String {
        if kind.is_list() {
            let items: Vec<String> = (0..1 + self.chance.below(3)).map(|_| self.literal(kind.item_type())).collect();
            return format!("[{}]", items.join(", "));
        }
        let name = kind.inner_named_type().as_str();
        match self.schema.types.get(name) {
            Some(ExtendedType::Enum(of)) => {
                let values: Vec<String> = of.values.keys().map(ToString::to_string).collect();
                self.chance.one(&values).clone()
            }
            Some(ExtendedType::InputObject(of)) => {
                let fields: Vec<InputValueDefinition> = of.fields.values().map(|field| (***field).clone()).collect();
                let mut members = Vec::new();
                for field in fields {
                    if field.is_required() || self.chance.once_in(3) {
                        members.push(format!("{}: {}", field.name, self.literal(&field.ty)));
                    }
                }
                format!("{{ {} }}", members.join(", "))
            }
            _ => match name {
                "Int" => (1 + self.chance.below(5)).to_string(),
                "Decimal" => format!("\"{}\"", 1 + self.chance.below(5)),
                "Boolean" => self.chance.once_in(2).to_string(),
                "Date" => format!("\"2026-03-{:02}\"", 1 + self.chance.below(28)),
                "DateTime" => format!("\"2026-09-{:02}T00:00:00Z\"", 1 + self.chance.below(28)),
                _ => json!(self.pick(&self.pool.words.clone()).unwrap_or_default()).to_string(),
            },
        }
    }
}
