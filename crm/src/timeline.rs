//! The types of events that stand on timelines: one closed list, each with the fields of its
//! `data`, so that whoever reads a timeline knows what can be in it. A field is never given
//! another meaning; what needs one becomes another type. Which of them a person may log by hand,
//! and what a change of a record must leave behind, is said here as well.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::facts::FactBody;
use crate::ids::RecordId;
use crate::interactions::InteractionKind;

/// The version of the list. It rises when a field is added to a type.
pub const VERSION: i64 = 2;

/// A field of an event's `data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: &'static str,
}

macro_rules! event_types {
    ($($name:ident = $text:literal, $kind:ident, $says:literal, { $($field:literal: $holds:literal),* };)*) => {
        /// A type of event.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(try_from = "String", into = "String")]
        pub enum EventType {
            $(#[doc = $says] $name,)*
        }

        impl EventType {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The type as it is stored and asked for.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The kind of line that it is.
            pub fn kind(self) -> InteractionKind {
                match self { $(Self::$name => InteractionKind::$kind,)* }
            }

            /// What happened, in words.
            pub fn says(self) -> &'static str {
                match self { $(Self::$name => $says,)* }
            }

            /// What its `data` may hold.
            pub fn fields(self) -> &'static [Field] {
                match self {
                    $(Self::$name => &[$(Field { name: $field, holds: $holds }),*],)*
                }
            }
        }
    };
}

