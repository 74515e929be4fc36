//! Links that somebody makes out of others: of their letters, or, with the gateway's own key, of what they stand for.

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};
use vestibule::clock::Clock as _;
use vestibule::demo;
use vestibule::files::Link;
use vestibule::seal::Sealer;
use vestibule::secret::Secret;

use crate::expected::Taken;
use crate::world::{PUBLIC, World};

/// One such link. Every `$name` is a link, or a sealed text, that was taken before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forged {
    /// What it is made of.
    of: String,
    /// So many letters are missing at its end.
    #[serde(default)]
    cut: usize,
    /// What stands behind it.
    #[serde(default)]
    add: String,
    /// The letter with this number is another one.
    letter: Option<usize>,
    /// The tenant that its address names.
    at: Option<String>,
    /// It is sealed anew, with the gateway's own key.
    sealed: Option<Sealed>,
}

/// What a link that is sealed anew stands for; what is not named, for what it did.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    /// The person's address is that of this link.
    email: Option<String>,
    /// The person's contact is that of this link.
    contact: Option<String>,
    /// The account is that of this link.
    account: Option<String>,
    /// It works so much longer.
    longer: Option<SignedDuration>,
    /// The tenant for which it is sealed.
    tenant: Option<String>,
}

impl Forged {
    /// The link, as it stands in a page.
    pub fn made(&self, world: &World, taken: &Taken) -> Value {
        let mut letters = token(&self.of, taken);
        if let Some(sealed) = &self.sealed {
            letters = sealed.made(world, (&letters, taken));
        }
        letters.truncate(letters.len() - self.cut);
        if let Some(number) = self.letter {
            let other = if &letters[number..=number] == "A" { "B" } else { "A" };
            letters.replace_range(number..=number, other);
        }
        address(self.at.as_deref().unwrap_or("demo"), &[&letters, self.add.as_str()].concat())
    }
}

impl Sealed {
    fn made(&self, world: &World, (letters, taken): (&str, &Taken)) -> String {
        let own = sealer(world, "demo");
        let read = |letters: &str| Link::open(&own, letters, world.clock.now()).unwrap();
        let of = |name: &Option<String>| name.as_ref().map(|name| read(&token(name, taken)));
        let mut link = read(letters);
        if let Some(other) = of(&self.email) {
            link.email = other.email;
        }
        if let Some(other) = of(&self.contact) {
            link.contact = other.contact;
        }
        if let Some(other) = of(&self.account) {
            link.account = other.account;
        }
        link.until += self.longer.unwrap_or_default();
        link.seal(&sealer(world, self.tenant.as_deref().unwrap_or("demo"))).unwrap()
    }
}

/// The sealed part of what was taken under a name.
fn token(name: &str, taken: &Taken) -> String {
    let text = name.strip_prefix('$').and_then(|name| taken.get(name)).and_then(Value::as_str);
    sealed(text.unwrap_or_else(|| panic!("{name} was not taken"))).to_owned()
}

/// The sealed part of a link.
pub fn sealed(link: &str) -> &str {
    link.rsplit_once('/').map_or(link, |(_, sealed)| sealed)
}

/// The link that a sealed text is in.
pub fn address(tenant: &str, sealed: &str) -> Value {
    json!(format!("{PUBLIC}/files/{tenant}/{sealed}"))
}

/// What the gateway seals with, for a tenant.
fn sealer(world: &World, tenant: &str) -> Sealer {
    let setup = demo::setup(Some(&world.business), None);
    Sealer::new(&Secret::new(setup.environment.variable("SEALING_KEY").unwrap()), tenant).unwrap()
}
