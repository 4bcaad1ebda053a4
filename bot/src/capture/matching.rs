//! Which records that exist are meant, and what accepting would do to them. A shared channel
//! says nothing, and a person's name alone only suggests.

use std::collections::BTreeSet;

use crm::blueprints::Values;
use crm::ids::{RecordId, TenantId};
use crm::ports::Read;
use crm::proposals::{FieldEffect, Match, ProposedField, ProposedRecord, Slot};
use crm::records::{Identity, IdentityKind, Record};
use crm::{StoreError, linked};

use super::drafts::Draft;
use crate::names::Names;

/// How many records of one name or channel are looked at.
const SHARING_MAX: usize = 10;

/// Finds the record that has one of the draft's channels. When several records have some of
/// them, the one with most of them is meant; if none has most, nothing is certain.
pub(super) async fn match_by_identity(
    read: &mut dyn Read,
    draft: &mut Draft,
    blueprint: &str,
) -> Result<(), StoreError> {
    let mut owners: Vec<(RecordId, String, usize)> = Vec::new();
    for field in &draft.fields {
        let Slot::Identity(kind) = field.slot else { continue };
        let value = field.value.as_str().unwrap_or_default();
        let with = read.identities_with(kind, value).await?;
        let records = with.into_iter().map(|identity| identity.record).collect::<BTreeSet<_>>();
        let mut fitting = Vec::new();
        for id in records.into_iter().take(SHARING_MAX) {
            if live(read, &id, blueprint).await?.is_some() {
                fitting.push(id);
            }
        }
        // A channel that several records share says nothing about which one is meant.
        let [only] = &fitting[..] else { continue };
        match owners.iter_mut().find(|(id, ..)| id == only) {
            Some((_, _, count)) => *count += 1,
            None => owners.push((only.clone(), format!("has the {} {value}", label(kind)), 1)),
        }
    }
    let most = owners.iter().map(|(_, _, count)| *count).max().unwrap_or_default();
    let certain = owners.iter().filter(|(_, _, count)| *count == most).count() == 1;
    let best = owners.into_iter().find(|(_, _, count)| *count == most);
    if let Some((record, reason, _)) = best {
        draft.existing = Some(Match { record, reason, certain });
        draft.is_disputed = !certain;
    }
    Ok(())
}

fn label(kind: IdentityKind) -> &'static str {
    if kind == IdentityKind::Email { "e-mail" } else { kind.as_str() }
}

/// Recognises companies by their name alone, unless their domain is another one.
pub(super) async fn match_companies_by_name(
    read: &mut dyn Read,
    names: &Names,
    tenant: &TenantId,
    companies: &mut [Draft],
) -> Result<(), StoreError> {
    for draft in companies.iter_mut().filter(|draft| draft.existing.is_none()) {
        let called = live_called(read, names, tenant, &draft.title, "company").await?;
        let [only] = &called[..] else { continue };
        let domain = Slot::Identity(IdentityKind::Domain);
        let has_domain = draft.fields.iter().any(|field| field.slot == domain);
        let has_another =
            read.identities(&only.id).await?.iter().any(|i| i.kind == IdentityKind::Domain);
        draft.existing = Some(Match {
            record: only.id.clone(),
            reason: format!("is called {}", only.title),
            certain: !(has_domain && has_another),
        });
    }
    Ok(())
}

