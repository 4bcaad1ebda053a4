//! One session for good: the first start logs in, every later one takes up the same session.
//! A new login would be a new device, which nobody trusts and which cannot read what was
//! encrypted for the old one.
//!
//! What is kept in the state folder, readable by its owner alone:
//!
//! | file           | what                                                        |
//! |----------------|-------------------------------------------------------------|
//! | `device-id`    | our device's id, chosen before the first login               |
//! | `session.json` | the access token, and whose it is                            |
//! | `store-key`    | what `store/` is encrypted with                              |
//! | `store/`       | the SDK's databases: rooms, and the keys of encrypted ones   |
//! | `recovery-key` | what brings the account's trust back when the rest is lost   |
//!
//! Beside them: `positions.json` and `undecryptable.json`, of which `gaps` and `late` tell, and
//! two marks (`logging-in`, `store-is-new`) that say what a start has to finish first.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crm::Env;
use matrix_sdk::authentication::matrix::MatrixSession;
use matrix_sdk::config::RequestConfig;
use matrix_sdk::encryption::{BackupDownloadStrategy, EncryptionSettings};
use matrix_sdk::store::{StateStoreDataKey, StateStoreDataValue};
use matrix_sdk::{Client, SqliteStoreConfig};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::config::MatrixConfig;
use super::failure::Failure;

/// There from a login until the first sync has told which rooms there are.
const NEW_STORE: &str = "store-is-new";
/// There while a first login has begun and not ended.
const LOGGING_IN: &str = "logging-in";
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Why there is no session.
#[derive(Debug)]
pub(super) enum NoSession {
    /// Trying again may help.
    NotNow(String),
    /// Somebody has to do something.
    Broken {
        /// What is wrong.
        why: String,
        /// What to do.
        remedy: String,
    },
}

impl NoSession {
    fn file(what: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let why = format!("{what} {} does not work", path.display());
        move |error| Self::NotNow(format!("{why}: {error}"))
    }
}

/// The folder that a session lives in.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

/// A session as it is kept, with what it was made for.
#[derive(Serialize, Deserialize)]
struct Kept {
    homeserver: String,
    user: String,
    #[serde(flatten)]
    session: MatrixSession,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A small file's content; none when there is none.
    pub(super) fn read(&self, name: &str) -> Result<Option<String>, NoSession> {
        match std::fs::read_to_string(self.path(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(NoSession::file("reading", &self.path(name))(error)),
        }
    }

    /// Replaces a small file, in one piece, for good.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), NoSession> {
        self.replace(name, text, true)
    }

    /// Replaces a small file, in one piece; a power cut may bring the old one back.
    pub(super) fn write_lightly(&self, name: &str, text: &str) -> Result<(), NoSession> {
        self.replace(name, text, false)
    }

    fn replace(&self, name: &str, text: &str, for_good: bool) -> Result<(), NoSession> {
        let failed = || NoSession::file("writing", &self.path(name));
        let new = self.path(&format!("{name}.new"));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(&new).map_err(failed())?;
        file.write_all(text.as_bytes()).map_err(failed())?;
        if for_good {
            file.sync_all().map_err(failed())?;
        }
        std::fs::rename(&new, self.path(name)).map_err(failed())
    }

    fn create(&self) -> Result<(), NoSession> {
        let failed = || NoSession::file("making the folder", &self.0);
        std::fs::create_dir_all(&self.0).map_err(failed())?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let private = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(&self.0, private).map_err(failed())?;
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), NoSession> {
        match std::fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(NoSession::file("removing", &self.path(name))(error))
            }
            _ => Ok(()),
        }
    }

    /// The file's content, made when it is not there.
    fn read_or_make(&self, name: &str, make: impl Fn() -> String) -> Result<String, NoSession> {
        if let Some(text) = self.read(name)?.filter(|text| !text.trim().is_empty()) {
            return Ok(text.trim().to_owned());
        }
        let text = make();
        self.write(name, &text)?;
        Ok(text)
    }

    fn kept(&self) -> Result<Option<Kept>, NoSession> {
        let Some(text) = self.read("session.json")? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|_| NoSession::Broken {
            why: "The kept Matrix session does not read.".to_owned(),
            remedy: self.start_anew(),
        })
    }

    /// The session that is kept, if there is one.
    pub(super) fn session(&self) -> Result<Option<MatrixSession>, NoSession> {
        Ok(self.kept()?.map(|kept| kept.session))
    }

    /// What to do when the session is of no more use.
    pub(super) fn start_anew(&self) -> String {
        format!(
            "Delete {} and start again with the account's password in the configuration; keep \
             the recovery-key file beside it.",
            self.path("session.json").display()
        )
    }
}

