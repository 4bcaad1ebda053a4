//! What a filter comes to once it is known what its words mean here: a tree of conditions on
//! columns of known types. A store turns it into a question; [`Condition::matches`] asks the same
//! of a record in hand, for segments that follow each change and to check the store.
//! Conditions know no wildcards: what people type is compared, never interpreted.

use std::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::blueprints::{Blueprint, IndexKey};
use crate::folding::fold;
use crate::ids::{BlueprintId, MemberId, SegmentId, SpaceId, TagId};
use crate::lists::searching::title_words;
use crate::records::{Identity, IdentityKind, Record};
use crate::scoring::{Score, index_key, score_column};

/// What records must be like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Condition {
    /// All of these hold; none holds for everything.
    Every(Vec<Condition>),
    /// One of these holds; none holds for nothing.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// Of one of these blueprints.
    Blueprint(Vec<BlueprintId>),
    /// In one of these states.
    Stage(Vec<StageOf>),
    /// In any state.
    HasStage,
    /// Owned by this member.
    Owner(MemberId),
    /// Owned by anybody.
    HasOwner,
    /// In this space.
    Space(SpaceId),
    /// With this key, in capitals.
    Key(String),
    /// With a title like this.
    Title(TextTest),
    /// With a word in the title that begins like this, folded.
    Word(String),
    /// With this instant within the span.
    Time(Moment, Span),
    /// Something happened with or about it.
    HasTouched,
    /// With a value like this in a column of a blueprint.
    Column {
        /// The blueprint.
        blueprint: BlueprintId,
        /// The column's id.
        column: String,
        /// What its value is like.
        test: ColumnTest,
    },
    /// With an identity of this kind, or with exactly this one.
    Identity {
        /// The kind.
        kind: IdentityKind,
        /// Its normal form.
        value: Option<String>,
    },
    /// With this tag.
    Tag(TagId),
    /// With any tag.
    HasTag,
    /// In this segment.
    Segment(SegmentId),
}

/// A state of a flow of a blueprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageOf {
    /// The blueprint.
    pub blueprint: BlueprintId,
    /// The flow's key.
    pub flow: String,
    /// The state's key.
    pub state: String,
}

impl StageOf {
    /// Whether the record is there.
    pub fn is_of(&self, record: &Record) -> bool {
        record.blueprint == self.blueprint
            && record.flow.as_ref() == Some(&self.flow)
            && record.state.as_ref() == Some(&self.state)
    }
}

/// The instants that every record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moment {
    /// When it was made.
    Created,
    /// When it last changed.
    Updated,
    /// When something last happened with or about it.
    Touched,
}

/// From an instant until before another, in milliseconds since 1970; none is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Span {
    /// At this or later.
    pub from: Option<i64>,
    /// Before this.
    pub until: Option<i64>,
}

/// What a text is compared with, folded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextTest {
    /// It is this.
    Equals(String),
    /// It begins with this.
    Begins(String),
}

/// What the value of a column is like. A record without a value meets none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ColumnTest {
    /// There is one.
    Present,
    /// A text, or an option, or one of several options.
    Text(TextTest),
    /// A number or an amount; yes is 1 and no is 0.
    Number {
        /// At least or above.
        #[serde(with = "exact")]
        low: Bound<f64>,
        /// At most or below.
        #[serde(with = "exact")]
        high: Bound<f64>,
        /// An amount in this currency, folded.
        currency: Option<String>,
    },
    /// A day, as midnight in UTC, or an instant.
    Time(Span),
}

/// A record with what conditions look at.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    /// The record.
    pub record: &'a Record,
    /// What indexes keep of its values.
    pub keys: Vec<(String, IndexKey)>,
    /// Its identities.
    pub identities: &'a [Identity],
    /// Its tags.
    pub tags: &'a [TagId],
    /// The segments that it is in, as far as they are asked for.
    pub segments: &'a [SegmentId],
}

impl<'a> Seen<'a> {
    /// A record, with the version of the blueprint that it was written with.
    pub fn new(record: &'a Record, blueprint: &Blueprint, identities: &'a [Identity]) -> Self {
        let keys = blueprint.index_keys(&record.values);
        Self { record, keys, identities, tags: &[], segments: &[] }
    }

    /// The same with its tags.
    pub fn tagged(self, tags: &'a [TagId]) -> Self {
        Self { tags, ..self }
    }

