//! The program put together: one store, the door, the road, the connections, the workers and
//! the HTTP face. Everything that runs is started here and stopped here.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use connectors::console::Console;
#[cfg(feature = "discord")]
use connectors::discord::Discord;
use connectors::{Connector, ConnectorError, Health};
use crm::conversations::Networks;
use crm::facts::FactBody;
use crm::ports::{Hub, Intake, Live};
use crm::{Crm, Env};
use crm_store::Store;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use webhooks::{LiveBus, Metrics, Readiness, Web, WebSettings};

use crate::config::{Config, Connection};
#[cfg(feature = "discord")]
use crate::grammar;
use crate::intake::Inbox;
use crate::model::Served;
use crate::outbox::{Sender, outbox};
use crate::questions::{Asking, questions};
use crate::road::Road;
use crate::workers;

/// The connection of the built-in chat.
pub const CONSOLE: &str = "console";
/// How long a connection that was lost rests before it is started again.
const RECONNECT: Duration = Duration::from_secs(5);
/// How long after the start the reading of texts is made ready, so that starting is not slower.
const SETTLED: Duration = Duration::from_secs(3);
/// How long to let work end when the program stops.
const STOP: Duration = Duration::from_secs(10);

/// The data folder, held by this process alone.
pub struct DataFolder {
    path: PathBuf,
    /// The name under which this installation leases work, over all of its restarts.
    pub instance: String,
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if need be, and holds it.
    ///
    /// # Errors
    /// When another process holds it, or it cannot be written.
    pub fn hold(path: &Path, env: &Env) -> Result<Self> {
        std::fs::create_dir_all(path)
            .with_context(|| format!("failed to make the data folder {}", path.display()))?;
        keep_private(path, 0o700)?;
        let lock_path = path.join("tieline.lock");
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .with_context(|| format!("failed to open {}", lock_path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "Tieline is running on {} already. Stop it first, or use the console or the API.",
                path.display()
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error)
                    .with_context(|| format!("failed to lock {}", lock_path.display()));
            }
        }
        let mut instance = String::new();
        lock.read_to_string(&mut instance)?;
        if instance.trim().is_empty() {
            instance = env.token();
            lock.write_all(instance.as_bytes())?;
            lock.sync_all()?;
        }
        Ok(Self { path: path.to_owned(), instance: instance.trim().to_owned(), _lock: lock })
    }

    /// The folder of one connection's own state.
    pub fn of_connection(&self, connection: &str) -> PathBuf {
        self.path.join(connection)
    }
}

/// Opens the store that a configuration names.
///
/// # Errors
/// A sentence that says what is wrong and the way out.
pub async fn open_store(config: &Config, env: &Env) -> Result<Arc<Store>> {
    let url = config.database.url.expose_secret();
    let store = Store::open(url, env.clone()).await?;
    if let Some(file) = url.strip_prefix("sqlite:") {
        for suffix in ["", "-wal", "-shm"] {
            let file = PathBuf::from(format!("{}{suffix}", file.trim_start_matches("//")));
            if file.exists() {
                keep_private(&file, 0o600)?;
            }
        }
    }
    Ok(Arc::new(store))
}

/// Lets nobody but its owner at a file or folder: it holds contacts and keys.
fn keep_private(path: &Path, mode: u32) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
            .with_context(|| format!("failed to keep {} private", path.display()))?;
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

/// Builds the connectors that a configuration names, and the built-in chat.
///
/// # Errors
/// When this machine cannot connect to a network at all.
pub fn connectors_of(
    config: &Config,
    folder: &DataFolder,
    hub: Arc<dyn Hub>,
    live: Arc<dyn Live>,
    env: &Env,
) -> Result<Vec<Arc<dyn Connector>>> {
    let mut all: Vec<Arc<dyn Connector>> =
        vec![Arc::new(Console::new(CONSOLE, hub, live, env.clone()))];
    for (name, connection) in &config.connections {
        let state = folder.of_connection(name);
        match *connection {
            #[cfg(feature = "discord")]
            Connection::Discord(ref discord) => {
                let offers = grammar::OFFERS;
                let bot = Discord::new(name, discord.clone(), &state, env.clone(), offers);
                all.push(Arc::new(bot.map_err(anyhow::Error::msg)?));
            }
            #[cfg(feature = "matrix")]
            Connection::Matrix(ref matrix) => {
                all.push(Arc::new(connectors::matrix::Matrix::new(
                    name,
                    matrix.clone(),
                    &state,
                    env.clone(),
                )));
            }
        }
    }
    Ok(all)
}

