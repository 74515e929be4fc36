//! Positions as they leave here: each names the read it came from.
//!
//! Page n + 1 has to follow on the page n its reader saw. So every page that is read has a name of its own, every
//! position in it carries that name, and the page behind it is cached under name and position: whoever holds a position
//! gets what was read behind that very page, or what the system says now. Names are random, so that a position from
//! another process finds nothing here and is read from the system.

use crate::error::{Code, Error};
use crate::model::Position;

/// The name of one read of one page.
pub(super) fn name() -> u64 {
    rand::random()
}

/// The system's own position in a named one.
///
/// # Errors
/// It was not made here.
pub(super) fn own(position: &Position) -> Result<Position, Error> {
    let strange = || Error::public(Code::BadUserInput, "This cursor does not belong to this list.");
    let token = position.token.as_deref().ok_or_else(strange)?;
    let (name, token) = token.split_once('.').map_or((token, None), |(name, token)| (name, Some(token)));
    u64::from_str_radix(name, 16).map_err(|_| strange())?;
    Ok(Position { token: token.map(Into::into), skip: position.skip })
}
