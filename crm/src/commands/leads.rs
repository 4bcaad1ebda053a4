//! What is asked about leads: making one, and deciding it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::blueprints::Values;
use crate::ids::{LeadId, PostId, RecordId};
use crate::leads::{Lead, LeadAsks, LeadTo};

/// Put a record into the queue of a product; one that waits there is shown again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeLead {
    /// Which record.
    pub record: RecordId,
    /// The product, by key or name; left out where there is only one.
    #[serde(default)]
    pub product: String,
    /// Why, in words.
    #[serde(default)]
    pub why: Option<String>,
}

/// Accept a lead: it becomes a deal, linked to its record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptLead {
    /// Which.
    pub lead: LeadId,
    /// The pipeline, by key or name; left out, the product's.
    #[serde(default)]
    pub pipeline: Option<String>,
    /// The stage, by key or name; left out, the first.
    #[serde(default)]
    pub stage: Option<String>,
    /// The title of the deal; left out, it is made of the record and the product.
    #[serde(default)]
    pub title: Option<String>,
    /// What the deal holds.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub values: Values,
    /// Who looks after the deal; left out, the one the lead is assigned to, or who accepts it.
    #[serde(default)]
    pub to: Option<LeadTo>,
}

/// Reject a lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectLead {
    /// Which.
    pub lead: LeadId,
    /// Why: one of the product's reasons, or other words.
    pub reason: String,
}

/// Give a lead to somebody to look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignLead {
    /// Which.
    pub lead: LeadId,
    /// To whom.
    pub to: LeadTo,
}

/// Put a lead out of the way for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SnoozeLead {
    /// Which.
    pub lead: LeadId,
    /// Until when, at most a year; none brings it back at once.
    pub until: Option<DateTime<Utc>>,
}

/// Let a lead's card ask for a reason or a member, or for the decision again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskOfLead {
    /// Which lead.
    pub lead: LeadId,
    /// Its card.
    pub post: PostId,
    /// What to ask for.
    pub asks: LeadAsks,
}

/// Put a lead back as it was: what undoes a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PutBackLead {
    /// As it was.
    pub lead: Box<Lead>,
    /// The version that the decision left.
    pub expected_version: i64,
}
