//! The search language: `type:ticket organization:509974 status<solved created>2026-01-01 "pump leaks"`.
//!
//! After Zendesk's search reference: terms of one property are alternatives, different properties must all hold,
//! comparisons and negations must all hold, other words must occur in the text.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::data::Business;

use super::item::{Item, PRIORITIES, Person, STATUSES};
use super::text::{has, plain};

/// Properties that say whose a record is, or which one it is.
const IDENTITY: [&str; 10] = [
    "organization",
    "organization_id",
    "requester",
    "requester_id",
    "assignee",
    "assignee_id",
    "email",
    "external_id",
    "id",
    "ticket_id",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    Less,
    LessOrSame,
    More,
    MoreOrSame,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    not: bool,
    /// Empty for words of the text.
    field: String,
    operator: Operator,
    value: String,
}

/// A query.
#[derive(Debug, Clone)]
pub(super) struct Search {
    terms: Vec<Term>,
    now: i64,
}

impl Search {
    /// Reads a query. Whatever is not a property is a word to look for.
    pub(super) fn parse(query: &str, now: i64) -> Self {
        let terms = words(query).into_iter().map(term).collect();
        Self { terms, now }
    }

    /// Whether there is nothing to search for.
    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The order that the query itself asks for (`order_by:updated_at sort:desc`).
    pub(super) fn order(&self) -> Option<(&str, bool)> {
        let value = |name: &str| self.terms.iter().find(|term| term.field == name).map(|term| term.value.as_str());
        Some((value("order_by")?, value("sort") != Some("asc")))
    }

    /// Whether a record matches. A `blind` search leaves out the terms that say whose the record is.
    pub(super) fn matches(&self, business: &Business, item: &Item<'_>, blind: bool) -> bool {
        let counts = |term: &&Term| {
            let field = term.field.as_str();
            let ordering = matches!(field, "order_by" | "sort");
            let identity = IDENTITY.contains(&field);
            !(ordering || (blind && identity))
        };
        self.terms.iter().filter(counts).all(|term| {
            let alternatives = self.terms.iter().filter(|other| {
                let together = !term.field.is_empty() && !term.not && term.operator == Operator::Is;
                *other == term
                    || (together && !other.not && other.operator == Operator::Is && other.field == term.field)
            });
            let mut found = alternatives.map(|term| self.holds(business, item, term));
            found.any(|found| found) != term.not
        })
    }

    fn holds(&self, business: &Business, item: &Item<'_>, term: &Term) -> bool {
        let value = term.value.as_str();
        let is = |text: Option<&str>| text.is_some_and(|text| text.eq_ignore_ascii_case(value));
        let same = |id: Option<u64>| match id {
            Some(id) => id.to_string() == value,
            None => value == "none",
        };
        match (term.field.as_str(), item) {
            ("", _) => text_of(item).iter().any(|text| has(text, value)),
            ("type", Item::Ticket(ticket)) if value != "ticket" => is(ticket.kind),
            ("type", _) => value == item.kind(),
            ("id", _) | ("ticket_id", Item::Ticket(_)) => same(Some(item.id())),
            ("created", _) => self.time(item.times().0, term),
            ("updated", _) => self.time(item.times().1, term),
            ("solved", Item::Ticket(ticket)) => ticket.solved.is_some_and(|at| self.time(at, term)),
            ("organization" | "organization_id", Item::Ticket(_) | Item::Person(_)) => {
                let account = Some(item.account()).filter(|account| *account != 0);
                same(account) || named(business, account, value)
            }
            ("requester" | "requester_id", Item::Ticket(ticket)) => {
                same(Some(ticket.requester)) || mail(business, ticket.requester).is_some_and(|mail| mail == value)
            }
            ("assignee" | "assignee_id", Item::Ticket(ticket)) => same(ticket.assignee),
            ("status", Item::Ticket(ticket)) => ranked(&STATUSES, Some(ticket.status), term),
            ("priority", Item::Ticket(ticket)) => ranked(&PRIORITIES, ticket.priority, term),
            ("ticket_type", Item::Ticket(ticket)) => is(ticket.kind),
            ("subject", Item::Ticket(ticket)) => has(&ticket.subject, value),
            ("description" | "comment", Item::Ticket(ticket)) => {
                ticket.comments.iter().any(|comment| has(&plain(&comment.html), value))
            }
            ("name", Item::Organization(company)) => has(&company.name, value),
            ("external_id", Item::Organization(company)) => company.id.to_string() == value,
            ("external_id", Item::Person(person)) => {
                super::item::external_id(&business.told, person).as_deref() == Some(value)
            }
            ("external_id", Item::Ticket(ticket)) => {
                is(business.told.desk_field("ticket", ticket.id, "external_id").and_then(|own| own.as_str()))
            }
            ("role", Item::Person(person)) => is(Some(match person {
                Person::Contact(..) => "end-user",
                Person::Staff(_) => "agent",
                Person::Portal => "admin",
            })),
            ("email", Item::Person(person)) => is(mail(business, person.id())),
            ("name", Item::Person(_)) => text_of(item).iter().take(1).any(|text| has(text, value)),
            _ => false,
        }
    }

    /// Compares an instant with a day, an instant, or an age such as `4hours`. A day is all of its 24 hours.
    fn time(&self, at: i64, term: &Term) -> bool {
        let Some((from, to)) = self.span(&term.value) else {
            return false;
        };
        match term.operator {
            Operator::Is => (from..to).contains(&at),
            Operator::Less => at < from,
            Operator::LessOrSame => at < to,
            Operator::More => at >= to,
            Operator::MoreOrSame => at >= from,
        }
    }

