//! Taking an import back: what it made goes to the trash, and what it changed is put back as it
//! was, unless somebody did something with it since. What stays says why.

use serde_json::Value as Json;

use crate::commands::{Command, TrashRecord};
use crate::errors::{Error, Refusal, Result, StoreError};
use crate::ids::{ImportId, RecordId};
use crate::imports::{EXAMPLES_MAX, ImportChange, RevertReport, RowExample, RowOutcome};
use crate::interactions::InteractionKind;
use crate::jobs::{Job, JobStatus};
use crate::permissions::Action;
use crate::records::Record;
use crate::timeline::EventType;
use crate::usecases::{Done, Work};

/// How many records one part takes back.
const PART_RECORDS: i64 = 100;
/// How many lines of a timeline are looked at.
const LINES: i64 = 20;

impl Work<'_> {
    pub(in crate::usecases) async fn revert_part(
        &mut self,
        mut job: Job,
        id: &ImportId,
    ) -> Result<Done> {
        if let Err(error) = self.act_for(&job).await {
            let Error::Refused(refusal) = error else { return Err(error) };
            job.why = Some(refusal.message);
            self.end_job(&mut job, JobStatus::Failed).await?;
            return Ok(Done::default());
        }
        let mut report = match &job.report {
            Json::Null => RevertReport::default(),
            report => serde_json::from_value::<RevertReport>(report.clone())
                .map_err(|error| StoreError::corrupt("report", error))?,
        };
        let after = job.cursor.as_deref().and_then(|cursor| cursor.parse::<RecordId>().ok());
        let changes = self.tx.import_changes(id, after.as_ref(), PART_RECORDS).await?;
        let taken = i64::try_from(changes.len()).unwrap_or(PART_RECORDS);
        if let Some(last) = changes.last() {
            job.cursor = Some(last.record.to_string());
        }
        for change in changes {
            self.tx.mark().await?;
            let facts = self.facts.len();
            let record = self.tx.record(&change.record).await?;
            match self.take_back(id, record.as_ref(), &change).await {
                Ok(()) => {
                    match change.is_made {
                        true => report.trashed += 1,
                        false => report.put_back += 1,
                    }
                    self.tx.delete_import_change(id, &change.record).await?;
                }
                Err(Error::Refused(refusal)) => {
                    self.tx.back_to_mark().await?;
                    self.facts.truncate(facts);
                    report.kept += 1;
                    if report.examples.len() < EXAMPLES_MAX {
                        let title = record.map(|r| format!("{} ({})", r.title, r.key));
                        report.examples.push(RowExample {
                            row: change.row,
                            outcome: RowOutcome::Left,
                            title: title.unwrap_or_default(),
                            says: refusal.message,
                        });
                    }
                }
                Err(error) => return Err(error),
            }
        }
        self.inverses.clear();
        job.done += taken;
        job.updated_at = self.now;
        job.report =
            serde_json::to_value(&report).map_err(|error| StoreError::corrupt("report", error))?;
        if taken < PART_RECORDS {
            self.end_job(&mut job, JobStatus::Done).await?;
        } else {
            self.tx.update_job(&job).await?;
        }
        Ok(Done::default())
    }

    async fn take_back(
        &mut self,
        id: &ImportId,
        record: Option<&Record>,
        change: &ImportChange,
    ) -> Result<()> {
        let record = record.ok_or_else(crate::usecases::no_such_record)?;
        if record.trashed_at.is_some() {
            return Err(Refusal::gone("It is in the trash already.").into());
        }
        if record.version != change.version {
            return Err(Refusal::out_of_date("It was changed since, and stays as it is.").into());
        }
        self.may(Action::Change, record)?;
        if change.is_made {
            self.nothing_came_after(id, record, change).await?;
            let trash = TrashRecord { record: record.id.clone(), expected_version: None };
            self.trash_record(trash).await?;
            return Ok(());
        }
        for command in change.inverse.clone() {
            let version = self.tx.record(&record.id).await?.map_or(0, |record| record.version);
            // A record that somebody took meanwhile was given away by the import itself.
            self.undoes_own = true;
            let done = self.perform(at_version(command, version)).await;
            self.undoes_own = false;
            done?;
        }
        Ok(())
    }

    /// Refuses when people have added to a record since the import made it.
    async fn nothing_came_after(
        &mut self,
        id: &ImportId,
        record: &Record,
        change: &ImportChange,
    ) -> Result<()> {
        let newest = self.tx.interactions(&record.id, None, LINES).await?;
        for line in newest.iter().filter(|line| line.at > change.at) {
            let passes = matches!(line.kind, InteractionKind::Mention | InteractionKind::Trash)
                || line.data.get("import").and_then(Json::as_str) == Some(id.as_str());
            // A link that goes because its other end does is no work of people.
            let by = match &line.entry {
                Some(entry) if line.event == EventType::LinkRemoved => self.tx.entry(entry).await?,
                _ => None,
            };
            let now = line.entry.as_ref() == Some(&self.entry);
            if passes || now || by.is_some_and(|by| by.command == "work_on_job") {
                continue;
            }
            let added = format!("{} has added to it since, so it stays.", line.author);
            return Err(Refusal::out_of_date(added).into());
        }
        Ok(())
    }
}

/// A command that undoes, for a record at this version: that nothing newer stands on it is known.
fn at_version(command: Command, version: i64) -> Command {
    match command {
        Command::UpdateRecord(mut input) => {
            input.expected_version = None;
            Command::UpdateRecord(input)
        }
        Command::AssignRecord(mut input) => {
            input.expected_version = None;
            Command::AssignRecord(input)
        }
        Command::PutBack(mut input) => {
            input.expected_version = version;
            Command::PutBack(input)
        }
        other => other,
    }
}
