//! A version for records that their system gives none: a hash of what may change in them.

use std::borrow::Borrow;
use std::fmt::Write as _;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use smol_str::SmolStr;

use crate::model::{FINGERPRINT, Wire};

/// How much of the hash is kept, in bytes: nobody gains by making two records of their own alike.
const KEPT: usize = 16;

/// The version of a record that has these values.
pub(super) fn of<W: Borrow<Wire>>(values: impl Iterator<Item = W>) -> SmolStr {
    let mut hash = Context::new(&SHA256);
    values.for_each(|value| add(&mut hash, value.borrow()));
    let mut text = String::from(FINGERPRINT);
    for byte in hash.finish().as_ref().iter().take(KEPT) {
        let _ = write!(text, "{byte:02x}");
    }
    text.into()
}

/// Each value says how long it is, so that no two rows of values look the same.
fn add(hash: &mut Context, value: &Wire) {
    let mut sized = |kind: &[u8], length: usize| {
        hash.update(kind);
        hash.update(&(length as u64).to_be_bytes());
    };
    match value {
        Wire::Null => sized(b"n", 0),
        Wire::Bool(is) => sized(b"b", usize::from(*is)),
        Wire::Number(text) => {
            sized(b"#", text.len());
            hash.update(text.as_bytes());
        }
        Wire::Text(text) => {
            sized(b"t", text.len());
            hash.update(text.as_bytes());
        }
        Wire::List(items) => {
            sized(b"[", items.len());
            items.iter().for_each(|item| add(hash, item));
        }
        Wire::Object(members) => {
            sized(b"{", members.len());
            for (name, value) in members {
                add(hash, &Wire::Text(Arc::clone(name).into()));
                add(hash, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Wire {
        Wire::Text(text.into())
    }

    #[test]
    fn other_values_are_another_version_and_the_same_ones_the_same() {
        let rows = [
            vec![text("a"), text("b")],
            vec![text("ab"), text("")],
            vec![text("a"), Wire::Null],
            vec![text("a")],
            vec![text("1"), Wire::Bool(false)],
            vec![Wire::Number("1".into()), Wire::Bool(false)],
            vec![Wire::List(vec![text("a"), text("b")])],
            vec![Wire::Object(vec![("a".into(), text("b"))])],
        ];
        let all: std::collections::BTreeSet<_> = rows.iter().map(|row| of(row.iter())).collect();
        assert_eq!(all.len(), rows.len(), "{all:?}");
        assert_eq!(of(rows[0].iter()), of(rows[0].iter()));
    }
}
