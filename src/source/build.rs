//! The catalog: which source owns which entity, and which add to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes::{C040, C041, C042, C043, C044, C045};
use super::listed::owned_lists;
use super::{Catalog, EntitySources, Owner, SourceInfo};
use crate::diagnostic::{Diagnostic, Place, Report};
use crate::graph::Graph;
use crate::model::{EntityId, FieldSet, SourceId};

/// What the configuration says of who owns what.
#[derive(Clone, Debug)]
pub struct Choices {
    /// Where in the configuration sources are declared: the place of what is missing there.
    pub place: Place,
    /// By the entity's name.
    pub entities: BTreeMap<Arc<str>, Choice>,
}

/// Who tells what of one entity.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The names of the sources in which its records live, each record in one of them.
    pub owners: Vec<Arc<str>>,
    /// The names of the sources that add what a record's owner does not map, in this order; left out, all others that know
    /// the entity do, in the order of the configuration.
    pub contributors: Option<Vec<Arc<str>>>,
    /// Where it is written.
    pub place: Place,
}

impl Catalog {
    /// Settles who owns what. With one source that knows an entity there is nothing to say; with several the configuration
    /// has to. The codes of what is wrong with that are in [`codes`](super::codes).
    #[must_use]
    pub fn build(graph: &Graph, sources: Vec<SourceInfo>, choices: &Choices) -> (Self, Report) {
        let mut catalog = Self { sources, entities: vec![EntitySources::default(); graph.entities.len()] };
        let mut report = Report::default();
        for (name, choice) in &choices.entities {
            if graph.entity_id(name).is_none() {
                let message = format!("`{name}` is not an entity of the graph");
                report.push(Diagnostic::error(
                    C041,
                    choice.place.clone(),
                    message,
                    "Take an entity of the schema, or leave it out.",
                ));
            }
        }
        for (number, entity) in (0..=u16::MAX).zip(&graph.entities) {
            let id = EntityId(number);
            let providers = catalog.providers(id);
            let told = match (choices.entities.get(&entity.name), &*providers) {
                (Some(choice), _) => catalog.chosen((id, &entity.name), choice, &mut report),
                (None, [] | [_]) => Told { owners: providers, contributors: Vec::new() },
                (None, several) => {
                    let names: Vec<&str> = several.iter().map(|source| catalog.name(*source)).collect();
                    let message = format!(
                        "`{}` is known to `{}`, and nothing says which owns it",
                        entity.name,
                        names.join("`, `")
                    );
                    let remedy =
                        format!("Name the source in which the records of `{}` live as its owner.", entity.name);
                    report.push(Diagnostic::error(C040, choices.place.clone(), message, remedy));
                    Told::default()
                }
            };
            if told.owners.len() > 1 && (id == graph.hub || id == graph.person) {
                let place = choices.entities.get(&entity.name).map_or(&choices.place, |choice| &choice.place);
                let message = format!("`{}` has several owners", entity.name);
                let remedy = "Who a caller is has to be known in one system: name one owner, and link its records to the \
                              other systems.";
                report.push(Diagnostic::error(C045, place.clone(), message, remedy));
            }
            let sources = EntitySources {
                owners: told.owners.iter().map(|own| catalog.owner(graph, (id, *own), &told)).collect(),
            };
            if let Some(slot) = catalog.entities.get_mut(usize::from(number)) {
                *slot = sources;
            }
        }
        (catalog, report)
    }

    fn numbered(&self) -> impl Iterator<Item = (SourceId, &SourceInfo)> {
        (0..=u16::MAX).map(SourceId).zip(&self.sources)
    }

    fn providers(&self, entity: EntityId) -> Vec<SourceId> {
        let knows = self.numbered().filter(|(_, source)| source.connector.entities.contains_key(&entity));
        knows.map(|(id, _)| id).collect()
    }

    fn name(&self, source: SourceId) -> &str {
        self.sources.get(usize::from(source.0)).map_or("", |info| &*info.name)
    }

    /// Who owns and who contributes, by what is chosen.
    fn chosen(&self, entity: (EntityId, &str), choice: &Choice, report: &mut Report) -> Told {
        let (entity, name) = entity;
        let mut known: Vec<SourceId> = Vec::new();
        let mut usable = |source: &Arc<str>| {
            let (code, message, remedy) = match self.source_id(source) {
                None => {
                    let message = format!("`{source}` is to tell of `{name}`, and there is no source of that name");
                    (C042, message, "Configure the source, or name another.".to_owned())
                }
                Some(id) if self.mapping(id, entity).is_none() => {
                    let message = format!("`{source}` is to tell of `{name}`, which its connector does not know");
                    (C043, message, format!("Name another source, or give `{source}` a manifest of `{name}`."))
                }
                Some(id) if known.contains(&id) => {
                    let message = format!("`{source}` is named twice for `{name}`");
                    (C044, message, "Name every source once.".to_owned())
                }
                Some(id) => {
                    known.push(id);
                    return Some(id);
                }
            };
            report.push(Diagnostic::error(code, choice.place.clone(), message, remedy));
            None
        };
        let owners: Vec<SourceId> = choice.owners.iter().filter_map(&mut usable).collect();
        let named: Vec<SourceId> = choice.contributors.iter().flatten().filter_map(&mut usable).collect();
        // Without a usable owner nobody else may be taken for it.
        if owners.len() < choice.owners.len() {
            return Told::default();
        }
        let contributors = match choice.contributors {
            Some(_) => named,
            None => self.providers(entity).into_iter().filter(|source| !owners.contains(source)).collect(),
        };
        Told { owners, contributors }
    }

    /// Every field of a record is told by the first source that maps it: its owner, or else a contributor.
    fn owner(&self, graph: &Graph, (entity, owner): (EntityId, SourceId), told: &Told) -> Owner {
        let mut parts = Vec::new();
        let mut known = FieldSet::EMPTY;
        for source in std::iter::once(&owner).chain(&told.contributors) {
            let mapped = self.mapping(*source, entity).map(|of| of.mapped()).unwrap_or_default();
            let adds = mapped.difference(known);
            if parts.is_empty() || !adds.is_empty() {
                parts.push((*source, adds));
            }
            known = known.union(mapped);
        }
        let lists = self.mapping(owner, entity).map(|of| owned_lists(graph, of)).unwrap_or_default();
        let writes = self.mapping(owner, entity).map(|of| of.writes.keys().cloned().collect()).unwrap_or_default();
        Owner { source: owner, parts, lists, writes }
    }
}

/// Who tells of an entity.
#[derive(Default)]
struct Told {
    owners: Vec<SourceId>,
    contributors: Vec<SourceId>,
}
