//! What an owner writes about a Matrix account, and whose invitations it accepts.
//! Nothing here is needed again once the first session stands, except the address.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};
use url::Url;

/// One Matrix account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixConfig {
    /// Where the homeserver answers clients (`https://matrix.example.org`).
    #[serde(deserialize_with = "web_address")]
    pub homeserver: Url,
    /// The account: `tieline`, or `@tieline:example.org`.
    pub user: String,
    /// Its password; needed for the first start only.
    #[serde(default)]
    pub password: Option<SecretString>,
    /// The recovery key of an account that was set up before; one that Tieline sets up itself
    /// is kept in the state folder.
    #[serde(default)]
    pub recovery_key: Option<SecretString>,
    /// What the session is called in the account's list of devices.
    #[serde(default = "default_device_name")]
    pub device_name: String,
    /// Whose invitations are accepted: users (`@rosa:example.org`) or whole servers
    /// (`example.org`). Everybody else's are left alone.
    #[serde(default)]
    pub invite_from: Vec<String>,
    /// In encrypted rooms, listen only to devices that their owners have verified. No device
    /// vouches for a reaction, so that reactions do nothing there: people answer by number.
    #[serde(default)]
    pub only_verified_devices: bool,
}

impl MatrixConfig {
    /// Whether this user's invitation is accepted.
    pub(super) fn accepts_invitation_of(&self, user: &str) -> bool {
        let server = user.split_once(':').map(|(_, server)| server);
        self.invite_from.iter().any(|allowed| {
            let allowed = allowed.trim();
            if allowed.starts_with('@') {
                allowed == user
            } else {
                server.is_some_and(|server| server.eq_ignore_ascii_case(allowed))
            }
        })
    }
}

fn default_device_name() -> String {
    "Tieline".to_owned()
}

fn web_address<'de, D: Deserializer<'de>>(input: D) -> Result<Url, D::Error> {
    let text = String::deserialize(input)?;
    let url = Url::parse(&text)
        .map_err(|error| de::Error::custom(format!("`{text}` is not an address: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(de::Error::custom(format!(
            "`{text}` is not the address of a homeserver: it should look like https://matrix.example.org"
        )));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_address_and_the_account_are_enough() {
        let config: MatrixConfig =
            serde_json::from_value(json!({"homeserver": "https://m.example", "user": "tieline"}))
                .unwrap();
        assert_eq!(config.device_name, "Tieline");
        assert!(config.invite_from.is_empty() && !config.only_verified_devices);
        assert!(!config.accepts_invitation_of("@rosa:m.example"));
    }

    #[test]
    fn a_misspelt_key_and_a_wrong_address_are_refused() {
        for wrong in [
            json!({"homeserver": "https://m.example", "user": "t", "pasword": "x"}),
            json!({"homeserver": "m.example", "user": "t"}),
            json!({"homeserver": "ftp://m.example", "user": "t"}),
        ] {
            assert!(serde_json::from_value::<MatrixConfig>(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn invitations_are_accepted_by_user_or_by_server_and_never_by_resemblance() {
        let config: MatrixConfig = serde_json::from_value(json!({
            "homeserver": "https://m.example",
            "user": "t",
            "invite_from": ["@rosa:other.example", "m.example", "m.example:8448"],
        }))
        .unwrap();
        for yes in ["@rosa:other.example", "@anyone:m.example", "@x:M.example", "@x:m.example:8448"]
        {
            assert!(config.accepts_invitation_of(yes), "{yes}");
        }
        for no in ["@rosa:evil.example", "@x:evil-m.example", "@x:m.example.evil", "m.example", ""]
        {
            assert!(!config.accepts_invitation_of(no), "{no}");
        }
    }
}
