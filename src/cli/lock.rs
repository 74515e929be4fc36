//! `schema lock`, and what `check` says of the lock.

use std::process::ExitCode;

use super::arguments::From;
use super::load::assembled;
use super::output::Output;
use crate::tenant::{self, Assembly, Locked};

/// Writes the lock; changes that break clients only where that is accepted.
pub(super) fn run(accept: bool, from: &From, output: &Output) -> ExitCode {
    if from.config.is_none() {
        return output.fail("name a configuration: vestibule schema lock --config FILE");
    }
    let (_, assembly) = match assembled(from, output) {
        Ok(assembled) => assembled,
        Err(why) => return output.fail(&why),
    };
    let breaks = tell(&tenant::locked(&assembly), output);
    if breaks && !accept {
        return output.fail("nothing is written: to take these changes nevertheless, add --accept");
    }
    match tenant::write_lock(&assembly) {
        Ok(file) => output.text(&format!("{} is what clients know now; commit it\n", file.display())),
        Err(why) => output.fail(&why),
    }
}

/// Whether clients can go on as they are; says what changed since the lock was written.
pub(super) fn check(assembly: &Assembly, output: &Output) -> Result<(), String> {
    let locked = tenant::locked(assembly);
    if locked.changes.is_none() {
        output.line(&format!(
            "No {}: nothing holds the graph to what clients know. `vestibule schema lock` writes it.\n",
            locked.file.display()
        ));
    }
    if tell(&locked, output) { Err("clients of this graph break by what changed".to_owned()) } else { Ok(()) }
}

/// Says what changed; whether clients break by it.
fn tell(locked: &Locked, output: &Output) -> bool {
    let Some(changes) = &locked.changes else { return false };
    if !changes.report.is_empty() {
        output.report(changes.report.clone());
    }
    if !changes.noted.is_empty() {
        output.line(&format!("Changed since {} was written; no client breaks by it", locked.file.display()));
        changes.noted.iter().for_each(|note| output.line(&format!("  {note}")));
        output.line("");
    }
    changes.report.has_errors()
}
