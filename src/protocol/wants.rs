//! What is wanted of an answer, as a trie of names. Lists are transparent: what is wanted of a list is wanted of each of
//! its elements.

use std::sync::Arc;

use super::lexer::stands_for_itself;
use crate::connector::{Condition, Path, Root, Step};

/// A node: all of it, or some members.
#[derive(Clone, Debug, Default)]
pub(super) struct Wants {
    all: bool,
    names: Vec<Member>,
    /// Which lengths the names have, as bits: most members that are not wanted are told by theirs.
    lengths: u64,
}

/// A member of which something is wanted.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: Arc<str>,
    pub(super) wants: Wants,
    /// Whether the name stands in JSON as it is.
    pub(super) plain: bool,
}

impl Wants {
    /// A node of which all is wanted.
    pub(super) const ALL: &'static Self = &Self::everything();

    /// All of it.
    pub(super) const fn everything() -> Self {
        Self { all: true, names: Vec::new(), lengths: 0 }
    }

    /// Whether all of it is wanted.
    pub(super) const fn is_all(&self) -> bool {
        self.all
    }

    /// The wanted member at a place.
    #[inline]
    pub(super) fn at(&self, place: usize) -> Option<&Member> {
        self.names.get(place)
    }

    /// The place of a member; `None` where it is not wanted at all.
    #[inline]
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        if self.lengths & length(name) == 0 {
            return None;
        }
        self.names.iter().position(|member| *member.name == *name)
    }

    /// How many members are wanted, where they are known.
    pub(super) fn width(&self) -> usize {
        self.names.len()
    }

    /// Wants all that is at a path (and nothing where the path begins elsewhere than in the answer).
    pub(super) fn path(&mut self, path: &Path) {
        if path.root == Root::Row {
            self.node(&path.steps).all = true;
        }
    }

    /// Wants all that is at a chain of names.
    pub(super) fn names<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        let mut node = self;
        for name in names {
            node = node.child(&Arc::from(name));
        }
        node.all = true;
    }

    /// Wants, at a chain of names, what another trie wants.
    pub(super) fn graft(&mut self, names: &[&str], other: &Self) {
        let mut node = self;
        for name in names {
            node = node.child(&Arc::from(*name));
        }
        node.merge(other);
    }

    fn merge(&mut self, other: &Self) {
        self.all |= other.all;
        for member in &other.names {
            self.child(&member.name).merge(&member.wants);
        }
    }

    /// Wants the whole member of this name.
    pub(super) fn column(&mut self, name: &Arc<str>) {
        self.child(name).all = true;
    }

    /// Wants what a condition looks at.
    pub(super) fn condition(&mut self, condition: &Condition) {
        for (path, _) in &condition.0 {
            self.path(path);
        }
    }

    /// Wants everything under this node.
    pub(super) fn whole(&mut self) {
        self.all = true;
    }

    /// The node at a path, made where it is not there yet; nothing of it is wanted so far.
    pub(super) fn node(&mut self, steps: &[Step]) -> &mut Self {
        let mut node = self;
        for step in steps {
            match step {
                Step::Name(name) => node = node.child(name),
                Step::Where(member, _) => node.child(member).all = true,
                Step::At(_) | Step::Each => {}
            }
        }
        node
    }

    fn child(&mut self, name: &Arc<str>) -> &mut Self {
        let at = self.find(name).unwrap_or(self.names.len());
        if at == self.names.len() {
            self.lengths |= length(name);
            self.names.push(Member { name: Arc::clone(name), wants: Self::default(), plain: stands_for_itself(name) });
        }
        &mut self.names[at].wants
    }
}

/// The bit of a name's length.
const fn length(name: &str) -> u64 {
    1 << (name.len() % 64)
}
