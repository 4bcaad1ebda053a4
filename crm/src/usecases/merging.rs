//! Merging two records into one, and taking them apart again. What hangs on the merged record moves
//! to the kept one and remembers where it came from; the merged record keeps its values, lies with
//! the trash, and is found by nobody until it is taken out. Tasks, notes and lines that were
//! written since go with whom they name. Scores and leads stay with the record they were made for.

use std::collections::BTreeSet;

use serde_json::json;

use super::blueprints::stored_id;
use super::cards::Offer;
use super::{Done, Work};
use crate::commands::{
    AskToMerge, Command, DecideDuplicate, FindDuplicates, MergeRecords, SuggestDuplicates,
    UnmergeRecords,
};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::flows::listed;
use crate::folding::fold;
use crate::ids::{IdentityId, InteractionId, RecordId, SegmentId};
use crate::interactions::TimelineFilter;
use crate::jobs::{JobSpec, JobStatus};
use crate::merging::{self, Duplicate, Marks, Merge, Winner};
use crate::permissions::Action;
use crate::posts::{Post, Subject};
use crate::records::{Identity, IdentityKind, Record};
use crate::segments::Segment;
use crate::timeline::EventType;

/// How many lines written since a merge are looked at when it is taken back; the newest ones.
const LINES_MAX: usize = 5_000;
/// How many of them are read at once.
const LINES_PAGE: i64 = 500;
/// How many records can be part of one.
const PARTS_MAX: usize = 200;

