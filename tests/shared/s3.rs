//! The demo's configuration with its documents in an S3 server of the test's own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use vestibule::config::Given;
use vestibule::demo;
use vestibule::tenant::Setup;
use vestibule_sandbox::Running;

use crate::server::KEY;

/// What the tenant's ids are sealed with.
pub const SEALING_KEY: &str = "what this test seals its ids with";

const FOLDER: &str = "    auth: none\n    settings: { service: fs, folder: { env: DOCUMENTS_FOLDER } }\n";

/// The demo in front of a business, whose documents are in that server, or in the business's own folder.
pub fn setup(business: &Running, store: Option<SocketAddr>, secret: &str) -> Setup {
    let mut setup = demo::setup(Some(business), None);
    assert!(setup.origin.text.contains(FOLDER), "the demo's documents are configured otherwise");
    if let Some(store) = store {
        let source = format!(
            "    auth: keys\n    settings: {{ endpoint: \"http://{store}\", bucket: documents, region: eu-central-1 }}\n    \
             secrets: {{ accessKeyId: {{ env: STORE_KEY }}, secretAccessKey: {{ env: STORE_SECRET }} }}\n    \
             plainHttp: true\n    privateNetworks: [127.0.0.0/8]\n"
        );
        setup.origin.text = setup.origin.text.replace(FOLDER, &source);
    }
    let mut variables: BTreeMap<String, String> = vestibule_sandbox::variables(Some(business)).into_iter().collect();
    let own = [("STORE_KEY", KEY), ("STORE_SECRET", secret), ("SEALING_KEY", SEALING_KEY)];
    variables.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    setup.environment = Arc::new(Given(variables));
    setup
}
