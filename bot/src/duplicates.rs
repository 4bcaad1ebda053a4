//! Looking for records that may be one: all people or companies of a workspace are compared with
//! each other in the background, and the pairs are kept for somebody to decide. It merges nothing.

use std::collections::HashMap;

use crm::commands::{Command, SuggestDuplicates};
use crm::ids::{BlueprintId, JobId, RecordId};
use crm::jobs::{ClaimedJob, JobSpec};
use crm::merging::Duplicate;
use crm::ports::Read;
use crm::records::{Identity as Channel, IdentityKind};
use crm::{Actor, Cause, Crm, Result, StoreError};
use extractors::identities::{self, Identity, Kind};

/// How many records are read at once.
const PAGE: i64 = 500;
/// How many pairs are kept of one look; the likeliest.
const PAIRS_MAX: usize = 2_000;

/// Whether a job is one of these, and of which blueprint.
///
/// # Errors
/// When the store cannot be reached.
pub(crate) async fn asked(crm: &Crm, claimed: &ClaimedJob) -> Result<Option<BlueprintId>> {
    let job = crm.hub().read(&claimed.tenant).await?.job(&claimed.job).await?;
    Ok(job.and_then(|job| match job.spec {
        JobSpec::FindDuplicates { blueprint } => Some(blueprint),
        _ => None,
    }))
}

/// Looks through all records of a blueprint, and keeps what was found together with the job's end.
///
/// # Errors
/// When the store cannot be reached.
pub(crate) async fn look(crm: &Crm, claimed: &ClaimedJob, blueprint: &BlueprintId) -> Result<()> {
    let mut read = crm.hub().read(&claimed.tenant).await?;
    let (ids, known) = everybody(read.as_mut(), blueprint).await?;
    drop(read);
    let pairs = tokio::task::spawn_blocking(move || pairs(&ids, &known))
        .await
        .map_err(|error| StoreError::corrupt("duplicates", error))?;
    keep(crm, claimed, pairs, &claimed.job).await
}

async fn keep(crm: &Crm, claimed: &ClaimedJob, pairs: Vec<Duplicate>, job: &JobId) -> Result<()> {
    let actor = Actor::System { tenant: claimed.tenant.clone() };
    let command = SuggestDuplicates { pairs, job: Some(job.clone()) };
    let cause = Cause::new(claimed.cause());
    crm.run(&actor, cause, Command::SuggestDuplicates(command)).await.map(|_| ())
}

/// All live records of a blueprint, as they are compared.
async fn everybody(
    read: &mut dyn Read,
    blueprint: &BlueprintId,
) -> Result<(Vec<RecordId>, Vec<Identity>), StoreError> {
    let (mut ids, mut known) = (Vec::new(), Vec::new());
    let mut titles: HashMap<RecordId, String> = HashMap::new();
    let mut after = None;
    loop {
        let page = read.records_of(blueprint, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.record.id.clone());
        let live = page.into_iter().map(|kept| kept.record);
        let live = live.filter(|record| record.trashed_at.is_none()).collect::<Vec<_>>();
        let these = live.iter().map(|record| record.id.clone()).collect::<Vec<_>>();
        let mut channels: HashMap<RecordId, Vec<Channel>> = HashMap::new();
        for channel in read.identities_of(&these).await? {
            channels.entry(channel.record.clone()).or_default().push(channel);
        }
        let mut employers: HashMap<RecordId, RecordId> = HashMap::new();
        for link in read.links_from(&these, "works_at").await? {
            employers.insert(link.from, link.to);
        }
        for record in live {
            let of = read.blueprint(&record.blueprint, record.blueprint_version).await?;
            let is_person = of.is_some_and(|of| of.key == "person");
            let mut one = Identity {
                kind: if is_person { Kind::Person } else { Kind::Organisation },
                name: Some(record.title.clone()),
                ..Identity::default()
            };
            for channel in channels.remove(&record.id).unwrap_or_default() {
                match channel.kind {
                    IdentityKind::Email => one.emails.push(channel.value),
                    IdentityKind::Phone => one.phones.push(channel.value),
                    IdentityKind::Alias => {}
                    kind => one.handles.push(format!("{}:{}", kind.as_str(), channel.value)),
                }
            }
            if let Some(employer) = employers.remove(&record.id) {
                if !titles.contains_key(&employer) {
                    let title = read.record(&employer).await?.map(|company| company.title);
                    titles.insert(employer.clone(), title.unwrap_or_default());
                }
                one.company = titles.get(&employer).filter(|title| !title.is_empty()).cloned();
            }
            ids.push(record.id);
            known.push(one);
        }
    }
    Ok((ids, known))
}

/// The pairs that may be one, the likeliest first. What is sure is asked as well: two records were
/// made for some reason, and only people merge them.
fn pairs(ids: &[RecordId], known: &[Identity]) -> Vec<Duplicate> {
    let merged = identities::merge(known);
    let mut pairs = Vec::new();
    let mut add = |one: usize, other: usize, score: f32, why: String| {
        if let (Some(a), Some(b)) = (ids.get(one), ids.get(other)) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is between 0 and 100"
            )]
            let percent = (score * 100.0).clamp(0.0, 100.0) as u8;
            pairs.push(Duplicate::of(a.clone(), b.clone(), percent, why));
        }
    };
    for (other, &one) in merged.groups.iter().enumerate() {
        if one != other
            && let (Some(a), Some(b)) = (known.get(one), known.get(other))
        {
            add(one, other, 1.0, shared(a, b));
        }
    }
    for suggestion in merged.suggestions {
        let why = suggestion.why.into_iter().map(|reason| reason.text).collect::<Vec<_>>();
        add(suggestion.one, suggestion.other, suggestion.score.min(0.99), why.join("; "));
    }
    pairs.sort_by(|a, b| b.score.cmp(&a.score).then(a.one.cmp(&b.one)).then(a.other.cmp(&b.other)));
    pairs.dedup_by(|a, b| a.one == b.one && a.other == b.other);
    pairs.truncate(PAIRS_MAX);
    pairs
}

/// What makes two records surely one.
fn shared(a: &Identity, b: &Identity) -> String {
    let address = a.emails.iter().find(|address| b.emails.contains(address));
    let account = a.handles.iter().find(|account| b.handles.contains(account));
    match (address, account) {
        (Some(address), _) => format!("both have {address}"),
        (None, Some(account)) => format!("both are {account}"),
        (None, None) => "their addresses belong to one person".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sure_and_what_may_be_is_asked_with_its_reasons() {
        let env = crm::Env::system();
        let ids = (0..3).map(|_| RecordId::fresh(&env)).collect::<Vec<_>>();
        let person = |name: &str, email: &str| Identity {
            name: Some(name.to_owned()),
            emails: vec![email.to_owned()],
            ..Identity::default()
        };
        let known = [
            person("Jane Roe", "jane@acme.example"),
            person("Jane", "jane@acme.example"),
            person("Jane Roe", "jroe@web.example"),
        ];
        let found = pairs(&ids, &known);
        assert_eq!(found[0].score, 100);
        assert_eq!(found[0].why, "both have jane@acme.example");
        assert!(found[1..].iter().any(|pair| pair.score < 100 && !pair.why.is_empty()));
    }
}
