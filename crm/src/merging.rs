//! Two records that are one person, company or thing: what merging them would give, field by
//! field, and what belongs to which of them when they are taken apart again. Nothing is lost by a
//! merge: what came with the other record keeps saying so. Finding who may be the same is not
//! done here; see [`Duplicate`] for what was found.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::blueprints::{Blueprint, Classification};
use crate::errors::Refusal;
use crate::flows::listed;
use crate::folding::fold;
use crate::ids::{IdentityId, MemberId, RecordId, SegmentId, TagId};
use crate::records::Record;

/// The title's name among the fields of a merge.
pub const TITLE: &str = "title";
/// The owner's name among the fields of a merge.
pub const OWNER: &str = "owner";

/// Which of the two records a value is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Winner {
    /// The record that is kept.
    Kept,
    /// The one that is merged into it.
    Other,
    /// Both say the same.
    Both,
}

/// One field of two records that are to be one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MergeField {
    /// Its column's id; `title` and `owner` for these.
    pub field: String,
    /// What people call it.
    pub name: String,
    /// What the kept record holds; null for nothing.
    #[schema(value_type = Object)]
    pub kept: Json,
    /// What the other one holds; null for nothing.
    #[schema(value_type = Object)]
    pub other: Json,
    /// Whose value stays.
    pub wins: Winner,
    /// Whether the values are sensitive.
    pub sensitive: bool,
}

/// What a merge changed of the kept record in one field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Took {
    /// The field.
    pub field: String,
    /// What it held before; null for nothing.
    pub before: Json,
    /// What it took from the other record.
    pub after: Json,
}

/// A record that was merged into another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// The record that was merged.
    pub other: RecordId,
    /// The record that it is part of now.
    pub kept: RecordId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it; none means Tieline itself.
    pub by: Option<MemberId>,
    /// What the kept record took from it.
    pub took: Vec<Took>,
    /// The other names that the kept record got by it.
    pub names: Vec<IdentityId>,
    /// The tags that it got by it.
    pub tags: Vec<TagId>,
    /// The segments filled by hand that it joined by it.
    pub segments: Vec<SegmentId>,
}

/// Two records that may be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Duplicate {
    /// The older of the two, as far as ids tell.
    pub one: RecordId,
    /// The other one.
    pub other: RecordId,
    /// How likely they are one, 0 to 100.
    pub score: u8,
    /// Why, in words.
    pub why: String,
}

impl Duplicate {
    /// A pair in the order in which it is kept.
    pub fn of(a: RecordId, b: RecordId, score: u8, why: impl Into<String>) -> Self {
        let (one, other) = if a <= b { (a, b) } else { (b, a) };
        Self { one, other, score: score.min(100), why: why.into() }
    }
}

/// What merging two records of a blueprint would give. A value that is there wins over none, and
/// the kept record's over the other's, unless `take` names the field, by its id or name.
///
/// # Errors
/// When `take` names what is no field of them.
pub fn plan(
    blueprint: &Blueprint,
    kept: &Record,
    other: &Record,
    take: &[String],
) -> Result<Vec<MergeField>, Refusal> {
    let mut fields =
        vec![field(TITLE, &blueprint.title, false, kept.title.as_str(), other.title.as_str())];
    for column in &blueprint.columns {
        let of = |record: &Record| record.values.get(&column.id).cloned().unwrap_or_default();
        let sensitive = column.classification != Classification::Public;
        fields.push(field(&column.id, &column.name, sensitive, of(kept), of(other)));
    }
    let owner = |record: &Record| record.owner.as_ref().map(ToString::to_string);
    fields.push(field(OWNER, "Owner", false, owner(kept), owner(other)));
    for wanted in take {
        let wanted = wanted.trim();
        let named = |f: &&mut MergeField| {
            f.field.eq_ignore_ascii_case(wanted) || fold(&f.name) == fold(wanted)
        };
        let Some(found) = fields.iter_mut().find(named) else {
            let names = fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>();
            let shown = wanted.chars().take(40).collect::<String>();
            return Err(Refusal::invalid(format!(
                "There is no field “{shown}” to take. There is {}.",
                listed(&names)
            )));
        };
        if found.wins == Winner::Kept {
            found.wins = Winner::Other;
        }
    }
    fields.retain(|field| !(field.kept.is_null() && field.other.is_null()));
    Ok(fields)
}

