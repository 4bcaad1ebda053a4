//! Saved views, and which of them somebody sees first.

use async_trait::async_trait;
use crm::StoreError;
use crm::ids::{BlueprintId, MemberId, ViewId};
use crm::ports::{ReadViews, WriteViews};
use crm::views::View;

use crate::bound::Bound;
use crate::core::{Value, values};

const VIEWS: &str = "SELECT definition FROM saved_view WHERE tenant = $1 ORDER BY id";
const DEFAULTS: &str =
    "SELECT blueprint, saved_view FROM default_view WHERE tenant = $1 AND member = $2";
const PUT: &str = "\
INSERT INTO saved_view (tenant, id, owner, definition) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant, id) DO UPDATE SET owner = excluded.owner, definition = excluded.definition";
const FORGET_DEFAULTS: &str = "DELETE FROM default_view WHERE tenant = $1 AND saved_view = $2";
const DELETE: &str = "DELETE FROM saved_view WHERE tenant = $1 AND id = $2";
const FORGET_DEFAULT: &str =
    "DELETE FROM default_view WHERE tenant = $1 AND member = $2 AND blueprint = $3";
const SET_DEFAULT: &str = "\
INSERT INTO default_view (tenant, member, blueprint, saved_view) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant, member, blueprint) DO UPDATE SET saved_view = excluded.saved_view";

#[async_trait]
impl ReadViews for Bound {
    async fn views(&mut self) -> Result<Vec<View>, StoreError> {
        self.all(VIEWS, vec![], |row| row.json("definition")).await
    }

    async fn default_views(
        &mut self,
        member: &MemberId,
    ) -> Result<Vec<(BlueprintId, ViewId)>, StoreError> {
        self.all(DEFAULTS, values![member], |row| {
            Ok((row.parsed("blueprint")?, row.parsed("saved_view")?))
        })
        .await
    }
}

#[async_trait]
impl WriteViews for Bound {
    async fn put_view(&mut self, view: &View) -> Result<(), StoreError> {
        let mut args = values![&view.id, &view.owner];
        args.push(Value::json(view)?);
        self.later(PUT, args).await
    }

    async fn delete_view(&mut self, id: &ViewId) -> Result<(), StoreError> {
        self.later(FORGET_DEFAULTS, values![id]).await?;
        self.later(DELETE, values![id]).await
    }

    async fn set_default_view(
        &mut self,
        member: &MemberId,
        blueprint: &BlueprintId,
        view: Option<&ViewId>,
    ) -> Result<(), StoreError> {
        let done = match view {
            None => self.execute(FORGET_DEFAULT, values![member, blueprint]).await,
            Some(view) => self.execute(SET_DEFAULT, values![member, blueprint, view]).await,
        };
        done.map(|_| ())
    }
}
