//! System query options, read and checked against an entity type.

use std::collections::BTreeMap;

use crate::web::Pairs;

use super::error::Refusal;
use super::filter::Filter;
use super::record::Record;
use super::schema::{Property, Set, set};

/// Most rows in one page.
pub(super) const PAGE: usize = 100;

const OPTIONS: [&str; 9] =
    ["$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$inlinecount", "$format", "$skiptoken"];

/// What of an entity to show.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// The selected properties and navigations; `None` is everything.
    pub(super) select: Option<Vec<String>>,
    /// The navigations to show whole, and what of their targets to show.
    pub(super) expand: BTreeMap<&'static str, Shape>,
}

/// The options of a read.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub(super) filter: Option<Filter>,
    pub(super) shape: Shape,
    /// The properties to order by; true is descending.
    order: Vec<(&'static Property, bool)>,
    pub(super) top: Option<usize>,
    pub(super) skip: usize,
    /// Rows that earlier pages had.
    pub(super) token: usize,
    pub(super) count: bool,
}

impl Query {
    /// Reads the options of a request for entities of `set`.
    ///
    /// # Errors
    /// On an option that is unknown, given twice, or cannot be read.
    pub(super) fn parse(pairs: &Pairs, set: &'static Set) -> Result<Self, Refusal> {
        for (index, (name, _)) in pairs.0.iter().enumerate() {
            if name.starts_with('$') && !OPTIONS.contains(&name.as_str()) {
                return Err(Refusal::syntax(format!("The system query option '{name}' is not supported")));
            }
            if name.starts_with('$') && pairs.0[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(Refusal::syntax(format!("The system query option '{name}' is there twice")));
            }
        }
        let number = |name: &str| match pairs.get(name) {
            None => Ok(None),
            Some(text) => text
                .parse::<usize>()
                .map(Some)
                .map_err(|_| Refusal::syntax(format!("Invalid value '{text}' of query option '{name}'"))),
        };
        let count = match pairs.get("$inlinecount") {
            None | Some("none") => false,
            Some("allpages") => true,
            Some(text) => {
                return Err(Refusal::syntax(format!("Invalid value '{text}' of $inlinecount")));
            }
        };
        let filter = pairs.get("$filter").map(|text| Filter::parse(text, set));
        Ok(Self {
            filter: filter.transpose()?,
            shape: shape(pairs, set)?,
            order: pairs.get("$orderby").map_or(Ok(Vec::new()), |text| order(text, set))?,
            top: number("$top")?,
            skip: number("$skip")?.unwrap_or_default(),
            token: number("$skiptoken")?.unwrap_or_default(),
            count,
        })
    }

    /// Puts records in order; equal ones stay as they are.
    pub(super) fn sort(&self, records: &mut [Record<'_>]) {
        if self.order.is_empty() {
            return;
        }
        let keyed = |record: &Record<'_>| -> Vec<_> {
            self.order.iter().map(|(property, _)| record.value(**property)).collect()
        };
        records.sort_by(|a, b| {
            let pairs = keyed(a).into_iter().zip(keyed(b));
            pairs.zip(&self.order).fold(std::cmp::Ordering::Equal, |so_far, ((a, b), (_, descending))| {
                let order = a.order(&b).unwrap_or(std::cmp::Ordering::Equal);
                so_far.then(if *descending { order.reverse() } else { order })
            })
        });
    }
}

fn order(text: &str, set: &'static Set) -> Result<Vec<(&'static Property, bool)>, Refusal> {
    let part = |part: &str| {
        let mut words = part.split_whitespace();
        let name = words.next().unwrap_or_default();
        let property = set.property(name).ok_or_else(|| Refusal::property(name, set.kind))?;
        match (words.next(), words.next()) {
            (None | Some("asc"), None) => Ok((property, false)),
            (Some("desc"), None) => Ok((property, true)),
            _ => Err(Refusal::syntax(format!("Invalid $orderby '{part}'"))),
        }
    };
    text.split(',').map(part).collect()
}

/// What `$select` and `$expand` show.
///
/// # Errors
/// On a name that the type does not have, and on a path into a navigation that is not expanded.
fn shape(pairs: &Pairs, set: &'static Set) -> Result<Shape, Refusal> {
    let mut root = Shape::default();
    for path in listed(pairs.get("$expand")) {
        expand(&mut root, path, set)?;
    }
    for path in listed(pairs.get("$select")) {
        select(&mut root, path, set)?;
    }
    Ok(root)
}

fn listed(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.into_iter().flat_map(|text| text.split(',')).map(str::trim).filter(|path| !path.is_empty())
}

fn expand(shape: &mut Shape, path: &str, at: &'static Set) -> Result<(), Refusal> {
    let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let navigation = at.navigation(name).ok_or_else(|| Refusal::property(name, at.kind))?;
    let target = set(at.service, navigation.target).ok_or_else(|| Refusal::segment(name))?;
    let inner = shape.expand.entry(navigation.name).or_default();
    rest.map_or(Ok(()), |rest| expand(inner, rest, target))
}

fn select(shape: &mut Shape, path: &str, at: &'static Set) -> Result<(), Refusal> {
    let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let navigation = at.navigation(name);
    if name != "*" && at.property(name).is_none() && navigation.is_none() {
        return Err(Refusal::property(name, at.kind));
    }
    shape.select.get_or_insert_default().push(name.to_owned());
    let Some(rest) = rest else {
        return Ok(());
    };
    let inner =
        navigation.and_then(|navigation| shape.expand.get_mut(navigation.name).map(|inner| (navigation, inner)));
    let Some((navigation, inner)) = inner else {
        return Err(Refusal::syntax(format!("'{name}' is selected but not expanded")));
    };
    let target = set(at.service, navigation.target).ok_or_else(|| Refusal::segment(name))?;
    select(inner, rest, target)
}

impl Shape {
    /// Whether a property is shown. `*` is every property.
    pub(super) fn shows(&self, name: &str) -> bool {
        self.named(name) || self.named("*")
    }

    /// Whether a navigation is shown: an expanded one only where `$select` names it too, or there is none.
    pub(super) fn follows(&self, name: &str) -> bool {
        self.named(name)
    }

    fn named(&self, name: &str) -> bool {
        self.select.as_ref().is_none_or(|names| names.iter().any(|known| known == name))
    }
}
