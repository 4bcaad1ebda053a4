//! One spelling for every way to write a text, so that `Łukasz`, `LUKASZ` and `lukasz` are found
//! by each other: what indexes keep, and what filters and searches are compared with. Mentions are
//! recognised by the same rules, which `extractors` has in its own words, since neither crate may
//! know the other; a test in `bot` holds the two together.

use unicode_normalization::char::decompose_compatible;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Folds case, diacritics, width and letters that have no decomposed form.
///
/// Zero-width characters and direction marks disappear. White space and
/// punctuation stay, so the result can be searched as text.
///
/// ```
/// assert_eq!(crm::folding::fold("Łukasz ŻÓŁTOWSKI, Straße"), "lukasz zoltowski, strasse");
/// ```
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// Appends the folded form of `text`.
fn fold_into(text: &str, out: &mut String) {
    if text.is_ascii() {
        out.extend(text.chars().map(|c| c.to_ascii_lowercase()));
        return;
    }
    // Kana lose their meaning without their marks, so composed forms come first
    // and only scripts that write diacritics are taken apart.
    let start = out.len();
    let full_width = text.chars().map(|c| match c {
        '\u{ff61}'..='\u{ffdc}' => std::iter::once(c).nfkd().next().unwrap_or(c),
        _ => c,
    });
    for c in full_width.nfc() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else if keeps_its_marks(c) {
            out.push(c);
        } else if !is_ignorable(c) && !is_diacritic(c) {
            decompose_compatible(c, |part| {
                if !is_diacritic(part) && !is_ignorable(part) {
                    push_lower(part, out);
                }
            });
        }
    }
    if is_nfc_quick(out[start..].chars()) != IsNormalized::Yes {
        let composed: String = out[start..].nfc().collect();
        out.truncate(start);
        out.push_str(&composed);
    }
}

fn push_lower(c: char, out: &mut String) {
    match c {
        'ß' | 'ẞ' => out.push_str("ss"),
        'æ' | 'Æ' => out.push_str("ae"),
        'œ' | 'Œ' => out.push_str("oe"),
        'þ' | 'Þ' => out.push_str("th"),
        'ł' | 'Ł' => out.push('l'),
        'ø' | 'Ø' => out.push('o'),
        'đ' | 'Đ' | 'ð' | 'Ð' => out.push('d'),
        'ħ' | 'Ħ' => out.push('h'),
        'ŧ' | 'Ŧ' => out.push('t'),
        'ŋ' | 'Ŋ' => out.push('n'),
        'ı' => out.push('i'),
        'ς' => out.push('σ'),
        '’' | '‘' | 'ʼ' | '＇' => out.push('\''),
        '‐' | '‑' => out.push('-'),
        _ => out.extend(c.to_lowercase().filter(|&lower| !is_diacritic(lower))),
    }
}

/// Characters nobody sees: zero-width spaces and joiners, direction marks,
/// soft hyphens and variation selectors.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{e0100}'..='\u{e01ef}')
}

/// Marks that readers leave out without changing the name: accents, Hebrew
/// points, Arabic vowels. The vowel signs of Indic scripts are not among them.
fn is_diacritic(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'
        | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Kana and Hangul syllables come apart under decomposition and must not.
fn keeps_its_marks(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7a3}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_fold_to_one() {
        for (written, folded) in
            [("Zoe\u{308}", "zoe"), ("Łódź", "lodz"), ("Weiß", "weiss"), ("ガス", "ガス")]
        {
            assert_eq!(fold(written), folded);
            assert_eq!(fold(folded), folded);
        }
    }
}
