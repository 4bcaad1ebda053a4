//! Taking records through stages: by a stage's or a transition's name, into another pipeline,
//! and back again. What a stage's rules do is done here, in the same command: it stands in the
//! timeline and in the facts, and goes with the one undo.

use chrono::Duration;
use chrono_tz::Tz;
use serde_json::{Value as Json, json};

use super::{Done, Work};
use crate::blueprints::{Blueprint, ColumnType, Values};
use crate::commands::{AddTask, Command, MoveRecord, PutBack};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::flows::{Flow, Stage, StageKind, TaskFor, Transition, is_now, listed};
use crate::interactions::InteractionKind;
use crate::permissions::{self, Action};
use crate::records::Record;
use crate::tenants::Member;

/// Where a record goes.
struct Way<'f> {
    flow: &'f Flow,
    stage: &'f Stage,
    transition: Option<&'f Transition>,
}

/// What entering a stage changed in a record, to be told and to be undone.
#[derive(Default)]
pub(super) struct Entered {
    /// What the columns held that were set; null means nothing.
    pub(super) old: Values,
    /// Who looks after it now, when a rule said so.
    pub(super) assigned: Option<Member>,
}

impl Entered {
    /// Whether it changed nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.old.is_empty() && self.assigned.is_none()
    }
}

