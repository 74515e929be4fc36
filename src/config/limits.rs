//! What one request may ask for.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Lasting;

/// What one request may ask for, worked out from its plan before anything is fetched. How each is counted, and how to find
/// out what your own queries need, stands in `docs/limits.md`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct LimitsConfig {
    /// Whether what is over a limit is refused, or run and reported.
    pub mode: LimitMode,
    /// The longest document, in bytes.
    pub document_bytes: u64,
    /// The most tokens of a document; white space, commas and comments are none.
    pub tokens: u64,
    /// The most operations of a document.
    pub operations: u64,
    /// The most fragments that a document defines.
    pub fragments: u64,
    /// The deepest nesting of fields.
    pub depth: u64,
    /// The most fields that are selected, those of fragments once for each spread.
    pub fields: u64,
    /// The most aliases, those in fragments once for each spread.
    pub aliases: u64,
    /// The most directives of a document.
    pub directives: u64,
    /// The largest `first` of a list.
    pub page_size: u64,
    /// The highest cost: ten for each upstream call and one for each row, at most, by the plan.
    pub cost: u64,
    /// The most values that `__schema` and `__type` may answer with.
    pub introspection: u64,
    /// The largest answer, in bytes.
    pub answer_bytes: u64,
    /// The most errors of an answer; what is beyond is counted and left out.
    pub errors: u64,
    /// What reads past the cache are given.
    pub live: LiveConfig,
}

/// What is done about a request that is over a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LimitMode {
    /// It is refused, before anything is fetched.
    #[default]
    Enforce,
    /// It is run, counted and logged, and its answer says in `extensions.cost` what it is over.
    Measure,
}

/// What reads past the cache (`@live`) are given.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct LiveConfig {
    /// How many times as much they cost.
    pub weight: u64,
    /// How many a caller may make in a minute.
    pub per_minute: u64,
    /// One that began at most this long ago and is still under way answers others of the same, too; `0` for none.
    pub window: Lasting,
}

impl Default for LiveConfig {
    fn default() -> Self {
        Self { weight: 5, per_minute: 120, window: Lasting(std::time::Duration::from_millis(500)) }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            mode: LimitMode::Enforce,
            document_bytes: 64 * 1024,
            tokens: 8_000,
            operations: 20,
            fragments: 200,
            depth: 20,
            fields: 2_000,
            aliases: 100,
            directives: 200,
            page_size: 100,
            cost: 15_000,
            introspection: 250_000,
            answer_bytes: 8 * 1024 * 1024,
            errors: 500,
            live: LiveConfig::default(),
        }
    }
}

/// How one limit is written, its value, and the least and the most it can be.
pub type Range = (&'static str, u64, [u64; 2]);

impl LimitsConfig {
    /// The most of everything: what the gateway itself can take without harm to others, whatever is configured.
    #[must_use]
    pub fn ceiling() -> Self {
        Self {
            mode: LimitMode::Enforce,
            document_bytes: 1024 * 1024,
            tokens: 50_000,
            operations: 100,
            fragments: 1_000,
            depth: 60,
            fields: 20_000,
            aliases: 20_000,
            directives: 20_000,
            page_size: 100,
            cost: u64::MAX,
            introspection: 2_000_000,
            answer_bytes: 256 * 1024 * 1024,
            errors: 10_000,
            live: LiveConfig { weight: 1_000, per_minute: 1_000_000, window: Lasting::seconds(10) },
        }
    }

    /// What is refused: the limits as they are, or, where they are only measured, no more than the gateway has to refuse.
    #[must_use]
    pub fn enforced(&self) -> Self {
        match self.mode {
            LimitMode::Enforce => self.clone(),
            LimitMode::Measure => Self { live: self.live.clone(), ..Self::ceiling() },
        }
    }

    /// Every number with its range.
    #[must_use]
    pub fn ranges(&self) -> Vec<Range> {
        let most = Self::ceiling();
        vec![
            ("documentBytes", self.document_bytes, [256, most.document_bytes]),
            ("tokens", self.tokens, [16, most.tokens]),
            ("operations", self.operations, [1, most.operations]),
            ("fragments", self.fragments, [0, most.fragments]),
            ("depth", self.depth, [1, most.depth]),
            ("fields", self.fields, [1, most.fields]),
            ("aliases", self.aliases, [0, most.aliases]),
            ("directives", self.directives, [0, most.directives]),
            ("pageSize", self.page_size, [1, most.page_size]),
            ("cost", self.cost, [1, most.cost]),
            ("introspection", self.introspection, [0, most.introspection]),
            ("answerBytes", self.answer_bytes, [1024, most.answer_bytes]),
            ("errors", self.errors, [1, most.errors]),
        ]
    }
}

impl LiveConfig {
    /// Every number with its range.
    #[must_use]
    pub fn ranges(&self) -> Vec<Range> {
        let most = LimitsConfig::ceiling().live;
        let milliseconds = |lasting: Lasting| u64::try_from(lasting.0.as_millis()).unwrap_or(u64::MAX);
        vec![
            ("weight", self.weight, [1, most.weight]),
            ("perMinute", self.per_minute, [1, most.per_minute]),
            ("window", milliseconds(self.window), [0, milliseconds(most.window)]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_inside_their_ranges() {
        let limits = LimitsConfig::default();
        for (name, value, [least, most]) in limits.ranges().into_iter().chain(limits.live.ranges()) {
            assert!((least..=most).contains(&value), "{name}: {value}");
        }
    }
}
