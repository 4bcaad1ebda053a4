//! Tasks in the order in which they become overdue, page by page; what is due to be said, of any
//! tenant; and what waits to be said to a member in private.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::ids::{NotificationId, TaskId, TenantId};
use crm::interactions::Task;
use crm::ports::{ReadTasks, Reminding, WriteTasks};
use crm::posts::Post;
use crm::tasks::{Notification, Standing, TaskFilter, Whose};

use crate::Store;
use crate::bound::Bound;
use crate::core::{Value, assembled, values};
use crate::interactions::read_task;
use crate::posts::read_post;

const POSTS_OF_TASK: &str =
    "SELECT * FROM post WHERE tenant = $1 AND task = $2 ORDER BY created_at, id";
const NOTIFICATION: &str = "SELECT * FROM notification WHERE tenant = $1 AND id = $2";
const INSERT_NOTIFICATION: &str = "\
INSERT INTO notification (tenant, id, member, record, text, created_at, posted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)";
const SETTLE_NOTIFICATION: &str =
    "UPDATE notification SET posted_at = $3 WHERE tenant = $1 AND id = $2";
const DUE_REMINDERS: &str = "\
SELECT tenant, id, remind_at FROM task
WHERE remind_at <= $1 AND remind_at IS NOT NULL AND done_at IS NULL AND dropped_at IS NULL
ORDER BY remind_at, id LIMIT $2";
const OPEN_NOTIFICATIONS: &str = "\
SELECT tenant, id FROM notification WHERE posted_at IS NULL ORDER BY created_at, id LIMIT $1";

#[async_trait]
impl ReadTasks for Bound {
    async fn tasks_page(&mut self, filter: &TaskFilter) -> Result<Vec<Task>, StoreError> {
        let mut args = Vec::new();
        let mut sql = "SELECT * FROM task WHERE tenant = $1 AND dropped_at IS NULL".to_owned();
        let mut and = |condition: &str, values: Vec<Value>| {
            let mut condition = condition.to_owned();
            for value in values {
                args.push(value);
                condition = condition.replacen('?', &format!("${}", args.len() + 1), 1);
            }
            sql.push_str(" AND ");
            sql.push_str(&condition);
        };
        match filter.standing {
            Standing::Open => and("done_at IS NULL", vec![]),
            Standing::Overdue => and("done_at IS NULL AND overdue_at <= ?", values![filter.now]),
            Standing::Done => and("done_at IS NOT NULL", vec![]),
            Standing::All => {}
        }
        match &filter.whose {
            Whose::All => {}
            Whose::Of(member) => and("assignee = ?", values![member]),
            Whose::Pool => and("assignee IS NULL", vec![]),
        }
        if let Some(record) = &filter.record {
            and("record = ?", values![record]);
        }
        if let Some(after) = &filter.after {
            let from = values![after.overdue_millis, &after.task];
            and("(overdue_at, id) > (?, ?)", from);
        }
        args.push(filter.limit.into());
        let sql = format!("{sql} ORDER BY overdue_at, id LIMIT ${}", args.len() + 1);
        self.all(assembled(sql), args, read_task).await
    }

    async fn posts_of_task(&mut self, task: &TaskId) -> Result<Vec<Post>, StoreError> {
        self.all(POSTS_OF_TASK, values![task], read_post).await
    }

    async fn notification(
        &mut self,
        id: &NotificationId,
    ) -> Result<Option<Notification>, StoreError> {
        self.one(NOTIFICATION, values![id], |row| {
            Ok(Notification {
                id: row.parsed("id")?,
                member: row.parsed("member")?,
                record: row.opt_parsed("record")?,
                text: row.text("text")?,
                created_at: row.time("created_at")?,
                posted_at: row.opt_time("posted_at")?,
            })
        })
        .await
    }
}

#[async_trait]
impl WriteTasks for Bound {
    async fn insert_notification(&mut self, notification: &Notification) -> Result<(), StoreError> {
        let Notification { id, member, record, text, created_at, posted_at } = notification;
        let args = values![id, member, record, text, *created_at, *posted_at];
        self.later(INSERT_NOTIFICATION, args).await
    }

    async fn settle_notification(
        &mut self,
        id: &NotificationId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.later(SETTLE_NOTIFICATION, values![id, at]).await
    }
}

#[async_trait]
impl Reminding for Store {
    async fn due_reminders(
        &self,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<(TenantId, TaskId, DateTime<Utc>)>, StoreError> {
        let rows = self.shared.db.rows(DUE_REMINDERS, values![now, limit]).await?;
        rows.iter()
            .map(|row| Ok((row.parsed("tenant")?, row.parsed("id")?, row.time("remind_at")?)))
            .collect()
    }

    async fn open_notifications(
        &self,
        limit: i64,
    ) -> Result<Vec<(TenantId, NotificationId)>, StoreError> {
        let rows = self.shared.db.rows(OPEN_NOTIFICATIONS, values![limit]).await?;
        rows.iter().map(|row| Ok((row.parsed("tenant")?, row.parsed("id")?))).collect()
    }
}
