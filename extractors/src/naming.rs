//! Takes a written name apart, tells a person from an organisation, and says how far two names
//! can be names of one. Names come as people write them: `Doe, Jane`, `Dr. Jane Q. Doe, PhD`,
//! `Pat "Paddy" O'Brien`, `Юлия Иванова`.
//!
//! Left out: which of several family names is the one used to sort, and honorifics of languages
//! whose lists are not here; such words stay part of the name.

mod compare;
mod kind;
mod latin;
mod parts;
mod slips;

pub use compare::{Likeness, compare_organisations, compare_other, compare_people};
pub use kind::kind_of;
pub use parts::parts_of;

pub(crate) use compare::{NameWord, PersonName, compare_person_names, word_likeness};
pub(crate) use latin::{latin, shortened};
pub(crate) use slips::slips_between;

/// Whose name it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NameKind {
    /// A human.
    #[default]
    Person,
    /// A company, an authority, an association.
    Organisation,
}

/// The parts of a person's name, as written; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameParts {
    /// `Dr.`, `Mr. and Mrs.`
    pub title: String,
    /// The first given name.
    pub given: String,
    /// Further given names and initials.
    pub middle: String,
    /// The family name with its particles.
    pub family: String,
    /// `Jr.`, `III`, `PhD`
    pub suffix: String,
    /// What stands in quotes or brackets.
    pub nickname: String,
}
