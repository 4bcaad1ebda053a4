//! Undo: a command like any other, which runs what an earlier one left behind for it. It is
//! refused when something newer stands on what would be undone.

use chrono::Duration;

use super::{Done, Work};
use crate::commands::Undo;
use crate::errors::{Error, Refusal, RefusalKind, Result};
use crate::facts::FactBody;
use crate::ids::RecordId;
use crate::interactions::{InteractionKind, TimelineFilter};
use crate::ports::Entry;

/// The commands that make records.
const MAKES: [&str; 4] = ["create_record", "create_linked", "accept_proposal", "accept_lead"];
/// How many of the newest lines are looked at for what was added since.
const LINES_LOOKED_AT: i64 = 100;
/// How long a command can be undone.
const UNDO_HOURS: i64 = 24;

impl Work<'_> {
    pub(super) async fn undo(&mut self, input: Undo) -> Result<Done> {
        let entry = match (&input.entry, &self.member) {
            (Some(id), _) => self.tx.entry(id).await?,
            (None, Some(member)) => {
                let member = member.id.clone();
                self.tx.last_undoable(&member).await?
            }
            (None, None) => None,
        };
        let Some(entry) = entry else {
            return Err(Refusal::not_found("There is nothing of yours to undo.").into());
        };
        if entry.undone_by.is_some() {
            return Err(Refusal::gone("That was undone already.").into());
        }
        if self.now - entry.at > Duration::hours(UNDO_HOURS) {
            return Err(Refusal::gone(format!(
                "That was more than {UNDO_HOURS} hours ago. Change it by hand instead."
            ))
            .into());
        }
        let Some(inverse) = entry.inverse.clone() else {
            return Err(Refusal::gone("That cannot be undone.").into());
        };
        if MAKES.contains(&entry.command.as_str()) {
            for id in &entry.outcome.records {
                self.nothing_built_on(id, &entry).await?;
            }
        }
        self.undoes_own =
            entry.member.is_some() && entry.member == self.member.as_ref().map(|m| m.id.clone());
        self.undoing = true;
        let performed = self.perform(inverse).await;
        self.undoing = false;
        let done = match performed {
            Err(Error::Refused(refusal)) if refusal.kind == RefusalKind::OutOfDate => {
                return Err(Refusal::out_of_date(
                    "Something changed since, so this cannot be undone by itself. Look at the \
                     record and change it by hand.",
                )
                .into());
            }
            ended => ended?,
        };
        self.inverses.clear();
        self.tx.mark_undone(&entry.id, &self.entry).await?;
        self.facts.push(FactBody::Undone { entry: entry.id });
        let by = self.actor_name();
        for record in done.records.clone() {
            self.card_changed(&record, Some(format!("Undone by {by}")), false);
        }
        let what = match entry.outcome.said.lines().next() {
            Some(line) if !line.is_empty() => line,
            _ => done.said.lines().next().unwrap_or_default(),
        };
        Ok(Done { said: format!("Undone: {what}"), ..done })
    }

    /// Refuses when people have added to a record since this command made it. What was taken back
    /// counts as little as taking it back.
    async fn nothing_built_on(&mut self, record: &RecordId, entry: &Entry) -> Result<()> {
        let filter = TimelineFilter { limit: LINES_LOOKED_AT, ..TimelineFilter::default() };
        let newest = self.tx.timeline(record, &filter).await?;
        for line in newest.into_iter().filter(|line| line.at > entry.at) {
            if matches!(
                line.kind,
                InteractionKind::Mention | InteractionKind::Trash | InteractionKind::Segment
            ) {
                continue;
            }
            let by = match &line.entry {
                Some(id) => self.tx.entry(id).await?,
                None => None,
            };
            if by.is_some_and(|by| by.undone_by.is_some() || by.command == "undo") {
                continue;
            }
            return Err(Refusal::out_of_date(format!(
                "{} has added to it since, so it is not undone. Put the record in the trash by \
                 hand if nobody needs it.",
                line.author
            ))
            .into());
        }
        Ok(())
    }
}
