//! Making, changing and deleting pipelines and their stages. What stands in a stage that goes
//! away moves in the same command, to where its people say; each record tells of it.

use std::sync::Arc;

use serde_json::json;

use super::moves::{no_pipeline, put_back, ready_for};
use super::{Done, Work};
use crate::blueprints::{Blueprint, Values};
use crate::commands::{
    AddStage, ChangePipeline, ChangeStage, Command, CreatePipeline, DeletePipeline, DeleteStage,
    PutBackPipeline,
};
use crate::errors::{Refusal, RefusalKind, Result};
use crate::facts::FactBody;
use crate::flows::{Flow, Stage, StageKind, TaskFor, key_of, listed};
use crate::ids::{BlueprintId, MemberId, RecordId};
use crate::interactions::InteractionKind;
use crate::permissions::{self, Action, Relation};

/// How many records' cards follow a stage that got another name; the newest ones.
const CARDS_MAX: usize = 100;

/// A pipeline with the blueprint whose records go through it.
struct Found {
    id: BlueprintId,
    blueprint: Arc<Blueprint>,
    flow: Flow,
    /// Its place among the blueprint's flows.
    position: usize,
}

impl Work<'_> {
    pub(super) async fn create_pipeline(&mut self, input: CreatePipeline) -> Result<Done> {
        let blueprints = self.tx.blueprints().await?;
        let wanted = input.blueprint.trim().to_lowercase();
        let Some(blueprint) = blueprints.iter().find(|b| b.is_called(&wanted)) else {
            let all = blueprints.iter().map(|b| b.key.as_str()).collect::<Vec<_>>();
            return Err(Refusal::not_found(format!(
                "There is no blueprint “{wanted}”. There is {}.",
                listed(&all)
            ))
            .into());
        };
        let Some(id) = blueprint.id.clone() else {
            return Err(Refusal::gone("This blueprint was never stored.").into());
        };
        let name = one_line(&input.name);
        let mut others = blueprints.iter().flat_map(|b| &b.flows);
        if others.any(|other| other.is_called(&name)) {
            return Err(Refusal::invalid(format!(
                "There is a pipeline called {name} already. Give this one another name."
            ))
            .into());
        }
        let taken = |key: &str| blueprints.iter().any(|b| b.flow(key).is_some());
        let mut flow = Flow {
            key: key_of(&name, taken),
            name,
            stages: Vec::new(),
            transitions: input.transitions,
            owner: input.owner,
            shared_with: input.shared_with,
        };
        let stages = if input.stages.is_empty() { first_stages() } else { input.stages };
        for stage in stages {
            let stage = keyed(&flow, stage);
            flow.stages.push(stage);
        }
        self.checked(&flow, blueprint).await?;
        let mut flows = blueprint.flows.clone();
        flows.push(flow.clone());
        self.tx.put_flows(&id, &flows).await?;
        self.pipeline_changed(&blueprint.key, &flow, false);
        let (said, position) = (format!("The pipeline {} is ready.", flow.name), flows.len() - 1);
        let data = json!({ "pipeline": flow.key });
        self.inverses.push(Command::PutBackPipeline(PutBackPipeline {
            blueprint: id,
            seen: Some(flow),
            was: None,
            position,
        }));
        Ok(Done { said, data, ..Done::default() })
    }

    pub(super) async fn change_pipeline(&mut self, input: ChangePipeline) -> Result<Done> {
        let found = self.pipeline(&input.pipeline).await?;
        let mut flow = found.flow.clone();
        if let Some(name) = &input.name {
            flow.name = one_line(name);
            let blueprints = self.tx.blueprints().await?;
            let mut others = blueprints.iter().flat_map(|b| &b.flows);
            if others.any(|other| other.key != flow.key && other.is_called(&flow.name)) {
                return Err(Refusal::invalid(format!(
                    "There is a pipeline called {} already. Give this one another name.",
                    flow.name
                ))
                .into());
            }
        }
        flow.owner = input.owner.or(flow.owner);
        if let Some(shared_with) = input.shared_with {
            flow.shared_with = shared_with;
        }
        if let Some(transitions) = input.transitions {
            flow.transitions = transitions;
        }
        if let Some(order) = input.stages {
            let place = |stage: &Stage| order.iter().position(|key| *key == stage.key);
            if order.len() != flow.stages.len() || flow.stages.iter().any(|s| place(s).is_none()) {
                let keys = flow.stages.iter().map(|s| s.key.as_str()).collect::<Vec<_>>();
                return Err(Refusal::invalid(format!(
                    "The new order must name each stage once: {}.",
                    listed(&keys)
                ))
                .into());
            }
            flow.stages.sort_by_key(place);
        }
        self.put_pipeline(found, flow, input.position).await
    }

    pub(super) async fn delete_pipeline(&mut self, input: DeletePipeline) -> Result<Done> {
        let found = self.pipeline(&input.pipeline).await?;
        let flow = &found.flow;
        let records = self.tx.records_in_flow(&found.id, &flow.key, None).await?;
        let mut said = format!("The pipeline {} is deleted.", flow.name);
        if !records.is_empty() {
            let others = found.blueprint.flows.iter().filter(|other| other.key != flow.key);
            let others = others.filter(|other| self.may_use(other)).collect::<Vec<_>>();
            let Some(given) = &input.to else {
                return Err(where_to(&flow.name, records.len(), "pipeline", &others, |f| &f.name));
            };
            let Some(to) = others.iter().find(|other| other.is_called(given)) else {
                return Err(no_pipeline(given, &others).into());
            };
            let stage = match &input.stage {
                Some(given) => to.named(given)?,
                None => to.first().ok_or_else(|| no_pipeline(given, &others))?,
            };
            self.empty(&found, &records, to, stage).await?;
            let (count, to) = (counted(records.len()), &to.name);
            said.push_str(&format!(" {count} went to {} in {to}.", stage.name));
        }
        let mut flows = found.blueprint.flows.clone();
        flows.retain(|other| other.key != flow.key);
        self.tx.put_flows(&found.id, &flows).await?;
        self.pipeline_changed(&found.blueprint.key, flow, true);
        self.inverses.push(Command::PutBackPipeline(PutBackPipeline {
            blueprint: found.id,
            seen: None,
            was: Some(found.flow),
            position: found.position,
        }));
        Ok(Done { said, records, ..Done::default() })
    }

    pub(super) async fn add_stage(&mut self, input: AddStage) -> Result<Done> {
        let found = self.pipeline(&input.pipeline).await?;
        let mut flow = found.flow.clone();
        let stage = keyed(&flow, input.stage);
        let ended = |s: &Stage| s.kind != StageKind::Open;
        let end = flow.stages.len();
        let usual = if ended(&stage) { None } else { flow.stages.iter().position(ended) };
        let position = input.position.or(usual).unwrap_or(end).min(end);
        let key = stage.key.clone();
        let said = format!("{} has the stage {} now.", flow.name, stage.name);
        flow.stages.insert(position, stage);
        let done = self.put_pipeline(found, flow, None).await?;
        let mut data = done.data;
        data["stage"] = key.into();
        Ok(Done { said, data, ..Done::default() })
    }

    pub(super) async fn change_stage(&mut self, input: ChangeStage) -> Result<Done> {
        let found = self.pipeline(&input.pipeline).await?;
        let mut flow = found.flow.clone();
        let key = flow.named(&input.stage)?.key.clone();
        let Some(place) = flow.stages.iter().position(|stage| stage.key == key) else {
            return Err(Refusal::gone("This stage is gone.").into());
        };
        let mut stage = flow.stages.remove(place);
        let renamed = input.name.as_ref().is_some_and(|name| one_line(name) != stage.name);
        if let Some(name) = &input.name {
            stage.name = one_line(name);
        }
        stage.kind = input.kind.unwrap_or(stage.kind);
        stage.probability = input.probability.unwrap_or(stage.probability);
        if let Some(colour) = input.colour {
            stage.colour = Some(colour).filter(|colour| !colour.is_empty());
        }
        if let Some(value) = input.value {
            stage.value = Some(value).filter(|value| !value.amount.is_zero());
        }
        if let Some(days) = input.days {
            stage.days = Some(days).filter(|days| *days != 0);
        }
        if let Some(requires) = input.requires {
            stage.requires = requires;
        }
        if let Some(rules) = input.rules {
            stage.rules = rules;
        }
        let position = input.position.unwrap_or(place).min(flow.stages.len());
        flow.stages.insert(position, stage);
        if renamed {
            let there = self.tx.records_in_flow(&found.id, &flow.key, Some(&key)).await?;
            for record in there.iter().rev().take(CARDS_MAX) {
                self.card_changed(record, None, false);
            }
        }
        self.put_pipeline(found, flow, None).await
    }

    pub(super) async fn delete_stage(&mut self, input: DeleteStage) -> Result<Done> {
        let found = self.pipeline(&input.pipeline).await?;
        let mut flow = found.flow.clone();
        let gone = flow.named(&input.stage)?.clone();
        flow.stages.retain(|stage| stage.key != gone.key);
        if flow.stages.is_empty() {
            return Err(Refusal::invalid(format!(
                "{} is the last stage of {}. Delete the pipeline instead.",
                gone.name, flow.name
            ))
            .into());
        }
        let mut said = format!("The stage {} is deleted.", gone.name);
        let before = flow.transitions.len();
        flow.transitions.retain_mut(|transition| {
            let from_anywhere = transition.from.is_empty();
            transition.from.retain(|state| *state != gone.key);
            transition.to != gone.key && (from_anywhere || !transition.from.is_empty())
        });
        if flow.transitions.len() < before {
            said.push_str(" So are the transitions that need it.");
        }
        let records = self.tx.records_in_flow(&found.id, &flow.key, Some(&gone.key)).await?;
        if !records.is_empty() {
            let others = flow.stages.iter().collect::<Vec<_>>();
            let Some(given) = &input.to else {
                return Err(where_to(&gone.name, records.len(), "stage", &others, |s| &s.name));
            };
            let to = flow.named(given)?;
            self.empty(&found, &records, &flow, to).await?;
            said.push_str(&format!(" {} went to {}.", counted(records.len()), to.name));
        }
        self.put_pipeline(found, flow, None).await?;
        Ok(Done { said, records, ..Done::default() })
    }

    pub(super) async fn put_back_pipeline(&mut self, input: PutBackPipeline) -> Result<Done> {
        let blueprints = self.tx.blueprints().await?;
        let blueprint = blueprints.iter().find(|b| b.id.as_ref() == Some(&input.blueprint));
        let Some(blueprint) = blueprint else {
            return Err(Refusal::out_of_date("The blueprint of this pipeline is gone.").into());
        };
        let Some(one) = input.seen.as_ref().or(input.was.as_ref()) else {
            return Ok(Done::default());
        };
        let mut flows = blueprint.flows.clone();
        if blueprint.flow(&one.key) != input.seen.as_ref() {
            return Err(changed_since(&one.name).into());
        }
        for flow in input.seen.iter().chain(&input.was) {
            self.may_shape(flow)?;
        }
        // A stage that was added may hold records by now.
        for stage in input.seen.iter().flat_map(|flow| &flow.stages) {
            let kept = input.was.iter().any(|was| was.stage(&stage.key).is_some());
            let holds =
                self.tx.records_in_flow(&input.blueprint, &one.key, Some(&stage.key)).await?;
            if !kept && !holds.is_empty() {
                return Err(changed_since(&one.name).into());
            }
        }
        flows.retain(|flow| flow.key != one.key);
        if let Some(was) = &input.was {
            flows.insert(input.position.min(flows.len()), was.clone());
        }
        self.tx.put_flows(&input.blueprint, &flows).await?;
        self.pipeline_changed(&blueprint.key, one, input.was.is_none());
        Ok(Done::said(format!("The pipeline {} is as it was.", one.name)))
    }

    /// The pipeline that is meant, if whoever asks may change it.
    async fn pipeline(&mut self, given: &str) -> Result<Found> {
        let blueprints = self.tx.blueprints().await?;
        let member = self.member.as_ref().map(|member| member.id.clone());
        let part = self.part;
        let (blueprint, position) = crate::flows::pipeline(&blueprints, given, |flow| {
            permissions::may_use(part, member.as_ref(), flow)
        })?;
        let flow = blueprint.flows[position].clone();
        self.may_shape(&flow)?;
        let Some(id) = blueprint.id.clone() else {
            return Err(Refusal::gone("This blueprint was never stored.").into());
        };
        Ok(Found { id, blueprint: blueprint.clone(), flow, position })
    }

    fn may_shape(&self, flow: &Flow) -> Result<(), Refusal> {
        let relation = match (&flow.owner, &self.member) {
            (Some(owner), Some(member)) if *owner == member.id => Relation::Own,
            (None, _) => Relation::Unclaimed,
            _ => Relation::Other,
        };
        if permissions::allowed(self.part, Action::ShapePipeline, relation) {
            Ok(())
        } else {
            Err(permissions::refusal(self.part, Action::ShapePipeline, relation))
        }
    }

    /// Puts a changed pipeline in the place of what it was.
    async fn put_pipeline(
        &mut self,
        found: Found,
        flow: Flow,
        position: Option<usize>,
    ) -> Result<Done> {
        self.checked(&flow, &found.blueprint).await?;
        let mut flows = found.blueprint.flows.clone();
        flows.retain(|other| other.key != flow.key);
        let position = position.unwrap_or(found.position).min(flows.len());
        let data = json!({ "pipeline": flow.key });
        if flow == found.flow && position == found.position {
            let said = format!("{} is that already.", flow.name);
            return Ok(Done { said, data, ..Done::default() });
        }
        flows.insert(position, flow.clone());
        self.tx.put_flows(&found.id, &flows).await?;
        self.pipeline_changed(&found.blueprint.key, &flow, false);
        let said = format!("The pipeline {} is changed.", flow.name);
        self.inverses.push(Command::PutBackPipeline(PutBackPipeline {
            blueprint: found.id,
            seen: Some(flow),
            was: Some(found.flow),
            position: found.position,
        }));
        Ok(Done { said, data, ..Done::default() })
    }

    /// Checks everything that can be said of a flow: its stages, its columns and its people.
    async fn checked(&mut self, flow: &Flow, blueprint: &Blueprint) -> Result<()> {
        flow.check()?;
        flow.check_columns(blueprint)?;
        for stage in &flow.stages {
            if let Some(value) = &stage.value {
                crate::rates::checked_currency(&value.currency)?;
            }
        }
        let mut people: Vec<&MemberId> = flow.owner.iter().chain(&flow.shared_with).collect();
        for rules in flow.stages.iter().map(|stage| &stage.rules) {
            people.extend(&rules.assign);
            people.extend(rules.tasks.iter().filter_map(|task| match &task.assignee {
                TaskFor::Member(member) => Some(member),
                TaskFor::Owner | TaskFor::Pool => None,
            }));
        }
        for member in people {
            if self.tx.member(member).await?.is_none() {
                return Err(Refusal::not_found(format!("There is no member {member} here.")).into());
            }
        }
        Ok(())
    }

    /// Moves all of these records. They enter no stage by themselves, so no rule runs; what the
    /// stage asks for must be there, and what may be in the trash is moved as well.
    async fn empty(
        &mut self,
        found: &Found,
        records: &[RecordId],
        flow: &Flow,
        stage: &Stage,
    ) -> Result<()> {
        for id in records {
            let Some(record) = self.tx.record(id).await? else { continue };
            let blueprint = self.blueprint_of(&record).await?;
            if record.trashed_at.is_none() {
                ready_for(&record, &blueprint, stage)?;
            }
            let was = record.state.as_deref().and_then(|key| found.flow.stage(key));
            let mut changed = record.clone();
            changed.flow = Some(flow.key.clone());
            changed.state = Some(stage.key.clone());
            changed.state_since = Some(self.now);
            self.store(&record, &mut changed, &blueprint).await?;
            self.facts.push(FactBody::RecordMoved {
                record: id.clone(),
                from: record.state.clone(),
                to: stage.key.clone(),
            });
            let days = record.state_since.map(|since| (self.now - since).num_days());
            let data = json!({
                "from": record.state, "to": stage.key, "flow": flow.key, "days_in_stage": days,
            });
            let from = was.map_or("nowhere", |stage| stage.name.as_str());
            let mut to = stage.name.clone();
            if flow.key != found.flow.key {
                to = format!("{to} in {}", flow.name);
            }
            let (by, title) = (self.actor_name(), &record.title);
            let line = format!("{by} moved {title} from {from}, which was deleted, to {to}");
            self.log(id, InteractionKind::Moved, line, None, data).await?;
            let back = put_back(&record, changed.version, Values::new());
            self.inverses.push(Command::PutBack(back));
            self.card_changed(id, Some(format!("Moved to {to} by {by}")), false);
        }
        Ok(())
    }

    fn pipeline_changed(&mut self, blueprint: &str, flow: &Flow, deleted: bool) {
        self.facts.push(FactBody::PipelineChanged {
            blueprint: blueprint.to_owned(),
            pipeline: flow.key.clone(),
            deleted,
        });
    }
}

