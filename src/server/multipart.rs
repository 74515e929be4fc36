//! Requests with files, as forms: <https://github.com/jaydenseric/graphql-multipart-request-spec>.
//!
//! The parts come in this order: `operations` (the request, or an array of them, with null for each file), `map` (each
//! file's part, and where it stands), and the files. Nothing may be missing, left over, or in two places that disagree. A file
//! that is too large, or of no kind that is taken, is a fault of its place in the input, and told there: the rest of it is read
//! past.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use multer::{Constraints, Field, Multipart, SizeLimit};
use serde_json::Value;

use super::request::{self, Requests, bad};
use super::respond::Refused;
use super::strict;
use crate::config::{ServerConfig, UploadsConfig};
use crate::error::{Code, Error, Result as Outcomes};
use crate::execute::{GraphRequest, Upload};
use crate::model::RefusalCode;
use crate::spool::{FileKind, Spool, cleaned};

/// What the boundaries and headers of parts may take beside their content.
const FRAME: usize = 16 * 1024;

/// Reads a form, within the bounds of the configuration.
pub(super) async fn read(
    (body, boundary): (Body, String),
    config: &ServerConfig,
    spool: &Spool,
) -> Result<Requests, Refused> {
    let UploadsConfig { files, total, timeout, .. } = &config.uploads;
    let text = config.largest_body;
    let frames = files.saturating_add(1).saturating_mul(FRAME);
    let all = total.saturating_add(text.saturating_mul(2)).saturating_add(frames);
    let bytes = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
    let limits =
        SizeLimit::new().whole_stream(bytes(all)).for_field("operations", bytes(text)).for_field("map", bytes(text));
    let stream = body.into_data_stream();
    let form = Form {
        parts: Multipart::with_constraints(stream, boundary, Constraints::new().size_limit(limits)),
        batch: config.batch,
        bounds: &config.uploads,
        spool,
    };
    match tokio::time::timeout(timeout.0, form.read()).await {
        Ok(read) => read,
        Err(_) => Err(Refused::because("The files did not arrive in time.", StatusCode::REQUEST_TIMEOUT)),
    }
}

struct Form<'a> {
    parts: Multipart<'a>,
    batch: usize,
    bounds: &'a UploadsConfig,
    spool: &'a Spool,
}

/// Where the files of a form stand: paths in the operations, by the name of the part.
type Places = BTreeMap<String, Vec<String>>;

impl Form<'_> {
    async fn read(mut self) -> Result<Requests, Refused> {
        let operations = self.text("operations").await?;
        let map = self.text("map").await?;
        let mut requests = request::from_body(&operations, self.batch)?;
        let mut places = places(&map)?;
        let most = self.bounds.files;
        if places.len() > most {
            let message = format!("The request has {} files; at most {most} are taken.", places.len());
            return Err(Refused::because(message, StatusCode::PAYLOAD_TOO_LARGE));
        }
        while let Some(part) = self.parts.next_field().await.map_err(broken)? {
            let name = part.name().unwrap_or_default().to_owned();
            let Some(of) = places.remove(&name) else {
                return Err(bad(
                    "A part of the form is neither `operations`, `map`, nor a file that `map` names once.",
                )
                .into());
            };
            place(&mut requests, of, self.file(part).await?)?;
        }
        match places.keys().next() {
            None => Ok(requests),
            Some(missing) => Err(bad(format!("The file `{missing}` of `map` is missing.")).into()),
        }
    }

    /// The next part, which must have that name.
    async fn text(&mut self, name: &str) -> Result<Bytes, Refused> {
        match self.parts.next_field().await.map_err(broken)? {
            Some(part) if part.name() == Some(name) => part.bytes().await.map_err(broken),
            _ => Err(bad("A form has the parts `operations` and `map`, then the files, in this order.").into()),
        }
    }

    /// A file, kept as it arrives; of what is too large nothing is.
    async fn file(&self, mut part: Field<'_>) -> Result<Upload, Refused> {
        let name = cleaned(part.file_name().unwrap_or_default(), None);
        let (mut size, mut spooling) = (0_usize, Some(self.spool.begin()));
        while let Some(piece) = part.chunk().await.map_err(broken)? {
            size = size.saturating_add(piece.len());
            spooling = spooling.filter(|_| size <= self.bounds.largest);
            if let Some(file) = &mut spooling {
                file.keep(&piece).await.map_err(unkept)?;
            }
        }
        let content = match spooling {
            Some(file) => Some(file.done().await.map_err(unkept)?),
            None => None,
        };
        let kind = content.as_ref().and_then(|content| FileKind::of((&name, content.beginning()), &self.bounds.kinds));
        let fault = match (&content, kind) {
            (None, _) => Some(RefusalCode::FileTooLarge),
            (_, None) => Some(RefusalCode::FileTypeRefused),
            (Some(_), Some(_)) => None,
        };
        // What is refused is not kept until the rest has arrived.
        let content = content.filter(|_| fault.is_none()).unwrap_or_default();
        Ok(Upload { places: Vec::new(), name: cleaned(&name, kind), kind, content, fault })
    }
}