/// How this process can reach members in private; Tieline's own chat comes last.
fn private_ways(all: &[Arc<dyn Connector>]) -> Vec<crm::commands::Way> {
    let mut ways = all
        .iter()
        .filter(|connector| connector.capabilities().private)
        .map(|connector| crm::commands::Way {
            network: connector.network().to_owned(),
            connection: connector.connection().to_owned(),
        })
        .collect::<Vec<_>>();
    ways.sort_by_key(|way| way.connection == CONSOLE);
    ways
}

/// Where customers can be written to by this process.
fn networks(all: &[Arc<dyn Connector>]) -> Networks {
    let able = all.iter().filter(|connector| connector.capabilities().private);
    Networks::new(able.map(|one| (one.network().to_owned(), one.connection().to_owned())))
}

/// Runs Tieline until it is told to stop. `ready` is called once it answers.
///
/// # Errors
/// When it cannot start; a connection that fails later is tried again and does not end it.
pub async fn serve(
    config: Config,
    crm: Crm,
    folder: DataFolder,
    ready: impl FnOnce() + Send,
) -> Result<()> {
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| format!("failed to listen on {}", config.server.listen))?;
    let (stop, stopping) = watch::channel(false);
    let hub = crm.hub().clone();
    hub.release_leases(&folder.instance).await?;
    let metrics = Metrics::new();
    let live = LiveBus::new();
    let all = connectors_of(&config, &folder, hub, Arc::new(live.clone()), crm.env())?;
    let crm = crm.writing_to(networks(&all));
    let inbox = Inbox::new(crm.clone(), metrics.clone());
    let road = Road::new(crm.clone(), config.server.public_url.clone(), config.chat.prefix.clone());
    let road = Arc::new(road.asking_a_model(config.model.is_some()));
    road.learn_names().await?;
    let sender = Arc::new(Sender {
        crm: crm.clone(),
        connectors: all
            .iter()
            .map(|connector| (connector.connection().to_owned(), connector.clone()))
            .collect::<HashMap<_, _>>(),
        public_url: config.server.public_url.clone(),
        metrics: metrics.clone(),
        worker: folder.instance.clone(),
    });

    let mut work = JoinSet::new();
    work.spawn(show_live(crm.clone(), live.clone()));
    if let Some(model) = &config.model {
        let asking = Asking {
            road: road.clone(),
            model: Arc::new(Served::new(model)?),
            timeout: model.timeout(),
            worker: folder.instance.clone(),
        };
        work.spawn(questions(asking, stopping.clone()));
    }
    work.spawn(workers::inbox(
        road,
        inbox.clone(),
        folder.instance.clone(),
        metrics.clone(),
        stopping.clone(),
    ));
    work.spawn(outbox(sender, stopping.clone()));
    work.spawn(workers::jobs(crm.clone(), folder.instance.clone(), stopping.clone()));
    work.spawn(workers::clock(crm.clone(), stopping.clone()));
    work.spawn(workers::notices(crm.clone(), private_ways(&all), stopping.clone()));
    work.spawn(workers::forget(crm.clone(), stopping.clone()));
    work.spawn(read_ahead(stopping.clone()));
    for connector in &all {
        work.spawn(keep_connected(connector.clone(), inbox.clone(), stopping.clone()));
    }

    let readiness = Arc::new(Ready { crm: crm.clone(), inbox: inbox.clone() });
    let router = webhooks::router(Web {
        crm: crm.clone(),
        intake: inbox,
        settings: WebSettings {
            secure_cookies: config.server.public_url.scheme() == "https",
            public_url: config.server.public_url.clone(),
            chat_connection: CONSOLE.to_owned(),
            prefix: config.chat.prefix.clone(),
            import_bytes_max: config.import.file_bytes_max(),
        },
        live: live.clone(),
        metrics,
        readiness,
    });
    let mut closing = stopping.clone();
    let mut server = Box::pin(axum_serve(listener, router, async move {
        let _ = closing.wait_for(|stop| *stop).await;
    }));
    tracing::info!(listen = %config.server.listen, "Tieline is ready");
    ready();
    let mut told = Box::pin(told_to_stop());
    let ended = loop {
        tokio::select! {
            ended = &mut server => break ended,
            () = &mut told => {
                tracing::info!("stopping");
                break Ok(());
            }
            // Without one of its workers Tieline would look well and do half of its work.
            Some(ended) = work.join_next(), if !work.is_empty() => {
                if let Err(error) = ended
                    && error.is_panic()
                {
                    tracing::error!(%error, "a worker panicked; stopping");
                    break Err(anyhow::anyhow!("a worker panicked: {error}"));
                }
            }
        }
    };
    stop.send_replace(true);
    live.close();
    // What is not finished is taken up again by the next start.
    let _ = tokio::time::timeout(STOP, async {
        while let Some(ended) = work.join_next().await {
            if let Err(error) = ended
                && error.is_panic()
            {
                tracing::error!(%error, "a worker panicked");
            }
            if work.len() <= 1 {
                break;
            }
        }
    })
    .await;
    work.abort_all();
    ended
}

