//! What expressions give, what is refused, and that nothing panics or runs away.

use proptest::prelude::*;

use super::*;

fn number(text: &str) -> Wire {
    Wire::Number(text.into())
}

fn text(text: &str) -> Wire {
    Wire::Text(text.into())
}

fn object(members: &[(&str, Wire)]) -> Wire {
    Wire::Object(members.iter().map(|(name, value)| ((*name).into(), value.clone())).collect())
}

fn row() -> Wire {
    let line = |price: &str, id: &str| object(&[("price", number(price)), ("id", text(id))]);
    object(&[
        ("first", text("Ada")),
        ("last", Wire::Null),
        ("amount", number("1840.50")),
        ("paid", text("40.5")),
        ("count", number("3")),
        ("open", Wire::Bool(true)),
        ("key", text("0000100042")),
        ("a.b@c", text("odd")),
        ("lines", Wire::List(vec![line("0.10", "x"), line("0.2", "y")])),
        ("big", number("123456789012345678901234567890")),
    ])
}

fn owner() -> Wire {
    Wire::List(vec![object(&[("name", text("Grace")), ("tags", Wire::List(vec![text("a"), text("b")]))])])
}

fn run(source: &str) -> Result<Wire, ExprError> {
    let program = Program::compile(source, &["row", "owner", "now"])?;
    program.evaluate(&[("row", &row()), ("owner", &owner())])
}

#[test]
fn expressions_give_what_they_say() {
    let cases = [
        ("row.first + ' L.'", text("Ada L.")),
        ("join([row.first, row.last], ' ')", text("Ada")),
        ("join([row.last], ' ')", Wire::Null),
        ("row.last + 'x'", Wire::Null),
        ("row.last == null ? 'none' : row.last", text("none")),
        ("row.nowhere.at.all", Wire::Null),
        ("now", Wire::Null),
        ("has(row.first) && !has(row.last)", Wire::Bool(true)),
        ("row.last < 3", Wire::Bool(false)),
        ("row.last >= 3", Wire::Bool(false)),
        ("row.last == 'x'", Wire::Bool(false)),
        ("upper(row.last)", Wire::Null),
        ("row.last.map(x, x)", Wire::Null),
        ("row.last.exists(x, true) || row.last.all(x, true)", Wire::Bool(false)),
        ("owner.name", text("Grace")),
        ("owner.tags.exists(t, t == 'b')", Wire::Bool(true)),
        ("row['a.b@c']", text("odd")),
        ("row.lines[1].id", text("y")),
        ("row.lines[7].id", Wire::Null),
        ("plus(row.lines.map(l, l.price))", number("0.30")),
        ("plus(row.lines.map(l, times(l.price, row.count)))", number("0.90")),
        ("plus([])", number("0")),
        ("plus([row.amount, row.last])", Wire::Null),
        ("plus(1, '2', '0.5')", number("3.5")),
        ("minus(row.amount, row.paid)", number("1800.00")),
        ("minus(row.amount, row.paid) >= '9'", Wire::Bool(true)),
        ("negate(row.amount)", number("-1840.50")),
        ("negate(0)", number("0")),
        ("times('1e3', '0.001')", number("1.000")),
        ("divide('10.00', '4')", number("2.5")),
        ("divide('2', '3')", number("0.666667")),
        ("divide(row.amount, '0.00')", Wire::Null),
        ("at('2026-02-03', 'PT08H30M00S')", text("2026-02-03T08:30:00")),
        ("latest(['2026-02-03', null, '2026-12-01', '2026-03-09'])", text("2026-12-01")),
        ("latest(['/Date(999999999999)/', '/Date(1770076800000)/'])", text("/Date(1770076800000)/")),
        ("latest([null])", Wire::Null),
        ("latest([])", Wire::Null),
        ("row.amount == '1840.50' && row.amount != '1840.5'", Wire::Bool(true)),
        ("row.amount + ' EUR'", text("1840.50 EUR")),
        ("row.count * 2 + 1", number("7")),
        ("7 / 2 + 7 % 2", number("4")),
        ("-row.count", number("-3")),
        ("row.big > 1", Wire::Bool(true)),
        ("text(row.count) + text(true)", text("3true")),
        ("int('007') + 1", number("8")),
        ("first(row.lines.filter(l, l.price == '0.2').map(l, l.id))", text("y")),
        ("first([])", Wire::Null),
        ("last(split('a/b/c', '/'))", text("c")),
        ("lower('ABC') + upper('d')", text("abcD")),
        ("first(names(owner[0]))", text("name")),
        ("merge({'a': 1, 'b': 2}, null, {'b': 3}).b", number("3")),
        ("base64('hi')", text("aGk=")),
        ("quote('a\"b')", text("\"a\\\"b\"")),
        ("quote(\"it's\", \"'\", \"'\")", text("'it''s'")),
        ("literal(\"it's\") + literal(5)", text("'it''s'5")),
        ("unpad(row.key)", text("100042")),
        ("unpad('000') + unpad('00A')", text("000A")),
        ("join(top(['Creator.Name', 'Creator.id', 'Subject', 'a[0]']), ',')", text("Creator,Subject,a")),
        ("row.first.contains('d') && row.first.startsWith('A') && row.first.endsWith('a')", Wire::Bool(true)),
        ("row.first.matches('^A.a$')", Wire::Bool(true)),
        ("size(row.first) + row.lines.size()", number("5")),
        ("'x' in ['x', 'y'] && 3 in [3] && !('z' in row.last)", Wire::Bool(true)),
        ("[1, 2, 3].exists_one(x, x > 2)", Wire::Bool(true)),
        ("[1, 2, 3].all(x, [1, 2].exists(y, y <= x))", Wire::Bool(true)),
        ("row.lines.map(l, l.id == 'y', l.price)", Wire::List(vec![number("0.2")])),
        ("{'id': row.key, 'no': null}", object(&[("id", text("0000100042")), ("no", Wire::Null)])),
        ("false && row.first", Wire::Bool(false)),
        ("1 == '1' && 1 == 1 && [1] == [1]", Wire::Bool(true)),
        ("row.last ? 1 : 2", number("2")),
    ];
    for (source, expected) in cases {
        assert_eq!(run(source), Ok(expected), "{source}");
    }
}

