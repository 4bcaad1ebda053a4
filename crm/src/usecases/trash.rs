//! Emptying the trash, for good; and reading what is sensitive, which leaves a fact.

use serde_json::json;

use super::blueprints::{is_called, stored_id};
use super::{Done, Work, no_such_record};
use crate::commands::{PurgeTrash, ReadSensitive};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::jobs::JobSpec;
use crate::permissions::Action;
use crate::records::Record;

impl Work<'_> {
    pub(super) async fn purge_trash(&mut self, input: PurgeTrash) -> Result<Done> {
        match input {
            PurgeTrash::Record(id) => {
                let record = self.tx.record(&id).await?.ok_or_else(no_such_record)?;
                if record.trashed_at.is_none() {
                    return Err(Refusal::invalid(format!(
                        "{} is not in the trash. Put it there first.",
                        record.title
                    ))
                    .into());
                }
                if self.tx.merge_of(&record.id).await?.is_some() {
                    return Err(self.why_gone(&record).await?.into());
                }
                self.purge(&record).await?;
                Ok(Done::said(format!("{} is gone for good.", record.key)))
            }
            PurgeTrash::RecordsOf(given) => {
                let wanted = given.trim().to_lowercase();
                let trashed = self.tx.trashed_blueprints().await?;
                let found = trashed.iter().find(|t| is_called(&t.blueprint, &wanted));
                let blueprint = match found {
                    Some(found) => found.blueprint.clone(),
                    None => self.blueprint_called(&given).await?,
                };
                self.free_of_jobs(&blueprint, "").await?;
                let spec = JobSpec::PurgeRecords { blueprint: stored_id(&blueprint)? };
                let said = format!("The {} in the trash are being removed.", blueprint.plural);
                self.begin_job(spec, said).await
            }
        }
    }

    /// Removes a record for good, with all that was merged into it.
    pub(super) async fn purge(&mut self, record: &Record) -> Result<()> {
        for part in self.parts_of(&record.id).await?.into_iter().rev() {
            self.tx.purge_record(&part).await?;
            self.facts.push(FactBody::RecordPurged { record: part });
        }
        Ok(())
    }

    pub(super) async fn read_sensitive(&mut self, input: ReadSensitive) -> Result<Done> {
        let record = self.tx.record(&input.record).await?.ok_or_else(no_such_record)?;
        self.may(Action::ReadSensitive, &record)?;
        let columns = self.blueprint_of(&record).await?.sensitive_in(&record.values);
        if columns.is_empty() {
            return Ok(Done::default());
        }
        let fact = FactBody::SensitiveRead { record: record.id.clone(), columns: columns.clone() };
        self.facts.push(fact);
        // The values themselves stay out of the log of commands.
        Ok(Done { data: json!({ "columns": columns }), ..Done::default() })
    }
}
