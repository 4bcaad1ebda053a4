//! The words of a sentence that say by when something is to be done: "by next
//! Friday", "bis zum 12. März um 15 Uhr", "avant vendredi", "jutro".

use std::ops::Range;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, Weekday};

use crate::calendar::{month, weekday};
use crate::sentences::Word;
use crate::when::parse_due;

/// The longest words that are read as a day.
const WORDS_MAX: usize = 6;
/// Words before a day that make it the last one.
const LEADS: [&str; 42] = [
    "for",
    "fur",
    "eod",
    "cob",
    "by",
    "on",
    "until",
    "till",
    "before",
    "due",
    "the",
    "latest",
    "at",
    "this",
    "no",
    "later",
    "than",
    "am",
    "bis",
    "zum",
    "vor",
    "spatestens",
    "den",
    "dem",
    "der",
    "avant",
    "le",
    "la",
    "d'ici",
    "pour",
    "jusqu'a",
    "ce",
    "para",
    "el",
    "antes",
    "del",
    "hasta",
    "do",
    "w",
    "we",
    "na",
    "najpozniej",
];
/// Words before a time of day.
const TIME_LEADS: [&str; 9] = ["at", "by", "um", "gegen", "bis", "a", "las", "o", "godz"];
/// Words before a day after which it is no last day.
const NO_LEADS: [&str; 12] = [
    "since", "from", "last", "of", "seit", "ab", "vom", "letzten", "letzte", "depuis", "desde",
    "od",
];
/// Abbreviated weekdays that are no other words; they count after a word such as "by".
const SHORT_WEEKDAYS: [&str; 10] =
    ["mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"];
/// The times of a day that belong to it.
const DAYPARTS: [&str; 18] = [
    "morning",
    "afternoon",
    "evening",
    "night",
    "fruh",
    "vormittag",
    "mittag",
    "nachmittag",
    "abend",
    "matin",
    "midi",
    "soir",
    "apres-midi",
    "tarde",
    "noche",
    "rano",
    "wieczorem",
    "eod",
];
const ALONE: [&str; 17] = [
    "today",
    "tonight",
    "tomorrow",
    "tmrw",
    "tmr",
    "heute",
    "morgen",
    "ubermorgen",
    "asap",
    "eod",
    "eow",
    "eom",
    "eoq",
    "eoy",
    "monatsende",
    "quartalsende",
    "jahresende",
];
const BEGINS: [&str; 20] = [
    "next",
    "this",
    "coming",
    "day",
    "in",
    "within",
    "end",
    "ende",
    "nachste",
    "nachsten",
    "nachster",
    "nachstes",
    "diese",
    "diesen",
    "dieser",
    "kommende",
    "kommenden",
    "kommender",
    "anfang",
    "beginning",
];

/// When something is due, and the words that say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Day {
    /// The words, by their place in the sentence.
    pub(super) words: Range<usize>,
    pub(super) day: NaiveDate,
    pub(super) time: Option<NaiveTime>,
}

/// The days that a sentence names, from today on, in its order.
pub(super) fn days(text: &str, words: &[Word<'_>], today: NaiveDate, day_first: bool) -> Vec<Day> {
    let mut found: Vec<Day> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let read = day_at(text, words, at, today)
            .or_else(|| Some((1, slashed(&words[at].folded, today).filter(|_| day_first)?)));
        let Some((length, day)) = read.filter(|(_, day)| *day >= today) else {
            at += 1;
            continue;
        };
        let from = found.last().map_or(0, |last| last.words.end);
        let mut start = at;
        while start > from && LEADS.contains(&words[start - 1].folded.as_str()) {
            start -= 1;
        }
        let before = start.checked_sub(1).map(|at| words[at].folded.as_str());
        let mut end = at + length;
        if words.get(end).is_some_and(|word| DAYPARTS.contains(&word.folded.as_str())) {
            end += 1;
        }
        let mut time = None;
        if let Some((length, read)) = time_at(words, end) {
            time = Some(read);
            end += length;
        } else if let Some((length, read)) =
            time_before(words, start).filter(|(length, _)| start >= from + length)
        {
            time = Some(read);
            start -= length;
        }
        if !before.is_some_and(|word| NO_LEADS.contains(&word)) {
            found.push(Day { words: start..end, day, time });
        }
        at = end;
    }
    found
}

