//! What the four systems of `examples/portal-over-four-apis` say to each call: what is asked for, as they are asked.

use std::collections::HashMap;

use super::data;

/// One of the systems.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum System {
    Crm,
    Erp,
    Billing,
    Support,
}

/// All of them, in the order of their addresses everywhere.
pub const SYSTEMS: [System; 4] = [System::Crm, System::Erp, System::Billing, System::Support];

/// What a system says to what is asked.
pub fn body(system: System, target: &str) -> Option<String> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let asked: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let number = |name: &str| asked.get(name).and_then(|text| text.parse::<u32>().ok());
    match system {
        System::Crm => {
            let account = path.strip_prefix("/companies/")?.parse().ok()?;
            let row = data::whole(&data::company(account));
            Some(format!("{{\"id\":\"{account}\",\"properties\":{row},\"archived\":false}}"))
        }
        System::Billing => {
            let account = asked.get("customer")?.strip_prefix("cus_")?.parse().ok()?;
            let rows = data::rows(number("limit")?, |at| data::whole(&data::invoice(account, at)));
            Some(format!("{{\"object\":\"list\",\"url\":\"/v1/invoices\",\"has_more\":true,\"data\":[{rows}]}}"))
        }
        System::Support => {
            let account = path.strip_prefix("/api/v2/organizations/")?.strip_suffix("/tickets.json")?.parse().ok()?;
            let rows = data::rows(number("per_page")?, |at| data::whole(&data::ticket(account, at)));
            Some(format!("{{\"tickets\":[{rows}],\"next_page\":null,\"count\":120}}"))
        }
        System::Erp => {
            let columns: Option<Vec<&str>> = asked.get("$select").map(|text| text.split(',').collect());
            let columns = columns.as_deref();
            let wanted: Vec<&str> = asked.get("$filter")?.split('\'').skip(1).step_by(2).collect();
            let rows = match path {
                "/Product" => {
                    wanted.iter().filter_map(|key| data::product_with(key, columns)).collect::<Vec<_>>().join(",")
                }
                "/SalesOrder" => {
                    let account = wanted.first()?.parse().ok()?;
                    let lines = asked.get("$expand").map(|text| inner(text));
                    data::rows(number("$top")?, |at| data::order_with_lines((account, at), columns, lines.as_deref()))
                }
                _ => return None,
            };
            Some(format!("{{\"@odata.context\":\"$metadata{path}\",\"value\":[{rows}]}}"))
        }
    }
}

/// The columns inside `to_Item($select=…)`.
fn inner(expand: &str) -> Vec<&str> {
    let inside = expand.split_once("$select=").map_or("", |(_, inside)| inside);
    inside.trim_end_matches(')').split(',').collect()
}
