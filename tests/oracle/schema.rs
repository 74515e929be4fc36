//! Random schemas that keep our rules: entities that refer to each other, values in values, interfaces, unions, enums,
//! inputs and lists. What is written here is added to `base.graphql`.

use std::fmt::Write as _;

use crate::chance::Chance;

/// What every schema begins with.
pub const BASE: &str = include_str!("base.graphql");

const ENTITIES: [&str; 4] = ["Thing", "Item", "Story", "Crate"];
const VALUES: [&str; 3] = ["Spot", "Part", "Mark"];
/// Fields that entities share: of one name there is one type, so that selections over several kinds merge (A4).
const SCALARS: [(&str, &str); 7] = [
    ("label", "String"),
    ("count", "Int"),
    ("flag", "Boolean"),
    ("colour", "Colour"),
    ("amount", "Decimal"),
    ("day", "Date"),
    ("big", "Long"),
];

/// A field that entities may have.
struct Pooled {
    name: &'static str,
    /// The whole type, with `?` where the name of a value, entity or the like goes.
    form: String,
    of: Of,
}

#[derive(Clone, Copy, PartialEq)]
enum Of {
    Scalar(&'static str),
    Value,
    Entity,
    Abstract,
}

struct Maker<'c> {
    chance: &'c mut Chance,
    out: String,
    entities: Vec<&'static str>,
    values: Vec<&'static str>,
    /// Types of references besides entities.
    abstracts: Vec<&'static str>,
}

/// The text of a random schema, without its beginning.
pub fn schema(chance: &mut Chance) -> String {
    let entities = ENTITIES[..2 + chance.below(3)].to_vec();
    let values = VALUES[..1 + chance.below(3)].to_vec();
    let abstracts = vec!["Node", "Record", "Labelled", "Either"];
    let mut maker = Maker { chance, out: String::new(), entities, values, abstracts };
    maker.enums();
    maker.inputs();
    let pool = maker.pool();
    maker.abstract_types(&pool);
    maker.value_types();
    maker.entity_types(&pool);
    maker.query();
    maker.out
}

