//! Blueprints: what records are made of. A person, a company and a deal are blueprints like
//! any other; what makes them special is behaviour elsewhere, never storage.
//! A blueprint version never changes; records keep the version they were written with. How a
//! version came from the one before stands in it as [`Step`]s, along which records migrate
//! forward and backward (`blueprints/migration.rs`). Flows belong to all versions alike, and are
//! what they are now.
//! What an attachment refers to is not kept here; only the shape of the reference is checked.

mod casts;
mod changes;
mod checks;
mod defaults;
mod migration;
mod values;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::errors::Refusal;
use crate::flows::{Flow, listed};
use crate::folding::fold;
use crate::ids::{BlueprintId, RecordId};

pub use casts::{Cast, cast};
pub use changes::{Change, Step};
pub use defaults::Moment;
pub use migration::{
    Direction, Example, MigrationReport, Shelf, Shelved, StepReport, Way, migrate, path,
};
pub use values::Attachment;

/// The longest text a column takes, in bytes.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// The longest title a record takes, in characters.
pub const TITLE_CHARS_MAX: usize = 200;

/// As much of a text as indexes keep, in characters.
pub const INDEX_CHARS_MAX: usize = 200;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// Several lines of markdown.
    Markdown,
    /// A whole number.
    Integer,
    /// A decimal number, kept exactly.
    Decimal,
    /// An amount and a currency.
    Money,
    /// A day.
    Date,
    /// An instant.
    DateTime,
    /// Yes or no.
    Boolean,
    /// One of the options.
    Select,
    /// Some of the options.
    MultiSelect,
    /// A web address.
    Url,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A file, named by what it holds.
    Attachment,
    /// Another record, or several.
    Reference,
}

/// Who may be shown a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Classification {
    /// May stand on a card in a shared room.
    #[default]
    Public,
    /// Only inside the console and in private answers.
    Private,
    /// As private, and every reading is logged.
    Sensitive,
}

/// One typed column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its id, which never changes and keys the value in a record. A new column may leave it
    /// out; it is made of the name then.
    #[serde(default)]
    pub id: String,
    /// Its name, which may.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Whether a record must hold a value.
    #[serde(default)]
    pub required: bool,
    /// What a select may hold.
    #[serde(default)]
    pub options: Vec<String>,
    /// Who may be shown it.
    #[serde(default)]
    pub classification: Classification,
    /// What a new record holds when nothing is given: a value, `now()` (an instant), `today()`
    /// (a day, in the tenant's time zone) or `me` (the maker's name or e-mail address).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub default: Option<Json>,
    /// The keys of the blueprints that a reference may point to; none means any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// Whether a reference holds several records.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub many: bool,
}

/// A versioned schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Blueprint {
    /// Its id over all versions. Templates leave it out.
    #[serde(default)]
    pub id: Option<BlueprintId>,
    /// The version, from 1.
    #[serde(default = "one")]
    pub version: i64,
    /// Its key (`deal`), unique in the tenant.
    pub key: String,
    /// What one record is called.
    pub name: String,
    /// What several are called.
    pub plural: String,
    /// What record keys start with (`DEAL`).
    pub prefix: String,
    /// What the title column is called.
    #[serde(default = "title")]
    pub title: String,
    /// Whether naming a record in chat is a mention of it.
    #[serde(default)]
    pub mentionable: bool,
    /// Whether records have identities (people and companies).
    #[serde(default)]
    pub identities: bool,
    /// Whether records are people, who are named by a part of their name, too.
    #[serde(default)]
    pub people: bool,
    /// Its columns, in order.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// Its flows, in order. A new record enters the first one that its maker may use.
    #[serde(default)]
    pub flows: Vec<Flow>,
    /// Columns that were put aside, and may be brought back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shelved: Vec<Column>,
    /// How this version came from the one before, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

fn one() -> i64 {
    1
}

fn title() -> String {
    "Title".to_owned()
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// How much, exactly, as decimal text.
    #[schema(value_type = String)]
    pub amount: Decimal,
    /// ISO 4217, three capital letters.
    pub currency: String,
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cents = self.amount.round_dp(2);
        let text = if cents.is_integer() {
            cents.trunc().normalize().to_string()
        } else {
            format!("{cents:.2}")
        };
        let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
        let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |d| ("-", d));
        let mut grouped = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(f, "{sign}{grouped}{rest} {}", self.currency)
    }
}

