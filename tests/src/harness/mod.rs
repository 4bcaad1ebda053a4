//! What a test runs against.
//!
//! | a test needs | it takes |
//! |---|---|
//! | an empty PostgreSQL database | [`postgres::Postgres`] |
//! | a Matrix homeserver | [`synapse::Synapse`] |
//! | a Discord, with people and a bot | [`discord::Discord`] |
//! | a model of Discord that is not ours | [`simcord::Simcord`] |
//! | somebody in its rooms, encrypted ones included | [`person::Person`] |
//! | the program, to start, kill and ask | [`tieline::Tieline`] |
//! | to call its HTTP face | [`api::Api`] |
//! | to read and write rows past the program | [`bare::Bare`] |
//! | a language model that does as it is told, or a real small one | [`model`] |
//! | chance and time that can be repeated | [`chance`] |
//! | a workspace with people in it | [`team::Team`], or in a Matrix room [`matrix_team::MatrixTeam`] |
//!
//! Everything listens on 127.0.0.1, lives in its own folder and ends with the
//! value that started it. What is not installed makes a test fail with the
//! command that installs it; no test is ever skipped.

pub mod api;
pub mod bare;
pub mod chance;
pub mod discord;
pub mod discord_team;
pub mod folder;
pub mod matrix_team;
pub mod model;
pub mod person;
pub mod port;
pub mod postgres;
pub mod process;
pub mod room;
pub mod simcord;
pub mod simcord_team;
pub mod synapse;
pub mod team;
pub mod tieline;

use std::time::Duration;

/// How long a test waits for something that should happen soon.
pub const PATIENCE: Duration = Duration::from_secs(30);
