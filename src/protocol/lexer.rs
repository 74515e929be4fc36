//! JSON text, token by token: what is wanted of it is borrowed from it, what is not is checked and stepped over.

use std::borrow::Cow;

/// A place in a JSON text.
pub(super) struct Lexer<'j> {
    text: &'j str,
    at: usize,
}

/// What is wrong with a text.
pub(super) enum Fault {
    /// It is not JSON: what should be at the place.
    Json(&'static str),
    /// It nests too deeply.
    Deep,
    /// It holds too many values.
    Many,
}

type Lexed<T> = Result<T, Fault>;

impl<'j> Lexer<'j> {
    pub(super) const fn new(text: &'j str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte it has come to.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// The first byte of the next token.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.byte() {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Takes a sign that has to be there.
    pub(super) fn take(&mut self, sign: u8, wanted: &'static str) -> Lexed<()> {
        if self.takes(sign) { Ok(()) } else { Err(Fault::Json(wanted)) }
    }

    /// Takes a sign if it is there.
    pub(super) fn takes(&mut self, sign: u8) -> bool {
        let there = self.peek() == Some(sign);
        self.at += usize::from(there);
        there
    }

    /// Whether a list or object goes on behind one of its elements, or ends here.
    pub(super) fn goes_on(&mut self, end: u8) -> Lexed<bool> {
        let more = match self.peek() {
            Some(b',') => true,
            Some(byte) if byte == end => false,
            _ => return Err(Fault::Json("a comma, or the end of the list or object")),
        };
        self.at += 1;
        Ok(more)
    }

    /// Takes one of the words of JSON.
    pub(super) fn word(&mut self, word: &'static str) -> Lexed<()> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(Fault::Json("a value"));
        }
        self.at += word.len();
        Ok(())
    }

    /// Takes a number, as it is written.
    pub(super) fn number(&mut self) -> Lexed<&'j str> {
        let from = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        match self.byte() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(self.text.get(from..self.at).unwrap_or_default())
    }

    fn digits(&mut self) -> Lexed<()> {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(Fault::Json("a value, or a digit of a number")) } else { Ok(()) }
    }

    /// Takes a string. Only one with escapes is copied.
    pub(super) fn string(&mut self) -> Lexed<Cow<'j, str>> {
        self.take(b'"', "a string")?;
        let from = self.at;
        self.at += plain(self.rest());
        let run = self.text.get(from..self.at).unwrap_or_default();
        if self.byte() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(run));
        }
        let mut whole = run.to_owned();
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(whole));
                }
                Some(b'\\') => whole.push(self.escape()?),
                _ => return Err(Fault::Json("the end of a string, or a control character escaped")),
            }
            let from = self.at;
            self.at += plain(self.rest());
            whole.push_str(self.text.get(from..self.at).unwrap_or_default());
        }
    }

    /// The character of an escape; half of a pair alone is none.
    fn escape(&mut self) -> Lexed<char> {
        let short = match self.escaped()? {
            Escape::Short(short) => return Ok(short),
            Escape::Unit(unit) => unit,
        };
        let pair = |high: u32, low: u32| 0x10000 + ((high - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF);
        let code = match short {
            high @ 0xD800..=0xDBFF if self.byte() == Some(b'\\') => match self.escaped()? {
                Escape::Unit(low @ 0xDC00..=0xDFFF) => pair(high, low),
                _ => high,
            },
            unit => unit,
        };
        char::from_u32(code).ok_or(Fault::Json("the other half of a pair of escapes"))
    }

    fn escaped(&mut self) -> Lexed<Escape> {
        let wrong = Fault::Json("one of JSON's escapes");
        let sign = self.rest().get(1).copied();
        self.at += 2;
        Ok(Escape::Short(match sign {
            Some(sign @ (b'"' | b'\\' | b'/')) => char::from(sign),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let digits = self.rest().get(..4).ok_or(Fault::Json("four hexadecimal digits"))?;
                let digit = |code: u32, byte: &u8| Some(code * 16 + char::from(*byte).to_digit(16)?);
                let code = digits.iter().try_fold(0, digit).ok_or(wrong)?;
                self.at += 4;
                return Ok(Escape::Unit(code));
            }
            _ => return Err(wrong),
        }))
    }

    /// Steps over a value, which has to be JSON all the same.
    pub(super) fn skip(&mut self, depth: usize) -> Lexed<()> {
        let depth = depth.checked_sub(1).ok_or(Fault::Deep)?;
        match self.peek() {
            Some(b'"') => self.skip_string(),
            Some(b'{') => {
                self.at += 1;
                let mut goes_on = !self.takes(b'}');
                while goes_on {
                    self.peek();
                    self.skip_string()?;
                    self.take(b':', "a colon")?;
                    self.skip(depth)?;
                    goes_on = self.goes_on(b'}')?;
                }
                Ok(())
            }
            Some(b'[') => {
                self.at += 1;
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
            _ => self.number().map(drop),
        }
    }

    fn skip_string(&mut self) -> Lexed<()> {
        self.take(b'"', "a string")?;
        loop {
            self.at += plain(self.rest());
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.escaped()?;
                }
                _ => return Err(Fault::Json("the end of a string, or a control character escaped")),
            }
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'j [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

/// What stands behind a backslash: a character, or half of UTF-16 that may need its other half.
enum Escape {
    Short(char),
    Unit(u32),
}

/// How many bytes of a string stand for themselves: up to a quote, a backslash or a control character.
///
/// Eight bytes at a time, since most of an answer is strings. In `found` the highest bit of the first byte that is one of
/// these is set; bits above it may be wrong, and are not looked at.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let is = |word: u64, byte: u8| {
        let zero = word ^ (ONES * u64::from(byte));
        zero.wrapping_sub(ONES) & !zero
    };
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (is(word, b'"') | is(word, b'\\') | control) & HIGH;
        if found != 0 {
            return at * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    words.len() * 8 + rest.iter().position(ends).unwrap_or(rest.len())
}
