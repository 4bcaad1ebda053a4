//! Capture: messages in; proposed people, companies, deals and tasks out, and what the messages say
//! in short, each value with the words it was read from and with what accepting would do. It reads
//! and proposes; it changes nothing.
//!
//! Exact channels attach, and so does a name together with its company. A name alone only
//! suggests, since two people may share it.

mod drafts;
mod gathering;
mod improving;
mod matching;
mod prose;
mod senders;
mod summing;
mod tasks;
mod words;

use std::collections::HashMap;

use chrono_tz::Tz;
use crm::StoreError;
use crm::ids::RecordId;
use crm::ports::Read;
use crm::proposals::{
    CapturedMessage, ProposedLink, ProposedRecord, ProposedSummary, ProposedTask, Slot,
};
use crm::tenants::Tenant;
use extractors::contacts::{Options, TextKind};
use extractors::mail::ZoneKind;
use extractors::mentions::Mention;

pub(crate) use self::drafts::DRAFTS_MAX;
use self::drafts::Draft;
use self::gathering::{Gathered, Known, Own};
pub(crate) use self::improving::improvement;
use self::matching::{
    blueprint_key, finished, match_by_identity, match_companies_by_name, match_people_by_name,
    open_deal_of,
};
pub(crate) use self::senders::company_of;
use crate::names::Names;

/// How much of one message is read.
pub(crate) const CHARS_MAX: usize = 20_000;
/// How many known records the messages may name.
const KNOWN_MAX: usize = 60;

/// What messages would make of themselves.
#[derive(Debug, Default)]
pub struct Captured {
    /// People, companies and deals.
    pub records: Vec<ProposedRecord>,
    /// How these would be related.
    pub links: Vec<ProposedLink>,
    /// What there would be to do.
    pub tasks: Vec<ProposedTask>,
    /// What the messages say in short.
    pub summary: Option<ProposedSummary>,
}

/// What messages would make of themselves.
///
/// # Errors
/// When the store cannot be reached.
pub async fn proposed(
    read: &mut dyn Read,
    names: &Names,
    messages: &[CapturedMessage],
) -> Result<Captured, StoreError> {
    let tenant = read.tenant().await?;
    let timezone = tenant.timezone.parse::<Tz>().unwrap_or(Tz::UTC);
    let options = options_of(&tenant, messages);
    let mut gathered = Gathered::for_team(own(read).await?);
    let mut seen = HashMap::new();
    let mut alike = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let text = beginning(&message.text);
        let (look_alikes, mentions) = names.find_all(&tenant.id, text);
        let known = known(read, mentions, &mut seen).await?;
        alike.extend(look_alikes.into_iter().map(|mention| (place, mention)));
        let options = Options { kind: kind_of(text), ..options.clone() };
        let today = message.at.with_timezone(&timezone).date_naive();
        gathered.read(place, text, &options, &known, today);
    }
    gathered.settle();
    let Gathered { mut people, mut companies, mut deal, works_at, .. } = gathered;

    for (place, mention) in alike {
        warn(read, place, &mention, people.iter_mut().chain(&mut companies)).await?;
    }
    for draft in &mut companies {
        match_by_identity(read, draft, "company").await?;
    }
    match_companies_by_name(read, names, &tenant.id, &mut companies).await?;
    for draft in &mut people {
        match_by_identity(read, draft, "person").await?;
    }
    match_people_by_name(read, names, &tenant.id, &mut people, &companies, &works_at).await?;
    if let Some(deal) = &mut deal {
        let company = companies.first();
        if let Some(name) = company.or(people.first()).map(|draft| draft.title.clone()) {
            let title = format!("{name} – {}", deal.title);
            deal.retitle(&title);
        }
        if let Some(company) = company
            && let Some(found) = &company.existing
        {
            deal.existing = open_deal_of(read, found, &company.title).await?;
        }
    }
    let mut records = Vec::new();
    let mut links = Vec::new();
    let people_count = people.len();
    let companies_count = companies.len();
    for draft in people {
        records.push(finished(read, "person", draft).await?);
    }
    for draft in companies {
        records.push(finished(read, "company", draft).await?);
    }
    for (person, company) in works_at {
        links.push(ProposedLink {
            from: person,
            to: people_count + company,
            kind: "works_at".to_owned(),
            by_model: false,
        });
    }
    // A deal needs somebody to sell to.
    if let Some(draft) = deal
        && people_count + companies_count > 0
    {
        let at = records.len();
        records.push(finished(read, "deal", draft).await?);
        for person in 0..people_count {
            let kind = "contact".to_owned();
            links.push(ProposedLink { from: at, to: person, kind, by_model: false });
        }
        if companies_count > 0 {
            let kind = "customer".to_owned();
            links.push(ProposedLink { from: at, to: people_count, kind, by_model: false });
        }
    }
    let team = tasks::Team {
        members: read.members().await?,
        timezone,
        language: tenant.language.split('-').next().unwrap_or("en").to_owned(),
    };
    let tasks = tasks::tasks(read, &team, messages, &records, &links).await?;
    tasks::without_days_of(&tasks, &mut records);
    let summary = summing::summary(messages, &records, &tasks);
    Ok(Captured { records, links, tasks, summary })
}