/// Recognises people by their name and company; by a name alone, which somebody else may have
/// as well, only suggests.
pub(super) async fn match_people_by_name(
    read: &mut dyn Read,
    names: &Names,
    tenant: &TenantId,
    people: &mut [Draft],
    companies: &[Draft],
    works_at: &[(usize, usize)],
) -> Result<(), StoreError> {
    let is_known = |draft: &Draft| draft.existing.as_ref().is_some_and(|found| found.certain);
    let certain_company = |at: usize| {
        let found = companies.get(at)?.existing.as_ref()?;
        found.certain.then(|| found.record.clone())
    };
    for (place, draft) in people.iter_mut().enumerate() {
        // Where channels name different records, a name settles nothing.
        if is_known(draft) || draft.is_disputed {
            continue;
        }
        let told = works_at.iter().filter(|(person, _)| *person == place).map(|(_, at)| *at);
        let told = told.collect::<Vec<_>>();
        let employers = if told.is_empty() {
            (0..companies.len()).filter_map(certain_company).collect::<Vec<_>>()
        } else {
            told.into_iter().filter_map(certain_company).collect()
        };
        let called = live_called(read, names, tenant, &draft.title, "person").await?;
        let mut colleagues = Vec::new();
        for record in &called {
            let links = read.links(&record.id).await?;
            let employer = links.into_iter().find(|link| {
                link.kind == "works_at" && link.from == record.id && employers.contains(&link.to)
            });
            colleagues.extend(employer.map(|link| (record, link.to)));
        }
        if let [(record, employer)] = &colleagues[..] {
            let company = read.record(employer).await?.map_or_else(String::new, |c| c.title);
            draft.existing = Some(Match {
                record: record.id.clone(),
                reason: format!("is called {} and works at {company}", record.title),
                certain: true,
            });
        } else if draft.existing.is_none() {
            draft.existing = called.first().map(|record| Match {
                record: record.id.clone(),
                reason: format!("is called {} as well", draft.title),
                certain: false,
            });
        }
    }
    Ok(())
}

/// The records of one kind that have exactly this name and are not in the trash.
async fn live_called(
    read: &mut dyn Read,
    names: &Names,
    tenant: &TenantId,
    name: &str,
    blueprint: &str,
) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::new();
    for id in names.called(tenant, name).into_iter().take(SHARING_MAX) {
        records.extend(live(read, &id, blueprint).await?);
    }
    Ok(records)
}

async fn live(
    read: &mut dyn Read,
    id: &RecordId,
    blueprint: &str,
) -> Result<Option<Record>, StoreError> {
    let Some(record) = read.record(id).await? else { return Ok(None) };
    let fits = record.trashed_at.is_none()
        && blueprint_key(read, &record).await?.as_deref() == Some(blueprint);
    Ok(fits.then_some(record))
}

/// The one open deal of a company that exists.
pub(super) async fn open_deal_of(
    read: &mut dyn Read,
    company: &Match,
    title: &str,
) -> Result<Option<Match>, StoreError> {
    let open = linked::the_open_one(read, &company.record).await?;
    Ok(open.map(|deal| Match {
        record: deal.id,
        reason: format!("is the open deal of {title}"),
        certain: false,
    }))
}

/// Says of each value what accepting would do with it.
pub(super) async fn finished(
    read: &mut dyn Read,
    blueprint: &str,
    draft: Draft,
) -> Result<ProposedRecord, StoreError> {
    let (values, identities): (Values, Vec<Identity>) = match &draft.existing {
        Some(found) => {
            let record = read.record(&found.record).await?;
            (record.map(|r| r.values).unwrap_or_default(), read.identities(&found.record).await?)
        }
        None => (Values::new(), Vec::new()),
    };
    let exists = draft.existing.is_some();
    let fields = draft
        .fields
        .into_iter()
        .map(|found| {
            let effect = match &found.slot {
                _ if !exists => FieldEffect::Create,
                Slot::Title => FieldEffect::Same,
                Slot::Column(id) => match values.get(id) {
                    None => FieldEffect::Attach,
                    Some(value) if *value == found.value => FieldEffect::Same,
                    Some(_) => FieldEffect::Conflict,
                },
                Slot::Identity(kind) => {
                    let known = identities
                        .iter()
                        .any(|i| i.kind == *kind && found.value.as_str() == Some(&i.value));
                    if known { FieldEffect::Same } else { FieldEffect::Attach }
                }
            };
            ProposedField { slot: found.slot, value: found.value, source: found.source, effect }
        })
        .collect();
    Ok(ProposedRecord {
        blueprint: blueprint.to_owned(),
        title: draft.title,
        fields,
        existing: draft.existing,
        warning: draft.warning,
        left_out: false,
    })
}

pub(super) async fn blueprint_key(
    read: &mut dyn Read,
    record: &Record,
) -> Result<Option<String>, StoreError> {
    let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
    Ok(blueprint.map(|b| b.key.clone()))
}
