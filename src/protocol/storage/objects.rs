//! A store of objects that answers the engine's requests as a system would.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use futures::future::BoxFuture;
use opendal::Operator;
use opendal::services::{Fs, S3};
use serde_json::{Value, json};

use super::answer::{Refused, answered};
use super::asked::Asked;
use super::folder::Jail;
use super::keep::Keeping;
use super::line::Line;
use super::list::Listing;
use super::open::{Opened, open};
use super::row;
use crate::connector::{Method, StorageOptions, StoragePlace};
use crate::error::{Code, Error};
use crate::secret::Secret;
use crate::upstream::{Call, Reply, Streamed, Transport};

/// Where files stand until they are whole, in a folder that is a store.
const INCOMING: &str = ".incoming";

/// The keys that requests to a store are signed with.
#[derive(Debug)]
pub struct StoreKeys {
    /// Which pair.
    pub id: Secret,
    /// Its secret half.
    pub secret: Secret,
    /// Of a session.
    pub token: Option<Secret>,
}

/// What keeps the objects.
enum Store {
    Bucket(Operator),
    /// Looked at when it is first wanted: a gateway starts without it.
    Folder(PathBuf, OnceLock<(Operator, Jail)>),
}

impl Store {
    fn opened(&self) -> Result<(&Operator, Option<&Jail>), Refused> {
        match self {
            Self::Bucket(operator) => Ok((operator, None)),
            Self::Folder(folder, opened) => {
                let (operator, jail) = match opened.get() {
                    Some(opened) => opened,
                    None => {
                        let found = kept_in(folder)?;
                        opened.get_or_init(|| found)
                    }
                };
                Ok((operator, Some(jail)))
            }
        }
    }
}

/// A store of objects, bound to a source's stack.
pub struct Objects {
    store: Store,
    upstream: Arc<dyn Transport>,
    /// The path of the connector's base.
    base: String,
    below: usize,
}

impl Objects {
    /// Binds a store: `base` is the connector's, with its settings filled in. Nothing is called.
    ///
    /// # Errors
    /// `INTERNAL`: the address is none; the detail says it.
    pub fn new(
        options: &StorageOptions,
        (base, keys): (&str, Option<&StoreKeys>),
        upstream: Arc<dyn Transport>,
    ) -> Result<Self, Error> {
        let wrong = |error: opendal::Error| Error::new(Code::Internal, format!("the store: {}", error.message()));
        let url = url::Url::parse(base);
        let url = url.map_err(|error| Error::new(Code::Internal, format!("the store's address: {error}")))?;
        let store = match &options.place {
            StoragePlace::Bucket { .. } => {
                Store::Bucket(Operator::new(bucket(&options.place, base, keys)).map_err(wrong)?)
            }
            StoragePlace::Folder(folder) => Store::Folder(folder.clone(), OnceLock::new()),
        };
        let base = url.path().trim_end_matches('/').to_owned();
        Ok(Self { store, upstream, base, below: options.below })
    }

    async fn answer(&self, call: &Call, line: &Line) -> Result<Value, Refused> {
        let asked = Asked::read(&self.base, call)?;
        let (operator, jail) = self.entered(&asked.folder()?).await?;
        let can = operator.info().capability();
        let operator = line.operator(operator);
        let keeping = Keeping { operator: &operator, jail };
        let listing = Listing { operator: &operator, below: self.below, jail };
        match (call.method, asked.is_below()) {
            (Method::Get, true) => match asked.since()? {
                Some(since) => listing.changed(&asked, since).await,
                None => listing.page(&asked).await,
            },
            (Method::Get, false) => {
                let row = self.row(&operator, &asked.path).await?;
                if !asked.says("versions") {
                    return Ok(row);
                }
                // Nothing says that there was another one before.
                let versions = if can.list_with_versions { listing.versions(&asked.path).await? } else { Value::Null };
                Ok(json!({ "path": asked.path, "versions": versions }))
            }
            (Method::Post, true) => {
                let path = keeping.make(&asked, call).await?;
                Ok(self.written(&operator, &path).await)
            }
            (Method::Put, false) => {
                keeping.replace(&asked, call).await?;
                Ok(self.written(&operator, &asked.path).await)
            }
            (method, _) => Err(Refused::new(405, "MethodNotAllowed", format!("{} is not for this", method.word()))),
        }
    }

