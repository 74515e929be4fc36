//! The demo business: servers on loopback that speak the dialects of HubSpot, SAP OData V2, Stripe and Zendesk.

pub mod data;
