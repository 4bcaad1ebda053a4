//! Lists imports, newest first.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::imports::Import;
use serde::Serialize;

use super::is_own;
use crate::Web;
use crate::problem::Answer;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// As many are looked at.
const NEWEST: i64 = 200;

/// Imports.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Imports {
    /// One's own, or all for administrators; newest first.
    imports: Vec<Import>,
}

/// Lists one's own imports; administrators see everybody's.
#[utoipa::path(
    get,
    path = "/imports",
    operation_id = "list_imports",
    tag = "imports",
    responses((status = 200, description = "The imports.", body = Imports), Problem),
)]
pub(crate) async fn handler(State(web): State<Arc<Web>>, who: SignedIn) -> Answer<Imports> {
    let mut imports = web.crm.read(&who.actor()).await?.imports(NEWEST).await?;
    imports.retain(|import| is_own(&who, import));
    Ok(Json(Imports { imports }))
}
