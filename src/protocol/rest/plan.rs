//! The calls that a read will make, in order: the same choice of way as the read's own.

use std::sync::Arc;

use super::super::core::Core;
use super::super::facets;
use super::super::needed::How;
use super::super::stage::Stage;
use super::super::{ListRows, PlannedCall};
use super::way::choose;
use crate::connector::{EntityMapping, FacetWay, Read};
use crate::model::FieldSet;

pub(super) fn get(core: &Core, of: &EntityMapping, fields: FieldSet) -> Vec<PlannedCall> {
    let stage = core.stage(of, (fields, How::Get), None);
    of.get.first().map(call).into_iter().chain(apart(&stage)).collect()
}

pub(super) fn list(core: &Core, of: &EntityMapping, read: &ListRows) -> Vec<PlannedCall> {
    let Ok(way) = choose(of, read) else { return Vec::new() };
    let stage = core.stage(of, (read.fields, How::Get), None);
    let then = way.keys.as_ref().and_then(|_| of.get.first());
    std::iter::once(way).chain(then).map(call).chain(apart(&stage)).collect()
}

fn call(read: &Read) -> PlannedCall {
    PlannedCall { template: Arc::clone(&read.request.template), many: read.many.unwrap_or(1), keep: read.keep }
}

/// The calls of the facets that are read apart.
pub(in crate::protocol) fn apart(stage: &Stage<'_>) -> Vec<PlannedCall> {
    let planned = |facet: &crate::connector::Facet| {
        let many = match &facet.way {
            FacetWay::Read(read) => read.many.unwrap_or(1),
            _ => 1,
        };
        facets::template(facet).map(|template| PlannedCall { template, many, keep: facet.keep })
    };
    stage.apart().filter_map(|(_, facet)| planned(facet)).collect()
}
