//! What came of something that a person did with the bot: an answer that they see, a modal, what is
//! offered while they type, or nothing in time, which their client shows as "This interaction
//! failed".

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::ids::{ChannelId, InteractionId, MessageId};
use super::interactions::{ANSWER_SECONDS, Began, First};
use super::server::Shared;
use super::state::{World, flags};
use super::visible::{Choice, Visible};

/// Something that a person did with the bot.
#[derive(Clone)]
pub struct Interaction {
    shared: Arc<Shared>,
    id: InteractionId,
}

impl std::fmt::Debug for Interaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Interaction({})", self.id)
    }
}

/// A modal that a person is shown.
#[derive(Debug, Clone)]
pub struct Modal {
    pub(super) of: InteractionId,
    /// What sending it sends.
    pub custom_id: String,
    /// What stands above it.
    pub title: String,
    /// Its inputs.
    pub inputs: Vec<Input>,
}

/// An input of a modal.
#[derive(Debug, Clone)]
pub struct Input {
    /// What its text is sent as.
    pub custom_id: String,
    /// What stands above it.
    pub label: String,
    /// What stands in it.
    pub value: String,
    /// Whether it has to be filled in.
    pub required: bool,
    bounds: (usize, usize),
    /// Whether it came in a row, and not with a label around it.
    pub(super) in_row: bool,
}

impl Input {
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.custom_id == name || self.label == name
    }

    /// Whether the client would send this.
    pub(super) fn check(&self, value: &str) -> Result<()> {
        let Self { label, bounds: (least, most), .. } = self;
        let chars = value.chars().count();
        if chars == 0 {
            ensure!(!self.required, "{label} has to be filled in");
            return Ok(());
        }
        ensure!((*least..=*most).contains(&chars), "{label} takes {least} to {most} characters");
        Ok(())
    }
}

impl Interaction {
    pub(super) fn new(shared: Arc<Shared>, id: InteractionId) -> Self {
        Self { shared, id }
    }

    /// Its id.
    pub fn id(&self) -> InteractionId {
        self.id
    }

    /// Its token, which is the bot's right to answer.
    pub fn token(&self) -> String {
        self.look(|_, began| began.token.clone()).unwrap_or_default()
    }

    /// Waits for the bot's first answer, and says of what type it is: 4 and 7 for a message and a
    /// change, 5 and 6 for "thinking" and nothing yet, 8 for what is offered, 9 for a modal.
    ///
    /// # Errors
    /// When it does not come in three seconds.
    pub async fn acknowledged(&self) -> Result<u64> {
        Ok(self.first().await?.kind)
    }

    /// Waits for the bot's first answer, and says how long it took.
    ///
    /// # Errors
    /// When it does not come in three seconds.
    pub async fn acknowledged_after(&self) -> Result<Duration> {
        let at = self.first().await?.at;
        let began = self.look(|_, began| began.at).context("it is gone")?;
        Ok((at - began).to_std().unwrap_or_default())
    }

    /// Waits for the message that answers it: one that only they see, one for all, or the message
    /// of the button, changed.
    ///
    /// # Errors
    /// When there is no first answer in three seconds, it is no message, or what was put off does
    /// not come in time.
    pub async fn answer(&self, patience: Duration) -> Result<Visible> {
        let kind = self.acknowledged().await?;
        ensure!(matches!(kind, 4..=7), "the answer is of type {kind}, which is no message");
        let began = Instant::now();
        loop {
            let shown = self.look(|world, began| {
                let message = began.original.and_then(|id| world.messages.get(&id))?;
                let is_due = message.flags & flags::LOADING == 0
                    && (kind != 6 || message.edited_at.is_some_and(|at| at >= began.at));
                is_due.then(|| Visible::of(world, message))
            });
            match shown.flatten() {
                Some(shown) => return Ok(shown),
                None if began.elapsed() > patience => {
                    bail!("the answer was put off, and did not come: {}", self.state());
                }
                None => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    /// Waits for a modal.
    ///
    /// # Errors
    /// When the first answer is something else, or does not come in three seconds.
    pub async fn modal(&self) -> Result<Modal> {
        let First { kind, data, .. } = self.first().await?;
        ensure!(kind == 9, "the answer is of type {kind}, and no modal: {data}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut inputs = Vec::new();
        for row in data["components"].as_array().into_iter().flatten() {
            let in_row = row["type"] == 1;
            let given = if in_row { &row["components"][0] } else { &row["component"] };
            if row["type"] == 10 {
                continue;
            }
            ensure!(given["type"] == 4, "only texts can be filled in here, and not {given}");
            let bound = |name: &str, usual: u64| {
                usize::try_from(given[name].as_u64().unwrap_or(usual)).unwrap_or(usize::MAX)
            };
            inputs.push(Input {
                custom_id: text(&given["custom_id"]),
                label: if in_row { text(&given["label"]) } else { text(&row["label"]) },
                value: text(&given["value"]),
                required: given["required"] != false,
                bounds: (bound("min_length", 0), bound("max_length", 4_000)),
                in_row,
            });
        }
        let (custom_id, title) = (text(&data["custom_id"]), text(&data["title"]));
        Ok(Modal { of: self.id, custom_id, title, inputs })
    }

    /// Waits for what is offered while they type.
    pub(super) async fn choices(&self) -> Result<Vec<Choice>> {
        let First { data, .. } = self.first().await?;
        let choices = data["choices"].as_array().into_iter().flatten();
        let choice = |choice: &Value| Choice {
            name: choice["name"].as_str().unwrap_or_default().to_owned(),
            value: choice["value"].clone(),
        };
        Ok(choices.map(choice).collect())
    }

    /// What the bot said after its first answer.
    pub fn followups(&self) -> Vec<Visible> {
        let all = self.look(|world, began| {
            let messages = began.followups.iter().filter_map(|id| world.messages.get(id));
            messages.map(|message| Visible::of(world, message)).collect()
        });
        all.unwrap_or_default()
    }

    /// The message that answers it, and the channel it is in, once there is one.
    pub fn original(&self) -> Option<(ChannelId, MessageId)> {
        self.look(|_, began| began.original.map(|id| (began.channel, id))).flatten()
    }

    async fn first(&self) -> Result<First> {
        let began = Instant::now();
        // The bot's three seconds, and a little for this side to notice.
        let patience =
            Duration::from_secs(ANSWER_SECONDS.unsigned_abs()) + Duration::from_millis(500);
        loop {
            if let Some(first) = self.look(|_, began| began.first.clone()).flatten() {
                return Ok(first);
            }
            if began.elapsed() > patience {
                bail!("This interaction failed: {}", self.state());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn look<T>(&self, read: impl FnOnce(&World, &Began) -> T) -> Option<T> {
        let world = self.shared.world();
        world.interactions.get(&self.id).map(|began| read(&world, began))
    }

    /// What an error says of it.
    fn state(&self) -> String {
        let state = self.look(|world, began| {
            let connected = world.sessions.all.values().any(|s| s.connection.is_some());
            let last: Vec<_> = world.requests.iter().rev().take(5).collect();
            format!("{began:?}\nthe bot is connected: {connected}; its last requests: {last:#?}")
        });
        state.context("it is unknown").unwrap_or_else(|error| error.to_string())
    }
}
