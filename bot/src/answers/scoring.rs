//! Scores and leads by command: what a record's score is made of, saying what was found out, and
//! looking through and deciding the leads that wait. Products and criteria are made elsewhere.

use chrono::{NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use crm::commands::{
    AcceptLead, AssessRecord, AssignLead, Command, MakeLead, PostLeads, RejectLead, Several,
    SnoozeLead,
};
use crm::leads::{Lead, LeadList, LeadStatus, LeadTo, LeadsThat};
use crm::ports::Read;
use crm::records::Record;
use crm::scoring::{Evidence, Product, product_called};
use crm::{Refusal, RefusalKind, Result};

use super::naming::{blueprint_of, one_of, one_or_ask};
use super::tasks::member_called;
use super::{Desk, Speaker, day_of, say, today};
use crate::cards::leads::{fit, score_lines, told, waited};

/// As many leads as a room bears.
const LEADS_MAX: i64 = 10;
/// How many leads of a record are looked through for one that waits.
const EARLIER_MAX: i64 = 50;

type Fields = Vec<(String, String)>;

/// The products there are, with what counts for them.
pub(super) async fn products(read: &mut dyn Read) -> Result<Command> {
    let criteria = read.criteria().await?;
    let mut lines = Vec::new();
    for product in read.products().await?.iter().filter(|product| !product.archived) {
        let mut line = format!("{} ({})", product.name, product.key);
        let live = criteria.iter().filter(|one| one.product == product.id && !one.archived);
        for criterion in live {
            let by = if criterion.rule().is_some() { ", by rule" } else { "" };
            line.push_str(&format!(" · {} ×{}{by}", criterion.name, criterion.weight));
        }
        lines.push(line);
    }
    if lines.is_empty() {
        return Ok(say("There are no products yet. An administrator can make one."));
    }
    Ok(say(lines.join("\n")))
}

/// What the scores of a record are made of.
pub(super) async fn score(desk: &Desk<'_>, read: &mut dyn Read, name: &str) -> Result<Command> {
    let record = the_one(name, desk.records(read, name).await?)?;
    let of = blueprint_of(read, &record).await?;
    let kept = read.scores(&record.id).await?;
    let mut lines = Vec::new();
    for product in read.products().await? {
        if product.archived || !product.takes(&of.key) {
            continue;
        }
        let score = kept.iter().find(|score| score.product == product.id);
        let fit = fit(score.map(|score| score.value), score.map_or(0, |score| score.coverage));
        lines.push(format!("{} · {}: {fit}", record.title, product.name));
        for line in score_lines(read, &record.id, &product).await? {
            let adds = line.adds.map_or_else(String::new, |adds| format!(" · adds {adds:.1}"));
            lines.push(format!("  {} · counts {}{adds}", told(&line), line.criterion.weight));
        }
    }
    if lines.is_empty() {
        let plural = &of.plural;
        return Ok(say(format!("{plural} are assessed for no product.")));
    }
    Ok(say(lines.join("\n")))
}

/// The command that says what was found out.
pub(super) async fn assess(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    name: &str,
    fields: Fields,
) -> Result<Command> {
    let record = the_one(name, desk.records(read, name).await?)?;
    let (mut product, mut reason, mut evidence) = (String::new(), None, Vec::new());
    let mut answers = Vec::new();
    for (key, value) in fields {
        match key.as_str() {
            "for" => product = value,
            "reason" | "because" => reason = Some(value),
            "link" => evidence.push(Evidence::Url { url: value }),
            _ => answers.push((key, value)),
        }
    }
    if answers.is_empty() {
        return Err(Refusal::invalid(format!(
            "What was found out about {}? Say “{} assess {} <criterion>:<answer>”.",
            record.title, desk.prefix, record.key
        ))
        .into());
    }
    let mut commands = answers
        .into_iter()
        .map(|(criterion, value)| {
            Command::AssessRecord(AssessRecord {
                record: record.id.clone(),
                product: product.clone(),
                criterion,
                value: value.into(),
                reason: reason.clone(),
                evidence: evidence.clone(),
            })
        })
        .collect::<Vec<_>>();
    match commands.len() {
        1 => Ok(commands.remove(0)),
        _ => Ok(Command::Several(Several { commands })),
    }
}

/// The best leads that wait.
pub(super) async fn leads(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    given: &str,
) -> Result<Command> {
    let products = read.products().await?;
    let product = match given.trim() {
        "" => None,
        given => Some(product_called(&products, given)?),
    };
    let list = LeadList {
        product: product.map(|product| product.id.clone()),
        that: LeadsThat::Wait,
        assignee: None,
        now: speaker.at,
        limit: LEADS_MAX,
        after: None,
    };
    let (leads, next) = read.leads(&list).await?;
    if leads.is_empty() {
        let what = product.map_or_else(String::new, |product| format!(" for {}", product.name));
        return Ok(say(format!(
            "No lead{what} waits. Make one with “{} lead <name> for:<product>”.",
            desk.prefix
        )));
    }
    let mut lines = Vec::new();
    for (place, lead) in leads.iter().enumerate() {
        let Some(record) = read.record(&lead.record).await? else { continue };
        let mut line = format!("{}. {} ({})", place + 1, record.title, record.key);
        if let Some(product) = products.iter().find(|product| product.id == lead.product) {
            line.push_str(&format!(" · {}", product.name));
        }
        line.push_str(&format!(" · {}", fit(lead.score, lead.coverage)));
        line.push_str(&format!(" · waits {}", waited(lead, speaker.at)));
        if let Some(assignee) = &lead.assignee
            && let Some(member) = read.member(assignee).await?
        {
            line.push_str(&format!(" · {}", member.name));
        }
        lines.push(line);
    }
    if next.is_some() {
        lines.push("… and more.".to_owned());
    }
    Ok(say(lines.join("\n")))
}

/// The command that posts a product's leads here, or nowhere any more.
pub(super) fn post(speaker: &Speaker, product: String, here: bool) -> Command {
    let place = here.then(|| speaker.place.clone());
    Command::PostLeads(PostLeads { product, place })
}

/// The command that makes a lead.
pub(super) async fn make(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    name: &str,
    fields: Fields,
) -> Result<Command> {
    let products = read.products().await?;
    let product = product_called(&products, field(&fields, "for").unwrap_or_default())?;
    let mut records = desk.records(read, name).await?;
    if records.len() > 1 {
        let mut fitting = Vec::new();
        for record in &records {
            if product.takes(&blueprint_of(read, record).await?.key) {
                fitting.push(record.clone());
            }
        }
        if !fitting.is_empty() {
            records = fitting;
        }
    }
    let why = field(&fields, "why").map(str::to_owned);
    one_of(name, &records, |record| {
        Command::MakeLead(MakeLead {
            record: record.id.clone(),
            product: product.key.clone(),
            why: why.clone(),
        })
    })
}

/// The command that accepts a lead.
pub(super) async fn accept(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    name: &str,
    fields: Fields,
) -> Result<Command> {
    let to = match field(&fields, "to") {
        Some(given) => Some(lead_to(read, speaker, given).await?),
        None => None,
    };
    let text = |key: &str| field(&fields, key).map(str::to_owned);
    decide(desk, read, name, &fields, |lead| {
        Command::AcceptLead(AcceptLead {
            lead: lead.id.clone(),
            pipeline: text("pipeline"),
            stage: text("stage"),
            title: None,
            values: crm::blueprints::Values::new(),
            to: to.clone(),
        })
    })
    .await
}

/// The command that rejects a lead.
pub(super) async fn reject(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    name: &str,
    fields: Fields,
) -> Result<Command> {
    let reason = field(&fields, "reason").unwrap_or_default().to_owned();
    decide(desk, read, name, &fields, |lead| {
        Command::RejectLead(RejectLead { lead: lead.id.clone(), reason: reason.clone() })
    })
    .await
}

/// The command that gives a lead to somebody.
pub(super) async fn assign(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    name: &str,
    fields: Fields,
) -> Result<Command> {
    let Some(given) = field(&fields, "to") else {
        return Err(Refusal::invalid(format!(
            "Who looks at it? Say “{} lead assign {name} to:<member>”, or to:turns.",
            desk.prefix
        ))
        .into());
    };
    let to = lead_to(read, speaker, given).await?;
    decide(desk, read, name, &fields, |lead| {
        Command::AssignLead(AssignLead { lead: lead.id.clone(), to: to.clone() })
    })
    .await
}

/// The command that puts a lead off.
pub(super) async fn snooze(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    name: &str,
    fields: Fields,
) -> Result<Command> {
    let until = match field(&fields, "until") {
        None => {
            return Err(Refusal::invalid(format!(
                "Until when? Say “{} lead snooze {name} until:friday”.",
                desk.prefix
            ))
            .into());
        }
        Some("now") => None,
        Some(given) => {
            let day = day_of(given, today(read, speaker.at).await?)?;
            let timezone = read.tenant().await?.timezone.parse::<Tz>().unwrap_or(Tz::UTC);
            let at = timezone.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest();
            Some(at.map_or(speaker.at, |at| at.with_timezone(&Utc)))
        }
    };
    decide(desk, read, name, &fields, |lead| {
        Command::SnoozeLead(SnoozeLead { lead: lead.id.clone(), until })
    })
    .await
}

/// The command for the lead of this name that waits; when none does, for the one that was decided
/// last, so that whoever comes second is told.
async fn decide(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    name: &str,
    fields: &Fields,
    command: impl Fn(&Lead) -> Command,
) -> Result<Command> {
    let products = read.products().await?;
    let product = match field(fields, "for") {
        Some(given) => Some(product_called(&products, given)?),
        None => None,
    };
    let records = desk.records(read, name).await?;
    let mut open: Vec<Lead> = Vec::new();
    let mut last = None;
    for record in &records {
        let only = product.map(|product| &product.id);
        for lead in read.leads_of(&record.id, only, EARLIER_MAX).await? {
            match lead.status {
                LeadStatus::Open => open.push(lead),
                _ => last = last.or(Some(lead)),
            }
        }
    }
    let mut of_one =
        open.iter().filter(|lead| open.first().is_some_and(|f| f.record == lead.record));
    if of_one.nth(1).is_some() {
        let names = open.iter().filter_map(|lead| {
            products.iter().find(|product| product.id == lead.product).map(named)
        });
        let mut names = names.collect::<Vec<_>>();
        names.sort();
        names.dedup();
        return Err(Refusal::new(
            RefusalKind::Ambiguous,
            format!("{name} waits for several products. Say {}.", crm::flows::listed(&names)),
        )
        .into());
    }
    if open.is_empty() {
        let Some(last) = last else {
            let shown = name.chars().take(80).collect::<String>();
            return Err(Refusal::not_found(format!(
                "No lead called “{shown}” waits. Say “{} leads” to see those that do.",
                desk.prefix
            ))
            .into());
        };
        return Ok(command(&last));
    }
    let options = open.iter().map(|lead| (lead.record.clone(), command(lead))).collect();
    one_or_ask(name, options)
}

fn named(product: &Product) -> String {
    format!("for:{}", product.key)
}

/// Whom a lead is given to.
async fn lead_to(read: &mut dyn Read, speaker: &Speaker, given: &str) -> Result<LeadTo> {
    Ok(match given.to_lowercase().as_str() {
        "turns" | "turn" => LeadTo::Turns,
        "nobody" | "pool" => LeadTo::Nobody,
        _ => LeadTo::Member(member_called(read, speaker, given).await?.id),
    })
}

fn field<'f>(fields: &'f Fields, wanted: &str) -> Option<&'f str> {
    fields.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.as_str())
}

/// The one record of a name; where several have it, their keys.
fn the_one(name: &str, mut records: Vec<Record>) -> Result<Record> {
    if records.len() > 1 {
        let keys = records.iter().map(|record| record.key.as_str()).collect::<Vec<_>>();
        return Err(Refusal::new(
            RefusalKind::Ambiguous,
            format!("“{name}” fits {}; name one by its key.", crm::flows::listed(&keys)),
        )
        .into());
    }
    Ok(records
        .pop()
        .ok_or_else(|| Refusal::not_found(format!("I know nobody called “{name}”.")))?)
}
