//! What scoring and leads need of a store.

use async_trait::async_trait;

use crate::errors::StoreError;
use crate::ids::{BlueprintId, CriterionId, InteractionId, LeadId, ProductId, RecordId};
use crate::leads::{Lead, LeadCursor, LeadList};
use crate::scoring::{Assessment, Criterion, Product, Score};

/// A page of leads, and where the next one begins; none when this was the last.
pub type LeadPage = (Vec<Lead>, Option<LeadCursor>);

/// Reading products, what was found out about records, and leads.
#[async_trait]
pub trait ReadScoring: Send {
    /// All products, archived ones too, oldest first.
    async fn products(&mut self) -> Result<Vec<Product>, StoreError>;
    /// All criteria, archived ones too, by product and position.
    async fn criteria(&mut self) -> Result<Vec<Criterion>, StoreError>;
    /// The last assessment of each criterion for a record.
    async fn latest_assessments(
        &mut self,
        record: &RecordId,
    ) -> Result<Vec<Assessment>, StoreError>;
    /// What was found out about a record, or about one criterion of it, newest first, before this
    /// assessment.
    async fn assessments(
        &mut self,
        record: &RecordId,
        criterion: Option<&CriterionId>,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Assessment>, StoreError>;
    /// The scores of a record, for archived products too.
    async fn scores(&mut self, record: &RecordId) -> Result<Vec<Score>, StoreError>;
    /// The record on whose timeline this stands.
    async fn record_of_interaction(
        &mut self,
        id: &InteractionId,
    ) -> Result<Option<RecordId>, StoreError>;

    /// A lead.
    async fn lead(&mut self, id: &LeadId) -> Result<Option<Lead>, StoreError>;
    /// The leads of a record for a product, newest first, at most this many.
    async fn leads_of(
        &mut self,
        record: &RecordId,
        product: Option<&ProductId>,
        limit: i64,
    ) -> Result<Vec<Lead>, StoreError>;
    /// A page of leads.
    async fn leads(&mut self, list: &LeadList) -> Result<LeadPage, StoreError>;
}

/// Writing them.
#[async_trait]
pub trait WriteScoring: ReadScoring {
    /// Adds a product, or changes it.
    async fn put_product(&mut self, product: &Product) -> Result<(), StoreError>;
    /// Adds a criterion, or changes it.
    async fn put_criterion(&mut self, criterion: &Criterion) -> Result<(), StoreError>;
    /// Adds an assessment.
    async fn insert_assessment(&mut self, assessment: &Assessment) -> Result<(), StoreError>;
    /// Keeps a score, and what lists find it by; `product` is the product's key.
    async fn put_score(
        &mut self,
        score: &Score,
        product: &str,
        blueprint: &BlueprintId,
    ) -> Result<(), StoreError>;
    /// Forgets a score, and what lists find it by.
    async fn delete_score(
        &mut self,
        id: &ProductId,
        product: &str,
        record: &RecordId,
    ) -> Result<(), StoreError>;
    /// Adds a lead.
    async fn insert_lead(&mut self, lead: &Lead) -> Result<(), StoreError>;
    /// Changes a lead.
    async fn update_lead(&mut self, lead: &Lead) -> Result<(), StoreError>;
}
