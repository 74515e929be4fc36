//! Which tokens count, and which do not, whoever made them.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, JwkSet};
use jsonwebtoken::{EncodingKey, Header, encode};
use proptest::prelude::*;
use serde_json::json;

use super::super::*;
use super::support::*;
use crate::clock::ManualClock;
use crate::config::Algorithm;
use crate::demo::{DemoIssuer, DemoPerson};

#[tokio::test]
async fn a_good_token_is_its_person() {
    let world = world(|_| {});
    let token = json!({ "zoneinfo": "Europe/Vienna", "amr": ["pwd", "otp"], "auth_time": START - 60 });
    let caller = world.caller(token).await.unwrap();
    assert_eq!((&*caller.tenant, caller.kind), ("acme", CallerKind::Customer));
    assert_eq!((&*caller.subject.0, &*caller.subject.1), (ISSUER, "p-1"));
    assert_eq!((&*caller.name, caller.email.as_deref()), ("Ann Example", Some("ann@example.com")));
    assert_eq!((&*caller.locale, &*caller.time_zone), ("nl-NL", "Europe/Vienna"));
    assert!(caller.multi_factor);
    assert_eq!(caller.authenticated_at.unwrap().as_second(), START - 60);
    assert_eq!(caller.account().unwrap().id, id(ACCOUNT, "10"));

    let caller = world.caller(json!({ "name": null, "locale": "fr" })).await.unwrap();
    assert_eq!((&*caller.name, &*caller.locale, &*caller.time_zone), ("Ann of the CRM", "fr", "Europe/Berlin"));
    assert!(!caller.multi_factor && caller.authenticated_at.is_none());
}

#[tokio::test]
async fn claims_that_are_wrong_or_missing_are_refused() {
    let world = world(|_| {});
    for (changes, detail) in [
        (json!({ "iss": "https://evil.example/" }), "is not configured"),
        (json!({ "iss": "https://login.example.com" }), "is not configured"),
        (json!({ "iss": [ISSUER] }), "the token's claims"),
        (json!({ "iss": null }), "the token's claims"),
        (json!({ "aud": "another" }), "not for the audience"),
        (json!({ "aud": ["another", "third"] }), "not for the audience"),
        (json!({ "aud": null }), "no usable `aud`"),
        (json!({ "aud": 5 }), "no usable `aud`"),
        (json!({ "exp": null }), "no usable `exp`"),
        (json!({ "exp": (START + 60).to_string() }), "no usable `exp`"),
        (json!({ "exp": 1e18 }), "`exp` is no time"),
        (json!({ "sub": null }), "no usable `sub`"),
        (json!({ "sub": "" }), "`sub` cannot be used"),
        (json!({ "sub": "x".repeat(256) }), "`sub` cannot be used"),
        (json!({ "exp": START - 30 }), "the token ended"),
        (json!({ "nbf": START + 31 }), "good only from"),
        (json!({ "nbf": "soon" }), "`nbf` is no time"),
        (json!({ "typ": "ID" }), "another use"),
        (json!({ "token_use": "refresh" }), "another use"),
        (json!({ "events": { "http://schemas.openid.net/event/backchannel-logout": {} } }), "another use"),
    ] {
        let (code, said) = world.refused(&world.signer.bearer(&claims(changes.clone()))).await;
        assert_eq!(code, Code::Unauthenticated, "{changes}");
        assert!(said.contains(detail), "{changes}: {said}");
    }
    assert_eq!(world.reads.finds(), 0, "nobody is looked up for a token that does not count");
}

#[tokio::test]
async fn what_is_inside_the_leeway_counts() {
    let world = world(|_| {});
    for changes in [
        json!({ "exp": START - 29 }),
        json!({ "nbf": START + 30 }),
        json!({ "exp": START as f64 + 0.5 }),
        json!({ "aud": ["another", AUDIENCE] }),
    ] {
        assert!(world.caller(changes.clone()).await.is_ok(), "{changes}");
    }
    let token = world.signer.bearer(&claims(json!({})));
    world.clock.advance(Duration::from_secs(3629));
    assert!(world.identity.sign_in(Some(&token), None, LATER).await.is_ok());
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.refused(&token).await.0, Code::Unauthenticated);
}

#[tokio::test]
async fn the_kind_of_token_is_checked() {
    let world = world(|_| {});
    let with = |typ: Option<&str>| {
        let header = Header { typ: typ.map(str::to_owned), ..world.signer.header() };
        world.signer.bearer_with(&header, &claims(json!({})))
    };
    for typ in [None, Some("JWT"), Some("at+jwt"), Some("application/at+jwt"), Some("AT+JWT")] {
        assert!(world.identity.sign_in(Some(&with(typ)), None, LATER).await.is_ok(), "{typ:?}");
    }
    for typ in ["logout+jwt", "secevent+jwt", "id+jwt", "dpop+jwt", "", "anything"] {
        let (code, detail) = world.refused(&with(Some(typ))).await;
        assert_eq!(code, Code::Unauthenticated);
        assert!(detail.contains("no access token"), "{typ}: {detail}");
    }
    let header = Header { crit: Some(vec!["b64".to_owned()]), ..world.signer.header() };
    let (_, detail) = world.refused(&world.signer.bearer_with(&header, &claims(json!({})))).await;
    assert!(detail.contains("critical"), "{detail}");
}

