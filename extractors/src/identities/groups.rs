//! Groups of records that grow by joining.

use super::{Merged, Suggestion};

/// Groups of numbers; each is known by its smallest.
pub(super) struct Groups(Vec<usize>);

impl Groups {
    pub(super) fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    pub(super) fn first(&mut self, mut number: usize) -> usize {
        while self.0[number] != number {
            self.0[number] = self.0[self.0[number]];
            number = self.0[number];
        }
        number
    }

    pub(super) fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        self.0[one.max(other)] = one.min(other);
    }

    pub(super) fn firsts(mut self) -> Vec<usize> {
        (0..self.0.len()).map(|number| self.first(number)).collect()
    }
}

/// How sure a suggestion must be to join two groups that have grown already: one wrong link
/// between two of them makes many wrong pairs.
const LIKELY_FOR_GROUPS: f32 = 0.6;

pub(super) fn with_suggestions(merged: &Merged) -> Vec<usize> {
    let mut groups = Groups(merged.groups.clone());
    let mut sizes = vec![0_usize; merged.groups.len()];
    for &first in &merged.groups {
        sizes[first] += 1;
    }
    let mut likely: Vec<&Suggestion> =
        merged.suggestions.iter().filter(|one| one.score >= Suggestion::LIKELY).collect();
    likely
        .sort_by(|a, b| b.score.total_cmp(&a.score).then((a.one, a.other).cmp(&(b.one, b.other))));
    for suggestion in likely {
        let (one, other) = (groups.first(suggestion.one), groups.first(suggestion.other));
        let have_grown = sizes[one] > 1 && sizes[other] > 1;
        if one == other || have_grown && suggestion.score < LIKELY_FOR_GROUPS {
            continue;
        }
        groups.join(one, other);
        sizes[one.min(other)] = sizes[one] + sizes[other];
    }
    groups.firsts()
}
