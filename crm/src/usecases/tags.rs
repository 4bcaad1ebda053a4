//! Tags: the library, and putting them on and taking them off. A name that is not there yet is
//! made, unless only known ones are wanted. What concerns many records at once (deleting and
//! merging) leaves one fact and no line on each timeline.

use chrono::Duration;
use serde_json::json;

use super::{Done, Work};
use crate::commands::{
    BringTagBack, ChangeTag, Command, CreateTag, DeleteTag, DropUnusedTag, MergeTags, TagRecords,
    UntagRecords,
};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::flows::listed;
use crate::ids::{RecordId, TagId};
use crate::lists::{Condition, Filter, Given, shortened};
use crate::permissions::{self, Action, Relation};
use crate::tags::{
    self, LIBRARY_MAX, ON_RECORD_MAX, Tag, checked_about, checked_colour, checked_name,
    is_reserved, key_of,
};
use crate::timeline::EventType;

/// How many records one command tags.
const RECORDS_MAX: usize = 200;
/// How many records' cards follow a tag that changed; the oldest ones.
const CARDS_MAX: i64 = 100;
/// How long a deleted tag can come back; longer than anything can be undone.
const SHELF_DAYS: i64 = 2;

impl Work<'_> {
    pub(super) async fn create_tag(&mut self, input: CreateTag) -> Result<Done> {
        let library = self.tx.tags().await?;
        let name = checked_name(&input.name)?;
        if let Some(tag) = tags::find(&library, &name) {
            return Err(Refusal::invalid(format!(
                "There is the tag {} already. Use it, or take another name.",
                tag.name
            ))
            .into());
        }
        let tag = self.make_tag(&library, &name, input.colour, input.about).await?;
        Ok(Done {
            said: format!("The tag {} is in the library.", tag.name),
            data: json!({ "tag": tag.id, "key": tag.key }),
            ..Done::default()
        })
    }

    /// A new tag in the library.
    pub(super) async fn make_tag(
        &mut self,
        library: &[Tag],
        name: &str,
        colour: Option<String>,
        about: Option<String>,
    ) -> Result<Tag> {
        let name = checked_name(name)?;
        let key = key_of(&name);
        self.may_use_reserved(&key)?;
        if library.len() >= LIBRARY_MAX {
            return Err(Refusal::invalid(format!(
                "The library holds {LIBRARY_MAX} tags, which is the most. Merge or delete some."
            ))
            .into());
        }
        let colour = colour.filter(|colour| !colour.trim().is_empty());
        let tag = Tag {
            id: TagId::fresh(self.env),
            name,
            key,
            colour: colour.map(|colour| checked_colour(&colour)).transpose()?,
            about: about.map(|about| checked_about(&about)).transpose()?.flatten(),
            created_at: self.now,
        };
        self.tx.put_tag(&tag).await?;
        self.tag_changed(&tag, false);
        self.inverses.push(Command::DropUnusedTag(DropUnusedTag { tag: tag.id.clone() }));
        Ok(tag)
    }

    pub(super) async fn change_tag(&mut self, input: ChangeTag) -> Result<Done> {
        let library = self.tx.tags().await?;
        let before = tags::named(&library, &input.tag)?.clone();
        let mut tag = before.clone();
        if let Some(name) = &input.name {
            tag.name = checked_name(name)?;
            tag.key = key_of(&tag.name);
            if tag.key != before.key && (is_reserved(&before.key) || is_reserved(&tag.key)) {
                return Err(Refusal::invalid(format!(
                    "{} and {} do not mean the same to Tieline, so a reserved tag is not renamed, \
                     nor another one into it. Delete it instead, and put the other one on.",
                    before.name, tag.name
                ))
                .into());
            }
            let other = library.iter().find(|other| other.key == tag.key && other.id != tag.id);
            if let Some(other) = other {
                return Err(Refusal::invalid(format!(
                    "There is the tag {} already. Merge {} into it, or take another name.",
                    other.name, before.name
                ))
                .into());
            }
        }
        if let Some(colour) = &input.colour {
            tag.colour = match colour.trim() {
                "" => None,
                colour => Some(checked_colour(colour)?),
            };
        }
        if let Some(about) = &input.about {
            tag.about = checked_about(about)?;
        }
        if tag == before {
            return Ok(Done::said(format!("{} is that already.", tag.name)));
        }
        self.tx.put_tag(&tag).await?;
        self.tag_changed(&tag, false);
        if tag.key != before.key {
            self.rename_in_filters(&before.key, &tag.key).await?;
        }
        if tag.name != before.name {
            self.cards_of_tag_changed(&tag.id).await?;
        }
        self.inverses.push(Command::ChangeTag(ChangeTag {
            tag: tag.id.to_string(),
            name: Some(before.name.clone()),
            colour: Some(before.colour.unwrap_or_default()),
            about: Some(before.about.unwrap_or_default()),
        }));
        let said = match before.name == tag.name {
            true => format!("The tag {} was changed.", tag.name),
            false => format!("The tag {} is called {} now.", before.name, tag.name),
        };
        Ok(Done { said, data: json!({ "tag": tag.id, "key": tag.key }), ..Done::default() })
    }

    pub(super) async fn delete_tag(&mut self, input: DeleteTag) -> Result<Done> {
        let library = self.tx.tags().await?;
        let tag = tags::named(&library, &input.tag)?.clone();
        let segments = self.tx.segments().await?;
        let asks = |condition: &Condition| *condition == Condition::Tag(tag.id.clone());
        let asking = segments.iter().filter(|one| one.asks(&asks)).map(|one| one.name.as_str());
        let asking = asking.collect::<Vec<_>>();
        if !asking.is_empty() {
            return Err(Refusal::invalid(format!(
                "{} asks for the tag {}. Change its filter first, or merge the tag into another.",
                listed(&asking),
                tag.name
            ))
            .into());
        }
        self.cards_of_tag_changed(&tag.id).await?;
        self.shelve(&tag, None).await?;
        self.inverses.push(Command::BringTagBack(BringTagBack {
            tag: tag.clone(),
            instead: None,
            gone_at: self.now,
            segments: Vec::new(),
        }));
        self.refill_asking(&|condition| *condition == Condition::HasTag, "tag").await?;
        Ok(Done::said(format!("The tag {} is gone from the library and all records.", tag.name)))
    }

    pub(super) async fn merge_tags(&mut self, input: MergeTags) -> Result<Done> {
        let library = self.tx.tags().await?;
        let from = tags::named(&library, &input.from)?.clone();
        let into = tags::named(&library, &input.into)?.clone();
        if from.id == into.id {
            return Err(Refusal::invalid(format!(
                "{} cannot be merged into itself. Name another tag.",
                from.name
            ))
            .into());
        }
        if is_reserved(&from.key) || is_reserved(&into.key) {
            return Err(Refusal::invalid(
                "A reserved tag means something to Tieline, so it is not merged. Delete it \
                 instead, or put it on each record.",
            )
            .into());
        }
        let segments = self.tx.segments().await?;
        let asks = |condition: &Condition| *condition == Condition::Tag(from.id.clone());
        let followed = segments.into_iter().filter(|one| one.asks(&asks)).collect();
        self.cards_of_tag_changed(&from.id).await?;
        self.shelve(&from, Some(&into.id)).await?;
        self.facts.push(FactBody::TagsMerged { from: from.id.clone(), into: into.id.clone() });
        self.rename_in_filters(&from.key, &into.key).await?;
        self.read_filters_anew(&|segment| segment.asks(&asks), "tag").await?;
        let both = |condition: &Condition| {
            *condition == Condition::Tag(into.id.clone()) || asks(condition)
        };
        self.refill_asking(&both, "tag").await?;
        self.inverses.push(Command::BringTagBack(BringTagBack {
            tag: from.clone(),
            instead: Some(into.id.clone()),
            gone_at: self.now,
            segments: followed,
        }));
        Ok(Done {
            said: format!("What was tagged {} is tagged {} now.", from.name, into.name),
            data: json!({ "tag": into.id, "key": into.key }),
            ..Done::default()
        })
    }

    /// Undoes a deletion or a merge.
    pub(super) async fn bring_tag_back(&mut self, input: BringTagBack) -> Result<Done> {
        let BringTagBack { tag, instead, gone_at, segments } = input;
        let library = self.tx.tags().await?;
        if self.tx.tag(&tag.id).await?.and_then(|(_, gone)| gone) != Some(gone_at) {
            return Err(Refusal::gone(format!("The tag {} is there already.", tag.name)).into());
        }
        if let Some(other) = tags::find(&library, &tag.name) {
            return Err(Refusal::invalid(format!(
                "There is another tag {} now. Rename that one first.",
                other.name
            ))
            .into());
        }
        self.tx.put_tag(&tag).await?;
        let there = instead.as_ref().filter(|id| library.iter().any(|tag| tag.id == **id));
        self.tx.unshelve_tag(&tag.id, there).await?;
        self.tag_changed(&tag, false);
        let now = self.tx.segments().await?;
        for was in segments {
            let followed = |condition: &Condition| match condition {
                Condition::Tag(id) => Some(id) == instead.as_ref(),
                _ => false,
            };
            let now = now.iter().find(|one| one.id == was.id && one.asks(&followed));
            if let Some(mut segment) = now.cloned() {
                segment.follows = was.follows;
                self.tx.put_segment(&segment).await?;
            }
        }
        // Other words of their filters may mean something else by now.
        let back = |condition: &Condition| *condition == Condition::Tag(tag.id.clone());
        self.read_filters_anew(&|segment| segment.asks(&back), "tag").await?;
        let asks = |condition: &Condition| match condition {
            Condition::Tag(id) => *id == tag.id || Some(id) == instead.as_ref(),
            Condition::HasTag => true,
            _ => false,
        };
        self.refill_asking(&asks, "tag").await?;
        self.cards_of_tag_changed(&tag.id).await?;
        Ok(Done::said(format!("The tag {} is back.", tag.name)))
    }

    /// Undoes making a tag, unless it is in use by now.
    pub(super) async fn drop_unused_tag(&mut self, input: DropUnusedTag) -> Result<Done> {
        let Some((tag, None)) = self.tx.tag(&input.tag).await? else { return Ok(Done::default()) };
        let segments = self.tx.segments().await?;
        let asks = |condition: &Condition| *condition == Condition::Tag(tag.id.clone());
        let in_use = !self.tx.tagged(&tag.id, 1).await?.is_empty()
            || segments.iter().any(|segment| segment.asks(&asks));
        if in_use {
            return Ok(Done::said(format!("The tag {} is in use by now, so it stays.", tag.name)));
        }
        self.shelve(&tag, None).await?;
        Ok(Done::said(format!("The tag {} is gone from the library.", tag.name)))
    }

    pub(super) async fn tag_records(&mut self, input: TagRecords) -> Result<Done> {
        few_enough(&input.records)?;
        let mut library = self.tx.tags().await?;
        let mut wanted: Vec<Tag> = Vec::new();
        for given in input.tags.iter().filter(|given| !given.trim().is_empty()) {
            let tag = match tags::find(&library, given) {
                Some(tag) => tag.clone(),
                None if input.known_only || given.trim().parse::<TagId>().is_ok() => {
                    tags::named(&library, given)?.clone()
                }
                None => {
                    let tag = self.make_tag(&library, given, None, None).await?;
                    library.push(tag.clone());
                    tag
                }
            };
            self.may_use_reserved(&tag.key)?;
            if !wanted.iter().any(|known| known.id == tag.id) {
                wanted.push(tag);
            }
        }
        if wanted.is_empty() {
            return Err(Refusal::invalid("Name at least one tag, like vip.").into());
        }
        let mut done = Done::default();
        for id in &input.records {
            let record = self.live_record(id).await?;
            self.may(Action::Change, &record)?;
            let before = self.tx.tags_of(std::slice::from_ref(id)).await?.remove(id);
            let before = before.unwrap_or_default();
            let new = wanted.iter().filter(|tag| !before.iter().any(|had| had.id == tag.id));
            let new = new.cloned().collect::<Vec<_>>();
            done.records.push(record.id.clone());
            let names = |tags: &[Tag]| listed(&tags.iter().map(|t| &t.name).collect::<Vec<_>>());
            if new.is_empty() {
                add_line(&mut done, format!("{} has {} already.", record.title, names(&wanted)));
                continue;
            }
            if before.len() + new.len() > ON_RECORD_MAX {
                return Err(Refusal::invalid(format!(
                    "{} would have more than {ON_RECORD_MAX} tags. Take some off first.",
                    record.title
                ))
                .into());
            }
            for tag in &new {
                self.tx.tag_record(id, &tag.id, self.now).await?;
                self.facts.push(FactBody::TagAdded {
                    record: id.clone(),
                    tag: tag.id.clone(),
                    key: tag.key.clone(),
                });
            }
            let said = format!("{} tagged {} {}", self.actor_name(), record.title, names(&new));
            let keys = new.iter().map(|tag| tag.key.as_str()).collect::<Vec<_>>();
            let data = json!({ "tags": keys });
            self.log_event(id, EventType::TagAdded, said.clone(), data).await?;
            self.inverses.push(Command::UntagRecords(UntagRecords {
                records: vec![id.clone()],
                tags: new.iter().map(|tag| tag.id.to_string()).collect(),
            }));
            self.card_changed(id, None, false);
            add_line(&mut done, format!("{said}."));
        }
        done.data = json!({ "tags": wanted.iter().map(|tag| &tag.id).collect::<Vec<_>>() });
        Ok(done)
    }

    pub(super) async fn untag_records(&mut self, input: UntagRecords) -> Result<Done> {
        few_enough(&input.records)?;
        let library = self.tx.tags().await?;
        let mut wanted: Vec<&Tag> = Vec::new();
        for given in input.tags.iter().filter(|given| !given.trim().is_empty()) {
            // What undoes tagging names tags that may be gone by now, and then nothing has them.
            if given.parse::<TagId>().is_ok() && tags::find(&library, given).is_none() {
                continue;
            }
            let tag = tags::named(&library, given)?;
            self.may_use_reserved(&tag.key)?;
            wanted.push(tag);
        }
        if wanted.is_empty() && input.tags.iter().all(|given| given.trim().is_empty()) {
            return Err(Refusal::invalid("Name at least one tag, like vip.").into());
        }
        let mut done = Done::default();
        for id in &input.records {
            let record = self.live_record(id).await?;
            self.may(Action::Change, &record)?;
            done.records.push(record.id.clone());
            let mut gone: Vec<&Tag> = Vec::new();
            for tag in &wanted {
                if self.tx.untag_record(id, &tag.id).await? {
                    self.facts.push(FactBody::TagRemoved {
                        record: id.clone(),
                        tag: tag.id.clone(),
                        key: tag.key.clone(),
                    });
                    gone.push(tag);
                }
            }
            let names = |tags: &[&Tag]| listed(&tags.iter().map(|t| &t.name).collect::<Vec<_>>());
            if gone.is_empty() {
                add_line(&mut done, format!("{} has no tag {}.", record.title, names(&wanted)));
                continue;
            }
            let said = format!("{} took {} off {}", self.actor_name(), names(&gone), record.title);
            let keys = gone.iter().map(|tag| tag.key.as_str()).collect::<Vec<_>>();
            let data = json!({ "tags": keys });
            self.log_event(id, EventType::TagRemoved, said.clone(), data).await?;
            self.inverses.push(Command::TagRecords(TagRecords {
                records: vec![id.clone()],
                tags: gone.iter().map(|tag| tag.id.to_string()).collect(),
                known_only: true,
            }));
            self.card_changed(id, None, false);
            add_line(&mut done, format!("{said}."));
        }
        Ok(done)
    }

    /// Reserved tags say what Tieline may do, which is an administrator's to say.
    pub(super) fn may_use_reserved(&self, key: &str) -> Result<(), Refusal> {
        let may = permissions::allowed(self.part, Action::Administer, Relation::None);
        if !is_reserved(key) || may {
            return Ok(());
        }
        Err(Refusal::forbidden(format!(
            "{key} says what I may do by myself, so only administrators put it on and take it \
             off. Ask one of yours."
        )))
    }

    async fn shelve(&mut self, tag: &Tag, instead: Option<&TagId>) -> Result<()> {
        let forget = self.now - Duration::days(SHELF_DAYS);
        self.tx.shelve_tag(&tag.id, instead, self.now, forget).await?;
        self.tag_changed(tag, true);
        Ok(())
    }

    fn tag_changed(&mut self, tag: &Tag, deleted: bool) {
        let (tag, name) = (tag.id.clone(), tag.name.clone());
        self.facts.push(FactBody::TagChanged { tag, name, deleted });
    }

    async fn cards_of_tag_changed(&mut self, tag: &TagId) -> Result<()> {
        for record in self.tx.tagged(tag, CARDS_MAX).await? {
            self.card_changed(&record, None, false);
        }
        Ok(())
    }

    /// Writes another tag where the filters of segments and views name one.
    async fn rename_in_filters(&mut self, from: &str, to: &str) -> Result<()> {
        for mut segment in self.tx.segments().await? {
            if let Some(follows) = &mut segment.follows
                && let Some(filter) = with_tag(&follows.filter, from, to)
            {
                follows.filter = filter;
                self.tx.put_segment(&segment).await?;
            }
        }
        for mut view in self.tx.views().await? {
            if let Some(filter) = with_tag(&view.filter, from, to) {
                view.filter = filter;
                self.tx.put_view(&view).await?;
            }
        }
        Ok(())
    }
}