event_types! {
    MessageMentioned = "message.mentioned", Mention, "It was named in chat.",
        { "named": "the company or person that was named, when its deal is meant",
          "why": "why this one of several of the name" };
    NoteMentioned = "note.mentioned", Mention, "A note on another record mentions it.",
        { "note": "the note's id", "record": "the record that the note stands on" };
    MessageCaptured = "message.captured", Message, "A message was captured onto it.", {};
    MessagesSummedUp = "messages.summed_up", Note, "Captured messages were summed up.",
        { "proposal": "the proposal's id" };
    RecordCreated = "record.created", Created, "It was made.",
        { "to": "the stage it entered", "flow": "the pipeline" };
    DealCreated = "deal.created", Created, "A deal was made.",
        { "to": "the stage it entered", "flow": "the pipeline" };
    RecordChanged = "record.changed", Changed, "Its title or columns changed.",
        { "before": "what public columns held, by id", "columns": "the columns, by id",
          "stage": "the stage whose rule did it" };
    RecordImported = "record.imported", Imported, "A row of a file was imported onto it.", {};
    RecordMoved = "record.moved", Moved, "It went to another stage.",
        { "from": "the stage before", "to": "the stage after", "flow": "the pipeline",
          "transition": "the transition", "days_in_stage": "how long it was in the one before",
          "undone": "whether a move was taken back" };
    RoomTied = "room.tied", Linked, "A room or thread is about it from now on.",
        { "place": "the room", "thread": "the thread in it" };
    RoomUntied = "room.untied", Linked, "A room or thread is not about it any more.",
        { "place": "the room", "thread": "the thread in it" };
    RecordTrashed = "record.trashed", Trash, "It went to the trash.", {};
    RecordRestored = "record.restored", Trash, "It came back from the trash.", {};
    RecordMerged = "record.merged", Merged, "Another record became part of it, or it of another.",
        { "record": "the other", "took": "the fields whose values came from the merged one" };
    RecordUnmerged = "record.unmerged", Merged, "A merge was taken back.",
        { "record": "the other", "stayed": "the fields that were changed since" };
    OwnerClaimed = "owner.claimed", Owner, "Somebody took it.",
        { "owner": "the member", "stage": "the stage whose rule did it" };
    OwnerReleased = "owner.released", Owner, "It is nobody's any more.",
        { "owner": "the member who looked after it" };
    OwnerAssigned = "owner.assigned", Owner, "It was given to somebody.",
        { "owner": "the member", "stage": "the stage whose rule did it" };
    ChannelAdded = "channel.added", Identity, "A channel was added.",
        { "kind": "the kind of channel", "value": "the address, number or account" };
    ChannelChanged = "channel.changed", Identity, "A channel was changed.",
        { "kind": "the kind of channel", "value": "the address, number or account",
          "before": "what it was before", "what": "what was changed" };
    ChannelRemoved = "channel.removed", Identity, "A channel was removed.",
        { "kind": "the kind of channel", "value": "the address, number or account" };
    LinkAdded = "link.added", Linked, "It was linked to another record.",
        { "kind": "the kind of link", "role": "the part that is played", "record": "the other",
          "why": "why Tieline linked them by itself" };
    LinkChanged = "link.changed", Linked, "The part in a link changed.",
        { "kind": "the kind of link", "role": "the part that is played", "record": "the other",
          "before": "the part before" };
    LinkRemoved = "link.removed", Linked, "A link was removed.",
        { "kind": "the kind of link", "role": "the part that was played", "record": "the other" };
    NoteAdded = "note.added", Note, "A note was written.", { "note": "the note's id" };
    NoteEdited = "note.edited", Note, "A note was edited.", { "note": "the note's id" };
    NotePinned = "note.pinned", Note, "A note was pinned.", { "note": "the note's id" };
    NoteUnpinned = "note.unpinned", Note, "A note was unpinned.", { "note": "the note's id" };
    NoteWithdrawn = "note.withdrawn", Note, "A note was withdrawn.", { "note": "the note's id" };
    TaskCreated = "task.created", Task, "A task was made.", { "task": "the task's id" };
    TaskChanged = "task.changed", Task, "A task was changed, given away, dropped or reopened.",
        { "task": "the task's id", "status": "`open` or `dropped`, when that changed" };
    TaskCompleted = "task.completed", Task, "A task was done.",
        { "task": "the task's id", "status": "`done`" };
    ActivityAdded = "activity.added", Activity, "A rule of a stage added a line.",
        { "stage": "the stage" };
    CallLogged = "call.logged", Call, "Somebody called.",
        { "details": "more, as markdown", "minutes": "how long it took", "native": "whether Tieline saw it itself",
          "direction": "`in` or `out`" };
    MeetingLogged = "meeting.logged", Meeting, "People met.",
        { "details": "more, as markdown", "minutes": "how long it took", "native": "whether Tieline saw it itself",
          "direction": "`in` or `out`" };
    EmailLogged = "email.logged", Email, "An e-mail was written.",
        { "details": "more, as markdown", "minutes": "how long it took", "native": "whether Tieline saw it itself",
          "direction": "`in` or `out`" };
    MessageLogged = "message.logged", Message, "A message was written elsewhere.",
        { "details": "more, as markdown", "minutes": "how long it took", "native": "whether Tieline saw it itself",
          "direction": "`in` or `out`", "post": "the post that carried it out",
          "person": "who wrote or was written to, where the line stands on what it is about" };
    MessageUndelivered = "message.undelivered", Message, "A message could not be delivered.",
        { "post": "the post that was to carry it", "person": "whom it was for", "why": "why" };
    PlatformEvent = "platform.event", Platform, "Something happened on a platform.",
        { "details": "more, as markdown", "minutes": "how long it took", "native": "whether Tieline saw it itself",
          "direction": "`in` or `out`", "platform": "which platform", "event": "the platform's id of it" };
    EmailSent = "email.sent", Email, "An e-mail was sent.",
        { "details": "more, as markdown", "native": "whether Tieline saw it itself", "to": "the address", "message": "the message's id" };
    EmailOpened = "email.opened", Email, "An e-mail was opened.",
        { "details": "more, as markdown", "native": "whether Tieline saw it itself", "to": "the address", "message": "the message's id" };
    EmailClicked = "email.clicked", Email, "A link in an e-mail was followed.",
        { "details": "more, as markdown", "native": "whether Tieline saw it itself", "to": "the address", "message": "the message's id",
          "url": "the link" };
    EmailReplied = "email.replied", Email, "An e-mail was answered.",
        { "details": "more, as markdown", "native": "whether Tieline saw it itself", "to": "the address", "message": "the message's id" };
    EmailBounced = "email.bounced", Email, "An e-mail came back.",
        { "details": "more, as markdown", "native": "whether Tieline saw it itself", "to": "the address", "message": "the message's id" };
    LinkedinSent = "linkedin.sent", Linkedin, "Something was sent on LinkedIn.",
        { "details": "more, as markdown", "native": "whether Tieline saw it itself" };
    LinkedinReplied = "linkedin.replied", Linkedin, "Somebody answered on LinkedIn.",
        { "details": "more, as markdown", "native": "whether Tieline saw it itself" };
    TelegramSent = "telegram.sent", Telegram, "Something was sent on Telegram.",
        { "details": "more, as markdown", "native": "whether Tieline saw it itself" };
    TelegramReplied = "telegram.replied", Telegram, "Somebody answered on Telegram.",
        { "details": "more, as markdown", "native": "whether Tieline saw it itself" };
    TagAdded = "tag.added", Tag, "Tags were put on it.", { "tags": "their keys" };
    TagRemoved = "tag.removed", Tag, "Tags were taken off.", { "tags": "their keys" };
    SegmentJoined = "segment.joined", Segment, "It joined a segment.",
        { "segment": "the segment's id", "key": "its key", "why": "why, in one word" };
    SegmentLeft = "segment.left", Segment, "It left a segment.",
        { "segment": "the segment's id", "key": "its key", "why": "why, in one word" };
    BotReplied = "bot.replied", Bot, "A bot answered.", { "details": "what it said" };
    BotEscalated = "bot.escalated", Bot, "A bot handed over to people.", { "details": "why" };
    LeadMade = "lead.made", Lead, "It waits for review.",
        { "lead": "the lead's id", "product": "the product's key", "why": "why" };
    LeadChanged = "lead.changed", Lead, "Its lead was decided, assigned or put off.",
        { "lead": "the lead's id", "status": "what became of it", "reason": "why it was rejected" };
    ProfileScored = "profile.scored", Scored, "It was scored.",
        { "product": "the product's key", "value": "the score, 0 to 100; none when nothing is known",
          "coverage": "how much of the weight is known, in percent", "before": "the score before" };
}

