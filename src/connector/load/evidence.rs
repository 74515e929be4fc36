//! Evidence: what in an answer proves whose record it is. It has to prove what the entity's scope asks for.

use super::codes::{M001, M014, M018};
use super::entity::Draft;
use super::format;
use super::here::{Here, Uses};
use super::needs::Base;
use super::sink::suggestion;
use super::yaml::Node;
use crate::connector::{EvidenceRule, Form, Mapping, Needs, Origin, Path, Root};
use crate::graph::{FieldKind, Scope};
use crate::model::FieldId;

const REMEDY: &str = "`evidence: tenant`, `itself`, `{ own: path }`, `{ membership: path, account: path, labels: path }`, \
                      `{ parent: field }` or `{ viewer: path }`";

/// Evidence that takes no path.
pub(super) const WORDS: [&str; 2] = ["tenant", "itself"];

/// Reads `evidence:` and what it needs.
pub(super) fn read(draft: &Draft<'_>, root: &Node) -> Option<(EvidenceRule, Needs)> {
    let sink = draft.common.ctx.sink;
    let Some(node) = root.get("evidence") else {
        let message = format!("nothing says what proves whose `{}` a record is", draft.entity.name);
        sink.error((M014, &root.place), message, REMEDY);
        return None;
    };
    let here = Here::mapping(draft.common.ctx, &draft.facets.names);
    let mut needs = Needs::default();
    let rule = match node.text().map(|text| &**text) {
        Some("tenant") => EvidenceRule::Tenant,
        Some("itself") => EvidenceRule::Itself,
        Some(word) => {
            sink.error((M001, &node.place), format!("`{word}` is no evidence"), REMEDY);
            return None;
        }
        None => {
            sink.keys(node, "`evidence`", &format::EVIDENCE).then_some(())?;
            mapped(draft, node, (&here, &mut needs))?
        }
    };
    needs.add(&draft.facets.needs(&here.take_uses(), Base::Row));
    check_scope(draft, node, &rule);
    Some((rule, needs))
}

fn mapped(draft: &Draft<'_>, node: &Node, (here, needs): (&Here<'_>, &mut Needs)) -> Option<EvidenceRule> {
    let sink = draft.common.ctx.sink;
    let ways: Vec<&str> =
        ["own", "membership", "parent", "viewer"].into_iter().filter(|way| node.get(way).is_some()).collect();
    let [way] = ways.as_slice() else {
        sink.error((M001, &node.place), format!("evidence is of one kind, this names {}", ways.len()), REMEDY);
        return None;
    };
    let value = node.get(way)?;
    if *way != "membership" && (node.get("account").is_some() || node.get("labels").is_some()) {
        sink.error((M001, &node.place), "`account` and `labels` belong to `membership`", REMEDY);
    }
    Some(match *way {
        "own" => {
            let own = here.origin(value, "`own`")?;
            if let Origin::Path(path) = &own {
                answered(draft, value, path)?;
            }
            EvidenceRule::Own(own)
        }
        "viewer" => {
            let path = here.path(value, "`viewer`")?;
            answered(draft, value, &path)?;
            EvidenceRule::Viewer(path)
        }
        "parent" => {
            let (field, path) = parent(draft, value)?;
            let uses = Uses { paths: vec![path.clone()], names: Vec::new() };
            needs.add(&draft.facets.needs(&uses, Base::Row));
            EvidenceRule::Parent(field, path)
        }
        _ => {
            let Some(account) = node.get("account") else {
                sink.error(
                    (M001, &node.place),
                    "`membership` needs `account`",
                    "the path, in one association, of the account's key",
                );
                return None;
            };
            let each = here.path(value, "`membership`")?;
            let one = Here::mapping(draft.common.ctx, &[]);
            let account = one.path(account, "`account`")?;
            let labels = node.get("labels").and_then(|labels| one.path(labels, "`labels`"));
            needs.add(&draft.facets.needs(&one.take_uses(), Base::of(&each)));
            EvidenceRule::Membership { each, account, labels }
        }
    })
}

