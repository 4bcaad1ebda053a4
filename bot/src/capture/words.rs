//! Words that say what a text is about: a sale, its last day, the name in an address.

/// Words that say that a sale is being talked about.
const DEAL_WORDS: [&str; 24] = [
    "annual plan",
    "monthly plan",
    "yearly plan",
    "enterprise plan",
    "business plan",
    "team plan",
    "starter plan",
    "pro plan",
    "annual licence",
    "annual license",
    "licence",
    "license",
    "subscription",
    "renewal",
    "contract",
    "quote",
    "pilot",
    "upgrade",
    "seats",
    "purchase order",
    "trial",
    "offer",
    "support package",
    "jahresvertrag",
];

/// Words before the last day of a sale.
const LAST_DAY_WORDS: [&str; 12] = [
    "by",
    "until",
    "till",
    "before",
    "bis",
    "zum",
    "spätestens",
    "vor",
    "close",
    "closes",
    "closing",
    "deadline",
];

/// The first words that say that a sale is being talked about, with where they stand.
pub(super) fn deal_words(text: &str) -> Option<(usize, usize, String)> {
    let lower = text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect::<String>();
    let mut best: Option<(usize, &str)> = None;
    for words in DEAL_WORDS {
        for (at, _) in lower.match_indices(words) {
            let before = lower[..at].chars().next_back();
            let after = lower[at + words.len()..].chars().next();
            let whole = before.is_none_or(|c| !c.is_alphanumeric())
                && after.is_none_or(|c| !c.is_alphanumeric());
            let longer = best.is_none_or(|(_, known)| known.len() < words.len());
            if whole && longer {
                best = Some((at, words));
                break;
            }
        }
    }
    best.map(|(at, words)| {
        let start = lower[..at].chars().count();
        (start, start + words.chars().count(), words.to_owned())
    })
}

/// Whether the words before a day and its own make it the last one: "by the", "end of March".
pub(super) fn names_a_last_day(before: &str, day: &str) -> bool {
    let leads = before
        .split(|c: char| !c.is_alphabetic())
        .rfind(|word| !word.is_empty() && *word != "the")
        .is_some_and(|word| LAST_DAY_WORDS.contains(&word));
    let is_far = ["end ", "ende ", "eom", "eoq", "eoy"].iter().any(|head| day.starts_with(head))
        || (day.contains(|c: char| c.is_ascii_digit()) && !day.starts_with("in "));
    leads && is_far
}

/// `anna.schmidt@…` is Anna Schmidt; `as42@…` stays an address.
pub(super) fn name_of_mailbox(address: &str) -> String {
    let local = address.split('@').next().unwrap_or_default();
    let local = local.split('+').next().unwrap_or(local);
    let words = local.split(['.', '_']).filter(|w| !w.is_empty()).collect::<Vec<_>>();
    let is_name = words.len() >= 2
        && words.iter().all(|w| w.chars().count() >= 2 && w.chars().all(char::is_alphabetic));
    if !is_name {
        return address.to_owned();
    }
    let capital = |word: &&str| {
        let mut letters = word.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    words.iter().map(capital).collect::<Vec<String>>().join(" ")
}

/// Whether an address reads as somebody's: `clara@…`, `neumann@…` and `cneumann@…` as
/// Clara Neumann's, whose folded name is given.
pub(super) fn is_mailbox_of(address: &str, folded: &str) -> bool {
    let local = extractors::fold(address.split(['@', '+']).next().unwrap_or_default());
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1);
    let words = words.collect::<Vec<_>>();
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    let initial = |word: &str| word.chars().take(1).collect::<String>();
    let written = local.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    [
        (*first).to_owned(),
        (*last).to_owned(),
        format!("{first}{last}"),
        format!("{last}{first}"),
        format!("{}{last}", initial(first)),
        format!("{first}{}", initial(last)),
    ]
    .contains(&written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_as_the_name_of_its_owner() {
        for address in ["clara@a.io", "c.neumann@a.io", "clara.neumann@a.io", "neumann@a.io"] {
            assert!(is_mailbox_of(address, "clara neumann"), "{address}");
        }
        for address in ["ola@a.io", "cn@a.io", "claraneu@a.io", "42@a.io"] {
            assert!(!is_mailbox_of(address, "clara neumann"), "{address}");
        }
    }

    #[test]
    fn a_mailbox_that_is_a_name_gives_the_name() {
        assert_eq!(name_of_mailbox("anna.schmidt@acme.io"), "Anna Schmidt");
        assert_eq!(name_of_mailbox("as42@acme.io"), "as42@acme.io");
    }

    #[test]
    fn a_sale_is_recognised_by_its_longest_words() {
        let found = deal_words("ÜBER: they want the Annual Plan, no trial");
        assert_eq!(found, Some((20, 31, "annual plan".to_owned())));
        assert_eq!(deal_words("a quotezilla"), None);
    }
}
