//! Which lists a merged field takes in: those that are served, and of which who lists them tells what it looks at.

use apollo_compiler::schema::ObjectType;

use super::figures::Listed;
use super::kept::Kept;
use super::lists::page;
use super::provided::{Fields, Provided, UNANSWERED};
use crate::graph::resolved::{Entity, EntityCoverage, Field, LeftOut, Merge, MergedList};
use crate::graph::rules::{is_item_field, item_of};
use crate::model::EntityId;

/// The arguments of a merged list that the gateway answers.
const ARGUMENTS: [&str; 3] = ["first", "after", "types"];

impl<'a> Provided<'a> {
    /// Whether a merged field is provided: where one of its lists is.
    pub(super) fn merged(&self, entity: &Entity, field: &Field, merge: &Merge) -> Result<Fields, String> {
        let Some(item) = self.item(&entity.name, &field.name) else { return Err(UNANSWERED.to_owned()) };
        let required = item.fields.values().find(|field| field.ty.is_non_null() && !is_item_field(&field.name));
        if let Some(field) = required {
            return Err(format!("its required `{}` is not served: {UNANSWERED}", field.name));
        }
        let mut reasons = Vec::new();
        for list in &merge.lists {
            match self.taken_in(entity, list) {
                Ok(()) => {
                    let fields = item.fields.keys().filter(|name| is_item_field(name));
                    return Ok(fields.map(|name| (item.name.to_string(), name.to_string())).collect());
                }
                Err(why) if reasons.contains(&why) => {}
                Err(why) => reasons.push(why),
            }
        }
        Err(format!("none of its lists is served: {}", reasons.join("; ")))
    }

    /// Keeps the pages of a merged field that is served, and says which of its lists are not in it.
    pub(super) fn keep_merged(
        &self,
        (id, entity): (EntityId, &Entity),
        (field, merge): (&Field, &Merge),
        kept: &mut Kept,
    ) {
        let coordinate = format!("{}.{}", entity.name, field.name);
        for (number, list) in merge.lists.iter().enumerate() {
            let (Err(why), Some(field)) = (self.taken_in(entity, list), entity.field_id(&field.name)) else { continue };
            kept.leave(&format!("{coordinate}(lists: {})", list.list), why);
            kept.left_out.push(LeftOut { entity: id, field, list: number });
        }
        let definition = self.sdl.object(&entity.name).and_then(|object| object.fields.get(&*field.name));
        let Some(definition) = definition else { return };
        if let Some(prefix) = definition.ty.inner_named_type().strip_suffix("Connection") {
            page(self.sdl, (prefix, Err(UNANSWERED.to_owned())), kept);
        }
        for argument in definition.arguments.iter().filter(|argument| !ARGUMENTS.contains(&argument.name.as_str())) {
            kept.leave_argument(&coordinate, &argument.name, UNANSWERED.to_owned());
        }
    }

    /// Whether one list is in a merged field: it has to be whole, in whichever sources its records live.
    fn taken_in(&self, entity: &Entity, of: &MergedList) -> Result<(), String> {
        let (listed, by, known) = self.listed(entity, &of.list)?;
        for covered in self.listing((listed, by)) {
            let Some(can) = covered.lists.get(by) else { continue };
            let checked = Listed { entity: known, covered, can };
            checked.told(known.field_id(&of.at), &of.at)?;
            of.tests().try_for_each(|(name, _)| checked.tested(name))?;
        }
        Ok(())
    }

    /// Those of an entity's owners whose lists are in a list of it.
    fn listing(&self, (of, by): (EntityId, &str)) -> impl Iterator<Item = &'a EntityCoverage> {
        let owners = self.owners(of);
        let among = self.together(of, by);
        owners.iter().filter(move |covered| owners.len() == 1 || among.contains(&covered.owner))
    }

    fn item(&self, of: &str, field: &str) -> Option<&'a ObjectType> {
        let field = self.sdl.object(of)?.fields.get(field)?;
        item_of(self.sdl, field.ty.inner_named_type())
    }
}
