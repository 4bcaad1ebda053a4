//! Text in; people, companies, numbers, dates and the names of known records out.
//!
//! Everything here is a pure function of its arguments: no clock, no network, no
//! files but the weights of the tagger, which are part of the program. The same text gives the same answer on every run, and the
//! work grows in step with the length of the text, whatever the text is.
//!
//! - [`mentions`] finds the names of records a team already has;
//! - [`contacts`] finds what is not yet known: addresses, numbers, people;
//! - [`mail`] tells what a mail's writer added from quotes, headers and signatures;
//! - [`senders`] says who stands behind an address, and whose mails wait;
//! - [`tagger`] finds names by how they stand in a sentence;
//! - [`naming`] takes names apart and compares them;
//! - [`identities`] says which records are of one person or company;
//! - [`summary`] sums messages up in their own words;
//! - [`tasks`] finds what somebody promises or asks to be done, and by when;
//! - [`model`] is what a language model is asked, and what is taken of its answer;
//! - [`when`] and [`amounts`] read one phrase as a day or as money.
//!
//! Left out: HTML and MIME. Every find carries how sure it is.

pub mod amounts;
pub mod contacts;
pub mod identities;
pub mod mail;
pub mod mentions;
pub mod model;
pub mod naming;
pub mod senders;
pub mod summary;
pub mod tagger;
pub mod tasks;
pub mod when;

mod calendar;
mod census;
mod folding;
mod legal_forms;
mod nicknames;
mod offsets;
mod plain_words;
mod sentences;
mod shelter;

pub use folding::fold;
