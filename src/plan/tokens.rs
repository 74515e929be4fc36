//! Counts the tokens of a document without parsing it: one walk over its bytes, nothing is kept.

/// How many tokens a document has. White space, commas, comments and the byte order mark are none; a string is one, however
/// long. What is no GraphQL counts one a character: the parser says what is wrong with it.
#[must_use]
pub fn count(text: &str) -> u64 {
    let mut rest = text.as_bytes();
    let mut tokens = 0;
    while let Some(first) = rest.first() {
        let length = match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                rest = &rest[1..];
                continue;
            }
            b'#' => {
                rest = &rest[until(rest, |byte| matches!(byte, b'\r' | b'\n'))..];
                continue;
            }
            0xEF if rest.starts_with(b"\xEF\xBB\xBF") => {
                rest = &rest[3..];
                continue;
            }
            b'"' if rest.starts_with(b"\"\"\"") => block(rest),
            b'"' => string(rest),
            b'.' if rest.starts_with(b"...") => 3,
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => {
                until(rest, |byte| !matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'0'..=b'9'))
            }
            b'0'..=b'9' | b'-' => {
                1 + until(&rest[1..], |byte| !matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
            }
            _ => 1,
        };
        tokens += 1;
        rest = &rest[length.min(rest.len())..];
    }
    tokens
}

fn until(bytes: &[u8], end: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| end(*byte)).unwrap_or(bytes.len())
}

/// The length of a string in one line, its quotes included; an open one ends with its line.
fn string(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\r' | b'\n' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The length of a block string, its quotes included; an open one ends with the document.
fn block(bytes: &[u8]) -> usize {
    let mut at = 3;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(b"\\\"\"\"") {
            at += 4;
        } else if rest.starts_with(b"\"\"\"") {
            return at + 3;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn tokens_are_counted_as_the_specification_has_them() {
        for (text, tokens) in [
            ("", 0),
            ("\u{feff} ,,\t\n# a comment { a b }\r", 0),
            ("{ a }", 3),
            ("{a(b:-1.5e+3,c:$d)@e...F}", 16),
            ("{ a(b: \"one \\\" { two }\") }", 8),
            ("{ a(b: \"\"\"one \\\"\"\" \" \"\" { two }\"\"\") }", 8),
            ("\"open { a b", 1),
            ("\"open\n{ a }", 4),
            ("\"\"\"open { a }", 1),
            ("\"\\", 1),
            ("query Q($a: [Int!]! = [1, 2]) { ...on T { a } }", 25),
            ("ü", 2),
        ] {
            assert_eq!(count(text), tokens, "{text}");
        }
    }
}
