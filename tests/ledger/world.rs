//! The demo business with faults in its writes, and a gateway before it whose clock the test moves.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use vestibule::clock::{Clock, ManualClock};
use vestibule::demo::{DemoIssuer, DemoPerson};
use vestibule::execute::GraphRequest;
use vestibule::identity::{Issuer, Keys};
use vestibule::model::Caller;
use vestibule::seal::Sealer;
use vestibule::secret::Secret;
use vestibule::tenant::{Opening, SignIn, Tenant, assemble};
use vestibule_sandbox::data::{Business, Order, Subscription};
use vestibule_sandbox::faults::write::{Chances, WriteMode};
use vestibule_sandbox::{Running, SYSTEMS};

use crate::documents::Documents;
use crate::kinds::Wanted;
use crate::records::Records;
use crate::s3;
use crate::server::SECRET;

/// How long a request may hang in real time before the clock is moved on for it: a quota, or a pause between tries.
const STUCK: Duration = Duration::from_millis(400);
/// By how much.
const ON: Duration = Duration::from_secs(31);

/// How many of a hundred writes go wrong in each way.
const RATES: [(WriteMode, u8); 7] = [
    (WriteMode::CutBefore, 8),
    (WriteMode::CutDuring, 6),
    (WriteMode::CutAfter, 8),
    (WriteMode::Late, 6),
    (WriteMode::Down, 4),
    (WriteMode::RateLimited, 3),
    (WriteMode::Locked, 2),
];
/// The latest that a write is done after its connection was cut, in seconds.
const LATEST: u32 = 10;

/// The client's account, as the CRM knows it.
pub const ACCOUNT: u64 = 9_001_001;

pub struct World {
    pub business: Running,
    pub tenant: Arc<Tenant>,
    pub caller: Caller,
    pub documents: Documents,
    clock: Arc<ManualClock>,
    sealer: Sealer,
    /// The business as it would be without the client's writes.
    untouched: Mutex<Business>,
}

impl World {
    pub async fn open(seed: u64) -> Self {
        let now = 1_780_000_000;
        let options = vestibule_sandbox::Options { now: Some(now), ..Default::default() };
        let business = vestibule_sandbox::start(options).await.unwrap();
        let clock = Arc::new(ManualClock::new(jiff::Timestamp::from_second(now).unwrap()));
        let documents = Documents::open(&clock, seed * 10 + 9, (&RATES[..], LATEST)).await;
        let setup = s3::setup(&business, Some(documents.address), SECRET);
        let (assembly, report) = assemble(&setup);
        let all: Vec<String> = report.sorted().iter().map(ToString::to_string).collect();
        let assembly = assembly.unwrap_or_else(|| panic!("{}", all.join("\n")));
        let own = assembly.config.identity.issuers.first().unwrap().clone();
        let issuer = DemoIssuer::new(&own.issuer, &own.audience, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let issuers = vec![Issuer { config: issuer.config(), keys: Keys::Fixed(issuer.keys()) }];
        let environment = Arc::clone(&setup.environment);
        let opening = Opening { environment, clock: Arc::clone(&clock) as Arc<dyn Clock>, issuers };
        let tenant = Arc::new(Tenant::open(assembly, opening).unwrap());
        let ana = &vestibule_sandbox::people()[0];
        let person = DemoPerson { email: ana.email.clone(), name: ana.name.clone(), locale: None };
        let bearer = format!("Bearer {}", issuer.mint(&person).unwrap());
        let sign_in = SignIn { authorization: Some(&bearer), account: None };
        let mut caller = tenant.caller(sign_in, Duration::from_secs(60)).await.unwrap();
        // What is written here needs a second factor; how old that is, other tests see to.
        caller.multi_factor = true;
        for (at, system) in (0..).zip(SYSTEMS) {
            let rates = RATES.into_iter().collect();
            business.state.writes.chance(system, Chances { seed: seed * 10 + at, rates, seconds: LATEST });
        }
        let sealer = Sealer::new(&Secret::new(s3::SEALING_KEY.to_owned()), "demo").unwrap();
        let untouched = Mutex::new(business.state.read().clone());
        Self { business, tenant, caller, documents, clock, sealer, untouched }
    }

    /// The records as they would be without the client's writes, and as they are.
    pub fn records(&self) -> (Records, Records) {
        (Records::of(&self.untouched.lock().unwrap()), Records::of(&self.business.state.read()))
    }

    /// The number that an id stands for.
    pub fn key(&self, id: &Value) -> u64 {
        self.sealer.open_id(id.as_str().unwrap()).unwrap().key.parse().unwrap()
    }

    /// Books an order of the client's account for something that only happens once to each; its id.
    pub fn order(&self, number: &str) -> String {
        let mut business = self.business.state.write();
        let own = business.companies.iter().find(|company| company.id == ACCOUNT).unwrap().debtors.clone();
        let model = business.orders.iter().find(|order| own.contains(&order.sold_to) && !order.lines.is_empty());
        let model = model.unwrap().clone();
        let lines = model.lines[..1].to_vec();
        let fresh =
            Order { process: "A", delivery: "A", rejection: "A", block: "", number: number.to_owned(), lines, ..model };
        business.orders.push(fresh.clone());
        self.untouched.lock().unwrap().orders.push(fresh);
        self.sealer.id("Order", "erp", number)
    }

    /// The same for a subscription.
    pub fn subscription(&self, mark: &str, cancelled: bool) -> String {
        let id = format!("sub_{mark}");
        let mut business = self.business.state.write();
        let customer = business.companies.iter().find(|company| company.id == ACCOUNT).unwrap().stripe_customer.clone();
        let model = business.subscriptions.iter().find(|one| Some(&one.customer) == customer.as_ref()).unwrap().clone();
        let fresh = Subscription { id: id.clone(), status: "active", cancel_at_period_end: cancelled, ..model };
        business.subscriptions.push(fresh.clone());
        self.untouched.lock().unwrap().subscriptions.push(fresh);
        self.sealer.id("BillingSubscription", "billing", &id)
    }

    /// Moves the clocks of the gateway and of the business on.
    pub async fn advance(&self, seconds: u32) {
        self.clock.advance(Duration::from_secs(seconds.into()));
        self.business.state.advance(seconds).await;
        self.documents.advanced().await;
    }

    /// The answer to a query.
    pub async fn ask(&self, query: &str) -> Value {
        self.send(GraphRequest { query: query.to_owned(), ..GraphRequest::default() }).await
    }

    /// The answer to a write.
    pub async fn write(&self, wanted: &Wanted) -> Value {
        let (variables, files) = (wanted.variables.clone(), wanted.files.clone());
        self.send(GraphRequest { query: wanted.kind.document(), variables, files, ..GraphRequest::default() }).await
    }

    /// The answer to a request; what waits for a clock gets one that moves.
    async fn send(&self, request: GraphRequest) -> Value {
        let mut caller = self.caller.clone();
        caller.authenticated_at = Some(self.clock.now());
        let deadline = Some(self.tenant.deadline(Duration::from_secs(600)));
        let request = GraphRequest { deadline, ..request };
        let answer = self.tenant.execute(&caller, request);
        tokio::pin!(answer);
        loop {
            match tokio::time::timeout(STUCK, &mut answer).await {
                Ok(answer) => return serde_json::from_slice(&answer.body).unwrap(),
                Err(_) => self.advance(u32::try_from(ON.as_secs()).unwrap()).await,
            }
        }
    }
}
