//! What was sent, taken apart as the system would, and compared.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use vestibule::error::Error;
use vestibule::upstream::{Call, Reply, Transport};

use super::Given;

/// The calls of a read: each as names of places and what stands there, decoded.
pub struct Sent(Vec<(Arc<str>, Places)>);

type Places = Vec<(String, String)>;

impl Sent {
    /// What the read sends for a key.
    pub fn of(given: &Given, key: &str) -> Self {
        let mut asked = given.asked.clone();
        let harmless = asked.words.first().map(|key| key.parts().next().unwrap().to_owned());
        (given.with)(&mut asked, key);
        let answers = given.answers.iter().map(|answer| replaced(answer, harmless.as_deref(), key)).collect();
        Self::by(answers, |transport| drop(asked.rows(transport)))
    }

    /// What something sends that gets these answers.
    pub fn by(answers: Vec<String>, done: impl FnOnce(Arc<dyn Transport>)) -> Self {
        let recorder = Arc::new(Recorder { answers, asked: Mutex::default(), calls: Mutex::default() });
        done(Arc::clone(&recorder) as _);
        let calls = recorder.calls.lock().unwrap();
        Self(calls.iter().map(|call| (Arc::clone(&call.template), places(call))).collect())
    }

    /// Whether nothing was sent.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the text stands anywhere in it.
    pub fn has(&self, text: &str) -> bool {
        self.0.iter().flat_map(|(_, places)| places).any(|(_, value)| value.contains(text))
    }
}

/// A key in an answer, wherever it is a whole value.
fn replaced(answer: &str, harmless: Option<&str>, key: &str) -> String {
    let (Ok(mut json), Some(harmless)) = (serde_json::from_str(answer), harmless) else { return answer.to_owned() };
    fn walk(value: &mut Value, (from, to): (&str, &str)) {
        match value {
            Value::String(text) if text == from => to.clone_into(text),
            Value::Number(number) if number.to_string() == from => *value = Value::from(to),
            Value::Array(items) => items.iter_mut().for_each(|item| walk(item, (from, to))),
            Value::Object(members) => members.values_mut().for_each(|member| walk(member, (from, to))),
            _ => {}
        }
    }
    walk(&mut json, (harmless, key));
    json.to_string()
}

/// Answers by the order of the harmless read, and keeps what it was sent.
struct Recorder {
    answers: Vec<String>,
    asked: Mutex<BTreeMap<Arc<str>, usize>>,
    calls: Mutex<Vec<Call>>,
}

impl Transport for Recorder {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        let mut asked = self.asked.lock().unwrap();
        let next = asked.len();
        let at = *asked.entry(Arc::clone(&call.template)).or_insert(next);
        let body = self.answers.get(at).or(self.answers.last()).cloned().unwrap_or_default();
        self.calls.lock().unwrap().push(call);
        Box::pin(std::future::ready(Ok(Reply { status: 200, headers: Default::default(), body: body.into() })))
    }
}

/// A call taken apart.
fn places(call: &Call) -> Places {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    // Read anew, as whoever gets it reads it.
    let url = url::Url::parse(&call.url.to_string()).unwrap();
    let mut all = vec![
        ("method".to_owned(), format!("{:?}", call.method)),
        ("origin".to_owned(), url.origin().ascii_serialization()),
        ("user".to_owned(), format!("{}:{:?}", url.username(), url.password())),
        ("fragment".to_owned(), format!("{:?}", url.fragment())),
    ];
    all.extend(url.path_segments().unwrap().map(|segment| ("segment".to_owned(), decoded(segment))));
    all.extend(url.query_pairs().map(|(name, value)| (format!("query {name}"), value.into_owned())));
    all.extend(
        call.headers
            .iter()
            .map(|(name, value)| (format!("header {name}"), String::from_utf8(value.as_bytes().to_vec()).unwrap())),
    );
    let kind = call.headers.get("content-type").map(|kind| kind.to_str().unwrap());
    match kind {
        Some(kind) if kind.starts_with("multipart/mixed") => parts(kind, call.body.beginning(), &mut all),
        Some(kind) if kind.starts_with("application/json") => {
            leaves("body", &serde_json::from_slice(call.body.beginning()).unwrap(), &mut all)
        }
        Some(_) => {
            let pairs = url::form_urlencoded::parse(call.body.beginning());
            all.extend(pairs.map(|(name, value)| (format!("form {name}"), value.into_owned())));
        }
        None => assert!(call.body.is_empty(), "a body of no kind"),
    }
    all
}

