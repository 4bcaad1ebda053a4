//! What an owner writes about a Discord bot: its token, and nothing else in the usual case.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de};
use url::Url;

/// One Discord bot.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscordConfig {
    /// The bot's token, as the developer portal shows it once.
    #[serde(deserialize_with = "token")]
    pub token: SecretString,
    /// Where the API answers, when that is not Discord itself: a proxy, or a server for tests.
    #[serde(default)]
    pub api: Option<Url>,
}

/// A token without what people copy along with it.
fn token<'de, D: Deserializer<'de>>(input: D) -> Result<SecretString, D::Error> {
    let given = SecretString::deserialize(input)?;
    let bare = given.expose_secret().trim();
    let bare = bare.strip_prefix("Bot ").unwrap_or(bare).trim();
    if bare.is_empty() || bare.contains(char::is_whitespace) {
        return Err(de::Error::custom(
            "this is no bot token: copy it from “Bot” in Discord's developer portal",
        ));
    }
    Ok(bare.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_token_is_enough_and_is_never_shown() {
        let config: DiscordConfig =
            serde_json::from_value(json!({"token": " Bot MTIz.abc.def\n"})).unwrap();
        assert_eq!(config.token.expose_secret(), "MTIz.abc.def");
        assert!(config.api.is_none());
        assert!(!format!("{config:?}").contains("MTIz"), "{config:?}");
    }

    #[test]
    fn what_is_no_token_and_what_is_misspelt_is_refused() {
        for wrong in [
            json!({"token": ""}),
            json!({"token": "two words"}),
            json!({"tokn": "MTIz.abc.def"}),
            json!({"token": "MTIz.abc.def", "api": "not an address"}),
        ] {
            assert!(serde_json::from_value::<DiscordConfig>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
