//! Reads a phrase such as `friday`, `in 3 days` or `12. März` as a day, the way
//! someone means it who types it after `due:`.
//!
//! English and German. Today is always given by the caller. A bare weekday is
//! the next one after today; `next friday` is the Friday of the next week, weeks
//! starting on Monday; a date without a year is the next such day, today
//! included. Left out: times of day, repeating dates, and `3/4/2027`, which is
//! two different days on two sides of an ocean.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::calendar::{month, weekday};

/// The day a phrase means, seen from `today`.
///
/// ```
/// use chrono::NaiveDate;
/// let thursday = NaiveDate::from_ymd_opt(2027, 3, 11).unwrap();
/// let friday = NaiveDate::from_ymd_opt(2027, 3, 12);
/// assert_eq!(extractors::when::parse_due("by Friday", thursday), friday);
/// ```
pub fn parse_due(phrase: &str, today: NaiveDate) -> Option<NaiveDate> {
    if phrase.len() > 80 {
        return None;
    }
    let lower = phrase.to_lowercase();
    let mut words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || c == ',')
        .map(|word| word.trim_matches(['!', '?', ';', ':']))
        .filter(|word| !word.is_empty())
        .collect();
    if let Some(last) = words.last_mut()
        && month(last).is_none()
        && !last.trim_end_matches('.').contains(|c: char| c.is_ascii_digit())
    {
        *last = last.trim_end_matches('.');
    }
    const LEAD_INS: [&str; 11] =
        ["due", "by", "on", "until", "till", "before", "am", "bis", "zum", "the", "spätestens"];
    let lead_in = words.iter().take_while(|word| LEAD_INS.contains(word)).count();
    let words = &words[lead_in..];
    relative(words, today)
        .or_else(|| end_of(words, today))
        .or_else(|| counted(words, today))
        .or_else(|| on_the_calendar(words, today))
}

/// The day a phrase means without knowing today; only with a year in it.
pub(crate) fn absolute(phrase: &str) -> Option<NaiveDate> {
    let lower = phrase.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty() && *word != "of")
        .collect();
    match &words[..] {
        [one] => numeric(one),
        [day, month, year] => dated(day, month, Some(year)).and_then(Dated::exact),
        _ => None,
    }
}

fn relative(words: &[&str], today: NaiveDate) -> Option<NaiveDate> {
    let monday = monday_of(today)?;
    match *words {
        ["today" | "tonight" | "heute" | "now" | "asap" | "eod"] => Some(today),
        ["tomorrow" | "tmrw" | "tmr" | "morgen"] => today.checked_add_days(Days::new(1)),
        ["day", "after", "tomorrow"] | ["übermorgen" | "uebermorgen"] => {
            today.checked_add_days(Days::new(2))
        }
        ["yesterday" | "gestern"] => today.checked_sub_days(Days::new(1)),
        [day] => {
            let ahead = days_until(today, weekday(day)?);
            today.checked_add_days(Days::new(if ahead == 0 { 7 } else { ahead }))
        }
        ["this" | "diese" | "dieser", "week" | "woche"] => monday.checked_add_days(Days::new(6)),
        ["coming" | "kommende" | "kommenden" | "kommender", "week" | "woche"] => {
            monday.checked_add_days(Days::new(7))
        }
        ["this" | "coming" | "diesen" | "diese" | "dieser" | "kommenden" | "kommende", day] => {
            today.checked_add_days(Days::new(days_until(today, weekday(day)?)))
        }
        [next, "week" | "woche"] if is_next(next) => monday.checked_add_days(Days::new(7)),
        [next, "month" | "monat"] if is_next(next) => first_of_month(today, 1),
        [next, "quarter" | "quartal"] if is_next(next) => first_of_quarter(today, 1),
        [next, "year" | "jahr"] if is_next(next) => NaiveDate::from_ymd_opt(today.year() + 1, 1, 1),
        [next, day] if is_next(next) => {
            let offset = weekday(day)?.num_days_from_monday();
            monday.checked_add_days(Days::new(7 + u64::from(offset)))
        }
        _ => None,
    }
}

fn monday_of(today: NaiveDate) -> Option<NaiveDate> {
    today.checked_sub_days(Days::new(u64::from(today.weekday().num_days_from_monday())))
}

fn is_next(word: &str) -> bool {
    matches!(
        word,
        "next" | "nächste" | "nächsten" | "nächster" | "nächstes" | "naechste" | "naechsten"
    )
}

fn days_until(today: NaiveDate, day: chrono::Weekday) -> u64 {
    let from = today.weekday().num_days_from_monday();
    u64::from((7 + day.num_days_from_monday() - from) % 7)
}

fn first_of_month(today: NaiveDate, ahead: u32) -> Option<NaiveDate> {
    today.with_day(1)?.checked_add_months(Months::new(ahead))
}

