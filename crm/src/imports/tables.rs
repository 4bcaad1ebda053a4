//! Looking at a file: which format, which encoding, where its cells end, whether its first row is
//! a header, and what its first rows hold. All of it is a guess that is told, and may be
//! overruled by a [`Layout`]. One JSON array is not read; JSON lines are.

use std::collections::BTreeSet;

use encoding_rs::WINDOWS_1252;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::cells::unguarded;
use super::mapping::{is_known_name, shape_of};
use super::rows::{Ends, Next, RawRow, Rows};
use super::{COLUMNS_MAX, Upload, vcards};
use crate::errors::Refusal;
use crate::folding::fold;

/// How many rows are looked at.
const SAMPLE_ROWS: usize = 200;
/// How many rows a preview shows.
const PREVIEW_ROWS: usize = 10;
/// How many characters of a cell a preview shows.
const PREVIEW_CHARS: usize = 200;
/// The longest name of a column that is kept, in characters.
const COLUMN_CHARS_MAX: usize = 100;

/// How a file says things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Rows of cells.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// Address cards.
    Vcard,
}

/// What its bytes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Encoding {
    /// Also what was UTF-16 before.
    #[serde(rename = "utf-8")]
    Utf8,
    /// What older Windows programs write.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// What to take a file for; what is left out is found in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// The format.
    #[serde(default)]
    pub format: Option<Format>,
    /// The encoding.
    #[serde(default)]
    pub encoding: Option<Encoding>,
    /// What stands between cells, one character: `,`, `;`, `|` or a tab.
    #[serde(default)]
    pub delimiter: Option<String>,
    /// Whether the first row names the columns.
    #[serde(default)]
    pub header: Option<bool>,
}

/// How a file is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Table {
    /// The format.
    pub format: Format,
    /// The encoding.
    pub encoding: Encoding,
    /// What stands between cells, where there are any.
    pub delimiter: Option<String>,
    /// Whether the first row names the columns.
    pub header: bool,
    /// The columns, each with a name of its own.
    pub columns: Vec<String>,
    /// Where the rows begin, in bytes.
    pub begins_at: i64,
}

/// A row as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PreviewRow {
    /// The row, as a spreadsheet counts.
    pub row: i64,
    /// Its cells.
    pub cells: Vec<String>,
    /// Why it does not read.
    pub problem: Option<String>,
}

/// What a file looks like.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// How it is read.
    pub table: Table,
    /// Its first rows.
    pub preview: Vec<PreviewRow>,
    /// What was guessed, in sentences.
    pub notes: Vec<String>,
    /// The cells of the first rows that read.
    pub sample: Vec<Vec<String>>,
    /// How long a row is on average, in bytes, at least 1.
    pub row_bytes: i64,
}

impl Table {
    /// How its rows end.
    pub fn ends(&self) -> Ends {
        match self.format {
            Format::Csv => {
                let delimiter = self.delimiter.as_ref().and_then(|text| text.bytes().next());
                Ends::Quoted(delimiter.unwrap_or(b','))
            }
            Format::JsonLines => Ends::Lines,
            Format::Vcard => Ends::Cards,
        }
    }

    /// The number of the first row behind the header.
    pub fn first_row(&self) -> i64 {
        if self.header { 2 } else { 1 }
    }

