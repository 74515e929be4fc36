//! What happens in the business while somebody has a link.

use std::collections::BTreeMap;

use axum::http::HeaderName;
use serde::Deserialize;
use serde_json::{Value, json};
use vestibule::clock::Clock as _;
use vestibule_sandbox::data::told::File;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::expected::{Taken, worded};
use crate::world::World;

/// What somebody does past the portal; what is not named stays as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Business {
    /// Every invoice's PDF is at this address from now on.
    pub pdfs_at: Option<String>,
    /// Files are attached to everything that was said to everybody.
    pub attached: Vec<Attached>,
    /// Every invoice has this status in the billing system.
    pub invoices: Option<String>,
    /// The CRM takes this away from a person.
    pub loses: Option<Loses>,
}

/// A file that is attached.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attached {
    pub name: String,
    #[serde(rename = "type")]
    pub media: String,
    pub content: String,
}

/// Who loses what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loses {
    who: String,
    what: Right,
    /// The CRM tells the gateway of it.
    #[serde(default)]
    told: bool,
}

/// What a person can lose.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Right {
    Companies,
    Labels,
    /// The address that the person signs in with.
    Address,
}

impl Business {
    /// Does it.
    pub async fn happens(&self, world: &World, taken: &Taken) {
        if let Some(address) = &self.pdfs_at {
            move_to(world, &worded(address, taken));
        }
        for file in &self.attached {
            attach(world, file);
        }
        if let Some(status) = &self.invoices {
            let status: &'static str = status.clone().leak();
            world.business.state.write().invoices.iter_mut().for_each(|invoice| invoice.status = status);
        }
        if let Some(loses) = &self.loses {
            loses.happens(world).await;
        }
    }
}

impl Loses {
    async fn happens(&self, world: &World) {
        let contact = {
            let mut business = world.business.state.write();
            let contact = business.contacts.iter_mut().find(|contact| contact.email == self.who).unwrap();
            match self.what {
                Right::Companies => contact.companies.clear(),
                Right::Labels => contact.companies.iter_mut().for_each(|membership| membership.labels.clear()),
                Right::Address => "somebody.else@kestrel-marine.example".clone_into(&mut contact.email),
            }
            contact.id
        };
        if self.told {
            let event = json!([{
                "eventId": 1, "subscriptionId": 1, "portalId": 4711, "appId": 1, "objectId": contact,
                "occurredAt": world.clock.now().as_millisecond(), "subscriptionType": "contact.propertyChange",
                "attemptNumber": 0, "propertyName": "jobtitle", "propertyValue": "Buyer", "changeSource": "CRM_UI",
            }]);
            assert!(world.deliver("crm", &event).await.is_success());
        }
    }
}

/// Every invoice's PDF is at that address by now.
pub fn move_to(world: &World, address: &str) {
    let mut business = world.business.state.write();
    let ids: Vec<String> = business.invoices.iter().map(|invoice| invoice.id.clone()).collect();
    for id in ids {
        business.told.billing.entry(id).or_default().insert("invoice_pdf".to_owned(), Value::from(address));
    }
}

/// Attaches a file to everything that was said to everybody.
pub fn attach(world: &World, Attached { name, media, content }: &Attached) {
    let mut business = world.business.state.write();
    let said = business.tickets.iter().flat_map(|ticket| &ticket.comments).filter(|comment| comment.public);
    let said: Vec<u64> = said.map(|comment| comment.id).collect();
    let first = 5_000_000 + business.told.files.len() as u64;
    business.told.files.extend(said.into_iter().zip(first..).map(|(comment, id)| File {
        id,
        token: format!("t{name}"),
        name: name.clone(),
        media: media.clone(),
        content: content.clone().into(),
        at: 1_770_000_000,
        comment: Some(comment),
    }));
}

/// Another host than the systems' own, and what it answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    status: u16,
    /// Where it sends on to.
    location: Option<String>,
    #[serde(rename = "type", default = "plain")]
    media: String,
    #[serde(default)]
    body: String,
}

fn plain() -> String {
    "text/plain".to_owned()
}

/// Hosts that are there; their addresses are taken by their names.
pub struct Hosts(BTreeMap<String, MockServer>);

impl Hosts {
    /// Starts them; each may name the address of every other.
    pub async fn open(hosts: &BTreeMap<String, Host>, taken: &mut Taken) -> Self {
        let mut open = BTreeMap::new();
        for name in hosts.keys() {
            let server = MockServer::start().await;
            taken.insert(name.clone(), Value::from(server.uri()));
            open.insert(name.clone(), server);
        }
        for (name, host) in hosts {
            let answer = ResponseTemplate::new(host.status).set_body_raw(host.body.as_bytes(), &host.media);
            let answer = match &host.location {
                Some(location) => answer.insert_header("location", worded(location, taken)),
                None => answer,
            };
            Mock::given(any()).respond_with(answer).mount(&open[name]).await;
        }
        Self(open)
    }

    /// The names of the headers of every request that a host got.
    pub async fn asked(&self, name: &str) -> Vec<Vec<String>> {
        let server = self.0.get(name).unwrap_or_else(|| panic!("there is no host `{name}`"));
        let requests = server.received_requests().await.unwrap();
        let names = |request: &wiremock::Request| request.headers.keys().map(HeaderName::to_string).collect();
        requests.iter().map(names).collect()
    }
}
