//! The API: one file per endpoint, in folders as the addresses have them. Each opens with what
//! it takes and gives, then documents and handles it.
//!
//! To add one: a file here, its line in [`routes`], and its row in the table of
//! `tests/routes.rs`, which fails until it is there.

mod accounts;
mod blueprints;
mod boards;
mod bulk;
mod chat;
mod duplicates;
mod events;
mod facts;
mod imports;
mod jobs;
mod leads;
mod mails;
mod me;
mod members;
mod openapi;
mod pipelines;
mod places;
mod products;
mod proposals;
mod quarantine;
mod rates;
pub(crate) mod records;
mod road;
mod search;
mod segments;
mod senders;
mod spaces;
mod tags;
mod tasks;
mod tokens;
mod trash;
mod undo;
mod views;

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Web;
use crate::problem::Problem;

/// A message of the chat, a handful of ids: nothing in chat is larger.
const CHAT_BYTES_MAX: usize = 64 * 1024;

/// A mail with its header, as JSON writes it.
const MAIL_BYTES_MAX: usize = 1024 * 1024;

/// The routes of this folder.
pub(crate) fn routes() -> OpenApiRouter<Arc<Web>> {
    OpenApiRouter::default()
        .routes(routes!(openapi::handler))
        .routes(routes!(me::handler))
        .routes(routes!(members::list::handler, members::add::handler))
        .routes(routes!(members::change::handler))
        .routes(routes!(members::sign_in_link::handler))
        .routes(routes!(tokens::handler))
        .routes(routes!(accounts::list::handler))
        .routes(routes!(accounts::unlink::handler))
        .routes(routes!(blueprints::handler, blueprints::create::handler))
        .routes(routes!(blueprints::change::handler, blueprints::delete::handler))
        .routes(routes!(blueprints::versions::handler))
        .routes(routes!(blueprints::migrate::handler))
        .routes(routes!(blueprints::restore::handler))
        .routes(routes!(blueprints::purge::handler))
        .routes(routes!(imports::list::handler, imports::upload::handler))
        .routes(routes!(imports::show::handler))
        .routes(routes!(imports::run::handler))
        .routes(routes!(imports::cancel::handler))
        .routes(routes!(imports::revert::handler))
        .routes(routes!(imports::errors::handler))
        .routes(routes!(records::export::handler))
        .routes(routes!(jobs::show::handler))
        .routes(routes!(jobs::cancel::handler))
        .routes(routes!(jobs::items::handler))
        .routes(routes!(trash::list::handler))
        .routes(routes!(trash::purge::handler))
        .routes(routes!(boards::handler))
        .routes(routes!(bulk::handler))
        .routes(routes!(records::links::kinds))
        .routes(routes!(records::timeline::types))
        .routes(routes!(search::handler))
        .routes(routes!(records::list::handler, records::create::handler))
        .routes(routes!(records::show::handler, records::change::handler, records::trash::handler))
        .routes(routes!(pipelines::list::handler, pipelines::create::handler))
        .routes(routes!(pipelines::change::handler, pipelines::delete::handler))
        .routes(routes!(pipelines::forecast::handler))
        .routes(routes!(pipelines::add_stage::handler))
        .routes(routes!(pipelines::change_stage::handler, pipelines::delete_stage::handler))
        .routes(routes!(products::list::handler, products::create::handler))
        .routes(routes!(products::show::handler, products::change::handler))
        .routes(routes!(products::add_criterion::handler))
        .routes(routes!(products::change_criterion::handler))
        .routes(routes!(leads::list::handler, leads::make::handler))
        .routes(routes!(leads::show::handler))
        .routes(routes!(leads::accept::handler))
        .routes(routes!(leads::reject::handler))
        .routes(routes!(leads::assign::handler))
        .routes(routes!(leads::snooze::handler))
        .routes(routes!(rates::list::handler, rates::set::handler))
        .routes(routes!(rates::set_base::handler))
        .routes(routes!(spaces::list::handler, spaces::create::handler))
        .routes(routes!(spaces::templates::handler))
        .routes(routes!(records::stages::handler))
        .routes(routes!(records::scores::handler))
        .routes(routes!(records::assessments::list, records::assessments::add))
        .routes(routes!(records::restore::handler))
        .routes(routes!(records::merge::handler))
        .routes(routes!(records::merge::preview))
        .routes(routes!(records::merge::unmerge))
        .routes(routes!(duplicates::list::handler))
        .routes(routes!(duplicates::find::handler))
        .routes(routes!(duplicates::decide::handler))
        .routes(routes!(records::move_to::handler))
        .routes(routes!(records::assign::handler))
        .routes(routes!(records::timeline::handler, records::timeline::log))
        .routes(routes!(records::timeline::withdraw))
        .routes(routes!(records::provenance::handler))
        .routes(routes!(records::provenance::wrong))
        .routes(routes!(records::identities::list, records::identities::add))
        .routes(routes!(records::identities::change, records::identities::remove))
        .routes(routes!(records::links::list, records::links::add))
        .routes(routes!(records::links::change, records::links::remove))
        .routes(routes!(records::notes::list, records::notes::add))
        .routes(routes!(records::tags::add))
        .routes(routes!(records::tags::put, records::tags::remove))
        .routes(routes!(tags::list::handler, tags::create::handler))
        .routes(routes!(tags::change::handler, tags::delete::handler))
        .routes(routes!(tags::merge::handler))
        .routes(routes!(segments::list::handler, segments::create::handler))
        .routes(routes!(segments::change::handler, segments::delete::handler))
        .routes(routes!(segments::records::handler, segments::members::add))
        .routes(routes!(segments::members::remove))
        .routes(routes!(views::list::handler, views::create::handler))
        .routes(routes!(views::change::handler, views::delete::handler))
        .routes(routes!(views::records::handler))
        .routes(routes!(views::board::handler))
        .routes(routes!(views::write::handler))
        .routes(routes!(views::set_default::handler))
        .routes(routes!(records::notes::change, records::notes::withdraw))
        .routes(routes!(records::notes::history))
        .routes(routes!(tasks::list::handler, tasks::add::handler))
        .routes(routes!(tasks::set::handler, tasks::change::handler))
        .routes(routes!(tasks::assign::handler))
        .routes(routes!(tasks::assign::claim))
        .routes(routes!(tasks::snooze::handler))
        .routes(routes!(proposals::list::handler))
        .routes(routes!(proposals::show::handler))
        .routes(routes!(proposals::accept::handler))
        .routes(routes!(proposals::discard::handler))
        .merge(mail_routes())
        .routes(routes!(quarantine::list::handler))
        .routes(routes!(quarantine::show::handler))
        .routes(routes!(quarantine::release::handler))
        .routes(routes!(quarantine::discard::handler))
        .routes(routes!(senders::list::handler))
        .routes(routes!(senders::judge::handler, senders::forget::handler))
        .routes(routes!(undo::handler))
        .routes(routes!(facts::handler))
        .routes(routes!(events::handler))
        .routes(routes!(road::handler))
        .routes(routes!(places::list::handler))
        .routes(routes!(places::issue_bind_code::handler))
        .routes(routes!(places::tune::handler, places::unbind::handler))
        .merge(chat_routes())
}

