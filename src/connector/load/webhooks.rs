//! `webhooks:`: how the system proves that it is the sender, and what its events mean.

use std::sync::Arc;
use std::time::Duration;

use super::codes::{M001, M005, M019, M020, M033, M061, M062, M063};
use super::here::Here;
use super::pattern::{self, PatternError};
use super::sink::suggestion;
use super::yaml::Node;
use super::{format, path, touches};
use crate::connector::{
    ChangeRule, Connector, Digest, Encoding, Found, Handshake, KeyForm, Part, Path, Piece, Proof, Recipe, Shared,
    SharedAt, SignedForm, Stamp, Unit, Webhooks,
};
use crate::graph::{FieldKind, Target};
use crate::model::{ChangeKind, EntityId};

/// Handshakes that are one word.
pub(super) const HANDSHAKES: &[&str] = &["cloud-events", "empty"];
/// Hashes.
pub(super) const DIGESTS: &[(&str, Digest)] =
    &[("sha1", Digest::Sha1), ("sha256", Digest::Sha256), ("sha512", Digest::Sha512)];
/// How secrets become keys.
pub(super) const KEY_FORMS: &[(&str, KeyForm)] =
    &[("text", KeyForm::Text), ("base64", KeyForm::Base64), ("whsec", KeyForm::Whsec)];
/// How signatures are written.
pub(super) const ENCODINGS: &[(&str, Encoding)] = &[("hex", Encoding::Hex), ("base64", Encoding::Base64)];
/// How instants are written.
pub(super) const UNITS: &[(&str, Unit)] = &[("s", Unit::Seconds), ("ms", Unit::Millis), ("rfc3339", Unit::Rfc3339)];
/// What may have become of a record.
pub(super) const KINDS: &[(&str, ChangeKind)] =
    &[("CREATED", ChangeKind::Created), ("UPDATED", ChangeKind::Updated), ("DELETED", ChangeKind::Deleted)];
/// How far a time may be from now where nothing is said.
const USUAL_WINDOW: Duration = Duration::from_secs(300);
/// What a signature may be over.
const PIECES: &[&str] = &["method", "url", "body", "timestamp", "signed", "header.X", "body.path"];

/// Reads `webhooks:` of a connector whose entities are known.
pub(super) fn read(here: &Here<'_>, node: &Node, connector: &Connector) -> Option<Webhooks> {
    let sink = here.ctx.sink;
    sink.keys(node, "`webhooks`", &format::WEBHOOKS).then_some(())?;
    let proof = proof(here, node);
    let all = Path { root: crate::connector::Root::Row, steps: Arc::default(), text: Arc::from(".") };
    let rows = node.get("changes").and_then(Node::list);
    if rows.is_none() {
        let place = node.get("changes").map_or(&node.place, |changes| &changes.place);
        sink.error((M001, place), "webhooks need a list of `changes`", "such as `[{ entity: Order, key: id }]`");
    }
    let changes = rows.unwrap_or_default().iter().filter_map(|row| change(here, row, connector)).collect();
    Some(Webhooks {
        handshake: node.get("handshake").and_then(|handshake| self::handshake(here, handshake)),
        events: node.get("events").map_or(Some(all), |events| here.path(events, "`events`"))?,
        only: node.get("only").and_then(|only| here.condition(only, "`only`")),
        id: node.get("id").map(|id| paths(here, id, "`id`")).unwrap_or_default(),
        at: node.get("at").and_then(|at| self::at(here, at)),
        version: node.get("version").and_then(|version| here.path(version, "`version`")),
        changes,
        proof: proof?,
    })
}

fn paths(here: &Here<'_>, node: &Node, what: &str) -> Vec<Path> {
    let one = std::slice::from_ref(node);
    node.list().unwrap_or(one).iter().filter_map(|item| here.path(item, what)).collect()
}

/// When something happened: `at:`.
pub(super) fn at(here: &Here<'_>, node: &Node) -> Option<(Path, Unit)> {
    if node.entries().is_none() {
        return Some((here.path(node, "`at`")?, Unit::default()));
    }
    here.ctx.sink.keys(node, "`at`", &format::AT);
    let unit = node.get("unit").and_then(|unit| here.ctx.sink.word(unit, "`unit`", UNITS)).unwrap_or_default();
    Some((here.path(node.get("path")?, "`path`")?, unit))
}

