//! What is asked of a store: a path that was checked, and what stands beside it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use super::answer::Refused;
use crate::model::Key;
use crate::upstream::Call;

/// The longest path of an object, in bytes: it is the key of its record. Stores have longer ones; these are not shown.
const LONGEST: usize = Key::LONGEST;

/// A request, read.
pub(super) struct Asked {
    /// Below the store's root, without a slash at its begin; one at its end for what lies below it.
    pub(super) path: String,
    query: BTreeMap<String, String>,
}

impl Asked {
    /// Reads a call; `base` is what the path of every call begins with.
    pub(super) fn read(base: &str, call: &Call) -> Result<Self, Refused> {
        let whole = call.url.path();
        let below = whole.strip_prefix(base).unwrap_or(whole).trim_start_matches('/');
        let path = percent_decode_str(below).decode_utf8().map_err(|_| Refused::path("is no text"))?.into_owned();
        // Only a slash that is written as one asks for what lies below.
        let folder = below.is_empty() || below.ends_with('/');
        // A key is one part of such a path: one with a slash in it would be the key of something else.
        if folder && below.to_ascii_lowercase().contains("%2f") {
            return Err(Refused::path("has a part that is two"));
        }
        let named = if folder { path.strip_suffix('/').unwrap_or(&path) } else { &path };
        if !named.is_empty() || !folder {
            checked(named)?;
        }
        let query = url::form_urlencoded::parse(call.url.query().unwrap_or_default().as_bytes());
        let query = query.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Ok(Self { path, query })
    }

    /// Whether it is about what lies below a path.
    pub(super) fn is_below(&self) -> bool {
        self.path.is_empty() || self.path.ends_with('/')
    }

    /// A parameter; none where it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a parameter says yes.
    pub(super) fn says(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// The time since which what changed is asked for.
    pub(super) fn since(&self) -> Result<Option<Timestamp>, Refused> {
        let read = |since: &str| since.parse().map_err(|_| Refused::new(400, "BadTime", "`since` is no moment"));
        self.get("since").map(read).transpose()
    }

    /// The words that are to be kept with an object: `meta.x`.
    pub(super) fn words(&self) -> impl Iterator<Item = (&str, &str)> {
        let words = self.query.iter().filter(|(_, value)| !value.is_empty());
        words.filter_map(|(name, value)| Some((name.strip_prefix("meta.")?, value.as_str())))
    }

    /// The path of a folder below this one, with a slash at its end.
    pub(super) fn folder(&self) -> Result<String, Refused> {
        let Some(folder) = self.get("folder") else { return Ok(self.path.clone()) };
        let folder = folder.strip_suffix('/').unwrap_or(folder);
        checked(folder).map_err(|_| Refused::folder())?;
        let path = format!("{}{folder}/", self.path);
        if path.len() > LONGEST { Err(Refused::folder()) } else { Ok(path) }
    }
}

/// Whether a path names an object, and the same one to whoever reads it: nothing in it climbs, is empty, or is read in two
/// ways.
pub(super) fn checked(path: &str) -> Result<(), Refused> {
    let part = |part: &str| {
        let odd = |c: char| c.is_control() || c == '\\';
        !part.is_empty() && part != "." && part != ".." && !part.contains(odd)
    };
    if path.len() > LONGEST {
        return Err(Refused::path("is too long"));
    }
    // The library takes blanks off the ends of a path.
    if path.trim() != path || !path.split('/').all(part) {
        return Err(Refused::path("is none of an object"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_that_climbs_is_absolute_or_is_read_in_two_ways_names_nothing() {
        for odd in ["", "/", "..", "a/../b", "./a", "/a", "a//b", "a/", "a\0", "a\\b", "a\nb", " a", "a ", "a/.."] {
            assert!(checked(odd).is_err(), "{odd:?}");
        }
        for path in ["a", "a/b.pdf", "accounts/1001/contracts/2026/Ü b (1).pdf", ".a/..b"] {
            assert!(checked(path).is_ok(), "{path:?}");
        }
        assert!(checked(&"a".repeat(LONGEST + 1)).is_err());
    }

    proptest! {
        /// However a key is written into an address: it stays in its place, or is refused.
        #[test]
        fn no_key_leads_out_of_its_place(key in r"[a./\\%\x00 ü]{0,12}") {
            let mut path = String::from("/v1/accounts/7/");
            crate::protocol::encode::value(&mut path, &key);
            let Ok(base) = crate::upstream::Base::read("https://store.example/v1") else { return Ok(()) };
            let Ok(url) = base.address(path.trim_start_matches("/v1"), "") else { return Ok(()) };
            let call = Call { url, ..Call::read("https://store.example/") };
            if let Ok(asked) = Asked::read("/v1", &call) {
                prop_assert!(asked.path.starts_with("accounts/7/"));
                prop_assert!(!asked.path.split('/').any(|part| part == "..") );
                if !asked.is_below() {
                    prop_assert_eq!(asked.path.strip_prefix("accounts/7/"), Some(&*key));
                }
            }
        }
    }
}
