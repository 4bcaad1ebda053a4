//! Collects what a text names. Explicit forms are taken first; what is left is
//! matched leftmost, then longest.

use std::ops::Range;
use std::sync::Arc;

use super::naming::Form;
use super::table::Term;
use super::tokens::{Token, Words};
use super::{Mention, MentionIndex, NameKind};
use crate::offsets::CharOffsets;
use crate::shelter::overlaps;

/// A place that names records, by their numbers.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) records: Vec<u32>,
    pub(super) explicit: bool,
    pub(super) kind: NameKind,
    pub(super) form: Form,
}

impl Found {
    /// What these terms name; nothing when there are none.
    pub(super) fn of(range: Range<usize>, terms: &[&Term], explicit: bool) -> Option<Self> {
        let kind = terms.iter().map(|term| term.kind).min()?;
        let form = terms.iter().map(|term| term.form()).min()?;
        let mut records: Vec<u32> = terms.iter().map(|term| term.record).collect();
        records.sort_unstable();
        records.dedup();
        Some(Self { range, records, explicit, kind, form })
    }
}

/// One text that is being read.
pub(super) struct Search<'a> {
    pub(super) index: &'a MentionIndex,
    pub(super) text: &'a str,
    pub(super) shelter: Vec<Range<usize>>,
    pub(super) tokens: Vec<Token>,
}

pub(super) fn find(index: &MentionIndex, text: &str) -> Vec<Mention> {
    let Words { mut tokens, shelter, links, has_brackets } = Words::of(text);
    // One after the other, so that the memory is asked for many at once.
    for token in &mut tokens {
        token.may_be = index.table.may_be(token.hash);
    }
    let search = Search { index, text, shelter, tokens };
    let mut explicit = if has_brackets { search.brackets() } else { Vec::new() };
    explicit.extend(search.keys());
    explicit.extend(search.record_links(&links));
    let explicit = without_overlaps(explicit);
    let taken: Vec<Range<usize>> = explicit.iter().map(|found| found.range.clone()).collect();

    let mut bare = search.domains();
    bare.extend(search.handles());
    bare.extend(search.written_names(&taken));
    bare.retain(|found| !overlaps(&taken, &found.range));
    if bare.is_empty() && explicit.is_empty() {
        return Vec::new();
    }
    let mut all = without_overlaps(bare);
    all.extend(explicit);
    all.sort_by_key(|found| found.range.start);
    search.mentions(all)
}

/// Keeps the leftmost, then the longest; joins the records of equal ranges.
fn without_overlaps(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|f| (f.range.start, std::cmp::Reverse(f.range.end), f.kind));
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for next in found {
        match kept.last_mut() {
            Some(last) if last.range == next.range => last.records.extend(next.records),
            Some(last) if next.range.start < last.range.end => {}
            _ => kept.push(next),
        }
    }
    kept
}

impl Search<'_> {
    fn mentions(&self, found: Vec<Found>) -> Vec<Mention> {
        let mut offsets = CharOffsets::new(self.text);
        found
            .into_iter()
            .filter_map(|found| {
                let ids = found.records.iter().filter_map(|&slot| self.index.table.id(slot));
                let mut candidates: Vec<Arc<str>> = ids.collect();
                candidates.sort();
                candidates.dedup();
                (!candidates.is_empty()).then(|| Mention {
                    start: offsets.at(found.range.start),
                    end: offsets.at(found.range.end),
                    start_bytes: found.range.start,
                    end_bytes: found.range.end,
                    text: self.text[found.range.clone()].to_string(),
                    candidates,
                    explicit: found.explicit,
                    kind: found.kind,
                    part: found.form.is_part(),
                })
            })
            .collect()
    }
}
