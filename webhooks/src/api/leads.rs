//! Leads: the review queue of each product, and deciding what is in it.

pub(super) mod accept;
pub(super) mod assign;
pub(super) mod list;
pub(super) mod make;
pub(super) mod reject;
pub(super) mod show;
pub(super) mod snooze;

use crm::StoreError;
use crm::leads::Lead;
use crm::ports::Read;
use serde::Serialize;

/// A lead with its record and product as people call them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct LeadShown {
    /// The lead.
    lead: Lead,
    /// The key of its record.
    record_key: String,
    /// The title of its record.
    title: String,
    /// The key of its product.
    product_key: String,
    /// The name of its product.
    product_name: String,
}

/// Leads as people read them.
async fn shown(read: &mut dyn Read, leads: Vec<Lead>) -> Result<Vec<LeadShown>, StoreError> {
    let products = read.products().await?;
    let mut all = Vec::new();
    for lead in leads {
        let Some(record) = read.record(&lead.record).await? else { continue };
        let product = products.iter().find(|product| product.id == lead.product);
        all.push(LeadShown {
            record_key: record.key,
            title: record.title,
            product_key: product.map_or_else(String::new, |product| product.key.clone()),
            product_name: product.map_or_else(String::new, |product| product.name.clone()),
            lead,
        });
    }
    Ok(all)
}
