//! Records that are made and changed by command: values are read as their columns want them.

use chrono::NaiveDate;
use crm::blueprints::{Blueprint, ColumnType, Values};
use crm::commands::{
    AddIdentity, Command, CreateLinked, CreateRecord, NewIdentity, Several, UpdateRecord,
};
use crm::ports::Read;
use crm::{Refusal, Result};

use super::channels::{kind_named, value_for};
use super::naming::{blueprint_of, one_or_ask, shown};
use super::{Desk, Speaker, day_of, today};

/// The command that makes a record.
pub(super) async fn new_record(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    blueprint: &str,
    title: String,
    fields: Vec<(String, String)>,
) -> Result<Command> {
    let blueprints = read.blueprints().await?;
    let found = blueprints
        .iter()
        .find(|b| [&b.key, &b.name, &b.plural].iter().any(|name| name.to_lowercase() == blueprint));
    let Some(found) = found else {
        let all = blueprints.iter().map(|b| b.key.as_str()).collect::<Vec<_>>();
        return Err(Refusal::invalid(format!(
            "I can make {}, but not “{}”. Say “{} new {} <title>”.",
            crm::flows::listed(&all),
            blueprint.chars().take(40).collect::<String>(),
            desk.prefix,
            all.first().unwrap_or(&"person")
        ))
        .into());
    };
    let mut input = CreateRecord { blueprint: found.key.clone(), title, ..CreateRecord::default() };
    let mut columns = Vec::new();
    let mut linked = None;
    for (name, value) in fields {
        match name.as_str() {
            "for" | "at" => {
                let records = desk.records(read, &value).await?;
                match records.as_slice() {
                    [one] => linked = Some(one.clone()),
                    _ => {
                        let all = records.iter().map(shown).collect::<Vec<_>>();
                        return Err(Refusal::invalid(format!(
                            "“{value}” fits {}; name it by its key.",
                            crm::flows::listed(&all)
                        ))
                        .into());
                    }
                }
            }
            "stage" | "state" => input.state = Some(value),
            other => match kind_named(other) {
                Some(kind) if found.identities && found.column_named(other).is_err() => {
                    let region = read.tenant().await?.region;
                    let value = value_for(kind, &value, region)?;
                    input.identities.push(NewIdentity { kind, value });
                }
                _ => columns.push((name, value)),
            },
        }
    }
    let given = Given::at(read, speaker).await?;
    resolve_references(desk, read, found, &mut columns).await?;
    input.values = column_values(found, &columns, &given)?;
    let Some(to) = linked else { return Ok(Command::CreateRecord(input)) };
    // The link needs the id that making it gives; the door makes both or neither.
    let of = blueprint_of(read, &to).await?;
    let kind = match of.key.as_str() {
        "company" if found.key == "person" => "works_at",
        "company" | "person" => "customer",
        // A form about a candidate is linked to the candidate, and its column says the same.
        other => {
            let column = found.column(other).filter(|c| c.kind == ColumnType::Reference);
            if let Some(column) = column {
                input.values.entry(column.id.clone()).or_insert(to.id.as_str().into());
            }
            other
        }
    };
    Ok(Command::CreateLinked(CreateLinked { record: input, to: to.id, kind: kind.to_owned() }))
}

/// What values are read by.
struct Given {
    /// The day it is.
    today: NaiveDate,
    /// The currency of an amount without one.
    currency: String,
}

impl Given {
    async fn at(read: &mut dyn Read, speaker: &Speaker) -> Result<Self> {
        let currency = read.rates().await?.base;
        Ok(Self { today: today(read, speaker.at).await?, currency })
    }
}

/// Puts the ids of records in the place of their names, where a column holds another record.
async fn resolve_references(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    blueprint: &Blueprint,
    fields: &mut [(String, String)],
) -> Result<()> {
    for (name, value) in fields {
        let column = blueprint
            .column_named(&name.replace(['_', '-'], " "))
            .or_else(|_| blueprint.column_named(name));
        let refers = column.is_ok_and(|column| column.kind == ColumnType::Reference);
        if !refers || value.is_empty() || value.parse::<crm::ids::RecordId>().is_ok() {
            continue;
        }
        let records = desk.records(read, value).await?;
        let [one] = records.as_slice() else {
            let all = records.iter().map(shown).collect::<Vec<_>>();
            return Err(Refusal::invalid(format!(
                "“{value}” fits {}; name it by its key.",
                crm::flows::listed(&all)
            ))
            .into());
        };
        *value = one.id.to_string();
    }
    Ok(())
}

