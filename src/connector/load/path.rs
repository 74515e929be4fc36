//! Paths: `address.city`, `items.0.id`, `results[].stages[]`, `custom_fields[id=360].value`, `['a.b@c']`, `.`.

use std::sync::Arc;

use crate::connector::{Path, Root, Step};

/// The longest path, in steps.
const LONGEST: usize = 16;

/// Compiles a path; its first word may be one of `facets`, `parent`, `header` or `row`.
///
/// # Errors
/// What is wrong with it, as a clause.
pub(super) fn parse(text: &str, facets: &[Arc<str>]) -> Result<Path, String> {
    let mut steps = steps(text)?;
    if steps.len() > LONGEST {
        return Err(format!("has more than {LONGEST} steps"));
    }
    let first = match steps.first() {
        Some(Step::Name(name)) if !text.starts_with('[') => Some(Arc::clone(name)),
        _ => None,
    };
    let root = match first.as_deref() {
        Some(name) if facets.iter().any(|facet| &**facet == name) => {
            Root::Facet(facets.iter().position(|facet| &**facet == name).unwrap_or_default())
        }
        Some("parent") => Root::Parent,
        Some("header") => Root::Header,
        Some("row") if steps.len() > 1 => {
            steps.remove(0);
            Root::Row
        }
        _ => Root::Row,
    };
    if root != Root::Row {
        steps.remove(0);
    }
    if root == Root::Header && !matches!(steps.as_slice(), [Step::Name(_)]) {
        return Err("must name one header, such as `header.etag`".to_owned());
    }
    Ok(Path { root, steps: Arc::from(steps), text: Arc::from(text) })
}

fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    if text == "." {
        return Ok(steps);
    }
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (step, behind) = bracket(inside)?;
            steps.push(step);
            rest = behind;
        } else {
            let word = if steps.is_empty() { rest } else { rest.strip_prefix('.').ok_or("needs a `.` after `]`")? };
            let end = word.find(['.', '[']).unwrap_or(word.len());
            let (name, behind) = word.split_at_checked(end).unwrap_or((word, ""));
            steps.push(named(name, steps.is_empty())?);
            rest = behind;
        }
    }
    if steps.is_empty() { Err("is empty; `.` is all of it".to_owned()) } else { Ok(steps) }
}

fn named(name: &str, first: bool) -> Result<Step, String> {
    if name.is_empty() {
        return Err("has an empty step".to_owned());
    }
    let odd = |c: char| c.is_whitespace() || c.is_control() || "]{}'\"=".contains(c);
    if let Some(c) = name.chars().find(|c| odd(*c)) {
        return Err(format!("has {c:?} in a name; write it as `['{}']`", name.replace('\'', "")));
    }
    match name.parse() {
        Ok(at) if !first && name.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Step::At(at)),
        _ => Ok(Step::Name(Arc::from(name))),
    }
}

/// What stands behind `[`: `]`, `'name']`, `member=value]`.
fn bracket(inside: &str) -> Result<(Step, &str), String> {
    if let Some(behind) = inside.strip_prefix(']') {
        return Ok((Step::Each, behind));
    }
    if let Some(quoted) = inside.strip_prefix('\'') {
        let (name, behind) = quoted.split_once("']").ok_or("has `['` without `']`")?;
        let fits = !name.is_empty() && !name.chars().any(char::is_control);
        return if fits { Ok((Step::Name(Arc::from(name)), behind)) } else { Err("has an empty name".to_owned()) };
    }
    let (test, behind) = inside.split_once(']').ok_or("has `[` without `]`")?;
    match test.split_once('=') {
        Some((member, value)) if !member.is_empty() && !value.is_empty() => {
            Ok((Step::Where(Arc::from(member), Arc::from(value)), behind))
        }
        _ if test.bytes().all(|byte| byte.is_ascii_digit()) => Err(format!("has `[{test}]`; write `.{test}`")),
        _ => Err(format!("has `[{test}]`; it can be `[]`, `[member=value]` or `['name']`")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> Step {
        Step::Name(Arc::from(text))
    }

    fn parsed(text: &str) -> (Root, Vec<Step>) {
        let path = parse(text, &[Arc::from("items"), Arc::from("sla")]).unwrap();
        (path.root, path.steps.to_vec())
    }

    #[test]
    fn every_form_is_read() {
        assert_eq!(parsed("address.city"), (Root::Row, vec![name("address"), name("city")]));
        assert_eq!(parsed("lines.0.id"), (Root::Row, vec![name("lines"), Step::At(0), name("id")]));
        let stages = vec![name("results"), Step::Each, name("stages"), Step::Each];
        assert_eq!(parsed("results[].stages[]"), (Root::Row, stages));
        let found = vec![name("custom_fields"), Step::Where(Arc::from("id"), Arc::from("360")), name("value")];
        assert_eq!(parsed("custom_fields[id=360].value"), (Root::Row, found));
        assert_eq!(parsed("['a.b@c'].d"), (Root::Row, vec![name("a.b@c"), name("d")]));
        assert_eq!(parsed("."), (Root::Row, Vec::new()));
        assert_eq!(parsed("0"), (Root::Row, vec![name("0")]));
    }

    #[test]
    fn the_first_word_may_have_a_meaning() {
        assert_eq!(parsed("items"), (Root::Facet(0), Vec::new()));
        assert_eq!(parsed("sla.breach_at"), (Root::Facet(1), vec![name("breach_at")]));
        assert_eq!(parsed("parent.ticket"), (Root::Parent, vec![name("ticket")]));
        assert_eq!(parsed("header.etag"), (Root::Header, vec![name("etag")]));
        assert_eq!(parsed("row.items"), (Root::Row, vec![name("items")]));
        assert_eq!(parsed("['items']"), (Root::Row, vec![name("items")]));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let wrong = ["", "a..b", ".a", "a.", "a[", "a[]b", "a[0]", "a[=1]", "a['b", "a b", "{key}", "header", "a\u{1}"];
        for text in wrong {
            assert!(parse(text, &[]).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-c0-9.\\[\\]'= {}ü]{0,24}") {
            if let Ok(path) = parse(&text, &[Arc::from("a")]) {
                prop_assert_eq!(&*path.text, text.as_str());
            }
        }
    }
}