    fn span(&self, value: &str) -> Option<(i64, i64)> {
        if let Ok(at) = value.parse::<jiff::Timestamp>() {
            return Some((at.as_second(), at.as_second() + 1));
        }
        if let Ok(date) = value.parse::<Date>() {
            let from = date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
            return Some((from, from + 86_400));
        }
        let digits = value.find(|char: char| !char.is_ascii_digit())?;
        let (number, unit) = value.split_at(digits);
        let seconds = match unit.trim_end_matches('s') {
            "minute" => 60,
            "hour" => 3600,
            "day" => 86_400,
            "week" => 604_800,
            "month" => 2_592_000,
            "year" => 31_536_000,
            _ => return None,
        };
        let at = self.now - number.parse::<i64>().ok()?.checked_mul(seconds)?;
        Some((at, at + 1))
    }
}

fn ranked(all: &[&str], own: Option<&str>, term: &Term) -> bool {
    let rank = |value: &str| all.iter().position(|known| known.eq_ignore_ascii_case(value));
    let Some(own) = own.and_then(rank) else {
        return term.operator == Operator::Is && term.value == "none";
    };
    let Some(value) = rank(&term.value) else {
        return false;
    };
    match term.operator {
        Operator::Is => own == value,
        Operator::Less => own < value,
        Operator::LessOrSame => own <= value,
        Operator::More => own > value,
        Operator::MoreOrSame => own >= value,
    }
}

fn named(business: &Business, organization: Option<u64>, name: &str) -> bool {
    organization.is_some()
        && business
            .companies
            .iter()
            .any(|company| company.zendesk_organization == organization && company.name.eq_ignore_ascii_case(name))
}

fn mail(business: &Business, user: u64) -> Option<&str> {
    let contact = super::item::users(business).find(|contact| contact.zendesk_user == Some(user));
    let staff = || business.staff.iter().find(|staff| staff.zendesk_user == user);
    contact.map(|contact| contact.email.as_str()).or_else(|| staff().map(|staff| staff.email.as_str()))
}

/// What words are looked for in.
fn text_of(item: &Item<'_>) -> Vec<String> {
    match item {
        Item::Ticket(ticket) => {
            let comments = ticket.comments.iter().map(|comment| plain(&comment.html));
            [ticket.subject.clone(), ticket.id.to_string()].into_iter().chain(comments).collect()
        }
        Item::Organization(company) => {
            [Some(company.name.clone()), company.domain.clone()].into_iter().flatten().collect()
        }
        Item::Person(Person::Contact(contact, _)) => {
            let names: Vec<&str> =
                [&contact.first_name, &contact.last_name].into_iter().filter_map(Option::as_deref).collect();
            vec![names.join(" "), contact.email.clone()]
        }
        Item::Person(Person::Staff(staff)) => {
            vec![format!("{} {}", staff.first_name, staff.last_name), staff.email.clone()]
        }
        Item::Person(Person::Portal) => vec!["Customer portal".to_owned(), "portal@example.com".to_owned()],
        Item::Article(_, text) => vec![text.title.clone(), plain(&text.body)],
        Item::Comment(..) | Item::Audit(..) | Item::Update(..) => Vec::new(),
    }
}

/// A part of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// It begins with a quote: nothing in it is an operator.
    pub(super) phrase: bool,
}

/// The parts of a query: split at blanks outside quotes, quotes gone, `\"` being a quote.
pub(super) fn words(query: &str) -> Vec<Word> {
    let (mut found, mut word, mut quoted) = (Vec::new(), Word::default(), false);
    let mut chars = query.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' if matches!(chars.peek(), Some('"' | '\\')) => word.text.extend(chars.next()),
            '"' => {
                word.phrase |= word.text.is_empty();
                quoted = !quoted;
            }
            char if char.is_whitespace() && !quoted => found.push(std::mem::take(&mut word)),
            char => word.text.push(char),
        }
    }
    found.push(word);
    found.retain(|word| !word.text.is_empty());
    found
}

fn term(word: Word) -> Term {
    let Word { text: word, phrase } = word;
    if phrase {
        return Term { not: false, field: String::new(), operator: Operator::Is, value: word };
    }
    let (not, rest) = word.strip_prefix('-').map_or((false, word.as_str()), |rest| (true, rest));
    let split = rest
        .find([':', '<', '>'])
        .filter(|at| *at > 0 && rest[..*at].chars().all(|char| char.is_ascii_lowercase() || char == '_'));
    let Some(at) = split else {
        return Term {
            not: not && !rest.is_empty(),
            field: String::new(),
            operator: Operator::Is,
            value: if rest.is_empty() { word.clone() } else { rest.to_owned() },
        };
    };
    let (field, rest) = rest.split_at(at);
    let operators = [
        ("<=", Operator::LessOrSame),
        (">=", Operator::MoreOrSame),
        ("<", Operator::Less),
        (">", Operator::More),
        (":", Operator::Is),
    ];
    let (operator, value) = operators
        .into_iter()
        .find_map(|(sign, operator)| Some((operator, rest.strip_prefix(sign)?)))
        .unwrap_or((Operator::Is, rest));
    Term { not, field: field.to_owned(), operator, value: value.to_owned() }
}
