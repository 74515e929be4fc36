//! One look at a record for one person: whether they are told, and the letter where it is news.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::super::post::{Letter, Sent};
use super::super::rules::{Rule, To};
use super::claims::{Claimed, News};
use super::notice::{Notice, Reader};
use super::told::{Told, place};
use super::{Mailing, PATIENCE, TURN};
use crate::error::Code;
use crate::model::{Caller, ChangeKind, RecordId};
use crate::seal;
use crate::store::Store as _;

/// What a look at a record for somebody came to.
pub(super) enum Looked {
    Done,
    /// Not yet: after this time again; with a failure that counts as an attempt, or without.
    Later(Duration),
    Failed(String),
}

impl Mailing {
    /// Looks at the record as its reader does, and sends what is news.
    pub(super) async fn look(&self, rule: &Rule, notice: &Notice, (id, reader): (&RecordId, &Reader)) -> Looked {
        let (contact, account) = reader;
        let own = notice.by.as_ref() == Some(contact);
        let place = place(rule, &self.executor.seal(id), &self.executor.seal(contact));
        let Some(_look) = self.looking.at(&place) else { return Looked::Later(TURN) };
        let told = self.told.get(std::slice::from_ref(&place)).await.into_iter().next().flatten();
        let sent = told.and_then(|told| told.sent);
        let now = self.clock.elapsed();
        let next = sent.map(|sent| sent + rule.window).filter(|next| *next > now && !own);
        if let Some(next) = next {
            return Looked::Later(next.saturating_sub(now));
        }
        let caller = match self.identity.person(&contact.key, account.as_ref(), now + PATIENCE).await {
            Ok(caller) => caller,
            Err(error) if error.code() == Code::Forbidden => return self.silent(),
            Err(error) => return Looked::Failed(error.to_string()),
        };
        if !may(rule, &caller, account.as_ref()) {
            return self.silent();
        }
        let language = self.notices.language([&caller.locale, &self.locale]).cloned().unwrap_or_default();
        let seen = match self.seen(rule, notice, (id, &caller, &language)).await {
            Ok(Some(seen)) => seen,
            Ok(None) => return self.silent(),
            Err(looked) => return looked,
        };
        let digest = seen.digest();
        let known = told.map(|told| told.digest);
        // Without a word of the rule, an update counts only where it is known what the person saw before.
        let unsure = known.is_none() && notice.change.kind == ChangeKind::Updated && rule.when.is_none();
        let news = News { place: &place, digest, window: rule.window };
        // It is not tried again: what others do until then would be taken for seen as well.
        if own && let Err(error) = self.claims.saw(&news).await {
            tracing::warn!(rule = &*rule.name, why = error.detail(), "no other node knows what somebody has seen");
        }
        if own || unsure || known == Some(digest) {
            self.remember(place, Told { digest, sent }).await;
            return self.silent();
        }
        let Some(address) = &caller.email else { return self.silent() };
        let claimed = self.claims.take(&news).await;
        let claim = match claimed {
            Ok(Claimed::Mine(claim)) => claim,
            Ok(Claimed::Told(theirs)) => {
                self.remember(place, Told { sent: theirs.sent.max(sent), ..theirs }).await;
                return self.silent();
            }
            Ok(Claimed::Held(theirs, left)) => {
                self.remember(place, Told { sent: theirs.sent.max(sent), ..theirs }).await;
                return Looked::Later(left);
            }
            Ok(Claimed::Busy) => return Looked::Later(TURN),
            // Somebody may have sent it: late is better than twice.
            Err(error) => return Looked::Failed(error.to_string()),
        };
        let letter = Letter {
            from: &self.notices.from,
            to: (&caller.name, address),
            language: &language,
            subject: &seen.subject,
            text: seen.text,
            html: seen.html,
            id: &seal::digest([&place[..], &digest])
                .iter()
                .take(16)
                .fold(String::new(), |id, byte| id + &format!("{byte:02x}")),
            at: self.clock.now(),
        };
        match self.post.send(letter).await {
            Sent::Taken => {
                self.counts.sent.fetch_add(1, Ordering::Relaxed);
                self.remember(place, Told { digest, sent: Some(self.clock.elapsed()) }).await;
                Looked::Done
            }
            Sent::Again(why) => {
                self.claims.give_back(claim).await;
                Looked::Failed(why)
            }
            Sent::Refused(why) => {
                tracing::warn!(rule = &*rule.name, why, "a letter is refused");
                self.lose(1, "it is refused");
                self.claims.refused(claim).await;
                self.remember(place, Told { digest, sent }).await;
                Looked::Done
            }
        }
    }

    fn silent(&self) -> Looked {
        self.counts.silent.fetch_add(1, Ordering::Relaxed);
        Looked::Done
    }
}

/// Whether the rule is for this person, by the rights of now.
fn may(rule: &Rule, caller: &Caller, account: Option<&RecordId>) -> bool {
    let through = caller.authority.accounts.iter().find(|access| Some(&access.id) == account);
    match &rule.to {
        To::Itself | To::Field(_) => true,
        To::Permission(name) => through.is_some_and(|access| access.permissions.contains(name)),
        To::Role(name) => through.is_some_and(|access| access.roles.contains(name)),
    }
}
