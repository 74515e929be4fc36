//! Names of files: as people give them, and as they stand in a path.

/// The longest name of a file in a path, in bytes, without the mark before it.
const LONGEST: usize = 120;
/// The length of a mark: the hexadecimal digits of a reference.
const MARK: std::ops::RangeInclusive<usize> = 32..=64;

/// What an object is called: the last part of its path, without the mark that stands for the write that made it.
pub(super) fn shown(part: &str) -> &str {
    match part.split_once('-') {
        Some((mark, name)) if is_mark(mark) && !name.is_empty() => name,
        _ => part,
    }
}

/// Whether a text stands for a write of ours.
pub(super) fn is_mark(text: &str) -> bool {
    MARK.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// A name that can stand in a path of every store: nothing in it climbs, hides or is read in two ways. A title that does
/// not say what kind of file it is gets the ending of the file.
pub(super) fn safe(title: Option<&str>, file: Option<&str>) -> String {
    let name = title.or(file).unwrap_or_default();
    let ending = |name: &str| {
        let (stem, ending) = name.rsplit_once('.')?;
        let plain = !ending.is_empty() && ending.len() <= 8 && ending.bytes().all(|b| b.is_ascii_alphanumeric());
        (plain && !stem.is_empty()).then(|| ending.to_ascii_lowercase())
    };
    let end = ending(name).or_else(|| ending(file?));
    let stem = match name.rsplit_once('.') {
        Some((stem, _)) if ending(name).is_some() => stem,
        _ => name,
    };
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ' | '.' | '(' | ')');
    let clean: String = stem.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    let mut clean = clean.trim_matches([' ', '.']).to_owned();
    while clean.len() > LONGEST {
        clean.pop();
    }
    let clean = clean.trim_end_matches([' ', '.']);
    let clean = if clean.is_empty() { "file" } else { clean };
    end.map_or_else(|| clean.to_owned(), |end| format!("{clean}.{end}"))
}

/// The media type of a name, by its ending: what a list shows where the store tells only with one object.
pub(super) fn media(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    let known = KNOWN.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending));
    known.map(|(_, media)| *media)
}

const KNOWN: &[(&str, &str)] = &[
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("json", "application/json"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_made_safe_and_keeps_what_people_know_it_by() {
        for (title, file, safe_name) in [
            (None, Some("Offer 12.PDF"), "Offer 12.pdf"),
            (Some("Contract"), Some("scan0001.pdf"), "Contract.pdf"),
            (Some("Contract.docx"), Some("scan0001.pdf"), "Contract.docx"),
            (Some("../../etc/passwd"), None, "_.._etc_passwd"),
            (Some("Größe <1> & mehr"), Some("x.png"), "Größe _1_ _ mehr.png"),
            (Some("..."), Some(".htaccess"), "file"),
            (None, None, "file"),
            (Some("v1.2 of the terms"), Some("terms.txt"), "v1.2 of the terms.txt"),
        ] {
            assert_eq!(safe(title, file), safe_name, "{title:?} {file:?}");
        }
    }

    #[test]
    fn the_mark_of_a_write_is_no_part_of_the_name() {
        let mark = "0123456789abcdef0123456789abcdef";
        assert_eq!(shown(&format!("{mark}-Offer.pdf")), "Offer.pdf");
        for plain in ["Offer-2026.pdf", "abc-Offer.pdf", "Offer.pdf", mark, &format!("{mark}-")] {
            assert_eq!(shown(plain), plain);
        }
    }

    proptest! {
        #[test]
        fn every_name_that_is_made_can_stand_in_a_path(title in any::<String>(), file in any::<String>()) {
            let name = safe(Some(&title), Some(&file));
            prop_assert!(super::super::asked::checked(&name).is_ok(), "{name:?}");
            prop_assert!(!name.contains('/') && !name.starts_with('.'));
            prop_assert!(name.len() <= LONGEST + 9);
        }
    }
}
