//! The reads that keys are sent through.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use vestibule::connector::load::SourceFile;
use vestibule::graph::{FieldKind, Scalar, Shape};
use vestibule::model::{Condition, FieldId, Key, Test, Value};

use crate::targets::upstream::{Asked, What};
use crate::targets::{parts, upstream, world};

/// Puts a key into a read.
type Put = Arc<dyn Fn(&mut Asked, &str) + Send + Sync>;

/// A read that a key is put into, and what is answered to it.
pub struct Given {
    pub name: String,
    pub asked: Asked,
    /// In the order of the calls for the harmless key; that key in them is replaced, too.
    pub answers: Vec<String>,
    /// Puts the key where it belongs.
    pub with: Put,
}

impl Given {
    /// A read that is answered with nothing.
    pub fn bare(source: &str, asked: Asked) -> Self {
        let entity = &world::demo().graph.entity(asked.of).unwrap().name;
        let way = match &asked.what {
            What::Get => "get".to_owned(),
            What::List(list) => format!("list {list:?}"),
            What::Find(by) => format!("find {by}"),
        };
        let (name, answers) = (format!("{source} {entity} {way}"), vec!["{}".to_owned()]);
        Self { name, asked, answers, with: Arc::new(in_words) }
    }

    /// A key that the connector would send, and that stands nowhere else in what it sends.
    pub fn harmless(&self) -> Option<String> {
        self.asked.words.first()?;
        let known = ["70717273", "cus_70717273", "sub_70717273", "in_70717273", "pi_70717273"];
        let sent = |key: &&str| super::Sent::of(self, key).has(key);
        Some(known.iter().find(|key| sent(key)).unwrap_or_else(|| panic!("{} sends no key", self.name)).to_string())
    }
}

/// The key, with a harmless one beside it where there may be several; the first part of a key of several.
fn in_words(asked: &mut Asked, text: &str) {
    let parts = asked.words.first().map_or(1, |key| key.parts().count());
    let key = |text: &str| Key::from_parts(std::iter::once(text).chain(std::iter::repeat_n("1", parts - 1)));
    asked.words = [key("1"), key(text)].into_iter().flatten().collect();
}

fn one_word(asked: &mut Asked, text: &str) {
    in_words(asked, text);
    asked.words.remove(0);
}

/// The reads of `answers/`.
pub fn answers() -> Vec<Given> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guards/answers");
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let (line, rest) = text.split_once('\n').unwrap();
        let asked = Asked::read(line).unwrap_or_else(|| panic!("{}: {line}", path.display()));
        let answers = parts(rest).into_iter().map(|(_, body)| body.to_owned()).collect();
        all.push(Given { name: line.to_owned(), asked, answers, with: Arc::new(one_word) });
    }
    assert!(all.len() > 25, "the demo business's answers are missing");
    all
}

/// The sources of the demo, and one that speaks OData V4.
pub const SOURCES: [&str; 5] = ["crm", "erp", "billing", "support", "orders"];

/// The lists of a source, each narrowed by a value of each of its fields.
pub fn narrowed(source: &str) -> Vec<Given> {
    let connector = world::connector(source).unwrap();
    let mut all = Vec::new();
    for asked in upstream::reads(&connector).into_iter().filter(|asked| matches!(asked.what, What::List(_))) {
        let entity = world::demo().graph.entity(asked.of).unwrap();
        // Other types than text are checked before they come here.
        let is_text = |field: &FieldId| {
            let kind = entity.field(*field).map(|field| &field.kind);
            matches!(kind, Some(FieldKind::Stored(Shape::Scalar(Scalar::String))))
        };
        for field in connector.entities[&asked.of].mapped().iter().filter(is_text) {
            let mut given = Given::bare(source, asked.clone());
            given.name += &format!(", filtered by {}", entity.field(field).unwrap().name);
            given.with = Arc::new(move |asked: &mut Asked, text: &str| {
                let values = Arc::from([Value::text("Harmless1"), Value::text(text)]);
                asked.filter = vec![Condition { field, test: Test::In(values) }];
            });
            all.push(given);
        }
    }
    all
}

/// The lists of a source, each searched for a phrase.
pub fn searched(source: &str) -> Vec<Given> {
    let lists = upstream::reads(&world::connector(source).unwrap()).into_iter();
    let lists = lists.filter(|asked| matches!(asked.what, What::List(_)));
    let searched = |asked| {
        let mut given = Given::bare(source, asked);
        given.name += ", searched";
        given.with = Arc::new(|asked: &mut Asked, text: &str| asked.search = Some(Arc::from(text)));
        given
    };
    lists.map(searched).collect()
}

/// Reads of `everywhere/`, once for each way in which lists are written.
pub fn everywhere() -> Vec<Given> {
    let mut all = Vec::new();
    for arrays in ["repeat", "comma", "brackets", "indexed"] {
        let connector = include_str!("everywhere/connector.yaml").replace("{{arrays}}", arrays);
        let files = [
            ("connector.yaml", connector.as_str()),
            ("entities/Ticket.yaml", include_str!("everywhere/Ticket.yaml")),
            ("entities/Order.yaml", include_str!("everywhere/Order.yaml")),
        ];
        let files = files.map(|(name, text)| SourceFile { name: name.into(), shown: name.into(), text: text.into() });
        let (connector, report) = world::loaded(&files, &[]);
        let connector = Arc::new(connector.unwrap_or_else(|| panic!("{:?}", report.sorted())));
        all.extend(upstream::reads(&connector).into_iter().map(|asked| Given::bare(arrays, asked)));
    }
    all
}
