//! The name of a file, as systems and people may see it.

use super::FileKind;

/// The longest name, in bytes: systems take 255, and some count what they add.
const LONGEST: usize = 150;
/// The longest ending, in bytes, that counts as one.
const ENDING: usize = 12;

/// A name that is one: no path, nothing that cannot be seen or turns the text round, no longer than systems take. A file
/// without a name, or whose name has no ending, gets what its kind is usually called.
#[must_use]
pub fn cleaned(name: &str, kind: Option<FileKind>) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen = |c: &char| !c.is_control() && !is_hidden(*c);
    let plain = |c: char| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c };
    let text: String = last.chars().filter(seen).map(plain).collect();
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '.');
    let (stem, ending) = match ending(text) {
        Some(ending) => (text.get(..text.len() - ending.len() - 1).unwrap_or_default(), ending),
        None => (text, kind.map(FileKind::ending).unwrap_or_default()),
    };
    let mut whole = cut(stem, LONGEST - ENDING - 1).trim_end().to_owned();
    if whole.is_empty() {
        whole.push_str("file");
    }
    if !ending.is_empty() {
        whole.push('.');
        whole.push_str(ending);
    }
    whole
}

/// What stands behind the last dot of a name.
pub(super) fn ending(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.')?;
    let is_one = !ending.is_empty() && ending.len() <= ENDING && ending.chars().all(|c| c.is_ascii_alphanumeric());
    (is_one && !stem.is_empty()).then_some(ending)
}

/// Characters that are not seen, or that turn round what follows: `invoice\u{202e}fdp.exe` looks like a PDF.
const fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path_and_shows_what_it_is() {
        for (given, expected) in [
            ("photo.png", "photo.png"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ana\\photo 1.png", "photo 1.png"),
            ("a/b\\..\\c.pdf", "c.pdf"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
            ("a\0.pdf", "a.pdf"),
            ("\u{feff}größe 名.csv", "größe 名.csv"),
            ("\"x\"; filename=\"y.exe", "_x_; filename=_y.exe"),
            (" .hidden. ", "hidden"),
            (".pdf", "pdf"),
            ("..", "file"),
            ("", "file"),
            ("/", "file"),
        ] {
            assert_eq!(cleaned(given, None), expected, "{given:?}");
        }
        assert_eq!(cleaned("blob", Some(FileKind::Jpeg)), "blob.jpg");
        assert_eq!(cleaned("", Some(FileKind::Pdf)), "file.pdf");
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let long = cleaned(&format!("{}.pdf", "ü".repeat(300)), None);
        assert!(long.len() <= LONGEST && long.starts_with("üü") && long.ends_with("ü.pdf"), "{long}");
        assert_eq!(cleaned(&format!("a.{}", "b".repeat(400)), None).len(), LONGEST - ENDING - 1);
    }
}
