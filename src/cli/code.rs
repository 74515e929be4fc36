//! `explain-code`: the page of a diagnostic's or an error's code, in the terminal.

use std::process::ExitCode;

use super::output::Output;
use crate::error::Code;
use crate::tenant;

/// The pages as they are published; a test holds them to what they are made from.
const PAGES: [&str; 2] = [include_str!("../../docs/diagnostics.md"), include_str!("../../docs/errors.md")];

/// Prints what a code means and what to do about it.
pub(super) fn run(code: &str, output: &Output) -> ExitCode {
    let code = code.trim().trim_matches(['[', ']']).to_ascii_uppercase();
    match PAGES.iter().find_map(|page| section(page, &code)) {
        Some(section) => output.text(&section),
        None => output.fail(&format!("there is no code `{code}`; there are: {}", known())),
    }
}

/// What stands below the heading of a code, up to the next one.
fn section(page: &str, code: &str) -> Option<String> {
    let heading = format!("### {code}");
    let mut lines = page.lines().skip_while(|line| *line != heading).skip(1);
    let below: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with('#')).collect();
    if below.is_empty() {
        return None;
    }
    Some(format!("{code}\n\n{}\n", below.join("\n").trim()))
}

fn known() -> String {
    let diagnostics = tenant::diagnostics().into_iter().map(|(code, _)| code);
    diagnostics.chain(Code::ALL.iter().map(|code| code.name())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_page() {
        let diagnostics = tenant::diagnostics().into_iter().map(|(code, _)| code);
        for code in diagnostics.chain(Code::ALL.iter().map(|code| code.name())) {
            let section = PAGES.iter().find_map(|page| section(page, code));
            assert!(section.is_some_and(|section| section.lines().count() > 2), "{code}");
        }
        assert_eq!(section("### M001\nOne.\n\n### M002\nTwo.\n", "M002").as_deref(), Some("M002\n\nTwo.\n"));
        assert_eq!(section("### M001\nOne.\n", "M00"), None);
    }
}
