//! Lists shown as one: `@merge` names lists, dates, filters and kinds that must exist, and makes items of records.

use apollo_compiler::Node;
use apollo_compiler::schema::{EnumType, FieldDefinition, ObjectType, Value};

use super::figures::{follow, list_of, unfit, unknown_test};
use crate::diagnostic::Report;
use crate::graph::codes;
use crate::graph::sdl::{Sdl, Spot};

/// What the gateway makes of a record for an item of a merged list, each with its type; `kind` is of any enum.
const ITEM_FIELDS: [(&str, &str); 7] = [
    ("at", "DateTime"),
    ("type", "RecordType"),
    ("title", "String"),
    ("statusLabel", "String"),
    ("kind", ""),
    ("dueOn", "Date"),
    ("record", "Record"),
];

/// Whether the gateway can make that field of an item of a merged list.
pub(in crate::graph) fn is_item_field(name: &str) -> bool {
    ITEM_FIELDS.iter().any(|(known, _)| *known == name)
}

/// The items that a connection shows where it lists no records: what the gateway makes of them.
pub(in crate::graph) fn item_of<'a>(sdl: Sdl<'a>, connection: &str) -> Option<&'a ObjectType> {
    connection.strip_suffix("Connection")?;
    let nodes = sdl.object(connection)?.fields.get("nodes")?;
    sdl.object(nodes.ty.inner_named_type()).filter(|item| item.directives.has("gateway"))
}

pub(super) fn check(sdl: Sdl<'_>, report: &mut Report) {
    for object in sdl.objects() {
        for field in object.fields.values() {
            let Some(merge) = field.directives.get("merge") else { continue };
            let checked = Merged { sdl, object, field, item: item_of(sdl, field.ty.inner_named_type()) };
            checked.shape(report);
            let lists = merge.specified_argument_by_name("lists");
            let one = lists.filter(|lists| lists.as_object().is_some());
            let several = lists.and_then(|lists| lists.as_list()).unwrap_or_default();
            for list in several.iter().chain(one) {
                checked.list(list, report);
            }
        }
    }
}

/// A merged field, and the items that it shows.
struct Merged<'a> {
    sdl: Sdl<'a>,
    object: &'a ObjectType,
    field: &'a FieldDefinition,
    item: Option<&'a ObjectType>,
}

impl<'a> Merged<'a> {
    fn coordinate(&self) -> String {
        format!("{}.{}", self.object.name, self.field.name)
    }

    fn spot(&self, code: &'static str, of: &Node<Value>) -> Spot {
        self.sdl.at(code, of.location().or_else(|| self.field.name.location()))
    }

    /// The items have nothing but what can be made of a record.
    fn shape(&self, report: &mut Report) {
        let Some(item) = self.item else {
            report.push(self.sdl.at(codes::MERGED_ITEM, self.field.name.location()).error(
                format!(
                    "`{}` merges lists into {}, which is no connection of items that the gateway makes",
                    self.coordinate(),
                    self.field.ty.inner_named_type()
                ),
                "Make it a TimelineConnection, or a connection of a type of your own that is marked @gateway.",
            ));
            return;
        };
        for field in item.fields.values() {
            let named = field.ty.inner_named_type().as_str();
            let known = ITEM_FIELDS.iter().find(|(name, _)| *name == field.name.as_str());
            let Some((_, wanted)) = known.filter(|(_, wanted)| field.ty.is_list() || *wanted != named) else {
                continue;
            };
            if wanted.is_empty() && !field.ty.is_list() && self.sdl.enumeration(named).is_some() {
                continue;
            }
            let wanted = if wanted.is_empty() { "an enum" } else { wanted };
            report.push(self.sdl.at(codes::MERGED_ITEM, field.name.location()).error(
                format!("`{}.{}` is {}; in an item of a merged list it is {wanted}", item.name, field.name, field.ty),
                "Give it that type, or another name.",
            ));
        }
    }

    fn list(&self, of: &Node<Value>, report: &mut Report) {
        let coordinate = self.coordinate();
        let given = |name: &str| of.as_object()?.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let text = |name: &str| given(name).and_then(|value| value.as_str());
        self.kind(of, text("kind"), report);
        let list = text("list").unwrap_or_default();
        let Some((field, listed)) = list_of(self.sdl, self.object, list) else {
            report.push(self.spot(codes::MERGED_LIST, of).error(
                format!("`{coordinate}` takes in the list `{list}`, which {} does not have", self.object.name),
                format!("Name a connection field of {}.", self.object.name),
            ));
            return;
        };
        let at = text("at").unwrap_or_default();
        let told = listed.fields.get(at).filter(|field| self.sdl.answered_by(field).is_none() && !field.ty.is_list());
        if !told.is_some_and(|field| matches!(field.ty.inner_named_type().as_str(), "Date" | "DateTime")) {
            report.push(self.spot(codes::MERGED_AT, of).error(
                format!("`{coordinate}` orders `{list}` by `{at}`, which is no date or instant of {}", listed.name),
                format!("Name a Date or DateTime of {}.", listed.name),
            ));
        }
        let is_day = |path: &str| {
            let field = follow(self.sdl, listed, path).filter(|field| !field.ty.is_list());
            field.is_some_and(|field| field.ty.inner_named_type() == "Date")
        };
        if let Some(due) = text("due").filter(|path| !is_day(path)) {
            report.push(self.spot(codes::MERGED_DUE, of).error(
                format!("`{coordinate}` takes `{due}` of {} for `dueOn`, which is no Date of it", listed.name),
                format!("Name a Date of {}; a path leads into a value of it: `approval.dueOn`.", listed.name),
            ));
        }
        let Some(filter) = given("filter") else { return };
        if let Some(unknown) = unknown_test(self.sdl, field, filter) {
            report.push(self.spot(codes::MERGED_FILTER, of).error(
                format!("`{coordinate}` filters `{list}` by `{unknown}`, which its filter does not have"),
                "Name a field of the list's filter type, or add it there.",
            ));
        }
        if let Some(wrong) = unfit(self.sdl, field, filter) {
            report.push(
                self.spot(codes::MERGED_FILTER, of)
                    .error(format!("`{coordinate}` filters `{list}` by {wrong}"), "Write a value of that type."),
            );
        }
    }

    fn kind(&self, of: &Node<Value>, kind: Option<&str>, report: &mut Report) {
        let Some(field) = self.item.map(|item| item.fields.get("kind")) else { return };
        let values: Option<&EnumType> = field.and_then(|field| self.sdl.enumeration(field.ty.inner_named_type()));
        let required = field.is_some_and(|field| field.ty.is_non_null());
        let known = |kind: &str| values.is_some_and(|of| of.values.contains_key(kind));
        let message = match (kind, values) {
            (Some(kind), Some(of)) if !known(kind) => {
                format!("is of the kind `{kind}`, which {} does not have", of.name)
            }
            // A `kind` of another type is told of by itself.
            (Some(_), None) if field.is_none() => "has a kind, and its items have none".to_owned(),
            (None, Some(_)) if required => "has no kind, and its items must have one".to_owned(),
            _ => return,
        };
        let remedy = match values {
            Some(of) => format!(
                "Name one of these: `{}`.",
                of.values.keys().map(|value| value.as_str()).collect::<Vec<_>>().join("`, `")
            ),
            None => "Take `kind` away, or give the item's type a field `kind` of an enum.".to_owned(),
        };
        report.push(
            self.spot(codes::MERGED_KIND, of)
                .error(format!("a list that `{}` takes in {message}", self.coordinate()), remedy),
        );
    }
}