/// What a record holds, by column id. Columns without a value are absent.
pub type Values = BTreeMap<String, Json>;

/// A value as indexes see it: what filters compare and lists sort by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IndexKey {
    /// Folded text.
    pub text: Option<String>,
    /// A number.
    pub number: Option<f64>,
    /// Milliseconds since 1970.
    pub time: Option<i64>,
}

impl Blueprint {
    /// The column with this id.
    pub fn column(&self, id: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.id == id)
    }

    /// The column a person means, by id or name in any case.
    ///
    /// # Errors
    /// A refusal that lists the columns.
    pub fn column_named(&self, given: &str) -> Result<&Column, Refusal> {
        let wanted = given.trim().to_lowercase();
        self.columns
            .iter()
            .find(|c| c.id.to_lowercase() == wanted || c.name.to_lowercase() == wanted)
            .ok_or_else(|| {
                let all = self.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>();
                Refusal::invalid(format!(
                    "A {} has no column “{}”. Its columns are {}.",
                    self.name,
                    given.trim(),
                    listed(&all)
                ))
            })
    }

    /// Whether this is its key, its name or its plural, in any case.
    pub fn is_called(&self, given: &str) -> bool {
        let wanted = given.trim().to_lowercase();
        [&self.key, &self.name, &self.plural].iter().any(|name| name.to_lowercase() == wanted)
    }

    /// What indexes keep of values that were checked, by column id.
    pub fn index_keys(&self, values: &Values) -> Vec<(String, IndexKey)> {
        let of_column = |(id, value): (&String, &Json)| {
            let keys = self.column(id).map(|column| column.index_keys(value)).unwrap_or_default();
            keys.into_iter().map(|key| (id.clone(), key)).collect::<Vec<_>>()
        };
        values.iter().flat_map(of_column).collect()
    }

    /// The flow with this key.
    pub fn flow(&self, key: &str) -> Option<&Flow> {
        self.flows.iter().find(|flow| flow.key == key)
    }

    /// Checks values against the columns and gives them in their normal form. A null removes
    /// the value.
    ///
    /// # Errors
    /// A refusal naming the column and what it takes.
    pub fn checked(&self, values: Values) -> Result<Values, Refusal> {
        let mut kept = Values::new();
        for (id, value) in values {
            let column = self.column_named(&id)?;
            if value.is_null() {
                kept.insert(column.id.clone(), Json::Null);
                continue;
            }
            kept.insert(column.id.clone(), column.checked(value)?);
        }
        Ok(kept)
    }

    /// Checks that every required column holds a value.
    ///
    /// # Errors
    /// A refusal naming the columns that do not.
    pub fn complete(&self, values: &Values) -> Result<(), Refusal> {
        let missing = self
            .columns
            .iter()
            .filter(|c| c.required && values.get(&c.id).is_none_or(Json::is_null))
            .map(|c| c.name.as_str())
            .collect::<Vec<_>>();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Refusal::invalid(format!("A {} needs {}.", self.name, listed(&missing))))
    }
}

