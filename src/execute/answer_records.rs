//! The answer's records: their values, references and lists.

use std::borrow::Cow;

use super::answer::{Writer, Written};
use super::batch::{ChildBatch, Gap, Page, PageRow, Part, PlaceBatch, Slot, Way};
use super::record::{NOTHING, Of};
use super::{derived, figures};
use crate::error::{Code, Error};
use crate::graph::record_type;
use crate::model::{Behind, FieldId, Freshness, Value};
use crate::plan::{self, Child, Fallback, Form, GatewayField, Output, Outputs, PageField, Place, What};
use crate::protocol::address;
use crate::seal::CursorPlace;

impl<'w> Writer<'w> {
    /// A record where one may stand.
    pub(super) fn slot(&mut self, within: (&'w Place, &'w PlaceBatch), slot: &'w Slot, view: usize) -> Written {
        let stand = match slot {
            Slot::Absent => return Ok(false),
            Slot::Failed(error) => {
                self.note_failure(error);
                return Err(self.fail(error));
            }
            Slot::Record(kind, at) => (*kind, *at),
        };
        let Some(of) = Of::new(within, stand) else { return Ok(false) };
        let Some(outputs) = of.plan.views.get(view) else { return Ok(false) };
        match of.is_there(self.run) {
            Ok(false) => Ok(false),
            Err(error) => {
                self.note_failure(&error);
                Err(self.fail(&error))
            }
            Ok(true) => {
                self.note(of);
                self.object(outputs, |writer, output| writer.record_field(of, output))
            }
        }
    }

    pub(super) fn record_field(&mut self, of: Of<'w>, output: &'w Output) -> Written {
        if !self.run.may_see(output, of) {
            return Err(self.fail(&super::forbidden()));
        }
        match &output.what {
            What::Id => {
                let id = self.run.seal(&of.seed.id);
                self.text(&id)
            }
            What::Version | What::Provenance(_) => self.origin(of, &output.what),
            What::Slot(slot) => self.stored(of, slot, |field| of.value(field)),
            What::Derived(derived) => match derived::evaluate(derived, of, self.run) {
                Ok(value) => self.value(of, &Form::Leaf, &value),
                Err(error) => Err(self.fail(&error)),
            },
            What::Computed { child, slot } => {
                let way = of.batch.children.get(*child).map(|batch| &batch.way);
                match way {
                    Some(Way::Values(values)) => match values.get(of.at) {
                        Some(Part::Rows(rows)) => {
                            let value = rows.first().map_or(&NOTHING, |(record, _)| record.value(slot.field));
                            self.stored(of, slot, |_| Ok(value))
                        }
                        Some(Part::Failed(error)) => Err(self.fail(error)),
                        Some(Part::Absent) | None => Ok(false),
                    },
                    _ => Ok(false),
                }
            }
            What::Item(field) => self.item(of, field),
            What::Figure(figure) => self.figure(of, figure),
            What::Figures(outputs) => self.object(outputs, |writer, output| writer.record_field(of, output)),
            What::Connection { child, outputs } => {
                let found = of.plan.children.get(*child).zip(of.batch.children.get(*child));
                let Some((plan, batch)) = found else { return Ok(false) };
                self.connection((plan, batch), of.at, outputs)
            }
            what => self.plain(what),
        }
    }

    fn origin(&mut self, of: Of<'w>, what: &'w What) -> Written {
        let (record, freshness) = match of.part(0) {
            Some(Part::Rows(rows)) => match rows.first() {
                Some((record, freshness)) => (record, *freshness),
                None => return Ok(false),
            },
            Some(Part::Failed(error)) => return Err(self.fail(error)),
            Some(Part::Absent) | None => return Ok(false),
        };
        let What::Provenance(outputs) = what else { return self.optional(record.version.as_deref()) };
        let catalog = &self.run.executor.planner.catalog;
        let source = catalog.sources.get(usize::from(record.source.0));
        self.object(outputs, |writer, output| {
            if !writer.run.may_see(output, of) {
                return Err(writer.fail(&super::forbidden()));
            }
            match &output.what {
                What::Gateway(GatewayField::Source) => writer.optional(source.map(|source| &*source.name)),
                What::Gateway(GatewayField::System) => writer.optional(source.map(|source| &*source.connector.name)),
                What::Gateway(GatewayField::FetchedAt) => writer.text(&record.fetched_at.to_string()),
                What::Gateway(GatewayField::Stale) => writer.boolean(freshness == Freshness::Stale),
                What::Gateway(GatewayField::RecordKey) => writer.text(&key_text(&record.key)),
                What::Gateway(GatewayField::RecordUrl) => {
                    let mapping = catalog.mapping(record.source, record.entity);
                    writer.optional(mapping.and_then(|of| address(of, &record.key)).as_deref())
                }
                what => writer.plain(what),
            }
        })
    }

