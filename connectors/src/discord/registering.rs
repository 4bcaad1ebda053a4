//! Telling Discord which commands there are: all of them on a server that has a room of ours, and
//! the one that gives us a room on any other. Discord keeps them, and counts how often they are
//! told; so they are told again only when they have changed.

use std::collections::BTreeMap;

use serde_json::Value;
use serenity::http::Route;
use serenity::model::id::{ApplicationId, GuildId};
use sha2::{Digest as _, Sha256};

use super::Inner;
use super::commands;
use super::failure::Failure;

/// The file that says what Discord was told for which server.
const FILE: &str = "commands.json";

impl Inner {
    /// Tells Discord the commands of a server, unless it knows them.
    ///
    /// Says whether it knows them now. `joined` tells one membership of the bot from the next: with
    /// each, Discord begins without any commands.
    pub(super) async fn register(&self, guild: &str, joined: &str) -> bool {
        let Some(account) = self.account() else { return false };
        let is_bound = {
            let rooms = self.bound.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            rooms.keys().any(|room| self.channels.guild(room).as_deref() == Some(guild))
        };
        let wanted = match is_bound {
            true => commands::for_a_bound_guild(self.offers),
            false => commands::for_any_guild(self.offers),
        };
        let seal = seal(&account.application, joined, &wanted);
        let mut told = self.told();
        if told.get(guild) == Some(&seal) {
            return true;
        }
        let number = |id: &str| id.parse::<u64>().unwrap_or(1).max(1);
        let route = Route::GuildCommands {
            application_id: ApplicationId::new(number(&account.application)),
            guild_id: GuildId::new(number(guild)),
        };
        match self.rest.put(route, &wanted).await {
            Ok(_) => {
                told.insert(guild.to_owned(), seal);
                self.keep_told(&told);
                true
            }
            Err(failure) => {
                self.note_failure(&failure);
                let remedy = "invite the bot again with the link in the README, which lets it \
                              bring commands along";
                let why = why(&failure);
                tracing::warn!(guild, why, remedy, "commands could not be registered");
                // What Discord will never take is not asked for again and again.
                matches!(failure, Failure::Refused { .. })
            }
        }
    }

    fn told(&self) -> BTreeMap<String, String> {
        let text = std::fs::read_to_string(self.folder.join(FILE)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn keep_told(&self, told: &BTreeMap<String, String>) {
        let text = serde_json::to_string(told).unwrap_or_default();
        let kept = std::fs::create_dir_all(&self.folder)
            .and_then(|()| std::fs::write(self.folder.join(FILE), text));
        if let Err(error) = kept {
            // They are told again by the next start, which does no harm.
            tracing::warn!(%error, "which commands Discord knows could not be noted");
        }
    }
}

fn why(failure: &Failure) -> String {
    failure.for_the_connection().to_string()
}

/// What stands for a set of commands of an application.
fn seal(application: &str, joined: &str, wanted: &Value) -> String {
    let digest = Sha256::digest(format!("{application}\n{joined}\n{wanted}").as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
