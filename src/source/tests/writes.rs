//! Writes: compared with what is there, done once, looked for where an answer was lost, confirmed.

use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use jiff::Timestamp;

use super::fixture::*;
use crate::clock::Clock;
use crate::connector::*;
use crate::error::{Code, Error};
use crate::expr::Program;
use crate::model::{Attempt, Key, Person, Refusal, RefusalCode, Touch, Unwritten, Wire, Write, Writes, Written};
use crate::protocol::{Row, WroteRow};

/// A write of a contact that is there, whose name is sent.
fn update(once: Once) -> WriteMapping {
    WriteMapping {
        operation: "update".into(),
        way: WriteWay::Row(Vec::new()),
        instead: Vec::new(),
        before: Vec::new(),
        creates: false,
        by_key: true,
        fields: None,
        ignores: Vec::new(),
        used: Vec::new(),
        sends_values: true,
        looks_before: false,
        answer: WriteAnswer::default(),
        once,
        confirm: None,
        touches: Vec::new(),
        files: FileRules::default(),
    }
}

fn create(once: Once) -> WriteMapping {
    WriteMapping { operation: "create".into(), creates: true, by_key: false, ..update(once) }
}

fn look(by: LookBy) -> Look {
    Look { by, settle: Duration::from_secs(30), created: None }
}

fn stamp() -> Once {
    let by = LookBy::Stamp { column: path("stamp"), find: "number".into() };
    Once::Known { header: None, look: Some(Box::new(look(by))) }
}

fn last() -> Once {
    let same = Computed { program: Program::compile("true", &[]).unwrap(), text: "true".into() };
    let request = Box::new(Request::bare(Method::Get, Pattern { parts: Vec::new(), text: "".into() }));
    let by = LookBy::Last { request, rows: path("rows"), same, key: Vec::new() };
    Once::Known { header: None, look: Some(Box::new(look(by))) }
}

fn world(mapping: WriteMapping, number: Option<Mapping>) -> World {
    let mut contact = contact();
    contact.fields[1] = number.or(contact.fields[1].take());
    for by in ["number", "name"] {
        contact.find.insert(by.into(), FindMapping { read: None, path: path(by) });
    }
    contact.writes.insert(Arc::clone(&mapping.operation), mapping);
    World::with(connector(vec![contact, order()]), connector(vec![super::fixture::contact()]))
}

fn again(world: &World, seconds_ago: i64) -> Attempt {
    let then = world.clock.now() - Duration::from_secs(seconds_ago.unsigned_abs());
    Attempt::Again { begun: then, last: then }
}

fn object(members: &[(&str, &str)]) -> Wire {
    Wire::Object(members.iter().map(|(name, text)| (Arc::from(*name), Wire::Text((*text).into()))).collect())
}

impl World {
    /// Writes the name Ada to the contact c1, or makes such a one.
    fn put(&self, operation: &str, (attempt, version): (Attempt, Option<&str>)) -> Result<Written, Unwritten> {
        block_on(self.sources.write(Write {
            source: CRM,
            entity: CONTACT,
            operation: operation.into(),
            key: (operation == "update").then(|| key("c1")),
            input: object(&[("name", "Ada")]),
            files: Vec::new(),
            version: version.map(Into::into),
            reference: "r1".into(),
            attempt,
            person: Person::default(),
            context: self.context(),
        }))
    }

    fn comes(&self, outcome: Result<WroteRow, Unwritten>) {
        self.crm.outcomes.lock().unwrap().push_back(outcome);
    }
}

fn wrote(key: &str) -> Result<WroteRow, Unwritten> {
    Ok(WroteRow { row: None, key: Key::new(key), gives: Vec::new() })
}

fn told(outcome: &Result<Written, Unwritten>) -> String {
    match outcome {
        Ok(written) => format!("written {}", written.key.as_ref().map_or("-", |key| key.as_str())),
        Err(Unwritten::Refused(all)) => all.iter().map(|it| it.code.name()).collect(),
        Err(Unwritten::Unconfirmed) => "unconfirmed".to_owned(),
        Err(Unwritten::Conflict) => "conflict".to_owned(),
        Err(Unwritten::Failed(error)) => format!("failed {}", error.code().name()),
        Err(Unwritten::Uncertain(error)) => format!("uncertain, again in {:?}", error.wait()),
    }
}

#[test]
fn a_record_in_another_version_than_was_seen_is_not_written() {
    let world = world(update(Once::Natural), None);
    world.crm.add(CONTACT, &[("id", "c1"), ("name", "Grace"), ("version", "2")]);
    assert_eq!(told(&world.put("update", (Attempt::First, Some("1")))), "conflict");
    assert_eq!(world.crm.calls(), ["get c1"]);
    world.comes(wrote("c1"));
    assert_eq!(told(&world.put("update", (Attempt::First, Some("2")))), "written c1");
    assert_eq!(world.crm.calls(), ["get c1", "write update c1"]);
    world.comes(wrote("c1"));
    assert_eq!(told(&world.put("update", (Attempt::First, None))), "written c1");
    assert_eq!(world.crm.calls(), ["write update c1"], "without a version nothing is read");
}

