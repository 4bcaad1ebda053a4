//! Segments: named sets of records. A static one holds what people put in and take out; a dynamic
//! one holds the records of a blueprint that a filter describes, and follows each change. What is
//! done with the records of a segment is not here.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::errors::{Refusal, StoreError};
use crate::flows::listed;
use crate::folding::fold;
use crate::ids::{BlueprintId, MemberId, SegmentId};
use crate::lists::{Audience, Condition, Filter, Known, nearest, shortened};
use crate::ports::Read;
use crate::records::Record;

/// The longest name of a segment, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// The most segments of a tenant.
pub const SEGMENTS_MAX: usize = 500;
/// The most records that one command puts into a segment or takes out.
pub const BY_HAND_MAX: usize = 200;
/// How often what follows the clock is looked at again, in minutes.
pub const CLOCK_MINUTES: i64 = 10;

/// A segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Its id.
    pub id: SegmentId,
    /// Its key, which never changes (`big_customers`).
    pub key: String,
    /// Its name, which may.
    pub name: String,
    /// What it is for.
    pub about: Option<String>,
    /// Who made it, and may change it besides administrators.
    pub owner: Option<MemberId>,
    /// Whether its filter asks for private columns, so that rooms are told nothing about it.
    pub private: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What makes it dynamic; none means that people fill it by hand.
    pub follows: Option<Follows>,
}

/// What a dynamic segment holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Follows {
    /// The blueprint of its records.
    pub blueprint: BlueprintId,
    /// The filter, as it was written.
    pub filter: String,
    /// What the filter was last understood as, blueprint included.
    pub condition: Condition,
    /// Whether the same filter means something else at another time.
    pub by_clock: bool,
    /// When the filter was last read.
    pub read_at: DateTime<Utc>,
    /// Why the filter is no longer understood; it goes on as it was last understood.
    pub problem: Option<String>,
}

impl Segment {
    /// What it follows, when these are its records.
    pub fn follows_records_of(&self, blueprint: &BlueprintId) -> Option<&Follows> {
        self.follows.as_ref().filter(|follows| follows.blueprint == *blueprint)
    }

    /// Whether its filter asks for something.
    pub fn asks(&self, what: &dyn Fn(&Condition) -> bool) -> bool {
        self.follows.as_ref().is_some_and(|follows| follows.condition.asks(what))
    }

    /// Whether it is time to read its filter anew.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.follows.as_ref().is_some_and(|follows| {
            follows.by_clock && now - follows.read_at >= Duration::minutes(CLOCK_MINUTES)
        })
    }
}

impl Follows {
    /// Reads the filter of a dynamic segment, which means the same for everybody.
    ///
    /// # Errors
    /// A refusal that names the part that is not understood, or that a segment cannot ask for.
    pub fn read(
        known: &Known,
        blueprint: &BlueprintId,
        text: &str,
    ) -> Result<(Self, bool), Refusal> {
        let of = known.blueprints.iter().find(|one| one.id.as_ref() == Some(blueprint));
        let of = of.ok_or_else(|| {
            Refusal::gone("The blueprint of this segment is gone. Restore it, or make another.")
        })?;
        let filter = Filter::parse(text)?.of_blueprint(&of.key);
        // Nobody is “me” here: all see the same segment.
        let nobody = Known { me: None, audience: Audience::Member, ..known.clone() };
        let condition = nobody.bind(&filter).map_err(|refusal| match known.bind(&filter) {
            Ok(_) => Refusal::invalid(
                "A segment is the same for everybody, so it cannot ask for “me”. Name the member, \
                 like owner:rosa.",
            ),
            Err(_) => refusal,
        })?;
        let dynamic = |condition: &Condition| match condition {
            Condition::Segment(id) => {
                known.segments.iter().any(|one| one.id == *id && one.follows.is_some())
            }
            _ => false,
        };
        if condition.asks(&dynamic) {
            return Err(Refusal::invalid(
                "A dynamic segment cannot ask for another dynamic one, since they could wait for \
                 each other for ever. Write the other one's filter into this one, or ask for a \
                 static segment.",
            ));
        }
        let at = |now| Known { now, ..nobody.clone() }.bind(&filter);
        let by_clock = [Duration::hours(1), Duration::days(400)]
            .into_iter()
            .any(|later| at(known.now + later).as_ref() != Ok(&condition));
        let room = Known { audience: Audience::Room, ..nobody.clone() };
        let private = room.bind(&filter).is_err();
        let filter = text.trim().to_owned();
        let blueprint = blueprint.clone();
        let follows =
            Self { blueprint, filter, condition, by_clock, read_at: known.now, problem: None };
        Ok((follows, private))
    }

    /// Whether a record belongs here, seen with its tags and static segments.
    pub fn holds(&self, seen: &crate::lists::Seen<'_>) -> bool {
        let record: &Record = seen.record;
        record.trashed_at.is_none() && self.condition.matches(seen)
    }
}

/// The segment that is meant, by id, key or name, or by a beginning that fits one alone.
///
/// # Errors
/// A refusal with what there is.
pub fn named<'s>(segments: &'s [Segment], given: &str) -> Result<&'s Segment, Refusal> {
    let wanted = fold(given.trim());
    let names = |segment: &Segment| [fold(&segment.key), fold(&segment.name)];
    let exact = |segment: &&Segment| {
        segment.id.as_str() == given.trim() || names(segment).contains(&wanted)
    };
    if let Some(segment) = segments.iter().find(exact) {
        return Ok(segment);
    }
    let begins = |segment: &&Segment| {
        !wanted.is_empty() && names(segment).iter().any(|name| name.starts_with(&wanted))
    };
    let mut fitting = segments.iter().filter(begins);
    if let (Some(only), None) = (fitting.next(), fitting.next()) {
        return Ok(only);
    }
    let keys = segments.iter().map(|segment| segment.key.as_str()).take(20).collect::<Vec<_>>();
    let there = match listed(&keys) {
        none if none.is_empty() => "No segment was made yet.".to_owned(),
        some => format!("There is {some}."),
    };
    Err(Refusal::not_found(format!(
        "There is no segment “{}”.{} {there}",
        shortened(given),
        nearest(&wanted, keys.iter().copied())
    )))
}

/// The segments whose filters mean something else by now than when they were last read.
///
/// # Errors
/// When the store cannot be reached.
pub async fn moved_by_clock(
    read: &mut dyn Read,
    now: DateTime<Utc>,
) -> Result<Vec<SegmentId>, StoreError> {
    if !read.segments().await?.iter().any(|segment| segment.is_due(now)) {
        return Ok(Vec::new());
    }
    let known = Known::read(read, None, now, Audience::Member).await?;
    let moved = |segment: &&Segment| {
        segment.is_due(now)
            && segment.follows.as_ref().is_some_and(|before| {
                let after = Follows::read(&known, &before.blueprint, &before.filter);
                after.is_ok_and(|(after, _)| after.condition != before.condition)
            })
    };
    Ok(known.segments.iter().filter(moved).map(|segment| segment.id.clone()).collect())
}
