//! What saved views need of a store.

use async_trait::async_trait;

use crate::errors::StoreError;
use crate::ids::{BlueprintId, MemberId, ViewId};
use crate::views::View;

/// Reading saved views.
#[async_trait]
pub trait ReadViews: Send {
    /// All views, oldest first, whoever may see them.
    async fn views(&mut self) -> Result<Vec<View>, StoreError>;
    /// Which view a member sees first of each blueprint.
    async fn default_views(
        &mut self,
        member: &MemberId,
    ) -> Result<Vec<(BlueprintId, ViewId)>, StoreError>;
}

/// Writing saved views.
#[async_trait]
pub trait WriteViews: Send {
    /// Adds a view, or changes it.
    async fn put_view(&mut self, view: &View) -> Result<(), StoreError>;
    /// Removes a view; nobody sees it first any more.
    async fn delete_view(&mut self, id: &ViewId) -> Result<(), StoreError>;
    /// Says which view a member sees first of a blueprint.
    async fn set_default_view(
        &mut self,
        member: &MemberId,
        blueprint: &BlueprintId,
        view: Option<&ViewId>,
    ) -> Result<(), StoreError>;
}
