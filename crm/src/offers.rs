//! Commands as a network with commands of its own offers them: their words, what they take, and
//! what a person may mean who is still typing. The grammar reads them as if they had been written.

use async_trait::async_trait;

use crate::chat::{Author, Place};
use crate::errors::StoreError;

/// A command that is offered.
#[derive(Debug)]
pub struct Offer {
    /// What it is called: one word, or a family and a step in it.
    pub words: &'static [&'static str],
    /// What it does, in a few words.
    pub help: &'static str,
    /// How the grammar calls it, where that is not how it is called.
    pub said: Option<&'static str>,
    /// What it takes, what is required first.
    pub arguments: &'static [Argument],
    /// Whether its answer is for whoever asks alone.
    pub private: bool,
}

/// Something that a command takes.
#[derive(Debug)]
pub struct Argument {
    /// What it is called: small letters.
    pub name: &'static str,
    /// What it is, in a few words.
    pub help: &'static str,
    /// Whether the command cannot do without.
    pub required: bool,
    /// What kind of thing it is.
    pub kind: ArgumentKind,
    /// What stands before it when it is written, such as `due:`.
    pub written_behind: &'static str,
}

/// What kind of thing an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
    /// A record, by its name or key.
    Record,
    /// A stage of the record that was given before.
    Stage,
    /// A member.
    Member,
    /// A tag.
    Tag,
    /// A kind of record.
    Blueprint,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A whole number.
    Count,
    /// Anything.
    Words,
}

impl Offer {
    /// The command as it would be written, with what was given by name.
    pub fn said(&self, given: &[(String, String)]) -> String {
        let mut said = self.said.map_or_else(|| self.words.join(" "), str::to_owned);
        for argument in self.arguments {
            let value = given.iter().find(|(name, _)| name == argument.name);
            let Some(value) = value.map(|(_, value)| value.trim()).filter(|v| !v.is_empty()) else {
                continue;
            };
            said.push(' ');
            said.push_str(argument.written_behind);
            said.push_str(value);
        }
        said
    }
}

/// What somebody is typing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Where.
    pub place: Place,
    /// Who.
    pub author: Author,
    /// Whether nobody else is there.
    pub direct: bool,
    /// What it is to be.
    pub kind: ArgumentKind,
    /// What was typed so far.
    pub typed: String,
    /// What was given before, by name.
    pub given: Vec<(String, String)>,
}

/// What may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What it is called.
    pub label: String,
    /// What the command takes for it.
    pub value: String,
}

/// Knows what people may mean, fast enough for every letter that they type.
#[async_trait]
pub trait Suggesting: Send + Sync {
    /// What may be meant, the likeliest first. Nothing for whoever may see nothing.
    async fn suggest(&self, asked: &Asked) -> Result<Vec<Suggestion>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: Offer = Offer {
        words: &["task"],
        help: "",
        said: None,
        arguments: &[
            Argument {
                name: "what",
                help: "",
                required: true,
                kind: ArgumentKind::Words,
                written_behind: "",
            },
            Argument {
                name: "due",
                help: "",
                required: false,
                kind: ArgumentKind::Words,
                written_behind: "due:",
            },
        ],
        private: false,
    };

    #[test]
    fn a_command_is_written_as_a_person_would_write_it() {
        let given = |all: &[(&str, &str)]| {
            let owned = all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            TASK.said(&owned.collect::<Vec<_>>())
        };
        assert_eq!(
            given(&[("due", "friday"), ("what", " ring Anna ")]),
            "task ring Anna due:friday"
        );
        assert_eq!(given(&[("what", "ring Anna"), ("due", " ")]), "task ring Anna");
        assert_eq!(given(&[]), "task");
        let deal = Offer { words: &["deal", "show"], said: Some("deal"), ..TASK };
        assert_eq!(deal.said(&[("what".to_owned(), "Acme".to_owned())]), "deal Acme");
    }
}
