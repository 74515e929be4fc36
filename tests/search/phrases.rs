//! `phrases.yaml`: what reaches the systems of a phrase that is meant to do harm.

use serde::Deserialize;
use serde_json::json;

use crate::world::{ANA, World};

#[derive(Debug, Deserialize)]
struct Case {
    phrase: String,
    /// What stands behind `subject:` in the desk's query.
    #[serde(default)]
    subject: String,
    /// The words that the ERP looks for, as its filter has them.
    #[serde(default)]
    words: Vec<String>,
    /// What the error says.
    refused: Option<String>,
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> = serde_saphyr::from_str(include_str!("phrases.yaml")).unwrap();
    assert!(cases.len() > 10);
    cases
}

/// `<3 a>` is `aaa`.
fn spelled(phrase: &str) -> String {
    let times = phrase.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')?.split_once(' '));
    times.and_then(|(n, text)| Some(text.repeat(n.parse().ok()?))).unwrap_or_else(|| phrase.to_owned())
}

const BOTH: &str = "query($text: String!) { products(filter: { search: $text }) { nodes { sku } }
    viewer { account { tickets(filter: { search: $text }) { nodes { number } } } } }";

#[tokio::test]
async fn a_phrase_reaches_the_systems_as_words() {
    let world = World::open().await;
    world.ask(ANA, "{ viewer { account { name } } }", json!({})).await;
    for case in cases() {
        let phrase = spelled(&case.phrase);
        world.forget();
        let answer = world.answer(ANA, BOTH, json!({ "text": phrase })).await;
        if let Some(refused) = &case.refused {
            let message = answer["errors"][0]["message"].as_str().unwrap_or_default();
            assert!(message.contains(refused), "{phrase:?}: {answer}");
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
            assert_eq!(world.requests(), 0, "{phrase:?} reached a system");
            continue;
        }
        assert!(answer.get("errors").is_none(), "{phrase:?}: {answer}");
        let desk = world.asked("zendesk", ("/search", "query"));
        let [query] = &*desk else { panic!("{phrase:?}: {desk:?}") };
        let (own, subject) = query.split_once(" subject:").unwrap();
        assert!(own.starts_with("type:ticket organization:") && !own.contains(char::is_control), "{query}");
        assert_eq!(subject, case.subject, "{phrase:?}");
        let erp = world.asked("sap", ("/A_ProductDescription", "$filter"));
        let [filter] = &*erp else { panic!("{phrase:?}: {erp:?}") };
        for word in &case.words {
            assert!(filter.contains(&format!("substringof('{word}',ProductDescription)")), "{word}: {filter}");
        }
        let groups = filter.split(") and (").count();
        assert_eq!(groups, case.words.len(), "{phrase:?}: {filter}");
    }
}
