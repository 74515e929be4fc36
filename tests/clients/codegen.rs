//! graphql-codegen from the running gateway: TypeScript takes what is right, refuses what is wrong, and the result runs.

use super::node;
use super::portal::Portal;

#[tokio::test]
async fn generated_types_fit_what_the_gateway_answers() {
    let portal = Portal::open().await;
    let generated = node::folder().join("codegen/generated");
    if generated.exists() {
        std::fs::remove_dir_all(&generated).unwrap();
    }
    node::tool(&portal, "graphql-codegen", &["--config", "codegen/config.mjs"]).await;
    let types = std::fs::read_to_string(generated.join("graphql.ts")).unwrap();
    for name in ["OrdersQuery", "OrderPageQueryVariables", "OrderRowFragment", "DashboardQuery"] {
        assert!(types.contains(&format!("export type {name} ")), "no {name}");
    }
    node::tool(&portal, "tsc", &["--project", "codegen/tsconfig.json"]).await;
    node::tell(&node::run(&portal, "codegen/run.mjs").await);
}
