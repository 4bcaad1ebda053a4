//! Casts: what a value of one column becomes in a column of another type. A cast never guesses:
//! what does not fit becomes nothing, with the reason, and whoever migrates keeps the old value
//! on the record's shelf.

use chrono::{DateTime, NaiveDate};
use serde_json::{Value as Json, json};

use super::{Column, ColumnType, Money, decimal};

/// What a value became.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cast {
    /// The new value; none when nothing of the old one fits.
    pub value: Option<Json>,
    /// What was lost and why, as a sentence.
    pub why: Option<String>,
}

impl Cast {
    pub(super) fn whole(value: Json) -> Self {
        Self { value: Some(value), why: None }
    }

    pub(super) fn lost(why: impl Into<String>) -> Self {
        Self { value: None, why: Some(why.into()) }
    }
}

/// What a value of `from` becomes in `to`. A number that becomes money needs a currency.
pub fn cast(from: &Column, to: &Column, value: &Json, currency: Option<&str>) -> Cast {
    use ColumnType as T;
    match (from.kind, to.kind) {
        (T::MultiSelect, T::MultiSelect) => some_of(to, value),
        (T::Reference, T::Reference) => references(from, to, value),
        (a, b) if a == b => fits(to, value.clone()),
        // Files and records are no text that somebody wrote: nothing else reads as one.
        (T::Attachment, T::Text | T::LongText | T::Markdown) => Cast {
            value: to.checked(from.shown(value).into()).ok(),
            why: Some(format!("{} keeps only the file's name.", to.name)),
        },
        (T::Attachment, _) | (_, T::Attachment) => {
            Cast::lost(format!("{} cannot hold what {} held.", to.name, from.name))
        }
        (T::Money, T::Integer | T::Decimal) => {
            let amount = fits(to, value.get("amount").cloned().unwrap_or_default());
            let why = Some(format!("{} has no place for the currency.", to.name));
            if amount.value.is_some() && currency_of(value) != currency {
                Cast { why, ..amount }
            } else {
                amount
            }
        }
        (T::Integer | T::Decimal, T::Money) => match (decimal(value), currency) {
            (Some(amount), Some(currency)) => {
                fits(to, json!({ "amount": amount.to_string(), "currency": currency }))
            }
            _ => Cast::lost(format!("{} needs a currency; name one with the cast.", to.name)),
        },
        (T::Decimal, T::Integer) => match decimal(value) {
            Some(number) if number.is_integer() => {
                fits(to, number.trunc().normalize().to_string().into())
            }
            _ => fits(to, value.clone()),
        },
        (T::Date, T::DateTime) => match value.as_str() {
            Some(day) => fits(to, format!("{day}T00:00:00Z").into()),
            None => fits(to, value.clone()),
        },
        (T::DateTime, T::Date) => match instant(value) {
            Some(at) => {
                let midnight = at.time() == chrono::NaiveTime::MIN;
                let why = (!midnight).then(|| format!("{} has no place for the hour.", to.name));
                Cast { value: fits(to, at.date_naive().to_string().into()).value, why }
            }
            None => fits(to, value.clone()),
        },
        (T::Boolean, T::Integer | T::Decimal) => {
            fits(to, i64::from(value.as_bool().unwrap_or_default()).into())
        }
        (T::MultiSelect, _) => match value.as_array().map(Vec::as_slice) {
            Some([one]) => read(to, &words(from, one), currency),
            Some([]) => Cast::default(),
            _ if is_text(to) => read(to, &words(from, value), currency),
            _ => Cast::lost(format!("{} has place for one, and there are several.", to.name)),
        },
        (T::Reference, _) if from.many => match value.as_array().map(Vec::as_slice) {
            Some([one]) => read(to, &words(from, one), currency),
            Some([]) => Cast::default(),
            _ if is_text(to) => read(to, &words(from, value), currency),
            _ => Cast::lost(format!("{} has place for one, and there are several.", to.name)),
        },
        _ => read(to, &words(from, value), currency),
    }
}

fn is_text(column: &Column) -> bool {
    matches!(column.kind, ColumnType::Text | ColumnType::LongText | ColumnType::Markdown)
}

/// The value if the column takes it as it is.
fn fits(to: &Column, value: Json) -> Cast {
    match to.checked(value) {
        Ok(value) => Cast::whole(value),
        Err(refusal) => Cast::lost(refusal.message),
    }
}

/// The options that are there, and why the others are not.
fn some_of(to: &Column, value: &Json) -> Cast {
    let given = value.as_array().map_or(&[][..], Vec::as_slice);
    let kept: Vec<Json> = given
        .iter()
        .filter_map(|item| to.checked(json!([item])).ok()?.as_array()?.first().cloned())
        .collect();
    let why = (kept.len() < given.len())
        .then(|| format!("{} has not all of the options {}.", to.name, to.shown(value)));
    let value = (!kept.is_empty() || given.is_empty()).then(|| kept.into());
    Cast { value, why }
}

