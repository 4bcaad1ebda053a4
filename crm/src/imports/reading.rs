//! What people write into cells, as what columns hold: 1.234,50 €, 31.3.2027, ja, acme.io. Where
//! a text means two things, as 3/4/2027 does, the other values of the file decide, or whoever
//! imports it; nothing is guessed row by row.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::Plan;
use super::mapping::Target;
use crate::blueprints::{Blueprint, Column, ColumnType};
use crate::errors::Refusal;

/// How ambiguous texts of a file are read.
#[derive(Debug, Clone, Default)]
pub struct Style {
    /// Whether the day stands before the month; none means that nobody knows.
    pub day_first: Option<bool>,
    /// Whether a comma separates the decimals; none means that nobody knows.
    pub decimal_comma: Option<bool>,
    /// The currency of amounts that name none.
    pub currency: Option<String>,
    /// Where days begin.
    pub timezone: Tz,
    /// The country whose phone numbers need no code, two letters.
    pub region: Option<String>,
}

/// What the values of a file say about how they are written.
///
/// # Errors
/// A refusal that asks, where they leave it open.
pub fn style_of(
    plan: &Plan,
    targets: &[Target],
    blueprint: &Blueprint,
    sample: &[Vec<String>],
) -> Result<(Option<bool>, Option<bool>), Refusal> {
    let cells = |wanted: &dyn Fn(ColumnType) -> bool| {
        let places = targets.iter().enumerate().filter_map(|(place, target)| match target {
            Target::Column(id) => {
                let column = blueprint.column(id)?;
                wanted(column.kind).then_some((place, column))
            }
            _ => None,
        });
        let mut found = Vec::new();
        for (place, column) in places {
            let texts = sample.iter().filter_map(|row| row.get(place));
            found.extend(texts.map(|text| (column, text.trim())));
        }
        found
    };
    let days = cells(&|kind| matches!(kind, ColumnType::Date | ColumnType::DateTime));
    let mut day_first = plan.day_first;
    if day_first.is_none() {
        let orders = days.iter().filter_map(|(_, text)| order_of(text)).collect::<Vec<_>>();
        day_first = orders.iter().flatten().next().copied();
        if day_first.is_none()
            && let Some((column, text)) = days.iter().find(|(_, text)| order_of(text).is_some())
        {
            return Err(Refusal::invalid(format!(
                "“{text}” in {} may have the day or the month first. Say which, with day_first \
                 true or false.",
                column.name
            )));
        }
    }
    let numbers = cells(&|kind| {
        matches!(kind, ColumnType::Integer | ColumnType::Decimal | ColumnType::Money)
    });
    let mut decimal_comma = plan.decimal_comma;
    if decimal_comma.is_none() {
        let commas = numbers.iter().filter_map(|(_, text)| comma_of(text)).collect::<Vec<_>>();
        decimal_comma = commas.iter().flatten().next().copied();
        if decimal_comma.is_none()
            && let Some((column, text)) = numbers.iter().find(|(_, text)| comma_of(text).is_some())
        {
            return Err(Refusal::invalid(format!(
                "“{text}” in {} may be a thousand or one and something. Say which, with \
                 decimal_comma true or false.",
                column.name
            )));
        }
    }
    Ok((day_first, decimal_comma))
}

/// Whether the day comes first in this date, if that can be told; nothing where there is no
/// question.
fn order_of(text: &str) -> Option<Option<bool>> {
    let date = text.split_whitespace().next().unwrap_or_default();
    let parts = date.split(['/', '.', '-']).collect::<Vec<_>>();
    let [a, b, _] = parts.as_slice() else { return None };
    let (a, b) = (a.parse::<u32>().ok()?, b.parse::<u32>().ok()?);
    if a > 31 || date.contains('.') {
        return None;
    }
    Some(match (a > 12, b > 12) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    })
}

/// Whether a comma separates decimals here, if that can be told; nothing where there is no
/// question.
fn comma_of(text: &str) -> Option<Option<bool>> {
    let digits = text.chars().filter(|c| c.is_ascii_digit() || ".,".contains(*c));
    let digits = digits.collect::<String>();
    let (commas, points) = (digits.matches(',').count(), digits.matches('.').count());
    let last = digits.rfind([',', '.'])?;
    let behind = digits.len() - last - 1;
    let is_comma = digits.as_bytes()[last] == b',';
    Some(match (commas, points) {
        (1.., 1..) => Some(is_comma),
        (2.., 0) => Some(false),
        (0, 2..) => Some(true),
        _ if behind != 3 || digits.starts_with("0.") || digits.starts_with("0,") => Some(is_comma),
        _ => None,
    })
}