/// How the team's messages are read.
fn options_of(tenant: &Tenant, messages: &[CapturedMessage]) -> Options {
    Options {
        region: tenant.region.clone(),
        platform: messages.first().map(|m| m.author.network.clone()),
        language: Some(tenant.language.clone()),
        ..Options::default()
    }
}

/// The team, by its members' names and addresses.
async fn own(read: &mut dyn Read) -> Result<Own, StoreError> {
    let mut own = Own::default();
    for member in read.members().await? {
        own.names.push(extractors::fold(&member.name));
        let email = member.email.to_lowercase();
        own.sites.extend(crm::domains::site_of(&email));
        own.emails.push(email);
    }
    Ok(own)
}

/// Whether a text is a mail that was forwarded or pasted: it has the lines that mail programs
/// write, or a signature of several lines.
fn kind_of(text: &str) -> TextKind {
    let mail = extractors::mail::read(text, None);
    let is_mail = mail.zones.iter().any(|zone| match zone.kind {
        ZoneKind::ForwardHeader | ZoneKind::QuoteMarker => true,
        ZoneKind::Signature => {
            let lines = text.chars().skip(zone.start).take(zone.end - zone.start);
            lines.filter(|c| *c == '\n').count() >= 2
        }
        _ => false,
    });
    if is_mail { TextKind::Email } else { TextKind::default() }
}

/// Marks whoever is written like a known record in letters of another script. Somebody who is not
/// that one may want to be taken for it, so nothing is matched and it is said.
async fn warn<'d>(
    read: &mut dyn Read,
    place: usize,
    mention: &Mention,
    drafts: impl Iterator<Item = &'d mut Draft>,
) -> Result<(), StoreError> {
    let Some(id) = mention.candidates.first().and_then(|id| id.parse::<RecordId>().ok()) else {
        return Ok(());
    };
    let Some(record) = read.record(&id).await? else { return Ok(()) };
    let stands_there = |draft: &Draft| {
        draft.fields.iter().any(|field| {
            let source = &field.source;
            field.slot == Slot::Title
                && source.message == place
                && source.start < mention.end
                && mention.start < source.end
        })
    };
    for draft in drafts.filter(|draft| stands_there(draft)) {
        draft.warning = Some(format!(
            "“{}” looks like {} ({}) but is written in other letters; I do not take it for the same",
            draft.title, record.title, record.key
        ));
    }
    Ok(())
}

/// As much of a text as is read.
pub(crate) fn beginning(text: &str) -> &str {
    text.char_indices().nth(CHARS_MAX).map_or(text, |(end, _)| &text[..end])
}

/// The people and companies that a message names by any of their names.
async fn known(
    read: &mut dyn Read,
    mentions: Vec<Mention>,
    seen: &mut HashMap<RecordId, Option<(String, bool)>>,
) -> Result<Vec<Known>, StoreError> {
    let mut known = Vec::new();
    // A part of a name is whoever the messages tell it is of.
    for mention in mentions.into_iter().filter(|mention| !mention.part) {
        let [only] = mention.candidates.as_slice() else { continue };
        let Ok(id) = only.parse::<RecordId>() else { continue };
        if !seen.contains_key(&id) {
            if seen.len() >= KNOWN_MAX {
                continue;
            }
            let record = read.record(&id).await?.filter(|record| record.trashed_at.is_none());
            let found = match record {
                Some(record) => match blueprint_key(read, &record).await?.as_deref() {
                    Some("person") => Some((record.title, true)),
                    Some("company") => Some((record.title, false)),
                    _ => None,
                },
                None => None,
            };
            seen.insert(id.clone(), found);
        }
        if let Some(Some((title, is_person))) = seen.get(&id) {
            known.push(Known {
                start: mention.start,
                end: mention.end,
                text: mention.text,
                record: id,
                title: title.clone(),
                is_person: *is_person,
            });
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests;
