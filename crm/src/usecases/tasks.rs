//! Tasks: making, changing, giving and taking them, doing them, and being reminded. A task reminds
//! once at its time: its member in private, or, while it waits in the pool, the place where it was
//! made. What becomes of it is shown in every post that tells of it.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::json;

use super::{Done, Work, excerpt};
use crate::chat::Place;
use crate::commands::{
    AddTask, AssignTask, ChangeTask, ClaimTask, Command, Due, Notify, RemindOfTask, ReplyTo,
    SetTask, SnoozeTask, TaskStatus, Way,
};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::ids::{MemberId, TaskId};
use crate::interactions::Task;
use crate::permissions::{Action, Relation};
use crate::posts::{Notice, Subject};
use crate::proposals::TaskSource;
use crate::tasks::{DESCRIPTION_BYTES_MAX, due_words, overdue_at, remind_at};
use crate::tenants::Member;
use crate::timeline::EventType;

/// The network of Tieline's own chat, in which every member can be reached.
const OWN_CHAT: &str = "console";
/// The longest that a reminder can be put off.
const SNOOZE_MINUTES_MAX: i64 = 365 * 24 * 60;

/// When a task is due, and what follows from it.
struct Times {
    due_on: Option<NaiveDate>,
    due_at: Option<DateTime<Utc>>,
    overdue_at: Option<DateTime<Utc>>,
    remind_at: Option<DateTime<Utc>>,
}

