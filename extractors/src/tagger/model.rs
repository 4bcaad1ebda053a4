//! The weights: a table from the hash of a feature to what it adds to each label, and what it
//! costs to go from one label to the next. The label "no name" always weighs nothing.

use super::decode::{moves, steps};

/// Labels with weights: the beginning and the inside of each kind of name.
pub(super) const WEIGHTED: usize = 6;
/// All labels; the last is "no name".
pub(super) const LABELS: usize = WEIGHTED + 1;
pub(super) const OUTSIDE: usize = WEIGHTED;

pub(super) type Scores = [f32; LABELS];

/// Features are kept in buckets that fill a line of the cache each.
const BUCKET_BITS: u32 = 15;
const BUCKETS: usize = 1 << BUCKET_BITS;
const BUCKET_SLOTS: usize = 8;
const BUCKET_BYTES: usize = BUCKET_SLOTS * (2 + WEIGHTED);
/// How many features are asked for hints before the first is looked up.
const AT_ONCE: usize = 80;
const HEAD_BYTES: usize = 4 + 4 * LABELS * LABELS;

/// Some features whose hashes begin alike.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Bucket {
    /// What tells them apart; zero where there is none.
    checks: [u16; BUCKET_SLOTS],
    weights: [[i8; WEIGHTED]; BUCKET_SLOTS],
}

pub(super) struct Model {
    buckets: Vec<Bucket>,
    /// For each bucket, a bit for each feature that may be in it. Half of all features have no
    /// weights, and most of those are turned away here without touching the much larger buckets.
    hints: Vec<u64>,
    scale: f32,
    /// What it adds to go from each label to each label.
    pub(super) steps: [Scores; LABELS],
    /// The same as shares.
    pub(super) moves: [Scores; LABELS],
}

impl Model {
    /// Reads what [`written`] wrote; nothing when it is something else.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != HEAD_BYTES + BUCKETS * BUCKET_BYTES {
            return None;
        }
        let (head, body) = bytes.split_at(HEAD_BYTES);
        let mut numbers = head
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        let scale = numbers.next()?;
        let mut transitions = [[0.0; LABELS]; LABELS];
        for place in transitions.iter_mut().flatten() {
            *place = numbers.next()?;
        }
        let buckets: Vec<Bucket> = body.chunks_exact(BUCKET_BYTES).map(Bucket::read).collect();
        let hints = buckets.iter().map(Bucket::hints).collect();
        let (steps, moves) = (steps(&transitions), moves(&transitions));
        Some(Self { buckets, hints, scale, steps, moves })
    }

    /// What the features add up to.
    pub(super) fn scores(&self, features: &[u64]) -> Scores {
        let mut sums = [0_i32; WEIGHTED];
        let mut likely = [0; AT_ONCE];
        for features in features.chunks(AT_ONCE) {
            let mut count = 0;
            for &feature in features {
                likely[count] = feature;
                let hints = self.hints[bucket(feature)];
                count += (hints >> hint(check(feature)) & 1) as usize;
            }
            for &feature in &likely[..count] {
                let (weights, share) = self.buckets[bucket(feature)].weights(check(feature));
                for (sum, &weight) in sums.iter_mut().zip(weights) {
                    *sum += share * i32::from(weight);
                }
            }
        }
        let mut scores = [0.0; LABELS];
        for (score, sum) in scores.iter_mut().zip(sums) {
            *score = sum as f32 * self.scale;
        }
        scores
    }
}

impl Bucket {
    const EMPTY: Self = Self { checks: [0; BUCKET_SLOTS], weights: [[0; WEIGHTED]; BUCKET_SLOTS] };

    fn read(bytes: &[u8]) -> Self {
        let mut bucket = Self::EMPTY;
        let (checks, weights) = bytes.split_at(2 * BUCKET_SLOTS);
        for (place, pair) in bucket.checks.iter_mut().zip(checks.chunks_exact(2)) {
            *place = u16::from_le_bytes([pair[0], pair[1]]);
        }
        for (place, &byte) in bucket.weights.iter_mut().flatten().zip(weights) {
            *place = i8::from_le_bytes([byte]);
        }
        bucket
    }

