//! A tenant that answers: its sources, its identity, its executor.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::assemble::Assembly;
use super::explain::Planned;
use super::glue::{Mapped, Wrote};
use super::intake::Intake;
use super::stores::{self, Stores};
use super::upstreams::Wiring;
use super::watched;
use crate::cache::{Cache, Policy};
use crate::clock::Clock;
use crate::config::{Config, Environment, PolicyConfig};
use crate::error::{Code, Error, Result};
use crate::execute::{Allowance, Executor, GraphRequest, GraphResponse, Server, Writing};
use crate::graph::Graph;
use crate::identity::{self, Identity, Issuer, SignedIn};
use crate::live::{Counted, Following, Live, Watch, Watching};
use crate::model::{Caller, RecordId, SourceId};
use crate::outgoing::{self, Outgoing};
use crate::plan::{Planner, UPLOAD};
use crate::seal::Sealer;
use crate::secret::Secret;
use crate::source::{self, Catalog, Engine, Policies, Sources};
use crate::{live, protocol};

/// What a tenant is opened with, beside its assembly.
pub struct Opening {
    /// What the surroundings of the process give: secrets.
    pub environment: Arc<dyn Environment>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Issuers whose keys are known in the process, in the place of configured ones of the same name: the demo's own.
    pub issuers: Vec<Issuer>,
}

/// What a request says of who sends it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignIn<'a> {
    /// The header `Authorization`.
    pub authorization: Option<&'a str>,
    /// The header `Vestibule-Account`: the id of the account in use.
    pub account: Option<&'a str>,
}

/// One tenant, open for requests.
pub struct Tenant {
    name: Arc<str>,
    pub(super) identity: Arc<Identity>,
    pub(super) executor: Arc<Executor>,
    pub(super) sources: Arc<Sources>,
    intake: Arc<Intake>,
    live: Arc<Live>,
    outgoing: Arc<Outgoing>,
    watch: Arc<Watch>,
    watching: Watching,
    pub(super) clock: Arc<dyn Clock>,
}

