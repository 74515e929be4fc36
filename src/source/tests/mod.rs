//! Sources over engines that answer from a table, on a clock that stands still.

mod catalog;
mod extent;
mod fixture;
mod inputs;
mod links;
mod lists;
mod reads;
mod recent;
mod table;
mod writes;
