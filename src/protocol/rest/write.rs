//! Writes that the manifest spells out.

use super::super::core::{Ask, Core};
use super::super::write::{Writing, nobody};
use super::super::{WriteRow, WroteRow};
use crate::connector::{EntityMapping, LookBy, Origin, Path, Request, WriteWay};
use crate::error::{Code, Error};
use crate::model::{Key, Unwritten, Wire};

/// Does one write.
pub(in crate::protocol) async fn write(
    core: &Core,
    of: &EntityMapping,
    row: &WriteRow<'_>,
) -> Result<WroteRow, Unwritten> {
    let WriteWay::Request(request) = &row.write.way else {
        let error = Error::new(Code::Internal, "the manifest does not spell out what this write sends");
        return Err(Unwritten::Failed(core.located(of, error)));
    };
    let writing = Writing::begin(core, of, row).await?;
    let failed = |error| Unwritten::Failed(writing.located(error));
    let request = chosen(&writing, request).map_err(failed)?;
    let call = writing.call(request, &[]).map_err(failed)?;
    let answer = writing.send(call.ok_or_else(nobody)?).await?;
    writing.wrote(&answer)
}

/// What is sent instead, where its condition is true.
fn chosen<'w>(writing: &Writing<'w>, usual: &'w Request) -> Result<&'w Request, Error> {
    for (when, request) in &writing.row.write.instead {
        if writing.names().evaluate(when)? == Wire::Bool(true) {
            return Ok(request);
        }
    }
    Ok(usual)
}

/// Looks among the last rows of a list for what may have been written.
pub(in crate::protocol) async fn last(
    core: &Core,
    of: &EntityMapping,
    row: &WriteRow<'_>,
    look: &LookBy,
) -> Result<Option<Key>, Error> {
    let LookBy::Last { request, rows, same, key } = look else { return Ok(None) };
    let writing = Writing::bare(core, of, row);
    let found = rows_of(&writing, request, rows).await?;
    for row in &found {
        let mut names = writing.names();
        names.lend("row", row);
        if names.evaluate(same)? == Wire::Bool(true) {
            return Ok(key_in(&writing, key, row));
        }
    }
    Ok(None)
}

fn key_in(writing: &Writing<'_>, key: &[Origin], row: &Wire) -> Option<Key> {
    writing.key(key, ("row", row))
}

async fn rows_of(writing: &Writing<'_>, request: &Request, rows: &Path) -> Result<Vec<Wire>, Error> {
    let names = writing.names();
    let ask = Ask {
        request,
        names: &names,
        placed: [&[], &[]],
        query: &[],
        encoded: "",
        headers: &request.headers,
        deadline: writing.row.context.deadline,
    };
    let answer = writing.core.ask(&ask, &writing.core.everything()).await;
    let answer = answer.map_err(|failure| writing.located(failure.error))?;
    Ok(answer.map(|answer| super::super::path::rows(rows, answer.body)).unwrap_or_default())
}
