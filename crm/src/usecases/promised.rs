//! What accepting a proposal leaves besides records: tasks, each with the words that it was read
//! from, and on every record a line that sums the messages up.

use super::{Done, Work};
use crate::commands::{AcceptProposal, AddTask, ChangeTask, Due, LeftOut, SetTask, TaskStatus};
use crate::errors::{Error, Refusal, Result};
use crate::ids::{RecordId, TaskId};
use crate::interactions::{Interaction, Source};
use crate::proposals::{FieldEffect, Proposal, Provenance, SourceSpan, TaskSource};
use crate::timeline::EventType;

impl Work<'_> {
    /// Makes the tasks of a proposal, each on the first record that it is about and that is there.
    pub(super) async fn make_tasks(
        &mut self,
        proposal: &Proposal,
        left_out: &LeftOut,
        made: &[Option<RecordId>],
    ) -> Result<Vec<TaskId>> {
        let mut tasks = Vec::new();
        for (place, proposed) in proposal.tasks.iter().enumerate() {
            let is_there = proposed.effect == FieldEffect::Same;
            let Some(message) = proposal.messages.get(proposed.source.message) else { continue };
            if is_there || left_out.has(place) {
                continue;
            }
            // Who was to do it may have left since it was proposed.
            let assignee = match &proposed.assignee {
                Some(id) => self.tx.member(id).await?.filter(|one| one.active).map(|one| one.id),
                None => None,
            };
            let record = proposed.about.iter().find_map(|at| made.get(*at).cloned().flatten());
            let task = AddTask {
                title: proposed.title.clone(),
                record,
                assignee,
                due_on: proposed.due_on,
                due_at: proposed.due_at,
                ..AddTask::default()
            };
            let source = TaskSource {
                proposal: proposal.id.clone(),
                source: proposed.source.clone(),
                due: proposed.due_source.clone(),
                message: message.clone(),
            };
            let done: Done = self.make_task(task, Some(source)).await?;
            tasks.extend(serde_json::from_value::<TaskId>(done.data["task"].clone()));
        }
        Ok(tasks)
    }

    /// Puts what the messages say in short on the timeline of each record. It goes with the message
    /// that its first words stand in.
    pub(super) async fn sum_up(&mut self, proposal: &Proposal, made: &[RecordId]) -> Result<()> {
        let Some(summary) = &proposal.summary else { return Ok(()) };
        let first = summary.sources.first().and_then(|at| proposal.messages.get(at.message));
        let source = first.map(|message| Source {
            place: message.place.clone(),
            message: message.message.clone(),
            permalink: message.permalink.clone(),
        });
        for record in made {
            let data = serde_json::json!({ "proposal": proposal.id });
            let event = EventType::MessagesSummedUp;
            let line = self.line(record, event, summary.text.clone(), data);
            self.log_interaction(Interaction { source: source.clone(), ..line }).await?;
        }
        Ok(())
    }

    /// Takes what was misread off the tasks that were read from the same words: the task itself, or
    /// the day by which it was due. Gives how many changed.
    pub(super) async fn take_off_tasks(&mut self, wrong: &Provenance) -> Result<usize> {
        let Some(proposal) = self.tx.proposal(&wrong.proposal).await? else { return Ok(0) };
        let same =
            |span: &SourceSpan| span.start == wrong.source.start && span.end == wrong.source.end;
        let mut count = 0;
        for id in proposal.made_tasks {
            let Some(task) = self.tx.task(&id).await? else { continue };
            let Some(source) = task.source.as_ref() else { continue };
            if source.message.message != wrong.message.message
                || task.done_at.is_some()
                || task.dropped_at.is_some()
            {
                continue;
            }
            let changed = if same(&source.source) {
                self.set_task(SetTask { task: id, status: TaskStatus::Dropped }).await
            } else if source.due.as_ref().is_some_and(same) && task.due_on.is_some() {
                let never = Due { on: None, at: None, remind_at: None, silent: true };
                let change = ChangeTask {
                    task: id,
                    title: None,
                    description: None,
                    due: Some(never),
                    record: None,
                };
                self.change_task(change).await
            } else {
                continue;
            };
            match changed {
                Ok(_) => count += 1,
                // Somebody else's is left alone, as their records are.
                Err(Error::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }
}

/// Puts what somebody changed of the tasks and of the summary into a proposal.
pub(super) fn tasks_changed_before(
    proposal: &mut Proposal,
    input: &AcceptProposal,
) -> Result<(), Refusal> {
    let count = proposal.tasks.len();
    let no_such_task = |place: usize| {
        Refusal::invalid(format!("The proposal has no task {place}. Look at it again."))
    };
    if let LeftOut::Places(places) = &input.without_tasks
        && let Some(place) = places.iter().find(|place| **place >= count)
    {
        return Err(no_such_task(*place));
    }
    for change in &input.task_changes {
        let task = proposal.tasks.get_mut(change.task).ok_or_else(|| no_such_task(change.task))?;
        if change.title.trim().is_empty() {
            return Err(Refusal::invalid(
                "A task needs words: what is to be done? Or leave it out with `without_tasks`.",
            ));
        }
        let due_stays = (task.due_on, task.due_at) == (change.due_on, change.due_at);
        task.due_source = task.due_source.take().filter(|_| due_stays);
        task.title.clone_from(&change.title);
        task.due_on = change.due_on;
        task.due_at = change.due_at;
        task.assignee.clone_from(&change.assignee);
        // Who changes it wants it, even where the same is to be done already.
        task.effect = FieldEffect::Create;
    }
    match (input.summary.as_deref().map(str::trim), &mut proposal.summary) {
        (Some(""), summary) => *summary = None,
        (Some(text), Some(summary)) => summary.text = super::excerpt(text),
        (Some(text), summary) => {
            *summary = Some(crate::proposals::ProposedSummary {
                text: super::excerpt(text),
                sources: Vec::new(),
            });
        }
        (None, _) => {}
    }
    Ok(())
}

/// Takes the words of a message out of the tasks and the summary of a proposal.
pub(super) fn forget_words(proposal: &mut Proposal, message: usize) {
    proposal.tasks.retain(|task| task.source.message != message);
    let tells = |span: &SourceSpan| span.message == message;
    if proposal.summary.as_ref().is_some_and(|summary| summary.sources.iter().any(tells)) {
        proposal.summary = None;
    }
}
