//! The conventions of the schema's header, checked: every breach is a diagnostic.

mod directives;
mod figures;
mod lists;
mod merged;
mod records;
mod roots;

pub(super) use directives::is_by_id;
pub(super) use lists::tested_path;
pub(super) use merged::{is_item_field, item_of};

use super::resolved::Graph;
use super::sdl::Sdl;
use crate::diagnostic::Report;

/// Checks everything.
pub(super) fn check(sdl: Sdl<'_>, graph: &Graph, report: &mut Report) {
    records::check(sdl, report);
    records::check_same_names(sdl, report);
    lists::check(sdl, report);
    directives::check(sdl, report);
    figures::check(sdl, report);
    merged::check(sdl, report);
    roots::check(sdl, graph, report);
}
