//! Starts the demo business and the gateway in front of it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use vestibule_sandbox::hooks::Target;
use vestibule_sandbox::{Running, SYSTEMS};

use super::issuer::DemoIssuer;
use super::setup::{setup, with_mail};
use super::{routes, welcome};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Environment, ServerConfig};
use crate::error::{Code, Error, Result};
use crate::identity::{Issuer, Keys};
use crate::server::{self, Service};
use crate::tenant::{Opening, Tenant, assemble};

/// As the demo's configuration names them; nothing is ever fetched from there.
const ISSUER: &str = "https://demo.vestibule.invalid/";
const AUDIENCE: &str = "vestibule-demo";

/// What the business's own people begin with: the same every time.
const AGENT: u64 = 1;

/// Where the demo listens.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// The gateway's port.
    #[arg(long, default_value_t = 4000)]
    pub port: u16,
    /// The port with the switches of the demo business.
    #[arg(long, default_value_t = 4100)]
    pub control_port: u16,
    /// The gateway's address; this machine only, unless said otherwise (as in a container).
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub listen: IpAddr,
    /// Seconds between what the business's own people do by themselves (ship an order, answer a ticket); 0 for never.
    #[arg(long, default_value_t = 20)]
    pub agent: u64,
    /// A folder with connectors of your own; they replace shipped ones of the same name.
    #[arg(long)]
    pub connectors: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        let listen = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self { port: 4000, control_port: 4100, listen, agent: 20, connectors: None }
    }
}

/// A demo that is open, and ready to be served.
pub struct Demo {
    /// Where the gateway listens.
    pub address: SocketAddr,
    /// The demo business.
    pub business: Running,
    /// The tenant that is served.
    pub tenant: Arc<Tenant>,
    /// The systems of the business, each with the source that it is to the gateway.
    systems: Arc<[(&'static str, String)]>,
    config: Arc<ServerConfig>,
    listener: TcpListener,
    issuer: Arc<DemoIssuer>,
}

/// Starts the demo business and opens a gateway for it; nothing is served yet.
///
/// # Errors
/// A port is taken, or the shipped configuration is broken; the detail says which.
pub async fn open(options: Options) -> Result<Demo> {
    let taken = |what: &str, error: std::io::Error| Error::new(Code::Internal, format!("{what}: {error}"));
    let started = vestibule_sandbox::Options { control_port: options.control_port, ..Default::default() };
    let business = vestibule_sandbox::start(started).await.map_err(|error| taken("the demo business", error))?;
    business.state.follow_time();
    let listener = TcpListener::bind((options.listen, options.port)).await;
    let listener = listener.map_err(|error| taken(&format!("port {}", options.port), error))?;
    let address = listener.local_addr().map_err(|error| taken("the gateway's address", error))?;
    let setup = with_mail(setup(Some(&business), options.connectors));
    let environment: Arc<dyn Environment> = Arc::clone(&setup.environment);
    let (assembly, report) = assemble(&setup);
    let Some(assembly) = assembly else {
        let all: Vec<String> = report.sorted().iter().map(ToString::to_string).collect();
        return Err(Error::new(Code::Internal, format!("the demo's configuration is broken\n{}", all.join("\n"))));
    };
    let systems = systems(&assembly.config);
    listen(&business, address, (&assembly.config, &systems))?;
    let config = Arc::new(assembly.config.server.clone());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let issuer = Arc::new(DemoIssuer::new(ISSUER, AUDIENCE, Arc::clone(&clock))?);
    let trusted = Issuer { config: issuer.config(), keys: Keys::Fixed(issuer.keys()) };
    let opening = Opening { environment, clock, issuers: vec![trusted] };
    let tenant = Arc::new(Tenant::open(assembly, opening)?);
    Ok(Demo { address, business, tenant, systems: systems.into(), config, listener, issuer })
}

/// Which source each system of the business is: the one whose connector begins with its name.
fn systems(config: &Config) -> Vec<(&'static str, String)> {
    let of = |system: &&'static str| {
        let named = config.sources.iter().find(|(_, source)| source.connector.starts_with(*system));
        named.map(|(source, _)| (*system, source.to_string()))
    };
    SYSTEMS.iter().filter_map(of).collect()
}

/// Has the business send its webhooks to the gateway, as its systems would be set up to.
fn listen(business: &Running, address: SocketAddr, to: (&Config, &[(&'static str, String)])) -> Result<()> {
    let (config, systems) = to;
    let public = config.server.public_url.as_deref();
    for (system, source) in systems {
        let path = format!("/webhooks/{}/{source}", config.tenant);
        // A gateway that listens on every address is reached on this machine's own.
        let target = Target {
            signed_url: public.map(|public| format!("{public}{path}")),
            ..Target::new(format!("http://127.0.0.1:{}{path}", address.port()))
        };
        let refused =
            |why| Error::new(Code::Internal, format!("the demo business sends no webhooks of {system}: {why}"));
        business.state.hooks.target(system, target).map_err(refused)?;
    }
    Ok(())
}

impl Demo {
    /// Serves the gateway, with the pages that only a demo has, until `stop` resolves.
    ///
    /// # Errors
    /// `INTERNAL` where the listener fails.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        self.tenant.watch();
        let service = Service { tenant: Arc::clone(&self.tenant), config: Arc::clone(&self.config) };
        let own = routes::router(routes::State {
            tenant: Arc::clone(&self.tenant),
            issuer: self.issuer,
            business: Arc::clone(&self.business.state),
            systems: self.systems,
        });
        let routes = server::layered(server::router(service).merge(own));
        let served = server::serve(self.listener, routes, stop, self.config.grace.0).await;
        self.business.shutdown().await;
        served
    }
}

/// The command: starts everything, says what to open, and serves until it is interrupted.
///
/// # Errors
/// As [`open`].
pub async fn run(options: Options, say: &(dyn Fn(&str) + Sync)) -> Result<()> {
    let every = options.agent;
    let demo = open(options).await?;
    if every > 0 {
        demo.business.state.agent.turn(AGENT, Some(Duration::from_secs(every)));
    }
    for line in welcome::lines(&demo) {
        say(&line);
    }
    demo.serve(server::interrupted()).await
}
