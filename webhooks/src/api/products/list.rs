//! Lists products, archived ones too.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::scoring::Product;
use serde::Serialize;

use crate::Web;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Products.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Products {
    /// Oldest first.
    products: Vec<Product>,
}

/// Lists products, archived ones too.
#[utoipa::path(
    get,
    path = "/products",
    operation_id = "list_products",
    tag = "scoring",
    responses((status = 200, description = "The products.", body = Products), Problem),
)]
pub(crate) async fn handler(State(web): State<Arc<Web>>, who: SignedIn) -> Answer<Products> {
    let mut read = web.crm.read(&who.actor()).await?;
    Ok(Json(Products { products: read.products().await? }))
}
