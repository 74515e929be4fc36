//! Scanning, beside what `serde_json` makes of the same text.

use proptest::prelude::*;

use super::*;

fn all() -> Wants {
    Wants::everything()
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..40)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_full_trie_keeps_everything(value in json()) {
        let text = value.to_string();
        prop_assert_eq!(sorted(scan(text.as_bytes(), &all()).unwrap()), sorted(Wire::of_json(&value)));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = scan(&bytes, &all());
    }

    #[test]
    fn it_agrees_with_a_strict_parser_on_what_is_json(text in r#"[\[\]{}",:0-9eE.+\-truefalsnl \\u]{0,24}"#) {
        let ours = scan(text.as_bytes(), &all()).is_ok();
        let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
        // A lone surrogate is well-formed for a raw value and no string for anybody.
        prop_assert!(ours == theirs || text.contains("\\u"), "ours {ours}, theirs {theirs}");
    }
}

proptest! {
    #[test]
    fn what_is_skipped_has_to_be_json_all_the_same(text in r#"[\[\]{}",:0-9eE.+\-truefalsnl \\u]{0,24}"#) {
        let whole = format!("{{\"skipped\":{text}}}");
        let ours = scan(whole.as_bytes(), &Wants::default()).is_ok();
        let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&whole).is_ok();
        prop_assert!(ours == theirs || text.contains("\\u"), "ours {ours}, theirs {theirs}");
    }

    #[test]
    fn strings_of_any_length_end_where_they_end(text in "[a-zA-Zäß€\"\\\\\n\u{1}🜚]{0,40}", before in 0usize..9) {
        let json = format!("{}{}", " ".repeat(before), serde_json::Value::from(text.as_str()));
        prop_assert_eq!(scan(json.as_bytes(), &all()).unwrap(), Wire::Text(text.into()));
    }
}

proptest! {
    #[test]
    fn rows_keep_what_is_wanted_of_them_in_whatever_order_it_comes(
        rows in prop::collection::vec(prop::collection::vec(("[ab\"\\\\\n]{1,2}", any::<i8>()), 0..8), 0..5),
        wanted in prop::collection::btree_set("[ab\"\\\\\n]{1,2}", 0..5),
    ) {
        let mut wants = Wants::default();
        wanted.iter().for_each(|name| wants.names([name.as_str()]));
        let member = |(name, value): &(String, i8)| format!("{}:{value}", serde_json::Value::from(name.as_str()));
        let row = |row: &Vec<_>| format!("{{{}}}", row.iter().map(member).collect::<Vec<_>>().join(", "));
        let text = format!("[{}]", rows.iter().map(row).collect::<Vec<_>>().join(","));
        let found = scan(text.as_bytes(), &wants).unwrap();
        for (row, found) in rows.iter().zip(found.items()) {
            let last = |name: &String| row.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value.to_string());
            let expected: Vec<_> = wanted.iter().filter_map(|name| Some((name.clone(), last(name)?))).collect();
            let Wire::Object(members) = found else { panic!("an object") };
            let text = |value: &Wire| value.as_text().unwrap().into_owned();
            let mut kept: Vec<_> = members.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
            kept.sort();
            prop_assert_eq!(kept, expected);
        }
    }
}

