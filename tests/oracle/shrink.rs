//! Makes a case that is answered differently small: takes away what it takes not to lose the difference.

use std::sync::Arc;

use serde_json::Value;

use crate::case::Case;
use crate::gateway::World;
use crate::reference::Reference;
use crate::run::in_world;

/// Attempts at one part of a case, at most.
const PATIENCE: usize = 400;

/// The smallest case found that is still different in the same way, with its difference.
pub fn shrink(case: &Case, reference: &mut Reference) -> Option<(Case, String)> {
    let (schema, told) = opened(&case.schema, case, reference)?;
    let mut found = Smaller { world: schema, kind: kind(&told), case: case.clone(), told, reference };
    for _ in 0..3 {
        let before = found.case.clone();
        found.document();
        found.json(|case| &mut case.variables);
        found.json(|case| Arc::make_mut(&mut case.data));
        if found.case == before {
            break;
        }
    }
    found.schema();
    found.pretty();
    Some((found.case, found.told))
}

/// What is different, without where.
pub fn kind(told: &str) -> String {
    let kinds = ["ours refuses", "ours answers", "errors at", "introspection", " has ", " is "];
    kinds.iter().find(|kind| told.contains(**kind)).map_or_else(String::new, |kind| (*kind).trim().to_owned())
}

fn opened(schema: &str, case: &Case, reference: &mut Reference) -> Option<(World, String)> {
    let world = World::load(schema).ok()?;
    reference.open(&world);
    let told = in_world(&world, case, reference)?;
    Some((world, told))
}

struct Smaller<'a> {
    world: World,
    kind: String,
    case: Case,
    told: String,
    reference: &'a mut Reference,
}

impl Smaller<'_> {
    /// Takes the candidate in the case's place where it is still different in the same way.
    fn take(&mut self, candidate: Case) -> bool {
        let told = in_world(&self.world, &candidate, self.reference).filter(|told| kind(told) == self.kind);
        let Some(told) = told else { return false };
        (self.case, self.told) = (candidate, told);
        true
    }

    /// Takes away runs of tokens, long ones first, and what is between brackets.
    fn document(&mut self) {
        let mut left = PATIENCE;
        let mut size = tokens(&self.case.document).len() / 2;
        while size > 0 && left > 0 {
            let mut at = 0;
            while left > 0 {
                let tokens = tokens(&self.case.document);
                if at >= tokens.len() {
                    break;
                }
                left -= 1;
                let end = (at + size).min(tokens.len());
                let without = [&tokens[..at], &tokens[balanced(&tokens, at, end)..]].concat().join(" ");
                if !self.take(Case { document: without, ..self.case.clone() }) {
                    at += size.div_ceil(2);
                }
            }
            size /= 2;
        }
    }

    /// Takes away members and elements of JSON.
    fn json(&mut self, part: impl Fn(&mut Case) -> &mut Value) {
        let mut at = 0;
        for _ in 0..PATIENCE {
            let mut candidate = self.case.clone();
            if !without(part(&mut candidate), &mut { at }) {
                break;
            }
            if !self.take(candidate) {
                at += 1;
            }
        }
    }

    /// Takes away whole definitions of the schema, then lines.
    fn schema(&mut self) {
        for by in ["\n\n", "\n"] {
            let mut at = 0;
            for _ in 0..PATIENCE / 2 {
                let parts: Vec<&str> = self.case.schema.split(by).collect();
                if at >= parts.len() {
                    break;
                }
                let without = [&parts[..at], &parts[at + 1..]].concat().join(by);
                let candidate = Case { schema: without.clone(), ..self.case.clone() };
                let opened = opened(&without, &candidate, self.reference);
                match opened.filter(|(_, told)| kind(told) == self.kind) {
                    Some((world, told)) => (self.world, self.case, self.told) = (world, candidate, told),
                    None => at += 1,
                }
            }
        }
        self.reference.open(&self.world);
    }

    /// Writes the document as people do, where it is one and still shows the difference.
    fn pretty(&mut self) {
        let parsed = apollo_compiler::ast::Document::parse(self.case.document.as_str(), "document.graphql");
        if let Ok(parsed) = parsed {
            let document = parsed.to_string().trim_end().to_owned();
            self.take(Case { document, ..self.case.clone() });
        }
    }
}

/// The end of a run of tokens that leaves no bracket open.
fn balanced(tokens: &[String], from: usize, to: usize) -> usize {
    let mut open = 0_i32;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        if at >= to && open <= 0 {
            return at;
        }
        match token.as_str() {
            "{" | "(" | "[" => open += 1,
            "}" | ")" | "]" => open -= 1,
            _ => {}
        }
    }
    tokens.len()
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if let Some(block) = rest.strip_prefix("\"\"\"") {
            block.find("\"\"\"").map_or(rest.len(), |end| end + 6)
        } else if first == '"' {
            string(rest)
        } else if rest.starts_with("...") {
            3
        } else if first.is_alphanumeric() || matches!(first, '_' | '-' | '@' | '$') {
            let other = |c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '!');
            rest[first.len_utf8()..].find(other).map_or(rest.len(), |end| end + first.len_utf8())
        } else {
            first.len_utf8()
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// Takes away the `at`-th member or element; whether there was one.
fn without(value: &mut Value, at: &mut usize) -> bool {
    match value {
        Value::Array(items) => {
            if *at < items.len() {
                items.remove(*at);
                return true;
            }
            *at -= items.len();
            items.iter_mut().any(|item| without(item, at))
        }
        Value::Object(members) => {
            if let Some(name) = members.keys().nth(*at).cloned() {
                members.remove(&name);
                return true;
            }
            *at -= members.len();
            members.values_mut().any(|member| without(member, at))
        }
        _ => false,
    }
}
