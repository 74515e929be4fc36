//! The marks of purges: their order, and their bound.

use super::world::{ENTITY, SOURCE};
use crate::cache::{Purge, Purges, Tag};
use crate::model::{FieldId, Key, ListOf};

fn tag(key: &str) -> Tag {
    Tag::Record(SOURCE, ENTITY, Key::new(key).unwrap())
}

#[test]
fn a_mark_holds_for_what_began_before_it() {
    let purges = Purges::default();
    let before = purges.stamp();
    purges.purge(&[tag("a")], Purge::Soft);
    let after = purges.stamp();
    assert_eq!(purges.since(before, || [tag("b"), tag("a")]), Some(Purge::Soft));
    assert_eq!(purges.since(after, || [tag("a")]), None);
    assert_eq!(purges.since(before, || [tag("b")]), None);
}

#[test]
fn a_later_soft_mark_does_not_hide_a_hard_one() {
    let purges = Purges::default();
    let before = purges.stamp();
    purges.purge(&[tag("a")], Purge::Hard);
    let between = purges.stamp();
    purges.purge(&[tag("a")], Purge::Soft);
    assert_eq!(purges.since(before, || [tag("a")]), Some(Purge::Hard));
    assert_eq!(purges.since(between, || [tag("a")]), Some(Purge::Soft));
}

#[test]
fn a_forgotten_mark_counts_for_everything_before_it() {
    let purges = Purges::new(2);
    let first = purges.stamp();
    purges.purge(&[tag("a")], Purge::Soft);
    let second = purges.stamp();
    purges.purge(&[tag("b"), tag("c")], Purge::Soft);
    assert_eq!(purges.since(first, || [tag("never purged")]), Some(Purge::Hard));
    assert_eq!(purges.since(second, || [tag("never purged")]), None);
    assert_eq!(purges.since(second, || [tag("b")]), Some(Purge::Soft));
}

#[test]
fn lists_of_other_parents_and_fields_are_other_tags() {
    let list = |field, key| Tag::List(SOURCE, ENTITY, ListOf::Parent(FieldId(field)), Key::new(key));
    let purges = Purges::default();
    let before = purges.stamp();
    purges.purge(&[list(1, "p")], Purge::Hard);
    assert_eq!(purges.since(before, || [list(1, "q"), list(2, "p")]), None);
    assert_eq!(purges.since(before, || [list(1, "p")]), Some(Purge::Hard));
}

#[test]
fn where_it_is_not_known_what_changed_everything_has() {
    let purges = Purges::default();
    purges.purge(&[tag("a")], Purge::Soft);
    let before = purges.stamp();
    purges.purge_all();
    let after = purges.stamp();
    assert_eq!(purges.since(before, || [tag("never purged")]), Some(Purge::Hard));
    assert_eq!(purges.since(after, || [tag("a"), tag("never purged")]), None);
}
