//! Values as they go into a record: checked against its blueprint, with records named by id or
//! key, and defaults for what was not given. A reference that is already there may point to
//! something that is gone; a new one may not.

use chrono_tz::Tz;
use serde_json::Value as Json;

use super::Work;
use crate::blueprints::{Blueprint, Column, ColumnType, Moment, Values};
use crate::errors::{Refusal, Result};
use crate::flows::listed;
use crate::ids::RecordId;
use crate::records::Record;

impl Work<'_> {
    /// The values in their normal form. `before` are those that the record has.
    pub(super) async fn checked_values(
        &mut self,
        blueprint: &Blueprint,
        given: Values,
        before: &Values,
    ) -> Result<Values> {
        let refers = blueprint.columns.iter().any(|c| c.kind == ColumnType::Reference);
        if !refers {
            return Ok(blueprint.checked(given)?);
        }
        let mut values = Values::new();
        for (name, value) in given {
            let column = blueprint.column_named(&name)?;
            let value = match column.kind {
                ColumnType::Reference => self.with_ids(value).await?,
                _ => value,
            };
            values.insert(column.id.clone(), value);
        }
        let values = blueprint.checked(values)?;
        for column in &blueprint.columns {
            let Some(value) = values.get(&column.id) else { continue };
            let known = before.get(&column.id).map(|v| column.referred(v)).unwrap_or_default();
            for id in column.referred(value).iter().filter(|id| !known.contains(id)) {
                self.may_refer(column, id).await?;
            }
        }
        Ok(values)
    }

    /// Turns record keys into ids, as far as there are such records.
    async fn with_ids(&mut self, value: Json) -> Result<Json> {
        match value {
            Json::Array(items) => {
                let mut ids = Vec::with_capacity(items.len());
                for item in items {
                    ids.push(self.with_id(item).await?);
                }
                Ok(ids.into())
            }
            one => self.with_id(one).await,
        }
    }

    async fn with_id(&mut self, value: Json) -> Result<Json> {
        let Some(key) = value.as_str().filter(|given| given.parse::<RecordId>().is_err()) else {
            return Ok(value);
        };
        let found = self.tx.record_by_key(key).await?;
        Ok(found.map_or(value, |record| record.id.as_str().into()))
    }

    async fn may_refer(&mut self, column: &Column, id: &RecordId) -> Result<()> {
        let Some(record) = self.tx.record(id).await? else {
            return Err(Refusal::invalid(format!(
                "{} refers to {id}, and there is no such record. Name one by its key, like DEAL-12.",
                column.name
            ))
            .into());
        };
        if record.trashed_at.is_some() {
            return Err(Refusal::invalid(format!(
                "{} refers to {}, which is in the trash. Restore it first, or name another.",
                column.name, record.title
            ))
            .into());
        }
        let key = self.blueprint_of(&record).await?.key.clone();
        if column.references.is_empty() || column.references.contains(&key) {
            return Ok(());
        }
        Err(Refusal::invalid(format!(
            "{} refers to records of {}, and {} is one of {key}. Name another.",
            column.name,
            listed(&column.references),
            record.key
        ))
        .into())
    }

    /// The values of a new record, with the defaults of what was not given.
    pub(super) async fn with_defaults(
        &mut self,
        blueprint: &Blueprint,
        values: Values,
    ) -> Result<Values> {
        if blueprint.columns.iter().all(|column| column.default.is_none()) {
            return Ok(values);
        }
        let timezone = self.tx.tenant().await?.timezone.parse::<Tz>().unwrap_or(Tz::UTC);
        let moment = Moment { now: self.now, timezone, me: self.member.clone() };
        Ok(blueprint.with_defaults(values, &moment))
    }

    /// A record cannot come back while its blueprint is in the trash.
    pub(super) async fn blueprint_is_there(&mut self, record: &Record) -> Result<()> {
        let trashed = self.tx.trashed_blueprints().await?;
        let own = trashed.iter().find(|t| t.blueprint.id.as_ref() == Some(&record.blueprint));
        match own {
            None => Ok(()),
            Some(own) => Err(Refusal::gone(format!(
                "{} is in the trash with its blueprint {}. Ask an administrator to restore the \
                 blueprint first.",
                record.title, own.blueprint.name
            ))
            .into()),
        }
    }
}
