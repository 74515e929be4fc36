//! Lists and computed values: read for all parents of a place at once, checked row by row.

use std::sync::Arc;

use super::batch::{ChildBatch, Page, Part, PlaceBatch, Slot, Way};
use super::beyond::Through;
use super::records::{Reading, Seed, absent};
use super::run::{Ask, How, Run};
use super::scope::{Expect, Known, Verdict};
use crate::error::Error;
use crate::model::{Arguments, FieldSet, GetRead, Key, ListOf, ListPage, ListRead, Parent, Position, Record, SourceId};
use crate::plan::{Child, Input, ListArguments, ListPlan, resolve};
use crate::seal::CursorPlace;

/// A list and how it is read.
pub(super) type Listed<'b> = (&'b Child, &'b ListPlan);
/// A parent, and whether an earlier page of its list was in doubt.
type Asked = (Parent, bool);
/// A system's page; `None` where nobody had to be asked.
type Opened = Result<Option<ListPage>, Error>;

/// Whose list is wanted.
pub(super) struct ListOwner {
    /// The keys by which the list's source knows the parent.
    pub(super) keys: Result<Arc<[Key]>, Error>,
    /// The parent's id, for cursors; empty where there is no parent.
    pub(super) id: String,
    /// Whose the rows have to be.
    pub(super) expect: Expect,
    /// Through which account it is reached.
    pub(super) access: Option<usize>,
    /// The caller's own: no permission is asked for the rows.
    pub(super) own: bool,
}

