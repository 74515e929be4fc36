//! Headers that claim to prove a delivery: none does, since nobody knows the secret.
//!
//! An input is the headers, one a line, as `name: value`; every system of the demo looks at them.

use vestibule::secret::Secret;
use vestibule::webhook::{Delivery, prove};

use super::world;

/// Checks the headers by each connector's recipe.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let headers: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(": ")).take(32).collect();
    let at = jiff::Timestamp::from_second(1_770_091_506).unwrap_or_default();
    let url = "https://graph.example.com/webhooks/demo/crm?a=b";
    let delivery = Delivery { method: "POST", url, headers: &headers, tail: Some("tail"), body: b"{\"id\":1}", at };
    let secrets =
        ["4f1c4a1e-nobody-knows-this", "whsec_bm9ib2R5IGtub3dzIHRoaXM="].map(|secret| Secret::new(secret.to_owned()));
    for source in ["crm", "erp", "billing", "support"] {
        let Some(connector) = world::connector(source) else { continue };
        let Some(webhooks) = &connector.webhooks else { continue };
        assert!(prove(webhooks, &secrets, &delivery).is_err(), "{source} takes what nobody signed");
    }
}