/// A client with a session, and whether its store has seen a sync yet.
pub(super) struct Opened {
    /// The client.
    pub client: Client,
    /// Its store knows no room yet, so that the next sync has to tell everything.
    pub is_new: bool,
}

/// Takes up the session, or logs in for the first time. `cursor` is how far we have read; the
/// SDK's own idea of that is set to it, so that it takes what we have not stored a second time.
pub(super) async fn open(
    config: &MatrixConfig,
    folder: &Folder,
    cursor: Option<&str>,
    env: &Env,
) -> Result<Opened, NoSession> {
    folder.create()?;
    let mut kept = folder.kept()?;
    if kept.is_some() && !folder.path("store/matrix-sdk-crypto.sqlite3").exists() {
        tracing::warn!("the Matrix store is gone: logging in as a new device");
        folder.remove("session.json")?;
        kept = None;
    }
    match &kept {
        Some(_) => folder.remove(LOGGING_IN)?,
        None => forget_device(folder)?,
    }
    let client = client(config, folder, env).await?;
    match kept {
        Some(kept) => {
            same_account(config, folder, &kept)?;
            let is_new = rewind(&client, cursor).await? || folder.path(NEW_STORE).exists();
            client.restore_session(kept.session).await.map_err(|error| NoSession::Broken {
                why: format!(
                    "The kept Matrix session does not work: {}.",
                    Failure::of(&error).why()
                ),
                remedy: folder.start_anew(),
            })?;
            Ok(Opened { client, is_new })
        }
        None => {
            folder.write(NEW_STORE, "")?;
            rewind(&client, cursor).await?;
            log_in(config, folder, &client, env).await?;
            Ok(Opened { client, is_new: true })
        }
    }
}

/// A device that was chosen but never got a session keeps its id only while its keys are there.
fn forget_device(folder: &Folder) -> Result<(), NoSession> {
    let store = folder.path("store");
    if folder.read("device-id")?.is_some() && folder.path(LOGGING_IN).exists() {
        // A first login was cut short: the same device, with the same keys, goes on.
        return Ok(());
    }
    folder.remove("device-id")?;
    match std::fs::remove_dir_all(&store) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(NoSession::file("removing", &store)(error))
        }
        _ => Ok(()),
    }
}

async fn client(config: &MatrixConfig, folder: &Folder, env: &Env) -> Result<Client, NoSession> {
    let secret = folder.read_or_make("store-key", || format!("{}{}", env.token(), env.token()))?;
    // The secret is random already; deriving a key from it slowly would add nothing.
    let key: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    let store = folder.path("store");
    std::fs::create_dir_all(&store).map_err(NoSession::file("making the folder", &store))?;
    Client::builder()
        .homeserver_url(&config.homeserver)
        .respect_login_well_known(false)
        .sqlite_store_with_config_and_cache_path(
            SqliteStoreConfig::new(&store).key(Some(&key)),
            None::<&Path>,
        )
        .request_config(RequestConfig::new().disable_retry().timeout(REQUEST_TIMEOUT))
        .with_encryption_settings(EncryptionSettings {
            auto_enable_cross_signing: true,
            backup_download_strategy: BackupDownloadStrategy::AfterDecryptionFailure,
            auto_enable_backups: true,
        })
        .build()
        .await
        .map_err(|error| NoSession::Broken {
            why: format!("The Matrix store does not open: {error}."),
            remedy: format!(
                "Check that {} can be written, and that store-key belongs to it.",
                folder.0.display()
            ),
        })
}