/// The command that changes a record's title and columns.
pub(super) async fn set(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    name: &str,
    fields: &[(String, String)],
) -> Result<Command> {
    let records = desk.records(read, name).await?;
    let given = Given::at(read, speaker).await?;
    let mut commands = Vec::new();
    let mut refused = None;
    for record in records {
        let blueprint = blueprint_of(read, &record).await?;
        let is_stage = |key: &str| matches!(key, "stage" | "state");
        if let Some((_, stage)) =
            fields.iter().find(|(key, _)| is_stage(key) && blueprint.column_named(key).is_err())
        {
            refused = Some(Refusal::invalid(format!(
                "A stage is not set. Say “{} move {} {stage}”.",
                desk.prefix, record.key
            )));
            continue;
        }
        let mut fields = fields.to_vec();
        let mut added = Vec::new();
        if blueprint.identities {
            let region = read.tenant().await?.region;
            let mut columns = Vec::new();
            for (name, value) in fields {
                match kind_named(&name) {
                    Some(kind) if blueprint.column_named(&name).is_err() => {
                        added.push(Command::AddIdentity(AddIdentity {
                            record: record.id.clone(),
                            kind,
                            value: value_for(kind, &value, region.clone())?,
                            label: None,
                            stable_id: None,
                        }));
                    }
                    _ => columns.push((name, value)),
                }
            }
            fields = columns;
            if fields.is_empty() {
                let command = match added.len() {
                    1 => added.remove(0),
                    _ => Command::Several(Several { commands: added }),
                };
                commands.push((record.id, command));
                continue;
            }
        }
        resolve_references(desk, read, &blueprint, &mut fields).await?;
        // Of several records of one name, those are meant that have such columns.
        match changes(&blueprint, &fields, &given) {
            Ok((title, values)) => {
                let update = Command::UpdateRecord(UpdateRecord {
                    record: record.id.clone(),
                    expected_version: None,
                    title,
                    values,
                });
                let command = if added.is_empty() {
                    update
                } else {
                    added.insert(0, update);
                    Command::Several(Several { commands: added })
                };
                commands.push((record.id, command));
            }
            Err(refusal) => refused = Some(refusal),
        }
    }
    match refused {
        Some(refusal) if commands.is_empty() => Err(refusal.into()),
        _ => one_or_ask(name, commands),
    }
}

/// The title and the values that pairs set.
fn changes(
    blueprint: &Blueprint,
    fields: &[(String, String)],
    given: &Given,
) -> Result<(Option<String>, Values), Refusal> {
    let names_title = |key: &str| {
        (key == "title" || key == blueprint.title.to_lowercase())
            && blueprint.column_named(key).is_err()
    };
    let (titles, columns): (Vec<_>, Vec<_>) =
        fields.iter().cloned().partition(|(key, _)| names_title(key));
    let title = titles.into_iter().next_back().map(|(_, title)| title);
    if title.as_deref() == Some("") {
        return Err(Refusal::invalid(format!(
            "A {} needs a title; write it behind “title:”.",
            blueprint.name
        )));
    }
    Ok((title, column_values(blueprint, &columns, given)?))
}

/// Reads `column:value` pairs as the columns' types want them.
fn column_values(
    blueprint: &Blueprint,
    fields: &[(String, String)],
    given: &Given,
) -> Result<Values, Refusal> {
    let mut values = Values::new();
    for (name, text) in fields {
        let column = blueprint
            .column_named(&name.replace(['_', '-'], " "))
            .or_else(|refusal| blueprint.column_named(name).map_err(|_| refusal))?;
        let value = match column.kind {
            _ if text.is_empty() => serde_json::Value::Null,
            ColumnType::Date => day_of(text, given.today)?.to_string().into(),
            ColumnType::Money => match extractors::amounts::parse_amount(text) {
                Some(amount) => serde_json::json!({
                    "amount": amount.value.normalize().to_string(),
                    "currency": amount.currency.unwrap_or_else(|| given.currency.clone()),
                }),
                None => text.as_str().into(),
            },
            ColumnType::Boolean | ColumnType::Integer | ColumnType::Decimal => text.as_str().into(),
            ColumnType::Reference if column.many => {
                text.split(',').map(str::trim).collect::<Vec<_>>().into()
            }
            ColumnType::MultiSelect => text.split(',').map(str::trim).collect::<Vec<_>>().into(),
            _ => text.as_str().into(),
        };
        values.insert(column.id.clone(), value);
    }
    Ok(values)
}
