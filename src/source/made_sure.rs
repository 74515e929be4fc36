//! One effect, and no second one: what is done when a write is asked for again because its answer was lost.

use std::time::Duration;

use jiff::Timestamp;

use super::writes::Doing;
use crate::connector::{
    Bound, Condition, Look, LookBy, Method, Once, Path, RowView, Test, WriteMapping, WriteWay, holds, key_of,
};
use crate::error::{Code, Error};
use crate::model::{Attempt, FieldSet, Key, RefusalCode, Unwritten, Wire};
use crate::protocol::{FindRows, WriteRow};

/// How far a system's clock may be behind ours.
const SKEW: Duration = Duration::from_secs(5);
/// What a system remembers is not counted on in the last moments before it forgets.
const MARGIN: Duration = Duration::from_secs(60);

/// How long what was sent and not answered may still be done. Systems publish no such time; proxies before them give up by then.
const QUIET: Duration = Duration::from_secs(30);

/// How long a write is known by its key: what a system has to remember where nobody else can.
const KNOWN: Duration = Duration::from_secs(24 * 3_600);

/// What came of looking.
pub(super) enum Found {
    /// It was written: this is its key.
    There(Key),
    /// It was not.
    Nowhere,
}

/// The column that our reference is written into.
pub(super) fn stamped(write: &WriteMapping) -> Option<&Path> {
    let Once::Known { look: Some(look), .. } = &write.once else { return None };
    match &look.by {
        LookBy::Stamp { column, .. } => Some(column),
        _ => None,
    }
}

/// Makes sure before a write that is asked for again.
pub(super) async fn before(doing: &Doing<'_>, row: &WriteRow<'_>) -> Result<Found, Unwritten> {
    let (begun, last) = match doing.write.attempt {
        // A repeat may be one of these as well, where the claims went with the process that kept them. Nobody knows then when it
        // was begun, and so neither whether it can be found yet, nor whether what is found is ours.
        Attempt::First => return Ok(Found::Nowhere),
        Attempt::Unkept => return by_itself(doing),
        Attempt::Again { begun, last } => (begun, last),
    };
    match &doing.mapping.once {
        Once::Natural => Ok(Found::Nowhere),
        Once::Uncertain(why) => Err(uncertain(doing, format!("it may have been written: {why}"))),
        Once::Known { header: Some((_, kept)), look } if since(doing, begun) + MARGIN < *kept => {
            // Files that are sent up again have other names there: the system would not know the write again by its key.
            let same = doing.write.files.is_empty() || look.is_none();
            if same { Ok(Found::Nowhere) } else { looked_for(doing, row, last).await }
        }
        Once::Known { look: None, .. } => {
            Err(uncertain(doing, "the system does not remember the write any more".to_owned()))
        }
        Once::Known { look: Some(_), .. } => looked_for(doing, row, last).await,
    }
}

/// Whether the system makes one effect of two without our help. One that is looked through for a mark does not: two nodes that
/// look at the same moment both find nothing.
fn by_itself(doing: &Doing<'_>) -> Result<Found, Unwritten> {
    let knows = match &doing.mapping.once {
        Once::Natural => true,
        Once::Known { header: Some((_, kept)), look } => {
            *kept >= KNOWN && (doing.write.files.is_empty() || look.is_none())
        }
        Once::Known { header: None, .. } | Once::Uncertain(_) => false,
    };
    if knows {
        return Ok(Found::Nowhere);
    }
    let what = "whether it was written before cannot be known: the state store does not answer";
    Err(Unwritten::Failed(doing.target.at(Error::new(Code::UpstreamUnavailable, what).retryable().unsent())))
}

async fn looked_for(doing: &Doing<'_>, row: &WriteRow<'_>, last: Timestamp) -> Result<Found, Unwritten> {
    if let Once::Known { look: Some(look), .. } = &doing.mapping.once {
        settled(doing, look, last).await?;
    }
    look(doing, row).await
}

/// Whether it is quiet enough to change a record again because that changes nothing: what was sent before may still come, and would
/// then come over whatever was written in between. Nothing waits for that here: whoever asked would be gone, and may have
/// written something else, when it is done.
pub(super) fn quiet(doing: &Doing<'_>) -> Result<(), Unwritten> {
    let Attempt::Again { last, .. } = doing.write.attempt else { return Ok(()) };
    let reads = matches!(&doing.mapping.way, WriteWay::Request(request) if request.method == Method::Get);
    let changes = doing.write.key.is_some() && !reads && matches!(doing.mapping.once, Once::Natural);
    let left = QUIET.saturating_sub(since(doing, last));
    if !changes || left.is_zero() { Ok(()) } else { Err(later(doing, "what was sent first may still come", left)) }
}

/// Waits until what was tried can be found; where nobody waits so long, it stays open.
async fn settled(doing: &Doing<'_>, look: &Look, last: Timestamp) -> Result<(), Unwritten> {
    let left = look.settle.saturating_sub(since(doing, last));
    if left.is_zero() {
        return Ok(());
    }
    let clock = &doing.inner.setup.clock;
    if clock.elapsed() + left >= doing.write.context.deadline {
        return Err(later(doing, "what was written cannot be found yet", left));
    }
    clock.sleep(left).await;
    Ok(())
}

