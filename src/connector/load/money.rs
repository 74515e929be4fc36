//! The currency of amounts that name none: `money:` of an entity.

use super::codes::M025;
use super::here::Here;
use super::yaml::Node;
use crate::connector::Origin;

/// Where the usual currency of a file's amounts is.
#[derive(Clone, Debug, Default)]
pub(super) struct Usual {
    origins: Vec<Origin>,
    /// Whether it can be found from inside an `each`, where paths begin in the element.
    anywhere: bool,
}

impl Usual {
    /// Reads `money:`.
    pub(super) fn read(here: &Here<'_>, node: Option<&Node>) -> (Self, super::here::Uses) {
        let origins = node.map(|node| here.origins(node, "`money`")).unwrap_or_default();
        let uses = here.take_uses();
        let anywhere = uses.paths.is_empty() && !uses.name("row") && !origins.is_empty();
        (Self { origins, anywhere }, uses)
    }

    /// The currency of one amount: its own, or the usual one.
    pub(super) fn of(&self, here: &Here<'_>, (field, amount): (&str, &Node), inside: bool) -> Vec<Origin> {
        if let Some(node) = amount.get("currency") {
            return here.origins(node, "`currency`");
        }
        if !self.origins.is_empty() && (!inside || self.anywhere) {
            return self.origins.clone();
        }
        let remedy = if inside && !self.origins.is_empty() {
            "paths inside `each` begin in the element, and so cannot use the entity's `money`: add `currency:` here"
        } else {
            "add `money:` to the entity, or `currency:` here"
        };
        here.ctx.sink.error(
            (M025, &amount.place),
            format!("`{field}` is an amount, and nothing says in which currency"),
            remedy,
        );
        Vec::new()
    }
}