    /// The cells of a row, as many as there are columns. None is an empty row.
    ///
    /// # Errors
    /// Why it does not read, as a sentence.
    pub fn cells(
        &self,
        reader: &mut CellReader,
        row: &RawRow,
    ) -> Result<Option<Vec<String>>, String> {
        if let Some(problem) = row.problem {
            return Err(problem.to_owned());
        }
        if row.bytes.contains(&0) {
            return Err(
                "The row holds the character U+0000, which cannot be kept. Take it out.".to_owned()
            );
        }
        if row.bytes.trim_ascii().is_empty() {
            return Ok(None);
        }
        match self.format {
            Format::Csv => {
                let mut cells = reader.split(&row.bytes, self.encoding)?;
                let wanted = self.columns.len();
                while cells.len() > wanted
                    && cells.last().is_some_and(|cell| cell.trim().is_empty())
                {
                    cells.pop();
                }
                if cells.len() != wanted {
                    return Err(format!(
                        "The row has {} cells, and the file has {wanted} columns. Look for a cell \
                         that is missing, or one with a separator in it and no quotation marks.",
                        cells.len()
                    ));
                }
                Ok(Some(cells))
            }
            Format::JsonLines => {
                let text = decoded(&row.bytes, self.encoding)?;
                let value = serde_json::from_str::<Json>(text.trim())
                    .map_err(|error| format!("The line is no JSON: {error}."))?;
                let Json::Object(object) = value else {
                    return Err("The line is no JSON object. Write one like {\"name\": \"Anna\"}."
                        .to_owned());
                };
                let cell = |name: &String| object.get(name).map_or_else(String::new, plain);
                Ok(Some(self.columns.iter().map(cell).collect()))
            }
            Format::Vcard => {
                let text = decoded(&row.bytes, self.encoding)?;
                let cells = vcards::cells(text.trim());
                cells.map(Some).ok_or_else(|| {
                    "This is no vCard. One begins with BEGIN:VCARD and ends with END:VCARD."
                        .to_owned()
                })
            }
        }
    }
}

/// Splits rows into cells, with its memory kept between them.
pub struct CellReader {
    reader: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl CellReader {
    /// A reader of cells with this between them.
    pub fn new(ends: Ends) -> Self {
        let delimiter = match ends {
            Ends::Quoted(delimiter) => delimiter,
            Ends::Lines | Ends::Cards => b',',
        };
        let reader = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Self { reader, text: vec![0; 4096], ends: vec![0; 64] }
    }

    fn split(&mut self, row: &[u8], encoding: Encoding) -> Result<Vec<String>, String> {
        use csv_core::ReadRecordResult as R;
        self.reader.reset();
        let (mut input, mut written, mut ended) = (row, 0, 0);
        loop {
            let (result, read, wrote, ends) =
                self.reader.read_record(input, &mut self.text[written..], &mut self.ends[ended..]);
            input = &input[read..];
            written += wrote;
            ended += ends;
            match result {
                R::OutputFull => self.text.resize(self.text.len() * 2, 0),
                R::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                // An empty input says that there is no more.
                R::InputEmpty => {}
                R::Record | R::End => break,
            }
        }
        let mut cells = Vec::with_capacity(ended);
        let mut from = 0;
        for end in &self.ends[..ended] {
            let text = decoded(&self.text[from..*end], encoding)?;
            cells.push(unguarded(&text).to_owned());
            from = *end;
        }
        Ok(cells)
    }
}

fn decoded(bytes: &[u8], encoding: Encoding) -> Result<std::borrow::Cow<'_, str>, String> {
    match encoding {
        Encoding::Utf8 => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.into()),
            Err(_) => {
                let shown = String::from_utf8_lossy(bytes);
                let shown = shown.chars().take(60).collect::<String>();
                Err(format!(
                    "“{shown}” is not UTF-8. Save the file as UTF-8, or say which encoding it has."
                ))
            }
        },
        Encoding::Windows1252 => Ok(WINDOWS_1252.decode_without_bom_handling(bytes).0),
    }
}

/// A JSON value as the cell that reads back as it.
fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Json::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("; "),
        Json::Object(object) => match (object.get("amount"), object.get("currency")) {
            (Some(amount), Some(currency)) if object.len() == 2 => {
                format!("{} {}", plain(amount), plain(currency))
            }
            _ => value.to_string(),
        },
        Json::Number(number) => number.to_string(),
    }
}