impl Column {
    /// A column that asks for nothing and shows to everybody.
    pub fn new(id: impl Into<String>, name: impl Into<String>, kind: ColumnType) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            kind,
            required: false,
            options: Vec::new(),
            classification: Classification::Public,
            default: None,
            references: Vec::new(),
            many: false,
        }
    }

    fn takes(&self, what: &str, given: &Json) -> Refusal {
        let given = match given {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        let given = given.chars().take(60).collect::<String>();
        Refusal::invalid(format!("{} takes {what}, and “{given}” is not.", self.name))
    }

    /// The value in its normal form.
    ///
    /// # Errors
    /// A refusal that says what the column takes.
    pub fn checked(&self, value: Json) -> Result<Json, Refusal> {
        match self.kind {
            ColumnType::Text | ColumnType::LongText | ColumnType::Markdown => {
                let text =
                    value.as_str().ok_or_else(|| self.takes("text like “Berlin”", &value))?;
                if text.len() > TEXT_BYTES_MAX {
                    return Err(Refusal::invalid(format!(
                        "{} takes at most 64 KiB of text; shorten it or attach it as a note.",
                        self.name
                    )));
                }
                Ok(value)
            }
            ColumnType::Integer => match &value {
                Json::Number(n) if n.is_i64() => Ok(value),
                Json::String(text) => match text.trim().parse::<i64>() {
                    Ok(number) => Ok(number.into()),
                    Err(_) => Err(self.takes("a whole number like 42", &value)),
                },
                _ => Err(self.takes("a whole number like 42", &value)),
            },
            ColumnType::Decimal => decimal(&value)
                .map(|d| d.to_string().into())
                .ok_or_else(|| self.takes("a number like 12.5", &value)),
            ColumnType::Money => {
                let money = serde_json::from_value::<Money>(value.clone()).map_err(|_| {
                    self.takes("an amount with its currency, like 12000 EUR", &value)
                })?;
                let known = money.currency.len() == 3
                    && money.currency.bytes().all(|b| b.is_ascii_uppercase());
                if !known {
                    return Err(self.takes("a currency of three capital letters, like EUR", &value));
                }
                Ok(
                    serde_json::json!({ "amount": money.amount.to_string(), "currency": money.currency }),
                )
            }
            ColumnType::Date => match value.as_str().map(str::trim).map(str::parse::<NaiveDate>) {
                Some(Ok(day)) => Ok(day.to_string().into()),
                _ => Err(self.takes("a day like 2027-03-31", &value)),
            },
            ColumnType::DateTime => match value.as_str().map(DateTime::parse_from_rfc3339) {
                Some(Ok(at)) => Ok(at.to_utc().to_rfc3339().into()),
                _ => Err(self.takes("an instant like 2027-03-31T09:00:00Z", &value)),
            },
            ColumnType::Boolean => match &value {
                Json::Bool(_) => Ok(value),
                Json::String(text) => match text.trim().to_lowercase().as_str() {
                    "yes" | "true" | "1" => Ok(true.into()),
                    "no" | "false" | "0" => Ok(false.into()),
                    _ => Err(self.takes("yes or no", &value)),
                },
                _ => Err(self.takes("yes or no", &value)),
            },
            ColumnType::Select => self.option(&value),
            ColumnType::MultiSelect => {
                let list =
                    value.as_array().ok_or_else(|| self.takes("a list of options", &value))?;
                list.iter()
                    .map(|item| self.option(item))
                    .collect::<Result<Vec<_>, _>>()
                    .map(Json::from)
            }
            ColumnType::Url => match value.as_str() {
                Some(text) if text.starts_with("https://") || text.starts_with("http://") => {
                    Ok(value)
                }
                _ => Err(self.takes("a web address like https://example.org", &value)),
            },
            ColumnType::Email => match value.as_str().map(str::trim) {
                Some(text) if text.contains('@') && !text.contains(char::is_whitespace) => {
                    Ok(text.to_lowercase().into())
                }
                _ => Err(self.takes("an e-mail address like anna@example.org", &value)),
            },
            ColumnType::Phone => match value.as_str() {
                Some(text) if text.chars().filter(char::is_ascii_digit).count() >= 3 => Ok(value),
                _ => Err(self.takes("a phone number like +49 30 901820", &value)),
            },
            ColumnType::Attachment => self.attachment(value),
            ColumnType::Reference if self.many => self.several(value),
            ColumnType::Reference => match value.as_str().map(str::parse::<RecordId>) {
                Some(Ok(_)) => Ok(value),
                _ => Err(self.takes("a record, by its id or its key like DEAL-12", &value)),
            },
        }
    }

    fn option(&self, value: &Json) -> Result<Json, Refusal> {
        let given = value.as_str().unwrap_or_default().trim().to_lowercase();
        self.options
            .iter()
            .find(|option| option.to_lowercase() == given)
            .map(|option| option.clone().into())
            .ok_or_else(|| self.takes(&format!("one of {}", listed(&self.options)), value))
    }

    /// What indexes keep of a value that was checked: one key for each option of a multi-select,
    /// one at most for all else.
    pub fn index_keys(&self, value: &Json) -> Vec<IndexKey> {
        let mut keys = match (self.kind, value.as_array()) {
            (ColumnType::MultiSelect | ColumnType::Reference, Some(several)) => {
                several.iter().map(|one| self.index_key(one)).collect()
            }
            _ => vec![self.index_key(value)],
        };
        keys.retain(|key| *key != IndexKey::default());
        keys.sort_by(|a, b| a.text.cmp(&b.text));
        keys.dedup();
        keys
    }

    fn index_key(&self, value: &Json) -> IndexKey {
        let folded = |text: &str| Some(index_text(text));
        match self.kind {
            ColumnType::Integer | ColumnType::Decimal => IndexKey {
                number: decimal(value).and_then(|d| d.to_string().parse().ok()),
                ..IndexKey::default()
            },
            ColumnType::Money => IndexKey {
                text: value.get("currency").and_then(Json::as_str).and_then(folded),
                number: value
                    .get("amount")
                    .and_then(decimal)
                    .and_then(|d| d.to_string().parse().ok()),
                time: None,
            },
            ColumnType::Date => IndexKey {
                time: value
                    .as_str()
                    .and_then(|text| text.parse::<NaiveDate>().ok())
                    .and_then(|day| day.and_hms_opt(0, 0, 0))
                    .map(|at| at.and_utc().timestamp_millis()),
                ..IndexKey::default()
            },
            ColumnType::DateTime => IndexKey {
                time: value
                    .as_str()
                    .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
                    .map(|at| at.timestamp_millis()),
                ..IndexKey::default()
            },
            ColumnType::Boolean => IndexKey {
                number: value.as_bool().map(|yes| if yes { 1.0 } else { 0.0 }),
                ..IndexKey::default()
            },
            ColumnType::Attachment => IndexKey {
                text: value.get("name").and_then(Json::as_str).and_then(folded),
                ..IndexKey::default()
            },
            _ => IndexKey { text: value.as_str().and_then(folded), ..IndexKey::default() },
        }
    }

    /// The value as a person reads it on a card.
    pub fn shown(&self, value: &Json) -> String {
        match (self.kind, value) {
            (ColumnType::Money, value) => serde_json::from_value::<Money>(value.clone())
                .map_or_else(|_| value.to_string(), |money| money.to_string()),
            (ColumnType::Attachment, value) => {
                value.get("name").and_then(Json::as_str).unwrap_or("a file").to_owned()
            }
            (_, Json::String(text)) => text.clone(),
            (_, Json::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
            (_, Json::Array(items)) => {
                items.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ")
            }
            (_, other) => other.to_string(),
        }
    }
}

/// As much of a text as indexes keep and filters compare: folded, at most
/// [`INDEX_CHARS_MAX`] characters.
pub fn index_text(text: &str) -> String {
    let beginning = text.chars().take(INDEX_CHARS_MAX).collect::<String>();
    fold(&beginning).chars().take(INDEX_CHARS_MAX).collect()
}

fn decimal(value: &Json) -> Option<Decimal> {
    match value {
        Json::Number(number) => number.to_string().parse().ok(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: ColumnType) -> Column {
        Column { options: vec!["Cold".into(), "Hot".into()], ..Column::new("c", "Column", kind) }
    }

    #[test]
    fn a_value_is_kept_in_its_normal_form() {
        let check = |kind, given: Json, kept: Json| {
            assert_eq!(column(kind).checked(given), Ok(kept), "{kind:?}");
        };
        check(ColumnType::Integer, "12".into(), 12.into());
        check(ColumnType::Boolean, "Yes".into(), true.into());
        check(ColumnType::Select, "hot".into(), "Hot".into());
        check(ColumnType::Email, " Anna@Acme.IO ".into(), "anna@acme.io".into());
        check(
            ColumnType::Money,
            serde_json::json!({"amount": "12000.50", "currency": "EUR"}),
            serde_json::json!({"amount": "12000.50", "currency": "EUR"}),
        );
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused_with_what_the_column_takes() {
        let refusal = column(ColumnType::Date).checked("next week".into()).expect_err("no day");
        assert_eq!(refusal.message, "Column takes a day like 2027-03-31, and “next week” is not.");
        assert!(column(ColumnType::Select).checked("warm".into()).is_err());
        assert!(column(ColumnType::Url).checked("javascript:alert(1)".into()).is_err());
    }

    #[test]
    fn money_reads_as_people_write_it() {
        let check = |amount: &str, shown: &str| {
            let money = Money { amount: amount.parse().expect("a number"), currency: "EUR".into() };
            assert_eq!(money.to_string(), shown);
        };
        check("12000", "12,000 EUR");
        check("1234567.5", "1,234,567.50 EUR");
        check("-999", "-999 EUR");
        check("100.00", "100 EUR");
    }
}
