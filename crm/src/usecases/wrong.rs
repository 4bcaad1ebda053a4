//! "Wrong": a value that was misread is taken off every record that it was read onto, from the same
//! words. What somebody wrote over it since stays, and so do titles, which a record needs.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::{Done, Work};
use crate::commands::{Command, MarkRight, MarkWrong, RemoveIdentity, UpdateRecord};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::flows::listed;
use crate::permissions::Action;
use crate::proposals::{Provenance, Slot};

impl Work<'_> {
    pub(super) async fn mark_wrong(&mut self, input: MarkWrong) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        self.may(Action::Change, &record)?;
        let sources = self.tx.provenance(&record.id).await?;
        let Some(source) = sources.into_iter().find(|one| one.number == input.number) else {
            return Err(Refusal::not_found(format!(
                "{} has no such source. Look at where its values came from.",
                record.title
            ))
            .into());
        };
        if source.wrong_at.is_some() {
            return Err(Refusal::gone("That is known to be wrong already.").into());
        }
        if source.slot == Slot::Title {
            return Err(Refusal::invalid(
                "A record needs a title. Give it the right one, and the wrong one is gone.",
            )
            .into());
        }
        let same_words = |one: &Provenance| {
            one.message.message == source.message.message
                && one.source.start == source.source.start
                && one.source.end == source.source.end
                && one.slot != Slot::Title
                && one.wrong_at.is_none()
        };
        let all = self.tx.provenance_of(&source.proposal).await?;
        let mut wrong = Vec::new();
        let mut taken_off = Vec::new();
        let mut left_alone = BTreeSet::new();
        for one in all.into_iter().filter(same_words) {
            let Some(on) = self.tx.record(&one.record).await? else { continue };
            if on.trashed_at.is_some() || self.may(Action::Change, &on).is_err() {
                left_alone.insert(on.title);
                continue;
            }
            if self.take_off(&one).await? {
                taken_off.push(on.title.clone());
            }
            self.tx.mark_provenance(&one.record, one.number, Some(self.now)).await?;
            self.facts.push(FactBody::SourceJudged {
                record: one.record.clone(),
                number: one.number,
                wrong: true,
            });
            wrong.push((one.record, one.number));
        }
        let tasks = self.take_off_tasks(&source).await?;
        taken_off.sort();
        taken_off.dedup();
        let records = wrong.iter().map(|(record, _)| record.clone()).collect();
        self.inverses.insert(0, Command::MarkRight(MarkRight { sources: wrong }));
        let value = source.value.as_str().map_or_else(|| source.value.to_string(), str::to_owned);
        let mut said = match taken_off.as_slice() {
            [] => format!("{value} is noted as wrong; no record has it any more."),
            from => format!("{value} is wrong and taken off {}.", listed(from)),
        };
        if tasks > 0 {
            said.push_str(" What was to be done about it was changed, too.");
        }
        if !left_alone.is_empty() {
            let names = left_alone.iter().map(String::as_str).collect::<Vec<_>>();
            said.push_str(&format!(" {} is somebody else's and left alone.", listed(&names)));
        }
        Ok(Done { said, records, data: json!({ "record": record.id }) })
    }

    /// Takes a value off its record, if it is there still.
    async fn take_off(&mut self, source: &Provenance) -> Result<bool> {
        let record = self.live_record(&source.record).await?;
        match &source.slot {
            Slot::Title => Ok(false),
            Slot::Column(id) if record.values.get(id) != Some(&source.value) => Ok(false),
            Slot::Column(id) => {
                let values = [(id.clone(), Json::Null)].into();
                let update =
                    UpdateRecord { record: record.id, expected_version: None, title: None, values };
                self.update_record(update).await?;
                Ok(true)
            }
            Slot::Identity(kind) => {
                let there = self.tx.identities(&record.id).await?;
                let is_it = |one: &&crate::records::Identity| {
                    one.kind == *kind && source.value.as_str() == Some(one.value.as_str())
                };
                let Some(identity) = there.iter().find(is_it) else { return Ok(false) };
                let identity = identity.id.clone();
                self.remove_identity(RemoveIdentity { record: record.id, identity }).await?;
                Ok(true)
            }
        }
    }

    /// Undoes noting that sources are wrong; the values come back by themselves.
    pub(super) async fn mark_right(&mut self, input: MarkRight) -> Result<Done> {
        let mut done = Done::default();
        for (record, number) in input.sources {
            let Some(on) = self.tx.record(&record).await? else { continue };
            self.may(Action::Change, &on)?;
            self.tx.mark_provenance(&record, number, None).await?;
            self.facts.push(FactBody::SourceJudged {
                record: record.clone(),
                number,
                wrong: false,
            });
            done.records.push(record);
        }
        done.said = "That is not wrong any more.".to_owned();
        Ok(done)
    }
}
