//! The engines against a transport in memory: what exactly is asked, and what is made of the answers.

mod bench;
mod errors;
mod facets;
mod language;
mod needed;
mod odata;
mod plan;
mod rest_get;
mod rest_list;
mod support;
mod writes;