/// What people may log by hand, under the word that they say.
const BY_HAND: &[(&str, EventType)] = &[
    ("call", EventType::CallLogged),
    ("email", EventType::EmailLogged),
    ("e-mail", EventType::EmailLogged),
    ("mail", EventType::EmailLogged),
    ("meeting", EventType::MeetingLogged),
    ("message", EventType::MessageLogged),
    ("platform", EventType::PlatformEvent),
];
/// What is told of a channel that Tieline does not see, and may be logged as well.
const ELSEWHERE: &[EventType] = &[
    EventType::EmailSent,
    EventType::EmailOpened,
    EventType::EmailClicked,
    EventType::EmailReplied,
    EventType::EmailBounced,
    EventType::LinkedinSent,
    EventType::LinkedinReplied,
    EventType::TelegramSent,
    EventType::TelegramReplied,
    EventType::BotReplied,
    EventType::BotEscalated,
];

impl EventType {
    /// Reads a type as it is stored and asked for.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.as_str() == text)
    }

    /// That a record of the blueprint with this key was made.
    pub fn made(blueprint: &str) -> Self {
        match blueprint {
            "deal" => Self::DealCreated,
            _ => Self::RecordCreated,
        }
    }

    /// What a line of this kind is when nothing more is said of it.
    pub fn of(kind: InteractionKind) -> Self {
        match kind {
            InteractionKind::Mention => Self::MessageMentioned,
            InteractionKind::Message => Self::MessageCaptured,
            InteractionKind::Created => Self::RecordCreated,
            InteractionKind::Changed => Self::RecordChanged,
            InteractionKind::Moved => Self::RecordMoved,
            InteractionKind::Owner => Self::OwnerAssigned,
            InteractionKind::Identity => Self::ChannelChanged,
            InteractionKind::Linked => Self::LinkAdded,
            InteractionKind::Note => Self::NoteAdded,
            InteractionKind::Task => Self::TaskChanged,
            InteractionKind::Activity => Self::ActivityAdded,
            InteractionKind::Trash => Self::RecordTrashed,
            InteractionKind::Merged => Self::RecordMerged,
            InteractionKind::Call => Self::CallLogged,
            InteractionKind::Email => Self::EmailLogged,
            InteractionKind::Meeting => Self::MeetingLogged,
            InteractionKind::Platform => Self::PlatformEvent,
            InteractionKind::Linkedin => Self::LinkedinSent,
            InteractionKind::Telegram => Self::TelegramSent,
            InteractionKind::Tag => Self::TagAdded,
            InteractionKind::Segment => Self::SegmentJoined,
            InteractionKind::Bot => Self::BotReplied,
            InteractionKind::Scored => Self::ProfileScored,
            InteractionKind::Lead => Self::LeadChanged,
            InteractionKind::Imported => Self::RecordImported,
        }
    }

    /// What somebody means who logs it by hand: a word like “call”, or the type itself.
    pub fn by_hand(word: &str) -> Option<Self> {
        let word = word.trim().to_lowercase();
        let said = BY_HAND.iter().find(|(known, _)| *known == word).map(|(_, event)| *event);
        said.or_else(|| Self::parse(&word).filter(|event| event.may_be_logged()))
    }

    /// Whether people and programs may log it, since nothing else tells of it.
    pub fn may_be_logged(self) -> bool {
        ELSEWHERE.contains(&self) || BY_HAND.iter().any(|(_, event)| *event == self)
    }

    /// The words for what is logged by hand.
    pub fn words() -> impl Iterator<Item = &'static str> {
        BY_HAND.iter().map(|(word, _)| *word).filter(|word| !["e-mail", "mail"].contains(word))
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<EventType> for String {
    fn from(event: EventType) -> Self {
        event.as_str().to_owned()
    }
}

