//! One part of an import: some hundred rows are read from the file, looked up together, and told
//! apart into those that make a record, those that change one, and those that do not fit.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono_tz::Tz;

use super::forgotten;
use crate::blueprints::{Blueprint, ColumnType, Moment, Values};
use crate::errors::{Error, Refusal, Result, StoreError};
use crate::flows::listed;
use crate::folding::fold;
use crate::ids::{BlueprintId, ImportId, MemberId, RecordId, SpaceId};
use crate::imports::mapping::{Target, targets};
use crate::imports::reading::Style;
use crate::imports::rows::{Next, RawRow, Rows};
use crate::imports::tables::CellReader;
use crate::imports::{Import, Mode, Planned, RefusedRow, Report, RowExample, RowOutcome};
use crate::jobs::{Job, JobStatus};
use crate::permissions::{Action, Part};
use crate::records::{IdentityKind, Record};
use crate::tags::{self, Tag};
use crate::tenants::Member;
use crate::usecases::identities::normal_identity;
use crate::usecases::{Done, Work};

use super::super::blueprints::stored_id;

/// How many rows one part takes. All that comes of them is in memory at once; twice as many would be a
/// little faster on PostgreSQL, and no faster on SQLite.
const PART_ROWS: usize = 500;
/// As many bytes end a part before.
const PART_BYTES: u64 = 4 * 1024 * 1024;
/// How much of a title and a reason a report keeps, in characters.
const TOLD_CHARS: usize = 160;

/// What a part needs to know.
pub(super) struct Desk {
    pub(super) import: Import,
    pub(super) planned: Planned,
    pub(super) blueprint: Arc<Blueprint>,
    pub(super) blueprint_id: BlueprintId,
    pub(super) targets: Vec<Target>,
    pub(super) style: Style,
    pub(super) members: Vec<Member>,
    /// The library of tags, as the part found it.
    pub(super) library: Vec<Tag>,
    pub(super) space: SpaceId,
    pub(super) moment: Moment,
    pub(super) kinds: Vec<IdentityKind>,
    pub(super) by_key: bool,
    pub(super) by_title: bool,
    /// The blueprint of companies, where rows name them.
    pub(super) company: Option<(Arc<Blueprint>, BlueprintId, SpaceId)>,
    pub(super) is_dry: bool,
}

/// A row as it is meant.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) row: i64,
    pub(super) starts_at: i64,
    pub(super) bytes: i64,
    pub(super) title: Option<String>,
    pub(super) key: Option<String>,
    pub(super) values: Values,
    pub(super) identities: Vec<(IdentityKind, String)>,
    pub(super) owner: Option<MemberId>,
    pub(super) flow: Option<String>,
    pub(super) state: Option<String>,
    pub(super) company: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) notes: Vec<String>,
}

impl Draft {
    /// What it is called in a report.
    pub(super) fn called(&self) -> String {
        let identity = self.identities.first().map(|(_, value)| value);
        let called = self.title.as_ref().or(identity).or(self.key.as_ref());
        called.map_or_else(String::new, |text| text.chars().take(TOLD_CHARS).collect())
    }
}

/// The record that a row is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    /// One that this part makes, by its place.
    New(usize),
    /// One that is there.
    Known(RecordId),
    /// One that an earlier part of a dry run would have made, of this row.
    Seen(i64),
}

/// What a part is going to do.
#[derive(Default)]
pub(super) struct Decided {
    /// Rows that make a record, each with the later rows that are about the same one.
    pub(super) made: Vec<(Draft, Vec<Draft>)>,
    /// Rows that change a record that is there.
    pub(super) changes: Vec<(Draft, RecordId)>,
    /// The records that are there.
    pub(super) known: HashMap<RecordId, Record>,
    /// What became of rows, and the place of those that were not taken.
    pub(super) told: Vec<(RowExample, i64, i64)>,
}

impl Decided {
    pub(super) fn tell(&mut self, draft: &Draft, outcome: RowOutcome, says: impl Into<String>) {
        let says = says.into().chars().take(4 * TOLD_CHARS).collect();
        let example = RowExample { row: draft.row, outcome, title: draft.called(), says };
        self.told.push((example, draft.starts_at, draft.bytes));
    }
}

