//! Timelines by hand: a call, a meeting, or what happened on a channel that Tieline does not see.
//! What Tieline sees itself is logged by the command that does it, and never by hand.

use chrono::Duration;
use serde_json::{Map, Value as Json, json};

use super::{Done, Work};
use crate::blueprints::TEXT_BYTES_MAX;
use crate::commands::{Command, LogActivity, WithdrawActivity};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::flows::listed;
use crate::interactions::Interaction;
use crate::permissions::Action;
use crate::timeline::EventType;

/// The longest summary, in characters.
const SUMMARY_CHARS_MAX: usize = 1_000;
/// The longest that one thing takes, in minutes.
const MINUTES_MAX: i64 = 60 * 24 * 31;
/// How far ahead of this machine's clock another one may be.
const AHEAD_MINUTES: i64 = 5;

impl Work<'_> {
    pub(super) async fn log_activity(&mut self, input: LogActivity) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        self.may(Action::Contribute, &record)?;
        let event = EventType::by_hand(&input.event).ok_or_else(|| {
            let words = EventType::words().collect::<Vec<_>>();
            Refusal::invalid(format!(
                "“{}” is nothing that is logged by hand. Say {}.",
                input.event.chars().take(40).collect::<String>(),
                listed(&words).replace(" and ", " or ")
            ))
        })?;
        let summary = input.summary.split_whitespace().collect::<Vec<_>>().join(" ");
        if summary.is_empty() || summary.chars().count() > SUMMARY_CHARS_MAX {
            return Err(Refusal::invalid(format!(
                "What happened? Say it in at most {SUMMARY_CHARS_MAX} characters, like “spoke with \
                 Anna about the annual plan”; more goes into the details."
            ))
            .into());
        }
        let at = input.at.unwrap_or(self.now);
        if at > self.now + Duration::minutes(AHEAD_MINUTES) {
            return Err(Refusal::invalid(
                "That is in the future. Make a task of what is still to come.",
            )
            .into());
        }
        let data = fields(event, &input)?;
        let line = Interaction { at, ..self.line(&record.id, event, summary, data) };
        let id = line.id.clone();
        self.log_interaction(line).await?;
        self.inverses.push(Command::WithdrawActivity(WithdrawActivity {
            record: record.id.clone(),
            interaction: id.clone(),
        }));
        self.card_changed(&record.id, None, false);
        let what = event.as_str().split('.').next().unwrap_or_default();
        let said = format!("Logged on {} ({}): {what}.", record.title, record.key);
        Ok(Done { data: json!({ "interaction": id }), ..Done::about(&record.id, said) })
    }

    pub(super) async fn withdraw_activity(&mut self, input: WithdrawActivity) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        let found = self.tx.interaction(&input.interaction).await?;
        let found = found.filter(|line| {
            line.record == record.id && line.event.may_be_logged() && line.withdrawn_at.is_none()
        });
        let Some(line) = found else {
            return Err(Refusal::not_found(
                "No such line was logged by hand, or it was taken off already.",
            )
            .into());
        };
        // One's own words can be taken back wherever they stand; others' need the record.
        if line.member.is_none() || line.member != self.member.as_ref().map(|m| m.id.clone()) {
            self.may(Action::Change, &record)?;
        }
        self.tx.withdraw_interaction(&line.id, self.now).await?;
        self.facts
            .push(FactBody::InteractionLogged { record: record.id.clone(), interaction: line.id });
        self.card_changed(&record.id, None, false);
        Ok(Done::about(&record.id, format!("Taken off the timeline of {}.", record.title)))
    }
}

/// What the event's `data` holds, of what was given.
fn fields(event: EventType, input: &LogActivity) -> Result<Json, Refusal> {
    let mut data = Map::new();
    for (name, value) in &input.fields {
        let fits = match name.as_str() {
            "direction" => matches!(value.as_str(), Some("in" | "out")),
            _ => value.as_str().is_some_and(|text| text.len() <= 2_000),
        };
        let known = event.fields().iter().any(|field| field.name == name)
            && !["details", "minutes", "native"].contains(&name.as_str());
        if !known || !fits {
            let names = event.fields().iter().map(|field| field.name).collect::<Vec<_>>();
            return Err(Refusal::invalid(format!(
                "{} takes no such “{}”. It takes {}, as text; the direction is in or out.",
                event,
                name.chars().take(40).collect::<String>(),
                listed(&names)
            )));
        }
        data.insert(name.clone(), value.clone());
    }
    if let Some(details) = input.details.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        if details.len() > TEXT_BYTES_MAX {
            return Err(Refusal::invalid("Details have at most 64 KiB. Put the rest into a note."));
        }
        data.insert("details".to_owned(), details.into());
    }
    if let Some(minutes) = input.minutes {
        let takes = event.fields().iter().any(|field| field.name == "minutes");
        if !takes || !(0..=MINUTES_MAX).contains(&minutes) {
            return Err(Refusal::invalid(format!(
                "{event} cannot have taken {minutes} minutes. Give 0 to {MINUTES_MAX}, for a call, \
                 a meeting, an e-mail or a message."
            )));
        }
        data.insert("minutes".to_owned(), minutes.into());
    }
    data.insert("native".to_owned(), false.into());
    Ok(Json::Object(data))
}
