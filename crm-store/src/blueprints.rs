//! Blueprints. A version never changes, so its JSON is read once per process and shared after;
//! its flows do change, and are put in from their own rows.
//! Which version is the newest is asked each time, because any process may add one.

use std::sync::Arc;

use crm::StoreError;
use crm::blueprints::Blueprint;
use crm::ids::BlueprintId;

use crate::bound::Bound;
use crate::core::{Row, Value, values};
use crate::flows;

const NEWEST: &str = "SELECT id, MAX(version) AS version FROM blueprint
    WHERE tenant = $1 AND id NOT IN (SELECT blueprint FROM trashed_blueprint WHERE tenant = $1)
    GROUP BY id";
const VERSIONS: &str =
    "SELECT version FROM blueprint WHERE tenant = $1 AND id = $2 ORDER BY version";
const DEFINITION: &str =
    "SELECT definition FROM blueprint WHERE tenant = $1 AND id = $2 AND version = $3";
const INSERT_BLUEPRINT: &str = "\
INSERT INTO blueprint (tenant, id, version, key, definition) VALUES ($1, $2, $3, $4, $5)";

/// The newest version of each that is not in the trash, by key.
pub(crate) async fn blueprints(tx: &mut Bound) -> Result<Vec<Arc<Blueprint>>, StoreError> {
    if let Some(known) = &tx.blueprints {
        return Ok(known.clone());
    }
    let read = |row: &Row| Ok((row.parsed::<BlueprintId>("id")?, row.int("version")?));
    let newest = tx.all(NEWEST, vec![], read).await?;
    let mut blueprints = Vec::with_capacity(newest.len());
    for (id, version) in newest {
        blueprints.extend(blueprint(tx, &id, version).await?);
    }
    blueprints.sort_by(|a, b| a.key.cmp(&b.key));
    if tx.reads_only {
        tx.blueprints = Some(blueprints.clone());
    }
    Ok(blueprints)
}

/// All versions, oldest first.
pub(crate) async fn versions(
    tx: &mut Bound,
    id: &BlueprintId,
) -> Result<Vec<Arc<Blueprint>>, StoreError> {
    let mut versions = Vec::new();
    for version in tx.all(VERSIONS, values![id], |row| row.int("version")).await? {
        versions.extend(blueprint(tx, id, version).await?);
    }
    Ok(versions)
}

pub(crate) async fn blueprint(
    tx: &mut Bound,
    id: &BlueprintId,
    version: i64,
) -> Result<Option<Arc<Blueprint>>, StoreError> {
    let key = (tx.tenant.clone(), id.clone(), version);
    let texts = flows::texts_of(tx, id).await?;
    let mut found = match tx.shared.known_blueprint(&key) {
        Some((known, blueprint)) if known == texts => return Ok(Some(blueprint)),
        Some((_, blueprint)) => Blueprint::clone(&blueprint),
        None => {
            let read = |row: &Row| row.json::<Blueprint>("definition");
            match tx.one(DEFINITION, values![id, version], read).await? {
                Some(blueprint) => blueprint,
                None => return Ok(None),
            }
        }
    };
    found.flows = flows::read(&texts)?;
    let found = Arc::new(found);
    if !tx.wrote_blueprint {
        tx.shared.remember_blueprint(key, (texts, found.clone()));
    }
    Ok(Some(found))
}

pub(crate) async fn insert_blueprint(
    tx: &mut Bound,
    blueprint: &Blueprint,
) -> Result<(), StoreError> {
    let Some(id) = &blueprint.id else {
        return Err(StoreError::corrupt("blueprint", "it has no id yet"));
    };
    let apart = Blueprint { flows: Vec::new(), ..blueprint.clone() };
    let definition = Value::json(&apart)?;
    // Until the commit, what this transaction reads must not reach anybody else.
    tx.wrote_blueprint = true;
    let mut args = values![id, blueprint.version, &blueprint.key];
    args.push(definition);
    tx.later(INSERT_BLUEPRINT, args).await?;
    if blueprint.version == 1 {
        flows::put_flows(tx, id, &blueprint.flows).await?;
    }
    Ok(())
}