#[test]
fn what_is_not_there_is_not_written() {
    let world = world(update(Once::Natural), None);
    assert_eq!(told(&world.put("update", (Attempt::First, Some("1")))), "NOT_FOUND");
}

#[test]
fn a_natural_write_that_was_done_before_is_not_done_again_nor_a_conflict() {
    let world = world(update(Once::Natural), None);
    world.crm.add(CONTACT, &[("id", "c1"), ("name", "Ada"), ("version", "2")]);
    assert_eq!(told(&world.put("update", (again(&world, 1), Some("1")))), "written c1", "the version is our own");
    assert_eq!(world.crm.calls(), ["get c1"]);
}

#[test]
fn a_natural_write_that_was_lost_is_done_when_the_first_can_come_no_more() {
    let world = world(update(Once::Natural), None);
    world.crm.add(CONTACT, &[("id", "c1"), ("name", "Grace"), ("version", "1")]);
    world.clock.advance(Duration::from_secs(100));
    assert_eq!(told(&world.put("update", (again(&world, 1), Some("1")))), "uncertain, again in Some(29s)");
    assert_eq!(world.crm.calls(), ["get c1"]);
    world.comes(wrote("c1"));
    assert_eq!(told(&world.put("update", (again(&world, 30), Some("1")))), "written c1");
    assert_eq!(world.crm.calls(), ["get c1", "write update c1"]);
}

#[test]
fn a_header_is_counted_on_while_the_system_remembers() {
    let once = || Once::Known { header: Some(("Idempotency-Key".into(), Duration::from_secs(3600))), look: None };
    let world = world(create(once()), None);
    world.clock.advance(Duration::from_secs(10_000));
    world.comes(wrote("c2"));
    assert_eq!(told(&world.put("create", (again(&world, 3000), None))), "written c2");
    assert_eq!(told(&world.put("create", (again(&world, 3600), None))), "uncertain, again in None");
    assert_eq!(world.crm.calls(), ["write create -"]);
}

#[test]
fn a_stamp_is_looked_for_once_it_can_be_found() {
    let world = world(create(stamp()), None);
    world.clock.advance(Duration::from_secs(10_000));
    let early = world.put("create", (again(&world, 10), None));
    assert_eq!(told(&early), "uncertain, again in Some(20s)", "nobody waits that long");
    assert!(world.crm.calls().is_empty());
    world.comes(wrote("c2"));
    assert_eq!(told(&world.put("create", (again(&world, 31), None))), "written c2");
    assert_eq!(world.crm.calls(), ["find number r1", "write create -"]);
    world.crm.add(CONTACT, &[("id", "c9"), ("number", "r1")]);
    assert_eq!(told(&world.put("create", (again(&world, 31), None))), "written c9");
    assert_eq!(world.crm.calls(), ["find number r1"], "it is there already");
}

#[test]
fn what_was_made_before_the_write_began_is_somebody_elses_though_its_value_is_the_same() {
    let by = LookBy::Unique { find: "name".into() };
    let unique = Look { created: Some(path("made")), ..look(by) };
    let world = world(create(Once::Known { header: None, look: Some(Box::new(unique)) }), None);
    world.clock.advance(Duration::from_secs(10_000));
    world.crm.add(CONTACT, &[("id", "old"), ("name", "Ada"), ("made", "1970-01-01T01:00:00Z")]);
    world.comes(wrote("c2"));
    assert_eq!(told(&world.put("create", (again(&world, 31), None))), "written c2");
    assert_eq!(world.crm.calls(), ["find name Ada", "write create -"]);
    world.crm.add(CONTACT, &[("id", "new"), ("name", "Ada"), ("made", "1970-01-01T02:46:20Z")]);
    assert_eq!(told(&world.put("create", (again(&world, 31), None))), "written new");
    assert_eq!(world.crm.calls(), ["find name Ada"]);
}

#[test]
fn what_cannot_be_looked_for_stays_uncertain() {
    let world = world(create(stamp()), None);
    world.clock.advance(Duration::from_secs(10_000));
    *world.crm.down.lock().unwrap() = Some(Code::UpstreamUnavailable);
    assert_eq!(told(&world.put("create", (again(&world, 31), None))), "uncertain, again in None");
    assert_eq!(world.crm.calls(), ["find number r1"], "it is not written as long as nobody knows");
}

#[test]
fn an_uncertain_write_is_never_done_again() {
    let world = world(create(Once::Uncertain("nothing is kept".into())), None);
    assert_eq!(told(&world.put("create", (again(&world, 0), None))), "uncertain, again in None");
    assert!(world.crm.calls().is_empty());
}

