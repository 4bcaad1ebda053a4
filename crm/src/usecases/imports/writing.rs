//! Writing what a part has decided: new records together, with one statement for each table, and
//! changes one by one through the same doors as anybody's. A dry run goes the same way up to
//! where something would be written.
//!
//! A record that an import makes gets one fact that says so and one for its names; these stand
//! for the channels, the links and the timeline line that it came with.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::json;

use super::companies::{Companies, company_of, link_kind, sites};
use super::rows::{Decided, Desk, Draft, signs};
use crate::blueprints::{Blueprint, Values};
use crate::errors::{Error, Refusal, Result};
use crate::facts::FactBody;
use crate::ids::{BlueprintId, IdentityId, LinkId, NoteId, RecordId, SpaceId, TagId};
use crate::imports::{ImportChange, RowOutcome};
use crate::interactions::{Mentions, Note};
use crate::ports::NewRecord;
use crate::records::{Identity, IdentityKind, Link, Record};
use crate::tags::{self, LIBRARY_MAX, ON_RECORD_MAX};
use crate::timeline::EventType;
use crate::usecases::Work;
use crate::usecases::moves::{Entered, ready_for};
use crate::usecases::records::{checked_title, names_of};

/// A record that is about to be written.
pub(super) struct Making {
    pub(super) new: NewRecord,
    pub(super) entered: Entered,
    pub(super) row: i64,
    pub(super) title: String,
    /// The companies it belongs to, each with why where the row does not say so.
    pub(super) companies: Vec<(RecordId, Option<String>)>,
    pub(super) tags: Vec<String>,
    pub(super) notes: Vec<String>,
}

