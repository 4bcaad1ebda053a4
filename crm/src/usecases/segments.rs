//! Segments: making, changing and deleting them, filling static ones by hand, and keeping dynamic
//! ones. After each command the records that its facts name are looked at once more, in the same
//! transaction: what belongs to a segment joins it, and what does not leaves it. A new filter is
//! followed by a job; so is time.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{Done, Work};
use crate::commands::{
    BringSegmentBack, ChangeSegment, Command, CreateSegment, DeleteSegment, FollowClock,
    JoinSegment, LeaveSegment,
};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::flows::{key_of, listed};
use crate::ids::{RecordId, SegmentId};
use crate::jobs::{Job, JobSpec, JobStatus};
use crate::lists::{Audience, Condition, Cursor, Known, List, PAGE_MAX, Seen};
use crate::permissions::{self, Action, Relation};
use crate::records::Record;
use crate::segments::{self, BY_HAND_MAX, Follows, NAME_CHARS_MAX, SEGMENTS_MAX, Segment};
use crate::tags::checked_about;
use crate::timeline::EventType;

/// A static segment that held more comes back empty when its deletion is undone, so it is not.
const REMEMBERED_MAX: i64 = 5_000;
/// Where a job that fills a segment looks for those who join.
const JOINING: &str = "join:";
/// Where it looks for those who leave, which comes first.
const LEAVING: &str = "leave:";

