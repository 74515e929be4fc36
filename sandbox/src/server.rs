//! Starts the four systems, the mail server and the control port on loopback, and stops them.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::data::Business;
use crate::folder::Folder;
use crate::gate::{self, Gate};
use crate::keys::{self, Keys};
use crate::{SYSTEMS, State, agent, control, hooks, hubspot, mail, sap, strike, stripe, zendesk};

/// Makes the routes of one system.
type Routes = fn(Arc<State>) -> Router;

/// How to start.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Port of the control server; 0 takes any that is free.
    pub control_port: u16,
    /// The business's clock in Unix seconds; `None` is the real clock at the start.
    pub now: Option<i64>,
    /// A business of one's own making; `None` is the seeded one.
    pub business: Option<Business>,
}

/// A business that is open. Dropping it closes it.
#[derive(Debug)]
pub struct Running {
    /// Where the control port listens.
    pub control: SocketAddr,
    /// Where each system listens, by name.
    pub systems: BTreeMap<&'static str, SocketAddr>,
    /// Where the mail server listens.
    pub mail: SocketAddr,
    /// What the systems share; the records in it may be changed while they are open.
    pub state: Arc<State>,
    /// The customers' documents: files, which go with the business.
    pub documents: Folder,
    closing: watch::Sender<()>,
    servers: Vec<JoinHandle<()>>,
}

impl Running {
    /// Closes the business and waits until no server answers any more.
    pub async fn shutdown(self) {
        drop(self.closing);
        for server in self.servers {
            let _ended = server.await;
        }
    }
}

/// Opens the business: seeds the data, unless it is given, then binds 127.0.0.1.
///
/// # Errors
/// When a port cannot be bound.
pub async fn start(options: Options) -> std::io::Result<Running> {
    let now = options.now.unwrap_or_else(machine_time);
    let state = match options.business {
        Some(business) => State::with(business, now),
        None => State::new(now),
    };
    let documents = Folder::of(&state.read(), now)?;
    let letters = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let (closing, closed) = watch::channel(());
    let mut running = Running {
        control: SocketAddr::from((Ipv4Addr::LOCALHOST, options.control_port)),
        systems: BTreeMap::new(),
        mail: letters.local_addr()?,
        state: Arc::clone(&state),
        documents,
        closing,
        servers: Vec::new(),
    };
    let routers: [(&'static str, Routes); 4] =
        [("hubspot", hubspot::router), ("sap", sap::router), ("stripe", stripe::router), ("zendesk", zendesk::router)];
    for (system, router) in routers {
        let gate = Gate { state: Arc::clone(&state), system, closed: closed.clone() };
        let keys = Keys::new(Arc::clone(&state), system);
        let router = router(Arc::clone(&state))
            .layer(from_fn_with_state(keys, keys::pass))
            .layer(from_fn_with_state(gate.clone(), strike::pass))
            .layer(from_fn_with_state(gate, gate::pass));
        let (address, server) = serve(0, router, closed.clone()).await?;
        running.systems.insert(system, address);
        state.listens(system, address);
        running.servers.push(server);
    }
    for system in SYSTEMS {
        let sender = hooks::run(Arc::clone(&state), system, closed.clone());
        running.servers.push(tokio::spawn(sender));
    }
    running.servers.push(tokio::spawn(mail::serve(letters, Arc::clone(&state), closed.clone())));
    running.servers.push(tokio::spawn(agent::run(Arc::clone(&state), closed.clone())));
    let (address, server) = serve(options.control_port, control::router(state), closed).await?;
    running.control = address;
    running.servers.push(server);
    Ok(running)
}

async fn serve(
    port: u16,
    router: Router,
    closed: watch::Receiver<()>,
) -> std::io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    let server = axum::serve(listener, router).with_graceful_shutdown(gate::closing(closed));
    let task = tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, %address, "a demo server ended");
        }
    });
    Ok((address, task))
}

/// The demo business has no clock of its own to be moved: its history ends when it is started.
fn machine_time() -> i64 {
    jiff::Timestamp::now().as_second()
}
