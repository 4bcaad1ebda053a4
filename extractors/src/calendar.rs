//! The words for months and weekdays, in English and German.

use chrono::Weekday;

/// A pattern for every month name, for use inside a case-insensitive regex.
pub(crate) const MONTH_PATTERN: &str = "january|february|march|april|may|june|july|august|\
    september|october|november|december|januar|jänner|februar|märz|maerz|mai|juni|juli|oktober|\
    dezember|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|okt|nov|dec|dez";

/// A pattern for every full weekday name.
pub(crate) const WEEKDAY_PATTERN: &str = "monday|tuesday|wednesday|thursday|friday|saturday|\
    sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag";

/// The number of a month, from its lower-case name or abbreviation.
pub(crate) fn month(word: &str) -> Option<u32> {
    Some(match word.trim_end_matches('.') {
        "january" | "januar" | "jänner" | "jan" => 1,
        "february" | "februar" | "feb" => 2,
        "march" | "märz" | "maerz" | "mar" | "mär" => 3,
        "april" | "apr" => 4,
        "may" | "mai" => 5,
        "june" | "juni" | "jun" => 6,
        "july" | "juli" | "jul" => 7,
        "august" | "aug" => 8,
        "september" | "sept" | "sep" => 9,
        "october" | "oktober" | "oct" | "okt" => 10,
        "november" | "nov" => 11,
        "december" | "dezember" | "dec" | "dez" => 12,
        _ => return None,
    })
}

/// A weekday, from its lower-case name or abbreviation.
pub(crate) fn weekday(word: &str) -> Option<Weekday> {
    Some(match word.trim_end_matches('.') {
        "monday" | "mon" | "montag" | "mo" => Weekday::Mon,
        "tuesday" | "tue" | "tues" | "dienstag" | "di" => Weekday::Tue,
        "wednesday" | "wed" | "mittwoch" | "mi" => Weekday::Wed,
        "thursday" | "thu" | "thur" | "thurs" | "donnerstag" | "do" => Weekday::Thu,
        "friday" | "fri" | "freitag" | "fr" => Weekday::Fri,
        "saturday" | "sat" | "samstag" | "sonnabend" | "sa" => Weekday::Sat,
        "sunday" | "sun" | "sonntag" | "so" => Weekday::Sun,
        _ => return None,
    })
}