#[test]
fn failures_tell_the_place_and_no_value() {
    let cases = [
        ("row.first * 2", 11),
        ("upper(row.lines)", 6),
        ("row.first && true", 4),
        ("row.first.map(x, x)", 14),
        ("1 / 0", 3),
        ("times('79228162514264337593543950335', '79228162514264337593543950335')", 6),
        ("times('0.0000000000000000001', '0.0000000000000000001')", 6),
        ("plus('79228162514264337593543950335', '0.1')", 5),
        ("[1, 2].exists(x, x > true)", 20),
        ("int('1.5')", 4),
        ("{'a': 1, 'a': 2}", 10),
    ];
    for (source, column) in cases {
        let error = run(source).unwrap_err();
        assert_eq!(error.column, column, "{source}: {error}");
        assert!(!error.message.contains("Ada") && !error.message.contains("79228"), "{source}: {error}");
    }
}

#[test]
fn what_is_not_known_or_too_large_is_refused() {
    let deep = format!("{}1{}", "(".repeat(60), ")".repeat(60));
    let flat = vec!["1"; 600].join(",");
    let cases = [
        ("rows.first", "`rows` is no name", 1),
        ("row.first.frobnicate()", "`frobnicate` is no function", 0),
        ("row.a +", "does not parse", 8),
        ("1 +\n  $", "does not parse", 7),
        ("row[row.first]", "hides what is read", 0),
        ("row.lines[0 + 1]", "hides what is read", 0),
        ("row.lines[-1]", "counted from 0", 0),
        ("upper(row.a, row.b)", "does not take 2", 0),
        ("row.first.upper()", "round the value", 0),
        ("contains(row.a, 'b')", "behind the value", 0),
        ("1.5", "fraction", 1),
        ("b'abc'", "bytes", 1),
        ("row.lines.map(row, row)", "taken", 0),
        ("[1].map(a, [1].map(b, [1].map(c, [1].map(d, d))))", "more than 3 macros", 0),
        ("has(row)", "has() takes a member", 0),
        ("row.first.matches(row.last)", "written out", 0),
        ("row.first.matches('(')", "no regular expression", 0),
        ("Foo{a: 1}", "messages", 0),
        (&deep, "32 levels", 33),
        (&format!("[{flat}]"), "500 parts", 0),
        (&"a".repeat(5000), "longer than", 0),
        (&vec!["'a'"; 40].join(" + "), "32 levels", 0),
        ("row.?first", "does not parse", 0),
        ("", "does not parse", 0),
    ];
    for (source, part, column) in cases {
        let error = Program::compile(source, &["row"]).unwrap_err();
        assert!(error.message.contains(part), "{source}: {error}");
        if column > 0 {
            assert_eq!(error.column, column, "{source}: {error}");
        }
    }
}

