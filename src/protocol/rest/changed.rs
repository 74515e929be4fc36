//! What changed since a time: one page of a poll's request.

use super::super::core::{Ask, Core};
use super::super::errors::{Failure, unusable};
use super::super::page::PageAsk;
use super::super::path::{has_rows, rows};
use super::super::request::{evidence, parameters, wants_page};
use super::super::wants::Wants;
use super::super::{ChangedPage, ChangedRows};
use crate::connector::{PageStyle, Poll, PollWay, Read};
use crate::error::{Code, Error};

/// One page; nothing of it is joined, since only keys and times are looked at.
pub(in crate::protocol) async fn page(core: &Core, ask: &ChangedRows<'_>) -> Result<ChangedPage, Error> {
    let located = |error: Error| error.at_source(&core.binding.source);
    let PollWay::Read(read) = &ask.poll.way else {
        return Err(located(Error::new(Code::Internal, "a poll of a set is none of this protocol's")));
    };
    fetched(core, ask, read).await.map_err(|failure| located(failure.error))
}

async fn fetched(core: &Core, ask: &ChangedRows<'_>, read: &Read) -> Result<ChangedPage, Failure> {
    let at = PageAsk { at: ask.after.clone(), size: read.page.max };
    let since = ask.poll.written(ask.since, &core.binding.connector.zone);
    let names = core.names(&ask.context, true).with("since", since).of_page(&at);
    let placed = parameters(&read.page, &at);
    let request = &read.request;
    let call = core.call(&Ask {
        request,
        names: &names,
        placed: [&placed, &[]],
        query: &[],
        encoded: "",
        headers: &request.headers,
        deadline: ask.context.deadline,
    })?;
    let template = &request.template;
    let Some(call) = call else { return Err(unusable(format!("`{template}`: a value cannot stand in its place"))) };
    let answer =
        core.send(crate::upstream::Call { background: true, ..call }, &core.wanted(wants(ask.poll, read))).await?;
    if !has_rows(&read.rows, &answer.body) {
        return Err(unusable(format!("`{template}`: the answer has no rows at `{}`", read.rows.text)));
    }
    let told = evidence::<()>(&read.page, &answer);
    let rows = rows(&read.rows, answer.body);
    let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let full = count >= u64::from(read.page.max);
    let counted = |pages: u64| Some(pages.to_string().into());
    let before: u64 = ask.after.as_deref().and_then(|at| at.parse().ok()).unwrap_or(0);
    let more = |by_total: Option<bool>| told.more.or(by_total).unwrap_or(full) && count > 0;
    let next = match read.page.style {
        // An empty page is the end, also where there is always a next one.
        PageStyle::Cursor => told.next.filter(|_| told.more.unwrap_or(count > 0)),
        PageStyle::LastKey if more(None) => rows.last().and_then(|row| row.get("id").as_text().map(|id| (*id).into())),
        PageStyle::Offset if more(told.total.map(|total| before + count < total)) => counted(before + count),
        PageStyle::Number if more(None) => counted(before.max(1) + 1),
        PageStyle::None if full => {
            return Err(unusable(format!("`{template}`: an answer without pages is as long as it can be")));
        }
        _ => None,
    };
    if next.is_some() && next == ask.after {
        return Err(unusable(format!("`{template}`: a page names itself as the next")));
    }
    // What can never be reached is asked for from the last row on, where rows come in order.
    let reached = read.page.rows.is_some_and(|most| before + count + u64::from(read.page.max) > u64::from(most));
    Ok(ChangedPage { rows, cut: reached && next.is_some(), next: next.filter(|_| !reached) })
}

fn wants(poll: &Poll, read: &Read) -> Wants {
    if poll.retells() {
        return Wants::everything();
    }
    let mut wants = Wants::default();
    let row = wants.node(&read.rows.steps);
    poll.paths().for_each(|path| row.path(path));
    if read.page.style == PageStyle::LastKey {
        row.names(["id"]);
    }
    wants_page(&read.page, &mut wants);
    wants
}
