//! Order and pages. A list is ordered by up to three columns and then by id, so that the order
//! is whole; a page says where it ended in that order, and the next one goes on from there,
//! whatever was added or changed in between. Records without a value come last, either way.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::errors::Refusal;
use crate::folding::fold;
use crate::ids::{BlueprintId, MemberId, RecordId};
use crate::lists::condition::{Moment, Seen, StageOf};

/// The most columns a list is sorted by.
pub const SORTS_MAX: usize = 3;
/// The longest cursor, in bytes: three texts of an index, and some.
const CURSOR_BYTES_MAX: usize = 8 * 1024;

/// One column that a list is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The column.
    pub by: SortBy,
    /// The largest first.
    pub descending: bool,
}

/// What can be sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortBy {
    /// The title, folded.
    Title,
    /// An instant that every record has.
    Time(Moment),
    /// How far along its flow the record's stage is. Records without a stage have no value.
    Stage(Vec<(StageOf, u32)>),
    /// The place of its owner among these. Records without an owner have no value.
    Owner(Vec<MemberId>),
    /// A column of a blueprint; records of others have no value in it.
    Column {
        /// The blueprint.
        blueprint: BlueprintId,
        /// The column's id.
        column: String,
        /// As what its values are compared.
        kind: KeyKind,
    },
}

/// As what values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// As folded text, character by character.
    Text,
    /// As numbers, whatever their currency.
    Number,
    /// As instants.
    Time,
}

/// A value that a record is sorted by.
#[derive(Debug, Clone, PartialEq)]
pub enum SortKey {
    /// Folded.
    Text(String),
    /// Never a NaN.
    Number(f64),
    /// Milliseconds since 1970.
    Time(i64),
}

impl SortKey {
    fn kind(&self) -> KeyKind {
        match self {
            Self::Text(_) => KeyKind::Text,
            Self::Number(_) => KeyKind::Number,
            Self::Time(_) => KeyKind::Time,
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            _ => Ordering::Equal,
        }
    }
}

impl SortBy {
    /// As what its values are compared.
    pub fn kind(&self) -> KeyKind {
        match self {
            Self::Title => KeyKind::Text,
            Self::Time(_) => KeyKind::Time,
            Self::Stage(_) | Self::Owner(_) => KeyKind::Number,
            Self::Column { kind, .. } => *kind,
        }
    }

    /// Whether every record has a value.
    pub fn is_always_there(&self) -> bool {
        matches!(self, Self::Title | Self::Time(Moment::Created | Moment::Updated))
    }

    /// The record's value.
    pub fn key(&self, seen: &Seen<'_>) -> Option<SortKey> {
        match self {
            Self::Title => Some(SortKey::Text(fold(&seen.record.title))),
            Self::Time(moment) => moment.of(seen.record).map(SortKey::Time),
            Self::Stage(places) => {
                let record = seen.record;
                let (_, place) = places.iter().find(|(of, _)| of.is_of(record))?;
                Some(SortKey::Number(f64::from(*place)))
            }
            Self::Owner(owners) => {
                let owner = seen.record.owner.as_ref()?;
                let place = owners.iter().position(|one| one == owner)?;
                u32::try_from(place).ok().map(f64::from).map(SortKey::Number)
            }
            Self::Column { blueprint, column, kind } => {
                let (_, key) = seen.keys.iter().find(|(id, _)| id == column)?;
                match kind {
                    _ if seen.record.blueprint != *blueprint => None,
                    KeyKind::Text => key.text.clone().map(SortKey::Text),
                    KeyKind::Number => key.number.map(SortKey::Number),
                    KeyKind::Time => key.time.map(SortKey::Time),
                }
            }
        }
    }
}