#[test]
fn paths_show_everything_that_is_read() {
    let cases: [(&str, &[&str]); 9] = [
        ("row.a.b + row.a.c", &["row.a.b", "row.a.c"]),
        ("companies.to.map(t, text(t.x))", &["companies.to"]),
        ("row.l.map(t, t.x == row.y ? companies.n : t.z)", &["companies.n", "row.l", "row.y"]),
        ("has(row.a.b)", &["row.a.b"]),
        ("row.items[0].price + row['x y'].z", &["row.items", "row.x y.z"]),
        ("merge(row, {row.k: row.v})", &["row", "row.k", "row.v"]),
        ("row.a.contains('b') && row.a.size() > 1", &["row.a"]),
        ("[row.p, row.q].exists(v, v in row.r)", &["row.p", "row.q", "row.r"]),
        ("row.a.map(x, x.b.map(y, y.c + x.d))", &["row.a"]),
    ];
    for (source, expected) in cases {
        let program = Program::compile(source, &["row", "companies"]).unwrap();
        let paths: Vec<String> = program.paths().iter().map(|path| path.join(".")).collect();
        assert_eq!(paths, expected, "{source}");
    }
}

#[test]
fn work_and_memory_are_bounded() {
    let long = Wire::List(vec![number("1"); 10_001]);
    let fits = Wire::List(vec![text("abcdefgh"); 9_000]);
    let big = text(&"x".repeat(2 << 20));
    let cases = [
        ("long.map(x, x)", "10,000"),
        ("plus(long)", "10,000"),
        ("1 in long", "10,000"),
        ("fits.map(x, fits.exists(y, y == 'z'))", "million steps"),
        ("fits.map(x, [x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x])", "4 MiB"),
        ("fits.map(x, [1,2,3,4,5,6,7,8].map(y, fits.map(z, z)))", "4 MiB"),
        ("big", "1 MiB"),
        ("big + big + big", "4 MiB"),
        ("fits.filter(x, big.contains('y'))", "million steps"),
    ];
    for (source, part) in cases {
        let program = Program::compile(source, &["long", "fits", "big"]).unwrap();
        let error = program.evaluate(&[("long", &long), ("fits", &fits), ("big", &big)]).unwrap_err();
        assert!(error.message.contains(part), "{source}: {error}");
    }
}

#[test]
fn text_made_to_exhaust_the_parser_is_refused() {
    for piece in [
        "!", "-", "(", "[", "{", "a?", "a?b:", "a.", "a+", "a&&", "a[", "f(", "a.f(", "{'a':", "a\n", "'", "\\",
        "\"\"\"",
    ] {
        let source = piece.repeat(LONGEST_SOURCE / piece.len());
        let closed = format!("{source}a");
        assert!(Program::compile(&source, &["a"]).is_err(), "{piece}");
        assert!(Program::compile(&closed, &["a"]).is_err(), "{piece}");
    }
}

