//! Execution against sources in memory.

mod answers;
mod data;
mod figures;
mod merged;
mod owners;
mod portal;
mod random;
mod scope;
mod searched;
mod several;
mod stages;
