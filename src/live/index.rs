//! Who a change may be for, found without a look at everybody: by the accounts and people they stand for, and by the records
//! they have been shown.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use crate::model::{Authority, Key, Links, RecordId, SourceId};

/// The numbers of those who listen, by what makes a change theirs.
#[derive(Default)]
pub(super) struct Index {
    /// By how a source knows their accounts, or themselves.
    known: HashMap<(SourceId, Key), BTreeSet<u64>>,
    /// By the sources of which it could not be found out how they know them.
    unknown: HashMap<SourceId, BTreeSet<u64>>,
    shown: HashMap<RecordId, BTreeSet<u64>>,
}

impl Index {
    /// Notes what somebody may reach from now on, in the place of what it was.
    pub(super) fn reach(&mut self, number: u64, before: Option<&Authority>, now: Option<&Authority>) {
        for place in before.into_iter().flat_map(places) {
            remove(&mut self.known, place, number);
        }
        for source in before.into_iter().flat_map(unknown) {
            remove(&mut self.unknown, source, number);
        }
        for place in now.into_iter().flat_map(places) {
            self.known.entry(place).or_default().insert(number);
        }
        for source in now.into_iter().flat_map(unknown) {
            self.unknown.entry(source).or_default().insert(number);
        }
    }

    /// Notes that somebody has been shown a record.
    pub(super) fn show(&mut self, number: u64, id: &RecordId) {
        self.shown.entry(id.clone()).or_default().insert(number);
    }

    /// Notes that somebody is to hear nothing more of a record.
    pub(super) fn hide(&mut self, number: u64, id: &RecordId) {
        remove(&mut self.shown, id.clone(), number);
    }

    /// Who has been shown the record.
    pub(super) fn seen_by(&self, id: &RecordId) -> impl Iterator<Item = u64> {
        self.shown.get(id).into_iter().flatten().copied()
    }

    /// Whether this one has been shown the record.
    pub(super) fn has_seen(&self, number: u64, id: &RecordId) -> bool {
        self.shown.get(id).is_some_and(|all| all.contains(&number))
    }

    /// Whose account the source knows by that key, or who is known by it themselves.
    pub(super) fn known_by(&self, source: SourceId, key: &Key) -> impl Iterator<Item = u64> {
        self.known.get(&(source, key.clone())).into_iter().flatten().copied()
    }

    /// Who may be known to the source by any key: nobody could find out.
    pub(super) fn unknown_to(&self, source: SourceId) -> impl Iterator<Item = u64> {
        self.unknown.get(&source).into_iter().flatten().copied()
    }
}

fn remove<K: Eq + Hash>(from: &mut HashMap<K, BTreeSet<u64>>, place: K, number: u64) {
    if let Entry::Occupied(mut of) = from.entry(place) {
        of.get_mut().remove(&number);
        if of.get().is_empty() {
            of.remove();
        }
    }
}

/// The accounts and the person, with how they are known elsewhere.
fn linked(authority: &Authority) -> impl Iterator<Item = (&RecordId, &Links)> {
    let accounts = authority.accounts.iter().map(|access| (&access.id, &access.links));
    accounts.chain(authority.contact.iter().map(|contact| (&contact.id, &contact.links)))
}

/// The account or person of the caller that a source knows by that key.
pub(super) fn known_as(authority: &Authority, source: SourceId, key: &Key) -> Option<RecordId> {
    let known = |(id, links): &(&RecordId, &Links)| {
        (id.source == source && id.key == *key) || links.keys(source).is_ok_and(|keys| keys.contains(key))
    };
    linked(authority).find(known).map(|(id, _)| id.clone())
}

/// Every key by which some source knows one of the accounts, or the person.
fn places(authority: &Authority) -> Vec<(SourceId, Key)> {
    let mut all = Vec::new();
    for (id, links) in linked(authority) {
        all.push((id.source, id.key.clone()));
        for (source, keys) in links.iter() {
            all.extend(keys.iter().flat_map(|keys| keys.iter()).map(|key| (source, key.clone())));
        }
    }
    all
}

/// The sources of which it could not be found out how they know one of the accounts, or the person.
pub(super) fn unknown(authority: &Authority) -> impl Iterator<Item = SourceId> {
    let failed = |(source, keys): (SourceId, &Result<_, _>)| keys.is_err().then_some(source);
    linked(authority).flat_map(move |(_, links)| links.iter().filter_map(failed))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::error::{Code, Error};
    use crate::model::{Access, ContactAccess, EntityId};

    fn key(text: &str) -> Key {
        Key::new(text).unwrap()
    }

    fn id(text: &str) -> RecordId {
        RecordId { entity: EntityId(0), source: SourceId(0), key: key(text) }
    }

    fn person(account: &str, desk: &str, own: &str) -> Authority {
        let mut links = Links::default();
        links.insert(SourceId(1), Ok(Arc::from([key(desk)])));
        let access = Access { id: id(account), links, roles: Vec::new(), permissions: Default::default() };
        Authority { contact: Some(ContactAccess { id: id(own), links: Links::default() }), accounts: vec![access] }
    }

    #[test]
    fn people_are_found_by_every_key_they_are_known_by_and_by_none_from_before() {
        let mut index = Index::default();
        let (one, two) = (person("a", "d1", "p1"), person("b", "d1", "p2"));
        index.reach(1, None, Some(&one));
        index.reach(2, None, Some(&two));
        let known =
            |index: &Index, source, text: &str| index.known_by(SourceId(source), &key(text)).collect::<Vec<_>>();
        assert_eq!(
            (known(&index, 0, "a"), known(&index, 1, "d1"), known(&index, 0, "p2")),
            (vec![1], vec![1, 2], vec![2])
        );
        assert_eq!(known(&index, 1, "a"), Vec::<u64>::new(), "another system's key");
        index.reach(1, Some(&one), Some(&two));
        assert_eq!((known(&index, 0, "a"), known(&index, 0, "b")), (vec![], vec![1, 2]));
        index.reach(1, Some(&two), None);
        index.reach(2, Some(&two), None);
        assert!(index.known.is_empty(), "nothing is left behind");
    }

    #[test]
    fn who_may_be_known_by_any_key_is_found_as_long_as_nobody_knows() {
        let (mut index, mut one) = (Index::default(), person("a", "d1", "p1"));
        one.accounts[0].links.insert(SourceId(1), Err(Error::new(Code::UpstreamTimeout, "the desk")));
        index.reach(1, None, Some(&one));
        let unknown = |index: &Index, source| index.unknown_to(SourceId(source)).collect::<Vec<_>>();
        assert_eq!((unknown(&index, 0), unknown(&index, 1)), (vec![], vec![1]));
        index.reach(1, Some(&one), Some(&person("a", "d1", "p1")));
        assert!(index.unknown.is_empty(), "nothing is left behind");
    }

    #[test]
    fn who_was_shown_a_record_is_found_until_it_is_hidden() {
        let mut index = Index::default();
        index.show(1, &id("r"));
        index.show(2, &id("r"));
        index.hide(1, &id("r"));
        index.hide(7, &id("r"));
        assert_eq!(index.seen_by(&id("r")).collect::<Vec<_>>(), [2]);
        assert!(index.has_seen(2, &id("r")) && !index.has_seen(1, &id("r")));
        index.hide(2, &id("r"));
        assert!(index.shown.is_empty(), "nothing is left behind");
    }
}