/// One reference or several. Which blueprints they may point to is asked when one is set.
fn references(from: &Column, to: &Column, value: &Json) -> Cast {
    match (from.many, to.many, value.as_array().map(Vec::as_slice)) {
        (true, false, Some([one])) => fits(to, one.clone()),
        (true, false, Some([])) => Cast::default(),
        (true, false, Some(several)) => Cast {
            value: several.first().cloned(),
            why: Some(format!("{} has place for one record; the first stays.", to.name)),
        },
        _ => fits(to, value.clone()),
    }
}

/// A value in words that read back as it.
fn words(from: &Column, value: &Json) -> String {
    match serde_json::from_value::<Money>(value.clone()) {
        Ok(money) if from.kind == ColumnType::Money => {
            format!("{} {}", money.amount, money.currency)
        }
        _ => from.shown(value),
    }
}

/// What words mean in a column.
fn read(to: &Column, words: &str, currency: Option<&str>) -> Cast {
    let words = words.trim();
    let text = || Json::from(words);
    match to.kind {
        ColumnType::Text => {
            let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
            let why = words.contains('\n').then(|| format!("{} takes one line.", to.name));
            Cast { value: fits(to, line.into()).value, why }
        }
        ColumnType::Money => match money(words, currency) {
            Some(money) => fits(to, money),
            None => fits(to, text()),
        },
        ColumnType::Integer | ColumnType::Decimal => fits(to, words.replace(',', "").into()),
        ColumnType::Date => match words.parse::<NaiveDate>() {
            Ok(_) => fits(to, text()),
            Err(_) => match instant(&text()) {
                Some(at) => Cast {
                    value: fits(to, at.date_naive().to_string().into()).value,
                    why: Some(format!("{} has no place for the hour.", to.name)),
                },
                None => fits(to, text()),
            },
        },
        ColumnType::DateTime => match words.parse::<NaiveDate>() {
            Ok(day) => fits(to, format!("{day}T00:00:00Z").into()),
            Err(_) => fits(to, text()),
        },
        ColumnType::MultiSelect => {
            some_of(to, &words.split(',').map(str::trim).collect::<Vec<_>>().into())
        }
        ColumnType::Reference if to.many => {
            fits(to, words.split(',').map(str::trim).collect::<Vec<_>>().into())
        }
        _ => fits(to, text()),
    }
}

/// `12000 EUR` or `EUR 12000`; a bare number takes the currency that is named with the cast.
fn money(words: &str, currency: Option<&str>) -> Option<Json> {
    let (first, second) = match words.split_once(' ') {
        Some((first, second)) => (first.trim(), second.trim()),
        None => (words, currency?),
    };
    let (amount, currency) = match decimal(&first.replace(',', "").into()) {
        Some(amount) => (amount, second),
        None => (decimal(&second.replace(',', "").into())?, first),
    };
    Some(json!({ "amount": amount.to_string(), "currency": currency }))
}

fn currency_of(value: &Json) -> Option<&str> {
    value.get("currency").and_then(Json::as_str)
}

