//! The part of a Cyrillic name that its cases leave alone, so that `Юлией
//! Ивановой` is *Юлия Иванова*. Other scripts are not taken apart.

/// Endings of names, folded, so that `й` is `и`; the longest first.
const ENDINGS: &[&str] = &[
    "ами", "ями", "ого", "ему", "ому", "ыми", "ах", "ях", "ам", "ям", "ов", "ев", "ои", "еи", "ою",
    "ею", "ом", "ем", "ым", "им", "ую", "юю", "ая", "яя", "ыи", "ии", "ых", "их", "а", "я", "ы",
    "и", "у", "ю", "е", "о", "ь",
];

/// How many letters remain at least.
const LETTERS_MIN: usize = 3;

/// The folded word without its ending.
pub(crate) fn stem(folded: &str) -> &str {
    if folded.as_bytes().last().is_none_or(u8::is_ascii) {
        return folded;
    }
    if !folded.chars().next_back().is_some_and(|c| ('а'..='я').contains(&c)) {
        return folded;
    }
    let stem = ENDINGS
        .iter()
        .filter_map(|ending| folded.strip_suffix(ending))
        .find(|stem| is_long_enough(stem))
        .unwrap_or(folded);
    // `Серге-й` and `Сергее-м` lose more than their ending.
    stem.strip_suffix(['е', 'и']).filter(|shorter| is_long_enough(shorter)).unwrap_or(stem)
}

fn is_long_enough(stem: &str) -> bool {
    stem.chars().nth(LETTERS_MIN - 1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_of_a_name_share_a_stem() {
        for forms in [
            &["юлия", "юлиеи", "юлии", "юлию"][..],
            &["иванова", "ивановои", "иванову"],
            &["ромашка", "ромашке", "ромашкои"],
            &["сергеи", "сергея", "сергею", "сергеем"],
            &["достоевскии", "достоевского", "достоевскому", "достоевским"],
        ] {
            let stems: Vec<&str> = forms.iter().map(|form| stem(form)).collect();
            assert!(stems.iter().all(|one| *one == stems[0]), "{stems:?}");
        }
        assert_eq!(stem("acme"), "acme");
        assert_eq!(stem("оао"), "оао");
    }
}
