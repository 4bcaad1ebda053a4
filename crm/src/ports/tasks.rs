//! What tasks, their reminders and private notices need of a store.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::errors::{Result, StoreError};
use crate::ids::{NotificationId, TaskId, TenantId};
use crate::interactions::Task;
use crate::posts::Post;
use crate::tasks::{Notification, TaskFilter};

/// Reading tasks.
#[async_trait]
pub trait ReadTasks: Send {
    /// A page of tasks, the most urgent first; dropped ones are left out.
    async fn tasks_page(&mut self, filter: &TaskFilter) -> Result<Vec<Task>, StoreError>;
    /// Posts that show this task.
    async fn posts_of_task(&mut self, task: &TaskId) -> Result<Vec<Post>, StoreError>;
    /// What waits to be said to a member.
    async fn notification(
        &mut self,
        id: &NotificationId,
    ) -> Result<Option<Notification>, StoreError>;
}

/// Writing notices.
#[async_trait]
pub trait WriteTasks: Send {
    /// Adds something to say to a member in private.
    async fn insert_notification(&mut self, notification: &Notification) -> Result<(), StoreError>;
    /// Says that it was posted.
    async fn settle_notification(
        &mut self,
        id: &NotificationId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;
}

/// What is due, of any tenant.
#[async_trait]
pub trait Reminding: Send + Sync {
    /// Open tasks whose reminder is due, the oldest first.
    async fn due_reminders(
        &self,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<(TenantId, TaskId, DateTime<Utc>)>, StoreError>;
    /// What waits to be said to members, the oldest first.
    async fn open_notifications(
        &self,
        limit: i64,
    ) -> Result<Vec<(TenantId, NotificationId)>, StoreError>;
}
