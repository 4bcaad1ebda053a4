//! The domain's ports on SQL: SQLite for a team that wants one file, PostgreSQL for one that
//! outgrows it, with one text per question. Open a [`Store`]; it is a [`crm::ports::Hub`], and
//! everything else comes from there. A slice here has the name of its slice in `crm`.
//! What may be done, and by whom, is not known here: this crate keeps what it is given.

mod blueprints;
mod bound;
mod conversations;
mod core;
mod entries;
mod flows;
mod grouping;
mod growth;
mod hub;
mod imports;
mod inbox;
mod indexing;
mod interactions;
mod jobs;
mod kept;
mod lists;
mod merging;
mod messages;
mod migrations;
mod open;
mod outbox;
mod people;
mod places;
mod posts;
mod proposals;
mod quarantine;
mod questions;
mod records;
mod relations;
mod rooms;
mod scoring;
mod searching;
mod segments;
mod sessions;
mod sqlite;
mod statements;
mod tags;
mod tasks;
mod tenant_ports;
mod tenants;
mod totals;
mod transactions;
mod trash;
mod views;

pub use open::{OpenError, Store};
