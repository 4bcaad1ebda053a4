//! From what somebody wants to the one command that does it: names are resolved, days and
//! amounts are read, and where several records fit, one question asks which.
//! Nothing is changed here; the command goes through the one door.

mod channels;
mod conversations;
mod digest;
mod fields;
mod finding;
mod imports;
mod making;
mod merges;
mod naming;
mod people;
mod pipelines;
mod quarantine;
mod scoring;
mod sources;
mod tags;
mod tasks;
#[cfg(test)]
mod tests;
mod timelines;
mod views;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use crm::chat::{Author, Place};
use crm::commands::{
    AcceptProposal, AddNote, AskToLink, AssignRecord, ClaimRecord, Command, DiscardProposal,
    LeftOut, ManyChange, MoveRecord, Say, SetPlaceLevel, ShowCard, TieRoom, UnbindPlace, Undo,
    Unlink, UntieRoom,
};
use crm::flows::{Stage, Transition};
use crm::mails::MAIL;
use crm::places::secret_hash;
use crm::ports::Read;
use crm::proposals::{Proposal, ProposalStatus};
use crm::records::Record;
use crm::tenants::Member;
use crm::{Env, Refusal, Result};
use url::Url;

pub use self::imports::told;
use self::naming::{blueprint_of, deals_to_show, one_from, one_of, shown, work_of};
use crate::grammar::{self, Intent, LeadStep};
use crate::names::Names;

/// Who wants something, and where.
#[derive(Debug, Clone)]
pub struct Speaker {
    /// The member the account is linked to.
    pub member: Option<Member>,
    /// The account.
    pub account: Author,
    /// The place.
    pub place: Place,
    /// The thread there.
    pub thread: Option<String>,
    /// Whether nobody else hears what is said to them.
    pub alone: bool,
    /// When it was said.
    pub at: DateTime<Utc>,
}

/// What answering needs to know.
pub struct Desk<'a> {
    /// The tenant's names.
    pub names: &'a Names,
    /// Where record links and pages point to.
    pub public_url: &'a Url,
    /// How commands begin here.
    pub prefix: &'a str,
    /// The clock and the chance.
    pub env: &'a Env,
}

/// Whether somebody who is no member may ask for this, where the tenant lets them read.
pub fn reads_only(intent: &Intent) -> bool {
    matches!(
        intent,
        Intent::Who { .. }
            | Intent::Deal { .. }
            | Intent::Find { .. }
            | Intent::Fields { .. }
            | Intent::Tasks { .. }
            | Intent::Channels { .. }
            | Intent::Notes { .. }
            | Intent::Timeline { .. }
            | Intent::Digest
            | Intent::Pipelines
            | Intent::Spaces
            | Intent::Tags
            | Intent::Segments
            | Intent::Views
            | Intent::View { .. }
            | Intent::Products
            | Intent::Score { .. }
            | Intent::Leads { .. }
            | Intent::Help
            | Intent::Wrong { .. }
    )
}

