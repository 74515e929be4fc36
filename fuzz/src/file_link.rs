//! What a browser says to get a file, and what a system says of one: no text that was not sealed here opens a file, and no
//! name, type or range breaks out of a header.
//!
//! An input is a link, a range, a name and a media type, one a line.

use vestibule::files::{Asked, Link, Unopened, asked, disposition, media};
use vestibule::model::FilePart;
use vestibule::seal::Sealer;
use vestibule::secret::Secret;

/// Opens, and writes the headers.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.splitn(4, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (link, range, name, kind) = (next(), next(), next(), next());
    let secret = Secret::new("what nobody who sends a link knows".to_owned());
    let Ok(sealer) = Sealer::new(&secret, "acme") else { return };
    let at = jiff::Timestamp::from_second(1_770_091_506).unwrap_or_default();
    assert_eq!(Link::open(&sealer, link, at).err(), Some(Unopened::Forged), "a link opens that nobody sealed");
    if let Asked::Part(FilePart::From(first, Some(last))) = asked(Some(range), false) {
        assert!(first <= last, "a part ends before it begins");
    }
    for header in [disposition(Some(name), false), disposition(Some(name), true), media(Some(kind))] {
        assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{header:?} is no header");
    }
    let header = disposition(Some(name), false);
    assert_eq!(header.matches('"').count(), 2, "a name ends too soon: {header}");
    assert_eq!(header.matches(';').count(), 2, "a name says more than a name: {header}");
}
