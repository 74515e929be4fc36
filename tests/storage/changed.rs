//! What somebody else puts into the store, or changes in it: open pages are told, and lists that were cached show it.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use vestibule::clock::{Clock as _, ManualClock, SystemClock};
use vestibule::execute::GraphRequest;
use vestibule::live::{Counted, Following};
use vestibule::tenant::Tenant;

use crate::hand::Hand;
use crate::server::serve;
use crate::store::Store;
use crate::world::{ANA, JONAS, World, each};

const LIST: &str =
    "{ viewer { account { documents(first: 20) { nodes { name uploadedAt } } documentFolders { path } } } }";
const CHANGED: &str =
    "subscription { changed(types: [DOCUMENT]) { kind type record { ... on Document { name uploadedAt } } } }";
/// How often the demo's store is asked what changed.
const EVERY: Duration = Duration::from_secs(5);

/// A gateway that asks its store what changed.
struct Asking {
    world: World,
    tenant: Arc<Tenant>,
    clock: Arc<ManualClock>,
}

/// Somebody with an open page.
struct Page {
    who: Hand,
    following: Following,
}

impl Page {
    /// The next change that it is told of.
    async fn told(&mut self) -> Value {
        let told = tokio::time::timeout(Duration::from_secs(20), self.following.next(&self.who));
        let told = told.await.unwrap_or_else(|_| panic!("nothing is told")).unwrap();
        let told: Value = serde_json::from_slice(&told.body).unwrap();
        assert!(told.get("errors").is_none(), "{told:#}");
        told["data"]["changed"].clone()
    }
}

impl Asking {
    async fn open(store: Option<&Store>, now: jiff::Timestamp) -> Self {
        let store = match store {
            Some(store) => Some(serve(store.clone()).await),
            None => None,
        };
        let (world, tenant, clock) = World::asking(store, now).await;
        tenant.watch();
        Self { world, tenant, clock }
    }

    async fn page(&self, person: &str) -> Page {
        let who = Hand(Arc::new(self.world.sign_in(person, &self.tenant).await));
        let request = GraphRequest { query: CHANGED.to_owned(), ..GraphRequest::default() };
        let following = self.tenant.follow(&who.0.caller, &request).await.ok().flatten().unwrap();
        Page { who, following }
    }

    /// Lets time pass until the store has been asked once more.
    async fn pass(&self) -> Counted {
        let before = self.tenant.watched();
        // Waits differ by a tenth.
        self.clock.advance(EVERY.mul_f64(1.11));
        for _ in 0..10_000 {
            let now = self.tenant.watched();
            if now.rounds > before.rounds {
                assert_eq!((now.rounds, now.failed, now.gaps), (before.rounds + 1, 0, 0));
                return now;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("nothing was asked: {:?}", self.tenant.watched());
    }

    async fn list(&self, person: &str) -> (Vec<String>, Vec<String>) {
        let answer = self.world.ask(person, LIST, json!({})).await;
        assert!(answer.get("errors").is_none(), "{answer:#}");
        let account = &answer["data"]["viewer"]["account"];
        (each(&account["documents"]["nodes"], "/name"), each(&account["documentFolders"], "/path"))
    }

    fn folder(&self, account: &str) -> PathBuf {
        self.world.business.documents.path().join("accounts").join(account)
    }
}

#[tokio::test]
async fn a_file_that_somebody_puts_into_the_folder_reaches_the_accounts_page_and_its_cached_list_and_nobody_elses() {
    // A file has the times of this machine, whatever is set.
    let asking = Asking::open(None, SystemClock::default().now()).await;
    let (before, _) = (asking.list(ANA).await, asking.list(JONAS).await);
    let (mut ana, mut jonas) = (asking.page(ANA).await, asking.page(JONAS).await);
    // What the business was founded with was put there just now: it is found, and is different for nobody.
    let founded = asking.pass().await;
    assert_eq!(asking.list(ANA).await, before);
    let own = asking.folder("9001001");
    fs::create_dir(own.join("invoices")).unwrap();
    fs::write(own.join("invoices/March.pdf"), "one").unwrap();
    assert_eq!(asking.list(ANA).await, before, "as it was cached");

    let counted = asking.pass().await;
    assert_eq!(counted.found.new, founded.found.new + 1, "and of the others nothing is told again");
    let told = ana.told().await;
    assert_eq!((&told["kind"], &told["type"]), (&json!("UPDATED"), &json!("DOCUMENT")), "{told}");
    assert_eq!(told["record"]["name"], "March.pdf");
    let (names, folders) = asking.list(ANA).await;
    assert!(
        names.contains(&"March.pdf".to_owned()) && folders.contains(&"invoices".to_owned()),
        "{names:?} {folders:?}"
    );

    fs::write(own.join("invoices/March.pdf"), "another").unwrap();
    asking.pass().await;
    let again = ana.told().await;
    assert_eq!((&again["kind"], &again["record"]["name"]), (&json!("UPDATED"), &json!("March.pdf")), "{again}");
    assert_ne!(again["record"]["uploadedAt"], told["record"]["uploadedAt"]);

    fs::write(asking.folder("9001002").join("notes/His own.txt"), "his").unwrap();
    let counted = asking.pass().await;
    assert_eq!(counted.found.unusable, 0);
    assert_eq!(jonas.told().await["record"]["name"], "His own.txt", "the first that he hears of");
}

#[tokio::test]
async fn an_object_that_somebody_puts_into_the_bucket_reaches_the_accounts_page_and_its_cached_list() {
    let store = Store::default();
    let begun = UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    let now = begun + Duration::from_secs(86_400);
    // More than a page looks at: those of the account come behind many that are old.
    for number in 0..10_050 {
        store.put_at(&format!("accounts/1/{number}"), "old", begun);
    }
    store.put_at("accounts/9001001/Old.txt", "old", begun);
    let asking = Asking::open(Some(&store), now.try_into().unwrap()).await;
    let mut ana = asking.page(ANA).await;
    assert_eq!(asking.list(ANA).await.0, ["Old.txt"]);
    store.asked.lock().unwrap().clear();

    store.put_at("accounts/9001001/New.txt", "new", now);
    assert_eq!(asking.list(ANA).await.0, ["Old.txt"], "as it was cached");
    let counted = asking.pass().await;
    let found = counted.found;
    assert_eq!((found.new, found.again, found.told, found.unusable), (1, 0, 0, 0));
    let lists = |asked: &[&str]| asked.iter().filter(|name| **name == "ListObjectsV2").count();
    assert_eq!(lists(&store.asked.lock().unwrap()), 11, "one request for each thousand objects");
    assert_eq!(ana.told().await["record"]["name"], "New.txt");
    assert_eq!(asking.list(ANA).await.0, ["New.txt", "Old.txt"]);

    store.put_at("accounts/9001001/Old.txt", "new, too", now + Duration::from_secs(4));
    let counted = asking.pass().await;
    assert_eq!((counted.found.new, counted.found.told), (2, 1), "what was told of is not told again");
    let told = ana.told().await;
    assert_eq!((&told["kind"], &told["record"]["name"]), (&json!("UPDATED"), &json!("Old.txt")));
}
