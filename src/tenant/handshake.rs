//! What a system asks when an address is registered there, and what it is answered.

use super::intake::Answer;
use crate::connector::{Handshake, RowView, Webhooks, lookup};
use crate::webhook::{self, Delivery};

/// The longest text that a handshake gets back.
const LONGEST_ECHO: usize = 1024;

/// The answer to a handshake, where the delivery is one.
pub(super) fn shaken(webhooks: &Webhooks, delivery: &Delivery<'_>) -> Option<Answer> {
    let fits = |text: &str| !text.is_empty() && text.len() <= LONGEST_ECHO && !text.chars().any(char::is_control);
    let header = |name: &str| delivery.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    match webhooks.handshake.as_ref()? {
        Handshake::EchoQuery(name) => delivery.parameter(name).filter(|text| fits(text)).map(Answer::Echo),
        Handshake::EchoBody(path) => {
            let body = webhook::parse(delivery.body).ok()?;
            let text = lookup(path, &RowView::bare(&body, None)).as_text()?.into_owned();
            fits(&text).then_some(Answer::Echo(text))
        }
        Handshake::CloudEvents if delivery.method == "OPTIONS" => {
            let origin = header("webhook-request-origin").filter(|origin| fits(origin))?;
            Some(Answer::Allowed(origin.to_owned()))
        }
        Handshake::Empty if delivery.body.is_empty() => Some(Answer::Echo(String::new())),
        _ => None,
    }
}
