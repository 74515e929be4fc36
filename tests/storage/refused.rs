//! What the server does not accept: operators are told why.

use vestibule::tenant::{Trial, assemble, try_read};

use crate::server::serve;
use crate::store::Store;
use crate::world::World;

#[tokio::test]
async fn a_read_by_an_operator_says_that_the_keys_are_not_accepted() {
    let world = World::signed(serve(Store::default()).await, "another secret").await;
    let (assembly, _) = assemble(&world.setup);
    let trial = Trial { source: "documents", entity: "Document", key: "accounts/9001001/a.txt" };
    let tried = try_read(assembly.unwrap(), &*world.setup.environment, trial).await.unwrap();
    assert!(!tried.good);
    assert!(tried.text.contains("credentials"), "{}", tried.text);
}