#[test]
fn what_others_changed_meanwhile_is_prepared_anew_where_no_version_was_seen() {
    let world = world(create(last()), None);
    for outcome in [Err(Unwritten::Conflict), Err(Unwritten::Conflict), wrote("c3")] {
        world.comes(outcome);
    }
    assert_eq!(told(&world.put("create", (Attempt::First, None))), "written c3");
    assert_eq!(world.crm.calls(), ["write create -"; 3]);
    for _ in 0..3 {
        world.comes(Err(Unwritten::Conflict));
    }
    assert_eq!(told(&world.put("create", (Attempt::First, None))), "failed UPSTREAM_UNAVAILABLE");
}

#[test]
fn a_conflict_of_a_repeat_may_be_the_first_attempt_that_came_late() {
    let world = world(create(last()), None);
    world.clock.advance(Duration::from_secs(10_000));
    *world.crm.seen.lock().unwrap() = None;
    world.comes(Err(Unwritten::Conflict));
    world.comes(wrote("c3"));
    assert_eq!(told(&world.put("create", (again(&world, 31), None))), "written c3");
    assert_eq!(world.crm.calls(), ["look", "write create -", "look", "write create -"]);
}

#[test]
fn a_record_that_is_not_as_it_should_be_afterwards_is_unconfirmed() {
    let confirm = Condition(vec![(path("name"), Test::In(vec!["Ada".into()]))]);
    let world = world(WriteMapping { confirm: Some(confirm), ..update(Once::Natural) }, None);
    world.crm.add(CONTACT, &[("id", "c1"), ("name", "Grace")]);
    world.comes(wrote("c1"));
    assert_eq!(told(&world.put("update", (Attempt::First, None))), "unconfirmed");
    assert_eq!(world.crm.calls(), ["write update c1", "get c1"]);
}

#[test]
fn what_the_engine_says_is_what_came_of_it() {
    let world = world(update(Once::Natural), None);
    let refusal = Refusal { code: RefusalCode::OutOfRange, path: vec!["name".into()], message: None };
    world.comes(Err(Unwritten::Refused(vec![refusal])));
    world.comes(Err(Unwritten::Uncertain(Error::new(Code::WriteUncertain, "lost"))));
    assert_eq!(told(&world.put("update", (Attempt::First, None))), "OUT_OF_RANGE");
    assert_eq!(told(&world.put("update", (Attempt::First, None))), "uncertain, again in None");
}

#[test]
fn a_record_is_told_with_what_the_answer_has_whole_and_with_what_it_touched() {
    let touches = vec![Touched::Lists(ORDER, OF_ACCOUNT), Touched::Account, Touched::Entity(ORDER)];
    let world = world(WriteMapping { touches, ..update(Once::Natural) }, None);
    let row = Row { row: object(&[("id", "c1"), ("name", "Ada")]), facets: vec![], parent: None, etag: None };
    world.comes(Ok(WroteRow { row: Some(row), key: Key::new("c1"), gives: vec![] }));
    let written = world.put("update", (Attempt::First, None)).unwrap();
    assert_eq!(written.record.unwrap().key, key("c1"));
    let account = key("a1");
    assert_eq!(
        written.touches,
        [Touch::Lists(ORDER, OF_ACCOUNT, Some(account.clone())), Touch::Record(ACCOUNT, account), Touch::Entity(ORDER)]
    );
}

#[test]
fn a_write_that_the_manifest_does_not_have_is_a_fault_of_ours() {
    let world = World::new();
    assert_eq!(told(&world.put("update", (Attempt::First, None))), "failed INTERNAL");
    assert_eq!(Timestamp::UNIX_EPOCH, world.clock.now());
}

/// What is tried where nobody can say whether it was tried before.
#[test]
fn without_what_is_kept_only_what_the_system_makes_one_of_is_written() {
    let keyed = |hours: u64, look| Once::Known {
        header: Some(("idempotency-key".into(), Duration::from_secs(hours * 3_600))),
        look,
    };
    let told_of = |mapping: WriteMapping, operation: &str| {
        let world = world(mapping, None);
        world.crm.add(CONTACT, &[("id", "c1"), ("name", "Grace"), ("version", "1")]);
        world.comes(wrote("c1"));
        let came = world.put(operation, (Attempt::Unkept, None));
        let sent = match &came {
            Err(Unwritten::Failed(error)) => !error.is_unsent(),
            _ => true,
        };
        (told(&came), sent)
    };
    let refused = ("failed UPSTREAM_UNAVAILABLE".to_owned(), false);
    assert_eq!(told_of(update(Once::Natural), "update").0, "written c1", "twice is as good as once");
    assert_eq!(told_of(create(keyed(24, None)), "create").0, "written c1", "it keeps keys as long as we do");
    assert_eq!(told_of(create(keyed(2, None)), "create"), refused, "it forgets them before us");
    assert_eq!(told_of(create(stamp()), "create"), refused, "two who look at once find nothing");
    assert_eq!(told_of(create(Once::Uncertain("it has no mark".into())), "create"), refused);
}
