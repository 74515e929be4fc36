//! What a browser is told of a file: its type, its name, whether it may show it.

/// The kinds that a page may show: none of them runs anything of a page.
const SHOWN: [&str; 3] = ["application/pdf", "image/png", "image/jpeg"];
/// The longest name, in characters.
const LONGEST: usize = 200;

/// Whether a page may show a file of this kind.
#[must_use]
pub fn is_shown(media: &str) -> bool {
    SHOWN.contains(&kind(media).as_str())
}

/// Whether what came in place of a file is a page: systems answer so where somebody is to sign in. `told` is what the record
/// says of the file, and `name` what it is called.
#[must_use]
pub fn is_page_instead(came: &str, told: Option<&str>, name: Option<&str>) -> bool {
    let is_page = |media: &str| ["text/html", "application/xhtml+xml"].contains(&kind(media).as_str());
    let named = || {
        let name = name.unwrap_or_default().to_ascii_lowercase();
        [".html", ".htm", ".xhtml"].iter().any(|end| name.ends_with(end))
    };
    is_page(came) && !told.map_or_else(named, is_page)
}

/// A media type without its parameters, in lower case.
fn kind(media: &str) -> String {
    media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The type that a browser is told: the system's word where it is one, and nothing that could be taken for a page.
#[must_use]
pub fn media(told: Option<&str>) -> String {
    const UNKNOWN: &str = "application/octet-stream";
    let kind = told.map(kind).unwrap_or_default();
    let token = |text: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        !text.is_empty() && text.len() <= 127 && text.bytes().all(fits)
    };
    match kind.split_once('/') {
        Some((of, name)) if token(of) && token(name) => kind,
        _ => UNKNOWN.to_owned(),
    }
}

/// The header `Content-Disposition` (RFC 6266): the name in ASCII, and as it is (RFC 8187).
#[must_use]
pub fn disposition(name: Option<&str>, shown: bool) -> String {
    let name: String = name.unwrap_or("file").chars().map(plain).take(LONGEST).collect();
    let name = match name.trim_matches(['.', ' ']) {
        "" => "file",
        name => name,
    };
    let ascii: String = name.chars().map(|c| if c.is_ascii() && !"\"\\%;".contains(c) { c } else { '_' }).collect();
    let how = if shown { "inline" } else { "attachment" };
    format!("{how}; filename=\"{ascii}\"; filename*=UTF-8''{}", extended(name))
}

/// A character of a name that is no path, and says nothing else than it shows.
fn plain(c: char) -> char {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}');
    if c.is_control() || turns || "/\\:*?\"<>|".contains(c) { '_' } else { c }
}

/// As RFC 8187 writes it: what is no `attr-char` is percent-encoded.
fn extended(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
