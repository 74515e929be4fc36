//! What of its caller a manifest's reads use: whatever they use is part of the key their answers are cached under.

use crate::cache::KeyWriter;
use crate::connector::{Body, Connector, EntityMapping, FacetWay, Part, Pattern, Read, Request, Template};
use crate::model::ReadContext;

/// Which inputs beside the obvious ones (key, parent, filter…) an answer depends on.
///
/// It is found by the words that stand in the manifest's requests, not by what expressions really evaluate: a word too
/// many costs a few cache hits, one too few would serve one customer another's price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Inputs {
    pub locale: bool,
    pub account: bool,
    pub contact: bool,
}

impl Inputs {
    /// The inputs of every read of the entity; `localized` is the graph's word for texts in the reader's language.
    pub fn of(connector: &Connector, of: &EntityMapping, localized: bool) -> Self {
        let mut inputs = Self { locale: localized, ..Self::default() };
        connector.headers.iter().for_each(|(_, header)| inputs.template(header));
        let ways = of.lists.iter().flat_map(|list| &list.ways);
        let finds = of.find.values().filter_map(|find| find.read.as_ref());
        of.get.iter().chain(ways).chain(finds).for_each(|read| inputs.read(read));
        for facet in &of.facets {
            match &facet.way {
                FacetWay::Expand(_) | FacetWay::Set { .. } => {}
                FacetWay::Read(read) => inputs.read(read),
                FacetWay::With { query, .. } => query.iter().for_each(|(_, value)| inputs.template(value)),
            }
        }
        inputs
    }

    /// Adds what is used of `context` to a key.
    pub fn write(self, key: KeyWriter, context: &ReadContext) -> KeyWriter {
        let account: &[_] = if self.account { &context.account } else { &[] };
        let contact = context.contact.as_ref().filter(|_| self.contact);
        key.optional(self.locale.then_some(&*context.locale)).keys(account).optional(contact.map(|key| key.as_str()))
    }

    fn read(&mut self, read: &Read) {
        self.request(&read.request);
    }

    fn request(&mut self, request: &Request) {
        self.pattern(&request.path);
        request.query.iter().chain(&request.headers).for_each(|(_, value)| self.template(value));
        match &request.body {
            Body::None => {}
            Body::Json(json) => self.template(json),
            Body::Form(form) => form.iter().for_each(|(_, value)| self.template(value)),
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        for part in &pattern.parts {
            if let Part::Slot(name) = part {
                self.words(name);
            }
        }
    }

    fn template(&mut self, template: &Template) {
        match template {
            Template::Literal(_) => {}
            Template::Computed(computed) => {
                self.words(&computed.text);
                self.words(computed.program.text());
            }
            Template::List(items) => items.iter().for_each(|item| self.template(item)),
            Template::Object(members) => members.iter().for_each(|(_, value)| self.template(value)),
        }
    }

    fn words(&mut self, text: &str) {
        let words = || text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let has = |names: &[&str]| words().any(|word| names.contains(&word));
        // The caller as a whole, or by a name that is worked out, may be anything of it.
        let whole = text.split("caller").skip(1).any(|rest| !rest.starts_with('.'));
        self.locale |= whole || has(&["locale", "language"]);
        self.account |= whole || has(&["account", "accounts"]);
        self.contact |= whole || has(&["contact", "viewer"]);
    }
}
