//! People and companies by command: their channels, how records are related, and the same change
//! for all that a filter finds.

use crm::commands::{
    AssignRecord, ChangeIdentity, ChangeLink, ChangeMany, Command, LinkRecords, ManyChange,
    RemoveIdentity, Several, UnlinkRecords,
};
use crm::ids::RecordId;
use crm::link_kinds::{self, Meant};
use crm::lists::{Audience, Filter, Known, List};
use crm::ports::Read;
use crm::records::{Identity, Record};
use crm::tasks::{TaskFilter, Whose};
use crm::{Refusal, Result};

use super::channels::looks_like;
use super::naming::{blueprint_of, deals_to_show, one_of, one_or_ask, shown, work_of};
use super::tasks::member_called;
use super::{Desk, Speaker, say};

/// As many lines as a room bears.
const LINES_MAX: i64 = 10;

/// The filter behind “all”.
pub(super) fn all(text: &str) -> Option<&str> {
    let (first, rest) = text.split_once(char::is_whitespace)?;
    first.eq_ignore_ascii_case("all").then(|| rest.trim())
}

/// The command that does the same with all that a filter finds.
pub(super) fn many(change: ManyChange, text: &str) -> Command {
    let filter = all(text).map(str::to_owned);
    Command::ChangeMany(ChangeMany { change, records: Vec::new(), filter })
}

/// The command that gives a record, or many, to somebody.
pub(super) async fn assign(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    text: &str,
    to: &str,
) -> Result<Command> {
    let owner = member_called(read, speaker, to).await?.id;
    if all(text).is_some() {
        return Ok(many(ManyChange::Assign { owner }, text));
    }
    let records = desk.records(read, text).await?;
    let records = work_of(read, records).await?;
    one_of(text, &records, |record| {
        Command::AssignRecord(AssignRecord {
            record: record.id.clone(),
            owner: Some(owner.clone()),
            expected_version: None,
        })
    })
}

/// What is one's own.
pub(super) async fn mine(read: &mut dyn Read, speaker: &Speaker) -> Result<Command> {
    let Some(member) = &speaker.member else {
        return Ok(say("Nothing here is yours before your chat account is linked."));
    };
    let me = Some(member.id.clone());
    let known = Known::read(read, me, speaker.at, Audience::Room).await?;
    let condition = known.bind(&Filter::parse("owner:me")?)?;
    let page = read.list(&List::newest(condition, LINES_MAX)).await?;
    let mut lines = Vec::new();
    for record in &page.records {
        lines.push(line(read, record).await?);
    }
    if page.next.is_some() {
        lines.push("… and more; narrow it with “find owner:me …”.".to_owned());
    }
    let filter = TaskFilter {
        whose: Whose::Of(member.id.clone()),
        ..TaskFilter::open(speaker.at, LINES_MAX)
    };
    for task in read.tasks_page(&filter).await? {
        lines.push(format!("Task: {}", super::tasks::line(read, &task).await?));
    }
    if lines.is_empty() {
        return Ok(say("Nothing is yours at the moment."));
    }
    Ok(say(lines.join("\n")))
}

async fn line(read: &mut dyn Read, record: &Record) -> Result<String> {
    let blueprint = blueprint_of(read, record).await?;
    let flow = record.flow.as_deref().and_then(|flow| blueprint.flow(flow));
    let stage = flow.and_then(|flow| flow.stage(record.state.as_deref()?));
    let stage = stage.map_or_else(String::new, |stage| format!(" · {}", stage.name));
    Ok(format!("{} · {}{stage}", record.key, record.title))
}

/// The channels of a person or company.
pub(super) async fn channels(desk: &Desk<'_>, read: &mut dyn Read, name: &str) -> Result<Command> {
    let records = desk.records(read, name).await?;
    let mut lines = Vec::new();
    for record in &records {
        lines.push(format!("{}:", shown(record)));
        let identities = read.identities(&record.id).await?;
        if identities.is_empty() {
            lines.push("none yet".to_owned());
        }
        lines.extend(identities.iter().map(channel_line));
        for old in read.old_handles(&record.id).await? {
            let day = old.until.format("%-d %b %Y");
            lines.push(format!("was {} until {day}", old.value));
        }
    }
    Ok(say(lines.join("\n")))
}