fn proof(here: &Here<'_>, node: &Node) -> Option<Proof> {
    let remedy = "add `signature:`, or at least `secret: { header: X-Webhook-Secret, key: webhookSecret }`";
    match (node.get("signature"), node.get("secret")) {
        (Some(signature), None) => recipe(here, signature).map(|recipe| Proof::Signature(Box::new(recipe))),
        (None, Some(secret)) => shared(here, secret).map(Proof::Secret),
        (None, None) => {
            here.ctx.sink.error((M061, &node.place), "nothing proves who sent these webhooks", remedy);
            None
        }
        (Some(_), Some(secret)) => {
            let message = "webhooks are proved by a signature or by a secret, not by both";
            here.ctx.sink.error((M061, &secret.place), message, "keep the signature: it cannot be read on the way");
            None
        }
    }
}

fn keys(here: &Here<'_>, node: &Node) -> Vec<Arc<str>> {
    let Some(given) = node.get("key") else {
        here.ctx.sink.error(
            (M001, &node.place),
            "it needs `key`, the name of a secret",
            "such as `key: webhookSecret`",
        );
        return Vec::new();
    };
    let names = here.ctx.sink.texts(given, "`key`");
    for name in names.iter().filter(|name| !here.ctx.use_secret(name)) {
        let remedy = suggestion(name, here.ctx.secret_names());
        here.ctx.sink.error((M033, &given.place), format!("there is no secret `{name}`"), remedy);
    }
    names
}

fn recipe(here: &Here<'_>, node: &Node) -> Option<Recipe> {
    let sink = here.ctx.sink;
    sink.keys(node, "`signature`", &format::SIGNATURE).then_some(())?;
    let found = found(here, node, "signature");
    let over = match node.get("over") {
        Some(over) => pieces(here, over),
        None => {
            sink.error((M001, &node.place), "a signature needs `over`", "what is signed, such as `over: \"{body}\"`");
            None
        }
    };
    let keys = keys(here, node);
    let timestamp = node.get("timestamp").and_then(|node| stamp(here, node));
    let word = |key: &str| node.get(key).map(|node| (node, format!("`{key}`")));
    let digest = word("hmac").and_then(|(node, what)| sink.word(node, &what, DIGESTS)).unwrap_or(Digest::Sha256);
    let key_form = word("keyAs").and_then(|(node, what)| sink.word(node, &what, KEY_FORMS)).unwrap_or_default();
    let encoding = word("encoding").and_then(|(node, what)| sink.word(node, &what, ENCODINGS));
    let (found, over) = (found?, over?);
    let raw = matches!(found, Found::Raw(..));
    let has = |wanted: fn(&Piece) -> bool| over.iter().any(wanted);
    if has(|piece| matches!(piece, Piece::Signed)) != raw {
        let message = "`{signed}` is the signed part of `raw`, and neither is there without the other";
        sink.error((M001, &node.place), message, "write both, or sign the `{body}`");
    }
    if has(|piece| matches!(piece, Piece::Timestamp)) && node.get("timestamp").is_none() {
        sink.error((M001, &node.place), "`{timestamp}` is signed, and nothing says where it is", "add `timestamp:`");
    }
    if !has(|piece| matches!(piece, Piece::Body | Piece::Signed)) {
        let message = "the signature leaves out the body: of an event nothing is believed but the key";
        let remedy = "put `{body}` into `over`, where the system signs it";
        sink.warn((M062, node.get("over").map_or(&node.place, |over| &over.place)), message, remedy);
    }
    Some(Recipe {
        from: found,
        split: node.get("split").and_then(|split| sink.text(split, "`split`")).cloned(),
        form: node.get("form").and_then(|form| self::form(here, form, "signature")).unwrap_or_default(),
        over,
        digest,
        keys,
        key_form,
        encoding: encoding.unwrap_or(Encoding::Hex),
        timestamp,
    })
}

fn stamp(here: &Here<'_>, node: &Node) -> Option<Stamp> {
    let sink = here.ctx.sink;
    sink.keys(node, "`timestamp`", &format::TIMESTAMP).then_some(())?;
    Some(Stamp {
        from: found(here, node, "timestamp")?,
        split: node.get("split").and_then(|split| sink.text(split, "`split`")).cloned(),
        form: node.get("form").and_then(|form| self::form(here, form, "timestamp")).unwrap_or_default(),
        unit: node.get("unit").and_then(|unit| sink.word(unit, "`unit`", UNITS)).unwrap_or_default(),
        window: node.get("window").and_then(|window| sink.duration(window, "`window`")).unwrap_or(USUAL_WINDOW),
    })
}

/// Where a signature or a time stands: one of `header`, `path`, `raw`.
fn found(here: &Here<'_>, node: &Node, slot: &str) -> Option<Found> {
    let sink = here.ctx.sink;
    let given: Vec<_> = ["header", "path", "raw"].into_iter().filter_map(|key| Some((key, node.get(key)?))).collect();
    match *given {
        [("header", node)] => Some(Found::Header(Arc::from(sink.text(node, "`header`")?.to_ascii_lowercase()))),
        [("path", node)] => here.path(node, "`path`").map(Found::Body),
        [(_, node)] => raw(here, node),
        _ => {
            let message = format!("nothing says where the {slot} is, or several things do");
            sink.error((M001, &node.place), message, "write one of `header` and `path`");
            None
        }
    }
}

