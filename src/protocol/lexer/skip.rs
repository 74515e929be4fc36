//! Stepping over what nobody wants, which has to be JSON all the same.

use super::{Fault, Lexed, Lexer};

impl Lexer<'_> {
    /// Steps over a value.
    ///
    /// In its callers, since most values are strings and need no call of their own.
    #[inline(always)]
    pub(in crate::protocol) fn skip(&mut self, depth: usize) -> Lexed<()> {
        let depth = depth.checked_sub(1).ok_or(Fault::Deep)?;
        match self.peek() {
            Some(b'"') => {
                self.step();
                self.skip_string()
            }
            first => self.skip_other(first, depth),
        }
    }

    /// Steps over a value that is no string, and begins with `first`.
    #[inline(never)]
    fn skip_other(&mut self, first: Option<u8>, depth: usize) -> Lexed<()> {
        match first {
            Some(b'{') => {
                self.step();
                let mut goes_on = !self.takes(b'}');
                while goes_on {
                    self.skip_name()?;
                    self.skip(depth)?;
                    goes_on = self.goes_on(b'}')?;
                }
                Ok(())
            }
            Some(b'[') => {
                self.step();
                let mut goes_on = !self.takes(b']');
                while goes_on {
                    self.skip(depth)?;
                    goes_on = self.goes_on(b']')?;
                }
                Ok(())
            }
            Some(b'n') => self.word("null"),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            _ => self.skip_number(),
        }
    }

    fn skip_name(&mut self) -> Lexed<()> {
        if !self.takes(b'"') {
            return Err(Fault::Name);
        }
        self.skip_string()?;
        if self.takes(b':') { Ok(()) } else { Err(Fault::Colon) }
    }

    #[inline(always)]
    fn skip_string(&mut self) -> Lexed<()> {
        self.at = self.plain();
        if self.byte() == Some(b'"') {
            self.step();
            return Ok(());
        }
        self.skip_escapes()
    }

    /// Steps over the rest of a string, from its first escape on.
    #[cold]
    fn skip_escapes(&mut self) -> Lexed<()> {
        while self.byte() == Some(b'\\') {
            self.escape()?;
            self.at = self.plain();
        }
        if self.byte() != Some(b'"') {
            return Err(Fault::StringEnd);
        }
        self.step();
        Ok(())
    }
}
