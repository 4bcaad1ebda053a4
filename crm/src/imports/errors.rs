//! The error file of an import: the rows that were not taken, as they came, with their number and
//! the reason behind them. Cells are guarded against being run as formulas. A row that does not
//! come apart stands in the first cell whole.

use super::cells::write_row;
use super::rows::RawRow;
use super::tables::CellReader;
use super::{CHUNK_BYTES, Import, ROW_BYTES_MAX};
use crate::errors::StoreError;
use crate::ports::Read;

/// How many rows are read at once.
const ROWS: i64 = 100;

/// Writes an error file, part by part.
pub struct ErrorFile {
    import: Import,
    is_dry: bool,
    after: i64,
}

impl ErrorFile {
    /// The error file of a run, or of a dry run.
    pub fn new(import: &Import, is_dry: bool) -> Self {
        Self { import: import.clone(), is_dry, after: 0 }
    }

    fn columns(&self) -> &[String] {
        self.import.plan.as_ref().map_or(&[], |planned| planned.table.columns.as_slice())
    }

    /// The header.
    pub fn beginning(&self) -> String {
        let mut out = String::new();
        let columns = self.columns().iter().map(String::as_str);
        write_row(&mut out, columns.chain(["Row", "Reason"]));
        out
    }

    /// Some more rows; none when there are no more.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next(&mut self, read: &mut dyn Read) -> Result<Option<String>, StoreError> {
        let Some(planned) = self.import.plan.clone() else { return Ok(None) };
        let rows = read.refused_rows(&self.import.id, self.is_dry, self.after, ROWS).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        self.after = last.row;
        let mut out = String::new();
        let mut reader = CellReader::new(planned.table.ends());
        let mut held: Option<(i64, Vec<u8>)> = None;
        for row in rows {
            let most = i64::try_from(ROW_BYTES_MAX).unwrap_or(i64::MAX);
            let length = row.bytes.min(most);
            let mut bytes = Vec::new();
            let size = i64::try_from(CHUNK_BYTES).unwrap_or(i64::MAX);
            let mut at = row.starts_at;
            while at < row.starts_at + length {
                let number = at / size;
                if held.as_ref().is_none_or(|(known, _)| *known != number) {
                    let chunk = read.import_chunk(&self.import.id, number).await?;
                    held = chunk.map(|chunk| (number, chunk));
                }
                let Some((_, chunk)) = &held else { break };
                let from = usize::try_from(at % size).unwrap_or(0);
                let wanted = usize::try_from(row.starts_at + length - at).unwrap_or(0);
                let some = chunk.get(from..).unwrap_or_default();
                let some = &some[..some.len().min(wanted)];
                if some.is_empty() {
                    break;
                }
                bytes.extend_from_slice(some);
                at += i64::try_from(some.len()).unwrap_or(1);
            }
            let text = String::from_utf8_lossy(&bytes).trim_end().replace('\0', "\u{fffd}");
            let raw = RawRow { starts_at: 0, bytes, ends_at: 0, problem: None };
            let whole = row.bytes <= most;
            let mut cells = match planned.table.cells(&mut reader, &raw) {
                Ok(Some(cells)) if whole => cells,
                _ => vec![text],
            };
            cells.resize(planned.table.columns.len().max(1), String::new());
            cells.push(row.row.to_string());
            cells.push(row.reason);
            write_row(&mut out, cells.iter().map(String::as_str));
        }
        Ok(Some(out))
    }
}