    /// The same with the segments that it is in.
    pub fn in_segments(self, segments: &'a [SegmentId]) -> Self {
        Self { segments, ..self }
    }

    /// The same, for conditions that look at scores: these are all it has, each with the key of
    /// its product.
    #[must_use]
    pub fn with_scores(mut self, scores: &[(String, Score)]) -> Self {
        let key = |(product, score): &(String, Score)| (score_column(product), index_key(score));
        self.keys.extend(scores.iter().map(key));
        self
    }
}

impl Span {
    /// Whether it holds this instant.
    pub fn holds(&self, at: i64) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

impl TextTest {
    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Equals(wanted) => text == wanted,
            Self::Begins(beginning) => text.starts_with(beginning),
        }
    }
}

impl ColumnTest {
    fn holds(&self, key: &IndexKey) -> bool {
        match self {
            Self::Present => true,
            Self::Text(test) => key.text.as_deref().is_some_and(|text| test.holds(text)),
            Self::Time(span) => key.time.is_some_and(|at| span.holds(at)),
            Self::Number { low, high, currency } => {
                let known = currency.is_none() || *currency == key.text;
                let within = key
                    .number
                    .is_some_and(|number| std::ops::RangeBounds::contains(&(*low, *high), &number));
                known && within
            }
        }
    }
}

impl Moment {
    /// The record's instant, in milliseconds since 1970.
    pub fn of(self, record: &Record) -> Option<i64> {
        let at = match self {
            Self::Created => Some(record.created_at),
            Self::Updated => Some(record.updated_at),
            Self::Touched => record.touched_at,
        };
        at.map(|at| at.timestamp_millis())
    }
}

impl Condition {
    /// What holds for every record.
    pub const EVERYTHING: Self = Self::Every(Vec::new());

    /// Whether the record is like this. Whether it lies in the trash is not asked.
    pub fn matches(&self, seen: &Seen<'_>) -> bool {
        let record = seen.record;
        match self {
            Self::Every(all) => all.iter().all(|condition| condition.matches(seen)),
            Self::Any(all) => all.iter().any(|condition| condition.matches(seen)),
            Self::Not(inner) => !inner.matches(seen),
            Self::Blueprint(ids) => ids.contains(&record.blueprint),
            Self::Stage(stages) => stages.iter().any(|stage| stage.is_of(record)),
            Self::HasStage => record.state.is_some(),
            Self::Owner(member) => record.owner.as_ref() == Some(member),
            Self::HasOwner => record.owner.is_some(),
            Self::Space(space) => record.space == *space,
            Self::Key(key) => record.key.to_uppercase() == *key,
            Self::Title(test) => test.holds(&fold(&record.title)),
            Self::Word(beginning) => {
                title_words(&record.title).iter().any(|word| word.starts_with(beginning))
            }
            Self::Time(moment, span) => moment.of(record).is_some_and(|at| span.holds(at)),
            Self::HasTouched => record.touched_at.is_some(),
            Self::Column { blueprint, column, test } => {
                record.blueprint == *blueprint
                    && seen.keys.iter().any(|(id, key)| id == column && test.holds(key))
            }
            Self::Identity { kind, value } => seen.identities.iter().any(|identity| {
                identity.kind == *kind && value.as_ref().is_none_or(|v| *v == identity.value)
            }),
            Self::Tag(tag) => seen.tags.contains(tag),
            Self::HasTag => !seen.tags.is_empty(),
            Self::Segment(segment) => seen.segments.contains(segment),
        }
    }

    /// Whether it asks for something, at any depth.
    pub fn asks(&self, what: &dyn Fn(&Self) -> bool) -> bool {
        match self {
            Self::Every(all) | Self::Any(all) => all.iter().any(|one| one.asks(what)),
            Self::Not(inner) => inner.asks(what),
            one => what(one),
        }
    }

    /// The conditions of which each must hold.
    pub fn conjuncts(&self) -> Vec<&Self> {
        match self {
            Self::Every(all) => all.iter().flat_map(Self::conjuncts).collect(),
            other => vec![other],
        }
    }
}

/// The ends of a range of numbers, as they are kept: by their bits, since not one may be lost.
mod exact {
    use std::ops::Bound;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(end: &Bound<f64>, to: S) -> Result<S::Ok, S::Error> {
        end.map(f64::to_bits).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bound<f64>, D::Error> {
        Bound::<u64>::deserialize(from).map(|end| end.map(f64::from_bits))
    }
}