/// The text and slots of a pattern of which only these are known.
fn slots(here: &Here<'_>, node: &Node, known: &dyn Fn(&str) -> bool) -> Option<Vec<Part>> {
    let text = here.ctx.sink.text(node, "a pattern")?;
    match pattern::parse(text, |slot| known(slot).then(|| Part::Slot(Arc::from(slot)))) {
        Ok(pattern) => Some(pattern.parts),
        Err(PatternError::Broken) => {
            let message = format!("the pattern `{text}` has a brace too many or too few");
            here.ctx.sink.error((M001, &node.place), message, "write `{slot}`; a brace itself is `{{` or `}}`");
            None
        }
        Err(PatternError::Unknown(slot)) => {
            let message = format!("`{{{slot}}}` is not known here");
            here.ctx.sink.error((M005, &node.place), message, suggestion(&slot, PIECES.iter().copied()));
            None
        }
    }
}

fn raw(here: &Here<'_>, node: &Node) -> Option<Found> {
    let parts = slots(here, node, &|slot| matches!(slot, "signed" | "signature"))?;
    match &*parts {
        [Part::Text(before), Part::Slot(one), Part::Text(between), Part::Slot(two), Part::Text(after)]
            if &**one == "signed" && &**two == "signature" =>
        {
            Some(Found::Raw(Arc::clone(before), Arc::clone(between), Arc::clone(after)))
        }
        _ => {
            let message = "`raw` is the whole body, with `{signed}` and behind it `{signature}`, and text round both";
            here.ctx.sink.error((M001, &node.place), message, "such as `{{\"x\":{signed},\"hash\":\"{signature}\"}}`");
            None
        }
    }
}

fn form(here: &Here<'_>, node: &Node, slot: &str) -> Option<SignedForm> {
    let parts = slots(here, node, &|found| found == slot)?;
    let text = |part: Option<&Part>| match part {
        Some(Part::Text(text)) => Arc::clone(text),
        _ => Arc::default(),
    };
    match parts.iter().position(|part| matches!(part, Part::Slot(_))) {
        Some(at) if parts.len() <= 3 && parts.iter().filter(|part| matches!(part, Part::Slot(_))).count() == 1 => {
            let before = text(at.checked_sub(1).and_then(|at| parts.get(at)));
            Some(SignedForm { before, after: text(parts.get(at + 1)) })
        }
        _ => {
            let message = format!("`form` has `{{{slot}}}` in it, once");
            here.ctx.sink.error((M001, &node.place), message, format!("such as `v1={{{slot}}}`"));
            None
        }
    }
}

fn pieces(here: &Here<'_>, node: &Node) -> Option<Vec<Piece>> {
    let known = |slot: &str| {
        matches!(slot, "method" | "url" | "body" | "timestamp" | "signed")
            || slot.strip_prefix("header.").is_some_and(|name| !name.is_empty())
            || slot.strip_prefix("body.").is_some_and(|inside| path::parse(inside, &[]).is_ok())
    };
    let parts = slots(here, node, &known)?;
    let piece = |part: Part| match part {
        Part::Text(text) => Some(Piece::Text(text)),
        Part::Slot(slot) => match &*slot {
            "method" => Some(Piece::Method),
            "url" => Some(Piece::Url),
            "body" => Some(Piece::Body),
            "timestamp" => Some(Piece::Timestamp),
            "signed" => Some(Piece::Signed),
            other => match other.split_once('.')? {
                ("header", name) => Some(Piece::Header(Arc::from(name.to_ascii_lowercase()))),
                (_, inside) => path::parse(inside, &[]).ok().map(Piece::Value),
            },
        },
    };
    parts.into_iter().map(piece).collect()
}

fn shared(here: &Here<'_>, node: &Node) -> Option<Shared> {
    let sink = here.ctx.sink;
    sink.keys(node, "`secret`", &format::SHARED).then_some(())?;
    let given: Vec<_> = ["header", "query", "path"].into_iter().filter_map(|key| Some((key, node.get(key)?))).collect();
    let at = match *given {
        [("header", node)] => SharedAt::Header(Arc::from(sink.text(node, "`header`")?.to_ascii_lowercase())),
        [("query", node)] => SharedAt::Query(Arc::clone(sink.text(node, "`query`")?)),
        [(_, node)] if node.text().is_some_and(|text| &**text == "true") => SharedAt::Address,
        [(_, node)] => SharedAt::Body(here.path(node, "`path`")?),
        _ => {
            let message = "nothing says where the secret is, or several things do";
            sink.error((M001, &node.place), message, "write one of `header`, `query` and `path`");
            return None;
        }
    };
    Some(Shared { at, keys: keys(here, node) })
}

