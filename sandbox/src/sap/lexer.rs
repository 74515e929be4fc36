//! Splits a `$filter` or a key predicate into tokens.

use rust_decimal::Decimal;

use super::error::Refusal;
use super::value::{Value, typed};

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// `(`.
    Open,
    /// `)`.
    Close,
    /// `,`.
    Comma,
    /// `=`, in key predicates.
    Equals,
    /// A property, operator, function, `true`, `false` or `null`.
    Word(String),
    /// A literal that is complete by itself.
    Literal(Value),
}

/// The tokens of a text.
///
/// # Errors
/// On a string without its closing quote, a character that begins no token, or a literal that is none.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&char) = chars.get(at) {
        let invalid = || Refusal::syntax(format!("Invalid token detected at position {at}"));
        match char {
            ' ' => at += 1,
            '(' | ')' | ',' | '=' => {
                found.push(match char {
                    '(' => Token::Open,
                    ')' => Token::Close,
                    ',' => Token::Comma,
                    _ => Token::Equals,
                });
                at += 1;
            }
            '\'' => {
                let (text, next) = quoted(&chars, at).ok_or_else(invalid)?;
                found.push(Token::Literal(Value::Text(text)));
                at = next;
            }
            '0'..='9' | '-' => {
                let next = run(&chars, at, |char| char.is_ascii_alphanumeric() || matches!(char, '-' | '.'));
                let word: String = chars[at..next].iter().collect();
                found.push(Token::Literal(number(&word).ok_or_else(invalid)?));
                at = next;
            }
            'A'..='Z' | 'a'..='z' | '_' => {
                let next = run(&chars, at, |char| char.is_ascii_alphanumeric() || matches!(char, '_' | '/'));
                let word: String = chars[at..next].iter().collect();
                if chars.get(next) == Some(&'\'') {
                    let (text, end) = quoted(&chars, next).ok_or_else(invalid)?;
                    found.push(Token::Literal(typed(&word, &text).ok_or_else(invalid)?));
                    at = end;
                } else {
                    found.push(word_token(word));
                    at = next;
                }
            }
            _ => return Err(invalid()),
        }
    }
    Ok(found)
}

fn word_token(word: String) -> Token {
    match word.as_str() {
        "true" => Token::Literal(Value::Flag(true)),
        "false" => Token::Literal(Value::Flag(false)),
        "null" => Token::Literal(Value::Nothing),
        _ => Token::Word(word),
    }
}

/// The end of the run of characters that begins at `from`.
fn run(chars: &[char], from: usize, part: impl Fn(char) -> bool) -> usize {
    let length = chars[from..].iter().take_while(|char| part(**char)).count();
    from + length
}

/// The text of a string that opens at `from`, and where it ends. Two quotes stand for one.
fn quoted(chars: &[char], from: usize) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut at = from + 1;
    loop {
        match (chars.get(at)?, chars.get(at + 1)) {
            ('\'', Some('\'')) => {
                text.push('\'');
                at += 2;
            }
            ('\'', _) => return Some((text, at + 1)),
            (char, _) => {
                text.push(*char);
                at += 1;
            }
        }
    }
}

/// A number: V2 writes decimals as `1.5M`, longs as `5L`, doubles as `1.5d`, singles as `1.5f`.
fn number(word: &str) -> Option<Value> {
    let bare = word.strip_suffix(['M', 'm', 'L', 'l', 'D', 'd', 'F', 'f']).unwrap_or(word);
    bare.parse::<Decimal>().ok().map(Value::Amount)
}
