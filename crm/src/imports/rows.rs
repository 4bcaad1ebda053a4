//! Rows of a file, found in its bytes without holding more than one of them. Every row has its
//! place in the file, so that reading goes on anywhere and a refused row is given back as it
//! came. A row that is too large is passed over to its end; a quotation mark that is never
//! closed spoils its own line and no more.

use serde::{Deserialize, Serialize};

use super::{CHUNK_BYTES, ROW_BYTES_MAX};

/// How rows end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ends {
    /// At a line end outside of quotation marks; cells are separated by this.
    Quoted(u8),
    /// At each line end.
    Lines,
    /// After `END:VCARD`.
    Cards,
}

/// A row as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// Where it begins, in bytes.
    pub starts_at: u64,
    /// Its bytes, with its line end; none when it is too large.
    pub bytes: Vec<u8>,
    /// Where the next one begins.
    pub ends_at: u64,
    /// Why it does not read.
    pub problem: Option<&'static str>,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A row.
    Row(RawRow),
    /// Nothing before this piece of the file is given to [`Rows::feed`].
    NeedsChunk(i64),
    /// The file ended.
    End,
}

const TOO_LARGE: &str = "The row is larger than 2 MiB. Cut it down, or put it in by hand.";
const NEVER_CLOSED: &str =
    "The row opens a quotation mark that is never closed. Close it, or double it inside a cell.";
const BROKEN: &str = "After a closing quotation mark stands something else than the next cell. \
                      Double quotation marks inside a cell.";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    CellStart,
    Plain,
    Quoted,
    QuoteInQuoted,
    /// Passes the rest of a line over.
    Broken,
}

/// The rows of a file, from some place on.
#[derive(Debug)]
pub struct Rows {
    ends: Ends,
    held: Vec<u8>,
    /// Where `held` begins in the file.
    held_at: u64,
    /// How far `held` was looked through.
    seen: usize,
    /// Where the row began; before `held_at` once it is too large.
    row_at: u64,
    state: State,
    /// Where the first line of the row ended, when it goes on behind it.
    line_ended_at: Option<u64>,
    next_chunk: i64,
    is_whole: bool,
    /// Where the line began that is being looked at, for cards.
    line_at: u64,
}

impl Rows {
    /// The rows from this byte on, which begins one.
    pub fn new(ends: Ends, from: u64) -> Self {
        Self {
            ends,
            held: Vec::new(),
            held_at: from,
            seen: 0,
            row_at: from,
            state: State::CellStart,
            line_ended_at: None,
            next_chunk: i64::try_from(from / CHUNK_BYTES as u64).unwrap_or(i64::MAX),
            is_whole: false,
            line_at: from,
        }
    }

    /// Takes the piece that was asked for; none means that the file ended before it.
    pub fn feed(&mut self, chunk: Option<&[u8]>) {
        match chunk {
            None => self.is_whole = true,
            Some(chunk) => {
                // What was given away goes at once, not row by row.
                let done = usize::try_from(self.row_at.saturating_sub(self.held_at)).unwrap_or(0);
                let done = done.min(self.held.len());
                self.held.drain(..done);
                self.held_at += done as u64;
                self.seen = self.seen.saturating_sub(done);
                let chunk_at = u64::try_from(self.next_chunk).unwrap_or(0) * CHUNK_BYTES as u64;
                let wanted = self.held_at + self.held.len() as u64;
                let skip = usize::try_from(wanted.saturating_sub(chunk_at)).unwrap_or(usize::MAX);
                self.held.extend_from_slice(chunk.get(skip..).unwrap_or_default());
                self.next_chunk += 1;
                self.is_whole = chunk.len() < CHUNK_BYTES;
            }
        }
    }

    /// The next row, as far as the file was given.
    pub fn next_row(&mut self) -> Next {
        match self.end_of_row() {
            Some((end, problem)) => Next::Row(self.take(end, problem)),
            None if !self.is_whole => {
                self.let_go();
                Next::NeedsChunk(self.next_chunk)
            }
            None => {
                let end = self.held_at + self.held.len() as u64;
                if end == self.row_at {
                    return Next::End;
                }
                let unclosed = matches!(self.state, State::Quoted);
                match (unclosed, self.line_ended_at) {
                    (true, Some(line)) => Next::Row(self.take(line, Some(NEVER_CLOSED))),
                    (true, None) => Next::Row(self.take(end, Some(NEVER_CLOSED))),
                    (false, _) => {
                        let broken = self.state == State::Broken;
                        Next::Row(self.take(end, broken.then_some(BROKEN)))
                    }
                }
            }
        }
    }

