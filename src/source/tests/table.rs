//! An engine that answers from a table.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;

use futures::future::BoxFuture;

use crate::connector::{EntityMapping, LookBy};
use crate::error::{Code, Error};
use crate::model::{EntityId, FieldSet, Key, ListOf, Position, Unwritten, Wire};
use crate::protocol::{FindRows, GetRows, ListRows, PlannedCall, Protocol, Row, RowPage, WriteRow, WroteRow};

/// An engine that answers from a table, filters nothing, and remembers what it was asked.
#[derive(Default)]
pub struct Table {
    pub rows: Mutex<Vec<(EntityId, Wire)>>,
    /// What lists are made of, where they lag behind the rows.
    pub listed: Mutex<Option<Vec<(EntityId, Wire)>>>,
    pub calls: Mutex<Vec<String>>,
    pub down: Mutex<Option<Code>>,
    /// Rows of a page, at most.
    pub page: Mutex<usize>,
    /// What comes of writes, one after the other.
    pub outcomes: Mutex<VecDeque<Result<WroteRow, Unwritten>>>,
    /// What is seen when the last rows are looked at.
    pub seen: Mutex<Option<Key>>,
}

impl Table {
    pub fn add(&self, entity: EntityId, members: &[(&str, &str)]) {
        let member = |(name, value): &(&str, &str)| (Arc::from(*name), Wire::Text((*value).into()));
        self.rows.lock().unwrap().push((entity, Wire::Object(members.iter().map(member).collect())));
    }

    pub fn link(&self, member: &str, value: Wire) {
        let mut rows = self.rows.lock().unwrap();
        let Some((_, Wire::Object(members))) = rows.last_mut() else { panic!("no row yet") };
        members.push((Arc::from(member), value));
    }

    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    /// From now on lists say what is there now.
    pub fn lists_lag(&self) {
        let rows = self.rows.lock().unwrap().clone();
        *self.listed.lock().unwrap() = Some(rows);
    }

    fn listed(&self, entity: EntityId, member: &str, values: &[Key]) -> Vec<Row> {
        let listed = self.listed.lock().unwrap();
        match &*listed {
            Some(rows) => Self::those(rows, (entity, member, values)),
            None => self.where_(entity, member, values),
        }
    }

    fn where_(&self, entity: EntityId, member: &str, values: &[Key]) -> Vec<Row> {
        Self::those(&self.rows.lock().unwrap(), (entity, member, values))
    }

    fn those(rows: &[(EntityId, Wire)], (entity, member, values): (EntityId, &str, &[Key])) -> Vec<Row> {
        let is = |wire: &Wire| wire.get(member).as_text().is_some_and(|text| values.iter().any(|v| v.as_str() == text));
        let found = rows.iter().filter(|(of, wire)| *of == entity && is(wire));
        found.map(|(_, wire)| Row { row: wire.clone(), facets: Vec::new(), parent: None, etag: None }).collect()
    }

    fn call<T>(&self, call: String) -> Result<(), Result<T, Error>> {
        self.calls.lock().unwrap().push(call);
        let down = *self.down.lock().unwrap();
        down.map_or(Ok(()), |code| Err(Err(Error::new(code, "as the test wants it"))))
    }
}

fn joined(keys: &[Key]) -> String {
    keys.iter().map(Key::as_str).collect::<Vec<_>>().join(",")
}

impl Protocol for Table {
    fn write<'a>(&'a self, _: &'a EntityMapping, row: &'a WriteRow<'a>) -> BoxFuture<'a, Result<WroteRow, Unwritten>> {
        Box::pin(async move {
            let key = row.key.as_ref().map_or("-", |key| key.as_str());
            self.calls.lock().unwrap().push(format!("write {} {key}", row.write.operation));
            self.outcomes.lock().unwrap().pop_front().expect("an outcome")
        })
    }

    fn look<'a>(
        &'a self,
        _: &'a EntityMapping,
        _: &'a WriteRow<'a>,
        _: &'a LookBy,
    ) -> BoxFuture<'a, Result<Option<Key>, Error>> {
        Box::pin(async {
            self.calls.lock().unwrap().push("look".to_owned());
            Ok(self.seen.lock().unwrap().clone())
        })
    }

    fn get<'a>(&'a self, of: &'a EntityMapping, read: GetRows) -> BoxFuture<'a, Vec<Result<Option<Row>, Error>>> {
        Box::pin(async move {
            if let Err(failed) = self.call(format!("get {}", joined(&read.keys))) {
                return vec![failed; read.keys.len()];
            }
            read.keys.iter().map(|key| Ok(self.where_(of.entity, "id", std::slice::from_ref(key)).pop())).collect()
        })
    }

    fn list<'a>(&'a self, of: &'a EntityMapping, read: ListRows) -> BoxFuture<'a, Vec<Result<RowPage, Error>>> {
        Box::pin(async move {
            let parents: Vec<String> = read.parents.iter().map(|parent| joined(&parent.keys)).collect();
            if let Err(failed) = self.call(format!("list {}", parents.join(" "))) {
                return vec![failed; read.parents.len()];
            }
            let size = (*self.page.lock().unwrap()).min(read.first.try_into().unwrap());
            let page = |parent: &crate::model::Parent| {
                let all = match read.list {
                    ListOf::All => panic!("not in this table"),
                    ListOf::Parent(_) => self.listed(of.entity, "account", &parent.keys),
                };
                let after = parent.after.as_ref();
                let token = after.and_then(|after| after.token.as_deref()).map_or(0, |token| token.parse().unwrap());
                let begin = token + after.map_or(0, |after| usize::try_from(after.skip).unwrap());
                let behind = |at: usize| Position { token: Some((at + 1).to_string().into()), skip: 0 };
                let rows = all.iter().cloned().enumerate().skip(begin).take(size);
                let rows: Vec<_> = rows.map(|(at, row)| (row, behind(at))).collect();
                let total = read.total.then(|| u64::try_from(all.len()).unwrap());
                let last = rows.last().map(|(_, behind)| behind.clone());
                let has_next = begin + rows.len() < all.len();
                let rows = rows.into_iter().filter(|(row, _)| row.row.get("lost").is_null()).collect();
                Ok(RowPage { has_next, last, rows, total })
            };
            read.parents.iter().map(page).collect()
        })
    }

    fn find<'a>(&'a self, of: &'a EntityMapping, read: FindRows) -> BoxFuture<'a, Vec<Result<Vec<Row>, Error>>> {
        Box::pin(async move {
            if let Err(failed) = self.call(format!("find {} {}", read.by, joined(&read.values))) {
                return vec![failed; read.values.len()];
            }
            let by = |value| Ok(self.where_(of.entity, &read.by, std::slice::from_ref(value)));
            read.values.iter().map(by).collect()
        })
    }

    fn plan_get(&self, _: &EntityMapping, _: FieldSet) -> Vec<PlannedCall> {
        Vec::new()
    }

    fn plan_list(&self, _: &EntityMapping, _: &ListRows) -> Vec<PlannedCall> {
        Vec::new()
    }
}
