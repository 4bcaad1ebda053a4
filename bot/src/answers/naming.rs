//! Which record a name means. What is looked up or set is what was named; work (a move, a
//! claim, a note, a task) is about the one open deal of a company or person, if there is
//! exactly one, and about the company or person itself otherwise.

use std::sync::Arc;

use crm::blueprints::Blueprint;
use crm::chat::DIGITS;
use crm::commands::{AskWhichOne, Command};
use crm::folding::fold;
use crm::ids::RecordId;
use crm::linked::{self, Going};
use crm::lists::{Condition, List, TextTest};
use crm::ports::Read;
use crm::records::{IdentityKind, Record};
use crm::{Refusal, Result};

use super::Desk;
use super::channels::{self, Channel};

/// A name at the beginning of a text, with the records it fits.
pub(super) struct Named {
    /// The words that are the name.
    pub name: String,
    /// The records.
    pub records: Vec<Record>,
    /// What follows.
    pub rest: String,
}

impl Desk<'_> {
    /// The records of this name, address or number, or a refusal with what comes near.
    pub(super) async fn records(&self, read: &mut dyn Read, name: &str) -> Result<Vec<Record>> {
        let records = self.exactly(read, name).await?;
        if !records.is_empty() {
            return Ok(records);
        }
        if let Some((kind, id)) = channels::account(name) {
            return Err(Refusal::not_found(format!(
                "Nobody in your CRM has this {} account yet. Say whose it is with “{} account <name> \
                 {}:<its name> id:{id}”.",
                crm::conversations::network_name(kind),
                self.prefix,
                kind.as_str(),
            ))
            .into());
        }
        let mut near = starting(read, name, 5).await?;
        if near.len() == 1 {
            return Ok(near);
        }
        if near.is_empty()
            && let Some((_, host)) = name.trim().rsplit_once('@')
        {
            near = with_identity(read, IdentityKind::Domain, &host.to_lowercase()).await?;
        }
        if near.is_empty()
            && let Some(word) = name.split_whitespace().next()
        {
            near = starting(read, &word.chars().take(3).collect::<String>(), 5).await?;
        }
        let names = near.iter().map(shown).collect::<Vec<_>>();
        let given = name.chars().take(80).collect::<String>();
        let hint = if names.is_empty() {
            format!("Make it with “{} new <person|company|deal> {given}”.", self.prefix)
        } else {
            format!("Did you mean {}?", one_from(&names))
        };
        Err(Refusal::not_found(format!("I know nobody called “{given}”. {hint}")).into())
    }

    /// The records with exactly this name, key, address, number or account.
    pub(super) async fn exactly(&self, read: &mut dyn Read, name: &str) -> Result<Vec<Record>> {
        let ids = self.names.called(read.tenant_id(), name);
        let records = live(read, ids).await?;
        if !records.is_empty() {
            return Ok(records);
        }
        // A key names a record of any blueprint, mentionable or not.
        if let Some(record) = by_key(read, name).await? {
            return Ok(vec![record]);
        }
        if let Some((kind, id)) = channels::account(name) {
            return with_account(read, kind, id).await;
        }
        let region = read.tenant().await?.region;
        let mut records: Vec<Record> = Vec::new();
        for Channel { kind, value } in channels::looks_like(name, region) {
            for record in with_identity(read, kind, &value).await? {
                if !records.iter().any(|known| known.id == record.id) {
                    records.push(record);
                }
            }
        }
        Ok(records)
    }

    /// The name at the beginning of a text, with what follows it.
    pub(super) async fn named_first(
        &self,
        read: &mut dyn Read,
        text: &str,
        example: &str,
    ) -> Result<Named> {
        let mut guess = None;
        if let Some(named) = self.names.called_first(read.tenant_id(), text) {
            let records = live(read, named.records).await?;
            if !records.is_empty() {
                return Ok(Named { name: named.name, records, rest: named.rest });
            }
            guess = Some((named.name, named.rest));
        }
        // Perhaps the first word begins a title, or is an address.
        let (name, rest) = guess.unwrap_or_else(|| {
            let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            (first.trim_end_matches([':', ',']).to_owned(), rest.trim().to_owned())
        });
        match self.records(read, &name).await {
            Ok(records) => Ok(Named { name, records, rest }),
            Err(crm::Error::Refused(refusal)) => Err(Refusal::new(
                refusal.kind,
                format!("{} For example “{} {example}”.", refusal.message, self.prefix),
            )
            .into()),
            Err(other) => Err(other),
        }
    }

    /// The deals that a name means: itself, or the open ones of a company or person.
    ///
    /// # Errors
    /// A refusal when there is none.
    pub(super) async fn deals(
        &self,
        read: &mut dyn Read,
        records: &[Record],
    ) -> Result<Vec<Record>> {
        let mut found = Vec::new();
        for record in records {
            add(&mut found, deals_of(read, record, Going::On).await?);
        }
        if found.is_empty() {
            let names = records.iter().map(shown).collect::<Vec<_>>();
            let has = if names.len() == 1 { "has" } else { "have" };
            return Err(Refusal::not_found(format!(
                "{} {has} no open deal. Make one with “{} deal new <title> for:<company>”, or name \
                 the deal by its key.",
                crm::flows::listed(&names),
                self.prefix
            ))
            .into());
        }
        Ok(found)
    }
}

