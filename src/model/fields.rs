//! Numbers for what the graph and the configuration name: entities, fields, sources; and sets of fields.

/// An entity type, by its place in the resolved graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(pub u16);

/// A value type (an object type that is no entity), by its place in the resolved graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueTypeId(pub u16);

/// A field of one entity or value type, by its place in the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u8);

impl FieldId {
    /// Stands for "how the record is known in other sources" in a [`FieldSet`]: no field of the graph has this number.
    pub const LINKS: Self = Self(127);
}

/// A configured source, by its place in the tenant's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u16);

/// A set of fields of one entity; an entity has at most [`FieldSet::CAPACITY`] fields, checked when the graph is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FieldSet(u128);

impl FieldSet {
    /// The most fields an entity may have.
    pub const CAPACITY: usize = 127;
    /// No field.
    pub const EMPTY: Self = Self(0);

    /// Adds a field; a number of 128 or more cannot exist (see [`FieldSet::CAPACITY`]) and is ignored.
    pub fn insert(&mut self, field: FieldId) {
        if field.0 < 128 {
            self.0 |= 1 << field.0;
        }
    }

    /// Whether the field is in it.
    #[must_use]
    pub fn contains(self, field: FieldId) -> bool {
        field.0 < 128 && self.0 & (1 << field.0) != 0
    }

    /// Its fields that have values: all but [`FieldId::LINKS`].
    #[must_use]
    pub const fn without_links(self) -> Self {
        Self(self.0 & !(1 << FieldId::LINKS.0))
    }

    /// How many of its fields come before this one.
    #[must_use]
    pub fn rank(self, field: FieldId) -> usize {
        // Most entities have few fields: only one half is counted then.
        let (low, high) = (self.0 as u64, (self.0 >> 64) as u64);
        let below = |half: u64, bits: u8| half & 1_u64.checked_shl(bits.into()).map_or(u64::MAX, |bit| bit - 1);
        let ones = match field.0.checked_sub(64) {
            None => below(low, field.0).count_ones(),
            Some(bits) => low.count_ones() + below(high, bits).count_ones(),
        };
        ones as usize
    }

    /// Whether every field of `wanted` is in it.
    #[must_use]
    pub fn covers(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }

    /// The fields of either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The fields of both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The fields of this that are not in `other`.
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there is no field in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its fields, in the order of the type.
    pub fn iter(self) -> impl ExactSizeIterator<Item = FieldId> {
        let mut left = self.0;
        (0..self.0.count_ones()).map(move |_| {
            let next = left.trailing_zeros();
            left &= left.wrapping_sub(1);
            FieldId(next as u8)
        })
    }
}

impl FromIterator<FieldId> for FieldSet {
    fn from_iter<I: IntoIterator<Item = FieldId>>(fields: I) -> Self {
        let mut set = Self::EMPTY;
        for field in fields {
            set.insert(field);
        }
        set
    }
}
