//! `once:` — how one effect is made sure of, when a write is asked for again because its answer was lost.

use std::sync::Arc;
use std::time::Duration;

use super::codes::{M001, M070, M071};
use super::format;
use super::here::{AFTER, WRITE};
use super::sink::suggestion;
use super::writes::{Used, Writer};
use super::yaml::{Entry, Node};
use crate::connector::{Look, LookBy, Once, ProtocolKind};

/// How long it takes at most until something can be found, where nothing else is said.
const SETTLE: Duration = Duration::from_secs(30);

const REMEDY: &str = "`natural`, `{ header, for }`, `{ stamp, find, settle }`, `{ unique }`, `{ upsert }`, `{ last }`, or \
                      `{ uncertain: \"why\" }`";

/// Reads `once:`. Only an `update` may leave it out: repeating it changes nothing.
pub(super) fn read(writer: &Writer<'_>, (entry, node): (&Entry, &Node), used: &mut Used) -> Option<Once> {
    let sink = writer.common.ctx.sink;
    let Some(given) = node.get("once") else {
        if &*entry.key != "update" {
            let message = format!("nothing says how one effect of `{}` is made sure of", entry.key);
            sink.error((M070, &entry.at), message, format!("add `once:`: {REMEDY}"));
        }
        return None;
    };
    if let Some(word) = given.text() {
        if &**word != "natural" {
            sink.error((M001, &given.place), format!("`once` cannot be `{word}`"), REMEDY);
        }
        return Some(Once::Natural);
    }
    sink.keys(given, "`once`", &format::ONCE).then_some(())?;
    let text = |key: &str| given.get(key).and_then(|value| sink.text(value, &format!("`{key}`"))).cloned();
    if let Some(why) = text("uncertain") {
        return Some(Once::Uncertain(why));
    }
    if text("upsert").is_some() {
        return Some(Once::Natural);
    }
    let header = text("header").map(|name| {
        let kept = given.get("for").and_then(|kept| sink.duration(kept, "`for`"));
        if kept.is_none() {
            sink.error(
                (M001, &given.place),
                "`header` needs `for`",
                "how long the system remembers a key, such as `24h`",
            );
        }
        (name, kept.unwrap_or_default())
    });
    let look = look(writer, given, used);
    let named = ["header", "stamp", "unique", "last"].into_iter().any(|way| given.get(way).is_some());
    if !named {
        sink.error((M070, &given.place), "`once` does not say how one effect is made sure of", REMEDY);
    }
    Some(Once::Known { header, look })
}

fn look(writer: &Writer<'_>, given: &Node, used: &mut Used) -> Option<Look> {
    let sink = writer.common.ctx.sink;
    let settle = given.get("settle").and_then(|settle| sink.duration(settle, "`settle`")).unwrap_or(SETTLE);
    let created = given.get("created").and_then(|path| writer.here(&[]).path(path, "`created`"));
    let ways: Vec<&str> = ["stamp", "unique", "last"].into_iter().filter(|way| given.get(way).is_some()).collect();
    let [way] = ways.as_slice() else {
        if ways.len() > 1 {
            sink.error((M001, &given.place), "`once` looks for it in more than one way", "keep one of them");
        }
        return None;
    };
    let node = given.get(way)?;
    let by = match *way {
        "stamp" => stamp(writer, (given, node))?,
        "unique" => {
            let find = sink.text(node, "`unique`")?;
            found(writer, node, find);
            LookBy::Unique { find: Arc::clone(find) }
        }
        _ => last(writer, node, used)?,
    };
    Some(Look { by, settle, created })
}

fn stamp(writer: &Writer<'_>, (given, node): (&Node, &Node)) -> Option<LookBy> {
    let sink = writer.common.ctx.sink;
    let column = writer.here(&[]).path(node, "`stamp`")?;
    if writer.common.protocol == ProtocolKind::OData && given.get("find").is_none() {
        // The engine asks for any column.
        let find = Arc::clone(&column.text);
        return Some(LookBy::Stamp { column, find });
    }
    let Some(find) = given.get("find") else {
        let message = format!("`{}` is stamped, and nothing finds it by that", column.text);
        sink.error((M071, &node.place), message, "add `find:`, the name of an entry of `find`");
        return None;
    };
    let name = sink.text(find, "`find`")?;
    found(writer, find, name);
    Some(LookBy::Stamp { column, find: Arc::clone(name) })
}

/// Checks that there is a find of that name.
fn found(writer: &Writer<'_>, node: &Node, name: &str) {
    if !writer.of.find.contains_key(name) {
        let known = writer.of.find.keys().map(|known| &**known);
        let message = format!("there is no find `{name}`");
        writer.common.ctx.sink.error((M071, &node.place), message, suggestion(name, known));
    }
}

fn last(writer: &Writer<'_>, node: &Node, used: &mut Used) -> Option<LookBy> {
    let sink = writer.common.ctx.sink;
    sink.keys(node, "`last`", &format::LAST).then_some(())?;
    let (asking, after) = (writer.here(WRITE), writer.here(AFTER));
    let request = writer.request(&asking, node)?;
    let rows = node.get("rows").and_then(|rows| after.path(rows, "`rows`"));
    let same = node.get("same").and_then(|same| writer.cel(&after, same));
    let key = node.get("key").map(|key| writer.key(&after, key)).unwrap_or_default();
    let (Some(rows), Some(same), false) = (rows, same, key.is_empty()) else {
        sink.error(
            (M001, &node.place),
            "`last` needs `rows`, `same` and `key`",
            "where the rows are, which is ours, its key",
        );
        return None;
    };
    // The input is used by the write itself, too: only that counts for what it takes.
    drop((asking.take_uses(), after.take_uses(), used));
    Some(LookBy::Last { request: Box::new(request), rows, same, key })
}
