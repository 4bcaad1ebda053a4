//! From the scores of the tokens to names: the best sequence of labels (Viterbi), and how likely
//! each name in it is among all sequences (forward and backward sums).

use super::model::{LABELS, Model, OUTSIDE, Scores};

/// Tokens `first..end` are a name of the kind with this number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) kind: usize,
    pub(super) first: usize,
    pub(super) end: usize,
    pub(super) probability: f32,
}

/// The label that begins a name of a kind.
pub(super) fn begin(kind: usize) -> usize {
    2 * kind
}

/// The label of every further token of it.
pub(super) fn inside(kind: usize) -> usize {
    2 * kind + 1
}

/// Whether a label can follow another: inside a name only after its beginning or inside.
pub(super) fn may_follow(before: usize, label: usize) -> bool {
    label == OUTSIDE || label.is_multiple_of(2) || before == label || before + 1 == label
}

/// The names of the best sequence. The lift of its kind is added to every name's beginning.
pub(super) fn names(model: &Model, scores: &[Scores], lifts: &[f32]) -> Vec<Run> {
    let mut runs = runs(&best(model, scores, lifts));
    if !runs.is_empty() {
        let lattice = Lattice::new(&model.moves, scores);
        for run in &mut runs {
            run.probability = lattice.probability(run);
        }
    }
    runs
}

fn best(model: &Model, scores: &[Scores], lifts: &[f32]) -> Vec<usize> {
    let mut back: Vec<[u8; LABELS]> = Vec::with_capacity(scores.len());
    let mut reached = [f32::NEG_INFINITY; LABELS];
    reached[OUTSIDE] = 0.0;
    for score in scores {
        let mut next = [f32::NEG_INFINITY; LABELS];
        let mut from = [OUTSIDE as u8; LABELS];
        for (before, (reached, steps)) in reached.iter().zip(&model.steps).enumerate() {
            for label in 0..LABELS {
                let sum = reached + steps[label];
                if sum > next[label] {
                    next[label] = sum;
                    from[label] = before as u8;
                }
            }
        }
        let mut lifted = *score;
        for (kind, lift) in lifts.iter().enumerate() {
            lifted[begin(kind)] += lift;
        }
        for (place, score) in next.iter_mut().zip(lifted) {
            *place += score;
        }
        back.push(from);
        reached = next;
    }
    let mut label =
        (0..LABELS).max_by(|&a, &b| reached[a].total_cmp(&reached[b])).unwrap_or(OUTSIDE);
    let mut labels = vec![OUTSIDE; scores.len()];
    for (place, from) in labels.iter_mut().zip(&back).rev() {
        *place = label;
        label = usize::from(from[label]);
    }
    labels
}

fn runs(labels: &[usize]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, &label) in labels.iter().enumerate() {
        if label == OUTSIDE {
            continue;
        }
        match runs.last_mut() {
            Some(run) if label % 2 == 1 && run.end == at => run.end = at + 1,
            _ => runs.push(Run { kind: label / 2, first: at, end: at + 1, probability: 0.0 }),
        }
    }
    runs
}

/// What each transition adds; nothing reaches over one that is not allowed.
pub(super) fn steps(transitions: &[Scores; LABELS]) -> [Scores; LABELS] {
    let mut steps = [[f32::NEG_INFINITY; LABELS]; LABELS];
    for (before, row) in steps.iter_mut().enumerate() {
        for (label, place) in row.iter_mut().enumerate() {
            if may_follow(before, label) {
                *place = transitions[before][label];
            }
        }
    }
    steps
}

/// What each transition multiplies the share of a sequence by; nothing where none is allowed.
pub(super) fn moves(transitions: &[Scores; LABELS]) -> [Scores; LABELS] {
    let mut moves = [[0.0; LABELS]; LABELS];
    for (before, row) in moves.iter_mut().enumerate() {
        for (label, place) in row.iter_mut().enumerate() {
            if may_follow(before, label) {
                *place = transitions[before][label].exp();
            }
        }
    }
    moves
}

/// All sequences at once, as sums that are scaled to one at each token.
pub(super) struct Lattice<'m> {
    moves: &'m [Scores; LABELS],
    weights: Vec<Scores>,
    forward: Vec<Scores>,
    backward: Vec<Scores>,
    scales: Vec<f32>,
}

impl<'m> Lattice<'m> {
    pub(super) fn new(moves: &'m [Scores; LABELS], scores: &[Scores]) -> Self {
        let weights: Vec<Scores> = scores
            .iter()
            .map(|score| {
                let most = score.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                score.map(|one| (one - most).exp())
            })
            .collect();
        let mut start = [0.0; LABELS];
        start[OUTSIDE] = 1.0;
        let mut forward: Vec<Scores> = Vec::with_capacity(scores.len());
        let mut scales = Vec::with_capacity(scores.len());
        for weight in &weights {
            let before = forward.last().unwrap_or(&start);
            let mut sums = [0.0; LABELS];
            for (label, sum) in sums.iter_mut().enumerate() {
                *sum =
                    weight[label] * (0..LABELS).map(|b| before[b] * moves[b][label]).sum::<f32>();
            }
            let scale = sums.iter().sum::<f32>().max(f32::MIN_POSITIVE);
            forward.push(sums.map(|sum| sum / scale));
            scales.push(scale);
        }
        let mut backward = vec![[1.0; LABELS]; scores.len()];
        for at in (1..scores.len()).rev() {
            let mut sums = [0.0; LABELS];
            for (before, sum) in sums.iter_mut().enumerate() {
                *sum = (0..LABELS)
                    .map(|label| moves[before][label] * weights[at][label] * backward[at][label])
                    .sum::<f32>()
                    / scales[at];
            }
            backward[at - 1] = sums;
        }
        Self { moves, weights, forward, backward, scales }
    }

    /// How likely each label is for the token `at`.
    pub(super) fn at(&self, at: usize) -> Scores {
        let mut shares = [0.0; LABELS];
        for (label, share) in shares.iter_mut().enumerate() {
            *share = self.forward[at][label] * self.backward[at][label];
        }
        let sum = shares.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        shares.map(|share| share / sum)
    }

    /// How likely the token `at` has the second label after one with the first.
    pub(super) fn step(&self, at: usize, before: usize, label: usize) -> f32 {
        let reached = match at.checked_sub(1) {
            Some(previous) => self.forward[previous][before],
            None => f32::from(u8::from(before == OUTSIDE)),
        };
        reached * self.moves[before][label] * self.weights[at][label] * self.backward[at][label]
            / self.scales[at]
    }

    /// How likely exactly this name is.
    fn probability(&self, run: &Run) -> f32 {
        let (begin, inside) = (begin(run.kind), inside(run.kind));
        let mut sum = self.forward[run.first][begin];
        let mut label = begin;
        for at in run.first + 1..run.end {
            sum *= self.moves[label][inside] * self.weights[at][inside] / self.scales[at];
            label = inside;
        }
        let ends = if run.end == self.weights.len() {
            1.0
        } else {
            (0..LABELS)
                .filter(|&next| next != inside)
                .map(|next| {
                    self.moves[label][next]
                        * self.weights[run.end][next]
                        * self.backward[run.end][next]
                })
                .sum::<f32>()
                / self.scales[run.end]
        };
        (sum * ends).clamp(0.0, 1.0)
    }
}
