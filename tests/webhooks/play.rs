//! How a scenario is played, step by step; what is not as it should be is said with the step.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};
use vestibule::live::Counted;

use crate::expected::is;
use crate::page::{Message, PATIENCE, Page};
use crate::pages::Open;
use crate::scenario::{File, Follows, Refused, Scenario, Send, Step};
use crate::stage::Stage;

pub type Done = Result<(), String>;

/// A scenario that is being played.
pub struct Play<'f> {
    pub file: &'f File,
    pub stage: Stage,
    pub pages: BTreeMap<String, Open>,
}

impl Scenario {
    /// Plays it; what is not as it should be, and where it is not.
    pub async fn play(&self, file: &File) -> Done {
        let stage = Stage::of(file, self).await?;
        let mut play = Play { file, stage, pages: BTreeMap::new() };
        for (number, step) in (1..).zip(&self.steps) {
            play.step(step).await.map_err(|why| format!("step {number}: {why}"))?;
        }
        if let Some((page, _)) = play.pages.iter().find(|(_, open)| open.silent) {
            return Err(format!(
                "that {page} is silent is proved by nothing: let it be told something in a later step"
            ));
        }
        let log = play.stage.world.business.state.hooks.log();
        match log.iter().find(|sent| sent.status.is_some_and(|status| status != 200)) {
            Some(refused) => Err(format!("a webhook was refused: {refused:?}")),
            None => Ok(()),
        }
    }
}

impl Play<'_> {
    async fn step(&mut self, step: &Step) -> Done {
        let state = &self.stage.world.business.state;
        match step {
            Step::Follows(follows) => return self.follows(follows).await,
            Step::Leaves(page) => return self.leaves(page).await,
            Step::ComesBack(page) => {
                let open = self.open(page)?;
                if open.page.is_some() {
                    return Err(format!("{page} has not left"));
                }
                let follows = Follows { after: Some(page.clone()), ..open.follows.clone() };
                return self.follows(&follows).await;
            }
            Step::Refused(refused) => return self.refused(refused).await,
            Step::Change(change) => self.stage.change(change)?,
            Step::Note(ticket) => self.stage.say(ticket, false)?,
            Step::Answer(ticket) => self.stage.say(ticket, true)?,
            Step::Move { ticket, to } => self.stage.moves(ticket, to.as_deref())?,
            Step::Delete(ticket) => self.stage.delete(ticket)?,
            Step::Pay(invoice) => self.stage.pay(invoice)?,
            Step::Send(send) => self.send(send).await?,
            Step::Withdraw { from, what } => self.stage.withdraw(self.person(from)?, *what)?,
            Step::Fault { system, mode } => {
                state.mode.set(system, vestibule_sandbox::faults::Fault::new(*mode, None, None))
            }
            Step::Mended => state.mode.clear(),
            Step::Webhooks { system, are } => {
                state.hooks.handle(system, are.clone());
                state.hooks.idle().await;
            }
            Step::Later(by) => self.stage.later(*by).await,
            Step::Asked { after, counted } => {
                let found = self.asked(*after).await?;
                if found != *counted {
                    let calls = self.stage.calls();
                    return Err(format!("{found:?} was counted, not {counted:?}, after {calls:?}"));
                }
            }
            Step::CountCalls => state.calls.reset(),
            Step::Calls(expected) => {
                let calls = state.calls.counts();
                if let Some((system, _)) =
                    expected.iter().find(|(system, most)| calls.get(system.as_str()) != Some(most))
                {
                    return Err(format!("{system} was called otherwise: {:?}", self.stage.calls()));
                }
            }
            Step::Told(told) => {
                for (page, expected) in told {
                    self.told(page, expected, None).await?;
                }
            }
            Step::Silent(pages) => {
                for page in pages {
                    self.open(page)?.silent = true;
                }
            }
            Step::Newest { page, at, of } => self.newest(page, at, of).await?,
            Step::Over(over) => {
                for (page, code) in over {
                    self.over(page, code, None).await?;
                }
            }
            Step::AsTimePasses { by, told, over } => {
                if told.is_none() && over.is_none() {
                    return Err("time passes for nothing".to_owned());
                }
                for (page, expected) in told.iter().flatten() {
                    self.told(page, expected, Some(*by)).await?;
                }
                for (page, code) in over.iter().flatten() {
                    self.over(page, code, Some(*by)).await?;
                }
            }
        }
        Ok(())
    }

    pub fn open(&mut self, page: &str) -> Result<&mut Open, String> {
        self.pages.get_mut(page).ok_or_else(|| format!("nobody has opened the page {page}"))
    }

    pub fn person(&self, name: &str) -> Result<&str, String> {
        self.file.people.get(name).map(String::as_str).ok_or_else(|| format!("{name} is nobody of this file"))
    }

    pub fn request(&self, (document, variables): (&str, &Map<String, Value>)) -> Result<Value, String> {
        Ok(json!({ "query": document, "variables": self.stage.all_filled(variables)? }))
    }

    async fn refused(&mut self, refused: &Refused) -> Done {
        let token = self.stage.world.token(self.person(&refused.person)?);
        let request = self.request((&refused.document, &Map::new()))?;
        let found = match Page::open(self.stage.address, &token, (refused.over, &request)).await {
            Err(code) => code,
            Ok(mut page) => match tokio::time::timeout(PATIENCE, page.next()).await {
                Ok(Message::Over(code)) => code,
                other => return Err(format!("it is followed: {other:?}")),
            },
        };
        if found == *refused.code { Ok(()) } else { Err(format!("refused with {found}, not {}", refused.code)) }
    }

    async fn send(&self, send: &Send) -> Done {
        let (world, email) = (&self.stage.world, self.person(&send.person)?);
        let token = if send.stepped_up { world.stepped_up(email) } else { world.token(email) };
        let request = self.request((&send.document, &send.variables))?;
        let answer = world.answer(&token, &request).await;
        for (pointer, expected) in &send.answer {
            let found = answer.pointer(pointer).ok_or_else(|| format!("there is no {pointer}: {answer}"))?;
            if !is(found, &self.stage.filled(expected)?) {
                return Err(format!("at {pointer} is {found}, not {expected}: {answer}"));
            }
        }
        Ok(())
    }

    /// Lets time go by until the systems have been asked once, whatever became of that; what was counted.
    async fn asked(&self, after: jiff::SignedDuration) -> Result<BTreeMap<String, u64>, String> {
        let counts = || self.stage.world.tenant.watched();
        let before = counts();
        // Waits differ by a tenth.
        self.stage.later(after + after / 9).await;
        let asked = async {
            loop {
                let now = counts();
                if now.rounds + now.failed > before.rounds + before.failed {
                    return now;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let now = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| "no system was asked".to_owned())?;
        let all = |of: Counted| {
            let Counted { rounds, failed, found, gaps } = of;
            [
                ("rounds", rounds),
                ("failed", failed),
                ("gaps", gaps),
                ("new", found.new),
                ("again", found.again),
                ("told", found.told),
                ("unusable", found.unusable),
            ]
        };
        let counted =
            all(now).into_iter().zip(all(before)).map(|((name, now), (_, before))| (name.to_owned(), now - before));
        Ok(counted.filter(|(_, count)| *count > 0).collect())
    }
}
