//! The desk's records as JSON.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::data::told::{File, Told, Update};
use crate::data::{Article, Comment, Company, Sla, Ticket, Translation};
use crate::web::iso;

use super::item::{AUDITS, Item, PORTAL, Person};
use super::text::plain;

/// An organization.
pub(super) fn organization(base: &str, company: &Company) -> Value {
    let id = company.zendesk_organization;
    json!({
        "url": format!("{base}/api/v2/organizations/{}.json", id.unwrap_or_default()),
        "id": id,
        "name": company.name,
        "external_id": company.id.to_string(),
        "domain_names": company.domain.iter().collect::<Vec<_>>(),
        "details": "",
        "notes": "",
        "group_id": null,
        "shared_tickets": false,
        "shared_comments": false,
        "tags": [],
        "organization_fields": {},
        "created_at": iso(company.created),
        "updated_at": iso(company.modified)
    })
}

/// A user.
pub(super) fn person(base: &str, person: &Person<'_>) -> Value {
    let founded = iso(1_500_000_000);
    let agent = |name: String, email: &str, role: &str| {
        json!({
            "name": name, "email": email, "role": role, "phone": null, "organization_id": null, "external_id": null,
            "locale": "en-US", "created_at": founded, "updated_at": founded
        })
    };
    let mut body = match person {
        Person::Contact(contact, organization) => {
            let names: Vec<&str> =
                [&contact.first_name, &contact.last_name].into_iter().filter_map(Option::as_deref).collect();
            let name = if names.is_empty() { contact.email.clone() } else { names.join(" ") };
            json!({
                "name": name,
                "email": contact.email,
                "role": "end-user",
                "phone": contact.phone,
                "organization_id": organization,
                "external_id": contact.id.to_string(),
                "locale": contact.language.filter(|language| *language != "en").unwrap_or("en-US"),
                "created_at": iso(contact.created),
                "updated_at": iso(contact.modified)
            })
        }
        Person::Staff(staff) => agent(format!("{} {}", staff.first_name, staff.last_name), &staff.email, "agent"),
        Person::Portal => agent("Customer portal".to_owned(), "portal@example.com", "admin"),
    };
    body["id"] = json!(person.id());
    body["url"] = json!(format!("{base}/api/v2/users/{}.json", person.id()));
    for (name, value) in [
        ("time_zone", json!("Berlin")),
        ("active", json!(true)),
        ("verified", json!(true)),
        ("suspended", json!(false)),
        ("tags", json!([])),
        ("user_fields", json!({})),
    ] {
        body[name] = value;
    }
    body
}

/// A ticket, without anything side-loaded.
pub(super) fn ticket(base: &str, ticket: &Ticket) -> Value {
    let description = ticket.comments.first().map(|comment| plain(&comment.html)).unwrap_or_default();
    json!({
        "url": format!("{base}/api/v2/tickets/{}.json", ticket.id),
        "id": ticket.id,
        "external_id": null,
        "via": { "channel": "web", "source": { "from": {}, "to": {}, "rel": null } },
        "created_at": iso(ticket.created),
        "updated_at": iso(ticket.modified),
        "generated_timestamp": ticket.modified,
        "type": ticket.kind,
        "subject": ticket.subject,
        "raw_subject": ticket.subject,
        "description": description,
        "priority": ticket.priority,
        "status": ticket.status,
        "recipient": null,
        "requester_id": ticket.requester,
        "submitter_id": ticket.requester,
        "assignee_id": ticket.assignee,
        "organization_id": ticket.organization,
        "group_id": null,
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [],
        "problem_id": null,
        "has_incidents": false,
        "is_public": true,
        "due_at": null,
        "tags": [],
        "custom_fields": [],
        "satisfaction_rating": null,
        "brand_id": 360_000_000_001_u64,
        "allow_channelback": false,
        "allow_attachments": true,
        "from_messaging_channel": false
    })
}

/// The service levels of a ticket, as `ticket.slas` and its own endpoint have them.
pub(super) fn policy_metrics(ticket: &Ticket, now: i64) -> Value {
    let metric = |sla: &Sla| {
        let mut body = json!({
            "metric": sla.metric, "stage": sla.stage, "breach_at": sla.breach_at.map(iso)
        });
        if let Some(at) = sla.breach_at {
            // The coarsest unit that fits names the time that is left; it is negative once that has passed.
            let left = at - now;
            let (unit, seconds) = match left.abs() {
                0..=3_600 => ("minutes", 60),
                3_601..=172_800 => ("hours", 3600),
                _ => ("days", 86_400),
            };
            body[unit] = json!(left / seconds);
        }
        body
    };
    ticket.slas.iter().map(metric).collect()
}

/// The metric set of a ticket.
pub(super) fn metric_set(base: &str, ticket: &Ticket) -> Value {
    let public = ticket.comments.iter().filter(|comment| comment.public);
    let replies = public.filter(|comment| comment.author != ticket.requester).count();
    json!({
        "url": format!("{base}/api/v2/ticket_metrics/{}.json", ticket.id),
        "id": ticket.id,
        "ticket_id": ticket.id,
        "created_at": iso(ticket.created),
        "updated_at": iso(ticket.modified),
        "reopens": 0,
        "replies": replies,
        "assignee_stations": u8::from(ticket.assignee.is_some()),
        "group_stations": 0,
        "assigned_at": ticket.assignee.map(|_| iso(ticket.created)),
        "initially_assigned_at": ticket.assignee.map(|_| iso(ticket.created)),
        "solved_at": ticket.solved.map(iso),
        "status_updated_at": iso(ticket.modified),
        "latest_comment_added_at": ticket.comments.last().map(|comment| iso(comment.created))
    })
}

