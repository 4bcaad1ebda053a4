//! Notes on records, and tasks.

use serde_json::json;

use super::{Done, Work, excerpt};
use crate::blueprints::TEXT_BYTES_MAX;
use crate::commands::{AddNote, AddTask, Command, SetTask, TaskStatus, WithdrawNote};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::ids::{NoteId, TaskId};
use crate::interactions::{InteractionKind, Note, Task};
use crate::permissions::Action;

impl Work<'_> {
    pub(super) async fn add_note(&mut self, input: AddNote) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        self.may(Action::Contribute, &record)?;
        let body = input.body.trim();
        if body.is_empty() {
            return Err(Refusal::invalid("A note needs words. Write them after the name.").into());
        }
        if body.len() > TEXT_BYTES_MAX {
            return Err(Refusal::invalid("A note has at most 64 KiB. Split it in two.").into());
        }
        let note = Note {
            id: NoteId::fresh(self.env),
            record: record.id.clone(),
            body: body.to_owned(),
            author: self.member.as_ref().map(|m| m.id.clone()),
            created_at: self.now,
            withdrawn_at: None,
        };
        self.tx.insert_note(&note).await?;
        self.facts.push(FactBody::NoteAdded { record: record.id.clone(), note: note.id.clone() });
        let data = json!({ "note": note.id });
        self.log(&record.id, InteractionKind::Note, excerpt(body), None, data.clone()).await?;
        self.inverses.push(Command::WithdrawNote(WithdrawNote { note: note.id }));
        self.card_changed(&record.id, None, false);
        Ok(Done {
            data,
            ..Done::about(&record.id, format!("Noted on {} ({}).", record.title, record.key))
        })
    }

    pub(super) async fn withdraw_note(&mut self, input: WithdrawNote) -> Result<Done> {
        let found = self.tx.note(&input.note).await?;
        let Some(mut note) = found.filter(|note| note.withdrawn_at.is_none()) else {
            return Err(Refusal::not_found("There is no such note, or it was withdrawn.").into());
        };
        let record = self.live_record(&note.record).await?;
        // One's own words can be taken back wherever they stand; others' need the record.
        if note.author.is_none() || note.author != self.member.as_ref().map(|m| m.id.clone()) {
            self.may(Action::Change, &record)?;
        }
        note.withdrawn_at = Some(self.now);
        self.tx.update_note(&note).await?;
        self.facts.push(FactBody::NoteWithdrawn { record: record.id.clone(), note: note.id });
        let said = format!("{} withdrew a note", self.actor_name());
        self.log(&record.id, InteractionKind::Note, said, None, json!({})).await?;
        self.card_changed(&record.id, None, false);
        Ok(Done::about(&record.id, format!("The note on {} is withdrawn.", record.title)))
    }

    pub(super) async fn add_task(&mut self, input: AddTask) -> Result<Done> {
        let title = input.title.split_whitespace().collect::<Vec<_>>().join(" ");
        if title.is_empty() {
            return Err(Refusal::invalid("A task needs words: what is to be done?").into());
        }
        let record = match &input.record {
            Some(id) => Some(self.live_record(id).await?),
            None => None,
        };
        let assignee = match &input.assignee {
            Some(id) => Some(
                self.tx
                    .member(id)
                    .await?
                    .filter(|member| member.active)
                    .ok_or_else(|| Refusal::not_found("There is no such member here."))?,
            ),
            None => None,
        };
        let task = Task {
            id: TaskId::fresh(self.env),
            record: input.record,
            title: excerpt(&title),
            assignee: input.assignee,
            due_on: input.due_on,
            done_at: None,
            dropped_at: None,
            created_by: self.member.as_ref().map(|m| m.id.clone()),
            created_at: self.now,
        };
        self.tx.insert_task(&task).await?;
        self.facts.push(FactBody::TaskAdded { task: task.id.clone(), record: task.record.clone() });
        let data = json!({ "task": task.id });
        let mut said = format!("Task: {}", task.title);
        if let Some(record) = &record {
            said.push_str(&format!(" · {} ({})", record.title, record.key));
            let summary = format!("Task: {}", task.title);
            self.log(&record.id, InteractionKind::Task, summary, None, data.clone()).await?;
            self.card_changed(&record.id, None, false);
        }
        if let Some(day) = task.due_on {
            said.push_str(&format!(" · due {}", day.format("%A, %-d %B %Y")));
        }
        match &assignee {
            Some(assignee) => said.push_str(&format!(" · for {}", assignee.name)),
            None => said.push_str(" · in the pool"),
        }
        self.inverses
            .push(Command::SetTask(SetTask { task: task.id, status: TaskStatus::Dropped }));
        Ok(Done { said, records: task.record.into_iter().collect(), data })
    }

    pub(super) async fn set_task(&mut self, input: SetTask) -> Result<Done> {
        let Some(mut task) = self.tx.task(&input.task).await? else {
            return Err(Refusal::not_found("There is no such task.").into());
        };
        let before = if task.dropped_at.is_some() {
            TaskStatus::Dropped
        } else if task.done_at.is_some() {
            TaskStatus::Done
        } else {
            TaskStatus::Open
        };
        let (word, said) = match input.status {
            TaskStatus::Open => ("open", "is open again"),
            TaskStatus::Done => ("done", "is done"),
            TaskStatus::Dropped => ("dropped", "is dropped"),
        };
        if before == input.status {
            return Ok(Done::said(format!("“{}” {said} already.", task.title)));
        }
        task.done_at = (input.status == TaskStatus::Done).then_some(self.now);
        task.dropped_at = (input.status == TaskStatus::Dropped).then_some(self.now);
        self.tx.update_task(&task).await?;
        self.facts.push(FactBody::TaskChanged {
            task: task.id.clone(),
            record: task.record.clone(),
            status: word.to_owned(),
        });
        let said = format!("“{}” {said}.", task.title);
        if let Some(record) = &task.record {
            let data = json!({ "task": task.id, "status": word });
            self.log(record, InteractionKind::Task, said.clone(), None, data).await?;
            self.card_changed(record, None, false);
        }
        self.inverses.push(Command::SetTask(SetTask { task: task.id, status: before }));
        Ok(Done { said, records: task.record.into_iter().collect(), ..Done::default() })
    }
}