fn mail_routes() -> OpenApiRouter<Arc<Web>> {
    OpenApiRouter::default()
        .routes(routes!(mails::receive::handler))
        .layer(DefaultBodyLimit::max(MAIL_BYTES_MAX))
}

fn chat_routes() -> OpenApiRouter<Arc<Web>> {
    OpenApiRouter::default()
        .routes(routes!(chat::places::handler, chat::open::handler))
        .routes(routes!(chat::read::handler, chat::say::handler))
        .routes(routes!(chat::edit::handler, chat::delete::handler))
        .routes(routes!(chat::react::handler))
        .routes(routes!(chat::press::handler))
        .routes(routes!(chat::capture::handler))
        .layer(DefaultBodyLimit::max(CHAT_BYTES_MAX))
}

/// An id from an address. Text that is no id is an id of nothing.
fn id<T: FromStr>(given: &str, what: &str) -> Result<T, Problem> {
    given.parse().map_err(|_| nothing(what, given))
}

/// There is no such thing, or the member may not see it: nobody can tell which.
fn nothing(what: &str, given: &str) -> Problem {
    let given = given.chars().take(60).collect::<String>();
    Problem::not_found(format!("There is no {what} “{given}” here. Check it and try again."))
}

/// How many rows to give: what was asked for, within what is reasonable.
fn limit(asked: Option<i64>) -> i64 {
    asked.unwrap_or(50).clamp(1, 200)
}
