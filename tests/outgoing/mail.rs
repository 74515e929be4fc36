//! Mail: who is told of what, in which language, and who is told nothing. What is sent is in `config/demo/outgoing.yaml`.

use std::sync::Arc;
use std::time::Duration;

use vestibule::clock::Clock as _;
use vestibule::model::{Change, ChangeKind};
use vestibule::outgoing::Mails;
use vestibule_sandbox::data::Comment;
use vestibule_sandbox::faults::{Fault, Mode};
use vestibule_sandbox::mail::Letter;

use super::world::World;

const ANA: &str = "ana.lund@kestrel-marine.example";
const MEI: &str = "mei.tanaka@kestrel-marine.example";
/// Of the same company, and without a label that gives access.
const PIET: &str = "piet.vos@kestrel-marine.example";
const JONAS: &str = "jonas.weber@soehne-nord.example";

/// A demo that sends mail, one ticket of Ana's in it, and the letters that come.
struct Office {
    world: World,
    ticket: u64,
    /// The number of the last letter that was looked at.
    read: u64,
}

impl Office {
    async fn open(first: &[&str]) -> Self {
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

    fn speaks(&self, email: &str, language: &'static str) {
        let mut business = self.world.business.state.write();
        business.contacts.iter_mut().find(|contact| contact.email == email).unwrap().language = Some(language);
    }

    fn desk_user(&self, email: &str) -> u64 {
        let business = self.world.business.state.read();
        business.contacts.iter().find(|contact| contact.email == email).unwrap().zendesk_user.unwrap()
    }

    /// Everybody of this person's company whose label gives access.
    fn people_of(&self, email: &str) -> Vec<String> {
        let business = self.world.business.state.read();
        let company = business.contacts.iter().find(|contact| contact.email == email).unwrap().companies[0].company;
        let of = |contact: &&vestibule_sandbox::data::Contact| {
            contact.companies.iter().any(|of| of.company == company && !of.labels.is_empty())
        };
        let mut people: Vec<String> =
            business.contacts.iter().filter(of).map(|contact| contact.email.clone()).collect();
        people.sort();
        people
    }

    /// Changes the ticket at the desk; nobody is told of it yet.
    fn change(&self, change: impl FnOnce(&mut vestibule_sandbox::data::Ticket)) {
        let mut business = self.world.business.state.write();
        change(business.tickets.iter_mut().find(|ticket| ticket.id == self.ticket).unwrap());
    }

    fn write(&self, text: &str, public: bool) {
        let at = self.world.clock.now().as_second();
        let agent = self.world.business.state.read().staff.first().unwrap().zendesk_user;
        self.change(|ticket| {
            let id = ticket.comments.iter().map(|comment| comment.id).max().unwrap_or_default() + 1_000_000;
            ticket.comments.push(Comment { id, author: agent, html: format!("<p>{text}</p>"), public, created: at });
            ticket.modified = at;
        });
    }

    /// The desk tells of the ticket; afterwards everything that follows from it has been looked at.
    async fn tell(&self, kind: ChangeKind) {
        let change = self.world.change("support", "Ticket", &self.ticket.to_string());
        self.world.note(Change { kind, ..change });
    }

    async fn until(&self, is: impl Fn(&Mails) -> bool) -> Mails {
        for _ in 0..2_000 {
            let now = self.world.tenant.outgoing().mails();
            if is(&now) {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it is at {:?}", self.world.tenant.outgoing().mails());
    }

    /// Lets time pass in small steps, each when what is under way has come to its end: a leap would end it. A system that does not
    /// answer is not waited for.
    async fn pass(&self, seconds: u64) {
        for _ in 0..seconds.div_ceil(5) {
            for _ in 0..200 {
                if self.world.tenant.outgoing().mails().under_way == 0 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            self.world.clock.advance(Duration::from_secs(5));
            // Whoever slept until now begins.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn next(&mut self) -> Arc<Letter> {
        let next = self.world.business.state.mails.after(self.read);
        let letter = tokio::time::timeout(Duration::from_secs(20), next).await.expect("a letter in time");
        self.read = letter.number;
        letter
    }

    /// Whether there is a letter that was not looked at.
    fn more(&self) -> bool {
        self.world.business.state.mails.all().iter().any(|letter| letter.number > self.read)
    }
}

#[tokio::test]
async fn an_answer_is_mailed_to_who_asked_in_their_language_and_escaped() {
    let mut office = Office::open(&[]).await;
    office.speaks(ANA, "de");
    office.change(|ticket| "Pump <b>leaks</b> größer".clone_into(&mut ticket.subject));
    office.write("Please close the valve &lt;V2&gt; first.", true);
    office.tell(ChangeKind::Updated).await;
    let letter = office.next().await;
    assert_eq!(letter.to, [ANA]);
    assert_eq!(letter.header("Content-Language").unwrap(), "de");
    let subject = letter.header("Subject").unwrap();
    assert!(subject.starts_with("Re: Pump <b>leaks</b> größer (Ticket "), "{subject}");
    let (text, html) = (letter.part("text/plain").unwrap(), letter.part("text/html").unwrap());
    assert!(text.contains("Guten Tag Ana Lund") && text.contains("Pump <b>leaks</b> größer"), "{text}");
    assert!(text.contains("Please close the valve <V2> first."), "{text}");
    assert!(html.contains("Pump &lt;b&gt;leaks&lt;") && html.contains("valve &lt;V2&gt;"), "{html}");
    let from = letter.header("From").unwrap();
    assert!(from.contains("Harbour Supplies") && from.ends_with("<portal@harbour-supplies.example>"), "{from}");
    assert_eq!(letter.header("Auto-Submitted").unwrap(), "auto-generated");
    assert_eq!(letter.header("Date").unwrap(), "Tue, 10 Mar 2026 12:00:00 +0000");
}

#[tokio::test]
async fn a_language_that_no_template_is_in_is_read_in_the_tenant_s_own() {
    let mut office = Office::open(&[]).await;
    office.speaks(ANA, "ja");
    office.write("First close the valve.", true);
    office.tell(ChangeKind::Updated).await;
    assert!(office.next().await.part("text/plain").unwrap().starts_with("Hello Ana Lund"));
}

#[tokio::test]
async fn an_internal_note_is_mailed_to_nobody() {
    let mut office = Office::open(&[]).await;
    office.write("The customer is difficult.", false);
    office.tell(ChangeKind::Updated).await;
    office.pass(60).await;
    assert!(!office.more(), "{:?}", office.world.tenant.outgoing().mails());
    office.write("We are on our way.", true);
    office.tell(ChangeKind::Updated).await;
    let letter = office.next().await;
    let text = letter.part("text/plain").unwrap();
    assert!(text.contains("We are on our way.") && !text.contains("difficult"), "{text}");
}

#[tokio::test]
async fn who_may_not_see_the_record_is_told_nothing_though_a_field_leads_to_them() {
    let office = Office::open(&[]).await;
    let jonas = office.desk_user(JONAS);
    office.change(|ticket| ticket.requester = jonas);
    office.write("This is Ana's company's.", true);
    office.tell(ChangeKind::Updated).await;
    office.until(|mails| mails.silent >= 1).await;
    assert_eq!(office.world.tenant.outgoing().mails().sent, 0);
    assert!(!office.more());
}

#[tokio::test]
async fn of_an_account_everybody_with_the_permission_is_told_and_nobody_of_another() {
    let mut office = Office::open(&[]).await;
    office.speaks(MEI, "de");
    let expected = office.people_of(ANA);
    assert!(expected.iter().any(|email| email == MEI) && !expected.iter().any(|email| email == PIET));
    office.tell(ChangeKind::Created).await;
    let mut told = Vec::new();
    while told.len() < expected.len() {
        let letter = office.next().await;
        let subject = letter.header("Subject").unwrap();
        if letter.to == [ANA] || letter.to == [MEI] {
            let beginning = if letter.to == [MEI] { "Neues Ticket" } else { "New ticket" };
            assert!(subject.starts_with(beginning), "{subject}");
        }
        told.extend(letter.to.iter().cloned());
    }
    told.sort();
    assert_eq!(told, expected);
    let before = office.until(|mails| mails.sent == expected.len() as u64 && mails.silent >= 1).await;
    office.tell(ChangeKind::Created).await;
    office.pass(310).await;
    let people = expected.len() as u64 + 1;
    let after = office.until(|mails| mails.silent == before.silent + people).await;
    assert_eq!(after.sent, before.sent, "the same is not told twice");
    assert!(!office.more());
}

#[tokio::test]
async fn within_the_window_one_mail_is_sent_and_what_came_meanwhile_after_it() {
    let mut office = Office::open(&[]).await;
    office.write("One.", true);
    office.tell(ChangeKind::Updated).await;
    office.next().await;
    office.until(|mails| mails.sent == 1).await;
    for text in ["Two.", "Three."] {
        office.pass(30).await;
        office.write(text, true);
        office.tell(ChangeKind::Updated).await;
    }
    office.pass(120).await;
    assert!(!office.more());
    office.pass(150).await;
    let text = office.next().await.part("text/plain").unwrap();
    assert!(text.contains("Three."), "{text}");
    office.until(|mails| mails.sent == 2).await;
    assert!(!office.more());
}

#[tokio::test]
async fn a_mail_server_that_cannot_just_now_is_asked_again_and_one_that_refuses_is_not() {
    let office = Office::open(&["451 try again later", "550 no such person"]).await;
    office.write("One.", true);
    office.tell(ChangeKind::Updated).await;
    office.until(|mails| mails.failed == 1).await;
    office.pass(7).await;
    let refused = office.until(|mails| mails.lost == 1).await;
    assert_eq!((refused.sent, refused.failed), (0, 1));
    assert!(!office.more());
}

#[tokio::test]
async fn while_a_system_is_down_nothing_is_told_that_would_be_half_of_it() {
    let mut office = Office::open(&[]).await;
    office.write("One.", true);
    office.world.business.state.mode.set("hubspot", Fault::new(Mode::Down, None, None));
    office.tell(ChangeKind::Updated).await;
    office.pass(40).await;
    let failed = office.until(|mails| mails.failed >= 2).await;
    assert_eq!(failed.sent, 0);
    office.world.business.state.mode.clear();
    office.pass(600).await;
    assert!(office.next().await.part("text/plain").unwrap().contains("One."));
}