impl Tenant {
    /// Opens a tenant. No system is called: a dead one never keeps the gateway from starting.
    ///
    /// # Errors
    /// `INTERNAL`: secrets have no value (all of them are named), one is too short, an address is none; the detail says it.
    pub fn open(assembly: Assembly, opening: Opening) -> Result<Self> {
        let Opening { environment, clock, issuers: more } = opening;
        let window = assembly.config.limits.live.window.0;
        let cache = Arc::new(Cache::with_live_window(&clock, assembly.config.cache.bytes, window));
        let live = Arc::new(Live::new(Arc::clone(&assembly.graph), Arc::clone(&cache), Arc::clone(&clock)));
        let intake = Intake::new(&assembly, &*environment, &clock, Arc::clone(&live) as _);
        let Assembly { config, folder, graph, served, catalog, settings, notices, .. } = assembly;
        let name: Arc<str> = Arc::from(config.tenant.as_str());
        let mut wirings = Vec::new();
        for source in &catalog.sources {
            let missing = || Error::new(Code::Internal, format!("the source `{}` is not configured", source.name));
            wirings.push(Wiring {
                name: &source.name,
                configured: config.sources.get(&*source.name).ok_or_else(missing)?,
                connector: &source.connector,
                settings: settings.get(&*source.name).ok_or_else(missing)?,
                environment: &*environment,
                folder: &folder,
                clock: &clock,
            });
        }
        let sealing = config.sealing_key.resolve(&*environment, &folder).map_err(|why| format!("`sealingKey`: {why}"));
        let shared = stores::address(&config, &*environment, &folder);
        let sealer = Sealer::new(&resolved(sealing, (&shared, &wirings))?, &name)?;
        let stores = Stores::open(&config, shared.ok().flatten().as_ref(), (&sealer, &clock))?;
        let mut engines = Vec::new();
        for (source, wiring) in catalog.sources.iter().zip(&wirings) {
            let engine = protocol::engine(protocol::Binding {
                source: Arc::clone(&source.name),
                connector: Arc::clone(&source.connector),
                transport: wiring.transport()?,
                clock: Arc::clone(&clock),
                graph: Arc::clone(&graph),
            });
            // One source signs in one way with one set of secrets; the name of the way is all that may differ.
            engines.push(Engine { protocol: engine, credential: Arc::from(wiring.configured.auth.as_str()) });
        }
        let planned = Planned {
            engines: engines.iter().map(|engine| Arc::clone(&engine.protocol)).collect(),
            catalog: Arc::clone(&catalog),
        };
        let limits = config.limits.clone();
        let sources = Arc::new(Sources::new(source::Setup {
            tenant: Arc::clone(&name),
            graph: Arc::clone(&graph),
            catalog: Arc::clone(&catalog),
            engines,
            cache,
            policies: policies(&config, &graph, &catalog),
            mapper: Arc::new(Mapped),
            clock: Arc::clone(&clock),
        }));
        live.read_from(Arc::clone(&sources));
        stores.join(&live, &sources);
        let intake = Arc::new(stores.known_to_all(intake?));
        let zone = jiff::tz::TimeZone::get(&config.time_zone)
            .map_err(|error| Error::new(Code::Internal, format!("`timeZone`: {error}")))?;
        let given = |issuer: &String| more.iter().any(|other| other.config.issuer == *issuer);
        let configured = config.identity.issuers.iter().filter(|configured| !given(&configured.issuer));
        let mut issuers: Vec<Issuer> =
            configured.map(|issuer| Issuer::remote(issuer.clone(), Arc::clone(&clock))).collect();
        issuers.extend(more);
        let identity = Arc::new(Identity::new(identity::Setup {
            tenant: Arc::clone(&name),
            issuers,
            authority: &config.identity.authority,
            access: &config.access,
            locale: Arc::from(config.locale.as_str()),
            time_zone: Arc::from(config.time_zone.as_str()),
            graph: &graph,
            sources: catalog.sources.iter().map(|source| Arc::clone(&source.name)).collect(),
            reads: Arc::clone(&sources) as _,
            links: Arc::clone(&sources) as _,
            clock: Arc::clone(&clock),
        })?);
        live.rights_of(Arc::clone(&identity));
        let watch = Arc::new(Watch {
            all: watched::all(&config, (&catalog, &planned.engines), &intake),
            live: Arc::clone(&live),
            state: Arc::clone(&stores.state),
            clock: Arc::clone(&clock),
            unseen: Arc::clone(&intake) as _,
            tenant: Arc::clone(&name),
            counts: live::Counts::default(),
        });
        let planner = Planner::new(Arc::new(served.schema), graph, catalog);
        let planner = Arc::new(planner.with_introspection(config.server.introspection).with_limits(limits.clone()));
        let server = &config.server;
        let address = server.public_url.clone().unwrap_or_else(|| format!("http://{}", server.listen));
        let executor = Arc::new(Executor {
            files: Arc::from(format!("{}/files/{name}", address.trim_end_matches('/'))),
            planner,
            reads: Arc::clone(&sources) as _,
            linker: Arc::clone(&sources) as _,
            sealer,
            clock: Arc::clone(&clock),
            zone,
            allowance: Allowance::new(limits, Some(Arc::new(planned)), &clock),
            writing: Writing {
                writes: Arc::clone(&sources) as _,
                changes: Arc::new(Wrote { sources: Arc::clone(&sources), live: Arc::clone(&live) }),
                state: stores.state,
            },
        });
        let sending = outgoing::Setup {
            config: &config.outgoing,
            environment: &*environment,
            folder: &folder,
            locale: &config.locale,
            notices,
            identity: &identity,
            executor: &executor,
            sources: &sources,
            state: &executor.writing.state,
            clock: &clock,
        };
        let outgoing = Arc::new(Outgoing::new(&sending, &name)?);
        let hears: Weak<Outgoing> = Arc::downgrade(&outgoing);
        live.heard_by(hears);
        let watching = Watching::default();
        Ok(Self { name, identity, executor, sources, intake, live, outgoing, watch, watching, clock })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When a request that may take `patience` is over, on the clock's `elapsed` scale.
    #[must_use]
    pub fn deadline(&self, patience: Duration) -> Duration {
        self.clock.elapsed() + patience
    }

    /// The caller of a request.
    ///
    /// # Errors
    /// As [`Identity::sign_in`]; `BAD_USER_INPUT` also for an account id that is not one of ours.
    pub async fn caller(&self, sign_in: SignIn<'_>, deadline: Duration) -> Result<Caller> {
        Ok(self.sign_in(sign_in, deadline).await?.caller)
    }

    /// The same, for who stays: it can be looked at again.
    ///
    /// # Errors
    /// As [`Tenant::caller`].
    pub async fn sign_in(&self, sign_in: SignIn<'_>, deadline: Duration) -> Result<SignedIn> {
        match sign_in.account.map(|id| self.open_account(id)).transpose() {
            Ok(account) => self.identity.sign_in(sign_in.authorization, account, deadline).await,
            // Only somebody who is signed in learns what is wrong with an id.
            Err(error) => self.identity.sign_in(sign_in.authorization, None, deadline).await.and(Err(error)),
        }
    }

    /// Whether a sign-in would come to the same now as it did then.
    #[must_use]
    pub fn still(&self, signed_in: &SignedIn) -> bool {
        self.identity.still(signed_in)
    }

    fn open_account(&self, id: &str) -> Result<RecordId> {
        let unknown = || Error::public(Code::BadUserInput, "`Vestibule-Account` is not the id of an account.");
        let hub = self.executor.planner.graph.hub;
        self.executor.open_id(id)?.filter(|id| id.entity == hub).ok_or_else(unknown)
    }

    /// Whether anything that is served takes a file.
    #[must_use]
    pub fn takes_files(&self) -> bool {
        self.executor.planner.schema.types.contains_key(UPLOAD)
    }

    /// Answers a request.
    pub async fn execute(&self, caller: &Caller, request: GraphRequest) -> GraphResponse {
        self.executor.execute(caller, request).await
    }

    /// Follows a subscription; `None` where the request is none.
    ///
    /// # Errors
    /// The answer to a request that is refused as a whole.
    pub async fn follow(
        &self,
        caller: &Caller,
        request: &GraphRequest,
    ) -> std::result::Result<Option<Following>, GraphResponse> {
        let Some(subscribed) = self.executor.subscribe(caller, request).await? else { return Ok(None) };
        Ok(Some(self.live.follow(Arc::clone(&self.executor), subscribed, caller).await))
    }

    /// The executor as the GraphQL server library wants it, for WebSockets; each request may take `patience`.
    #[must_use]
    pub fn server(&self, patience: Duration) -> Server {
        Server::new(Arc::clone(&self.executor), patience)
    }

    /// What takes in what systems send by themselves.
    #[must_use]
    pub fn intake(&self) -> &Intake {
        &self.intake
    }

    /// What follows from a change, for whoever knows of one.
    #[must_use]
    pub fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// What is sent out.
    #[must_use]
    pub fn outgoing(&self) -> &Outgoing {
        &self.outgoing
    }

    /// Begins to ask the systems what changed, where that is configured; it ends with the tenant.
    pub fn watch(&self) {
        self.watching.begin(&self.watch);
    }

    /// What came of asking the systems what changed.
    #[must_use]
    pub fn watched(&self) -> Counted {
        self.watch.counts()
    }

    /// The tenant's sources.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.executor.planner.catalog
    }

