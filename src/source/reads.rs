//! The sources of a tenant, put together so that they answer reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::Timestamp;

use super::inputs::EntityInputs;
use super::names::Names;
use super::recent::Recent;
use super::{Catalog, Mapper};
use crate::cache::{Cache, How, Policy};
use crate::clock::Clock;
use crate::connector::{Connector, EntityMapping, MapInput};
use crate::error::{Code, Error};
use crate::graph::Graph;
use crate::model::{
    Answer, Arguments, Change, EntityId, FieldSet, FindRead, GetRead, ListPage, ListRead, ReadContext, Reads, Record,
    SourceId,
};
use crate::protocol::{Protocol, Row};

/// What speaks to one source.
#[derive(Clone)]
pub struct Engine {
    /// The engine, bound to the source.
    pub protocol: Arc<dyn Protocol>,
    /// As whom the gateway signs in there, without a secret in it: another identity may be shown other data, so it is part
    /// of every key of the cache.
    pub credential: Arc<str>,
}

/// How long answers may be used.
#[derive(Clone, Debug)]
pub struct Policies {
    /// Where nothing else is said.
    pub usual: Policy,
    /// Of an entity of a source.
    pub special: BTreeMap<(SourceId, EntityId), Policy>,
}

/// What [`Sources`] are made of.
pub struct Setup {
    /// The tenant's name.
    pub tenant: Arc<str>,
    /// Its graph.
    pub graph: Arc<Graph>,
    /// Its sources.
    pub catalog: Arc<Catalog>,
    /// By [`SourceId`].
    pub engines: Vec<Engine>,
    /// Made for this very setup: records are laid out by its graph.
    pub cache: Arc<Cache>,
    /// How long answers may be used.
    pub policies: Policies,
    /// Makes records of rows.
    pub mapper: Arc<dyn Mapper>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The sources of a tenant. Cheap to clone.
#[derive(Clone)]
pub struct Sources(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub setup: Setup,
    pub recent: Recent,
    names: BTreeMap<(SourceId, EntityId), Names>,
    /// The sources of which some read may use who the caller's contact is.
    personal: BTreeSet<SourceId>,
}

/// One entity of one source.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub of: &'a EntityMapping,
    pub connector: &'a Connector,
    pub protocol: &'a dyn Protocol,
    pub names: &'a Names,
    pub policy: Policy,
}

/// What the rows of one read are mapped with.
pub(super) struct Mapping<'a> {
    pub fields: FieldSet,
    pub arguments: &'a Arguments,
    pub context: &'a ReadContext,
    /// When they were read.
    pub now: Timestamp,
}

impl Sources {
    /// Sources that answer reads.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let mut names = BTreeMap::new();
        let numbered = (0..=u16::MAX).map(SourceId).zip(setup.catalog.sources.iter().zip(&setup.engines));
        for (id, (source, engine)) in numbered {
            for (entity, of) in &source.connector.entities {
                let Some(known) = setup.graph.entity(*entity) else { continue };
                let name = Names {
                    tenant: Arc::clone(&setup.tenant),
                    source: (id, Arc::clone(&source.name)),
                    entity: (*entity, Arc::clone(&known.name)),
                    credential: Arc::clone(&engine.credential),
                    inputs: EntityInputs::of(&source.connector, of, known.localized),
                };
                names.insert((id, *entity), name);
            }
        }
        let personal = names.iter().filter(|(_, name)| name.inputs.use_contact()).map(|((source, _), _)| *source);
        let personal = personal.collect();
        Self(Arc::new(Inner { setup, recent: Recent::default(), names, personal }))
    }

    /// Which source owns what.
    #[must_use]
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.0.setup.catalog
    }

    /// What speaks to the source.
    #[must_use]
    pub fn engine(&self, source: SourceId) -> Option<&Engine> {
        self.0.setup.engines.get(usize::from(source.0))
    }

    /// The cache, for purges.
    #[must_use]
    pub fn cache(&self) -> &Arc<Cache> {
        &self.0.setup.cache
    }

    /// What was last read of these records, whether or not it may still be used: to compare with, never to answer with.
    pub async fn last(&self, read: &GetRead) -> Vec<Option<Arc<Record>>> {
        super::records::last(&self.0, read).await
    }

    /// Takes in a write of ours: lists of a system that lag behind it do not show what was there before.
    pub fn wrote(&self, change: &Change) {
        self.0.recent.note(change, self.0.setup.clock.elapsed());
    }

    /// The graph that records are laid out by.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.0.setup.graph
    }
}

impl Reads for Sources {
    fn get(&self, read: GetRead) -> BoxFuture<'_, Vec<Answer>> {
        Box::pin(super::records::get(&self.0, read))
    }

    fn list(&self, read: ListRead) -> BoxFuture<'_, Vec<Result<ListPage, Error>>> {
        Box::pin(super::lists::list(&self.0, read))
    }

    fn find(&self, read: FindRead) -> BoxFuture<'_, Vec<Answer>> {
        Box::pin(super::records::find(&self.0, read))
    }

    fn uses_contact(&self, source: SourceId) -> bool {
        self.0.personal.contains(&source)
    }
}

impl Inner {
    /// The entity of the source, with everything that reads it.
    pub fn target(&self, source: SourceId, entity: EntityId) -> Result<Target<'_>, Error> {
        let parts = || {
            let info = self.setup.catalog.sources.get(usize::from(source.0))?;
            Some(Target {
                of: info.connector.entities.get(&entity)?,
                connector: &info.connector,
                protocol: &*self.setup.engines.get(usize::from(source.0))?.protocol,
                names: self.names.get(&(source, entity))?,
                policy: *self.setup.policies.special.get(&(source, entity)).unwrap_or(&self.setup.policies.usual),
            })
        };
        let unknown = || format!("source {} was asked for entity {}, which it does not know", source.0, entity.0);
        parts().ok_or_else(|| Error::new(Code::Internal, unknown()))
    }

    /// The record of a row.
    pub fn map(&self, target: &Target<'_>, mapping: &Mapping<'_>, row: &Row) -> Result<Option<Record>, Error> {
        let input = MapInput {
            connector: target.connector,
            of: target.of,
            graph: &self.setup.graph,
            source: target.names.source.0,
            source_name: &target.names.source.1,
            now: mapping.now,
            fields: mapping.fields,
            arguments: mapping.arguments,
            context: mapping.context,
        };
        self.setup.mapper.map(&input, row)
    }

    /// Notes how long the request waited, where anything was read for it.
    pub fn time(&self, target: &Target<'_>, context: &ReadContext, (from, live): (std::time::Duration, bool)) {
        if let (Some(timings), true) = (&context.timings, live) {
            timings.add(&target.names.source.1, from, self.setup.clock.elapsed());
        }
    }
}

impl Target<'_> {
    /// How the cache is to be read.
    pub fn how(&self, fields: FieldSet, context: &ReadContext) -> How {
        How { fields, policy: self.policy, live: context.live, deadline: context.deadline }
    }

    /// Says where it happened.
    pub fn at(&self, error: Error) -> Error {
        error.at_source(&self.names.source.1).at_entity(&self.names.entity.1)
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").field("tenant", &self.0.setup.tenant).finish_non_exhaustive()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}
