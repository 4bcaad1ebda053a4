//! Reading the values of a filter: amounts, days and instants, as people write them. A day means
//! that day in the tenant's time zone. What a value may look like stands in each refusal.

use std::ops::Bound;

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::errors::Refusal;
use crate::lists::condition::{ColumnTest, Span};
use crate::lists::language::{Given, Operator};

/// The last number that a relative day may have.
const AGO_MAX: u32 = 36_500;

/// When a filter is read, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Today {
    pub(crate) now: DateTime<Utc>,
    pub(crate) timezone: Tz,
}

fn takes(column: &str, what: &str, given: &str) -> Refusal {
    let given = given.chars().take(60).collect::<String>();
    Refusal::invalid(format!("{column} takes {what}, and “{given}” is not."))
}

/// An amount and, where there is one, its currency in lower case.
type Amount = (Option<f64>, Option<String>);

const NUMBER: &str = "a number like 10000, 9.5 or 10k, or a range like 10..20";
const AMOUNT: &str =
    "an amount like 10000, 10k or 10000EUR, a range like 1000..5000EUR, or a currency like EUR";

/// What the numbers of a column must be like.
pub(crate) fn number_test(
    column: &str,
    operator: Operator,
    given: &Given,
    is_money: bool,
) -> Result<ColumnTest, Refusal> {
    let what = if is_money { AMOUNT } else { NUMBER };
    let read = |text: &str| -> Result<Amount, Refusal> {
        let amount = amount(text, is_money);
        amount.ok_or_else(|| takes(column, what, text))
    };
    let (low, high, currency) = match given {
        Given::Range(from, to) => {
            let alone = |text: &str| if text.is_empty() { Ok((None, None)) } else { read(text) };
            let (low, first) = alone(from)?;
            let (high, second) = alone(to)?;
            let given = || format!("{from}..{to}");
            let bare = |text: &str, number: Option<f64>| !text.is_empty() && number.is_none();
            let differ = first.is_some() && second.is_some() && first != second;
            if differ || bare(from, low) || bare(to, high) || operator.compares() {
                return Err(takes(column, what, &given()));
            }
            let bound = |number: Option<f64>| number.map_or(Bound::Unbounded, Bound::Included);
            (bound(low), bound(high), first.or(second))
        }
        Given::One(text) => {
            let (number, currency) = read(text)?;
            let Some(number) = number else {
                if operator.compares() {
                    return Err(takes(column, what, text));
                }
                let (low, high) = (Bound::Unbounded, Bound::Unbounded);
                return Ok(ColumnTest::Number { low, high, currency });
            };
            let (low, high) = match operator {
                Operator::Is | Operator::Equals => {
                    (Bound::Included(number), Bound::Included(number))
                }
                Operator::Above => (Bound::Excluded(number), Bound::Unbounded),
                Operator::AtLeast => (Bound::Included(number), Bound::Unbounded),
                Operator::Below => (Bound::Unbounded, Bound::Excluded(number)),
                Operator::AtMost => (Bound::Unbounded, Bound::Included(number)),
            };
            (low, high, currency)
        }
    };
    Ok(ColumnTest::Number { low, high, currency })
}

/// `10000`, `10,000.50`, `10k`, `1.5m`; and, for money, `10kEUR`, `€10` and `EUR`.
fn amount(text: &str, is_money: bool) -> Option<Amount> {
    let mut rest = text.trim();
    let mut currency = None;
    if is_money {
        for (symbol, code) in [("€", "eur"), ("$", "usd"), ("£", "gbp"), ("¥", "jpy")] {
            let without = rest.strip_prefix(symbol).or_else(|| rest.strip_suffix(symbol));
            if let Some(without) = without {
                (rest, currency) = (without.trim(), Some(code.to_owned()));
            }
        }
        let letters = rest.len().checked_sub(3).and_then(|at| rest.split_at_checked(at));
        if currency.is_none()
            && let Some((number, code)) = letters
            && code.bytes().all(|b| b.is_ascii_alphabetic())
        {
            (rest, currency) = (number.trim(), Some(code.to_ascii_lowercase()));
        }
        if rest.is_empty() && currency.is_some() {
            return Some((None, currency));
        }
    }
    let last = rest.chars().last()?.to_ascii_lowercase();
    let (digits, times) = match last {
        'k' => (&rest[..rest.len() - 1], 1_000),
        'm' => (&rest[..rest.len() - 1], 1_000_000),
        _ => (rest, 1),
    };
    let number = plain_number(digits)?.checked_mul(Decimal::from(times))?;
    // The same way that an index takes, so that equal numbers are equal.
    Some((Some(number.normalize().to_string().parse().ok()?), currency))
}

/// Digits with a point; commas only where they part thousands.
fn plain_number(text: &str) -> Option<Decimal> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let mut groups = whole.trim_start_matches('-').split(',');
    let first = groups.next()?;
    let rest = groups.collect::<Vec<_>>();
    let grouped = rest.is_empty() || (1..=3).contains(&first.len());
    if !grouped || rest.iter().any(|group| group.len() != 3) || fraction == Some("") {
        return None;
    }
    text.replace(',', "").parse().ok()
}