fn unsigned(header: &serde_json::Value, claims: &serde_json::Value) -> String {
    let part = |json: &serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("Bearer {}.{}.", part(header), part(claims))
}

#[tokio::test]
async fn the_token_does_not_choose_how_it_is_checked() {
    let world = world(|_| {});
    for alg in ["none", "None", "NONE", "nOnE", "", "ES256"] {
        let header = json!({ "alg": alg, "kid": "k1", "typ": "JWT" });
        assert_eq!(world.refused(&unsigned(&header, &claims(json!({})))).await.0, Code::Unauthenticated, "{alg}");
    }
    // The public key is public: whoever takes its bytes for a shared secret lets everybody in.
    let jwk = world.signer.jwk();
    let AlgorithmParameters::EllipticCurve(public) = &jwk.algorithm else { panic!("{jwk:?}") };
    let bytes = [URL_SAFE_NO_PAD.decode(&public.x).unwrap(), URL_SAFE_NO_PAD.decode(&public.y).unwrap()].concat();
    let whole = [vec![4], bytes.clone()].concat();
    for secret in [bytes, whole, serde_json::to_vec(&jwk).unwrap()] {
        let header = Header { kid: Some("k1".to_owned()), ..Header::new(jsonwebtoken::Algorithm::HS256) };
        let token = encode(&header, &claims(json!({})), &EncodingKey::from_secret(&secret)).unwrap();
        let (code, detail) = world.refused(&format!("Bearer {token}")).await;
        assert_eq!(code, Code::Unauthenticated);
        assert!(detail.contains("pinned to ES256"), "{detail}");
    }
}

#[tokio::test]
async fn keys_that_the_token_brings_along_are_not_looked_at() {
    let world = world(|_| {});
    let own = Signer::es256("mine");
    for kid in ["mine", "k1"] {
        let header = Header {
            jwk: Some(own.jwk()),
            jku: Some("https://evil.example/keys".to_owned()),
            x5u: Some("https://evil.example/cert".to_owned()),
            kid: Some(kid.to_owned()),
            ..own.header()
        };
        let (code, _) = world.refused(&own.bearer_with(&header, &claims(json!({})))).await;
        assert_eq!(code, Code::Unauthenticated, "{kid}");
    }
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let world = world(|_| {});
    let good = world.signer.bearer(&claims(json!({})));
    let parts: Vec<&str> = good.split('.').collect();
    let other = URL_SAFE_NO_PAD.encode(claims(json!({ "email": "boss@example.com" })).to_string());
    let (_, detail) = world.refused(&format!("{}.{other}.{}", parts[0], parts[2])).await;
    assert!(detail.contains("signature"), "{detail}");
    assert_eq!(world.refused(&format!("{}.{}.", parts[0], parts[1])).await.0, Code::Unauthenticated);
}

#[tokio::test]
async fn what_is_no_token_is_refused_without_help_for_whoever_tries() {
    let world = world(|_| {});
    let missing = world.identity.sign_in(None, None, LATER).await.unwrap_err();
    assert_eq!((missing.code(), missing.message()), (Code::Unauthenticated, "Sign in first."));
    let good = world.signer.bearer(&claims(json!({})));
    let token = good.strip_prefix("Bearer ").unwrap();
    let long = world.signer.bearer(&claims(json!({ "filler": "x".repeat(8 * 1024) })));
    let messages = [
        "",
        "Bearer",
        "Bearer ",
        "Bearer a.b",
        "Bearer a.b.c.d",
        "Bearer ..",
        "Basic YTpi",
        token,
        "Bearer e30.e30.e30",
        "Bearer \u{fc}.\u{fc}.\u{fc}",
        &format!("{good} {good}"),
        &long,
    ]
    .map(str::to_owned);
    for header in &messages {
        let error = world.identity.sign_in(Some(header), None, LATER).await.unwrap_err();
        assert_eq!(error.code(), Code::Unauthenticated, "{header}");
        assert_eq!(error.message(), "Your sign-in is not valid or has ended; sign in again.");
    }
    for scheme in ["bearer", "BEARER", "Bearer "] {
        assert!(world.identity.sign_in(Some(&format!("{scheme} {token}")), None, LATER).await.is_ok(), "{scheme}");
    }
}

