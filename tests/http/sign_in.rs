//! Who may ask: tokens, accounts.

use std::sync::Arc;

use serde_json::{Value, json};
use vestibule::clock::SystemClock;
use vestibule::demo::DemoIssuer;

use super::portal::{ANA, AUDIENCE, ISSUER, JONAS, PIET, Portal, answered, mint};

#[tokio::test]
async fn nobody_learns_how_near_a_bad_token_was() {
    let portal = Portal::open().await;
    let body = json!({ "query": "{ viewer { name } }" }).to_string();
    let good = portal.token(ANA);
    let other = |issuer: &str, audience: &str| {
        mint(&DemoIssuer::new(issuer, audience, Arc::new(SystemClock::default())).unwrap(), ANA)
    };
    let cut = good.get(..good.len() - 4).unwrap().to_owned();
    let cases: Vec<(&str, Option<String>)> = vec![
        ("none", None),
        ("empty", Some("Bearer ".to_owned())),
        ("no token", Some("Bearer nonsense".to_owned())),
        ("another way", Some(format!("Basic {good}"))),
        ("cut", Some(format!("Bearer {cut}"))),
        ("over", Some(format!("Bearer {}", portal.token_at(ANA, -9 * 3600)))),
        ("not yet", Some(format!("Bearer {}", portal.token_at(ANA, 3600)))),
        ("another key", Some(format!("Bearer {}", other(ISSUER, AUDIENCE)))),
        ("another issuer", Some(format!("Bearer {}", other("https://evil.example/", AUDIENCE)))),
        ("another audience", Some(format!("Bearer {}", other(ISSUER, "another")))),
        ("unsigned", Some(format!("Bearer {}", unsigned(&good)))),
    ];
    let mut told: Option<Value> = None;
    for (what, authorization) in cases {
        for media in ["application/json", "application/graphql-response+json"] {
            let mut request = portal.bare(body.clone()).header("accept", media);
            if let Some(authorization) = &authorization {
                request = request.header("authorization", authorization);
            }
            let answer = answered(request).await;
            assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"), "{what}");
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{what}");
            if what == "none" {
                assert_eq!(answer.body["errors"][0]["message"], "Sign in first.", "{what}");
            } else {
                assert_eq!(told.get_or_insert(answer.body.clone()), &answer.body, "{what}");
            }
        }
    }
    let known = answered(portal.bare(body).bearer_auth(good)).await;
    assert_eq!(known.body, json!({ "data": { "viewer": { "name": "Ana Lund" } } }));
}

/// The same claims, with `alg: none`.
fn unsigned(token: &str) -> String {
    use base64::Engine as _;
    let claims = token.split('.').nth(1).unwrap();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    format!("{header}.{claims}.")
}

#[tokio::test]
async fn a_person_without_a_label_or_a_contact_is_denied() {
    let portal = Portal::open().await;
    for email in [PIET, "nobody@nowhere.example"] {
        let answer = answered(portal.post(email, &json!({ "query": "{ viewer { name } }" }))).await;
        assert_eq!((answer.status, answer.code()), (403, "FORBIDDEN"), "{email}: {}", answer.body);
        assert_eq!(answer.header("www-authenticate"), "");
        assert!(answer.body.get("data").is_none());
    }
}

#[tokio::test]
async fn a_header_picks_one_of_the_persons_own_accounts() {
    let portal = Portal::open().await;
    let query = "{ viewer { account { name } memberships { accountId current account { name } } } }";
    let first = portal.ask(JONAS, query).await;
    let memberships = first["data"]["viewer"]["memberships"].as_array().unwrap().clone();
    assert_eq!(memberships.len(), 2);
    for membership in &memberships {
        let id = membership["accountId"].as_str().unwrap();
        let sent = portal.post(JONAS, &json!({ "query": query })).header("vestibule-account", id);
        let viewer = answered(sent).await.body["data"]["viewer"].clone();
        assert_eq!(viewer["account"]["name"], membership["account"]["name"]);
        let current = viewer["memberships"].as_array().unwrap().iter().filter(|m| m["current"] == true);
        let current: Vec<_> = current.map(|membership| membership["accountId"].clone()).collect();
        assert_eq!(current, [id]);
    }
    let foreign = portal.ask(ANA, "{ viewer { account { id } } }").await;
    let foreign = foreign["data"]["viewer"]["account"]["id"].as_str().unwrap();
    for id in [foreign, "nonsense", ""] {
        let sent = portal.post(JONAS, &json!({ "query": query })).header("vestibule-account", id);
        let answer = answered(sent).await;
        assert_eq!((answer.status, answer.code()), (400, "BAD_USER_INPUT"), "`{id}`: {}", answer.body);
        assert!(!answer.body.to_string().contains("Kestrel"));
    }
    // Whoever is not signed in learns nothing of ids.
    let sent = portal.bare(json!({ "query": query }).to_string()).header("vestibule-account", "nonsense");
    assert_eq!(answered(sent).await.status, 401);
}
