//! Exports: records of one blueprint, with chosen columns, as CSV, JSON lines or vCards. What is
//! written reads back as it was: an export that is imported again changes nothing. Notes, tasks
//! and timelines are not exported.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::blueprints::{Blueprint, Classification, Column, ColumnType};
use crate::errors::{Refusal, Result};
use crate::flows::listed;
use crate::folding::fold;
use crate::ids::{BlueprintId, RecordId};
use crate::imports::cells::write_row;
use crate::ports::Read;
use crate::records::{Identity, IdentityKind, Record};
use crate::tenants::Member;

/// How an export is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Comma-separated, with a header.
    #[default]
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Address cards, version 4.0, for people and companies.
    Vcard,
}

impl ExportFormat {
    /// Its name, which is also how files of it end.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Vcard => "vcf",
        }
    }

    /// What browsers are told that it is.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/x-ndjson",
            Self::Vcard => "text/vcard; charset=utf-8",
        }
    }
}

/// A column of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Key,
    Title,
    Owner,
    Pipeline,
    Stage,
    Company,
    Tags,
    Created,
    Updated,
    Identity(IdentityKind),
    Column(Box<Column>),
}

/// What is exported and how.
#[derive(Debug, Clone)]
pub struct Export {
    parts: Vec<(String, Part)>,
    format: ExportFormat,
    /// Sensitive columns among them, by id.
    pub sensitive: Vec<String>,
    /// The newest version of the blueprint.
    pub blueprint: std::sync::Arc<Blueprint>,
    company: Option<BlueprintId>,
}