impl Style {
    /// The value that a text means in a column.
    ///
    /// # Errors
    /// A refusal that says what the column takes.
    pub fn read(
        &self,
        column: &Column,
        text: &str,
        currency: Option<&str>,
    ) -> Result<Json, Refusal> {
        let words = text.trim();
        let plain = || Json::from(words);
        let value = match column.kind {
            ColumnType::LongText | ColumnType::Markdown => Json::from(text),
            ColumnType::Text | ColumnType::Email | ColumnType::Phone | ColumnType::Select => {
                plain()
            }
            ColumnType::Integer | ColumnType::Decimal => match self.number(column, words)? {
                Some(number) => number.normalize().to_string().into(),
                None => plain(),
            },
            ColumnType::Money => return self.money(column, words, currency),
            ColumnType::Date => match self.day(column, words)? {
                Some(day) => day.to_string().into(),
                None => plain(),
            },
            ColumnType::DateTime => match self.instant(column, words)? {
                Some(at) => at.to_rfc3339().into(),
                None => plain(),
            },
            ColumnType::Boolean => match crate::folding::fold(words).as_str() {
                "yes" | "true" | "1" | "y" | "x" | "✓" | "ja" | "j" | "wahr" | "oui" | "vrai"
                | "si" | "sim" | "tak" | "evet" | "да" | "так" | "истина" | "はい" | "是" => {
                    true.into()
                }
                "no" | "false" | "0" | "n" | "nein" | "falsch" | "non" | "faux" | "nao" | "nee"
                | "nie" | "hayir" | "нет" | "ні" | "ложь" | "いいえ" | "否" => {
                    false.into()
                }
                _ => plain(),
            },
            ColumnType::MultiSelect => several(column, words).into(),
            ColumnType::Url => match words.contains("://") || !words.contains('.') {
                true => plain(),
                false => format!("https://{words}").into(),
            },
            ColumnType::Attachment => serde_json::from_str(words).unwrap_or_else(|_| plain()),
            ColumnType::Reference if column.many => several(column, words).into(),
            // Records are named by keys, which only the store can turn into ids.
            ColumnType::Reference => return Ok(plain()),
        };
        if column.kind == ColumnType::Reference {
            return Ok(value);
        }
        column.checked(value)
    }

    fn number(&self, column: &Column, words: &str) -> Result<Option<Decimal>, Refusal> {
        let digits = words
            .chars()
            .filter(|c| !c.is_whitespace() && !"'’\u{a0}\u{202f}".contains(*c))
            .collect::<String>();
        let is_number = |c: char| c.is_ascii_digit() || "+-.,".contains(c);
        if digits.is_empty() || !digits.chars().all(is_number) {
            return Ok(None);
        }
        let comma = match comma_of(&digits) {
            None => false,
            Some(told) => match (self.decimal_comma, told) {
                (Some(known), None) => known,
                (Some(known), Some(told)) if known == told => known,
                (None, Some(told)) => told,
                (Some(_), Some(_)) => {
                    return Err(Refusal::invalid(format!(
                        "{} takes a number, and “{words}” has its decimals behind another sign \
                         than the rest of the file.",
                        column.name
                    )));
                }
                (None, None) => {
                    return Err(Refusal::invalid(format!(
                        "“{words}” in {} may be a thousand or one and something. Say which, with \
                         decimal_comma true or false.",
                        column.name
                    )));
                }
            },
        };
        let plain = match comma {
            true => digits.replace('.', "").replace(',', "."),
            false => digits.replace(',', ""),
        };
        Ok(plain.parse::<Decimal>().ok())
    }

    fn money(&self, column: &Column, words: &str, currency: Option<&str>) -> Result<Json, Refusal> {
        const SIGNS: [(&str, &str); 7] = [
            ("€", "EUR"),
            ("$", "USD"),
            ("£", "GBP"),
            ("¥", "JPY"),
            ("₴", "UAH"),
            ("₽", "RUB"),
            ("₹", "INR"),
        ];
        let letters = words.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        let sign = SIGNS.iter().find(|(sign, _)| words.contains(sign));
        let written = match sign {
            _ if letters.len() == 3 => Some(letters.to_uppercase()),
            Some((_, code)) => Some((*code).to_owned()),
            None => None,
        };
        let amount = words
            .chars()
            .filter(|c| c.is_ascii_digit() || "+-.,'’ \u{a0}\u{202f}".contains(*c))
            .collect::<String>();
        let known = letters.is_empty() || letters.len() == 3;
        let Some(amount) = self.number(column, &amount)?.filter(|_| known) else {
            return column.checked(words.into());
        };
        let given = currency.map(str::trim).filter(|code| !code.is_empty());
        let code = written
            .or_else(|| given.map(str::to_uppercase))
            .or_else(|| self.currency.as_ref().map(|code| code.to_uppercase()));
        let Some(code) = code else {
            return Err(Refusal::invalid(format!(
                "{} takes an amount with its currency, and “{words}” names none. Write it there, \
                 or name one for the whole file.",
                column.name
            )));
        };
        column.checked(json!({ "amount": amount.to_string(), "currency": code }))
    }

