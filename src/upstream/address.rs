//! Addresses of a source: its base is read once, and every address below it is put together from parts that have been
//! encoded, so that nothing of it is read again.

use hyper::Uri;
use hyper::http::uri::{Authority, Parts, PathAndQuery, Scheme};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use url::{Position, Url};

/// What an address may not hold as it is (RFC 3986, appendix A), and a manifest may have written. `%`, `?` and `#` are the
/// manifest's own signs; values have been encoded before they come here.
const UNFIT: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// Where a source is reached: scheme, host and port, and the path that all its addresses begin with.
#[derive(Clone, Debug)]
pub struct Base {
    scheme: Scheme,
    authority: Authority,
    /// Without a slash at its end.
    path: Box<str>,
}

impl Base {
    /// Reads the base as an operator or a manifest wrote it.
    ///
    /// # Errors
    /// Says why it is none; for operators.
    pub fn read(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| error.to_string())?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err("it has a query or a fragment".to_owned());
        }
        let scheme = url.scheme().parse::<Scheme>().map_err(|error| error.to_string())?;
        let authority = url[Position::BeforeUsername..Position::AfterPort].parse::<Authority>();
        let authority = authority.map_err(|error| error.to_string())?;
        Ok(Self { scheme, authority, path: url.path().trim_end_matches('/').into() })
    }

    /// Path and query of an address below the base. `relative` may have a query of its own, which `query` is added to.
    #[must_use]
    pub fn path(&self, relative: &str, query: &str) -> String {
        let mut text = String::with_capacity(self.path.len() + relative.len() + query.len() + 2);
        text.push_str(&self.path);
        text.push('/');
        text.extend(utf8_percent_encode(relative.trim_start_matches('/'), UNFIT));
        if !query.is_empty() {
            text.push(if relative.contains('?') { '&' } else { '?' });
            text.push_str(query);
        }
        text
    }

    /// An address below the base.
    ///
    /// # Errors
    /// Says what cannot stand in an address; for operators.
    pub fn address(&self, relative: &str, query: &str) -> Result<Uri, String> {
        let path = PathAndQuery::try_from(self.path(relative, query)).map_err(|error| error.to_string())?;
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path);
        Uri::from_parts(parts).map_err(|error| error.to_string())
    }
}

/// Whether two addresses are of one scheme, host and port.
#[must_use]
pub fn is_same_origin(one: &Uri, other: &Uri) -> bool {
    let Some((to, other_to)) = one.authority().zip(other.authority()) else { return false };
    let port = |to: &Authority| to.port_u16().unwrap_or(if one.scheme_str() == Some("https") { 443 } else { 80 });
    // Addresses below one base are written alike: only others are taken apart.
    one.scheme_str() == other.scheme_str()
        && (to == other_to || to.host().eq_ignore_ascii_case(other_to.host()) && port(to) == port(other_to))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_its_base_with_what_is_below_it() {
        let shown = |base: &str, relative: &str, query: &str| {
            Base::read(base).and_then(|base| base.address(relative, query)).map(|address| address.to_string())
        };
        assert_eq!(shown("https://API.example.com:443/v1/", "/a", "b=1").unwrap(), "https://api.example.com/v1/a?b=1");
        assert_eq!(shown("https://api.example.com", "a?b=1", "c=2").unwrap(), "https://api.example.com/a?b=1&c=2");
        assert_eq!(shown("http://127.0.0.1:80/x/../y", "a", "").unwrap(), "http://127.0.0.1/y/a");
        assert_eq!(shown("https://[2606:4700::1]:8443", "", "").unwrap(), "https://[2606:4700::1]:8443/");
        for none in ["api.example.com/v1", "https://", "https://api.example.com/v1?key=1", ""] {
            assert!(shown(none, "a", "").is_err(), "{none}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port_however_they_are_written() {
        let same = |one: &str, other: &str| is_same_origin(&one.parse().unwrap(), &other.parse().unwrap());
        assert!(same("https://api.example.com/v1", "https://api.example.com/v2?a=1"));
        assert!(same("https://api.example.com", "https://API.example.com:443/"));
        assert!(same("http://[::1]:80/", "http://[::1]/"));
        assert!(same("https://api.example.com/", "https://user@api.example.com/"));
        for other in ["http://api.example.com/", "https://api.example.com:444/", "https://example.com/", "/v1"] {
            assert!(!same("https://api.example.com/", other), "{other}");
        }
        assert!(!same("/v1", "/v1"), "nobody's");
    }

    #[test]
    fn what_a_manifest_writes_and_no_address_may_hold_is_encoded() {
        let base = Base::read("https://api.example.com").unwrap();
        let address = base.address("/Büro {1}\\..\\x", "").unwrap();
        assert_eq!(address.path(), "/B%C3%BCro%20%7B1%7D%5C..%5Cx");
    }

    proptest! {
        /// What is sent is what a browser would make of the same text: nothing in it is read in two ways.
        #[test]
        fn another_reader_of_addresses_reads_the_same(
            relative in "/?[a-zA-Z0-9%._~!$&'()*+,;=:@-]{0,12}(/[a-zA-Z0-9_~!$&'()*+,;=:@-]{1,8}){0,3}",
            query in "([a-z$]{1,4}=[a-zA-Z0-9._~%-]{0,8})?",
        ) {
            prop_assume!(!relative.split('/').any(|part| part.replace("%2e", ".").replace("%2E", ".").trim_matches('.').is_empty() && part.contains('.')));
            let address = Base::read("https://api.example.com:8443/v1").unwrap().address(&relative, &query).unwrap();
            let read = Url::parse(&address.to_string()).unwrap();
            prop_assert_eq!(read.host_str(), address.host());
            prop_assert_eq!(read.port(), address.port_u16());
            prop_assert_eq!(read.path(), address.path());
            prop_assert_eq!(read.query().is_some(), address.query().is_some());
        }
    }
}
