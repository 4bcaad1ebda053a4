//! Making, changing, deleting and restoring blueprints, and asking for migrations. A change makes
//! a new version and touches no record; what concerns many records becomes a job.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::{Done, Work};
use crate::blueprints::{Blueprint, Column};
use crate::commands::{
    ChangeBlueprint, Command, CreateBlueprint, DeleteBlueprint, MigrateRecords, RestoreBlueprint,
};
use crate::errors::{Error, Refusal, Result};
use crate::facts::FactBody;
use crate::flows::listed;
use crate::ids::{BlueprintId, JobId};
use crate::jobs::{Job, JobSpec, JobStatus};

impl Work<'_> {
    pub(super) async fn create_blueprint(&mut self, input: CreateBlueprint) -> Result<Done> {
        let mut blueprint = Blueprint::named(&input.key, &input.name, &input.plural);
        blueprint.id = Some(BlueprintId::fresh(self.env));
        blueprint.mentionable = input.mentionable;
        blueprint.identities = input.identities;
        blueprint.people = input.people;
        blueprint.columns = input.columns;
        blueprint.prefix = input.prefix.unwrap_or(blueprint.prefix);
        blueprint.title = input.title.unwrap_or(blueprint.title);
        let blueprint = blueprint.sound()?;
        let there = self.tx.blueprints().await?;
        let trashed = self.tx.trashed_blueprints().await?;
        if let Some(same) = trashed.iter().find(|t| t.blueprint.key == blueprint.key) {
            return Err(Refusal::invalid(format!(
                "{} has the key “{}” and is in the trash. Restore it, or take another key.",
                same.blueprint.name, blueprint.key
            ))
            .into());
        }
        for other in there.iter().chain(trashed.iter().map(|t| &t.blueprint)) {
            let names =
                |b: &Blueprint| [b.key.clone(), b.name.to_lowercase(), b.plural.to_lowercase()];
            if names(other).iter().any(|name| names(&blueprint).contains(name)) {
                return Err(Refusal::invalid(format!(
                    "There is the blueprint {} ({}) already. Take another name and key.",
                    other.name, other.key
                ))
                .into());
            }
            if other.prefix == blueprint.prefix {
                return Err(Refusal::invalid(format!(
                    "The keys of {} start with {} already. Take another prefix.",
                    other.plural, other.prefix
                ))
                .into());
            }
        }
        self.references_are_there(&blueprint, &blueprint.columns).await?;
        self.tx.insert_blueprint(&blueprint).await?;
        self.blueprint_changed(&blueprint);
        Ok(Done {
            said: format!("{} can be made now, with “new {}”.", blueprint.plural, blueprint.key),
            data: json!({ "blueprint": blueprint.id, "version": blueprint.version }),
            ..Done::default()
        })
    }

    pub(super) async fn change_blueprint(&mut self, input: ChangeBlueprint) -> Result<Done> {
        let blueprint = self.blueprint_called(&input.blueprint).await?;
        self.version_seen(&blueprint, input.expected_version)?;
        let next = blueprint.changed(input.steps)?;
        let other = |b: &&Arc<Blueprint>| {
            b.id != next.id
                && (b.name.to_lowercase() == next.name.to_lowercase()
                    || b.plural.to_lowercase() == next.plural.to_lowercase())
        };
        if let Some(other) = self.tx.blueprints().await?.iter().find(other) {
            return Err(Refusal::invalid(format!(
                "There is the blueprint {} ({}) already. Take another name.",
                other.name, other.key
            ))
            .into());
        }
        let new = |column: &&Column| {
            blueprint.column(&column.id).is_none_or(|old| old.references != column.references)
        };
        let changed = next.columns.iter().filter(new).cloned().collect::<Vec<_>>();
        self.references_are_there(&next, &changed).await?;
        self.tx.insert_blueprint(&next).await?;
        self.blueprint_changed(&next);
        self.inverses.push(Command::ChangeBlueprint(ChangeBlueprint {
            blueprint: next.key.clone(),
            expected_version: Some(next.version),
            steps: next.steps.iter().rev().map(|step| step.inverse.clone()).collect(),
        }));
        let says = next.steps.iter().map(|step| step.change.says()).collect::<Vec<_>>();
        Ok(Done {
            said: format!(
                "Version {} of {} {}. Its records stay as they are until they are migrated.",
                next.version,
                next.name,
                listed(&says)
            ),
            data: json!({ "blueprint": next.id, "version": next.version }),
            ..Done::default()
        })
    }

    pub(super) async fn delete_blueprint(&mut self, input: DeleteBlueprint) -> Result<Done> {
        let blueprint = self.blueprint_called(&input.blueprint).await?;
        self.version_seen(&blueprint, input.expected_version)?;
        let id = stored_id(&blueprint)?;
        self.free_of_jobs(&blueprint, "restore_records").await?;
        let by = self.member.as_ref().map(|member| member.id.clone());
        self.tx.trash_blueprint(&id, by.as_ref(), self.now).await?;
        self.facts.push(FactBody::BlueprintTrashed { blueprint: blueprint.key.clone() });
        self.inverses
            .push(Command::RestoreBlueprint(RestoreBlueprint { blueprint: blueprint.key.clone() }));
        let said = format!(
            "{} is in the trash, and its records follow. Restoring it brings them back.",
            blueprint.name
        );
        self.begin_job(JobSpec::TrashRecords { blueprint: id }, said).await
    }

    pub(super) async fn restore_blueprint(&mut self, input: RestoreBlueprint) -> Result<Done> {
        let wanted = input.blueprint.trim().to_lowercase();
        let trashed = self.tx.trashed_blueprints().await?;
        let Some(found) = trashed.iter().find(|t| is_called(&t.blueprint, &wanted)) else {
            let names = trashed.iter().map(|t| t.blueprint.key.as_str()).collect::<Vec<_>>();
            let there = match names.as_slice() {
                [] => "No blueprint is.".to_owned(),
                names => format!("There is {}.", listed(names)),
            };
            return Err(Refusal::not_found(format!(
                "The blueprint “{}” is not in the trash. {there}",
                short(&input.blueprint)
            ))
            .into());
        };
        let blueprint = found.blueprint.clone();
        let id = stored_id(&blueprint)?;
        self.free_of_jobs(&blueprint, "trash_records").await?;
        self.tx.restore_blueprint(&id).await?;
        self.facts.push(FactBody::BlueprintRestored { blueprint: blueprint.key.clone() });
        self.inverses.push(Command::DeleteBlueprint(DeleteBlueprint {
            blueprint: blueprint.key.clone(),
            expected_version: None,
        }));
        let said = format!("{} is back, and its records follow.", blueprint.name);
        self.begin_job(JobSpec::RestoreRecords { blueprint: id }, said).await
    }

    pub(super) async fn migrate_records(&mut self, input: MigrateRecords) -> Result<Done> {
        let blueprint = self.blueprint_called(&input.blueprint).await?;
        let to_version = input.to_version.unwrap_or(blueprint.version);
        if !(1..=blueprint.version).contains(&to_version) {
            return Err(Refusal::invalid(format!(
                "{} has the versions 1 to {}. Name one of them.",
                blueprint.name, blueprint.version
            ))
            .into());
        }
        self.free_of_jobs(&blueprint, "").await?;
        let spec = JobSpec::MigrateRecords {
            blueprint: stored_id(&blueprint)?,
            to_version,
            dry_run: input.dry_run,
        };
        let what = if input.dry_run { "A dry run of the migration" } else { "The migration" };
        let said = format!("{what} of {} to version {to_version} has begun.", blueprint.plural);
        self.begin_job(spec, said).await
    }

    /// The blueprint that is not in the trash and has this key or name.
    pub(super) async fn blueprint_called(&mut self, given: &str) -> Result<Arc<Blueprint>> {
        let wanted = given.trim().to_lowercase();
        let all = self.tx.blueprints().await?;
        all.iter().find(|blueprint| is_called(blueprint, &wanted)).cloned().ok_or_else(|| {
            let keys = all.iter().map(|b| b.key.as_str()).collect::<Vec<_>>();
            Error::Refused(Refusal::not_found(format!(
                "There is no blueprint “{}”. There is {}.",
                short(given),
                listed(&keys)
            )))
        })
    }

    /// Refuses when somebody changed the blueprint since it was seen.
    fn version_seen(&self, blueprint: &Blueprint, expected: Option<i64>) -> Result<(), Refusal> {
        match expected {
            Some(version) if version != blueprint.version => {
                let says =
                    blueprint.steps.iter().map(|step| step.change.says()).collect::<Vec<_>>();
                let what = match says.as_slice() {
                    [] => String::new(),
                    says => format!(", which {}", listed(says)),
                };
                Err(Refusal::out_of_date(format!(
                    "Somebody changed it: {} is at version {} now{what}. Look at it again and \
                     repeat what you want.",
                    blueprint.name, blueprint.version
                )))
            }
            _ => Ok(()),
        }
    }

    /// Checks that references point to blueprints that exist.
    async fn references_are_there(&mut self, own: &Blueprint, columns: &[Column]) -> Result<()> {
        let all = self.tx.blueprints().await?;
        for column in columns {
            for key in &column.references {
                if *key != own.key && !all.iter().any(|b| b.key == *key) {
                    let keys = all.iter().map(|b| b.key.as_str()).collect::<Vec<_>>();
                    return Err(Refusal::invalid(format!(
                        "{} refers to the blueprint “{}”, which there is not. There is {}.",
                        column.name,
                        short(key),
                        listed(&keys)
                    ))
                    .into());
                }
            }
        }
        Ok(())
    }

    fn blueprint_changed(&mut self, blueprint: &Blueprint) {
        self.facts.push(FactBody::BlueprintChanged {
            blueprint: blueprint.key.clone(),
            version: blueprint.version,
        });
    }

    /// Refuses while a job works on the records of a blueprint, unless it is of the kind that is
    /// being turned back: that one is cancelled.
    pub(super) async fn free_of_jobs(
        &mut self,
        blueprint: &Blueprint,
        turned_back: &str,
    ) -> Result<()> {
        for mut job in self.tx.open_jobs().await? {
            // Filling a segment or scoring changes no record, and what is gone or changed meanwhile
            // is passed over.
            let passes =
                matches!(job.spec, JobSpec::FillSegment { .. } | JobSpec::ScoreRecords { .. });
            let concerns = blueprint.id.is_some() && job.spec.blueprint() == blueprint.id.as_ref();
            if passes || !concerns {
                continue;
            }
            if job.spec.kind() != turned_back {
                return Err(Refusal::invalid(format!(
                    "{} of {} is going on ({}). Wait until it ends, or cancel it.",
                    job.spec.says(),
                    blueprint.name,
                    job.id
                ))
                .into());
            }
            self.end_job(&mut job, JobStatus::Cancelled).await?;
        }
        Ok(())
    }

    pub(super) async fn begin_job(&mut self, spec: JobSpec, said: String) -> Result<Done> {
        let total = match spec.blueprint() {
            Some(blueprint) => self.tx.count_records_of(blueprint).await?,
            None => 0,
        };
        self.begin_job_of(spec, total, Json::Null, said).await
    }

    /// Begins a job that goes through so many records.
    pub(super) async fn begin_job_of(
        &mut self,
        spec: JobSpec,
        total: i64,
        report: Json,
        said: String,
    ) -> Result<Done> {
        let job = Job {
            id: JobId::fresh(self.env),
            total,
            spec,
            status: JobStatus::Open,
            cursor: None,
            done: 0,
            report,
            why: None,
            created_by: self.member.as_ref().map(|member| member.id.clone()),
            created_at: self.now,
            updated_at: self.now,
            ended_at: None,
        };
        self.tx.insert_job(&job).await?;
        self.job_changed(&job);
        Ok(Done { said, data: json!({ "job": job.id }), ..Done::default() })
    }
}

pub(super) fn stored_id(blueprint: &Blueprint) -> Result<BlueprintId, Refusal> {
    blueprint.id.clone().ok_or_else(|| {
        Refusal::gone(format!("{} was never stored. Make it again.", blueprint.name))
    })
}

pub(super) fn is_called(blueprint: &Blueprint, wanted: &str) -> bool {
    [&blueprint.key, &blueprint.name, &blueprint.plural].iter().any(|n| n.to_lowercase() == wanted)
}

fn short(given: &str) -> String {
    given.trim().chars().take(60).collect()
}