    async fn row(&self, operator: &Operator, path: &str) -> Result<Value, Refused> {
        let known = operator.stat(path).await?;
        if known.is_file() { Ok(row::row(path, &known, self.below)) } else { Err(Refused::missing()) }
    }

    /// The row of an object that was just written. It is there whatever the store says to this: its key is enough then.
    async fn written(&self, operator: &Operator, path: &str) -> Value {
        self.row(operator, path).await.unwrap_or_else(|_| json!({ "path": path }))
    }

    /// The store, where no link is on the way to a path.
    async fn entered(&self, path: &str) -> Result<(&Operator, Option<&Jail>), Refused> {
        let (operator, jail) = self.store.opened()?;
        if let Some(jail) = jail {
            jail.enter(path).await?;
        }
        Ok((operator, jail))
    }

    async fn opened(&self, call: &Call, line: &Line) -> Result<Streamed, Refused> {
        let asked = Asked::read(&self.base, call)?;
        if call.method != Method::Get || asked.is_below() {
            return Err(Refused::missing());
        }
        let (operator, _) = self.entered(&asked.path).await?;
        let operator = line.operator(operator);
        open(&operator, (&asked.path, asked.get("version")), Opened { call, line }).await
    }
}

impl Transport for Objects {
    fn send(&self, call: Call) -> BoxFuture<'_, Result<Reply, Error>> {
        Box::pin(async move {
            let line = Line::new(&self.upstream, &call, false);
            match self.answer(&call, &line).await {
                Ok(body) => Ok(answered(200, &body)),
                Err(refused) => line.failure().map_or_else(|| Ok(refused.reply()), Err),
            }
        })
    }

    fn open(&self, call: Call) -> BoxFuture<'_, Result<Streamed, Error>> {
        Box::pin(async move {
            let line = Line::new(&self.upstream, &call, true);
            match self.opened(&call, &line).await {
                Ok(streamed) => Ok(streamed),
                Err(refused) => line.failure().map_or_else(|| Ok(refused.reply().into()), Err),
            }
        })
    }
}

fn bucket(place: &StoragePlace, base: &str, keys: Option<&StoreKeys>) -> S3 {
    // What the surroundings of the process know of other stores is no business of this one.
    let mut builder = S3::default().endpoint(base).disable_config_load().disable_ec2_metadata();
    if let StoragePlace::Bucket { name, region, root, in_host } = place {
        builder = builder.bucket(name).region(region).root(root);
        if *in_host {
            builder = builder.enable_virtual_host_style();
        }
    }
    let Some(keys) = keys else { return builder.skip_signature() };
    builder = builder.access_key_id(keys.id.expose()).secret_access_key(keys.secret.expose());
    match &keys.token {
        Some(token) => builder.session_token(token.expose()),
        None => builder,
    }
}

/// A folder as a store. It may itself be named by a link, what is in it may not.
fn kept_in(folder: &Path) -> Result<(Operator, Jail), Refused> {
    let wrong = |error: &dyn std::fmt::Display| Refused::new(502, "Unexpected", format!("the folder: {error}"));
    let root = folder.canonicalize().map_err(|error| wrong(&error))?;
    let incoming = root.join(INCOMING);
    let builder = Fs::default().root(&root.to_string_lossy()).atomic_write_dir(&incoming.to_string_lossy());
    let operator = Operator::new(builder).map_err(|error| wrong(&error.message()))?;
    Ok((operator, Jail(root.into())))
}
