//! JSON text, token by token: what is wanted of it is borrowed from it, what is not is checked and stepped over.

use std::borrow::Cow;

mod skip;

/// How long most texts with escapes are at most, in bytes: longer ones grow.
const LINE: usize = 64;

/// A place in a JSON text.
pub(super) struct Lexer<'j> {
    text: &'j str,
    at: usize,
}

/// What is wrong with a text: what should be at the place where it is not JSON, or how it is too much.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    Value,
    Digit,
    Colon,
    Comma,
    Name,
    StringEnd,
    Escape,
    Hexadecimal,
    Pair,
    End,
    /// It nests too deeply.
    Deep,
    /// It holds too many values.
    Many,
}

impl Fault {
    /// What there should be.
    pub(super) const fn wanted(self) -> &'static str {
        match self {
            Self::Value => "a value",
            Self::Digit => "a value, or a digit of a number",
            Self::Colon => "a colon",
            Self::Comma => "a comma, or the end of the list or object",
            Self::Name => "a string",
            Self::StringEnd => "the end of a string, or a control character escaped",
            Self::Escape => "one of JSON's escapes",
            Self::Hexadecimal => "four hexadecimal digits",
            Self::Pair => "the other half of a pair of escapes",
            Self::End => "the end",
            Self::Deep | Self::Many => "less",
        }
    }
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
    #[inline(always)]
    pub(super) fn peek(&mut self) -> Option<u8> {
        let byte = self.byte()?;
        if byte > b' ' { Some(byte) } else { self.behind_blanks() }
    }

    #[inline(never)]
    fn behind_blanks(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    /// Steps over the byte that was looked at.
    #[inline]
    pub(super) const fn step(&mut self) {
        self.at += 1;
    }

    /// Takes a sign if it is there.
    #[inline(always)]
    pub(super) fn takes(&mut self, sign: u8) -> bool {
        if self.peek() != Some(sign) {
            return false;
        }
        self.at += 1;
        true
    }

    /// Whether a list or object goes on behind one of its elements, or ends here.
    #[inline(always)]
    pub(super) fn goes_on(&mut self, end: u8) -> Lexed<bool> {
        let more = match self.peek() {
            Some(b',') => true,
            Some(byte) if byte == end => false,
            _ => return Err(Fault::Comma),
        };
        self.at += 1;
        Ok(more)
    }

    /// Takes one of the words of JSON.
    pub(super) fn word(&mut self, word: &'static str) -> Lexed<()> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(Fault::Value);
        }
        self.at += word.len();
        Ok(())
    }

    /// Takes a number, as it is written.
    pub(super) fn number(&mut self) -> Lexed<&'j str> {
        let from = self.at;
        self.skip_number()?;
        Ok(self.text.get(from..self.at).unwrap_or_default())
    }

    fn skip_number(&mut self) -> Lexed<()> {
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
        Ok(())
    }

    fn digits(&mut self) -> Lexed<()> {
        let from = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        if self.at == from { Err(Fault::Digit) } else { Ok(()) }
    }

    /// Takes the name of a member, and the colon behind it.
    #[inline(always)]
    pub(super) fn name(&mut self) -> Lexed<Cow<'j, str>> {
        if !self.takes(b'"') {
            return Err(Fault::Name);
        }
        let name = self.string()?;
        if self.takes(b':') { Ok(name) } else { Err(Fault::Colon) }
    }

    /// Takes a certain name with its colon, if it stands there as it is; `name` has to be one that [`stands_for_itself`].
    #[inline(always)]
    pub(super) fn takes_name(&mut self, name: &str) -> bool {
        // What is behind the name is looked at first: most other names are longer or shorter.
        let Some(([b'"', there @ ..], [b'"', b':', ..])) = self.rest().split_at_checked(name.len() + 1) else {
            return false;
        };
        let same = there == name.as_bytes();
        if same {
            self.at += name.len() + 3;
        }
        same
    }

    /// Takes a string, behind the quote that it begins with. Only one with escapes is copied.
    #[inline(always)]
    pub(super) fn string(&mut self) -> Lexed<Cow<'j, str>> {
        let (from, end) = (self.at, self.plain());
        if self.text.as_bytes().get(end) != Some(&b'"') {
            return self.string_with_escapes().map(Cow::Owned);
        }
        self.at = end + 1;
        Ok(Cow::Borrowed(self.text.get(from..end).unwrap_or_default()))
    }

    #[cold]
    fn string_with_escapes(&mut self) -> Lexed<String> {
        let mut whole = String::with_capacity(LINE);
        loop {
            let from = self.at;
            self.at = self.plain();
            whole.push_str(self.text.get(from..self.at).unwrap_or_default());
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(whole);
                }
                Some(b'\\') => whole.push(self.escape()?),
                _ => return Err(Fault::StringEnd),
            }
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
        char::from_u32(code).ok_or(Fault::Pair)
    }

    fn escaped(&mut self) -> Lexed<Escape> {
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
                let digits = self.rest().get(..4).ok_or(Fault::Hexadecimal)?;
                let digit = |code: u32, byte: &u8| Some(code * 16 + char::from(*byte).to_digit(16)?);
                let code = digits.iter().try_fold(0, digit).ok_or(Fault::Escape)?;
                self.at += 4;
                return Ok(Escape::Unit(code));
            }
            _ => return Err(Fault::Escape),
        }))
    }

    /// Up to where a string stands for itself from here.
    #[inline(always)]
    fn plain(&self) -> usize {
        plain(self.text.as_bytes(), self.at)
    }

    #[inline(always)]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline(always)]
    fn rest(&self) -> &'j [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

/// What stands behind a backslash: a character, or half of UTF-16 that may need its other half.
enum Escape {
    Short(char),
    Unit(u32),
}

/// Whether JSON writes a text as it is.
pub(crate) fn stands_for_itself(text: &str) -> bool {
    plain(text.as_bytes(), 0) == text.len()
}

/// Up to where the bytes of a string stand for themselves: the place of the next quote, backslash or control character.
///
/// Eight bytes at a time, since most of an answer is strings. In `found` the highest bit of the first byte that is one of
/// these is set; bits above it may be wrong, and are not looked at. Not in its callers, where its constants would not stay in
/// registers.
#[inline(never)]
fn plain(bytes: &[u8], from: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let Some(mut rest) = bytes.get(from..) else { return from };
    while let Some((word, behind)) = rest.split_first_chunk() {
        let word = u64::from_le_bytes(*word);
        // A quote and a blank change places, so that the quote is next to the control characters.
        let low = (word ^ (ONES * 2)).wrapping_sub(ONES * 0x21);
        let backslash = (word ^ (ONES * 0x5C)).wrapping_sub(ONES);
        let found = (low | backslash) & !word & HIGH;
        if found != 0 {
            return bytes.len() - rest.len() + found.trailing_zeros() as usize / 8;
        }
        rest = behind;
    }
    bytes.len() - rest.len() + plain_of_few(rest)
}

/// How many of the last few bytes stand for themselves.
#[cold]
fn plain_of_few(bytes: &[u8]) -> usize {
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    bytes.iter().position(ends).unwrap_or(bytes.len())
}