impl Export {
    /// An export of these columns, separated by commas; of all that are not sensitive when none is
    /// named.
    ///
    /// # Errors
    /// A refusal that names the column that there is not.
    pub fn new(
        blueprint: &std::sync::Arc<Blueprint>,
        columns: &str,
        format: ExportFormat,
        company: Option<BlueprintId>,
    ) -> Result<Self, Refusal> {
        if format == ExportFormat::Vcard && !blueprint.identities {
            return Err(Refusal::invalid(format!(
                "{} have no channels, so there is nothing to put on a card. Export them as csv or \
                 jsonl.",
                blueprint.plural
            )));
        }
        let all = parts(blueprint, company.is_some());
        let mut parts = Vec::new();
        for wanted in columns.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let folded = fold(wanted);
            let found = all.iter().find(|(name, part)| {
                fold(name) == folded
                    || match part {
                        Part::Column(column) => column.id == folded,
                        Part::Identity(kind) => kind.as_str() == folded,
                        Part::Title => folded == "title",
                        _ => false,
                    }
            });
            let Some(found) = found else {
                let names = all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
                let shown = wanted.chars().take(60).collect::<String>();
                return Err(Refusal::invalid(format!(
                    "There is no column “{shown}” to export. There is {}.",
                    listed(&names)
                )));
            };
            if !parts.contains(found) {
                parts.push(found.clone());
            }
        }
        if parts.is_empty() {
            let plain = |part: &Part| match part {
                Part::Column(column) => column.classification != Classification::Sensitive,
                _ => true,
            };
            parts = all.into_iter().filter(|(_, part)| plain(part)).collect();
        }
        let sensitive = parts.iter().filter_map(|(_, part)| match part {
            Part::Column(column) if column.classification == Classification::Sensitive => {
                Some(column.id.clone())
            }
            _ => None,
        });
        let sensitive = sensitive.collect();
        Ok(Self { parts, format, sensitive, blueprint: blueprint.clone(), company })
    }

    /// The names of its columns, in order.
    pub fn columns(&self) -> Vec<String> {
        self.parts.iter().map(|(name, _)| name.clone()).collect()
    }

    /// What comes before the first record.
    pub fn beginning(&self) -> String {
        let mut out = String::new();
        if self.format == ExportFormat::Csv {
            write_row(&mut out, self.parts.iter().map(|(name, _)| name.as_str()));
        }
        out
    }

    /// Some records, written. Sensitive values that may not be shown were taken out of them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn written(
        &self,
        read: &mut dyn Read,
        members: &[Member],
        records: &[Record],
    ) -> Result<String> {
        let ids = records.iter().map(|record| record.id.clone()).collect::<Vec<_>>();
        let mut identities: HashMap<RecordId, Vec<Identity>> = HashMap::new();
        if self.parts.iter().any(|(_, part)| matches!(part, Part::Identity(_))) {
            for identity in read.identities_of(&ids).await? {
                identities.entry(identity.record.clone()).or_default().push(identity);
            }
        }
        let mut companies: HashMap<RecordId, String> = HashMap::new();
        if self.parts.iter().any(|(_, part)| *part == Part::Company) {
            let kind = if self.blueprint.key == "person" { "works_at" } else { "customer" };
            let links = read.links_from(&ids, kind).await?;
            let to = links.iter().map(|link| link.to.clone()).collect::<Vec<_>>();
            let mut there = read.records_among(&to).await?;
            there.retain(|one| Some(&one.blueprint) == self.company.as_ref());
            there.retain(|one| one.trashed_at.is_none());
            for link in links {
                if let Some(company) = there.iter().find(|one| one.id == link.to) {
                    companies.entry(link.from).or_insert_with(|| company.title.clone());
                }
            }
        }
        let tags = match self.parts.iter().any(|(_, part)| *part == Part::Tags) {
            true => read.tags_of(&ids).await?,
            false => BTreeMap::new(),
        };
        let mut out = String::new();
        for record in records {
            let own = identities.get(&record.id).map_or(&[][..], Vec::as_slice);
            let tags = tags.get(&record.id).into_iter().flatten();
            let around = Around {
                members,
                identities: own,
                company: companies.get(&record.id),
                tags: tags.map(|tag| tag.name.as_str()).collect(),
            };
            match self.format {
                ExportFormat::Csv => {
                    let cells = self.parts.iter().map(|(_, part)| self.cell(record, part, &around));
                    let cells = cells.collect::<Vec<_>>();
                    write_row(&mut out, cells.iter().map(String::as_str));
                }
                ExportFormat::Jsonl => {
                    let mut object = Map::new();
                    for (name, part) in &self.parts {
                        let value = self.value(record, part, &around);
                        if !value.is_null() {
                            object.insert(name.clone(), value);
                        }
                    }
                    out.push_str(&Json::Object(object).to_string());
                    out.push('\n');
                }
                ExportFormat::Vcard => self.card(&mut out, record, &around),
            }
        }
        Ok(out)
    }

    fn value(&self, record: &Record, part: &Part, around: &Around<'_>) -> Json {
        match part {
            Part::Column(column) => record.values.get(&column.id).cloned().unwrap_or_default(),
            _ => match self.cell(record, part, around) {
                empty if empty.is_empty() => Json::Null,
                text => text.into(),
            },
        }
    }

    fn cell(&self, record: &Record, part: &Part, around: &Around<'_>) -> String {
        let flow = || record.flow.as_deref().and_then(|key| self.blueprint.flow(key));
        match part {
            Part::Key => record.key.clone(),
            Part::Title => record.title.clone(),
            Part::Owner => record
                .owner
                .as_ref()
                .and_then(|id| around.members.iter().find(|member| member.id == *id))
                .map_or_else(String::new, |member| member.email.clone()),
            Part::Pipeline => flow().map_or_else(String::new, |flow| flow.name.clone()),
            Part::Stage => flow()
                .and_then(|flow| flow.stage(record.state.as_deref()?))
                .map_or_else(String::new, |stage| stage.name.clone()),
            Part::Company => around.company.cloned().unwrap_or_default(),
            Part::Tags => around.tags.join(", "),
            Part::Created => record.created_at.to_rfc3339(),
            Part::Updated => record.updated_at.to_rfc3339(),
            Part::Identity(kind) => {
                let values = around.identities.iter().filter(|one| one.kind == *kind);
                values.map(|one| one.value.as_str()).collect::<Vec<_>>().join("; ")
            }
            Part::Column(column) => {
                record.values.get(&column.id).map_or_else(String::new, |value| plain(column, value))
            }
        }
    }

    fn card(&self, out: &mut String, record: &Record, around: &Around<'_>) {
        let mut line = |name: &str, value: &str| {
            if !value.is_empty() {
                fold_line(out, &format!("{name}:{value}"));
            }
        };
        line("BEGIN", "VCARD");
        line("VERSION", "4.0");
        line("FN", &escaped(&record.title));
        if self.blueprint.key == "company" {
            line("KIND", "org");
            line("ORG", &escaped(&record.title));
        }
        for (_, part) in &self.parts {
            match part {
                Part::Key => line("X-TIELINE-KEY", &record.key),
                Part::Company => {
                    line("ORG", &around.company.map(|title| escaped(title)).unwrap_or_default());
                }
                Part::Tags => {
                    let tags = around.tags.iter().map(|tag| escaped(tag)).collect::<Vec<_>>();
                    line("CATEGORIES", &tags.join(","));
                }
                Part::Identity(kind) => {
                    for one in around.identities.iter().filter(|one| one.kind == *kind) {
                        match kind {
                            IdentityKind::Email => line("EMAIL", &escaped(&one.value)),
                            IdentityKind::Phone => {
                                line("TEL;VALUE=uri", &format!("tel:{}", one.value));
                            }
                            IdentityKind::Alias => line("NICKNAME", &escaped(&one.value)),
                            _ => {}
                        }
                    }
                }
                Part::Column(column) => {
                    let text = || self.cell(record, part, around);
                    match (column.id.as_str(), column.kind) {
                        ("job_title", _) => line("TITLE", &escaped(&text())),
                        (_, ColumnType::Url) => line("URL", &text()),
                        ("birthday", ColumnType::Date) => line("BDAY", &text().replace('-', "")),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        line("END", "VCARD");
    }
}

struct Around<'a> {
    members: &'a [Member],
    identities: &'a [Identity],
    company: Option<&'a String>,
    tags: Vec<&'a str>,
}

/// Everything that can be exported of a blueprint's records, by the names that importing knows.
fn parts(blueprint: &Blueprint, companies: bool) -> Vec<(String, Part)> {
    let own = |name: &str| {
        let wanted = fold(name);
        blueprint.columns.iter().any(|c| fold(&c.name) == wanted || c.id == wanted)
    };
    let mut parts = vec![("Key".to_owned(), Part::Key), (blueprint.title.clone(), Part::Title)];
    let mut add = |name: &str, part: Part| {
        // A column of the blueprint that is called so comes first.
        if !own(name) {
            parts.push((name.to_owned(), part));
        }
    };
    if blueprint.identities {
        for kind in IdentityKind::ALL {
            add(kind.as_str(), Part::Identity(kind));
        }
    }
    if companies && blueprint.key != "company" {
        add("Company", Part::Company);
    }
    if !blueprint.flows.is_empty() {
        add("Pipeline", Part::Pipeline);
        add("Stage", Part::Stage);
    }
    add("Owner", Part::Owner);
    add("Tags", Part::Tags);
    for column in &blueprint.columns {
        parts.push((column.name.clone(), Part::Column(Box::new(column.clone()))));
    }
    for (name, part) in [("Created", Part::Created), ("Updated", Part::Updated)] {
        if !own(name) {
            parts.push((name.to_owned(), part));
        }
    }
    parts
}

/// A value in words that read back as it.
fn plain(column: &Column, value: &Json) -> String {
    match (column.kind, value) {
        (ColumnType::Money, Json::Object(money)) => {
            let part = |name: &str| money.get(name).and_then(Json::as_str).unwrap_or_default();
            format!("{} {}", part("amount"), part("currency"))
        }
        (ColumnType::Attachment, value) => value.to_string(),
        (_, Json::Array(items)) => {
            items.iter().filter_map(Json::as_str).collect::<Vec<_>>().join("; ")
        }
        (_, value) => column.shown(value),
    }
}

/// Text as vCards write it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace(',', "\\,")
        .replace(';', "\\;")
        .replace("\r\n", "\\n")
        .replace(['\n', '\r'], "\\n")
}

/// A line of at most 75 bytes, and what follows of it behind a space.
fn fold_line(out: &mut String, line: &str) {
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out.push_str("\r\n");
}
