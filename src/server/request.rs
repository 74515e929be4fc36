//! Reads GraphQL requests out of bodies and addresses, by the rules of GraphQL over HTTP.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::strict;
use crate::error::{Code, Error, Result};
use crate::execute::GraphRequest;

/// What one HTTP request asks.
#[derive(Debug)]
pub(super) enum Requests {
    /// One request.
    One(GraphRequest),
    /// Several in an array; one that has not the form of a request costs its own answer only.
    Batch(Vec<Result<GraphRequest>>),
}

pub(super) fn bad(message: impl Into<String>) -> Error {
    Error::public(Code::BadUserInput, message)
}

/// The requests in a body of JSON; of an array, at most `batch`.
pub(super) fn from_body(body: &[u8], batch: usize) -> Result<Requests> {
    match strict::parse(body, "The body")? {
        Value::Array(all) if batch == 0 && !all.is_empty() => {
            Err(bad("Batches are not taken here: send one request instead of an array."))
        }
        Value::Array(all) if all.is_empty() => Err(bad("The batch is empty.")),
        Value::Array(all) if all.len() > batch => {
            Err(bad(format!("The batch has {} requests; at most {batch} are taken.", all.len())))
        }
        Value::Array(all) => Ok(Requests::Batch(all.into_iter().map(from_value).collect())),
        one => from_value(one).map(Requests::One),
    }
}

/// The request that a JSON value is.
pub(super) fn from_value(value: Value) -> Result<GraphRequest> {
    let Value::Object(mut members) = value else { return Err(bad("A request is a JSON object with a `query`.")) };
    let query = text(&mut members, "query")?.ok_or_else(|| bad("The request has no `query`."))?;
    let operation_name = text(&mut members, "operationName")?;
    let variables = object(members.remove("variables"), "variables")?;
    // Nothing of them is used yet; they must have their form where they are given.
    object(members.remove("extensions"), "extensions")?;
    Ok(GraphRequest { query, operation_name, variables, ..GraphRequest::default() })
}

fn text(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad(format!("`{name}` is not a string."))),
    }
}

fn object(value: Option<Value>, name: &str) -> Result<Map<String, Value>> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(bad(format!("`{name}` is not a JSON object."))),
    }
}

/// The request in an address: what stands behind its `?`. Members of other names are not ours.
pub(super) fn from_address(query: &str) -> Result<GraphRequest> {
    let mut members = Map::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name)?, decoded(value)?);
        let value = match name.as_str() {
            "query" | "operationName" => Value::String(value),
            "variables" | "extensions" if value.is_empty() => Value::Null,
            "variables" | "extensions" => strict::parse(value.as_bytes(), &format!("`{name}`"))?,
            _ => continue,
        };
        if members.insert(name.clone(), value).is_some() {
            return Err(bad(format!("The address has `{name}` twice.")));
        }
    }
    from_value(Value::Object(members))
}

fn decoded(text: &str) -> Result<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| bad("The address is not UTF-8."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(body: &str) -> GraphRequest {
        match from_body(body.as_bytes(), 10).unwrap() {
            Requests::One(request) => request,
            Requests::Batch(_) => panic!("a batch"),
        }
    }

    fn refused(body: &str) -> String {
        from_body(body.as_bytes(), 2).unwrap_err().message().to_owned()
    }

    #[test]
    fn a_request_is_read_whole() {
        let request =
            one(r#"{"query":"{a}","operationName":"A","variables":{"b":[1,{"c":null}]},"extensions":{},"more":1}"#);
        assert_eq!((request.query.as_str(), request.operation_name.as_deref()), ("{a}", Some("A")));
        assert_eq!(Value::Object(request.variables), json!({ "b": [1, { "c": null }] }));
        let nulls = one(r#"{"query":"{a}","operationName":null,"variables":null,"extensions":null}"#);
        assert!(nulls.operation_name.is_none() && nulls.variables.is_empty());
    }

    #[test]
    fn what_has_not_the_form_of_a_request_is_told_by_name() {
        for (body, told) in [
            ("{}", "The request has no `query`."),
            (r#"{"query":null}"#, "The request has no `query`."),
            (r#"{"query":5}"#, "`query` is not a string."),
            (r#"{"query":["a"]}"#, "`query` is not a string."),
            (r#"{"query":"a","operationName":{}}"#, "`operationName` is not a string."),
            (r#"{"query":"a","variables":[1]}"#, "`variables` is not a JSON object."),
            (r#"{"query":"a","variables":"{}"}"#, "`variables` is not a JSON object."),
            (r#"{"query":"a","extensions":false}"#, "`extensions` is not a JSON object."),
            (r#""{a}""#, "A request is a JSON object with a `query`."),
            ("[]", "The batch is empty."),
            ("[{},{},{}]", "The batch has 3 requests; at most 2 are taken."),
        ] {
            assert_eq!(refused(body), told, "{body}");
        }
        let off = from_body(b"[{}]", 0).unwrap_err();
        assert_eq!(off.message(), "Batches are not taken here: send one request instead of an array.");
    }

    #[test]
    fn one_bad_request_of_a_batch_leaves_the_others() {
        let Requests::Batch(all) = from_body(br#"[{"query":"{a}"},5,{"query":"{b}"}]"#, 10).unwrap() else {
            panic!("no batch")
        };
        let read: Vec<_> = all.iter().map(|one| one.as_ref().ok().map(|request| request.query.as_str())).collect();
        assert_eq!(read, [Some("{a}"), None, Some("{b}")]);
    }

    #[test]
    fn an_address_is_read_strictly() {
        let request = from_address("query=%7Ba%7D+%23+b&variables=%7B%22c%22:1%7D&operationName=A&utm=1").unwrap();
        assert_eq!((request.query.as_str(), request.operation_name.as_deref()), ("{a} # b", Some("A")));
        assert_eq!(Value::Object(request.variables), json!({ "c": 1 }));
        assert!(from_address("query={a}&variables=&extensions=").is_ok());
        for (query, told) in [
            ("", "The request has no `query`."),
            ("query=a&query=b", "The address has `query` twice."),
            ("query=%ff", "The address is not UTF-8."),
            ("query=a&variables=[1]", "`variables` is not a JSON object."),
            ("query=a&variables=5", "`variables` is not a JSON object."),
            ("query=a&extensions=%5B%5D", "`extensions` is not a JSON object."),
            ("query=a&variables=nonsense", "`variables` is not JSON: expected ident at line 1 column 2."),
        ] {
            assert_eq!(from_address(query).unwrap_err().message(), told, "{query}");
        }
    }
}
