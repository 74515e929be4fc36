//! Lists of a query protocol whose parent stands in another set only.

use super::codes::{M050, M053};
use super::entity::Draft;
use super::format;
use super::here::Here;
use super::reads::Reader;
use super::sink::suggestion;
use super::yaml::{Entry, Node};
use crate::connector::ListMapping;
use crate::graph::FieldKind;

impl Draft<'_> {
    /// A list whose parent stands in another set only: that set has the keys of its records.
    pub(super) fn list_elsewhere(&self, reader: &Reader<'_>, (entry, set): (&Entry, &Node)) -> Option<ListMapping> {
        let sink = self.common.ctx.sink;
        sink.keys(&entry.value, "a list out of another set", &format::OTHER_SET);
        let references = self.entity.fields.iter().filter(|field| matches!(field.kind, FieldKind::Reference(_)));
        let parent = self.entity.field_id(&entry.key);
        let parent = parent.filter(|parent| {
            self.entity.field(*parent).is_some_and(|field| matches!(field.kind, FieldKind::Reference(_)))
        });
        if parent.is_none() {
            let message = format!("`{}` has no reference `{}` to list by", self.entity.name, entry.key);
            sink.error((M050, &entry.at), message, suggestion(&entry.key, references.map(|field| &*field.name)));
        }
        let (Some(by), Some(keys)) = (entry.value.get("by"), entry.value.get("keys")) else {
            let message = format!("the list by `{}` reads another set, and does not say what of it", entry.key);
            let remedy = "add `by:`, its column with the parent's key, and `keys:`, its column with the record's";
            sink.error((M053, &entry.value.place), message, remedy);
            return None;
        };
        if reader.key_parts.len() > 1 {
            let message =
                format!("`{}` has a key of several parts, which cannot be listed out of another set", self.entity.name);
            sink.error((M053, &keys.place), message, "list it by a column of its own set");
        }
        let (set, by) = (sink.text(set, "`set`")?, sink.text(by, "`by`")?);
        let keys = Here::mapping(self.common.ctx, &[]).path(keys, "`keys`")?;
        let way = reader.elsewhere(set, by, keys);
        Some(ListMapping { parent: Some(parent?), ways: vec![way] })
    }
}