/// `a, b or c`.
pub(super) fn one_from(names: &[String]) -> String {
    match names {
        [start @ .., last] if !start.is_empty() => format!("{} or {last}", start.join(", ")),
        _ => names.concat(),
    }
}

/// A record as a refusal or question names it.
pub(super) fn shown(record: &Record) -> String {
    format!("{} ({})", record.title, record.key)
}

pub(super) async fn live(read: &mut dyn Read, ids: Vec<RecordId>) -> Result<Vec<Record>> {
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

/// The records whose title begins like this.
async fn starting(read: &mut dyn Read, beginning: &str, limit: i64) -> Result<Vec<Record>> {
    if beginning.trim().is_empty() {
        return Ok(Vec::new());
    }
    let begins = Condition::Title(TextTest::Begins(fold(beginning.trim())));
    Ok(read.list(&List::newest(begins, limit)).await?.records)
}

/// The record with this key, when that is what the text looks like.
async fn by_key(read: &mut dyn Read, text: &str) -> Result<Option<Record>> {
    let looks = text.trim().split_once('-').is_some_and(|(prefix, number)| {
        !prefix.is_empty()
            && prefix.chars().all(|c| c.is_ascii_alphabetic())
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
    });
    if !looks {
        return Ok(None);
    }
    Ok(read.record_by_key(text.trim()).await?.filter(|record| record.trashed_at.is_none()))
}

async fn with_identity(
    read: &mut dyn Read,
    kind: IdentityKind,
    value: &str,
) -> Result<Vec<Record>> {
    let ids = read.identities_with(kind, value).await?.into_iter().map(|i| i.record).collect();
    live(read, ids).await
}

/// Whoever has this account, by its network's own id, or by its name where that is the id.
async fn with_account(read: &mut dyn Read, kind: IdentityKind, id: &str) -> Result<Vec<Record>> {
    let mut found = read.identities_with_stable_id(kind, id).await?;
    found.extend(read.identities_with(kind, id).await?);
    let mut ids: Vec<RecordId> = Vec::new();
    for identity in found {
        if !ids.contains(&identity.record) {
            ids.push(identity.record);
        }
    }
    live(read, ids).await
}

pub(super) async fn blueprint_of(read: &mut dyn Read, record: &Record) -> Result<Arc<Blueprint>> {
    let found = read.blueprint(&record.blueprint, record.blueprint_version).await?;
    Ok(found.ok_or_else(|| Refusal::gone(format!("The blueprint of {} is gone.", record.title)))?)
}

/// What work on these records is about: the one open deal of each company or person that has
/// exactly one, and else the record itself.
pub(super) async fn work_of(read: &mut dyn Read, records: Vec<Record>) -> Result<Vec<Record>> {
    let mut found = Vec::new();
    for record in records {
        let mut deals = deals_of(read, &record, Going::On).await?;
        if deals.len() != 1 {
            deals = vec![record];
        }
        add(&mut found, deals);
    }
    Ok(found)
}

/// The deals to show for these records: the open ones, or all where none is open.
pub(super) async fn deals_to_show(read: &mut dyn Read, records: &[Record]) -> Result<Vec<Record>> {
    for going in [Going::On, Going::OnOrOver] {
        let mut found = Vec::new();
        for record in records {
            add(&mut found, deals_of(read, record, going).await?);
        }
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

fn add(found: &mut Vec<Record>, more: Vec<Record>) {
    for record in more {
        if !found.iter().any(|known| known.id == record.id) {
            found.push(record);
        }
    }
}

/// The record itself when it goes through stages; else those linked to it that do.
async fn deals_of(read: &mut dyn Read, record: &Record, going: Going) -> Result<Vec<Record>> {
    if record.flow.is_some() {
        return Ok(vec![record.clone()]);
    }
    Ok(linked::with_flow(read, &record.id, going).await?)
}

/// The command for the one record, or the question which one.
pub(super) fn one_of(
    name: &str,
    records: &[Record],
    command: impl Fn(&Record) -> Command,
) -> Result<Command> {
    let options = records.iter().map(|record| (record.id.clone(), command(record))).collect();
    one_or_ask(name, options)
}

/// The one command, or the question which record was meant.
pub(super) fn one_or_ask(name: &str, mut options: Vec<(RecordId, Command)>) -> Result<Command> {
    match options.len() {
        0 => Err(Refusal::not_found(format!("I know nobody called “{name}”.")).into()),
        1 => Ok(options.remove(0).1),
        _ => {
            options.truncate(DIGITS.len());
            Ok(Command::AskWhichOne(AskWhichOne { name: name.to_owned(), options }))
        }
    }
}
