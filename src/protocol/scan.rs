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

    /// In its callers, since most values are scalars and need no call of their own.
    #[inline(always)]
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
                if wants.is_all() { self.whole(depth)? } else { self.object(wants, depth)? }
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

    #[inline(never)]
    fn list(&mut self, wants: &Wants, depth: usize) -> Result<Wire, Fault> {
        let mut items = Vec::new();
        let mut goes_on = !self.lexer.takes(b']');
        while goes_on {
            items.push(self.value(wants, depth)?);
            goes_on = self.lexer.goes_on(b']')?;
        }
        Ok(Wire::List(items))
    }

    #[inline(never)]
    fn object(&mut self, wants: &Wants, depth: usize) -> Result<Wire, Fault> {
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
                    if seen.again(at) {
                        members.retain(|(known, _)| *known != member.name);
                    }
                    members.push((Arc::clone(&member.name), self.value(&member.wants, depth)?));
                }
                None => self.lexer.skip(depth)?,
            }
            goes_on = self.lexer.goes_on(b'}')?;
        }
        Ok(Wire::Object(members))
    }

    /// An object of which every member is wanted.
    #[inline(never)]
    fn whole(&mut self, depth: usize) -> Result<Wire, Fault> {
        let mut members = Vec::new();
        let mut places = HashMap::new();
        let mut seen = Seen::default();
        let mut goes_on = !self.lexer.takes(b'}');
        while goes_on {
            let (at, name) = self.known.name(&mut self.lexer)?;
            let value = self.value(Wants::ALL, depth)?;
            if seen.again(at) || !places.is_empty() {
                keep(&mut members, &mut places, (name, value));
            } else {
                members.push((name, value));
            }
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
    /// Takes the name of a member: which one it is, and the text, shared with those that were there before.
    #[inline(always)]
    fn name(&mut self, lexer: &mut Lexer<'_>) -> Result<(usize, Arc<str>), Fault> {
        let at = if self.next < self.names.len() { self.next } else { 0 };
        match self.names.get(at) {
            Some(name) if lexer.takes_name(name) => {
                self.next = at + 1;
                Ok((at, Arc::clone(name)))
            }
            _ => Ok(self.shared(&lexer.name()?)),
        }
    }

    #[inline(never)]
    fn shared(&mut self, name: &str) -> (usize, Arc<str>) {
        if let Some((at, known)) = self.names.iter().enumerate().find(|(_, known)| ***known == *name) {
            self.next = at + 1;
            return (at, Arc::clone(known));
        }
        let name = Arc::from(name);
        if self.names.len() == NAMES || !stands_for_itself(&name) {
            return (NAMES, name);
        }
        self.names.push(Arc::clone(&name));
        self.next = self.names.len();
        (self.next - 1, name)
    }
}

/// Which of the wanted or known members an object has had.
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