    fn day(&self, column: &Column, words: &str) -> Result<Option<NaiveDate>, Refusal> {
        let date = match words.split_once(['T', ' ']) {
            // A midnight behind a day is how spreadsheets write days.
            Some((date, time)) if time.trim_end_matches(['0', ':', '.', 'Z']).is_empty() => date,
            _ => words,
        };
        if let Ok(day) = date.parse::<NaiveDate>() {
            return Ok(Some(day));
        }
        let year_first = date.get(..4).is_some_and(|year| year.bytes().all(|b| b.is_ascii_digit()));
        let days_first = ["%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y"];
        let formats: &[&str] = if year_first { &["%Y/%m/%d", "%Y.%m.%d"] } else { &days_first };
        for format in formats {
            if let Ok(day) = NaiveDate::parse_from_str(date, format) {
                return Ok(Some(day));
            }
        }
        let parts = date.split(['/', '.', '-']).map(str::trim).collect::<Vec<_>>();
        let [a, b, year] = parts.as_slice() else { return Ok(None) };
        let (Ok(a), Ok(b), Ok(year)) = (a.parse::<u32>(), b.parse::<u32>(), year.parse::<i32>())
        else {
            return Ok(None);
        };
        let year = if year < 70 {
            year + 2000
        } else if year < 100 {
            year + 1900
        } else {
            year
        };
        let day_first = match order_of(date) {
            // Points stand between days, months and years in this order.
            None => true,
            Some(Some(told)) if self.day_first.is_none_or(|known| known == told) => told,
            Some(_) => match self.day_first {
                Some(known) => known,
                None => {
                    return Err(Refusal::invalid(format!(
                        "“{words}” in {} may have the day or the month first. Say which, with \
                         day_first true or false.",
                        column.name
                    )));
                }
            },
        };
        let (day, month) = if day_first { (a, b) } else { (b, a) };
        Ok(NaiveDate::from_ymd_opt(year, month, day))
    }

    fn instant(&self, column: &Column, words: &str) -> Result<Option<DateTime<Utc>>, Refusal> {
        if let Ok(at) = DateTime::parse_from_rfc3339(words) {
            return Ok(Some(at.to_utc()));
        }
        let local = |at: NaiveDateTime| {
            self.timezone.from_local_datetime(&at).earliest().map(|at| at.to_utc())
        };
        let (date, time) = match words.split_once(['T', ' ']) {
            Some((date, time)) if time.contains(':') => (date, time.trim()),
            _ => (words, "00:00"),
        };
        let Some(day) = self.day(column, date)? else { return Ok(None) };
        let formats = ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p"];
        let time = formats.iter().find_map(|f| chrono::NaiveTime::parse_from_str(time, f).ok());
        Ok(time.and_then(|time| local(day.and_time(time))))
    }

    /// A phone number with its country code, as far as that can be told.
    pub fn phone(&self, text: &str) -> String {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("00") {
            return format!("+{rest}");
        }
        let national = text.strip_prefix('0').map(|rest| rest.trim_start_matches(['/', ' ']));
        let code = self.region.as_deref().and_then(calling_code);
        match (text.starts_with('+'), national, code) {
            // The zero stands in for the country; in Italy it is a part of the number.
            (false, Some(rest), Some(code)) if code != "39" => format!("+{code} {rest}"),
            (false, _, Some(code)) if ["1", "39", "34", "45", "47", "48"].contains(&code) => {
                format!("+{code} {text}")
            }
            _ => text.to_owned(),
        }
    }
}

/// What a call from abroad begins with.
fn calling_code(region: &str) -> Option<&'static str> {
    const CODES: &str = "US1 CA1 RU7 KZ7 EG20 ZA27 GR30 NL31 BE32 FR33 ES34 HU36 IT39 RO40 CH41 AT43 \
        GB44 DK45 SE46 NO47 PL48 DE49 MX52 BR55 CL56 AU61 NZ64 JP81 KR82 CN86 TR90 IN91 PT351 \
        LU352 IE353 FI358 LT370 LV371 EE372 MD373 UA380 RS381 HR385 SI386 CZ420 SK421 IL972";
    let found = CODES.split_whitespace().find(|entry| entry.get(..2) == Some(region));
    found.and_then(|entry| entry.get(2..))
}

