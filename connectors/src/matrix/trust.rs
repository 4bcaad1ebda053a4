//! Trust, so that people's clients share keys with us: our device is signed by our account
//! (cross-signing), and what signs it is kept on the homeserver, sealed with a recovery key
//! that only the state folder (and whoever copies it) has.
//!
//! None of this keeps plain rooms from working, so a failure is only told, and tried again at
//! the next start.

use matrix_sdk::Client;
use matrix_sdk::encryption::recovery::{RecoveryError, RecoveryState};
use matrix_sdk::ruma::api::client::uiaa::{
    AuthData, MatrixUserIdentifier, Password, UserIdentifier,
};
use secrecy::ExposeSecret as _;

use super::config::MatrixConfig;
use super::failure::Failure;
use super::session::Folder;

const RECOVERY_KEY: &str = "recovery-key";

/// Sets up what is not set up yet.
pub(super) async fn set_up(client: &Client, config: &MatrixConfig, folder: &Folder) {
    let encryption = client.encryption();
    encryption.wait_for_e2ee_initialization_tasks().await;
    let key = match (&config.recovery_key, folder.read(RECOVERY_KEY)) {
        (Some(key), _) => Some(key.expose_secret().to_owned()),
        (None, Ok(kept)) => kept.map(|key| key.trim().to_owned()),
        (None, Err(_)) => None,
    };
    if let Err(error) = sign(client, config).await {
        let why = Failure::of(&error).why();
        tracing::warn!(why, "the Matrix account could not be given a signing identity");
    }
    let recovery = encryption.recovery();
    let outcome = match (recovery.state(), key) {
        (RecoveryState::Incomplete, Some(key)) => {
            // Kept, so that nobody takes it for lost when it leaves the configuration.
            recovery.recover_and_fix_backup(&key).await.map(|()| Some(key))
        }
        (RecoveryState::Incomplete, None) => {
            tracing::warn!(
                "this Matrix device is not trusted: put the account's recovery key into the \
                 configuration, or people's clients may keep encrypted messages from it"
            );
            return;
        }
        (RecoveryState::Disabled, _) => recovery.enable().await.map(Some),
        // We hold every secret, but the key that seals them was lost before it was kept.
        (RecoveryState::Enabled, None) => recovery.reset_key().await.map(Some),
        (RecoveryState::Enabled, Some(key)) => Ok(Some(key)),
        (RecoveryState::Unknown, _) => Ok(None),
    };
    let kept = match outcome {
        Ok(Some(key)) => folder.write(RECOVERY_KEY, &key),
        Ok(None) => Ok(()),
        Err(error) => {
            let why = match error {
                RecoveryError::Sdk(error) => Failure::of(&error).why(),
                RecoveryError::BackupExistsOnServer => "there is a backup already".to_owned(),
                RecoveryError::SecretStorage(_) => {
                    "the account's secret storage did not take the recovery key".to_owned()
                }
            };
            tracing::warn!(why, "the Matrix account's recovery could not be set up");
            Ok(())
        }
    };
    if kept.is_err() {
        tracing::warn!("the Matrix account's recovery key could not be kept");
    }
    let status = encryption.cross_signing_status().await;
    if status.is_some_and(|status| status.is_complete()) {
        tracing::debug!("this Matrix device is signed by its account");
    }
}

/// Gives the account its signing identity, unless it has one. Servers ask for the password
/// before they let it in, and say so first.
async fn sign(client: &Client, config: &MatrixConfig) -> matrix_sdk::Result<()> {
    let encryption = client.encryption();
    let Err(error) = encryption.bootstrap_cross_signing_if_needed(None).await else {
        return Ok(());
    };
    let (Some(asked), Some(password)) = (error.as_uiaa_response(), &config.password) else {
        return Err(error);
    };
    let user = UserIdentifier::Matrix(MatrixUserIdentifier::new(config.user.clone()));
    let mut answer = Password::new(user, password.expose_secret().to_owned());
    answer.session = asked.session.clone();
    encryption.bootstrap_cross_signing(Some(AuthData::Password(answer))).await
}
