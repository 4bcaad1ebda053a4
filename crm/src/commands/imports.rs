//! Importing files and exporting records.

use serde::{Deserialize, Serialize};

use crate::ids::{ImportId, RecordId};
use crate::imports::{Plan, Upload};

/// Begin to upload a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BeginImport {
    /// What the file is called.
    pub name: String,
}

/// Keep a piece of a file that is being uploaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AddImportChunk {
    /// The import.
    pub import: ImportId,
    /// Which piece, from 0.
    pub number: i64,
    /// Its bytes in base 64: as many as all pieces have, but for the last.
    pub content: String,
}

/// Say that an upload is whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FinishUpload {
    /// The import.
    pub import: ImportId,
    /// What was uploaded.
    pub upload: Upload,
}

/// Import a file, or only say what importing it would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartImport {
    /// The import.
    pub import: ImportId,
    /// How; left out, as it was said before.
    pub plan: Option<Plan>,
    /// Only say what it would do.
    pub dry_run: bool,
}

/// Stop an import, its dry run or its being taken back. What was done so far stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CancelImport {
    /// The import.
    pub import: ImportId,
}

/// Take back what an import did, as far as nothing newer stands on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RevertImport {
    /// The import.
    pub import: ImportId,
}

/// Note that records are exported, before they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportRecords {
    /// The key of their blueprint.
    pub blueprint: String,
    /// Which, as a filter.
    pub filter: String,
    /// The columns that are written.
    pub columns: Vec<String>,
    /// `csv`, `jsonl` or `vcard`.
    pub format: String,
    /// How many there are.
    pub count: i64,
}

/// Read the sensitive values of several records, which is noted. Says which of them may be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadSensitiveOf {
    /// Which.
    pub records: Vec<RecordId>,
    /// Which columns, by id.
    pub columns: Vec<String>,
}
