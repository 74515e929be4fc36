//! A demo that sends mail, a ticket of Ana's in it, and the letters that come.

use std::sync::Arc;
use std::time::Duration;

use vestibule::clock::Clock as _;
use vestibule::model::{Change, ChangeKind};
use vestibule::outgoing::Mails;
use vestibule_sandbox::data::{Comment, Ticket};
use vestibule_sandbox::faults::{Fault, Mode};
use vestibule_sandbox::mail::Letter;

use super::world::World;

const ANA: &str = "ana.lund@kestrel-marine.example";

/// The demo, its ticket, and how far its letters were looked at.
pub struct Office {
    world: World,
    ticket: u64,
    /// The number of the last letter that was looked at.
    read: u64,
}

impl Office {
    /// Its mail server answers the first recipients so.
    pub async fn open(first: &[&str]) -> Self {
        let world = World::open(include_str!("../../config/demo/outgoing.yaml"), &[]).await;
        world.business.state.mails.answer(first);
        let answer = world.ask(ANA, "{ viewer { account { tickets(first: 1) { nodes { number } } } } }").await;
        let number = &answer["data"]["viewer"]["account"]["tickets"]["nodes"][0]["number"];
        let ticket = number.as_str().unwrap_or_else(|| panic!("{answer}")).parse().unwrap();
        let office = Self { world, ticket, read: 0 };
        office.speaks(ANA, "en");
        let ana = office.desk_user(ANA);
        office.change(|ticket| {
            ticket.requester = ana;
            // What was said before the test is of yesterday, and no news.
            ticket.comments.iter_mut().for_each(|comment| comment.created -= 86_400);
        });
        office
    }

    /// The ticket's number.
    pub fn number(&self) -> String {
        self.ticket.to_string()
    }

    /// A person reads this language.
    pub fn speaks(&self, email: &str, language: &str) {
        let mut business = self.world.business.state.write();
        let contact = business.contacts.iter_mut().find(|contact| contact.email == email).unwrap();
        contact.language = Some(language.to_owned().leak());
    }

    /// Who a person is at the desk.
    pub fn desk_user(&self, email: &str) -> u64 {
        let business = self.world.business.state.read();
        business.contacts.iter().find(|contact| contact.email == email).unwrap().zendesk_user.unwrap()
    }

    /// Changes the ticket at the desk; nobody is told of it yet.
    pub fn change(&self, change: impl FnOnce(&mut Ticket)) {
        let mut business = self.world.business.state.write();
        change(business.tickets.iter_mut().find(|ticket| ticket.id == self.ticket).unwrap());
    }

    /// The desk writes to the customer, or for itself.
    pub fn write(&self, text: &str, public: bool) {
        let at = self.world.clock.now().as_second();
        let agent = self.world.business.state.read().staff.first().unwrap().zendesk_user;
        self.change(|ticket| {
            let id = ticket.comments.iter().map(|comment| comment.id).max().unwrap_or_default() + 1_000_000;
            ticket.comments.push(Comment { id, author: agent, html: format!("<p>{text}</p>"), public, created: at });
            ticket.modified = at;
        });
    }

    /// The desk tells of the ticket.
    pub fn tell(&self, kind: ChangeKind) {
        let change = self.world.change("support", "Ticket", &self.number());
        self.world.note(Change { kind, ..change });
    }

    /// A system does not answer from now on.
    pub fn falls(&self, system: &str) {
        self.world.business.state.mode.set(system, Fault::new(Mode::Down, None, None));
    }

    /// Every system answers again.
    pub fn all_answer(&self) {
        self.world.business.state.mode.clear();
    }

    /// Waits until what became of letters is so; where it is not, how it is in the end.
    pub async fn reached(&self, is: impl Fn(&Mails) -> bool) -> Result<(), Mails> {
        for _ in 0..2_000 {
            if is(&self.world.tenant.outgoing().mails()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(self.world.tenant.outgoing().mails())
    }

    /// Lets time pass in small steps, each when what is under way has come to its end: a leap would end it. A system that does not
    /// answer is not waited for.
    pub async fn pass(&self, seconds: u64) {
        let mut left = seconds;
        while left > 0 {
            for _ in 0..200 {
                if self.world.tenant.outgoing().mails().under_way == 0 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            self.world.clock.advance(Duration::from_secs(left.min(5)));
            left = left.saturating_sub(5);
            // Whoever slept until now begins.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The next letter, if one comes in time.
    pub async fn next(&mut self) -> Option<Arc<Letter>> {
        let next = self.world.business.state.mails.after(self.read);
        let letter = tokio::time::timeout(Duration::from_secs(20), next).await.ok()?;
        self.read = letter.number;
        Some(letter)
    }

    /// A letter that was not looked at.
    pub fn more(&self) -> Option<Arc<Letter>> {
        self.world.business.state.mails.all().into_iter().find(|letter| letter.number > self.read)
    }
}