    /// Gives back the memory of a row that is too large.
    fn let_go(&mut self) {
        let length = self.held_at + self.held.len() as u64 - self.row_at;
        if length > ROW_BYTES_MAX as u64 {
            // A line that is being looked at for the end of a card stays.
            let keep_from = match self.ends {
                Ends::Cards => {
                    let line = usize::try_from(self.line_at.saturating_sub(self.held_at));
                    line.unwrap_or(0).min(self.seen)
                }
                _ => self.seen,
            };
            let keep_from =
                if self.held.len() - keep_from > ROW_BYTES_MAX { self.seen } else { keep_from };
            self.held.drain(..keep_from);
            self.held_at += keep_from as u64;
            self.seen -= keep_from;
        }
    }

    /// Takes a row that ends here, and goes on behind it.
    fn take(&mut self, end: u64, problem: Option<&'static str>) -> RawRow {
        let starts_at = self.row_at;
        let fits = end - starts_at <= ROW_BYTES_MAX as u64 && starts_at >= self.held_at;
        let mut row = RawRow { starts_at, bytes: Vec::new(), ends_at: end, problem };
        if end < self.held_at {
            // What follows was let go already, and is asked for again.
            row.problem = row.problem.or(Some(TOO_LARGE));
            *self = Self::new(self.ends, end);
            return row;
        }
        let cut = usize::try_from(end - self.held_at).unwrap_or(self.held.len());
        let from = usize::try_from(starts_at.saturating_sub(self.held_at)).unwrap_or(cut);
        match self.held.get(from..cut) {
            Some(bytes) if fits => row.bytes = bytes.to_vec(),
            _ => row.problem = row.problem.or(Some(TOO_LARGE)),
        }
        self.seen = cut;
        self.row_at = end;
        self.line_at = end;
        self.state = State::CellStart;
        self.line_ended_at = None;
        row
    }

    fn end_of_row(&mut self) -> Option<(u64, Option<&'static str>)> {
        match self.ends {
            Ends::Quoted(delimiter) => self.end_quoted(delimiter),
            Ends::Lines => {
                let found = self.held[self.seen..].iter().position(|b| *b == b'\n');
                match found {
                    Some(at) => Some((self.held_at + (self.seen + at + 1) as u64, None)),
                    None => {
                        self.seen = self.held.len();
                        None
                    }
                }
            }
            Ends::Cards => self.end_of_card(),
        }
    }

    fn end_of_card(&mut self) -> Option<(u64, Option<&'static str>)> {
        loop {
            let from = self.seen;
            let end = self.held[from..].iter().position(|b| *b == b'\n').map(|at| from + at + 1);
            let Some(end) = end else {
                self.seen = self.held.len();
                return None;
            };
            let begins = usize::try_from(self.line_at.saturating_sub(self.held_at)).unwrap_or(end);
            let line = self.held.get(begins..end).unwrap_or_default().trim_ascii();
            let ends = line.eq_ignore_ascii_case(b"END:VCARD");
            self.seen = end;
            self.line_at = self.held_at + end as u64;
            if ends {
                return Some((self.line_at, None));
            }
        }
    }