#[test]
fn escapes_are_read_as_json_has_them() {
    let read = |json: &str| scan(json.as_bytes(), &all()).ok().and_then(|wire| Some(wire.as_text()?.into_owned()));
    assert_eq!(read(r#""\"\\\/\b\f\n\r\t""#).unwrap(), "\"\\/\u{8}\u{c}\n\r\t");
    assert_eq!(read(r#""a\u00e9\uD83D\ude00z""#).unwrap(), "aé😀z");
    for wrong in
        [r#""\ud83d""#, r#""\ud83dx""#, r#""\ud83d\n""#, r#""\ude00""#, r#""\ud83d\u0041""#, r#""\x""#, r#""\u00g0""#]
    {
        assert_eq!(read(wrong), None, "{wrong}");
    }
    for wrong in ["\"a\nb\"", "\"aaaaaaaaaaaaaaa\u{1f}\"", "\"no end", "\"\\", "\"\\u00"] {
        assert_eq!(read(wrong), None, "{wrong:?}");
    }
}

fn sorted(wire: Wire) -> Wire {
    match wire {
        Wire::Object(members) => {
            let mut members: Vec<_> = members.into_iter().map(|(n, v)| (n, sorted(v))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Wire::Object(members)
        }
        Wire::List(items) => Wire::List(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[test]
fn rows_of_which_all_is_wanted_share_their_names() {
    let rows = scan(br#"[{"a":1,"b":{"a":2,"c":3}}, {"a":4,"b":{"a":5,"c":6}}, {"c":7,"a":8}]"#, &all()).unwrap();
    let mut names: Vec<*const u8> = Vec::new();
    for row in rows.items() {
        for row in [row, row.get("b")] {
            let Wire::Object(members) = row else { continue };
            names.extend(members.iter().map(|(name, _)| name.as_ptr()));
        }
    }
    assert_eq!(names.len(), 10);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 3, "a, b and c");
}

#[test]
fn numbers_keep_their_digits() {
    let wire = scan(br#"{"a":1840.50,"b":12345678901234567890123,"c":1e400,"d":-0.10}"#, &all()).unwrap();
    let text = |name| wire.get(name).as_text().unwrap().into_owned();
    assert_eq!([text("a"), text("b"), text("c"), text("d")], ["1840.50", "12345678901234567890123", "1e400", "-0.10"]);
}

#[test]
fn what_nobody_wants_is_left_out() {
    let mut wants = Wants::default();
    wants.names(["results", "id"]);
    let wire = scan(br#"{"x":[1,{"y":"\u00e9"}],"results":[{"id":1,"no":{"id":2}},{"id":3}]}"#, &wants).unwrap();
    assert_eq!(wire, scan(br#"{"results":[{"id":1},{"id":3}]}"#, &all()).unwrap());
}

#[test]
fn the_last_of_a_repeated_name_counts() {
    assert_eq!(scan(br#"{"a":1,"a":2}"#, &all()).unwrap(), scan(br#"{"a":2}"#, &all()).unwrap());
    let many: Vec<String> = (0..60).map(|n| format!("\"k{}\":{n}", n % 30)).collect();
    let wire = scan(format!("{{{}}}", many.join(",")).as_bytes(), &all()).unwrap();
    let Wire::Object(members) = &wire else { panic!("an object") };
    assert_eq!((members.len(), wire.get("k29").as_text().unwrap().into_owned()), (30, "59".to_owned()));
}

#[test]
fn a_repeated_name_counts_once_however_many_names_there_are_before() {
    // More names than rows share, each of them twice in each row.
    let names = 2 * NAMES;
    let row = |from: usize| -> String {
        let members: Vec<String> = (0..2 * names).map(|n| format!("\"k{}\":{}", n % names, from + n)).collect();
        format!("{{{}}}", members.join(","))
    };
    let wire = scan(format!("[{},{}]", row(0), row(1_000)).as_bytes(), &all()).unwrap();
    for (from, row) in [0, 1_000].into_iter().zip(wire.items()) {
        let Wire::Object(members) = row else { panic!("an object") };
        let last = |n: usize| (Arc::from(format!("k{n}")), Wire::Number((from + names + n).to_string().into()));
        assert_eq!(*members, (0..names).map(last).collect::<Vec<_>>());
    }
}

#[test]
fn each_fault_is_named() {
    let deep = "[".repeat(80) + &"]".repeat(80);
    let cases: [(&[u8], &str); 6] = [
        (b"{\"a\":1", "not JSON"),
        (b"{} x", "not JSON"),
        (b"", "not JSON"),
        (b"\"\xff\"", "not valid UTF-8 at byte 1"),
        (b"{\"a\":NaN}", "not JSON"),
        (deep.as_bytes(), "deeper than 64"),
    ];
    for (body, fault) in cases {
        let error = scan(body, &all()).unwrap_err();
        assert!(error.contains(fault), "{error}");
    }
}
