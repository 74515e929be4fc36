//! What suites that stand before a whole gateway begin with.

use std::sync::Arc;

use axum::Router;
use vestibule::clock::{Clock, SystemClock};
use vestibule::demo::DemoIssuer;
use vestibule::identity::{Issuer, Keys};
use vestibule::server::{self, Service};
use vestibule::tenant::{Opening, Setup, Tenant, assemble};

/// The routes of the gateway that a setup describes, and the one issuer it trusts: the test's own, by the name of the
/// configuration's first.
pub fn gateway(setup: &Setup) -> (Router, DemoIssuer) {
    let (routes, issuer, _) = opened(setup, Arc::new(SystemClock::default()));
    (routes, issuer)
}

/// The same with its tenant, on a clock of the test's own.
pub fn opened(setup: &Setup, clock: Arc<dyn Clock>) -> (Router, DemoIssuer, Arc<Tenant>) {
    let (assembly, report) = assemble(setup);
    let all: Vec<String> = report.sorted().iter().map(ToString::to_string).collect();
    let assembly = assembly.unwrap_or_else(|| panic!("{}", all.join("\n")));
    let config = Arc::new(assembly.config.server.clone());
    let own = assembly.config.identity.issuers.first().unwrap().clone();
    let issuer = DemoIssuer::new(&own.issuer, &own.audience, Arc::clone(&clock)).unwrap();
    let issuers = vec![Issuer { config: issuer.config(), keys: Keys::Fixed(issuer.keys()) }];
    let opening = Opening { environment: Arc::clone(&setup.environment), clock, issuers };
    let tenant = Arc::new(Tenant::open(assembly, opening).unwrap());
    let routes = server::layered(server::router(Service { tenant: Arc::clone(&tenant), config }));
    (routes, issuer, tenant)
}