impl Work<'_> {
    pub(super) async fn move_record(&mut self, input: MoveRecord) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        self.may(Action::Change, &record)?;
        let blueprint = self.blueprint_of(&record).await?;
        let from = record.state.clone().unwrap_or_default();
        let own = record.flow.as_deref().and_then(|key| blueprint.flow(key));
        if let Some(flow) = own {
            self.may_go_through(flow).await?;
        }
        let Way { flow, stage: to, transition } = self.way(&record, &blueprint, &input)?;
        self.may_go_through(flow).await?;
        let stays_in_flow = own.is_some_and(|own| own.key == flow.key);
        if stays_in_flow && from == to.key {
            let already = format!("{} is {} already.", record.title, to.name);
            return Ok(Done::about(&record.id, already));
        }
        self.seen(&record, input.expected_version).await?;
        let mut changed = record.clone();
        changed.flow = Some(flow.key.clone());
        changed.state = Some(to.key.clone());
        changed.state_since = Some(self.now);
        let entered = self.enter(&mut changed, &blueprint, flow, to, transition).await?;
        self.store(&record, &mut changed, &blueprint).await?;
        self.facts.push(FactBody::RecordMoved {
            record: record.id.clone(),
            from: record.state.clone(),
            to: to.key.clone(),
        });
        let from_name =
            own.and_then(|own| own.stage(&from)).map_or("nowhere", |stage| stage.name.as_str());
        let mut to_name = to.name.clone();
        if !stays_in_flow {
            to_name = format!("{to_name} in {}", flow.name);
        }
        let summary =
            format!("{} moved {} from {from_name} to {to_name}", self.actor_name(), record.title);
        let days = record.state_since.map(|since| (self.now - since).num_days());
        let data = json!({
            "from": record.state,
            "to": to.key,
            "flow": flow.key,
            "transition": transition.map(|t| t.key.as_str()),
            "days_in_stage": days,
        });
        self.log(&record.id, InteractionKind::Moved, summary, None, data).await?;
        let mut said = format!("{} ({}): {from_name} → {to_name}", record.title, record.key);
        if to.kind == StageKind::Won {
            said.push_str(" 🎉");
        }
        let by = transition.map_or(to.name.as_str(), |t| t.name.as_str());
        for line in self.tell_entered(&changed, &blueprint, to, by, &entered).await? {
            said.push_str(&format!("\n{line}"));
        }
        self.inverses.push(Command::PutBack(put_back(&record, changed.version, entered.old)));
        let notice = format!("Moved to {to_name} by {}", self.actor_name());
        self.card_changed(&record.id, Some(notice), true);
        Ok(Done::about(&record.id, said))
    }

    /// The flow and the stage in which a new record starts; none when its blueprint has none.
    pub(super) async fn start<'b>(
        &mut self,
        blueprint: &'b Blueprint,
        flow: Option<&str>,
        state: Option<&str>,
    ) -> Result<Option<(&'b Flow, &'b Stage)>> {
        let usable = blueprint.flows.iter().filter(|flow| self.may_use(flow)).collect::<Vec<_>>();
        let flow = match flow {
            Some(given) => {
                let found = usable.iter().find(|flow| flow.is_called(given));
                found.ok_or_else(|| no_pipeline(given, &usable))?
            }
            None => match (usable.first(), blueprint.flows.first()) {
                (Some(flow), _) => flow,
                (None, Some(flow)) => {
                    self.may_go_through(flow).await?;
                    return Ok(None);
                }
                (None, None) if state.is_some() => {
                    let none = format!("A {} has no stages.", blueprint.name);
                    return Err(Refusal::invalid(none).into());
                }
                (None, None) => return Ok(None),
            },
        };
        let stage = match state {
            Some(given) => Some(flow.named(given)?),
            None => flow.first(),
        };
        Ok(stage.map(|stage| (*flow, stage)))
    }

    /// Where a move leads, within what there is and what may be used.
    fn way<'f>(
        &self,
        record: &Record,
        blueprint: &'f Blueprint,
        input: &MoveRecord,
    ) -> Result<Way<'f>, Refusal> {
        let own = record.flow.as_deref().and_then(|key| blueprint.flow(key));
        let usable = blueprint.flows.iter().filter(|flow| self.may_use(flow)).collect::<Vec<_>>();
        let flow = match &input.flow {
            Some(given) => {
                let found = usable.iter().find(|flow| flow.is_called(given)).copied();
                Some(found.ok_or_else(|| no_pipeline(given, &usable))?)
            }
            // A record from before there were stages goes into the first pipeline.
            None => own.or(usable.first().copied()),
        };
        let Some(flow) = flow else {
            return Err(Refusal::invalid(format!(
                "{} has no stages to move between.",
                record.title
            )));
        };
        let state = match own {
            Some(own) if own.key == flow.key => record.state.as_deref().unwrap_or_default(),
            _ => return into(flow, input),
        };
        if let Some(given) = &input.transition {
            let (stage, transition) = flow.transition_from(state, given)?;
            return Ok(Way { flow, stage, transition: Some(transition) });
        }
        let (stage, transition) = match flow.meant(state, &input.to) {
            Ok(meant) => meant,
            Err(refusal) => {
                // Perhaps another pipeline is meant, with or without one of its stages.
                let others = usable.iter().filter(|other| other.key != flow.key);
                return others
                    .filter_map(|other| pipeline_first(other, &input.to))
                    .find_map(|(other, stage)| {
                        let to = MoveRecord { to: stage.to_owned(), ..input.clone() };
                        into(other, &to).ok()
                    })
                    .ok_or(refusal);
            }
        };
        if stage.key == state {
            return Ok(Way { flow, stage, transition: None });
        }
        let ways = flow.ways_from(state);
        let way = match transition {
            Some(named) => named.leaves(state).then_some(Some(named)),
            None => ways.iter().find(|(way, _)| way.key == stage.key).map(|(_, t)| *t),
        };
        if let Some(transition) = way {
            return Ok(Way { flow, stage, transition });
        }
        let instead = match ways.as_slice() {
            [] => "It stays there".to_owned(),
            ways => {
                let names = ways.iter().map(|(stage, t)| match t {
                    Some(t) if t.name != stage.name => format!("{} ({})", stage.name, t.name),
                    _ => stage.name.clone(),
                });
                format!("It can go to {}", listed(&names.collect::<Vec<_>>()))
            }
        };
        let what = transition.map_or(&stage.name, |t| &t.name);
        Err(Refusal::invalid(format!("{} cannot go to {what} from here. {instead}.", record.title)))
    }

    /// Changes a record as the stage that it enters wants, before it is stored.
    ///
    /// # Errors
    /// A refusal that names the columns that must be filled first.
    pub(super) async fn enter(
        &mut self,
        record: &mut Record,
        blueprint: &Blueprint,
        flow: &Flow,
        stage: &Stage,
        transition: Option<&Transition>,
    ) -> Result<Entered> {
        let mut entered = Entered::default();
        if let Some(transition) = transition {
            self.set_columns(record, blueprint, &transition.set, &mut entered.old).await?;
        }
        ready_for(record, blueprint, stage)?;
        self.set_columns(record, blueprint, &stage.rules.set, &mut entered.old).await?;
        if let Some(member) = self.whose_turn(record, flow, stage).await?
            && record.owner.as_ref() != Some(&member.id)
        {
            record.owner = Some(member.id.clone());
            entered.assigned = Some(member);
        }
        Ok(entered)
    }

    /// Sets columns and remembers what they held. Columns that the record's version of the
    /// blueprint does not have are passed over.
    async fn set_columns(
        &mut self,
        record: &mut Record,
        blueprint: &Blueprint,
        set: &Values,
        old: &mut Values,
    ) -> Result<()> {
        for (given, value) in set {
            let Ok(column) = blueprint.column_named(given) else { continue };
            let value = if is_now(value) {
                match column.kind {
                    ColumnType::Date => self.today().await?.to_string().into(),
                    _ => self.now.to_rfc3339().into(),
                }
            } else if value.as_str() == Some("me") {
                self.actor_name().into()
            } else {
                value.clone()
            };
            let before = record.values.get(&column.id).cloned().unwrap_or(Json::Null);
            let value = if value.is_null() { value } else { column.checked(value)? };
            if before == value {
                continue;
            }
            // What it held at first counts, when two rules set the same column.
            old.entry(column.id.clone()).or_insert(before);
            if value.is_null() {
                record.values.remove(&column.id);
            } else {
                record.values.insert(column.id.clone(), value);
            }
        }
        Ok(())
    }

    /// The member whose turn it is to look after what enters this stage; those who are gone are
    /// passed over.
    async fn whose_turn(
        &mut self,
        record: &Record,
        flow: &Flow,
        stage: &Stage,
    ) -> Result<Option<Member>> {
        let mut there = Vec::new();
        for id in &stage.rules.assign {
            there.extend(self.tx.member(id).await?.filter(|member| member.active));
        }
        if there.len() < 2 {
            return Ok(there.pop());
        }
        let turn = self.tx.next_turn(&record.blueprint, &flow.key, &stage.key).await?;
        let place = usize::try_from(turn).unwrap_or_default() % there.len();
        Ok(Some(there.swap_remove(place)))
    }

    /// Tells what entering a stage changed, and does the rest of its rules: tasks and lines in
    /// the timeline. Gives what to say about it.
    pub(super) async fn tell_entered(
        &mut self,
        record: &Record,
        blueprint: &Blueprint,
        stage: &Stage,
        by: &str,
        entered: &Entered,
    ) -> Result<Vec<String>> {
        let mut said = Vec::new();
        if !entered.old.is_empty() {
            let columns = entered.old.keys().cloned().collect::<Vec<_>>();
            let named = columns.iter().filter_map(|id| {
                let column = blueprint.column(id)?;
                Some(match record.values.get(id) {
                    Some(value) => format!("{} to {}", column.name, column.shown(value)),
                    None => format!("{} to nothing", column.name),
                })
            });
            let line = format!("{by} set {}", listed(&named.collect::<Vec<_>>()));
            let data = json!({ "before": entered.old, "columns": columns, "stage": stage.key });
            self.facts.push(FactBody::RecordChanged { record: record.id.clone(), columns });
            self.log(&record.id, InteractionKind::Changed, line, None, data).await?;
        }
        if let Some(member) = &entered.assigned {
            self.facts.push(FactBody::OwnerChanged {
                record: record.id.clone(),
                owner: Some(member.id.clone()),
            });
            let line = format!("{by} assigned {} to {}", record.title, member.name);
            let data = json!({ "stage": stage.key, "owner": member.id });
            self.log(&record.id, InteractionKind::Owner, line.clone(), None, data).await?;
            said.push(format!("{line}."));
        }
        for task in &stage.rules.tasks {
            let assignee = match &task.assignee {
                TaskFor::Owner => record.owner.clone(),
                TaskFor::Pool => None,
                TaskFor::Member(member) => Some(member.clone()),
            };
            // Whoever left does nothing any more; their work waits for somebody.
            let assignee = match assignee {
                Some(id) => self.tx.member(&id).await?.filter(|m| m.active).map(|m| m.id),
                None => None,
            };
            let due_on = match task.due_in_days {
                Some(days) => self.today().await?.checked_add_signed(Duration::days(days)),
                None => None,
            };
            let task = AddTask {
                title: task.title.clone(),
                record: Some(record.id.clone()),
                assignee,
                due_on,
                ..AddTask::default()
            };
            said.push(self.add_task(task).await?.said);
        }
        for line in &stage.rules.activities {
            let data = json!({ "stage": stage.key });
            self.log(&record.id, InteractionKind::Activity, line.trim(), None, data).await?;
        }
        Ok(said)
    }

    pub(super) async fn put_back(&mut self, input: PutBack) -> Result<Done> {
        let Some(record) = self.tx.record(&input.record).await? else {
            return Err(super::no_such_record().into());
        };
        // Whoever takes back their own move may do so even when the move gave the record away.
        if !self.undoes_own {
            self.may(Action::Change, &record)?;
        }
        self.seen(&record, Some(input.expected_version)).await?;
        let blueprint = self.blueprint_of(&record).await?;
        let stage_of = |flow: &Option<String>, state: &Option<String>| {
            let flow = blueprint.flow(flow.as_deref()?)?;
            flow.stage(state.as_deref()?).map(|stage| stage.name.clone())
        };
        let to = stage_of(&input.flow, &input.state);
        if input.state.is_some() && to.is_none() {
            return Err(Refusal::out_of_date(format!(
                "The stage that {} was in is gone. Move it by hand.",
                record.title
            ))
            .into());
        }
        let mut changed = record.clone();
        changed.flow = input.flow;
        changed.state = input.state;
        changed.state_since = input.state_since;
        changed.owner = input.owner;
        for (id, value) in &input.values {
            if value.is_null() {
                changed.values.remove(id);
            } else {
                changed.values.insert(id.clone(), value.clone());
            }
        }
        self.store(&record, &mut changed, &blueprint).await?;
        self.facts.push(FactBody::RecordMoved {
            record: record.id.clone(),
            from: record.state.clone(),
            to: changed.state.clone().unwrap_or_default(),
        });
        if !input.values.is_empty() {
            let columns = input.values.into_keys().collect();
            self.facts.push(FactBody::RecordChanged { record: record.id.clone(), columns });
        }
        if changed.owner != record.owner {
            self.facts.push(FactBody::OwnerChanged {
                record: record.id.clone(),
                owner: changed.owner.clone(),
            });
        }
        let from = stage_of(&record.flow, &record.state).unwrap_or_else(|| "nowhere".to_owned());
        let to = to.unwrap_or_else(|| "nowhere".to_owned());
        let summary =
            format!("{} moved {} back from {from} to {to}", self.actor_name(), record.title);
        let data = json!({
            "from": record.state, "to": changed.state, "flow": changed.flow, "undone": true,
        });
        self.log(&record.id, InteractionKind::Moved, summary, None, data).await?;
        self.card_changed(&record.id, None, false);
        Ok(Done::about(&record.id, format!("{} ({}): {from} → {to}", record.title, record.key)))
    }

    /// Whether records may be taken through this flow by whoever asks.
    pub(super) fn may_use(&self, flow: &Flow) -> bool {
        permissions::may_use(self.part, self.member.as_ref().map(|m| &m.id), flow)
    }

    /// As [`Self::may_use`], as a refusal that says whom to ask.
    pub(super) async fn may_go_through(&mut self, flow: &Flow) -> Result<()> {
        if self.may_use(flow) {
            return Ok(());
        }
        let mut names = Vec::new();
        for id in flow.owner.iter().chain(&flow.shared_with) {
            if let Some(member) = self.tx.member(id).await?.filter(|member| member.active)
                && !names.contains(&member.name)
            {
                names.push(member.name);
            }
        }
        let with = match listed(&names) {
            nobody if nobody.is_empty() => "administrators".to_owned(),
            names => names,
        };
        Err(Refusal::forbidden(format!(
            "The pipeline {} is shared with {with} alone. Ask one of them to move it, or an \
             administrator to share the pipeline with you.",
            flow.name
        ))
        .into())
    }

    /// The day it is in the tenant's time zone.
    pub(super) async fn today(&mut self) -> Result<chrono::NaiveDate> {
        let timezone = self.tx.tenant().await?.timezone.parse::<Tz>().unwrap_or(Tz::UTC);
        Ok(self.now.with_timezone(&timezone).date_naive())
    }
}

