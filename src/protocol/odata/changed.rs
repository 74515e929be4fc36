//! What changed since a time: one page of a set, by the column that says so.

use std::borrow::Cow;

use super::super::core::{Ask, Core};
use super::super::encode;
use super::super::errors::{Failure, unusable};
use super::super::page::PageAsk;
use super::super::push::TermKind;
use super::super::wants::Wants;
use super::super::{ChangedPage, ChangedRows};
use super::filter::write_literal;
use super::query::{Query, read, switches};
use super::selected::{Selected, selectable};
use crate::connector::{EntityMapping, ODataPage, PollWay};
use crate::error::{Code, Error};

/// Rows of one page.
const PAGE: u32 = 500;

pub(super) async fn page(core: &Core, ask: &ChangedRows<'_>) -> Result<ChangedPage, Error> {
    fetched(core, ask).await.map_err(|failure| failure.error.at_source(&core.binding.source))
}

async fn fetched(core: &Core, ask: &ChangedRows<'_>) -> Result<ChangedPage, Failure> {
    let PollWay::Set { set, by, columns } = &ask.poll.way else {
        return Err(Error::new(Code::Internal, "a poll by a request is none of this protocol's").into());
    };
    let version = switches(core).version;
    let select: Vec<String> = columns.iter().filter_map(|column| selectable(column)).collect();
    // Rows of the same moment are ordered by key: pages of them would overlap otherwise.
    let keys =
        ask.poll.entities.first().and_then(|entity| core.binding.connector.entities.get(entity)).map(key_columns);
    let order = std::iter::once(by.to_string()).chain(keys.unwrap_or_default()).collect::<Vec<_>>().join(",");
    let mut row = Wants::default();
    ask.poll.paths().for_each(|path| row.path(path));
    let options = [("$select", select.join(",")), ("$orderby", order)];
    let selected = Selected::of(core, set, (&options, &row));
    let mut test = format!("{by} ge ");
    write_literal(&mut test, (&ask.since.to_string(), TermKind::Instant), version);
    let mut filter = String::new();
    encode::value(&mut filter, &test);
    let names = core.names(&ask.context, true);
    let query = Query {
        core,
        context: &ask.context,
        names: &names,
        selected: &selected,
        filter: Cow::Owned(filter),
        total: false,
    };
    let at = PageAsk { at: ask.after.clone(), size: PAGE };
    let (encoded, headers) = query.prepared(&at);
    let request = &selected.request;
    let call = core.call(&Ask {
        request,
        names: &names,
        placed: [&[], &[]],
        query: &[],
        encoded: &encoded,
        headers: &headers,
        deadline: ask.context.deadline,
    })?;
    let Some(call) = call else { return Err(unusable("the entity set's name cannot stand in an address")) };
    let answer = core.send(crate::upstream::Call { background: true, ..call }, &selected.wanted).await?;
    let fetched = read(answer, version < 4)?;
    let rows: Vec<_> = fetched.rows.into_iter().map(|(row, _)| row).collect();
    let before: u64 = ask.after.as_deref().and_then(|at| at.parse().ok()).unwrap_or(0);
    let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let next = match switches(core).page {
        ODataPage::NextLink => fetched.next,
        // A service may cut a page shorter than asked for: only an empty one is certainly the last.
        ODataPage::Skip => (count > 0).then(|| (before + count).to_string().into()),
    };
    if next.is_some() && next == ask.after {
        return Err(unusable("a page names itself as the next"));
    }
    Ok(ChangedPage { rows, next, cut: false })
}

fn key_columns(of: &EntityMapping) -> Vec<String> {
    of.key.iter().filter_map(|part| super::filter::property(&part.from).map(Cow::into_owned)).collect()
}
