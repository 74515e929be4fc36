//! What a plan will read, before anything is read: stages, calls, bounds, permissions.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use super::arguments::ListArguments;
use super::limits::refused;
use crate::error::Counted;
use crate::model::{EntityId, FieldSet, ListOf, SourceId};
use crate::protocol::PlannedCall;

/// Tells which calls a read makes; the sources implement it with their engines.
pub trait Calls: Send + Sync {
    /// The calls of a read by key, in order.
    fn get(&self, source: SourceId, entity: EntityId, fields: FieldSet) -> Vec<PlannedCall>;

    /// The calls of a read of lists, in order.
    fn list(&self, source: SourceId, entity: EntityId, list: &ListShape<'_>) -> Vec<PlannedCall>;
}

/// What is known of a list before it is read.
#[derive(Clone, Copy, Debug)]
pub struct ListShape<'a> {
    /// Which list.
    pub list: &'a ListOf,
    /// Fields wanted.
    pub fields: FieldSet,
    /// What is asked; `None` where the arguments are refused.
    pub arguments: Option<&'a ListArguments>,
    /// Whether the total is wanted.
    pub total: bool,
}

/// A plan explained.
#[derive(Clone, Debug, Default)]
pub struct Explained {
    /// Every read, parents before what hangs on them.
    pub stages: Vec<Stage>,
    /// The upstream calls where each is made once: with nothing cached, and no more keys than a call takes.
    pub usual: u64,
    /// Never more upstream calls than this, as long as no page is read on for rows that may not be seen.
    pub calls: u64,
    /// Never more rows than this come back, under the same condition.
    pub rows: u64,
    /// How many of the reads go past the cache.
    pub live: u64,
    /// The largest page that a list is asked for.
    pub page: u64,
    /// What limits are about: ten for each call and one for each row, several times as much where the cache is passed by.
    pub cost: u64,
    /// The most calls in sequence.
    pub rounds: u32,
    /// Every permission that a field of the operation needs.
    pub permissions: Vec<Arc<str>>,
    /// What it comes to against the limits, where those are known.
    pub counted: Vec<Counted>,
}

/// One read of one entity from one source.
#[derive(Clone, Debug)]
pub struct Stage {
    /// How deep it hangs, for printing.
    pub depth: u32,
    /// The field it is for, such as `Account.orders`.
    pub field: Arc<str>,
    /// The source's name.
    pub source: Arc<str>,
    /// The entity's name.
    pub entity: Arc<str>,
    /// What its keys come from.
    pub hangs: Arc<str>,
    /// The names of the wanted fields.
    pub fields: Vec<Arc<str>>,
    /// Never more keys (or parents) than this.
    pub keys: u64,
    /// Never more rows than this.
    pub rows: u64,
    /// Whether it goes past the cache.
    pub live: bool,
    /// What it adds to the cost.
    pub cost: u64,
    /// Its calls, in order.
    pub calls: Vec<StageCall>,
    /// How many calls in sequence come before it.
    pub round: u32,
}

/// One upstream call of a stage.
#[derive(Clone, Debug)]
pub struct StageCall {
    /// Method and the manifest's own path.
    pub template: Arc<str>,
    /// What is counted: `keys` or `parents`.
    pub unit: &'static str,
    /// How many of these one call takes.
    pub many: u64,
    /// Whether the answer is kept, so that there is usually no call at all.
    pub kept: bool,
    /// Never more calls than this.
    pub bound: u64,
}

impl StageCall {
    /// How many calls it takes for that many keys (or parents).
    #[must_use]
    pub fn at(&self, keys: u64) -> u64 {
        if self.kept { keys.min(1) } else { keys.div_ceil(self.many.max(1)) }
    }

    /// That in words, such as `ceil(keys / 100)`.
    #[must_use]
    pub fn formula(&self) -> String {
        match (self.many, self.kept) {
            (_, true) => "1, kept".to_owned(),
            (0 | 1, false) => self.unit.to_owned(),
            (many, false) => format!("ceil({} / {many})", self.unit),
        }
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for stage in &self.stages {
            let indent = "  ".repeat(stage.depth as usize);
            let Stage { field, source, entity, hangs, round, .. } = stage;
            writeln!(f, "{indent}{field}: {entity} from {source}, on {hangs}, after {round} calls")?;
            writeln!(f, "{indent}  fields: {}", stage.fields.join(", "))?;
            for call in &stage.calls {
                writeln!(f, "{indent}  {}: {}, at most {}", call.template, call.formula(), call.bound)?;
            }
        }
        let mut permissions = String::new();
        for permission in &self.permissions {
            let _ = write!(permissions, " {permission}");
        }
        let Self { usual, calls, rows, cost, live, rounds, .. } = self;
        writeln!(f, "calls: {usual} where each is made once, at most {calls}, {rounds} in sequence")?;
        let past = if *live > 0 { format!(", {live} reads past the cache") } else { String::new() };
        writeln!(f, "cost: at most {cost}, for {calls} calls and {rows} rows{past}")?;
        writeln!(f, "permissions:{permissions}")?;
        if !self.counted.is_empty() {
            let told = |Counted { limit, allowed, actual }: &Counted| format!("{limit} {actual} of {allowed}");
            writeln!(f, "limits: {}", self.counted.iter().map(told).collect::<Vec<_>>().join(", "))?;
        }
        for over in self.counted.iter().filter(|counted| counted.is_over()) {
            writeln!(f, "over a limit: {}", refused(*over).message())?;
        }
        Ok(())
    }
}
