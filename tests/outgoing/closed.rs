//! The loop to its outer end, over real connections: a customer's own write, and what a system tells by its own signed webhook,
//! each go out once; and nobody is mailed what they did themselves.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use vestibule::clock::{Clock, SystemClock};
use vestibule::server::{self, Service};
use vestibule_sandbox::agent::{self, Act, Wanted};
use vestibule_sandbox::hooks::{Handling, Target};
use vestibule_sandbox::mail::Letter;
use vestibule_sandbox::{Options, Running};

use super::receiver::Receiver;
use super::world::Opened;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ANA: &str = "ana.lund@kestrel-marine.example";
const CREATE: &str = r#"mutation { createTicket(input: { subject: "The seal leaks", body: "Since Monday.",
    idempotencyKey: "seal-monday-1" }) { ticket { id number } userErrors { code message } } }"#;
/// How long nothing comes before a test believes that nothing does: what may be told once more is held back for three seconds.
const SILENCE: Duration = Duration::from_secs(5);

/// A demo whose desk tells the gateway what changes, and whose gateway tells people by mail and a receiver by webhooks.
struct Loop {
    gateway: Opened,
    business: Running,
    receiver: Receiver,
}

impl Loop {
    async fn open() -> Self {
        let receiver = Receiver::open(&[]).await;
        let business = vestibule_sandbox::start(Options::default()).await.unwrap();
        business.state.follow_time();
        let outgoing = format!(
            "{}  webhooks:\n    - {{ name: out, url: \"{}\", secrets: [{{ env: SECRET }}], plainHttp: true, privateNetworks: \
             [127.0.0.0/8], events: {{ Ticket: [CREATED, UPDATED, DELETED] }} }}\n",
            include_str!("../../config/demo/outgoing.yaml"),
            receiver.address
        );
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let gateway = Opened::of(&business, &clock, (&outgoing, &[("SECRET", SECRET)]));
        let service = Service { tenant: Arc::clone(&gateway.tenant), config: Arc::clone(&gateway.server) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = server::layered(server::router(service));
        tokio::spawn(server::serve(listener, routes, std::future::pending(), Duration::ZERO));
        let path = "/webhooks/demo/support";
        let public = gateway.server.public_url.as_deref().unwrap();
        let target =
            Target { signed_url: Some(format!("{public}{path}")), ..Target::new(format!("http://{address}{path}")) };
        business.state.hooks.target("zendesk", target).unwrap();
        Self { gateway, business, receiver }
    }

    /// Ana opens a ticket; its id and its number.
    async fn ticket(&self) -> (String, String) {
        let answer = self.gateway.ask(ANA, CREATE).await;
        let ticket = &answer["data"]["createTicket"]["ticket"];
        let text = |name: &str| ticket[name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        (text("id"), text("number"))
    }

    /// What the receiver was told since it was last looked at, when everything has come to its end.
    async fn told(&mut self) -> Vec<Value> {
        self.business.state.hooks.idle().await;
        let mut told = Vec::new();
        while let Some(came) = self.receiver.within(SILENCE).await {
            assert!(came.is_signed_with(SECRET));
            told.push(came.json());
        }
        while self.gateway.tenant.outgoing().mails().under_way > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        told
    }

    fn letters(&self) -> Vec<Arc<Letter>> {
        self.business.state.mails.all()
    }

    /// Everybody of Ana's company who has a part in the portal.
    fn colleagues(&self) -> Vec<String> {
        let business = self.business.state.read();
        let company = business.contacts.iter().find(|contact| contact.email == ANA).unwrap().companies[0].company;
        let people = business.contacts.iter().filter(|contact| {
            contact.companies.iter().any(|place| place.company == company && !place.labels.is_empty())
        });
        let mut people: Vec<String> = people.map(|contact| contact.email.clone()).collect();
        people.retain(|email| email != ANA);
        people.sort();
        people
    }
}

fn kinds(told: &[Value]) -> Vec<(&Value, &Value)> {
    told.iter().map(|one| (&one["type"], &one["data"]["id"])).collect()
}

#[tokio::test]
async fn what_a_customer_does_goes_out_once_and_is_mailed_to_others_and_never_to_them() {
    let mut closed = Loop::open().await;
    let (id, _) = closed.ticket().await;
    let told = closed.told().await;
    assert_eq!(kinds(&told), [(&json!("ticket.created"), &json!(id))], "{told:?}");
    let mut mailed: Vec<String> = closed.letters().iter().flat_map(|letter| letter.to.clone()).collect();
    mailed.sort();
    assert_eq!(mailed, closed.colleagues());
    assert!(!mailed.is_empty());

    let reply = format!(
        r#"mutation {{ replyToTicket(input: {{ ticketId: "{id}", body: "It is worse now." }}) {{ userErrors {{ code }} }} }}"#
    );
    let answer = closed.gateway.ask(ANA, &reply).await;
    assert_eq!(answer["data"]["replyToTicket"]["userErrors"], json!([]), "{answer}");
    let told = closed.told().await;
    assert_eq!(kinds(&told), [(&json!("ticket.updated"), &json!(id))], "{told:?}");
    assert!(closed.letters().iter().all(|letter| !letter.to.iter().any(|to| to == ANA)));
}

#[tokio::test]
async fn what_a_system_tells_goes_out_once_however_often_it_tells_and_is_mailed_to_who_asked() {
    let mut closed = Loop::open().await;
    let (id, number) = closed.ticket().await;
    closed.told().await;
    let before = closed.letters().len();
    closed.business.state.hooks.handle("zendesk", Handling { repeat: 2, ..Handling::default() });
    let answer = Wanted { act: Some(Act::Answer), key: Some(number.clone()), near: None };
    agent::step(&closed.business.state, &answer).unwrap();
    let told = closed.told().await;
    assert_eq!(kinds(&told), [(&json!("ticket.updated"), &json!(id))], "{told:?}");
    let letters = closed.letters();
    assert_eq!(letters.len(), before + 1, "{letters:?}");
    let letter = letters.last().unwrap();
    assert_eq!(letter.to, [ANA]);
    let subject = letter.header("Subject").unwrap();
    assert!(subject.starts_with("Re: The seal leaks") && subject.contains(&number), "{subject}");
}
