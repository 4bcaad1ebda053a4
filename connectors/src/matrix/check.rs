//! Whether the account can be used, asked from outside: the homeserver is asked who we are, with
//! the token that is kept. Neither the store nor any key is touched, so that it can be asked
//! while the program runs.

use std::time::Duration;

use matrix_sdk::{Client, reqwest};
use serde_json::Value;

use super::config::MatrixConfig;
use super::session::{Folder, NoSession};
use crate::ConnectorError;

const TIMEOUT: Duration = Duration::from_secs(15);

pub(super) async fn check(
    config: &MatrixConfig,
    folder: &Folder,
) -> Result<String, ConnectorError> {
    let unreachable =
        || ConnectorError::Lost { why: "The homeserver cannot be reached.".to_owned() };
    let kept = folder.session().map_err(|error| match error {
        NoSession::NotNow(why) => ConnectorError::Lost { why },
        NoSession::Broken { why, remedy } => ConnectorError::Broken { why, remedy },
    })?;
    let client = Client::builder().homeserver_url(&config.homeserver).build().await;
    let client = client.map_err(|_| unreachable())?;
    let ask = async |path: &str, token: Option<&str>| {
        let url = config.homeserver.join(path).map_err(|_| unreachable())?;
        let mut request = client.http_client().get(url).timeout(TIMEOUT);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.map_err(|_| unreachable())?;
        let status = answer.status();
        let json = answer.bytes().await.ok().and_then(|body| serde_json::from_slice(&body).ok());
        Ok((status, json.unwrap_or(Value::Null)))
    };
    let (status, versions) = ask("/_matrix/client/versions", None).await?;
    if status.is_server_error() {
        return Err(unreachable());
    }
    if !versions["versions"].is_array() {
        return Err(ConnectorError::Broken {
            why: "There is no Matrix homeserver at the configured address.".to_owned(),
            remedy: "Set `homeserver` to the address that clients use.".to_owned(),
        });
    }
    let Some(session) = kept else {
        if config.password.is_none() {
            return Err(ConnectorError::Broken {
                why: "There is no Matrix session yet, and no password to make one.".to_owned(),
                remedy: "Set the account's password in the configuration for the first start."
                    .to_owned(),
            });
        }
        return Ok(format!("The homeserver answers; {} will log in at the start.", config.user));
    };
    let token = Some(session.tokens.access_token.as_str());
    match ask("/_matrix/client/v3/account/whoami", token).await? {
        (status, _) if status.is_success() => Ok(format!(
            "Logged in as {} on device {}.",
            session.meta.user_id, session.meta.device_id
        )),
        (reqwest::StatusCode::UNAUTHORIZED, _) => Err(ConnectorError::Broken {
            why: "The homeserver no longer accepts Tieline's session.".to_owned(),
            remedy: folder.start_anew(),
        }),
        _ => Err(unreachable()),
    }
}
