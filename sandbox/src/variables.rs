//! What a gateway's configuration needs to know of the demo business, as environment variables.

use crate::folder::Folder;
use crate::{CREDENTIALS, Credential, Running, hooks};

/// Addresses and credentials of the four systems: `HUBSPOT_ADDRESS`, `HUBSPOT_TOKEN`, `SAP_ADDRESS`, `SAP_USER`,
/// `SAP_PASSWORD`, `STRIPE_ADDRESS`, `STRIPE_KEY`, `ZENDESK_ADDRESS`, `ZENDESK_EMAIL`, `ZENDESK_TOKEN`; and what each signs its
/// webhooks with, such as `STRIPE_WEBHOOK_SECRET`; `DOCUMENTS_FOLDER`, the folder with the customers' documents; and `MAIL_PORT`,
/// where mail is taken.
///
/// Without a running business the addresses lead nowhere (port 9, discard): enough to check a configuration.
pub fn variables(business: Option<&Running>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (system, credential) in CREDENTIALS {
        let name = system.to_uppercase();
        let port = business.and_then(|business| business.systems.get(system)).map_or(9, |address| address.port());
        all.push((format!("{name}_ADDRESS"), format!("http://127.0.0.1:{port}")));
        let secrets: Vec<(&str, &str)> = match (system, credential) {
            ("stripe", Credential::Bearer(key)) => vec![("KEY", key)],
            (_, Credential::Bearer(token)) => vec![("TOKEN", token)],
            ("zendesk", Credential::Basic(user, token)) => {
                vec![("EMAIL", user.trim_end_matches("/token")), ("TOKEN", token)]
            }
            (_, Credential::Basic(user, password)) => vec![("USER", user), ("PASSWORD", password)],
        };
        all.push((format!("{name}_WEBHOOK_SECRET"), hooks::secret(system).to_owned()));
        all.extend(secrets.into_iter().map(|(what, value)| (format!("{name}_{what}"), value.to_owned())));
    }
    let documents = business.map_or_else(Folder::nowhere, |business| business.documents.path().to_owned());
    all.push(("DOCUMENTS_FOLDER".to_owned(), documents.to_string_lossy().into_owned()));
    let mail = business.map_or(9, |business| business.mail.port());
    all.push(("MAIL_PORT".to_owned(), mail.to_string()));
    all
}