impl TryFrom<String> for EventType {
    type Error = String;
    fn try_from(given: String) -> Result<Self, String> {
        Self::parse(&given).ok_or_else(|| {
            format!("“{}” is no type of event", given.chars().take(60).collect::<String>())
        })
    }
}

/// The records on whose timelines a fact must have left a line, since it changed them. A new fact
/// does not compile until it is told here.
pub fn must_stand_on(fact: &FactBody) -> Vec<&RecordId> {
    match fact {
        FactBody::RecordCreated { record, .. }
        | FactBody::RecordChanged { record, .. }
        | FactBody::RecordMoved { record, .. }
        | FactBody::OwnerChanged { record, .. }
        | FactBody::RecordTrashed { record }
        | FactBody::RecordRestored { record }
        | FactBody::IdentityAdded { record, .. }
        | FactBody::IdentityChanged { record, .. }
        | FactBody::IdentityRemoved { record, .. }
        | FactBody::NoteAdded { record, .. }
        | FactBody::NoteChanged { record, .. }
        | FactBody::NoteWithdrawn { record, .. }
        | FactBody::TagAdded { record, .. }
        | FactBody::TagRemoved { record, .. }
        | FactBody::SegmentJoined { record, .. }
        | FactBody::SegmentLeft { record, .. }
        | FactBody::RecordScored { record, .. }
        | FactBody::LeadMade { record, .. }
        | FactBody::LeadChanged { record, .. } => vec![record],
        FactBody::RecordsMerged { record, other }
        | FactBody::RecordsTakenApart { record, other } => vec![record, other],
        FactBody::LinkAdded { from, to, .. }
        | FactBody::LinkChanged { from, to, .. }
        | FactBody::LinkRemoved { from, to, .. } => vec![from, to],
        FactBody::TaskAdded { record, .. } | FactBody::TaskChanged { record, .. } => {
            record.iter().collect()
        }
        // Names follow from what changed them, which is told. A migration says in one fact what
        // it did to many, and a line on each would bury what people said. Nothing is left of
        // what was purged. Reading changes nothing, and neither does what somebody
        // thinks of two records or of a source. What was found out stands on the timeline
        // when it changes a score.
        FactBody::NamesChanged { .. }
        | FactBody::RecordsMigrated { .. }
        | FactBody::RecordPurged { .. }
        | FactBody::SensitiveRead { .. }
        | FactBody::DuplicateDecided { .. }
        | FactBody::SourceJudged { .. }
        | FactBody::RecordAssessed { .. }
        | FactBody::InteractionLogged { .. } => Vec::new(),
        // What is about no record.
        FactBody::PipelineChanged { .. }
        | FactBody::RatesChanged { .. }
        | FactBody::MessageLogged { .. }
        | FactBody::MessageChanged { .. }
        | FactBody::PostChanged { .. }
        | FactBody::ProposalMade { .. }
        | FactBody::ProposalImproved { .. }
        | FactBody::ProposalDecided { .. }
        | FactBody::PlaceBound { .. }
        | FactBody::PlaceUnbound { .. }
        | FactBody::PlaceLevelSet { .. }
        | FactBody::AccountLinked { .. }
        | FactBody::AccountUnlinked { .. }
        | FactBody::MemberChanged { .. }
        | FactBody::ApiTokenIssued { .. }
        | FactBody::SpaceCreated { .. }
        | FactBody::BlueprintChanged { .. }
        | FactBody::BlueprintTrashed { .. }
        | FactBody::BlueprintRestored { .. }
        | FactBody::JobChanged { .. }
        | FactBody::TagChanged { .. }
        | FactBody::TagsMerged { .. }
        | FactBody::SegmentChanged { .. }
        | FactBody::ViewChanged { .. }
        | FactBody::ProductChanged { .. }
        | FactBody::CriterionChanged { .. }
        | FactBody::ImportChanged { .. }
        | FactBody::RecordsExported { .. }
        | FactBody::MailHeld { .. }
        | FactBody::HeldMailDecided { .. }
        | FactBody::SenderJudged { .. }
        | FactBody::MailsPosted { .. }
        | FactBody::Undone { .. } => Vec::new(),
    }
}

