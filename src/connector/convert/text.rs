//! Rich text in both forms: HTML sanitised, text from HTML, HTML from text.

/// What ammonia writes for the characters that mean something in HTML; after sanitising there are no others.
const ENTITIES: [(&str, char); 5] =
    [("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&nbsp;", '\u{a0}'), ("&amp;", '&')];

/// HTML that may be shown to a customer: no scripts, no styles, no forms.
pub(crate) fn sanitised(html: &str) -> String {
    ammonia::clean(html)
}

/// The text of sanitised HTML: blocks on lines of their own, white space as a browser shows it.
pub(crate) fn from_html(clean: &str) -> String {
    let mut out = Lines::default();
    let mut rest = clean;
    while let Some(next) = rest.chars().next() {
        if let Some((name, closing, after)) = tag(rest) {
            out.tag(name, closing);
            rest = after;
            continue;
        }
        let entity = ENTITIES.iter().find(|(entity, _)| rest.starts_with(entity));
        let (length, shown) = entity.map_or((next.len_utf8(), next), |(entity, shown)| (entity.len(), *shown));
        out.push(shown);
        rest = rest.get(length..).unwrap_or_default();
    }
    out.finish()
}

/// The tag that a text begins with: its name, whether it closes, and what follows.
fn tag(html: &str) -> Option<(&str, bool, &str)> {
    let inner = html.strip_prefix('<')?;
    // In sanitised HTML a `>` inside an attribute's value stands between quotes.
    let mut quoted = false;
    let end = inner.find(|ch| {
        quoted ^= ch == '"';
        ch == '>' && !quoted
    })?;
    let (inner, after) = inner.split_at_checked(end)?;
    let (closing, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
    let name = inner.split([' ', '/']).next().unwrap_or(inner);
    Some((name, closing, after.strip_prefix('>')?))
}

/// Text as it grows, with the white space that is due before the next character.
#[derive(Default)]
struct Lines {
    text: String,
    breaks: usize,
    space: bool,
    verbatim: bool,
}

impl Lines {
    fn tag(&mut self, name: &str, closing: bool) {
        match name {
            "br" => self.breaks += 1,
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "ul" | "ol" | "table" | "hr" => {
                self.breaks = self.breaks.max(2);
            }
            "pre" => {
                self.breaks = self.breaks.max(2);
                self.verbatim = !closing;
            }
            "div" | "li" | "tr" | "dt" | "dd" | "section" | "article" | "header" | "footer" | "figure" | "caption" => {
                self.breaks = self.breaks.max(1);
            }
            "td" | "th" => self.space = true,
            _ => {}
        }
    }

    fn push(&mut self, ch: char) {
        match ch {
            '\n' if self.verbatim => self.breaks += 1,
            ' ' | '\t' | '\n' | '\r' | '\u{c}' if !self.verbatim => self.space = true,
            _ => {
                if !self.text.is_empty() && self.breaks > 0 {
                    let most = if self.verbatim { self.breaks } else { self.breaks.min(2) };
                    self.text.extend(std::iter::repeat_n('\n', most));
                } else if self.space && !self.text.is_empty() {
                    self.text.push(' ');
                }
                (self.breaks, self.space) = (0, false);
                self.text.push(if ch == '\u{a0}' { ' ' } else { ch });
            }
        }
    }

    fn finish(self) -> String {
        self.text.trim().to_owned()
    }
}

/// HTML of a text: paragraphs where it has empty lines, breaks where it has lines.
pub(crate) fn to_html(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut html = String::new();
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n').map(str::trim_end).chain([""]) {
        if !line.is_empty() {
            lines.push(escaped(line));
        } else if !lines.is_empty() {
            html.push_str(&["<p>", &lines.join("<br>"), "</p>"].concat());
            lines.clear();
        }
    }
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