const LONGEST_SOURCE: usize = 4096;

proptest! {
    #[test]
    fn no_text_panics(source in "\\PC{0,60}") {
        let _ = Program::compile(&source, &["row"]).map(|program| program.evaluate(&[("row", &row())]));
    }

    #[test]
    fn nothing_like_an_expression_panics(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "row", ".", "first", "lines", "[", "]", "(", ")", "'a'", "1", "-9223372036854775808", ",", "map", "x",
                "filter", "has", "plus", "times", "+", "-", "*", "/", "%", "==", "<", "&&", "||", "!", "?", ":", "null",
                "in", "{", "}", "join", "merge", "split", "unpad", "words", "big", "amount",
            ]),
            0..24,
        ),
    ) {
        let source = pieces.concat();
        let _ = Program::compile(&source, &["row"]).map(|program| program.evaluate(&[("row", &row())]));
    }

    #[test]
    fn decimals_are_exact(a in -10_i128.pow(13)..10_i128.pow(13), b in -10_i128.pow(13)..10_i128.pow(13), s in 0_u32..9, t in 0_u32..9) {
        let write = |value: i128, scale: u32| rust_decimal::Decimal::from_i128_with_scale(value, scale).to_string();
        let (x, y) = (write(a, s), write(b, t));
        let top = s.max(t);
        let aligned = |value: i128, scale: u32| value * 10_i128.pow(top - scale);
        let same = |left: &str, right: &str| decimal::compare(left, right) == Some(std::cmp::Ordering::Equal);
        let sum = decimal::add(&x, &y).unwrap();
        prop_assert!(same(&sum, &write(aligned(a, s) + aligned(b, t), top)), "{x} + {y} = {sum}");
        let difference = decimal::subtract(&x, &y).unwrap();
        prop_assert!(same(&difference, &write(aligned(a, s) - aligned(b, t), top)), "{x} - {y} = {difference}");
        let product = decimal::multiply(&x, &y).unwrap();
        prop_assert!(same(&product, &write(a * b, s + t)), "{x} * {y} = {product}");
        prop_assert_eq!(decimal::compare(&x, &y), Some(aligned(a, s).cmp(&aligned(b, t))));
    }

    #[test]
    fn a_plain_number_stays_the_same_number(whole in "[+-]?[0-9]{1,12}", fraction in "[0-9]{0,8}", exponent in -20_i16..20) {
        let written = format!("{whole}.{fraction}e{exponent}");
        let plain = decimal::plain(&written).unwrap();
        prop_assert!(!plain.contains(['e', '+']), "{plain}");
        prop_assert_eq!(decimal::plain(&plain), Some(plain.clone()));
        let places = u32::try_from(20 - exponent).unwrap();
        let up = decimal::plain(&format!("{whole}.{fraction}e20")).unwrap();
        prop_assert_eq!(decimal::compare(&decimal::shift(&up, places).unwrap(), &plain), Some(std::cmp::Ordering::Equal));
    }
}

#[test]
fn numbers_are_written_out() {
    let cases = [
        ("1.8405E3", Some("1840.5")),
        ("+007.50", Some("7.50")),
        (".5", Some("0.5")),
        ("5.", Some("5")),
        ("-0.00", Some("0.00")),
        ("-12e-4", Some("-0.0012")),
        ("1e200", None),
        ("", None),
        (".", None),
        ("1,5", None),
        ("NaN", None),
        ("--1", None),
        (" 1", None),
        ("0x1", None),
        ("1e", None),
    ];
    for (written, plain) in cases {
        assert_eq!(decimal::plain(written).as_deref(), plain, "{written}");
    }
}
