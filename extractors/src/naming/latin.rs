//! One Latin spelling for names of all scripts, so that `Юлия` meets `Yulia`.

use any_ascii::any_ascii_char;

use crate::folding::fold;
use crate::mentions::stands_alone;

/// How many characters of a name are read.
const CHARS_MAX: usize = 200;

/// As much of a name as is read.
pub(crate) fn shortened(name: &str) -> &str {
    if name.len() <= CHARS_MAX {
        return name;
    }
    name.char_indices().nth(CHARS_MAX).map_or(name, |(end, _)| &name[..end])
}

/// The folded name in plain Latin letters and digits, words apart by one blank. Characters of
/// scripts written without blanks are syllables of one word.
pub(crate) fn latin(name: &str) -> String {
    latin_of_folded(&fold(name))
}

/// Like [`latin`], of what is folded already.
pub(super) fn latin_of_folded(folded: &str) -> String {
    if folded.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ') && !folded.contains("  ") {
        return folded.trim().to_owned();
    }
    let mut out = String::with_capacity(folded.len() + 4);
    for c in folded.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if c.is_ascii() {
            if c == '&' {
                push_gap(&mut out);
                out.push_str("and");
                push_gap(&mut out);
            } else if c != '\'' {
                push_gap(&mut out);
            }
        } else if c.is_alphanumeric() || stands_alone(c) {
            out.extend(
                any_ascii_char(c)
                    .bytes()
                    .filter(u8::is_ascii_alphanumeric)
                    .map(|b| char::from(b.to_ascii_lowercase())),
            );
        } else if !matches!(c, 'ʻ' | 'ʼ' | '`' | '´' | '\u{fffd}') {
            out.extend(
                any_ascii_char(c)
                    .bytes()
                    .filter(u8::is_ascii_alphabetic)
                    .map(|b| char::from(b.to_ascii_lowercase())),
            );
            if !crate::folding::continues_letter(c) {
                push_gap(&mut out);
            }
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn push_gap(out: &mut String) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_becomes_plain_latin() {
        assert_eq!(latin("Łukasz Żółtowski"), "lukasz zoltowski");
        assert_eq!(latin("Юлия Иванова"), "yuliya ivanova");
        assert_eq!(latin("王小明"), "wangxiaoming");
        assert_eq!(latin("Pat O’Brien-Doe, Jr."), "pat obrien doe jr");
        assert_eq!(latin("贝拉克·奥巴马"), "beilake aobama");
        assert_eq!(latin("A&B"), "a and b");
        // A letter that was lost tears no word apart.
        assert_eq!(latin("Jana Nov\u{fffd}k"), "jana novk");
    }
}
