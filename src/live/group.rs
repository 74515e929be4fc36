//! Those who are told the same of a change: what one of them is shown, all of them are.
//!
//! A group asks for the same in the same form, and has the same accounts with the same rights, the same one of them in use, and
//! the same language; each of its people has their own sign-in looked at all the same, at every push. What came of a push that
//! looked at more of its caller is not shared ([`Seen::personal`]).

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::execute::{Seen, Subscribed};
use crate::model::{Access, Authority, Caller, Links, RecordId};

/// How long what one was shown is shown to others: who comes later sees what is there then.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// How many groups are looked through for those that nobody is in any more.
const MANY: usize = 64;

/// Who is told the same.
pub(super) struct Group {
    number: u64,
    of: Arc<Subscribed>,
    authority: Arc<Authority>,
    current: Option<usize>,
    locale: Arc<str>,
}

impl Group {
    fn fits(&self, of: &Subscribed, caller: &Caller) -> bool {
        self.of.form() == of.form()
            && self.current == caller.current
            && self.locale == caller.locale
            && is_same(&self.authority, &caller.authority)
    }

    /// Whether a caller of this group whose authority has not changed is still of it.
    pub(super) fn keeps(&self, caller: &Caller) -> bool {
        self.current == caller.current && self.locale == caller.locale
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
    by_look: Mutex<HashMap<u64, Vec<Weak<Group>>>>,
}

impl Groups {
    /// The group of a caller.
    pub(super) fn join(&self, of: &Arc<Subscribed>, caller: &Caller) -> Arc<Group> {
        let mut look = DefaultHasher::new();
        (of.form(), caller.current, &caller.locale).hash(&mut look);
        caller.authority.accounts.iter().for_each(|access| access.id.hash(&mut look));
        let mut by_look = self.by_look.lock().unwrap_or_else(PoisonError::into_inner);
        if by_look.len() >= MANY && by_look.len().is_power_of_two() {
            by_look.retain(|_, groups| groups.iter().any(|group| group.strong_count() > 0));
        }
        let groups = by_look.entry(look.finish()).or_default();
        groups.retain(|group| group.strong_count() > 0);
        if let Some(group) = groups.iter().filter_map(Weak::upgrade).find(|group| group.fits(of, caller)) {
            return group;
        }
        let group = Arc::new(Group {
            number: self.last.fetch_add(1, Ordering::Relaxed),
            of: Arc::clone(of),
            authority: Arc::clone(&caller.authority),
            current: caller.current,
            locale: Arc::clone(&caller.locale),
        });
        groups.push(Arc::downgrade(&group));
        group
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

/// One push: to a group, of a kind, of a record.
type Push = (u64, &'static str, RecordId);

/// What groups were shown of one change.
#[derive(Debug, Default)]
pub(super) struct Pushes(Mutex<HashMap<Push, Arc<OnceCell<Arc<Shown>>>>>);

impl Pushes {
    /// What the group is shown: the first who asks finds it out, and the others wait for that.
    pub(super) fn of(&self, group: &Group, kind: &'static str, id: &RecordId) -> Arc<OnceCell<Arc<Shown>>> {
        let mut pushes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(pushes.entry((group.number, kind, id.clone())).or_default())
    }
}