const DAY: &str = "a day like 2027-03-31, a month like 2027-03, today, -7d, -2w, -3m or -1y, or \
     a range like -30d..today";

/// When the instants of a column must lie; days are days in UTC where the column holds days.
pub(crate) fn span(
    column: &str,
    operator: Operator,
    given: &Given,
    today: Today,
    holds_days: bool,
) -> Result<Span, Refusal> {
    let read = |text: &str| {
        let days = days(text, today).map(|(first, after)| {
            let at = |day: NaiveDate| match holds_days {
                true => Some(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()),
                false => midnight(day, today.timezone),
            };
            (at(first), at(after))
        });
        let instant = || match holds_days {
            true => None,
            false => instant(text, today).map(|at| (Some(at), at.checked_add(1))),
        };
        match days.or_else(instant) {
            Some((Some(from), Some(until))) => Ok((from, until)),
            _ => Err(takes(column, DAY, text)),
        }
    };
    match given {
        Given::Range(from, to) => {
            if operator.compares() {
                return Err(takes(column, DAY, &format!("{from}..{to}")));
            }
            let end = |text: &str| (!text.is_empty()).then(|| read(text)).transpose();
            let (first, last) = (end(from)?, end(to)?);
            Ok(Span { from: first.map(|(from, _)| from), until: last.map(|(_, until)| until) })
        }
        Given::One(text) => {
            let (from, until) = read(text)?;
            Ok(match operator {
                Operator::Is | Operator::Equals => Span { from: Some(from), until: Some(until) },
                Operator::Above => Span { from: Some(until), until: None },
                Operator::AtLeast => Span { from: Some(from), until: None },
                Operator::Below => Span { from: None, until: Some(from) },
                Operator::AtMost => Span { from: None, until: Some(until) },
            })
        }
    }
}

/// The first day that is meant, and the day after the last.
fn days(text: &str, today: Today) -> Option<(NaiveDate, NaiveDate)> {
    let text = text.trim().to_lowercase();
    let now = today.now.with_timezone(&today.timezone).date_naive();
    let one = |day: NaiveDate| Some((day, day.succ_opt()?));
    match text.as_str() {
        "today" => return one(now),
        "yesterday" => return one(now.pred_opt()?),
        "tomorrow" => return one(now.succ_opt()?),
        _ => {}
    }
    if let Some((sign, rest)) =
        text.strip_prefix('-').map(|r| (-1, r)).or_else(|| text.strip_prefix('+').map(|r| (1, r)))
    {
        let at = rest.find(|c: char| !c.is_ascii_digit())?;
        let count = rest[..at].parse::<u32>().ok().filter(|count| *count <= AGO_MAX)?;
        let days = |count: u32| {
            let days = Days::new(count.into());
            if sign < 0 { now.checked_sub_days(days) } else { now.checked_add_days(days) }
        };
        let months = |count: u32| {
            let months = Months::new(count);
            if sign < 0 { now.checked_sub_months(months) } else { now.checked_add_months(months) }
        };
        return match &rest[at..] {
            "d" => one(days(count)?),
            "w" => one(days(count.checked_mul(7)?)?),
            "m" => one(months(count)?),
            "y" => one(months(count.checked_mul(12)?)?),
            _ => None,
        };
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return one(day);
    }
    let (year, month) = text.split_once('-').map_or((text.as_str(), None), |(y, m)| (y, Some(m)));
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year = year.parse::<i32>().ok()?;
    match month {
        None => Some((
            NaiveDate::from_ymd_opt(year, 1, 1)?,
            NaiveDate::from_ymd_opt(year.checked_add(1)?, 1, 1)?,
        )),
        Some(month) if month.len() == 2 => {
            let first = NaiveDate::from_ymd_opt(year, month.parse().ok()?, 1)?;
            Some((first, first.checked_add_months(Months::new(1))?))
        }
        Some(_) => None,
    }
}

/// When a day begins there; where the clock leaps over midnight, the first instant after.
fn midnight(day: NaiveDate, timezone: Tz) -> Option<i64> {
    let mut at = day.and_time(NaiveTime::MIN);
    for _ in 0..8 {
        if let Some(found) = timezone.from_local_datetime(&at).earliest() {
            return Some(found.timestamp_millis());
        }
        at = at.checked_add_signed(TimeDelta::minutes(30))?;
    }
    None
}

/// `2027-03-31T09:00:00Z` or `-12h`.
fn instant(text: &str, today: Today) -> Option<i64> {
    if let Ok(at) = DateTime::parse_from_rfc3339(&text.to_uppercase()) {
        return Some(at.timestamp_millis());
    }
    let hours = text.strip_prefix('-')?.strip_suffix('h')?.parse::<u32>().ok()?;
    let ago = TimeDelta::try_hours(hours.min(AGO_MAX * 24).into())?;
    Some(today.now.checked_sub_signed(ago)?.timestamp_millis())
}

impl Operator {
    /// Whether it asks for more or less.
    pub(crate) fn compares(self) -> bool {
        !matches!(self, Self::Is | Self::Equals)
    }
}
