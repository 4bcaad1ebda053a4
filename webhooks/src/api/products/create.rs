//! Makes a product.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::CreateProduct;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Makes a product; `data.product` is its key.
#[utoipa::path(
    post,
    path = "/products",
    operation_id = "create_product",
    tag = "scoring",
    request_body = CreateProduct,
    responses((status = 201, description = "It is there.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<CreateProduct>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let command = asked;
    let outcome = who.run(&web, Command::CreateProduct(command)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}
