//! Whom a name means that several share, or that is only a part of one: told by what else the
//! message names, by what the place spoke of before, and by whose records they are. Nobody is
//! guessed: where nothing decides, it is asked, once.

use chrono::Duration;

use super::Work;
use crate::chat::{Author, Place};
use crate::errors::Result;
use crate::ids::MemberId;
use crate::interactions::TimelineFilter;
use crate::posts::CHOICE_DAYS;
use crate::records::Record;

/// For how long a place remembers whom it spoke of.
const REMEMBERED_DAYS: i64 = 14;
/// How many of a record's newest lines are looked through for the place.
const LINES_MAX: i64 = 40;

/// What stands around a name.
pub(super) struct Around {
    /// Where it was said.
    pub(super) place: Place,
    /// By whom, as the network says.
    pub(super) author: Author,
    /// The member who said it.
    pub(super) member: Option<MemberId>,
    /// What else the message names, without doubt.
    pub(super) clear: Vec<Record>,
    /// What the room is about.
    pub(super) room: Option<Record>,
}

impl Work<'_> {
    /// The one of these that is meant, and why in words.
    pub(super) async fn decided(
        &mut self,
        candidates: &[Record],
        around: &Around,
    ) -> Result<Option<(Record, String)>> {
        let mut others = Vec::new();
        for record in candidates {
            // People seldom speak of themselves by name.
            if !self.is_author(record, &around.author).await? {
                others.push(record);
            }
        }
        if let Some(about) = &around.room
            && let Some(record) = self.of_room(&others, about).await?
        {
            let why = format!("it has to do with {}, which this room is about", about.title);
            return Ok(Some((record, why)));
        }
        let mut named_along = Vec::new();
        for record in &others {
            for link in self.tx.links(&record.id).await? {
                let other = if link.from == record.id { &link.to } else { &link.from };
                if let Some(known) = around.clear.iter().find(|clear| clear.id == *other) {
                    named_along.push((*record, known));
                    break;
                }
            }
        }
        if let [(record, known)] = named_along.as_slice() {
            let why = format!("{} is linked to {}, named here too", record.title, known.title);
            return Ok(Some(((*record).clone(), why)));
        }
        let since = self.now - Duration::days(REMEMBERED_DAYS);
        let mut recent = Vec::new();
        for record in &others {
            let filter = TimelineFilter { limit: LINES_MAX, ..TimelineFilter::default() };
            let lines = self.tx.timeline(&record.id, &filter).await?;
            let here = lines.into_iter().find(|line| {
                line.at >= since && line.source.as_ref().is_some_and(|s| s.place == around.place)
            });
            recent.extend(here.map(|line| (line.at, *record)));
        }
        recent.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let is_latest = match recent.as_slice() {
            [] => false,
            [_] => true,
            [first, second, ..] => first.0 > second.0,
        };
        if let Some((_, record)) = recent.first().filter(|_| is_latest) {
            let why = format!("{} was spoken of here last", record.title);
            return Ok(Some(((*record).clone(), why)));
        }
        if recent.is_empty() {
            // Somebody said who is meant, by asking for the card.
            let mut shown = Vec::new();
            for record in &others {
                if self.tx.card_shown_since(&around.place, &record.id, since).await? {
                    shown.push(*record);
                }
            }
            if let [only] = shown.as_slice() {
                let why = format!("the card of {} was shown here", only.title);
                return Ok(Some(((*only).clone(), why)));
            }
        }
        let is_own = |record: &&&Record| around.member.is_some() && record.owner == around.member;
        let mut own = others.iter().filter(is_own);
        if let (Some(only), None) = (own.next(), own.next())
            && others.len() > 1
        {
            let why = format!("{} is yours", only.title);
            return Ok(Some(((*only).clone(), why)));
        }
        Ok(None)
    }

    /// The one of these that is what a room is about, or is linked to it.
    async fn of_room(&mut self, others: &[&Record], about: &Record) -> Result<Option<Record>> {
        if let Some(itself) = others.iter().find(|record| record.id == about.id) {
            return Ok(Some((*itself).clone()));
        }
        let mut linked = Vec::new();
        for link in self.tx.links(&about.id).await? {
            linked.push(if link.from == about.id { link.to } else { link.from });
        }
        let mut found = others.iter().filter(|record| linked.contains(&record.id));
        Ok(found.next().filter(|_| found.next().is_none()).map(|record| (*record).clone()))
    }

    /// Whether a record is whoever speaks.
    async fn is_author(&mut self, record: &Record, author: &Author) -> Result<bool> {
        let identities = self.tx.identities(&record.id).await?;
        Ok(identities.iter().any(|identity| {
            identity.kind.as_str() == author.network
                && (identity.stable_id.as_deref() == Some(author.id.as_str())
                    || identity.value == author.id)
        }))
    }

    /// Whether the question who is meant by a name still stands in a place.
    pub(super) async fn asked_already(&mut self, place: &Place, name: &str) -> Result<bool> {
        let since = self.now - Duration::days(CHOICE_DAYS);
        Ok(self.tx.asked_since(place, name, since).await?)
    }
}