/// Which of two records comes first. Ids decide at the end, in the direction of the first sort;
/// without one the newest comes first.
pub fn order(sorts: &[Sort], a: &Seen<'_>, b: &Seen<'_>) -> Ordering {
    for sort in sorts {
        let ordered = match (sort.by.key(a), sort.by.key(b)) {
            (Some(a), Some(b)) if sort.descending => b.compare(&a),
            (Some(a), Some(b)) => a.compare(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        if ordered != Ordering::Equal {
            return ordered;
        }
    }
    match ids_descend(sorts) {
        true => b.record.id.cmp(&a.record.id),
        false => a.record.id.cmp(&b.record.id),
    }
}

/// Whether the id, which decides at the end, counts down.
pub fn ids_descend(sorts: &[Sort]) -> bool {
    sorts.first().is_none_or(|sort| sort.descending)
}

/// Where a page ended. Opaque to whoever carries it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// The values that the last record was sorted by, as many as there are sorts.
    pub keys: Vec<Option<SortKey>>,
    /// The last record.
    pub id: RecordId,
    order: String,
}

/// A cursor on its way. Numbers go as their bits, since not one may be lost.
#[derive(Serialize, Deserialize)]
struct Carried(String, Vec<Option<CarriedKey>>, RecordId);

#[derive(Serialize, Deserialize)]
enum CarriedKey {
    #[serde(rename = "x")]
    Text(String),
    #[serde(rename = "n")]
    Number(u64),
    #[serde(rename = "t")]
    Time(i64),
}

/// A short sign of an order, by which a cursor of another one is noticed.
fn sign(sorts: &[Sort]) -> String {
    let digest = Sha256::digest(format!("{sorts:?}").as_bytes());
    data_encoding::HEXLOWER.encode(&digest[..4])
}

impl Cursor {
    /// The end of a page in this order.
    pub fn new(sorts: &[Sort], keys: Vec<Option<SortKey>>, id: RecordId) -> Self {
        Self { keys, id, order: sign(sorts) }
    }

    /// Checks that it was given out in this order.
    ///
    /// # Errors
    /// A refusal with the way out.
    pub fn fits(&self, sorts: &[Sort]) -> Result<(), Refusal> {
        let same_kinds = self.keys.len() == sorts.len()
            && self.keys.iter().zip(sorts).all(|(key, sort)| match key {
                Some(key) => key.kind() == sort.by.kind(),
                None => !sort.by.is_always_there(),
            });
        if self.order == sign(sorts) && same_kinds {
            return Ok(());
        }
        Err(Refusal::invalid(
            "This “after” belongs to a list in another order. Leave it out to begin with the \
             first page.",
        ))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = |key: &SortKey| match key {
            SortKey::Text(text) => CarriedKey::Text(text.clone()),
            SortKey::Number(number) => CarriedKey::Number(number.to_bits()),
            SortKey::Time(at) => CarriedKey::Time(*at),
        };
        let keys = self.keys.iter().map(|one| one.as_ref().map(key)).collect();
        let carried = Carried(self.order.clone(), keys, self.id.clone());
        let text = serde_json::to_string(&carried).map_err(|_| fmt::Error)?;
        f.write_str(&BASE64URL_NOPAD.encode(text.as_bytes()))
    }
}

impl FromStr for Cursor {
    type Err = Refusal;

    fn from_str(given: &str) -> Result<Self, Refusal> {
        let unread = || {
            Refusal::invalid(
                "This “after” does not read. Send what a page gave as “next”, unchanged, or leave \
                 it out to begin with the first page.",
            )
        };
        if given.len() > CURSOR_BYTES_MAX {
            return Err(unread());
        }
        let bytes = BASE64URL_NOPAD.decode(given.as_bytes()).map_err(|_| unread())?;
        let Carried(order, keys, id) = serde_json::from_slice(&bytes).map_err(|_| unread())?;
        let key = |key: CarriedKey| match key {
            CarriedKey::Text(text) => Ok(SortKey::Text(text)),
            CarriedKey::Number(bits) => match f64::from_bits(bits) {
                number if number.is_finite() => Ok(SortKey::Number(number)),
                _ => Err(unread()),
            },
            CarriedKey::Time(at) => Ok(SortKey::Time(at)),
        };
        let keys = keys.into_iter().map(|one| one.map(key).transpose());
        Ok(Self { keys: keys.collect::<Result<_, _>>()?, id, order })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_bit_by_bit_and_only_in_its_order() {
        let by = |by: SortBy| Sort { by, descending: false };
        let column = SortBy::Column {
            blueprint: "bpt_0000000000000000".parse().expect("an id"),
            column: "value".into(),
            kind: KeyKind::Number,
        };
        let sorts = [by(column), by(SortBy::Title), by(SortBy::Time(Moment::Touched))];
        let keys = vec![Some(SortKey::Number(0.1 + 0.2)), Some(SortKey::Text("a\"ł".into())), None];
        let id: RecordId = "rec_0000000000000000".parse().expect("an id");
        let cursor = Cursor::new(&sorts, keys, id.clone());
        assert_eq!(cursor.to_string().parse::<Cursor>(), Ok(cursor.clone()));
        assert_eq!(cursor.fits(&sorts), Ok(()));
        assert!(cursor.fits(&sorts[1..]).is_err());
        assert!(Cursor::new(&sorts, vec![None, None, None], id).fits(&sorts).is_err());
        for wrong in ["", "x", "e30", "WyJhIl0"] {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }
}
