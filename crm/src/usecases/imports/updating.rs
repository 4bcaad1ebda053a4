//! Rows that change a record that is there: what differs goes through the commands that anybody
//! would use, with their guards and their lines in the timeline, and what undoes them is kept for
//! taking the import back. A row is taken whole or not at all.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value as Json, json};

use super::companies::{Companies, company_of, link_kind};
use super::rows::{Decided, Desk, Draft};
use crate::blueprints::{ColumnType, Values};
use crate::commands::{AddNote, AssignRecord, Command, MoveRecord, TagRecords, UpdateRecord};
use crate::errors::{Error, Refusal, Result, StoreError};
use crate::ids::RecordId;
use crate::imports::{ImportChange, RowOutcome};
use crate::records::{Identity, Link, Record};
use crate::tags::{self, Tag};
use crate::timeline::EventType;
use crate::usecases::Work;

/// What stands around records that rows are about.
struct Around {
    identities: HashMap<RecordId, Vec<Identity>>,
    links: HashMap<RecordId, Vec<Link>>,
    tags: BTreeMap<RecordId, Vec<Tag>>,
}

/// What a row changes.
#[derive(Default)]
struct Difference {
    title: Option<String>,
    values: Values,
    identities: Vec<(crate::records::IdentityKind, String)>,
    owner: Option<crate::ids::MemberId>,
    to: Option<(Option<String>, String)>,
    company: Option<RecordId>,
    tags: Vec<String>,
    notes: Vec<String>,
}

impl Difference {
    fn says(&self) -> Vec<String> {
        let mut says = Vec::new();
        says.extend(self.title.as_ref().map(|_| "title".to_owned()));
        says.extend(self.values.keys().cloned());
        says.extend(self.identities.iter().map(|(kind, _)| kind.as_str().to_owned()));
        says.extend(self.owner.as_ref().map(|_| "owner".to_owned()));
        says.extend(self.to.as_ref().map(|_| "stage".to_owned()));
        says.extend(self.company.as_ref().map(|_| "company".to_owned()));
        says.extend(self.tags.first().map(|_| "tags".to_owned()));
        says.extend(self.notes.iter().map(|_| "note".to_owned()));
        says
    }
}