/// The day that the words from here on name, and how many they are.
fn day_at(
    text: &str,
    words: &[Word<'_>],
    at: usize,
    today: NaiveDate,
) -> Option<(usize, NaiveDate)> {
    let first = words[at].folded.as_str();
    let before = at.checked_sub(1).map(|at| &words[at]);
    if first == "morgen" && is_greeting(before, words, at) {
        return None;
    }
    // "By EOD tomorrow" is tomorrow.
    if first == "eod"
        && let Some(next) = words.get(at + 1)
        && (ALONE.contains(&next.folded.as_str()) || weekday(&next.folded).is_some())
    {
        return None;
    }
    let is_lead = before.is_some_and(|word| LEADS.contains(&word.folded.as_str()));
    let names_month =
        |ahead: usize| words.get(at + ahead).is_some_and(|word| month(&word.lower).is_some());
    let begins = BEGINS.contains(&first)
        || (first.starts_with(|c: char| c.is_ascii_digit()) && (names_month(1) || names_month(2)))
        || (names_month(0) && words[at].is_capitalised());
    let stands = ALONE.contains(&first)
        || (first.len() > 5 && weekday(first).is_some())
        || (SHORT_WEEKDAYS.contains(&first) && is_lead);
    if begins {
        for length in (2..=WORDS_MAX.min(words.len() - at)).rev() {
            if words[at + 1..at + length].iter().any(|word| word.after_pause) {
                continue;
            }
            if let Some(day) = parse_due(&written(text, words, at..at + length), today) {
                return Some((length, day));
            }
        }
    }
    let is_number =
        first.starts_with(|c: char| c.is_ascii_digit()) && first.contains(['.', '-', '/']);
    if stands || is_number {
        let alone = written(text, words, at..at + 1);
        if let Some(day) = parse_due(&alone, today) {
            return Some((1, day));
        }
    }
    elsewhere(words, at, today)
}

/// `3/4` and `3/4/2027` where the day comes first.
fn slashed(word: &str, today: NaiveDate) -> Option<NaiveDate> {
    let mut parts = word.split('/').map(|part| part.parse::<u32>().ok());
    let (day, month) = (parts.next()??, parts.next()??);
    match parts.next() {
        Some(year) => NaiveDate::from_ymd_opt(i32::try_from(year?).ok()?, month, day),
        None => next_of(day, month, today),
    }
}

/// Whether "Morgen" wishes a good one.
fn is_greeting(before: Option<&Word<'_>>, words: &[Word<'_>], at: usize) -> bool {
    match before {
        Some(before) => before.folded == "guten",
        None => {
            let next = words.get(at + 1);
            next.is_none_or(|next| {
                next.after_pause || ["zusammen", "allerseits"].contains(&next.folded.as_str())
            })
        }
    }
}

