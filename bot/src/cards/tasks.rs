//! Tasks in posts: one by itself, those that a proposal would make, and those that it made; and what
//! the captured messages say in short.

use chrono_tz::Tz;
use crm::chat::{Content, Item};
use crm::ids::TaskId;
use crm::ports::Read;
use crm::proposals::{FieldEffect, Proposal, ProposedTask};
use crm::{StoreError, tasks};

use super::short;

/// A task in a line, and what more there is to know about it.
pub(super) async fn task_text(
    read: &mut dyn Read,
    task: &TaskId,
    timezone: Tz,
) -> Result<String, StoreError> {
    let Some(task) = read.task(task).await? else {
        return Ok("This task is gone.".to_owned());
    };
    let what = match (task.dropped_at, task.done_at) {
        (Some(_), _) => "Dropped",
        (None, Some(_)) => "Done",
        (None, None) => "Task",
    };
    let mut text = format!("{what}: {}", task.title);
    if let Some(record) = &task.record
        && let Some(record) = read.record(record).await?
    {
        text.push_str(&format!(" · {} ({})", record.title, record.key));
    }
    if let Some(when) = tasks::due_words(&task, timezone) {
        text.push_str(&format!(" · due {when}"));
    }
    let who = if task.done_at.is_some() { &task.done_by } else { &task.assignee };
    match (who, task.done_at) {
        (Some(id), done) => {
            let name = read.member(id).await?.map_or_else(|| "?".to_owned(), |member| member.name);
            text.push_str(&format!(" · {} {name}", if done.is_some() { "by" } else { "for" }));
        }
        (None, Some(_)) => {}
        (None, None) => text.push_str(" · in the pool"),
    }
    if let Some(description) = &task.description {
        text.push_str(&format!("\n{}", short(description)));
    }
    Ok(text)
}

/// What the messages say in short.
pub(super) fn summary(proposal: &Proposal) -> Option<Item> {
    let summary = proposal.summary.as_ref()?;
    Some(Item { text: format!("Summary: {}", summary.text), details: Vec::new() })
}

/// The tasks that a proposal would make.
pub(super) async fn proposed(
    read: &mut dyn Read,
    proposal: &Proposal,
    content: &mut Content,
    timezone: Tz,
) -> Result<(), StoreError> {
    for task in &proposal.tasks {
        let text = line(read, proposal, task, timezone).await?;
        let sentence = &task.source.sentence;
        let quote = (!sentence.is_empty()).then(|| format!("“{}”", short(sentence)));
        content.items.push(Item { text, details: quote.into_iter().collect() });
    }
    Ok(())
}

/// `Task: send them the quote (new) · Initech – annual plan · due Friday, 12 March 2027 · for Rosa`
async fn line(
    read: &mut dyn Read,
    proposal: &Proposal,
    task: &ProposedTask,
    timezone: Tz,
) -> Result<String, StoreError> {
    let how = match task.effect {
        FieldEffect::Same => "is there already",
        _ => "new",
    };
    let by = if task.source.is_by_model() { "; by the model" } else { "" };
    let mut text = format!("Task: {} ({how}{by})", task.title);
    let first = task.about.first().and_then(|place| proposal.records.get(*place));
    if let Some(about) = first {
        text.push_str(&format!(" · {}", about.title));
    }
    if let Some(when) = tasks::due_in_words(task.due_on, task.due_at, timezone) {
        text.push_str(&format!(" · due {when}"));
    }
    let member = match &task.assignee {
        Some(id) => read.member(id).await?,
        None => None,
    };
    match member {
        Some(member) => text.push_str(&format!(" · for {}", member.name)),
        None => text.push_str(" · in the pool"),
    }
    Ok(text)
}

/// The tasks that a proposal made, as they stand now.
pub(super) async fn made(
    read: &mut dyn Read,
    proposal: &Proposal,
    content: &mut Content,
    timezone: Tz,
) -> Result<(), StoreError> {
    for id in &proposal.made_tasks {
        let text = task_text(read, id, timezone).await?;
        content.items.push(Item { text, details: Vec::new() });
    }
    Ok(())
}
