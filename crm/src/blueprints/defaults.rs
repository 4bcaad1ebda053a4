//! Defaults: what a column of a new record holds when nothing is given. Fixed values are also
//! given to records that migrate to a version with the column; `now()`, `today()` and `me` are
//! not, because a record that was made last year was not made today.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value as Json;

use super::{Blueprint, Column, ColumnType, Values};
use crate::errors::Refusal;
use crate::tenants::Member;

/// When and by whom a record is made.
#[derive(Debug, Clone)]
pub struct Moment {
    /// When.
    pub now: DateTime<Utc>,
    /// The tenant's time zone, in which it is some day.
    pub timezone: Tz,
    /// Who makes it; none means Tieline itself.
    pub me: Option<Member>,
}

/// Defaults that are worked out for each record.
const WORDS: [&str; 3] = ["now()", "today()", "me"];

impl Column {
    /// The default, unless it is worked out for each record.
    pub(super) fn fixed_default(&self) -> Option<&Json> {
        self.default.as_ref().filter(|value| !value.as_str().is_some_and(is_word))
    }

    /// What a record that is made at this moment holds.
    pub fn default_at(&self, moment: &Moment) -> Option<Json> {
        let default = self.default.as_ref()?;
        match (default.as_str(), self.kind) {
            (Some("now()"), ColumnType::DateTime) => Some(moment.now.to_rfc3339().into()),
            (Some("today()"), ColumnType::Date) => {
                let day = moment.now.with_timezone(&moment.timezone).date_naive();
                Some(day.to_string().into())
            }
            (Some("me"), ColumnType::Email) => Some(moment.me.as_ref()?.email.clone().into()),
            (Some("me"), _) => Some(moment.me.as_ref()?.name.clone().into()),
            _ => Some(default.clone()),
        }
    }

    /// The default in its normal form.
    pub(super) fn checked_default(&self) -> Result<Option<Json>, Refusal> {
        let Some(default) = self.default.clone().filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let fits = match default.as_str().filter(|word| is_word(word)) {
            None => return self.checked(default).map(Some),
            Some("now()") => self.kind == ColumnType::DateTime,
            Some("today()") => self.kind == ColumnType::Date,
            Some(_) => matches!(
                self.kind,
                ColumnType::Text | ColumnType::LongText | ColumnType::Markdown | ColumnType::Email
            ),
        };
        if fits {
            return Ok(Some(default));
        }
        Err(Refusal::invalid(format!(
            "{} cannot have the default {default}: now() is for instants, today() for days, and \
             me for text and e-mail addresses. Give a value instead.",
            self.name
        )))
    }
}

impl Blueprint {
    /// Fills in the defaults of columns for which nothing was given. A null was given.
    pub fn with_defaults(&self, mut values: Values, moment: &Moment) -> Values {
        for column in &self.columns {
            if !values.contains_key(&column.id)
                && let Some(value) = column.default_at(moment)
            {
                values.insert(column.id.clone(), value);
            }
        }
        values
    }
}

fn is_word(text: &str) -> bool {
    WORDS.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::MemberId;
    use crate::tenants::Role;

    fn rosa() -> Moment {
        let now = DateTime::from_timestamp(1_790_031_600, 0).expect("a time");
        let me = Member {
            id: MemberId::fresh(&crate::Env::system()),
            name: "Rosa".into(),
            email: "rosa@example.org".into(),
            role: Role::Member,
            active: true,
            created_at: now,
        };
        Moment { now, timezone: Tz::Asia__Tokyo, me: Some(me) }
    }

    #[test]
    fn a_default_is_a_value_or_says_when_and_who() {
        let check = |kind, default: Json, expected: Json| {
            let column = Column { default: Some(default), ..Column::new("c", "Column", kind) };
            assert_eq!(column.checked_default(), Ok(column.default.clone()));
            assert_eq!(column.default_at(&rosa()), Some(expected), "{kind:?}");
        };
        // It is the next day in Tokyo already.
        check(ColumnType::DateTime, "now()".into(), "2026-09-21T23:00:00+00:00".into());
        check(ColumnType::Date, "today()".into(), "2026-09-22".into());
        check(ColumnType::Text, "me".into(), "Rosa".into());
        check(ColumnType::Email, "me".into(), "rosa@example.org".into());
        check(ColumnType::Integer, 3.into(), 3.into());
        check(ColumnType::Boolean, false.into(), false.into());
    }

    #[test]
    fn a_default_that_does_not_fit_its_column_is_refused() {
        let check = |kind, default: Json| {
            let column = Column { default: Some(default), ..Column::new("c", "Column", kind) };
            assert!(column.checked_default().is_err(), "{kind:?}");
        };
        check(ColumnType::Text, "now()".into());
        check(ColumnType::DateTime, "today()".into());
        check(ColumnType::Integer, "me".into());
        check(ColumnType::Integer, "many".into());
        check(ColumnType::Select, "Warm".into());
    }

    #[test]
    fn only_what_was_not_given_gets_its_default() {
        let column = |id: &str| Column {
            default: Some(1.into()),
            ..Column::new(id, id, ColumnType::Integer)
        };
        let blueprint = Blueprint {
            columns: vec![column("a"), column("b"), column("c")],
            ..Blueprint::named("box", "Box", "Boxes")
        };
        let given = Values::from([("a".into(), 5.into()), ("b".into(), Json::Null)]);
        let filled = blueprint.with_defaults(given, &rosa());
        assert_eq!(filled["a"], Json::from(5));
        assert_eq!(filled["b"], Json::Null);
        assert_eq!(filled["c"], Json::from(1));
    }
}
