//! Those who are told the same of a change: what one of them is shown, all of them are.
//!
//! A group asks for the same in the same form, and has the same accounts with the same rights, the same one of them in use, and
//! the same language; each of its people has their own sign-in looked at all the same, at every push. What came of a push that
//! looked at more of its caller is not shared ([`Seen::personal`]).

use std::collections::HashMap;
use std::hash::Hash as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;

use super::interned::Interned;
use crate::execute::{Seen, Subscribed};
use crate::model::{Access, Authority, Caller, Links, RecordId};

/// How long what one was shown is shown to others: who comes later sees what is there then.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// Who is told the same.
pub(super) struct Group {
    number: u64,
    of: Arc<Subscribed>,
    authority: Arc<Authority>,
    current: Option<usize>,
    locale: Arc<str>,
}

impl Group {
    fn is_like(&self, other: &Self) -> bool {
        self.of.form() == other.of.form()
            && self.current == other.current
            && self.locale == other.locale
            && is_same(&self.authority, &other.authority)
    }
}

fn is_same(one: &Arc<Authority>, other: &Arc<Authority>) -> bool {
    let alike = |one: &[Access], other: &[Access]| {
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same_access(one, other))
    };
    Arc::ptr_eq(one, other) || alike(&one.accounts, &other.accounts)
}

fn is_same_access(one: &Access, other: &Access) -> bool {
    // All of it is named, so that nothing that is added to an account's rights is forgotten here.
    let Access { id, links, roles, permissions } = one;
    *id == other.id && *roles == other.roles && *permissions == other.permissions && are_same(links, &other.links)
}

/// Links that could not be found out are like no others.
fn are_same(one: &Links, other: &Links) -> bool {
    let mut others = other.iter();
    let same = one.iter().all(|(source, keys)| {
        others.next().is_some_and(|(beside, other)| {
            source == beside && matches!((keys, other), (Ok(one), Ok(other)) if one == other)
        })
    });
    same && others.next().is_none()
}

/// The groups that somebody is in.
#[derive(Default)]
pub(super) struct Groups {
    last: AtomicU64,
    all: Interned<Group>,
}

impl Groups {
    /// The group of a caller.
    pub(super) fn join(&self, of: &Arc<Subscribed>, caller: &Caller) -> Arc<Group> {
        let group = Group {
            number: self.last.fetch_add(1, Ordering::Relaxed),
            of: Arc::clone(of),
            authority: Arc::clone(&caller.authority),
            current: caller.current,
            locale: Arc::clone(&caller.locale),
        };
        let look = |group: &Group, look: &mut _| {
            (group.of.form(), group.current, &group.locale).hash(look);
            group.authority.accounts.iter().for_each(|access| access.id.hash(look));
        };
        self.all.one(group, look, Group::is_like)
    }
}

/// What somebody of a group was shown of a change.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) seen: Seen,
    /// Whether it is the same as what was last read, for those who show no field.
    pub(super) unchanged: OnceLock<bool>,
    at: Duration,
}

impl Shown {
    pub(super) const fn new(seen: Seen, at: Duration) -> Self {
        Self { seen, unchanged: OnceLock::new(), at }
    }

    /// Whether the others of the group may be shown it.
    pub(super) fn is_for_all(&self, now: Duration) -> bool {
        !self.seen.personal && now < self.at + GOOD_FOR
    }
}

/// What one group was shown of a change, by the kind of the push and the record.
type Push = (&'static str, RecordId, Arc<OnceCell<Arc<Shown>>>);

/// What groups were shown of one change.
#[derive(Debug, Default)]
pub(super) struct Pushes(Mutex<HashMap<u64, Vec<Push>>>);

impl Pushes {
    /// What the group is shown: the first who asks finds it out, and the others wait for that.
    pub(super) fn of(&self, group: &Group, kind: &'static str, id: &RecordId) -> Arc<OnceCell<Arc<Shown>>> {
        let mut pushes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pushes = pushes.entry(group.number).or_default();
        if let Some((.., shown)) = pushes.iter().find(|(of, to, _)| *of == kind && to == id) {
            return Arc::clone(shown);
        }
        let shown = Arc::default();
        pushes.push((kind, id.clone(), Arc::clone(&shown)));
        shown
    }
}
