//! The weights: a table from the hash of a feature to what it adds to each label, and what it
//! costs to go from one label to the next. The label "no name" always weighs nothing.

/// Labels with weights: the beginning and the inside of each kind of name.
pub(super) const WEIGHTED: usize = 6;
/// All labels; the last is "no name".
pub(super) const LABELS: usize = WEIGHTED + 1;
pub(super) const OUTSIDE: usize = WEIGHTED;

pub(super) type Scores = [f32; LABELS];

const SLOT_BITS: u32 = 18;
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BYTES: usize = 2 + WEIGHTED;
const HEAD_BYTES: usize = 4 + 4 * LABELS * LABELS;

pub(super) struct Model<'m> {
    slots: &'m [u8],
    scale: f32,
    /// From each label to each label.
    pub(super) transitions: [Scores; LABELS],
}

impl<'m> Model<'m> {
    /// Reads what [`written`] wrote; nothing when it is something else.
    pub(super) fn read(bytes: &'m [u8]) -> Option<Self> {
        if bytes.len() != HEAD_BYTES + SLOTS * SLOT_BYTES {
            return None;
        }
        let (head, slots) = bytes.split_at(HEAD_BYTES);
        let mut numbers = head
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        let scale = numbers.next()?;
        let mut transitions = [[0.0; LABELS]; LABELS];
        for place in transitions.iter_mut().flatten() {
            *place = numbers.next()?;
        }
        Some(Self { slots, scale, transitions })
    }

    /// What the features add up to.
    pub(super) fn scores(&self, features: &[u64]) -> Scores {
        let mut sums = [0_i32; WEIGHTED];
        for &feature in features {
            if let Some(weights) = self.weights(feature) {
                for (sum, &weight) in sums.iter_mut().zip(weights) {
                    *sum += i32::from(i8::from_le_bytes([weight]));
                }
            }
        }
        let mut scores = [0.0; LABELS];
        for (score, sum) in scores.iter_mut().zip(sums) {
            *score = sum as f32 * self.scale;
        }
        scores
    }

    fn weights(&self, feature: u64) -> Option<&[u8]> {
        places(feature).into_iter().find_map(|place| {
            let slot = &self.slots[place * SLOT_BYTES..][..SLOT_BYTES];
            (slot[..2] == check(feature)).then(|| &slot[2..])
        })
    }
}

/// The two places where a feature can be.
fn places(feature: u64) -> [usize; 2] {
    [feature as usize % SLOTS, (feature >> SLOT_BITS) as usize % SLOTS]
}

/// Tells a feature from the others of its place; never zero, which is an empty place.
fn check(feature: u64) -> [u8; 2] {
    ((feature >> 48) as u16 | 1).to_le_bytes()
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
    let mut bytes = scale.to_le_bytes().to_vec();
    bytes.extend(transitions.iter().flatten().flat_map(|number| number.to_le_bytes()));
    bytes.resize(HEAD_BYTES + SLOTS * SLOT_BYTES, 0);
    for (feature, weights) in features {
        let rounded = weights.map(|weight| (weight / scale).round() as i8);
        if rounded == [0; WEIGHTED] {
            continue;
        }
        for place in places(feature) {
            let slot = &mut bytes[HEAD_BYTES + place * SLOT_BYTES..][..SLOT_BYTES];
            if slot[..2] == [0, 0] {
                slot[..2].copy_from_slice(&check(feature));
                for (place, weight) in slot[2..].iter_mut().zip(rounded) {
                    *place = weight.to_le_bytes()[0];
                }
                break;
            }
        }
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
        assert_eq!(model.transitions, transitions);
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
