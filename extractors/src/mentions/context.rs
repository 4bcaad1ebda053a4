//! Decides whom a message means by a name that several records share, from who
//! speaks, who is there and whom the place spoke of last. Nobody is guessed:
//! where nothing decides, all candidates remain.

use std::sync::Arc;

use super::look_alikes::as_it_looks;
use super::naming::Names;
use super::tokens::is_word_char;
use super::{Mention, MentionIndex, Name, NameKind};
use crate::folding::{fold, is_ignorable};
use crate::offsets::char_before;

/// The longest handle a message may begin with, in bytes.
const ADDRESS_BYTES_MAX: usize = 64;

/// The kinds of names that are written in words.
const WRITTEN: &[NameKind] = &[NameKind::Name, NameKind::Person, NameKind::Alias];

/// What is known around a message. People are given by record id or by name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// Who wrote the message.
    pub speaker: Option<&'a str>,
    /// Who takes part in the conversation.
    pub participants: &'a [String],
    /// The records mentioned in the same place before, the latest last.
    pub recent: &'a [Arc<str>],
}

/// A mention and the record it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant {
    /// Where what is named.
    pub mention: Mention,
    /// The one record that is meant; `None` when somebody has to choose.
    pub record: Option<Arc<str>>,
    /// What decided.
    pub reason: Reason,
}

/// Why a mention means the record it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The message speaks to this name: `jane: …`.
    Addressed,
    /// No other record has this name.
    OnlyOne,
    /// Of those who have it, only one takes part in the conversation.
    Participant,
    /// Of those who have it, the place spoke of this one last.
    RecentHere,
    /// The speaker has this name, too, and people seldom name themselves.
    Speaker,
    /// Nothing decided.
    Unclear,
    /// It only looks like the name, in letters of another script.
    LookAlike,
}

impl Reason {
    /// The reason in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Addressed => "addressed",
            Self::OnlyOne => "only one",
            Self::Participant => "takes part",
            Self::RecentHere => "recent here",
            Self::Speaker => "not the speaker",
            Self::Unclear => "unclear",
            Self::LookAlike => "look-alike",
        }
    }
}

impl MentionIndex {
    /// As [`Self::find`], with the record that each mention means here. Also
    /// finds a handle without its at sign where a message begins by speaking to
    /// it, and reports what only looks like a name.
    ///
    /// ```
    /// use extractors::mentions::{Context, MentionIndex, Name, NameKind, Reason};
    ///
    /// let mut index = MentionIndex::new();
    /// index.set("doe", &[Name::new("Jane Doe", NameKind::Person)]);
    /// index.set("roe", &[Name::new("Jane Roe", NameKind::Person)]);
    /// let there = ["Jane Roe".to_string()];
    /// let context = Context { participants: &there, ..Context::default() };
    /// let meant = &index.find_in("Jane said ok", &context)[0];
    /// assert_eq!((meant.record.as_deref(), meant.reason), (Some("roe"), Reason::Participant));
    /// ```
    pub fn find_in(&self, text: &str, context: &Context<'_>) -> Vec<Meant> {
        let mut found = self.find(text);
        let addressed = self.addressed(text);
        if let Some(addressed) = &addressed {
            found.retain(|mention| mention.start_bytes >= addressed.end_bytes);
            found.insert(0, addressed.clone());
        }
        let mut all: Vec<Meant> = if found.is_empty() {
            Vec::new()
        } else {
            let people = People::of(self, context);
            found.into_iter().map(|mention| people.choose(mention, context)).collect()
        };
        if let Some(first) = all.first_mut()
            && (addressed.is_some() || speaks_to(text, &first.mention))
        {
            first.reason = Reason::Addressed;
        }
        all.extend(self.look_alikes(text, &all));
        all.sort_by_key(|meant| meant.mention.start);
        all
    }

    /// `jane: …` and `jane, …`, where `jane` is a handle.
    fn addressed(&self, text: &str) -> Option<Mention> {
        if self.table.counts().handles == 0 {
            return None;
        }
        let start = text.find(|c| !is_ignorable(c) && c != '@').unwrap_or(text.len());
        let limit = text.floor_char_boundary(start + ADDRESS_BYTES_MAX + 1);
        let end = start + text[start..limit].find([':', ',', ' ', '\n'])?;
        let mut after = text[end..].chars();
        let speaks =
            matches!(after.next(), Some(':' | ',')) && after.next().is_none_or(char::is_whitespace);
        if end == start || !speaks {
            return None;
        }
        let handle = fold(&text[start..end]);
        let terms = self.table.exactly(NameKind::Handle, &handle);
        let mut candidates: Vec<Arc<str>> =
            terms.filter_map(|term| self.table.id(term.record)).collect();
        candidates.sort();
        candidates.dedup();
        (!candidates.is_empty()).then(|| Mention {
            start: text[..start].chars().count(),
            end: text[..end].chars().count(),
            start_bytes: start,
            end_bytes: end,
            text: text[start..end].to_string(),
            candidates,
            explicit: false,
            kind: NameKind::Handle,
            part: false,
        })
    }

