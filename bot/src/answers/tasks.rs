//! Tasks: making and listing them, taking and giving them, and saying that one is done.

use chrono::{NaiveTime, TimeZone};
use chrono_tz::Tz;
use crm::commands::{AddTask, AssignTask, ClaimTask, Command, SetTask, TaskStatus};
use crm::ids::TaskId;
use crm::interactions::Task;
use crm::ports::Read;
use crm::records::Record;
use crm::tasks::{Standing, TaskFilter, Whose};
use crm::tenants::Member;
use crm::{Refusal, Result};

use super::naming::{one_from, work_of};
use super::{Desk, Speaker, day_of, say, today};

/// As many lines as a room bears.
const LINES_MAX: i64 = 20;
/// The most tasks that a question lists.
const LISTED_MAX: usize = 10;

/// The command that makes a task.
pub(super) async fn add(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    title: String,
    fields: Vec<(String, String)>,
) -> Result<Command> {
    let mut title = title;
    let mut record = None;
    let mut due_on = None;
    let mut time = None;
    let mut assignee = None;
    for (name, value) in fields {
        match name.as_str() {
            "for" => {
                let (records, rest) = named_in(desk, read, &value).await?;
                if !rest.is_empty() {
                    title = format!("{title} {rest}").trim().to_owned();
                }
                let mut work = work_of(read, records).await?;
                if work.len() > 1 {
                    let all = work.iter().map(|r| format!("for:{}", r.key)).collect::<Vec<_>>();
                    return Err(Refusal::invalid(format!(
                        "“{value}” fits several records; say {}.",
                        one_from(&all)
                    ))
                    .into());
                }
                record = work.pop().map(|r| r.id);
            }
            "due" => due_on = Some(day_of(&value, today(read, speaker.at).await?)?),
            "at" => time = Some(time_of(&value)?),
            "to" => assignee = Some(member_called(read, speaker, &value).await?.id),
            other => title.push_str(&format!(" {other}:{value}")),
        }
    }
    if title.is_empty() {
        return Err(Refusal::invalid(format!(
            "What is there to do? Say “{} task <what to do> for:<name>”.",
            desk.prefix
        ))
        .into());
    }
    let due_at = match time {
        None => None,
        Some(time) => {
            let zone = read.tenant().await?.timezone.parse::<Tz>().unwrap_or(Tz::UTC);
            let day = match due_on {
                Some(day) => day,
                None => today(read, speaker.at).await?,
            };
            due_on = Some(day);
            zone.from_local_datetime(&day.and_time(time)).earliest().map(|at| at.to_utc())
        }
    };
    Ok(Command::AddTask(AddTask { title, record, assignee, due_on, due_at, ..AddTask::default() }))
}

/// The records of the name that a value is or begins with, and what stands behind the name.
async fn named_in(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    value: &str,
) -> Result<(Vec<Record>, String)> {
    let whole = desk.exactly(read, value).await?;
    if !whole.is_empty() {
        return Ok((whole, String::new()));
    }
    if let Some(named) = desk.names.called_first(read.tenant_id(), value) {
        let records = super::naming::live(read, named.records).await?;
        if !records.is_empty() {
            return Ok((records, named.rest));
        }
    }
    Ok((desk.records(read, value).await?, String::new()))
}

/// The time that a word means: `15:00`, `9am`, `3:30pm`.
fn time_of(word: &str) -> Result<NaiveTime, Refusal> {
    let lower = word.trim().to_lowercase();
    let (digits, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(digits), _) => (digits, Some(0)),
        (_, Some(digits)) => (digits, Some(12)),
        _ => (lower.as_str(), None),
    };
    let (hour, minute) = digits.split_once([':', '.']).unwrap_or((digits, "0"));
    let read = || {
        let mut hour = hour.trim().parse::<u32>().ok()?;
        if let Some(half) = half {
            hour = Some(hour).filter(|hour| (1..=12).contains(hour))? % 12 + half;
        }
        NaiveTime::from_hms_opt(hour, minute.trim().parse().ok()?, 0)
    };
    read().ok_or_else(|| {
        let shown = word.chars().take(40).collect::<String>();
        Refusal::invalid(format!("“{shown}” is no time. Say at:15:00 or at:3pm."))
    })
}

/// The command that says that a task is done.
pub(super) async fn done(desk: &Desk<'_>, read: &mut dyn Read, given: &str) -> Result<Command> {
    let mut open = read.tasks(None).await?;
    open.retain(|task| task.done_at.is_none());
    let task = called(desk, read, open, given, "done").await?;
    Ok(Command::SetTask(SetTask { task, status: TaskStatus::Done }))
}

/// The command that takes a task from the pool.
pub(super) async fn take(desk: &Desk<'_>, read: &mut dyn Read, given: &str) -> Result<Command> {
    let mut open = read.tasks(None).await?;
    open.retain(|task| task.done_at.is_none());
    let task = called(desk, read, open, given, "take").await?;
    Ok(Command::ClaimTask(ClaimTask { task }))
}

/// The command that gives a task to somebody, or back to the pool.
pub(super) async fn give(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    given: &str,
    fields: &[(String, String)],
) -> Result<Command> {
    let to = fields.iter().find(|(key, _)| key == "to").map_or("", |(_, to)| to.as_str());
    let assignee = match to.to_lowercase().as_str() {
        "pool" | "nobody" | "none" => None,
        _ => Some(member_called(read, speaker, to).await?.id),
    };
    let mut open = read.tasks(None).await?;
    open.retain(|task| task.done_at.is_none());
    let task = called(desk, read, open, given, "give").await?;
    Ok(Command::AssignTask(AssignTask { task, assignee }))
}

