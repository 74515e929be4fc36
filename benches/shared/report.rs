//! Tables: printed, and written between their marks in `docs/performance.md` where `--write` says so.

use std::path::PathBuf;

/// A Markdown table.
pub struct Table {
    name: &'static str,
    lines: Vec<String>,
}

/// Whether what is measured is to be written down.
pub fn writes() -> bool {
    std::env::args().any(|argument| argument == "--write")
}

pub fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs")
}

impl Table {
    /// An empty table; the name is that of its marks, the columns after the first are numbers.
    pub fn new(name: &'static str, columns: &[&str]) -> Self {
        let rule = format!("|---|{}", "---:|".repeat(columns.len() - 1));
        Self { name, lines: vec![format!("| {} |", columns.join(" | ")), rule] }
    }

    pub fn row(&mut self, cells: &[String]) {
        self.lines.push(format!("| {} |", cells.join(" | ")));
    }

    /// Prints it, and writes it down where that was asked for.
    pub fn tell(&self) {
        let text = self.lines.join("\n");
        println!("\n{text}");
        if writes() {
            let path = docs().join("performance.md");
            let whole = std::fs::read_to_string(&path).unwrap();
            let (begin, end) = (format!("<!-- measured: {} -->\n", self.name), "\n<!-- end -->");
            let (before, rest) = whole.split_once(&begin).unwrap_or_else(|| panic!("{begin} is not in {path:?}"));
            let (_, after) = rest.split_once(end).unwrap();
            std::fs::write(&path, format!("{before}{begin}{text}{end}{after}")).unwrap();
        }
    }
}

/// A number with thousands apart, and as many decimals.
pub fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut apart = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart + rest
}