impl Work<'_> {
    pub(super) async fn change_known(
        &mut self,
        desk: &Desk,
        decided: &mut Decided,
        companies: &Companies,
    ) -> Result<()> {
        let changes = std::mem::take(&mut decided.changes);
        let ids = changes.iter().map(|(_, id)| id.clone()).collect::<Vec<_>>();
        let mut around = Around {
            identities: HashMap::new(),
            links: HashMap::new(),
            tags: match changes.iter().any(|(draft, _)| !draft.tags.is_empty()) {
                true => self.tx.tags_of(&ids).await?,
                false => BTreeMap::new(),
            },
        };
        for identity in self.tx.identities_of(&ids).await? {
            around.identities.entry(identity.record.clone()).or_default().push(identity);
        }
        for link in self.tx.links_from(&ids, link_kind(&desk.blueprint)).await? {
            around.links.entry(link.from.clone()).or_default().push(link);
        }
        for (draft, id) in changes {
            let Some(record) = decided.known.get(&id).cloned() else { continue };
            let difference = match self.difference(&draft, &record, &around, companies).await {
                Ok(difference) => difference,
                Err(Error::Refused(refusal)) => {
                    decided.tell(&draft, RowOutcome::Refused, refusal.message);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let says = difference.says();
            if says.is_empty() {
                decided.tell(&draft, RowOutcome::Left, format!("{} is so already.", record.key));
                continue;
            }
            let says = format!("{}: {}", record.key, says.join(", "));
            if desk.is_dry {
                decided.tell(&draft, RowOutcome::Updated, says);
                continue;
            }
            self.tx.mark().await?;
            let (facts, inverses) = (self.facts.len(), self.inverses.len());
            match self.change_row(desk, &draft, &record, difference, companies).await {
                Ok(()) => {
                    decided.tell(&draft, RowOutcome::Updated, says);
                    let inverse = self.inverses.split_off(inverses);
                    self.keep_inverse(desk, &draft, &id, inverse).await?;
                    if let Some(record) = self.tx.record(&id).await? {
                        decided.known.insert(id.clone(), record);
                    }
                    let identities = self.tx.identities(&id).await?;
                    around.identities.insert(id.clone(), identities);
                    let kind = link_kind(&desk.blueprint);
                    let links = self.tx.links_from(std::slice::from_ref(&id), kind).await?;
                    around.links.insert(id.clone(), links);
                    if !draft.tags.is_empty() {
                        around.tags.extend(self.tx.tags_of(std::slice::from_ref(&id)).await?);
                    }
                }
                Err(Error::Refused(refusal)) => {
                    self.tx.back_to_mark().await?;
                    self.facts.truncate(facts);
                    self.inverses.truncate(inverses);
                    decided.tell(&draft, RowOutcome::Refused, refusal.message);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn difference(
        &mut self,
        draft: &Draft,
        record: &Record,
        around: &Around,
        companies: &Companies,
    ) -> Result<Difference> {
        let blueprint = self.blueprint_of(record).await?;
        let title = draft.title.clone().filter(|title| *title != record.title);
        let mut difference = Difference { title, ..Difference::default() };
        for (id, value) in &draft.values {
            let Some(column) = blueprint.column(id) else {
                return Err(Refusal::invalid(format!(
                    "{} has no column “{id}” yet, since it is at an older version. Migrate the \
                     {} first.",
                    record.key, blueprint.plural
                ))
                .into());
            };
            let before = record.values.get(id).cloned().unwrap_or_default();
            // What surrounds a text is lost in many files, and no reason to change it.
            let same = match (column.kind, before.as_str(), value.as_str()) {
                (
                    ColumnType::Text | ColumnType::LongText | ColumnType::Markdown,
                    Some(before),
                    Some(value),
                ) => before.replace("\r\n", "\n").trim() == value.replace("\r\n", "\n").trim(),
                (ColumnType::Decimal | ColumnType::Money, ..) => {
                    number(&before) == number(value)
                        && before.get("currency") == value.get("currency")
                }
                _ => before == *value,
            };
            if !same {
                difference.values.insert(id.clone(), value.clone());
            }
        }
        let known = around.identities.get(&record.id).map_or(&[][..], Vec::as_slice);
        for (kind, value) in &draft.identities {
            if !known.iter().any(|one| one.kind == *kind && one.value == *value) {
                difference.identities.push((*kind, value.clone()));
            }
        }
        difference.owner = draft.owner.clone().filter(|owner| record.owner.as_ref() != Some(owner));
        if draft.flow.is_some() || draft.state.is_some() {
            let own = record.flow.as_deref().and_then(|key| blueprint.flow(key));
            let wanted = draft.flow.as_deref();
            let in_flow = own.is_some_and(|flow| wanted.is_none_or(|name| flow.is_called(name)));
            let in_stage = in_flow
                && draft.state.as_deref().is_none_or(|name| {
                    let stage = own.and_then(|f| f.stage(record.state.as_deref()?));
                    stage.is_some_and(|stage| {
                        let name = name.trim().to_lowercase();
                        stage.key.to_lowercase() == name || stage.name.to_lowercase() == name
                    })
                });
            if !in_stage {
                let state = draft.state.clone().unwrap_or_default();
                difference.to = Some((draft.flow.clone().filter(|_| !in_flow), state));
            }
        }
        if let Some(name) = &draft.company
            && let Some(company) = company_of(companies, name)?
        {
            let links = around.links.get(&record.id).map_or(&[][..], Vec::as_slice);
            if !links.iter().any(|link| link.to == company) {
                difference.company = Some(company);
            }
        }
        let tagged = around.tags.get(&record.id).map_or(&[][..], Vec::as_slice);
        let fresh = |name: &&String| tags::find(tagged, name).is_none();
        difference.tags = draft.tags.iter().filter(fresh).cloned().collect();
        if !draft.notes.is_empty() {
            let there = self.tx.notes(&record.id).await?;
            let fresh = |body: &&String| !there.iter().any(|note| note.body.trim() == body.trim());
            difference.notes = draft.notes.iter().filter(fresh).cloned().collect();
        }
        Ok(difference)
    }

    async fn change_row(
        &mut self,
        desk: &Desk,
        draft: &Draft,
        record: &Record,
        difference: Difference,
        companies: &Companies,
    ) -> Result<()> {
        let Difference { title, values, identities, owner, to, company, tags, notes } = difference;
        if title.is_some() || !values.is_empty() {
            let record = record.id.clone();
            let update = UpdateRecord { record, expected_version: None, title, values };
            self.update_record(update).await?;
        }
        let has_identities = !identities.is_empty();
        for (kind, value) in identities {
            self.put_identity(record, kind, &value).await?;
        }
        if has_identities {
            let now = self.live_record(&record.id).await?;
            self.names_changed(&now, &desk.blueprint.clone()).await?;
        }
        if let Some((flow, state)) = to {
            let mut move_to = MoveRecord::to(record.id.clone(), state);
            move_to.flow = flow;
            self.move_record(move_to).await?;
        }
        if let Some(owner) = owner {
            self.assign_record(AssignRecord {
                record: record.id.clone(),
                owner: Some(owner),
                expected_version: None,
            })
            .await?;
        }
        if let Some(company) = company {
            let company =
                Record { id: company.clone(), title: companies.title(&company), ..record.clone() };
            self.put_link(record, &company, link_kind(&desk.blueprint), None).await?;
        }
        if !tags.is_empty() {
            let records = vec![record.id.clone()];
            self.tag_records(TagRecords { records, tags, known_only: false }).await?;
        }
        for body in notes {
            self.add_note(AddNote { record: record.id.clone(), body }).await?;
        }
        let summary =
            format!("{} imported row {} of {}", self.actor_name(), draft.row, desk.import.name);
        let data = json!({ "import": desk.import.id, "row": draft.row });
        self.log_event(&record.id, EventType::RecordImported, summary, data).await?;
        Ok(())
    }

    /// Keeps what takes a row back, behind what takes back the later ones of the same record.
    async fn keep_inverse(
        &mut self,
        desk: &Desk,
        draft: &Draft,
        id: &RecordId,
        inverse: Vec<Command>,
    ) -> Result<()> {
        let before = self.tx.import_changes_of(&desk.import.id, std::slice::from_ref(id)).await?;
        let before = before.into_iter().next();
        let record = self.tx.record(id).await?;
        let version = record.map(|r| r.version).ok_or_else(|| {
            StoreError::corrupt("record", "it is gone while it is being imported")
        })?;
        let is_made = before.as_ref().is_some_and(|change| change.is_made);
        let mut all = inverse.into_iter().rev().collect::<Vec<_>>();
        all.extend(before.map(|change| change.inverse).unwrap_or_default());
        let change = ImportChange {
            record: id.clone(),
            row: draft.row,
            is_made,
            version,
            // A record that the import made goes to the trash whole.
            inverse: if is_made { Vec::new() } else { all },
            at: self.now,
        };
        self.tx.put_import_change(&desk.import.id, &change).await?;
        Ok(())
    }
}

fn number(value: &Json) -> Option<rust_decimal::Decimal> {
    let text = value.get("amount").unwrap_or(value).as_str()?;
    text.parse::<rust_decimal::Decimal>().ok().map(|number| number.normalize())
}