/// The command that does what is wanted.
///
/// # Errors
/// A refusal with the way out, or the store's failure.
pub async fn answer(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    intent: Intent,
) -> Result<Command> {
    match intent {
        Intent::Help => Ok(say(grammar::help(desk.prefix))),
        Intent::Wrong { sentence, usage } => {
            Err(Refusal::invalid(format!("{sentence} It is written “{} {usage}”.", desk.prefix))
                .into())
        }
        Intent::Who { name } => {
            let records = desk.records(read, &name).await?;
            one_of(&name, &records, card)
        }
        Intent::Deal { name } => {
            let records = desk.records(read, &name).await?;
            let mut deals = deals_to_show(read, &records).await?;
            if deals.is_empty() {
                deals = desk.deals(read, &records).await?;
            }
            one_of(&name, &deals, card)
        }
        Intent::Find { query } => finding::find(desk, read, speaker, &query).await,
        Intent::Fields { blueprint } => fields::list(read, &blueprint).await,
        Intent::Move { rest } => {
            let named = desk.named_first(read, &rest, "move acme negotiating").await?;
            let deals = desk.deals(read, &named.records).await?;
            if named.rest.is_empty() {
                return Err(to_which_stage(desk, read, &deals).await?.into());
            }
            one_of(&named.name, &deals, |record| {
                Command::MoveRecord(MoveRecord::to(record.id.clone(), named.rest.clone()))
            })
        }
        Intent::Note { rest } => {
            let named = desk.named_first(read, &rest, "note acme wants the annual plan").await?;
            let records = work_of(read, named.records).await?;
            if named.rest.is_empty() {
                let names = records.iter().map(shown).collect::<Vec<_>>();
                return Err(Refusal::invalid(format!(
                    "What is there to note on {}? Say “{} note {} <words>”.",
                    one_from(&names),
                    desk.prefix,
                    named.name
                ))
                .into());
            }
            one_of(&named.name, &records, |record| {
                Command::AddNote(AddNote { record: record.id.clone(), body: named.rest.clone() })
            })
        }
        Intent::Message { rest } => conversations::message(desk, read, speaker, &rest).await,
        Intent::Account { name, fields } => {
            conversations::account(desk, read, &name, &fields).await
        }
        Intent::New { blueprint, title, fields } => {
            making::new_record(desk, read, speaker, &blueprint, title, fields).await
        }
        Intent::Set { name, fields } => making::set(desk, read, speaker, &name, &fields).await,
        Intent::Task { title, fields } => tasks::add(desk, read, speaker, title, fields).await,
        Intent::Tasks { which } => tasks::list(desk, read, speaker, &which).await,
        Intent::Done { task } => tasks::done(desk, read, &task).await,
        Intent::Take { task } => tasks::take(desk, read, &task).await,
        Intent::Give { task, fields } => tasks::give(desk, read, speaker, &task, &fields).await,
        Intent::Reopen { task } => tasks::reopen(desk, read, speaker, &task).await,
        Intent::Mine => people::mine(read, speaker).await,
        Intent::Channels { name } => people::channels(desk, read, &name).await,
        Intent::Channel { rest } => people::channel(read, &rest).await,
        Intent::LinkRecords { rest } => people::link(desk, read, &rest).await,
        Intent::UnlinkRecords { rest } => people::unlink(desk, read, &rest).await,
        Intent::Notes { name } => timelines::notes(desk, read, &name).await,
        Intent::Log { event, rest } => timelines::log(desk, read, event, &rest).await,
        Intent::Timeline { rest } => timelines::show(desk, read, &rest).await,
        Intent::Assign { rest, to } => people::assign(desk, read, speaker, &rest, &to).await,
        Intent::Claim { name } if people::all(&name).is_some() => {
            Ok(people::many(ManyChange::Claim, &name))
        }
        Intent::Release { name } if people::all(&name).is_some() => {
            Ok(people::many(ManyChange::Release, &name))
        }
        Intent::Claim { name } => {
            let records = desk.records(read, &name).await?;
            let records = work_of(read, records).await?;
            one_of(&name, &records, |record| {
                Command::ClaimRecord(ClaimRecord { record: record.id.clone() })
            })
        }
        Intent::Release { name } => {
            let records = desk.records(read, &name).await?;
            let records = work_of(read, records).await?;
            one_of(&name, &records, |record| {
                Command::AssignRecord(AssignRecord {
                    record: record.id.clone(),
                    owner: None,
                    expected_version: None,
                })
            })
        }
        Intent::Accept { using_existing, without_tasks, stage } => {
            let proposal = open_proposal(desk, read, speaker).await?;
            Ok(Command::AcceptProposal(AcceptProposal {
                proposal: proposal.id,
                use_probable: using_existing,
                without: Vec::new(),
                changes: Vec::new(),
                stage,
                without_tasks: LeftOut::All(without_tasks),
                task_changes: Vec::new(),
                summary: None,
            }))
        }
        Intent::Discard => {
            let proposal = open_proposal(desk, read, speaker).await?;
            Ok(Command::DiscardProposal(DiscardProposal { proposal: proposal.id }))
        }
        Intent::Digest => digest::tell(read, speaker).await,
        Intent::Pipelines => pipelines::list(read, speaker).await,
        Intent::NewPipeline { name, fields } => pipelines::create(desk, name, fields),
        Intent::DeletePipeline { name, fields } => Ok(pipelines::delete(name, fields)),
        Intent::NewStage { name, fields } => pipelines::add_stage(read, &name, fields).await,
        Intent::DeleteStage { name, fields } => pipelines::delete_stage(read, name, fields).await,
        Intent::Tag { rest } => tags::tag(desk, read, &rest).await,
        Intent::Untag { rest } => tags::untag(desk, read, &rest).await,
        Intent::Tags => tags::list(desk, read).await,
        Intent::Misread { rest } => sources::wrong(desk, read, &rest).await,
        Intent::Merge { rest } => merges::merge(desk, read, &rest).await,
        Intent::Unmerge { name } => merges::unmerge(desk, read, &name).await,
        Intent::Duplicates { rest } => merges::duplicates(desk, read, &rest).await,
        Intent::Segments => tags::segments(desk, read).await,
        Intent::Views => views::list(read, speaker).await,
        Intent::View { name, mine } => views::show(read, speaker, &name, mine).await,
        Intent::Spaces => pipelines::spaces(desk, read).await,
        Intent::NewSpace { name, fields } => Ok(pipelines::create_space(name, fields)),
        Intent::Products => scoring::products(read).await,
        Intent::Score { name } => scoring::score(desk, read, &name).await,
        Intent::Assess { name, fields } => scoring::assess(desk, read, &name, fields).await,
        Intent::Leads { product } => scoring::leads(desk, read, speaker, &product).await,
        Intent::PostLeads { product, here } => Ok(scoring::post(speaker, product, here)),
        Intent::Lead { step, name, fields } => match step {
            LeadStep::Make => scoring::make(desk, read, &name, fields).await,
            LeadStep::Accept => scoring::accept(desk, read, speaker, &name, fields).await,
            LeadStep::Reject => scoring::reject(desk, read, &name, fields).await,
            LeadStep::Assign => scoring::assign(desk, read, speaker, &name, fields).await,
            LeadStep::Snooze => scoring::snooze(desk, read, speaker, &name, fields).await,
        },
        Intent::Quarantine { which } => quarantine::show(desk, read, &which).await,
        Intent::ReleaseHeld { rest } => quarantine::release(desk, read, &rest).await,
        Intent::DiscardHeld { rest } => quarantine::discard(desk, read, &rest).await,
        Intent::Senders => quarantine::senders(desk, read).await,
        Intent::JudgeSender { sender, verdict } => Ok(quarantine::judge(sender, verdict)),
        Intent::PostMails { here } => Ok(quarantine::post(speaker, here)),
        Intent::Imports => imports::list(desk, read, speaker).await,
        Intent::Export { what } => imports::export(desk, read, speaker, &what).await,
        Intent::Undo => Ok(Command::Undo(Undo { entry: None })),
        Intent::Room { name } => {
            let records = desk.records(read, &name).await?;
            let records = work_of(read, records).await?;
            one_of(&name, &records, |record| {
                Command::TieRoom(TieRoom {
                    place: speaker.place.clone(),
                    thread: speaker.thread.clone(),
                    record: record.id.clone(),
                })
            })
        }
        Intent::LeaveRoom => Ok(Command::UntieRoom(UntieRoom {
            place: speaker.place.clone(),
            thread: speaker.thread.clone(),
            record: None,
        })),
        Intent::Unbind => Ok(Command::UnbindPlace(UnbindPlace { place: speaker.place.clone() })),
        Intent::Quiet { level, minutes } => Ok(Command::SetPlaceLevel(SetPlaceLevel {
            place: speaker.place.clone(),
            level,
            quiet_minutes: minutes,
        })),
        Intent::Unlink => Ok(Command::Unlink(Unlink {
            network: speaker.account.network.clone(),
            account: speaker.account.id.clone(),
        })),
        Intent::Link => {
            let code = desk.env.token();
            let url = desk.public_url.join(&format!("link/{code}")).map_err(|_| {
                Refusal::gone("The public address is not set up. Tell an administrator.")
            })?;
            Ok(Command::AskToLink(AskToLink {
                account: speaker.account.clone(),
                place: speaker.place.clone(),
                code_hash: secret_hash(&code),
                url: url.into(),
            }))
        }
        // Both need what only the road knows: the code's tenant, and the messages.
        Intent::Bind { .. } | Intent::Capture(_) => {
            Err(Refusal::invalid("This cannot be said here.").into())
        }
    }
}