fn instant(value: &Json) -> Option<DateTime<chrono::Utc>> {
    DateTime::parse_from_rfc3339(value.as_str()?).ok().map(|at| at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ColumnType; 16] = [
        ColumnType::Text,
        ColumnType::LongText,
        ColumnType::Markdown,
        ColumnType::Integer,
        ColumnType::Decimal,
        ColumnType::Money,
        ColumnType::Date,
        ColumnType::DateTime,
        ColumnType::Boolean,
        ColumnType::Select,
        ColumnType::MultiSelect,
        ColumnType::Url,
        ColumnType::Email,
        ColumnType::Phone,
        ColumnType::Attachment,
        ColumnType::Reference,
    ];
    const RECORD: &str = "rec_06cq3m5v9k2f8h1t";

    fn column(kind: ColumnType) -> Column {
        let options = match kind {
            ColumnType::Select | ColumnType::MultiSelect => {
                ["Hot", "Cold", "42", "yes", "2027-03-31"].map(str::to_owned).to_vec()
            }
            _ => Vec::new(),
        };
        Column { options, ..Column::new("c", "Size", kind) }
    }

    /// A value of each type.
    fn sample(kind: ColumnType) -> Json {
        match kind {
            ColumnType::Text | ColumnType::LongText | ColumnType::Markdown => "42".into(),
            ColumnType::Integer => 42.into(),
            ColumnType::Decimal => "42.5".into(),
            ColumnType::Money => json!({ "amount": "42.50", "currency": "EUR" }),
            ColumnType::Date => "2027-03-31".into(),
            ColumnType::DateTime => "2027-03-31T09:00:00+00:00".into(),
            ColumnType::Boolean => true.into(),
            ColumnType::Select => "Hot".into(),
            ColumnType::MultiSelect => json!(["Hot"]),
            ColumnType::Url => "https://example.org".into(),
            ColumnType::Email => "anna@example.org".into(),
            ColumnType::Phone => "+49 30 901820".into(),
            ColumnType::Attachment => json!({
                "sha256": "ab".repeat(32), "name": "offer.pdf",
                "media_type": "application/pdf", "bytes": 18204
            }),
            ColumnType::Reference => RECORD.into(),
        }
    }

    /// What becomes of the sample of each type in each other, `-` for nothing.
    const TABLE: &str = "\
from\\to     text               integer decimal money     date       date_time                 boolean select     multi_select url email phone reference
text        42                 42      42      -         -          -                         -       42         42           -   -     -     -
integer     42                 42      42      42/EUR    -          -                         -       42         42           -   -     -     -
decimal     42.5               -       42.5    42.5/EUR  -          -                         -       -          -            -   -     42.5  -
money       42.50_EUR          -       42.50   42.50/EUR -          -                         -       -          -            -   -     42.50_EUR -
date        2027-03-31         -       -       -         2027-03-31 2027-03-31T00:00:00+00:00 -       2027-03-31 2027-03-31   -   -     2027-03-31 -
boolean     yes                1       1       -         -          -                         true    yes        yes          -   -     -     -
select      Hot                -       -       -         -          -                         -       Hot        Hot          -   -     -     -
multi_select Hot               -       -       -         -          -                         -       Hot        Hot          -   -     -     -
url         https://example.org -      -       -         -          -                         -       -          -            https://example.org - - -
email       anna@example.org   -       -       -         -          -                         -       -          -            -   anna@example.org - -
reference   rec_06cq3m5v9k2f8h1t -     -       -         -          -                         -       -          -            -   -     rec_06cq3m5v9k2f8h1t rec_06cq3m5v9k2f8h1t
attachment  offer.pdf          -       -       -         -          -                         -       -          -            -   -     -     -";

    fn kind(name: &str) -> ColumnType {
        serde_json::from_value(name.into()).expect("a type")
    }

    fn plain(value: Option<&Json>) -> String {
        match value {
            None => "-".into(),
            Some(Json::String(text)) => text.replace(' ', "_"),
            Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).collect(),
            Some(object) if object.get("currency").is_some() => {
                let part = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
                format!("{}/{}", part("amount"), part("currency"))
            }
            Some(other) => other.to_string(),
        }
    }

    #[test]
    fn what_each_type_becomes_in_each_other_stands_in_the_table() {
        let mut lines = TABLE.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let head = lines.next().expect("a head");
        let mut cells = 0;
        for line in lines {
            for (to, expected) in head.iter().zip(&line).skip(1) {
                let (from, to) = (kind(line[0]), kind(to));
                let currency = matches!(from, ColumnType::Integer | ColumnType::Decimal);
                let got =
                    cast(&column(from), &column(to), &sample(from), currency.then_some("EUR"));
                assert_eq!(
                    plain(got.value.as_ref()),
                    *expected,
                    "{from:?} to {to:?}: {:?}",
                    got.why
                );
                cells += 1;
            }
        }
        assert_eq!(cells, 12 * 13);
    }

    #[test]
    fn every_pair_of_types_ends_in_a_value_that_fits_or_in_a_reason() {
        for from in ALL {
            for to in ALL {
                let (before, after) = (column(from), column(to));
                let value = before.checked(sample(from)).expect("a value of its type");
                let got = cast(&before, &after, &value, None);
                match got.value {
                    Some(new) => {
                        assert_eq!(after.checked(new.clone()), Ok(new), "{from:?} to {to:?}");
                    }
                    None => assert!(got.why.is_some(), "{from:?} to {to:?} has no reason"),
                }
                if from == to {
                    assert_eq!(cast(&before, &after, &value, None), Cast::whole(value));
                }
            }
        }
    }

    #[test]
    fn what_is_lost_in_part_says_what() {
        let check = |from: &Column, to: &Column, value: Json, kept: Json, why: &str| {
            let got = cast(from, to, &value, None);
            assert_eq!(got.value, Some(kept));
            assert!(got.why.as_deref().unwrap_or_default().contains(why), "{:?}", got.why);
        };
        let at = "2027-03-31T09:00:00+00:00".into();
        let (date, instant) = (column(ColumnType::Date), column(ColumnType::DateTime));
        check(&instant, &date, at, "2027-03-31".into(), "no place for the hour");
        let many = Column { many: true, ..column(ColumnType::Reference) };
        let two = json!([RECORD, "rec_06cq3m5v9k2f8h1u"]);
        check(&many, &column(ColumnType::Reference), two, RECORD.into(), "one record");
        let mut fewer = column(ColumnType::MultiSelect);
        fewer.options.remove(0);
        let options = column(ColumnType::MultiSelect);
        check(&options, &fewer, json!(["Hot", "Cold"]), json!(["Cold"]), "not all of the options");
        let (long, text) = (column(ColumnType::LongText), column(ColumnType::Text));
        check(&long, &text, "a\nb".into(), "a b".into(), "one line");
    }
}
