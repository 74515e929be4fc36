//! Execution against sources in memory.

mod answers;
mod claims;
mod data;
mod desk;
mod figures;
mod merged;
mod owners;
mod portal;
mod pushes;
mod random;
mod scope;
mod searched;
mod several;
mod stages;
mod writes;
