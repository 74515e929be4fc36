//! The demo's configuration, with the addresses and credentials of a demo business.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use vestibule_sandbox::Running;

use crate::config::{Environment, Given, Origin};
use crate::tenant::{Overlays, Setup, Shelf};

/// Where its files are, as far as they are named.
const FOLDER: &str = "config/demo";

static OVERLAYS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/config/demo/connectors");
static MAIL: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/config/demo/mail");

/// The values that a demo business gives, and the files of its mail, which are part of the program.
struct Surroundings(Given);

impl Environment for Surroundings {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.variable(name)
    }

    fn file(&self, path: &Path) -> std::io::Result<String> {
        let own = path.strip_prefix(Path::new(FOLDER).join("mail")).ok();
        let own = own.and_then(|path| MAIL.get_file(path)?.contents_utf8());
        own.map(str::to_owned).ok_or_else(|| Error::from(ErrorKind::NotFound))
    }
}

/// The demo's configuration, with the addresses and credentials of a demo business; nothing is sent out.
///
/// Without one the addresses lead nowhere: enough to check and to explain.
#[must_use]
pub fn setup(business: Option<&Running>, connectors: Option<PathBuf>) -> Setup {
    let origin = Origin {
        name: Arc::from("config/demo/vestibule.yaml"),
        folder: PathBuf::from(FOLDER),
        text: include_str!("../../config/demo/vestibule.yaml").to_owned(),
    };
    let mut variables: BTreeMap<String, String> = vestibule_sandbox::variables(business).into_iter().collect();
    variables.insert("SEALING_KEY".to_owned(), "the demo seals its ids with this, and nothing else".to_owned());
    Setup {
        origin,
        environment: Arc::new(Surroundings(Given(variables))),
        shelf: Shelf::new(connectors),
        overlays: Overlays::Embedded(&OVERLAYS),
    }
}

/// The same, with what `config/demo/outgoing.yaml` has it send: mail, to the business's own mail server.
#[must_use]
pub fn with_mail(mut setup: Setup) -> Setup {
    setup.origin.text += include_str!("../../config/demo/outgoing.yaml");
    setup
}
