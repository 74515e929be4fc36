//! One subscription as it is followed: what this subscriber sees of each change.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, Either, Ready};
use sync_wrapper::SyncWrapper;

use super::Live;
use super::group::{Group, Shown};
use super::hub::{Hearing, Hub};
use super::inbox::Next;
use super::index::known_as;
use super::index::unknown;
use super::read::{Found, Told};
use crate::error::{Code, Result};
use crate::execute::{Executor, GraphResponse, Pushed, Sight, Subscribed};
use crate::identity::SignedIn;
use crate::model::{Caller, ChangeKind, RecordId};

/// How often it is made sure that the subscriber is still signed in.
const LOOK: Duration = Duration::from_secs(30);
/// How long it is waited before rights that could not be found out are looked up again.
const BREATH: Duration = Duration::from_secs(2);
/// How many records of a subscriber are remembered; of one that is forgotten, a change too many is told.
const MOST: usize = 2_000;

/// Who follows: as of now, with the rights of now.
pub trait Follower: Send + Sync {
    /// Who it is.
    fn look(&self) -> Looked<'_>;
}

/// Who somebody is: known already, or to be found out.
pub type Looked<'a> = Either<Ready<Result<Arc<SignedIn>>>, BoxFuture<'a, Result<Arc<SignedIn>>>>;

/// There is nothing yet, or nothing for this subscriber, that could be shown.
struct Unseen;

/// A subscription that is followed.
pub struct Following {
    executor: Arc<Executor>,
    of: Arc<Subscribed>,
    hub: Arc<Hub>,
    hearing: Hearing,
    /// Who is told the same.
    group: Arc<Group>,
    /// The sign-in that made it so.
    signed_in: Option<Arc<SignedIn>>,
    /// What was last shown of each record.
    seen: HashMap<RecordId, [u8; 32]>,
    /// Whether it is counted among those who follow.
    counted: bool,
    /// Over when it is time to make sure of the sign-in. Only [`Self::next`] looks at it.
    look: SyncWrapper<BoxFuture<'static, ()>>,
}

impl Live {
    /// Begins to follow a subscription. What was asked for by id is looked at first, so that what is told later is news.
    pub async fn follow(&self, executor: Arc<Executor>, mut of: Subscribed, caller: &Caller) -> Following {
        let hub = Arc::clone(&self.hub);
        let after = of.watch.after.take().map(|after| number(&executor, &hub, &after));
        let of = hub.subscribed(of);
        let hearing = hub.listen(Arc::clone(&of), &caller.authority, after.flatten());
        if matches!(after, Some(None)) {
            hearing.inbox.miss();
        }
        let group = hub.groups.join(&of, caller);
        let look = SyncWrapper::new(hub.clock.sleep(LOOK));
        let seen = HashMap::new();
        let mut following =
            Following { executor, of, hub, hearing, group, signed_in: None, seen, counted: false, look };
        let asked = following.of.watch.ids.clone().unwrap_or_default();
        let looks = asked.iter().map(|id| following.look(caller, id));
        let looks = futures::future::join_all(looks).await;
        for (id, digest) in asked.into_iter().zip(looks) {
            if let Some(digest) = digest {
                following.show(&id, digest);
            }
        }
        following.counted = true;
        following.hub.following.send_modify(|all| *all += 1);
        following
    }
}

impl Following {
    /// The next message.
    ///
    /// # Errors
    /// The subscriber is not signed in any more, or may not subscribe any more: this is the end.
    pub async fn next(&mut self, who: &dyn Follower) -> Result<GraphResponse> {
        loop {
            let woken = tokio::select! {
                biased;
                next = self.hearing.inbox.next() => Some(next),
                () = self.look.get_mut() => {
                    self.look = SyncWrapper::new(self.hub.clock.sleep(LOOK));
                    None
                }
            };
            let Some(signed_in) = self.look_at(who).await? else { continue };
            let caller = &signed_in.caller;
            // What has to be found out needs room only while it is: those who wait are many.
            let message = match woken {
                Some(Next::Missed) => Box::pin(self.tell(caller, "RESET", None)).await,
                Some(Next::Told(told)) => match self.known(caller, &told) {
                    Ok(message) => message,
                    Err(Unseen) => Box::pin(self.shown(caller, &told)).await,
                },
                // It was time to make sure of the sign-in, and of nothing else.
                None => None,
            };
            if let Some(message) = message {
                return Ok(message);
            }
        }
    }

