//! One value: where it is taken from, which words it has, how it is written, what it is called in filters.

use std::sync::Arc;

use super::codes::{M001, M019, M020, M023, M031, M032, M051};
use super::fields::{Fields, Scope};
use super::format;
use super::here::expression;
use super::needs::Base;
use super::sink::suggestion;
use super::wire::WireType;
use super::yaml::{Entry, Node};
use crate::connector::{Condition, Form, Origin, Root, Step, ValueMapping, WireForm, WriteTo};
use crate::graph::{Scalar, Shape};
use crate::model::{EntityId, FieldId, Value};

/// What kind of value is mapped.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Shape(Shape),
    Money,
    RichText,
    Reference(EntityId),
}

impl Kind {
    /// The form of one value, where this is a scalar, an enum, or a list of these.
    fn element(&self) -> Option<&Shape> {
        match self {
            Self::Shape(Shape::List { of, .. }) => Some(of),
            Self::Shape(shape) => Some(shape),
            _ => None,
        }
    }
}

impl Fields<'_> {
    /// One value.
    pub(super) fn one(&self, kind: Kind, (name, node): (&Arc<str>, &Node), scope: &Scope<'_>) -> Option<ValueMapping> {
        let (sink, here) = (self.common.ctx.sink, &scope.here);
        let long = node.entries().is_some();
        if long {
            sink.keys(node, &format!("the mapping of `{name}`"), &format::VALUE);
        }
        let given = if long { node.get("from") } else { Some(node) };
        let from = given.map(|from| here.origins(from, &format!("`{name}`"))).unwrap_or_default();
        let part = |key: &str| if long { node.get(key) } else { None };
        let cases = part("cases").map(|cases| self.cases(&kind, cases, scope)).unwrap_or_default();
        let otherwise = part("else").and_then(|node| self.word(&kind, node, "else"));
        if given.is_none() && part("cases").is_none() && part("else").is_none() {
            let remedy = "add `from:`, a path";
            sink.error((M023, &node.place), format!("nothing says where `{name}` is taken from"), remedy);
        }
        let map = part("map").map(|map| self.map(&kind, map)).unwrap_or_default();
        let currency = match kind {
            Kind::Money => {
                let inside = scope.base != Base::Row;
                let own = part("currency").is_some();
                if !own {
                    scope.needs.borrow_mut().add(self.money_needs);
                }
                self.usual.of(here, (name, node), inside)
            }
            _ => Vec::new(),
        };
        self.check_kind(&kind, (name, part("currency"), part("as"), part("is")));
        let push = self.push((name, node), &from);
        let wire =
            part("wire").and_then(|wire| self.wire(&kind, (name, wire))).unwrap_or_else(|| self.usual_wire(&kind));
        let write = self.write_to((part("label"), part("write"), part("bind")), scope);
        Some(ValueMapping {
            form: self.form(&kind, part("as"), part("is")),
            when: part("when").and_then(|when| here.condition(when, "`when`")),
            cases,
            map,
            otherwise,
            wire,
            currency,
            push,
            text: text_of(given),
            from,
            write,
        })
    }

    fn form(&self, kind: &Kind, rich: Option<&Node>, by: Option<&Node>) -> Form {
        let sink = self.common.ctx.sink;
        match kind {
            Kind::Shape(shape) => Form::Shape(shape.clone()),
            Kind::Money => Form::Money,
            Kind::RichText => {
                let html = rich.and_then(|form| sink.word(form, "`as`", &[("html", true), ("text", false)]));
                Form::RichText { html: html.unwrap_or(false) }
            }
            Kind::Reference(target) => Form::Reference(*target, by.and_then(|by| self.reference_by(*target, by))),
        }
    }

    fn reference_by(&self, target: EntityId, node: &Node) -> Option<FieldId> {
        let name = self.common.ctx.sink.text(node, "`is`")?;
        let entity = self.common.ctx.graph.entity(target)?;
        let field = entity.field_id(name);
        if field.is_none() {
            let remedy = suggestion(name, entity.fields.iter().map(|field| &*field.name));
            let message = format!("`{}` has no field `{name}`", entity.name);
            self.common.ctx.sink.error((M020, &node.place), message, remedy);
        }
        field
    }

    fn check_kind(&self, kind: &Kind, (name, currency, rich, by): (&str, Option<&Node>, Option<&Node>, Option<&Node>)) {
        let wrong = |node: &Node, key: &str, of: &str| {
            let message = format!("`{key}` is for {of}, which `{name}` is not");
            self.common.ctx.sink.error((M001, &node.place), message, "remove it");
        };
        match (kind, currency) {
            (Kind::Money, _) | (_, None) => {}
            (_, Some(node)) => wrong(node, "currency", "amounts of money"),
        }
        match (kind, rich) {
            (Kind::RichText, _) | (_, None) => {}
            (_, Some(node)) => wrong(node, "as", "rich text"),
        }
        match (kind, by) {
            (Kind::Reference(_), _) | (_, None) => {}
            (_, Some(node)) => wrong(node, "is", "references"),
        }
    }

    /// Where a value is written to.
    fn write_to(
        &self,
        (label, write, bind): (Option<&Node>, Option<&Node>, Option<&Node>),
        scope: &Scope<'_>,
    ) -> WriteTo {
        let sink = self.common.ctx.sink;
        if let Some(label) = label.filter(|label| sink.boolean(label, "`label`") == Some(true)) {
            let remedy = "map the label's own path; where the system has none, the gateway's words stand in";
            sink.error((M019, &label.place), "labels of codes are not read yet", remedy);
        }
        if let Some(bind) = bind {
            sink.text(bind, "`bind`");
        }
        match write {
            None => WriteTo::Usual,
            Some(write) if write.text().is_some_and(|text| &**text == "false") => WriteTo::Never,
            Some(write) => scope.here.afresh().path(write, "`write`").map_or(WriteTo::Never, WriteTo::Path),
        }
    }

    fn cases(&self, kind: &Kind, node: &Node, scope: &Scope<'_>) -> Vec<(Condition, Value)> {
        let sink = self.common.ctx.sink;
        let Some(items) = node.list() else {
            sink.error((M001, &node.place), "`cases` must be a list", "such as `[{ when: { paid: true }, is: PAID }]`");
            return Vec::new();
        };
        let case = |item: &Node| {
            sink.keys(item, "a case", &format::CASE).then_some(())?;
            let (Some(when), Some(is)) = (item.get("when"), item.get("is")) else {
                sink.error((M001, &item.place), "a case needs `when` and `is`", "`{ when: { paid: true }, is: PAID }`");
                return None;
            };
            Some((scope.here.condition(when, "`when`")?, self.word(kind, is, "cases")?))
        };
        items.iter().filter_map(case).collect()
    }

    fn map(&self, kind: &Kind, node: &Node) -> Vec<(Arc<str>, Value)> {
        let fits = matches!(kind.element(), Some(Shape::Enum(_) | Shape::Scalar(Scalar::Boolean | Scalar::String)));
        if !fits {
            self.no_words(node, "map");
            return Vec::new();
        }
        let entries = self.common.ctx.sink.entries(node, "`map`");
        let word = |entry: &&Entry| Some((Arc::clone(&entry.key), self.word(kind, &entry.value, "map")?));
        entries.iter().filter_map(word).collect()
    }

    fn no_words(&self, node: &Node, key: &str) {
        let remedy = "only enums, Booleans and texts have words; use CEL for what is computed";
        self.common.ctx.sink.error((M032, &node.place), format!("this type has no words for `{key}`"), remedy);
    }

    /// A value as the graph has it.
    fn word(&self, kind: &Kind, node: &Node, key: &str) -> Option<Value> {
        let sink = self.common.ctx.sink;
        match kind.element() {
            Some(Shape::Enum(values)) => {
                let text = sink.text(node, &format!("a value of `{key}`"))?;
                if !values.contains(text) {
                    let remedy = suggestion(text, values.iter().map(|value| &**value));
                    sink.error((M031, &node.place), format!("`{text}` is not a value of the enum"), remedy);
                    return None;
                }
                Some(Value::Text(Arc::clone(text).into()))
            }
            Some(Shape::Scalar(Scalar::Boolean)) => sink.boolean(node, &format!("a value of `{key}`")).map(Value::Bool),
            Some(Shape::Scalar(Scalar::Int | Scalar::Long)) => {
                sink.number(node, &format!("a value of `{key}`")).map(|number| Value::Int(i64::from(number)))
            }
            Some(Shape::Scalar(_)) => {
                sink.text(node, &format!("a value of `{key}`")).map(|text| Value::Text(Arc::clone(text).into()))
            }
            _ => {
                self.no_words(node, key);
                None
            }
        }
    }

    fn wire(&self, kind: &Kind, (name, node): (&str, &Node)) -> Option<WireForm> {
        let wires = &self.common.wires;
        let of = match kind.element() {
            None if matches!(kind, Kind::Money) => WireType::Money,
            Some(Shape::Scalar(Scalar::DateTime)) => WireType::DateTime,
            Some(Shape::Scalar(Scalar::Date)) => WireType::Date,
            Some(Shape::Scalar(Scalar::CurrencyCode | Scalar::CountryCode | Scalar::Locale)) => WireType::Code,
            Some(Shape::Scalar(Scalar::String)) => WireType::Text,
            _ => {
                let message = format!("`{name}` has a type that is written in one way only");
                self.common.ctx.sink.error((M001, &node.place), message, "remove `wire`");
                return None;
            }
        };
        wires.form(self.common.ctx, node, of)
    }

    fn usual_wire(&self, kind: &Kind) -> WireForm {
        match (kind, kind.element()) {
            (Kind::Money, _) => self.common.wires.of_money(),
            (_, Some(Shape::Scalar(scalar))) => self.common.wires.of(*scalar),
            _ => WireForm::Plain,
        }
    }

    /// What filters and orders call the field: its one plain column, or its `name`. Cases and words are seen by the
    /// engines, which push less where they could be narrower than the field; fallbacks and CEL are not.
    fn push(&self, (name, node): (&str, &Node), from: &[Origin]) -> Option<Arc<str>> {
        let sink = self.common.ctx.sink;
        let off = node.get("push").is_some_and(|push| sink.boolean(push, "`push`") == Some(false));
        let called = node.get("name").and_then(|called| sink.text(called, "`name`")).cloned();
        let path = match from {
            [Origin::Path(path)] => Some(path),
            _ => None,
        };
        if let (Some(called), None) = (node.get("name"), path) {
            let message = format!("`{name}` has fallbacks or CEL: what is pushed would be narrower than the field");
            sink.error((M051, &called.place), message, "remove `name`, or map it to one path");
        }
        let path = path.filter(|_| !off)?;
        called.or_else(|| match (path.root, path.steps.as_ref()) {
            (Root::Row, [Step::Name(column)]) => Some(Arc::clone(column)),
            _ => None,
        })
    }
}

/// The origins as written, for faults.
fn text_of(given: Option<&Node>) -> Arc<str> {
    let Some(given) = given else { return Arc::from("cases") };
    let one = std::slice::from_ref(given);
    let texts = given.list().unwrap_or(one).iter();
    let texts: Vec<&str> =
        texts.filter_map(|node| expression(node).or_else(|| node.text().map(|text| &**text))).collect();
    Arc::from(texts.join(" | "))
}
