//! What is seen only of a write as a whole: whether it says whose it is, takes what it says, and can be checked.

use super::codes::{M027, M072, M073, M074};
use super::writes::{Used, Writer};
use super::yaml::{Entry, Node};
use crate::connector::{EvidenceRule, Origin, WriteMapping, WriteWay, taken};

/// Checks one write.
pub(super) fn check(writer: &Writer<'_>, (write, used): (&WriteMapping, &Used), (entry, root): (&Entry, &Node)) {
    fields(writer, write, entry);
    account(writer, (write, used), entry);
    let behind = writer.of.get.first().is_some_and(|read| read.language.is_some());
    if behind && (write.confirm.is_some() || writer.of.version.is_some()) {
        let what = if write.confirm.is_some() { "confirmed" } else { "compared with the version before" };
        let message = format!("`{}` is {what} by a read that may be behind", entry.key);
        let place = root.get("get").map_or(&root.place, |get| &get.place);
        writer.common.ctx.sink.error((M074, place), message, "a `get` that sees a write at once: by key, not a search");
    }
}

/// What is named in `fields` has to be mapped with a way back, or used.
fn fields(writer: &Writer<'_>, write: &WriteMapping, entry: &Entry) {
    let Some(named) = &write.fields else { return };
    let sink = writer.common.ctx.sink;
    let known = taken(writer.common.ctx.graph, writer.of, write);
    let place = entry.value.get("fields").map_or(&entry.at, |fields| &fields.place);
    for name in named.iter().filter(|name| !known.iter().any(|known| **known == ***name)) {
        let first = name.split('.').next().unwrap_or_default();
        let plain = first.strip_suffix("Id").unwrap_or(first);
        let mapped = [first, plain].into_iter().any(|field| {
            let id = writer.entity.field_id(field);
            id.is_some_and(|id| writer.of.fields.get(usize::from(id.0)).is_some_and(Option::is_some))
        });
        if mapped && write.sends_values {
            let message = format!("`{name}` is made of several paths, of CEL, or of a condition: it has no way back");
            sink.error((M027, place), message, "say where it goes (`write: path` in its mapping), or use `input.x`");
        } else {
            let message = format!("`{}` takes `{name}`, and does nothing with it", entry.key);
            sink.error((M073, place), message, "map it, use `input.x` in the request, or leave it out of `fields`");
        }
    }
}

/// A record that is made belongs to the account it is made for.
fn account(writer: &Writer<'_>, (write, used): (&WriteMapping, &Used), entry: &Entry) {
    let own = match &writer.of.evidence {
        EvidenceRule::Own(Origin::Path(path)) => {
            Writer::in_row(path) && (write.sends_values || matches!(write.way, WriteWay::Row(_)))
        }
        EvidenceRule::Own(Origin::Computed(_)) | EvidenceRule::Membership { .. } => false,
        EvidenceRule::Parent(..) | EvidenceRule::Itself | EvidenceRule::Viewer(_) | EvidenceRule::Tenant => true,
    };
    if write.creates && !own && !used.path(["caller", "account"]) {
        let message = format!("`{}` makes a record, and does not say whose it is", entry.key);
        let remedy = "send `values`, which have the account where the evidence is, or place `= caller.account`";
        writer.common.ctx.sink.error((M072, &entry.at), message, remedy);
    }
}
