//! The domain of Tieline: what a CRM that lives in a team's chat knows and does.
//!
//! Everything that changes anything goes through [`Crm::run`]. Around it stand the nouns a
//! salesperson says ([`records`], [`flows`], [`interactions`], [`proposals`]), the one chat model
//! that every network is translated into ([`chat`]), and the ports that a store implements
//! ([`ports`]). There is no SQL, no HTTP and no platform SDK in here, and there never is.

pub mod blueprints;
pub mod chat;
pub mod commands;
pub mod conversations;
pub mod domains;
mod door;
pub mod env;
pub mod errors;
pub mod exports;
pub mod facts;
pub mod flows;
pub mod folding;
pub mod ids;
pub mod imports;
pub mod interactions;
pub mod jobs;
pub mod leads;
pub mod link_kinds;
pub mod linked;
pub mod lists;
pub mod mails;
pub mod merging;
pub mod offers;
pub mod permissions;
pub mod places;
pub mod ports;
pub mod posts;
pub mod proposals;
pub mod quarantine;
pub mod questions;
pub mod rates;
pub mod records;
pub mod references;
pub mod rooms;
pub mod scoring;
pub mod segments;
pub mod stages;
pub mod tags;
pub mod tasks;
pub mod templates;
pub mod tenants;
pub mod timeline;
mod usecases;
pub mod views;

pub use commands::{Actor, Cause, Command, Outcome, ReplyTo};
pub use door::Crm;
pub use env::Env;
pub use errors::{Error, Refusal, RefusalKind, Result, StoreError};
