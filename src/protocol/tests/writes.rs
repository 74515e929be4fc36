//! Writes: what exactly is sent, and what is made of the answers.

use std::sync::Arc;

use bytes::Bytes;

use super::support::*;
use crate::connector::*;
use crate::expr::Program;
use crate::model::{Attachment, Person, RefusalCode, Unwritten, Wire};
use crate::protocol::{Row, WriteRow, WroteRow};
use crate::spool::FileKind;
use crate::upstream::Call;

const NAMES: &[&str] = &[
    "key",
    "input",
    "values",
    "record",
    "version",
    "etag",
    "reference",
    "before",
    "item",
    "caller",
    "settings",
    "row",
    "body",
];

fn cel(text: &str) -> Computed {
    Computed { program: Program::compile(text, NAMES).unwrap(), text: Arc::from(text) }
}

fn said_by(text: &str) -> Template {
    Template::Computed(cel(text))
}

/// `PATCH /things/{key}` with the values as JSON.
fn request(text: &str, body: Body) -> Request {
    let (method, address) = text.split_once(' ').unwrap();
    let methods = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];
    let method = methods.into_iter().find(|known| known.word() == method).unwrap();
    Request { body, ..Request::bare(method, pattern(address)) }
}

fn write(way: WriteWay) -> WriteMapping {
    WriteMapping {
        operation: "update".into(),
        way,
        instead: Vec::new(),
        before: Vec::new(),
        creates: false,
        by_key: true,
        fields: None,
        ignores: Vec::new(),
        used: Vec::new(),
        sends_values: true,
        looks_before: false,
        answer: WriteAnswer::default(),
        once: Once::Natural,
        confirm: None,
        touches: Vec::new(),
        files: FileRules::default(),
    }
}

fn patch() -> WriteMapping {
    write(WriteWay::Request(Box::new(request("PATCH /things/{key}", Body::Json(said_by("values"))))))
}

fn post() -> WriteMapping {
    let way = WriteWay::Request(Box::new(request("POST /things", Body::Json(said_by("values")))));
    WriteMapping { creates: true, by_key: false, answer: answer("thing"), ..write(way) }
}

fn answer(record: &str) -> WriteAnswer {
    WriteAnswer { record: Some(path(record)), ..WriteAnswer::default() }
}

fn object(members: &[(&str, &str)]) -> Wire {
    Wire::Object(members.iter().map(|(name, text)| (Arc::from(*name), Wire::Text((*text).into()))).collect())
}

fn row<'a>(mapping: &'a WriteMapping, key: Option<&str>) -> WriteRow<'a> {
    WriteRow {
        write: mapping,
        key: key.map(a_key),
        input: object(&[("status", "open")]),
        values: object(&[("status", "open")]),
        before: None,
        version: None,
        reference: "r1".into(),
        files: &[],
        person: Person { name: Some("Ana".into()), email: Some("ana@example.com".into()) },
        context: context(),
    }
}

fn done(bench: &Bench, of: &EntityMapping, row: &WriteRow<'_>) -> Result<WroteRow, Unwritten> {
    wait(bench.engine.write(of, row))
}

fn rest(errors: Errors) -> Connector {
    Connector { errors, ..connector(ProtocolKind::Rest) }
}

fn odata() -> Connector {
    let odata = Some(ODataOptions { version: 2, keys: 20, page: ODataPage::Skip, csrf: false });
    Connector { odata, ..connector(ProtocolKind::OData) }
}

