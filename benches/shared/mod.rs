//! What the benches stand on: systems, people, gateways, and load.

pub mod data;
pub mod gateway;
pub mod issuer;
pub mod load;
pub mod process;
pub mod report;
pub mod simulator;
pub mod systems;

use tokio::runtime::{Builder, Runtime};

/// What this process was asked to be, and what it runs on: a bench starts itself anew for each part that is measured apart.
pub fn started() -> (Vec<String>, Runtime) {
    (std::env::args().skip(1).collect(), Builder::new_current_thread().enable_all().build().unwrap())
}