impl Maker<'_> {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// A type with random lists and null marks around `named`.
    fn form(&mut self, named: &str, lists: usize) -> String {
        let mut form = named.to_owned();
        for level in 0..=lists {
            if self.chance.below(3) == 0 {
                form.push('!');
            }
            if level < lists {
                form = format!("[{form}]");
            }
        }
        form
    }

    fn enums(&mut self) {
        self.put("enum Colour {\n  RED\n  GREEN\n  BLUE\n  OTHER\n}\n\nenum Size {\n  SMALL\n  LARGE\n  OTHER\n}\n\n");
    }

    fn inputs(&mut self) {
        let mut wish = String::new();
        let fields = [
            ("number", "Int", ["3", "-1"]),
            ("colour", "Colour", ["RED", "GREEN"]),
            ("text", "String", ["\"deep\"", "\"\""]),
            ("on", "Boolean", ["true", "false"]),
            ("day", "Date", ["\"2026-03-01\"", "\"2026-12-31\""]),
            ("size", "[Size!]", ["[SMALL]", "LARGE"]),
            ("grid", "[[Int]]", ["[[1], [2, null]]", "[]"]),
            ("amount", "Decimal", ["\"1.50\"", "\"2\""]),
        ];
        for (name, ty, defaults) in fields {
            if self.chance.once_in(3) {
                continue;
            }
            let bang = if self.chance.once_in(3) { "!" } else { "" };
            let default = match self.chance.below(3) {
                0 => format!(" = {}", self.chance.one(&defaults)),
                1 if bang.is_empty() && self.chance.once_in(3) => " = null".to_owned(),
                _ => String::new(),
            };
            let _ = writeln!(wish, "  {name}: {ty}{bang}{default}");
        }
        let detail = if self.chance.once_in(2) { " = { on: true, text: \"given\" }" } else { "" };
        let on = if self.chance.once_in(2) { "Boolean!" } else { "Boolean! = true" };
        let picked = self.form("Int", 1).trim_end_matches('!').to_owned();
        let _ = write!(
            self.out,
            "input Wish {{\n{wish}  detail: Detail{detail}\n  details: [Detail!]\n  pick: Pick\n  picks: [[Pick!]]\n}}\n\n\
             input Detail {{\n  on: {on}\n  text: String\n  more: Wish\n}}\n\n\
             input Pick @oneOf {{\n  number: Int\n  text: String\n  list: {picked}\n  detail: Detail\n  pick: Pick\n}}\n\n"
        );
    }

    fn pool(&mut self) -> Vec<Pooled> {
        let mut pool = Vec::new();
        for (name, ty) in SCALARS {
            pool.push(Pooled { name, form: self.form("?", 0), of: Of::Scalar(ty) });
        }
        for (name, ty, lists) in
            [("words", "String", 1), ("grid", "Int", 2), ("sizes", "Size", 1), ("flags", "Boolean", 3)]
        {
            pool.push(Pooled { name, form: self.form("?", lists), of: Of::Scalar(ty) });
        }
        for (name, lists) in [("spot", 0), ("place", 0), ("parts", 1), ("layers", 2)] {
            pool.push(Pooled { name, form: self.form("?", lists), of: Of::Value });
        }
        for (name, lists) in [("owner", 0), ("parent", 0), ("others", 1)] {
            pool.push(Pooled { name, form: self.form("?", lists), of: Of::Entity });
        }
        for (name, lists) in [("topic", 0), ("about", 0), ("related", 1)] {
            pool.push(Pooled { name, form: self.form("?", lists), of: Of::Abstract });
        }
        pool
    }

    fn abstract_types(&mut self, pool: &[Pooled]) {
        let label = pool[0].form.replace('?', "String");
        let count = pool[1].form.replace('?', "Int");
        let under = if self.chance.once_in(2) { " implements Node" } else { "" };
        let id = if under.is_empty() { "" } else { "  id: ID!\n" };
        let _ = write!(self.out, "interface Labelled{under} {{\n{id}  label: {label}\n}}\n\n");
        let _ = write!(
            self.out,
            "interface Counted implements Labelled{} {{\n{id}  label: {label}\n  count: {count}\n}}\n\n",
            under.replace(" implements", " &")
        );
        let members = self.entities[..1 + self.chance.below(self.entities.len())].join(" | ");
        let account = if self.chance.once_in(3) { " | Account" } else { "" };
        let _ = write!(self.out, "union Either = {members}{account}\n\n");
        self.put("interface Marked {\n  number: Int\n}\n\n");
    }

    fn value_types(&mut self) {
        for at in 0..self.values.len() {
            let name = self.values[at];
            let marked = self.chance.once_in(2);
            let number = if marked {
                ["Int", "Int!"][self.chance.below(2)]
            } else {
                ["String", "Int", "[Int]"][self.chance.below(3)]
            };
            let mut fields = format!("  number: {number}\n");
            let leaves = [
                ("text", "String", 0),
                ("flag", "Boolean", 0),
                ("tone", "Colour", 0),
                ("label", "String", 0),
                ("grid", "Int", 2),
            ];
            for (field, ty, lists) in leaves {
                if self.chance.once_in(2) {
                    let ty = if self.chance.once_in(6) { "Int" } else { ty };
                    let _ = writeln!(fields, "  {field}: {}", self.form(ty, lists));
                }
            }
            if self.chance.once_in(2) {
                // A value that must hold itself could never be made.
                let inside = self.values[self.chance.below(at + 1)];
                let form = self.form(inside, 0);
                let _ =
                    writeln!(fields, "  inside: {}", if inside == name { form.trim_end_matches('!') } else { &form });
            }
            if self.chance.once_in(2) {
                let inside = self.values[self.chance.below(at + 1)];
                let form = self.form(inside, 1);
                let _ = writeln!(fields, "  more: {form}");
            }
            if self.chance.once_in(2) {
                let to = self.entity();
                let _ = writeln!(fields, "  owner: {}", self.form(to, 0));
            }
            if self.chance.once_in(3) {
                let to = self.any();
                let _ = writeln!(fields, "  related: {}", self.form(to, 1));
            }
            let implements = if marked { " implements Marked" } else { "" };
            let _ = write!(self.out, "type {name}{implements} {{\n{fields}}}\n\n");
        }
    }

    fn entity(&mut self) -> &'static str {
        if self.chance.once_in(8) {
            return ["Account", "Contact"][self.chance.below(2)];
        }
        self.entities[self.chance.below(self.entities.len())]
    }

    fn any(&mut self) -> &'static str {
        self.abstracts[self.chance.below(self.abstracts.len())]
    }

    fn entity_types(&mut self, pool: &[Pooled]) {
        let names = self.entities.clone();
        // What refers to an entity, so that the entity can list it.
        let mut references: Vec<(&str, &str, &str)> = Vec::new();
        let mut bodies = Vec::new();
        for name in names.iter().copied().chain(["Account", "Contact"]) {
            let counted = self.chance.once_in(2);
            let labelled = counted || self.chance.once_in(2) || name == names[0];
            let mut body = String::new();
            for field in pool {
                let asked = (labelled && field.name == "label") || (counted && field.name == "count");
                if !asked && self.chance.below(5) < 2 {
                    continue;
                }
                let to = match field.of {
                    Of::Scalar(ty) => ty,
                    Of::Value => self.values[self.chance.below(self.values.len())],
                    Of::Entity => self.entity(),
                    Of::Abstract => self.any(),
                };
                if field.of == Of::Entity && !field.form.contains('[') {
                    references.push((name, field.name, to));
                }
                let _ = writeln!(body, "  {}: {}", field.name, field.form.replace('?', to));
            }
            self.own_fields(&mut body);
            let implements = match (labelled, counted) {
                (_, true) => " & Labelled & Counted",
                (true, _) => " & Labelled",
                _ => "",
            };
            bodies.push((name, implements, body));
        }
        for (name, implements, mut body) in bodies {
            for (from, field, _) in references.iter().filter(|(_, _, to)| *to == name) {
                if self.chance.once_in(4) {
                    continue;
                }
                let list = format!("{}sBy{}", from.to_lowercase(), field.to_uppercase());
                let first = 1 + self.chance.below(4);
                let bang = if self.chance.once_in(4) { "!" } else { "" };
                let _ = writeln!(
                    body,
                    "  {list}(first: Int = {first}, after: String, filter: {from}Filter): {from}Connection{bang} @inverse(field: \"{field}\")"
                );
            }
            if matches!(name, "Account" | "Contact") {
                let implements = implements.trim_start_matches(" & ");
                let implements =
                    if implements.is_empty() { String::new() } else { format!(" implements {implements}") };
                if !body.is_empty() {
                    let _ = write!(self.out, "extend type {name}{implements} {{\n{body}}}\n\n");
                }
            } else {
                let scope = ["TENANT", "ACCOUNT"][self.chance.below(2)];
                let _ = write!(
                    self.out,
                    "type {name} implements Node & Record{implements} @entity(scope: {scope}, title: \"heading\") {{\n  id: ID!\n  version: String\n  \
                     provenance: Provenance\n  heading: String\n{body}}}\n\n"
                );
            }
            self.connection(name);
        }
    }

    /// Fields that are worked out: from the record's own, or by a system for arguments.
    fn own_fields(&mut self, body: &mut String) {
        let has = |body: &str, name: &str| body.lines().any(|line| line.starts_with(&format!("  {name}:")));
        let mut terms = Vec::new();
        if has(body, "flag") {
            terms.extend(["flag", "!flag", "flag == true"]);
        }
        if has(body, "colour") {
            terms.extend([
                "colour == 'RED'",
                "colour in ['RED', 'GREEN']",
                "!(colour in ['RED', 'BLUE'])",
                "colour != 'BLUE'",
            ]);
        }
        if has(body, "day") {
            terms.extend(["day < today", "day >= today"]);
        }
        if !terms.is_empty() && self.chance.once_in(2) {
            let mut cel = (*self.chance.one(&terms)).to_owned();
            if self.chance.once_in(2) {
                let _ = write!(cel, " && {}", self.chance.one(&terms));
            }
            let _ = writeln!(body, "  open: Boolean! @derived(cel: \"{cel}\")");
        }
        if self.chance.below(4) < 3 {
            let arguments = [
                "wish: Wish",
                "wishes: [Wish!]",
                "pick: Pick",
                "picks: [Pick]",
                "number: Int = 2",
                "required: Int!",
                "fixed: Int! = 7",
                "texts: [String]",
                "colours: [[Colour!]!] = [[RED]]",
                "colour: Colour = GREEN",
                "key: ID",
                "keys: [ID!] = 5",
                "on: Boolean! = true",
                "day: Date",
                "amount: Decimal! = \"1\"",
                "big: Long",
                "detail: Detail = { on: false }",
            ];
            let mut chosen: Vec<&str> = arguments.iter().copied().filter(|_| self.chance.once_in(3)).collect();
            if chosen.is_empty() {
                chosen.push(arguments[0]);
            }
            let _ = writeln!(body, "  echo({}): String @computed", chosen.join(", "));
        }
    }

    fn connection(&mut self, name: &str) {
        let nodes = ["[?]!", "[?!]!", "[?]", "[?!]"][self.chance.below(4)].replace('?', name);
        let node = if self.chance.once_in(3) { "!" } else { "" };
        let _ = write!(
            self.out,
            "type {name}Connection {{\n  nodes: {nodes}\n  edges: [{name}Edge!]!\n  pageInfo: PageInfo!\n  totalCount: Int\n}}\n\n\
             type {name}Edge {{\n  cursor: String!\n  node: {name}{node}\n}}\n\n"
        );
        let has = |field: &str| self.out.contains(&format!("type {name} ")) && self.field_of(name, field);
        let mut fields = String::from("  heading: [String!]\n");
        for (field, ty) in
            [("count", "Int"), ("flag", "Boolean"), ("colour", "[Colour!]"), ("day", "DateRange"), ("label", "String")]
        {
            if has(field) {
                let _ = writeln!(fields, "  {field}: {ty}");
            }
        }
        let _ = write!(self.out, "input {name}Filter {{\n{fields}}}\n\n");
    }

    /// Whether the type, as written so far, has the field.
    fn field_of(&self, name: &str, field: &str) -> bool {
        let Some(at) = self.out.rfind(&format!("type {name} ")) else { return false };
        let body = &self.out[at..];
        let body = &body[..body.find("\n}").unwrap_or(body.len())];
        body.contains(&format!("\n  {field}:"))
    }

    fn query(&mut self) {
        let mut fields = String::new();
        for name in self.entities.clone().into_iter().chain(["Account", "Contact"]) {
            let lower = name.to_lowercase();
            let bang = if self.chance.once_in(6) { "!" } else { "" };
            let _ = writeln!(fields, "  {lower}(id: ID!): {name}{bang}");
            let open = self.out.contains(&format!("type {name} implements"))
                && self.out[self.out.rfind(&format!("type {name} implements")).unwrap_or_default()..]
                    .lines()
                    .next()
                    .is_some_and(|line| line.contains("TENANT"));
            if open {
                let bang = if self.chance.once_in(6) { "!" } else { "" };
                let _ = writeln!(
                    fields,
                    "  {lower}s(first: Int = 3, after: String, filter: {name}Filter): {name}Connection{bang}"
                );
            }
        }
        let _ = write!(self.out, "extend type Query {{\n{fields}}}\n");
    }
}
