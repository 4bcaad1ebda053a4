//! The words that say what kind of company a company is: `Inc.`, `GmbH & Co. KG`,
//! `株式会社`. People leave them out when they talk, so a record named with one
//! is also found without it.

use std::sync::LazyLock;

use hashbrown::HashMap;

/// Forms as folded words; CJK forms as single characters.
pub(crate) const FORMS: &[&str] = &[
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "llc",
    "l l c",
    "llp",
    "lp",
    "ltd",
    "limited",
    "plc",
    "pllc",
    "pty ltd",
    "pte ltd",
    "pvt ltd",
    "private limited",
    "pty",
    "gmbh",
    "mbh",
    "ggmbh",
    "gesmbh",
    "ag",
    "kg",
    "kgaa",
    "ohg",
    "gbr",
    "ug",
    "eg",
    "ev",
    "e v",
    "e k",
    "ek",
    "se",
    "gmbh and co kg",
    "and co kg",
    "and co",
    "and company",
    "cie",
    "and cie",
    "ug haftungsbeschrankt",
    "sa",
    "s a",
    "sas",
    "s a s",
    "sarl",
    "s a r l",
    "s a rl",
    "eurl",
    "snc",
    "sca",
    "srl",
    "s r l",
    "spa",
    "s p a",
    "sl",
    "s l",
    "slu",
    "s l u",
    "sa de cv",
    "s a de c v",
    "ltda",
    "eireli",
    "bv",
    "b v",
    "nv",
    "n v",
    "vof",
    "cv",
    "bvba",
    "vzw",
    "ab",
    "as",
    "a s",
    "asa",
    "aps",
    "oy",
    "oyj",
    "hf",
    "ehf",
    "sp z o o",
    "sp zoo",
    "spzoo",
    "sp j",
    "sp k",
    "sro",
    "s r o",
    "spol s r o",
    "doo",
    "d o o",
    "dd",
    "d d",
    "kft",
    "zrt",
    "nyrt",
    "bt",
    "ood",
    "eood",
    "ead",
    "srl d",
    "oue",
    "uab",
    "sia",
    "as oy",
    "kk",
    "k k",
    "gk",
    "sdn bhd",
    "bhd",
    "tbk",
    "jsc",
    "pjsc",
    "ojsc",
    "cjsc",
    "fze",
    "fzco",
    "ооо",
    "оао",
    "зао",
    "пао",
    "ао",
    "тов",
    "α ε",
    "ae",
    "株 式 会 社",
    "有 限 会 社",
    "合 同 会 社",
    "有 限 公 司",
    "股 份 有 限 公 司",
    "有 限 责 任 公 司",
    "주 식 회 사",
];

/// Forms that may stand in front of the name.
const LEADING_FORMS: &[&str] = &[
    "ооо",
    "оао",
    "зао",
    "пао",
    "ао",
    "тов",
    "株 式 会 社",
    "有 限 会 社",
    "合 同 会 社",
    "주 식 회 사",
];

static BY_LAST_WORD: LazyLock<HashMap<&str, Vec<Vec<&str>>>> = LazyLock::new(|| {
    let mut forms: HashMap<&str, Vec<Vec<&str>>> = HashMap::new();
    for form in FORMS {
        let words: Vec<&str> = form.split(' ').collect();
        if let Some(last) = words.last() {
            forms.entry(last).or_default().push(words);
        }
    }
    for list in forms.values_mut() {
        list.sort_by_key(|words| std::cmp::Reverse(words.len()));
    }
    forms
});

static LEADING: LazyLock<Vec<Vec<&str>>> =
    LazyLock::new(|| LEADING_FORMS.iter().map(|form| form.split(' ').collect()).collect());

/// The forms of one word.
pub(crate) fn single_words() -> impl Iterator<Item = &'static str> {
    FORMS.iter().copied().filter(|form| !form.contains(' '))
}

/// The part of a name's folded words that remains without its legal forms.
/// At least one word always remains.
pub(crate) fn core_of<S: AsRef<str>>(words: &[S]) -> std::ops::Range<usize> {
    let (mut start, mut end) = (0, words.len());
    while let Some(length) = trailing_form(&words[start..end]) {
        end -= length;
    }
    if end < words.len() && end - start > 1 && words[end - 1].as_ref() == "and" {
        end -= 1;
    }
    if let Some(form) = LEADING.iter().find(|form| {
        form.len() < end - start
            && form.iter().zip(&words[start..end]).all(|(f, w)| *f == w.as_ref())
    }) {
        start += form.len();
    }
    start..end
}

fn trailing_form<S: AsRef<str>>(words: &[S]) -> Option<usize> {
    let candidates = BY_LAST_WORD.get(words.last()?.as_ref())?;
    candidates
        .iter()
        .find(|form| {
            form.len() < words.len()
                && form.iter().rev().zip(words.iter().rev()).all(|(f, w)| *f == w.as_ref())
        })
        .map(Vec::len)
}

/// How many of these folded words are a legal form that they start with; the
/// longest such form.
pub(crate) fn form_length<S: AsRef<str>>(words: &[S]) -> Option<usize> {
    (1..=words.len().min(6)).rev().find(|&length| {
        words.get(length - 1).and_then(|last| BY_LAST_WORD.get(last.as_ref())).is_some_and(
            |forms| {
                forms.iter().any(|form| {
                    form.len() == length && form.iter().zip(words).all(|(f, w)| *f == w.as_ref())
                })
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_forms_come_off_the_end() {
        fn check(words: &str, expected: &str) {
            let words: Vec<&str> = words.split(' ').collect();
            assert_eq!(words[core_of(&words)].join(" "), expected);
        }
        check("acme inc", "acme");
        check("acme gmbh and co kg", "acme");
        check("muller and sohne gmbh", "muller and sohne");
        check("acme sp z o o", "acme");
        check("tiffany and co", "tiffany");
        check("acme", "acme");
        check("company", "company");
        check("ооо ромашка", "ромашка");
        check("株 式 会 社 東 京", "東 京");
        check("acme holding s a r l", "acme holding");
    }

    #[test]
    fn a_following_form_is_recognised() {
        assert_eq!(form_length(&["gmbh", "today"]), Some(1));
        assert_eq!(form_length(&["gmbh", "and", "co", "kg"]), Some(4));
        assert_eq!(form_length(&["sp", "z", "o", "o"]), Some(4));
        assert_eq!(form_length(&["today"]), None);
    }
}
