//! The lines of a mail, each with how deep it is quoted and what stands behind
//! the quote marks.

use std::ops::Range;

/// Deeper quoting than this is counted as this deep.
const DEPTH_MAX: usize = 32;

/// A quoted line that was wrapped is at least as long,
const FULL_LINE_BYTES: usize = 45;
/// or would have been as long as this with the next word.
const WRAP_BYTES: usize = 70;

/// One line, without its line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line<'t> {
    /// The whole line in the text.
    pub(crate) range: Range<usize>,
    /// How many quote marks stand in front.
    pub(crate) depth: usize,
    /// What stands behind them, without white space around it.
    pub(crate) words: &'t str,
    /// Where that begins in the text.
    pub(crate) at: usize,
}

impl Line<'_> {
    pub(crate) fn is_blank(&self) -> bool {
        self.words.is_empty()
    }
}

/// Cuts a text into lines.
pub(crate) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::with_capacity(text.len() / 40 + 1);
    let mut start = 0;
    for whole in text.split('\n') {
        let end = start + whole.len();
        let (depth, behind) = behind_quote_marks(whole);
        let words = whole[behind..].trim();
        let at = start + behind + (whole[behind..].len() - whole[behind..].trim_start().len());
        lines.push(Line { range: start..end, depth, words, at });
        start = end + 1;
    }
    rejoin(&mut lines);
    lines
}

/// Quotes the ends of quoted lines that a mail program wrapped without a mark: a
/// few words below a full line, with more of the quote below them.
fn rejoin(lines: &mut [Line<'_>]) {
    for at in 1..lines.len() {
        let (above, here) = (&lines[at - 1], &lines[at]);
        if above.depth == 0 || here.depth > 0 || here.is_blank() {
            continue;
        }
        let goes_on = lines[at + 1..].iter().take(2).any(|below| below.depth == above.depth)
            && lines.get(at + 1).is_some_and(|below| !below.is_blank() || below.depth > 0);
        let width = above.range.len();
        let first_word = here.words.split(' ').next().map_or(0, str::len);
        let is_torn = width + first_word >= WRAP_BYTES
            || (width >= FULL_LINE_BYTES && here.words.starts_with(char::is_lowercase));
        let ends = |words: &str| words.ends_with(['.', '?', '!']);
        if goes_on && is_torn && here.words.len() < WRAP_BYTES && !ends(above.words) {
            lines[at].depth = above.depth;
        }
    }
}

/// How deep a line is quoted, and where its words begin.
fn behind_quote_marks(line: &str) -> (usize, usize) {
    let bytes = line.as_bytes();
    let (mut depth, mut behind) = (0, 0);
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'>' => {
                depth += 1;
                behind = at + 1;
            }
            b' ' if at < behind + 4 => {}
            // "| he said", but no table.
            b'|' if at == 0 && matches!(bytes.get(1), None | Some(b' ')) && is_no_table(line) => {
                depth += 1;
                behind = 1;
            }
            _ => break,
        }
    }
    (depth.min(DEPTH_MAX), behind)
}

fn is_no_table(line: &str) -> bool {
    !line[1..].contains('|')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quote_marks_are_counted_and_left_out() {
        for (text, depth, words) in [
            ("hello ", 0, "hello"),
            ("> hello", 1, "hello"),
            ("> > hello", 2, "hello"),
            (">>hello", 2, "hello"),
            (">", 1, ""),
            ("a > b", 0, "a > b"),
            ("| hello", 1, "hello"),
            ("| a | b |", 0, "| a | b |"),
        ] {
            let found = &lines(text)[0];
            assert_eq!((found.depth, found.words), (depth, words), "{text:?}");
            assert_eq!(&text[found.at..found.at + words.len()], words);
        }
    }

    #[test]
    fn every_line_stands_where_it_says() {
        let text = "a\r\n> b\n\nc";
        let found: Vec<&str> = lines(text).iter().map(|line| &text[line.range.clone()]).collect();
        assert_eq!(found, ["a\r", "> b", "", "c"]);
    }
}
