//! What became true, in order: the same list that feeds live pages. A program that asks with the
//! last number it saw misses nothing and sees nothing twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use crm::facts::Fact;
use crm::ids::{EntryId, MemberId};
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::api::limit;
use crate::extract::Asked;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which facts.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// After the fact with this number; from the first one when left out.
    after: Option<i64>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// Facts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Facts {
    /// In the order in which they became true.
    facts: Vec<FactShown>,
}

/// Something that became true.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FactShown {
    /// Its place in the order, from 1, without gaps.
    pub(crate) seq: i64,
    /// When.
    at: DateTime<Utc>,
    /// The command that made it true.
    entry: EntryId,
    /// Who did it; none means Tieline itself.
    member: Option<MemberId>,
    /// What kind of fact (`record_moved`).
    #[serde(rename = "fact")]
    pub(crate) kind: String,
    /// More, by kind.
    #[schema(value_type = Object)]
    data: BTreeMap<String, serde_json::Value>,
}

impl FactShown {
    /// The fact as callers see it.
    pub(crate) fn new(fact: &Fact) -> Self {
        let mut data = match serde_json::to_value(&fact.body) {
            Ok(serde_json::Value::Object(data)) => data.into_iter().collect::<BTreeMap<_, _>>(),
            _ => BTreeMap::new(),
        };
        let kind = data.remove("fact").and_then(|kind| kind.as_str().map(str::to_owned));
        Self {
            seq: fact.seq,
            at: fact.at,
            entry: fact.entry.clone(),
            member: fact.member.clone(),
            kind: kind.unwrap_or_default(),
            data,
        }
    }
}

/// Lists what became true, in order.
#[utoipa::path(
    get,
    path = "/facts",
    operation_id = "list_facts",
    tag = "facts",
    params(Which),
    responses((status = 200, description = "In order.", body = Facts), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(asked): Asked<Which>,
) -> Answer<Facts> {
    let mut read = web.crm.read(&who.actor()).await?;
    let facts = read.facts(asked.after.unwrap_or(0), limit(asked.limit)).await?;
    Ok(Json(Facts { facts: facts.iter().map(FactShown::new).collect() }))
}

#[cfg(test)]
mod tests {
    use crm::Env;
    use crm::facts::FactBody;
    use crm::ids::{RecordId, TenantId};

    use super::*;

    #[test]
    fn a_fact_says_its_kind_once_and_never_its_tenant() {
        let env = Env::system();
        let record = RecordId::fresh(&env);
        let fact = Fact {
            tenant: TenantId::fresh(&env),
            seq: 7,
            entry: EntryId::fresh(&env),
            at: env.now(),
            member: None,
            body: FactBody::RecordMoved {
                record: record.clone(),
                from: Some("open".to_owned()),
                to: "won".to_owned(),
            },
        };
        let shown = serde_json::to_value(FactShown::new(&fact)).expect("JSON");
        assert_eq!(shown["fact"], "record_moved");
        assert_eq!(shown["data"]["to"], "won");
        assert_eq!(shown["data"]["record"], record.as_str());
        assert!(shown.get("tenant").is_none() && shown["data"].get("fact").is_none());
    }
}
