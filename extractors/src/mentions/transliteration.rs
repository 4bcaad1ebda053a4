//! A Cyrillic name in Latin letters, in the ways people write it: `Yulia`,
//! `Yuliya` and `Julija` for `Юлия`.

/// How many ways there are.
const WAYS: usize = 4;

/// The letters from `а` to `я`, in each way: as in English, the same letter by
/// letter, as scholars do, and as passports do.
const LETTERS: [[&str; 32]; WAYS] = [
    [
        "a", "b", "v", "g", "d", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s",
        "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya",
    ],
    [
        "a", "b", "v", "g", "d", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s",
        "t", "u", "f", "h", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya",
    ],
    [
        "a", "b", "v", "g", "d", "e", "z", "z", "i", "j", "k", "l", "m", "n", "o", "p", "r", "s",
        "t", "u", "f", "ch", "c", "c", "s", "sc", "", "y", "", "e", "ju", "ja",
    ],
    [
        "a", "b", "v", "g", "d", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s",
        "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "ie", "y", "", "e", "iu", "ia",
    ],
];

/// The folded name in Latin letters, each way once; nothing when a word of it
/// is not Cyrillic.
pub(super) fn romanised(folded: &str) -> Vec<String> {
    let is_cyrillic = |c: char| ('а'..='я').contains(&c);
    let mut words = folded.split_whitespace().peekable();
    if words.peek().is_none() || !words.all(|word| word.chars().all(is_cyrillic)) {
        return Vec::new();
    }
    let mut ways: Vec<String> = Vec::with_capacity(WAYS);
    for (way, letters) in LETTERS.iter().enumerate() {
        let mut latin = String::new();
        for (at, c) in folded.char_indices() {
            let Some(letter) = (c as usize).checked_sub('а' as usize).and_then(|n| letters.get(n))
            else {
                latin.push(c);
                continue;
            };
            // Folded, `й` is `и`: after a vowel it is a glide. English drops the glide after
            // `i`, and `iy` at the end is `y`.
            let before = folded[..at].chars().next_back();
            let is_glide = c == 'и' && before.is_some_and(|before| "аеиоуыэюя".contains(before));
            match (way, c) {
                (0, 'я') if before == Some('и') => latin.push('a'),
                (0, 'и') if before == Some('и') => {
                    latin.pop();
                    latin.push('y');
                }
                (0 | 1, 'и') if is_glide => latin.push('y'),
                (2, 'и') if is_glide => latin.push('j'),
                _ => latin.push_str(letter),
            }
        }
        if !ways.contains(&latin) {
            ways.push(latin);
        }
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cyrillic_name_is_written_in_several_ways() {
        let ways = romanised("юлия иванова");
        for way in ["yulia ivanova", "yuliya ivanova", "julija ivanova", "iuliia ivanova"] {
            assert!(ways.iter().any(|w| w == way), "{way} in {ways:?}");
        }
        assert!(romanised("дмитрии").contains(&"dmitry".to_string()));
        assert!(romanised("сергеи").contains(&"sergey".to_string()));
        assert!(romanised("jane").is_empty());
        assert!(romanised("").is_empty());
    }
}
