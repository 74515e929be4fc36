//! What both benches stand on: systems, people, gateways, and load.

pub mod data;
pub mod gateway;
pub mod issuer;
pub mod load;
pub mod process;
pub mod report;
pub mod simulator;
pub mod systems;
