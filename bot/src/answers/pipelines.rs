//! Pipelines and spaces by command: listing them, making and deleting pipelines and stages.
//! What else can be changed about a stage is for the API and the page.

use crm::commands::{AddStage, Command, CreatePipeline, CreateSpace, DeletePipeline, DeleteStage};
use crm::flows::{Flow, Stage, StageKind, listed};
use crm::permissions::{self, Part};
use crm::ports::Read;
use crm::{Refusal, Result};

use super::{Desk, Speaker, say};

/// The names that mean that a stage ends well or badly.
const WON: [&str; 4] = ["won", "done", "delivered", "hired"];
const LOST: [&str; 3] = ["lost", "rejected", "cancelled"];

/// The pipelines that the speaker may use, with their stages.
pub(super) async fn list(read: &mut dyn Read, speaker: &Speaker) -> Result<Command> {
    let part = speaker.member.as_ref().map_or(Part::Guest, |member| Part::Member(member.role));
    let member = speaker.member.as_ref().map(|member| &member.id);
    let mut lines = Vec::new();
    for blueprint in read.blueprints().await? {
        for flow in blueprint.flows.iter().filter(|flow| permissions::may_use(part, member, flow)) {
            let stages = flow.stages.iter().map(|stage| stage.name.as_str()).collect::<Vec<_>>();
            let key = &flow.key;
            lines.push(format!(
                "{} ({key}) · {} · {}",
                flow.name,
                blueprint.plural,
                stages.join(" → ")
            ));
        }
    }
    if lines.is_empty() {
        return Ok(say("There are no pipelines yet."));
    }
    Ok(say(lines.join("\n")))
}

/// The command that makes a pipeline.
pub(super) fn create(
    desk: &Desk<'_>,
    name: String,
    fields: Vec<(String, String)>,
) -> Result<Command> {
    let mut input = CreatePipeline { name, ..CreatePipeline::default() };
    for (key, value) in fields {
        match key.as_str() {
            "for" => input.blueprint = value,
            _ => input.stages = value.split(',').filter_map(stage).collect(),
        }
    }
    if input.blueprint.is_empty() {
        return Err(Refusal::invalid(format!(
            "What goes through this pipeline? Say “{} pipeline new {} for:deal”.",
            desk.prefix, input.name
        ))
        .into());
    }
    Ok(Command::CreatePipeline(input))
}

/// The command that deletes a pipeline.
pub(super) fn delete(pipeline: String, fields: Vec<(String, String)>) -> Command {
    let mut input = DeletePipeline { pipeline, ..DeletePipeline::default() };
    for (key, value) in fields {
        match key.as_str() {
            "to" => input.to = Some(value),
            _ => input.stage = Some(value),
        }
    }
    Command::DeletePipeline(input)
}

/// The command that adds a stage.
pub(super) async fn add_stage(
    read: &mut dyn Read,
    name: &str,
    fields: Vec<(String, String)>,
) -> Result<Command> {
    let pipeline = pipeline_in(read, &fields).await?;
    let Some(stage) = stage(name) else {
        return Err(Refusal::invalid("A stage needs a name.").into());
    };
    Ok(Command::AddStage(AddStage { pipeline, stage, position: None }))
}

/// The command that deletes a stage.
pub(super) async fn delete_stage(
    read: &mut dyn Read,
    stage: String,
    fields: Vec<(String, String)>,
) -> Result<Command> {
    let pipeline = pipeline_in(read, &fields).await?;
    let to = fields.into_iter().find(|(key, _)| key == "to").map(|(_, value)| value);
    Ok(Command::DeleteStage(DeleteStage { pipeline, stage, to }))
}

/// The spaces there are, and what others can be made from.
pub(super) async fn spaces(desk: &Desk<'_>, read: &mut dyn Read) -> Result<Command> {
    let spaces = read.spaces().await?;
    let mut lines =
        spaces.iter().map(|s| format!("{} · from {}", s.name, s.template)).collect::<Vec<_>>();
    let templates = crm::templates::keys().collect::<Vec<_>>();
    lines.push(format!(
        "Make another with “{} space new <name> template:…”, from {}.",
        desk.prefix,
        listed(&templates)
    ));
    Ok(say(lines.join("\n")))
}

/// The command that makes a space.
pub(super) fn create_space(name: String, fields: Vec<(String, String)>) -> Command {
    let template = fields.into_iter().find(|(key, _)| key == "template").map(|(_, value)| value);
    Command::CreateSpace(CreateSpace { name, template: template.unwrap_or_default() })
}

/// The pipeline that `in:` names; the only one there is, when it names none.
async fn pipeline_in(read: &mut dyn Read, fields: &[(String, String)]) -> Result<String> {
    if let Some((_, given)) = fields.iter().find(|(key, _)| key == "in") {
        return Ok(given.clone());
    }
    let blueprints = read.blueprints().await?;
    let flows: Vec<&Flow> = blueprints.iter().flat_map(|blueprint| &blueprint.flows).collect();
    match flows.as_slice() {
        [only] => Ok(only.key.clone()),
        _ => {
            Err(Refusal::invalid("In which pipeline? Say it with “in:”, such as “in:sales”.")
                .into())
        }
    }
}

/// A stage of this name, which says by itself when it ends a pipeline.
fn stage(name: &str) -> Option<Stage> {
    let name = name.trim();
    let lower = name.to_lowercase();
    let (kind, probability) = match lower.as_str() {
        word if WON.contains(&word) => (StageKind::Won, 100),
        word if LOST.contains(&word) => (StageKind::Lost, 0),
        _ => (StageKind::Open, 0),
    };
    let name = name.to_owned();
    (!name.is_empty()).then(|| Stage { name, kind, probability, ..Stage::default() })
}