/// There is no room for the file, or it cannot be kept.
fn unkept(error: std::io::Error) -> Refused {
    let detail = format!("a file that is sent cannot be kept: {error}");
    let error =
        Error::new(Code::UpstreamUnavailable, detail).with_message("Files cannot be taken now; try again later.");
    tracing::error!(%error, "no room for what is sent");
    Refused::new(error.retryable(), StatusCode::SERVICE_UNAVAILABLE)
}

fn places(map: &[u8]) -> Outcomes<Places> {
    let form = || bad("`map` is an object of arrays of paths, such as `{\"0\":[\"variables.file\"]}`.");
    let Value::Object(members) = strict::parse(map, "`map`")? else { return Err(form()) };
    let paths = |value: Value| serde_json::from_value::<Vec<String>>(value).ok().filter(|paths| !paths.is_empty());
    members.into_iter().map(|(name, value)| Ok((name, paths(value).ok_or_else(form)?))).collect()
}

/// Puts a file where it stands: a null of the operations becomes its number.
fn place(requests: &mut Requests, paths: Vec<String>, file: Upload) -> Outcomes<()> {
    // Of a batch, each request that the file is for has it.
    let mut of: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for path in paths {
        let nowhere = || bad(format!("`map` names `{path}`, where the operations have no null in a variable."));
        let (at, inner) = match requests {
            Requests::One(_) => (0, path.as_str()),
            Requests::Batch(_) => {
                let (at, inner) = path.split_once('.').ok_or_else(nowhere)?;
                (at.parse().map_err(|_| nowhere())?, inner)
            }
        };
        let request = nth(requests, at).ok_or_else(nowhere)?;
        let number = request.files.len();
        let slot = slot(request, inner).filter(|value| value.is_null()).ok_or_else(nowhere)?;
        *slot = Value::from(number);
        of.entry(at).or_default().push(inner.to_owned());
    }
    for (at, places) in of {
        if let Some(request) = nth(requests, at) {
            request.files.push(Upload { places, ..file.clone() });
        }
    }
    Ok(())
}

fn nth(requests: &mut Requests, at: usize) -> Option<&mut GraphRequest> {
    match requests {
        Requests::One(request) => Some(request),
        Requests::Batch(all) => all.get_mut(at)?.as_mut().ok(),
    }
}