/// The words as they stand, with the full stop of a day of the month.
fn written(text: &str, words: &[Word<'_>], range: Range<usize>) -> String {
    let mut phrase = String::new();
    for word in &words[range] {
        if !phrase.is_empty() {
            phrase.push(' ');
        }
        phrase.push_str(&word.lower);
        let is_number = word.lower.ends_with(|c: char| c.is_ascii_digit());
        if is_number && text[word.range.end..].starts_with('.') {
            phrase.push('.');
        }
    }
    phrase
}

/// A time of day behind a day: "at 3pm", "um 15 Uhr", "15:30".
fn time_at(words: &[Word<'_>], at: usize) -> Option<(usize, NaiveTime)> {
    let lead = words.get(at..)?.iter().take(2);
    let lead = lead.take_while(|word| TIME_LEADS.contains(&word.folded.as_str())).count();
    let word = words.get(at + lead)?;
    let next = words.get(at + lead + 1).map(|word| word.folded.as_str());
    let (unit, taken) = match next {
        Some("uhr" | "h" | "am" | "pm") => (next, 1),
        _ if lead > 0 && words[at + lead - 1].folded == "um" => (Some("uhr"), 0),
        _ => (None, 0),
    };
    let time = time_of(&word.folded, unit)?;
    Some((lead + 1 + taken, time))
}

/// A time of day before a day: "at 3pm tomorrow".
fn time_before(words: &[Word<'_>], end: usize) -> Option<(usize, NaiveTime)> {
    (2..=3).filter(|length| *length <= end).find_map(|length| {
        let leads = TIME_LEADS.contains(&words[end - length].folded.as_str());
        time_at(words, end - length).filter(|(read, _)| leads && *read == length)
    })
}

fn time_of(word: &str, unit: Option<&str>) -> Option<NaiveTime> {
    if matches!(word, "noon" | "mittag") {
        return NaiveTime::from_hms_opt(12, 0, 0);
    }
    let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let hour = word.get(..digits)?.parse::<u32>().ok()?;
    let rest = &word[digits..];
    let (minutes, ending) = match rest.strip_prefix([':', '.', 'h']) {
        Some(rest) if rest.len() >= 2 => rest.split_at_checked(2)?,
        Some("") if rest == "h" => ("00", ""),
        _ => ("", rest),
    };
    let unit = if ending.is_empty() { unit } else { Some(ending) };
    let hour = match unit {
        Some("am") => Some(hour).filter(|hour| (1..=12).contains(hour))? % 12,
        Some("pm") => Some(hour).filter(|hour| (1..=12).contains(hour))? % 12 + 12,
        Some("uhr" | "h") => hour,
        None if !minutes.is_empty() => hour,
        _ => return None,
    };
    let minutes = if minutes.is_empty() { 0 } else { minutes.parse().ok()? };
    NaiveTime::from_hms_opt(hour, minutes, 0)
}

/// A day in French, Spanish or Polish.
fn elsewhere(words: &[Word<'_>], at: usize, today: NaiveDate) -> Option<(usize, NaiveDate)> {
    let word = |ahead: usize| words.get(at + ahead).map_or("", |word| word.folded.as_str());
    let in_days = |count: u64| today.checked_add_days(Days::new(count));
    if let Some(day) = romance_weekday(word(0)).or_else(|| polish_weekday(word(0))) {
        let next = match (word(1), word(2)) {
            ("prochain" | "proximo", _) => 1,
            ("que", "viene") => 2,
            _ => 0,
        };
        return Some((1 + next, following(today, day)?));
    }
    let monday = following(today, Weekday::Mon)?;
    Some(match [word(0), word(1), word(2), word(3)] {
        ["apres-demain" | "pojutrze", ..] => (1, in_days(2)?),
        ["pasado", "manana", ..] => (2, in_days(2)?),
        ["demain" | "jutro" | "jutra", ..] => (1, in_days(1)?),
        // "la mañana" is the morning.
        ["manana", ..] if at == 0 || words[at - 1].folded != "la" => (1, in_days(1)?),
        ["aujourd'hui" | "hoy" | "dzis" | "dzisiaj", ..] => (1, today),
        ["proximo", day, ..] if romance_weekday(day).is_some() => {
            (2, following(today, romance_weekday(day)?)?)
        }
        ["przyszly" | "przyszla" | "przyszlego", day, ..] if polish_weekday(day).is_some() => {
            let days = polish_weekday(day)?.num_days_from_monday();
            (2, monday.checked_add_days(Days::new(days.into()))?)
        }
        ["semaine", "prochaine", ..] | ["proxima", "semana", ..] => (2, monday),
        ["semana", "que", "viene", _] => (3, monday),
        ["przyszlym", "tygodniu", ..] | ["przyszlego", "tygodnia", ..] => (2, monday),
        ["mois", "prochain", ..] | ["proximo", "mes", ..] => (2, first_of_next_month(today)?),
        ["fin", "du", "mois", _] | ["fin", "de", "mes", _] => (3, last_of_month(today)?),
        ["finales", "de", "mes", _] => (3, last_of_month(today)?),
        ["konca", "miesiaca", ..] => (2, last_of_month(today)?),
        ["konca", "tygodnia", ..] => (2, monday.pred_opt()?),
        ["za", "tydzien", ..] => (2, in_days(7)?),
        ["dans" | "en" | "za", count, unit, _] => {
            let count = count.parse::<u64>().ok().filter(|count| *count < 100)?;
            let days = match unit {
                "jours" | "jour" | "dias" | "dia" | "dni" => count,
                "semaines" | "semaine" | "semanas" | "semana" | "tygodnie" | "tygodni" => count * 7,
                _ => return None,
            };
            (3, in_days(days)?)
        }
        [day, "de", name, _] if foreign_month(name).is_some() => (3, dated(day, name, today)?),
        [day, name, ..] if foreign_month(name).is_some() => (2, dated(day, name, today)?),
        _ => return None,
    })
}

fn romance_weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "lundi" | "lunes" => Weekday::Mon,
        "mardi" | "martes" => Weekday::Tue,
        "mercredi" | "miercoles" => Weekday::Wed,
        "jeudi" | "jueves" => Weekday::Thu,
        "vendredi" | "viernes" => Weekday::Fri,
        "samedi" | "sabado" => Weekday::Sat,
        "dimanche" | "domingo" => Weekday::Sun,
        _ => return None,
    })
}

fn polish_weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "poniedzialek" | "poniedzialku" => Weekday::Mon,
        "wtorek" | "wtorku" => Weekday::Tue,
        "sroda" | "srode" | "srody" => Weekday::Wed,
        "czwartek" | "czwartku" => Weekday::Thu,
        "piatek" | "piatku" => Weekday::Fri,
        "sobota" | "sobote" | "soboty" => Weekday::Sat,
        "niedziela" | "niedziele" | "niedzieli" => Weekday::Sun,
        _ => return None,
    })
}