fn first_of_quarter(today: NaiveDate, ahead: u32) -> Option<NaiveDate> {
    let start = today.with_day(1)?.with_month((today.month0() / 3) * 3 + 1)?;
    start.checked_add_months(Months::new(ahead * 3))
}

/// `end of month`, `eoq`, `Ende März`.
fn end_of(words: &[&str], today: NaiveDate) -> Option<NaiveDate> {
    let (unit, ahead) = match *words {
        ["eow"] => ("week", 0),
        ["eom" | "monatsende"] => ("month", 0),
        ["eoq" | "quartalsende"] => ("quarter", 0),
        ["eoy" | "jahresende"] => ("year", 0),
        ["end" | "ende", ref rest @ ..] => {
            let mut ahead = 0;
            let mut unit = None;
            for &word in rest {
                match word {
                    "of" | "the" | "this" | "des" | "der" | "dieses" | "dieser" => {}
                    "next" | "nächsten" | "nächster" => ahead = 1,
                    word if unit.is_none() => unit = Some(word),
                    _ => return None,
                }
            }
            (unit?, ahead)
        }
        _ => return None,
    };
    let after = match unit {
        "day" => return Some(today),
        "week" | "woche" => {
            let monday = monday_of(today)?;
            monday.checked_add_days(Days::new(7 * (ahead + 1)))?
        }
        "month" | "monats" | "monat" => first_of_month(today, 1 + ahead as u32)?,
        "quarter" | "quartals" | "quartal" => first_of_quarter(today, 1 + ahead as u32)?,
        "year" | "jahres" | "jahr" => {
            NaiveDate::from_ymd_opt(today.year() + 1 + ahead as i32, 1, 1)?
        }
        name => {
            let month = month(name)?;
            let year = today.year() + i32::from(month < today.month());
            NaiveDate::from_ymd_opt(year, month, 1)?.checked_add_months(Months::new(1))?
        }
    };
    after.pred_opt()
}

/// `in 3 days`, `2 weeks`, `3d`, `in einer Woche`.
fn counted(words: &[&str], today: NaiveDate) -> Option<NaiveDate> {
    let words = match words {
        ["in", rest @ ..] => rest,
        ["within", rest @ ..] => rest,
        _ => words,
    };
    let (count, unit) = match *words {
        [count, unit] => (number(count)?, unit),
        [both] => {
            let digits = both.bytes().take_while(u8::is_ascii_digit).count();
            let (count, unit) = both.split_at(digits);
            (number(count)?, unit)
        }
        _ => return None,
    };
    match unit {
        "d" | "day" | "days" | "tag" | "tage" | "tagen" => {
            today.checked_add_days(Days::new(u64::from(count)))
        }
        "w" | "week" | "weeks" | "woche" | "wochen" => {
            today.checked_add_days(Days::new(u64::from(count) * 7))
        }
        "m" | "month" | "months" | "monat" | "monate" | "monaten" => {
            today.checked_add_months(Months::new(count))
        }
        "y" | "year" | "years" | "jahr" | "jahre" | "jahren" => {
            today.checked_add_months(Months::new(count * 12))
        }
        _ => None,
    }
}

fn number(word: &str) -> Option<u32> {
    Some(match word {
        "a" | "an" | "one" | "ein" | "eine" | "einem" | "einer" => 1,
        "two" | "zwei" => 2,
        "three" | "drei" => 3,
        "four" | "vier" => 4,
        "five" | "fünf" => 5,
        "six" | "sechs" => 6,
        "seven" | "sieben" => 7,
        "ten" | "zehn" => 10,
        _ if word.len() <= 4 => word.parse().ok()?,
        _ => return None,
    })
}

fn on_the_calendar(words: &[&str], today: NaiveDate) -> Option<NaiveDate> {
    match *words {
        [one] => numeric(one).or_else(|| day_and_month(one)?.next_after(today)),
        [first, "of", second] | [first, second] => dated(first, second, None)?.next_after(today),
        [first, "of", second, year] | [first, second, year] => {
            dated(first, second, Some(year))?.exact()
        }
        _ => None,
    }
}

/// A day and a month, and the year if it was said.
#[derive(Clone, Copy)]
struct Dated {
    day: u32,
    month: u32,
    year: Option<i32>,
}

impl Dated {
    fn exact(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.year?, self.month, self.day)
    }

    /// The next such day; 29 February may be years away.
    fn next_after(self, today: NaiveDate) -> Option<NaiveDate> {
        if self.year.is_some() {
            return self.exact();
        }
        (0..=8).find_map(|years| {
            NaiveDate::from_ymd_opt(today.year() + years, self.month, self.day)
                .filter(|day| *day >= today)
        })
    }
}

