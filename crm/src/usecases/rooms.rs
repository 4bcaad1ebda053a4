//! Rooms that belong to records: tying and untying them, and what is said in them.

use serde_json::json;

use super::{Done, Work, excerpt};
use crate::chat::{Message, Place};
use crate::commands::{Command, TieRoom, UntieRoom};
use crate::errors::{Refusal, Result};
use crate::ids::MemberId;
use crate::interactions::{Interaction, Source};
use crate::permissions::Action;
use crate::places::Level;
use crate::posts::Subject;
use crate::records::Record;
use crate::rooms::TiedRoom;
use crate::timeline::EventType;

impl Work<'_> {
    pub(super) async fn tie_room(&mut self, input: TieRoom) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        self.may(Action::Contribute, &record)?;
        if self.tx.place(&input.place).await?.is_none() {
            return Err(
                Refusal::not_found("This place is not bound, so it belongs to nobody.").into()
            );
        }
        let before = self.tied_exactly(&input.place, input.thread.as_deref()).await?;
        if before.as_ref().is_some_and(|before| before.record == record.id) {
            return Ok(Done::about(&record.id, format!("It is about {} already.", record.title)));
        }
        let tied = TiedRoom {
            place: input.place.clone(),
            thread: input.thread.clone(),
            record: record.id.clone(),
            by: self.member.as_ref().map(|member| member.id.clone()),
            at: self.now,
        };
        self.tx.put_tied_room(&tied).await?;
        self.inverses.push(match before {
            Some(before) => Command::TieRoom(TieRoom { record: before.record, ..input.clone() }),
            None => Command::UntieRoom(UntieRoom {
                place: input.place.clone(),
                thread: input.thread.clone(),
                record: Some(record.id.clone()),
            }),
        });
        let what = if input.thread.is_some() { "This thread" } else { "This room" };
        let line = format!("{} tied a room to it", self.actor_name());
        let data = json!({ "place": input.place, "thread": input.thread });
        self.log_event(&record.id, EventType::RoomTied, line, data).await?;
        self.card_changed(&record.id, None, false);
        if let Some(reply) = self.reply.clone().filter(|_| !self.undoing) {
            let card = Subject::Card { records: vec![record.id.clone()], level: Level::Full };
            self.post(&reply, card, None).await?;
        }
        Ok(Done::about(
            &record.id,
            format!(
                "{what} is about {} ({}) now: what is said here stands on its timeline.",
                record.title, record.key
            ),
        ))
    }

    pub(super) async fn untie_room(&mut self, input: UntieRoom) -> Result<Done> {
        let thread = input.thread.as_deref();
        let Some(before) = self.tied_exactly(&input.place, thread).await? else {
            return Err(Refusal::not_found(
                "This is about nothing in particular. Say what it is about with “room <name>”.",
            )
            .into());
        };
        if let Some(about) = self.tx.record(&before.record).await? {
            self.may(Action::Contribute, &about)?;
        }
        if input.record.as_ref().is_some_and(|record| *record != before.record) {
            return Err(Refusal::gone(
                "It is about something else by now. Look at the room again.",
            )
            .into());
        }
        self.tx.delete_tied_room(&input.place, thread).await?;
        let TiedRoom { place, thread, record, .. } = before;
        let line = format!("{} untied a room from it", self.actor_name());
        let data = json!({ "place": place, "thread": thread });
        self.log_event(&record, EventType::RoomUntied, line, data).await?;
        self.card_changed(&record, None, false);
        let again = TieRoom { place, thread, record: record.clone() };
        self.inverses.push(Command::TieRoom(again));
        Ok(Done::about(&record, "It is about nothing in particular any more."))
    }

    /// What exactly this room or thread is tied to, and not the room around it.
    async fn tied_exactly(
        &mut self,
        place: &Place,
        thread: Option<&str>,
    ) -> Result<Option<TiedRoom>> {
        let tied = self.tx.tied_room(place, thread).await?;
        Ok(tied.filter(|tied| tied.thread.as_deref() == thread))
    }

    /// What a conversation is about, where it belongs to a record that is still there.
    pub(super) async fn room_is_about(&mut self, message: &Message) -> Result<Option<Record>> {
        let tied = self.tx.tied_room(&message.place, message.thread.as_deref()).await?;
        let Some(tied) = tied else { return Ok(None) };
        self.living(&tied.record).await
    }

    /// What is said in a room that belongs to a record stands on its timeline.
    pub(super) async fn log_in_room(
        &mut self,
        record: &Record,
        message: &Message,
        member: Option<&MemberId>,
    ) -> Result<()> {
        let data = json!({ "native": true });
        let line = self.line(&record.id, EventType::MessageLogged, excerpt(&message.text), data);
        let line = Interaction {
            member: member.cloned(),
            author: message.author.name.clone(),
            source: Some(Source::of(message)),
            at: message.at,
            ..line
        };
        self.log_interaction(line).await?;
        Ok(())
    }
}