/// Looks at the beginning of a file; `is_whole` says that it is all of it.
///
/// # Errors
/// A refusal when nothing can be read.
pub fn look(
    beginning: &[u8],
    is_whole: bool,
    upload: &Upload,
    layout: &Layout,
) -> Result<Look, Refusal> {
    let mut notes = Vec::new();
    let (mark, text) = match beginning.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (3, rest),
        None => (0, beginning),
    };
    if text.trim_ascii().is_empty() {
        return Err(Refusal::invalid("The file is empty. Upload one with rows in it."));
    }
    let encoding = layout.encoding.unwrap_or(match upload.is_utf8 {
        true => Encoding::Utf8,
        false => Encoding::Windows1252,
    });
    if let Some(from) = &upload.converted_from {
        notes.push(format!("The file was {from} and is kept as UTF-8."));
    } else if !upload.is_utf8 && layout.encoding.is_none() {
        notes.push(
            "The file is not UTF-8, so it is read as Windows-1252. Look whether the letters are \
             right."
                .to_owned(),
        );
    }
    let format = layout.format.unwrap_or_else(|| format_of(text));
    let delimiter = match (format, &layout.delimiter) {
        (Format::Csv, None) => Some(delimiter_of(beginning, mark, is_whole)),
        (Format::Csv, Some(given)) => match given.as_bytes() {
            [one] if one.is_ascii() && !b"\"\r\n".contains(one) => Some(*one),
            _ => {
                return Err(Refusal::invalid(
                    "A delimiter is one character: a comma, a semicolon, a bar or a tab.",
                ));
            }
        },
        _ => None,
    };
    let mut table = Table {
        format,
        encoding,
        delimiter: delimiter.map(|byte| char::from(byte).to_string()),
        header: false,
        columns: Vec::new(),
        begins_at: mark,
    };
    let rows = first_rows(beginning, mark, is_whole, table.ends());
    let row_bytes = match (rows.first(), rows.last()) {
        (Some(first), Some(last)) => {
            let bytes = i64::try_from(last.ends_at - first.starts_at).unwrap_or(1);
            (bytes / i64::try_from(rows.len()).unwrap_or(1)).max(1)
        }
        _ => 1,
    };
    match format {
        Format::Csv => {
            let mut reader = CellReader::new(table.ends());
            let Some((place, first)) = rows.iter().enumerate().find_map(|(place, row)| {
                let sound = row.problem.is_none() && !row.bytes.trim_ascii().is_empty();
                sound
                    .then(|| reader.split(&row.bytes, encoding).ok().map(|cells| (place, cells)))?
            }) else {
                return Err(Refusal::invalid(
                    "No row of this file reads. Look at its quotation marks, save it as CSV in \
                     UTF-8 and upload it again.",
                ));
            };
            if first.len() > COLUMNS_MAX {
                return Err(Refusal::invalid(format!(
                    "The file has {} columns, and at most {COLUMNS_MAX} are read. Leave out those \
                     that nobody needs and upload it again.",
                    first.len()
                )));
            }
            table.header = layout.header.unwrap_or_else(|| is_header(&first));
            if table.header {
                // Rows before the header would be lost without a word, so only empty ones may be.
                table.begins_at = i64::try_from(rows[place].ends_at).unwrap_or(mark);
            }
            table.columns = named(&first, table.header, &mut notes);
        }
        Format::JsonLines => {
            table.columns = keys(&rows, encoding)?;
        }
        Format::Vcard => table.columns = vcards::COLUMNS.map(str::to_owned).to_vec(),
    }
    let mut preview = Vec::new();
    let mut sample = Vec::new();
    let mut reader = CellReader::new(table.ends());
    let told = rows.iter().filter(|row| {
        i64::try_from(row.starts_at).is_ok_and(|starts_at| starts_at >= table.begins_at)
    });
    for (number, row) in (table.first_row()..).zip(told) {
        let read = table.cells(&mut reader, row);
        if preview.len() < PREVIEW_ROWS {
            let shown = |cell: &String| cell.chars().take(PREVIEW_CHARS).collect::<String>();
            let (cells, problem) = match &read {
                Ok(Some(cells)) => (cells.iter().map(shown).collect(), None),
                Ok(None) => (Vec::new(), None),
                Err(problem) => (Vec::new(), Some(problem.clone())),
            };
            preview.push(PreviewRow { row: number, cells, problem });
        }
        sample.extend(read.ok().flatten());
    }
    Ok(Look { table, preview, notes, sample, row_bytes })
}

