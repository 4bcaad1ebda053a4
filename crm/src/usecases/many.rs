//! The same change for many records: a few at once, more by a job that goes through them in parts.
//! Each record is asked about by itself, with the rights of whoever asked, at the moment of its
//! turn; those that may not be changed are left alone and told, never silently passed over. One
//! undo takes all of it back, except for what somebody changed since, which is told as well.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::jobs::{PART_RECORDS, no_such_job};
use super::{Done, Work};
use crate::commands::{
    AssignRecord, ChangeMany, ClaimRecord, Command, ManyChange, TakeBackMany, TrashRecord,
    UpdateRecord,
};
use crate::errors::{Error, Refusal, Result};
use crate::flows::listed;
use crate::ids::{JobId, MemberId, RecordId};
use crate::jobs::{Job, JobItem, JobSpec, JobStatus};
use crate::lists::{Audience, Condition, Cursor, Filter, Grouping, Known, List};
use crate::permissions::Part;
use crate::tenants::Role;

/// More records than this are changed by a job.
pub(crate) const AT_ONCE_MAX: usize = 100;
/// The most records that can be named one by one.
const NAMED_MAX: usize = 10_000;
/// The most records that an answer tells of one by one.
const TOLD_MAX: usize = 20;

/// What came of one record.
enum Came {
    /// It was changed; this takes it back.
    Changed(Box<Command>),
    /// It was like that already.
    Already,
    /// It was left alone.
    LeftAlone(String),
}

/// What came of many.
#[derive(Default)]
struct Tally {
    changed: i64,
    already: i64,
    left_alone: Vec<(RecordId, String)>,
}

