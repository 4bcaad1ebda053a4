//! A board: the records of one blueprint by the stages of a flow, with how many there are in each
//! and what they come to, and the first few of each. A stage goes on as a list, from `next`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::Refusal;
use crm::blueprints::ColumnType;
use crm::flows::{StageKind, listed};
use crm::lists::{
    Audience, Condition, Filter, Given, Group, Grouping, Known, List, Operator, StageOf,
    Sum as Total, Term,
};
use crm::records::Record;
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::extract::Asked;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// The most records that are shown of a stage.
const FIRST_MAX: i64 = 50;

/// Which board.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The blueprint's key (`deal`).
    blueprint: String,
    /// The flow's key; the first one when left out.
    flow: Option<String>,
    /// What its records are like besides: `owner:me value>10000`.
    filter: Option<String>,
    /// In which order, as lists are sorted: `-value`.
    sort: Option<String>,
    /// The column to add up; the first that holds amounts when left out.
    sum: Option<String>,
    /// How many records to give of each stage, 1 to 50; 10 when left out.
    first: Option<i64>,
}

/// A board.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Board {
    /// The blueprint's key.
    blueprint: String,
    /// The flow's key.
    flow: String,
    /// Its stages, in order.
    stages: Vec<Lane>,
}

/// One stage of a board.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Lane {
    /// The stage's key.
    key: String,
    /// The stage's name.
    name: String,
    /// Whether it still needs work.
    kind: StageKind,
    /// How many records are in it.
    count: i64,
    /// What they come to, one per currency.
    sums: Vec<Sum>,
    /// The first of them.
    records: Vec<Record>,
    /// The filter that lists this stage.
    filter: String,
    /// What to send as `after`, with that filter and the same sort, for the rest.
    next: Option<String>,
}

/// What values come to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Sum {
    /// The currency; none for plain numbers.
    currency: Option<String>,
    /// How much, as decimal text.
    amount: String,
}

/// Shows a board.
#[utoipa::path(
    get,
    path = "/boards",
    operation_id = "board",
    tag = "records",
    params(Which),
    responses((status = 200, description = "The stages.", body = Board), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(asked): Asked<Which>,
) -> Answer<Board> {
    let mut read = web.crm.read(&who.actor()).await?;
    let me = Some(who.member.id.clone());
    let known = Known::read(read.as_mut(), me, web.crm.env().now(), Audience::Member).await?;
    let found = known.blueprints.iter().find(|one| one.key == asked.blueprint);
    let (blueprint, id) = found.and_then(|one| Some((one, one.id.clone()?))).ok_or_else(|| {
        let keys = known.blueprints.iter().map(|one| one.key.as_str()).collect::<Vec<_>>();
        let given = asked.blueprint.chars().take(60).collect::<String>();
        let there = listed(&keys);
        Refusal::not_found(format!("There is no blueprint “{given}”. There is {there}."))
    })?;
    let flow = match asked.flow.as_deref() {
        None => blueprint.flows.first(),
        Some(key) => blueprint.flow(key),
    };
    let flow = flow.ok_or_else(|| {
        let with = known.blueprints.iter().filter(|one| !one.flows.is_empty());
        let with = with.map(|one| one.key.as_str()).collect::<Vec<_>>();
        let there = listed(&with);
        Refusal::not_found(format!(
            "{} have no such flow, so there is no board of them. There is one of {there}.",
            blueprint.plural
        ))
    })?;
    let column = match asked.sum.as_deref() {
        Some(name) => Some(blueprint.column_named(name)?),
        None => blueprint.columns.iter().find(|column| column.kind == ColumnType::Money),
    };

    // What is asked for stands in parentheses: an “or” in it must not reach past the blueprint.
    let asked_for = Filter::parse(asked.filter.as_deref().unwrap_or_default())?;
    let of_blueprint = Filter::Term(Term {
        column: "blueprint".to_owned(),
        operator: Operator::Is,
        values: vec![Given::One(blueprint.key.clone())],
    });
    let with = |term: Filter, rest: &Filter| match rest {
        Filter::Every(all) => Filter::Every([&[term], all.as_slice()].concat()),
        one => Filter::Every(vec![term, one.clone()]),
    };
    let filter = with(of_blueprint, &asked_for);
    let sort = asked.sort.as_deref().unwrap_or_default();
    let first = asked.first.unwrap_or(10).clamp(1, FIRST_MAX);
    let (condition, sorts) = (known.bind(&filter)?, known.sorts(sort, &filter)?);
    let whole = List { sort: sorts, ..List::newest(condition, first) };
    let sum = column.map(|column| (id.clone(), column.id.clone()));
    let groups = read.groups(&Grouping { condition: whole.condition.clone(), sum }).await?;

    let mut stages = Vec::new();
    for stage in &flow.stages {
        let of =
            StageOf { blueprint: id.clone(), flow: flow.key.clone(), state: stage.key.clone() };
        let is_here = |group: &&Group| {
            group.flow.as_ref() == Some(&of.flow) && group.state.as_ref() == Some(&of.state)
        };
        let (count, sums) = groups
            .iter()
            .find(is_here)
            .map_or((0, [].as_slice()), |group| (group.count, group.sums.as_slice()));
        let sums = sums.iter().map(shown).collect();
        let condition =
            Condition::Every(vec![whole.condition.clone(), Condition::Stage(vec![of.clone()])]);
        let page = match count {
            0 => None,
            _ => Some(read.list(&List { condition, ..whole.clone() }).await?),
        };
        let (records, next) = page.map_or((vec![], None), |page| (page.records, page.next));
        stages.push(Lane {
            key: stage.key.clone(),
            name: stage.name.clone(),
            kind: stage.kind,
            count,
            sums,
            records,
            filter: with(stage_is(&stage.key), &filter).to_string(),
            next: next.map(|next| next.to_string()),
        });
    }
    Ok(Json(Board { blueprint: blueprint.key.clone(), flow: flow.key.clone(), stages }))
}

fn stage_is(key: &str) -> Filter {
    let values = vec![Given::One(key.to_owned())];
    Filter::Term(Term { column: "stage".to_owned(), operator: Operator::Is, values })
}

fn shown(sum: &Total) -> Sum {
    Sum { currency: sum.currency.clone(), amount: sum.amount.to_string() }
}