fn first_rows(beginning: &[u8], from: i64, is_whole: bool, ends: Ends) -> Vec<RawRow> {
    let mut reader = Rows::new(ends, u64::try_from(from).unwrap_or(0));
    let mut chunks = beginning.chunks(super::CHUNK_BYTES);
    let mut rows = Vec::new();
    while rows.len() < SAMPLE_ROWS {
        match reader.next_row() {
            Next::Row(row) => rows.push(row),
            Next::NeedsChunk(_) => match chunks.next() {
                Some(chunk) => reader.feed(Some(chunk)),
                None if is_whole => reader.feed(None),
                None => break,
            },
            Next::End => break,
        }
    }
    rows
}

fn format_of(text: &[u8]) -> Format {
    let text = text.trim_ascii_start();
    let begins = |with: &[u8]| text.get(..with.len()).is_some_and(|t| t.eq_ignore_ascii_case(with));
    if begins(b"BEGIN:VCARD") {
        return Format::Vcard;
    }
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match serde_json::from_slice::<Json>(line) {
        Ok(Json::Object(_)) => Format::JsonLines,
        _ => Format::Csv,
    }
}

/// The separator with which most rows have as many cells as the first.
fn delimiter_of(beginning: &[u8], from: i64, is_whole: bool) -> u8 {
    let mut best = (0, 0, b',');
    for delimiter in [b',', b';', b'\t', b'|'] {
        let ends = Ends::Quoted(delimiter);
        let mut reader = CellReader::new(ends);
        let counts = first_rows(beginning, from, is_whole, ends)
            .iter()
            .filter(|row| row.problem.is_none() && !row.bytes.trim_ascii().is_empty())
            .filter_map(|row| reader.split(&row.bytes, Encoding::Windows1252).ok())
            .map(|cells| cells.len())
            .collect::<Vec<_>>();
        let Some(first) = counts.first().copied().filter(|count| *count > 1) else { continue };
        let alike = counts.iter().filter(|count| **count == first).count() * 100 / counts.len();
        if (alike, first) > (best.0, best.1) {
            best = (alike, first, delimiter);
        }
    }
    best.2
}

/// Whether cells are names of columns: words, each another, and none that looks like a value.
fn is_header(cells: &[String]) -> bool {
    if cells.iter().any(|cell| shape_of(cell.trim()).is_some()) {
        return false;
    }
    let known = cells.iter().any(|cell| is_known_name(cell));
    let filled = cells.iter().filter(|cell| !cell.trim().is_empty()).collect::<Vec<_>>();
    let different = filled.iter().map(|cell| fold(cell)).collect::<BTreeSet<_>>().len();
    known || (!filled.is_empty() && different == filled.len())
}

/// A name of its own for each column.
fn named(first: &[String], header: bool, notes: &mut Vec<String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(first.len());
    let mut taken = BTreeSet::new();
    for (place, cell) in first.iter().enumerate() {
        let cell = cell.split_whitespace().collect::<Vec<_>>().join(" ");
        let cell = cell.chars().take(COLUMN_CHARS_MAX).collect::<String>();
        let given = match header && !cell.is_empty() {
            true => cell,
            false => format!("Column {}", place + 1),
        };
        let numbered = (2..).map(|number| format!("{given} ({number})"));
        let name = std::iter::once(given.clone())
            .chain(numbered)
            .find(|name| taken.insert(fold(name)))
            .unwrap_or_default();
        if name != given {
            notes.push(format!("Two columns are called “{given}”; the later one is “{name}”."));
        }
        names.push(name);
    }
    names
}