fn handshake(here: &Here<'_>, node: &Node) -> Option<Handshake> {
    let sink = here.ctx.sink;
    if node.entries().is_none() {
        let words: Vec<(&str, bool)> = HANDSHAKES.iter().map(|word| (*word, *word == "empty")).collect();
        let empty = sink.word(node, "`handshake`", &words)?;
        return Some(if empty { Handshake::Empty } else { Handshake::CloudEvents });
    }
    sink.keys(node, "`handshake`", &format::HANDSHAKE);
    match (node.get("echo-query"), node.get("echo-body")) {
        (Some(name), None) => sink.text(name, "`echo-query`").cloned().map(Handshake::EchoQuery),
        (None, Some(path)) => here.path(path, "`echo-body`").map(Handshake::EchoBody),
        _ => {
            let remedy = "such as `handshake: { echo-query: challenge }`";
            sink.error((M001, &node.place), "a handshake is of one kind", remedy);
            None
        }
    }
}

fn change(here: &Here<'_>, node: &Node, connector: &Connector) -> Option<ChangeRule> {
    let sink = here.ctx.sink;
    sink.keys(node, "a change", &format::CHANGE).then_some(())?;
    let entities = entities(here, node, connector);
    let key = node.get("key").map(|key| paths(here, key, "`key`")).unwrap_or_default();
    if key.is_empty() {
        sink.error((M001, &node.place), "a change needs `key`", "the path of the record's key in the event");
    }
    let wide = |id: &EntityId| connector.entities.get(id).is_some_and(|of| of.key.len() != key.len());
    if !key.is_empty() && entities.iter().any(wide) {
        let message = "the key has more or fewer parts than the entity's manifest says";
        sink.error((M019, &node.place), message, "name the path of each part, in the manifest's order");
    }
    let kind = node.get("kind").and_then(|kind| sink.word(kind, "`kind`", KINDS)).unwrap_or(ChangeKind::Updated);
    let touches = node.get("touches").map(|node| {
        let of = |id: &EntityId| touches::read(here, node, *id).into_iter().map(|touched| (*id, touched)).collect();
        entities.iter().flat_map(|id| -> Vec<_> { of(id) }).collect()
    });
    Some(ChangeRule {
        when: node.get("when").and_then(|when| here.condition(when, "`when`")),
        key,
        kind,
        parents: parents(here, node, &entities),
        touches: touches.unwrap_or_default(),
        entities,
    })
}

fn entities(here: &Here<'_>, node: &Node, connector: &Connector) -> Vec<EntityId> {
    let sink = here.ctx.sink;
    let Some(given) = node.get("entity") else {
        sink.error((M001, &node.place), "a change needs `entity`", "the type of the graph that the record is of");
        return Vec::new();
    };
    let known = |name: &Arc<str>| {
        let id = here.ctx.graph.entity_id(name).filter(|id| connector.entities.contains_key(id));
        if id.is_none() {
            let names = connector.entities.keys().filter_map(|id| here.ctx.graph.entity(*id));
            let message = format!("the connector has no manifest of `{name}`");
            sink.error((M063, &given.place), message, suggestion(name, names.map(|entity| &*entity.name)));
        }
        id
    };
    sink.texts(given, "`entity`").iter().filter_map(known).collect()
}

/// Whose lists a changed record is in: `parents:`.
pub(super) fn parents(
    here: &Here<'_>,
    node: &Node,
    entities: &[EntityId],
) -> Vec<(EntityId, crate::model::FieldId, Path)> {
    let Some(given) = node.get("parents") else { return Vec::new() };
    let mut all = Vec::new();
    for entry in here.ctx.sink.entries(given, "`parents`") {
        let Some(path) = here.path(&entry.value, "a parent's path") else { continue };
        for id in entities {
            let Some(entity) = here.ctx.graph.entity(*id) else { continue };
            let references =
                || entity.fields.iter().filter(|field| matches!(field.kind, FieldKind::Reference(Target::Entity(_))));
            let field = references().find(|field| *field.name == *entry.key).and_then(|_| entity.field_id(&entry.key));
            let Some(field) = field else {
                let message = format!("`{}` has no reference `{}`", entity.name, entry.key);
                let remedy = suggestion(&entry.key, references().map(|field| &*field.name));
                here.ctx.sink.error((M020, &entry.at), message, remedy);
                continue;
            };
            all.push((*id, field, path.clone()));
        }
    }
    all
}
