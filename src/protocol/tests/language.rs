//! Which way of a list is taken, and how conditions are written for it.

use std::sync::Arc;

use super::rest_list::{listed, parameter, rest, under_parent};
use super::support::*;
use crate::connector::*;
use crate::error::Code;
use crate::model::{Order, Test as Wanted};
use crate::protocol::ListRows;

fn words(text: &str) -> Fragment {
    Fragment::Text(pattern(text))
}

pub fn search() -> Read {
    let language = Language {
        form: LanguageForm::Text,
        tests: vec![
            (LanguageTest::Eq, words("{field}:{value}")),
            (LanguageTest::InEach, words("{field}:{value}")),
            (LanguageTest::From, words("{field}>={value}")),
            (LanguageTest::Before, words("{field}<{value}")),
        ],
        and: " ".into(),
        quote: "\"".into(),
        escape: "\\".into(),
        order: Some((words("sort_by={field}&sort_order=asc"), words("sort_by={field}&sort_order=desc"))),
        order_params: true,
    };
    let mut way = read("GET /search", "rows");
    way.request.query = named(&[("query", computed("where"))]);
    let page = Page {
        size: Some("per_page".into()),
        at: Some("page".into()),
        total: Some(path("count")),
        ..page(PageStyle::Number)
    };
    Read {
        language: Some(Arc::new(language)),
        by: Some("account".into()),
        filter: vec![(STATUS, "status".into()), (DAY, "created".into())],
        order: vec![(DAY, "created_at".into())],
        page,
        ..way
    }
}

