//! One place of a manifest: which names mean something there, and what was read so far. Everything a value can be
//! (path, computed, pattern, condition, template) is compiled through it.

use std::cell::RefCell;
use std::sync::Arc;

use super::codes::{M001, M005, M030, M033, M034};
use super::context::Context;
use super::path;
use super::pattern::{self, PatternError};
use super::sink::suggestion;
use super::yaml::{Node, Yaml};
use crate::connector::{Computed, Origin, Part, Path, Pattern, Template};
use crate::expr::{ExprError, Program};
use crate::model::Wire;

/// Names of CEL in a mapping, beside the facets.
pub(super) const MAPPING: &[&str] = &["row", "now", "today", "settings", "args", "caller"];
/// Names of CEL in a read by key, and in a facet's.
pub(super) const BY_KEY: &[&str] =
    &["key", "keys", "fields", "where", "list", "args", "caller", "settings", "now", "today"];
/// Names of CEL in a read of a list.
pub(super) const BY_PARENT: &[&str] = &[
    "parent", "parents", "fields", "where", "order", "page", "list", "args", "phrase", "caller", "settings", "now",
    "today",
];
/// Names of CEL in a read by another unique value.
pub(super) const BY_VALUE: &[&str] =
    &["value", "values", "fields", "where", "list", "args", "caller", "settings", "now", "today"];
/// Names of CEL in a request for what changed.
pub(super) const SINCE: &[&str] = &["since", "page", "settings", "now", "today"];
/// Names of CEL in a write's requests.
pub(super) const WRITE: &[&str] = &[
    "key",
    "input",
    "values",
    "record",
    "version",
    "etag",
    "reference",
    "before",
    "file",
    "caller",
    "settings",
    "now",
    "today",
];
/// Names of CEL in a request before the write.
pub(super) const BEFORE: &[&str] =
    &["key", "input", "values", "reference", "before", "item", "caller", "settings", "now", "today"];
/// Names of CEL where what was sent is compared with what is there, and in what is taken of an answer.
pub(super) const AFTER: &[&str] = &["key", "row", "body", "input", "values", "reference", "caller", "settings"];
/// Slots of the caller in an address.
const CALLER: [&str; 5] = ["locale", "caller.account", "caller.contact", "caller.locale", "caller.language"];

/// What a piece of a manifest reads.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// Paths into rows.
    pub paths: Vec<Path>,
    /// Names of expressions and slots, each with the members behind it.
    pub names: Vec<Vec<Arc<str>>>,
}

impl Uses {
    /// Whether a name is used, with whatever members.
    pub(super) fn name(&self, name: &str) -> bool {
        self.names.iter().any(|path| path.first().is_some_and(|first| &**first == name))
    }
}

/// A place, and what may be said in it.
pub(super) struct Here<'a> {
    pub ctx: &'a Context<'a>,
    /// Facets that a path may begin with.
    pub facets: &'a [Arc<str>],
    /// Names of CEL.
    pub names: &'a [&'a str],
    /// Slots of patterns, beside settings.
    pub slots: &'a [&'a str],
    /// Names of the key's parts, for `{key.x}`.
    pub key_parts: &'a [Arc<str>],
    /// Whether secrets are slots here.
    pub secrets: bool,
    pub uses: RefCell<Uses>,
}

impl<'a> Here<'a> {
    /// A place where only settings mean something.
    pub(super) fn plain(ctx: &'a Context<'a>) -> Self {
        let uses = RefCell::default();
        Here { ctx, facets: &[], names: &["settings"], slots: &[], key_parts: &[], secrets: false, uses }
    }

    /// A mapping's place.
    pub(super) fn mapping(ctx: &'a Context<'a>, facets: &'a [Arc<str>]) -> Self {
        Here { facets, names: MAPPING, ..Here::plain(ctx) }
    }

