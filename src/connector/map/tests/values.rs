//! Values of fields, one mapping at a time.

use super::fixture::{ACCOUNT, LINE, World, computed, condition, from, one, path, value};
use super::*;
use crate::connector::mapping::{Digits, FileMapping, Form, Mapping, ObjectMapping, ValueMapping, WireForm};
use crate::graph::{Scalar, Shape};

/// A value as text: `null`, `!` with what went wrong, the rest as one would write it.
fn show(value: &Value) -> String {
    let all = |items: &[Value]| items.iter().map(show).collect::<Vec<_>>().join(" ");
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Text(text) => text.to_string(),
        Value::List(items) => format!("[{}]", all(items)),
        Value::Object(fields) => format!("{{{}}}", all(fields)),
        Value::Reference(to) => {
            format!("{}/{}/{:?}/{}", to.entity.0, to.source.0, to.by.map(|by| by.0), to.key.as_str())
        }
        Value::File(file) => format!("{} at {}{}", all(&file.values), file.at, if file.safe { "" } else { " unsafe" }),
        Value::Fault(error) => format!("!{}", error.detail()),
    }
}

fn check(field: &str, mapping: impl Fn() -> ValueMapping, cases: &[(&str, &str)]) {
    let mut world = World::new();
    for (row, expected) in cases {
        let whole = format!("{{\"id\":\"1\",{}", row.trim_start_matches('{'));
        let found = world.value(field, Mapping::One(Box::new(mapping())), &whole);
        assert_eq!(show(&found), *expected, "{field} of {row}");
    }
}

fn scalar(kind: Scalar) -> Form {
    Form::Shape(Shape::Scalar(kind))
}

fn words(pairs: &[(&str, &str)]) -> Vec<(Arc<str>, Value)> {
    pairs.iter().map(|(theirs, ours)| (Arc::from(*theirs), Value::text(ours))).collect()
}

fn status() -> Form {
    Form::Shape(Shape::Enum(["OPEN", "DONE", "OTHER"].map(Arc::from).into()))
}

