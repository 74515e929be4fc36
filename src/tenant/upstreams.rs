//! From a source's configuration to its HTTP stack: which hosts, which credentials, which limits.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::{Environment, SourceConfig};
use crate::connector::{Auth, Connector, Pattern};
use crate::error::{Code, Error, Result};
use crate::protocol::{Objects, StoreKeys};
use crate::secret::Secret;
use crate::upstream::{self, Filled, HostRules, NetworkOptions, Transport, Upstream};

/// What a source's stack is built from.
pub(super) struct Wiring<'a> {
    pub(super) name: &'a Arc<str>,
    pub(super) configured: &'a SourceConfig,
    pub(super) connector: &'a Connector,
    pub(super) settings: &'a BTreeMap<String, String>,
    pub(super) environment: &'a dyn Environment,
    pub(super) folder: &'a Path,
    pub(super) clock: &'a Arc<dyn Clock>,
}

impl Wiring<'_> {
    /// The stack of the source.
    ///
    /// # Errors
    /// `INTERNAL`: a secret has no value, or an address of the connector is none. The detail names it.
    pub(super) fn transport(&self) -> Result<Arc<dyn Transport>> {
        let secrets = self.secrets()?;
        let settings = self.all_settings();
        let auth = self.connector.auth.get(&*self.configured.auth).cloned();
        let hosts = self.hosts(&settings, &secrets, auth.as_ref())?;
        let filled = Filled { settings: &settings, secrets: &secrets };
        let base = upstream::fill(&self.connector.base, filled)?;
        let keys = store_keys(auth.as_ref(), filled)?;
        // A store signs what it sends by itself, and its base may be a folder.
        let home = match &self.connector.storage {
            None => Some(self.home(base.expose())?),
            Some(_) => None,
        };
        let stack = upstream::build(Upstream {
            source: Arc::clone(self.name),
            home,
            hosts,
            auth,
            settings,
            secrets,
            limits: self.connector.limits.clone(),
            csrf: self.connector.odata.as_ref().is_some_and(|odata| odata.csrf),
            errors: self.connector.errors.clone(),
            timeout: self.configured.timeout.0,
            network: NetworkOptions { largest_answer: self.configured.largest_answer, ..NetworkOptions::default() },
            clock: Arc::clone(self.clock),
        })?;
        let Some(storage) = &self.connector.storage else { return Ok(stack) };
        let objects = Objects::new(storage, (base.expose(), keys.as_ref()), stack);
        Ok(Arc::new(objects.map_err(|error| error.at_source(self.name))?))
    }

    /// The address of the base: the only host that is sent credentials.
    fn home(&self, base: &str) -> Result<upstream::Uri> {
        let home = upstream::Base::read(base).and_then(|base| base.address("", ""));
        let what =
            |why: String| format!("source `{}`: `{}` gives no address: {why}", self.name, self.connector.base.text);
        home.map_err(|why| Error::new(Code::Internal, what(why)))
    }

    /// The secrets without a value: each with its name, its source, and where it was looked for.
    pub(super) fn missing(&self) -> Vec<String> {
        self.resolved().filter_map(|(_, secret)| secret.err()).collect()
    }

    fn resolved(&self) -> impl Iterator<Item = (&String, std::result::Result<Secret, String>)> {
        self.configured.secrets.iter().map(|(name, reference)| {
            let secret = reference.resolve(self.environment, self.folder);
            (name, secret.map_err(|why| format!("the secret `{name}` of the source `{}`: {why}", self.name)))
        })
    }

    fn secrets(&self) -> Result<BTreeMap<Arc<str>, Secret>> {
        let named = |(name, secret): (&String, std::result::Result<Secret, String>)| {
            Ok((Arc::from(name.as_str()), secret.map_err(|why| Error::new(Code::Internal, why))?))
        };
        self.resolved().map(named).collect()
    }

    /// The configured settings over the manifest's defaults.
    fn all_settings(&self) -> BTreeMap<Arc<str>, String> {
        let mut all = BTreeMap::new();
        if let crate::model::Wire::Object(members) = &self.connector.settings {
            for (name, value) in members {
                if let Some(text) = value.as_text() {
                    all.insert(Arc::from(&**name), text.into_owned());
                }
            }
        }
        all.extend(self.settings.iter().map(|(name, value)| (Arc::from(name.as_str()), value.clone())));
        all
    }

    /// The hosts of the base, of the token endpoint, and those the connector names.
    fn hosts(
        &self,
        settings: &BTreeMap<Arc<str>, String>,
        secrets: &BTreeMap<Arc<str>, Secret>,
        auth: Option<&Auth>,
    ) -> Result<HostRules> {
        let values = Filled { settings, secrets };
        let mut hosts = Vec::new();
        let mut addresses: Vec<&Pattern> = vec![&self.connector.base];
        if let Some(Auth::OAuth2 { token, .. }) = auth {
            addresses.push(token);
        }
        for pattern in addresses {
            let address = upstream::fill(pattern, values)?;
            let parsed = url::Url::parse(address.expose());
            let host = parsed.ok().and_then(|url| url.host_str().map(str::to_ascii_lowercase));
            let missing = || {
                let what = format!("source `{}`: `{}` gives no address with a host", self.name, pattern.text);
                Error::new(Code::Internal, what)
            };
            hosts.push(Arc::from(host.ok_or_else(missing)?));
        }
        for pattern in &self.connector.hosts {
            hosts.push(Arc::from(upstream::fill(pattern, values)?.expose().to_ascii_lowercase()));
        }
        Ok(HostRules { hosts, private: self.configured.private_networks.clone(), plain: self.configured.plain_http })
    }
}

/// The keys that a store's requests are signed with, where the source signs in so.
fn store_keys(auth: Option<&Auth>, values: Filled<'_>) -> Result<Option<StoreKeys>> {
    let Some(Auth::Keys { id, secret, token }) = auth else { return Ok(None) };
    let token = token.as_ref().map(|token| upstream::fill(token, values)).transpose()?;
    Ok(Some(StoreKeys { id: upstream::fill(id, values)?, secret: upstream::fill(secret, values)?, token }))
}
