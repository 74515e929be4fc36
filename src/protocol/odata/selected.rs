//! What is asked of a set's rows, whichever they are: it stands in the address as it is kept.

use std::sync::Arc;

use super::super::core::{Core, Wanted};
use super::super::encode;
use super::super::stage::Stage;
use super::super::wants::Wants;
use super::expand::Expanded;
use super::filter::property;
use super::query::switches;
use crate::connector::{FacetWay, Method, Part, Pattern, Request, Template};
use crate::model::Wire;

/// What of an address nobody knows before it is written: the names of options, the page.
const SPARE: usize = 120;

/// A set, with the options and headers that do not change from one query to the next.
#[derive(Clone, Debug)]
pub(in crate::protocol) struct Selected {
    pub(super) request: Request,
    /// `$select=…&$expand=…&$orderby=…`, encoded.
    pub(super) options: String,
    pub(super) wanted: Wanted,
    /// How long an address is without a filter.
    pub(super) length: usize,
}

impl Selected {
    /// Rows of a set; `row` is what of each is wanted.
    pub(super) fn of(core: &Core, set: &Arc<str>, (options, row): (&[(&str, String)], &Wants)) -> Self {
        let mut written = String::new();
        options.iter().for_each(|(name, text)| encode::pair(&mut written, name, text));
        let version = switches(core).version;
        let path = Pattern { parts: vec![Part::Text(Arc::clone(set))], text: Arc::clone(set) };
        let mut request = Request::bare(Method::Get, path);
        if version >= 4 {
            let text = |text: &str| Template::Literal(Wire::Text(text.into()));
            // Decimals and large numbers as exact text (OData JSON 4.01, 3.2).
            request.headers.push((Arc::from("Accept"), text("application/json;IEEE754Compatible=true")));
            request.headers.push((Arc::from("OData-MaxVersion"), text("4.0")));
        }
        let base = core.address_text(set, "").map_or(0, |text| text.len());
        let length = base + written.len() + SPARE;
        Self { request, options: written, wanted: core.wanted(wants(row, version < 4)), length }
    }

    /// Rows of an entity's own set, in an order where one is given.
    pub(super) fn rows(core: &Core, stage: &Stage<'_>, order: Option<String>) -> Self {
        let needs = &stage.needed.needs;
        let mut select: Vec<String> = Vec::new();
        for column in needs.columns.iter().filter_map(|column| selectable(column)) {
            if !select.contains(&column) {
                select.push(column);
            }
        }
        let mut tree = Expanded::default();
        for (at, facet) in stage.facets() {
            let FacetWay::Expand(nav) = &facet.way else { continue };
            let needed = needs.facets.get(&at).map(Vec::as_slice).unwrap_or_default();
            let mut columns: Vec<String> = needed.iter().filter_map(|column| selectable(column)).collect();
            if !columns.is_empty() {
                let only = facet.only.iter().flat_map(|only| &only.0).filter_map(|(path, _)| property(path));
                let only = only.filter(|column| !needed.iter().any(|name| **name == **column));
                columns.extend(only.map(std::borrow::Cow::into_owned));
            }
            tree.add(nav, columns);
        }
        let v2 = switches(core).version < 4;
        let expand = if v2 { tree.paths(&mut select) } else { tree.nested() };
        let mut options = Vec::new();
        if !select.is_empty() {
            options.push(("$select", select.join(",")));
        }
        if !expand.is_empty() {
            options.push(("$expand", expand));
        }
        options.extend(order.map(|order| ("$orderby", order)));
        let mut row = Wants::default();
        stage.wants_row(&mut row);
        row.names(["__metadata", "etag"]);
        row.names(["@odata.etag"]);
        Self::of(core, &stage.of.set.clone().unwrap_or_default(), (&options, &row))
    }
}

/// The property behind a column: annotations (`x@…`, `__metadata`) come along unasked.
pub(super) fn selectable(column: &str) -> Option<String> {
    let name = column.split('@').next().unwrap_or_default();
    (!name.is_empty() && !name.starts_with("__")).then(|| name.to_owned())
}

fn wants(row: &Wants, v2: bool) -> Wants {
    let mut wants = Wants::default();
    if !v2 {
        wants.names(["@odata.count"]);
        wants.names(["@odata.nextLink"]);
        wants.graft(&["value"], row);
        return wants;
    }
    // Rows are in `d.results`, or in `d` itself where a service predates paging.
    wants.graft(&["d"], row);
    wants.graft(&["d", "results"], row);
    wants.names(["d", "__count"]);
    wants.names(["d", "__next"]);
    wants
}
