//! What the benches stand on: systems, people, gateways, and load.

pub mod data;
pub mod gateway;
pub mod issuer;
pub mod load;
pub mod process;
pub mod report;
pub mod simulator;
pub mod systems;

use mimalloc::MiMalloc;
use tokio::runtime::{Builder, Runtime};

/// What is measured within a bench, and what the gateway is compared with, has the gateway's allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What this process was asked to be, and what it runs on: a bench starts itself anew for each part that is measured apart.
pub fn started() -> (Vec<String>, Runtime) {
    (std::env::args().skip(1).collect(), Builder::new_current_thread().enable_all().build().unwrap())
}
