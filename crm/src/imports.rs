//! Imports: a file of people, companies or anything else becomes records. A file is uploaded and
//! kept, looked at ([`tables`]), its columns are mapped to those of a blueprint ([`mapping`]), a
//! dry run says what would happen, and a job does it in parts, of which each is done once. What
//! an import did can be taken back in one step. Spreadsheets are read as CSV; other formats of
//! office programs are not.

pub mod cells;
pub mod errors;
pub mod mapping;
pub mod reading;
pub mod rows;
pub mod tables;
pub mod uploads;
mod vcards;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::commands::Command;
use crate::ids::{ImportId, JobId, MemberId, RecordId};
use tables::{Layout, Table};

pub use crate::usecases::look_at;

/// How large the pieces are in which files are kept, in bytes. The last one may be smaller.
pub const CHUNK_BYTES: usize = 256 * 1024;
/// The most columns a file may have.
pub const COLUMNS_MAX: usize = 500;
/// The largest row that is taken, in bytes.
pub const ROW_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The longest name of a file, in characters.
pub const NAME_CHARS_MAX: usize = 200;
/// How many rows of each kind a report shows.
pub const EXAMPLES_MAX: usize = 20;

/// An uploaded file and what is to become of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// What the file is called.
    pub name: String,
    /// The upload; none while it is not whole.
    pub upload: Option<Upload>,
    /// How it is read and where its columns go, once somebody said so.
    pub plan: Option<Planned>,
    /// The last dry run.
    pub check_job: Option<JobId>,
    /// The job that imports it.
    pub run_job: Option<JobId>,
    /// The job that takes it back.
    pub revert_job: Option<JobId>,
    /// Who uploaded it; none means Tieline itself.
    pub created_by: Option<MemberId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When something last happened to it.
    pub updated_at: DateTime<Utc>,
}

/// An upload that is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// How many bytes are kept.
    pub bytes: i64,
    /// The SHA-256 of what was sent, in hexadecimal.
    pub sha256: String,
    /// Whether all of it reads as UTF-8.
    pub is_utf8: bool,
    /// What it was turned into UTF-8 from (`UTF-16LE`).
    pub converted_from: Option<String>,
}

/// What to do with rows that are there already, and with those that are not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Only make what is not there.
    Create,
    /// Only change what is there.
    Update,
    /// Both.
    #[default]
    Both,
}

/// How a file is to be imported.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What the rows become: the key, name or plural of a blueprint.
    pub blueprint: String,
    /// Where each column of the file goes, by its name: `title`, `key`, `owner`, `pipeline`,
    /// `stage`, `company`, `note`, `currency`, `skip`, a kind of identity like `email`, or a
    /// column of the blueprint. Left out, what is suggested; columns that are not named are
    /// passed over.
    #[serde(default)]
    pub mapping: Option<BTreeMap<String, String>>,
    /// Whether to make records, to change those that are there, or both.
    #[serde(default)]
    pub mode: Mode,
    /// By what rows are recognised: kinds of identities, `key` or `title`. Left out, by all
    /// identities that are mapped, and the key.
    #[serde(default)]
    pub match_by: Option<Vec<String>>,
    /// Whether 3/4/2027 is the third of April.
    #[serde(default)]
    pub day_first: Option<bool>,
    /// Whether 1.234 is one thousand two hundred and thirty-four.
    #[serde(default)]
    pub decimal_comma: Option<bool>,
    /// The currency of amounts that name none.
    #[serde(default)]
    pub currency: Option<String>,
    /// The space in which new records stand, by id or name.
    #[serde(default)]
    pub space: Option<String>,
    /// Whether new records without an owner are nobody's, rather than one's own.
    #[serde(default)]
    pub unclaimed: bool,
    /// How the file is read, where what was found in it is wrong.
    #[serde(default)]
    pub layout: Layout,
}

/// A plan with everything that was found, as it is carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Planned {
    /// What was asked for, with the mapping and the matching filled in.
    pub plan: Plan,
    /// How the file is read.
    pub table: Table,
}

/// What became of a row.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    /// It became a record.
    Created,
    /// It changed one.
    Updated,
    /// Nothing was to be done.
    Left,
    /// It fits several records.
    Conflict,
    /// It does not read, or may not be.
    Refused,
}

impl RowOutcome {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Created, Self::Updated, Self::Left, Self::Conflict, Self::Refused];
}

/// One row and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RowExample {
    /// The row, as a spreadsheet counts: the header is row 1.
    pub row: i64,
    /// What became of it.
    pub outcome: RowOutcome,
    /// What it is called.
    pub title: String,
    /// Why, or what changed.
    pub says: String,
}

/// What an import did so far, or a dry run would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Report {
    /// How many rows were read, the header and empty lines left out.
    pub rows: i64,
    /// How many became records.
    pub created: i64,
    /// How many changed one.
    pub updated: i64,
    /// For how many nothing was to be done.
    pub left: i64,
    /// How many fit several records.
    pub conflicts: i64,
    /// How many do not read, or may not be.
    pub refused: i64,
    /// How many companies were made besides, because rows name them.
    pub companies: i64,
    /// How many bytes of the file were read.
    pub bytes: i64,
    /// The first rows of each kind.
    pub examples: Vec<RowExample>,
}

impl Report {
    /// Counts a row and keeps it while there are few of its kind.
    pub fn count(&mut self, example: RowExample) {
        self.rows += 1;
        let counter = match example.outcome {
            RowOutcome::Created => &mut self.created,
            RowOutcome::Updated => &mut self.updated,
            RowOutcome::Left => &mut self.left,
            RowOutcome::Conflict => &mut self.conflicts,
            RowOutcome::Refused => &mut self.refused,
        };
        *counter += 1;
        if *counter <= i64::try_from(EXAMPLES_MAX).unwrap_or(i64::MAX) {
            self.examples.push(example);
        }
    }

    /// The counts in a sentence.
    pub fn says(&self, is_dry: bool) -> String {
        let would = if is_dry { "would be " } else { "" };
        let mut said = format!(
            "{} rows: {} {would}created, {} {would}updated, {} left as they are",
            self.rows, self.created, self.updated, self.left
        );
        if self.conflicts > 0 {
            said.push_str(&format!(", {} fit several records", self.conflicts));
        }
        if self.refused > 0 {
            said.push_str(&format!(", {} refused", self.refused));
        }
        said.push('.');
        if self.companies > 0 {
            said.push_str(&format!(" {} companies {would}made besides.", self.companies));
        }
        said
    }
}

/// What taking an import back did so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RevertReport {
    /// How many records went to the trash.
    pub trashed: i64,
    /// How many are again as they were.
    pub put_back: i64,
    /// How many were left as they are.
    pub kept: i64,
    /// The first of those, and why.
    pub examples: Vec<RowExample>,
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// The row, as a spreadsheet counts.
    pub row: i64,
    /// Where it begins in the file, in bytes.
    pub starts_at: i64,
    /// How long it is, in bytes.
    pub bytes: i64,
    /// Why.
    pub reason: String,
}

/// What an import did to a record.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportChange {
    /// The record.
    pub record: RecordId,
    /// The last row that was about it.
    pub row: i64,
    /// Whether the import made it.
    pub is_made: bool,
    /// The record's version afterwards.
    pub version: i64,
    /// What puts it back, in this order, when the import did not make it.
    pub inverse: Vec<Command>,
    /// When.
    pub at: DateTime<Utc>,
}
