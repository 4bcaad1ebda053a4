//! Writing what a part has decided: new records together, with one statement for each table, and
//! changes one by one through the same doors as anybody's. A dry run goes the same way up to
//! where something would be written.
//!
//! A record that an import makes gets one fact that says so and one for its names; these stand
//! for the channels, the links and the timeline line that it came with.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::json;

use super::rows::{Decided, Desk, Draft, signs};
use crate::blueprints::{Blueprint, Values};
use crate::errors::{Error, Refusal, Result};
use crate::facts::FactBody;
use crate::folding::fold;
use crate::ids::{BlueprintId, IdentityId, LinkId, NoteId, RecordId, SpaceId};
use crate::imports::{ImportChange, Mode, RowOutcome};
use crate::interactions::{Mentions, Note};
use crate::ports::NewRecord;
use crate::records::{Identity, IdentityKind, KnownName, KnownNameKind, Link, Record};
use crate::timeline::EventType;
use crate::usecases::Work;
use crate::usecases::identities::normal_identity;
use crate::usecases::moves::{Entered, ready_for};
use crate::usecases::records::{checked_title, known_as};

/// A record that is about to be written.
pub(super) struct Making {
    new: NewRecord,
    entered: Entered,
    row: i64,
    title: String,
    company: Option<RecordId>,
    notes: Vec<String>,
}

/// The companies that rows name, by the name they give.
#[derive(Default)]
pub(super) struct Companies {
    found: HashMap<String, Result<Option<RecordId>, Refusal>>,
    titles: HashMap<RecordId, String>,
    made: Vec<Making>,
}

impl Companies {
    pub(super) fn title(&self, id: &RecordId) -> String {
        self.titles.get(id).cloned().unwrap_or_default()
    }
}