    /// A bit for each of its features.
    fn hints(&self) -> u64 {
        let checks = self.checks.iter().filter(|&&check| check != 0);
        checks.fold(0, |hints, &check| hints | 1 << hint(check))
    }

    /// The weights of a feature, and how often they count: never, when it has none.
    fn weights(&self, check: u16) -> (&[i8; WEIGHTED], i32) {
        const BITS: [u16; BUCKET_SLOTS] = [1, 2, 4, 8, 16, 32, 64, 128];
        let mut found = 0;
        for (&other, bit) in self.checks.iter().zip(BITS) {
            found |= if other == check { bit } else { 0 };
        }
        let slot = found.trailing_zeros() as usize % BUCKET_SLOTS;
        (&self.weights[slot], i32::from(found != 0))
    }
}

fn bucket(feature: u64) -> usize {
    feature as usize % BUCKETS
}

/// Which of the bits of its bucket a feature has.
fn hint(check: u16) -> u32 {
    u32::from(check & 63)
}

fn check(feature: u64) -> u16 {
    ((feature >> 48) as u16).max(1)
}

/// The model as a file: the heaviest features win where there is no place for all.
pub(super) fn written(
    mut features: Vec<(u64, [f32; WEIGHTED])>,
    transitions: &[Scores; LABELS],
) -> Vec<u8> {
    let weight = |weights: &[f32; WEIGHTED]| weights.iter().map(|w| w.abs()).sum::<f32>();
    features.sort_by(|(a, left), (b, right)| {
        weight(right).total_cmp(&weight(left)).then_with(|| a.cmp(b))
    });
    let most =
        features.iter().flat_map(|(_, weights)| weights).fold(0.0_f32, |m, w| m.max(w.abs()));
    let scale = most.max(f32::MIN_POSITIVE) / 127.0;
    let mut buckets = vec![Bucket::EMPTY; BUCKETS];
    for (feature, weights) in features {
        let rounded = weights.map(|weight| (weight / scale).round() as i8);
        let bucket = &mut buckets[bucket(feature)];
        let free = bucket.checks.iter().position(|&other| other == 0);
        if let Some(free) = free.filter(|_| rounded != [0; WEIGHTED]) {
            bucket.checks[free] = check(feature);
            bucket.weights[free] = rounded;
        }
    }
    let mut bytes = scale.to_le_bytes().to_vec();
    bytes.extend(transitions.iter().flatten().flat_map(|number| number.to_le_bytes()));
    for bucket in buckets {
        bytes.extend(bucket.checks.iter().flat_map(|check| check.to_le_bytes()));
        bytes.extend(bucket.weights.iter().flatten().flat_map(|weight| weight.to_le_bytes()));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut transitions = [[0.0; LABELS]; LABELS];
        transitions[1][2] = -3.5;
        let features = vec![
            (0x9e37_79b9_7f4a_7c15, [1.0, 0.0, -0.5, 0.0, 0.0, 0.0]),
            (0xff51_afd7_ed55_8ccd, [0.25; WEIGHTED]),
        ];
        let bytes = written(features, &transitions);
        let model = Model::read(&bytes).expect("a model");
        assert_eq!(model.steps, steps(&transitions));
        let scores = model.scores(&[0x9e37_79b9_7f4a_7c15, 0xff51_afd7_ed55_8ccd, 8]);
        assert!((scores[0] - 1.25).abs() < 0.02 && (scores[2] + 0.25).abs() < 0.02, "{scores:?}");
        assert!(scores[OUTSIDE] == 0.0);
    }

    #[test]
    fn a_broken_model_is_refused() {
        assert!(Model::read(b"").is_none());
        assert!(Model::read(&[0; 100]).is_none());
    }
}
