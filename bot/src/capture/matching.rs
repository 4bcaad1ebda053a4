//! Which records that exist are meant, and what accepting would do to them. A shared channel
//! says nothing, and a name alone only suggests.

use std::collections::BTreeSet;

use crm::StoreError;
use crm::blueprints::Values;
use crm::ports::Read;
use crm::proposals::{FieldEffect, Match, ProposedField, ProposedRecord, Slot};
use crm::records::{Identity, Record};

use super::Draft;
use crate::names::Names;

/// Finds the record that has one of the draft's channels.
pub(super) async fn match_by_identity(
    read: &mut dyn Read,
    draft: &mut Draft,
) -> Result<(), StoreError> {
    for field in &draft.fields {
        let Slot::Identity(kind) = field.slot else { continue };
        let value = field.value.as_str().unwrap_or_default();
        let with = read.identities_with(kind, value).await?;
        let records = with.iter().map(|identity| &identity.record).collect::<BTreeSet<_>>();
        // A channel that several records share says nothing about which one is meant.
        let [only] = records.into_iter().collect::<Vec<_>>()[..] else { continue };
        draft.existing = Some(Match {
            record: only.clone(),
            reason: format!("has the {} {value}", kind.as_str()),
            certain: true,
        });
        return Ok(());
    }
    Ok(())
}

/// Suggests records of the same name, which may be somebody else of that name.
pub(super) async fn match_people_by_name(
    read: &mut dyn Read,
    names: &Names,
    tenant: &crm::ids::TenantId,
    people: &mut [Draft],
) -> Result<(), StoreError> {
    for draft in people.iter_mut().filter(|draft| draft.existing.is_none()) {
        for id in names.called(tenant, &draft.title) {
            let Some(record) = read.record(&id).await? else { continue };
            if blueprint_key(read, &record).await?.as_deref() == Some("person") {
                draft.existing = Some(Match {
                    record: record.id,
                    reason: format!("is called {} as well", draft.title),
                    certain: false,
                });
                break;
            }
        }
    }
    Ok(())
}

/// The one open deal of a company that exists.
pub(super) async fn open_deal_of(
    read: &mut dyn Read,
    company: &Match,
    title: &str,
) -> Result<Option<Match>, StoreError> {
    let mut open = Vec::new();
    for link in read.links(&company.record).await? {
        if link.to != company.record {
            continue;
        }
        let Some(deal) = read.record(&link.from).await? else { continue };
        if deal.trashed_at.is_some() || deal.flow.is_none() || open.contains(&deal.id) {
            continue;
        }
        let blueprint = read.blueprint(&deal.blueprint, deal.blueprint_version).await?;
        let stage = blueprint.as_ref().and_then(|b| {
            b.flow(deal.flow.as_deref()?)?.stage(deal.state.as_deref()?).map(|s| s.kind)
        });
        if stage == Some(crm::flows::StageKind::Open) {
            open.push(deal.id);
        }
    }
    Ok(if open.len() == 1 {
        open.pop().map(|record| Match {
            record,
            reason: format!("is the open deal of {title}"),
            certain: false,
        })
    } else {
        None
    })
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
    })
}

pub(super) async fn blueprint_key(
    read: &mut dyn Read,
    record: &Record,
) -> Result<Option<String>, StoreError> {
    let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
    Ok(blueprint.map(|b| b.key.clone()))
}
