//! One spelling for every way to write a name, so that `Łukasz`, `LUKASZ` and
//! `lukasz` meet. Letters of different scripts that merely look alike stay
//! different: a Cyrillic `А` is never taken for a Latin `A`.

use std::borrow::Cow;
use std::sync::LazyLock;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Folds case, diacritics, width and letters that have no decomposed form.
///
/// Zero-width characters and direction marks disappear. White space and
/// punctuation stay, so the result can be searched as text.
///
/// ```
/// assert_eq!(extractors::fold("Łukasz ŻÓŁTOWSKI, Straße"), "lukasz zoltowski, strasse");
/// ```
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// Like [`fold`], without copying what is folded already.
pub(crate) fn folded(text: &str) -> Cow<'_, str> {
    let is_plain = text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase());
    if is_plain { Cow::Borrowed(text) } else { Cow::Owned(fold(text)) }
}

/// In lower case, without copying what is in lower case already.
pub(crate) fn lowered(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

/// Appends the folded form of `text`.
pub(crate) fn fold_into(text: &str, out: &mut String) {
    if text.is_ascii() {
        let start = out.len();
        out.push_str(text);
        out[start..].make_ascii_lowercase();
        return;
    }
    if text.chars().all(|c| c < LATIN_END) {
        // Each letter by itself, since no mark of another stands here.
        for c in text.chars() {
            match LATIN.get((c as usize).wrapping_sub(ASCII_END)) {
                Some(folded) => out.push_str(folded),
                None => out.push(c.to_ascii_lowercase()),
            }
        }
        return;
    }
    fold_any(text, out);
}

const ASCII_END: usize = 0x80;
/// Before it come the letters of most European languages in one piece each.
const LATIN_END: char = '\u{250}';

/// The folded forms of the characters from the end of ASCII to [`LATIN_END`].
static LATIN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let characters = ('\u{80}'..LATIN_END).map(|c| {
        let mut folded = String::new();
        fold_any(c.encode_utf8(&mut [0; 4]), &mut folded);
        folded
    });
    characters.collect()
});

/// Appends the folded form of a text of any script.
fn fold_any(text: &str, out: &mut String) {
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
pub(crate) fn is_ignorable(c: char) -> bool {
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

/// A mark that continues the letter before it.
pub(crate) fn continues_letter(c: char) -> bool {
    !c.is_ascii() && (is_combining_mark(c) || is_ignorable(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_fold_to_one() {
        fn check(input: &str, expected: &str) {
            assert_eq!(fold(input), expected, "{input:?}");
        }
        check("Acme", "acme");
        check("Zoë", "zoe");
        check("Zoe\u{308}", "zoe");
        check("Łódź", "lodz");
        check("Sørensen & Æbelø", "sorensen & aebelo");
        check("Weiß", "weiss");
        check("STRASSE ẞ", "strasse ss");
        check("Iğdır", "igdir");
        check("İstanbul", "istanbul");
        check("Ａｃｍｅ", "acme");
        check("Ac\u{200b}me\u{200f}", "acme");
        check("O’Brien", "o'brien");
        check("ΟΔΥΣΣΕΥΣ", "οδυσσευσ");
        check("Ёлкин", "елкин");
    }

    #[test]
    fn scripts_whose_marks_carry_meaning_keep_them() {
        assert_eq!(fold("ガス"), "ガス");
        assert_eq!(fold("ｶﾞｽ"), "ガス");
        assert_eq!(fold("カ\u{3099}ス"), "ガス");
        assert_eq!(fold("삼성"), "삼성");
        assert_eq!(fold("नमिता"), "नमिता");
    }

    #[test]
    fn look_alikes_of_another_script_stay_apart() {
        assert_ne!(fold("Аcme"), fold("Acme"));
    }

    #[test]
    fn latin_letters_fold_alone_as_they_do_among_others() {
        for c in '\u{80}'..LATIN_END {
            for text in [format!("{c}"), format!("a{c}e"), format!("{c}{c}")] {
                let mut slowly = String::new();
                fold_any(&text, &mut slowly);
                assert_eq!(fold(&text), slowly, "{text:?}");
            }
        }
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for text in ["Ǆ", "ŉ", "ﬁ", "Ω", "ẞ", "ｶﾞ", "ʼn", "’tis"] {
            assert_eq!(fold(&fold(text)), fold(text), "{text:?}");
        }
    }
}