    /// Who follows, with the rights of now. Where these cannot be found out just now, nothing is shown, and something may
    /// have been missed.
    async fn look_at(&mut self, who: &dyn Follower) -> Result<Option<Arc<SignedIn>>> {
        match who.look().await {
            Ok(signed_in) => {
                self.remember(&signed_in);
                Ok(Some(signed_in))
            }
            Err(error) => match error.code() {
                Code::Unauthenticated | Code::Forbidden | Code::StepUpRequired | Code::BadUserInput => Err(error),
                _ => {
                    tracing::debug!(%error, "a subscriber's rights could not be found out");
                    self.hub.clock.sleep(BREATH).await;
                    self.hearing.inbox.miss();
                    Ok(None)
                }
            },
        }
    }

    /// Notes what somebody may reach who was found anew, and with whom what is told is shared.
    fn remember(&mut self, signed_in: &Arc<SignedIn>) {
        if self.signed_in.as_ref().is_some_and(|known| Arc::ptr_eq(known, signed_in)) {
            return;
        }
        self.signed_in = Some(Arc::clone(signed_in));
        self.hearing.reaches(&signed_in.caller.authority);
        self.group = self.hub.groups.join(&self.of, &signed_in.caller);
    }

    /// Notes what is shown of a record; what was shown of it before.
    fn show(&mut self, id: &RecordId, digest: [u8; 32]) -> Option<[u8; 32]> {
        if let Some(known) = self.seen.get_mut(id) {
            return Some(std::mem::replace(known, digest));
        }
        if self.seen.len() >= MOST {
            self.seen.drain().for_each(|(id, _)| self.hearing.hides(&id));
            // That one of these is gone could not be told any more: whoever has them on the page looks again.
            self.hearing.inbox.miss();
        }
        self.hearing.shows(id);
        self.seen.insert(id.clone(), digest)
    }

    fn forget(&mut self, id: &RecordId) -> bool {
        self.hearing.hides(id);
        self.seen.remove(id).is_some()
    }

    /// What this subscriber is shown: what others of the group are, where that is nobody's own.
    async fn seen(&self, caller: &Caller, told: &Told, pushed: &Pushed<'_>) -> Arc<Shown> {
        let own = async || {
            let at = self.hub.clock.elapsed();
            Arc::new(Shown::new(self.executor.push(caller, &self.of, pushed).await, at))
        };
        let Some(id) = pushed.id else { return own().await };
        let push = told.pushes.of(&self.group, pushed.kind, id);
        let mut is_own = false;
        let shown = push.get_or_init(|| {
            is_own = true;
            own()
        });
        let shown = Arc::clone(shown.await);
        match is_own || shown.is_for_all(self.hub.clock.elapsed()) {
            true => shown,
            false => own().await,
        }
    }

    /// What a record looks like now, where this subscriber may see it.
    async fn look(&self, caller: &Caller, id: &RecordId) -> Option<[u8; 32]> {
        let told = Pushed { kind: "UPDATED", cursor: "", at: self.hub.clock.now(), id: Some(id), read: true };
        match self.executor.push(caller, &self.of, &told).await.sight {
            Sight::Shown { digest, account, .. } if self.watches(account.as_ref()) => Some(digest),
            _ => None,
        }
    }

    /// Whether what belongs to that account is asked for.
    fn watches(&self, account: Option<&RecordId>) -> bool {
        account.is_none() || self.of.watch.account.is_none() || account == self.of.watch.account.as_ref()
    }

    /// A message without a record.
    async fn tell(
        &self,
        caller: &Caller,
        kind: &'static str,
        of: Option<(u64, jiff::Timestamp, &RecordId)>,
    ) -> Option<GraphResponse> {
        let number = of.map_or_else(|| self.hub.last(), |(number, ..)| number);
        let at = of.map_or_else(|| self.hub.clock.now(), |(_, at, _)| at);
        let cursor = cursor(&self.executor, &self.hub, number);
        let told = Pushed { kind, cursor: &cursor, at, id: of.map(|(.., id)| id), read: false };
        match self.executor.push(caller, &self.of, &told).await.sight {
            Sight::Shown { message, .. } => Some(message),
            _ => None,
        }
    }