impl<'a> Run<'a> {
    /// The list of every record of a place.
    pub(super) async fn list_of<'b>(&'b self, of: Listed<'b>, reading: &Reading<'b>) -> ChildBatch {
        let list = of.1;
        let keys = self.keys_of(reading, list.source).await;
        let owners =
            reading.seeds.iter().zip(reading.barred.iter()).zip(keys).map(|((seed, barred), keys)| ListOwner {
                keys: if *barred || self.closed(of.0, seed.access) { Err(super::forbidden()) } else { keys },
                id: self.seal(&seed.id),
                expect: match seed.access {
                    Some(at) if reading.plan.hub => Expect::Account(at),
                    _ => Expect::Any,
                },
                access: seed.access,
                own: false,
            });
        let known = reading.parts.first().filter(|_| !reading.plan.hub).map(|answers| Known {
            entity: reading.plan.entity,
            source: list.source,
            keys: reading.seeds.iter().map(|seed| seed.id.key.clone()).collect(),
            answers: answers.clone(),
        });
        let known = known.filter(|_| reading.seeds.iter().all(|seed| seed.id.source == list.source));
        self.list(of, owners.collect(), known).await
    }

    /// Reads a list for each owner.
    pub(super) async fn list<'b>(
        &'b self,
        of: Listed<'b>,
        owners: Vec<ListOwner>,
        known: Option<Known<'b>>,
    ) -> ChildBatch {
        let (child, list) = of;
        let how = self.how(child.place.live, child.locale.as_ref());
        let given = resolve(&list.arguments, self.variables);
        let planner = &self.executor.planner;
        let arguments = match ListArguments::read(&planner.graph, list.of, &given, &self.today) {
            Ok(arguments) => arguments,
            Err(error) => {
                let pages = owners.iter().map(|_| Err(error.clone())).collect();
                return ChildBatch { place: PlaceBatch::default(), way: Way::Pages(pages) };
            }
        };
        let mut parents: Vec<Parent> = Vec::new();
        let mut doubts = Vec::with_capacity(owners.len());
        let wanted: Vec<Result<Option<usize>, Error>> = owners
            .iter()
            .map(|owner| {
                let asked = self.parent(of, owner, &arguments);
                doubts.push(matches!(&asked, Ok(Some((_, true)))));
                let Some((parent, _)) = asked? else { return Ok(None) };
                let known = parents.iter().position(|known| *known == parent);
                Ok(Some(known.unwrap_or_else(|| {
                    parents.push(parent);
                    parents.len() - 1
                })))
            })
            .collect();
        let pages = self.pages(of, (&arguments, &how), parents).await;
        let opened: Vec<Result<Option<ListPage>, Error>> =
            wanted.into_iter().map(|at| at?.and_then(|at| pages.get(at).cloned()).transpose()).collect();
        self.rows(of, (owners, opened, doubts), (&arguments, how, known)).await
    }

    /// The parent that is asked for, and whether an earlier page of its list was in doubt; `None` where the list is empty
    /// without asking.
    fn parent(&self, of: Listed<'_>, owner: &ListOwner, arguments: &ListArguments) -> Result<Option<Asked>, Error> {
        let (child, list) = of;
        let permission = child.place.entities.first().and_then(|plan| plan.permission.as_ref());
        let may = match owner.access {
            Some(_) => self.may(permission, owner.access),
            None => self.may_somewhere(permission),
        };
        if !owner.own && !may {
            return Err(super::forbidden());
        }
        let keys = owner.keys.clone()?;
        let after = arguments.after.as_ref().map(|text| {
            let open = |digest: &[u8]| {
                let place = CursorPlace { field: &child.coordinate, parent: &owner.id, arguments: digest };
                let (token, skip) = self.executor.sealer.open_cursor(place, text)?;
                Ok::<_, Error>(Position { token: token.map(Arc::from), skip })
            };
            let sure = open(&arguments.digest).map(|position| (position, false));
            sure.or_else(|refused| open(&in_doubt(arguments.digest)).map(|place| (place, true)).map_err(|_| refused))
        });
        let (after, doubt) = after.transpose()?.map_or((None, false), |(after, doubt)| (Some(after), doubt));
        let nobody = keys.is_empty() && list.list != ListOf::All;
        Ok((!nobody).then_some((Parent { keys, after }, doubt)))
    }

    pub(super) async fn pages(
        &self,
        of: Listed<'_>,
        with: (&ListArguments, &How),
        parents: Vec<Parent>,
    ) -> Vec<Result<ListPage, Error>> {
        let (child, list) = of;
        let (arguments, how) = with;
        let count = parents.len();
        if count == 0 {
            return Vec::new();
        }
        let wanted = child.place.plan_of(list.of, list.source).map_or(FieldSet::EMPTY, |(_, plan)| {
            let part = plan.parts.iter().find(|(source, _)| *source == list.source);
            part.map_or(FieldSet::EMPTY, |(_, fields)| fields.intersection(self.wanted(plan)))
        });
        let read = ListRead {
            source: list.source,
            entity: list.of,
            list: list.list.clone(),
            parents,
            fields: wanted,
            first: arguments.first,
            filter: arguments.filter.clone(),
            search: arguments.search.clone(),
            order: arguments.order,
            total: list.total,
            context: self.context(list.source, how),
        };
        self.within(list.source, count, self.executor.reads.list(read)).await
    }

    /// Checks the rows of every page and reads what hangs on them.
    async fn rows<'b>(
        &'b self,
        of: Listed<'b>,
        lists: (Vec<ListOwner>, Vec<Opened>, Vec<bool>),
        with: (&ListArguments, How, Option<Known<'b>>),
    ) -> ChildBatch {
        let child = of.0;
        let (owners, opened, doubts) = lists;
        let (arguments, how, known) = with;
        let mut records: Vec<(Arc<Record>, Expect)> = Vec::new();
        for (owner, page) in owners.iter().zip(&opened) {
            if let Ok(Some(page)) = page {
                records.extend(page.records.iter().map(|(record, _)| (Arc::clone(record), owner.expect)));
            }
        }
        let mut verdicts = self.verdicts(child, &records, (known.as_ref(), &how)).await.into_iter();
        let mut seeds = Vec::new();
        let mut pages: Vec<Result<(Page, Vec<Row>), Error>> = Vec::new();
        for ((owner, opened), doubt) in owners.into_iter().zip(opened).zip(doubts) {
            let mut page = Page { parent: owner.id.clone(), digest: arguments.digest, ..Page::default() };
            page.later = arguments.after.is_some();
            let mut through = match opened {
                Ok(Some(found)) => {
                    page.total = found.total;
                    let mut through = Through::default();
                    through.doubt = doubt;
                    through.take(found, &mut verdicts);
                    through
                }
                Ok(None) => {
                    page.total = Some(0);
                    Through::default()
                }
                Err(error) => {
                    pages.push(Err(error));
                    continue;
                }
            };
            if let Err(error) = self.beyond(of, (arguments, &how, known.as_ref()), (&owner, &mut through)).await {
                pages.push(Err(error));
                continue;
            }
            page.has_next = through.has_next;
            if through.doubt {
                // The system counted what is not this list's.
                page.total = None;
                page.digest = in_doubt(arguments.digest);
            }
            let mut rows = Vec::new();
            for (row, position) in through.rows {
                rows.push((
                    row.map(|(record, checked)| {
                        let id = identify(&record);
                        let access = checked.access;
                        seeds.push(Seed { id: id.clone(), access, given: Some(checked), own: owner.own });
                        id
                    }),
                    position,
                ));
            }
            pages.push(Ok((page, rows)));
        }
        let (place, standing) = self.place(&child.place, how, seeds).await;
        let filled = pages.into_iter().map(|page| {
            let (mut page, rows) = page?;
            page.rows = rows.into_iter().map(|(row, position)| (standing_of(row, &standing), position)).collect();
            Ok(page)
        });
        ChildBatch { way: Way::Pages(filled.collect()), place }
    }

    pub(super) async fn verdicts(
        &self,
        child: &Child,
        records: &[(Arc<Record>, Expect)],
        with: (Option<&Known<'_>>, &How),
    ) -> Vec<Verdict> {
        let (known, how) = with;
        let mut verdicts = self.check(records, known, how).await;
        let hub = self.executor.planner.graph.hub;
        for (verdict, (record, _)) in verdicts.iter_mut().zip(records) {
            let listed = child.place.plan_of(record.entity, record.source).is_some();
            if !listed {
                *verdict = Verdict::Denied;
            } else if record.entity == hub {
                // An account is reached through itself.
                let own = self.account_at(record.source, &record.key);
                *verdict = own.map_or(Verdict::Denied, |at| Verdict::Granted(Some(at)));
            }
        }
        if let Some((record, _)) = records.first() {
            self.report(record.entity, record.source, &verdicts);
        }
        verdicts
    }

    /// The values of a computed field for every record of a place.
    pub(super) async fn computed<'b>(
        &'b self,
        with: (&Child, Ask<'_>),
        arguments: Vec<(Arc<str>, Input)>,
        reading: &Reading<'b>,
    ) -> ChildBatch {
        let (child, Ask { source, entity, fields, how }) = with;
        if let Some(values) = self.without_account((child, source), reading) {
            return ChildBatch { place: PlaceBatch::default(), way: Way::Values(values) };
        }
        let arguments: Arguments = arguments.iter().map(|(name, value)| (Arc::clone(name), value.to_value())).collect();
        let keys = self.keys_of(reading, source).await;
        let mut asked: Vec<Key> = Vec::new();
        for ((keys, barred), seed) in keys.iter().zip(reading.barred.iter()).zip(reading.seeds.iter()) {
            let closed = *barred || self.closed(child, seed.access);
            let first = keys.as_ref().ok().and_then(|keys| keys.first()).filter(|_| !closed);
            asked.extend(first.filter(|key| !asked.contains(key)).cloned().into_iter().collect::<Vec<_>>());
        }
        let read =
            GetRead { source, entity, keys: asked.clone(), fields, arguments, context: self.context(source, how) };
        let answers = match asked.len() {
            0 => Vec::new(),
            count => self.within(source, count, self.executor.reads.get(read)).await,
        };
        let same =
            |record: &Record, key: &Key| (record.source, record.entity) == (source, entity) && record.key == *key;
        let found: Vec<_> = asked
            .iter()
            .zip(&answers)
            .filter_map(|(key, answer)| {
                let (record, freshness) = answer.as_ref().ok()?.as_ref()?;
                same(record, key).then(|| (key, Arc::clone(record), *freshness))
            })
            .collect();
        let records: Vec<_> = found.iter().map(|(_, record, _)| (Arc::clone(record), Expect::Any)).collect();
        let verdicts = self.check(&records, None, how).await;
        self.report(entity, source, &verdicts);
        let value = |keys: &Result<Arc<[Key]>, Error>| -> Part {
            let key = match keys {
                Ok(keys) => keys.first(),
                Err(error) => return Part::Failed(error.clone()),
            };
            let Some(at) = key.and_then(|key| asked.iter().position(|asked| asked == key)) else {
                return absent().part;
            };
            if let Some(Err(error)) = answers.get(at) {
                return Part::Failed(error.clone());
            }
            let row = found.iter().zip(&verdicts).find(|((key, ..), _)| Some(*key) == asked.get(at));
            match row {
                Some(((_, record, freshness), Verdict::Granted(_))) => Part::one(Arc::clone(record), *freshness),
                Some((_, Verdict::Failed(error))) => Part::Failed(error.clone()),
                _ => Part::Absent,
            }
        };
        let values = keys.iter().map(value).collect();
        ChildBatch { place: PlaceBatch::default(), way: Way::Values(values) }
    }

    /// The values of what is for the account in use where that is none, or one the source does not know: nobody is asked.
    fn without_account(&self, of: (&Child, SourceId), reading: &Reading<'_>) -> Option<Vec<Part>> {
        let (child, source) = of;
        if !child.per_account {
            return None;
        }
        let keys = self.caller.account().map_or_else(|| Ok(Arc::from([])), |access| Self::account_keys(access, source));
        let part = match keys {
            Ok(keys) if !keys.is_empty() => return None,
            Ok(_) => Part::Absent,
            Err(error) => Part::Failed(error),
        };
        Some(vec![part; reading.seeds.len()])
    }
}

/// What cursors of a list are bound to once a page of it had rows of others: what the system says of the list as a whole is
/// not believed on later pages either.
fn in_doubt(mut digest: [u8; 32]) -> [u8; 32] {
    digest[0] ^= 0x80;
    digest
}

type Row = (Result<crate::model::RecordId, Error>, Position);

pub(super) fn identify(record: &Record) -> crate::model::RecordId {
    crate::model::RecordId { entity: record.entity, source: record.source, key: record.key.clone() }
}

pub(super) fn standing_of(row: Result<crate::model::RecordId, Error>, standing: &super::records::Standing) -> Slot {
    match row {
        Ok(id) => standing.get(&id).map_or(Slot::Absent, |(kind, node)| Slot::Record(*kind, *node)),
        Err(error) => Slot::Failed(error),
    }
}
