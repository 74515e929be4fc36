//! YAML as a tree with places: the 1.2 core schema, and none of what makes a file mean more than it shows.

use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::SourceFile;
use super::codes::M003;
use super::sink::Sink;
use crate::diagnostic::Place;
use crate::model::Wire;

/// The largest file that is read, in bytes.
const LARGEST: usize = 256 * 1024;
/// The deepest nesting.
const DEEPEST: usize = 24;

/// A piece of a manifest and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub place: Place,
    pub value: Yaml,
}

#[derive(Clone, Debug)]
pub(super) enum Yaml {
    /// Text as written; `plain` where it had no quotes.
    Scalar {
        text: Arc<str>,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key: Arc<str>,
    pub at: Place,
    pub value: Node,
}

impl Node {
    /// `null`, `~`, or nothing.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Yaml::Scalar { text, plain: true } if matches!(&**text, "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The text of a scalar that is not null.
    pub(super) fn text(&self) -> Option<&Arc<str>> {
        match &self.value {
            Yaml::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// The entries of a map.
    pub(super) fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Yaml::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The elements of a list.
    pub(super) fn list(&self) -> Option<&[Self]> {
        match &self.value {
            Yaml::List(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key, where this is a map that has it and it is not null.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let entry = self.entries()?.iter().find(|entry| &*entry.key == key)?;
        (!entry.value.is_null()).then_some(&entry.value)
    }

    /// A scalar by the core schema; text where it is quoted.
    pub(super) fn scalar_wire(&self) -> Option<Wire> {
        let Yaml::Scalar { text, plain } = &self.value else { return None };
        Some(match &**text {
            _ if self.is_null() => Wire::Null,
            "true" | "True" | "TRUE" if *plain => Wire::Bool(true),
            "false" | "False" | "FALSE" if *plain => Wire::Bool(false),
            number if *plain && is_number(number) => Wire::Number(number.into()),
            text => Wire::Text(text.into()),
        })
    }
}

/// Whether a text is a number as JSON writes it.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(all_digits)
}

enum Frame {
    List(Place, Vec<Node>),
    Map(Place, Vec<Entry>, Option<(Arc<str>, Place)>),
}

struct Builder<'a> {
    shown: &'a Arc<str>,
    sink: &'a Sink,
    frames: Vec<Frame>,
    root: Option<Node>,
}

/// Reads one file; `None` where it cannot be read on, or is empty.
pub(super) fn parse(file: &SourceFile, sink: &Sink) -> Option<Node> {
    let start = Place { file: Arc::clone(&file.shown), line: 1, column: 1 };
    if file.text.len() > LARGEST {
        sink.error(
            (M003, &start),
            format!("the file has more than {LARGEST} bytes"),
            "split it, or remove what is not needed",
        );
        return None;
    }
    let mut builder = Builder { shown: &file.shown, sink, frames: Vec::new(), root: None };
    for event in Parser::new_from_str(&file.text) {
        match event {
            Ok((event, span)) => builder.event(event, span.start)?,
            Err(error) => {
                let place = builder.place(*error.marker());
                sink.error(
                    (M003, &place),
                    format!("this is not YAML: {}", error.info()),
                    "mind the indentation and the quotes",
                );
                return None;
            }
        }
    }
    if builder.root.is_none() {
        sink.error((M003, &start), "the file is empty", "fill it, or remove it");
    }
    builder.root
}

impl Builder<'_> {
    fn place(&self, mark: Marker) -> Place {
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Place { file: Arc::clone(self.shown), line: number(mark.line()), column: number(mark.col()).saturating_add(1) }
    }

    fn event(&mut self, event: Event<'_>, mark: Marker) -> Option<()> {
        let place = self.place(mark);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(&place, anchor, tag.is_some());
                let plain = style == ScalarStyle::Plain;
                return self.scalar(Arc::from(&*text), plain, place);
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse(&place, anchor, tag.is_some());
                return self.open(Frame::List(place, Vec::new()));
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse(&place, anchor, tag.is_some());
                return self.open(Frame::Map(place, Vec::new(), None));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.frames.pop()? {
                    Frame::List(place, items) => Node { place, value: Yaml::List(items) },
                    Frame::Map(place, entries, _) => Node { place, value: Yaml::Map(entries) },
                };
                return self.add(node);
            }
            Event::Alias(_) => {
                self.sink.error((M003, &place), "an alias is not allowed", "write it out");
                return self.scalar(Arc::from(""), true, place);
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                self.sink.error((M003, &place), "a second document in one file", "one file holds one document");
                return None;
            }
            Event::DocumentStart(_) | Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => {}
        }
        Some(())
    }

    fn refuse(&self, place: &Place, anchor: usize, tagged: bool) {
        if anchor > 0 {
            self.sink.error((M003, place), "an anchor is not allowed", "write it out");
        }
        if tagged {
            self.sink.error((M003, place), "a tag is not allowed", "remove it; quote what is text");
        }
    }

    fn open(&mut self, frame: Frame) -> Option<()> {
        if let (Some(Frame::Map(_, _, None)), Frame::List(place, _) | Frame::Map(place, ..)) =
            (self.frames.last(), &frame)
        {
            self.sink.error((M003, place), "a key that is a list or a map", "a key is one word");
            return None;
        }
        if self.frames.len() >= DEEPEST {
            let (Frame::List(place, _) | Frame::Map(place, ..)) = &frame;
            self.sink.error((M003, place), format!("nested more than {DEEPEST} deep"), "no manifest needs that");
            return None;
        }
        self.frames.push(frame);
        Some(())
    }

    fn scalar(&mut self, text: Arc<str>, plain: bool, place: Place) -> Option<()> {
        let Some(Frame::Map(_, entries, key @ None)) = self.frames.last_mut() else {
            return self.add(Node { place, value: Yaml::Scalar { text, plain } });
        };
        if plain && &*text == "<<" {
            self.sink.error((M003, &place), "a merge key is not allowed", "write it out");
        } else if let Some(first) = entries.iter().find(|entry| entry.key == text) {
            let remedy = format!("the first one is in line {}; keep one", first.at.line);
            self.sink.error((M003, &place), format!("the key `{text}` is repeated"), remedy);
        }
        *key = Some((text, place));
        Some(())
    }

    fn add(&mut self, node: Node) -> Option<()> {
        match self.frames.last_mut() {
            None => self.root = Some(node),
            Some(Frame::List(_, items)) => items.push(node),
            Some(Frame::Map(_, entries, key)) => {
                let (key, at) = key.take()?;
                entries.push(Entry { key, at, value: node });
            }
        }
        Some(())
    }
}
