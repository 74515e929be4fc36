//! Who can sign in to the demo portal.

use serde::Serialize;

/// Somebody to sign in as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Unique, and verified as far as the demo's issuer goes.
    pub email: String,
    /// Full name.
    pub name: String,
    /// The names of the companies, as text.
    pub account: String,
}

/// Everybody whom the portal lets in, the showcase account first.
pub fn people() -> Vec<Person> {
    let person = |email: &str, name: &str, account: &str| Person {
        email: email.to_owned(),
        name: name.to_owned(),
        account: account.to_owned(),
    };
    vec![
        person("ana.lund@kestrel-marine.example", "Ana Lund", "Kestrel Marine BV"),
        person(
            "jonas.weber@soehne-nord.example",
            "Jonas Weber",
            "O'Neill & Söhne \"Nord\" GmbH, Nordsöhne Logistik KG",
        ),
        person("mei.tanaka@kestrel-marine.example", "Mei Tanaka", "Kestrel Marine BV"),
    ]
}