fn channel_line(identity: &Identity) -> String {
    let mut line = format!("{} {}", identity.kind.as_str(), identity.value);
    let marks = [
        (identity.primary, "first".to_owned()),
        (identity.verified, "verified".to_owned()),
        (identity.bounced_at.is_some(), "bounces".to_owned()),
        (identity.label.is_some(), identity.label.clone().unwrap_or_default()),
    ];
    for (_, mark) in marks.into_iter().filter(|(is, _)| *is) {
        line.push_str(&format!(" · {mark}"));
    }
    line
}

/// The command that says something about a channel.
pub(super) async fn channel(read: &mut dyn Read, text: &str) -> Result<Command> {
    let mut words = text.split_whitespace();
    let given = words.next().unwrap_or_default();
    let said = words.collect::<Vec<_>>().join(" ");
    let region = read.tenant().await?.region;
    let mut found: Vec<Identity> = Vec::new();
    for channel in looks_like(given, region) {
        found.extend(read.identities_with(channel.kind, &channel.value).await?);
    }
    if found.is_empty() {
        return Err(Refusal::not_found(format!(
            "Nobody has “{}”. Look at somebody's channels with “channels <name>”.",
            given.chars().take(80).collect::<String>()
        ))
        .into());
    }
    let mut options: Vec<(RecordId, Command)> = Vec::new();
    for identity in found {
        let record = identity.record.clone();
        options.push((record, change(identity, &said)?));
    }
    one_or_ask(given, options)
}

fn change(identity: Identity, said: &str) -> Result<Command, Refusal> {
    let (record, id) = (identity.record, identity.id);
    let mut input = ChangeIdentity::of(record.clone(), id.clone());
    let lower = said.to_lowercase();
    if let Some(at) = lower.find("label:") {
        let label = said.get(at + "label:".len()..).unwrap_or_default();
        input.label = Some(label.trim_matches(['"', '“', '”', ' ']).to_owned());
        return Ok(Command::ChangeIdentity(input));
    }
    if let Some(value) = said.strip_prefix("to:") {
        input.value = Some(value.trim().to_owned());
        return Ok(Command::ChangeIdentity(input));
    }
    match lower.as_str() {
        "primary" | "first" => input.primary = Some(true),
        "verified" => input.verified = Some(true),
        "unverified" => input.verified = Some(false),
        "bounced" | "bounces" => input.bounced = Some(true),
        "works" => input.bounced = Some(false),
        "removed" | "remove" => {
            return Ok(Command::RemoveIdentity(RemoveIdentity { record, identity: id }));
        }
        _ => {
            return Err(Refusal::invalid(
                "What about it? Say primary, verified, unverified, bounced, works, removed, \
                 label:work, or to:<the new address>.",
            ));
        }
    }
    Ok(Command::ChangeIdentity(input))
}

/// Two records that are named one after the other, and what follows.
struct Pair {
    names: [String; 2],
    first: Vec<Record>,
    second: Vec<Record>,
    rest: String,
}

async fn pair(desk: &Desk<'_>, read: &mut dyn Read, text: &str, example: &str) -> Result<Pair> {
    let first = desk.named_first(read, text, example).await?;
    if first.rest.is_empty() {
        return Err(Refusal::invalid(format!(
            "With what? For example “{} {example}”.",
            desk.prefix
        ))
        .into());
    }
    let second = match desk.named_first(read, &first.rest, example).await {
        Ok(second) => second,
        // People write dashes where a title has spaces.
        Err(refused) => {
            let (name, rest) =
                first.rest.split_once(char::is_whitespace).unwrap_or((&first.rest, ""));
            let plain = name.replace(['-', '_'], " ");
            match desk.records(read, &plain).await {
                Ok(records) => super::naming::Named {
                    name: name.to_owned(),
                    records,
                    rest: rest.trim().to_owned(),
                },
                Err(_) => return Err(refused),
            }
        }
    };
    Ok(Pair {
        names: [first.name, second.name],
        first: first.records,
        second: second.records,
        rest: second.rest,
    })
}