impl Work<'_> {
    pub(super) async fn change_many(&mut self, input: ChangeMany) -> Result<Done> {
        let ChangeMany { change, records, filter } = input;
        self.checked_change(&change).await?;
        let records = match (&filter, records.is_empty()) {
            (None, false) => each_once(records)?,
            (Some(filter), true) => {
                let condition = self.condition(filter).await?;
                let grouping = Grouping { condition: condition.clone(), sum: None };
                let groups = self.tx.groups(&grouping).await?;
                let total = groups.iter().map(|group| group.count).sum::<i64>();
                if usize::try_from(total).is_ok_and(|total| total > AT_ONCE_MAX) {
                    return self.begin_many(change, Vec::new(), Some(filter.clone()), total).await;
                }
                let page = self.tx.list(&List::newest(condition, total.max(1))).await?;
                page.records.into_iter().map(|record| record.id).collect()
            }
            _ => {
                return Err(Refusal::invalid(
                    "Which records? Give a list of them, or a filter like “stage:open owner:none”, \
                     but not both.",
                )
                .into());
            }
        };
        if records.len() > AT_ONCE_MAX {
            let total = i64::try_from(records.len()).unwrap_or(i64::MAX);
            return self.begin_many(change, records, None, total).await;
        }
        let mut tally = Tally::default();
        let (mut each, mut done) = (Vec::new(), Vec::new());
        for id in records {
            let before = self.in_part;
            self.in_part = true;
            let came = self.change_one(&id, &change).await;
            self.in_part = before;
            match came? {
                Came::Changed(inverse) => {
                    tally.changed += 1;
                    each.push((id.clone(), *inverse));
                    done.push(id);
                }
                Came::Already => tally.already += 1,
                Came::LeftAlone(why) => tally.left_alone.push((id, why)),
            }
        }
        if !each.is_empty() {
            each.reverse();
            self.inverses.push(Command::TakeBackMany(TakeBackMany { job: None, each }));
        }
        let verb = match &change {
            ManyChange::Claim => "Claimed",
            ManyChange::Release => "Released",
            ManyChange::Assign { .. } => "Assigned",
            ManyChange::Set { .. } => "Changed",
            ManyChange::Trash => "Put in the trash:",
        };
        self.told(verb, tally, done).await
    }

    /// Refuses what would be refused for each record.
    async fn checked_change(&mut self, change: &ManyChange) -> Result<()> {
        match change {
            ManyChange::Assign { owner }
                if !self.tx.member(owner).await?.is_some_and(|member| member.active) =>
            {
                return Err(Refusal::not_found("There is no such member here.").into());
            }
            ManyChange::Claim if self.member.is_none() => {
                return Err(Refusal::invalid("Only a member can claim records.").into());
            }
            ManyChange::Set { values } if values.is_empty() => {
                return Err(Refusal::invalid("Which columns are set, and to what?").into());
            }
            _ => {}
        }
        Ok(())
    }

    async fn condition(&mut self, filter: &str) -> Result<Condition> {
        let me = self.member.as_ref().map(|member| member.id.clone());
        let known = Known::read(self.tx.as_mut(), me, self.now, Audience::Member).await?;
        Ok(known.bind(&Filter::parse(filter)?)?)
    }

    async fn begin_many(
        &mut self,
        change: ManyChange,
        records: Vec<RecordId>,
        filter: Option<String>,
        total: i64,
    ) -> Result<Done> {
        let spec = JobSpec::ChangeMany { change, records, filter };
        let said = format!(
            "{total} records are being changed. Undo takes all of it back, also while it goes on."
        );
        let done = self.begin_job_of(spec, total, report(&Tally::default(), None), said).await?;
        let job = serde_json::from_value::<JobId>(done.data["job"].clone()).ok();
        self.inverses.push(Command::TakeBackMany(TakeBackMany { job, each: Vec::new() }));
        Ok(done)
    }

    /// Changes one of many. A refusal is what came of it, and leaves nothing behind.
    async fn change_one(&mut self, id: &RecordId, change: &ManyChange) -> Result<Came> {
        let me = self.member.as_ref().map(|member| member.id.clone());
        let record = id.clone();
        let command = match change {
            ManyChange::Claim => {
                let found = self.tx.record(id).await?;
                let owner = found.filter(|r| r.trashed_at.is_none()).and_then(|r| r.owner);
                if let Some(owner) = owner.filter(|owner| Some(owner) != me.as_ref()) {
                    let name = self.tx.member(&owner).await?.map(|member| member.name);
                    let name = name.unwrap_or_else(|| "Somebody".to_owned());
                    return Ok(Came::LeftAlone(format!("{name} looks after it.")));
                }
                Command::ClaimRecord(ClaimRecord { record })
            }
            ManyChange::Release => {
                Command::AssignRecord(AssignRecord { record, owner: None, expected_version: None })
            }
            ManyChange::Assign { owner } => Command::AssignRecord(AssignRecord {
                record,
                owner: Some(owner.clone()),
                expected_version: None,
            }),
            ManyChange::Set { values } => Command::UpdateRecord(UpdateRecord {
                record,
                expected_version: None,
                title: None,
                values: values.clone(),
            }),
            ManyChange::Trash => {
                Command::TrashRecord(TrashRecord { record, expected_version: None })
            }
        };
        let before = self.inverses.len();
        match self.tried(command).await? {
            Err(why) => Ok(Came::LeftAlone(why)),
            Ok(()) if self.inverses.len() > before => {
                let mut inverses = self.inverses.split_off(before);
                Ok(match (inverses.pop(), inverses.is_empty()) {
                    (Some(only), true) => Came::Changed(Box::new(only)),
                    (last, _) => {
                        let commands = last.into_iter().chain(inverses.into_iter().rev());
                        let commands = commands.collect();
                        Came::Changed(Box::new(Command::Several(crate::commands::Several {
                            commands,
                        })))
                    }
                })
            }
            Ok(()) => Ok(Came::Already),
        }
    }

    /// Performs a command whose refusal is no failure of this one.
    async fn tried(&mut self, command: Command) -> Result<Result<(), String>> {
        let depth = self.depth;
        let ended = self.perform(command).await;
        self.depth = depth;
        match ended {
            Ok(_) => Ok(Ok(())),
            Err(Error::Refused(refusal)) => Ok(Err(refusal.message)),
            Err(error) => Err(error),
        }
    }

    /// What to say of many.
    async fn told(&mut self, verb: &str, tally: Tally, records: Vec<RecordId>) -> Result<Done> {
        let count = |count: i64| match count {
            1 => "1 record".to_owned(),
            count => format!("{count} records"),
        };
        let mut said = format!("{verb} {}.", count(tally.changed));
        if tally.already > 0 {
            said.push_str(&format!(
                " {} like that already.",
                match tally.already {
                    1 => "1 was".to_owned(),
                    more => format!("{more} were"),
                }
            ));
        }
        let mut left_alone = Vec::new();
        for (id, why) in &tally.left_alone {
            let record = self.tx.record(id).await?;
            let (key, title) = record.map_or_else(Default::default, |r| (r.key, r.title));
            left_alone.push(json!({ "record": id, "key": key, "title": title, "why": why }));
        }
        if !left_alone.is_empty() {
            let total = i64::try_from(left_alone.len()).unwrap_or(i64::MAX);
            said.push_str(&format!(
                "\n{} left alone:",
                match total {
                    1 => "1 was".to_owned(),
                    more => format!("{more} were"),
                }
            ));
            for one in left_alone.iter().take(TOLD_MAX) {
                let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
                let named = match text("key") {
                    gone if gone.is_empty() => text("record"),
                    key => format!("{} ({key})", text("title")),
                };
                said.push_str(&format!("\n{named}: {}", text("why")));
            }
            if left_alone.len() > TOLD_MAX {
                said.push_str(&format!("\n… and {} more.", left_alone.len() - TOLD_MAX));
            }
        }
        let data = json!({
            "changed": tally.changed, "already": tally.already, "left_alone": left_alone,
        });
        Ok(Done { said, records, data })
    }

    pub(super) async fn take_back_many(&mut self, input: TakeBackMany) -> Result<Done> {
        if let Some(id) = input.job {
            let mut job = self.tx.job(&id).await?.ok_or_else(no_such_job)?;
            let mine = self.member.as_ref().map(|member| &member.id) == job.created_by.as_ref();
            let any = matches!(self.part, Part::System | Part::Member(Role::Admin | Role::Owner));
            if !mine && !any {
                return Err(Refusal::forbidden(
                    "Somebody else asked for this change. Ask them to undo it.",
                )
                .into());
            }
            if job.status == JobStatus::Open {
                self.end_job(&mut job, JobStatus::Cancelled).await?;
            }
            let said = format!("{} records are being changed back.", changed_of(&job));
            let spec = JobSpec::TakeBackMany { of: job.id.clone() };
            let report = report(&Tally::default(), None);
            return self.begin_job_of(spec, changed_of(&job), report, said).await;
        }
        let mut tally = Tally::default();
        let mut records = Vec::new();
        for (id, command) in input.each {
            match self.tried(command).await? {
                Ok(()) => {
                    tally.changed += 1;
                    records.push(id);
                }
                Err(why) => tally.left_alone.push((id, why)),
            }
        }
        if tally.changed == 0
            && let Some((_, why)) = tally.left_alone.first()
        {
            return Err(Refusal::out_of_date(why.clone()).into());
        }
        self.told("Changed back", tally, records).await
    }

    /// Does the next part of a job that changes records one by one, as whoever asked for it.
    pub(super) async fn work_for_many(
        &mut self,
        mut job: Job,
        after: Option<RecordId>,
    ) -> Result<Done> {
        if let Err(refusal) = self.act_as(job.created_by.as_ref()).await? {
            job.why = Some(refusal);
            self.end_job(&mut job, JobStatus::Failed).await?;
            return Ok(Done::default());
        }
        self.in_part = true;
        let worked = match job.spec.clone() {
            JobSpec::ChangeMany { change, records, filter } => {
                self.change_part(&mut job, &change, &records, filter.as_deref()).await
            }
            JobSpec::TakeBackMany { of } => self.take_back_part(&mut job, &of, after).await,
            JobSpec::LinkPeople { company, site } => {
                self.link_part(&mut job, &company, &site, after).await
            }
            _ => Ok(true),
        };
        // The job is undone as a whole, and never by its parts.
        self.inverses.clear();
        self.asides.clear();
        let ended = match worked {
            Ok(ended) => ended,
            Err(Error::Refused(refusal)) => {
                job.why = Some(refusal.message);
                self.end_job(&mut job, JobStatus::Failed).await?;
                return Ok(Done::default());
            }
            Err(error) => return Err(error),
        };
        job.updated_at = self.now;
        if ended {
            self.end_job(&mut job, JobStatus::Done).await?;
        } else {
            self.tx.update_job(&job).await?;
        }
        Ok(Done::default())
    }

    /// Goes on with the rights that whoever asked for it has now.
    async fn act_as(&mut self, member: Option<&MemberId>) -> Result<Result<(), String>> {
        let Some(id) = member else { return Ok(Ok(())) };
        match self.tx.member(id).await?.filter(|member| member.active) {
            Some(member) => {
                self.part = Part::Member(member.role);
                self.member = Some(member);
                Ok(Ok(()))
            }
            None => Ok(Err("Whoever asked for this is no member any more.".to_owned())),
        }
    }

    async fn change_part(
        &mut self,
        job: &mut Job,
        change: &ManyChange,
        records: &[RecordId],
        filter: Option<&str>,
    ) -> Result<bool> {
        let (part, next) = match filter {
            Some(filter) => {
                let condition = self.condition(filter).await?;
                let after = job.cursor.as_deref().map(str::parse::<Cursor>).transpose()?;
                let list = List { after, ..List::newest(condition, crate::lists::PAGE_MAX) };
                let page = self.tx.list(&list).await?;
                let part = page.records.into_iter().map(|record| record.id).collect::<Vec<_>>();
                (part, page.next.map(|next| next.to_string()))
            }
            None => {
                let from = job.cursor.as_deref().and_then(|c| c.parse::<usize>().ok());
                let from = from.unwrap_or_default();
                let size = usize::try_from(PART_RECORDS).unwrap_or(AT_ONCE_MAX);
                let part = records.iter().skip(from).take(size).cloned().collect::<Vec<_>>();
                let next = from + part.len();
                (part, (next < records.len()).then(|| next.to_string()))
            }
        };
        let mut tally = Tally::default();
        for id in part {
            job.done += 1;
            let (why, inverse) = match self.change_one(&id, change).await? {
                Came::Changed(inverse) => {
                    tally.changed += 1;
                    (None, Some(*inverse))
                }
                Came::Already => {
                    tally.already += 1;
                    continue;
                }
                Came::LeftAlone(why) => {
                    tally.left_alone.push((id.clone(), why.clone()));
                    (Some(why), None)
                }
            };
            let there = self.tx.record(&id).await?.is_some();
            if there {
                self.tx.insert_job_item(&job.id, &JobItem { record: id, why, inverse }).await?;
            }
        }
        job.report = report(&tally, Some(&job.report));
        let ended = next.is_none();
        job.cursor = next.or_else(|| job.cursor.take());
        Ok(ended)
    }

    async fn take_back_part(
        &mut self,
        job: &mut Job,
        of: &JobId,
        after: Option<RecordId>,
    ) -> Result<bool> {
        self.undoing = true;
        self.undoes_own = true;
        let items = self.tx.job_items(of, false, after.as_ref(), PART_RECORDS).await?;
        let ended = i64::try_from(items.len()).is_ok_and(|count| count < PART_RECORDS);
        let mut tally = Tally::default();
        for item in items {
            job.cursor = Some(item.record.to_string());
            let Some(inverse) = item.inverse else { continue };
            job.done += 1;
            let why = match self.tried(inverse).await? {
                Ok(()) => {
                    tally.changed += 1;
                    None
                }
                Err(why) => {
                    tally.left_alone.push((item.record.clone(), why.clone()));
                    Some(why)
                }
            };
            let settled = JobItem { record: item.record.clone(), why: item.why, inverse: None };
            self.tx.settle_job_item(of, &settled).await?;
            let told = JobItem { record: item.record, why, inverse: None };
            self.tx.insert_job_item(&job.id, &told).await?;
        }
        job.report = report(&tally, Some(&job.report));
        Ok(ended)
    }

    async fn link_part(
        &mut self,
        job: &mut Job,
        company: &RecordId,
        site: &str,
        after: Option<RecordId>,
    ) -> Result<bool> {
        let company = self.live_record(company).await?;
        let kind = crate::records::IdentityKind::Email;
        let found = self.tx.identities_at(kind, site, after.as_ref(), PART_RECORDS).await?;
        let ended = i64::try_from(found.len()).is_ok_and(|count| count < PART_RECORDS);
        let mut people = found.into_iter().map(|identity| identity.record).collect::<Vec<_>>();
        if !ended && people.len() > 1 {
            // The last one may have more addresses, which come with the next part.
            let last = people.last().cloned();
            people.retain(|id| Some(id) != last.as_ref());
        }
        if let Some(last) = people.last() {
            job.cursor = Some(last.to_string());
        }
        people.dedup();
        let mut tally = Tally::default();
        for person in people {
            job.done += 1;
            let before = self.inverses.len();
            let (linked, left_alone) =
                self.employ_all(vec![person.clone()], &company, site).await?;
            tally.changed += linked;
            let inverse = self.inverses.split_off(before).pop();
            let why = (left_alone > 0).then(|| "It is somebody else's.".to_owned());
            if let Some(why) = &why {
                tally.left_alone.push((person.clone(), why.clone()));
            }
            if inverse.is_some() || why.is_some() {
                let item = JobItem { record: person, why, inverse };
                self.tx.insert_job_item(&job.id, &item).await?;
            }
        }
        job.total = job.total.max(job.done);
        job.report = report(&tally, Some(&job.report));
        Ok(ended)
    }
}

