//! What the business's own people do in its systems, which tell of it as they always do.

use serde_json::{Map, Value, json};
use vestibule_sandbox::data::{Business, Ticket};
use vestibule_sandbox::effect::{By, Effect, Event};
use vestibule_sandbox::web::iso;
use vestibule_sandbox::{stripe, zendesk};

use crate::scenario::{Kind, Rights};
use crate::stage::{Record, Stage};

type Done = Result<(), String>;

impl Stage {
    /// Changes a record: the kind and name of it, and what its fields are to be.
    pub fn change(&self, change: &Map<String, Value>) -> Done {
        let kinds = [("ticket", Kind::Ticket), ("deal", Kind::Deal), ("subscription", Kind::Subscription)];
        let named = kinds.into_iter().find_map(|(word, kind)| Some((word, kind, change.get(word)?)));
        let (word, kind, name) = named.ok_or("a change is of a ticket, a deal or a subscription")?;
        let record = self.record(name.as_str().unwrap_or_default())?;
        if record.kind != kind {
            return Err(format!("{name} is no {word}"));
        }
        let fields: Vec<_> = change.iter().filter(|(field, _)| *field != word).collect();
        if fields.is_empty() {
            return Err(format!("nothing of {name} is changed"));
        }
        self.world.business.state.commit(By::Agent, |business, at| {
            let mut events = Vec::new();
            for (field, value) in fields {
                let event = match (kind, field.as_str()) {
                    (Kind::Ticket, "subject" | "priority") => of_ticket(business, (record, at), (field, value))?,
                    (Kind::Deal, "name") => of_deal(business, (record, at), value)?,
                    (Kind::Subscription, "quantity") => of_subscription(business, record, value)?,
                    _ => return Err(format!("a {word} has no {field} to change")),
                };
                events.push(event);
            }
            Ok(((), vec![effect(record, "update").tells(events)]))
        })
    }

    /// An agent says something on a ticket.
    pub fn say(&self, name: &str, public: bool) -> Done {
        let record = self.record(name)?;
        let html = if public { "<p>A public answer.</p>" } else { "<p>An INTERNAL note.</p>" };
        zendesk::say(&self.world.business.state, By::Agent, (&record.key, html, public))
    }

    /// A ticket becomes another account's.
    pub fn moves(&self, name: &str, to: Option<&str>) -> Done {
        let (record, to) = (self.record(name)?, to.map(|to| self.record(to)).transpose()?);
        self.world.business.state.commit(By::Agent, |business, at| {
            let organization = to.map(|to| ticket(business, to).map(|to| to.organization)).transpose()?.flatten();
            let own = ticket(business, record)?;
            (own.organization, own.modified) = (organization, at);
            Ok(((), vec![effect(record, "update").tells(vec![event(own, "organization_changed")])]))
        })
    }

    pub fn delete(&self, name: &str) -> Done {
        let record = self.record(name)?;
        self.world.business.state.commit(By::Agent, |business, _| {
            let gone = event(ticket(business, record)?, "soft_deleted");
            business.tickets.retain(|ticket| ticket.id.to_string() != record.key);
            Ok(((), vec![effect(record, "delete").tells(vec![gone])]))
        })
    }

    pub fn pay(&self, name: &str) -> Done {
        stripe::pay(&self.world.business.state, By::Control, &self.record(name)?.key)
    }

    /// Takes from somebody what they may reach, of which the CRM sends nothing.
    pub fn withdraw(&self, email: &str, what: Rights) -> Done {
        let mut business = self.world.business.state.write();
        let found = business.contacts.iter_mut().find(|contact| contact.email == email);
        let contact = found.ok_or_else(|| format!("the CRM has no {email}"))?;
        match what {
            Rights::Accounts => contact.companies.clear(),
            Rights::Labels => contact.companies.iter_mut().for_each(|membership| membership.labels.clear()),
        }
        Ok(())
    }
}

fn effect(record: &Record, operation: &'static str) -> Effect {
    let (system, entity) = match record.kind {
        Kind::Ticket => ("zendesk", "ticket"),
        Kind::Deal => ("hubspot", "deal"),
        Kind::Subscription => ("stripe", "subscription"),
        Kind::Invoice => ("stripe", "invoice"),
    };
    Effect::new(system, entity, record.key.clone(), operation)
}

fn ticket<'b>(business: &'b mut Business, record: &Record) -> Result<&'b mut Ticket, String> {
    let own = business.tickets.iter_mut().find(|ticket| ticket.id.to_string() == record.key);
    own.ok_or_else(|| format!("there is no ticket {} any more", record.key))
}

/// What the desk tells of a ticket.
fn event(ticket: &Ticket, what: &str) -> Event {
    let organization = ticket.organization.map(|id| id.to_string());
    let detail = json!({ "id": ticket.id.to_string(), "organization_id": organization,
        "requester_id": ticket.requester.to_string(), "updated_at": iso(ticket.modified) });
    let body = json!({ "subject": format!("zen:ticket:{}", ticket.id), "detail": detail, "event": {} });
    Event::new(format!("zen:event-type:ticket.{what}"), body)
}

fn of_ticket(
    business: &mut Business,
    (record, at): (&Record, i64),
    (field, value): (&str, &Value),
) -> Result<Event, String> {
    let own = ticket(business, record)?;
    let text = value.as_str().ok_or_else(|| format!("{value} is no {field}"))?;
    match field {
        "subject" => text.clone_into(&mut own.subject),
        _ => {
            let known = ["low", "normal", "high", "urgent"].into_iter().find(|known| *known == text);
            own.priority = Some(known.ok_or_else(|| format!("{text} is no priority"))?);
        }
    }
    own.modified = at;
    Ok(event(own, &format!("{field}_changed")))
}

fn of_deal(business: &mut Business, (record, at): (&Record, i64), value: &Value) -> Result<Event, String> {
    let id: u64 = record.key.parse().map_err(|_| format!("{} is no deal", record.key))?;
    let name = value.as_str().ok_or_else(|| format!("{value} is no name"))?;
    let told = business.told.objects.entry(("deal", id)).or_default();
    told.set.insert("dealname".to_owned(), Some(name.to_owned()));
    told.modified = at;
    let body = json!({ "objectId": id, "propertyName": "dealname", "propertyValue": name, "changeSource": "CRM_UI" });
    Ok(Event::new("deal.propertyChange", body))
}

fn of_subscription(business: &mut Business, record: &Record, value: &Value) -> Result<Event, String> {
    let own = business.subscriptions.iter_mut().find(|own| own.id == record.key);
    let own = own.ok_or_else(|| format!("there is no subscription {}", record.key))?;
    own.quantity = value.as_i64().ok_or_else(|| format!("{value} is no quantity"))?;
    let object = json!({ "id": own.id, "object": "subscription", "customer": own.customer });
    Ok(Event::new("customer.subscription.updated", json!({ "object": object })))
}