async fn axum_serve(
    listener: TcpListener,
    router: axum::Router,
    closing: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    axum::serve(listener, router)
        .with_graceful_shutdown(closing)
        .await
        .context("failed to serve HTTP")
}

/// Makes ready what reads captured texts, so that the first capture is as fast as any.
async fn read_ahead(mut stop: watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(SETTLED) => {
            // A capture that comes first makes it ready by itself.
            let _ = tokio::task::spawn_blocking(extractors::contacts::prepare).await;
        }
        _ = stop.changed() => {}
    }
}

/// Starts a connection again and again, until somebody has to do something about it.
async fn keep_connected(
    connector: Arc<dyn Connector>,
    intake: Arc<Inbox>,
    mut stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        let intake: Arc<dyn Intake> = intake.clone();
        match connector.receive(intake, stop.clone()).await {
            Ok(()) => return,
            Err(ConnectorError::Broken { why, remedy }) => {
                tracing::error!(connection = connector.connection(), %why, %remedy, "connection is broken");
                return;
            }
            Err(ConnectorError::Lost { why }) => {
                tracing::warn!(connection = connector.connection(), %why, "connection was lost");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(RECONNECT) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Tells open pages of messages that were taken in.
async fn show_live(crm: Crm, live: LiveBus) {
    let mut facts = crm.facts();
    loop {
        match facts.recv().await {
            Ok(batch) => {
                for fact in batch.iter() {
                    if let FactBody::MessageLogged { place, message, .. }
                    | FactBody::MessageChanged { place, message, .. } = &fact.body
                        && place.connection == CONSOLE
                    {
                        live.message(&fact.tenant, place, message);
                    }
                }
            }
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// Whether Tieline takes messages.
struct Ready {
    crm: Crm,
    inbox: Arc<Inbox>,
}

#[async_trait]
impl Readiness for Ready {
    async fn ready(&self) -> Result<(), String> {
        self.crm.hub().check().await.map_err(|error| format!("the store: {error}"))?;
        if self.inbox.is_paused() {
            return Err("intake is paused until the store takes messages again".to_owned());
        }
        Ok(())
    }
}

async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => {
                tokio::select! {
                    _ = interrupted => {}
                    _ = terminated.recv() => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "only an interrupt stops Tieline");
                let _ = interrupted.await;
            }
        }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
}

/// How each connection is doing, in words.
pub fn told(health: &Health) -> String {
    match health {
        Health::Connected => "connected".to_owned(),
        Health::Connecting { why } => format!("connecting: {why}"),
        Health::Broken { why, remedy } => format!("broken: {why} {remedy}"),
    }
}
