//! With the CRM gone, a signed-in customer still has every order, invoice and ticket: only what the CRM itself has to tell
//! is missing, and the answer says so.

use std::time::Duration;

use serde_json::Value;
use vestibule::error::Code;
use vestibule::model::Caller;
use vestibule_sandbox::faults::Mode;

use crate::business::{Person, Size, business, only};
use crate::chance::Chance;
use crate::gateway::{Cache, Gateway, With, errors};
use crate::marks::ALPHA;

/// What the other systems tell.
const PORTAL: &str = "viewer { account { id
    orders(first: 50) { totalCount nodes { id number status total { amount currency }
        lines { position quantity total { amount currency } product { sku name } } } }
    invoices(first: 50) { nodes { id number status total { amount currency } lines { description } order { number } } }
    tickets(first: 50) { nodes { id number subject messages(first: 5) { nodes { body { text } } } } } } }";

/// What the CRM tells of an account.
const OWN: [&str; 5] = ["name", "industry", "customerSince", "website", "status"];

/// How a CRM can be gone. What hangs costs the whole time that the client waits.
const GONE: [(Mode, Duration); 3] = [
    (Mode::Down, Duration::from_secs(30)),
    (Mode::Garbage, Duration::from_secs(30)),
    (Mode::Hang, Duration::from_secs(3)),
];

struct Signed {
    gateway: Gateway,
    people: Vec<Person>,
}

impl Signed {
    async fn open() -> Self {
        let size = Size { least: 8, most: 8, astray: usize::MAX };
        let (records, people) = business(0, size, Chance::Seed(11));
        Self { gateway: Gateway::open(records, Cache::Off).await, people }
    }

    fn person(&self) -> &Person {
        only(&self.people, ALPHA)
    }

    async fn caller(&self) -> Caller {
        self.gateway.sign_in(self.person(), None).await.expect("signed in")
    }

    async fn ask(&self, caller: &Caller, query: &str, patience: Duration) -> Value {
        let with = With { patience: Some(patience), ..With::default() };
        self.gateway.ask(caller, &format!("{{ {query} }}"), with).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_invoices_and_tickets_are_as_complete_as_before() {
    for (mode, patience) in GONE {
        let signed = Signed::open().await;
        let before = signed.ask(&signed.caller().await, PORTAL, patience).await;
        assert_eq!(errors(&before), vec![]);
        for (list, count) in [("orders", 8), ("tickets", 8)] {
            let nodes = before["data"]["viewer"]["account"][list]["nodes"].as_array().expect("a list");
            assert_eq!(nodes.len(), count, "{list}");
        }
        assert!(!before["data"]["viewer"]["account"]["invoices"]["nodes"].as_array().expect("a list").is_empty());
        signed.gateway.fault(&["hubspot"], mode);
        let now = signed.ask(&signed.caller().await, PORTAL, patience).await;
        assert_eq!(now, before, "{mode:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_crms_own_fields_are_null_with_an_error_and_nothing_else_is() {
    for (mode, patience) in GONE {
        let signed = Signed::open().await;
        let caller = signed.caller().await;
        let query = format!(
            "viewer {{ name account {{ id {} creditLimit {{ amount currency }} vatNumber
               orders(first: 3) {{ nodes {{ number }} }} invoices(first: 3) {{ nodes {{ number }} }}
               tickets(first: 3) {{ nodes {{ number }} }} contacts {{ nodes {{ name }} }} }} }}",
            OWN.join(" ")
        );
        let before = signed.ask(&caller, &query, patience).await;
        assert_eq!(errors(&before), vec![]);
        signed.gateway.fault(&["hubspot"], mode);
        let now = signed.ask(&caller, &query, patience).await;
        let mut expected = before.clone();
        let account = expected["data"]["viewer"]["account"].as_object_mut().expect("an account");
        let lost: Vec<&str> = OWN.into_iter().chain(["contacts"]).collect();
        for field in &lost {
            let was = account.insert((*field).to_owned(), Value::Null);
            assert!(was.is_some_and(|was| !was.is_null()), "{field} is the CRM's to tell");
        }
        assert_eq!(now["data"], expected["data"], "{mode:?}");
        let code = match mode {
            Mode::Down => "UPSTREAM_UNAVAILABLE",
            Mode::Hang => "UPSTREAM_TIMEOUT",
            _ => "UPSTREAM_REJECTED",
        };
        let mut told = errors(&now);
        told.sort();
        let mut right: Vec<_> =
            lost.iter().map(|field| (format!("viewer.account.{field}"), code.to_owned(), "crm".to_owned())).collect();
        right.sort();
        assert_eq!(told, right, "{mode:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signed_in_lately_comes_in_again_and_who_never_did_is_told_why_not() {
    for (mode, patience) in GONE {
        let signed = Signed::open().await;
        let before = signed.caller().await;
        signed.gateway.fault(&["hubspot"], mode);
        // Past the time for which rights are believed without asking, and inside that of an outage.
        signed.gateway.clock.advance(Duration::from_secs(90));
        let again = signed.gateway.sign_in_within(signed.person(), None, patience).await.expect("known from before");
        assert_eq!(again.authority.accounts.len(), before.authority.accounts.len(), "{mode:?}");
        let answer = signed.ask(&again, "viewer { account { orders(first: 3) { nodes { number } } } }", patience).await;
        assert_eq!(errors(&answer), vec![], "{mode:?}");
        assert_eq!(answer["data"]["viewer"]["account"]["orders"]["nodes"].as_array().map(Vec::len), Some(3));

        let stranger =
            signed.people.iter().find(|person| person.email != signed.person().email).expect("somebody else");
        let refused = signed.gateway.sign_in_within(stranger, None, patience).await.expect_err("nobody knows them");
        assert_eq!(refused.code(), Code::UpstreamUnavailable, "{mode:?}");
        assert_eq!(refused.message(), "Your accounts cannot be looked up at the moment; try again.");

        // Rights do not outlast an outage for long.
        signed.gateway.clock.advance(Duration::from_secs(300));
        let late = signed.gateway.sign_in_within(signed.person(), None, patience).await.expect_err("too long ago");
        assert_eq!(late.code(), Code::UpstreamUnavailable, "{mode:?}");
        if mode != Mode::Hang {
            // A call that hangs is waited for a while longer, for whoever asks meanwhile.
            signed.gateway.mend();
            signed.gateway.clock.advance(Duration::from_secs(5));
            signed.gateway.sign_in(stranger, None).await.expect("it answers again");
        }
    }
}
