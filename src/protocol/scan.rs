//! JSON answers → [`Wire`], in one pass, keeping only what somebody wants.

use std::collections::HashMap;
use std::sync::Arc;

use smol_str::SmolStr;

use super::lexer::{Fault, Lexer, stands_for_itself};
use super::wants::Wants;
use crate::model::Wire;

/// How deeply an answer may nest: no system of this field needs more, and the scanner recurses.
const DEPTH: usize = 64;
/// How many values of one answer are kept; the transport bounds the bytes, this bounds what they unfold to.
const VALUES: usize = 1_000_000;
/// How many names are shared at most among objects of which every member is wanted: more are no rows.
const NAMES: usize = 64;
/// Objects with more members than this look for repeated names by hash.
const SMALL: usize = 24;

/// Reads a JSON document, pruned to `wants`. Of a name that is repeated in one object the last counts.
///
/// # Errors
/// What is wrong with the document and where, for operators.
pub(super) fn scan(body: &[u8], wants: &Wants) -> Result<Wire, String> {
    let text = std::str::from_utf8(body)
        .map_err(|error| format!("the answer is not valid UTF-8 at byte {}", error.valid_up_to()))?;
    let mut scanner = Scanner { lexer: Lexer::new(text), left: VALUES, known: Known::default() };
    let value = scanner.document(wants);
    value.map_err(|fault| match fault {
        Fault::Deep => format!("the answer nests deeper than {DEPTH} levels"),
        Fault::Many => format!("the answer has more than {VALUES} values"),
        fault => {
            format!("the answer is not JSON: at byte {} there should be {}", scanner.lexer.at(), fault.wanted())
        }
    })
}

struct Scanner<'j> {
    lexer: Lexer<'j>,
    left: usize,
    known: Known,
}

impl Scanner<'_> {
    fn document(&mut self, wants: &Wants) -> Result<Wire, Fault> {
        let value = self.value(wants, DEPTH)?;
        if self.lexer.peek().is_some() { Err(Fault::End) } else { Ok(value) }
    }

    fn value(&mut self, wants: &Wants, depth: usize) -> Result<Wire, Fault> {
        let depth = depth.checked_sub(1).ok_or(Fault::Deep)?;
        self.left = self.left.checked_sub(1).ok_or(Fault::Many)?;
        Ok(match self.lexer.peek() {
            Some(b'"') => {
                self.lexer.step();
                Wire::Text(SmolStr::from(self.lexer.string()?))
            }
            Some(b'{') => {
                self.lexer.step();
                self.object(wants, depth)?
            }
            Some(b'[') => {
                self.lexer.step();
                self.list(wants, depth)?
            }
            Some(b'n') => self.lexer.word("null").map(|()| Wire::Null)?,
            Some(b't') => self.lexer.word("true").map(|()| Wire::Bool(true))?,
            Some(b'f') => self.lexer.word("false").map(|()| Wire::Bool(false))?,
            _ => Wire::Number(SmolStr::from(self.lexer.number()?)),
        })
    }

    fn list(&mut self, wants: &Wants, depth: usize) -> Result<Wire, Fault> {
        let mut items = Vec::new();
        let mut goes_on = !self.lexer.takes(b']');
        while goes_on {
            items.push(self.value(wants, depth)?);
            goes_on = self.lexer.goes_on(b']')?;
        }
        Ok(Wire::List(items))
    }

    fn object(&mut self, wants: &Wants, depth: usize) -> Result<Wire, Fault> {
        if wants.is_all() {
            return self.whole(depth);
        }
        let mut members: Vec<(Arc<str>, Wire)> = Vec::with_capacity(wants.width());
        // Systems write the members of each row in one order: the next one is most often the one behind the last.
        let mut next = 0;
        let mut seen = Seen::default();
        let mut goes_on = !self.lexer.takes(b'}');
        while goes_on {
            let at = match wants.at(next) {
                Some(member) if member.plain && self.lexer.takes_name(&member.name) => Some(next),
                _ => wants.find(&self.lexer.name()?),
            };
            match at.and_then(|at| Some((at, wants.at(at)?))) {
                Some((at, member)) => {
                    next = at + 1;
                    let value = self.value(&member.wants, depth)?;
                    if seen.again(at) {
                        members.retain(|(known, _)| *known != member.name);
                    }
                    members.push((Arc::clone(&member.name), value));
                }
                None => self.lexer.skip(depth)?,
            }
            goes_on = self.lexer.goes_on(b'}')?;
        }
        Ok(Wire::Object(members))
    }

    /// An object of which every member is wanted.
    fn whole(&mut self, depth: usize) -> Result<Wire, Fault> {
        let mut members: Vec<(Arc<str>, Wire)> = Vec::new();
        let mut places: HashMap<Arc<str>, usize> = HashMap::new();
        let mut goes_on = !self.lexer.takes(b'}');
        while goes_on {
            let name = match self.known.names.get(self.known.next) {
                Some(name) if self.lexer.takes_name(name) => {
                    self.known.next += 1;
                    Arc::clone(name)
                }
                _ => self.known.shared(&self.lexer.name()?),
            };
            let value = self.value(Wants::ALL, depth)?;
            keep(&mut members, &mut places, (name, value));
            goes_on = self.lexer.goes_on(b'}')?;
        }
        Ok(Wire::Object(members))
    }
}

/// The names of objects of which every member is wanted. Rows of a list have the same ones in the same order, so that most of
/// them are the one behind the last.
#[derive(Default)]
struct Known {
    /// Each of them [stands for itself](stands_for_itself).
    names: Vec<Arc<str>>,
    next: usize,
}

impl Known {
    /// The name, shared with those that were there before.
    fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some((at, known)) = self.names.iter().enumerate().find(|(_, known)| ***known == *name) {
            self.next = at + 1;
            return Arc::clone(known);
        }
        let name = Arc::from(name);
        if self.names.len() < NAMES && stands_for_itself(&name) {
            self.names.push(Arc::clone(&name));
            self.next = self.names.len();
        }
        name
    }
}

/// Which of the wanted members an object has had.
#[derive(Default)]
struct Seen(u64);

impl Seen {
    /// Whether a member may have been there before; of the first 64 it is known.
    fn again(&mut self, at: usize) -> bool {
        let bit = u32::try_from(at).ok().and_then(|at| 1_u64.checked_shl(at)).unwrap_or(0);
        let again = bit == 0 || self.0 & bit != 0;
        self.0 |= bit;
        again
    }
}

fn keep(members: &mut Vec<(Arc<str>, Wire)>, places: &mut HashMap<Arc<str>, usize>, member: (Arc<str>, Wire)) {
    let at = if members.len() <= SMALL {
        members.iter().position(|(name, _)| *name == member.0)
    } else {
        if places.is_empty() {
            places.extend(members.iter().enumerate().map(|(at, (name, _))| (Arc::clone(name), at)));
        }
        places.get(&member.0).copied()
    };
    match at.and_then(|at| members.get_mut(at)) {
        Some(place) => place.1 = member.1,
        None => {
            if !places.is_empty() {
                places.insert(Arc::clone(&member.0), members.len());
            }
            members.push(member);
        }
    }
}

#[cfg(test)]
mod tests;
