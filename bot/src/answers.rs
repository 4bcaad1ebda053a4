//! From what somebody wants to the one command that does it: names are resolved, days and
//! amounts are read, and where several records fit, one question asks which.
//! Nothing is changed here; the command goes through the one door.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use crm::blueprints::{Blueprint, ColumnType, Values};
use crm::chat::{Author, DIGITS, Place};
use crm::commands::{
    AcceptProposal, AddNote, AddTask, AskToLink, AskWhichOne, AssignRecord, ClaimRecord, Command,
    CreateRecord, DiscardProposal, MoveRecord, NewIdentity, Say, SetPlaceLevel, SetTask, ShowCard,
    TaskStatus, UnbindPlace, Undo, UpdateRecord,
};
use crm::flows::StageKind;
use crm::ids::RecordId;
use crm::places::secret_hash;
use crm::ports::Read;
use crm::proposals::{Proposal, ProposalStatus};
use crm::records::{IdentityKind, Record, RecordFilter};
use crm::tenants::Member;
use crm::{Env, Refusal, Result};
use url::Url;

use crate::grammar::{self, Intent};
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
    matches!(intent, Intent::Who { .. } | Intent::Find { .. } | Intent::Tasks | Intent::Help)
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
        Intent::Who { name } => {
            let records = desk.records(read, &name).await?;
            one_of(&name, records, |record| {
                Command::ShowCard(ShowCard { records: vec![record.id.clone()], post: None })
            })
        }
        Intent::Find { query } => find(desk, read, &query).await,
        Intent::Move { rest } => {
            let named = desk.named_first(read, &rest, "move acme negotiating").await?;
            let deals = with_stages(read, named.records, &named.name).await?;
            if named.rest.is_empty() {
                return Err(Refusal::invalid(format!(
                    "To which stage? Say “{} move {} <stage>”.",
                    desk.prefix, named.name
                ))
                .into());
            }
            one_of(&named.name, deals, |record| {
                Command::MoveRecord(MoveRecord {
                    record: record.id.clone(),
                    to: named.rest.clone(),
                    expected_version: None,
                })
            })
        }
        Intent::Note { rest } => {
            let named = desk.named_first(read, &rest, "note acme wants the annual plan").await?;
            one_of(&named.name, named.records, |record| {
                Command::AddNote(AddNote { record: record.id.clone(), body: named.rest.clone() })
            })
        }
        Intent::New { blueprint, title, fields } => {
            new_record(desk, read, &blueprint, title, fields).await
        }
        Intent::Set { name, fields } => {
            let records = desk.records(read, &name).await?;
            let mut commands = Vec::new();
            for record in records {
                let blueprint = blueprint_of(read, &record).await?;
                let values = column_values(&blueprint, &fields)?;
                commands.push((
                    record.id.clone(),
                    Command::UpdateRecord(UpdateRecord {
                        record: record.id,
                        expected_version: None,
                        title: None,
                        values,
                    }),
                ));
            }
            one_or_ask(&name, commands)
        }
        Intent::Task { title, fields } => task(desk, read, speaker, title, fields).await,
        Intent::Tasks => list_tasks(read).await,
        Intent::Done { task } => {
            let wanted = task.to_lowercase();
            let tasks = read.tasks(None).await?;
            let mut fitting = tasks.into_iter().filter(|t| {
                t.done_at.is_none()
                    && (t.id.as_str() == task || t.title.to_lowercase().starts_with(&wanted))
            });
            match (fitting.next(), fitting.next()) {
                (Some(task), None) => {
                    Ok(Command::SetTask(SetTask { task: task.id, status: TaskStatus::Done }))
                }
                (None, _) => Err(Refusal::not_found(format!(
                    "No open task begins with “{task}”. Say “{} tasks” to see them.",
                    desk.prefix
                ))
                .into()),
                (Some(_), Some(_)) => Err(Refusal::invalid(format!(
                    "Several open tasks begin with “{task}”; say more of its title."
                ))
                .into()),
            }
        }
        Intent::Claim { name } => {
            let records = desk.records(read, &name).await?;
            let records = with_stages_or_all(read, records).await?;
            one_of(&name, records, |record| {
                Command::ClaimRecord(ClaimRecord { record: record.id.clone() })
            })
        }
        Intent::Release { name } => {
            let records = desk.records(read, &name).await?;
            let records = with_stages_or_all(read, records).await?;
            one_of(&name, records, |record| {
                Command::AssignRecord(AssignRecord {
                    record: record.id.clone(),
                    owner: None,
                    expected_version: None,
                })
            })
        }
        Intent::Accept { using_existing, stage } => {
            let proposal = open_proposal(read, speaker).await?;
            Ok(Command::AcceptProposal(AcceptProposal {
                proposal: proposal.id,
                use_probable: using_existing,
                without: Vec::new(),
                stage,
            }))
        }
        Intent::Discard => {
            let proposal = open_proposal(read, speaker).await?;
            Ok(Command::DiscardProposal(DiscardProposal { proposal: proposal.id }))
        }
        Intent::Undo => Ok(Command::Undo(Undo { entry: None })),
        Intent::Unbind => Ok(Command::UnbindPlace(UnbindPlace { place: speaker.place.clone() })),
        Intent::Quiet { level, minutes } => Ok(Command::SetPlaceLevel(SetPlaceLevel {
            place: speaker.place.clone(),
            level,
            quiet_minutes: minutes,
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

/// A name at the beginning of a text, with the records it fits.
struct Named {
    name: String,
    records: Vec<Record>,
    rest: String,
}

impl Desk<'_> {
    /// The records of this name, or a refusal with what comes near.
    async fn records(&self, read: &mut dyn Read, name: &str) -> Result<Vec<Record>> {
        let ids = self.names.called(read.tenant_id(), name);
        let records = live(read, ids).await?;
        if !records.is_empty() {
            return Ok(records);
        }
        let mut near = starting(read, name, 5).await?;
        if near.len() == 1 {
            return Ok(near);
        }
        if near.is_empty()
            && let Some(word) = name.split_whitespace().next()
        {
            near = starting(read, &word.chars().take(3).collect::<String>(), 5).await?;
        }
        let names = near.iter().map(|r| format!("{} ({})", r.title, r.key)).collect::<Vec<_>>();
        let hint = if names.is_empty() {
            format!("Make it with “{} new”.", self.prefix)
        } else {
            format!("Did you mean {}?", crm::flows::listed(&names).replace(" and ", " or "))
        };
        let shown = name.chars().take(80).collect::<String>();
        Err(Refusal::not_found(format!("I know nobody called “{shown}”. {hint}")).into())
    }

    async fn named_first(&self, read: &mut dyn Read, text: &str, example: &str) -> Result<Named> {
        if let Some(named) = self.names.called_first(read.tenant_id(), text) {
            let records = live(read, named.records).await?;
            if !records.is_empty() {
                return Ok(Named { name: named.name, records, rest: named.rest });
            }
        }
        // Perhaps the first word begins a title.
        let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        match self.records(read, first).await {
            Ok(records) => {
                Ok(Named { name: first.to_owned(), records, rest: rest.trim().to_owned() })
            }
            Err(crm::Error::Refused(refusal)) => Err(Refusal::new(
                refusal.kind,
                format!("{} For example “{} {example}”.", refusal.message, self.prefix),
            )
            .into()),
            Err(other) => Err(other),
        }
    }
}

async fn live(read: &mut dyn Read, ids: Vec<RecordId>) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for id in ids {
        if let Some(record) = read.record(&id).await?
            && record.trashed_at.is_none()
        {
            records.push(record);
        }
    }
    Ok(records)
}

async fn starting(read: &mut dyn Read, beginning: &str, limit: i64) -> Result<Vec<Record>> {
    if beginning.trim().is_empty() {
        return Ok(Vec::new());
    }
    let filter = RecordFilter {
        title_starts: Some(beginning.trim().to_lowercase()),
        limit,
        ..RecordFilter::default()
    };
    Ok(read.records(&filter).await?)
}

async fn blueprint_of(read: &mut dyn Read, record: &Record) -> Result<std::sync::Arc<Blueprint>> {
    let found = read.blueprint(&record.blueprint, record.blueprint_version).await?;
    Ok(found.ok_or_else(|| Refusal::gone(format!("The blueprint of {} is gone.", record.title)))?)
}

/// The records that have stages: those given, or for a company or person the open ones that
/// are linked to it.
async fn with_stages(read: &mut dyn Read, records: Vec<Record>, name: &str) -> Result<Vec<Record>> {
    let found = staged(read, &records).await?;
    if found.is_empty() {
        return Err(Refusal::not_found(format!(
            "{name} has no open deal. Make one with “deal new”, or name the deal by its key."
        ))
        .into());
    }
    Ok(found)
}

async fn with_stages_or_all(read: &mut dyn Read, records: Vec<Record>) -> Result<Vec<Record>> {
    let found = staged(read, &records).await?;
    Ok(if found.is_empty() { records } else { found })
}

async fn staged(read: &mut dyn Read, records: &[Record]) -> Result<Vec<Record>> {
    let mut found: Vec<Record> = Vec::new();
    for record in records {
        if record.flow.is_some() {
            if !found.iter().any(|f| f.id == record.id) {
                found.push(record.clone());
            }
            continue;
        }
        for link in read.links(&record.id).await? {
            if link.to != record.id || found.iter().any(|f| f.id == link.from) {
                continue;
            }
            let Some(deal) = read.record(&link.from).await? else { continue };
            if deal.trashed_at.is_some() {
                continue;
            }
            let blueprint = blueprint_of(read, &deal).await?;
            let stage = deal
                .flow
                .as_deref()
                .and_then(|key| blueprint.flow(key))
                .and_then(|flow| flow.stage(deal.state.as_deref().unwrap_or_default()));
            if stage.is_some_and(|stage| stage.kind == StageKind::Open) {
                found.push(deal);
            }
        }
    }
    Ok(found)
}

/// The command for the one record, or the question which one.
fn one_of(
    name: &str,
    records: Vec<Record>,
    command: impl Fn(&Record) -> Command,
) -> Result<Command> {
    let options = records.iter().map(|record| (record.id.clone(), command(record))).collect();
    one_or_ask(name, options)
}

fn one_or_ask(name: &str, mut options: Vec<(RecordId, Command)>) -> Result<Command> {
    match options.len() {
        0 => Err(Refusal::not_found(format!("I know nobody called “{name}”.")).into()),
        1 => Ok(options.remove(0).1),
        _ => {
            options.truncate(DIGITS.len());
            Ok(Command::AskWhichOne(AskWhichOne { name: name.to_owned(), options }))
        }
    }
}

async fn find(desk: &Desk<'_>, read: &mut dyn Read, query: &str) -> Result<Command> {
    let called = desk.names.called(read.tenant_id(), query);
    let mut found = live(read, called).await?;
    for record in starting(read, query, 10).await? {
        if !found.iter().any(|f| f.id == record.id) {
            found.push(record);
        }
    }
    if found.is_empty() {
        return Ok(say(format!("Nothing begins with “{query}”.")));
    }
    let lines = found
        .iter()
        .take(10)
        .map(|record| {
            let stage = record.state.as_deref().map(|s| format!(" · {s}")).unwrap_or_default();
            format!("{} · {}{stage}", record.key, record.title)
        })
        .collect::<Vec<_>>();
    Ok(say(lines.join("\n")))
}

async fn new_record(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    blueprint: &str,
    title: String,
    fields: Vec<(String, String)>,
) -> Result<Command> {
    let blueprints = read.blueprints().await?;
    let found = blueprints
        .iter()
        .find(|b| [&b.key, &b.name, &b.plural].iter().any(|name| name.to_lowercase() == blueprint));
    let Some(found) = found else {
        let all = blueprints.iter().map(|b| b.key.as_str()).collect::<Vec<_>>();
        return Err(Refusal::invalid(format!(
            "I can make {}, but not “{blueprint}”.",
            crm::flows::listed(&all)
        ))
        .into());
    };
    let mut input = CreateRecord { blueprint: found.key.clone(), title, ..CreateRecord::default() };
    let mut columns = Vec::new();
    let mut linked = None;
    for (name, value) in fields {
        match name.as_str() {
            "for" | "at" => {
                let records = desk.records(read, &value).await?;
                match records.as_slice() {
                    [one] => linked = Some(one.id.clone()),
                    _ => {
                        return Err(Refusal::invalid(format!(
                            "“{value}” fits several records; name it by its key."
                        ))
                        .into());
                    }
                }
            }
            "stage" | "state" => input.state = Some(value),
            other => match identity_kind(other) {
                Some(kind) if found.identities && found.column_named(other).is_err() => {
                    input.identities.push(NewIdentity { kind, value });
                }
                _ => columns.push((name, value)),
            },
        }
    }
    input.values = column_values(found, &columns)?;
    let Some(to) = linked else { return Ok(Command::CreateRecord(input)) };
    // The link needs the id that making it gives; the door makes both or neither.
    let kind = if found.key == "person" { "works_at" } else { "customer" };
    Ok(Command::CreateLinked(crm::commands::CreateLinked {
        record: input,
        to,
        kind: kind.to_owned(),
    }))
}

/// Reads `column:value` pairs as the columns' types want them.
fn column_values(blueprint: &Blueprint, fields: &[(String, String)]) -> Result<Values> {
    let mut values = Values::new();
    for (name, text) in fields {
        let column = blueprint
            .column_named(&name.replace(['_', '-'], " "))
            .or_else(|refusal| blueprint.column_named(name).map_err(|_| refusal))?;
        let value = match column.kind {
            ColumnType::Money => match extractors::amounts::parse_amount(text) {
                Some(amount) => serde_json::json!({
                    "amount": amount.value.normalize().to_string(),
                    "currency": amount.currency.unwrap_or_else(|| "EUR".to_owned()),
                }),
                None => text.as_str().into(),
            },
            ColumnType::Boolean | ColumnType::Integer | ColumnType::Decimal => text.as_str().into(),
            ColumnType::MultiSelect => text.split(',').map(str::trim).collect::<Vec<_>>().into(),
            _ if text.is_empty() => serde_json::Value::Null,
            _ => text.as_str().into(),
        };
        values.insert(column.id.clone(), value);
    }
    Ok(values)
}

fn identity_kind(name: &str) -> Option<IdentityKind> {
    match name {
        "email" | "e-mail" | "mail" => Some(IdentityKind::Email),
        "tel" => Some(IdentityKind::Phone),
        "web" => Some(IdentityKind::Domain),
        other => IdentityKind::parse(other),
    }
}

async fn task(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    title: String,
    fields: Vec<(String, String)>,
) -> Result<Command> {
    let mut title = title;
    let mut record = None;
    let mut due_on = None;
    let mut assignee = None;
    for (name, value) in fields {
        match name.as_str() {
            "for" => {
                let records = desk.records(read, &value).await?;
                let mut staged = with_stages_or_all(read, records).await?;
                if staged.len() > 1 {
                    let all = staged.iter().map(|r| format!("for:{}", r.key)).collect::<Vec<_>>();
                    return Err(Refusal::invalid(format!(
                        "“{value}” fits several records; say {}.",
                        crm::flows::listed(&all).replace(" and ", " or ")
                    ))
                    .into());
                }
                record = staged.pop().map(|r| r.id);
            }
            "due" => {
                let today = today(read, speaker.at).await?;
                let day = extractors::when::parse_due(&value, today).ok_or_else(|| {
                    Refusal::invalid(format!(
                        "I do not know the day “{value}”. Say friday, tomorrow, in 3 days or \
                         2027-03-31."
                    ))
                })?;
                due_on = Some(day);
            }
            "to" => assignee = Some(member_called(read, speaker, &value).await?.id),
            // What is no field of a task is part of what is to be done ("at 10:30").
            other => title.push_str(&format!(" {other}:{value}")),
        }
    }
    Ok(Command::AddTask(AddTask { title, record, assignee, due_on }))
}

/// The day it is in the tenant's time zone.
async fn today(read: &mut dyn Read, at: DateTime<Utc>) -> Result<NaiveDate> {
    let timezone = read.tenant().await?.timezone.parse::<Tz>().unwrap_or(Tz::UTC);
    Ok(at.with_timezone(&timezone).date_naive())
}

async fn member_called(read: &mut dyn Read, speaker: &Speaker, name: &str) -> Result<Member> {
    let wanted = name.trim_start_matches('@').to_lowercase();
    if wanted == "me"
        && let Some(member) = &speaker.member
    {
        return Ok(member.clone());
    }
    let members = read.members().await?;
    let mut fitting = members.iter().filter(|member| {
        member.active
            && (member.email == wanted
                || member.name.to_lowercase() == wanted
                || member.name.to_lowercase().split(' ').next() == Some(wanted.as_str()))
    });
    match (fitting.next(), fitting.next()) {
        (Some(member), None) => Ok(member.clone()),
        (None, _) => {
            let all = members.iter().filter(|m| m.active).map(|m| m.name.as_str());
            Err(Refusal::not_found(format!(
                "There is no member called “{name}”. There is {}.",
                crm::flows::listed(&all.collect::<Vec<_>>())
            ))
            .into())
        }
        (Some(_), Some(_)) => Err(Refusal::invalid(format!(
            "Several members are called “{name}”; use the e-mail address."
        ))
        .into()),
    }
}

async fn list_tasks(read: &mut dyn Read) -> Result<Command> {
    let tasks = read.tasks(None).await?;
    let mut lines = Vec::new();
    for task in tasks.iter().filter(|task| task.done_at.is_none()).take(20) {
        let mut line = task.title.clone();
        if let Some(id) = &task.record
            && let Some(record) = read.record(id).await?
        {
            line.push_str(&format!(" · {}", record.title));
        }
        if let Some(day) = task.due_on {
            line.push_str(&format!(" · due {day}"));
        }
        match &task.assignee {
            Some(id) => {
                let name = read.member(id).await?.map_or_else(|| "?".to_owned(), |m| m.name);
                line.push_str(&format!(" · {name}"));
            }
            None => line.push_str(" · in the pool"),
        }
        lines.push(line);
    }
    if lines.is_empty() {
        return Ok(say("No open tasks."));
    }
    Ok(say(lines.join("\n")))
}

/// The newest open proposal that was made from messages of this place.
pub async fn open_proposal(read: &mut dyn Read, speaker: &Speaker) -> Result<Proposal> {
    let open = read.proposals(ProposalStatus::Open, 50).await?;
    let here = open
        .into_iter()
        .find(|proposal| proposal.messages.iter().any(|m| m.place == speaker.place));
    Ok(here.ok_or_else(|| {
        Refusal::not_found("No proposal waits here. Capture messages first, with “capture last 3”.")
    })?)
}
