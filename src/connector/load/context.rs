//! What every part of a connector's files is read with: the graph, the settings and their values, where problems go.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::LoadInput;
use super::codes::{M001, M004, M006, M007, M008};
use super::format;
use super::here::typed;
use super::sink::{Sink, suggestion};
use super::yaml::Node;
use crate::diagnostic::Place;
use crate::graph::Graph;
use crate::model::Wire;

/// The types a setting may have.
pub(super) const TYPES: &[&str] = &[
    "String",
    "Int",
    "Long",
    "Boolean",
    "Decimal",
    "ID",
    "Date",
    "CurrencyCode",
    "CountryCode",
    "Locale",
    "TimeZone",
    "URL",
];

pub(super) struct Context<'a> {
    pub graph: &'a Graph,
    pub sink: &'a Sink,
    settings: Vec<Setting>,
    secrets: Vec<(Arc<str>, Place)>,
    used: RefCell<BTreeSet<String>>,
}

struct Setting {
    name: Arc<str>,
    place: Place,
    text: Arc<str>,
    value: Wire,
    given: bool,
}

impl<'a> Context<'a> {
    /// Reads `settings` and `secrets` of `connector.yaml` and gives them the source's values.
    pub(super) fn new(input: &LoadInput<'a>, sink: &'a Sink, root: &Node) -> Self {
        let mut this =
            Self { graph: input.graph, sink, settings: Vec::new(), secrets: Vec::new(), used: RefCell::default() };
        if let Some(node) = root.get("settings") {
            for entry in sink.entries(node, "`settings`") {
                this.settings.extend(setting(input, sink, entry));
            }
        }
        if let Some(node) = root.get("secrets") {
            for item in node.list().unwrap_or(std::slice::from_ref(node)) {
                let name = sink.text(item, "a name in `secrets`");
                this.secrets.extend(name.map(|name| (Arc::clone(name), item.place.clone())));
            }
        }
        let at = |key: &str| root.get(key).map_or(&root.place, |node| &node.place);
        let declared: Vec<&str> =
            root.get("settings").and_then(Node::entries).unwrap_or_default().iter().map(|e| &*e.key).collect();
        for name in input.settings.keys().filter(|name| !declared.contains(&name.as_str())) {
            let message = format!("the source gives a setting `{name}` that this connector does not have");
            sink.error((M007, at("settings")), message, suggestion(name, declared.iter().copied()));
        }
        for name in input.secrets.iter().filter(|name| !this.secret_names().contains(&name.as_str())) {
            let message = format!("the source gives a secret `{name}` that this connector does not have");
            sink.error((M007, at("secrets")), message, suggestion(name, this.secret_names()));
        }
        this
    }

    pub(super) fn setting_names(&self) -> Vec<&str> {
        self.settings.iter().map(|setting| &*setting.name).collect()
    }

    pub(super) fn secret_names(&self) -> Vec<&str> {
        self.secrets.iter().map(|(name, _)| &**name).collect()
    }

    /// Every setting with its value, for CEL.
    pub(super) fn settings(&self) -> Wire {
        Wire::Object(self.settings.iter().map(|setting| (Arc::from(&*setting.name), setting.value.clone())).collect())
    }

    /// Whether a setting has no usable value, which was reported.
    pub(super) fn lacks_settings(&self) -> bool {
        self.settings.iter().any(|setting| setting.value.is_null() || !setting.given)
    }

    /// The value of a setting as text; marks it as used.
    pub(super) fn setting_text(&self, name: &str) -> Option<Arc<str>> {
        let setting = self.settings.iter().find(|setting| &*setting.name == name)?;
        self.used.borrow_mut().insert(name.to_owned());
        Some(Arc::clone(&setting.text))
    }

    /// Marks a setting as used; whether there is one.
    pub(super) fn use_setting(&self, name: &str) -> bool {
        self.setting_text(name).is_some()
    }

    pub(super) fn use_all_settings(&self) {
        self.used.borrow_mut().extend(self.settings.iter().map(|setting| setting.name.to_string()));
    }

    /// Marks a secret as used; whether there is one.
    pub(super) fn use_secret(&self, name: &str) -> bool {
        let known = self.secrets.iter().any(|(secret, _)| &**secret == name);
        if known {
            self.used.borrow_mut().insert(name.to_owned());
        }
        known
    }

    /// Warns of settings and secrets that nothing uses.
    pub(super) fn report_unused(&self) {
        let used = self.used.borrow();
        let settings = self.settings.iter().map(|setting| ("setting", &setting.name, &setting.place));
        let secrets = self.secrets.iter().map(|(name, place)| ("secret", name, place));
        for (what, name, place) in settings.chain(secrets).filter(|(_, name, _)| !used.contains(&***name)) {
            self.sink.warn((M004, place), format!("the {what} `{name}` is never used"), "remove it");
        }
    }
}

/// One setting with its value; a value that is missing or wrong is reported, and stands in as empty text.
fn setting(input: &LoadInput<'_>, sink: &Sink, entry: &super::yaml::Entry) -> Option<Setting> {
    let (name, node) = (&entry.key, &entry.value);
    sink.keys(node, &format!("the setting `{name}`"), &format::SETTING).then_some(())?;
    let kind = node.get("type").and_then(|kind| sink.text(kind, "`type`")).map_or("String", |kind| &**kind);
    if !TYPES.contains(&kind) {
        let remedy = suggestion(kind, TYPES.iter().copied());
        sink.error(
            (M001, &node.get("type").unwrap_or(node).place),
            format!("`{kind}` is no type of a setting"),
            remedy,
        );
    }
    let default = node.get("default").and_then(|default| sink.text(default, "`default`"));
    let given = input.settings.get(&**name).map(|text| Arc::from(text.as_str()));
    let given = given.or_else(|| default.cloned());
    let text = match &given {
        Some(text) => Arc::clone(text),
        None => {
            let remedy = match node.get("about").and_then(Node::text) {
                Some(about) => format!("set it in the source's configuration: {about}"),
                None => "set it in the source's configuration".to_owned(),
            };
            sink.error((M006, &entry.at), format!("the setting `{name}` has no value"), remedy);
            Arc::from("")
        }
    };
    let value = typed(&text, kind);
    if value.is_none() && !text.is_empty() {
        sink.error(
            (M008, &entry.at),
            format!("the setting `{name}` is `{text}`, which is no {kind}"),
            "correct the value",
        );
    }
    let value = value.unwrap_or(Wire::Null);
    Some(Setting { name: Arc::clone(name), place: entry.at.clone(), text, value, given: given.is_some() })
}