/// What stands in one cell for several: separated by semicolons, bars or lines, or by commas
/// where the options have none.
pub(crate) fn several(column: &Column, words: &str) -> Vec<String> {
    let comma = !column.options.iter().any(|option| option.contains(','));
    words
        .split(|c: char| matches!(c, ';' | '|' | '\n') || (comma && c == ','))
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: ColumnType) -> Column {
        let options = ["Hot", "Cold"].map(str::to_owned).to_vec();
        Column { options, ..Column::new("c", "Size", kind) }
    }

    fn style(day_first: Option<bool>, decimal_comma: Option<bool>) -> Style {
        Style {
            day_first,
            decimal_comma,
            currency: None,
            timezone: Tz::Europe__Berlin,
            region: Some("DE".into()),
        }
    }

    #[test]
    fn what_people_write_is_read_as_they_mean_it() {
        let check = |kind, text: &str, expected: Json| {
            let read = style(Some(true), Some(true)).read(&column(kind), text, None);
            assert_eq!(read, Ok(expected), "{text}");
        };
        check(ColumnType::Integer, "1.234", 1234.into());
        check(ColumnType::Decimal, "1.234,50", "1234.5".into());
        check(ColumnType::Decimal, "-1 234,5", "-1234.5".into());
        check(ColumnType::Money, "12.000,50 €", json!({"amount": "12000.50", "currency": "EUR"}));
        check(ColumnType::Money, "CHF 1’000", json!({"amount": "1000", "currency": "CHF"}));
        check(ColumnType::Date, "3/4/2027", "2027-04-03".into());
        check(ColumnType::Date, "31.3.27", "2027-03-31".into());
        check(ColumnType::Date, "2027-03-31 00:00:00", "2027-03-31".into());
        check(ColumnType::Date, "March 31, 2027", "2027-03-31".into());
        check(ColumnType::DateTime, "31.03.2027 09:00", "2027-03-31T07:00:00+00:00".into());
        check(ColumnType::Boolean, "Ja", true.into());
        check(ColumnType::Boolean, "нет", false.into());
        check(ColumnType::MultiSelect, "hot; cold", json!(["Hot", "Cold"]));
        check(ColumnType::Url, "acme.io", "https://acme.io".into());
        check(ColumnType::Email, " A@b.c ", "a@b.c".into());
    }

    #[test]
    fn what_means_two_things_is_asked_and_what_fits_nothing_is_refused() {
        let read = |kind, text: &str| {
            let refused = style(None, None).read(&column(kind), text, None).expect_err(text);
            refused.message
        };
        assert!(read(ColumnType::Date, "3/4/2027").contains("day_first"));
        assert!(read(ColumnType::Integer, "1.234").contains("decimal_comma"));
        assert!(read(ColumnType::Date, "31/31/2027").contains("Size"));
        assert!(read(ColumnType::Money, "12").contains("names none"));
        assert!(read(ColumnType::Money, "twelve EUR each").contains("Size takes"));
        assert!(read(ColumnType::Integer, "many").contains("Size takes a whole number"));
        let american = style(Some(false), Some(false));
        assert_eq!(
            american.read(&column(ColumnType::Date), "3/4/2027", None),
            Ok("2027-03-04".into())
        );
        assert!(american.read(&column(ColumnType::Decimal), "1.234,5", None).is_err());
    }

    #[test]
    fn the_file_itself_says_which_comes_first_where_it_can() {
        let mut blueprint = Blueprint::named("box", "Box", "Boxes");
        blueprint.columns = vec![
            Column::new("on", "On", ColumnType::Date),
            Column::new("size", "Size", ColumnType::Decimal),
        ];
        let targets = [Target::Column("on".into()), Target::Column("size".into())];
        let asked = |rows: &[[&str; 2]]| {
            let sample = rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect::<Vec<_>>();
            style_of(&Plan::default(), &targets, &blueprint, &sample)
        };
        assert_eq!(
            asked(&[["3/4/2027", "1.5"], ["31/4/2027", "2"]]),
            Ok((Some(true), Some(false)))
        );
        assert_eq!(asked(&[["3/14/2027", "1,25"]]), Ok((Some(false), Some(true))));
        assert_eq!(asked(&[["2027-03-04", "12"]]), Ok((None, None)));
        assert!(asked(&[["3/4/2027", "1"]]).is_err());
        assert!(asked(&[["2027-03-04", "1.234"]]).is_err());
    }

    #[test]
    fn a_national_number_gets_the_code_of_its_country() {
        let check = |region: &str, given: &str, expected: &str| {
            let style = Style { region: Some(region.into()), ..style(None, None) };
            assert_eq!(style.phone(given), expected);
        };
        check("DE", "030 123456", "+49 30 123456");
        check("DE", "0049 30 123456", "+49 30 123456");
        check("IT", "06 123456", "+39 06 123456");
        check("US", "212 5550100", "+1 212 5550100");
        check("DE", "+36 30 1", "+36 30 1");
        check("ZZ", "030 1", "030 1");
    }
}
