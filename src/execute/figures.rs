//! Figures over lists: a list read to its end within a bound, every record of it checked, and what is worked out from it.
//!
//! Past the bound there is a figure only where the system's own count can be believed; there is never one over a part.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use futures::future::join_all;
use jiff::Timestamp;
use smol_str::SmolStr;

use super::batch::{ChildBatch, PlaceBatch, Tally, Way};
use super::lists::{ListOwner, Listed};
use super::records::Reading;
use super::run::Run;
use super::scope::Verdict;
use super::sides::{Side, each_once};
use crate::error::{Code, Error};
use crate::expr::decimal;
use crate::graph::{Function, Graph, Scalar, Shape};
use crate::model::{Extent, ListPage, Parent, SourceId, Value};
use crate::plan::{FIGURE_ROWS, FigurePlan, ListArguments, resolve};

impl<'a> Run<'a> {
    /// What figures over the list of every record of a place are worked out from; `counts` where they are counts alone.
    pub(super) async fn tallies<'b>(&'b self, of: Listed<'b>, counts: bool, reading: &Reading<'b>) -> ChildBatch {
        let (child, list) = of;
        let how = self.how(child.place.live, None);
        let given = resolve(&list.arguments, self.variables);
        let read = ListArguments::read(&self.executor.planner.graph, list.of, given, &self.today);
        let asked = list.sources.first().ok_or_else(|| Error::new(Code::Internal, "figures over a list of no source"));
        let tallies = match read.and_then(|arguments| Ok((arguments, *asked?))) {
            Err(error) => reading.seeds.iter().map(|_| Err(error.clone())).collect(),
            Ok((arguments, source)) => {
                let arguments = ListArguments { first: FIGURE_ROWS, ..arguments };
                let (owners, known) = self.owners((of.0, &self.named(of.1)), reading).await;
                let side = Side {
                    child,
                    of: list.of,
                    source,
                    list: &list.list,
                    arguments: &arguments,
                    order: None,
                    ranked: None,
                    total: list.total,
                    more: true,
                    extent: if counts { Extent::Counted } else { Extent::Whole },
                    how: &how,
                    known: known.filter(|known| known.source == source),
                };
                self.tally_all(&side, &owners).await
            }
        };
        ChildBatch { place: PlaceBatch::default(), way: Way::Figures(tallies) }
    }

    /// One tally for each owner, all of them out of one read.
    async fn tally_all(&self, side: &Side<'_, '_>, owners: &[ListOwner]) -> Vec<Result<Tally, Error>> {
        let wanted = owners.iter().map(|owner| {
            self.granted(side.child, owner)?;
            let keys = owner.keys.first().cloned().unwrap_or_else(|| Ok(Arc::from([])))?;
            Ok((!keys.is_empty()).then_some(Parent { keys, after: None }))
        });
        let (parents, asked) = each_once(wanted);
        let pages = self.pages(side, parents.clone()).await;
        let each = owners.iter().zip(asked).map(|(owner, asked)| {
            let found = asked.map(|at| at.and_then(|at| Some((parents.get(at)?, pages.get(at)?))));
            async move {
                match found? {
                    Some((parent, page)) => self.tally(side, (owner, parent), page.clone()?).await,
                    None => Ok(Tally::new(side.source)),
                }
            }
        });
        join_all(each).await
    }

    async fn tally(
        &self,
        side: &Side<'_, '_>,
        (owner, parent): (&ListOwner, &Parent),
        page: ListPage,
    ) -> Result<Tally, Error> {
        let mut tally = Tally::new(side.source);
        let (counted, read) = (page.total, page.records.len());
        let last = page.last();
        let sure = self.take(side, (owner, page, &mut tally)).await?;
        if sure && counted.is_some_and(|total| total >= tally.records.len() as u64) {
            tally.total = counted;
        } else if !tally.whole && counted.is_some() {
            // The system has counted, but not what is this list's: then the list is read like any other.
            let left = FIGURE_ROWS.saturating_sub(u32::try_from(read).unwrap_or(u32::MAX));
            if let Some(after) = last.filter(|_| left > 0) {
                let arguments = ListArguments { first: left, ..side.arguments.clone() };
                let rest = Side { arguments: &arguments, extent: Extent::Whole, known: side.known.clone(), ..*side };
                let parent = Parent { keys: Arc::clone(&parent.keys), after: Some(after.named()) };
                for page in self.pages(&rest, vec![parent]).await {
                    self.take(side, (owner, page?, &mut tally)).await?;
                }
            }
        }
        Ok(tally)
    }

    /// Takes the records of a page that are the caller's, each once; answers whether all of them were.
    async fn take(
        &self,
        side: &Side<'_, '_>,
        (owner, page, tally): (&ListOwner, ListPage, &mut Tally),
    ) -> Result<bool, Error> {
        tally.pages.push(page.freshness);
        let verdicts = self.checked(side, &page, owner.expect).await;
        let mut seen: HashSet<_> = tally.records.iter().map(|record| record.key.clone()).collect();
        let mut sure = true;
        for ((record, _), verdict) in page.records.iter().zip(verdicts) {
            match verdict {
                Verdict::Granted(_) if seen.insert(record.key.clone()) => tally.records.push(Arc::clone(record)),
                // What it could not be found out of might belong to the figure.
                Verdict::Failed(error) => return Err(error),
                // Twice, as in a list that moved between two pages, or somebody else's.
                Verdict::Granted(_) | Verdict::Denied => sure = false,
            }
        }
        tally.whole = !page.has_next;
        Ok(sure)
    }
}