    /// A stored value, or what stands in for it; `values` are those of the object it is in.
    fn stored(
        &mut self,
        of: Of<'w>,
        slot: &'w plan::Slot,
        values: impl Fn(FieldId) -> Result<&'w Value, Error>,
    ) -> Written {
        let value = match values(slot.field) {
            Ok(value) => value,
            Err(error) => return Err(self.fail(&error)),
        };
        if value.is_null() {
            return match slot.fallback {
                Fallback::None => Ok(false),
                Fallback::Key => self.text(&key_text(&of.seed.id.key)),
                Fallback::Words(status) => match values(status).ok().and_then(Value::as_text) {
                    Some(word) => self.text(&words(word)),
                    None => Ok(false),
                },
            };
        }
        self.cut(of, slot, value)
    }

    /// A value that is there; of a list, as many elements as were asked for.
    fn cut<'v>(&mut self, of: Of<'w>, slot: &'w plan::Slot, value: &'v Value) -> Written
    where
        'w: 'v,
    {
        let first = slot.first.as_ref().and_then(|template| template.resolve(self.run.variables));
        match (first, &slot.form, value) {
            (Some(plan::Input::Int(first)), Form::List { of: form, elements_non_null }, Value::List(items)) => {
                let Ok(first) = usize::try_from(first) else {
                    let error = Error::public(Code::BadUserInput, "`first` is at least 0.");
                    return Err(self.fail(&error));
                };
                self.list(items.iter().take(first), *elements_non_null, |writer, item| writer.value(of, form, item))
            }
            _ => self.value(of, &slot.form, value),
        }
    }

    /// A value in its form.
    pub(super) fn value<'v>(&mut self, of: Of<'w>, form: &'w Form, value: &'v Value) -> Written
    where
        'w: 'v,
    {
        match (form, value) {
            (_, Value::Null) => Ok(false),
            (_, Value::Fault(error)) => Err(self.fail(error)),
            (Form::Leaf, Value::Bool(value)) => self.boolean(*value),
            (Form::Leaf, Value::Int(number)) => self.number(*number),
            (Form::Leaf, Value::Text(text)) => self.text(text),
            (Form::List { of: form, elements_non_null }, Value::List(items)) => {
                self.list(items.iter(), *elements_non_null, |writer, item| writer.value(of, form, item))
            }
            (Form::Object(outputs), Value::Object(fields)) => {
                self.object(outputs, |writer, output| writer.member(of, fields, output))
            }
            (Form::Object(outputs), Value::File(file)) => self.object(outputs, |writer, output| match &output.what {
                What::File(link) => writer.link(of, (link, output), file),
                _ => writer.member(of, &file.values, output),
            }),
            (Form::Reference(child), Value::Reference(reference)) => {
                let found = of.plan.children.get(*child).zip(of.batch.children.get(*child));
                let Some((plan, batch)) = found else { return Ok(false) };
                match &batch.way {
                    Way::References(found, slots) => match found.find(reference).and_then(|at| slots.get(at)) {
                        Some(slot) => self.slot((&plan.place, &batch.place), slot, 0),
                        None => Ok(false),
                    },
                    _ => Ok(false),
                }
            }
            _ => Err(self.fail(&Error::new(Code::UpstreamRejected, "a value has another form than its field"))),
        }
    }

    fn member(&mut self, of: Of<'w>, fields: &[Value], output: &'w Output) -> Written {
        if !self.run.may_see(output, of) {
            return Err(self.fail(&super::forbidden()));
        }
        let get = |field: FieldId| fields.get(usize::from(field.0)).unwrap_or(&NOTHING);
        match &output.what {
            What::Slot(slot) => self.stored_in(of, slot, get),
            What::Figure(figure) => self.figure(of, figure),
            what => self.plain(what),
        }
    }

    /// A value inside a value object.
    fn stored_in<'v>(&mut self, of: Of<'w>, slot: &'w plan::Slot, get: impl Fn(FieldId) -> &'v Value) -> Written
    where
        'w: 'v,
    {
        let value = get(slot.field);
        if let (Value::Null, Fallback::Words(status)) = (value, slot.fallback) {
            return self.optional(get(status).as_text().map(words).as_deref());
        }
        self.cut(of, slot, value)
    }

    /// A figure over a list of the record.
    fn figure(&mut self, of: Of<'w>, figure: &'w plan::FigurePlan) -> Written {
        if !figure.permissions.iter().all(|permission| self.run.may(Some(permission), of.access())) {
            return Err(self.fail(&super::forbidden()));
        }
        let mut tallies = Vec::with_capacity(figure.children.len());
        for child in &figure.children {
            match of.batch.children.get(*child).map(|batch| &batch.way) {
                Some(Way::Figures(of_all)) => match of_all.get(of.at) {
                    Some(Ok(tally)) => {
                        self.note_figure(tally);
                        tallies.push(tally);
                    }
                    // Without one of its owners, the list is a part.
                    Some(Err(error)) => {
                        self.note_failure(error);
                        return Err(self.fail(error));
                    }
                    None => return Ok(false),
                },
                _ => return Ok(false),
            }
        }
        let worked_out = figures::work_out(&self.run.executor.planner.graph, figure, &tallies);
        match worked_out {
            Ok(value) => self.value(of, &figure.form, &value),
            Err(error) => Err(self.fail(&error)),
        }
    }

    /// A page of the parent's list.
    pub(super) fn connection(&mut self, of: (&'w Child, &'w ChildBatch), at: usize, outputs: &'w Outputs) -> Written {
        let (plan, batch) = of;
        let page = match &batch.way {
            Way::Pages(pages) => pages.get(at),
            _ => None,
        };
        match page {
            None => Ok(false),
            Some(Err(error)) => {
                self.note_failure(error);
                Err(self.fail(error))
            }
            Some(Ok(page)) => {
                let told = outputs.iter().any(|output| matches!(output.what, What::Page(PageField::Incomplete(_))));
                // A list is never silently shorter.
                for gap in &page.gaps {
                    self.note_failure(&gap.error);
                    if !told {
                        self.fail(&gap.error);
                    }
                }
                self.object(outputs, |writer, output| writer.page_field((plan, batch, page), output, None))
            }
        }
    }

    /// A field of a connection or, with the row's number, of an edge.
    fn page_field(
        &mut self,
        of: (&'w Child, &'w ChildBatch, &'w Page),
        output: &'w Output,
        row: Option<usize>,
    ) -> Written {
        let (plan, batch, page) = of;
        let What::Page(field) = &output.what else { return self.plain(&output.what) };
        match field {
            PageField::Nodes(view, non_null) => {
                self.list(&page.rows, *non_null, |writer, row| writer.page_row((plan, batch), row, *view))
            }
            PageField::Edges(outputs) => self.list(0..page.rows.len(), true, |writer, at| {
                writer.object(outputs, |writer, output| writer.page_field(of, output, Some(at)))
            }),
            PageField::Info(outputs) => self.object(outputs, |writer, output| writer.page_field(of, output, None)),
            PageField::Node(view) => match row.and_then(|at| page.rows.get(at)) {
                Some(row) => self.page_row((plan, batch), row, *view),
                None => Ok(false),
            },
            PageField::Cursor => self.cursor(plan, page, row),
            PageField::Start => self.cursor(plan, page, Some(0)),
            PageField::End if page.rows.is_empty() => match &page.end {
                Some(end) => self.position(plan, page, end),
                None => Ok(false),
            },
            PageField::End => self.cursor(plan, page, page.rows.len().checked_sub(1)),
            PageField::HasNext => self.boolean(page.has_next),
            PageField::HasPrevious => self.boolean(page.later),
            PageField::Total => page.total.map_or(Ok(false), |total| self.number(total)),
            PageField::Incomplete(outputs) => self.list(&page.gaps, true, |writer, gap| writer.gap(gap, outputs)),
        }
    }

    fn page_row(&mut self, (plan, batch): (&'w Child, &'w ChildBatch), row: &'w PageRow, view: usize) -> Written {
        self.slot((&plan.place, &batch.place), &row.slot, row.view + view)
    }

    fn gap(&mut self, gap: &'w Gap, outputs: &'w Outputs) -> Written {
        let planner = &self.run.executor.planner;
        self.object(outputs, |writer, output| match &output.what {
            What::Gateway(GatewayField::GapSource) => {
                let source = planner.catalog.sources.get(usize::from(gap.source.0));
                writer.optional(source.map(|source| &*source.name))
            }
            What::Gateway(GatewayField::GapTypes) => writer.list(&gap.entities, true, |writer, entity| {
                let name = planner.graph.entity(*entity).map(|entity| record_type(&entity.name));
                writer.optional(name.as_deref())
            }),
            What::Gateway(GatewayField::GapCode) => writer.text(gap.error.code().name()),
            what => writer.plain(what),
        })
    }

    fn cursor(&mut self, plan: &Child, page: &Page, row: Option<usize>) -> Written {
        match row.and_then(|at| page.rows.get(at)) {
            Some(row) => self.position(plan, page, &row.behind),
            None => Ok(false),
        }
    }

    fn position(&mut self, plan: &Child, page: &Page, behind: &Behind) -> Written {
        let parent = page.parent.text(|id| self.run.seal(id));
        let place = CursorPlace { field: &plan.coordinate, parent, arguments: &page.digest() };
        let position = behind.named();
        match self.run.executor.sealer.cursor(place, position.token.as_deref(), position.skip) {
            Ok(text) => self.text(&text),
            Err(error) => Err(self.fail(&error)),
        }
    }
}

/// `IN_PROGRESS` is `In progress`.
fn words(value: &str) -> String {
    let mut text = value.replace('_', " ").to_ascii_lowercase();
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// A key for people.
pub(super) fn key_text(key: &crate::model::Key) -> Cow<'_, str> {
    let text = key.as_str();
    if text.contains('\u{1f}') { Cow::Owned(key.parts().collect::<Vec<_>>().join("/")) } else { Cow::Borrowed(text) }
}
