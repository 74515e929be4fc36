//! What is wanted of an answer, as a trie of names. Lists are transparent: what is wanted of a list is wanted of each of
//! its elements.

use std::sync::Arc;

use crate::connector::{Condition, Path, Root, Step};

/// A node: all of it, or some members.
#[derive(Clone, Debug, Default)]
pub(super) struct Wants {
    all: bool,
    names: Vec<(Arc<str>, Wants)>,
}

static ALL: Wants = Wants { all: true, names: Vec::new() };

impl Wants {
    /// All of it.
    pub(super) const fn everything() -> Self {
        Self { all: true, names: Vec::new() }
    }

    /// What is wanted of a member, and the member's name; `None` where it is not wanted at all.
    pub(super) fn of(&self, name: &str) -> Option<(Arc<str>, &Self)> {
        if self.all {
            return Some((Arc::from(name), &ALL));
        }
        self.names.iter().find(|(n, _)| &**n == name).map(|(name, wants)| (Arc::clone(name), wants))
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
        for (name, wants) in &other.names {
            self.child(name).merge(wants);
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
        let at = self.names.iter().position(|(n, _)| n == name).unwrap_or(self.names.len());
        if at == self.names.len() {
            self.names.push((Arc::clone(name), Self::default()));
        }
        &mut self.names[at].1
    }
}