impl Tally {
    /// That of a list with nothing in it.
    fn new(source: SourceId) -> Self {
        Self { source, pages: Vec::new(), records: Vec::new(), whole: true, total: None }
    }
}

/// The value of a figure over the list, as each of its owners has it.
///
/// # Errors
/// `QUERY_TOO_COSTLY` past the bound; what kept a record from having a value that fits; a sum that is not exact.
pub(super) fn work_out(graph: &Graph, figure: &FigurePlan, tallies: &[&Tally]) -> Result<Value, Error> {
    if figure.function == Function::Count {
        let count = |tally: &&Tally| if tally.whole { Some(tally.records.len() as u64) } else { tally.total };
        let count = tallies.iter().map(count).sum::<Option<u64>>().ok_or_else(past_the_bound)?;
        return i64::try_from(count).map_err(|_| inexact()).and_then(int);
    }
    if tallies.iter().any(|tally| !tally.whole) {
        return Err(past_the_bound());
    }
    let Some((field, shape)) = &figure.field else { return Ok(Value::Null) };
    let records = tallies.iter().flat_map(|tally| &tally.records);
    let values: Vec<&Value> = records.map(|record| record.value(*field)).filter(|value| !value.is_null()).collect();
    if let Some(Value::Fault(error)) = values.iter().find(|value| matches!(value, Value::Fault(_))) {
        return Err(error.clone());
    }
    match (figure.function, shape) {
        (Function::Sum, Shape::Object(id)) => {
            let money = graph.value_type(*id);
            let place = |name: &str| money.and_then(|money| Some(usize::from(money.field_id(name)?.0)));
            let (Some(amount), Some(currency)) = (place("amount"), place("currency")) else { return Err(inexact()) };
            money_sum(&values, (amount, currency, money.map_or(0, |money| money.fields.len())))
        }
        (Function::Sum, Shape::Scalar(Scalar::Int)) => whole_sum(&values).and_then(int),
        (Function::Sum, Shape::Scalar(Scalar::Long)) => whole_sum(&values).map(Value::Int),
        (Function::Sum, _) => {
            let texts = values.iter().map(|value| value.as_text().ok_or_else(inexact));
            let sum = texts
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .try_fold("0".to_owned(), |sum, text| decimal::add(&sum, text));
            sum.map(|sum| Value::text(&sum)).ok_or_else(inexact)
        }
        (function, Shape::Scalar(scalar)) => {
            let first = if function == Function::Max { Ordering::Greater } else { Ordering::Less };
            let mut found: Option<&Value> = None;
            for value in values {
                let better = match found {
                    None => true,
                    Some(known) => order(*scalar, value, known).ok_or_else(inexact)? == first,
                };
                if better {
                    found = Some(value);
                }
            }
            Ok(found.cloned().unwrap_or(Value::Null))
        }
        _ => Err(inexact()),
    }
}

/// One amount for each currency, in the order of the currencies' codes.
fn money_sum(values: &[&Value], (amount, currency, width): (usize, usize, usize)) -> Result<Value, Error> {
    let mut sums: BTreeMap<SmolStr, String> = BTreeMap::new();
    for value in values {
        let Value::Object(parts) = value else { return Err(inexact()) };
        let (Some(Value::Text(amount)), Some(Value::Text(currency))) = (parts.get(amount), parts.get(currency)) else {
            return Err(inexact());
        };
        let sum = sums.entry(currency.clone()).or_insert_with(|| "0".to_owned());
        *sum = decimal::add(sum, amount).ok_or_else(inexact)?;
    }
    let one = |(code, sum): (SmolStr, String)| {
        let mut parts = vec![Value::Null; width];
        for (at, value) in [(amount, Value::text(&sum)), (currency, Value::Text(code))] {
            if let Some(part) = parts.get_mut(at) {
                *part = value;
            }
        }
        Value::Object(parts.into())
    };
    Ok(Value::List(sums.into_iter().map(one).collect()))
}

fn whole_sum(values: &[&Value]) -> Result<i64, Error> {
    values.iter().try_fold(0i64, |sum, value| match value {
        Value::Int(number) => sum.checked_add(*number).ok_or_else(inexact),
        _ => Err(inexact()),
    })
}

/// A number for the type Int, which has 32 bits.
fn int(number: i64) -> Result<Value, Error> {
    i32::try_from(number).map(|number| Value::Int(number.into())).map_err(|_| inexact())
}

fn order(scalar: Scalar, one: &Value, other: &Value) -> Option<Ordering> {
    if let (Value::Int(one), Value::Int(other)) = (one, other) {
        return Some(one.cmp(other));
    }
    let (one, other) = (one.as_text()?, other.as_text()?);
    match scalar {
        Scalar::Decimal => decimal::compare(one, other),
        Scalar::DateTime => Some(one.parse::<Timestamp>().ok()?.cmp(&other.parse().ok()?)),
        // Days are written so that their texts are in the order of time.
        Scalar::Date => Some(one.cmp(other)),
        _ => None,
    }
}

fn past_the_bound() -> Error {
    let message = format!(
        "This figure is over a list of more than {FIGURE_ROWS} records, and no more are read for one; ask for the list \
         itself, page by page."
    );
    Error::public(Code::QueryTooCostly, message)
}

fn inexact() -> Error {
    Error::new(Code::UpstreamRejected, "a figure cannot be worked out exactly from the values that came")
}
