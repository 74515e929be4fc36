//! What a document asks for by its form alone, counted before it is validated: every step is bounded by the document's
//! length, however its fragments multiply.

use std::collections::{HashMap, HashSet, VecDeque};

use apollo_compiler::ast;
use apollo_compiler::executable::{Field, Fragment, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Name, Node, Schema};
use indexmap::IndexMap;

/// The most fields that merging looks at: one selection is looked at once for each kind of record it may stand on.
pub const MERGED: u64 = 200_000;

/// What a document asks for. Depth, fields and aliases are those of its largest operation, with every fragment put in where
/// it is spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    /// Its length.
    pub document_bytes: u64,
    /// Its tokens.
    pub tokens: u64,
    /// Its operations.
    pub operations: u64,
    /// The fragments it defines.
    pub fragments: u64,
    /// The deepest nesting of fields.
    pub depth: u64,
    /// The same, inline fragments and spreads counted, too: how deep whatever walks through it has to go.
    pub nesting: u64,
    /// Fields.
    pub fields: u64,
    /// Aliases.
    pub aliases: u64,
    /// Directives, as they are written.
    pub directives: u64,
}

/// Counts the operations, fragments and directives of a parsed document.
#[must_use]
pub fn written(document: &ast::Document) -> Measures {
    let mut measures = Measures::default();
    for definition in &document.definitions {
        match definition {
            ast::Definition::OperationDefinition(operation) => {
                measures.operations += 1;
                let variables = operation.variables.iter().map(|variable| variable.directives.len() as u64);
                measures.directives += operation.directives.len() as u64 + variables.sum::<u64>();
                measures.directives += directives(&operation.selection_set);
            }
            ast::Definition::FragmentDefinition(fragment) => {
                measures.fragments += 1;
                measures.directives += fragment.directives.len() as u64 + directives(&fragment.selection_set);
            }
            // The schema's own definitions have no place in a request: validation says so.
            _ => {}
        }
    }
    measures
}

fn directives(selections: &[ast::Selection]) -> u64 {
    let of = |selection: &ast::Selection| match selection {
        ast::Selection::Field(field) => field.directives.len() as u64 + directives(&field.selection_set),
        ast::Selection::InlineFragment(inline) => inline.directives.len() as u64 + directives(&inline.selection_set),
        ast::Selection::FragmentSpread(spread) => spread.directives.len() as u64,
    };
    selections.iter().map(of).sum()
}

/// A definition: first by itself, then with its fragments put in.
#[derive(Clone, Default)]
struct Extent<'d> {
    depth: u64,
    nesting: u64,
    fields: u64,
    aliases: u64,
    /// The fragments it spreads, each with the depth and nesting it is spread at.
    spreads: Vec<(&'d Name, [u64; 2])>,
}

impl<'d> Extent<'d> {
    fn of(set: &'d SelectionSet) -> Self {
        let mut extent = Self::default();
        extent.add(set, [0, 0]);
        extent
    }

    /// The parser bounds how deep one definition nests.
    fn add(&mut self, set: &'d SelectionSet, at: [u64; 2]) {
        let [depth, nesting] = at;
        self.nesting = self.nesting.max(nesting);
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    self.fields += 1;
                    self.aliases += u64::from(field.alias.is_some());
                    self.depth = self.depth.max(depth + 1);
                    self.add(&field.selection_set, [depth + 1, nesting + 1]);
                }
                Selection::InlineFragment(inline) => self.add(&inline.selection_set, [depth, nesting + 1]),
                Selection::FragmentSpread(spread) => self.spreads.push((&spread.fragment_name, [depth, nesting + 1])),
            }
        }
    }

    /// With its fragments, which are known.
    fn whole(mut self, known: &HashMap<&Name, Extent<'d>>) -> Self {
        for (name, [depth, nesting]) in std::mem::take(&mut self.spreads) {
            let Some(fragment) = known.get(name) else { continue };
            self.depth = self.depth.max(depth.saturating_add(fragment.depth));
            self.nesting = self.nesting.max(nesting.saturating_add(fragment.nesting));
            self.fields = self.fields.saturating_add(fragment.fields);
            self.aliases = self.aliases.saturating_add(fragment.aliases);
        }
        self
    }
}

/// Adds depth, nesting, fields and aliases.
///
/// # Errors
/// A fragment that leads back to itself: without an end there is nothing to count.
pub fn extent<'d>(document: &'d ExecutableDocument, measures: &mut Measures) -> Result<(), &'d Node<Fragment>> {
    let fragments = fragments(document)?;
    for operation in document.operations.iter() {
        let whole = Extent::of(&operation.selection_set).whole(&fragments);
        measures.depth = measures.depth.max(whole.depth);
        measures.nesting = measures.nesting.max(whole.nesting);
        measures.fields = measures.fields.max(whole.fields);
        measures.aliases = measures.aliases.max(whole.aliases);
    }
    Ok(())
}

