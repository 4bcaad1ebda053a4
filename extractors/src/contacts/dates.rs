//! Days in prose. A date with its year has the ISO day as value; "next Friday"
//! keeps its words, because only the reader's calendar can tell.

use std::sync::LazyLock;

use regex::Regex;

use super::{Draft, SpanKind};
use crate::calendar::{MONTH_PATTERN, WEEKDAY_PATTERN, weekday};
use crate::offsets::{char_at, char_before};
use crate::when::absolute;

static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let month = MONTH_PATTERN;
    let day = WEEKDAY_PATTERN;
    Regex::new(&format!(
        r"(?i)(?-u:\b)(?:\
        [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{1,2}}[./][0-9]{{1,2}}[./][0-9]{{4}}|\
        [0-9]{{1,2}}(?:st|nd|rd|th|\.)? (?:of )?(?:{month})(?-u:\b)\.?(?:,? [0-9]{{4}}(?-u:\b))?|\
        (?:{month})(?-u:\b)\.? [0-9]{{1,2}}(?:st|nd|rd|th)?(?-u:\b)(?:,? [0-9]{{4}}(?-u:\b))?|\
        (?:january|february|march|april|may|june|july|august|september|october|november|december|märz|mai|oktober|dezember) [0-9]{{4}}(?-u:\b)|\
        (?:next|this|last|coming|nächste[nmrs]?|kommende[nmrs]?|diese[nmrs]?|letzte[nmrs]?) (?:{day}|mon|tue|wed|thu|fri|week|month|quarter|year|woche|monat|quartal|jahr)|\
        day after tomorrow|today|tomorrow|tonight|yesterday|heute|morgen|gestern|{day}|\
        in (?:[0-9]{{1,3}}|an?|one|two|three|four|five|six|seven|ten|einem|einer|zwei|drei|vier) (?:days?|weeks?|months?|years?|tag(?:en)?|wochen?|monat(?:en)?|jahr(?:en)?)|\
        end of (?:the )?(?:next )?(?:week|month|quarter|year|{month})|ende (?:des|der) (?:woche|monats|quartals|jahres)|ende (?:{month})|\
        eo[mqwy])(?-u:\b)"
    ).replace("\\\n", "").replace("        ", ""))
    .ok()
});

pub(crate) fn find(text: &str) -> Vec<Draft> {
    let Some(date) = DATE.as_ref() else {
        return Vec::new();
    };
    date.find_iter(text)
        .filter_map(|found| {
            let range = found.range();
            let written = found.as_str();
            let glues = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@' | '#');
            let before = char_before(text, range.start);
            let after = char_at(text, range.end);
            if before.is_some_and(|c| glues(c) || matches!(c, '/' | '.' | '-'))
                || after.is_some_and(glues)
            {
                return None;
            }
            let lower = written.to_lowercase();
            if let Some(day) = absolute(written) {
                return Some(Draft::new(SpanKind::Date, range, day.to_string(), 0.95));
            }
            // Digits alone that are no day of any calendar: 31.02.2027, 3/4/2027.
            if !lower.contains(char::is_alphabetic) {
                let is_open = lower.contains('/');
                return is_open.then(|| Draft::new(SpanKind::Date, range, lower, 0.5));
            }
            let is_greeting =
                lower == "morgen" && text[..range.start].to_lowercase().ends_with("guten ");
            let is_verb = written.starts_with("may ") || written.starts_with("march ");
            if is_greeting || is_verb {
                return None;
            }
            let confidence = if weekday(&lower).is_some() { 0.7 } else { 0.85 };
            Some(Draft::new(SpanKind::Date, range, lower, confidence))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let found = find(text);
        let values: Vec<(&str, &str)> =
            found.iter().map(|draft| (&text[draft.range.clone()], draft.value.as_str())).collect();
        assert_eq!(values, expected, "{text:?}");
    }

    #[test]
    fn a_day_with_its_year_becomes_iso() {
        check("due 2027-03-12.", &[("2027-03-12", "2027-03-12")]);
        check("on 12 March 2027", &[("12 March 2027", "2027-03-12")]);
        check("March 12th, 2027", &[("March 12th, 2027", "2027-03-12")]);
        check("am 12. März 2027", &[("12. März 2027", "2027-03-12")]);
        check("12.03.2027", &[("12.03.2027", "2027-03-12")]);
    }

    #[test]
    fn a_day_without_its_year_keeps_its_words() {
        check("March 12 works", &[("March 12", "march 12")]);
        check("by next Friday", &[("next Friday", "next friday")]);
        check("Tomorrow or Monday", &[("Tomorrow", "tomorrow"), ("Monday", "monday")]);
        check(
            "in 3 days, end of month",
            &[("in 3 days", "in 3 days"), ("end of month", "end of month")],
        );
        check("nächsten Freitag", &[("nächsten Freitag", "nächsten freitag")]);
        check("3/4/2027", &[("3/4/2027", "3/4/2027")]);
    }

    #[test]
    fn other_words_and_digits_are_no_days() {
        check("you may 5 times, guten Morgen", &[]);
        check("31.02.2027 v2027-03-121 Mondayish", &[]);
    }
}