/// A batch taken apart by its boundaries, the inner one within the outer one, each request by its own length.
fn parts(kind: &str, body: &[u8], all: &mut Places) {
    let text = std::str::from_utf8(body).unwrap();
    let boundary = |kind: &str| kind.split_once("boundary=").unwrap().1.split(['\r', ';']).next().unwrap().to_owned();
    let (outer, inner) = (boundary(kind), boundary(text.lines().nth(1).unwrap()));
    let within = |text: &str, boundary: &str| -> Vec<String> {
        let body = text.split_once(&format!("\r\n--{boundary}--\r\n")).unwrap().0.to_owned();
        body.split(&format!("--{boundary}\r\n")).skip(1).map(str::to_owned).collect()
    };
    let sets = within(text, &outer);
    all.push(("sets".to_owned(), sets.len().to_string()));
    for part in within(&sets[0], &inner) {
        let (_, request) = part.split_once("\r\n\r\n").unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let (line, headers) = head.split_once("\r\n").unwrap();
        let [method, address, version] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        all.push(("part".to_owned(), format!("{method} {version}")));
        all.push(("part address".to_owned(), percent_decode_str(address).decode_utf8().unwrap().into_owned()));
        all.extend(
            headers
                .split("\r\n")
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (format!("part header {name}"), value.to_owned())),
        );
        let length: usize =
            headers.split("Content-Length: ").nth(1).unwrap().split("\r\n").next().unwrap().parse().unwrap();
        assert_eq!(body[length..].trim(), "", "what is behind a request's length is nobody's");
        leaves("part body", &serde_json::from_str(&body[..length]).unwrap(), all);
    }
}

/// Every call is one for the harmless text with only that changed, wherever it stands, in the same order.
///
/// # Errors
/// What else was changed.
pub fn exactly(expected: &Sent, sent: &Sent, (harmless, text): (&str, &str)) -> Result<(), String> {
    let shown = |calls: &Sent| calls.0.iter().map(|(template, _)| template.to_string()).collect::<Vec<_>>();
    if shown(expected) != shown(sent) {
        return Err(format!("{:?} for {text:?} instead of {:?}", shown(sent), shown(expected)));
    }
    for ((template, expected), (_, places)) in expected.0.iter().zip(&sent.0) {
        if expected.len() != places.len() {
            return Err(format!("`{template}` for {text:?}: {} places, not {}", places.len(), expected.len()));
        }
        for ((name, one), (at, other)) in expected.iter().zip(places) {
            // The length of a part is that of its text.
            let is_length = name.ends_with("Content-Length");
            let doubled = text.replace('\'', "''");
            let fits = [text, text.trim(), doubled.as_str()].iter().any(|text| one.replace(harmless, text) == *other);
            if name != at || !(fits || is_length) {
                return Err(format!("`{template}` for {text:?}: {at}: {other:?} where {name}: {one:?} is meant"));
            }
        }
    }
    Ok(())
}

fn leaves(at: &str, value: &Value, all: &mut Places) {
    match value {
        Value::Array(items) => {
            all.push((format!("{at} elements"), items.len().to_string()));
            items.iter().for_each(|item| leaves(&format!("{at}[]"), item, all));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| leaves(&format!("{at}.{name}"), member, all))
        }
        Value::String(text) => all.push((at.to_owned(), text.clone())),
        other => all.push((format!("{at} (no text)"), other.to_string())),
    }
}

/// Every call for the hostile key is one for the harmless one with only the key changed, or one that is made without any.
///
/// # Errors
/// What else was changed.
pub fn same((expected, without): (&Sent, &Sent), sent: &Sent, keys: (&str, &str)) -> Result<(), String> {
    for (template, places) in &sent.0 {
        let known = |calls: &'_ Sent| -> Vec<Places> {
            calls.0.iter().filter(|(other, _)| other == template).map(|(_, places)| places.clone()).collect()
        };
        let unlike: Vec<Vec<String>> = known(expected).iter().map(|other| differences(other, places, keys)).collect();
        let fits = unlike.iter().any(Vec::is_empty) || known(without).contains(places);
        if !fits {
            return Err(format!("`{template}` for {:?} instead of {:?}: {unlike:#?}", keys.1, keys.0));
        }
    }
    Ok(())
}

