//! Jobs: work that is too long for one command, and goes on in the background in small ones. How
//! far it is stands in its row and moves in the commit of each part, so that it goes on where it
//! was after a crash and does nothing twice. What a kind of job does is in its use case.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::commands::{Command, ManyChange};
use crate::ids::{
    BlueprintId, ImportId, JobId, MemberId, ProductId, RecordId, SegmentId, TenantId,
};

/// What a job does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobSpec {
    /// Take the records of a blueprint to one of its versions.
    MigrateRecords {
        /// The blueprint.
        blueprint: BlueprintId,
        /// The version.
        to_version: i64,
        /// Only say what it would do.
        dry_run: bool,
    },
    /// Put the records of a deleted blueprint in the trash.
    TrashRecords {
        /// The blueprint.
        blueprint: BlueprintId,
    },
    /// Bring back the records that went to the trash with their blueprint.
    RestoreRecords {
        /// The blueprint.
        blueprint: BlueprintId,
    },
    /// Remove the records of a blueprint that are in the trash, for good.
    PurgeRecords {
        /// The blueprint.
        blueprint: BlueprintId,
    },
    /// Make records of the rows of a file.
    ImportRows {
        /// The file.
        import: ImportId,
        /// What they become.
        blueprint: BlueprintId,
        /// Only say what it would do.
        dry_run: bool,
    },
    /// Take back what an import did.
    RevertImport {
        /// The import.
        import: ImportId,
        /// What its rows became.
        blueprint: BlueprintId,
    },
    /// Bring who is in a dynamic segment up to its filter.
    FillSegment {
        /// The blueprint of its records.
        blueprint: BlueprintId,
        /// The segment.
        segment: SegmentId,
        /// Why, in one word, for those who join and leave.
        why: String,
    },
    /// Ask the rules of a product of all records of a blueprint, and score them anew.
    ScoreRecords {
        /// The blueprint.
        blueprint: BlueprintId,
        /// The product.
        product: ProductId,
    },
    /// Do the same with many records.
    ChangeMany {
        /// What.
        change: ManyChange,
        /// With these.
        records: Vec<RecordId>,
        /// With those that this finds.
        filter: Option<String>,
    },
    /// Take back what a job did with records.
    TakeBackMany {
        /// The job.
        of: JobId,
    },
    /// Look through all records of a blueprint for those that may be one. Who is alike is said by
    /// whoever works on it, with the command that keeps what was found.
    FindDuplicates {
        /// The blueprint.
        blueprint: BlueprintId,
    },
    /// Link the people who have addresses at a company's domain to it.
    LinkPeople {
        /// The company.
        company: RecordId,
        /// The domain.
        site: String,
    },
}

/// What a job did with one record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobItem {
    /// The record.
    pub record: RecordId,
    /// Why it was left alone; none means that it was changed.
    pub why: Option<String>,
    /// What takes the change back.
    pub inverse: Option<Command>,
}

impl JobSpec {
    /// The blueprint whose records it works on, when it is about all of them.
    pub fn blueprint(&self) -> Option<&BlueprintId> {
        match self {
            Self::MigrateRecords { blueprint, .. }
            | Self::TrashRecords { blueprint }
            | Self::RestoreRecords { blueprint }
            | Self::PurgeRecords { blueprint }
            | Self::FillSegment { blueprint, .. }
            | Self::ScoreRecords { blueprint, .. }
            | Self::FindDuplicates { blueprint }
            | Self::ImportRows { blueprint, .. }
            | Self::RevertImport { blueprint, .. } => Some(blueprint),
            Self::ChangeMany { .. } | Self::TakeBackMany { .. } | Self::LinkPeople { .. } => None,
        }
    }

