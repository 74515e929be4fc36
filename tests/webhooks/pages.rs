//! The pages of a scenario: they come, are told, and go.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;

use crate::expected::{at, fits};
use crate::page::{Message, PATIENCE, Page};
use crate::play::{Done, Play};
use crate::scenario::{Expected, Follows};

/// How long a page may take to say something before more time goes by.
const MOMENT: Duration = Duration::from_millis(100);
/// How often time goes by until what is waited for should have come.
const OFTEN: usize = 25;

/// A page that is, or was, open.
pub struct Open {
    pub page: Option<Page>,
    pub follows: Follows,
    /// Where it goes on: the cursor of what it was told last.
    cursor: Option<Value>,
    /// It should have been told nothing, and what it is told next has to prove it.
    pub silent: bool,
}

impl Play<'_> {
    pub async fn follows(&mut self, follows: &Follows) -> Done {
        let document = self.file.documents.get(&follows.asks);
        let document = document.ok_or_else(|| format!("this file has no document {}", follows.asks))?;
        let mut variables = follows.variables.clone();
        if let Some(page) = &follows.after {
            let cursor = self.open(page)?.cursor.clone();
            variables.insert("after".to_owned(), cursor.ok_or_else(|| format!("{page} was told no cursor"))?);
        }
        let request = self.request((document, &variables))?;
        let token = self.stage.world.token(self.person(&follows.person)?);
        let mut following = self.stage.world.tenant.live().following();
        let before = *following.borrow_and_update();
        let opened = Page::open(self.stage.address, &token, (follows.over, &request)).await;
        let mut page = opened.map_err(|code| format!("{} cannot follow: {code}", follows.page))?;
        tokio::select! {
            biased;
            follows = following.wait_for(|all| *all > before) => assert!(follows.is_ok()),
            early = page.next() => return Err(format!("{} does not follow: {early:?}", follows.page)),
        }
        // Until it is told something, it would go on where it was.
        let cursor = self.pages.remove(&follows.page).and_then(|before| before.cursor);
        let open = Open { page: Some(page), follows: follows.clone(), cursor, silent: false };
        self.pages.insert(follows.page.clone(), open);
        Ok(())
    }

    pub async fn leaves(&mut self, page: &str) -> Done {
        let mut following = self.stage.world.tenant.live().following();
        let before = *following.borrow_and_update();
        let open = self.open(page)?;
        drop(open.page.take().ok_or_else(|| format!("{page} has left before"))?);
        let left = tokio::time::timeout(PATIENCE, following.wait_for(|all| *all < before)).await;
        left.map(|_| ()).map_err(|_| format!("{page} still follows"))
    }

    /// What is told next, in the moment that it takes; as time goes by, where it does.
    async fn next(&mut self, page: &str, by: Option<SignedDuration>) -> Result<Message, String> {
        let mut left = OFTEN;
        loop {
            let wait = if by.is_some() { MOMENT } else { PATIENCE };
            let open = self.pages.get_mut(page).ok_or_else(|| format!("nobody has opened the page {page}"))?;
            let own = open.page.as_mut().ok_or_else(|| format!("{page} has left"))?;
            match (tokio::time::timeout(wait, own.next()).await, by) {
                (Ok(message), _) => {
                    if let Message::Change(told) = &message {
                        open.cursor = told.get("cursor").cloned().or(open.cursor.take());
                    }
                    open.silent = false;
                    return Ok(message);
                }
                (Err(_), Some(by)) if left > 0 => {
                    left -= 1;
                    self.stage.later(by).await;
                }
                (Err(_), _) => return Err(format!("{page} is told nothing")),
            }
        }
    }

    pub async fn told(&mut self, page: &str, expected: &Expected, by: Option<SignedDuration>) -> Done {
        let all = match expected {
            Expected::One(one) => std::slice::from_ref(one),
            Expected::All(all) => all,
        };
        let filled = |one: &BTreeMap<String, Value>| {
            one.iter().map(|(at, value)| Ok((at.clone(), self.stage.filled(value)?))).collect::<Result<_, String>>()
        };
        let mut left: Vec<BTreeMap<String, Value>> = all.iter().map(filled).collect::<Result<_, _>>()?;
        let silent = if self.open(page)?.silent { " (it was to be silent before)" } else { "" };
        while !left.is_empty() {
            let message = self.next(page, by).await?;
            let Message::Change(told) = &message else { return Err(format!("{page} is told no more: {message:?}")) };
            let wrong: Vec<Done> = left.iter().map(|one| fits(told, one)).collect();
            match wrong.iter().position(Result::is_ok) {
                Some(at) => drop(left.remove(at)),
                None => return Err(format!("{page}{silent}: {}", wrong[0].clone().unwrap_err())),
            }
        }
        Ok(())
    }

    pub async fn newest(&mut self, page: &str, place: &str, of: &[Value]) -> Done {
        let mut seen: Option<usize> = None;
        while seen.map(|last| last + 1) != Some(of.len()) {
            let message = self.next(page, None).await?;
            let Message::Change(told) = &message else { return Err(format!("{page} is told no more: {message:?}")) };
            let found = at(told, place)?;
            let number = of.iter().position(|one| one == found);
            let number = number.ok_or_else(|| format!("{page}: {place} is {found}, which is none of {of:?}"))?;
            if seen.is_some_and(|last| last >= number) {
                return Err(format!("{page}: {place} is {found} after {}", of[seen.unwrap_or_default()]));
            }
            seen = Some(number);
        }
        Ok(())
    }

    pub async fn over(&mut self, page: &str, code: &Value, by: Option<SignedDuration>) -> Done {
        loop {
            match self.next(page, by).await? {
                Message::Over(found) if found == *code => {
                    self.open(page)?.page = None;
                    return Ok(());
                }
                // As time goes by, rights that are looked up come too late: that is a gap, and no end.
                Message::Change(told) if by.is_some() && told["kind"] == "RESET" => {}
                other => return Err(format!("{page} is not over with {code}: {other:?}")),
            }
        }
    }
}