fn same_account(config: &MatrixConfig, folder: &Folder, kept: &Kept) -> Result<(), NoSession> {
    if kept.homeserver == config.homeserver.as_str() && kept.user == config.user {
        return Ok(());
    }
    if kept.user == config.user || kept.session.meta.user_id == config.user {
        // The same account under a new address, or written out in full.
        let session = kept.session.clone();
        return keep(config, folder, session);
    }
    Err(NoSession::Broken {
        why: "The kept Matrix session does not belong to the account in the configuration."
            .to_owned(),
        remedy: format!(
            "Put the old account back into the configuration, or move {} away.",
            folder.0.display()
        ),
    })
}

/// Makes the SDK believe that it has read exactly as far as we have. True when its store has
/// never been through a sync.
async fn rewind(client: &Client, cursor: Option<&str>) -> Result<bool, NoSession> {
    let store = client.state_store();
    let failed = |_| NoSession::NotNow("the Matrix store does not answer".to_owned());
    let known = store.get_kv_data(StateStoreDataKey::SyncToken).await.map_err(failed)?;
    match cursor {
        Some(cursor) => {
            let token = StateStoreDataValue::SyncToken(cursor.to_owned());
            store.set_kv_data(StateStoreDataKey::SyncToken, token).await.map_err(failed)?;
        }
        None => store.remove_kv_data(StateStoreDataKey::SyncToken).await.map_err(failed)?,
    }
    Ok(known.is_none())
}

/// The store knows its rooms from now on.
pub(super) fn is_new_no_more(folder: &Folder) -> Result<(), NoSession> {
    folder.remove(NEW_STORE)
}

/// How far the SDK believes to have read.
pub(super) async fn token_of(client: &Client) -> Option<String> {
    let known = client.state_store().get_kv_data(StateStoreDataKey::SyncToken).await;
    known.ok().flatten()?.into_sync_token()
}

async fn log_in(
    config: &MatrixConfig,
    folder: &Folder,
    client: &Client,
    env: &Env,
) -> Result<(), NoSession> {
    let Some(password) = &config.password else {
        return Err(NoSession::Broken {
            why: "There is no Matrix session yet, and no password to make one.".to_owned(),
            remedy: "Set the account's password in the configuration for the first start."
                .to_owned(),
        });
    };
    // The id is ours and kept before it is used, so that a login that was cut short is taken up
    // by the same device instead of leaving a stray one behind.
    folder.write(LOGGING_IN, "")?;
    let device = folder
        .read_or_make("device-id", || format!("TIELINE{}", env.token()[..8].to_uppercase()))?;
    let login = client.matrix_auth().login_username(&config.user, password.expose_secret());
    let login = login.device_id(&device).initial_device_display_name(&config.device_name);
    login.send().await.map_err(|error| match Failure::of(&error) {
        Failure::Refused(code) => NoSession::Broken {
            why: format!("The homeserver does not let the configured user in ({code})."),
            remedy: "Check the user and the password in the configuration.".to_owned(),
        },
        Failure::SignedOut => NoSession::Broken {
            why: "The account in the configuration is not active.".to_owned(),
            remedy: "Choose another account, or have it activated.".to_owned(),
        },
        other => NoSession::NotNow(other.why()),
    })?;
    let Some(session) = client.matrix_auth().session() else {
        return Err(NoSession::NotNow("the login gave no session".to_owned()));
    };
    keep(config, folder, session)?;
    folder.remove(LOGGING_IN)?;
    tracing::info!(device, "logged in to Matrix as a new device");
    Ok(())
}

fn keep(config: &MatrixConfig, folder: &Folder, session: MatrixSession) -> Result<(), NoSession> {
    let kept =
        Kept { homeserver: config.homeserver.to_string(), user: config.user.clone(), session };
    let text = serde_json::to_string_pretty(&kept)
        .map_err(|error| NoSession::NotNow(format!("the session cannot be kept: {error}")))?;
    folder.write("session.json", &text)
}