impl Work<'_> {
    pub(super) async fn create_segment(&mut self, input: CreateSegment) -> Result<Done> {
        let there = self.tx.segments().await?;
        let name = checked_name(&input.name, &there, None)?;
        if there.len() >= SEGMENTS_MAX {
            return Err(Refusal::invalid(format!(
                "There are {SEGMENTS_MAX} segments, which is the most. Delete some."
            ))
            .into());
        }
        let key = key_of(&name, |key| there.iter().any(|one| one.key == key));
        let mut segment = Segment {
            id: SegmentId::fresh(self.env),
            key,
            name,
            about: input.about.map(|about| checked_about(&about)).transpose()?.flatten(),
            owner: self.member.as_ref().map(|member| member.id.clone()),
            private: false,
            created_at: self.now,
            follows: None,
        };
        let mut done =
            Done::said(format!("The segment {} is ready. Put records in by hand.", segment.name));
        match (input.blueprint, input.filter) {
            (None, None) => {}
            (Some(blueprint), Some(filter)) => {
                let blueprint = self.blueprint_called(&blueprint).await?;
                let id = super::blueprints::stored_id(&blueprint)?;
                let known = self.known().await?;
                let (follows, private) = Follows::read(&known, &id, &filter)?;
                segment.follows = Some(follows);
                segment.private = private;
                done = self.fill(&segment, "made").await?;
                done.said = format!("The segment {} is being filled.", segment.name);
            }
            (Some(_), None) => {
                return Err(Refusal::invalid(
                    "A segment with a blueprint is filled by a filter. Give one, like value>10000, \
                     or leave the blueprint out to fill it by hand.",
                )
                .into());
            }
            (None, Some(_)) => {
                return Err(Refusal::invalid(
                    "A filter needs the blueprint whose records it chooses, like deal. Name it.",
                )
                .into());
            }
        }
        self.tx.put_segment(&segment).await?;
        self.segment_changed(&segment, false);
        self.inverses
            .push(Command::DeleteSegment(DeleteSegment { segment: segment.id.to_string() }));
        Ok(with_segment(done, &segment))
    }

    pub(super) async fn change_segment(&mut self, input: ChangeSegment) -> Result<Done> {
        let there = self.tx.segments().await?;
        let before = segments::named(&there, &input.segment)?.clone();
        self.may_shape_segment(&before)?;
        let mut segment = before.clone();
        if let Some(name) = &input.name {
            segment.name = checked_name(name, &there, Some(&before.id))?;
        }
        if let Some(about) = &input.about {
            segment.about = checked_about(about)?;
        }
        if let Some(owner) = input.owner.clone() {
            let member = self.tx.member(&owner).await?.filter(|member| member.active);
            member.ok_or_else(|| Refusal::not_found("There is no such member here."))?;
            segment.owner = Some(owner);
        }
        let mut done = Done::default();
        if let Some(filter) = &input.filter {
            let Some(follows) = &segment.follows else {
                return Err(Refusal::invalid(format!(
                    "{} is filled by hand, so it takes no filter. Make another segment with one.",
                    segment.name
                ))
                .into());
            };
            let known = self.known().await?;
            let (follows, private) = Follows::read(&known, &follows.blueprint, filter)?;
            segment.follows = Some(follows);
            segment.private = private;
            done = self.fill(&segment, "filter").await?;
        }
        if segment == before {
            return Ok(with_segment(
                Done::said(format!("{} is that already.", before.name)),
                &before,
            ));
        }
        self.tx.put_segment(&segment).await?;
        self.segment_changed(&segment, false);
        self.inverses.push(Command::ChangeSegment(ChangeSegment {
            segment: segment.id.to_string(),
            name: Some(before.name.clone()),
            about: Some(before.about.unwrap_or_default()),
            filter: input.filter.and(before.follows.map(|follows| follows.filter)),
            owner: input.owner.and(before.owner),
        }));
        done.said = format!("The segment {} was changed.", segment.name);
        Ok(with_segment(done, &segment))
    }

    pub(super) async fn delete_segment(&mut self, input: DeleteSegment) -> Result<Done> {
        let there = self.tx.segments().await?;
        let segment = segments::named(&there, &input.segment)?.clone();
        self.may_shape_segment(&segment)?;
        let asks = |condition: &Condition| *condition == Condition::Segment(segment.id.clone());
        let asking = there.iter().filter(|one| one.asks(&asks)).map(|one| one.name.as_str());
        let asking = asking.collect::<Vec<_>>();
        if !asking.is_empty() {
            return Err(Refusal::invalid(format!(
                "{} asks for the segment {}. Change its filter first.",
                listed(&asking),
                segment.name
            ))
            .into());
        }
        self.stop_filling(&segment.id).await?;
        let records = match segment.follows {
            Some(_) => Some(Vec::new()),
            None => {
                let held = self.tx.segment_members(&segment.id, None, REMEMBERED_MAX + 1).await?;
                i64::try_from(held.len()).is_ok_and(|held| held <= REMEMBERED_MAX).then_some(held)
            }
        };
        self.tx.delete_segment(&segment.id).await?;
        self.segment_changed(&segment, true);
        let mut said = format!("The segment {} is gone. Its records stay.", segment.name);
        match records {
            Some(records) => {
                let segment = segment.clone();
                self.inverses
                    .push(Command::BringSegmentBack(BringSegmentBack { segment, records }));
            }
            None => said.push_str(" It held too many to be brought back."),
        }
        Ok(Done::said(said))
    }

    /// Undoes a deletion.
    pub(super) async fn bring_segment_back(&mut self, input: BringSegmentBack) -> Result<Done> {
        let BringSegmentBack { segment, records } = input;
        let there = self.tx.segments().await?;
        if there.iter().any(|one| one.id == segment.id || one.key == segment.key) {
            return Err(Refusal::gone(format!(
                "There is a segment {} already, so this one stays gone.",
                segment.name
            ))
            .into());
        }
        self.may_shape_segment(&segment)?;
        let mut done = Done::default();
        if segment.follows.is_some() {
            done = self.fill(&segment, "made").await?;
        }
        self.tx.put_segment(&segment).await?;
        self.segment_changed(&segment, false);
        for id in records {
            if self.tx.record(&id).await?.is_some() {
                self.tx.join_segment(&segment.id, &id, self.now).await?;
            }
        }
        done.said = format!("The segment {} is back.", segment.name);
        Ok(with_segment(done, &segment))
    }

    pub(super) async fn join_segment(&mut self, input: JoinSegment) -> Result<Done> {
        let segment = self.filled_by_hand(&input.segment, &input.records).await?;
        let mut done = Done::default();
        let mut joined = Vec::new();
        for id in &input.records {
            let record = self.live_record(id).await?;
            self.may(Action::Change, &record)?;
            done.records.push(record.id.clone());
            if self.joins(&record, &segment, "by_hand").await? {
                joined.push(record);
            }
        }
        done.said = match joined.as_slice() {
            [] => format!("They are in {} already.", segment.name),
            [one] => format!("{} is in {} now.", one.title, segment.name),
            several => format!("{} records are in {} now.", several.len(), segment.name),
        };
        if !joined.is_empty() {
            self.inverses.push(Command::LeaveSegment(LeaveSegment {
                segment: segment.id.to_string(),
                records: joined.into_iter().map(|record| record.id).collect(),
            }));
        }
        Ok(done)
    }

    pub(super) async fn leave_segment(&mut self, input: LeaveSegment) -> Result<Done> {
        let segment = self.filled_by_hand(&input.segment, &input.records).await?;
        let mut done = Done::default();
        let mut left = Vec::new();
        for id in &input.records {
            let record = self.live_record(id).await?;
            self.may(Action::Change, &record)?;
            done.records.push(record.id.clone());
            if self.leaves(&record, &segment, "by_hand").await? {
                left.push(record);
            }
        }
        done.said = match left.as_slice() {
            [] => format!("They are not in {}.", segment.name),
            [one] => format!("{} is no longer in {}.", one.title, segment.name),
            several => format!("{} records are no longer in {}.", several.len(), segment.name),
        };
        if !left.is_empty() {
            self.inverses.push(Command::JoinSegment(JoinSegment {
                segment: segment.id.to_string(),
                records: left.into_iter().map(|record| record.id).collect(),
            }));
        }
        Ok(done)
    }

    /// Reads filters anew that time has changed.
    pub(super) async fn follow_clock(&mut self, input: FollowClock) -> Result<Done> {
        let now = self.now;
        let due = |segment: &Segment| segment.is_due(now) && input.segments.contains(&segment.id);
        self.read_filters_anew(&due, "time").await?;
        Ok(Done::default())
    }

    async fn filled_by_hand(&mut self, given: &str, records: &[RecordId]) -> Result<Segment> {
        let there = self.tx.segments().await?;
        let segment = segments::named(&there, given)?.clone();
        if let Some(follows) = &segment.follows {
            return Err(Refusal::invalid(format!(
                "{} is filled by its filter ({}), not by hand. Change the record or the filter.",
                segment.name, follows.filter
            ))
            .into());
        }
        if !(1..=BY_HAND_MAX).contains(&records.len()) {
            return Err(Refusal::invalid(format!(
                "One command puts in or takes out 1 to {BY_HAND_MAX} records, not {}. Send them in \
                 parts.",
                records.len()
            ))
            .into());
        }
        Ok(segment)
    }

    /// Asks whether the segment may be changed by whoever asks.
    fn may_shape_segment(&self, segment: &Segment) -> Result<(), Refusal> {
        let me = self.member.as_ref().map(|member| &member.id);
        let relation = match &segment.owner {
            Some(owner) if me == Some(owner) => Relation::Own,
            _ => Relation::Other,
        };
        match permissions::allowed(self.part, Action::ShapeSegment, relation) {
            true => Ok(()),
            false => Err(permissions::refusal(self.part, Action::ShapeSegment, relation)),
        }
    }

    fn segment_changed(&mut self, segment: &Segment, deleted: bool) {
        let (segment, key) = (segment.id.clone(), segment.key.clone());
        self.facts.push(FactBody::SegmentChanged { segment, key, deleted });
    }

    /// What filters mean here and now.
    pub(super) async fn known(&mut self) -> Result<Known> {
        let me = self.member.as_ref().map(|member| member.id.clone());
        Ok(Known::read(self.tx.as_mut(), me, self.now, Audience::Member).await?)
    }

    /// Brings a dynamic segment up to its filter, in the background.
    async fn fill(&mut self, segment: &Segment, why: &str) -> Result<Done> {
        let Some(follows) = &segment.follows else { return Ok(Done::default()) };
        self.stop_filling(&segment.id).await?;
        let spec = JobSpec::FillSegment {
            blueprint: follows.blueprint.clone(),
            segment: segment.id.clone(),
            why: why.to_owned(),
        };
        self.begin_job(spec, String::new()).await
    }

    async fn stop_filling(&mut self, id: &SegmentId) -> Result<()> {
        for mut job in self.tx.open_jobs().await? {
            if matches!(&job.spec, JobSpec::FillSegment { segment, .. } if segment == id) {
                self.end_job(&mut job, JobStatus::Cancelled).await?;
            }
        }
        Ok(())
    }

    /// Fills the dynamic segments anew whose filters ask for something.
    pub(super) async fn refill_asking(
        &mut self,
        what: &(dyn Fn(&Condition) -> bool + Sync),
        why: &str,
    ) -> Result<()> {
        for segment in self.tx.segments().await? {
            if segment.asks(what) {
                self.fill(&segment, why).await?;
            }
        }
        Ok(())
    }

    /// Reads the filters of dynamic segments anew, and follows those that mean something else
    /// now. One that is no longer understood goes on as it was, and says why.
    pub(super) async fn read_filters_anew(
        &mut self,
        which: &(dyn Fn(&Segment) -> bool + Sync),
        why: &str,
    ) -> Result<()> {
        let known = self.known().await?;
        for segment in known.segments.iter().filter(|segment| which(segment)) {
            let Some(before) = &segment.follows else { continue };
            let mut next = segment.clone();
            match Follows::read(&known, &before.blueprint, &before.filter) {
                Ok((follows, private)) => {
                    next.private = private;
                    next.follows = Some(follows);
                }
                Err(refusal) => {
                    let problem = Some(refusal.message);
                    next.follows = Some(Follows { problem, ..before.clone() });
                }
            }
            let after = next.follows.as_ref().unwrap_or(before);
            let moved = after.condition != before.condition;
            let told = (after.by_clock, &after.problem) == (before.by_clock, &before.problem);
            if !moved && told && next.private == segment.private {
                continue;
            }
            self.tx.put_segment(&next).await?;
            if after.problem != before.problem {
                self.segment_changed(&next, false);
            }
            if moved {
                self.fill(&next, why).await?;
            }
        }
        Ok(())
    }

    /// Keeps dynamic segments: looks once more at each record that a fact of this command names,
    /// and at the filters when what they are read with has changed.
    pub(crate) async fn keep_segments(&mut self) -> Result<()> {
        let mut touched: BTreeMap<RecordId, &'static str> = BTreeMap::new();
        for fact in &self.facts {
            for record in named_by(fact) {
                touched.entry(record.clone()).or_insert(why(fact));
            }
        }
        let words_changed = self.facts.iter().any(changes_words);
        if touched.is_empty() && !words_changed {
            return Ok(());
        }
        let mut all = self.tx.segments().await?;
        all.retain(|segment| segment.follows.is_some());
        if all.is_empty() {
            return Ok(());
        }
        if words_changed {
            self.read_filters_anew(&|segment| segment.follows.is_some(), "filter").await?;
            all = self.tx.segments().await?;
        }
        let products = self.tx.products().await?;
        for (id, why) in touched {
            let Some(record) = self.tx.record(&id).await? else { continue };
            let follow = all.iter().filter_map(|segment| {
                Some((segment, segment.follows_records_of(&record.blueprint)?))
            });
            let follow = follow.collect::<Vec<_>>();
            if follow.is_empty() {
                continue;
            }
            let version = record.blueprint_version;
            let Some(blueprint) = self.tx.blueprint(&record.blueprint, version).await? else {
                continue;
            };
            let identities = self.tx.identities(&id).await?;
            let tags = self.tx.tags_of(std::slice::from_ref(&id)).await?.remove(&id);
            let tags = tags.unwrap_or_default().into_iter().map(|tag| tag.id).collect::<Vec<_>>();
            let inside = self.tx.segments_of(&id).await?;
            let seen = Seen::new(&record, &blueprint, &identities).tagged(&tags);
            let scores = self.tx.scores(&id).await?.into_iter().filter_map(|score| {
                let of = products.iter().find(|product| product.id == score.product)?;
                Some((of.key.clone(), score))
            });
            let seen = seen.in_segments(&inside).with_scores(&scores.collect::<Vec<_>>());
            for (segment, follows) in follow {
                match (follows.holds(&seen), inside.contains(&segment.id)) {
                    (true, false) => self.joins(&record, segment, why).await?,
                    (false, true) => self.leaves(&record, segment, why).await?,
                    _ => continue,
                };
            }
        }
        Ok(())
    }

    /// Does the next part of filling a segment: first those who leave, then those who join.
    pub(super) async fn fill_segment(
        &mut self,
        mut job: Job,
        id: &SegmentId,
        why: &str,
    ) -> Result<Done> {
        let all = self.tx.segments().await?;
        let segment = all.iter().find(|segment| segment.id == *id);
        let Some((segment, follows)) = segment.and_then(|one| Some((one, one.follows.as_ref()?)))
        else {
            self.end_job(&mut job, JobStatus::Done).await?;
            return Ok(Done::default());
        };
        let cursor = job.cursor.clone().unwrap_or_else(|| LEAVING.to_owned());
        let joining = cursor.strip_prefix(JOINING);
        let after = joining.or(cursor.strip_prefix(LEAVING)).filter(|after| !after.is_empty());
        let after = after.and_then(|after| after.parse::<Cursor>().ok());
        let (inside, fits) = (Condition::Segment(id.clone()), follows.condition.clone());
        let condition = Condition::Every(match joining {
            Some(_) => vec![fits, Condition::Not(Box::new(inside))],
            None => vec![inside, Condition::Not(Box::new(fits))],
        });
        let page = self.tx.list(&List { after, ..List::newest(condition, PAGE_MAX) }).await?;
        let mut moved = 0_i64;
        for record in &page.records {
            moved += i64::from(match joining {
                Some(_) => self.joins(record, segment, why).await?,
                None => self.leaves(record, segment, why).await?,
            });
        }
        let told = if joining.is_some() { "joined" } else { "left" };
        let before = job.report[told].as_i64().unwrap_or_default();
        if !job.report.is_object() {
            job.report = json!({ "joined": 0, "left": 0 });
        }
        job.report[told] = json!(before + moved);
        job.done += i64::try_from(page.records.len()).unwrap_or_default();
        job.updated_at = self.now;
        let phase = if joining.is_some() { JOINING } else { LEAVING };
        job.cursor = Some(match (page.next, joining) {
            (Some(next), _) => format!("{phase}{next}"),
            (None, None) => JOINING.to_owned(),
            (None, Some(_)) => {
                self.end_job(&mut job, JobStatus::Done).await?;
                return Ok(Done::default());
            }
        });
        self.tx.update_job(&job).await?;
        Ok(Done::default())
    }

    /// Puts a record into a segment, once, and tells of it.
    pub(super) async fn joins(
        &mut self,
        record: &Record,
        segment: &Segment,
        why: &str,
    ) -> Result<bool> {
        if !self.tx.join_segment(&segment.id, &record.id, self.now).await? {
            return Ok(false);
        }
        self.facts.push(FactBody::SegmentJoined {
            record: record.id.clone(),
            segment: segment.id.clone(),
            key: segment.key.clone(),
            why: why.to_owned(),
        });
        let summary = format!("{} joined the segment {}", record.title, segment.name);
        self.tell_of_segment(record, segment, summary, EventType::SegmentJoined, why).await?;
        Ok(true)
    }

    /// Takes a record out of a segment, once, and tells of it.
    pub(super) async fn leaves(
        &mut self,
        record: &Record,
        segment: &Segment,
        why: &str,
    ) -> Result<bool> {
        if !self.tx.leave_segment(&segment.id, &record.id).await? {
            return Ok(false);
        }
        self.facts.push(FactBody::SegmentLeft {
            record: record.id.clone(),
            segment: segment.id.clone(),
            key: segment.key.clone(),
            why: why.to_owned(),
        });
        let summary = format!("{} left the segment {}", record.title, segment.name);
        self.tell_of_segment(record, segment, summary, EventType::SegmentLeft, why).await?;
        Ok(true)
    }

    /// Adds a line to a timeline. It is no touch, or filters that ask for touches would answer
    /// themselves.
    async fn tell_of_segment(
        &mut self,
        record: &Record,
        segment: &Segment,
        summary: String,
        event: EventType,
        why: &str,
    ) -> Result<()> {
        let data = json!({ "segment": segment.id, "key": segment.key, "why": why });
        let line = self.line(&record.id, event, summary, data);
        self.tx.insert_interaction(&line).await?;
        self.facts.push(FactBody::InteractionLogged { record: line.record, interaction: line.id });
        Ok(())
    }
}

