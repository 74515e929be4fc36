//! Staff, and the tickets they work on.

use std::collections::BTreeMap;

use crate::data::{Comment, Company, Contact, Sla, Staff, Ticket};

use super::DAY;
use super::random::Random;
use super::special::{KESTREL, NORDSOEHNE};

const FIRST_AGENT: u64 = 410_000_001;
const STAFF: &[(&str, &str)] = &[
    ("Sabine", "Vogt"),
    ("Tom", "O'Hara"),
    ("Léa", "Martin"),
    ("Kenta", "Mori"),
    ("Ilse", "de Wit"),
    ("Max", "Zürcher"),
];

const SUBJECTS: &[&str] = &[
    "Pump leaks at the shaft seal",
    "Wrong quantity delivered (12 instead of 21)",
    "Rechnung doppelt erhalten – bitte prüfen",
    "Pressure < 4 bar after start & alarm \"E-17\"",
    "Delivery date?",
    "納期について",
    "Need certificate 3.1 for order",
    "",
    "RE: RE: Fwd: Angebot für Ersatzteile",
];

const QUESTIONS: &[&str] = &[
    "<p>Hello,<br>the pressure stays &lt; 4&nbsp;bar &amp; the alarm &quot;E-17&quot; shows.</p>",
    "<div class=\"zd-comment\" dir=\"auto\"><p>Guten Tag,</p><p>Größe&nbsp;M fehlt.</p></div>",
    "<p>See <a href=\"https://example.com/?a=1&amp;b=2\" rel=\"noreferrer\">the photo</a><br/><br/></p>",
    "<p>unclosed <b>bold<p>and a second paragraph",
    "<p>よろしくお願いします。 🚢</p><script>alert('not for the portal')</script>",
];

const ANSWERS: &[&str] = &[
    "<p>Thank you, we look into it.</p>",
    "<p>The spare part left our warehouse today.</p><ul><li>1 × seal kit</li><li>2 × O'ring</li></ul>",
    "<blockquote><p>&gt; Delivery date?</p></blockquote><p>Week 32.</p>",
];

const NOTES: &[&str] = &[
    "<p>INTERNAL: margin is thin here, do not offer a discount.</p>",
    "<p>INTERNAL: customer is on credit hold, ask accounting first.</p>",
];

/// The people who look after companies and tickets.
pub(super) fn staff() -> Vec<Staff> {
    let member = |(index, (first, last)): (u64, &(&str, &str))| Staff {
        id: 5_100_001 + index,
        zendesk_user: FIRST_AGENT + index,
        first_name: (*first).to_owned(),
        last_name: (*last).to_owned(),
        email: format!("{}@vestibule-demo.example", super::places::slug(last)),
    };
    (0..).zip(STAFF).map(member).collect()
}

/// All tickets, oldest id first.
pub(super) fn tickets(now: i64, companies: &[Company], contacts: &[Contact]) -> Vec<Ticket> {
    let mut random = Random::new(71);
    let mut users: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for contact in contacts.iter().filter(|contact| !contact.archived) {
        for membership in &contact.companies {
            users.entry(membership.company).or_default().extend(contact.zendesk_user);
        }
    }
    let mut planned = Vec::new();
    for company in companies {
        let Some(organization) = company.zendesk_organization else {
            continue;
        };
        let Some(users) = users.get(&company.id).filter(|users| !users.is_empty()) else {
            continue;
        };
        let some = match company.id {
            KESTREL => 14,
            id if id <= NORDSOEHNE => 7,
            _ => random.between(1, 10),
        };
        for turn in 0..some {
            let age = if company.id == KESTREL { 1 + turn * turn * 3 } else { random.between(0, 700) };
            // Now and then somebody writes before the desk knows where they belong.
            let known = company.id <= NORDSOEHNE || !random.chance(2);
            planned.push((age, known.then_some(organization), *random.pick(users)));
        }
    }
    planned.sort_unstable_by_key(|(age, organization, user)| (-age, *organization, *user));
    (0..)
        .zip(planned)
        .map(|(index, (age, organization, requester))| {
            let mut ticket = blank(&mut random, now - age * DAY - 3600 * 2, index);
            ticket.organization = organization;
            ticket.requester = requester;
            converse(&mut random, now, &mut ticket);
            settle(&mut random, now, &mut ticket);
            ticket
        })
        .collect()
}

fn blank(random: &mut Random, created: i64, index: u64) -> Ticket {
    // Ids of large desks exceed 2^32; they still ascend.
    let id = if index < 700 { 35_000 + index } else { 5_000_000_000 + index };
    Ticket {
        id,
        organization: None,
        requester: 0,
        assignee: random.chance(85).then(|| FIRST_AGENT + random.between(0, 5).unsigned_abs()),
        subject: (*random.pick(SUBJECTS)).to_owned(),
        status: "open",
        priority: random.chance(80).then(|| *random.pick(&["low", "normal", "normal", "high", "urgent"])),
        kind: random.chance(75).then(|| *random.pick(&["problem", "incident", "question", "task"])),
        slas: Vec::new(),
        comments: Vec::new(),
        created,
        modified: created,
        solved: None,
    }
}

/// The requester asks; agents answer, and write notes to each other.
fn converse(random: &mut Random, now: i64, ticket: &mut Ticket) {
    let agent = ticket.assignee.unwrap_or(FIRST_AGENT);
    let some = random.between(1, 6).unsigned_abs();
    for turn in 0..some {
        let (author, html, public) = match (turn, random.between(1, 10)) {
            (0, _) => (ticket.requester, *random.pick(QUESTIONS), true),
            (_, 1..=3) => (agent, *random.pick(NOTES), false),
            (_, 4..=7) => (agent, *random.pick(ANSWERS), true),
            _ => (ticket.requester, *random.pick(QUESTIONS), true),
        };
        let id = 9_100_000_000 + ticket.id % 4_000_000 * 10 + turn;
        ticket.comments.push(Comment { id, author, html: html.to_owned(), public, created: ticket.modified });
        ticket.modified = (ticket.modified + random.between(600, 2 * DAY)).min(now);
    }
}

fn settle(random: &mut Random, now: i64, ticket: &mut Ticket) {
    let age = (now - ticket.created) / DAY;
    ticket.status = match (age, random.between(1, 10)) {
        (0..=1, _) => "new",
        (2..=30, 1..=4) => "open",
        (2..=30, 5..=7) => "pending",
        (2..=30, 8) => "hold",
        (2..=60, _) => "solved",
        (_, 1) => "open",
        _ => "closed",
    };
    let sla = |metric, stage, breach_at| Sla { metric, stage, breach_at };
    match ticket.status {
        "solved" | "closed" => {
            ticket.solved = Some(ticket.modified);
            if random.chance(50) {
                ticket.slas.push(sla("first_reply_time", "achieved", Some(ticket.created + 8 * 3600)));
            }
        }
        "pending" | "hold" => ticket.slas.push(sla("requester_wait_time", "paused", None)),
        _ if random.chance(80) => {
            ticket.slas.push(sla("first_reply_time", "achieved", Some(ticket.created + 8 * 3600)));
            // Some are breached already.
            ticket.slas.push(sla("next_reply_time", "active", Some(now + random.between(-20, 60) * 3600)));
        }
        _ => {}
    }
}
