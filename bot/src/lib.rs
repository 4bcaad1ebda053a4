//! The `tieline` program's parts: the road of a message, the command grammar, cards, workers
//! and the commands of its command line. Only here do the domain, the store, the connectors and
//! the HTTP face meet.

pub mod answers;
pub mod app;
pub mod capture;
pub mod cards;
pub mod config;
pub mod demo;
pub mod doctor;
mod duplicates;
pub mod grammar;
pub mod intake;
pub mod lines;
mod mails;
pub mod model;
pub mod names;
pub mod outbox;
mod questions;
pub mod road;
pub mod suggestions;
pub mod transfer;
pub mod workers;
pub mod workspace;
