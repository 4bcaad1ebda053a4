//! Finds people, organisations and places that nobody has told us about, by a trained tagger: a
//! linear-chain conditional random field over words, shapes and lists of names and everyday words.
//!
//! It is deterministic and reads a line at a time; what it costs grows with the length of the
//! text. Every find says how likely it is. Names in scripts without capitals are mostly left to
//! other means, because the texts it was trained on are in Latin letters.

mod decode;
mod features;
mod lists;
mod model;
mod stretches;
mod tokens;
pub mod training;

use std::cell::Cell;
use std::ops::Range;
use std::sync::LazyLock;

use crate::contacts::is_honorific;
use features::Line;
use model::{Model, Scores};
use tokens::{Class, Token, push_tokens};

/// What sort of name was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A person.
    Person,
    /// A company, a team, an authority.
    Organisation,
    /// A place.
    Place,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Person, Self::Organisation, Self::Place];
}

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// What it is the name of.
    pub kind: Kind,
    /// Its bytes.
    pub range: Range<usize>,
    /// How likely exactly these words are such a name, from 0 to 1.
    pub probability: f32,
}

/// What each kind of name is lifted by over "no name", so that about as many names are missed as
/// are made up.
const LIFTS: [f32; 3] = [1.2, 1.6, 1.2];

static TAGGER: LazyLock<Option<Tagger>> =
    LazyLock::new(|| Tagger::read(include_bytes!("../data/tagger.bin")));

/// The memory that reading a text takes, which serves the next.
#[derive(Default)]
struct Room {
    line: Line,
    scores: Vec<Scores>,
}

thread_local! {
    static ROOM: Cell<Room> = Cell::default();
}

/// What a longer text took is given back.
const KEPT_FOR_BYTES: usize = 16_384;

/// A trained model, ready to be used.
pub struct Tagger(Model);

/// The names of a text.
///
/// ```
/// let text = "had lunch with Maria Jones today";
/// let names = extractors::tagger::tag(text);
/// assert_eq!(&text[names[0].range.clone()], "Maria Jones");
/// ```
pub fn tag(text: &str) -> Vec<Name> {
    TAGGER.as_ref().map(|tagger| tagger.tag(text)).unwrap_or_default()
}

/// From the first word of the tokens `run` that is no "Mr." to the last, with the full stop of an
/// initial at the end: "Jane D.".
fn words_of(tokens: &[Token<'_>], run: Range<usize>) -> Option<Range<usize>> {
    let name = &tokens[run.clone()];
    let is_word = |token: &Token<'_>| token.class.is_word();
    let first = name.iter().position(|token| is_word(token) && !is_honorific(&token.folded()))?;
    let last = name.iter().rposition(is_word)?;
    let end = name[last].range().end;
    let has_dot = first < last
        && name[last].class == Class::Initial
        && tokens
            .get(run.start + last + 1)
            .is_some_and(|next| next.text == "." && next.range().start == end);
    Some(name[first].range().start..end + usize::from(has_dot))
}

impl Tagger {
    /// Reads what [`training::train`] made; nothing when it is something else.
    pub fn read(model: &[u8]) -> Option<Self> {
        Model::read(model).map(Self)
    }

    /// The names of a text.
    pub fn tag(&self, text: &str) -> Vec<Name> {
        let Self(model) = self;
        let mut names = Vec::new();
        let mut tokens = Vec::new();
        let mut room = ROOM.take();
        let Room { line, scores } = &mut room;
        let mut start = 0;
        for piece in text.split_inclusive('\n') {
            tokens.clear();
            push_tokens(piece, &mut tokens);
            line.read(&tokens);
            for number in 0..line.stretches.len() {
                let stretch = line.stretches[number].clone();
                scores.clear();
                line.each(&tokens, stretch.clone(), |features| scores.push(model.scores(features)));
                for run in decode::names(model, scores, &LIFTS) {
                    let found = stretch.start + run.first..stretch.start + run.end;
                    if let Some(range) = words_of(&tokens, found) {
                        names.push(Name {
                            kind: Kind::ALL[run.kind],
                            range: start + range.start..start + range.end,
                            probability: run.probability,
                        });
                    }
                }
            }
            start += piece.len();
        }
        if text.len() <= KEPT_FOR_BYTES {
            ROOM.set(room);
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_of(text: &str) -> Vec<&str> {
        tag(text).into_iter().map(|name| &text[name.range]).collect()
    }

    #[test]
    fn names_are_found_by_how_they_stand() {
        assert_eq!(names_of("had lunch with Maria Jones today"), ["Maria Jones"]);
        assert!(names_of("the build is broken again, can you look?").is_empty());
        assert_eq!(names_of("nothing\nask Maria Jones"), ["Maria Jones"]);
    }

    #[test]
    fn an_initial_at_the_end_keeps_its_full_stop() {
        assert_eq!(names_of("I met Maria J. at lunch"), ["Maria J."]);
        assert_eq!(names_of("Mr. Jones said so"), ["Jones"]);
    }
}