#[tokio::test]
async fn each_algorithm_works_and_only_the_pinned_one() {
    let rsa = || {
        let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        // The library wants the PKCS #1 key, which begins after the 26 bytes of a PKCS #8 envelope for RSA.
        EncodingKey::from_rsa_der(&der.as_ref()[26..])
    };
    let ed = aws_lc_rs::signature::Ed25519KeyPair::generate_pkcs8v1(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
    let rsa = rsa();
    let cases = [
        (Algorithm::RS256, jsonwebtoken::Algorithm::RS256, rsa.clone()),
        (Algorithm::PS256, jsonwebtoken::Algorithm::PS256, rsa),
        (Algorithm::EdDSA, jsonwebtoken::Algorithm::EdDSA, EncodingKey::from_ed_der(ed.as_ref())),
    ];
    for (pinned, algorithm, key) in cases {
        let signer = Signer { key, algorithm, kid: "k1".to_owned() };
        let keys = Keys::Fixed(JwkSet { keys: vec![signer.jwk()] });
        let clock = Arc::new(ManualClock::new(jiff::Timestamp::from_second(START).unwrap()));
        let config = IssuerConfig { algorithm: pinned, ..issuer() };
        let world = world_of(Issuer { config, keys }, signer, clock);
        let outcome = world.caller(json!({})).await;
        assert!(outcome.is_ok(), "{pinned:?}: {outcome:?}");
        let other = Signer::es256("k1").bearer(&claims(json!({})));
        assert!(world.refused(&other).await.1.contains("pinned"));
    }
}

#[tokio::test]
async fn a_token_without_a_key_id_needs_there_to_be_one_key() {
    let (first, second) = (Signer::es256("k1"), Signer::es256("k2"));
    for (keys, good) in [(vec![first.jwk()], true), (vec![first.jwk(), second.jwk()], false)] {
        let issuer = Issuer { config: issuer(), keys: Keys::Fixed(JwkSet { keys }) };
        let clock = Arc::new(ManualClock::new(jiff::Timestamp::from_second(START).unwrap()));
        let world = world_of(issuer, Signer::es256("unused"), clock);
        let header = Header { kid: None, ..first.header() };
        let token = first.bearer_with(&header, &claims(json!({})));
        assert_eq!(world.identity.sign_in(Some(&token), None, LATER).await.is_ok(), good);
    }
}

#[tokio::test]
async fn the_demos_issuer_signs_tokens_that_count_for_eight_hours() {
    let clock = Arc::new(ManualClock::new(jiff::Timestamp::from_second(START).unwrap()));
    let demo = DemoIssuer::new("http://127.0.0.1:4000/demo", "vestibule-demo", Arc::clone(&clock) as _).unwrap();
    let issuer = Issuer { config: demo.config(), keys: Keys::Fixed(demo.keys()) };
    let world = world_of(issuer, Signer::es256("unused"), clock);
    let ann = DemoPerson { email: "Ann@example.com".into(), name: "Ann".into(), locale: Some("de".into()) };
    let token = format!("Bearer {}", demo.mint(&ann).unwrap());
    let caller = world.identity.sign_in(Some(&token), None, LATER).await.unwrap().caller;
    assert_eq!((&*caller.name, &*caller.locale, caller.multi_factor), ("Ann", "de", false));
    assert_eq!(caller.authenticated_at, Some(world.clock.now()));
    world.clock.advance(Duration::from_secs(8 * 3600 + 30));
    assert!(world.refused(&token).await.1.contains("ended"));
    // Another process has another key.
    let other = DemoIssuer::new("http://127.0.0.1:4000/demo", "vestibule-demo", Arc::clone(&world.clock) as _).unwrap();
    let token = format!("Bearer {}", other.mint(&ann).unwrap());
    assert_eq!(world.refused(&token).await.0, Code::Unauthenticated);
}

proptest! {
    #[test]
    fn no_header_breaks_it(text in "\\PC*", inner in "[A-Za-z0-9_=-]{0,40}\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,40}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = world(|_| {});
            for header in [text.clone(), format!("Bearer {text}"), format!("Bearer {inner}")] {
                prop_assert_eq!(world.refused(&header).await.0, Code::Unauthenticated);
            }
            Ok(())
        })?;
    }

    #[test]
    fn no_json_breaks_it(head in any_json(), body in any_json()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = world(|_| {});
            prop_assert_eq!(world.refused(&unsigned(&head, &body)).await.0, Code::Unauthenticated);
            // Signed, so that every claim is looked at: whatever it is, it is an answer and no panic.
            let mut claims = claims(json!({}));
            if let Some(members) = body.as_object() {
                claims.as_object_mut().unwrap().extend(members.clone());
            }
            let _ = world.identity.sign_in(Some(&world.signer.bearer(&claims)), None, LATER).await;
            Ok(())
        })?;
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let number = any::<f64>().prop_map(|number| json!(number));
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|b| json!(b)),
        number,
        any::<i64>().prop_map(|number| json!(number)),
        "\\PC{0,12}".prop_map(|text| json!(text))
    ];
    let inner = leaf.prop_recursive(2, 8, 3, |inner| prop::collection::vec(inner, 0..3).prop_map(|list| json!(list)));
    let names = prop::sample::select(vec![
        "alg",
        "kid",
        "typ",
        "iss",
        "aud",
        "exp",
        "nbf",
        "sub",
        "amr",
        "acr",
        "auth_time",
        "email",
        "email_verified",
        "name",
        "locale",
        "zoneinfo",
        "vestibule",
        "events",
        "crit",
    ]);
    prop::collection::btree_map(names, inner, 0..6).prop_map(|members| json!(members))
}
