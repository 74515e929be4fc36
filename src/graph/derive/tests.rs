//! Derived fields as conditions of a list: those that hold, and those that hold for the opposite.

use super::*;
use crate::plan::fixture;

/// Conditions as text: fields by name, words as they are.
fn told(entity: &Entity, conditions: &[Condition]) -> String {
    let one = |condition: &Condition| {
        let name = &entity.field(condition.field).unwrap().name;
        let words = |values: &[Value]| values.iter().map(word).collect::<Vec<_>>().join("|");
        match &condition.test {
            Test::In(values) => format!("{name} is {}", words(values)),
            Test::NotIn(values) => format!("{name} is not {}", words(values)),
            Test::NotAll(all) => format!("not ({})", told(entity, all)),
            Test::Between { from, to, inclusive } => {
                let end = if *inclusive { "to" } else { "before" };
                format!("{name} {}{end} {}", from.as_deref().unwrap_or(""), to.as_deref().unwrap_or("-"))
            }
        }
    };
    conditions.iter().map(one).collect::<Vec<_>>().join(" and ")
}

fn word(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn derived_expressions_become_conditions_where_they_can() {
    let planner = fixture::planner();
    let order = planner.graph.entity(planner.graph.entity_id("Order").unwrap()).unwrap();
    for (text, wanted, conditions_are) in [
        ("status == 'PLACED'", true, "status is PLACED"),
        ("status == 'PLACED'", false, "status is not PLACED"),
        ("status in ['PLACED', \"OTHER\"]", true, "status is PLACED|OTHER"),
        ("!(status in ['PLACED'])", true, "status is not PLACED"),
        ("!(status in ['PLACED'])", false, "status is PLACED"),
        ("status != 'PLACED'", true, "status is not PLACED"),
        ("dueOn < today", true, "dueOn before 2026-03-01"),
        ("dueOn <= today", true, "dueOn to 2026-03-01"),
        ("dueOn > today", true, "dueOn 2026-03-02to -"),
        // Without a day it is false, too.
        ("dueOn < today", false, "not (dueOn before 2026-03-01)"),
        ("status == 'PLACED' && dueOn < today", true, "status is PLACED and dueOn before 2026-03-01"),
        ("status == 'PLACED' && dueOn < today", false, "not (status is PLACED and dueOn before 2026-03-01)"),
    ] {
        let found = conditions((text, wanted), order, "2026-03-01").unwrap_or_else(|| panic!("{text}"));
        assert_eq!(told(order, &found), conditions_are, "{text}: {wanted}");
    }
    for text in [
        "!status in ['PLACED']",
        "status == 'PLACED' || dueOn < today",
        "lines.exists(l, l.position == 1)",
        "open",
        "nothing == 'x'",
        "status == 'it\\'s'",
        "",
    ] {
        assert!(conditions((text, true), order, "2026-03-01").is_none(), "{text}");
    }
}
