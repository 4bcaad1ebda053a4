//! `tieline doctor`: looks at the configuration, the database and each connection, and says of
//! everything that is not well what to do about it. It changes nothing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use connectors::Room;
use crm::{Crm, Env};
use webhooks::LiveBus;

use crate::app::{self, DataFolder};
use crate::config::Config;
use crate::model::{Model, ModelConfig, Served};

/// How long a connection gets to answer.
const CONNECT: Duration = Duration::from_secs(20);
/// How long it may take to look at the rooms of a connection.
const ROOMS: Duration = Duration::from_secs(60);

/// One thing that was looked at.
struct Finding {
    well: bool,
    what: String,
    told: String,
}

/// Looks at everything, prints what it found, and says whether all is well.
pub async fn examine(path: &Path, env: &Env) -> bool {
    let findings = findings(path, env).await;
    for finding in &findings {
        let mark = if finding.well { "well" } else { "ILL " };
        println!("{mark}  {}: {}", finding.what, finding.told);
    }
    findings.iter().all(|finding| finding.well)
}

async fn findings(path: &Path, env: &Env) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut note = |well: bool, what: &str, told: String| {
        findings.push(Finding { well, what: what.to_owned(), told });
    };
    let config = match Config::read(path) {
        Ok(config) => {
            note(true, "configuration", format!("{} reads", path.display()));
            config
        }
        Err(error) => {
            note(false, "configuration", error.to_string());
            return findings;
        }
    };
    if readable_by_others(path) {
        note(
            false,
            "configuration",
            format!(
                "{} holds secrets and everybody on this machine can read it. Say `chmod 600 {}`.",
                path.display(),
                path.display()
            ),
        );
    }
    let url = &config.server.public_url;
    let local = url.host_str().is_some_and(|h| h == "localhost" || h.starts_with("127."));
    if url.scheme() == "http" && !local {
        note(
            false,
            "public address",
            format!("{url} is not encrypted. Put a TLS proxy in front and write https:// here."),
        );
    } else {
        note(true, "public address", url.to_string());
    }
    let folder = match DataFolder::hold(&config.database.folder, env) {
        Ok(folder) => {
            note(true, "data folder", config.database.folder.display().to_string());
            folder
        }
        Err(error) => {
            note(false, "data folder", format!("{error:#}"));
            return findings;
        }
    };
    let store = match app::open_store(&config, env).await {
        Ok(store) => store,
        Err(error) => {
            note(false, "database", format!("{error:#}"));
            return findings;
        }
    };
    let crm = Crm::new(store, env.clone());
    let hub = crm.hub().clone();
    match hub.check().await {
        Ok(()) => note(true, "database", "answers and can be written".to_owned()),
        Err(error) => note(
            false,
            "database",
            format!("{error}. Make room on the disk, or start the database server."),
        ),
    }
    let mut bound = Vec::new();
    match hub.tenants().await {
        Ok(tenants) if tenants.is_empty() => {
            note(false, "workspace", "there is none yet. Make one with `tieline init`.".to_owned());
        }
        Ok(tenants) => {
            for tenant in tenants {
                let all = match hub.read(&tenant.id).await {
                    Ok(mut read) => read.places().await.unwrap_or_default(),
                    Err(_) => Vec::new(),
                };
                let places = all.len();
                bound.extend(all);
                let told = if places == 0 {
                    format!(
                        "{}: no room is bound yet. Take a code in the console and say “{} bind \
                         CODE” in the room.",
                        tenant.name, config.chat.prefix
                    )
                } else {
                    format!("{}: {places} bound places", tenant.name)
                };
                note(true, "workspace", told);
            }
        }
        Err(error) => note(false, "workspace", error.to_string()),
    }
    match hub.backlog().await {
        Ok(backlog) => {
            let well = backlog.inbox_parked == 0 && backlog.outbox_dead == 0;
            note(
                well,
                "queues",
                format!(
                    "{} events wait, {} were put aside, {} were of an unknown kind; {} posts wait, \
                     {} were given up",
                    backlog.inbox,
                    backlog.inbox_parked,
                    backlog.inbox_unknown,
                    backlog.outbox,
                    backlog.outbox_dead
                ),
            );
        }
        Err(error) => note(false, "queues", error.to_string()),
    }
    if let Some(model) = &config.model {
        let (well, told) = model_told(model).await;
        note(well, "model", told);
    }
    let live = Arc::new(LiveBus::new());
    let connectors = match app::connectors_of(&config, &folder, hub, live, env) {
        Ok(connectors) => connectors,
        Err(error) => {
            note(false, "connections", format!("{error:#}"));
            return findings;
        }
    };
    for connector in connectors {
        let name = format!("connection {}", connector.connection());
        let checked = tokio::time::timeout(CONNECT, connector.check()).await;
        match checked {
            Ok(Ok(told)) => {
                note(true, &name, told);
                let here =
                    bound.iter().filter(|one| one.place.connection == connector.connection());
                let rooms =
                    here.map(|one| Room { id: one.place.room.clone(), name: one.name.clone() });
                let rooms = rooms.collect::<Vec<_>>();
                let looked = tokio::time::timeout(ROOMS, connector.check_rooms(&rooms)).await;
                for trouble in looked.unwrap_or_default() {
                    note(false, &name, trouble);
                }
            }
            Ok(Err(connectors::ConnectorError::Broken { why, remedy })) => {
                note(false, &name, format!("{why} {remedy}"));
            }
            Ok(Err(connectors::ConnectorError::Lost { why })) => note(false, &name, why),
            Err(_) => note(
                false,
                &name,
                format!("no answer within {} seconds. Is the address right?", CONNECT.as_secs()),
            ),
        }
    }
    findings
}

/// Whether the language model answers, and whether strangers can read what it is asked.
async fn model_told(config: &ModelConfig) -> (bool, String) {
    let checked = match Served::new(config) {
        Ok(model) => tokio::time::timeout(config.timeout(), model.check()).await,
        Err(error) => Ok(Err(error)),
    };
    match checked {
        Ok(Ok(())) if config.is_open_on_the_way() => (
            false,
            format!(
                "{} answers, but what is captured travels there unencrypted. Take an https:// \
                 address, or let it run on this machine.",
                config.name
            ),
        ),
        Ok(Ok(())) => (true, format!("{} answers", config.name)),
        Ok(Err(error)) => (
            false,
            format!(
                "{error}. Look at model.url, model.name and model.api_key; captures work \
                 without it."
            ),
        ),
        Err(_) => (
            false,
            format!(
                "no answer within {} seconds. Is the address right? Captures work without it.",
                config.timeout_seconds
            ),
        ),
    }
}

/// Whether others than its owner and group can read a file.
fn readable_by_others(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o004 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}
