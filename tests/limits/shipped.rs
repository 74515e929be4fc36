//! What is shipped keeps to the limits, with room: every limit could be half of what it is.

use serde_json::Value;

use super::gateway::{ANA, Gateway, JONAS};

/// Beside the dashboard of the documentation: pages that customers' portals have.
const PAGES: &[&str] = &[
    include_str!("../../docs/dashboard.graphql"),
    "{ viewer { name memberships { current roles account { name } } contact { name } account { name number } } }",
    "{ viewer { account { orders(first: 50) { totalCount pageInfo { endCursor hasNextPage } nodes { id number status
       statusLabel placedOn total { amount currency } lines { quantity product { sku name } } } } } } }",
    "{ viewer { account { tickets(first: 20) { nodes { id number subject status messages(first: 20) { nodes { sentAt
       body { text } author { name } } } } } } } }",
    "{ viewer { account { invoices(first: 40) { nodes { number status dueOn total { amount currency } lines { description }
       payments(first: 5) { nodes { status } } } } } } }",
];

#[tokio::test]
async fn pages_of_portals_keep_to_half_of_every_limit() {
    let gateway = Gateway::open().await.signed_in(&[ANA, JONAS]).await;
    let mut wrong = Vec::new();
    for query in PAGES {
        for email in [ANA, JONAS] {
            let answer = gateway.cost(email, query).await;
            let limits = answer.body["extensions"]["cost"]["limits"].as_object().cloned().unwrap_or_default();
            if limits.is_empty() {
                wrong.push(format!("{query}: {}", answer.body));
            }
            for (limit, counted) in limits {
                let number = |name: &str| counted[name].as_u64().unwrap();
                // A page of a hundred is what a page may be.
                if number("actual") * 2 > number("allowed") && limit != "pageSize" {
                    wrong.push(format!("{email}: {limit} {counted}: {query}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_configuration_that_is_shipped_as_an_example_has_the_default_limits() {
    let answer = Gateway::open().await.cost(ANA, "{ __typename }").await;
    let limits = &answer.body["extensions"]["cost"]["limits"];
    let example = include_str!("../../config/vestibule.example.yaml");
    let docs = include_str!("../../docs/limits.md");
    for (limit, counted) in limits.as_object().unwrap() {
        let allowed = counted["allowed"].as_u64().unwrap();
        assert!(docs.contains(&format!("| `{limit}` | {allowed} |")), "docs/limits.md: {limit} {allowed}");
    }
    assert_eq!(limits.get("nothing"), None::<&Value>);
    assert!(example.contains("limits:"));
}