    fn end_quoted(&mut self, delimiter: u8) -> Option<(u64, Option<&'static str>)> {
        while self.seen < self.held.len() {
            let byte = self.held[self.seen];
            // A carriage return ends a row by itself, unless a line feed follows.
            if byte == b'\r' && self.seen + 1 == self.held.len() && !self.is_whole {
                return None;
            }
            self.seen += 1;
            let ends_line = byte == b'\n'
                || (byte == b'\r' && self.held.get(self.seen).is_none_or(|next| *next != b'\n'));
            let here = self.held_at + self.seen as u64;
            if ends_line {
                match self.state {
                    State::Quoted => {
                        self.line_ended_at = self.line_ended_at.or(Some(here));
                        continue;
                    }
                    State::Broken => return Some((here, Some(BROKEN))),
                    _ => return Some((here, None)),
                }
            }
            if byte == b'\r' {
                // The line feed behind it ends the line.
                if self.state == State::QuoteInQuoted || self.state == State::CellStart {
                    self.state = State::Plain;
                }
                continue;
            }
            self.state = match self.state {
                State::CellStart if byte == b'"' => State::Quoted,
                State::CellStart | State::Plain if byte == delimiter => State::CellStart,
                State::CellStart | State::Plain => State::Plain,
                State::Quoted if byte == b'"' => State::QuoteInQuoted,
                State::Quoted => State::Quoted,
                State::QuoteInQuoted if byte == b'"' => State::Quoted,
                State::QuoteInQuoted if byte == delimiter => State::CellStart,
                State::QuoteInQuoted => match self.line_ended_at {
                    Some(line) => return Some((line, Some(BROKEN))),
                    None => State::Broken,
                },
                State::Broken => State::Broken,
            };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All rows of a file that is given in chunks.
    fn rows(ends: Ends, file: &[u8]) -> Vec<RawRow> {
        let chunks = file.chunks(CHUNK_BYTES).collect::<Vec<_>>();
        let mut reader = Rows::new(ends, 0);
        let mut found = Vec::new();
        loop {
            match reader.next_row() {
                Next::Row(row) => found.push(row),
                Next::NeedsChunk(number) => {
                    let number = usize::try_from(number).expect("a number");
                    reader.feed(chunks.get(number).copied());
                }
                Next::End => return found,
            }
        }
    }

    fn texts(ends: Ends, file: &str) -> Vec<(String, bool)> {
        let text = |row: &RawRow| String::from_utf8(row.bytes.clone()).expect("text");
        rows(ends, file.as_bytes()).iter().map(|r| (text(r), r.problem.is_some())).collect()
    }

    fn check(file: &str, expected: &[(&str, bool)]) {
        let expected = expected.iter().map(|(t, bad)| ((*t).to_owned(), *bad)).collect::<Vec<_>>();
        assert_eq!(texts(Ends::Quoted(b','), file), expected, "{file:?}");
    }

    #[test]
    fn a_row_ends_at_a_line_end_outside_of_quotation_marks() {
        check("a,b\n1,2", &[("a,b\n", false), ("1,2", false)]);
        check("a\r\nb\rc\n", &[("a\r\n", false), ("b\r", false), ("c\n", false)]);
        check("\"a\nb\",c\r\nd\n", &[("\"a\nb\",c\r\n", false), ("d\n", false)]);
        check("\"a \"\"b\"\"\"\nc\n", &[("\"a \"\"b\"\"\"\n", false), ("c\n", false)]);
        check("5\" pipe,x\ny\n", &[("5\" pipe,x\n", false), ("y\n", false)]);
        check("\"a\"\r\nb", &[("\"a\"\r\n", false), ("b", false)]);
        check("", &[]);
    }

    #[test]
    fn a_broken_quote_spoils_its_own_line_and_no_more() {
        check("\"a,b\nc,d\ne,f\n", &[("\"a,b\n", true), ("c,d\n", false), ("e,f\n", false)]);
        check("\"a\"b,c\nd\n", &[("\"a\"b,c\n", true), ("d\n", false)]);
        check(
            "\"a,1\n\"b\",2\nc,3\n",
            &[("\"a,1\n", true), ("\"b\",2\n", false), ("c,3\n", false)],
        );
        check("a\n\"b", &[("a\n", false), ("\"b", true)]);
    }

    #[test]
    fn a_row_that_is_too_large_is_passed_over_to_its_end() {
        let large = "x".repeat(ROW_BYTES_MAX + 3 * CHUNK_BYTES);
        for file in [format!("a,b\n1,{large}\nc,d\n"), format!("a,b\n1,\"{large}\n\"\nc,d\n")] {
            let found = rows(Ends::Quoted(b','), file.as_bytes());
            assert_eq!(found.len(), 3);
            assert!(found[1].bytes.is_empty() && found[1].problem == Some(TOO_LARGE));
            assert_eq!(found[2].bytes, b"c,d\n");
            assert_eq!(found[1].ends_at, found[2].starts_at);
        }
        // Never closed: the line is refused, and what follows is read after all.
        let file = format!("a,b\n1,\"x\n{}", "c,d\n".repeat(ROW_BYTES_MAX / 4 + 10));
        let found = rows(Ends::Quoted(b','), file.as_bytes());
        assert_eq!(found[1].problem, Some(NEVER_CLOSED));
        assert_eq!(found.len(), 2 + ROW_BYTES_MAX / 4 + 10);
    }

    #[test]
    fn reading_goes_on_at_any_row() {
        let file = "a,b\n".repeat(CHUNK_BYTES);
        let all = rows(Ends::Quoted(b','), file.as_bytes());
        assert_eq!(all.len(), CHUNK_BYTES);
        let chunks = file.as_bytes().chunks(CHUNK_BYTES).collect::<Vec<_>>();
        let from = &all[CHUNK_BYTES / 2 + 1];
        let mut later = Rows::new(Ends::Quoted(b','), from.starts_at);
        let Next::NeedsChunk(number) = later.next_row() else { panic!("it needs a piece") };
        later.feed(chunks.get(usize::try_from(number).expect("a number")).copied());
        assert_eq!(later.next_row(), Next::Row(from.clone()));
    }

    #[test]
    fn a_card_ends_where_it_says_so() {
        let file = "BEGIN:VCARD\r\nFN:A\r\nEND:VCARD\r\nBEGIN:VCARD\nFN:B\nend:vcard\n";
        let found = texts(Ends::Cards, file);
        assert_eq!(found.len(), 2);
        assert!(found[1].0.starts_with("BEGIN:VCARD\nFN:B"));
    }
}
