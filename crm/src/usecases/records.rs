//! Making, changing, moving, assigning and trashing records.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::moves::Entered;
use super::{Done, Work};
use crate::blueprints::{Blueprint, Classification, TITLE_CHARS_MAX, Values};
use crate::commands::{
    AssignRecord, ClaimRecord, Command, CreateLinked, CreateRecord, RestoreRecord, TrashRecord,
    UpdateRecord,
};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::flows::listed;
use crate::folding::fold;
use crate::ids::RecordId;
use crate::interactions::InteractionKind;
use crate::lists::{Condition, List, TextTest};
use crate::permissions::Action;
use crate::records::{Identity, KnownName, KnownNameKind, Record};
use crate::timeline::EventType;

impl Work<'_> {
    pub(super) async fn create_record(&mut self, input: CreateRecord) -> Result<(Record, Done)> {
        let blueprints = self.tx.blueprints().await?;
        let blueprint = blueprints.iter().find(|b| b.is_called(&input.blueprint));
        let Some(blueprint) = blueprint.cloned() else {
            let all = blueprints.iter().map(|b| b.key.as_str()).collect::<Vec<_>>();
            return Err(Refusal::invalid(format!(
                "There is no blueprint “{}”. There is {}.",
                input.blueprint.trim(),
                listed(&all)
            ))
            .into());
        };
        let Some(blueprint_id) = blueprint.id.clone() else {
            return Err(Refusal::gone("This blueprint was never stored.").into());
        };
        let space = self.space_for(&blueprint, input.space.as_deref()).await?;
        let title = checked_title(&input.title)?;
        let mut values = self.checked_values(&blueprint, input.values, &Values::new()).await?;
        values = self.with_defaults(&blueprint, values).await?;
        values.retain(|_, value| !value.is_null());
        let start = self.start(&blueprint, input.flow.as_deref(), input.state.as_deref()).await?;
        let (flow, stage) = (start.map(|(flow, _)| flow), start.map(|(_, stage)| stage));
        let mut record = Record {
            id: RecordId::fresh(self.env),
            key: String::new(),
            blueprint: blueprint_id,
            blueprint_version: blueprint.version,
            space,
            title,
            owner: if input.unclaimed { None } else { self.member.as_ref().map(|m| m.id.clone()) },
            flow: flow.map(|f| f.key.clone()),
            state: stage.map(|s| s.key.clone()),
            state_since: stage.map(|_| self.now),
            values,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
            touched_at: Some(self.now),
            trashed_at: None,
        };
        let entered = match start {
            Some((flow, stage)) => self.enter(&mut record, &blueprint, flow, stage, None).await?,
            None => Entered::default(),
        };
        blueprint.complete(&record.values)?;
        let number = self.tx.next_record_number(&blueprint.prefix).await?;
        record.key = format!("{}-{number}", blueprint.prefix);
        self.tx.insert_record(&record, &blueprint.index_keys(&record.values)).await?;
        self.facts.push(FactBody::RecordCreated {
            record: record.id.clone(),
            blueprint: blueprint.key.clone(),
            title: record.title.clone(),
        });
        let said = format!("{} {} is {}.", blueprint.name, record.title, record.key);
        let summary = format!("{} made {}", self.actor_name(), record.title);
        let data = json!({ "to": record.state, "flow": record.flow });
        let event = EventType::made(&blueprint.key);
        self.log_event(&record.id, event, summary, data).await?;
        self.inverses.push(Command::TrashRecord(TrashRecord {
            record: record.id.clone(),
            expected_version: Some(record.version),
        }));
        let mut said = said;
        if let Some(stage) = stage {
            for line in self.tell_entered(&record, &blueprint, stage, &stage.name, &entered).await?
            {
                said.push_str(&format!("\n{line}"));
            }
        }
        for other in self.alike(&record).await? {
            said.push_str(&format!(" There is another {} ({}).", other.title, other.key));
        }
        for identity in input.identities {
            let Some(added) = self.put_identity(&record, identity.kind, &identity.value).await?
            else {
                continue;
            };
            for other in self.tx.identities_with(added.kind, &added.value).await? {
                if other.record != record.id
                    && let Some(other) = self.tx.record(&other.record).await?
                {
                    said.push_str(&format!(
                        " {} is also on {} ({}).",
                        added.value, other.title, other.key
                    ));
                }
            }
        }
        self.names_changed(&record, &blueprint).await?;
        let done = Done {
            said: self.with_asides(said),
            records: vec![record.id.clone()],
            data: json!({ "record": record.id, "key": record.key }),
        };
        Ok((record, done))
    }

    /// Records of the same blueprint and title.
    async fn alike(&mut self, record: &Record) -> Result<Vec<Record>> {
        let title = record.title.to_lowercase();
        let same = TextTest::Equals(fold(&record.title));
        let condition = Condition::Every(vec![
            Condition::Blueprint(vec![record.blueprint.clone()]),
            Condition::Title(same),
        ]);
        let mut found = self.tx.list(&List::newest(condition, 5)).await?.records;
        found.retain(|other| other.id != record.id && other.title.to_lowercase() == title);
        Ok(found)
    }

    pub(super) async fn create_linked(&mut self, input: CreateLinked) -> Result<Done> {
        let to = self.live_record(&input.to).await?;
        let (record, mut done) = self.create_record(input.record).await?;
        self.put_link(&record, &to, &input.kind, None).await?;
        let to = to.title.trim_end_matches('.');
        done.said.push_str(&format!(" It is linked to {to}."));
        Ok(done)
    }

    pub(super) async fn update_record(&mut self, input: UpdateRecord) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        self.may(Action::Change, &record)?;
        self.seen(&record, input.expected_version).await?;
        let blueprint = self.blueprint_of(&record).await?;
        let mut changed = record.clone();
        let mut columns = Vec::new();
        let mut old = Values::new();
        let given = self.checked_values(&blueprint, input.values, &record.values).await?;
        for (id, value) in given {
            let before = record.values.get(&id).cloned().unwrap_or(Json::Null);
            if before == value {
                continue;
            }
            old.insert(id.clone(), before);
            if value.is_null() {
                changed.values.remove(&id);
            } else {
                changed.values.insert(id.clone(), value);
            }
            columns.push(id);
        }
        let mut old_title = None;
        if let Some(title) = &input.title {
            let title = checked_title(title)?;
            if title != record.title {
                old_title = Some(record.title.clone());
                changed.title = title;
                columns.push("title".to_owned());
            }
        }
        if columns.is_empty() {
            return Ok(Done::about(&record.id, format!("{} is that already.", record.title)));
        }
        blueprint.complete(&changed.values)?;
        self.store(&record, &mut changed, &blueprint).await?;
        let named = columns
            .iter()
            .map(|id| {
                blueprint.column(id).map_or_else(
                    || format!("{} to {}", blueprint.title, changed.title),
                    |column| match changed.values.get(id) {
                        Some(value) => format!("{} to {}", column.name, column.told(value)),
                        None => format!("{} to nothing", column.name),
                    },
                )
            })
            .collect::<Vec<_>>();
        let said = format!("{}: {} set {}.", changed.title, self.actor_name(), listed(&named));
        self.facts
            .push(FactBody::RecordChanged { record: record.id.clone(), columns: columns.clone() });
        let public = |id: &str| {
            blueprint.column(id).is_some_and(|c| c.classification == Classification::Public)
        };
        let told = old.iter().filter(|(id, _)| public(id)).collect::<BTreeMap<_, _>>();
        let data = json!({ "before": told, "columns": columns });
        self.log(&record.id, InteractionKind::Changed, said.clone(), None, data).await?;
        self.inverses.push(Command::UpdateRecord(UpdateRecord {
            record: record.id.clone(),
            expected_version: Some(changed.version),
            title: old_title.clone(),
            values: old,
        }));
        if old_title.is_some() {
            self.names_changed(&changed, &blueprint).await?;
        }
        self.card_changed(&record.id, None, false);
        Ok(Done::about(&record.id, said))
    }

    pub(super) async fn assign_record(&mut self, input: AssignRecord) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        // Whoever takes back what they did may do so even when they gave the record away.
        if !self.undoes_own {
            self.may(Action::Assign, &record)?;
        }
        self.seen(&record, input.expected_version).await?;
        let owner = match &input.owner {
            None => None,
            Some(id) => Some(
                self.tx
                    .member(id)
                    .await?
                    .filter(|member| member.active)
                    .ok_or_else(|| Refusal::not_found("There is no such member here."))?,
            ),
        };
        if record.owner == input.owner {
            return Ok(Done::about(&record.id, format!("{} is that already.", record.title)));
        }
        let blueprint = self.blueprint_of(&record).await?;
        let mut changed = record.clone();
        changed.owner.clone_from(&input.owner);
        self.store(&record, &mut changed, &blueprint).await?;
        self.facts
            .push(FactBody::OwnerChanged { record: record.id.clone(), owner: input.owner.clone() });
        let by = self.actor_name();
        let said = match &owner {
            None => format!("{by} released {}", record.title),
            Some(owner) if owner.name == by => format!("{by} claimed {}", record.title),
            Some(owner) => format!("{by} assigned {} to {}", record.title, owner.name),
        };
        let (event, who) = match (&owner, &self.member) {
            (None, _) => (EventType::OwnerReleased, &record.owner),
            (Some(owner), Some(me)) if owner.id == me.id => (EventType::OwnerClaimed, &input.owner),
            _ => (EventType::OwnerAssigned, &input.owner),
        };
        self.log_event(&record.id, event, said.clone(), json!({ "owner": who })).await?;
        self.inverses.push(Command::AssignRecord(AssignRecord {
            record: record.id.clone(),
            owner: record.owner,
            expected_version: Some(changed.version),
        }));
        self.card_changed(&record.id, Some(said.clone()), true);
        Ok(Done::about(&record.id, format!("{said}.")))
    }

    pub(super) async fn claim_record(&mut self, input: ClaimRecord) -> Result<Done> {
        let owner = self.member.as_ref().map(|member| member.id.clone());
        self.assign_record(AssignRecord { record: input.record, owner, expected_version: None })
            .await
    }

    pub(super) async fn trash_record(&mut self, input: TrashRecord) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        self.may(Action::Change, &record)?;
        self.seen(&record, input.expected_version).await?;
        let blueprint = self.blueprint_of(&record).await?;
        let mut changed = record.clone();
        changed.trashed_at = Some(self.now);
        self.store(&record, &mut changed, &blueprint).await?;
        self.facts.push(FactBody::RecordTrashed { record: record.id.clone() });
        self.facts.push(FactBody::NamesChanged { record: record.id.clone(), names: Vec::new() });
        let said = format!("{} put {} in the trash", self.actor_name(), record.title);
        self.log_event(&record.id, EventType::RecordTrashed, said.clone(), Json::Null).await?;
        self.inverses.push(Command::RestoreRecord(RestoreRecord { record: record.id.clone() }));
        self.card_changed(&record.id, Some(said.clone()), true);
        Ok(Done::about(&record.id, format!("{said}.")))
    }

    pub(super) async fn restore_record(&mut self, input: RestoreRecord) -> Result<Done> {
        let record = self.tx.record(&input.record).await?.ok_or_else(super::no_such_record)?;
        self.may(Action::Change, &record)?;
        if record.trashed_at.is_none() {
            return Ok(Done::about(&record.id, format!("{} is not in the trash.", record.title)));
        }
        if self.tx.merge_of(&record.id).await?.is_some() {
            return Err(self.why_gone(&record).await?.into());
        }
        self.blueprint_is_there(&record).await?;
        let blueprint = self.blueprint_of(&record).await?;
        let mut changed = record.clone();
        changed.trashed_at = None;
        self.store(&record, &mut changed, &blueprint).await?;
        self.facts.push(FactBody::RecordRestored { record: record.id.clone() });
        self.names_changed(&changed, &blueprint).await?;
        let said = format!("{} brought {} back", self.actor_name(), record.title);
        self.log_event(&record.id, EventType::RecordRestored, said.clone(), Json::Null).await?;
        self.inverses.push(Command::TrashRecord(TrashRecord {
            record: record.id.clone(),
            expected_version: Some(changed.version),
        }));
        self.card_changed(&record.id, Some(said.clone()), false);
        Ok(Done::about(&record.id, format!("{said}.")))
    }

    /// Refuses when somebody changed the record since it was seen. While something is taken back,
    /// a version that an undo made counts as the one that it brought back.
    pub(super) async fn seen(&mut self, record: &Record, expected: Option<i64>) -> Result<()> {
        let Some(expected) = expected else { return Ok(()) };
        if expected == record.version || (self.undoing && self.held(record).await? == expected) {
            return Ok(());
        }
        Err(Refusal::out_of_date(format!(
            "{} has changed since. Look at it again and repeat what you want.",
            record.title
        ))
        .into())
    }

    /// The first version that held what a record holds now, as far as undoing brought it back.
    async fn held(&mut self, record: &Record) -> Result<i64> {
        let mut version = record.version;
        // Each step leads to an earlier version.
        while let Some(earlier) = self.tx.stands_for(&record.id, version).await? {
            if earlier >= version {
                break;
            }
            version = earlier;
        }
        Ok(version)
    }

    /// Stores a changed record under its next version.
    pub(super) async fn store(
        &mut self,
        seen: &Record,
        changed: &mut Record,
        blueprint: &Blueprint,
    ) -> Result<()> {
        changed.version = seen.version + 1;
        changed.updated_at = self.now;
        let keys = blueprint.index_keys(&changed.values);
        if self.tx.update_record(changed, seen.version, &keys).await? {
            if self.undoing {
                // What was before the change that is taken back.
                let before = self.held(seen).await? - 1;
                self.tx.put_stands_for(&seen.id, changed.version, before).await?;
            }
            Ok(())
        } else {
            Err(Refusal::out_of_date(format!(
                "Somebody else just changed {}. Look at it again and repeat what you want.",
                seen.title
            ))
            .into())
        }
    }

    /// Says under which names a record is recognised from now on.
    pub(super) async fn names_changed(
        &mut self,
        record: &Record,
        blueprint: &Blueprint,
    ) -> Result<()> {
        let names = if blueprint.mentionable && record.trashed_at.is_none() {
            names_of(record, &self.tx.identities(&record.id).await?, blueprint.people)
        } else {
            Vec::new()
        };
        self.facts.push(FactBody::NamesChanged { record: record.id.clone(), names });
        Ok(())
    }
}

/// The names under which a record is recognised. `people` says whether it is somebody.
pub(crate) fn names_of(record: &Record, identities: &[Identity], people: bool) -> Vec<KnownName> {
    let mut names = Vec::new();
    let mut name = |text: &str, kind| {
        names.push(KnownName { record: record.id.clone(), text: text.to_owned(), kind });
    };
    name(&record.title, if people { KnownNameKind::Person } else { KnownNameKind::Name });
    name(&record.key, KnownNameKind::Key);
    for identity in identities {
        if let Some(kind) = KnownNameKind::of(identity.kind, people) {
            name(&identity.value, kind);
        }
    }
    names
}

pub(super) fn checked_title(given: &str) -> Result<String, Refusal> {
    let title = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() {
        return Err(Refusal::invalid("A record needs a title; give it a name people will say."));
    }
    if title.chars().count() > TITLE_CHARS_MAX {
        return Err(Refusal::invalid(format!(
            "A title has at most {TITLE_CHARS_MAX} characters. Put the rest into a note."
        )));
    }
    Ok(title)
}