/// A comment. Zendesk puts the HTML that was typed into a box of its own.
pub(super) fn comment(ticket: &Ticket, comment: &Comment) -> Value {
    let boxed = comment.html.starts_with("<div class=\"zd-comment\"");
    let html = if boxed {
        comment.html.clone()
    } else {
        format!("<div class=\"zd-comment\" dir=\"auto\">{}</div>", comment.html)
    };
    let text = plain(&comment.html);
    let channel = if comment.author == ticket.requester { "email" } else { "web" };
    json!({
        "id": comment.id,
        "type": "Comment",
        "author_id": comment.author,
        "body": text,
        "html_body": html,
        "plain_body": text,
        "public": comment.public,
        "attachments": [],
        "audit_id": comment.id + AUDITS,
        "via": { "channel": channel, "source": { "from": {}, "to": {}, "rel": null } },
        "created_at": iso(comment.created),
        "metadata": { "system": {}, "custom": {} }
    })
}

/// One update of a ticket: unlike a comment, it says which ticket it is of.
pub(super) fn audit(ticket: &Ticket, comment: Option<&Comment>) -> Value {
    let change = json!({
        "id": ticket.id + 2 * AUDITS,
        "type": "Change",
        "field_name": "status",
        "value": ticket.status,
        "previous_value": "new"
    });
    let (id, author, at, events) = match comment {
        Some(said) => (said.id + AUDITS, said.author, said.created, vec![self::comment(ticket, said), change]),
        None => (ticket.id + AUDITS, ticket.assignee.unwrap_or(PORTAL), ticket.modified, vec![change]),
    };
    json!({
        "id": id,
        "ticket_id": ticket.id,
        "created_at": iso(at),
        "author_id": author,
        "metadata": { "system": {}, "custom": {} },
        "events": events,
        "via": { "channel": "web", "source": { "from": {}, "to": {}, "rel": null } }
    })
}

/// One update by API: its comment, and what it changed.
pub(super) fn update((base, told): (&str, &Told), ticket: &Ticket, update: &Update) -> Value {
    let said = ticket.comments.iter().filter(|comment| Some(comment.id) == update.comment);
    let mut events: Vec<Value> = said
        .map(|comment| {
            let mut event = Item::Comment(ticket, comment).body(base, told);
            event["audit_id"] = json!(update.id);
            event
        })
        .collect();
    for (id, (field, before, after)) in (update.id * 10..).zip(&update.changes) {
        let kind = if update.at == ticket.created { "Create" } else { "Change" };
        let mut event = json!({ "id": id, "type": kind, "field_name": field, "value": after });
        if kind == "Change" {
            event["previous_value"] = before.clone();
        }
        events.push(event);
    }
    json!({
        "id": update.id,
        "ticket_id": ticket.id,
        "created_at": iso(update.at),
        "author_id": update.author,
        "metadata": { "system": {}, "custom": update.metadata },
        "events": events,
        "via": { "channel": "api", "source": { "from": {}, "to": {}, "rel": null } }
    })
}

/// What every scanner takes for malware, and harms nobody.
const EICAR: &[u8] = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE";

/// A file at the desk.
pub(super) fn attachment(base: &str, file: &File) -> Value {
    let File { id, token, name, media, content, .. } = file;
    let kept = utf8_percent_encode(name, NON_ALPHANUMERIC);
    let scanned = match content.windows(EICAR.len()).any(|window| window == EICAR) {
        true => "malware_found",
        false => "malware_not_found",
    };
    json!({
        "url": format!("{base}/api/v2/attachments/{id}.json"),
        "id": id,
        "file_name": name,
        "content_url": format!("{base}/attachments/token/{token}{id}/?name={kept}"),
        "mapped_content_url": format!("{base}/attachments/token/{token}{id}/?name={kept}"),
        "content_type": media,
        "size": content.len(),
        "width": null,
        "height": null,
        "inline": false,
        "deleted": false,
        "malware_access_override": false,
        "malware_scan_result": scanned,
        "thumbnails": []
    })
}

/// An article in one language.
pub(super) fn article(base: &str, article: &Article, text: &Translation) -> Value {
    let locale = text.locale;
    let source = article.translations.first().map(|first| first.locale);
    let slug: Vec<&str> =
        text.title.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    json!({
        "id": article.id,
        "url": format!("{base}/api/v2/help_center/{locale}/articles/{}.json", article.id),
        "html_url": format!("{base}/hc/{locale}/articles/{}-{}", article.id, slug.join("-")),
        "author_id": 410_000_001,
        "comments_disabled": true,
        "draft": article.draft,
        "promoted": false,
        "position": 0,
        "vote_sum": 0,
        "vote_count": 0,
        "section_id": article.section_id,
        "created_at": iso(article.created),
        "updated_at": iso(article.modified),
        "edited_at": iso(article.modified),
        "name": text.title,
        "title": text.title,
        "source_locale": source,
        "locale": locale,
        "outdated": false,
        "outdated_locales": [],
        "user_segment_id": article.segment,
        "permission_group_id": 3_600_800_001_u64,
        "content_tag_ids": [],
        "label_names": [],
        "body": text.body
    })
}

/// A section of the help centre.
pub(super) fn section(base: &str, article: &Article, locale: &str) -> Value {
    let id = article.section_id;
    json!({
        "id": id,
        "url": format!("{base}/api/v2/help_center/{locale}/sections/{id}.json"),
        "html_url": format!("{base}/hc/{locale}/sections/{id}"),
        "category_id": 3_600_700_001_u64,
        "parent_section_id": null,
        "position": 0,
        "sorting": "manual",
        "name": article.section,
        "description": "",
        "locale": locale,
        "source_locale": "en-us",
        "outdated": false,
        "created_at": iso(1_500_000_000),
        "updated_at": iso(1_500_000_000)
    })
}
