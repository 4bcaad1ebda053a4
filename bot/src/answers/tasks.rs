//! Tasks: making them, listing them, and saying that one is done.

use crm::commands::{AddTask, Command, SetTask, TaskStatus};
use crm::interactions::Task;
use crm::ports::Read;
use crm::records::Record;
use crm::tenants::Member;
use crm::{Refusal, Result};

use super::naming::{one_from, work_of};
use super::{Desk, Speaker, day_of, say, today};

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
    Ok(Command::AddTask(AddTask { title, record, assignee, due_on }))
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

/// The command that says that a task is done.
pub(super) async fn done(desk: &Desk<'_>, read: &mut dyn Read, given: &str) -> Result<Command> {
    let wanted = given.trim().trim_matches(['"', '“', '”', '„']).to_lowercase();
    let mut open = read.tasks(None).await?;
    open.retain(|task| task.done_at.is_none() && task.dropped_at.is_none());
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
            [task] => {
                return Ok(Command::SetTask(SetTask {
                    task: task.id.clone(),
                    status: TaskStatus::Done,
                }));
            }
            several => {
                let mut text =
                    format!("Several open tasks begin with “{shown}”. Say one of these:");
                for task in several.iter().take(LISTED_MAX) {
                    let line = line(read, task).await?;
                    text.push_str(&format!("\n{} done {} · {line}", desk.prefix, task.id));
                }
                return Err(Refusal::new(crm::RefusalKind::Ambiguous, text).into());
            }
        }
    }
    Err(Refusal::not_found(format!(
        "No open task begins with “{shown}”. Say “{} tasks” to see them.",
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

/// What there is to do.
pub(super) async fn list(read: &mut dyn Read) -> Result<Command> {
    let tasks = read.tasks(None).await?;
    let mut lines = Vec::new();
    for task in tasks.iter().filter(|task| task.done_at.is_none()).take(20) {
        lines.push(line(read, task).await?);
    }
    if lines.is_empty() {
        return Ok(say("No open tasks."));
    }
    Ok(say(lines.join("\n")))
}

async fn line(read: &mut dyn Read, task: &Task) -> Result<String> {
    let mut line = task.title.clone();
    if let Some(id) = &task.record
        && let Some(record) = read.record(id).await?
    {
        line.push_str(&format!(" · {} {}", record.key, record.title));
    }
    if let Some(day) = task.due_on {
        line.push_str(&format!(" · due {day}"));
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
