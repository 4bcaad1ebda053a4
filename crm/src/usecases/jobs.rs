//! The parts of jobs: each takes some hundred records, and moves the job's cursor in the same
//! commit, so that a part that was done is never done again.
//!
//! A migration says what it did in one fact for each part, which names the records. A line on
//! each record's timeline would bury what people said there; only a record that loses a value
//! from sight gets one, because somebody will ask where it went. Nor are cards in chat edited.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::{Done, Work};
use crate::blueprints::{Blueprint, MigrationReport, migrate, path};
use crate::commands::{CancelJob, WorkOnJob};
use crate::errors::{Error, Refusal, Result, StoreError};
use crate::facts::FactBody;
use crate::flows::listed;
use crate::ids::{BlueprintId, RecordId};
use crate::interactions::Interaction;
use crate::jobs::{Job, JobSpec, JobStatus};
use crate::ports::KeptRecord;
use crate::records::Record;
use crate::timeline::EventType;

/// How many records one part takes. While it is at work, others of the tenant wait.
pub(crate) const PART_RECORDS: i64 = 250;

impl Work<'_> {
    pub(super) async fn work_on_job(&mut self, input: WorkOnJob) -> Result<Done> {
        let mut job = self.tx.job(&input.job).await?.ok_or_else(no_such_job)?;
        if job.status != JobStatus::Open {
            return Ok(Done::default());
        }
        match job.spec.clone() {
            JobSpec::ImportRows { import, dry_run, .. } => {
                return self.import_part(job, &import, dry_run).await;
            }
            JobSpec::RevertImport { import, .. } => return self.revert_part(job, &import).await,
            JobSpec::FillSegment { segment, why, .. } => {
                return self.fill_segment(job, &segment, &why).await;
            }
            JobSpec::FindDuplicates { .. } => return Ok(Done::default()),
            _ => {}
        }
        let after = job.cursor.as_deref().and_then(|cursor| cursor.parse::<RecordId>().ok());
        let part = match job.spec.blueprint() {
            Some(blueprint) => self.tx.records_of(blueprint, after.as_ref(), PART_RECORDS).await?,
            None => return self.work_for_many(job, after).await,
        };
        let taken = i64::try_from(part.len()).unwrap_or(PART_RECORDS);
        let last = part.last().map(|kept| kept.record.id.to_string());
        let worked = match job.spec.clone() {
            JobSpec::MigrateRecords { blueprint, to_version, dry_run } => {
                self.migrate_part(&mut job, part, &blueprint, to_version, dry_run).await
            }
            JobSpec::TrashRecords { .. } => self.trash_part(part).await,
            JobSpec::RestoreRecords { .. } => self.restore_part(part).await,
            JobSpec::PurgeRecords { .. } => self.purge_part(part).await,
            JobSpec::ScoreRecords { product, .. } => self.score_part(part, &product).await,
            JobSpec::FillSegment { .. }
            | JobSpec::FindDuplicates { .. }
            | JobSpec::ImportRows { .. }
            | JobSpec::RevertImport { .. }
            | JobSpec::ChangeMany { .. }
            | JobSpec::TakeBackMany { .. }
            | JobSpec::LinkPeople { .. } => Ok(()),
        };
        match worked {
            Ok(()) => {}
            // A part refuses before it has changed anything, and would again.
            Err(Error::Refused(refusal)) => {
                job.why = Some(refusal.message);
                self.end_job(&mut job, JobStatus::Failed).await?;
                return Ok(Done::default());
            }
            Err(error) => return Err(error),
        }
        job.done += taken;
        job.cursor = last.or(job.cursor);
        job.updated_at = self.now;
        if taken < PART_RECORDS {
            self.end_job(&mut job, JobStatus::Done).await?;
        } else {
            self.tx.update_job(&job).await?;
        }
        Ok(Done::default())
    }

    pub(super) async fn cancel_job(&mut self, input: CancelJob) -> Result<Done> {
        let mut job = self.tx.job(&input.job).await?.ok_or_else(no_such_job)?;
        if job.status != JobStatus::Open {
            return Err(Refusal::gone("This has ended already. There is nothing to stop.").into());
        }
        self.end_job(&mut job, JobStatus::Cancelled).await?;
        Ok(Done {
            said: format!(
                "Stopped after {} of {}. What was done so far stays as it is.",
                job.done, job.total
            ),
            data: json!({ "job": job.id }),
            ..Done::default()
        })
    }

    pub(super) async fn end_job(&mut self, job: &mut Job, status: JobStatus) -> Result<()> {
        job.status = status;
        job.ended_at = Some(self.now);
        job.updated_at = self.now;
        self.tx.update_job(job).await?;
        self.job_changed(job);
        Ok(())
    }

    pub(super) fn job_changed(&mut self, job: &Job) {
        let status = job.status.as_str().to_owned();
        self.facts.push(FactBody::JobChanged { job: job.id.clone(), status });
    }

    async fn migrate_part(
        &mut self,
        job: &mut Job,
        part: Vec<KeptRecord>,
        blueprint: &BlueprintId,
        to_version: i64,
        dry_run: bool,
    ) -> Result<()> {
        let versions = self.tx.blueprint_versions(blueprint).await?;
        let Some(to) = versions.iter().find(|b| b.version == to_version).cloned() else {
            return Err(Refusal::gone("The version to migrate to is gone.").into());
        };
        let mut report = match &job.report {
            Json::Null => MigrationReport::default(),
            report => serde_json::from_value(report.clone())
                .map_err(|error| StoreError::corrupt("report", error))?,
        };
        let mut ways = BTreeMap::new();
        let mut migrated = Vec::new();
        for kept in part.into_iter().filter(|kept| kept.record.blueprint_version != to_version) {
            let KeptRecord { record, mut shelf, with_blueprint } = kept;
            let from = record.blueprint_version;
            let way = ways.entry(from).or_insert_with(|| path(&versions, from, to_version));
            let mut changed = record.clone();
            let before = shelf.clone();
            let values = &mut changed.values;
            let lost = migrate(way, &to, &record.key, values, &mut shelf, &mut report);
            if dry_run {
                continue;
            }
            changed.blueprint_version = to_version;
            self.rewrite(&record, &mut changed, &to).await?;
            if shelf != before {
                self.tx.put_aside(&record.id, &shelf, with_blueprint).await?;
            }
            if !lost.is_empty() {
                let summary = format!(
                    "Version {to_version} of {} has no place for {} of {}; it is put aside",
                    to.name,
                    listed(&lost),
                    record.title
                );
                self.tell(&record.id, EventType::RecordChanged, summary).await?;
            }
            migrated.push(record.id);
        }
        if !migrated.is_empty() {
            self.facts.push(FactBody::RecordsMigrated {
                blueprint: to.key.clone(),
                version: to_version,
                records: migrated,
            });
        }
        job.report =
            serde_json::to_value(&report).map_err(|error| StoreError::corrupt("report", error))?;
        Ok(())
    }

    async fn trash_part(&mut self, part: Vec<KeptRecord>) -> Result<()> {
        for KeptRecord { record, shelf, .. } in part {
            if record.trashed_at.is_some() {
                continue;
            }
            let blueprint = self.blueprint_of(&record).await?;
            let mut changed = record.clone();
            changed.trashed_at = Some(self.now);
            self.rewrite(&record, &mut changed, &blueprint).await?;
            self.tx.put_aside(&record.id, &shelf, true).await?;
            self.facts.push(FactBody::RecordTrashed { record: record.id.clone() });
            self.names_changed(&changed, &blueprint).await?;
            let summary = format!("{} went to the trash with its blueprint", record.title);
            self.tell(&record.id, EventType::RecordTrashed, summary).await?;
        }
        Ok(())
    }

    async fn restore_part(&mut self, part: Vec<KeptRecord>) -> Result<()> {
        for KeptRecord { record, shelf, with_blueprint } in part {
            if !with_blueprint || record.trashed_at.is_none() {
                continue;
            }
            let blueprint = self.blueprint_of(&record).await?;
            let mut changed = record.clone();
            changed.trashed_at = None;
            self.rewrite(&record, &mut changed, &blueprint).await?;
            self.tx.put_aside(&record.id, &shelf, false).await?;
            self.facts.push(FactBody::RecordRestored { record: record.id.clone() });
            self.names_changed(&changed, &blueprint).await?;
            let summary = format!("{} came back with its blueprint", record.title);
            self.tell(&record.id, EventType::RecordRestored, summary).await?;
        }
        Ok(())
    }

    async fn purge_part(&mut self, part: Vec<KeptRecord>) -> Result<()> {
        for kept in part.into_iter().filter(|kept| kept.record.trashed_at.is_some()) {
            let id = &kept.record.id;
            // What is part of another record goes with that one, and may have gone already.
            if self.tx.merge_of(id).await?.is_none() && self.tx.record(id).await?.is_some() {
                self.purge(&kept.record).await?;
            }
        }
        Ok(())
    }

    /// Stores a record under its next version, so that what was seen before is out of date. It
    /// was not edited by anybody, so that when it was last edited stays.
    async fn rewrite(
        &mut self,
        seen: &Record,
        changed: &mut Record,
        blueprint: &Arc<Blueprint>,
    ) -> Result<()> {
        changed.version = seen.version + 1;
        let keys = blueprint.index_keys(&changed.values);
        match self.tx.update_record(changed, seen.version, &keys).await? {
            true => Ok(()),
            false => Err(StoreError::Conflict.into()),
        }
    }

    /// Adds to a timeline without counting as a touch.
    pub(super) async fn tell(
        &mut self,
        record: &RecordId,
        event: EventType,
        summary: String,
    ) -> Result<()> {
        let line = Interaction { member: None, ..self.line(record, event, summary, Json::Null) };
        self.tx.insert_interaction(&line).await?;
        // What a migration says of one record is in the fact about all of them.
        if event != EventType::RecordChanged {
            self.facts
                .push(FactBody::InteractionLogged { record: record.clone(), interaction: line.id });
        }
        Ok(())
    }
}

pub(super) fn no_such_job() -> Refusal {
    Refusal::not_found("There is no such job. Look at its id again.")
}
