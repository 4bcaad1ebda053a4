//! Slips of the pen between two words: letters that were left out, added, changed or swapped. More
//! than a few are not counted, since such words are not alike.

/// More slips than this are not counted.
const SLIPS_MAX: usize = 2;
/// Longer words are compared by other means.
const ROWS_MAX: usize = 64;

/// How many letters were left out, added, changed or swapped; `usize::MAX` when more than two.
pub(crate) fn slips_between(one: &str, other: &str) -> usize {
    if one.len().abs_diff(other.len()) > SLIPS_MAX && one.is_ascii() && other.is_ascii() {
        return usize::MAX;
    }
    if one.len().max(other.len()) < ROWS_MAX && one.is_ascii() && other.is_ascii() {
        return slips_between_bytes(one.as_bytes(), other.as_bytes());
    }
    Some(strsim::osa_distance(one, other)).filter(|&slips| slips <= SLIPS_MAX).unwrap_or(usize::MAX)
}

/// The same for words of less than [`ROWS_MAX`] plain letters.
fn slips_between_bytes(one: &[u8], other: &[u8]) -> usize {
    let (one, other) = apart(one, other);
    if one.len().abs_diff(other.len()) > SLIPS_MAX {
        return usize::MAX;
    }
    match (one, other) {
        ([], rest) | (rest, []) => return rest.len(),
        ([_], [_]) => return 1,
        ([a, b], [c, d]) => return if a == d && b == c { 1 } else { 2 },
        _ => {}
    }
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    // A column of the table of slips at once, each bit a row: where the number grows or falls from
    // one row to the next (Hyyrö, 2003).
    let (mut grows, mut falls) = (u64::MAX, 0_u64);
    let (mut stays, mut met_before) = (0_u64, 0_u64);
    let last = short.len() - 1;
    let mut slips = short.len();
    for (at, letter) in long.iter().enumerate() {
        let met =
            (0..).zip(short).fold(0, |met, (row, other)| met | u64::from(letter == other) << row);
        let swapped = ((!stays & met) << 1) & met_before;
        stays = ((met & grows).wrapping_add(grows) ^ grows) | met | falls | swapped;
        let (more, less) = (falls | !(stays | grows), stays & grows);
        slips = slips + (more >> last & 1) as usize - (less >> last & 1) as usize;
        let (more, less) = (more << 1 | 1, less << 1);
        (grows, falls) = (less | !(stays | more), more & stays);
        met_before = met;
        // Each letter left makes one slip fewer, at most.
        if slips > SLIPS_MAX + long.len() - 1 - at {
            return usize::MAX;
        }
    }
    if slips > SLIPS_MAX { usize::MAX } else { slips }
}

/// Both without what they begin and end with alike.
fn apart<'a>(mut one: &'a [u8], mut other: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    while let ([a, rest @ ..], [b, others @ ..]) = (one, other)
        && a == b
    {
        (one, other) = (rest, others);
    }
    while let ([rest @ .., a], [others @ .., b]) = (one, other)
        && a == b
    {
        (one, other) = (rest, others);
    }
    (one, other)
}

/// Whether exactly one slip lies between two words.
pub(super) fn is_one_slip(one: &[u8], other: &[u8]) -> bool {
    match apart(one, other) {
        ([], [_]) | ([_], []) | ([_], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slips_are_counted_as_people_make_them() {
        for (one, other, slips) in [
            ("anna", "anna", 0),
            ("anna", "ana", 1),
            ("anna", "nana", 1),
            ("schmidt", "schmitd", 1),
            ("schmidt", "schmitz", 2),
            ("schmidt", "smith", usize::MAX),
            ("", "jo", 2),
            ("jo", "jane", usize::MAX),
            ("żak", "zak", 1),
        ] {
            assert_eq!(slips_between(one, other), slips, "{one:?} and {other:?}");
            assert_eq!(slips_between(other, one), slips, "{one:?} and {other:?}");
        }
    }

    proptest! {
        #[test]
        fn a_column_at_once_counts_as_the_whole_table_does(one in "[abc]{0,9}", other in "[abc]{0,9}") {
            let slips = strsim::osa_distance(&one, &other);
            let counted = if slips > SLIPS_MAX { usize::MAX } else { slips };
            prop_assert_eq!(slips_between(&one, &other), counted);
        }

        #[test]
        fn long_words_are_counted_alike(head in "[ab]{20,40}", tail in "[ab]{10,22}", slip in "[abc]{0,3}") {
            let (one, other) = (format!("{head}{tail}"), format!("{head}{slip}{tail}"));
            let slips = strsim::osa_distance(&one, &other);
            let counted = if slips > SLIPS_MAX { usize::MAX } else { slips };
            prop_assert_eq!(slips_between(&one, &other), counted);
        }
    }
}