/// Every fragment with those it spreads put in; each is worked out once, after those it spreads.
fn fragments(document: &ExecutableDocument) -> Result<HashMap<&Name, Extent<'_>>, &Node<Fragment>> {
    let mut open: HashMap<&Name, Extent<'_>> =
        document.fragments.iter().map(|(name, fragment)| (name, Extent::of(&fragment.selection_set))).collect();
    let mut users: HashMap<&Name, Vec<&Name>> = HashMap::new();
    let mut waits: HashMap<&Name, usize> = HashMap::new();
    for (name, extent) in &open {
        let needs: HashSet<&Name> = extent.spreads.iter().map(|(spread, _)| *spread).collect();
        let needs = needs.into_iter().filter(|spread| document.fragments.contains_key(*spread));
        let mut count = 0;
        for spread in needs {
            users.entry(spread).or_default().push(name);
            count += 1;
        }
        waits.insert(name, count);
    }
    let mut ready: Vec<&Name> = waits.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    let mut known: HashMap<&Name, Extent<'_>> = HashMap::new();
    while let Some(name) = ready.pop() {
        if let Some(extent) = open.remove(name) {
            let whole = extent.whole(&known);
            known.insert(name, whole);
        }
        for user in users.get(name).into_iter().flatten() {
            let Some(count) = waits.get_mut(user) else { continue };
            *count = count.saturating_sub(1);
            if *count == 0 {
                ready.push(user);
            }
        }
    }
    match circle(document, &open) {
        Some(fragment) => Err(fragment),
        None => Ok(known),
    }
}

/// A fragment that leads back to itself, out of those that could not be worked out.
fn circle<'d>(document: &'d ExecutableDocument, open: &HashMap<&Name, Extent<'d>>) -> Option<&'d Node<Fragment>> {
    let mut seen = HashSet::new();
    let mut name = document.fragments.keys().find(|name| open.contains_key(*name))?;
    while seen.insert(name) {
        let next = open.get(name)?.spreads.iter().map(|(spread, _)| *spread).find(|spread| open.contains_key(*spread));
        name = next?;
    }
    document.fragments.get(name)
}

/// How many fields are looked at where selections are merged, as validation and planning do it: those of one response key
/// together, once for each kind of record that they may stand on. Counts no further than one beyond [`MERGED`].
///
/// Fragments on several kinds, inside one another, can make this grow without end from a short document; nothing is
/// validated before it is counted.
#[must_use]
pub fn merged(schema: &Schema, document: &ExecutableDocument) -> u64 {
    let mut merging = Merging { schema, document, looked: 0 };
    for operation in document.operations.iter() {
        merging.sets(&[&operation.selection_set]);
    }
    merging.looked
}

struct Merging<'d> {
    schema: &'d Schema,
    document: &'d ExecutableDocument,
    looked: u64,
}

/// A field, and the type it is selected on.
type Selected<'d> = (&'d Name, &'d Node<Field>);

impl<'d> Merging<'d> {
    /// Depth is bounded before.
    fn sets(&mut self, sets: &[&'d SelectionSet]) {
        let fields = self.fields(sets);
        let mut by_key: IndexMap<&Name, Vec<Selected<'d>>> = IndexMap::new();
        for field in fields {
            by_key.entry(field.1.response_key()).or_default().push(field);
        }
        for selected in by_key.values() {
            for together in self.together(selected) {
                self.looked = self.looked.saturating_add(together.len() as u64);
                if self.looked > MERGED {
                    return;
                }
                let below = together.iter().map(|(_, field)| &field.selection_set);
                let below: Vec<_> = below.filter(|set| !set.selections.is_empty()).collect();
                if !below.is_empty() {
                    self.sets(&below);
                }
            }
        }
    }

    /// The fields of some selection sets, fragments opened.
    fn fields(&mut self, sets: &[&'d SelectionSet]) -> Vec<Selected<'d>> {
        let mut open: VecDeque<&SelectionSet> = sets.iter().copied().collect();
        let mut seen = HashSet::new();
        let mut fields = Vec::new();
        while let Some(set) = open.pop_front() {
            self.looked = self.looked.saturating_add(set.selections.len() as u64);
            if self.looked > MERGED {
                break;
            }
            for selection in &set.selections {
                match selection {
                    Selection::Field(field) => fields.push((&set.ty, field)),
                    Selection::InlineFragment(inline) => open.push_back(&inline.selection_set),
                    Selection::FragmentSpread(spread) if seen.insert(&spread.fragment_name) => {
                        open.extend(spread.fragment_def(self.document).map(|fragment| &fragment.selection_set));
                    }
                    Selection::FragmentSpread(_) => {}
                }
            }
        }
        fields
    }

    /// Those that may stand on the same record: the fields on each object type, with those on interfaces and unions.
    fn together(&self, selected: &[Selected<'d>]) -> Vec<Vec<Selected<'d>>> {
        let object = |ty: &Name| matches!(self.schema.types.get(ty), Some(ExtendedType::Object(_)));
        let mut on_objects: IndexMap<&Name, Vec<Selected<'d>>> = IndexMap::new();
        let mut on_others: Vec<Selected<'d>> = Vec::new();
        for field in selected {
            match object(field.0) {
                true => on_objects.entry(field.0).or_default().push(*field),
                false => on_others.push(*field),
            }
        }
        if on_objects.is_empty() {
            return vec![on_others];
        }
        on_objects.into_values().map(|fields| fields.into_iter().chain(on_others.iter().copied()).collect()).collect()
    }
}