/// The stages of a pipeline that was made without any.
fn first_stages() -> Vec<Stage> {
    let stage = |name: &str, kind, probability| Stage {
        name: name.to_owned(),
        kind,
        probability,
        ..Stage::default()
    };
    vec![
        stage("Open", StageKind::Open, 10),
        stage("Won", StageKind::Won, 100),
        stage("Lost", StageKind::Lost, 0),
    ]
}

/// A new stage with a key of its own.
fn keyed(flow: &Flow, stage: Stage) -> Stage {
    let name = one_line(&stage.name);
    let wanted = if stage.key.trim().is_empty() { &name } else { &stage.key };
    let key = key_of(wanted, |key| flow.stage(key).is_some());
    Stage { key, name, ..stage }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn counted(records: usize) -> String {
    if records == 1 { "1 record".to_owned() } else { format!("{records} records") }
}

/// The question where the records go, which names how many there are and how to say it.
fn where_to<T>(
    name: &str,
    count: usize,
    what: &str,
    others: &[&T],
    name_of: impl Fn(&T) -> &String,
) -> crate::Error {
    let count = counted(count);
    let names = others.iter().map(|other| name_of(other).as_str()).collect::<Vec<_>>();
    let Some(first) = names.first() else {
        return Refusal::invalid(format!(
            "{name} holds {count}, and there is no other {what} for them. Make one first."
        ))
        .into();
    };
    let quote = if first.contains(char::is_whitespace) { "\"" } else { "" };
    let message = format!(
        "{name} holds {count}. Say which {what} they go to, as “to:{quote}{first}{quote}”; \
         there is {}.",
        listed(&names)
    );
    Refusal::new(RefusalKind::Ambiguous, message).into()
}

fn changed_since(name: &str) -> Refusal {
    Refusal::out_of_date(format!("{name} has changed since. Look at it again."))
}