/// How many records a job changed.
fn changed_of(job: &Job) -> i64 {
    job.report["changed"].as_i64().unwrap_or_default()
}

/// A report that goes on from the one before.
fn report(tally: &Tally, before: Option<&Json>) -> Json {
    let so_far = |name: &str| before.and_then(|r| r[name].as_i64()).unwrap_or_default();
    let left_alone = i64::try_from(tally.left_alone.len()).unwrap_or(i64::MAX);
    let mut examples = before.and_then(|r| r["examples"].as_array().cloned()).unwrap_or_default();
    for (record, why) in &tally.left_alone {
        if examples.len() < TOLD_MAX {
            examples.push(json!({ "record": record, "why": why }));
        }
    }
    json!({
        "changed": so_far("changed") + tally.changed,
        "already": so_far("already") + tally.already,
        "left_alone": so_far("left_alone") + left_alone,
        "examples": examples,
    })
}

/// The records in their order, each once.
fn each_once(records: Vec<RecordId>) -> Result<Vec<RecordId>, Refusal> {
    if records.len() > NAMED_MAX {
        return Err(Refusal::invalid(format!(
            "At most {NAMED_MAX} records can be named one by one. Use a filter for more; {} is \
             understood.",
            listed(&["stage:open", "owner:none"])
        )));
    }
    let mut seen = BTreeSet::new();
    Ok(records.into_iter().filter(|record| seen.insert(record.clone())).collect())
}