/// What undoes a move from where this record was.
pub(super) fn put_back(before: &Record, version: i64, values: Values) -> PutBack {
    PutBack {
        record: before.id.clone(),
        expected_version: version,
        flow: before.flow.clone(),
        state: before.state.clone(),
        state_since: before.state_since,
        owner: before.owner.clone(),
        values,
    }
}

/// Refuses while a record lacks what a stage asks for.
pub(super) fn ready_for(
    record: &Record,
    blueprint: &Blueprint,
    stage: &Stage,
) -> Result<(), Refusal> {
    let missing = stage
        .requires
        .iter()
        .map(|given| blueprint.column_named(given).map_err(|_| given))
        .filter(|column| {
            column.as_ref().map_or(true, |column| !record.values.contains_key(&column.id))
        })
        .collect::<Vec<_>>();
    if missing.is_empty() {
        return Ok(());
    }
    let name = |column: &Result<&crate::blueprints::Column, &String>| match column {
        Ok(column) => column.name.clone(),
        Err(given) => (*given).clone(),
    };
    let pair = |column: &Result<&crate::blueprints::Column, &String>| match column {
        Ok(column) => format!("{}:…", column.id),
        Err(given) => format!("{given}:…"),
    };
    let names = missing.iter().map(name).collect::<Vec<_>>();
    let pairs = missing.iter().map(pair).collect::<Vec<_>>().join(" ");
    let (title, names) = (&record.title, listed(&names));
    let way_out = match record.key.as_str() {
        "" => format!("Give it along: “{pairs}”"),
        key => format!("Say “set {key} {pairs}” and move again"),
    };
    let stage = &stage.name;
    let needs = format!("{title} needs {names} before it can be {stage}. What is it?");
    Err(Refusal::invalid(format!("{needs} {way_out}.")))
}

