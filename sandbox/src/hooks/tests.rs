//! Signatures against known ones, and addresses.

use jiff::Timestamp;

use super::Target;
use super::send::place;
use super::sign::headers;

const BODY: &[u8] = br#"{"type":"invoice.paid","timestamp":"2026-02-03T04:05:06Z","data":{"id":"in_0A1"}}"#;

fn signed(system: &str, secret: &str, name: &str) -> String {
    let target = Target { secret: Some(secret.to_owned()), ..Target::new("http://127.0.0.1/hooks?a=%3A%20") };
    let at: Timestamp = "2026-02-03T04:05:06.250Z".parse().unwrap();
    let all = headers(system, &target, (BODY, at));
    all.into_iter().find(|(known, _)| known == name).unwrap().1
}

#[test]
fn stripe_signs_the_second_and_the_body() {
    let signature = "e73f43dcdb55be3d138b2dabb08a9e9f76bbd6e2da2565333ffa098ba1a749e1";
    assert_eq!(signed("stripe", "whsec_test", "stripe-signature"), format!("t=1770091506,v1={signature}"));
}

#[test]
fn zendesk_signs_the_timestamp_and_the_body() {
    let signature = "tyE/4XNuTCnINeWPwqcITzsbAKKLlu45bM32yRA6UPw=";
    assert_eq!(signed("zendesk", "zd_secret", "x-zendesk-webhook-signature"), signature);
    assert_eq!(signed("zendesk", "zd_secret", "x-zendesk-webhook-signature-timestamp"), "2026-02-03T04:05:06Z");
}

#[test]
fn hubspot_signs_the_address_with_some_escapes_undone() {
    // HMAC-SHA256 of `POST`, `http://127.0.0.1/hooks?a=:%20`, the body and the milliseconds.
    let signature = "t2gh8XCHe7tj4OiwrSnvodxx9k5PB0jDjY7kfX0tNC0=";
    assert_eq!(signed("hubspot", "app-secret", "x-hubspot-signature-v3"), signature);
    assert_eq!(signed("hubspot", "app-secret", "x-hubspot-request-timestamp"), "1770091506250");
}

#[test]
fn sap_sends_the_secret_itself() {
    assert_eq!(signed("sap", "shared", "x-portal-secret"), "shared");
}

#[test]
fn webhooks_stay_on_this_machine() {
    for url in ["http://127.0.0.1:8080/a", "http://localhost/a?b=c", "http://[::1]:9/"] {
        assert!(place(url).is_ok(), "{url}");
    }
    for url in
        ["https://127.0.0.1/", "http://example.com/", "http://10.0.0.1/", "http://127.0.0.1.example.com/", "/a", ""]
    {
        assert!(place(url).is_err(), "{url}");
    }
}
