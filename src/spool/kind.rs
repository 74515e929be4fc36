//! What a file is, by its first bytes and its name together; what a client says of it is not looked at.
//!
//! There are no kinds for what runs, and none for what a browser takes for a page (HTML, SVG, XML): nobody can allow them.

use schemars::JsonSchema;
use serde::Deserialize;

/// A kind of file that can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// A PDF.
    Pdf,
    /// A PNG picture.
    Png,
    /// A JPEG picture.
    Jpeg,
    /// A GIF picture.
    Gif,
    /// A WebP picture.
    Webp,
    /// A picture as many telephones take them (HEIC).
    Heic,
    /// A TIFF picture.
    Tiff,
    /// Plain text.
    Txt,
    /// A table as text.
    Csv,
    /// A Word document without macros.
    Docx,
    /// An Excel workbook without macros.
    Xlsx,
    /// A PowerPoint presentation without macros.
    Pptx,
    /// An OpenDocument text.
    Odt,
    /// An OpenDocument table.
    Ods,
    /// A ZIP archive; nobody looks into it.
    Zip,
    /// A film (MPEG-4).
    Mp4,
    /// A film (QuickTime).
    Mov,
}

/// How a kind is told.
struct Facts {
    /// How the names of its files end; the first is the usual one.
    endings: &'static [&'static str],
    /// Its media type.
    media: &'static str,
    by: By,
}

/// By what of its first bytes a kind is told.
enum By {
    /// By what files of this media type begin with.
    Magic(&'static str),
    /// A ZIP archive whose first file is one of these.
    Archive(&'static str, &'static [&'static str]),
    /// By being text.
    Text,
}

const OFFICE: &[&str] = &["[Content_Types].xml", "_rels/", "docProps/", "customXml/", "word/", "xl/", "ppt/"];

impl FileKind {
    /// Every kind, by its name in a configuration.
    pub const ALL: [(&'static str, Self); 17] = [
        ("pdf", Self::Pdf),
        ("png", Self::Png),
        ("jpeg", Self::Jpeg),
        ("gif", Self::Gif),
        ("webp", Self::Webp),
        ("heic", Self::Heic),
        ("tiff", Self::Tiff),
        ("txt", Self::Txt),
        ("csv", Self::Csv),
        ("docx", Self::Docx),
        ("xlsx", Self::Xlsx),
        ("pptx", Self::Pptx),
        ("odt", Self::Odt),
        ("ods", Self::Ods),
        ("zip", Self::Zip),
        ("mp4", Self::Mp4),
        ("mov", Self::Mov),
    ];

    /// What is taken where nobody says: pictures, documents and tables.
    pub const USUAL: [Self; 10] = [
        Self::Pdf,
        Self::Png,
        Self::Jpeg,
        Self::Gif,
        Self::Webp,
        Self::Heic,
        Self::Txt,
        Self::Csv,
        Self::Docx,
        Self::Xlsx,
    ];

    /// The one of these kinds that a file is, by its name and its first bytes. A name without an ending leaves it to the bytes.
    #[must_use]
    pub fn of((name, beginning): (&str, &[u8]), among: &[Self]) -> Option<Self> {
        let ending = super::name::ending(name).map(str::to_ascii_lowercase);
        let named = |kind: &&Self| ending.as_ref().is_none_or(|ending| kind.facts().endings.contains(&&**ending));
        among.iter().filter(named).find(|kind| kind.fits(beginning)).copied()
    }

    /// Its media type: the one that systems are told.
    #[must_use]
    pub fn media(self) -> &'static str {
        self.facts().media
    }

    /// How the name of such a file usually ends.
    #[must_use]
    pub fn ending(self) -> &'static str {
        self.facts().endings.first().copied().unwrap_or_default()
    }

    fn fits(self, beginning: &[u8]) -> bool {
        match self.facts().by {
            By::Magic(media) => infer::is_mime(beginning, media),
            // Who writes them puts the files in different orders: what comes first is enough to tell them from any archive.
            By::Archive(media, first) => {
                infer::is_mime(beginning, media) || first.iter().any(|name| begins(beginning, name))
            }
            By::Text => is_text(beginning),
        }
    }

    const fn facts(self) -> Facts {
        const fn magic(endings: &'static [&'static str], media: &'static str) -> Facts {
            Facts { endings, media, by: By::Magic(media) }
        }
        const fn office(endings: &'static [&'static str], media: &'static str) -> Facts {
            Facts { endings, media, by: By::Archive(media, OFFICE) }
        }
        match self {
            Self::Pdf => magic(&["pdf"], "application/pdf"),
            Self::Png => magic(&["png"], "image/png"),
            Self::Jpeg => magic(&["jpg", "jpeg", "jfif"], "image/jpeg"),
            Self::Gif => magic(&["gif"], "image/gif"),
            Self::Webp => magic(&["webp"], "image/webp"),
            Self::Heic => Facts { endings: &["heic", "heif"], media: "image/heic", by: By::Magic("image/heif") },
            Self::Tiff => magic(&["tif", "tiff"], "image/tiff"),
            Self::Txt => Facts { endings: &["txt", "log"], media: "text/plain", by: By::Text },
            Self::Csv => Facts { endings: &["csv"], media: "text/csv", by: By::Text },
            Self::Docx => office(&["docx"], "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            Self::Xlsx => office(&["xlsx"], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            Self::Pptx => {
                office(&["pptx"], "application/vnd.openxmlformats-officedocument.presentationml.presentation")
            }
            Self::Odt => magic(&["odt"], "application/vnd.oasis.opendocument.text"),
            Self::Ods => magic(&["ods"], "application/vnd.oasis.opendocument.spreadsheet"),
            Self::Zip => magic(&["zip"], "application/zip"),
            Self::Mp4 => magic(&["mp4", "m4v"], "video/mp4"),
            Self::Mov => magic(&["mov"], "video/quicktime"),
        }
    }
}