/// What was asked for is never evidence: a row listed under a parent says nothing by that.
fn answered(draft: &Draft<'_>, node: &Node, path: &Path) -> Option<()> {
    if path.root == Root::Parent {
        let message = format!("`{}` is the key that was asked for, which proves nothing", path.text);
        let remedy = "name a path of the answer that says whose the row is";
        draft.common.ctx.sink.error((M018, &node.place), message, remedy);
        return None;
    }
    Some(())
}

/// The reference field a record's parent is named by, and its one path.
fn parent(draft: &Draft<'_>, node: &Node) -> Option<(FieldId, Path)> {
    let sink = draft.common.ctx.sink;
    let name = sink.text(node, "`parent`")?;
    let field = draft.entity.field_id(name);
    let target = field.and_then(|field| draft.entity.target(field));
    let (Some(field), Some(target)) = (field, target) else {
        let references = draft.entity.fields.iter().filter(|field| matches!(field.kind, FieldKind::Reference(_)));
        let remedy = suggestion(name, references.map(|field| &*field.name));
        sink.error(
            (M018, &node.place),
            format!("`{}` has no reference `{name}` to a parent", draft.entity.name),
            remedy,
        );
        return None;
    };
    match draft.common.ctx.graph.entity(target).map(|entity| entity.scope) {
        Some(Scope::Tenant) => {
            let remedy = "name a parent that belongs to an account";
            sink.error((M018, &node.place), format!("`{name}` is everybody's, and proves nothing"), remedy);
        }
        Some(scope) if !scope.proves(draft.entity.scope) => {
            let message = format!("`{name}` is the whole account's, and `{}` is for one person", draft.entity.name);
            sink.error((M018, &node.place), message, "`evidence: { viewer: path }`");
        }
        _ => {}
    }
    match draft.fields.get(usize::from(field.0)) {
        Some(Some(Mapping::One(value))) => match (value.from.as_slice(), &value.form) {
            ([Origin::Path(path)], Form::Reference(_, None)) if value.cases.is_empty() => {
                answered(draft, node, path)?;
                Some((field, path.clone()))
            }
            _ => {
                sink.error(
                    (M018, &node.place),
                    format!("`{name}` is not one path to the parent's key"),
                    "map it to one path",
                );
                None
            }
        },
        _ => {
            sink.error(
                (M018, &node.place),
                format!("`{name}` is not mapped"),
                format!("map it: `fields: {{ {name}: <path> }}`"),
            );
            None
        }
    }
}

fn check_scope(draft: &Draft<'_>, node: &Node, rule: &EvidenceRule) {
    let hub = draft.id == draft.common.ctx.graph.hub;
    let problem = match (draft.entity.scope, rule) {
        (Scope::Account, EvidenceRule::Itself) if hub => None,
        (_, EvidenceRule::Itself) => Some("only the account's own entity is its own evidence"),
        (Scope::Account, _) if hub => Some("an account is known by itself: `evidence: itself`"),
        (Scope::Account, EvidenceRule::Own(_) | EvidenceRule::Membership { .. } | EvidenceRule::Parent(..)) => None,
        (Scope::Account, EvidenceRule::Tenant) => {
            Some("it belongs to an account, and `tenant` would show it to everybody")
        }
        (Scope::Account, EvidenceRule::Viewer(_)) => Some("it belongs to an account, and `viewer` names a person"),
        (Scope::Viewer, EvidenceRule::Viewer(_) | EvidenceRule::Parent(..)) => None,
        (Scope::Viewer, _) => Some("it is for one person: `evidence: { viewer: path }`"),
        (Scope::Tenant, EvidenceRule::Tenant) => None,
        (Scope::Tenant, _) => Some("it is everybody's: `evidence: tenant`"),
    };
    if let Some(problem) = problem {
        let message = format!("this is no evidence for `{}`: {problem}", draft.entity.name);
        draft.common.ctx.sink.error((M018, &node.place), message, REMEDY);
    }
}