impl Work<'_> {
    /// Does what was decided, and tells of it. Gives how many companies were made besides.
    pub(super) async fn carry_out(&mut self, desk: &Desk, decided: &mut Decided) -> Result<i64> {
        let mut companies = self.companies(desk, decided).await?;
        self.employers(desk, decided, &mut companies).await?;
        let mut new_tags = BTreeSet::new();
        let mut makings = Vec::with_capacity(decided.made.len());
        let mut seen = Vec::new();
        for (mut draft, later) in std::mem::take(&mut decided.made) {
            let first = draft.clone();
            for same in &later {
                merge(&mut draft, same);
            }
            match self.making(desk, &draft, &companies, &mut new_tags).await {
                Ok(making) => {
                    decided.tell(&first, RowOutcome::Created, "");
                    seen.extend(signs(desk, &draft).into_iter().map(|sign| (sign, draft.row)));
                    makings.push(making);
                }
                Err(Error::Refused(refusal)) => {
                    for row in std::iter::once(&first).chain(&later) {
                        // What was told of the later ones is no longer so.
                        decided.told.retain(|(example, ..)| example.row != row.row);
                        decided.tell(row, RowOutcome::Refused, refusal.message.clone());
                    }
                }
                Err(error) => return Err(error),
            }
        }
        let made = i64::try_from(companies.made.len()).unwrap_or(i64::MAX);
        if desk.is_dry {
            self.tx.insert_rows_seen(&desk.import.id, &seen).await?;
        } else {
            self.write_new(desk, makings, &mut companies).await?;
        }
        self.change_known(desk, decided, &companies).await?;
        Ok(made)
    }

    /// A record as it will be written; its number is given when it is.
    async fn making(
        &mut self,
        desk: &Desk,
        draft: &Draft,
        companies: &Companies,
        new_tags: &mut BTreeSet<String>,
    ) -> Result<Making> {
        let blueprint = desk.blueprint.clone();
        let title = match (&draft.title, draft.identities.first()) {
            (Some(title), _) => title.clone(),
            (None, Some((_, value))) => checked_title(value)?,
            (None, None) => {
                return Err(Refusal::invalid(format!(
                    "The row has no {}, and nothing else to call it by.",
                    blueprint.title.to_lowercase()
                ))
                .into());
            }
        };
        let mut of = Vec::new();
        if let Some(name) = &draft.company {
            of.extend(company_of(companies, name)?.map(|company| (company, None)));
        }
        for site in sites(draft) {
            if let Some(company) = companies.only_at(&site)
                && !of.iter().any(|(known, _)| known == company)
            {
                let why = format!("{site} is the domain of {}", companies.title(company));
                of.push((company.clone(), Some(why)));
            }
        }
        room_for_tags(desk, draft, new_tags)?;
        let me = self.member.as_ref().map(|member| member.id.clone());
        let owner = match (&draft.owner, desk.planned.plan.unclaimed) {
            (Some(owner), _) => Some(owner.clone()),
            (None, true) => None,
            (None, false) => me,
        };
        let values = blueprint.with_defaults(draft.values.clone(), &desk.moment);
        let start = self.start(&blueprint, draft.flow.as_deref(), draft.state.as_deref()).await?;
        let (flow, stage) = (start.map(|(flow, _)| flow), start.map(|(_, stage)| stage));
        let mut record = self.blank(&blueprint, &desk.blueprint_id, &desk.space, title, values);
        record.owner = owner;
        record.flow = flow.map(|flow| flow.key.clone());
        record.state = stage.map(|stage| stage.key.clone());
        record.state_since = stage.map(|_| self.now);
        let entered = match start {
            // Whose turn it is changes with each asking, so a dry run does not ask.
            Some((_, stage)) if desk.is_dry && stage.rules.assign.len() > 1 => {
                ready_for(&record, &blueprint, stage)?;
                Entered::default()
            }
            Some((flow, stage)) => self.enter(&mut record, &blueprint, flow, stage, None).await?,
            None => Entered::default(),
        };
        blueprint.complete(&record.values)?;
        let identities = draft.identities.iter();
        let identities =
            identities.map(|(kind, value)| self.identity(&record.id, *kind, value)).collect();
        Ok(Making {
            title: record.title.clone(),
            new: NewRecord { keys: blueprint.index_keys(&record.values), record, identities },
            entered,
            row: draft.row,
            companies: of,
            tags: draft.tags.clone(),
            notes: draft.notes.clone(),
        })
    }

    pub(super) fn blank(
        &self,
        blueprint: &Blueprint,
        id: &BlueprintId,
        space: &SpaceId,
        title: String,
        mut values: Values,
    ) -> Record {
        values.retain(|_, value| !value.is_null());
        Record {
            id: RecordId::fresh(self.env),
            key: String::new(),
            blueprint: id.clone(),
            blueprint_version: blueprint.version,
            space: space.clone(),
            title,
            owner: None,
            flow: None,
            state: None,
            state_since: None,
            values,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
            touched_at: Some(self.now),
            trashed_at: None,
        }
    }

    pub(super) fn identity(&self, record: &RecordId, kind: IdentityKind, value: &str) -> Identity {
        Identity {
            id: IdentityId::fresh(self.env),
            record: record.clone(),
            kind,
            value: value.to_owned(),
            verified: false,
            primary: false,
            label: None,
            stable_id: None,
            bounced_at: None,
            created_at: self.now,
        }
    }

    async fn write_new(
        &mut self,
        desk: &Desk,
        makings: Vec<Making>,
        companies: &mut Companies,
    ) -> Result<()> {
        let made = std::mem::take(&mut companies.made);
        if let Some((blueprint, ..)) = &desk.company {
            self.write_records(desk, &blueprint.clone(), made).await?;
        }
        self.write_records(desk, &desk.blueprint.clone(), makings).await
    }

    /// The tags of these records by their keys; what the library has not is made.
    async fn library_with(&mut self, makings: &[Making]) -> Result<HashMap<String, TagId>> {
        let wanted = makings.iter().flat_map(|making| &making.tags);
        let wanted = wanted.map(|name| (tags::key_of(name), name)).collect::<BTreeMap<_, _>>();
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let mut library = self.tx.tags().await?;
        let mut known = HashMap::new();
        for (key, name) in wanted {
            let tag = match tags::find(&library, name) {
                Some(tag) => tag.id.clone(),
                None => {
                    let tag = self.make_tag(&library, name, None, None).await?;
                    let id = tag.id.clone();
                    library.push(tag);
                    id
                }
            };
            known.insert(key, tag);
        }
        Ok(known)
    }

    async fn write_records(
        &mut self,
        desk: &Desk,
        blueprint: &Arc<Blueprint>,
        mut makings: Vec<Making>,
    ) -> Result<()> {
        if makings.is_empty() {
            return Ok(());
        }
        let count = i64::try_from(makings.len()).unwrap_or(i64::MAX);
        let library = self.library_with(&makings).await?;
        let first = self.tx.take_record_numbers(&blueprint.prefix, count).await?;
        let file = &desk.import.name;
        let by = self.actor_name();
        let mut interactions = Vec::with_capacity(makings.len());
        let mut changes = Vec::with_capacity(makings.len());
        let (mut links, mut notes) = (Vec::new(), Vec::new());
        let (mut tagged, mut domains) = (Vec::new(), Vec::new());
        let mut entered = Vec::new();
        let mut records = Vec::with_capacity(makings.len());
        for (number, making) in (first..).zip(makings.drain(..)) {
            let Making { mut new, entered: by_stage, row, title, companies, tags, notes: said } =
                making;
            new.record.key = format!("{}-{number}", blueprint.prefix);
            let record = &new.record;
            self.facts.push(FactBody::RecordCreated {
                record: record.id.clone(),
                blueprint: blueprint.key.clone(),
                title: title.clone(),
            });
            if blueprint.mentionable {
                let names = names_of(record, &new.identities, blueprint.people);
                self.facts.push(FactBody::NamesChanged { record: record.id.clone(), names });
            }
            let data = json!({
                "to": record.state, "flow": record.flow, "import": desk.import.id, "row": row,
            });
            let summary = format!("{by} imported {title} from {file}, row {row}");
            let made = EventType::made(&blueprint.key);
            interactions.push(self.line(&record.id, made, summary, data));
            let ids = tags.iter().filter_map(|name| library.get(&tags::key_of(name)));
            tagged.extend(ids.map(|tag| (record.id.clone(), tag.clone())));
            let domain = new.identities.iter().find(|one| one.kind == IdentityKind::Domain);
            domains.extend(domain.map(|_| record.id.clone()));
            for (company, why) in companies {
                let kind = link_kind(&desk.blueprint);
                links.push(self.link(&record.id, &company, kind));
                let summary = match &why {
                    None => format!("{by} linked it to {title}, from {file}, row {row}"),
                    Some(why) => format!("Tieline linked it to {title}: {why}"),
                };
                let mut data = json!({
                    "kind": kind, "record": record.id, "import": desk.import.id, "row": row,
                });
                if let Some(why) = why {
                    data["why"] = why.into();
                }
                interactions.push(self.line(&company, EventType::LinkAdded, summary, data));
            }
            for body in said {
                notes.push(Note {
                    id: NoteId::fresh(self.env),
                    record: record.id.clone(),
                    body,
                    author: self.member.as_ref().map(|member| member.id.clone()),
                    created_at: self.now,
                    withdrawn_at: None,
                    pinned: false,
                    edited_at: None,
                    mentions: Mentions::default(),
                });
            }
            changes.push(ImportChange {
                record: record.id.clone(),
                row,
                is_made: true,
                version: record.version,
                inverse: Vec::new(),
                at: self.now,
            });
            let stage = blueprint
                .flow(record.flow.as_deref().unwrap_or_default())
                .and_then(|flow| flow.stage(record.state.as_deref().unwrap_or_default()));
            if let Some(stage) = stage
                && (!by_stage.is_empty()
                    || !stage.rules.tasks.is_empty()
                    || !stage.rules.activities.is_empty())
            {
                entered.push((record.clone(), stage.clone(), by_stage));
            }
            records.push(new);
        }
        self.tx.insert_records(&records).await?;
        self.tx.insert_interactions(&interactions).await?;
        self.tx.insert_links(&links).await?;
        self.tx.insert_record_tags(&tagged, self.now).await?;
        for note in &notes {
            let (record, note) = (note.record.clone(), note.id.clone());
            self.facts.push(FactBody::NoteAdded { record, note });
        }
        self.tx.insert_notes(&notes).await?;
        self.tx.insert_import_changes(&desk.import.id, &changes).await?;
        for (record, stage, by_stage) in entered {
            self.tell_entered(&record, blueprint, &stage, &stage.name, &by_stage).await?;
        }
        self.employees(&domains).await
    }

    fn link(&self, from: &RecordId, to: &RecordId, kind: &str) -> Link {
        Link {
            id: LinkId::fresh(self.env),
            from: from.clone(),
            to: to.clone(),
            kind: kind.to_owned(),
            role: None,
            created_at: self.now,
        }
    }
}