impl Work<'_> {
    /// Does what was decided, and tells of it. Gives how many companies were made besides.
    pub(super) async fn carry_out(&mut self, desk: &Desk, decided: &mut Decided) -> Result<i64> {
        let mut companies = self.companies(desk, decided).await?;
        let mut makings = Vec::with_capacity(decided.made.len());
        let mut seen = Vec::new();
        for (mut draft, later) in std::mem::take(&mut decided.made) {
            let first = draft.clone();
            for same in &later {
                merge(&mut draft, same);
            }
            match self.making(desk, &draft, &companies).await {
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
        let company = match &draft.company {
            Some(name) => company_of(companies, name)?,
            None => None,
        };
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
            company,
            notes: draft.notes.clone(),
        })
    }

    fn blank(
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

    fn identity(&self, record: &RecordId, kind: IdentityKind, value: &str) -> Identity {
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
        let first = self.tx.take_record_numbers(&blueprint.prefix, count).await?;
        let file = &desk.import.name;
        let by = self.actor_name();
        let mut interactions = Vec::with_capacity(makings.len());
        let mut changes = Vec::with_capacity(makings.len());
        let (mut links, mut notes) = (Vec::new(), Vec::new());
        let mut entered = Vec::new();
        let mut records = Vec::with_capacity(makings.len());
        for (number, making) in (first..).zip(makings.drain(..)) {
            let Making { mut new, entered: by_stage, row, title, company, notes: said } = making;
            new.record.key = format!("{}-{number}", blueprint.prefix);
            let record = &new.record;
            self.facts.push(FactBody::RecordCreated {
                record: record.id.clone(),
                blueprint: blueprint.key.clone(),
                title: title.clone(),
            });
            if blueprint.mentionable {
                let names = names_of(record, &new.identities);
                self.facts.push(FactBody::NamesChanged { record: record.id.clone(), names });
            }
            let data = json!({
                "to": record.state, "flow": record.flow, "import": desk.import.id, "row": row,
            });
            let summary = format!("{by} imported {title} from {file}, row {row}");
            let made = EventType::made(&blueprint.key);
            interactions.push(self.line(&record.id, made, summary, data));
            if let Some(company) = company {
                let kind = link_kind(&desk.blueprint);
                links.push(self.link(&record.id, &company, kind));
                let summary = format!("{by} linked it to {title}, from {file}, row {row}");
                let data = json!({
                    "kind": kind, "record": record.id, "import": desk.import.id, "row": row,
                });
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
        for note in &notes {
            let (record, note) = (note.record.clone(), note.id.clone());
            self.facts.push(FactBody::NoteAdded { record, note });
        }
        self.tx.insert_notes(&notes).await?;
        self.tx.put_import_changes(&desk.import.id, &changes).await?;
        for (record, stage, by_stage) in entered {
            self.tell_entered(&record, blueprint, &stage, &stage.name, &by_stage).await?;
        }
        Ok(())
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

    /// The companies that the rows name: those that are there, and new ones where there are none.
    async fn companies(&mut self, desk: &Desk, decided: &Decided) -> Result<Companies> {
        let mut companies = Companies::default();
        let Some((blueprint, id, space)) = desk.company.clone() else { return Ok(companies) };
        let made = decided.made.iter().flat_map(|(draft, later)| {
            std::iter::once(draft).chain(later.iter()).collect::<Vec<_>>()
        });
        let all = made.chain(decided.changes.iter().map(|(draft, _)| draft));
        let mut named = BTreeMap::new();
        for draft in all {
            if let Some(name) = &draft.company {
                named.entry(name.clone()).or_insert(draft.row);
            }
        }
        let domain = |name: &str| {
            let plain = !name.contains(char::is_whitespace) && name.contains('.');
            plain.then(|| normal_identity(IdentityKind::Domain, name).ok()).flatten()
        };
        let keys = named.keys().map(|name| name.to_uppercase()).collect::<Vec<_>>();
        let domains = named.keys().filter_map(|name| domain(name)).collect::<Vec<_>>();
        let titles = named.keys().map(|name| fold(name)).collect::<Vec<_>>();
        let mut found: HashMap<String, Vec<RecordId>> = HashMap::new();
        let mut there = HashMap::new();
        let mut known = self.tx.records_with_keys(&keys).await?;
        known.retain(|record| record.blueprint == id);
        for record in known {
            found.entry(format!("key:{}", record.key)).or_default().push(record.id.clone());
            there.insert(record.id.clone(), record.title);
        }
        let identities = self.tx.identities_among(IdentityKind::Domain, &domains).await?;
        let owners = identities.iter().map(|one| one.record.clone()).collect::<Vec<_>>();
        let mut owners = self.tx.records_among(&owners).await?;
        owners.retain(|record| record.blueprint == id);
        for identity in identities {
            if let Some(record) = owners.iter().find(|record| record.id == identity.record) {
                let same = found.entry(format!("domain:{}", identity.value)).or_default();
                if !same.contains(&record.id) {
                    same.push(record.id.clone());
                }
                there.insert(record.id.clone(), record.title.clone());
            }
        }
        for record in self.tx.records_titled(&id, &titles).await? {
            found
                .entry(format!("title:{}", fold(&record.title)))
                .or_default()
                .push(record.id.clone());
            there.insert(record.id, record.title);
        }
        let seen = match desk.is_dry {
            true => {
                let signs = titles.iter().map(|title| format!("company:{title}"));
                self.tx.rows_seen(&desk.import.id, &signs.collect::<Vec<_>>()).await?
            }
            false => Vec::new(),
        };
        let mut fresh = Vec::new();
        for (name, row) in named {
            let by_domain = domain(&name);
            let signs = [
                Some(format!("key:{}", name.to_uppercase())),
                by_domain.as_ref().map(|domain| format!("domain:{domain}")),
                Some(format!("title:{}", fold(&name))),
            ];
            let same = signs.iter().flatten().find_map(|sign| found.get(sign)).cloned();
            let one = match same.as_deref() {
                Some([one]) => Ok(Some(one.clone())),
                Some([_, ..]) => Err(Refusal::invalid(format!(
                    "There are several companies called “{name}”. Name one by its key or its \
                     domain."
                ))),
                _ if desk.planned.plan.mode == Mode::Update => Err(Refusal::not_found(format!(
                    "There is no company “{name}”, and this import makes nothing new."
                ))),
                _ => match checked_title(&name) {
                    Err(refusal) => Err(refusal),
                    Ok(title) => {
                        let sign = format!("company:{}", fold(&name));
                        let values = blueprint.with_defaults(Values::new(), &desk.moment);
                        let mut record = self.blank(&blueprint, &id, &space, title, values);
                        if !desk.planned.plan.unclaimed {
                            record.owner = self.member.as_ref().map(|member| member.id.clone());
                        }
                        let identities = by_domain.iter();
                        let identities = identities
                            .map(|d| self.identity(&record.id, IdentityKind::Domain, d))
                            .collect();
                        // Two spellings of one name are one company.
                        for sign in signs.iter().flatten() {
                            found.entry(sign.clone()).or_default().push(record.id.clone());
                        }
                        there.insert(record.id.clone(), record.title.clone());
                        let made = record.id.clone();
                        if !seen.iter().any(|(known, _)| *known == sign) {
                            fresh.push((sign, row));
                            let keys = blueprint.index_keys(&record.values);
                            companies.made.push(Making {
                                title: record.title.clone(),
                                new: NewRecord { keys, record, identities },
                                entered: Entered::default(),
                                row,
                                company: None,
                                notes: Vec::new(),
                            });
                        }
                        Ok(Some(made))
                    }
                },
            };
            companies.found.insert(name, one);
        }
        if desk.is_dry {
            self.tx.insert_rows_seen(&desk.import.id, &fresh).await?;
        }
        companies.titles = there;
        Ok(companies)
    }
}

/// The company that a row names.
pub(super) fn company_of(companies: &Companies, name: &str) -> Result<Option<RecordId>, Refusal> {
    companies.found.get(name).cloned().unwrap_or(Ok(None))
}

/// How records of a blueprint are related to companies.
pub(super) fn link_kind(blueprint: &Blueprint) -> &'static str {
    if blueprint.key == "person" { "works_at" } else { "customer" }
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
    draft.notes.extend(later.notes);
}

/// The names by which a new record is recognised.
fn names_of(record: &Record, identities: &[Identity]) -> Vec<KnownName> {
    let name =
        |text: &str, kind| KnownName { record: record.id.clone(), text: text.to_owned(), kind };
    let mut names =
        vec![name(&record.title, KnownNameKind::Name), name(&record.key, KnownNameKind::Key)];
    for identity in identities {
        names.extend(known_as(identity.kind).map(|kind| name(&identity.value, kind)));
    }
    names
}