    /// Which record a change is of for this subscriber, and what it is told of as.
    fn about(&self, caller: &Caller, told: &Told) -> Option<(RecordId, &'static str)> {
        let change = &told.change;
        let id = match &told.found {
            Found::Elsewhere => {
                known_as(&caller.authority, change.source, &change.key).filter(|id| id.entity == change.entity)?
            }
            _ => change.id(),
        };
        let appears = change.kind == ChangeKind::Created || matches!(told.found, Found::Present { moved: true, .. });
        let kind = if appears && !self.seen.contains_key(&id) { "CREATED" } else { "UPDATED" };
        Some((id, kind))
    }

    /// What this subscriber is told of a change, if anything, where another one of the group was shown it: nearly always.
    fn known(&mut self, caller: &Caller, told: &Told) -> Result<Option<GraphResponse>, Unseen> {
        let (id, kind) = self.about(caller, told).ok_or(Unseen)?;
        let push = told.pushes.of(&self.group, kind, &id);
        let shown = push.get().filter(|shown| shown.is_for_all(self.hub.clock.elapsed())).ok_or(Unseen)?;
        self.news(told, &id, shown)
    }

    /// What this subscriber is told of a change, if anything.
    async fn shown(&mut self, caller: &Caller, told: &Told) -> Option<GraphResponse> {
        let Some((id, kind)) = self.about(caller, told) else {
            // It may be of an account of theirs, as long as nobody can say.
            if unknown(&caller.authority).any(|source| source == told.change.source) {
                self.hearing.inbox.miss();
            }
            return None;
        };
        if matches!(told.found, Found::Absent { .. }) {
            return self.gone(caller, told, &id).await;
        }
        let cursor = told.cursor.get_or_init(|| cursor(&self.executor, &self.hub, told.number));
        let pushed = Pushed { kind, cursor, at: told.change.at, id: Some(&id), read: true };
        let shown = self.seen(caller, told, &pushed).await;
        match (self.news(told, &id, &shown), &shown.seen.sight) {
            (Ok(message), _) => message,
            (Err(Unseen), Sight::Failed(error)) => {
                tracing::debug!(%error, "a change could not be shown");
                self.hearing.inbox.miss();
                None
            }
            (Err(Unseen), _) => self.gone(caller, told, &id).await,
        }
    }

    /// What is told of a record that is shown; nothing, where it looks as it did.
    fn news(&mut self, told: &Told, id: &RecordId, shown: &Shown) -> Result<Option<GraphResponse>, Unseen> {
        let Sight::Shown { message, digest, account } = &shown.seen.sight else { return Err(Unseen) };
        if !self.watches(account.as_ref()) {
            return Err(Unseen);
        }
        let (fields, more) = self.of.shows(id.entity, id.source).unwrap_or_default();
        let known = self.show(id, *digest);
        // Without a field to look at, what was compared is everything in the record's own row.
        let unchanged = !told.again
            && match known {
                Some(known) if !fields.is_empty() || more => known == *digest,
                _ => !more && *shown.unchanged.get_or_init(|| self.hub.is_same(&self.of, told)),
            };
        Ok((!unchanged).then(|| message.clone()))
    }

    /// That a record is gone is told only to whoever was shown it.
    async fn gone(&mut self, caller: &Caller, told: &Told, id: &RecordId) -> Option<GraphResponse> {
        if !self.forget(id) {
            return None;
        }
        self.tell(caller, "DELETED", Some((told.number, told.change.at, id))).await
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.hearing.leave(self.seen.keys());
        if self.counted {
            self.hub.following.send_modify(|all| *all -= 1);
        }
    }
}

/// The cursor of a change: sealed, since how much happens in a tenant is nobody's to count.
fn cursor(executor: &Executor, hub: &Hub, number: u64) -> String {
    executor.sealer.id("", "", &format!("{:x}-{number:x}", hub.epoch))
}

/// The number of the change with that cursor; `None` where it was given out by another process.
fn number(executor: &Executor, hub: &Hub, cursor: &str) -> Option<u64> {
    let sealed = executor.sealer.open_id(cursor).ok().filter(|sealed| sealed.entity.is_empty())?;
    let (epoch, number) = sealed.key.split_once('-')?;
    let hex = |text| u64::from_str_radix(text, 16).ok();
    hex(number).filter(|_| hex(epoch) == Some(hub.epoch))
}
