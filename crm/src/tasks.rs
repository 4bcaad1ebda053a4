//! Tasks: which of them a list shows, when they are overdue and when they remind, in the tenant's
//! time zone; and what is said to one member in private.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::ids::{MemberId, NotificationId, RecordId, TaskId};
use crate::interactions::Task;

/// The hour of the morning at which a task of the day reminds.
pub const REMIND_HOUR: u32 = 9;
/// How long before its time a task reminds.
pub const REMIND_MINUTES_BEFORE: i64 = 60;
/// The longest description, in bytes.
pub const DESCRIPTION_BYTES_MAX: usize = 16 * 1024;
/// Beyond every time a task may be due, in milliseconds since 1970: what is never due.
pub const NEVER_MILLIS: i64 = 253_402_300_799_000;

/// Whose tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Anybody's and nobody's.
    All,
    /// This member's.
    Of(MemberId),
    /// Nobody's: the pool.
    Pool,
}

/// Which tasks by how they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// To be done.
    #[default]
    Open,
    /// To be done since before now.
    Overdue,
    /// Done.
    Done,
    /// Open and done.
    All,
}

/// Where a page of tasks begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// When the last task of the page before is overdue, in milliseconds.
    pub overdue_millis: i64,
    /// That task.
    pub task: TaskId,
}

impl After {
    /// The page after this task.
    pub fn task(task: &Task) -> Self {
        let overdue_millis = task.overdue_at.map_or(NEVER_MILLIS, |at| at.timestamp_millis());
        Self { overdue_millis, task: task.id.clone() }
    }

    /// As text, for addresses.
    pub fn written(&self) -> String {
        format!("{}.{}", self.overdue_millis, self.task)
    }

    /// Reads what [`Self::written`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (millis, task) = text.split_once('.')?;
        Some(Self { overdue_millis: millis.parse().ok()?, task: task.parse().ok()? })
    }
}

/// Which tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFilter {
    /// Whose.
    pub whose: Whose,
    /// How they stand.
    pub standing: Standing,
    /// About this record.
    pub record: Option<RecordId>,
    /// What time it is, which says what is overdue.
    pub now: DateTime<Utc>,
    /// Only what comes after this.
    pub after: Option<After>,
    /// At most this many.
    pub limit: i64,
}

impl TaskFilter {
    /// All open tasks.
    pub fn open(now: DateTime<Utc>, limit: i64) -> Self {
        Self { whose: Whose::All, standing: Standing::Open, record: None, now, after: None, limit }
    }
}

/// Something to say to one member in private.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// To whom.
    pub member: MemberId,
    /// About which record.
    pub record: Option<RecordId>,
    /// What.
    pub text: String,
    /// Since when it waits.
    pub created_at: DateTime<Utc>,
    /// When it was posted.
    pub posted_at: Option<DateTime<Utc>>,
}

/// When a task with these is overdue: at its time, or when its day is over. None means never.
pub fn overdue_at(
    due_on: Option<NaiveDate>,
    due_at: Option<DateTime<Utc>>,
    timezone: Tz,
) -> Option<DateTime<Utc>> {
    match (due_at, due_on) {
        (Some(at), _) => Some(at),
        (None, Some(day)) => {
            day.checked_add_days(Days::new(1)).and_then(|next| instant(next, 0, timezone))
        }
        (None, None) => None,
    }
}

/// The same, in a time zone by its name; in UTC where there is no such zone.
pub fn overdue_in(
    due_on: Option<NaiveDate>,
    due_at: Option<DateTime<Utc>>,
    timezone: &str,
) -> Option<DateTime<Utc>> {
    overdue_at(due_on, due_at, timezone.parse().unwrap_or(Tz::UTC))
}

/// When a task with these reminds by itself: an hour before its time, or in the morning of its
/// day. None where that is over, or where it is never due.
pub fn remind_at(
    due_on: Option<NaiveDate>,
    due_at: Option<DateTime<Utc>>,
    timezone: Tz,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let at = match (due_at, due_on) {
        (Some(due), _) => {
            let before = due - Duration::minutes(REMIND_MINUTES_BEFORE);
            Some(if before > now { before } else { due })
        }
        (None, Some(day)) => instant(day, REMIND_HOUR, timezone),
        (None, None) => None,
    };
    at.filter(|at| *at > now)
}

/// When a task is due, in words.
pub fn due_words(task: &Task, zone: Tz) -> Option<String> {
    due_in_words(task.due_on, task.due_at, zone)
}

/// A day or a time at which something is due, in words.
pub fn due_in_words(
    due_on: Option<NaiveDate>,
    due_at: Option<DateTime<Utc>>,
    zone: Tz,
) -> Option<String> {
    match (due_at, due_on) {
        (Some(at), _) => Some(at.with_timezone(&zone).format("%A, %-d %B %Y, %H:%M").to_string()),
        (None, Some(day)) => Some(day.format("%A, %-d %B %Y").to_string()),
        (None, None) => None,
    }
}

/// An hour of a day in a time zone; the first one that there is, where clocks are put forward.
fn instant(day: NaiveDate, hour: u32, timezone: Tz) -> Option<DateTime<Utc>> {
    (hour..24).find_map(|hour| {
        let local = day.and_time(NaiveTime::from_hms_opt(hour, 0, 0)?);
        timezone.from_local_datetime(&local).earliest().map(|at| at.to_utc())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn day(text: &str) -> Option<NaiveDate> {
        Some(text.parse().expect("a day"))
    }

    #[test]
    fn a_task_of_a_day_reminds_in_its_morning_and_is_overdue_when_it_is_over() {
        let zone = Tz::Europe__Berlin;
        let now = at("2027-03-01T10:00:00Z");
        let due = day("2027-03-31");
        assert_eq!(remind_at(due, None, zone, now), Some(at("2027-03-31T07:00:00Z")));
        assert_eq!(overdue_at(due, None, zone), Some(at("2027-03-31T22:00:00Z")));
        assert_eq!(remind_at(day("2027-03-01"), None, zone, now), None, "its morning is over");
        assert_eq!(remind_at(None, None, zone, now), None);
        assert_eq!(overdue_at(None, None, zone), None);
    }

    #[test]
    fn a_task_with_a_time_reminds_an_hour_before_or_at_its_time() {
        let zone = Tz::Asia__Tokyo;
        let now = at("2027-03-01T10:00:00Z");
        let soon = Some(at("2027-03-01T10:30:00Z"));
        assert_eq!(remind_at(None, soon, zone, now), soon);
        let later = Some(at("2027-03-01T14:00:00Z"));
        assert_eq!(remind_at(None, later, zone, now), Some(at("2027-03-01T13:00:00Z")));
        assert_eq!(overdue_at(day("2027-03-31"), later, zone), later);
    }

    #[test]
    fn a_day_that_begins_late_begins_at_its_first_hour() {
        // In Beirut clocks went from midnight to one o'clock.
        let zone = Tz::Asia__Beirut;
        let end = overdue_at(day("2026-03-28"), None, zone);
        assert_eq!(end, Some(at("2026-03-28T22:00:00Z")));
    }

    #[test]
    fn where_a_page_begins_is_read_back() {
        let after = After { overdue_millis: 7, task: "tsk_06cq3m5v9k2f8h1t".parse().expect("id") };
        assert_eq!(After::parse(&after.written()), Some(after));
        assert_eq!(After::parse("7.nothing"), None);
    }
}