impl Work<'_> {
    pub(in crate::usecases) async fn import_part(
        &mut self,
        mut job: Job,
        id: &ImportId,
        is_dry: bool,
    ) -> Result<Done> {
        let worked = self.work_on_rows(&mut job, id, is_dry).await;
        let ended = match worked {
            Ok(ended) => ended,
            // A part refuses before it has changed anything, and would again.
            Err(Error::Refused(refusal)) => {
                job.why = Some(refusal.message);
                self.end_job(&mut job, JobStatus::Failed).await?;
                return Ok(Done::default());
            }
            Err(error) => return Err(error),
        };
        job.updated_at = self.now;
        if ended {
            job.total = job.done;
            self.end_job(&mut job, JobStatus::Done).await?;
        } else {
            job.total = job.total.max(job.done);
            self.tx.update_job(&job).await?;
        }
        // What takes it back is kept by record, and is one command for all of it.
        self.inverses.clear();
        Ok(Done::default())
    }

    /// Acts as whoever asked for a job, with the rights that they have now.
    pub(super) async fn act_for(&mut self, job: &Job) -> Result<()> {
        let Some(by) = &job.created_by else { return Ok(()) };
        let member = self.tx.member(by).await?.filter(|member| member.active);
        let member = member.ok_or_else(|| {
            Refusal::forbidden("Whoever asked for this is no longer a member, so it was stopped.")
        })?;
        self.part = Part::Member(member.role);
        self.member = Some(member);
        Ok(())
    }

    async fn work_on_rows(&mut self, job: &mut Job, id: &ImportId, is_dry: bool) -> Result<bool> {
        self.act_for(job).await?;
        let import = self.tx.import(id).await?.ok_or_else(forgotten)?;
        let desk = self.desk(import, is_dry).await?;
        let mut report = match &job.report {
            serde_json::Value::Null => Report::default(),
            report => serde_json::from_value::<Report>(report.clone())
                .map_err(|error| StoreError::corrupt("report", error))?,
        };
        let table = &desk.planned.table;
        let (from, row) = match job.cursor.as_deref().and_then(|c| c.split_once(':')) {
            Some((from, row)) => (
                from.parse::<u64>().map_err(|error| StoreError::corrupt("cursor", error))?,
                row.parse::<i64>().map_err(|error| StoreError::corrupt("cursor", error))?,
            ),
            None => (u64::try_from(table.begins_at).unwrap_or(0), table.first_row()),
        };
        let (rows, ended) = self.read_rows(&desk, from).await?;
        let next = rows.last().map_or(from, |row| row.ends_at);
        let mut decided = Decided::default();
        let mut drafts = Vec::with_capacity(rows.len());
        let mut cells = CellReader::new(table.ends());
        for (number, raw) in (row..).zip(&rows) {
            let place = Draft {
                row: number,
                starts_at: i64::try_from(raw.starts_at).unwrap_or(i64::MAX),
                bytes: i64::try_from(raw.ends_at - raw.starts_at).unwrap_or(i64::MAX),
                ..Draft::default()
            };
            let read = match table.cells(&mut cells, raw) {
                Ok(None) => continue,
                Ok(Some(cells)) => self.draft(&desk, place.clone(), &cells).await,
                Err(why) => Err(Refusal::invalid(why).into()),
            };
            match read {
                Ok(draft) => drafts.push(draft),
                Err(Error::Refused(why)) => {
                    decided.tell(&place, RowOutcome::Refused, why.message);
                }
                Err(error) => return Err(error),
            }
        }
        self.tell_apart(&desk, drafts, &mut decided).await?;
        let companies = self.carry_out(&desk, &mut decided).await?;
        decided.told.sort_by_key(|(example, ..)| example.row);
        let mut refused = Vec::new();
        for (example, starts_at, bytes) in decided.told {
            if matches!(example.outcome, RowOutcome::Refused | RowOutcome::Conflict) {
                let (row, reason) = (example.row, example.says.clone());
                refused.push(RefusedRow { row, starts_at, bytes, reason });
            }
            report.count(example);
        }
        self.tx.insert_refused_rows(id, is_dry, &refused).await?;
        report.companies += companies;
        report.bytes = i64::try_from(next).unwrap_or(i64::MAX);
        job.done = report.rows;
        let number = row + i64::try_from(rows.len()).unwrap_or(i64::MAX);
        job.cursor = Some(format!("{next}:{number}"));
        job.report =
            serde_json::to_value(&report).map_err(|error| StoreError::corrupt("report", error))?;
        Ok(ended)
    }

    async fn desk(&mut self, import: Import, is_dry: bool) -> Result<Desk> {
        let planned = import.plan.clone().ok_or_else(|| {
            Refusal::gone("Nobody said how this file is imported. Say it, and start again.")
        })?;
        let plan = &planned.plan;
        let blueprint = self.blueprint_called(&plan.blueprint).await?;
        let mapping = plan.mapping.clone().unwrap_or_default();
        let targets = targets(&planned.table.columns, &mapping, &blueprint)?;
        let tenant = self.tx.tenant().await?;
        let timezone = tenant.timezone.parse::<Tz>().unwrap_or(Tz::UTC);
        let style = Style {
            day_first: plan.day_first,
            decimal_comma: plan.decimal_comma,
            currency: plan.currency.clone(),
            timezone,
            region: tenant.region.clone(),
        };
        let matched = plan.match_by.clone().unwrap_or_default();
        let company = match targets.contains(&Target::Company) {
            true => {
                let company = self.blueprint_called("company").await?;
                let space = self.space_for(&company, None).await?;
                Some((company.clone(), stored_id(&company)?, space))
            }
            false => None,
        };
        Ok(Desk {
            blueprint_id: stored_id(&blueprint)?,
            space: self.space_for(&blueprint, plan.space.as_deref()).await?,
            members: self.tx.members().await?,
            library: match targets.contains(&Target::Tags) {
                true => self.tx.tags().await?,
                false => Vec::new(),
            },
            moment: Moment { now: self.now, timezone, me: self.member.clone() },
            kinds: matched.iter().filter_map(|one| IdentityKind::parse(one)).collect(),
            by_key: matched.iter().any(|one| one == "key"),
            by_title: matched.iter().any(|one| one == "title"),
            blueprint,
            targets,
            style,
            company,
            is_dry,
            planned,
            import,
        })
    }

    /// Rows from this byte on, and whether the file ends behind them.
    async fn read_rows(&mut self, desk: &Desk, from: u64) -> Result<(Vec<RawRow>, bool)> {
        let bytes = desk.import.upload.as_ref().map_or(0, |upload| upload.bytes);
        let mut reader = Rows::new(desk.planned.table.ends(), from);
        let mut rows = Vec::new();
        let mut held = 0;
        while rows.len() < PART_ROWS && held < PART_BYTES {
            match reader.next_row() {
                Next::Row(row) => {
                    held += row.bytes.len() as u64;
                    rows.push(row);
                }
                Next::NeedsChunk(number) => {
                    let chunk = self.tx.import_chunk(&desk.import.id, number).await?;
                    let size = i64::try_from(crate::imports::CHUNK_BYTES).unwrap_or(i64::MAX);
                    if chunk.is_none() && number.saturating_mul(size) < bytes {
                        return Err(forgotten().into());
                    }
                    reader.feed(chunk.as_deref());
                }
                Next::End => return Ok((rows, true)),
            }
        }
        Ok((rows, false))
    }

    /// What a row means.
    async fn draft(&mut self, desk: &Desk, mut draft: Draft, cells: &[String]) -> Result<Draft> {
        let currency = desk.targets.iter().zip(cells);
        let currency = currency.filter(|(target, _)| **target == Target::Currency);
        let currency = currency.map(|(_, cell)| cell.as_str()).next();
        let mut titles = Vec::new();
        for (target, cell) in desk.targets.iter().zip(cells) {
            let text = cell.trim();
            if text.is_empty() {
                continue;
            }
            match target {
                Target::Skip | Target::Currency => {}
                Target::Title => titles.push(text),
                Target::Key => draft.key = Some(text.to_uppercase()),
                Target::Pipeline => draft.flow = Some(text.to_owned()),
                Target::Stage => draft.state = Some(text.to_owned()),
                Target::Company => draft.company = Some(text.to_owned()),
                Target::Tags => self.read_tags(&desk.library, text, &mut draft.tags)?,
                Target::Note => draft.notes.push(cell.trim_end().to_owned()),
                Target::Owner => draft.owner = Some(owner(&desk.members, text)?),
                Target::Identity(kind) => {
                    for one in addresses(*kind, text) {
                        let one = match kind {
                            IdentityKind::Phone => desk.style.phone(one),
                            _ => one.to_owned(),
                        };
                        let identity = (*kind, normal_identity(*kind, &one)?);
                        if !draft.identities.contains(&identity) {
                            draft.identities.push(identity);
                        }
                    }
                }
                Target::Column(id) => {
                    let Some(column) = desk.blueprint.column(id) else { continue };
                    let mut value = desk.style.read(column, cell, currency)?;
                    if column.kind == ColumnType::Reference {
                        let given = Values::from([(id.clone(), value)]);
                        let checked =
                            self.checked_values(&desk.blueprint, given, &Values::new()).await?;
                        value = checked.get(id).cloned().unwrap_or_default();
                    }
                    draft.values.insert(id.clone(), value);
                }
            }
        }
        if !titles.is_empty() {
            draft.title = Some(crate::usecases::records::checked_title(&titles.join(" "))?);
        }
        for note in &draft.notes {
            if note.len() > crate::blueprints::TEXT_BYTES_MAX {
                return Err(Refusal::invalid("A note has at most 64 KiB. Split it in two.").into());
            }
        }
        Ok(draft)
    }

    /// The names of a cell of tags: commas stand between them, or semicolons where no tag is
    /// called so.
    fn read_tags(&self, library: &[Tag], text: &str, tags: &mut Vec<String>) -> Result<()> {
        for part in text.split(',') {
            let several = if tags::find(library, part).is_some() { '\0' } else { ';' };
            for given in part.split(several).filter(|given| !given.trim().is_empty()) {
                let name = tags::checked_name(given)?;
                let key = tags::key_of(&name);
                self.may_use_reserved(&key)?;
                if !tags.iter().any(|known| tags::key_of(known) == key) {
                    tags.push(name);
                }
            }
        }
        if tags.len() > tags::ON_RECORD_MAX {
            let most = tags::ON_RECORD_MAX;
            let refusal = format!("A record has at most {most} tags. Leave some out.");
            return Err(Refusal::invalid(refusal).into());
        }
        Ok(())
    }

    /// Tells rows apart, by what is there and what stands above them.
    async fn tell_apart(
        &mut self,
        desk: &Desk,
        drafts: Vec<Draft>,
        decided: &mut Decided,
    ) -> Result<()> {
        let mut by = self.known_by(desk, &drafts, decided).await?;
        for draft in drafts {
            let signs = signs(desk, &draft);
            // A key names one record, whatever channels it shares with others.
            let keyed = draft.key.as_ref().and_then(|key| by.get(&format!("key:{key}")));
            let about = match keyed {
                Some(found) => found.iter().cloned().collect::<BTreeSet<_>>(),
                None => {
                    let found = signs.iter().flat_map(|sign| by.get(sign).into_iter().flatten());
                    found.cloned().collect()
                }
            };
            let mode = desk.planned.plan.mode;
            let mut about = about.into_iter();
            match (about.next(), about.next()) {
                (Some(first), Some(second)) => {
                    let says = format!(
                        "The row fits {} and {}. Merge them, or leave out what belongs to one.",
                        told(decided, &first),
                        told(decided, &second)
                    );
                    decided.tell(&draft, RowOutcome::Conflict, says);
                }
                (Some(About::Known(id)), None) => {
                    let Some(record) = decided.known.get(&id) else { continue };
                    if mode == Mode::Create {
                        let says = format!("It is there already as {}.", record.key);
                        decided.tell(&draft, RowOutcome::Left, says);
                    } else if let Err(refusal) = self.may(Action::Change, record) {
                        decided.tell(&draft, RowOutcome::Refused, refusal.message);
                    } else {
                        for sign in signs {
                            let about = by.entry(sign).or_default();
                            if !about.contains(&About::Known(id.clone())) {
                                about.push(About::Known(id.clone()));
                            }
                        }
                        decided.changes.push((draft, id));
                    }
                }
                (Some(same), None) => {
                    let row = match &same {
                        About::New(place) => decided.made.get(*place).map_or(0, |(d, _)| d.row),
                        About::Seen(row) => *row,
                        About::Known(_) => 0,
                    };
                    let says = format!("It is the same as row {row}.");
                    if mode == Mode::Create {
                        decided.tell(&draft, RowOutcome::Left, says);
                        continue;
                    }
                    for sign in signs {
                        let about = by.entry(sign).or_default();
                        if !about.contains(&same) {
                            about.push(same.clone());
                        }
                    }
                    decided.tell(&draft, RowOutcome::Updated, says);
                    if let About::New(place) = same
                        && let Some((_, later)) = decided.made.get_mut(place)
                    {
                        later.push(draft);
                    }
                }
                (None, _) if mode == Mode::Update => {
                    decided.tell(&draft, RowOutcome::Left, "Nothing that is here is like it.");
                }
                (None, _) => {
                    for sign in signs {
                        by.entry(sign).or_default().push(About::New(decided.made.len()));
                    }
                    decided.made.push((draft, Vec::new()));
                }
            }
        }
        Ok(())
    }

    /// Which records are recognised by what the rows say of theirs.
    async fn known_by(
        &mut self,
        desk: &Desk,
        drafts: &[Draft],
        decided: &mut Decided,
    ) -> Result<HashMap<String, Vec<About>>> {
        let mut by: HashMap<String, Vec<About>> = HashMap::new();
        let mut ids = BTreeMap::<RecordId, Vec<String>>::new();
        for kind in &desk.kinds {
            let values = drafts.iter().flat_map(|draft| &draft.identities);
            let values = values.filter(|(of, _)| of == kind).map(|(_, value)| value.clone());
            let values = values.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
            for identity in self.tx.identities_among(*kind, &values).await? {
                let sign = sign_of(*kind, &identity.value);
                ids.entry(identity.record).or_default().push(sign);
            }
        }
        let wanted = ids.keys().cloned().collect::<Vec<_>>();
        let mut found = self.tx.records_among(&wanted).await?;
        if desk.by_key {
            let keys = drafts.iter().filter_map(|draft| draft.key.clone());
            let keys = keys.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
            for record in self.tx.records_with_keys(&keys).await? {
                ids.entry(record.id.clone()).or_default().push(format!("key:{}", record.key));
                found.push(record);
            }
        }
        if desk.by_title {
            let titles = drafts.iter().filter_map(|draft| draft.title.as_deref().map(fold));
            let titles = titles.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
            for record in self.tx.records_titled(&desk.blueprint_id, &titles).await? {
                let sign = format!("title:{}", fold(&record.title));
                ids.entry(record.id.clone()).or_default().push(sign);
                found.push(record);
            }
        }
        // A company may have an address that the rows say of people.
        found.retain(|record| record.blueprint == desk.blueprint_id);
        for record in found {
            for sign in ids.get(&record.id).into_iter().flatten() {
                let about = by.entry(sign.clone()).or_default();
                if !about.contains(&About::Known(record.id.clone())) {
                    about.push(About::Known(record.id.clone()));
                }
            }
            decided.known.insert(record.id.clone(), record);
        }
        if desk.is_dry {
            let all = drafts.iter().flat_map(|draft| signs(desk, draft));
            let all = all.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
            for (sign, row) in self.tx.rows_seen(&desk.import.id, &all).await? {
                by.entry(sign).or_default().push(About::Seen(row));
            }
        }
        Ok(by)
    }
}

