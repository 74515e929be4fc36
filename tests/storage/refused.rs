//! What the server does not accept: operators are told why, customers are not.

use serde_json::json;
use vestibule::tenant::{Trial, assemble, try_read};

use crate::server::serve;
use crate::store::Store;
use crate::world::{ANA, World};

#[tokio::test]
async fn a_wrong_secret_is_told_to_operators_and_not_to_customers() {
    let store = Store::default();
    store.put("accounts/9001001/a.txt", "one");
    let secret = "not the secret of this server at all";
    let world = World::signed(serve(store.clone()).await, secret).await;
    let query = "{ viewer { account { documents(first: 5) { nodes { name } } documentFolders { name } name } } }";
    let answer = world.ask(ANA, query, json!({})).await;
    let text = answer.to_string();
    assert!(text.contains("UPSTREAM_UNAVAILABLE"), "{answer:#}");
    assert_eq!(answer["data"]["viewer"]["account"]["name"], "Kestrel Marine BV", "the rest of the page is there");
    for leak in ["Signature", "127.0.0.1", "AKID", secret, "bucket"] {
        assert!(!text.contains(leak), "{leak} in {answer:#}");
    }
    assert!(store.asked.lock().unwrap().is_empty(), "nothing is answered without a good signature");
}

#[tokio::test]
async fn a_read_by_an_operator_says_that_the_keys_are_not_accepted() {
    let world = World::signed(serve(Store::default()).await, "another secret").await;
    let (assembly, _) = assemble(&world.setup);
    let trial = Trial { source: "documents", entity: "Document", key: "accounts/9001001/a.txt" };
    let tried = try_read(assembly.unwrap(), &*world.setup.environment, trial).await.unwrap();
    assert!(!tried.good);
    assert!(tried.text.contains("credentials"), "{}", tried.text);
}
