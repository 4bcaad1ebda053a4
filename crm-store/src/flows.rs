//! Flows, whose turn it is in them, and what currencies are worth. A flow belongs to all versions
//! of its blueprint. Any process may change one, so a transaction asks for them once; their JSON
//! is read again only when it is another text.

use std::collections::HashMap;

use crm::StoreError;
use crm::flows::Flow;
use crm::ids::{BlueprintId, RecordId};
use crm::rates::Rates;

use crate::bound::Bound;
use crate::core::{Row, Value, values};

const FLOWS: &str = "\
SELECT blueprint, definition FROM flow WHERE tenant = $1 ORDER BY blueprint, position, key";
const DELETE_FLOWS: &str = "DELETE FROM flow WHERE tenant = $1 AND blueprint = $2";
const INSERT_FLOW: &str = "\
INSERT INTO flow (tenant, blueprint, key, position, definition) VALUES ($1, $2, $3, $4, $5)";
const NEXT_TURN: &str = "\
INSERT INTO flow_turn (tenant, blueprint, flow, stage, turn) VALUES ($1, $2, $3, $4, 0)
ON CONFLICT (tenant, blueprint, flow, stage) DO UPDATE SET turn = flow_turn.turn + 1
RETURNING turn";
const RECORDS_IN_FLOW: &str = "\
SELECT id FROM record WHERE tenant = $1 AND blueprint = $2 AND flow = $3 ORDER BY id";
const RECORDS_IN_STATE: &str = "\
SELECT id FROM record WHERE tenant = $1 AND blueprint = $2 AND flow = $3 AND state = $4
ORDER BY id";
const RATES: &str = "SELECT currency, per_base, is_base FROM rate WHERE tenant = $1";
const DELETE_RATES: &str = "DELETE FROM rate WHERE tenant = $1";
const INSERT_RATE: &str =
    "INSERT INTO rate (tenant, currency, per_base, is_base) VALUES ($1, $2, $3, $4)";

/// The flows of each blueprint as they are stored, in order.
pub(crate) type FlowTexts = HashMap<String, Vec<String>>;

/// The texts of a blueprint's flows, asked for once in a transaction.
pub(crate) async fn texts_of(
    tx: &mut Bound,
    blueprint: &BlueprintId,
) -> Result<Vec<String>, StoreError> {
    if tx.flows.is_none() {
        let mut all = FlowTexts::new();
        tx.each(FLOWS, vec![], |row| {
            all.entry(row.text("blueprint")?).or_default().push(row.text("definition")?);
            Ok(())
        })
        .await?;
        tx.flows = Some(all);
    }
    let known = tx.flows.as_ref().and_then(|all| all.get(blueprint.as_str()));
    Ok(known.cloned().unwrap_or_default())
}

/// Flows as they were stored.
pub(crate) fn read(texts: &[String]) -> Result<Vec<Flow>, StoreError> {
    let read = |text: &String| serde_json::from_str(text);
    texts
        .iter()
        .map(read)
        .collect::<Result<_, _>>()
        .map_err(|error| StoreError::corrupt("flow", error))
}

pub(crate) async fn put_flows(
    tx: &mut Bound,
    blueprint: &BlueprintId,
    flows: &[Flow],
) -> Result<(), StoreError> {
    tx.flows = None;
    // Until the commit, what this transaction reads must not reach anybody else.
    tx.wrote_blueprint = true;
    tx.later(DELETE_FLOWS, values![blueprint]).await?;
    for (position, flow) in (0_i64..).zip(flows) {
        let mut args = values![blueprint, &flow.key, position];
        args.push(Value::json(flow)?);
        tx.later(INSERT_FLOW, args).await?;
    }
    Ok(())
}

pub(crate) async fn next_turn(
    tx: &mut Bound,
    blueprint: &BlueprintId,
    flow: &str,
    stage: &str,
) -> Result<i64, StoreError> {
    let turn = tx.one(NEXT_TURN, values![blueprint, flow, stage], |row| row.int("turn")).await?;
    turn.ok_or_else(|| StoreError::corrupt("turn", "none came back"))
}

pub(crate) async fn records_in_flow(
    tx: &mut Bound,
    blueprint: &BlueprintId,
    flow: &str,
    state: Option<&str>,
) -> Result<Vec<RecordId>, StoreError> {
    let id = |row: &Row| row.parsed("id");
    match state {
        None => tx.all(RECORDS_IN_FLOW, values![blueprint, flow], id).await,
        Some(state) => tx.all(RECORDS_IN_STATE, values![blueprint, flow, state], id).await,
    }
}

pub(crate) async fn rates(tx: &mut Bound) -> Result<Rates, StoreError> {
    let mut rates = Rates::default();
    tx.each(RATES, vec![], |row| {
        let currency = row.text("currency")?;
        if row.flag("is_base")? {
            rates.base = currency;
        } else {
            rates.per_base.insert(currency, row.parsed("per_base")?);
        }
        Ok(())
    })
    .await?;
    Ok(rates)
}

pub(crate) async fn put_rates(tx: &mut Bound, rates: &Rates) -> Result<(), StoreError> {
    tx.later(DELETE_RATES, vec![]).await?;
    tx.later(INSERT_RATE, values![&rates.base, "1", true]).await?;
    for (currency, per_base) in &rates.per_base {
        tx.later(INSERT_RATE, values![currency, per_base.to_string(), false]).await?;
    }
    Ok(())
}
