//! Where random choices come from: a tape that proptest writes and shortens, or a seed.

/// Choices, one after the other.
#[derive(Debug, Clone)]
pub enum Chance {
    /// Written out; behind its end every choice is the first, so that a shorter tape asks for less.
    Tape(std::vec::IntoIter<u16>),
    /// Made from a seed without end.
    Seed(u64),
}

impl Chance {
    /// A tape of these choices.
    pub fn tape(choices: Vec<u16>) -> Self {
        Self::Tape(choices.into_iter())
    }

    /// One of `count`, from 0.
    pub fn below(&mut self, count: usize) -> usize {
        let next = match self {
            Self::Tape(choices) => u64::from(choices.next().unwrap_or_default()),
            Self::Seed(seed) => {
                // SplitMix64: every seed gives its own choices, none of them worth less than another.
                *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 33
            }
        };
        usize::try_from(next).unwrap_or_default() % count.max(1)
    }

    /// One of them.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// True once in `of` times; never at the end of a tape.
    pub fn once_in(&mut self, of: usize) -> bool {
        self.below(of) == of - 1
    }
}