    /// The reads of the tenant's sources, for commands that read one record.
    #[must_use]
    pub fn sources(&self) -> &Arc<Sources> {
        &self.sources
    }
}

/// The sealing key, where no secret of the tenant is missing.
fn resolved(
    sealing: std::result::Result<Secret, String>,
    (shared, wirings): (&std::result::Result<Option<Secret>, String>, &[Wiring<'_>]),
) -> Result<Secret> {
    let first = sealing.as_ref().err().into_iter().chain(shared.as_ref().err()).cloned();
    let missing: Vec<String> = first.chain(wirings.iter().flat_map(Wiring::missing)).collect();
    match sealing {
        Ok(sealing) if missing.is_empty() => Ok(sealing),
        _ => Err(Error::new(Code::Internal, missing.join("\n"))),
    }
}

fn policies(config: &Config, graph: &Graph, catalog: &Catalog) -> Policies {
    let policy = |configured: &PolicyConfig| match config.cache.enabled {
        true => Policy {
            fresh: configured.fresh.0,
            stale: configured.stale.0,
            if_error: configured.if_error.0,
            negative: configured.negative.0,
        },
        false => Policy::NONE,
    };
    let mut special = std::collections::BTreeMap::new();
    for (id, source) in (0..=u16::MAX).map(SourceId).zip(&catalog.sources) {
        let Some(configured) = config.sources.get(&*source.name) else { continue };
        for (entity, own) in &configured.cache {
            if let Some(entity) = graph.entity_id(entity) {
                special.insert((id, entity), policy(own));
            }
        }
    }
    Policies { usual: policy(&config.cache.default), special }
}
