//! The catalog: which source owns which entity, and which add to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes::{C040, C041, C042, C043, C044};
use super::{Catalog, EntitySources, SourceInfo};
use crate::diagnostic::{Diagnostic, Place, Report};
use crate::graph::Graph;
use crate::model::{EntityId, SourceId};

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
    /// The name of the source in which its records live.
    pub owner: Arc<str>,
    /// The names of the sources that add what the owner does not map, in this order; left out, all others that know the
    /// entity do, in the order of the configuration.
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
            let ordered = match (choices.entities.get(&entity.name), &*providers) {
                (Some(choice), _) => catalog.chosen((id, &entity.name), choice, &mut report),
                (None, [] | [_]) => providers,
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
                    Vec::new()
                }
            };
            let sources = catalog.parts(id, &ordered);
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

    /// The owner first, then the contributors.
    fn chosen(&self, entity: (EntityId, &str), choice: &Choice, report: &mut Report) -> Vec<SourceId> {
        let (entity, name) = entity;
        let mut ordered: Vec<SourceId> = Vec::new();
        let named = std::iter::once(&choice.owner).chain(choice.contributors.iter().flatten());
        for source in named {
            match self.source_id(source) {
                None => {
                    let message = format!("`{source}` is to tell of `{name}`, and there is no source of that name");
                    report.push(Diagnostic::error(
                        C042,
                        choice.place.clone(),
                        message,
                        "Configure the source, or name another.",
                    ));
                }
                Some(id) if self.mapping(id, entity).is_none() => {
                    let message = format!("`{source}` is to tell of `{name}`, which its connector does not know");
                    let remedy = format!("Name another source, or give `{source}` a manifest of `{name}`.");
                    report.push(Diagnostic::error(C043, choice.place.clone(), message, remedy));
                }
                Some(id) if ordered.contains(&id) => {
                    let message = format!("`{source}` is named twice for `{name}`");
                    report.push(Diagnostic::error(C044, choice.place.clone(), message, "Name every source once."));
                }
                Some(id) => ordered.push(id),
            }
        }
        // Without a usable owner nobody else may be taken for it.
        if ordered.first().copied() != self.source_id(&choice.owner) {
            return Vec::new();
        }
        if choice.contributors.is_none() {
            let others = self.providers(entity).into_iter().filter(|source| !ordered.contains(source));
            ordered.extend(others.collect::<Vec<_>>());
        }
        ordered
    }

    /// Every field is told by the first source that maps it.
    fn parts(&self, entity: EntityId, ordered: &[SourceId]) -> EntitySources {
        let mut sources = EntitySources { owner: ordered.first().copied(), parts: Vec::new() };
        let mut told = crate::model::FieldSet::EMPTY;
        for source in ordered {
            let mapped = self.mapping(*source, entity).map(|of| of.mapped()).unwrap_or_default();
            let adds = mapped.difference(told);
            if sources.parts.is_empty() || !adds.is_empty() {
                sources.parts.push((*source, adds));
            }
            told = told.union(mapped);
        }
        sources
    }
}