/// The records that the facts of one command changed without a line on their timelines.
pub fn without_a_line(facts: &[FactBody]) -> Vec<RecordId> {
    let told = facts
        .iter()
        .filter_map(|fact| match fact {
            FactBody::InteractionLogged { record, .. } => Some(record),
            _ => None,
        })
        .collect::<BTreeSet<_>>();
    let changed = facts.iter().flat_map(must_stand_on).collect::<BTreeSet<_>>();
    changed.into_iter().filter(|record| !told.contains(record)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Env;
    use crate::ids::InteractionId;

    #[test]
    fn a_type_is_read_back_as_itself_and_belongs_to_a_kind() {
        let mut seen = BTreeSet::new();
        for event in EventType::ALL {
            assert!(seen.insert(event.as_str()), "{event} is there twice");
            assert_eq!(EventType::parse(event.as_str()), Some(*event));
            let json = serde_json::to_value(event).expect("JSON");
            assert_eq!(serde_json::from_value::<EventType>(json).expect("a type"), *event);
            assert!(event.says().ends_with('.'));
        }
        for kind in InteractionKind::ALL {
            assert_eq!(EventType::of(kind).kind(), kind);
            assert!(EventType::ALL.iter().any(|event| event.kind() == kind), "{kind:?}");
        }
    }

    #[test]
    fn the_events_that_a_team_wants_to_see_are_all_there() {
        let wanted = "email.sent email.opened email.clicked email.replied email.bounced \
                      linkedin.sent linkedin.replied telegram.sent telegram.replied tag.added \
                      tag.removed segment.joined segment.left bot.replied bot.escalated \
                      task.created task.completed owner.claimed owner.released profile.scored \
                      note.added deal.created call.logged email.logged meeting.logged \
                      message.logged platform.event";
        for name in wanted.split_whitespace() {
            assert!(EventType::parse(name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_tieline_sees_itself_is_not_logged_by_hand() {
        assert_eq!(EventType::by_hand(" Call "), Some(EventType::CallLogged));
        assert_eq!(EventType::by_hand("email.opened"), Some(EventType::EmailOpened));
        assert_eq!(EventType::by_hand("record.moved"), None);
        assert_eq!(EventType::by_hand("owner.claimed"), None);
    }

    #[test]
    fn a_change_without_a_line_is_found() {
        let env = Env::system();
        let record = RecordId::fresh(&env);
        let trashed = FactBody::RecordTrashed { record: record.clone() };
        let facts = std::slice::from_ref(&trashed);
        assert_eq!(without_a_line(facts), std::slice::from_ref(&record));
        let line = FactBody::InteractionLogged { record, interaction: InteractionId::fresh(&env) };
        assert!(without_a_line(&[trashed, line]).is_empty());
    }
}