/// Says something and changes nothing.
pub fn say(text: impl Into<String>) -> Command {
    Command::Say(Say { text: text.into() })
}

fn card(record: &Record) -> Command {
    Command::ShowCard(ShowCard { records: vec![record.id.clone()], post: None })
}

/// The question for the stage, with those there are.
async fn to_which_stage(desk: &Desk<'_>, read: &mut dyn Read, deals: &[Record]) -> Result<Refusal> {
    let names = deals.iter().map(shown).collect::<Vec<_>>();
    let mut stages = Vec::new();
    let mut key = "";
    if let Some(deal) = deals.first() {
        key = &deal.key;
        let blueprint = blueprint_of(read, deal).await?;
        if let Some(flow) = deal.flow.as_deref().and_then(|flow| blueprint.flow(flow)) {
            let ways = flow.ways_from(deal.state.as_deref().unwrap_or_default());
            let name = |(stage, way): (&Stage, Option<&Transition>)| {
                way.map_or(&stage.name, |transition| &transition.name).clone()
            };
            stages = ways.into_iter().map(name).collect();
        }
    }
    let stage = stages.first().map_or_else(|| "<stage>".to_owned(), |name| name.to_lowercase());
    let choice = match one_from(&stages) {
        none if none.is_empty() => String::new(),
        some => format!(" {some}?"),
    };
    Ok(Refusal::invalid(format!(
        "To which stage does {} move?{choice} Say “{} move {key} {stage}”.",
        one_from(&names),
        desk.prefix
    )))
}