#[test]
fn the_first_that_is_there_counts() {
    let mapping =
        || value(scalar(Scalar::String), vec![from("a"), computed("settings.prefix + row.b"), from("facet0.name")]);
    check(
        "number",
        mapping,
        &[
            (r#"{"a":"x","b":"y"}"#, "x"),
            (r#"{"a":"","b":"y"}"#, "P-y"),
            (r#"{"a":false}"#, "Ada"),
            (r#"{"a":{}}"#, "!`a, = settings.prefix + row.b, facet0.name` should be a text, but is a map of 0"),
            (
                r#"{"b":[1]}"#,
                "!`= settings.prefix + row.b` failed at column 17: this operator does not take a text and a list",
            ),
        ],
    );
}

#[test]
fn faults_name_the_path_and_never_the_value() {
    let mut world = World::new();
    let found = world.value("placedOn", one(scalar(Scalar::Date), "on"), r#"{"id":"1","on":"geheim!"}"#);
    let Value::Fault(error) = found else { panic!("{found:?}") };
    assert_eq!(error.code(), Code::UpstreamRejected);
    assert_eq!(error.detail(), "`on` should be a day, but is a text of 7 characters");
    assert_eq!(error.entity().map(|entity| &**entity), Some("Order"));
    assert!(!error.message().contains("on`"), "clients get no path");
}

#[test]
fn conditions_cases_and_otherwise() {
    let mapping = || ValueMapping {
        when: Some(condition("kind", "order")),
        cases: vec![(condition("rejected", "true"), Value::text("DONE"))],
        map: words(&[("o", "OPEN"), ("5", "DONE")]),
        ..value(status(), vec![from("status")])
    };
    check(
        "status",
        mapping,
        &[
            (r#"{"kind":"order","status":"o"}"#, "OPEN"),
            (r#"{"kind":"order","status":5}"#, "DONE"),
            (r#"{"kind":"order","status":"o","rejected":true}"#, "DONE"),
            (r#"{"kind":"order","status":"zz"}"#, "OTHER"),
            (r#"{"kind":"order","status":"OPEN"}"#, "OTHER"),
            (r#"{"kind":"order"}"#, "null"),
            (r#"{"kind":"quote","status":"o"}"#, "null"),
            (r#"{"kind":"order","status":["o"]}"#, "!`status` should be one word, but is a list of 1"),
        ],
    );
    let otherwise = || ValueMapping { otherwise: Some(Value::text("OPEN")), ..mapping() };
    check(
        "status",
        otherwise,
        &[
            (r#"{"kind":"order","status":"zz"}"#, "OPEN"),
            (r#"{"kind":"order"}"#, "OPEN"),
            (r#"{"kind":"quote"}"#, "null"),
        ],
    );
    let cases =
        || ValueMapping { cases: vec![(condition("a", "1"), Value::text("DONE"))], ..value(status(), Vec::new()) };
    check("status", cases, &[(r#"{"a":1}"#, "DONE"), (r#"{"a":2}"#, "OTHER")]);
    let computed = || value(status(), vec![computed("row.n == 1 ? 'OPEN' : 'ELSE'")]);
    check("status", computed, &[(r#"{"n":1}"#, "OPEN"), (r#"{"n":2}"#, "OTHER")]);
    let lower = || ValueMapping { wire: WireForm::Lower, ..value(status(), vec![from("s")]) };
    check("status", lower, &[(r#"{"s":"open"}"#, "OPEN")]);
    let closed = || value(Form::Shape(Shape::Enum(Arc::from([Arc::from("OPEN")]))), vec![from("s")]);
    check("status", closed, &[(r#"{"s":"zz"}"#, "null")]);
}

#[test]
fn words_map_to_booleans_and_texts() {
    let yes_no = vec![(Arc::from("Y"), Value::Bool(true)), (Arc::from("N"), Value::Bool(false))];
    let strict = || ValueMapping { map: yes_no.clone(), ..value(scalar(Scalar::Boolean), vec![from("b")]) };
    check(
        "number",
        strict,
        &[
            (r#"{"b":"Y"}"#, "true"),
            (r#"{"b":"N"}"#, "false"),
            (r#"{"b":"true"}"#, "true"),
            (r#"{"b":false}"#, "false"),
            (r#"{"b":"X"}"#, "!`b` should be true or false, but is a text of 1 characters"),
            (r#"{"c":1}"#, "null"),
        ],
    );
    let lenient = || ValueMapping { otherwise: Some(Value::Bool(false)), ..strict() };
    check("number", lenient, &[(r#"{"b":"X"}"#, "false"), (r#"{"c":1}"#, "false"), (r#"{"b":"Y"}"#, "true")]);
    let text = || ValueMapping { map: words(&[("1", "one")]), ..value(scalar(Scalar::String), vec![from("t")]) };
    check("number", text, &[(r#"{"t":1}"#, "one"), (r#"{"t":2}"#, "2")]);
}

#[test]
fn lists_lose_what_is_empty() {
    let list = |of: Shape| Form::Shape(Shape::List { of: Box::new(of), elements_non_null: true });
    let mapping = || value(list(Shape::Scalar(Scalar::Int)), vec![from("n")]);
    check(
        "tags",
        mapping,
        &[
            (r#"{"n":[1,null,"2",""]}"#, "[1 2]"),
            (r#"{"n":5}"#, "[5]"),
            (r#"{"n":[1,"x"]}"#, "[1 !`n` should be a whole number of 32 bits, but is a text of 1 characters]"),
            (r#"{}"#, "[]"),
        ]
        .map(|(row, expected)| (if row == "{}" { r#"{"z":1}"# } else { row }, expected)),
    );
    let enums = || ValueMapping {
        map: words(&[("o", "OPEN")]),
        ..value(list(Shape::Enum(Arc::from([Arc::from("OPEN")]))), vec![from("a[].s")])
    };
    check("tags", enums, &[(r#"{"a":[{"s":"o"},{"s":"zz"},{}]}"#, "[OPEN]")]);
    let mut world = World::new();
    let items = || Mapping::Items(vec![one(scalar(Scalar::String), "l1"), one(scalar(Scalar::String), "l2")]);
    assert_eq!(show(&world.value("tags", items(), r#"{"id":1,"l1":"","l2":"Street 1"}"#)), "[Street 1]");
}

#[test]
fn money_has_a_currency_or_fails() {
    let mapping =
        || ValueMapping { currency: vec![from("c"), computed("row.account.c")], ..value(Form::Money, vec![from("m")]) };
    // The places of the type: currency, amount.
    check(
        "total",
        mapping,
        &[
            (r#"{"m":"1840.50","c":"EUR"}"#, "{EUR 1840.50}"),
            (r#"{"m":"1840.50","account":{"c":"usd"}}"#, "{USD 1840.50}"),
            (r#"{"m":"1840.50"}"#, "!`m` has no currency at `c`, `= row.account.c`"),
            (r#"{"c":"EUR"}"#, "null"),
            (r#"{"m":"","c":"EUR"}"#, "null"),
            (r#"{"m":"1","c":"Euro"}"#, "!`m` should be with a currency of ISO 4217, but is a text of 4 characters"),
            (r#"{"m":"1,5","c":"EUR"}"#, "!`m` should be a number, but is a text of 3 characters"),
            (r#"{"m":true,"c":"EUR"}"#, "!`m` should be a number, but is a Boolean"),
        ],
    );
    let minor = || ValueMapping { wire: WireForm::Minor(Digits::default()), ..mapping() };
    check(
        "total",
        minor,
        &[
            (r#"{"m":-184050,"c":"eur"}"#, "{EUR -1840.50}"),
            (r#"{"m":500,"c":"JPY"}"#, "{JPY 500}"),
            (r#"{"m":"1","c":"KWD"}"#, "{KWD 0.001}"),
        ],
    );
    let mut world = World::new();
    world.graph.values.clear();
    let found = world.value("total", Mapping::One(Box::new(mapping())), r#"{"id":1,"m":1,"c":"EUR"}"#);
    assert_eq!(show(&found), "!the graph has no type for Money");
}

#[test]
fn rich_text_comes_in_both_forms() {
    let html = || value(Form::RichText { html: true }, vec![from("t")]);
    check(
        "body",
        html,
        &[
            (r#"{"t":"<p>a &amp; <b>b</b></p><script>x</script>"}"#, "{a & b <p>a &amp; <b>b</b></p>}"),
            (r#"{"t":null}"#, "null"),
            (r#"{"t":["a"]}"#, "!`t` should be a text, but is a list of 1"),
        ],
    );
    let plain = || value(Form::RichText { html: false }, vec![from("t")]);
    check("body", plain, &[(r#"{"t":"a <b>\nc"}"#, "{a <b>\nc <p>a &lt;b&gt;<br>c</p>}")]);
}

#[test]
fn references_name_the_record_in_the_same_source() {
    let mapping = || value(Form::Reference(ACCOUNT, None), vec![from("a")]);
    check(
        "account",
        mapping,
        &[
            (r#"{"a":17}"#, "0/3/None/17"),
            (r#"{"a":[17]}"#, "0/3/None/17"),
            (r#"{"a":[]}"#, "null"),
            (r#"{"a":[17,18]}"#, "!`account` names 2 records, not one"),
            (r#"{"a":""}"#, "null"),
            (r#"{"a":true}"#, "!`a` should be a key, but is a Boolean"),
            (r#"{"a":{"id":1}}"#, "!`a` should be a key, but is a map of 1"),
        ],
    );
    check(
        "others",
        mapping,
        &[
            (r#"{"a":[17,null,"18"]}"#, "[0/3/None/17 0/3/None/18]"),
            (r#"{"a":17}"#, "[0/3/None/17]"),
            (r#"{"z":17}"#, "[]"),
            (r#"{"a":[[1]]}"#, "[!`a` should be a key, but is a list of 1]"),
        ],
    );
    let by = || value(Form::Reference(ACCOUNT, Some(FieldId(0))), vec![computed("unpad(row.a)")]);
    check("account", by, &[(r#"{"a":"000017"}"#, "0/3/Some(0)/17")]);
}

#[test]
fn value_objects_and_lists_of_them() {
    let line = |when| ObjectMapping {
        width: 2,
        fields: vec![
            (FieldId(0), one(scalar(Scalar::Decimal), "n")),
            (FieldId(1), one(scalar(Scalar::String), "facet0.name")),
        ],
        when,
        file: None,
    };
    let mut world = World::new();
    assert_eq!(world.graph.value_type(LINE).unwrap().fields.len(), 2);
    let each = |only, more| Mapping::Each { from: path("lines"), only, fields: line(None), more };
    let rows = r#"{"id":1,"lines":[{"n":"1.50","k":"a"},{"n":"x","k":"b"},null],"cut":true,"all":[{"n":9}]}"#;
    let bad = "!`n` should be a number, but is a text of 1 characters";
    assert_eq!(show(&world.value("lines", each(None, None), rows)), format!("[{{1.50 Ada}} {{{bad} Ada}}]"));
    assert_eq!(show(&world.value("lines", each(Some(condition("k", "a")), None), rows)), "[{1.50 Ada}]");
    let more = Some((condition("cut", "true"), path("all")));
    assert_eq!(show(&world.value("lines", each(None, more), rows)), "[{9 Ada}]");
    assert_eq!(show(&world.value("lines", each(None, None), r#"{"id":1}"#)), "[]");
    assert_eq!(show(&world.value("lines", Mapping::Object(line(Some(condition("k", "v")))), rows)), "null");
    let bare =
        ObjectMapping { width: 3, fields: vec![(FieldId(1), one(scalar(Scalar::Int), "n"))], when: None, file: None };
    assert_eq!(show(&world.value("lines", Mapping::Object(bare.clone()), r#"{"id":1,"n":2}"#)), "{null 2 null}");
    assert_eq!(show(&world.value("lines", Mapping::Object(bare), r#"{"id":1}"#)), "null");
    let inside = ObjectMapping {
        width: 1,
        fields: vec![(
            FieldId(0),
            Mapping::One(Box::new(value(scalar(Scalar::Decimal), vec![computed("times(row.n, 2)")]))),
        )],
        when: None,
        file: None,
    };
    let each = Mapping::Each { from: path("all"), only: None, fields: inside, more: None };
    assert_eq!(show(&world.value("lines", each, rows)), "[{18}]", "`row` is the element inside of it");
}

#[test]
fn a_file_is_there_where_its_system_says_where_it_is() {
    let file = || ObjectMapping {
        width: 2,
        fields: vec![
            (FieldId(0), one(scalar(Scalar::String), "name")),
            (FieldId(1), one(scalar(Scalar::Long), "size")),
        ],
        when: None,
        file: Some(FileMapping {
            from: vec![from("at"), computed("row.id")],
            inside: None,
            safe: Some(condition("scan", "clean")),
        }),
    };
    let mut world = World::new();
    let bad = "!`size` should be a whole number up to 2^53 - 1, but is a text of 1 characters";
    for (row, expected) in [
        (r#"{"id":"1","name":"a.pdf","size":7,"at":"https://x/a","scan":"clean"}"#, "a.pdf 7 at https://x/a"),
        (r#"{"id":"1","name":"a.pdf","size":7,"at":"https://x/a","scan":"found"}"#, "a.pdf 7 at https://x/a unsafe"),
        (r#"{"id":"1","name":"a.pdf","size":7,"at":"https://x/a"}"#, "a.pdf 7 at https://x/a unsafe"),
        (r#"{"id":"1","name":"a.pdf","size":"x","at":"b","scan":"clean"}"#, &format!("a.pdf {bad} at b")),
        (r#"{"id":"1","scan":"clean"}"#, "null null at 1"),
    ] {
        assert_eq!(show(&world.value("lines", Mapping::Object(file()), row)), expected, "{row}");
    }
    let each = Mapping::Each { from: path("lines"), only: None, fields: file(), more: None };
    let rows = r#"{"id":"1","lines":[{"id":"2","name":"a","at":"u","scan":"clean"},{"id":"","name":"b"}]}"#;
    assert_eq!(show(&world.value("lines", each, rows)), "[a null at u]");
    let Value::File(file) = world.value("lines", Mapping::Object(file()), r#"{"id":"secret"}"#) else { panic!() };
    assert!(!format!("{file:?}").contains("secret"), "where it is may be all that it takes to open it");
}

#[test]
fn expressions_know_the_request() {
    let mut world = World::new();
    world.arguments = Arc::from([(Arc::from("quantity"), Value::Int(3))]);
    world.context.account = Arc::from([Key::new("A1").unwrap()]);
    let cases = [
        ("times(args.quantity, row.n)", "6"),
        ("caller.account", "A1"),
        ("caller.locale + caller.language", "de-ATde"),
        ("caller.contact", "null"),
        ("now", "2026-03-01T12:00:00Z"),
        ("today", "2026-03-01"),
        ("owner.name", "Ada"),
        ("settings.none", "null"),
    ];
    for (text, expected) in cases {
        let mapping = Mapping::One(Box::new(value(scalar(Scalar::String), vec![computed(text)])));
        assert_eq!(show(&world.value("number", mapping, r#"{"id":1,"n":2}"#)), expected, "{text}");
    }
}
