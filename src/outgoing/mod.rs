//! What is sent out when records change: signed webhooks to addresses that the operator configures, and mail to people.
//!
//! A webhook tells which record changed and no value of it (`event`): the receiver asks the graph, as itself. A mail is
//! rendered from the answer to a query that is run as its reader, and can so tell nothing that the reader may not see.

pub mod codes;
mod endpoint;
mod event;
mod links;
mod mailing;
mod once;
mod people;
mod post;
mod rules;
mod schedule;
mod shape;
mod sign;
mod templates;
mod whose;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

pub use self::endpoint::Deliveries;
use self::endpoint::{Delivery, Endpoint, State};
pub use self::mailing::Mails;
use self::mailing::{Claims, Counts, Looking, Mailing, Notice, Told};
use self::once::Once;
use self::post::Post;
pub use self::rules::{Loading, Notices, load};
use self::sign::Signing;
use self::whose::Whose;
use crate::clock::Clock;
use crate::config::{ChangeName, EndpointConfig, Environment, OutgoingConfig};
use crate::error::{Code, Error, Result};
use crate::execute::Executor;
use crate::identity::Identity;
use crate::live::{Echoes, Hears};
use crate::model::{Change, ChangeKind, RecordId};
use crate::source::Sources;
use crate::store;
use crate::upstream::{HostRules, Network, NetworkOptions};

/// The longest answer of a receiver that is read, in bytes; what stands in it does not matter.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// What sending out is put together from.
pub struct Setup<'a> {
    /// What the operator wrote.
    pub config: &'a OutgoingConfig,
    /// What the surroundings of the process give: secrets.
    pub environment: &'a dyn Environment,
    /// The folder that the configuration's paths are relative to.
    pub folder: &'a Path,
    /// The tenant's language.
    pub locale: &'a str,
    /// What mail there is to send, if any.
    pub notices: Option<Arc<Notices>>,
    /// Whom mail is sent to.
    pub identity: &'a Arc<Identity>,
    /// Seals ids, and runs the queries of notifications.
    pub executor: &'a Arc<Executor>,
    /// Whose records are.
    pub sources: &'a Arc<Sources>,
    /// What must not be forgotten: who was told what in the last minutes, by whichever node.
    pub state: &'a Arc<dyn store::State>,
    /// The time.
    pub clock: &'a Arc<dyn Clock>,
}

/// Sends out what follows from the changes of one tenant.
pub struct Outgoing {
    tenant: Arc<str>,
    /// Of the changes whose version tells them from every other.
    echoes: Echoes,
    once: Once,
    endpoints: Vec<Line<Endpoint, Delivery>>,
    mailing: Option<Line<Mailing, Notice>>,
}

/// Somebody who works off a queue, on a task of its own from the first of it on.
struct Line<W, T> {
    worker: Arc<W>,
    queue: mpsc::Sender<T>,
    /// Until the task is there.
    coming: Mutex<Option<mpsc::Receiver<T>>>,
}

impl<W, T> Line<W, T> {
    fn new(worker: W, most: usize) -> Self {
        let (queue, coming) = mpsc::channel(most.max(1));
        Self { worker: Arc::new(worker), queue, coming: Mutex::new(Some(coming)) }
    }

    /// Hands something over; whether there was room.
    fn put<F>(&self, what: T, run: impl FnOnce(Arc<W>, mpsc::Receiver<T>) -> F) -> bool
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let coming = self.coming.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(coming) = coming {
            tokio::spawn(run(Arc::clone(&self.worker), coming));
        }
        self.queue.try_send(what).is_ok()
    }
}

impl Outgoing {
    /// Puts it together; nothing is sent or connected to yet.
    ///
    /// # Errors
    /// `INTERNAL`: a secret has no value or is none; the detail names it.
    pub fn new(setup: &Setup<'_>, tenant: &Arc<str>) -> Result<Self> {
        let planner = &setup.executor.planner;
        let whose = Arc::new(Whose {
            sources: Arc::clone(setup.sources),
            graph: Arc::clone(&planner.graph),
            clock: Arc::clone(setup.clock),
            locale: Arc::from(setup.locale),
        });
        let endpoints = setup.config.webhooks.iter().map(|configured| {
            let endpoint = endpoint(setup, configured, &whose)?;
            Ok(Line::new(endpoint, configured.queue))
        });
        Ok(Self {
            tenant: Arc::clone(tenant),
            echoes: Echoes::new(Arc::clone(setup.clock)),
            once: Once::new(setup.clock),
            endpoints: endpoints.collect::<Result<_>>()?,
            mailing: mailing(setup, &whose)?,
        })
    }

    /// What became of notices so far.
    #[must_use]
    pub fn mails(&self) -> Mails {
        self.mailing.as_ref().map(|line| line.worker.mails()).unwrap_or_default()
    }