    /// The kind as it is stored.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::MigrateRecords { .. } => "migrate_records",
            Self::TrashRecords { .. } => "trash_records",
            Self::RestoreRecords { .. } => "restore_records",
            Self::PurgeRecords { .. } => "purge_records",
            Self::FillSegment { .. } => "fill_segment",
            Self::ScoreRecords { .. } => "score_records",
            Self::ChangeMany { .. } => "change_many",
            Self::TakeBackMany { .. } => "take_back_many",
            Self::LinkPeople { .. } => "link_people",
            Self::FindDuplicates { .. } => "find_duplicates",
            Self::ImportRows { .. } => "import_rows",
            Self::RevertImport { .. } => "revert_import",
        }
    }

    /// What it is, in words.
    pub fn says(&self) -> &'static str {
        match self {
            Self::MigrateRecords { dry_run: true, .. } => "a dry run",
            Self::MigrateRecords { .. } => "a migration",
            Self::TrashRecords { .. } => "putting its records in the trash",
            Self::RestoreRecords { .. } => "bringing its records back",
            Self::PurgeRecords { .. } => "removing its records for good",
            Self::FillSegment { .. } => "filling a segment",
            Self::ScoreRecords { .. } => "scoring its records",
            Self::ChangeMany { .. } => "changing many records",
            Self::TakeBackMany { .. } => "taking back a change of many records",
            Self::LinkPeople { .. } => "linking people to their company",
            Self::FindDuplicates { .. } => "looking for duplicates",
            Self::ImportRows { dry_run: true, .. } => "a dry run of an import",
            Self::ImportRows { .. } => "an import",
            Self::RevertImport { .. } => "taking an import back",
        }
    }
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// It goes on.
    Open,
    /// It did all it was to do.
    Done,
    /// Somebody stopped it. What it did stays done.
    Cancelled,
    /// It cannot go on; `why` says why. What it did stays done.
    Failed,
}

impl JobStatus {
    /// The status as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// Reads a status as it is stored.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Done, Self::Cancelled, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// Work in the background.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub spec: JobSpec,
    /// How it stands.
    pub status: JobStatus,
    /// Where it goes on; none at its beginning.
    pub cursor: Option<String>,
    /// How many records it has been through.
    pub done: i64,
    /// How many there were when it began.
    pub total: i64,
    /// What it has to say, by kind.
    #[schema(value_type = Object)]
    pub report: Json,
    /// Why it cannot go on, or what went wrong at the last try.
    pub why: Option<String>,
    /// Who asked for it; none means Tieline itself.
    pub created_by: Option<MemberId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it last got on.
    pub updated_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// A job that is leased to one worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub job: JobId,
    /// Where it goes on, which makes the next part one of a kind.
    pub cursor: Option<String>,
    /// How often it was tried in vain since it last got on.
    pub attempts: i64,
}

impl ClaimedJob {
    /// What causes its next part, the same however often that is tried.
    pub fn cause(&self) -> String {
        format!("job:{}:{}", self.job, self.cursor.as_deref().unwrap_or("start"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_stored_under_the_name_that_it_has_in_json() {
        let blueprint: BlueprintId = "bpt_06cq3m5v9k2f8h1t".parse().expect("an id");
        let import: ImportId = "imp_06cq3m5v9k2f8h1t".parse().expect("an id");
        let all = [
            JobSpec::MigrateRecords { blueprint: blueprint.clone(), to_version: 2, dry_run: true },
            JobSpec::TrashRecords { blueprint: blueprint.clone() },
            JobSpec::RestoreRecords { blueprint: blueprint.clone() },
            JobSpec::PurgeRecords { blueprint: blueprint.clone() },
            JobSpec::FillSegment {
                blueprint: blueprint.clone(),
                segment: "seg_06cq3m5v9k2f8h1t".parse().expect("an id"),
                why: "made".to_owned(),
            },
            JobSpec::ScoreRecords {
                blueprint: blueprint.clone(),
                product: "prd_06cq3m5v9k2f8h1t".parse().expect("an id"),
            },
            JobSpec::ImportRows {
                import: import.clone(),
                blueprint: blueprint.clone(),
                dry_run: true,
            },
            JobSpec::RevertImport { import, blueprint: blueprint.clone() },
        ];
        for spec in all {
            assert_eq!(serde_json::to_value(&spec).expect("JSON")["kind"], spec.kind());
            assert_eq!(spec.blueprint(), Some(&blueprint));
        }
    }
}
