//! What counts as an effect of a write, on a ledger written by hand: one field, and the order in which writes come to it.

use serde_json::{Map, json};
use vestibule_sandbox::data::Business;
use vestibule_sandbox::data::told::Properties;
use vestibule_sandbox::effect::By;
use vestibule_sandbox::ledger::Entry;

use crate::fields::Field;
use crate::history::History;
use crate::kinds::{Kind, Wanted};
use crate::told::Told;

/// The contact whose job title is set.
const CONTACT: u64 = 7;

/// A run of writes to one field.
#[derive(Default)]
struct Run {
    history: History,
    business: Business,
    entries: u64,
}

impl Run {
    fn begins(&mut self, mark: &str) {
        let (variables, field) = (Map::new(), Some(Field::JobTitle(CONTACT)));
        let wanted = Wanted { kind: Kind::UpdateContact, variables, files: Vec::new(), trace: mark.to_owned(), field };
        self.history.begins(&wanted, mark);
        self.history.sends();
    }

    fn ends(&mut self, told: Told) {
        self.history.hears(&told, &self.business);
        self.history.ends(told);
    }

    /// A write that is begun, sets its field at once, and is told done.
    fn done(&mut self, mark: &str) {
        self.begins(mark);
        self.sets(mark, false);
        self.ends(Told::Done);
    }

    /// The system sets the field, and books it; it tells whether that is late.
    fn sets(&mut self, mark: &str, late: bool) {
        self.entries += 1;
        self.stands(mark);
        self.history.book(&Entry {
            number: self.entries,
            at: 0,
            by: By::Api,
            system: "hubspot",
            entity: "contact",
            key: CONTACT.to_string(),
            operation: "update",
            reference: None,
            set: json!({ "jobtitle": mark }),
            changed: true,
            late,
        });
    }

    /// The field holds that value.
    fn stands(&mut self, mark: &str) {
        let set = [("jobtitle".to_owned(), Some(mark.to_owned()))].into();
        self.business.told.objects.insert(("contact", CONTACT), Properties { set, modified: 0 });
    }

    /// Effects, and how often it was put right, of each write.
    fn counts(&self) -> Vec<(u64, u64)> {
        self.history.writes.iter().map(|one| (one.effects, one.put_right)).collect()
    }

    fn faults(&self) -> Vec<String> {
        let end = self.history.fields_in_the_end(&self.business);
        self.history.faults.iter().cloned().chain(end).chain(self.history.effects()).collect()
    }
}

#[test]
fn a_second_change_is_a_second_effect() {
    let mut run = Run::default();
    run.begins("mark1end");
    run.sets("mark1end", false);
    run.sets("mark1end", false);
    run.ends(Told::Done);
    assert_eq!(run.counts(), [(2, 0)]);
    assert!(run.faults()[0].contains("2 effects"), "{:?}", run.faults());
}

#[test]
fn what_was_given_up_may_come_after_the_next_and_is_one_effect() {
    let mut run = Run::default();
    run.begins("mark1end");
    run.ends(Told::Uncertain);
    run.done("mark2end");
    run.sets("mark1end", true);
    assert_eq!(run.counts(), [(1, 0), (1, 0)]);
    assert_eq!(run.faults(), [""; 0]);
}

#[test]
fn what_was_done_twice_and_comes_late_after_the_next_has_a_second_effect() {
    let mut run = Run::default();
    run.done("mark1end");
    run.done("mark2end");
    run.sets("mark1end", true);
    assert_eq!(run.counts(), [(2, 0), (1, 0)]);
    assert!(run.faults()[0].contains("2 effects"), "{:?}", run.faults());
}

#[test]
fn what_was_sent_after_the_client_was_through_with_it_is_wrong() {
    let mut run = Run::default();
    run.done("mark1end");
    run.done("mark2end");
    run.sets("mark1end", false);
    assert!(
        run.faults()[0].starts_with("mark1end was done after the client was through with it"),
        "{:?}",
        run.faults()
    );
}

#[test]
fn a_repeat_puts_right_what_came_late_over_it() {
    let mut run = Run::default();
    run.begins("mark1end");
    run.ends(Told::Uncertain);
    run.begins("mark2end");
    run.sets("mark2end", false);
    run.sets("mark1end", true);
    run.history.hears(&Told::Uncertain, &run.business);
    run.history.sends();
    run.sets("mark2end", false);
    run.ends(Told::Done);
    assert_eq!(run.counts(), [(1, 0), (1, 1)]);
    assert_eq!(run.faults(), [""; 0]);
}

#[test]
fn what_is_told_done_stands_there_unless_another_came_late_since_it_was_sent() {
    let mut run = Run::default();
    run.begins("mark1end");
    run.ends(Told::Uncertain);
    run.begins("mark2end");
    run.sets("mark2end", false);
    run.sets("mark1end", true);
    run.history.hears(&Told::Done, &run.business);
    assert_eq!((run.faults(), run.history.overtaken), (Vec::new(), 1));
    // Told to a repeat that was sent after that, it is not true.
    run.begins("mark3end");
    run.ends(Told::Uncertain);
    run.begins("mark4end");
    run.sets("mark4end", false);
    run.sets("mark3end", true);
    run.history.hears(&Told::Uncertain, &run.business);
    run.history.sends();
    run.ends(Told::Done);
    assert!(run.faults()[0].starts_with("mark4end was told done, and another one's value"), "{:?}", run.faults());
}

#[test]
fn what_is_told_done_and_sets_nothing_is_wrong() {
    let mut run = Run::default();
    run.begins("mark1end");
    run.ends(Told::Done);
    assert!(run.faults()[0].contains("it never set its field"), "{:?}", run.faults());
}

#[test]
fn the_field_holds_what_the_ledger_says() {
    let mut run = Run::default();
    run.begins("mark1end");
    run.sets("mark1end", false);
    run.stands("something else");
    run.ends(Told::Done);
    assert!(run.faults()[0].contains("stands Some(\"something else\"), by the ledger Some(\"mark1end\")"));
}

#[test]
fn the_value_of_what_was_told_failed_does_not_stand_there() {
    let mut run = Run::default();
    run.begins("mark1end");
    run.sets("mark1end", false);
    run.ends(Told::Failed("UPSTREAM_UNAVAILABLE".to_owned()));
    assert!(run.faults()[0].ends_with("stands mark1end, which was told Failed(\"UPSTREAM_UNAVAILABLE\")"));
}
