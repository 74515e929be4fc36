//! Scope: nobody is ever shown what is not theirs, whatever is asked, and whatever the systems answer.
//!
//! - [`property`]: random records of three accounts, random queries over everything served, cache on and off.
//! - [`hostile`]: systems that ignore what they are asked for and answer with everybody's records.
//! - [`outage`]: with the CRM gone, a signed-in customer's orders, invoices and tickets are complete.
//!
//! The records are marked ([`business`]), so that what is foreign is recognised in any form ([`marks`]).
#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where something is missing")]

mod business;
mod chance;
mod coverage;
mod documents;
mod gateway;
mod hostile;
mod marks;
mod outage;
mod property;
mod queries;