fn foreign_month(word: &str) -> Option<u32> {
    const MONTHS: [[&str; 3]; 12] = [
        ["janvier", "enero", "stycznia"],
        ["fevrier", "febrero", "lutego"],
        ["mars", "marzo", "marca"],
        ["avril", "abril", "kwietnia"],
        ["mai", "mayo", "maja"],
        ["juin", "junio", "czerwca"],
        ["juillet", "julio", "lipca"],
        ["aout", "agosto", "sierpnia"],
        ["septembre", "septiembre", "wrzesnia"],
        ["octobre", "octubre", "pazdziernika"],
        ["novembre", "noviembre", "listopada"],
        ["decembre", "diciembre", "grudnia"],
    ];
    let at = MONTHS.iter().position(|names| names.contains(&word))?;
    u32::try_from(at + 1).ok()
}

fn dated(day: &str, name: &str, today: NaiveDate) -> Option<NaiveDate> {
    next_of(day.parse::<u32>().ok()?, foreign_month(name)?, today)
}

/// The next such day, today included.
fn next_of(day: u32, month: u32, today: NaiveDate) -> Option<NaiveDate> {
    let years = [today.year(), today.year().checked_add(1)?];
    let days = years.iter().filter_map(|year| NaiveDate::from_ymd_opt(*year, month, day));
    days.into_iter().find(|day| *day >= today)
}

/// The next such weekday after today.
fn following(today: NaiveDate, day: Weekday) -> Option<NaiveDate> {
    let from = today.weekday().num_days_from_monday();
    let ahead = (7 + day.num_days_from_monday() - from) % 7;
    let ahead = if ahead == 0 { 7 } else { ahead };
    today.checked_add_days(Days::new(u64::from(ahead)))
}

fn first_of_next_month(today: NaiveDate) -> Option<NaiveDate> {
    today.with_day(1)?.checked_add_months(Months::new(1))
}

fn last_of_month(today: NaiveDate) -> Option<NaiveDate> {
    first_of_next_month(today)?.pred_opt()
}