/// The day that a phrase means.
fn day_of(phrase: &str, today: NaiveDate) -> Result<NaiveDate, Refusal> {
    extractors::when::parse_due(phrase, today).ok_or_else(|| {
        let shown = phrase.chars().take(60).collect::<String>();
        Refusal::invalid(format!(
            "I do not know the day “{shown}”. Say friday, tomorrow, in 3 days or 2027-03-31."
        ))
    })
}

/// The day it is in the tenant's time zone.
async fn today(read: &mut dyn Read, at: DateTime<Utc>) -> Result<NaiveDate> {
    let timezone = read.tenant().await?.timezone.parse::<Tz>().unwrap_or(Tz::UTC);
    Ok(at.with_timezone(&timezone).date_naive())
}

/// The newest open proposal that was made from messages of this place.
async fn open_proposal(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
) -> Result<Proposal> {
    let open = read.proposals(ProposalStatus::Open, 50).await?;
    // What is proposed of mails is shown where the team wants to see it.
    let has_mails = read.mails_place().await?.as_ref() == Some(&speaker.place);
    let is_here =
        |place: &Place| *place == speaker.place || (has_mails && place.connection == MAIL);
    let here = open
        .into_iter()
        .find(|proposal| proposal.messages.iter().any(|message| is_here(&message.place)));
    Ok(here.ok_or_else(|| {
        Refusal::not_found(format!(
            "No proposal waits here. Capture messages first, with “{} capture last 3”.",
            desk.prefix
        ))
    })?)
}
