//! What of its caller a manifest's reads use: whatever they use is part of the key their answers are cached under.

use crate::cache::KeyWriter;
use crate::connector::{Body, Connector, EntityMapping, FacetWay, Needs, Part, Pattern, Read, Request, Template, Vary};
use crate::model::{FieldSet, ReadContext};

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

/// The inputs of every read of one entity of one source.
#[derive(Clone, Debug)]
pub(super) struct EntityInputs {
    /// Of any read, whatever is wanted.
    always: Inputs,
    /// Beside them, of a read that wants the field, by its number.
    fields: Vec<Inputs>,
}

impl EntityInputs {
    /// The inputs of the entity; `localized` is the graph's word for texts in the reader's language.
    pub fn of(connector: &Connector, of: &EntityMapping, localized: bool) -> Self {
        let mut always = Inputs { locale: localized, ..Inputs::default() };
        connector.headers.iter().for_each(|(_, header)| always.template(header));
        let ways = of.lists.iter().flat_map(|list| &list.ways);
        let finds = of.find.values().filter_map(|find| find.read.as_ref());
        of.get.iter().chain(ways).chain(finds).for_each(|read| always.read(read));
        always.needs(of, &of.base_needs);
        always.needs(of, &of.link_needs);
        let field = |needs: &Needs| {
            let mut inputs = Inputs::default();
            inputs.needs(of, needs);
            inputs
        };
        Self { always, fields: of.needs.iter().map(field).collect() }
    }

    /// Whether any read of the entity may use who the caller's contact is.
    pub fn use_contact(&self) -> bool {
        self.always.contact || self.fields.iter().any(|field| field.contact)
    }

    /// The inputs of a read that wants these fields. Records that are kept under the same key have the same inputs, and so
    /// no field that hangs on more than the key says.
    pub fn for_fields(&self, fields: FieldSet) -> Inputs {
        let wanted = fields.iter().filter_map(|field| self.fields.get(usize::from(field.0)));
        wanted.fold(self.always, |all, one| Inputs {
            locale: all.locale || one.locale,
            account: all.account || one.account,
            contact: all.contact || one.contact,
        })
    }
}

impl Inputs {
    /// Adds what is used of `context` to a key.
    pub fn write(self, key: KeyWriter, context: &ReadContext) -> KeyWriter {
        let account: &[_] = if self.account { &context.account } else { &[] };
        let contact = context.contact.as_ref().filter(|_| self.contact);
        key.optional(self.locale.then_some(&*context.locale)).keys(account).optional(contact.map(|key| key.as_str()))
    }

    /// Adds what is read for something: its facets, and what its expressions use.
    fn needs(&mut self, of: &EntityMapping, needs: &Needs) {
        for facet in needs.facets.keys().filter_map(|at| of.facets.get(*at)) {
            match &facet.way {
                FacetWay::Expand(_) | FacetWay::Set { .. } => {}
                FacetWay::Read(read) => self.read(read),
                FacetWay::With { query, .. } => query.iter().for_each(|(_, value)| self.template(value)),
            }
        }
        self.locale |= needs.varies.contains(&Vary::Locale);
        self.account |= needs.varies.contains(&Vary::Account);
        self.contact |= needs.varies.contains(&Vary::Contact);
    }

    fn read(&mut self, read: &Read) {
        self.request(&read.request);
    }

    fn request(&mut self, request: &Request) {
        self.pattern(&request.path);
        request.query.iter().chain(&request.headers).for_each(|(_, value)| self.template(value));
        match &request.body {
            Body::None | Body::Bytes(_) => {}
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
