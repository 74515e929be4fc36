//! The text of HTML, as Zendesk derives it for `body` and for search.

/// HTML without tags: blocks end lines, and the entities that the desk writes become characters.
pub(super) fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        if matches!(name, "p" | "br" | "div" | "li" | "h2" | "blockquote") {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(rest);
    for (entity, char) in [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")] {
        text = text.replace(entity, char);
    }
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// Whether a text has a word or phrase, whatever the case. Words match whole, or from their start where they end with
/// `*`.
pub(super) fn has(text: &str, phrase: &str) -> bool {
    let text = text.to_lowercase();
    let phrase = phrase.to_lowercase();
    let (phrase, open) = phrase.strip_suffix('*').map_or((phrase.as_str(), false), |phrase| (phrase, true));
    let part = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    // Scripts without spaces have no words to match whole.
    let whole = phrase.is_ascii();
    !phrase.is_empty()
        && text.match_indices(phrase).any(|(at, found)| {
            let before = part(text[..at].chars().next_back());
            let after = part(text[at + found.len()..].chars().next());
            !whole || (!before && (open || !after))
        })
}