    /// A request's place; `names` is one of [`BY_KEY`], [`BY_PARENT`], [`BY_VALUE`].
    pub(super) fn request(ctx: &'a Context<'a>, names: &'a [&'a str], key_parts: &'a [Arc<str>]) -> Self {
        let slots = names.get(..1).unwrap_or_default();
        Here { names, slots, key_parts, ..Here::plain(ctx) }
    }

    /// The same place, with nothing read yet.
    pub(super) fn afresh(&self) -> Here<'a> {
        Here { uses: RefCell::default(), ..*self }
    }

    /// What was read; begins anew.
    pub(super) fn take_uses(&self) -> Uses {
        self.uses.take()
    }

    /// A path.
    pub(super) fn path(&self, node: &Node, what: &str) -> Option<Path> {
        let text = self.ctx.sink.text(node, what)?;
        if text.starts_with('=') {
            let remedy = "write a path; what is computed cannot be asked for by the system";
            self.ctx.sink.error((M001, &node.place), format!("{what} cannot be computed"), remedy);
            return None;
        }
        match path::parse(text, self.facets) {
            Ok(path) => {
                self.uses.borrow_mut().paths.push(path.clone());
                Some(path)
            }
            Err(why) => {
                let remedy = "such as `address.city`, `items.0.id`, `results[].id`, `['a.b']` or `.`";
                self.ctx.sink.error((M001, &node.place), format!("the path `{text}` {why}"), remedy);
                None
            }
        }
    }

    /// A path, or a computed value.
    pub(super) fn origin(&self, node: &Node, what: &str) -> Option<Origin> {
        match expression(node) {
            Some(cel) => self.cel(node, cel).map(Origin::Computed),
            None => self.path(node, what).map(Origin::Path),
        }
    }

    /// Paths and computed values: one, or a list, the first that is there.
    pub(super) fn origins(&self, node: &Node, what: &str) -> Vec<Origin> {
        let one = std::slice::from_ref(node);
        node.list().unwrap_or(one).iter().filter_map(|item| self.origin(item, what)).collect()
    }

    /// A CEL expression.
    pub(super) fn cel(&self, node: &Node, cel: &str) -> Option<Computed> {
        let mut names: Vec<&str> = self.names.to_vec();
        names.extend(self.facets.iter().map(|facet| &**facet));
        let program = match Program::compile(cel, &names) {
            Ok(program) => program,
            Err(error) => {
                self.refused(node, cel, &error);
                return None;
            }
        };
        for path in program.paths() {
            self.check_use(node, path);
        }
        self.uses.borrow_mut().names.extend(program.paths().iter().cloned());
        Some(Computed { text: Arc::from(cel), program })
    }

    fn refused(&self, node: &Node, cel: &str, error: &ExprError) {
        let sink = self.ctx.sink;
        let at = if error.column > 0 { format!(" (column {} of it)", error.column) } else { String::new() };
        let message = format!("`{cel}`: {}{at}", error.message);
        if error.message.contains("hides what is read") {
            sink.error((M034, &node.place), message, "write the names out: `row.name`");
        } else if error.message.contains("is no name here") || error.message.contains("is no function here") {
            let remedy = "a text stands in quotes, a member of the row begins with `row.`";
            sink.error((M033, &node.place), message, remedy);
        } else {
            let remedy = "a text in CEL stands in quotes, a path begins with `row.` or a facet";
            sink.error((M030, &node.place), message, remedy);
        }
    }

    fn check_use(&self, node: &Node, path: &[Arc<str>]) {
        match path {
            [first, setting, ..] if &**first == "settings" && !self.ctx.use_setting(setting) => {
                let remedy = suggestion(setting, self.ctx.setting_names());
                self.ctx.sink.error((M033, &node.place), format!("there is no setting `{setting}`"), remedy);
            }
            [first] if &**first == "settings" => self.ctx.use_all_settings(),
            [first] if &**first == "row" && self.names == MAPPING => {
                let message = "the row is used as a whole, or by a computed name";
                self.ctx.sink.error((M034, &node.place), message, "write the names out: `row.name`");
            }
            _ => {}
        }
    }

    /// A pattern; settings are filled in.
    pub(super) fn pattern(&self, node: &Node, what: &str) -> Option<Pattern> {
        let text = self.ctx.sink.text(node, what)?;
        match pattern::parse(text, |slot| self.slot(slot)) {
            Ok(pattern) => Some(pattern),
            Err(PatternError::Broken) => {
                let remedy = "write `{slot}`; a brace itself is `{{` or `}}`";
                self.ctx.sink.error(
                    (M001, &node.place),
                    format!("the pattern `{text}` has a brace too many or too few"),
                    remedy,
                );
                None
            }
            Err(PatternError::Unknown(slot)) => {
                let known: Vec<&str> = self.known_slots();
                let remedy = suggestion(&slot, known);
                self.ctx.sink.error((M005, &node.place), format!("`{{{slot}}}` is not known here"), remedy);
                None
            }
        }
    }

    fn known_slots(&self) -> Vec<&str> {
        let mut known: Vec<&str> = self.slots.to_vec();
        if self.names.contains(&"caller") {
            known.extend(CALLER);
        }
        known.extend(self.ctx.setting_names());
        if self.secrets {
            known.extend(self.ctx.secret_names());
        }
        known
    }

    fn slot(&self, name: &str) -> Option<Part> {
        if self.slots.contains(&name) || (CALLER.contains(&name) && self.names.contains(&"caller")) {
            // The short form is the caller's, too: requests know it by one name.
            let slot = if name == "locale" { "caller.locale" } else { name };
            self.uses.borrow_mut().names.push(slot.split('.').map(Arc::from).collect());
            return Some(Part::Slot(Arc::from(slot)));
        }
        if let Some((first, rest)) = name.split_once('.') {
            let part =
                first == "key" && self.slots.contains(&"key") && self.key_parts.iter().any(|part| &**part == rest);
            let member = ["args", "input", "before"].contains(&first) && self.names.contains(&first);
            if part || member {
                self.uses.borrow_mut().names.push(vec![Arc::from(first), Arc::from(rest)]);
                return Some(Part::Slot(Arc::from(name)));
            }
        }
        if let Some(text) = self.ctx.setting_text(name) {
            return Some(Part::Text(text));
        }
        (self.secrets && self.ctx.use_secret(name)).then(|| Part::Slot(Arc::from(name)))
    }

    /// A template: literals, `= cel`, and structures of these.
    pub(super) fn template(&self, node: &Node) -> Option<Template> {
        match &node.value {
            Yaml::Scalar { .. } => match expression(node) {
                Some(cel) => self.cel(node, cel).map(Template::Computed),
                None => node.scalar_wire().map(Template::Literal),
            },
            Yaml::List(items) => Some(Template::List(items.iter().filter_map(|item| self.template(item)).collect())),
            Yaml::Map(entries) => {
                let member = |entry: &super::yaml::Entry| Some((Arc::clone(&entry.key), self.template(&entry.value)?));
                Some(Template::Object(entries.iter().filter_map(member).collect()))
            }
        }
    }

    /// Named templates: a query, headers, a form.
    pub(super) fn templates(&self, node: &Node, what: &str) -> Vec<(Arc<str>, Template)> {
        let entries = self.ctx.sink.entries(node, what);
        entries.iter().filter_map(|entry| Some((Arc::clone(&entry.key), self.template(&entry.value)?))).collect()
    }

    /// A literal text, or the value of a setting (`= settings.x`): what conditions compare with.
    pub(super) fn literal(&self, node: &Node) -> Option<Arc<str>> {
        let Some(cel) = expression(node) else { return node.text().cloned() };
        let setting = cel.strip_prefix("settings.").and_then(|name| self.ctx.setting_text(name));
        if setting.is_none() {
            let remedy = "write the value, or `= settings.name`: the system has to understand it, too";
            self.ctx.sink.error((M001, &node.place), format!("a condition cannot compare with `{cel}`"), remedy);
        }
        setting
    }
}

/// The CEL of a text that begins with `= `.
pub(super) fn expression(node: &Node) -> Option<&str> {
    node.text()?.strip_prefix("= ").map(str::trim)
}

/// A setting as CEL sees it.
pub(super) fn typed(text: &str, kind: &str) -> Option<Wire> {
    Some(match kind {
        "Int" | "Long" => Wire::Number(text.parse::<i64>().ok()?.to_string().into()),
        "Decimal" => super::yaml::is_number(text).then(|| Wire::Number(text.into()))?,
        "Boolean" => Wire::Bool(text.parse().ok()?),
        _ => Wire::Text(text.into()),
    })
}