/// The way into another flow: the stage that is named, or its first.
fn into<'f>(flow: &'f Flow, input: &MoveRecord) -> Result<Way<'f>, Refusal> {
    if let Some(transition) = &input.transition {
        return Err(Refusal::invalid(format!(
            "“{transition}” starts within a pipeline. Move it into {} first.",
            flow.name
        )));
    }
    let stage = if input.to.trim().is_empty() {
        flow.first().ok_or_else(|| Refusal::gone(format!("{} has no stages.", flow.name)))?
    } else {
        flow.meant("", &input.to)?.0
    };
    Ok(Way { flow, stage, transition: None })
}

/// Whether a text begins with the name or key of a flow, and what follows it.
fn pipeline_first<'f, 't>(flow: &'f Flow, text: &'t str) -> Option<(&'f Flow, &'t str)> {
    let text = text.trim();
    [&flow.name, &flow.key].into_iter().find_map(|name| {
        let head = text.get(..name.len())?;
        let rest = &text[name.len()..];
        let ends = rest.is_empty() || rest.starts_with([' ', ':', ',']);
        (head.to_lowercase() == name.to_lowercase() && ends)
            .then(|| (flow, rest.trim_start_matches([' ', ':', ','])))
    })
}

/// There is no such pipeline, or it may not be seen: nobody can tell which.
pub(super) fn no_pipeline(given: &str, usable: &[&Flow]) -> Refusal {
    let names = usable.iter().map(|flow| flow.name.as_str()).collect::<Vec<_>>();
    let given = given.trim().chars().take(60).collect::<String>();
    let there = match listed(&names) {
        none if none.is_empty() => "There is none yet; an administrator can make one".to_owned(),
        some => format!("There is {some}"),
    };
    Refusal::not_found(format!("There is no pipeline “{given}” here. {there}."))
}
