//! Shows a product with its criteria, and which of its rules are not understood any more.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::lists::{Audience, Known};
use crm::scoring::{Criterion, Product, Rule};
use serde::Serialize;

use crate::Web;
use crate::api::nothing;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// A product with its criteria.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ProductShown {
    /// The product.
    product: Product,
    /// Its criteria, archived ones too, in order.
    criteria: Vec<Criterion>,
    /// Why a rule answers nothing any more, by the id of its criterion.
    broken: BTreeMap<String, String>,
}

/// Shows a product with its criteria.
#[utoipa::path(
    get,
    path = "/products/{key}",
    operation_id = "show_product",
    tag = "scoring",
    params(("key" = String, Path, description = "The product's key")),
    responses((status = 200, description = "The product.", body = ProductShown), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<ProductShown> {
    let mut read = web.crm.read(&who.actor()).await?;
    let products = read.products().await?;
    let found = products.into_iter().find(|product| product.is_called(&given));
    let product = found.ok_or_else(|| nothing("product", &given))?;
    let mut criteria = read.criteria().await?;
    criteria.retain(|criterion| criterion.product == product.id);
    let now = web.crm.env().now();
    let known = Known::read(read.as_mut(), None, now, Audience::Room).await?;
    let mut broken = BTreeMap::new();
    for criterion in criteria.iter().filter(|criterion| !criterion.archived) {
        if let Some(filter) = criterion.rule()
            && let Err(refusal) = Rule::bound(filter, &product, &known)
        {
            broken.insert(criterion.id.to_string(), refusal.message);
        }
    }
    Ok(Json(ProductShown { product, criteria, broken }))
}
