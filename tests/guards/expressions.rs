//! Expressions that are deep, endless, explosive or odd (`expressions.yaml`): each is refused when it is compiled, or fails
//! when it is evaluated, with a message that has no value in it; and whatever a failed one was to decide is denied.

use serde::Deserialize;
use vestibule::expr::Program;
use vestibule::model::Wire;

#[derive(Deserialize)]
struct Expressions {
    refused: Vec<Case>,
    failing: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    because: String,
}

fn cases() -> Expressions {
    serde_saphyr::from_str(include_str!("expressions.yaml")).unwrap()
}

/// `<3 a>` is `aaa`.
fn unfolded(text: &str) -> String {
    let mut all = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let number = after.chars().take_while(char::is_ascii_digit).count();
        let Some(times) = after[..number].parse::<usize>().ok().filter(|_| after[number..].starts_with(' ')) else {
            all += before;
            all.push('<');
            rest = after;
            continue;
        };
        let (piece, after) = after[number + 1..].split_once('>').unwrap();
        all += before;
        all += &piece.repeat(times);
        rest = after;
    }
    all + rest
}

fn texts(count: usize) -> Vec<Wire> {
    (0..count).map(|at| Wire::Text(format!("text{}", at % 7).into())).collect()
}

fn values() -> Vec<(&'static str, Wire)> {
    let row = vec![("first".into(), Wire::Text("Ada".into())), ("last".into(), Wire::Null)];
    let wide = (0..20_000).map(|at| (format!("k{at}").into(), Wire::Text("v".into()))).collect();
    let deep = (0..60).fold(Wire::Null, |inner, _| Wire::List(vec![inner]));
    vec![
        ("row", Wire::Object(row)),
        ("long", Wire::List(vec![Wire::Number("1".into()); 10_001])),
        ("many", Wire::List(texts(9_000))),
        ("wide", Wire::Object(wide)),
        ("big", Wire::Text("x".repeat(2 << 20).into())),
        ("deep", deep),
    ]
}

const NAMES: [&str; 6] = ["row", "long", "many", "wide", "big", "deep"];

#[test]
fn what_is_too_large_or_unknown_is_refused_before_it_is_evaluated() {
    let mut wrong = Vec::new();
    for Case { text, because } in cases().refused {
        match Program::compile(&unfolded(&text), &NAMES) {
            Ok(_) => wrong.push(format!("{text}: is compiled")),
            Err(error) if !error.message.contains(&because) => wrong.push(format!("{text}: {error}")),
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_works_too_long_or_makes_too_much_fails_and_tells_no_value() {
    let values = values();
    let names: Vec<(&str, &Wire)> = values.iter().map(|(name, value)| (*name, value)).collect();
    let mut wrong = Vec::new();
    for Case { text, because } in cases().failing {
        match Program::compile(&unfolded(&text), &NAMES).map(|program| program.evaluate(&names)) {
            Err(error) => wrong.push(format!("{text}: is refused already: {error}")),
            Ok(Ok(_)) => wrong.push(format!("{text}: is evaluated")),
            Ok(Err(error)) => {
                let told = ["Ada", "text1", "xxx"].iter().any(|value| error.message.contains(value));
                if told || !error.message.contains(&because) {
                    wrong.push(format!("{text}: {error}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
