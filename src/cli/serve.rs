//! `serve`: a gateway for a configuration.

use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::arguments::From;
use super::load::assembled;
use super::output::Output;
use crate::clock::{Clock, SystemClock};
use crate::error::{Code, Error, Result};
use crate::server::{self, Service};
use crate::tenant::{self, Assembly, Opening, Setup, Tenant};

/// Serves until it is told to stop.
pub(super) async fn run(from: &From, output: &Output) -> ExitCode {
    if from.config.is_none() {
        return output.fail("name a configuration: vestibule serve --config FILE (or try: vestibule demo)");
    }
    logging("info");
    match assembled(from, output) {
        Ok((setup, assembly)) => output.finish(serve(setup, assembly).await),
        Err(why) => output.fail(&why),
    }
}

async fn serve(setup: Setup, assembly: Assembly) -> Result<()> {
    // A portal that is up with a field missing is better than one that is down: `check` is where a change is stopped.
    for problem in tenant::locked(&assembly).changes.into_iter().flat_map(|changes| changes.report.sorted()) {
        tracing::warn!(code = problem.code, place = %problem.place, "{}", problem.message);
    }
    let config = Arc::new(assembly.config.server.clone());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let opening = Opening { environment: setup.environment, clock, issuers: Vec::new() };
    let tenant = Arc::new(Tenant::open(assembly, opening)?);
    let taken = |error: std::io::Error| Error::new(Code::Internal, format!("{}: {error}", config.listen));
    tenant.watch();
    let listener = TcpListener::bind(config.listen).await.map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    tracing::info!(%address, tenant = tenant.name(), "serving");
    let service = Service { tenant, config: Arc::clone(&config) };
    let routes = server::layered(server::router(service));
    server::serve(listener, routes, server::interrupted(), config.grace.0).await
}

/// Logs as JSON lines to standard error; `VESTIBULE_LOG` says what, where the default is not enough.
pub(super) fn logging(default: &str) {
    let filter = crate::config::log_filter().unwrap_or_else(|| default.to_owned());
    let filter = tracing_subscriber::EnvFilter::try_new(&filter).unwrap_or_default();
    // A subscriber that is already there (in tests) stays.
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