/// Whatever is searched for, each place has the syntax of a harmless search: names and operators that it has, and nothing else
/// outside of quotes. A place that is all one value may have any.
///
/// # Errors
/// The syntax that was made of the phrase.
pub fn same_syntax(expected: &Sent, sent: &Sent, harmless: &str) -> Result<(), String> {
    let known = |template: &str, name: &str| -> Vec<&str> {
        let calls = expected.0.iter().filter(|(other, _)| **other == *template);
        calls.flat_map(|(_, places)| places).filter(|(at, _)| at == name).map(|(_, text)| text.as_str()).collect()
    };
    for (template, places) in &sent.0 {
        for (name, text) in places {
            let known = known(template, name);
            let values = [Some(harmless), harmless.split(' ').next()];
            let is_value = known.iter().any(|text| values.contains(&Some(text.trim_end_matches('*'))));
            let is_count = name.ends_with(" elements");
            let syntax = |text: &str| -> Option<Vec<String>> {
                let bare = unquoted(text)?;
                Some(bare.split([' ', ',', '(', ')']).filter(|word| !word.is_empty()).map(str::to_owned).collect())
            };
            let allowed: Vec<String> = known.iter().filter_map(|text| syntax(text)).flatten().collect();
            let within = syntax(text).is_some_and(|words| words.iter().all(|word| allowed.contains(word)));
            if known.is_empty() || !(is_value || is_count || within) {
                return Err(format!("`{template}` {name}: {text} where a harmless search has {known:?}"));
            }
        }
    }
    Ok(())
}

/// A text with a mark for everything between quotes; `None` where a quote is open at its end.
fn unquoted(text: &str) -> Option<String> {
    let (mut bare, mut open) = (String::new(), None);
    for char in text.chars() {
        match (open, char) {
            // Not every system takes a backslash for an escape: with one, a quote is none of ours.
            (Some('"'), '\\') => return None,
            (Some(mark), char) if char == mark => open = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => {
                // A quote that is doubled ends nothing.
                if !bare.ends_with('§') {
                    bare.push('§');
                }
                open = Some(char);
            }
            (None, char) => bare.push(char),
        }
    }
    open.is_none().then_some(bare)
}

fn differences(expected: &Places, places: &Places, keys: (&str, &str)) -> Vec<String> {
    let same = |(a, b): &(&(String, String), &(String, String))| a.0 == b.0 && is_written(&a.1, &b.1, keys);
    let pairs = expected.iter().zip(places).filter(|pair| !same(pair));
    let mut all: Vec<String> = pairs.map(|(a, b)| format!("{}: {} → {}: {}", a.0, a.1, b.0, b.1)).collect();
    if expected.len() != places.len() {
        all.push(format!("{} places, not {}", places.len(), expected.len()));
    }
    all
}

/// Whether a text is another one with the key in the place of the harmless one, written as its surroundings need it.
fn is_written(expected: &str, text: &str, (harmless, key): (&str, &str)) -> bool {
    let pieces: Vec<&str> = expected.split(harmless).collect();
    let mut written = pieces[0].to_owned();
    for pair in pieces.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        let quoted = |mark: char| before.ends_with(mark) && after.starts_with(mark);
        let listed = before.ends_with(',') || after.starts_with(',');
        let harmless_text = key.chars().all(|c| c.is_ascii_alphanumeric() || ".-:+".contains(c));
        let whole = before.is_empty() && after.is_empty();
        written += &match () {
            // OData, and every language that quotes with these.
            () if quoted('\'') => key.replace('\'', "''"),
            () if quoted('"') => key.replace('\\', "\\\\").replace('"', "\\\""),
            () if whole || harmless_text || listed && !key.contains(',') => key.to_owned(),
            () => format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\"")),
        };
        written += after;
    }
    written == text
}