/// The command that says that a task is open again.
pub(super) async fn reopen(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    given: &str,
) -> Result<Command> {
    let standing = Standing::Done;
    let done = TaskFilter { standing, ..TaskFilter::open(speaker.at, 200) };
    let done = read.tasks_page(&done).await?;
    let task = called(desk, read, done, given, "reopen").await?;
    Ok(Command::SetTask(SetTask { task, status: TaskStatus::Open }))
}

/// The task that is meant, of these.
async fn called(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    open: Vec<Task>,
    given: &str,
    verb: &str,
) -> Result<TaskId> {
    let wanted = given.trim().trim_matches(['"', '“', '”', '„']).to_lowercase();
    // An id or a whole title wins over the beginning of a longer one.
    let fits: [fn(&Task, &str) -> bool; 3] = [
        |task, wanted| task.id.as_str() == wanted,
        |task, wanted| task.title.to_lowercase() == wanted,
        |task, wanted| task.title.to_lowercase().starts_with(wanted),
    ];
    let shown = given.chars().take(80).collect::<String>();
    for fits in fits {
        let fitting = open.iter().filter(|task| fits(task, &wanted)).collect::<Vec<_>>();
        match fitting.as_slice() {
            [] => {}
            [task] => return Ok(task.id.clone()),
            several => {
                let mut text = format!("Several tasks begin with “{shown}”. Say one of these:");
                for task in several.iter().take(LISTED_MAX) {
                    let line = line(read, task).await?;
                    text.push_str(&format!("\n{} {verb} {} · {line}", desk.prefix, task.id));
                }
                return Err(Refusal::new(crm::RefusalKind::Ambiguous, text).into());
            }
        }
    }
    Err(Refusal::not_found(format!(
        "No such task begins with “{shown}”. Say “{} tasks” to see them.",
        desk.prefix
    ))
    .into())
}

pub(super) async fn member_called(
    read: &mut dyn Read,
    speaker: &Speaker,
    name: &str,
) -> Result<Member> {
    let wanted = name.trim_start_matches('@').to_lowercase();
    if wanted == "me"
        && let Some(member) = &speaker.member
    {
        return Ok(member.clone());
    }
    let members = read.members().await?;
    let mut fitting = members.iter().filter(|member| {
        member.active
            && (member.email == wanted
                || member.name.to_lowercase() == wanted
                || member.name.to_lowercase().split(' ').next() == Some(wanted.as_str()))
    });
    match (fitting.next(), fitting.next()) {
        (Some(member), None) => Ok(member.clone()),
        (None, _) => {
            let all = members.iter().filter(|m| m.active).map(|m| m.name.as_str());
            Err(Refusal::not_found(format!(
                "There is no member called “{name}”. There is {}.",
                crm::flows::listed(&all.collect::<Vec<_>>())
            ))
            .into())
        }
        (Some(_), Some(_)) => Err(Refusal::invalid(format!(
            "Several members are called “{name}”; use the e-mail address."
        ))
        .into()),
    }
}

/// What there is to do: all, one's own, the pool, what is overdue, or about a record.
pub(super) async fn list(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    which: &str,
) -> Result<Command> {
    let mut filter = TaskFilter::open(speaker.at, LINES_MAX + 1);
    let mut records = Vec::new();
    match which.trim().to_lowercase().as_str() {
        "" | "all" | "open" => {}
        "pool" => filter.whose = Whose::Pool,
        "overdue" => filter.standing = Standing::Overdue,
        "mine" | "me" => match &speaker.member {
            Some(member) => filter.whose = Whose::Of(member.id.clone()),
            None => return Ok(say("Link your chat account first, so that I know who you are.")),
        },
        _ => {
            let named = desk.records(read, which).await?;
            records = work_of(read, named.clone()).await?;
            for record in named {
                if !records.iter().any(|known| known.id == record.id) {
                    records.push(record);
                }
            }
        }
    }
    let mut tasks = Vec::new();
    if records.is_empty() {
        tasks = read.tasks_page(&filter).await?;
    }
    for record in records {
        let of_record = TaskFilter { record: Some(record.id), ..filter.clone() };
        tasks.extend(read.tasks_page(&of_record).await?);
    }
    let most = usize::try_from(LINES_MAX).unwrap_or(1);
    let mut lines = Vec::new();
    for task in tasks.iter().take(most) {
        lines.push(line(read, task).await?);
    }
    if tasks.len() > most {
        lines.push("… and more.".to_owned());
    }
    if lines.is_empty() {
        return Ok(say("No open tasks."));
    }
    Ok(say(lines.join("\n")))
}

pub(super) async fn line(read: &mut dyn Read, task: &Task) -> Result<String> {
    let mut line = task.title.clone();
    if let Some(id) = &task.record
        && let Some(record) = read.record(id).await?
    {
        line.push_str(&format!(" · {} {}", record.key, record.title));
    }
    if let Some(day) = task.due_on {
        line.push_str(&format!(" · due {day}"));
        if let Some(at) = task.due_at {
            let zone = read.tenant().await?.timezone.parse::<Tz>().unwrap_or(Tz::UTC);
            line.push_str(&at.with_timezone(&zone).format(" %H:%M").to_string());
        }
    }
    match &task.assignee {
        Some(id) => {
            let name = read.member(id).await?.map_or_else(|| "?".to_owned(), |m| m.name);
            line.push_str(&format!(" · {name}"));
        }
        None => line.push_str(" · in the pool"),
    }
    Ok(line)
}