    /// What became of the deliveries of each webhook so far, by its name.
    #[must_use]
    pub fn deliveries(&self) -> Vec<(Arc<str>, Deliveries)> {
        let of = |line: &Line<Endpoint, Delivery>| (Arc::clone(&line.worker.name), line.worker.deliveries());
        self.endpoints.iter().map(of).collect()
    }
}

impl Hears for Outgoing {
    fn hear(&self, change: &Change, by: Option<&RecordId>) {
        let told: Vec<_> = self.endpoints.iter().filter(|line| line.worker.wants(change)).collect();
        let notices = self.mailing.iter().flat_map(|line| line.worker.notices(change, by)).collect::<Vec<_>>();
        if (told.is_empty() && notices.is_empty()) || !self.echoes.is_new(change) {
            return;
        }
        for (line, notice) in self.mailing.iter().flat_map(|line| notices.iter().map(move |notice| (line, notice))) {
            line.worker.began();
            if !line.put(notice.clone(), Mailing::run) {
                line.worker.ended();
                line.worker.lose(1, "too many wait");
            }
        }
        if told.is_empty() {
            return;
        }
        let Some(telling) = self.once.telling(change) else { return };
        let id: Arc<str> = Arc::from(event::id(&self.tenant, change, telling.settled));
        let change = Arc::new(change.clone());
        for line in told {
            if !line.put(Delivery::new(Arc::clone(&change), Arc::clone(&id), telling.pause), Endpoint::run) {
                line.worker.lose(1, "too many wait");
            }
        }
    }
}

fn endpoint(setup: &Setup<'_>, configured: &EndpointConfig, whose: &Arc<Whose>) -> Result<Endpoint> {
    let wrong = |why: String| Error::new(Code::Internal, format!("the webhook `{}`: {why}", configured.name));
    let secrets = configured.secrets.iter().map(|secret| secret.resolve(setup.environment, setup.folder));
    let secrets = secrets.collect::<std::result::Result<Vec<_>, _>>().map_err(wrong)?;
    let url = url::Url::parse(&configured.url).map_err(|error| wrong(error.to_string()))?;
    let host = url.host_str().ok_or_else(|| wrong("its address has no host".to_owned()))?;
    let rules = HostRules {
        hosts: vec![Arc::from(host.to_ascii_lowercase())],
        private: configured.private_networks.clone(),
        plain: configured.plain_http,
    };
    let options = NetworkOptions { largest_answer: LONGEST_ANSWER, ..NetworkOptions::default() };
    let graph = &setup.executor.planner.graph;
    let event = |(entity, kinds): (&String, &Vec<ChangeName>)| {
        Some((graph.entity_id(entity)?, kinds.iter().map(|kind| named(*kind)).collect()))
    };
    let name: Arc<str> = Arc::from(configured.name.as_str());
    Ok(Endpoint {
        transport: Arc::new(Network::new(Arc::clone(&name), rules, &options)?),
        name,
        url: url.as_str().parse().map_err(|_| wrong("its address cannot be sent to".to_owned()))?,
        events: configured.events.iter().filter_map(event).collect(),
        signing: Signing::new(&secrets).map_err(wrong)?,
        timeout: configured.timeout.0,
        disable_after: configured.disable_after.0,
        queue: configured.queue,
        clock: Arc::clone(setup.clock),
        executor: Arc::clone(setup.executor),
        whose: Arc::clone(whose),
        state: State::default(),
    })
}

/// What sends mail, where anything is to be told by it.
fn mailing(setup: &Setup<'_>, whose: &Arc<Whose>) -> Result<Option<Line<Mailing, Notice>>> {
    let (Some(config), Some(notices)) = (&setup.config.mail, &setup.notices) else { return Ok(None) };
    let wrong = |why: String| Error::new(Code::Internal, format!("`outgoing.mail.smtp`: {why}"));
    let mailing = Mailing {
        notices: Arc::clone(notices),
        post: Post::new(&config.smtp, setup.environment, setup.folder).map_err(wrong)?,
        executor: Arc::clone(setup.executor),
        identity: Arc::clone(setup.identity),
        whose: Arc::clone(whose),
        clock: Arc::clone(setup.clock),
        locale: Arc::from(setup.locale),
        queue: config.queue,
        told: Told::memory(setup.clock),
        claims: Claims::new(Arc::clone(setup.state), setup.clock),
        looking: Looking::default(),
        counts: Counts::default(),
    };
    Ok(Some(Line::new(mailing, config.queue)))
}

const fn named(kind: ChangeName) -> ChangeKind {
    match kind {
        ChangeName::Created => ChangeKind::Created,
        ChangeName::Updated => ChangeKind::Updated,
        ChangeName::Deleted => ChangeKind::Deleted,
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("deliveries", &self.deliveries()).finish_non_exhaustive()
    }
}