/// A filter with another tag in the place of one; none when it does not name it.
fn with_tag(text: &str, from: &str, to: &str) -> Option<String> {
    let filter = Filter::parse(text).ok()?;
    let renamed = filter.with_terms(&|term| {
        let mut term = term.clone();
        if crate::folding::fold(&term.column) == "tag" {
            for value in &mut term.values {
                if let Given::One(given) = value
                    && key_of(given) == from
                {
                    *value = Given::One(to.to_owned());
                }
            }
        }
        term
    });
    (renamed != filter).then(|| renamed.to_string())
}

fn few_enough(records: &[RecordId]) -> Result<(), Refusal> {
    if (1..=RECORDS_MAX).contains(&records.len()) {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "One command tags 1 to {RECORDS_MAX} records, not {}. Send them in parts.",
        shortened(&records.len().to_string())
    )))
}

fn add_line(done: &mut Done, line: String) {
    if !done.said.is_empty() {
        done.said.push('\n');
    }
    done.said.push_str(&line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_tag_is_renamed_in_filters_and_nowhere_else() {
        let renamed = |text: &str| with_tag(text, "key-account", "vip");
        assert_eq!(
            renamed("tag:(\"Key Account\"|hot) -tag:key_account title:key-account").as_deref(),
            Some("tag:(vip|hot) -tag:vip title:key-account")
        );
        assert_eq!(renamed("owner:me key-account"), None);
        assert_eq!(renamed("tag:("), None);
    }
}