/// The keys of JSON lines, in the order in which they come.
fn keys(rows: &[RawRow], encoding: Encoding) -> Result<Vec<String>, Refusal> {
    let mut keys: Vec<String> = Vec::new();
    for row in rows.iter().filter(|row| row.problem.is_none()) {
        let Ok(text) = decoded(&row.bytes, encoding) else { continue };
        let Ok(Json::Object(object)) = serde_json::from_str::<Json>(text.trim()) else { continue };
        for key in object.keys().filter(|key| !key.trim().is_empty()) {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        if keys.len() > COLUMNS_MAX {
            return Err(Refusal::invalid(format!(
                "The objects of this file have more than {COLUMNS_MAX} keys. Leave out those that \
                 nobody needs and upload it again."
            )));
        }
    }
    if keys.is_empty() {
        return Err(Refusal::invalid(
            "No line of this file is a JSON object. Write one a line, like {\"name\": \"Anna\"}.",
        ));
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::uploads::Uploading;

    fn seen(bytes: &[u8]) -> Result<Look, Refusal> {
        let mut uploading = Uploading::default();
        let mut kept = uploading.push(bytes).concat();
        let (last, upload) = uploading.finish();
        kept.extend(last.concat());
        look(&kept, true, &upload, &Layout::default())
    }

    fn check(bytes: &[u8], delimiter: &str, header: bool, columns: &[&str], first: &[&str]) {
        let look = seen(bytes).expect("it reads");
        assert_eq!(look.table.delimiter.as_deref(), Some(delimiter));
        assert_eq!(look.table.header, header);
        assert_eq!(look.table.columns, columns);
        assert_eq!(look.preview[0].cells, first);
    }

    #[test]
    fn what_a_file_is_is_found_in_it() {
        check(
            b"Name,E-mail\nAnna,anna@acme.io\n",
            ",",
            true,
            &["Name", "E-mail"],
            &["Anna", "anna@acme.io"],
        );
        check(
            "\u{feff}Name;Ort\r\nJürgen;Köln\r\n".as_bytes(),
            ";",
            true,
            &["Name", "Ort"],
            &["Jürgen", "Köln"],
        );
        check(b"Name;Ort\nJ\xfcrgen;K\xf6ln\n", ";", true, &["Name", "Ort"], &["Jürgen", "Köln"]);
        check(b"Name\tPhone\nA\t'+49 30 1\n", "\t", true, &["Name", "Phone"], &["A", "+49 30 1"]);
        check(
            b"Anna,anna@acme.io\n",
            ",",
            false,
            &["Column 1", "Column 2"],
            &["Anna", "anna@acme.io"],
        );
        check(
            b"name,Name,\n1,2,3\n",
            ",",
            true,
            &["name", "Name (2)", "Column 3"],
            &["1", "2", "3"],
        );
        let look =
            seen(b"{\"name\":\"A\",\"n\":1}\n{\"m\":{\"amount\":\"1\",\"currency\":\"EUR\"}}\n");
        let look = look.expect("it reads");
        assert_eq!((look.table.format, look.table.columns.len()), (Format::JsonLines, 3));
        assert_eq!(look.preview[1].cells, ["", "", "1 EUR"]);
        let card = seen(b"BEGIN:VCARD\nVERSION:3.0\nFN:Anna\nEND:VCARD\n").expect("it reads");
        assert_eq!(card.preview[0].cells[0], "Anna");
    }

    #[test]
    fn a_file_that_cannot_be_read_says_why_and_a_bad_row_only_itself() {
        let refused = |bytes: &[u8]| seen(bytes).expect_err("refused").message;
        assert!(refused(b"").contains("is empty"));
        assert!(refused(b"\xef\xbb\xbf\r\n \n").contains("is empty"));
        let wide = vec!["c"; 10_000].join(",");
        assert!(refused(wide.as_bytes()).contains("10000 columns"));
        let look = seen(b"Name,Ort\nA,B\nC\nD,E,F\n\"G,H\nI,\0\nJ,K,,\nL,M\n").expect("it reads");
        let problems = look.preview.iter().map(|row| row.problem.is_some()).collect::<Vec<_>>();
        assert_eq!(problems, [false, true, true, true, true, false, false]);
        assert!(look.preview[1].problem.as_ref().is_some_and(|why| why.contains("has 1 cells")));
        let mut latin = seen(b"Name,Ort\nA,B\n").expect("it reads").table;
        latin.encoding = Encoding::Utf8;
        let row = RawRow { starts_at: 0, bytes: b"J\xfc,K".to_vec(), ends_at: 4, problem: None };
        let why = latin.cells(&mut CellReader::new(latin.ends()), &row).expect_err("no UTF-8");
        assert!(why.contains("is not UTF-8"), "{why}");
    }
}
