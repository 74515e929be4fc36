//! Templates of mails: rendered within bounds, and only by what the query asked for.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, escape_formatter};

/// How many steps one rendering may take.
const STEPS: u64 = 100_000;
/// The longest text that comes of one, in bytes.
const LONGEST: usize = 512 * 1024;

/// The templates of a tenant, by name: `<template>.<language>.<subject, txt or html>`.
pub(super) struct Templates {
    environment: Environment<'static>,
}

/// What comes of a rendering, as far as there is room.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.0.len() + piece.len() > LONGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Templates {
    /// None yet. `zone` is the time zone that times are told in.
    pub(super) fn new(zone: TimeZone) -> Self {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|name| match name.ends_with(".html") {
            true => AutoEscape::Html,
            false => AutoEscape::None,
        });
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        environment.set_fuel(Some(STEPS));
        // What a system does not tell is left out, and not written as a word of another language.
        environment.set_formatter(|out, state, value| match value.is_none() {
            true => Ok(()),
            false => escape_formatter(out, state, value),
        });
        environment.add_filter("time", move |text: Value, format: &str| told(&text, format, &zone));
        Self { environment }
    }

    /// Adds one.
    ///
    /// # Errors
    /// It does not parse.
    pub(super) fn add(&mut self, name: &str, text: String) -> Result<(), String> {
        self.environment.add_template_owned(name.to_owned(), text).map_err(|error| said(&error))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.environment.get_template(name).is_ok()
    }

    /// Renders one.
    ///
    /// # Errors
    /// It takes too many steps, or makes too much, or cannot be done with these values; none of them is said.
    pub(super) fn render(&self, name: &str, values: &serde_json::Value) -> Result<String, String> {
        let template = self.environment.get_template(name).map_err(|error| said(&error))?;
        let mut made = Bounded(Vec::new());
        template
            .render_captured_to(Value::from(minijinja::value::Serde(values)), &mut made)
            .map_err(|error| said(&error))?;
        String::from_utf8(made.0).map_err(|_| "it makes no text".to_owned())
    }

    /// What is wrong with a template for values of this shape: `full` has everything that was asked for, in `bare` everything is
    /// null that may be.
    pub(super) fn check(&mut self, name: &str, [full, bare]: [&serde_json::Value; 2]) -> Result<(), String> {
        let template = self.environment.get_template(name).map_err(|error| said(&error))?;
        let globals: Vec<&str> = self.environment.globals().map(|(name, _)| name).collect();
        let mut unknown: Vec<String> = template
            .undeclared_variables(true)
            .into_iter()
            .filter(|path| !globals.contains(&path.as_str()) && !is_there(full, path))
            .collect();
        unknown.sort();
        if let Some(path) = unknown.first() {
            return Err(format!("it uses `{path}`, which the query does not ask for"));
        }
        self.environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let whole = self.render(name, full);
        self.environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        whole?;
        self.render(name, bare).map(|_| ()).map_err(|why| format!("where everything is null that may be: {why}"))
    }
}

/// Whether values of this shape have something at a path; what is in a list is seen when it is rendered.
fn is_there(values: &serde_json::Value, path: &str) -> bool {
    let mut at = values;
    for step in path.split('.') {
        at = match at {
            serde_json::Value::Object(members) => match members.get(step) {
                Some(member) => member,
                None => return false,
            },
            serde_json::Value::Array(_) => return true,
            _ => return false,
        };
    }
    true
}

/// An instant as its readers write it, in the portal's time zone; a day stays the day it is.
fn told(text: &Value, format: &str, zone: &TimeZone) -> Result<Value, Error> {
    let Some(written) = text.as_str() else { return Ok(Value::UNDEFINED) };
    let made = match (written.parse::<Timestamp>(), written.parse::<jiff::civil::Date>()) {
        (Ok(instant), _) => jiff::fmt::strtime::format(format, &instant.to_zoned(zone.clone())),
        (_, Ok(day)) => jiff::fmt::strtime::format(format, day),
        _ => return Err(Error::new(ErrorKind::InvalidOperation, "`time` takes an instant or a day")),
    };
    made.map(Value::from).map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
}

/// What is wrong, and where in the template; without the values.
fn said(error: &Error) -> String {
    let line = error.line().map_or_else(String::new, |line| format!(" (line {line})"));
    let detail = error.detail().map_or_else(String::new, |detail| format!(": {detail}"));
    format!("{}{detail}{line}", error.kind())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn rendered(name: &str, text: &str, values: &Json) -> Result<String, String> {
        let mut templates = Templates::new(TimeZone::get("Europe/Berlin").unwrap());
        templates.add(name, text.to_owned()).and_then(|()| templates.render(name, values))
    }

    fn checked(text: &str) -> Result<(), String> {
        let full = json!({ "record": { "subject": "text", "assignee": { "name": "text" }, "messages": [{ "text": "text" }] } });
        let bare = json!({ "record": { "subject": "text", "assignee": null, "messages": [] } });
        let mut templates = Templates::new(TimeZone::UTC);
        templates.add("a.en.txt", text.to_owned())?;
        templates.check("a.en.txt", [&full, &bare])
    }

    #[test]
    fn html_is_escaped_and_plain_text_is_not() {
        let values = json!({ "record": { "subject": "<b onload=\"x\">&'" } });
        assert_eq!(rendered("a.en.txt", "{{ record.subject }}", &values).unwrap(), "<b onload=\"x\">&'");
        let html = rendered("a.en.html", "<p title='{{ record.subject }}'>{{ record.subject }}</p>", &values).unwrap();
        assert!(!html.contains("<b") && !html.contains("\"x\"") && !html.contains("&'"), "{html}");
    }

    #[test]
    fn null_is_nothing_and_a_time_is_the_portal_s() {
        let values = json!({ "at": "2026-03-10T12:00:00Z", "day": "2026-03-10", "none": null });
        let text = "{{ at | time('%d.%m.%Y %H:%M') }} {{ day | time('%-d/%-m') }}{{ none }}{{ none | time('%d') }}{{ none.x.y }}";
        assert_eq!(rendered("a.en.txt", text, &values).unwrap(), "10.03.2026 13:00 10/3");
        assert!(rendered("a.en.txt", "{{ 'soon' | time('%d') }}", &values).is_err());
        assert!(rendered("a.en.txt", "{{ at | time('%Q%!') }}", &values).is_err());
    }

    #[test]
    fn what_never_ends_or_makes_too_much_is_ended() {
        let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        assert!(rendered("a.en.txt", endless, &json!({})).is_err());
        let large = json!({ "text": "x".repeat(100_000) });
        assert!(rendered("a.en.txt", "{% for a in range(9) %}{{ text }}{% endfor %}", &large).is_err());
    }

    #[test]
    fn a_template_uses_only_what_the_query_asks_for_in_every_branch() {
        for sound in [
            "{{ record.subject }} {{ record.assignee.name }}",
            "{% for m in record.messages %}{{ m.text }}{{ loop.index }}{% endfor %}",
            "{% if record.assignee %}{{ record.assignee.name | upper }}{% endif %}",
        ] {
            assert_eq!(checked(sound), Ok(()), "{sound}");
        }
        for wrong in [
            "{{ record.subjct }}",
            "{{ ticket }}",
            "{% if false %}{{ record.secret }}{% endif %}",
            "{% for m in record.messages %}{{ m.author }}{% endfor %}",
            "{{ record.assignee.name.first }}",
            "{% if %}",
            "{{ record.subject | nothing }}",
        ] {
            assert!(checked(wrong).is_err(), "{wrong}");
        }
    }
}
