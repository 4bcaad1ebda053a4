//! Text in; people, companies, numbers, dates and the names of known records out.
//!
//! Everything here is a pure function of its arguments: no clock, no network, no
//! files, no model. The same text gives the same answer on every run, and the
//! work grows in step with the length of the text, whatever the text is.
//!
//! - [`mentions`] finds the names of records a team already has;
//! - [`contacts`] finds what is not yet known: addresses, numbers, people;
//! - [`when`] and [`amounts`] read one phrase as a day or as money.
//!
//! Left out for now: reading an e-mail apart into greeting, body, quote and
//! signature, deciding whether two identities are one human, and a trained
//! name tagger. People and companies are found by their surroundings and by
//! word lists, and every find carries how sure it is.

pub mod amounts;
pub mod contacts;
pub mod mentions;
pub mod when;

mod calendar;
mod folding;
mod legal_forms;
mod nicknames;
mod offsets;
mod shelter;

pub use folding::fold;
