//! Reads: a request, where its answer has the rows, how many keys it takes, and what it can filter and order by.

use std::sync::Arc;

use super::codes::{M001, M016, M020, M051, M052, M053, M056, M057, M059};
use super::format;
use super::here::{Here, Uses};
use super::language::knows_several;
use super::needs::varies;
use super::page;
use super::request::Common;
use super::sink::suggestion;
use super::yaml::Node;
use crate::connector::{
    Language, LanguageForm, Mapping, Method, Origin, Page, Part, Path, Pattern, Read, Request, Root,
};
use crate::graph::{Entity, FieldKind, Scalar, Shape};
use crate::model::{FieldId, Order};

/// What a read is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    Get,
    List,
    All,
    Find,
    Facet,
}

/// The entity whose reads are compiled, with the fields that are mapped already.
pub(super) struct Reader<'a> {
    pub common: &'a Common<'a>,
    pub entity: &'a Entity,
    pub fields: &'a [Option<Mapping>],
    pub key_parts: &'a [Arc<str>],
}

impl Reader<'_> {
    /// The ways to read something: one, or a list of them.
    pub(super) fn ways(&self, node: &Node, what: For) -> Vec<Read> {
        let one = std::slice::from_ref(node);
        node.list().unwrap_or(one).iter().filter_map(|way| self.read(way, what)).collect()
    }

    /// One read.
    pub(super) fn read(&self, node: &Node, what: For) -> Option<Read> {
        let sink = self.common.ctx.sink;
        let known = if what == For::Facet { &format::FACET_READ } else { &format::READ };
        sink.keys(node, "a read", known).then_some(())?;
        let names = match what {
            For::Get | For::Facet => super::here::BY_KEY,
            For::List | For::All => super::here::BY_PARENT,
            For::Find => super::here::BY_VALUE,
        };
        let here = Here::request(self.common.ctx, names, self.key_parts);
        let request = self.common.request(&here, node)?;
        let uses = here.take_uses();
        let answer = |key: &str| node.get(key).and_then(|path| here.path(path, &format!("`{key}`")));
        let (rows, row) = (answer("rows"), answer("row"));
        if let (Some(_), Some(row)) = (&rows, node.get("row")) {
            sink.error((M001, &row.place), "a read has `rows` or `row`, not both", "`row` is for an answer with one");
        }
        let keep = node.get("keep").and_then(|keep| sink.duration(keep, "`keep`"));
        let language = self.language(node);
        let several = language.as_ref().is_some_and(knows_several);
        let filter = self.pushed(node, "filter");
        let order = self.pushed(node, "order");
        let by = node.get("by").filter(|_| what != For::Facet).and_then(|by| sink.text(by, "`by`")).cloned();
        let addressed = by.is_some() || uses.name("where");
        let many = self.many(node, &uses, (what, keep.is_some(), addressed.then_some(several)));
        let read = Read {
            single: row.is_some() && rows.is_none(),
            rows: rows.or(row).unwrap_or_else(whole),
            keys: answer("keys"),
            groups: answer("groups"),
            parent: answer("parent"),
            by,
            many,
            page: self.page(&here, node, what),
            language,
            filter,
            order,
            sorted: node.get("sorted").and_then(|sorted| self.sorted(sorted)),
            search: uses.name("phrase"),
            columns: Vec::new(),
            excerpt: node.get("excerpt").and_then(|excerpt| self.excerpt(excerpt)),
            local: node.get("local").and_then(|local| sink.number(local, "`local`")).unwrap_or(0),
            keep,
            varies: varies(&uses),
            request,
        };
        self.check_placed(&read, &uses, node);
        if read.groups.is_some() != read.parent.is_some() {
            let remedy = "`groups` is where the groups are, `parent` where a group says whose it is";
            sink.error((M001, &node.place), "`groups` and `parent` go together", remedy);
        }
        Some(read)
    }

    /// How many keys a call takes, checked against what the request uses. `state`: what for; whether it is a dictionary;
    /// whether it asks through a language or parameter, and if that knows several values.
    fn many(&self, node: &Node, uses: &Uses, state: (For, bool, Option<bool>)) -> Option<u32> {
        let sink = self.common.ctx.sink;
        let (what, dictionary, addressed) = state;
        let (one, all) = match what {
            For::Get | For::Facet => ("key", "keys"),
            For::List | For::All => ("parent", "parents"),
            For::Find => ("value", "values"),
        };
        let (single, plural) = (uses.name(one), uses.name(all));
        let wrong = |message: String, remedy: String| {
            sink.error((M016, &node.get("many").unwrap_or(node).place), message, remedy);
            None
        };
        if single && plural {
            return wrong(format!("the request uses `{one}` and `{all}`"), "use one of them".to_owned());
        }
        let nothing = !single && !plural && addressed.is_none();
        if nothing && dictionary && what == For::Facet && node.get("many").is_some() {
            let message = "the request names no key: its answer is one dictionary for all".to_owned();
            return wrong(message, format!("remove `many`, or ask for `{all}`"));
        }
        let Some(many) = node.get("many") else {
            if what == For::All || (nothing && what == For::Facet && dictionary) {
                return None;
            }
            if nothing {
                return wrong(
                    format!("the request uses neither `{one}` nor `{all}`"),
                    "say what is asked for".to_owned(),
                );
            }
            let remedy =
                format!("`many: one` (it uses `{one}`), or `many: <n>` (it uses `{all}`, at most n in one call)");
            return wrong("nothing says how many keys one call takes".to_owned(), remedy);
        };
        if sink.text(many, "`many`")?.as_ref() == "one" {
            if plural {
                return wrong(
                    format!("`many: one`, but the request uses `{all}`"),
                    format!("use `{one}`, or give a number"),
                );
            }
            if nothing && what != For::All {
                return wrong(format!("`many: one`, but the request does not use `{one}`"), format!("use `{one}`"));
            }
            return None;
        }
        let number = sink.number(many, "`many`")?;
        if number == 0 {
            return wrong("`many: 0` reads nothing".to_owned(), "`one`, or a number from 1".to_owned());
        }
        match addressed {
            _ if single => {
                wrong(format!("`many: {number}`, but the request uses `{one}`"), format!("use `{all}`, or `many: one`"))
            }
            _ if plural => Some(number),
            Some(true) => Some(number),
            Some(false) => wrong(
                format!("`many: {number}`, but nothing in the request takes several"),
                format!("use `{all}`, give the language an `in`, or `many: one`"),
            ),
            None => wrong(format!("`many: {number}`, but the request does not use `{all}`"), format!("use `{all}`")),
        }
    }

    fn language(&self, node: &Node) -> Option<Arc<Language>> {
        let sink = self.common.ctx.sink;
        let given = node.get("language")?;
        let name = sink.text(given, "`language`")?;
        let found = self.common.languages.get(name).cloned();
        if found.is_none() {
            let remedy = suggestion(name, self.common.languages.keys().map(|name| &**name));
            sink.error((M059, &given.place), format!("there is no language `{name}`"), remedy);
        }
        found
    }

    fn page(&self, here: &Here<'_>, node: &Node, what: For) -> Page {
        if let Some(given) = node.get("page") {
            return page::read(here, given).unwrap_or_else(page::unpaged);
        }
        let listed = matches!(what, For::List | For::All);
        let usual = self.common.page.clone().filter(|_| listed || (what == For::Facet && node.get("GET").is_some()));
        if listed && usual.is_none() {
            let remedy = "add `page:`; where the system sends all at once, `{ style: none, max: <where it stops> }`";
            self.common.ctx.sink.error((M057, &node.place), "nothing says how this list is paged", remedy);
        }
        usual.unwrap_or_else(page::unpaged)
    }

    /// `filter:` or `order:`: a list of fields, or field → the name it has there.
    fn pushed(&self, node: &Node, key: &str) -> Vec<(FieldId, Arc<str>)> {
        let Some(given) = node.get(key) else { return Vec::new() };
        let sink = self.common.ctx.sink;
        let mut pushed = Vec::new();
        if let Some(entries) = given.entries() {
            for entry in entries {
                let name = sink.text(&entry.value, "a name in the system");
                let field =
                    self.field(&entry.key, &entry.value).filter(|field| self.may_push(*field, &entry.value, key));
                pushed.extend(field.zip(name.cloned()));
            }
            return pushed;
        }
        for item in given.list().unwrap_or(std::slice::from_ref(given)) {
            let Some(name) = sink.text(item, "a field") else { continue };
            let Some(field) = self.field(name, item).filter(|field| self.may_push(*field, item, key)) else { continue };
            match self.mapping(field) {
                Some(Mapping::One(value)) if value.push.is_some() => {
                    pushed.extend(value.push.clone().map(|push| (field, push)))
                }
                _ => {
                    let remedy = format!("write `{key}: {{ {name}: <name in the system> }}`, or it is not served");
                    sink.warn((M052, &item.place), format!("`{name}` has no name in the system to {key} by"), remedy);
                }
            }
        }
        pushed
    }

    /// What a query protocol's list can do, where the manifest says less than every plain column.
    pub(super) fn declared(&self, node: &Node) -> Read {
        let plain = || {
            let fields = (0..=u8::MAX).map(FieldId).zip(self.fields);
            let pushed = fields.filter_map(|(field, mapping)| match mapping {
                Some(Mapping::One(value)) => value.push.clone().map(|push| (field, push)),
                _ => None,
            });
            pushed.collect()
        };
        let side = |key: &str| if node.get(key).is_some() { self.pushed(node, key) } else { plain() };
        let sink = self.common.ctx.sink;
        let sorted = node.get("sorted").and_then(|sorted| self.sorted(sorted));
        let local = node.get("local").and_then(|local| sink.number(local, "`local`")).unwrap_or(0);
        Read { filter: side("filter"), order: side("order"), sorted, local, ..bare() }
    }

    /// The search of a query protocol's list: in columns of its own set, or of another one that has the records' keys.
    pub(super) fn searched(&self, node: &Node, (list, all): (&Read, bool)) -> Option<Read> {
        let sink = self.common.ctx.sink;
        sink.keys(node, "`search`", &format::SEARCH).then_some(())?;
        let wrong = |message: &str, remedy: &str| {
            sink.error((M053, &node.place), message, remedy);
            None
        };
        let Some(given) = node.get("in") else {
            return wrong("the search does not say what it looks in", "add `in:`, the columns that have the words");
        };
        let columns = given.list().unwrap_or(std::slice::from_ref(given)).iter();
        let columns: Vec<Arc<str>> = columns.filter_map(|column| sink.text(column, "a column").cloned()).collect();
        let (set, keys) = match (node.get("set"), node.get("keys")) {
            (None, None) => return Some(Read { search: true, columns, ..list.clone() }),
            (Some(set), Some(keys)) => (set, keys),
            _ => {
                let remedy = "`set` is the other set, `keys` its column with the record's key";
                return wrong("`set` and `keys` of a search go together", remedy);
            }
        };
        if !all || self.key_parts.len() > 1 {
            let remedy = "search by columns of the entity's own set";
            return wrong("another set is searched for lists of everything with keys of one part only", remedy);
        }
        let keys = Here::mapping(self.common.ctx, &[]).path(keys, "`keys`")?;
        let set = sink.text(set, "`set`")?;
        // Of the record's own columns the other set has its key: by that, the keys that were found can be ordered.
        let is_key = |field: FieldId| match self.mapping(field) {
            Some(Mapping::One(value)) => value.push.is_some() && value.push.as_ref() == self.key_parts.first(),
            _ => false,
        };
        let order = list.order.iter().filter(|(field, _)| is_key(*field));
        let order = order.map(|(field, _)| (*field, Arc::clone(&keys.text))).collect();
        Some(Read { search: true, columns, by: None, order, ..self.elsewhere(set, set, keys) })
    }

    /// A query protocol's list of keys in another set: nothing of what the records' own columns can do holds there.
    pub(super) fn elsewhere(&self, set: &Arc<str>, by: &Arc<str>, keys: Path) -> Read {
        let path = Pattern { parts: vec![Part::Text(Arc::clone(set))], text: Arc::clone(set) };
        let request = Request::bare(Method::Get, path);
        let by = Some(Arc::clone(by));
        Read { request, by, keys: Some(keys), ..bare() }
    }

    fn mapping(&self, field: FieldId) -> Option<&Mapping> {
        self.fields.get(usize::from(field.0))?.as_ref()
    }

    /// What is pushed may be wider than what is asked for, never narrower.
    fn may_push(&self, field: FieldId, node: &Node, key: &str) -> bool {
        if self.mapping(field).is_none() {
            let message = format!("this field is not mapped: nothing can be checked that is asked for by `{key}`");
            self.common.ctx.sink.warn((M052, &node.place), message, "map it, or take it out");
            return false;
        }
        let narrower = match self.mapping(field) {
            Some(Mapping::One(value)) => !matches!(value.from.as_slice(), [Origin::Path(_)]),
            _ => false,
        };
        if narrower && key == "filter" {
            let message = "this field has fallbacks or CEL: what is pushed would be narrower than the field";
            self.common.ctx.sink.error((M051, &node.place), message, "take it out of `filter`, or map it to one path");
        }
        !(narrower && key == "filter")
    }

    /// The field of text that shows where something was found.
    fn excerpt(&self, node: &Node) -> Option<FieldId> {
        let id = self.field(self.common.ctx.sink.text(node, "`excerpt`")?, node)?;
        let kind = self.entity.field(id).map(|field| &field.kind);
        if matches!(kind, Some(FieldKind::Stored(Shape::Scalar(Scalar::String)))) {
            return Some(id);
        }
        self.common.ctx.sink.error((M001, &node.place), "an excerpt is a field of text", "name a `String` field");
        None
    }

    fn sorted(&self, node: &Node) -> Option<Order> {
        let text = self.common.ctx.sink.text(node, "`sorted`")?;
        let (descending, name) = text.strip_prefix('-').map_or((false, &**text), |name| (true, name));
        self.field(name, node).map(|field| Order { field, descending })
    }

    /// A stored field or reference of the entity.
    fn field(&self, name: &str, node: &Node) -> Option<FieldId> {
        let id = self.entity.field_id(name);
        let kind = id.and_then(|id| self.entity.field(id)).map(|field| &field.kind);
        if matches!(kind, Some(FieldKind::Stored(_) | FieldKind::Reference(_))) {
            return id;
        }
        let remedy = match kind {
            Some(FieldKind::Derived(_)) => "it is worked out from other fields; list those".to_owned(),
            _ => suggestion(name, self.entity.fields.iter().map(|field| &*field.name)),
        };
        let message = format!("`{}` has no field `{name}` that a system keeps", self.entity.name);
        self.common.ctx.sink.error((M020, &node.place), message, remedy);
        None
    }

    fn check_placed(&self, read: &Read, uses: &Uses, node: &Node) {
        let search = node.get("search").and_then(|search| self.common.ctx.sink.boolean(search, "`search`"));
        if search.is_some_and(|search| search != read.search) {
            let place = &node.get("search").unwrap_or(node).place;
            let remedy = "a search is a read that places `= phrase`, and no other does";
            self.common.ctx.sink.error((M056, place), "`search` and the request disagree", remedy);
        }
        if let Some(excerpt) = node.get("excerpt").filter(|_| !read.search) {
            let remedy = "take it away; only what was searched for was found somewhere";
            self.common.ctx.sink.error((M056, &excerpt.place), "`excerpt` of a read that is no search", remedy);
        }
        let Some(language) = &read.language else { return };
        let unplaced = |what: &str| {
            let remedy = format!("put `= {what}` into the request");
            self.common.ctx.sink.error((M056, &node.place), format!("`{what}` is made and not placed"), remedy);
        };
        let asks = !read.filter.is_empty() || read.by.is_some();
        if asks && language.form != LanguageForm::Params && !uses.name("where") {
            unplaced("where");
        }
        if !read.order.is_empty() && language.order.is_some() && !language.order_params && !uses.name("order") {
            unplaced("order");
        }
    }
}

/// The path of all of an answer.
pub(super) fn whole() -> Path {
    Path { root: Root::Row, steps: Arc::from([]), text: Arc::from(".") }
}

/// A read that the engine makes by itself.
pub(super) fn bare() -> Read {
    Read {
        request: nowhere(),
        rows: whole(),
        single: false,
        keys: None,
        groups: None,
        parent: None,
        by: None,
        many: None,
        page: page::unpaged(),
        language: None,
        filter: Vec::new(),
        order: Vec::new(),
        sorted: None,
        search: false,
        columns: Vec::new(),
        excerpt: None,
        local: 0,
        keep: None,
        varies: Vec::new(),
    }
}

/// The request of a read that the engine makes by itself.
fn nowhere() -> Request {
    Request::bare(Method::Get, Pattern { parts: Vec::new(), text: Arc::from("") })
}
