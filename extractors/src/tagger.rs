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
mod tokens;
pub mod training;

use std::ops::Range;
use std::sync::LazyLock;

use crate::contacts::is_honorific;
use model::Model;
use tokens::{Class, Token};

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

/// How many tokens of a line are judged together.
const TOKENS_MAX: usize = 256;
/// What each kind of name is lifted by over "no name", so that about as many names are missed as
/// are made up.
const LIFTS: [f32; 3] = [1.2, 1.4, 0.8];

static MODEL: LazyLock<Option<Model<'static>>> =
    LazyLock::new(|| Model::read(include_bytes!("../data/tagger.bin")));

/// The names of a text.
///
/// ```
/// let text = "had lunch with Maria Jones today";
/// let names = extractors::tagger::tag(text);
/// assert_eq!(&text[names[0].range.clone()], "Maria Jones");
/// ```
pub fn tag(text: &str) -> Vec<Name> {
    MODEL.as_ref().map(|model| tag_with(model, text)).unwrap_or_default()
}

/// From the first word that is no "Mr." to the last, with the full stop of an initial at the end.
fn words_of(tokens: &[Token<'_>]) -> Option<Range<usize>> {
    let first =
        tokens.iter().position(|token| token.class.is_word() && !is_honorific(&token.folded))?;
    let last = tokens.iter().rposition(|token| token.class.is_word())?;
    let has_dot = tokens[last].class == Class::Initial
        && tokens
            .get(last + 1)
            .is_some_and(|next| next.text == "." && next.range.start == tokens[last].range.end);
    Some(tokens[first].range.start..tokens[last + usize::from(has_dot)].range.end)
}

fn tag_with(model: &Model<'_>, text: &str) -> Vec<Name> {
    let mut names = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        for tokens in tokens::tokens(line).chunks(TOKENS_MAX) {
            if !tokens.iter().any(|token| token.class.is_word()) {
                continue;
            }
            let mut scores = Vec::with_capacity(tokens.len());
            features::each(tokens, |_, features| scores.push(model.scores(features)));
            for run in decode::names(model, &mut scores, &LIFTS) {
                if let Some(range) = words_of(&tokens[run.first..run.end]) {
                    names.push(Name {
                        kind: Kind::ALL[run.kind],
                        range: start + range.start..start + range.end,
                        probability: run.probability,
                    });
                }
            }
        }
        start += line.len();
    }
    names
}
