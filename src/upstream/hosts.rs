//! Which hosts may be reached, and on which addresses: a manifest, a token or an answer must not point us inwards.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use hyper::Uri;
use hyper_util::client::legacy::connect::dns::Name;
use ipnet::IpNet;
use tower::{BoxError, Service};

/// What a source may reach.
#[derive(Clone, Debug, Default)]
pub struct HostRules {
    /// Host names, lower case; `*.example.com` is every name below `example.com`. A host of `base` is in it.
    pub hosts: Vec<Arc<str>>,
    /// Addresses that are not public and yet allowed: the operator's word, never the tenant's.
    pub private: Vec<IpNet>,
    /// Whether plain `http` is allowed; only to addresses in `private`.
    pub plain: bool,
}

impl HostRules {
    /// Whether the address may be asked, as far as can be told before its name is resolved.
    ///
    /// # Errors
    /// Says which rule is against it; for operators.
    pub fn check(&self, address: &Uri) -> Result<(), String> {
        let authority = address.authority().ok_or("an address without a host")?;
        let plain = match address.scheme_str().unwrap_or_default() {
            "https" => false,
            "http" if self.plain => true,
            scheme => return Err(format!("`{scheme}` is not allowed, only https")),
        };
        if authority.as_str().contains('@') {
            return Err("an address with credentials in it".to_owned());
        }
        let name = authority.host();
        if !self.hosts.iter().any(|pattern| matches(pattern, name)) {
            return Err(format!("host `{name}` is neither the source's own nor one of its `hosts`"));
        }
        // As the connector reads it; whatever else leads to an address is resolved, and checked then.
        match name.trim_matches(['[', ']']).parse::<IpAddr>().ok() {
            Some(ip) if plain && !self.names(ip) => {
                Err(format!("address {ip} is asked over plain http, and is not in a private network that is allowed"))
            }
            Some(ip) if !self.allows(ip) => {
                Err(format!("address {ip} is not public, and the operator has not allowed it"))
            }
            _ => Ok(()),
        }
    }

    /// Whether an address may be connected to.
    #[must_use]
    pub fn allows(&self, ip: IpAddr) -> bool {
        is_public(ip) || self.names(ip)
    }

    /// Whether an address is in a private network that the operator has allowed.
    fn names(&self, ip: IpAddr) -> bool {
        let ip = unmapped(ip);
        self.private.iter().any(|net| net.contains(&ip))
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(below) => {
            let end =
                name.len().checked_sub(below.len()).filter(|start| *start > 0).and_then(|start| name.get(start..));
            below.starts_with('.') && end.is_some_and(|end| end.eq_ignore_ascii_case(below))
        }
        None => pattern.eq_ignore_ascii_case(name),
    }
}

/// An IPv4 address that is written as an IPv6 one is judged as what it is.
fn unmapped(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

/// Whether an address is out on the internet: not this machine, not a private network, not a cloud's metadata service.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match unmapped(ip) {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocol = a == 192 && b == 0 && c == 0;
    let benchmark = a == 198 && (b == 18 || b == 19);
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || shared
        || protocol
        || benchmark)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let global = (first & 0xe000) == 0x2000;
    let documentation = first == 0x2001 && second == 0x0db8;
    // 6to4 and Teredo carry an IPv4 address that could be a private one.
    let tunnel = first == 0x2002 || (first == 0x2001 && second == 0);
    global && !documentation && !tunnel
}

/// Resolves names and leaves out every address that may not be connected to: what is checked is what is connected to.
#[derive(Clone, Debug)]
pub(super) struct CheckedResolver {
    pub(super) rules: HostRules,
    /// For plain HTTP: only what the operator named counts, however public an address is.
    pub(super) only_private: bool,
}

impl Service<Name> for CheckedResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (rules, only_private) = (self.rules.clone(), self.only_private);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| match only_private {
                    true => rules.names(address.ip()),
                    false => rules.allows(address.ip()),
                })
                .collect();
            if allowed.is_empty() {
                return Err("the name leads to no address that may be connected to".into());
            }
            Ok(allowed.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_on_the_internet_are_public() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:10.0.0.1",
            "2002:a00:1::",
            "2001:db8::1",
            "ff02::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn a_source_reaches_its_own_hosts_and_no_others() {
        let rules =
            HostRules { hosts: vec!["api.example.com".into(), "*.files.example.com".into()], ..HostRules::default() };
        let says = |address: &str| rules.check(&address.parse().map_err(|_| "no address".to_owned())?);
        assert_eq!(says("https://api.example.com/v1"), Ok(()));
        assert_eq!(says("https://API.example.com:8443/v1"), Ok(()));
        assert_eq!(says("https://a.files.example.com/x"), Ok(()));
        for refused in [
            "http://api.example.com/",
            "https://evil.example/",
            "https://files.example.com/",
            "https://api.example.com.evil.example/",
            "https://user:pass@api.example.com/",
            "https://127.0.0.1/",
            "file:///etc/passwd",
            "/v1",
            "https://api.example.com@evil.example/",
            "https://api.example.com./",
            "https://.files.example.com/",
            "https://xfiles.example.com/",
        ] {
            assert!(says(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn an_allowed_host_name_that_is_a_private_address_needs_the_operator() {
        let mut rules = HostRules { hosts: vec!["127.0.0.1".into()], private: Vec::new(), plain: true };
        let address = "http://127.0.0.1:9/x".parse().unwrap();
        assert!(rules.check(&address).is_err());
        rules.private.push("127.0.0.0/8".parse().unwrap());
        assert_eq!(rules.check(&address), Ok(()));
    }
}