impl Work<'_> {
    pub(super) async fn add_task(&mut self, input: AddTask) -> Result<Done> {
        self.make_task(input, None).await
    }

    /// Makes a task, with the words that it was read from when it was captured.
    pub(super) async fn make_task(
        &mut self,
        input: AddTask,
        source: Option<TaskSource>,
    ) -> Result<Done> {
        let title = checked_title(&input.title)?;
        let record = match &input.record {
            Some(id) => Some(self.live_record(id).await?),
            None => None,
        };
        let assignee = match &input.assignee {
            Some(id) => Some(self.member_here(id).await?),
            None => None,
        };
        let due =
            Due { on: input.due_on, at: input.due_at, remind_at: input.remind_at, silent: false };
        let times = self.times(&due).await?;
        let task = Task {
            id: TaskId::fresh(self.env),
            record: input.record,
            title,
            description: checked_description(input.description.as_deref())?,
            assignee: input.assignee,
            due_on: times.due_on,
            due_at: times.due_at,
            overdue_at: times.overdue_at,
            remind_at: times.remind_at,
            done_at: None,
            done_by: None,
            dropped_at: None,
            created_by: self.member.as_ref().map(|m| m.id.clone()),
            created_at: self.now,
            place: self.reply.as_ref().map(|reply| reply.place.clone()),
            source,
        };
        self.tx.insert_task(&task).await?;
        self.facts.push(FactBody::TaskAdded { task: task.id.clone(), record: task.record.clone() });
        let data = json!({ "task": task.id });
        let mut said = format!("Task: {}", task.title);
        if let Some(record) = &record {
            said.push_str(&format!(" · {} ({})", record.title, record.key));
            let summary = format!("Task: {}", task.title);
            self.log_event(&record.id, EventType::TaskCreated, summary, data.clone()).await?;
            self.card_changed(&record.id, None, false);
        }
        let zone = self.zone().await?;
        if let Some(when) = due_words(&task, zone) {
            said.push_str(&format!(" · due {when}"));
        }
        match &assignee {
            Some(assignee) => said.push_str(&format!(" · for {}", assignee.name)),
            None => said.push_str(" · in the pool"),
        }
        self.tell_assignee(&task, assignee.as_ref()).await?;
        self.inverses
            .push(Command::SetTask(SetTask { task: task.id, status: TaskStatus::Dropped }));
        Ok(Done { said, records: task.record.into_iter().collect(), data })
    }

    /// Makes a task that was asked for by itself. In chat it is answered with the task, which can
    /// be taken, done and undone there.
    pub(super) async fn add_asked_task(&mut self, input: AddTask) -> Result<Done> {
        let done = self.add_task(input).await?;
        let task = serde_json::from_value::<TaskId>(done.data["task"].clone()).ok();
        if let (Some(reply), Some(task)) = (self.reply.clone(), task) {
            let notice = Notice { text: String::new(), undo: Some(self.entry.clone()) };
            let subject = Subject::Task { task, reminder: false };
            self.post(&reply, subject, Some(notice)).await?;
            self.answered = true;
        }
        Ok(done)
    }

    pub(super) async fn change_task(&mut self, input: ChangeTask) -> Result<Done> {
        let before = self.task_to(Action::Change, &input.task).await?;
        let mut task = before.clone();
        if let Some(title) = &input.title {
            task.title = checked_title(title)?;
        }
        if let Some(description) = &input.description {
            task.description = checked_description(Some(description))?;
        }
        if let Some(record) = &input.record {
            task.record = Some(self.live_record(record).await?.id);
        }
        if let Some(due) = &input.due {
            let times = self.times(due).await?;
            task.due_on = times.due_on;
            task.due_at = times.due_at;
            task.overdue_at = times.overdue_at;
            task.remind_at = times.remind_at;
        }
        if task == before {
            return Ok(Done::said(format!("“{}” is like that already.", task.title)));
        }
        let mut said = format!("“{}” was changed.", task.title);
        if input.due.is_some() {
            let zone = self.zone().await?;
            said = match due_words(&task, zone) {
                Some(when) => format!("“{}” is due {when}.", task.title),
                None => format!("“{}” is never due.", task.title),
            };
        }
        let undo = ChangeTask {
            task: task.id.clone(),
            title: input.title.and(Some(before.title)),
            description: input.description.and(Some(before.description.unwrap_or_default())),
            due: input.due.map(|_| Due {
                on: before.due_on,
                at: before.due_at,
                remind_at: before.remind_at,
                silent: before.remind_at.is_none(),
            }),
            record: input.record.and(before.record),
        };
        self.inverses.push(Command::ChangeTask(undo));
        self.keep_task(&task, "changed", &said).await?;
        Ok(Done { said, records: task.record.into_iter().collect(), ..Done::default() })
    }

    pub(super) async fn assign_task(&mut self, input: AssignTask) -> Result<Done> {
        let before = self.task_to(Action::Assign, &input.task).await?;
        let assignee = match &input.assignee {
            Some(id) => Some(self.member_here(id).await?),
            None => None,
        };
        let whose = assignee.as_ref().map_or("the pool", |member| member.name.as_str());
        if before.assignee == input.assignee {
            let said = format!("“{}” is there already: {whose}.", before.title);
            return Ok(Done::said(said));
        }
        let task = Task { assignee: input.assignee, ..before.clone() };
        let by = self.actor_name();
        let said = match &assignee {
            None => format!("{by} put “{}” back into the pool.", task.title),
            Some(member) if member.name == by => format!("{by} takes “{}”.", task.title),
            Some(member) => format!("{by} gave “{}” to {}.", task.title, member.name),
        };
        self.keep_task(&task, "assigned", &said).await?;
        self.tell_assignee(&task, assignee.as_ref()).await?;
        self.inverses.push(Command::AssignTask(AssignTask {
            task: task.id.clone(),
            assignee: before.assignee,
        }));
        let data = json!({ "task": task.id });
        Ok(Done { said, records: task.record.into_iter().collect(), data })
    }

    pub(super) async fn claim_task(&mut self, input: ClaimTask) -> Result<Done> {
        let task = self.task(&input.task).await?;
        let me = self.member.as_ref().map(|member| member.id.clone());
        if task.done_at.is_some() {
            return Err(Refusal::gone(format!("“{}” is done already.", task.title)).into());
        }
        if let Some(other) = task.assignee.as_ref().filter(|other| Some(*other) != me.as_ref()) {
            let name = self.tx.member(other).await?.map(|member| member.name);
            return Err(Refusal::gone(format!(
                "{} has taken “{}” already. Take another, or ask them for it.",
                name.unwrap_or_else(|| "Somebody".to_owned()),
                task.title
            ))
            .into());
        }
        self.assign_task(AssignTask { task: input.task, assignee: me }).await
    }

    pub(super) async fn snooze_task(&mut self, input: SnoozeTask) -> Result<Done> {
        let before = self.task_to(Action::Change, &input.task).await?;
        if !(1..=SNOOZE_MINUTES_MAX).contains(&input.minutes) {
            return Err(Refusal::invalid(format!(
                "A reminder is put off by 1 to {SNOOZE_MINUTES_MAX} minutes, not by {}.",
                input.minutes
            ))
            .into());
        }
        if before.done_at.is_some() {
            return Err(Refusal::gone(format!("“{}” is done already.", before.title)).into());
        }
        let at = self.now + Duration::minutes(input.minutes);
        let task = Task { remind_at: Some(at), ..before.clone() };
        let zone = self.zone().await?;
        let when = at.with_timezone(&zone).format("%A, %-d %B %H:%M");
        let said = format!("I remind of “{}” on {when}.", task.title);
        self.keep_task(&task, "changed", &said).await?;
        self.inverses.push(Command::ChangeTask(ChangeTask {
            task: task.id.clone(),
            title: None,
            description: None,
            due: Some(Due {
                on: before.due_on,
                at: before.due_at,
                remind_at: before.remind_at,
                silent: before.remind_at.is_none(),
            }),
            record: None,
        }));
        Ok(Done { said, records: task.record.into_iter().collect(), ..Done::default() })
    }

    pub(super) async fn set_task(&mut self, input: SetTask) -> Result<Done> {
        let before = self.task_to(Action::Change, &input.task).await?;
        let status = status_of(&before);
        let (word, said) = match input.status {
            TaskStatus::Open => ("open", "is open again"),
            TaskStatus::Done => ("done", "is done"),
            TaskStatus::Dropped => ("dropped", "is dropped"),
        };
        if status == input.status {
            return Ok(Done::said(format!("“{}” {said} already.", before.title)));
        }
        let is = |status| input.status == status;
        let task = Task {
            done_at: is(TaskStatus::Done).then_some(self.now),
            done_by: self.member.as_ref().map(|m| m.id.clone()).filter(|_| is(TaskStatus::Done)),
            dropped_at: is(TaskStatus::Dropped).then_some(self.now),
            ..before
        };
        let said = format!("“{}” {said}.", task.title);
        self.keep_task(&task, word, &said).await?;
        self.inverses.push(Command::SetTask(SetTask { task: task.id.clone(), status }));
        Ok(Done { said, records: task.record.into_iter().collect(), ..Done::default() })
    }

    pub(super) async fn remind_of_task(&mut self, input: RemindOfTask) -> Result<Done> {
        // It may have been done, put off or removed while it waited for its turn.
        let Some(task) = self.tx.task(&input.task).await? else { return Ok(Done::default()) };
        if task.remind_at != Some(input.due) || status_of(&task) != TaskStatus::Open {
            return Ok(Done::default());
        }
        let task = Task { remind_at: None, ..task };
        self.tx.update_task(&task).await?;
        let Some(at) = self.where_to_remind(&task, &input.ways).await? else {
            return Ok(Done::default());
        };
        let subject = Subject::Task { task: task.id.clone(), reminder: true };
        let notice = Notice { text: "Reminder".to_owned(), undo: None };
        self.post(&at, subject, Some(notice)).await?;
        Ok(Done::default())
    }

    /// Who is reminded, and where: the member in private; of what waits in the pool, the place
    /// where it was made, the newest place that saw the record's card, or who made it.
    async fn where_to_remind(&mut self, task: &Task, ways: &[Way]) -> Result<Option<ReplyTo>> {
        if let Some(assignee) = &task.assignee {
            return self.private_place(assignee, ways).await;
        }
        let open = |place: &Place| ReplyTo {
            place: place.clone(),
            thread: None,
            message: None,
            private_to: None,
        };
        if let Some(place) = &task.place
            && self.tx.place(place).await?.is_some()
        {
            return Ok(Some(open(place)));
        }
        if let Some(record) = &task.record {
            let since = self.now - Duration::days(crate::posts::CHOICE_DAYS);
            for post in self.tx.cards_of(record, since, 5).await? {
                if post.private_to.is_none() && self.tx.place(&post.place).await?.is_some() {
                    return Ok(Some(open(&post.place)));
                }
            }
        }
        match &task.created_by {
            Some(maker) => self.private_place(maker, ways).await,
            None => Ok(None),
        }
    }

    /// The best way to say something to a member alone: the chat account that was linked last, of
    /// those that can be reached, and else Tieline's own chat.
    async fn private_place(&mut self, member: &MemberId, ways: &[Way]) -> Result<Option<ReplyTo>> {
        if !self.tx.member(member).await?.is_some_and(|member| member.active) {
            return Ok(None);
        }
        let mut accounts = self.tx.chat_accounts().await?;
        accounts.retain(|account| account.member == *member);
        accounts.sort_by_key(|account| std::cmp::Reverse(account.linked_at));
        let linked = accounts.iter().find_map(|account| {
            let way = ways.iter().find(|way| way.network == account.network)?;
            Some((way, account.account.clone(), String::new()))
        });
        let own = || {
            let way = ways.iter().find(|way| way.network == OWN_CHAT)?;
            Some((way, member.to_string(), crate::chat::private_room(member.as_str())))
        };
        Ok(linked.or_else(own).map(|(way, account, room)| ReplyTo {
            place: Place::new(&way.connection, room),
            thread: None,
            message: None,
            private_to: Some(account),
        }))
    }

    pub(super) async fn notify(&mut self, input: Notify) -> Result<Done> {
        let found = self.tx.notification(&input.notification).await?;
        let Some(waits) = found.filter(|one| one.posted_at.is_none()) else {
            return Ok(Done::default());
        };
        self.tx.settle_notification(&waits.id, self.now).await?;
        if let Some(at) = self.private_place(&waits.member, &input.ways).await? {
            self.say(&at, &waits.text).await?;
        }
        Ok(Done::default())
    }

    /// Tells somebody in private that they have something to do, unless they said so themselves.
    async fn tell_assignee(&mut self, task: &Task, assignee: Option<&Member>) -> Result<()> {
        let me = self.member.as_ref().map(|member| &member.id);
        let Some(assignee) = assignee.filter(|one| Some(&one.id) != me && !self.undoing) else {
            return Ok(());
        };
        let zone = self.zone().await?;
        let mut text = format!("{} gave you a task: {}", self.actor_name(), task.title);
        if let Some(when) = due_words(task, zone) {
            text.push_str(&format!(" · due {when}"));
        }
        self.tell_member(&assignee.id.clone(), task.record.as_ref(), text).await
    }

    /// Stores a changed task and tells of it.
    async fn keep_task(&mut self, task: &Task, status: &str, said: &str) -> Result<()> {
        self.tx.update_task(task).await?;
        self.facts.push(FactBody::TaskChanged {
            task: task.id.clone(),
            record: task.record.clone(),
            status: status.to_owned(),
        });
        if let Some(record) = &task.record {
            let mut data = json!({ "task": task.id });
            if matches!(status, "open" | "done" | "dropped") {
                data["status"] = status.into();
            }
            let event = match status {
                "done" => EventType::TaskCompleted,
                _ => EventType::TaskChanged,
            };
            self.log_event(record, event, said, data).await?;
            self.card_changed(record, None, false);
        }
        self.changed_tasks.insert(task.id.clone());
        Ok(())
    }

    /// Brings every post that shows a changed task up to date.
    pub(super) async fn refresh_tasks(&mut self) -> Result<()> {
        for task in std::mem::take(&mut self.changed_tasks) {
            for post in self.tx.posts_of_task(&task).await? {
                self.change_post(post, None).await?;
            }
        }
        Ok(())
    }

    async fn task(&mut self, id: &TaskId) -> Result<Task> {
        let found = self.tx.task(id).await?;
        Ok(found.ok_or_else(|| {
            Refusal::not_found("There is no such task. Say “tasks” to see those there are.")
        })?)
    }

    /// A task that may be changed by whoever asks: it is theirs, they asked for it, they look
    /// after its record, or it is nobody's.
    async fn task_to(&mut self, action: Action, id: &TaskId) -> Result<Task> {
        let task = self.task(id).await?;
        let me = self.member.as_ref().map(|member| member.id.clone());
        let is_me = |other: &Option<MemberId>| other.is_some() && *other == me;
        let mut relation = match &task.assignee {
            _ if is_me(&task.assignee) || is_me(&task.created_by) => Relation::Own,
            None => Relation::Unclaimed,
            Some(_) => Relation::Other,
        };
        if relation == Relation::Other
            && let Some(record) = &task.record
            && let Some(record) = self.tx.record(record).await?
            && is_me(&record.owner)
        {
            relation = Relation::Own;
        }
        if self.undoes_own || self.may_as(action, relation).is_ok() {
            return Ok(task);
        }
        let Some(assignee) = task.assignee.as_ref().filter(|_| relation == Relation::Other) else {
            self.may_as(action, relation)?;
            return Ok(task);
        };
        let name = self.tx.member(assignee).await?.map(|member| member.name);
        Err(Refusal::forbidden(format!(
            "“{}” is {}'s task. Ask them, or an administrator.",
            task.title,
            name.unwrap_or_else(|| "somebody else".to_owned())
        ))
        .into())
    }

    async fn member_here(&mut self, id: &MemberId) -> Result<Member> {
        let found = self.tx.member(id).await?.filter(|member| member.active);
        Ok(found.ok_or_else(|| Refusal::not_found("There is no such member here."))?)
    }

    pub(super) async fn zone(&mut self) -> Result<Tz> {
        Ok(self.tx.tenant().await?.timezone.parse::<Tz>().unwrap_or(Tz::UTC))
    }

    async fn times(&mut self, due: &Due) -> Result<Times> {
        let zone = self.zone().await?;
        let due_on = due.on.or_else(|| due.at.map(|at| at.with_timezone(&zone).date_naive()));
        let by_rule = || remind_at(due_on, due.at, zone, self.now);
        let remind_at = if due.silent { None } else { due.remind_at.or_else(by_rule) };
        Ok(Times {
            due_on,
            due_at: due.at,
            overdue_at: overdue_at(due_on, due.at, zone),
            remind_at,
        })
    }
}

fn status_of(task: &Task) -> TaskStatus {
    if task.dropped_at.is_some() {
        TaskStatus::Dropped
    } else if task.done_at.is_some() {
        TaskStatus::Done
    } else {
        TaskStatus::Open
    }
}

fn checked_title(given: &str) -> Result<String, Refusal> {
    let title = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() {
        return Err(Refusal::invalid("A task needs words: what is to be done?"));
    }
    Ok(excerpt(&title))
}

fn checked_description(given: Option<&str>) -> Result<Option<String>, Refusal> {
    let text = given.unwrap_or_default().trim();
    if text.len() > DESCRIPTION_BYTES_MAX {
        return Err(Refusal::invalid(
            "A task's description has at most 16 KiB. Put the rest into a note.",
        ));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
