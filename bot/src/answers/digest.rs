//! The digest: how the pipelines stand, what has gone quiet, and what waits for somebody. It is said
//! to whoever asks, and to nobody by itself.

use chrono::Duration;
use crm::blueprints::{Blueprint, Classification, ColumnType, Money};
use crm::commands::Command;
use crm::flows::{Flow, StageKind};
use crm::ids::BlueprintId;
use crm::lists::{Condition, Group, Grouping, List, Moment, Span, StageOf, Sum};
use crm::permissions::{self, Part};
use crm::ports::Read;
use crm::proposals::ProposalStatus;
use crm::tasks::{Standing, TaskFilter, Whose};
use crm::{Result, StoreError};

use super::{Speaker, say};

/// What nothing happened with for so long has gone quiet.
const QUIET_DAYS: i64 = 14;
/// How many of what waits are named.
const NAMED_MAX: usize = 3;
/// How many are counted before it is only said that there are more.
const COUNTED_MAX: i64 = 50;

/// How things stand.
pub(super) async fn tell(read: &mut dyn Read, speaker: &Speaker) -> Result<Command> {
    let part = speaker.member.as_ref().map_or(Part::Guest, |member| Part::Member(member.role));
    let member = speaker.member.as_ref().map(|member| &member.id);
    let mut lines = Vec::new();
    for blueprint in read.blueprints().await? {
        let flows = blueprint.flows.iter().filter(|flow| permissions::may_use(part, member, flow));
        let flows = flows.collect::<Vec<_>>();
        let Some(id) = blueprint.id.clone().filter(|_| !flows.is_empty()) else { continue };
        let of_it = Condition::Blueprint(vec![id.clone()]);
        let money = blueprint.columns.iter().find(|column| {
            column.kind == ColumnType::Money && column.classification == Classification::Public
        });
        let sum = money.map(|column| (id.clone(), column.id.clone()));
        let groups = read.groups(&Grouping { condition: of_it, sum }).await?;
        lines.extend(flows.iter().filter_map(|flow| pipeline(flow, &groups)));
        lines.extend(quiet(read, speaker, &blueprint, &id, &flows).await?);
    }
    lines.extend(tasks(read, speaker).await?);
    let open = read.proposals(ProposalStatus::Open, COUNTED_MAX).await?.len();
    if open > 0 {
        lines.push(format!("{} for a decision.", waits(open, "proposal")));
    }
    if lines.is_empty() {
        return Ok(say("Nothing is going on, and nothing waits."));
    }
    Ok(say(lines.join("\n")))
}

/// The open stages of a pipeline, each with how many are in it and what they come to.
fn pipeline(flow: &Flow, groups: &[Group]) -> Option<String> {
    let open = flow.stages.iter().filter(|stage| stage.kind == StageKind::Open);
    let stages = open.filter_map(|stage| {
        let group = groups.iter().find(|group| {
            group.flow.as_ref() == Some(&flow.key) && group.state.as_ref() == Some(&stage.key)
        })?;
        let sums = group.sums.iter().map(amount).collect::<Vec<_>>().join(" + ");
        let sums = if sums.is_empty() { sums } else { format!(" ({sums})") };
        Some(format!("{} {}{sums}", stage.name, group.count))
    });
    let stages = stages.collect::<Vec<_>>();
    (!stages.is_empty()).then(|| format!("{}: {}", flow.name, stages.join(" · ")))
}

fn amount(sum: &Sum) -> String {
    match sum.currency.clone() {
        Some(currency) => Money { amount: sum.amount, currency }.to_string(),
        None => sum.amount.to_string(),
    }
}

/// What is open and has gone quiet.
async fn quiet(
    read: &mut dyn Read,
    speaker: &Speaker,
    blueprint: &Blueprint,
    id: &BlueprintId,
    flows: &[&Flow],
) -> Result<Option<String>, StoreError> {
    let mut open = Vec::new();
    for flow in flows {
        for stage in flow.stages.iter().filter(|stage| stage.kind == StageKind::Open) {
            let (flow, state) = (flow.key.clone(), stage.key.clone());
            open.push(StageOf { blueprint: id.clone(), flow, state });
        }
    }
    let until = Some((speaker.at - Duration::days(QUIET_DAYS)).timestamp_millis());
    let condition = Condition::Every(vec![
        Condition::Stage(open),
        Condition::Time(Moment::Touched, Span { from: None, until }),
    ]);
    let page = read.list(&List::newest(condition, COUNTED_MAX)).await?;
    let count = page.records.len();
    if count == 0 {
        return Ok(None);
    }
    let named = page.records.iter().take(NAMED_MAX);
    let named = named.map(|record| format!("{} ({})", record.title, record.key));
    let more = if count > NAMED_MAX { ", …" } else { "" };
    let count = if page.next.is_some() { format!("more than {count}") } else { count.to_string() };
    Ok(Some(format!(
        "Quiet for {QUIET_DAYS} days: {count} {}: {}{more}",
        blueprint.plural.to_lowercase(),
        named.collect::<Vec<_>>().join(", ")
    )))
}

/// The tasks that are overdue, one's own first, and those that nobody has taken.
async fn tasks(read: &mut dyn Read, speaker: &Speaker) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let all = TaskFilter::open(speaker.at, COUNTED_MAX);
    if let Some(member) = &speaker.member {
        let whose = Whose::Of(member.id.clone());
        let mine = TaskFilter { whose, standing: Standing::Overdue, ..all.clone() };
        let mine = read.tasks_page(&mine).await?;
        if !mine.is_empty() {
            lines.push(format!("Yours and overdue: {}", waits(mine.len(), "task")));
            for task in mine.iter().take(NAMED_MAX) {
                lines.push(format!("– {}", super::tasks::line(read, task).await?));
            }
        }
    }
    let overdue = TaskFilter { standing: Standing::Overdue, ..all.clone() };
    let overdue = read.tasks_page(&overdue).await?.len();
    let pool = read.tasks_page(&TaskFilter { whose: Whose::Pool, ..all }).await?.len();
    if overdue > 0 {
        lines.push(format!("Overdue in all: {}", waits(overdue, "task")));
    }
    if pool > 0 {
        lines.push(format!("{} for anybody to take.", waits(pool, "task")));
    }
    Ok(lines)
}

/// “1 task”, “3 tasks”, “50 tasks or more”.
fn waits(count: usize, what: &str) -> String {
    let most = usize::try_from(COUNTED_MAX).unwrap_or(usize::MAX);
    match count {
        1 => format!("1 {what}"),
        count if count >= most => format!("{count} {what}s or more"),
        count => format!("{count} {what}s"),
    }
}