    /// What looks like a name and is none.
    fn look_alikes(&self, text: &str, known: &[Meant]) -> Vec<Meant> {
        let Some((looks, words)) = as_it_looks(text) else {
            return Vec::new();
        };
        let mut found = self.find(&looks);
        found.retain(|mention| {
            let word = words.partition_point(|word| word.end <= mention.start_bytes);
            let other = known.partition_point(|known| known.mention.end <= mention.start);
            words.get(word).is_some_and(|word| word.start < mention.end_bytes)
                && known.get(other).is_none_or(|known| mention.end <= known.mention.start)
        });
        // Offsets in characters are the same in both texts; those in bytes are not.
        let (mut chars, mut bytes) = (0, 0);
        let mut byte_of = |at: usize| {
            let passed = text[bytes..].chars().take(at - chars);
            bytes += passed.map(char::len_utf8).sum::<usize>();
            chars = at;
            bytes
        };
        found
            .into_iter()
            .map(|mut mention| {
                mention.start_bytes = byte_of(mention.start);
                mention.end_bytes = byte_of(mention.end);
                mention.text = text[mention.start_bytes..mention.end_bytes].to_string();
                mention.explicit = false;
                Meant { mention, record: None, reason: Reason::LookAlike }
            })
            .collect()
    }

    /// The records of exactly this id or whole name.
    fn records_called(&self, who: &str) -> Vec<Arc<str>> {
        if let Some(slot) = self.table.slot(who) {
            return self.table.id(slot).into_iter().collect();
        }
        let names = Names::of(&[Name::new(who, NameKind::Name), Name::new(who, NameKind::Handle)]);
        names
            .pieces
            .iter()
            .flat_map(|piece| {
                let kinds =
                    if piece.kind == NameKind::Handle { &[NameKind::Handle] } else { WRITTEN };
                let canonical = &names.text[piece.range.clone()];
                kinds.iter().flat_map(|&kind| self.table.exactly(kind, canonical))
            })
            .filter(|term| !term.form().is_part())
            .filter_map(|term| self.table.id(term.record))
            .collect()
    }
}

/// Whether the text begins by speaking to a person of this name.
fn speaks_to(text: &str, mention: &Mention) -> bool {
    mention.kind == NameKind::Person
        && text[mention.end_bytes..].starts_with([':', ','])
        && !text[..mention.start_bytes].contains(is_word_char)
        && char_before(text, mention.start_bytes) != Some('\n')
}

/// Who is there, as records.
struct People {
    speaker: Vec<Arc<str>>,
    participants: Vec<Arc<str>>,
}

impl People {
    fn of(index: &MentionIndex, context: &Context<'_>) -> Self {
        let called = |who: &str| index.records_called(who);
        Self {
            speaker: context.speaker.map(called).unwrap_or_default(),
            participants: context.participants.iter().flat_map(|who| called(who)).collect(),
        }
    }

    fn choose(&self, mention: Mention, context: &Context<'_>) -> Meant {
        let (record, reason) = self.chosen(&mention.candidates, context);
        Meant { mention, record, reason }
    }

    fn chosen(&self, candidates: &[Arc<str>], context: &Context<'_>) -> (Option<Arc<str>>, Reason) {
        if let [only] = candidates {
            return (Some(Arc::clone(only)), Reason::OnlyOne);
        }
        let others: Vec<&Arc<str>> =
            candidates.iter().filter(|id| !self.speaker.contains(id)).collect();
        if let [only] = others.as_slice() {
            return (Some(Arc::clone(only)), Reason::Speaker);
        }
        let mut present = others.iter().filter(|id| self.participants.contains(id));
        if let (Some(only), None) = (present.next(), present.next()) {
            return (Some(Arc::clone(only)), Reason::Participant);
        }
        let latest = context.recent.iter().rev().find(|id| others.contains(id));
        match latest {
            Some(latest) => (Some(Arc::clone(latest)), Reason::RecentHere),
            None => (None, Reason::Unclear),
        }
    }
}
