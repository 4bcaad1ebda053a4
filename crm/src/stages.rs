//! The stages a record has been in: when it entered each, by whom, and for how many days. Read
//! off its timeline, so that it is true for records of any age. Pages and programs ask it here.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::blueprints::Blueprint;
use crate::errors::StoreError;
use crate::ids::MemberId;
use crate::interactions::{Interaction, InteractionKind};
use crate::ports::Read;
use crate::records::Record;

/// One stay of a record in a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Stay {
    /// The key of its pipeline; none for stays from before pipelines were noted.
    pub pipeline: Option<String>,
    /// The stage's key.
    pub stage: String,
    /// The stage's name, as it is now; the key, when the stage is gone.
    pub name: String,
    /// When it entered.
    pub entered_at: DateTime<Utc>,
    /// Who took it there, as known then.
    pub by: String,
    /// The member who did.
    pub member: Option<MemberId>,
    /// When it left; none while it is there.
    pub left_at: Option<DateTime<Utc>>,
    /// How many whole days it stayed.
    pub days: i64,
    /// How many days the stage allows.
    pub days_allowed: Option<i64>,
    /// Whether it stayed longer.
    pub is_over: bool,
}

/// The stays of a record, oldest first.
///
/// # Errors
/// When the store cannot be reached.
pub async fn stays(
    read: &mut dyn Read,
    record: &Record,
    now: DateTime<Utc>,
) -> Result<Vec<Stay>, StoreError> {
    let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
    let moves = read.moves(&record.id).await?;
    Ok(told(blueprint.as_deref(), record, &moves, now))
}

fn told(
    blueprint: Option<&Blueprint>,
    record: &Record,
    moves: &[Interaction],
    now: DateTime<Utc>,
) -> Vec<Stay> {
    let text = |interaction: &Interaction, key: &str| {
        interaction.data.get(key).and_then(|value| value.as_str()).map(str::to_owned)
    };
    let mut stays: Vec<Stay> = Vec::new();
    for (place, interaction) in moves.iter().enumerate() {
        let mut stage = text(interaction, "to");
        if stage.is_none() && interaction.kind == InteractionKind::Created {
            // Made before this was noted: where the first move started, or where it is still.
            let first = moves[place..].iter().find(|m| m.kind == InteractionKind::Moved);
            stage = match first {
                Some(first) => text(first, "from"),
                None => record.state.clone(),
            };
        }
        let Some(stage) = stage else { continue };
        if let Some(before) = stays.last_mut() {
            before.left_at = Some(interaction.at);
        }
        stays.push(Stay {
            pipeline: text(interaction, "flow"),
            name: stage.clone(),
            stage,
            entered_at: interaction.at,
            by: interaction.author.clone(),
            member: interaction.member.clone(),
            left_at: None,
            days: 0,
            days_allowed: None,
            is_over: false,
        });
    }
    for stay in &mut stays {
        let key = stay.pipeline.as_deref().or(record.flow.as_deref()).unwrap_or_default();
        let stage = blueprint.and_then(|b| b.flow(key)).and_then(|flow| flow.stage(&stay.stage));
        if let Some(stage) = stage {
            stay.name.clone_from(&stage.name);
            stay.days_allowed = stage.days;
        }
        let stayed = stay.left_at.unwrap_or(now) - stay.entered_at;
        stay.days = stayed.num_days();
        stay.is_over = stay.days_allowed.is_some_and(|days| stayed > chrono::Duration::days(days));
    }
    stays
}
