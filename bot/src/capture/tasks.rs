//! What there is to do, as the messages tell: who of the team does it, and what it is about.
//! What customers promise is theirs to do and no task of the team's.

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use crm::StoreError;
use crm::ids::MemberId;
use crm::ports::Read;
use crm::proposals::{
    CapturedMessage, FieldEffect, ProposedLink, ProposedRecord, ProposedTask, Slot, SourceSpan,
};
use crm::tenants::Member;
use extractors::fold;
use extractors::tasks::{Doer, Due, Options, Task};

use super::prose::{Prose, percent};
use super::{beginning, kind_of};
use crate::road::member_of;

/// The most tasks of one proposal.
const TASKS_MAX: usize = 20;

/// The team and the calendar that tasks are read with.
pub(super) struct Team {
    pub(super) members: Vec<Member>,
    pub(super) timezone: Tz,
    pub(super) language: String,
}

/// The tasks that the messages hold, for the records that were read from them.
pub(super) async fn tasks(
    read: &mut dyn Read,
    team: &Team,
    messages: &[CapturedMessage],
    records: &[ProposedRecord],
    links: &[ProposedLink],
) -> Result<Vec<ProposedTask>, StoreError> {
    let mut tasks: Vec<ProposedTask> = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let text = beginning(&message.text);
        let today = message.at.with_timezone(&team.timezone).date_naive();
        let language = Some(team.language.clone());
        let options = Options { today, kind: kind_of(text), language };
        let author = member_of(read, &message.author).await?;
        let prose = Prose::new(place, text);
        for found in extractors::tasks::find(text, &options) {
            let Some(assignee) = assignee(&found, author.as_ref(), team, message, records) else {
                continue;
            };
            let source = prose.source_at(found.start, found.end, "task", percent(found.confidence));
            let due = found.due.as_ref();
            let proposed = ProposedTask {
                about: about(&found.title, &source, records, links),
                due_on: due.map(|due| due.day),
                due_at: due.and_then(|due| time_of(due, team.timezone)),
                due_source: due.map(|due| prose.source_at(due.start, due.end, "date", 85)),
                title: found.title,
                assignee,
                effect: FieldEffect::Create,
                source,
            };
            let is_same = |known: &ProposedTask| {
                fold(&known.title) == fold(&proposed.title) && known.due_on == proposed.due_on
            };
            if tasks.len() < TASKS_MAX && !tasks.iter().any(is_same) {
                tasks.push(proposed);
            }
        }
    }
    for task in &mut tasks {
        if is_there(read, task, records).await? {
            task.effect = FieldEffect::Same;
        }
    }
    Ok(tasks)
}

/// Takes the last day of a sale off where it is the day of what somebody of the team promised.
pub(super) fn without_days_of(tasks: &[ProposedTask], records: &mut [ProposedRecord]) {
    let is_due = |source: &SourceSpan| {
        let mut days = tasks.iter().filter(|t| t.assignee.is_some());
        days.any(|task| {
            task.due_source.as_ref().is_some_and(|day| {
                day.message == source.message && day.start <= source.start && source.end <= day.end
            })
        })
    };
    for record in records.iter_mut().filter(|record| record.blueprint == "deal") {
        let close = Slot::Column("close_on".to_owned());
        record.fields.retain(|field| field.slot != close || !is_due(&field.source));
    }
}

/// Which member does it, nobody yet; or none, where it is no task of the team's.
fn assignee(
    task: &Task,
    author: Option<&Member>,
    team: &Team,
    message: &CapturedMessage,
    records: &[ProposedRecord],
) -> Option<Option<MemberId>> {
    match &task.doer {
        Doer::Speaker if task.passed_on => None,
        Doer::Speaker => match author {
            Some(member) => Some(Some(member.id.clone())),
            None => {
                let name = fold(&message.author.name);
                let is_contact = |record: &ProposedRecord| {
                    record.blueprint == "person" && fold(&record.title) == name
                };
                (!records.iter().any(is_contact)).then_some(None)
            }
        },
        Doer::Anybody => Some(None),
        Doer::Addressed(name) => Some(called(team, name)),
        Doer::Named(name) => called(team, name).map(Some),
    }
}

/// The one member who has this name, or it as a first name.
fn called(team: &Team, name: &str) -> Option<MemberId> {
    let wanted = fold(name);
    let mut fitting = team.members.iter().filter(|member| {
        let own = fold(&member.name);
        let rest = own.strip_prefix(&wanted);
        member.active && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    });
    match (fitting.next(), fitting.next()) {
        (Some(member), None) => Some(member.id.clone()),
        _ => None,
    }
}

/// When it is due, where a time is told.
fn time_of(due: &Due, timezone: Tz) -> Option<DateTime<Utc>> {
    let local = NaiveDate::and_time(&due.day, due.time?);
    timezone.from_local_datetime(&local).earliest().map(|at| at.to_utc())
}

/// What a task is about, the best first: the deal, unless another company is named than its
/// customer; else who is named with it; else who stands nearest.
pub(super) fn about(
    title: &str,
    source: &SourceSpan,
    records: &[ProposedRecord],
    links: &[ProposedLink],
) -> Vec<usize> {
    let title = words_of(title);
    let is_named = |record: &ProposedRecord| {
        let inside = record.fields.iter().any(|field| {
            let at = &field.source;
            at.message == source.message && source.start <= at.start && at.end <= source.end
        });
        let first = words_of(&record.title).into_iter().next();
        inside || first.is_some_and(|first| first.chars().count() > 2 && title.contains(&first))
    };
    let is_deal = |place: &usize| records[*place].blueprint == "deal";
    let (deals, others): (Vec<usize>, Vec<usize>) = (0..records.len()).partition(is_deal);
    let (named, mut rest): (Vec<usize>, Vec<usize>) =
        others.into_iter().partition(|place| is_named(&records[*place]));
    let of_deal = |place: &usize| {
        let ends = |link: &ProposedLink| deals.contains(&link.from) && link.to == *place;
        links.iter().any(ends)
    };
    let distance = |place: &usize| {
        let near = |at: &SourceSpan| {
            (at.message.abs_diff(source.message), at.start.abs_diff(source.start))
        };
        let fields = records[*place].fields.iter();
        let is_person = records[*place].blueprint == "person";
        (is_person, fields.map(|field| near(&field.source)).min())
    };
    rest.sort_by_key(distance);
    // Of strangers to what is named, nobody is meant.
    let (mut about, then) =
        if named.is_empty() || named.iter().any(of_deal) { (deals, named) } else { (named, deals) };
    about.extend(then);
    about.extend(rest);
    about
}

fn words_of(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Whether the same is to be done already, on the record that it would go onto.
pub(super) async fn is_there(
    read: &mut dyn Read,
    task: &ProposedTask,
    records: &[ProposedRecord],
) -> Result<bool, StoreError> {
    let first = task.about.first().and_then(|place| records.get(*place));
    let Some(found) = first.and_then(|record| record.existing.as_ref()) else { return Ok(false) };
    let known = read.tasks(Some(&found.record)).await?;
    Ok(known.iter().any(|known| {
        known.done_at.is_none()
            && fold(&known.title) == fold(&task.title)
            && known.due_on == task.due_on
    }))
}