/// Adds what a later row says of the same record.
fn merge(draft: &mut Draft, later: &Draft) {
    let later = later.clone();
    draft.title = later.title.or(draft.title.take());
    draft.values.extend(later.values);
    for identity in later.identities {
        if !draft.identities.contains(&identity) {
            draft.identities.push(identity);
        }
    }
    draft.owner = later.owner.or(draft.owner.take());
    draft.flow = later.flow.or(draft.flow.take());
    draft.state = later.state.or(draft.state.take());
    draft.company = later.company.or(draft.company.take());
    for name in later.tags {
        if !draft.tags.iter().any(|known| tags::key_of(known) == tags::key_of(&name)) {
            draft.tags.push(name);
        }
    }
    draft.notes.extend(later.notes);
}

/// Refuses a row whose tags are too many, for it or for the library.
fn room_for_tags(
    desk: &Desk,
    draft: &Draft,
    new_tags: &mut BTreeSet<String>,
) -> Result<(), Refusal> {
    if draft.tags.len() > ON_RECORD_MAX {
        return Err(Refusal::invalid(format!(
            "A record has at most {ON_RECORD_MAX} tags. Leave some out."
        )));
    }
    let unknown = draft.tags.iter().filter(|name| tags::find(&desk.library, name).is_none());
    let unknown = unknown.map(|name| tags::key_of(name)).filter(|key| !new_tags.contains(key));
    let unknown = unknown.collect::<Vec<_>>();
    if desk.library.len() + new_tags.len() + unknown.len() > LIBRARY_MAX {
        return Err(Refusal::invalid(format!(
            "The library holds at most {LIBRARY_MAX} tags. Merge or delete some, or use known ones."
        )));
    }
    new_tags.extend(unknown);
    Ok(())
}