/// What an outcome means, in a word.
fn told(outcome: &Result<WroteRow, Unwritten>) -> String {
    match outcome {
        Ok(wrote) => format!("written {}", wrote.key.as_ref().map_or("-", |key| key.as_str())),
        Err(Unwritten::Refused(all)) => {
            let one = |it: &crate::model::Refusal| format!("{} {}", it.path.join("."), it.code.name());
            all.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        Err(Unwritten::Unconfirmed) => "unconfirmed".to_owned(),
        Err(Unwritten::Conflict) => "conflict".to_owned(),
        Err(Unwritten::Failed(error)) => format!("failed {}", error.code().name()),
        Err(Unwritten::Uncertain(error)) => format!("uncertain {}", error.code().name()),
    }
}

#[test]
fn a_change_is_sent_once_and_is_no_read() {
    let bench = Bench::saying(rest(Errors::default()), "{}");
    let mapping = patch();
    let wrote = done(&bench, &entity(), &row(&mapping, Some("1"))).unwrap();
    assert_eq!(wrote.key, Some(a_key("1")));
    let calls = bench.calls();
    assert_eq!(calls.iter().map(said).collect::<Vec<_>>(), [r#"PATCH /v1/things/1 {"status":"open"}"#]);
    assert!(!calls[0].safe, "nobody sends it again by himself");
}

#[test]
fn what_was_made_is_known_by_the_answer_and_our_reference_goes_along() {
    let bench =
        Bench::saying(rest(Errors::default()), r#"{"thing":{"id":7,"status":"open"},"page":{"url":"https://x"}}"#);
    let mapping = WriteMapping {
        once: Once::Known { header: Some(("Idempotency-Key".into(), std::time::Duration::from_secs(60))), look: None },
        answer: WriteAnswer { gives: vec![("redirectUrl".into(), path("page.url"))], ..answer("thing") },
        ..post()
    };
    let wrote = done(&bench, &entity(), &row(&mapping, None)).unwrap();
    assert_eq!(wrote.key, Some(a_key("7")));
    assert_eq!(json(&wrote.row.unwrap().row), r#"{"id":7,"status":"open"}"#);
    assert_eq!(wrote.gives, [(Arc::from("redirectUrl"), Wire::Text("https://x".into()))]);
    assert_eq!(bench.calls()[0].headers["idempotency-key"], "r1");
}

#[test]
fn what_a_failure_means_hangs_on_whether_anything_can_have_been_written() {
    let errors = || Errors {
        code: vec![path("code")],
        field: vec![path("field")],
        message: vec![path("message")],
        refusals: [("too_much".into(), RefusalCode::OutOfRange)].into(),
        kinds: [("busy".into(), ErrorKind::Locked)].into(),
        public: vec!["too_much".into()],
        ..Errors::default()
    };
    let cases: [(u16, &str, &str, &str); 13] = [
        (400, r#"{"code":"too_much","field":"status"}"#, "status OUT_OF_RANGE", "status OUT_OF_RANGE"),
        (400, r#"{"code":"odd","field":"nothing"}"#, " REJECTED_BY_SYSTEM", " REJECTED_BY_SYSTEM"),
        (422, "not JSON", " REJECTED_BY_SYSTEM", " REJECTED_BY_SYSTEM"),
        (404, "{}", "id NOT_FOUND", "id NOT_FOUND"),
        (409, "{}", "conflict", " DUPLICATE"),
        (412, "{}", "conflict", " DUPLICATE"),
        (400, r#"{"code":"busy"}"#, " LOCKED", " LOCKED"),
        (401, "{}", "failed UPSTREAM_UNAVAILABLE", "failed UPSTREAM_UNAVAILABLE"),
        (429, "{}", "failed RATE_LIMITED", "failed RATE_LIMITED"),
        (503, "{}", "uncertain WRITE_UNCERTAIN", "uncertain WRITE_UNCERTAIN"),
        (200, "<html>", "uncertain WRITE_UNCERTAIN", "uncertain WRITE_UNCERTAIN"),
        (CUT, "", "uncertain WRITE_UNCERTAIN", "uncertain WRITE_UNCERTAIN"),
        (NO_CONNECTION, "", "failed UPSTREAM_UNAVAILABLE", "failed UPSTREAM_UNAVAILABLE"),
    ];
    for (status, body, changed, made) in cases {
        let bench = Bench::new(rest(errors()), move |_| (status, body.to_owned()));
        let (change, make) = (patch(), post());
        assert_eq!(told(&done(&bench, &entity(), &row(&change, Some("1")))), changed, "{status} {body}");
        assert_eq!(told(&done(&bench, &entity(), &row(&make, None))), made, "{status} {body}");
        assert_eq!(bench.asked().len(), 2, "each was sent once");
    }
}

#[test]
fn only_codes_that_customers_may_read_show_the_systems_own_words() {
    let errors = Errors {
        code: vec![path("code")],
        message: vec![path("say")],
        public: vec!["open".into()],
        ..Errors::default()
    };
    let bench = Bench::new(rest(errors), |call| {
        let code = if call.url.path().ends_with('1') { "open" } else { "closed" };
        (400, format!(r#"{{"code":"{code}","say":"Locked by SMITHJ"}}"#))
    });
    let mapping = patch();
    let message = |key| match done(&bench, &entity(), &row(&mapping, Some(key))) {
        Err(Unwritten::Refused(all)) => all[0].message.clone(),
        other => panic!("{}", told(&other)),
    };
    assert_eq!(message("1").as_deref(), Some("Locked by SMITHJ"));
    assert_eq!(message("2"), None);
}

#[test]
fn something_that_was_made_and_has_no_key_in_the_answer_is_uncertain() {
    let bench = Bench::saying(rest(Errors::default()), r#"{"ok":true}"#);
    let mapping = post();
    assert_eq!(told(&done(&bench, &entity(), &row(&mapping, None))), "uncertain WRITE_UNCERTAIN");
}

#[test]
fn a_key_that_cannot_be_one_is_never_sent() {
    let bench = Bench::saying(rest(Errors::default()), "{}");
    let mut of = entity();
    of.key[0].wire = KeyWire::Int;
    let mapping = patch();
    assert_eq!(told(&done(&bench, &of, &row(&mapping, Some("1/../2")))), "id NOT_FOUND");
    assert!(bench.asked().is_empty());
}

#[test]
fn files_are_sent_up_first_and_their_names_are_put_into_the_write() {
    let bench = Bench::new(rest(Errors::default()), |call| match call.url.path() {
        "/v1/uploads" => (201, format!(r#"{{"token":"t{}"}}"#, call.body.len())),
        _ => (200, r#"{"thing":{"id":"1"}}"#.to_owned()),
    });
    let mut upload = request("POST /uploads", Body::Bytes(said_by("item")));
    upload.query = named(&[("filename", said_by("item.name"))]);
    let step = Before {
        name: "files".into(),
        each: Some(cel("input.files")),
        when: None,
        request: upload,
        gives: path("token"),
    };
    let skipped = Before {
        name: "user".into(),
        each: None,
        when: Some(cel("caller.contact == null")),
        request: request("POST /users", Body::None),
        gives: path("id"),
    };
    let body = Template::Object(named(&[("uploads", said_by("before.files")), ("user", said_by("before.user"))]));
    let way = WriteWay::Request(Box::new(request("POST /things", Body::Json(body))));
    let mapping = WriteMapping { before: vec![skipped, step], answer: answer("thing"), ..write(way) };
    let file = |name: &str, content: &'static [u8]| Attachment {
        name: name.into(),
        kind: Some(FileKind::Png),
        content: Bytes::from_static(content).into(),
        path: Vec::new(),
    };
    let files = [file("a b.png", b"123"), file("c.png", b"12345")];
    let numbers = Wire::List(vec![Wire::Number("1".into()), Wire::Number("0".into())]);
    let input = Wire::Object(vec![("files".into(), numbers)]);
    let row = WriteRow { input, files: &files, ..row(&mapping, None) };
    assert_eq!(told(&done(&bench, &entity(), &row)), "written 1");
    let calls = bench.calls();
    assert_eq!(
        calls.iter().map(said).collect::<Vec<_>>(),
        [
            "POST /v1/uploads?filename=c.png 12345",
            "POST /v1/uploads?filename=a b.png 123",
            r#"POST /v1/things {"uploads":["t5","t3"]}"#
        ]
    );
    assert_eq!(calls[0].headers["content-type"], "image/png");
    assert_eq!(calls.iter().map(|call| call.safe).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn what_fails_before_the_write_has_written_nothing() {
    for (status, outcome) in
        [(503, "failed UPSTREAM_UNAVAILABLE"), (CUT, "failed UPSTREAM_UNAVAILABLE"), (404, "id NOT_FOUND")]
    {
        let bench = Bench::new(rest(Errors::default()), move |_| (status, "{}".to_owned()));
        let request = request("GET /things/1", Body::None);
        let step = Before { name: "stamp".into(), each: None, when: None, request, gives: path("at") };
        let mapping = WriteMapping { before: vec![step], ..patch() };
        assert_eq!(told(&done(&bench, &entity(), &row(&mapping, Some("1")))), outcome);
        assert_eq!(bench.asked(), ["GET /v1/things/1"]);
    }
}

#[test]
fn another_request_is_sent_where_its_condition_holds() {
    let bench = Bench::saying(rest(Errors::default()), "{}");
    let gone = (cel("input.status == 'open'"), request("DELETE /things/{key}", Body::None));
    let mapping = WriteMapping { instead: vec![gone], ..patch() };
    done(&bench, &entity(), &row(&mapping, Some("1"))).unwrap();
    let closed = WriteRow { input: object(&[("status", "closed")]), ..row(&mapping, Some("1")) };
    done(&bench, &entity(), &closed).unwrap();
    assert_eq!(bench.asked(), ["DELETE /v1/things/1", r#"PATCH /v1/things/1 {"status":"open"}"#]);
}

#[test]
fn the_last_rows_of_a_list_are_compared_with_what_was_sent() {
    let bench = Bench::saying(rest(Errors::default()), r#"{"audits":[{"id":1,"by":"r0"},{"id":2,"by":"r1"}]}"#);
    let look = LookBy::Last {
        request: Box::new(request("GET /things/audits", Body::None)),
        rows: path("audits"),
        same: cel("row.by == reference"),
        key: vec![Origin::Path(path("id"))],
    };
    let mapping = patch();
    let found = |reference: &str| {
        let row = WriteRow { reference: reference.into(), ..row(&mapping, Some("1")) };
        wait(bench.engine.look(&entity(), &row, &look)).unwrap()
    };
    assert_eq!(found("r1"), Some(a_key("2")));
    assert_eq!(found("r9"), None);
}

#[test]
fn a_row_of_odata_is_made_with_what_hangs_on_it() {
    let bench = Bench::new(odata(), |_| (201, r#"{"d":{"__metadata":{"etag":"W/\"1\""},"id":"9"}}"#.to_owned()));
    let mapping = WriteMapping {
        creates: true,
        by_key: false,
        ..write(WriteWay::Row(named(&[("Area", literal("1710")), ("Note", said_by("input.note"))])))
    };
    let items = Wire::List(vec![object(&[("Material", "M1")])]);
    let values = Wire::Object(vec![("Customer".into(), Wire::Text("17".into())), ("to_Item".into(), items)]);
    let row = WriteRow { values, ..row(&mapping, None) };
    let wrote = done(&bench, &entity(), &row).unwrap();
    assert_eq!((wrote.key, wrote.row.unwrap().etag.as_deref()), (Some(a_key("9")), Some("W/\"1\"")));
    assert_eq!(
        bench.asked(),
        [r#"POST /v1/SRV/Things {"Customer":"17","to_Item":{"results":[{"Material":"M1"}]},"Area":"1710"}"#]
    );
}

#[test]
fn a_row_of_odata_is_changed_under_its_entity_tag() {
    let bench = Bench::new(odata(), |_| (204, String::new()));
    let of = EntityMapping { version: Some(Version::ETag), ..entity() };
    let mapping = write(WriteWay::Row(Vec::new()));
    let before = Row { row: object(&[("id", "O'1")]), facets: vec![], parent: None, etag: Some("W/\"7\"".into()) };
    let row = WriteRow { before: Some(before), ..row(&mapping, Some("O'1")) };
    assert_eq!(told(&done(&bench, &of, &row)), "written O'1");
    let call = &bench.calls()[0];
    assert_eq!(said(call), r#"PATCH /v1/SRV/Things('O''1') {"status":"open"}"#);
    assert_eq!(call.headers["if-match"], "W/\"7\"");
    assert_eq!(&*call.template, "PATCH SRV/Things({key})", "no value is in what is logged");
}

fn each() -> WriteMapping {
    each_of(&["Thing", "Item"])
}

/// The items of a thing, which have this key.
fn each_of(key: &[&str]) -> WriteMapping {
    let values = named(&[("Reason", literal("10"))]);
    let key = key.iter().map(|column| Arc::from(*column)).collect();
    write(WriteWay::Each(EachRow { set: "SRV/Items".into(), by: "Thing".into(), key, values }))
}

const ITEMS: &str =
    r#"{"d":{"results":[{"Thing":"1","Item":"10"},{"Thing":"1","Item":"20","__metadata":{"etag":"W/\"i\""}}]}}"#;

fn batch_answer(status: &str, body: &str) -> String {
    format!(
        "--x\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 {status}\r\nContent-Type: application/json\r\n\r\n{body}\r\n--x--\r\n"
    )
}

#[test]
fn every_row_that_hangs_on_a_record_is_changed_in_one_changeset() {
    let bench = Bench::new(odata(), |call| match call.url.path() {
        "/v1/SRV/$batch" => (202, batch_answer("204 No Content", "")),
        _ => (200, ITEMS.to_owned()),
    });
    let mapping = each();
    let before = Row { row: object(&[("id", "1")]), facets: vec![], parent: None, etag: Some("W/\"t\"".into()) };
    let row = WriteRow { before: Some(before), ..row(&mapping, Some("1")) };
    assert_eq!(told(&done(&bench, &entity(), &row)), "written 1");
    let calls = bench.calls();
    let read = "GET /v1/SRV/Items?$filter=Thing eq '1'&$select=Thing,Item&$orderby=Thing,Item&$top=1000&$format=json";
    assert_eq!(said(&calls[0]), read);
    assert_eq!(calls[1].headers["content-type"], "multipart/mixed; boundary=batch_changes_r1");
    assert!(!calls[1].safe);
    let body = String::from_utf8(calls[1].body.beginning().to_vec()).unwrap();
    let expected = "--batch_changes_r1\r\nContent-Type: multipart/mixed; boundary=changes_r1\r\n\r\n\
        --changes_r1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 1\r\n\r\n\
        PATCH Items(Thing=%271%27,Item=%2710%27) HTTP/1.1\r\nContent-Type: application/json\r\nAccept: application/json\r\n\
        If-Match: W/\"t\"\r\nContent-Length: 15\r\n\r\n{\"Reason\":\"10\"}\r\n\r\n\
        --changes_r1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 2\r\n\r\n\
        PATCH Items(Thing=%271%27,Item=%2720%27) HTTP/1.1\r\nContent-Type: application/json\r\nAccept: application/json\r\n\
        If-Match: W/\"i\"\r\nContent-Length: 15\r\n\r\n{\"Reason\":\"10\"}\r\n\r\n\
        --changes_r1--\r\n\r\n--batch_changes_r1--\r\n";
    assert_eq!(body, expected);
}

#[test]
fn a_changeset_is_refused_as_a_whole() {
    let errors = Errors {
        code: vec![path("error.code")],
        refusals: [("V1/1".into(), RefusalCode::NotAllowed)].into(),
        ..Errors::default()
    };
    for (answer, outcome) in [
        (batch_answer("400 Bad Request", r#"{"error":{"code":"V1/1"}}"#), " NOT_ALLOWED"),
        (batch_answer("412 Precondition Failed", "{}"), "conflict"),
        (batch_answer("500 Internal Server Error", "{}"), "uncertain WRITE_UNCERTAIN"),
        ("nothing".to_owned(), "uncertain WRITE_UNCERTAIN"),
    ] {
        let bench = Bench::new(Connector { errors: errors.clone(), ..odata() }, move |call| match call.url.path() {
            "/v1/SRV/$batch" => (202, answer.clone()),
            _ => (200, ITEMS.to_owned()),
        });
        let mapping = each();
        assert_eq!(told(&done(&bench, &entity(), &row(&mapping, Some("1")))), outcome);
    }
}

/// A page of items, with a link to the next one where there is more.
fn items(version: u8, rows: &str, more: bool) -> String {
    match (version, more) {
        (2, false) => format!(r#"{{"d":{{"results":[{rows}]}}}}"#),
        (2, true) => format!(r#"{{"d":{{"results":[{rows}],"__next":"https://x/y?$skiptoken=2"}}}}"#),
        (_, false) => format!(r#"{{"value":[{rows}]}}"#),
        (_, true) => format!(r#"{{"value":[{rows}],"@odata.nextLink":"https://x/y?$skiptoken=2"}}"#),
    }
}

/// The rows that a changeset changes.
fn patched(call: &Call) -> Vec<String> {
    let body = String::from_utf8(call.body.beginning().to_vec()).unwrap();
    body.lines().filter_map(|line| Some(line.strip_prefix("PATCH ")?.strip_suffix(" HTTP/1.1")?.to_owned())).collect()
}

#[test]
fn the_rows_of_every_page_are_changed() {
    for (version, page, next) in [(2, ODataPage::Skip, "$skip=2"), (4, ODataPage::NextLink, "$skiptoken=2")] {
        let odata = Some(ODataOptions { version, keys: 20, page, csrf: false });
        let bench = Bench::new(Connector { odata, ..connector(ProtocolKind::OData) }, move |call| {
            let second = parameters(call).any(|(name, at)| format!("{name}={at}") == next);
            match call.url.path() {
                "/v1/SRV/$batch" => (202, batch_answer("204 No Content", "")),
                _ if second => (200, items(version, r#"{"Thing":"1","Item":"30"}"#, false)),
                _ => (200, items(version, r#"{"Thing":"1","Item":"10"},{"Thing":1,"Item":"20"}"#, true)),
            }
        });
        let mapping = each();
        assert_eq!(told(&done(&bench, &entity(), &row(&mapping, Some("1")))), "written 1");
        let calls = bench.calls();
        assert_eq!(calls.len(), 3, "two pages, and one changeset");
        assert_eq!(
            patched(&calls[2]),
            [
                "Items(Thing=%271%27,Item=%2710%27)",
                "Items(Thing=1,Item=%2720%27)",
                "Items(Thing=%271%27,Item=%2730%27)"
            ]
        );
    }
}

#[test]
fn whose_a_row_is_is_read_also_where_its_key_does_not_say_so() {
    let bench = Bench::new(odata(), |call| match call.url.path() {
        "/v1/SRV/$batch" => (202, batch_answer("204 No Content", "")),
        _ => (200, ITEMS.to_owned()),
    });
    let mapping = each_of(&["Item"]);
    assert_eq!(told(&done(&bench, &entity(), &row(&mapping, Some("1")))), "written 1");
    let calls = bench.calls();
    assert!(said(&calls[0]).contains("&$select=Item,Thing&$orderby=Item&"), "{}", said(&calls[0]));
    assert_eq!(patched(&calls[1]), ["Items(%2710%27)", "Items(%2720%27)"]);
}

#[test]
fn nothing_is_changed_where_it_is_not_certain_which_rows_hang_on_the_record() {
    let own = r#"{"Thing":"1","Item":"10"}"#;
    let beside = |other: &str| items(2, &format!("{own},{other}"), false);
    let many = [own; 600].join(",");
    let stranger = "`SRV/Items` answered with rows whose `Thing` is not the record's key";
    let cases = [
        (beside(r#"{"Thing":"2","Item":"10"}"#), stranger),
        (beside(r#"{"Thing":"01","Item":"10"}"#), stranger),
        (beside(r#"{"Item":"10"}"#), stranger),
        (items(2, "", false), "`SRV/Items` has no rows"),
        (items(2, &many, true), "`SRV/Items` has more than 1000 rows"),
        (items(2, "", true), "or more pages than are read"),
        ("{}".to_owned(), "the answer has no rows"),
    ];
    for (answer, why) in cases {
        let bench = Bench::new(odata(), move |_| (200, answer.clone()));
        let mapping = each();
        match done(&bench, &entity(), &row(&mapping, Some("1"))) {
            Err(Unwritten::Failed(error)) => assert!(error.detail().contains(why), "{}", error.detail()),
            other => panic!("{}", told(&other)),
        }
        assert!(bench.asked().iter().all(|call| call.starts_with("GET ")), "nothing is sent: {why}");
    }
}
