//! `storage:` — which bucket or folder a store of objects is. A folder is the operator's word alone: a manifest, which
//! anybody may have written, cannot point at one.

use std::path::PathBuf;
use std::sync::Arc;

use super::LoadInput;
use super::codes::{M001, M008, M019, M081};
use super::format;
use super::here::Here;
use super::yaml::Node;
use crate::connector::{Part, Pattern, ProtocolKind, StorageOptions, StoragePlace};

/// Reads `storage:`; there has to be one for the engine of objects, and for no other.
pub(super) fn read(
    here: &Here<'_>,
    (input, protocol): (&LoadInput<'_>, ProtocolKind),
    root: &Node,
) -> Option<StorageOptions> {
    let sink = here.ctx.sink;
    let node = match (root.get("storage"), protocol) {
        (Some(node), ProtocolKind::Storage) => node,
        (Some(node), _) => {
            let remedy = "remove it, or say `protocol: storage`";
            sink.error((M019, &node.place), "this is not for the connector's protocol", remedy);
            return None;
        }
        (None, ProtocolKind::Storage) => {
            let remedy = "`storage: { service: s3, bucket: \"{bucket}\", region: \"{region}\" }`";
            sink.error((M081, &root.place), "nothing says where the objects are", remedy);
            return None;
        }
        (None, _) => return None,
    };
    sink.keys(node, "`storage`", &format::STORAGE).then_some(())?;
    let below = node.get("below").and_then(|below| sink.number(below, "`below`")).unwrap_or(0);
    let below = usize::try_from(below).unwrap_or(usize::MAX);
    // What the other kind of place would need is read, too: its settings are used.
    let (bucket, folder) = (bucket(here, node), node.get("folder").and_then(|folder| named(here, folder)));
    let service = text(here, node, "service")?;
    let place = match &*service {
        "s3" => bucket,
        "fs" => self::folder(here, input, (node, folder)),
        other => {
            let place = &node.get("service").unwrap_or(node).place;
            sink.error((M008, place), format!("`{other}` is no service"), "`s3` or `fs`");
            None
        }
    };
    Some(StorageOptions { place: place?, below })
}

fn bucket(here: &Here<'_>, node: &Node) -> Option<StoragePlace> {
    let sink = here.ctx.sink;
    let service = text(here, node, "service").unwrap_or_default();
    let name = text(here, node, "bucket").unwrap_or_default();
    let root = text(here, node, "root").unwrap_or_default();
    let region = text(here, node, "region").filter(|region| !region.is_empty());
    let in_host = text(here, node, "inHost").is_some_and(|word| &*word == "true");
    let place = |key: &str| &node.get(key).unwrap_or(node).place;
    if &*service != "s3" {
        return None;
    }
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '_');
    if name.is_empty() || !name.chars().all(known) {
        let message = if name.is_empty() { "there is no bucket".to_owned() } else { format!("`{name}` is no bucket") };
        sink.error((M081, place("bucket")), message, "small letters, digits, dots and hyphens: give its name");
        return None;
    }
    if root.split('/').any(|part| matches!(part, "." | "..")) {
        sink.error((M081, place("root")), format!("`{root}` climbs"), "a path inside the bucket, such as `portal/`");
        return None;
    }
    let region = region.unwrap_or_else(|| Arc::from("us-east-1"));
    Some(StoragePlace::Bucket { name, region, root, in_host })
}

/// The name of the one setting that a pattern is.
fn named(here: &Here<'_>, node: &Node) -> Option<Arc<str>> {
    let sink = here.ctx.sink;
    let text = sink.text(node, "`folder`")?;
    here.pattern(node, "`folder`")?;
    let name = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).filter(|name| !name.contains('{'));
    if name.is_none() {
        let remedy = "name the one setting that has it, such as `folder: \"{folder}\"`";
        sink.error((M081, &node.place), "only the operator says which folder it is", remedy);
    }
    name.map(Arc::from)
}

fn folder(here: &Here<'_>, input: &LoadInput<'_>, (node, name): (&Node, Option<Arc<str>>)) -> Option<StoragePlace> {
    let sink = here.ctx.sink;
    let Some(setting) = name else {
        sink.error(
            (M001, &node.place),
            "`fs` needs `folder`",
            "the setting that has it, such as `folder: \"{folder}\"`",
        );
        return None;
    };
    let place = &node.get("folder").unwrap_or(node).place;
    let given = input.settings.get(&*setting).map(PathBuf::from);
    match given {
        Some(folder) if folder.is_absolute() && folder.parent().is_some() => Some(StoragePlace::Folder(folder)),
        Some(folder) => {
            let message = format!("`{}` is no folder to keep objects in", folder.display());
            sink.error((M081, place), message, "a whole path, which begins with `/`, and not the root itself");
            None
        }
        None => {
            let message = format!("the source gives no `{setting}`");
            sink.error(
                (M081, place),
                message,
                "the folder is the operator's own word: give it in the source's settings",
            );
            None
        }
    }
}

fn text(here: &Here<'_>, node: &Node, key: &str) -> Option<Arc<str>> {
    let pattern = here.pattern(node.get(key)?, &format!("`{key}`"))?;
    Some(literal(&pattern).into())
}

fn literal(pattern: &Pattern) -> String {
    let parts = pattern.parts.iter().map(|part| match part {
        Part::Text(text) | Part::Slot(text) => &**text,
    });
    parts.collect()
}
