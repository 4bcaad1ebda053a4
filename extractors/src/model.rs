//! The optional language model, as far as it is text: what it is asked about messages, what is
//! read out of its answer, and which of that stands in the messages. Nothing here asks anybody.
//!
//! A model only names values. Each is looked for in the messages, and what is taken are the words
//! that stand there; what stands nowhere is for the caller to leave out, or to mark.

mod answer;
mod question;
mod standing;

pub use answer::{Answer, NamedCompany, NamedDeal, NamedPerson, NamedTask, read, tidy};
pub use question::{Question, Said, question};
pub use standing::{Place, Texts};