/// The command that relates two records, or changes the part in the relation that is there.
pub(super) async fn link(desk: &Desk<'_>, read: &mut dyn Read, text: &str) -> Result<Command> {
    let found = pair(desk, read, text, "link anna DEAL-12 champion").await?;
    let mut options = Vec::new();
    for one in &found.first {
        for other in &found.second {
            if one.id == other.id {
                continue;
            }
            if let Some(command) = linking(read, one, other, &found.rest).await? {
                options.push((other.id.clone(), command));
            }
        }
    }
    if options.is_empty() {
        return Err(Refusal::invalid(format!(
            "How are {} and {} related? Say it behind the names, like “{} link {text} supplier”.",
            found.names[0], found.names[1], desk.prefix
        ))
        .into());
    }
    one_or_ask(&found.names[1], options)
}

async fn linking(
    read: &mut dyn Read,
    one: &Record,
    other: &Record,
    word: &str,
) -> Result<Option<Command>> {
    let keys = (blueprint_of(read, one).await?, blueprint_of(read, other).await?);
    // Somebody who plays a part in a deal is linked to it, also where its customer is named.
    let role_in_deals = link_kinds::kind("contact")
        .is_some_and(|kind| kind.roles.iter().any(|role| role.eq_ignore_ascii_case(word)));
    let person_and_company = keys.0.key == "person" && keys.1.key == "company";
    if role_in_deals && person_and_company {
        let deals = deals_to_show(read, std::slice::from_ref(other)).await?;
        if let [deal] = deals.as_slice() {
            let deal = deal.clone();
            return Box::pin(linking(read, one, &deal, word)).await;
        }
    }
    let Some(Meant { kind, role, turned }) = link_kinds::meant(&keys.0.key, &keys.1.key, word)
    else {
        return Ok(None);
    };
    let (from, to) = if turned { (other, one) } else { (one, other) };
    let there = read.links(&from.id).await?;
    let there = there.into_iter().find(|l| l.from == from.id && l.to == to.id && l.kind == kind);
    Ok(Some(match (there, role) {
        (Some(link), Some(role)) => Command::ChangeLink(ChangeLink {
            from: from.id.clone(),
            link: link.id,
            kind: None,
            role: Some(role),
        }),
        (_, role) => Command::LinkRecords(LinkRecords {
            from: from.id.clone(),
            to: to.id.clone(),
            kind,
            role,
            again: None,
        }),
    }))
}

/// The command that removes the links between two records.
pub(super) async fn unlink(desk: &Desk<'_>, read: &mut dyn Read, text: &str) -> Result<Command> {
    let found = pair(desk, read, text, "unlink anna DEAL-12").await?;
    let mut options = Vec::new();
    for one in &found.first {
        let links = read.links(&one.id).await?;
        for other in &found.second {
            let between = links.iter().filter(|link| link.from == other.id || link.to == other.id);
            let mut commands = between
                .map(|link| {
                    let from = link.from.clone();
                    Command::UnlinkRecords(UnlinkRecords { from, link: link.id.clone() })
                })
                .collect::<Vec<_>>();
            match commands.len() {
                0 => {}
                1 => options.push((other.id.clone(), commands.remove(0))),
                _ => options.push((other.id.clone(), Command::Several(Several { commands }))),
            }
        }
    }
    if options.is_empty() {
        return Err(Refusal::not_found(format!(
            "{} and {} are not linked.",
            found.names[0], found.names[1]
        ))
        .into());
    }
    one_or_ask(&found.names[1], options)
}
