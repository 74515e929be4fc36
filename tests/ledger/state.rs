//! The state in the end, held against the ledger: what is different is what the entries say, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_sandbox::ledger::Entry;

use crate::history::History;
use crate::kinds::Kind;
use crate::records::{Difference, Name, Records};

/// What is wrong about the records, which were `before` and are `now`.
pub fn faults(history: &History, entries: &[Entry], (before, now): (&Records, &Records)) -> Vec<String> {
    let mut faults = Vec::new();
    let differences = before.differences(now);
    let named: BTreeSet<Name> = entries.iter().filter(|entry| entry.changed).map(name).collect();
    // A comment has no entry of its own: it is one of its ticket's, and is counted.
    let different = differences.iter().filter(|((entity, _), _)| *entity != "comment");
    for (name, difference) in different.filter(|(name, _)| !named.contains(*name)) {
        faults.push(format!("{name:?} is different, and no entry names it: {difference:?}"));
    }
    for name in named.iter().filter(|name| !differences.contains_key(*name)) {
        faults.push(format!("an entry says that {name:?} was changed, and it is as it was"));
    }
    for (name, difference) in &differences {
        match difference {
            Difference::New => {}
            Difference::Gone => faults.push(format!("{name:?} is gone")),
            Difference::Other(parts) => {
                let may = Kind::ALL.iter().map(|kind| kind.changes()).filter(|(entity, _)| *entity == name.0);
                let may: Vec<&str> = may.flat_map(|(_, parts)| parts).copied().collect();
                for part in parts.iter().filter(|part| !may.contains(&part.as_str())) {
                    faults.push(format!("of {name:?} nobody wrote {part}, and it is different"));
                }
            }
        }
    }
    faults.extend(counts(history, &differences));
    faults
}

/// As many records came as the effects make.
fn counts(history: &History, differences: &BTreeMap<Name, Difference>) -> Vec<String> {
    let mut made: BTreeMap<&str, u64> = BTreeMap::new();
    for written in &history.writes {
        written.kind.makes().iter().for_each(|entity| *made.entry(entity).or_default() += written.effects);
    }
    let mut came: BTreeMap<&str, u64> = BTreeMap::new();
    // Files that a message was sent with twice are there twice, and with a comment once.
    let new =
        differences.iter().filter(|((entity, _), difference)| **difference == Difference::New && *entity != "upload");
    new.for_each(|((entity, _), _)| *came.entry(entity).or_default() += 1);
    made.retain(|_, made| *made > 0);
    if came == made { Vec::new() } else { vec![format!("there came {came:?}, and the effects make {made:?}")] }
}

/// The record of an entry: an item is a part of its order.
fn name(entry: &Entry) -> Name {
    match entry.entity {
        "A_SalesOrderItem" => ("A_SalesOrder", entry.key.split('/').next().unwrap_or_default().to_owned()),
        entity => (entity, entry.key.clone()),
    }
}
