//! What a read needs is worked out once, and what is expanded inside a row is taken out of it only where nobody else looks.

use std::sync::Arc;

use super::support::*;
use crate::connector::*;
use crate::model::{ListOf, Order};
use crate::protocol::needed::{How, Kept};

fn expanded(navigation: &str) -> Facet {
    facet(FacetWay::Expand(Arc::from(navigation)), None, None)
}

/// Which facets are taken out of the row when the status is read.
fn taken(of: &EntityMapping) -> Vec<usize> {
    let needed = Kept::default().of(of, (set(&[STATUS]), How::Get), None);
    (0..of.facets.len()).filter(|at| needed.is_taken(*at)).collect()
}

#[test]
fn the_same_read_is_worked_out_once_and_another_one_for_itself() {
    let (kept, of) = (Kept::default(), entity());
    let first = kept.of(&of, (set(&[STATUS]), How::Get), None);
    assert!(Arc::ptr_eq(&first, &kept.of(&of, (set(&[STATUS]), How::Get), None)));
    let order = Some(Order { field: DAY, descending: true });
    for how in [How::Find("mail".into()), How::List(ListOf::All, 0, None), How::List(ListOf::All, 0, order)] {
        let other = kept.of(&of, (set(&[STATUS]), how), Some(&path("mail")));
        assert!(!Arc::ptr_eq(&first, &other));
        assert!(other.needs.columns.contains(&"mail".into()), "{:?}", other.needs);
    }
    let wider = kept.of(&of, (set(&[STATUS, DAY]), How::Get), None);
    assert_eq!(
        (json(&first.fields), json(&wider.fields)),
        (r#"["id","status"]"#.into(), r#"["id","status","day"]"#.into())
    );
}

#[test]
fn only_so_many_are_kept() {
    let (kept, of) = (Kept::default(), entity());
    let first = kept.of(&of, (set(&[]), How::Get), None);
    for n in 0..300 {
        kept.of(&of, (set(&[]), How::Find(n.to_string().into())), None);
    }
    assert!(!Arc::ptr_eq(&first, &kept.of(&of, (set(&[]), How::Get), None)), "it was dropped in between");
}

#[test]
fn facets_are_read_after_those_their_keys_are_in() {
    let apart = |key: Option<&str>| facet(FacetWay::Set { set: "S".into(), by: "id".into() }, Some("id"), key);
    let of = with_facets(vec![apart(None), apart(Some("facet0.x")), apart(Some("owner")), apart(Some("facet1.x"))]);
    let needed = Kept::default().of(&of, (set(&[STATUS]), How::Get), None);
    assert_eq!(needed.levels, [vec![0, 2], vec![1], vec![3]]);
}

#[test]
fn what_is_expanded_is_taken_out_of_the_row_unless_somebody_else_looks_at_it() {
    assert_eq!(taken(&with_facets(vec![expanded("to_Item"), expanded("to_Partner")])), [0, 1]);
    assert_eq!(taken(&with_facets(vec![expanded("to_Item"), expanded("to_Item/to_Line")])), Vec::<usize>::new());
    let mut column = with_facets(vec![expanded("to_Item")]);
    column.needs[1].columns.push("to_Item".into());
    assert_eq!(taken(&column), Vec::<usize>::new());
    let test = |name: &str| Some(Condition(vec![(path(name), Test::Present)]));
    let seen = EntityMapping { visible: test("to_Item.open"), ..with_facets(vec![expanded("to_Item")]) };
    assert_eq!(taken(&seen), Vec::<usize>::new());
    let when = Facet { when: test("to_Item.open"), ..expanded("to_Partner") };
    assert_eq!(taken(&with_facets(vec![expanded("to_Item"), when])), [1]);
}