fn slot<'r>(request: &'r mut GraphRequest, path: &str) -> Option<&'r mut Value> {
    let mut steps = path.split('.');
    if steps.next() != Some("variables") {
        return None;
    }
    let mut value = request.variables.get_mut(steps.next()?)?;
    for step in steps {
        value = match value {
            Value::Object(members) => members.get_mut(step)?,
            Value::Array(all) => all.get_mut(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

fn broken(error: multer::Error) -> Refused {
    use multer::Error as E;
    match error {
        E::FieldSizeExceeded { limit, .. } => {
            let message = format!("A part of the form is too large: {limit} bytes are taken.");
            Refused::because(message, StatusCode::PAYLOAD_TOO_LARGE)
        }
        E::StreamSizeExceeded { limit } => {
            let message = format!("The form is too large: {limit} bytes are taken.");
            Refused::because(message, StatusCode::PAYLOAD_TOO_LARGE)
        }
        E::IncompleteFieldData { .. } | E::IncompleteHeaders | E::IncompleteStream | E::StreamReadFailed(_) => {
            bad("The form was cut off.").into()
        }
        _ => bad("The form cannot be read.").into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A part: its name, the name of the file if it is one, its content.
    type Part<'a> = (&'a str, Option<&'a str>, &'a str);

    fn form(parts: &[Part<'_>]) -> String {
        let mut text = String::new();
        for (name, file, content) in parts {
            let file = file.map_or_else(String::new, |file| format!("; filename=\"{file}\"\r\ncontent-type: text/csv"));
            text.push_str(&format!(
                "--cut\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n"
            ));
        }
        text + "--cut--\r\n"
    }

    fn bounds() -> ServerConfig {
        let mut config = ServerConfig { largest_body: 300, batch: 3, ..ServerConfig::default() };
        (config.uploads.files, config.uploads.largest, config.uploads.total) = (2, 20, 60);
        config
    }

    async fn sent(text: String) -> Result<Requests, Refused> {
        read((Body::from(text), "cut".to_owned()), &bounds(), &Spool::new(None, 1_000)).await
    }

    async fn refused(text: String) -> (u16, String) {
        let refused = sent(text).await.unwrap_err();
        (refused.status.as_u16(), refused.error.message().to_owned())
    }

    const ONE: &str = r#"{"query":"{a}","variables":{"file":null,"item":{"more":[null,1]}}}"#;

    #[tokio::test]
    async fn a_file_becomes_the_value_where_it_stands() {
        let map = r#"{"0":["variables.item.more.0"],"x":["variables.file"]}"#;
        let parts =
            [("operations", None, ONE), ("map", None, map), ("x", Some("a b.csv"), "1;2"), ("0", Some("../c.txt"), "")];
        let Requests::One(request) = sent(form(&parts)).await.unwrap() else { panic!("a batch") };
        assert_eq!(Value::Object(request.variables), json!({ "file": 0, "item": { "more": [1, 1] } }));
        let told: Vec<_> =
            request.files.iter().map(|file| (file.name.as_str(), file.content.beginning(), &file.places)).collect();
        let at = |path: &str| vec![path.to_owned()];
        assert_eq!(
            told,
            [("a b.csv", &b"1;2"[..], &at("variables.file")), ("c.txt", &b""[..], &at("variables.item.more.0")),]
        );
        let faults: Vec<_> = request.files.iter().map(|file| (file.kind, file.fault)).collect();
        assert_eq!(faults, [(Some(FileKind::Csv), None), (Some(FileKind::Txt), None)]);
    }

    #[tokio::test]
    async fn one_file_may_stand_in_several_places_and_requests() {
        let batch = r#"[{"query":"{a}","variables":{"f":[null,null]}},{"query":"{b}","variables":{"f":null}}]"#;
        let map = r#"{"0":["0.variables.f.1","1.variables.f","0.variables.f.0"]}"#;
        let parts = [("operations", None, batch), ("map", None, map), ("0", Some("c"), "text")];
        let Requests::Batch(all) = sent(form(&parts)).await.unwrap() else { panic!("no batch") };
        let all: Vec<_> = all.into_iter().map(Outcomes::unwrap).collect();
        assert_eq!(Value::Object(all[0].variables.clone()), json!({ "f": [0, 0] }));
        assert_eq!(all[0].files[0].places, ["variables.f.1", "variables.f.0"]);
        assert_eq!((all[1].files.len(), &all[1].files[0].places[0][..]), (1, "variables.f"));
    }

    #[tokio::test]
    async fn nothing_is_missing_left_over_or_somewhere_else() {
        let map = r#"{"0":["variables.file"]}"#;
        let file = ("0", Some("a"), "x");
        let order = "A form has the parts `operations` and `map`, then the files, in this order.";
        let nowhere = |path: &str| format!("`map` names `{path}`, where the operations have no null in a variable.");
        let shape = "`map` is an object of arrays of paths, such as `{\"0\":[\"variables.file\"]}`.";
        let stray = "A part of the form is neither `operations`, `map`, nor a file that `map` names once.";
        let with = |map: &'static str| vec![("operations", None, ONE), ("map", None, map), file];
        let cases: Vec<(Vec<Part<'_>>, String)> = vec![
            (vec![], order.to_owned()),
            (vec![file], order.to_owned()),
            (vec![("map", None, map), ("operations", None, ONE), file], order.to_owned()),
            (vec![("operations", None, ONE), file], order.to_owned()),
            (vec![("operations", None, "{"), ("map", None, map), file], {
                "The body is not JSON: EOF while parsing an object at line 1 column 1.".to_owned()
            }),
            (vec![("operations", None, ONE), ("map", None, map)], "The file `0` of `map` is missing.".to_owned()),
            (vec![("operations", None, ONE), ("map", None, map), file, file], stray.to_owned()),
            (vec![("operations", None, ONE), ("map", None, map), ("1", Some("a"), "x")], stray.to_owned()),
            (with("[]"), shape.to_owned()),
            (with(r#"{"0":[]}"#), shape.to_owned()),
            (with(r#"{"0":"variables.file"}"#), shape.to_owned()),
            (with(r#"{"0":["variables.file","variables.file"]}"#), nowhere("variables.file")),
            (with(r#"{"0":["variables.gone"]}"#), nowhere("variables.gone")),
            (with(r#"{"0":["variables.item"]}"#), nowhere("variables.item")),
            (with(r#"{"0":["variables.item.more.1"]}"#), nowhere("variables.item.more.1")),
            (with(r#"{"0":["variables.item.more.9"]}"#), nowhere("variables.item.more.9")),
            (with(r#"{"0":["query"]}"#), nowhere("query")),
            (with(r#"{"0":["variables"]}"#), nowhere("variables")),
            (with(r#"{"0":["0.variables.file"]}"#), nowhere("0.variables.file")),
        ];
        for (parts, told) in cases {
            assert_eq!(refused(form(&parts)).await, (400, told), "{parts:?}");
        }
        let whole = form(&[("operations", None, ONE), ("map", None, map), file]);
        for cut in [10, 60, 200, whole.len() - 12] {
            let told = refused(whole[..cut].to_owned()).await;
            assert_eq!(told, (400, "The form was cut off.".to_owned()), "{cut}: {}", &whole[..cut]);
        }
    }

    #[tokio::test]
    async fn files_have_bounds() {
        let map = r#"{"0":["variables.file"]}"#;
        // So many that the bound of the whole form is met.
        let endless = "x".repeat(40_000);
        let parts = [("operations", None, ONE), ("map", None, map), ("0", Some("a"), endless.as_str())];
        let whole = 60 + 2 * 300 + 3 * FRAME;
        let endless = "x".repeat(whole);
        assert!(sent(form(&parts)).await.is_ok(), "what is too large is read past");
        let parts = [("operations", None, ONE), ("map", None, map), ("0", Some("a"), endless.as_str())];
        let told = refused(form(&parts)).await;
        assert_eq!(told, (413, format!("The form is too large: {whole} bytes are taken.")));
        let many = r#"{"0":["variables.file"],"1":["variables.item.more.0"],"2":["variables.item.more.1"]}"#;
        let parts = [("operations", None, ONE), ("map", None, many)];
        assert_eq!(refused(form(&parts)).await, (413, "The request has 3 files; at most 2 are taken.".to_owned()));
        let long = format!("{ONE}{}", " ".repeat(300));
        let told = refused(form(&[("operations", None, long.as_str()), ("map", None, map)])).await;
        assert_eq!(told, (413, "A part of the form is too large: 300 bytes are taken.".to_owned()));
    }

    #[tokio::test]
    async fn a_file_that_is_not_taken_is_a_fault_where_it_stands_and_nothing_of_it_is_kept() {
        let map = r#"{"0":["variables.file"]}"#;
        let large = "x".repeat(21);
        for (name, content, fault) in [
            ("a.txt", "12345678901234567890", None),
            ("a.txt", large.as_str(), Some(RefusalCode::FileTooLarge)),
            ("a.exe", "x", Some(RefusalCode::FileTypeRefused)),
            ("a.pdf", "x", Some(RefusalCode::FileTypeRefused)),
            ("a.csv", "<html>", Some(RefusalCode::FileTypeRefused)),
        ] {
            let parts = [("operations", None, ONE), ("map", None, map), ("0", Some(name), content)];
            let Requests::One(request) = sent(form(&parts)).await.unwrap() else { panic!("a batch") };
            let file = &request.files[0];
            assert_eq!((file.fault, file.content.is_empty()), (fault, fault.is_some()), "{name}");
        }
    }

    #[tokio::test]
    async fn where_there_is_no_room_nothing_is_taken() {
        let mut config = bounds();
        (config.uploads.largest, config.uploads.total) = (100_000, 100_000);
        let large = "x".repeat(70_000);
        let map = r#"{"0":["variables.file"]}"#;
        let form = form(&[("operations", None, ONE), ("map", None, map), ("0", Some("a.txt"), large.as_str())]);
        let spool = Spool::new(None, 60_000);
        let refused = read((Body::from(form), "cut".to_owned()), &config, &spool).await.unwrap_err();
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.error.message(), "Files cannot be taken now; try again later.");
        assert_eq!(spool.left(), 60_000);
    }
}
