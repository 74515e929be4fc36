//! Templates of requests, filled in: JSON bodies, forms, query parameters.

use std::sync::Arc;

use super::encode;
use super::names::Names;
use crate::connector::{Arrays, Template};
use crate::error::Error;
use crate::model::Wire;

/// Parameters of a request, by name.
pub(super) type Parameters = Vec<(Arc<str>, Wire)>;

/// Fills in a template; nulls inside objects are left out.
///
/// # Errors
/// `INTERNAL`: an expression of the manifest failed.
pub(super) fn fill(template: &Template, names: &Names<'_>) -> Result<Wire, Error> {
    Ok(match template {
        Template::Literal(wire) => wire.clone(),
        Template::Computed(computed) => names.evaluate(computed)?,
        Template::List(items) => Wire::List(items.iter().map(|item| fill(item, names)).collect::<Result<_, _>>()?),
        Template::Object(members) => {
            let mut filled = Vec::with_capacity(members.len());
            for (name, template) in members {
                let value = fill(template, names)?;
                if !value.is_null() {
                    filled.push((Arc::clone(name), value));
                }
            }
            Wire::Object(filled)
        }
    })
}

/// Fills in a list of parameters; null ones are left out.
///
/// # Errors
/// `INTERNAL`: an expression of the manifest failed.
pub(super) fn fill_all(templates: &[(Arc<str>, Template)], names: &Names<'_>) -> Result<Parameters, Error> {
    let mut filled = Vec::with_capacity(templates.len());
    for (name, template) in templates {
        let value = fill(template, names)?;
        if !value.is_null() {
            filled.push((Arc::clone(name), value));
        }
    }
    Ok(filled)
}

/// Adds a parameter. One that is there already becomes a list of both: two facets may each ask to `include` something.
pub(super) fn merge(into: &mut Parameters, name: &Arc<str>, value: Wire) {
    match into.iter_mut().find(|(n, _)| n == name) {
        Some(place) => {
            let mut items = place.1.items().to_vec();
            for item in value.items() {
                if !items.contains(item) {
                    items.push(item.clone());
                }
            }
            place.1 = Wire::List(items);
        }
        None => into.push((Arc::clone(name), value)),
    }
}

/// Parameters as `a=1&b=2`, encoded, lists and objects written as the system likes them.
pub(super) fn query(parameters: &[(Arc<str>, Wire)], arrays: Arrays) -> String {
    let mut written = String::new();
    for (name, value) in parameters {
        flatten((name, value), arrays, &mut |name, text| encode::pair(&mut written, name, text));
    }
    written
}

/// Whether a list would be read as another one: its elements are parted by commas, and one of them has a comma in it.
pub(super) fn torn(parameters: &[(Arc<str>, Wire)], arrays: Arrays) -> bool {
    fn inside(value: &Wire) -> bool {
        match value {
            Wire::List(items) => items.iter().any(|item| item.as_text().is_some_and(|text| text.contains(','))),
            Wire::Object(members) => members.iter().any(|(_, member)| inside(member)),
            _ => false,
        }
    }
    arrays == Arrays::Comma && parameters.iter().any(|(_, value)| inside(value))
}

/// Hands every scalar to `each`, with its name.
fn flatten((name, value): (&str, &Wire), arrays: Arrays, each: &mut dyn FnMut(&str, &str)) {
    match value {
        Wire::Null => {}
        Wire::Object(members) => {
            for (member, value) in members {
                flatten((&format!("{name}[{member}]"), value), arrays, each);
            }
        }
        Wire::List(items) => flatten_list((name, items), arrays, each),
        scalar => each(name, &scalar.as_text().unwrap_or_default()),
    }
}

fn flatten_list((name, items): (&str, &[Wire]), arrays: Arrays, each: &mut dyn FnMut(&str, &str)) {
    let nested = items.iter().any(|item| matches!(item, Wire::Object(_) | Wire::List(_)));
    if nested || arrays == Arrays::Indexed {
        // Members of the same element can only be told from the next one's by its number.
        for (at, item) in items.iter().enumerate() {
            flatten((&format!("{name}[{at}]"), item), arrays, each);
        }
        return;
    }
    let texts = items.iter().filter_map(|item| item.as_text());
    match arrays {
        Arrays::Comma => {
            let joined: Vec<_> = texts.collect();
            if !joined.is_empty() {
                each(name, &joined.join(","));
            }
        }
        Arrays::Brackets if !name.ends_with("[]") => {
            let name = format!("{name}[]");
            texts.for_each(|text| each(&name, &text));
        }
        _ => texts.for_each(|text| each(name, &text)),
    }
}

/// JSON text; numbers keep their digits.
pub(super) fn json(wire: &Wire) -> String {
    let mut out = String::new();
    write(wire, &mut out);
    out
}

fn write(wire: &Wire, out: &mut String) {
    match wire {
        Wire::Null => out.push_str("null"),
        Wire::Bool(true) => out.push_str("true"),
        Wire::Bool(false) => out.push_str("false"),
        Wire::Number(digits) => out.push_str(digits),
        Wire::Text(text) => string(text, out),
        Wire::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Wire::Object(members) => {
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                string(name, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

fn string(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(json: &str) -> Wire {
        super::super::scan::scan(json.as_bytes(), &super::super::wants::Wants::everything()).unwrap()
    }

    fn flat(json: &str, arrays: Arrays) -> String {
        let Wire::Object(members) = wire(json) else { panic!("an object") };
        percent_encoding::percent_decode_str(&query(&members, arrays)).decode_utf8().unwrap().into_owned()
    }

    #[test]
    fn lists_are_written_as_the_system_likes_them() {
        let json = r#"{"a":[1,2],"b":null,"c":true}"#;
        assert_eq!(flat(json, Arrays::Repeat), "a=1&a=2&c=true");
        assert_eq!(flat(json, Arrays::Comma), "a=1,2&c=true");
        assert_eq!(flat(json, Arrays::Brackets), "a[]=1&a[]=2&c=true");
        assert_eq!(flat(json, Arrays::Indexed), "a[0]=1&a[1]=2&c=true");
    }

    #[test]
    fn an_element_with_a_comma_is_two_where_commas_part_them() {
        let list = |text: &str| vec![("ids".into(), wire(text))];
        assert!(torn(&list(r#"["1","2,3"]"#), Arrays::Comma));
        assert!(torn(&list(r#"{"in":["2,3"]}"#), Arrays::Comma));
        assert!(!torn(&list(r#"["1","2,3"]"#), Arrays::Repeat));
        assert!(!torn(&list(r#""2,3""#), Arrays::Comma), "what is no list is no list");
    }

    #[test]
    fn nested_forms_number_their_elements() {
        let json = r#"{"items":[{"id":"x","tags":["p","q"]},{"id":"y"}]}"#;
        assert_eq!(flat(json, Arrays::Brackets), "items[0][id]=x&items[0][tags][]=p&items[0][tags][]=q&items[1][id]=y");
    }

    #[test]
    fn json_is_written_as_it_was_read() {
        let text = r#"{"a":[1.50,"q\"\n",null,true,{"b":{}}],"ü":"é"}"#;
        assert_eq!(json(&wire(text)), text);
    }

    #[test]
    fn a_parameter_given_twice_is_a_list() {
        let mut all = vec![("include".into(), wire(r#""users""#))];
        merge(&mut all, &"include".into(), wire(r#"["slas","users"]"#));
        assert_eq!(query(&all, Arrays::Repeat), "include=users&include=slas");
    }
}