fn dated(first: &str, second: &str, year: Option<&str>) -> Option<Dated> {
    let (day, name) = match month(first) {
        Some(month) => (second, month),
        None => (first, month(second)?),
    };
    let day = ["st", "nd", "rd", "th", "."]
        .iter()
        .find_map(|ending| day.strip_suffix(ending))
        .unwrap_or(day);
    let year = match year {
        Some(year) if year.trim_end_matches('.').len() == 4 => {
            Some(year.trim_end_matches('.').parse().ok()?)
        }
        Some(_) => return None,
        None => None,
    };
    Some(Dated { day: small(day)?, month: name, year })
}

/// `2027-03-12`, `12.3.2027`, and `25/12/2027` where only one reading exists.
fn numeric(word: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = word.split(['-', '.', '/']).collect();
    let [a, b, c] = parts[..] else { return None };
    let year = |part: &str| (part.len() == 4).then(|| part.parse::<i32>().ok()).flatten();
    match word.bytes().find(|b| !b.is_ascii_digit())? {
        b'-' => NaiveDate::from_ymd_opt(year(a)?, small(b)?, small(c)?),
        b'.' => NaiveDate::from_ymd_opt(year(c)?, small(b)?, small(a)?),
        b'/' if a.len() == 4 => NaiveDate::from_ymd_opt(year(a)?, small(b)?, small(c)?),
        b'/' => {
            let (first, second, year) = (small(a)?, small(b)?, year(c)?);
            match (first > 12, second > 12) {
                (true, false) => NaiveDate::from_ymd_opt(year, second, first),
                (false, true) => NaiveDate::from_ymd_opt(year, first, second),
                (false, false) if first == second => NaiveDate::from_ymd_opt(year, first, second),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `12.3.`, the German short form.
fn day_and_month(word: &str) -> Option<Dated> {
    let (day, month) = word.strip_suffix('.')?.split_once('.')?;
    Some(Dated { day: small(day)?, month: small(month)?, year: None })
}

fn small(digits: &str) -> Option<u32> {
    let is_small = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_small.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen from Thursday, 11 March 2027.
    fn check(phrase: &str, expected: &str) {
        let today = NaiveDate::from_ymd_opt(2027, 3, 11).expect("a real day");
        let found = parse_due(phrase, today).map(|day| day.to_string());
        assert_eq!(found.unwrap_or_default(), expected, "{phrase:?}");
    }

    #[test]
    fn days_near_today_are_said_by_name() {
        check("today", "2027-03-11");
        check("Tomorrow", "2027-03-12");
        check("day after tomorrow", "2027-03-13");
        check("übermorgen", "2027-03-13");
        check("heute", "2027-03-11");
    }

    #[test]
    fn a_weekday_is_the_next_one_and_next_means_next_week() {
        check("friday", "2027-03-12");
        check("Fri", "2027-03-12");
        check("by Friday.", "2027-03-12");
        check("thursday", "2027-03-18");
        check("this thursday", "2027-03-11");
        check("next friday", "2027-03-19");
        check("next monday", "2027-03-15");
        check("nächsten Freitag", "2027-03-19");
        check("bis Freitag", "2027-03-12");
        check("next week", "2027-03-15");
        check("kommende Woche", "2027-03-15");
        check("this week", "2027-03-14");
        check("next month", "2027-04-01");
        check("next quarter", "2027-04-01");
    }

    #[test]
    fn days_weeks_and_months_are_counted() {
        check("in 3 days", "2027-03-14");
        check("in a week", "2027-03-18");
        check("2w", "2027-03-25");
        check("in 2 Wochen", "2027-03-25");
        check("in einem Monat", "2027-04-11");
        check("in 99999 days", "");
    }

    #[test]
    fn dates_are_read_with_and_without_a_year() {
        check("2027-03-12", "2027-03-12");
        check("12 march", "2027-03-12");
        check("March 12th", "2027-03-12");
        check("10 march", "2028-03-10");
        check("12 March 2028", "2028-03-12");
        check("march 12, 2028", "2028-03-12");
        check("12. März", "2027-03-12");
        check("12.3.2028", "2028-03-12");
        check("12.3.", "2027-03-12");
        check("25/12/2027", "2027-12-25");
        check("29 february", "2028-02-29");
    }

    #[test]
    fn ends_are_last_days() {
        check("end of month", "2027-03-31");
        check("end of the week", "2027-03-14");
        check("end of next month", "2027-04-30");
        check("eoq", "2027-03-31");
        check("end of year", "2027-12-31");
        check("Ende des Monats", "2027-03-31");
        check("end of february", "2028-02-29");
    }

    #[test]
    fn what_is_no_day_stays_unread() {
        for phrase in ["", "soon", "3/4/2027", "31 february 2027", "32 march", "2027-13-01", "12"] {
            check(phrase, "");
        }
    }
}