/// It stays open, and this attempt sent nothing: by then it can be made sure of.
fn later(doing: &Doing<'_>, why: &str, left: Duration) -> Unwritten {
    let error = Error::new(Code::WriteUncertain, why).retry_after(left).unsent();
    Unwritten::Uncertain(doing.target.at(error))
}

fn since(doing: &Doing<'_>, then: Timestamp) -> Duration {
    Duration::try_from(doing.inner.setup.clock.now().duration_since(then)).unwrap_or_default()
}

/// Looks for what may have been written.
pub(super) async fn look(doing: &Doing<'_>, row: &WriteRow<'_>) -> Result<Found, Unwritten> {
    let Once::Known { look: Some(look), .. } = &doing.mapping.once else { return Ok(Found::Nowhere) };
    let found = match &look.by {
        LookBy::Stamp { find, .. } => by_value(doing, look, (find, Key::new(&doing.write.reference))).await,
        LookBy::Unique { find } => {
            let value = doing.write.input.get(find).as_text().and_then(|value| Key::new(&value));
            by_value(doing, look, (find, value)).await
        }
        by @ LookBy::Last { .. } => doing.target.protocol.look(doing.target.of, row, by).await,
    };
    match found {
        Ok(Some(key)) => Ok(Found::There(key)),
        Ok(None) => Ok(Found::Nowhere),
        Err(error) => Err(uncertain(doing, format!("it could not be looked for: {}", error.detail()))),
    }
}

async fn by_value(
    doing: &Doing<'_>,
    look: &Look,
    (find, value): (&std::sync::Arc<str>, Option<Key>),
) -> Result<Option<Key>, Error> {
    let Some(value) = value else { return Ok(None) };
    let read = FindRows {
        by: find.clone(),
        values: vec![value],
        fields: FieldSet::EMPTY,
        context: doing.write.context.clone(),
    };
    let rows = doing.target.protocol.find(doing.target.of, read).await.pop().unwrap_or(Ok(Vec::new()))?;
    let ours = rows.iter().find(|row| is_ours(doing, look, &row.view()));
    Ok(ours.and_then(|row| key_of(doing.target.of, &row.view())))
}

/// A record that was made before the write was begun is somebody else's.
fn is_ours(doing: &Doing<'_>, look: &Look, row: &RowView<'_>) -> bool {
    let (Some(created), Attempt::Again { begun, .. }) = (&look.created, doing.write.attempt) else {
        return true;
    };
    let earliest = begun.checked_sub(SKEW).unwrap_or(begun);
    let after = Condition(vec![(created.clone(), Test::After(Bound::At(earliest.to_string().into())))]);
    holds(&after, row, &doing.basis())
}

/// Whether what the system refused may be what we wrote before: then it is looked for once more.
pub(super) fn may_be_ours(doing: &Doing<'_>, unwritten: &Unwritten) -> bool {
    let looked_for = matches!(&doing.mapping.once, Once::Known { look: Some(_), .. });
    looked_for && is_there_already(doing, unwritten) && (matches!(unwritten, Unwritten::Conflict) || is_again(doing))
}

/// Whether a system that keeps keys may be refusing only because it is still at what was sent before under the same key.
pub(super) fn may_be_under_way(doing: &Doing<'_>, unwritten: &Unwritten) -> bool {
    let keyed = matches!(&doing.mapping.once, Once::Known { header: Some(_), .. });
    keyed && is_there_already(doing, unwritten) && is_again(doing)
}

/// Whether the system refuses since there is one already, or since the record has moved though nobody named a version.
fn is_there_already(doing: &Doing<'_>, unwritten: &Unwritten) -> bool {
    match unwritten {
        Unwritten::Conflict => doing.write.version.is_none(),
        Unwritten::Refused(refusals) => refusals.iter().any(|refusal| refusal.code == RefusalCode::Duplicate),
        Unwritten::Unconfirmed | Unwritten::Failed(_) | Unwritten::Uncertain(_) => false,
    }
}

fn is_again(doing: &Doing<'_>) -> bool {
    doing.write.attempt != Attempt::First
}

fn uncertain(doing: &Doing<'_>, detail: String) -> Unwritten {
    Unwritten::Uncertain(doing.target.at(Error::new(Code::WriteUncertain, detail)))
}

/// Whether a row says all that `values` say; what is empty there is as good as not there.
pub(super) fn contains(row: &Wire, values: &Wire, empty: &[Wire]) -> bool {
    let nothing = |wire: &Wire| wire.is_null() || empty.contains(wire) || wire.as_text().as_deref() == Some("");
    match (values, row) {
        (values, row) if nothing(values) => nothing(row),
        (Wire::Object(members), row) => members.iter().all(|(name, value)| contains(row.get(name), value, empty)),
        (Wire::List(wanted), row) => {
            let there = row.items();
            wanted.len() == there.len() && wanted.iter().zip(there).all(|(value, item)| contains(item, value, empty))
        }
        (one, other) => match (one.as_text(), other.as_text()) {
            (Some(one), Some(other)) => {
                one == other || crate::expr::decimal::compare(&one, &other).is_some_and(std::cmp::Ordering::is_eq)
            }
            _ => false,
        },
    }
}