impl Work<'_> {
    pub(super) async fn merge_records(&mut self, input: MergeRecords) -> Result<Done> {
        let kept = self.live_record(&input.keep).await?;
        let other = self.live_record(&input.other).await?;
        self.may(Action::Change, &kept)?;
        self.may(Action::Change, &other)?;
        self.seen(&kept, input.expected_version).await?;
        let blueprint = self.blueprint_of(&kept).await?;
        if kept.id == other.id {
            return Err(the_same(&kept).into());
        }
        if kept.blueprint != other.blueprint {
            let kind = &self.blueprint_of(&other).await?.name;
            return Err(Refusal::invalid(format!(
                "{} is a {} and {} a {kind}. Only records of one kind can be one; link them \
                 instead.",
                kept.title, blueprint.name, other.title
            ))
            .into());
        }
        if self.parts_of(&other.id).await?.len() + self.parts_of(&kept.id).await?.len() > PARTS_MAX
        {
            return Err(Refusal::invalid(format!(
                "{} is more than {PARTS_MAX} records by now. Look whether it really is one.",
                kept.title
            ))
            .into());
        }
        let plan = merging::plan(&blueprint, &kept, &other, &input.take)?;
        let took = merging::took(&plan);
        let mut changed = kept.clone();
        for one in &took {
            merging::put(&mut changed, &one.field, &one.after);
        }
        blueprint.complete(&changed.values)?;
        self.tx.move_belongings(&other.id, &kept.id).await?;
        let names = self.give_names(&kept, &changed, &other).await?;
        let (tags, segments) = self.give_tags_and_segments(&kept, &other).await?;
        self.store(&kept, &mut changed, &blueprint).await?;
        if let Some(at) = other.touched_at {
            self.tx.touch_record(&kept.id, at).await?;
        }
        let mut gone = other.clone();
        gone.trashed_at = Some(self.now);
        let others_blueprint = self.blueprint_of(&other).await?;
        self.store(&other, &mut gone, &others_blueprint).await?;
        self.tx
            .insert_merge(&Merge {
                other: other.id.clone(),
                kept: kept.id.clone(),
                at: self.now,
                by: self.member.as_ref().map(|member| member.id.clone()),
                took,
                names,
                tags,
                segments,
            })
            .await?;
        self.facts
            .push(FactBody::RecordsMerged { record: kept.id.clone(), other: other.id.clone() });
        self.facts.push(FactBody::NamesChanged { record: other.id.clone(), names: Vec::new() });
        self.names_changed(&changed, &blueprint).await?;
        let said = format!(
            "{} merged {} ({}) into {}",
            self.actor_name(),
            other.title,
            other.key,
            changed.title
        );
        let take = plan.iter().filter(|field| field.wins == Winner::Other);
        let take = take.map(|field| field.field.as_str()).collect::<Vec<_>>();
        for (one, another) in [(&kept.id, &other.id), (&other.id, &kept.id)] {
            let data = json!({ "record": another, "took": take });
            self.log_event(one, EventType::RecordMerged, said.clone(), data).await?;
        }
        self.inverses.push(Command::UnmergeRecords(UnmergeRecords { record: other.id.clone() }));
        self.card_changed(&kept.id, Some(said.clone()), true);
        self.card_changed(&other.id, Some(said.clone()), true);
        let mut done = Done::about(&kept.id, format!("{said}."));
        done.records.push(other.id);
        Ok(done)
    }

    /// Shows both with what merging them would give. Nothing is merged yet.
    pub(super) async fn ask_to_merge(&mut self, input: AskToMerge) -> Result<Done> {
        let kept = self.live_record(&input.keep).await?;
        let other = self.live_record(&input.other).await?;
        self.may(Action::Change, &kept)?;
        self.may(Action::Change, &other)?;
        if kept.id == other.id {
            return Err(the_same(&kept).into());
        }
        let records = vec![kept.id.clone(), other.id.clone()];
        let subject = Subject::Merge { records: records.clone(), take: input.take };
        let existing = match &input.post {
            Some(id) => self.tx.post(id).await?,
            None => None,
        };
        match (existing, self.reply.clone()) {
            (Some(mut post), _) => {
                post.subject = subject;
                self.change_post(post, None).await?;
            }
            (None, Some(reply)) => {
                self.post(&reply, subject, None).await?;
            }
            (None, None) => {
                return Err(Refusal::invalid("A question needs a place to be asked in.").into());
            }
        }
        self.answered = true;
        Ok(Done { records, ..Done::default() })
    }

    /// What the preview of a merge offers.
    pub(super) async fn merge_offers(
        &mut self,
        post: &Post,
        records: &[RecordId],
        take: &[String],
    ) -> Result<Vec<Offer>> {
        let [kept, other] = records else { return Ok(Vec::new()) };
        for id in records {
            if self.tx.record(id).await?.is_none_or(|record| record.trashed_at.is_some()) {
                return Ok(Vec::new());
            }
        }
        let merge = MergeRecords {
            keep: kept.clone(),
            other: other.clone(),
            take: take.to_vec(),
            expected_version: None,
        };
        let turned = AskToMerge {
            keep: other.clone(),
            other: kept.clone(),
            take: Vec::new(),
            post: Some(post.id.clone()),
        };
        let two = DecideDuplicate { one: kept.clone(), other: other.clone(), different: true };
        let offer =
            |symbol: &str, label: &str, command| (symbol.to_owned(), label.to_owned(), command);
        Ok(vec![
            offer("✅", "Merge", Command::MergeRecords(merge)),
            offer("🔁", "Keep the other one", Command::AskToMerge(turned)),
            offer("❌", "They are two", Command::DecideDuplicate(two)),
        ])
    }

    /// The names under which the merged record was known become other names of the kept one.
    async fn give_names(
        &mut self,
        kept: &Record,
        changed: &Record,
        other: &Record,
    ) -> Result<Vec<IdentityId>> {
        let mut given = Vec::new();
        let mut known = BTreeSet::from([fold(&changed.title)]);
        for name in [&kept.title, &other.title, &other.key] {
            if !known.insert(fold(name)) {
                continue;
            }
            let alias = Identity {
                id: IdentityId::fresh(self.env),
                record: kept.id.clone(),
                kind: IdentityKind::Alias,
                value: name.clone(),
                verified: false,
                primary: false,
                created_at: self.now,
                label: None,
                stable_id: None,
                bounced_at: None,
            };
            if self.tx.insert_identity(&alias).await? {
                given.push(alias.id);
            }
        }
        Ok(given)
    }

    async fn give_tags_and_segments(
        &mut self,
        kept: &Record,
        other: &Record,
    ) -> Result<(Vec<crate::ids::TagId>, Vec<SegmentId>)> {
        let mut all = self.tx.tags_of(&[kept.id.clone(), other.id.clone()]).await?;
        let has = all.remove(&kept.id).unwrap_or_default();
        let mut tags = Vec::new();
        for tag in all.remove(&other.id).unwrap_or_default() {
            if !has.contains(&tag) && self.tx.tag_record(&kept.id, &tag.id, self.now).await? {
                self.facts.push(FactBody::TagAdded {
                    record: kept.id.clone(),
                    tag: tag.id.clone(),
                    key: tag.key,
                });
                tags.push(tag.id);
            }
        }
        let mut segments = Vec::new();
        for segment in self.by_hand(&other.id).await? {
            if self.joins(kept, &segment, "merged").await? {
                segments.push(segment.id);
            }
        }
        Ok((tags, segments))
    }

    /// The segments filled by hand that a record is in.
    async fn by_hand(&mut self, record: &RecordId) -> Result<Vec<Segment>> {
        let inside = self.tx.segments_of(record).await?;
        if inside.is_empty() {
            return Ok(Vec::new());
        }
        let mut segments = self.tx.segments().await?;
        segments.retain(|segment| segment.follows.is_none() && inside.contains(&segment.id));
        Ok(segments)
    }

    /// A record and all that was merged into it, itself first.
    pub(super) async fn parts_of(&mut self, record: &RecordId) -> Result<Vec<RecordId>> {
        let mut parts = vec![record.clone()];
        let mut next = 0;
        while let Some(part) = parts.get(next).cloned() {
            next += 1;
            parts.extend(self.tx.merged_into(&part).await?.into_iter().map(|merge| merge.other));
            if parts.len() > PARTS_MAX * 2 {
                break;
            }
        }
        Ok(parts)
    }

    pub(super) async fn unmerge_records(&mut self, input: UnmergeRecords) -> Result<Done> {
        let other = self.tx.record(&input.record).await?.ok_or_else(super::no_such_record)?;
        self.may(Action::Change, &other)?;
        let Some(merge) = self.tx.merge_of(&other.id).await? else {
            return Err(Refusal::invalid(format!(
                "{} is not part of another record. Name the one that was merged away.",
                other.title
            ))
            .into());
        };
        let kept = self.live_record(&merge.kept).await?;
        self.may(Action::Change, &kept)?;
        self.blueprint_is_there(&other).await?;
        let blueprint = self.blueprint_of(&kept).await?;
        for name in &merge.names {
            self.tx.delete_identity(name).await?;
        }
        let origins = self.parts_of(&other.id).await?;
        self.tx.move_back(&kept.id, &other.id, &origins).await?;
        self.written_since(&kept, &other, &merge).await?;
        self.take_tags_and_segments(&kept, &merge).await?;
        let mut changed = kept.clone();
        let mut stayed = Vec::new();
        for took in &merge.took {
            if merging::held(&kept, &took.field) == took.after {
                merging::put(&mut changed, &took.field, &took.before);
            } else {
                stayed.push(took.field.clone());
            }
        }
        self.store(&kept, &mut changed, &blueprint).await?;
        let mut back = other.clone();
        back.trashed_at = None;
        let others_blueprint = self.blueprint_of(&other).await?;
        self.store(&other, &mut back, &others_blueprint).await?;
        self.tx.delete_merge(&other.id).await?;
        for record in [&kept.id, &other.id] {
            self.mend_first_channels(record).await?;
        }
        self.facts
            .push(FactBody::RecordsTakenApart { record: kept.id.clone(), other: other.id.clone() });
        self.names_changed(&changed, &blueprint).await?;
        self.names_changed(&back, &others_blueprint).await?;
        let said = format!(
            "{} took {} ({}) out of {}",
            self.actor_name(),
            back.title,
            back.key,
            changed.title
        );
        for (one, another) in [(&kept.id, &other.id), (&other.id, &kept.id)] {
            let data = json!({ "record": another, "stayed": stayed });
            self.log_event(one, EventType::RecordUnmerged, said.clone(), data).await?;
        }
        self.inverses.push(Command::MergeRecords(MergeRecords {
            keep: kept.id.clone(),
            other: other.id.clone(),
            take: merge.took.into_iter().map(|took| took.field).collect(),
            expected_version: None,
        }));
        self.card_changed(&kept.id, Some(said.clone()), true);
        self.card_changed(&other.id, Some(said.clone()), true);
        let mut done = Done::about(&other.id, format!("{said}."));
        done.records.push(kept.id);
        if !stayed.is_empty() {
            let names = stayed.iter().map(|id| {
                blueprint.column(id).map_or_else(|| id.clone(), |column| column.name.clone())
            });
            done.said.push_str(&format!(
                " {} was changed since and stays as it is.",
                listed(&names.collect::<Vec<_>>())
            ));
        }
        Ok(done)
    }

    /// Lets what was written since a merge go with whom it names or who wrote it. The channels went
    /// back already.
    async fn written_since(&mut self, kept: &Record, other: &Record, merge: &Merge) -> Result<()> {
        let (mut kepts, mut others) = (Marks::default(), Marks::default());
        for (marks, record) in [(&mut kepts, kept), (&mut others, other)] {
            marks.name(&record.key);
            for identity in self.tx.identities(&record.id).await? {
                match identity.kind {
                    IdentityKind::Alias => marks.name(&identity.value),
                    IdentityKind::Email | IdentityKind::Phone | IdentityKind::Domain => {}
                    kind => {
                        marks.account(kind.as_str(), &identity.value);
                        identity.stable_id.iter().for_each(|id| marks.account(kind.as_str(), id));
                    }
                }
            }
        }
        // Where the title was taken over, each goes by the one that was its own.
        let title = merge.took.iter().find(|took| took.field == merging::TITLE);
        kepts.name(title.and_then(|took| took.before.as_str()).unwrap_or(&kept.title));
        others.name(&other.title);

        let mut lines: Vec<InteractionId> = Vec::new();
        let mut before = None;
        let mut looked_at = 0;
        'pages: while looked_at < LINES_MAX {
            let filter = TimelineFilter { before, limit: LINES_PAGE, ..TimelineFilter::default() };
            let page = self.tx.timeline(&kept.id, &filter).await?;
            before = page.last().map(|line| line.id.clone());
            for line in &page {
                if line.at <= merge.at {
                    break 'pages;
                }
                looked_at += 1;
                let Some(source) = &line.source else { continue };
                let said = self.tx.message(&source.place, &source.message).await?;
                let author =
                    said.as_ref().map(|m| (m.author.network.as_str(), m.author.id.as_str()));
                let text = said.as_ref().map_or(line.summary.as_str(), |m| m.text.as_str());
                if merging::is_the_others(author, text, &kepts, &others) {
                    lines.push(line.id.clone());
                }
            }
            if page.is_empty() {
                break;
            }
        }
        let its = |text: &str| merging::is_the_others(None, text, &kepts, &others);
        let notes = self.tx.notes(&kept.id).await?;
        let notes = notes.into_iter().filter(|note| note.created_at > merge.at && its(&note.body));
        let notes = notes.map(|note| note.id).collect::<Vec<_>>();
        let tasks = self.tx.tasks(Some(&kept.id)).await?;
        let tasks = tasks.into_iter().filter(|task| task.created_at > merge.at && its(&task.title));
        let tasks = tasks.map(|task| task.id).collect::<Vec<_>>();
        self.tx.move_written(&lines, &notes, &tasks, &other.id).await?;
        Ok(())
    }

    async fn take_tags_and_segments(&mut self, kept: &Record, merge: &Merge) -> Result<()> {
        for tag in &merge.tags {
            let known = self.tx.tag(tag).await?;
            if self.tx.untag_record(&kept.id, tag).await?
                && let Some((tag, _)) = known
            {
                self.facts.push(FactBody::TagRemoved {
                    record: kept.id.clone(),
                    tag: tag.id,
                    key: tag.key,
                });
            }
        }
        for segment in self.by_hand(&kept.id).await? {
            if merge.segments.contains(&segment.id) {
                self.leaves(kept, &segment, "unmerged").await?;
            }
        }
        Ok(())
    }

    /// Each kind of channel has a first one, when it has any.
    async fn mend_first_channels(&mut self, record: &RecordId) -> Result<()> {
        let all = self.tx.identities(record).await?;
        let kinds = all.iter().map(|identity| identity.kind).collect::<BTreeSet<_>>();
        for kind in kinds.into_iter().filter(|kind| *kind != IdentityKind::Alias) {
            let mut of_kind = all.iter().filter(|identity| identity.kind == kind);
            if of_kind.clone().any(|identity| identity.primary) {
                continue;
            }
            if let Some(first) = of_kind.next() {
                self.tx.update_identity(&Identity { primary: true, ..first.clone() }).await?;
            }
        }
        Ok(())
    }

    /// Keeps pairs that may be one. Pairs of which one is gone or part of the other are left out.
    pub(super) async fn suggest_duplicates(&mut self, input: SuggestDuplicates) -> Result<Done> {
        let mut found = 0_usize;
        for pair in input.pairs {
            let mut live = pair.one != pair.other;
            for id in [&pair.one, &pair.other] {
                live &= self.tx.record(id).await?.is_some_and(|r| r.trashed_at.is_none());
            }
            if live {
                self.tx.put_duplicate(&pair, self.now).await?;
                found += 1;
            }
        }
        let Some(job) = input.job else {
            return Ok(Done { data: json!({ "found": found }), ..Done::default() });
        };
        if let Some(mut job) = self.tx.job(&job).await?
            && job.status == JobStatus::Open
        {
            job.done = job.total;
            job.report = json!({ "found": found });
            self.end_job(&mut job, JobStatus::Done).await?;
        }
        Ok(Done { data: json!({ "found": found }), ..Done::default() })
    }

    pub(super) async fn find_duplicates(&mut self, input: FindDuplicates) -> Result<Done> {
        let blueprint = self.blueprint_called(&input.blueprint).await?;
        self.free_of_jobs(&blueprint, "").await?;
        let spec = JobSpec::FindDuplicates { blueprint: stored_id(&blueprint)? };
        let said = format!("I am looking for {} that are one.", blueprint.plural);
        self.begin_job(spec, said).await
    }

    pub(super) async fn decide_duplicate(&mut self, input: DecideDuplicate) -> Result<Done> {
        let one = self.live_record(&input.one).await?;
        let other = self.live_record(&input.other).await?;
        self.may(Action::Change, &one)?;
        if one.id == other.id {
            return Err(the_same(&one).into());
        }
        let known = self.tx.duplicate(&one.id, &other.id).await?;
        let was_different = known.as_ref().is_some_and(|(_, since)| since.is_some());
        if was_different == input.different {
            let said = format!("That is known of {} and {} already.", one.title, other.title);
            return Ok(Done::about(&one.id, said));
        }
        let pair = known.map_or_else(
            || Duplicate::of(one.id.clone(), other.id.clone(), 0, "somebody said so"),
            |(pair, _)| pair,
        );
        let since = input.different.then_some(self.now);
        self.tx.decide_duplicate(&pair, since).await?;
        self.facts.push(FactBody::DuplicateDecided {
            record: one.id.clone(),
            other: other.id.clone(),
            different: input.different,
        });
        self.inverses.push(Command::DecideDuplicate(DecideDuplicate {
            different: !input.different,
            one: one.id.clone(),
            other: other.id.clone(),
        }));
        self.card_changed(&one.id, None, false);
        let said = match input.different {
            true => format!("{} and {} are two. I will not ask again.", one.title, other.title),
            false => format!("{} and {} may be one.", one.title, other.title),
        };
        Ok(Done::about(&one.id, said))
    }
}

fn the_same(record: &Record) -> Refusal {
    Refusal::invalid(format!("Both are {} ({}). Name two records.", record.title, record.key))
}
