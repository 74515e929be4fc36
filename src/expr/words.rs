//! The words of a text that a person is looking for.

/// The first words of a text, at most `most`: what stands between blanks, quotes and backslashes, and is more than
/// punctuation. Put between quotes, a word is a word in every language of systems: no operator can be made of it.
#[must_use]
pub fn words(text: &str, most: usize) -> Vec<&str> {
    let parts = text.split(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\\'));
    let says = |part: &&str| part.chars().any(|c| !c.is_ascii_punctuation());
    parts.filter(says).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_neither_quotes_nor_blanks_and_are_more_than_punctuation() {
        assert_eq!(words(" shaft\tseal \"E-17\" ", 9), ["shaft", "seal", "E-17"]);
        assert_eq!(words("a - b\\c \0 \u{85} O'Hara 🦊 納期", 9), ["a", "b", "c", "O'Hara", "🦊", "納期"]);
        assert_eq!(words("one two three", 2), ["one", "two"]);
        assert!(words("\" ' -- \\ ()", 9).is_empty());
    }
}
