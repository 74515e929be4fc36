//! `expand`: ids in an answer become the objects they name.

use serde_json::Value;

use super::error::Refusal;
use super::invoice;
use super::params::Params;
use super::view::{Kind, View};

const DEEPEST: usize = 4;

/// Expands all paths of the request in `body`.
pub(super) fn apply(view: &View<'_>, params: &Params, body: &mut Value) -> Result<(), Refusal> {
    for path in params.array("expand")? {
        let steps: Vec<&str> = path.split('.').collect();
        if steps.len() > DEEPEST {
            let text = format!("You cannot expand more than {DEEPEST} levels of a property: {path}");
            return Err(Refusal::invalid(&text, Some("expand")));
        }
        walk(view, body, &steps)?;
    }
    Ok(())
}

fn walk(view: &View<'_>, value: &mut Value, steps: &[&str]) -> Result<(), Refusal> {
    if let Value::Array(rows) = value {
        return rows.iter_mut().try_for_each(|row| walk(view, row, steps));
    }
    let Some((step, rest)) = steps.split_first() else {
        return Ok(());
    };
    // Nothing hangs on an object that is not there, or is deleted.
    if value.is_null() || value["deleted"] == true {
        return Ok(());
    }
    if *step == "payments" && value["object"] == "invoice" {
        let id = value["id"].as_str().unwrap_or_default().to_owned();
        value["payments"] = invoice::payments(view, &id);
    }
    let wrong = || Refusal::invalid(&format!("This property cannot be expanded ({step})."), Some("expand"));
    let child = value.get_mut(*step).ok_or_else(wrong)?;
    if let Value::String(id) = child {
        let found = Kind::of_id(id).and_then(|kind| kind.find(view, id));
        *child = found.ok_or_else(wrong)?;
    } else if rest.is_empty() && !(child.is_null() || child.is_object()) {
        return Err(wrong());
    }
    walk(view, child, rest)
}