#[test]
fn the_first_way_that_can_do_it_is_taken() {
    let of = listed(vec![under_parent(), search()]);
    let bench = Bench::saying(rest(), r#"{"rows":[],"count":0,"meta":{"more":false}}"#);
    bench.list(&of, listing(&[&["A"]], 2));
    assert_eq!(bench.asked(), ["GET /v1/accounts/A/things?page[size]=2"]);
    let ordered = Some(Order { field: DAY, descending: true });
    let filter = vec![one_of(STATUS, &["open"])];
    bench.list(&of, ListRows { filter, order: ordered, ..listing(&[&["A"]], 2) });
    assert_eq!(
        bench.asked(),
        [r#"GET /v1/search?query=account:"A" status:"open"&sort_by=created_at&sort_order=desc&per_page=2&page=1"#]
    );
    let unknown = Some(Order { field: STATUS, descending: false });
    let error = bench.list(&of, ListRows { order: unknown, ..listing(&[&["A"]], 2) }).remove(0).unwrap_err();
    assert_eq!(error.code(), Code::BadUserInput);
}

#[test]
fn conditions_are_never_narrower_than_asked() {
    let of = listed(vec![search()]);
    let bench = Bench::saying(rest(), r#"{"rows":[],"count":0}"#);
    let days = Wanted::Between { from: Some("2026-01-01".into()), to: Some("2026-01-31".into()), inclusive: true };
    let filter = vec![one_of(STATUS, &["a", "b"]), crate::model::Condition { field: DAY, test: days }];
    bench.list(&of, ListRows { filter, ..listing(&[&["A"]], 2) });
    let all = bench.asked().remove(0);
    assert!(all.contains(r#"status:"a" status:"b" created>=2026-01-01 created<2026-02-01"#), "{all}");
}

#[test]
fn words_are_the_systems_and_what_has_none_is_not_pushed() {
    let mut of = listed(vec![search()]);
    let Some(Some(Mapping::One(status))) = of.fields.get_mut(1) else { panic!("the status is one value") };
    status.map =
        vec![("new".into(), crate::model::Value::text("OPEN")), ("open".into(), crate::model::Value::text("OPEN"))];
    status.otherwise = Some(crate::model::Value::text("OTHER"));
    let bench = Bench::saying(rest(), r#"{"rows":[],"count":0}"#);
    let query = |value: &str| {
        bench.list(&of, ListRows { filter: vec![one_of(STATUS, &[value])], ..listing(&[&["A"]], 2) });
        parameter(&bench.calls()[0], "query").unwrap()
    };
    assert_eq!(query("OPEN"), r#"account:"A" status:"new" status:"open""#);
    assert_eq!(query("OTHER"), r#"account:"A""#);
}

#[test]
fn no_value_can_leave_its_quotes() {
    let bench = Bench::saying(rest(), r#"{"rows":[],"count":0}"#);
    let filter = vec![one_of(STATUS, &[r#"x" account:"B\"#])];
    bench.list(&listed(vec![search()]), ListRows { filter, ..listing(&[&["A"]], 2) });
    let query = parameter(&bench.calls()[0], "query").unwrap();
    assert_eq!(query, r#"account:"A" status:"x\" account:\"B\\""#);
}

#[test]
fn conditions_can_be_json_or_parameters() {
    let object = |operator: &str, value: (&str, &str)| {
        let text = |text: &str| crate::model::Wire::Text(text.into());
        Fragment::Json(crate::model::Wire::Object(vec![
            ("name".into(), text("{field}")),
            ("op".into(), text(operator)),
            (value.0.into(), text(value.1)),
        ]))
    };
    let language = Language {
        form: LanguageForm::Json,
        tests: vec![
            (LanguageTest::Eq, object("EQ", ("value", "{value}"))),
            (LanguageTest::In, object("IN", ("values", "{values}"))),
        ],
        ..Language::default()
    };
    let mut way = search();
    way.language = Some(Arc::new(language));
    way.request = read("POST /search", "rows").request;
    way.request.body =
        Body::Json(Template::Object(named(&[("filters", computed("where")), ("sorts", computed("order"))])));
    let bench = Bench::saying(rest(), r#"{"rows":[],"count":0}"#);
    let read = ListRows { filter: vec![one_of(STATUS, &["{value}", "b"])], ..listing(&[&["A{field}"]], 2) };
    bench.list(&listed(vec![way.clone()]), read.clone());
    assert_eq!(
        bench.asked(),
        [concat!(
            r#"POST /v1/search {"filters":[{"name":"account","op":"EQ","value":"A{field}"},"#,
            r#"{"name":"status","op":"IN","values":["{value}","b"]}],"per_page":2,"page":1}"#
        )]
    );
    let parameters = Language {
        tests: vec![(LanguageTest::Eq, words("{field}={value}")), (LanguageTest::From, words("{field}[gte]={value}"))],
        ..Language::default()
    };
    let days = Wanted::Between { from: Some("2026-01-01".into()), to: None, inclusive: true };
    let filter = vec![one_of(STATUS, &["a&b=c"]), crate::model::Condition { field: DAY, test: days }];
    way = Read {
        language: Some(Arc::new(parameters)),
        page: page(PageStyle::None),
        ..super::support::read("GET /list", "rows")
    };
    way.by = Some("account".into());
    way.filter = search().filter;
    bench.list(&listed(vec![way]), ListRows { filter, ..listing(&[&["A"]], 2) });
    let call = bench.calls().remove(0);
    let get = |name: &str| parameter(&call, name);
    let parameters = [get("account"), get("status"), get("created[gte]")];
    assert_eq!(parameters.map(Option::unwrap), ["A", "a&b=c", "2026-01-01"]);
    assert_eq!(super::support::parameters(&call).count(), 3);
}

#[test]
fn days_are_the_zones_own_where_the_system_counts_seconds() {
    let mut of = listed(vec![search()]);
    let Some(Some(Mapping::One(day))) = of.fields.get_mut(2) else { panic!("the day is one value") };
    day.wire = WireForm::Unix;
    let bench = Bench::saying(rest(), r#"{"rows":[],"count":0}"#);
    let days = Wanted::Between { from: Some("2026-07-01".into()), to: Some("2026-07-01".into()), inclusive: true };
    let filter = vec![crate::model::Condition { field: DAY, test: days }];
    bench.list(&of, ListRows { filter, ..listing(&[&["A"]], 2) });
    let query = parameter(&bench.calls()[0], "query").unwrap();
    assert!(query.ends_with("created>=1782856800 created<1782943200"), "{query}");
}