fn field(
    id: &str,
    name: &str,
    sensitive: bool,
    kept: impl Into<Json>,
    other: impl Into<Json>,
) -> MergeField {
    let (kept, other) = (kept.into(), other.into());
    let wins = match () {
        () if kept == other => Winner::Both,
        () if kept.is_null() => Winner::Other,
        () => Winner::Kept,
    };
    MergeField { field: id.to_owned(), name: name.to_owned(), kept, other, wins, sensitive }
}

/// What the kept record takes by such a plan.
pub fn took(plan: &[MergeField]) -> Vec<Took> {
    let taken = plan.iter().filter(|field| field.wins == Winner::Other);
    let taken = taken.filter(|field| !field.other.is_null());
    taken
        .map(|f| Took { field: f.field.clone(), before: f.kept.clone(), after: f.other.clone() })
        .collect()
}

/// What a record holds in a field of a merge; null for nothing.
pub fn held(record: &Record, field: &str) -> Json {
    match field {
        TITLE => record.title.clone().into(),
        OWNER => record.owner.as_ref().map(ToString::to_string).into(),
        column => record.values.get(column).cloned().unwrap_or_default(),
    }
}

/// Puts a value into a field of a record.
pub fn put(record: &mut Record, field: &str, value: &Json) {
    match field {
        TITLE => {
            if let Some(title) = value.as_str() {
                title.clone_into(&mut record.title);
            }
        }
        OWNER => record.owner = value.as_str().and_then(|id| id.parse().ok()),
        column if value.is_null() => {
            record.values.remove(column);
        }
        column => {
            record.values.insert(column.to_owned(), value.clone());
        }
    }
}

/// By what a person or company is told apart in what was said: names and accounts.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    /// Names, folded, each between spaces.
    names: Vec<String>,
    /// Accounts: the network, and the account's id or handle.
    accounts: Vec<(String, String)>,
}

impl Marks {
    /// Adds a name.
    pub fn name(&mut self, name: &str) {
        let words = words(name);
        if words.trim().chars().count() > 1 {
            self.names.push(words);
        }
    }

    /// Adds an account on a network.
    pub fn account(&mut self, network: &str, id: &str) {
        self.accounts.push((network.to_owned(), id.trim_start_matches('@').to_lowercase()));
    }

    fn are_in(&self, words: &str) -> bool {
        self.names.iter().any(|name| words.contains(name.as_str()))
    }

    fn is(&self, network: &str, id: &str) -> bool {
        let id = id.trim_start_matches('@').to_lowercase();
        self.accounts.iter().any(|(on, account)| on == network && *account == id)
    }
}

/// Text as folded words, each between spaces.
fn words(text: &str) -> String {
    let folded = fold(text);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(" ".to_owned(), |all, word| all + word + " ")
}

/// Whether something that was written since two records became one is the other one's: its account
/// wrote it, or it names that one alone. What tells nothing stays with the kept record.
pub fn is_the_others(
    author: Option<(&str, &str)>,
    text: &str,
    kept: &Marks,
    other: &Marks,
) -> bool {
    if let Some((network, id)) = author {
        match (kept.is(network, id), other.is(network, id)) {
            (false, true) => return true,
            (true, false) => return false,
            _ => {}
        }
    }
    let words = words(text);
    other.are_in(&words) && !kept.are_in(&words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(names: &[&str], accounts: &[(&str, &str)]) -> Marks {
        let mut marks = Marks::default();
        names.iter().for_each(|name| marks.name(name));
        accounts.iter().for_each(|(network, id)| marks.account(network, id));
        marks
    }

    #[test]
    fn what_is_written_since_is_whose_account_wrote_it_or_whom_alone_it_names() {
        let kept = marks(&["Anna Schmidt"], &[("matrix", "@anna:acme.example")]);
        let other = marks(&["A. Schmid", "Änne Schmid"], &[("telegram", "4711")]);
        let check = |author, text: &str, expected: bool| {
            assert_eq!(is_the_others(author, text, &kept, &other), expected, "{text}");
        };
        check(Some(("telegram", "4711")), "Anna Schmidt here", true);
        check(Some(("matrix", "@anna:acme.example")), "this is Anne Schmid", false);
        check(Some(("matrix", "@rep:acme.example")), "anne schmid called", true);
        check(None, "Anna Schmidt knows Anne Schmid", false);
        check(None, "Anne Schmidt called", false);
        check(None, "she called", false);
    }

    #[test]
    fn a_pair_is_kept_in_one_order() {
        let env = crate::Env::system();
        let (a, b) = (RecordId::fresh(&env), RecordId::fresh(&env));
        let pair = Duplicate::of(b.clone(), a.clone(), 200, "same name");
        assert_eq!(pair, Duplicate::of(a, b, 100, "same name"));
    }
}