/// Whether it is an archive whose first file has a name that begins so.
fn begins(beginning: &[u8], name: &str) -> bool {
    let named = beginning.get(30..).is_some_and(|rest| rest.starts_with(name.as_bytes()));
    named && beginning.starts_with(b"PK\x03\x04")
}

/// Whether it is text that nothing would take for a page or run. Which alphabet it is in does not matter.
fn is_text(beginning: &[u8]) -> bool {
    let wide: Option<fn([u8; 2]) -> u16> = match beginning {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        _ => None,
    };
    let mut letters: Box<dyn Iterator<Item = u16>> = match wide {
        Some(read) => Box::new(beginning.chunks_exact(2).map(move |pair| read([pair[0], pair[1]])).skip(1)),
        None => Box::new(beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning).iter().copied().map(u16::from)),
    };
    let is_blank = |letter: &u16| matches!(letter, 0x09 | 0x0a | 0x0c | 0x0d | 0x20);
    let is_control = |letter: &u16| (*letter < 0x20 || *letter == 0x7f) && !is_blank(letter);
    let first = letters.find(|letter| !is_blank(letter));
    let second = letters.next();
    let pair = [first, second].map(|letter| letter.and_then(|letter| u8::try_from(letter).ok()));
    let is_page = matches!(pair, [Some(b'<'), Some(b'!' | b'?' | b'/' | b'a'..=b'z' | b'A'..=b'Z')]);
    let is_script = pair == [Some(b'#'), Some(b'!')];
    let is_clean = ![first, second].iter().flatten().any(is_control) && !letters.any(|letter| is_control(&letter));
    is_clean && !is_page && !is_script
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, beginning: &[u8]) -> Option<FileKind> {
        FileKind::of((name, beginning), &FileKind::USUAL)
    }

    fn archive(first: &str) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.resize(30, 0);
        bytes.extend_from_slice(first.as_bytes());
        bytes.resize(200, b'x');
        bytes
    }

    const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0";

    #[test]
    fn a_kind_is_told_by_name_and_first_bytes_together() {
        let docx = archive("[Content_Types].xml");
        for (name, beginning, kind) in [
            ("a.pdf", PDF, FileKind::Pdf),
            ("A.PDF", PDF, FileKind::Pdf),
            ("photo.png", PNG, FileKind::Png),
            ("photo.JPG", JPEG, FileKind::Jpeg),
            ("photo.jpeg", JPEG, FileKind::Jpeg),
            ("anim.gif", b"GIF89a\x01\0", FileKind::Gif),
            ("notes.txt", b"It leaks.\r\n\tSince Monday.", FileKind::Txt),
            ("notes.txt", b"", FileKind::Txt),
            ("notes.txt", "Größe: 3 < 4, #!".as_bytes(), FileKind::Txt),
            ("notes.txt", b"Gr\xf6\xdfe", FileKind::Txt),
            ("table.csv", b"\xef\xbb\xbfa;b\r\n1;2\r\n", FileKind::Csv),
            ("table.csv", b"\xff\xfea\0;\0b\0", FileKind::Csv),
            ("letter.docx", &docx, FileKind::Docx),
            ("table.xlsx", &docx, FileKind::Xlsx),
            ("blob", PNG, FileKind::Png),
        ] {
            assert_eq!(told(name, beginning), Some(kind), "{name}");
        }
    }

    #[test]
    fn what_is_not_what_its_name_says_is_no_kind() {
        for (name, beginning) in [
            ("a.pdf", PNG),
            ("a.png", PDF),
            ("a.pdf", b"<html><script>"),
            ("a.docx", &archive("evil.exe")[..]),
            ("a.zip", &archive("a")[..]),
            ("a.exe", PDF),
            ("a.pdf.exe", PDF),
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
            ("a.html", b"hello"),
            ("a.xml", b"<?xml version='1.0'?><a/>"),
            ("a.txt", b"<!DOCTYPE html><p>"),
            ("a.txt", b"\n\t <script>x()</script>"),
            ("a.csv", b"<svg/>"),
            ("a.txt", b"\xef\xbb\xbf<html>"),
            ("a.txt", b"\xff\xfe<\0h\0t\0m\0l\0>\0"),
            ("a.txt", b"#!/bin/sh\nrm -rf /"),
            ("a.txt", b"MZ\x90\0\x03\0\0\0"),
            ("a.csv", b"\x7fELF\x02\x01"),
            ("a.txt", b"a\0b"),
            ("a.js", b"alert(1)"),
            ("", b"<svg/>"),
            ("a.png", b""),
        ] {
            assert_eq!(told(name, beginning), None, "{name} {:?}", String::from_utf8_lossy(beginning));
        }
    }

    #[test]
    fn every_kind_has_a_name_a_media_type_and_first_bytes_of_its_own() {
        for (name, kind) in FileKind::ALL {
            assert_eq!(serde_json::from_str::<FileKind>(&format!("\"{name}\"")).unwrap(), kind);
            assert!(
                !kind.media().contains("html") && !kind.media().contains("svg") && !kind.media().contains("script")
            );
            if let By::Magic(media) | By::Archive(media, _) = kind.facts().by {
                assert!(infer::is_mime_supported(media), "{name}");
            }
        }
    }
}
