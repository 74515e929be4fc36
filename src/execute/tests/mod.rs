//! Execution against sources in memory.

mod answers;
mod data;
mod owners;
mod portal;
mod random;
mod scope;
mod stages;