/// By what the record of a row is recognised.
pub(super) fn signs(desk: &Desk, draft: &Draft) -> Vec<String> {
    let mut signs = Vec::new();
    let kinds = draft.identities.iter().filter(|(kind, _)| desk.kinds.contains(kind));
    signs.extend(kinds.map(|(kind, value)| sign_of(*kind, value)));
    if desk.by_key {
        signs.extend(draft.key.iter().map(|key| format!("key:{key}")));
    }
    if desk.by_title {
        signs.extend(draft.title.iter().map(|title| format!("title:{}", fold(title))));
    }
    signs
}

fn sign_of(kind: IdentityKind, value: &str) -> String {
    format!("{}:{value}", kind.as_str())
}

fn told(decided: &Decided, about: &About) -> String {
    match about {
        About::New(place) => {
            let row = decided.made.get(*place).map_or(0, |(draft, _)| draft.row);
            format!("row {row}")
        }
        About::Seen(row) => format!("row {row}"),
        About::Known(id) => {
            let record = decided.known.get(id);
            record.map_or_else(|| id.to_string(), |r| format!("{} ({})", r.title, r.key))
        }
    }
}

/// The member that is meant by an e-mail address or a whole name.
fn owner(members: &[Member], text: &str) -> Result<MemberId, Refusal> {
    let wanted = fold(text);
    let active = members.iter().filter(|member| member.active);
    let found = active
        .filter(|member| fold(&member.email) == wanted || fold(&member.name) == wanted)
        .collect::<Vec<_>>();
    match found.as_slice() {
        [one] => Ok(one.id.clone()),
        [] => Err(Refusal::invalid(format!(
            "“{}” is no member here. Owners are named by their e-mail address.",
            text.chars().take(60).collect::<String>()
        ))),
        several => {
            let addresses = several.iter().map(|member| member.email.as_str()).collect::<Vec<_>>();
            Err(Refusal::invalid(format!(
                "There are several members called “{text}”: {}. Give the e-mail address.",
                listed(&addresses)
            )))
        }
    }
}

/// The channels that stand in one cell.
fn addresses(kind: IdentityKind, text: &str) -> impl Iterator<Item = &str> {
    let commas = matches!(kind, IdentityKind::Email | IdentityKind::Phone | IdentityKind::Domain);
    text.split(move |c: char| matches!(c, ';' | '|' | '\n') || (commas && c == ','))
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(move |part| match (kind, part.split_once('<')) {
            // “Anna <anna@acme.io>”, as mail programs write it.
            (IdentityKind::Email, Some((_, rest))) => rest.trim_end_matches('>').trim(),
            _ => part,
        })
}
