//! Which mutations are served: those whose owner has the write, with what of their input it takes.

use std::collections::BTreeSet;

use apollo_compiler::schema::ObjectType;

use super::kept::Kept;
use super::provided::Provided;
use crate::graph::mutation::{Member, MemberKind, Mutation};
use crate::graph::resolved::{Target, WriteCoverage};

/// What of an input is taken.
struct Taken {
    /// Input types, each with the members that stay.
    inputs: Vec<(String, BTreeSet<String>)>,
}

impl Provided<'_> {
    pub(super) fn writes(&self, kept: &mut Kept) {
        let roots = &self.sdl.schema.schema_definition;
        let Some(root) = roots.mutation.as_ref().and_then(|root| self.sdl.object(&root.name)) else { return };
        for field in root.fields.values() {
            let coordinate = format!("{}.{}", root.name, field.name);
            let Some(mutation) = self.graph.mutations.iter().find(|known| *known.name == *field.name.as_str()) else {
                kept.leave(&coordinate, super::provided::UNANSWERED.to_owned());
                continue;
            };
            match self.write(mutation) {
                Ok((taken, payload)) => {
                    kept.keep(&root.name, &field.name);
                    for (input, members) in taken.inputs {
                        kept.narrow_more(&input, members);
                    }
                    payload.iter().for_each(|field| {
                        kept.keep(&mutation.payload, field);
                    });
                }
                Err(reason) => kept.leave(&coordinate, reason),
            }
        }
        if !kept.has_type(&root.name) {
            kept.leave(&root.name, "no source writes anything".to_owned());
        }
    }

    /// What of the input is taken, and what the answer shows.
    fn write(&self, mutation: &Mutation) -> Result<(Taken, Vec<String>), String> {
        let can = self.can_write(mutation)?;
        let mut taken = Taken { inputs: Vec::new() };
        self.members((&mutation.input, &mutation.members), (mutation, &can, ""), &mut taken)?;
        let copies = |member: &Member| {
            matches!(member.kind, MemberKind::Object(_)) && can.input.contains(&member.name.to_string())
        };
        if mutation.copy.is_some() && !mutation.members.iter().any(copies) {
            return Err("the write takes nothing that could be copied".to_owned());
        }
        let payload = self.sdl.object(&mutation.payload).ok_or("its payload is no type")?;
        let shown = self.payload(mutation, &can, payload)?;
        Ok((taken, shown))
    }

    /// What all owners that have the write take and give; one that makes records has to be one owner's.
    fn can_write(&self, mutation: &Mutation) -> Result<WriteCoverage, String> {
        let entity = self.graph.entity(mutation.entity).map_or("", |entity| &*entity.name);
        let owners = self.owners(mutation.entity);
        let able: Vec<_> = owners.iter().filter_map(|owner| owner.writes.get(&*mutation.operation)).collect();
        let names = || owners.iter().map(|owner| &*owner.owner).collect::<Vec<_>>().join("` or `");
        match able.as_slice() {
            [] if owners.is_empty() => Err(format!("no source provides {entity}")),
            [] => Err(format!("`{}` has no write `{}` of {entity}", names(), mutation.operation)),
            [one] => Ok((*one).clone()),
            _ if !mutation.changes() => Err(format!(
                "`{}` both have the write `{}` of {entity}, and nothing says which is meant",
                names(),
                mutation.operation
            )),
            [first, others @ ..] => {
                let all = |path: &&String| others.iter().all(|other| other.input.contains(path));
                let gives = |name: &&String| others.iter().all(|other| other.gives.contains(name));
                Ok(WriteCoverage {
                    input: first.input.iter().filter(all).cloned().collect(),
                    gives: first.gives.iter().filter(gives).cloned().collect(),
                })
            }
        }
    }

    /// The members of an input type that are taken, and of those below it.
    fn members(
        &self,
        (input, members): (&str, &[Member]),
        (mutation, can, path): (&Mutation, &WriteCoverage, &str),
        taken: &mut Taken,
    ) -> Result<(), String> {
        let mut stay = BTreeSet::new();
        for member in members {
            let at = if path.is_empty() { member.name.to_string() } else { format!("{path}.{}", member.name) };
            let is_taken = can.input.contains(&at);
            let stays = match &member.kind {
                MemberKind::Itself | MemberKind::Version | MemberKind::IdempotencyKey => true,
                // Whose account it is, the gateway itself says.
                MemberKind::Record(Target::Entity(of)) if *of == self.graph.hub && path.is_empty() => true,
                _ if path.is_empty() && mutation.copy.as_ref() == Some(&member.name) => true,
                MemberKind::Record(target) => is_taken && self.reach(*target).is_ok(),
                MemberKind::Object(below) if is_taken => {
                    let prefix = format!("{at}.");
                    // A write that says nothing of the inside takes it as it is.
                    if can.input.iter().any(|path| path.starts_with(&prefix)) {
                        self.members((&member.named, below), (mutation, can, &at), taken).is_ok()
                    } else {
                        true
                    }
                }
                _ => is_taken,
            };
            if stays {
                stay.insert(member.name.to_string());
            } else if member.required {
                return Err(format!("the write takes no `{at}`, which the input demands"));
            }
        }
        if stay.is_empty() {
            return Err(format!("the write takes nothing of {input}"));
        }
        taken.inputs.push((input.to_owned(), stay));
        Ok(())
    }

    fn payload(&self, mutation: &Mutation, can: &WriteCoverage, payload: &ObjectType) -> Result<Vec<String>, String> {
        let mut shown = Vec::new();
        for field in payload.fields.values() {
            let named = field.ty.inner_named_type().as_str();
            let entity = self.graph.entity_id(named);
            let told = match entity {
                Some(of) if of == mutation.entity => self.reach(Target::Entity(of)).is_ok(),
                Some(of) => self.is_named(mutation, &field.name, of) && self.reach(Target::Entity(of)).is_ok(),
                None => {
                    matches!(named, "Viewer" | "UserError")
                        || can.gives.iter().any(|given| *given == *field.name.as_str())
                }
            };
            if told {
                shown.push(field.name.to_string());
            } else if field.ty.is_non_null() {
                return Err(format!("its answer needs `{}`, which the write does not give", field.name));
            }
        }
        Ok(shown)
    }

    /// Whether the input names the record that a field of the answer shows: `ticketId` for `ticket`.
    fn is_named(&self, mutation: &Mutation, field: &str, of: crate::model::EntityId) -> bool {
        let member = mutation.member(&format!("{field}Id"));
        member.is_some_and(|member| matches!(member.kind, MemberKind::Record(Target::Entity(named)) if named == of))
    }
}