/// The records that a fact says something new about, as far as filters can ask for it.
fn named_by(fact: &FactBody) -> Vec<&RecordId> {
    match fact {
        FactBody::RecordsMigrated { records, .. } => records.iter().collect(),
        FactBody::LinkAdded { from, to, .. } | FactBody::LinkRemoved { from, to, .. } => {
            vec![from, to]
        }
        FactBody::RecordsMerged { record, other }
        | FactBody::RecordsTakenApart { record, other } => vec![record, other],
        FactBody::RecordPurged { .. } | FactBody::SensitiveRead { .. } => Vec::new(),
        other => other.record().into_iter().collect(),
    }
}

/// Whether what filters are read with may have changed: columns, stages, members, tags.
fn changes_words(fact: &FactBody) -> bool {
    matches!(
        fact,
        FactBody::BlueprintChanged { .. }
            | FactBody::BlueprintRestored { .. }
            | FactBody::PipelineChanged { .. }
            | FactBody::MemberChanged { .. }
            | FactBody::ProductChanged { .. }
    )
}

/// Why a record joined or left, in one word.
fn why(fact: &FactBody) -> &'static str {
    match fact {
        FactBody::RecordCreated { .. } => "created",
        FactBody::RecordMoved { .. } => "moved",
        FactBody::OwnerChanged { .. } => "owner",
        FactBody::RecordTrashed { .. } => "trashed",
        FactBody::RecordRestored { .. } => "restored",
        FactBody::RecordsMerged { .. } => "merged",
        FactBody::RecordsTakenApart { .. } => "unmerged",
        FactBody::TagAdded { .. } | FactBody::TagRemoved { .. } => "tag",
        FactBody::IdentityAdded { .. } | FactBody::IdentityRemoved { .. } => "channel",
        FactBody::LinkAdded { .. } | FactBody::LinkRemoved { .. } => "linked",
        FactBody::RecordsMigrated { .. } => "migrated",
        FactBody::InteractionLogged { .. } => "activity",
        FactBody::SegmentJoined { .. } | FactBody::SegmentLeft { .. } => "segment",
        _ => "changed",
    }
}

fn checked_name(
    given: &str,
    there: &[Segment],
    own: Option<&SegmentId>,
) -> Result<String, Refusal> {
    let name = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(Refusal::invalid(format!(
            "A segment has a name of 1 to {NAME_CHARS_MAX} characters, like Big customers."
        )));
    }
    let folded = crate::folding::fold(&name);
    let same = |one: &&Segment| {
        Some(&one.id) != own
            && [&one.key, &one.name].iter().any(|n| crate::folding::fold(n) == folded)
    };
    match there.iter().find(same) {
        None => Ok(name),
        Some(other) => Err(Refusal::invalid(format!(
            "There is the segment {} already. Take another name.",
            other.name
        ))),
    }
}

fn with_segment(mut done: Done, segment: &Segment) -> Done {
    if !done.data.is_object() {
        done.data = Json::Object(serde_json::Map::new());
    }
    done.data["segment"] = json!(segment.id);
    done.data["key"] = json!(segment.key);
    done
}
