//! Opening a view: from what was saved to a list that the store can be asked, with what is missing
//! said in sentences. Pages and lanes are read from there.

use std::sync::Arc;

use crate::blueprints::{Blueprint, Classification, ColumnType};
use crate::errors::{Error, Refusal, RefusalKind, Result};
use crate::flows::{Flow, StageKind};
use crate::ids::BlueprintId;
use crate::lists::{
    Audience, ColumnTest, Condition, Cursor, Filter, Given, Grouping, Known, List, Operator, Page,
    Sort, StageOf, Term, TextTest,
};
use crate::ports::Read;
use crate::records::Record;
use crate::views::{Layout, STANDARD, View};

/// A column as a view shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnShown {
    /// Its id, or the name of one that every record has.
    pub column: String,
    /// Its name.
    pub name: String,
    /// What it holds; none for those that every record has.
    pub kind: Option<ColumnType>,
    /// How wide it is, in pixels.
    pub width: Option<i64>,
    /// The records' own column that stands in it; none for those that every record has.
    pub own: Option<String>,
}

/// A view that can be read from.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The view.
    pub view: View,
    /// The blueprint of its records.
    pub blueprint: Arc<Blueprint>,
    /// The blueprint whose columns are shown, where it is another one.
    pub through: Option<Arc<Blueprint>>,
    /// The columns that there are, in order.
    pub columns: Vec<ColumnShown>,
    /// What the view names and is gone, in sentences.
    pub missing: Vec<String>,
    /// All of it as one filter, for the list of records.
    pub filter: Filter,
    id: BlueprintId,
    condition: Condition,
    sort: Vec<Sort>,
}

/// A lane of a board.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// What it holds.
    pub of: LaneOf,
    /// How many records are in it.
    pub count: i64,
    /// The first of them.
    pub page: Page,
}

/// What a lane holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LaneOf {
    /// The records in a stage.
    Stage {
        /// The flow's key.
        flow: String,
        /// The stage's key.
        key: String,
        /// The stage's name.
        name: String,
        /// Whether it still needs work.
        kind: StageKind,
    },
    /// The records with an option.
    Option {
        /// The option.
        name: String,
    },
    /// The records without.
    Nothing,
}

impl Opened {
    /// Opens a view, with what is asked for besides. `mine` overrules what the view says.
    ///
    /// # Errors
    /// A refusal when what is asked for besides is not understood, or the blueprint is gone.
    pub fn new(
        known: &Known,
        view: &View,
        extra: &str,
        mine: Option<bool>,
    ) -> Result<Self, Refusal> {
        let by_id = |id: &BlueprintId| {
            known.blueprints.iter().find(|one| one.id.as_ref() == Some(id)).cloned()
        };
        let blueprint = by_id(&view.blueprint).ok_or_else(|| {
            Refusal::gone(format!(
                "The blueprint of the view {} is gone. An administrator can restore it.",
                view.name
            ))
        })?;
        let mut missing = Vec::new();
        let mut through = None;
        if let Some(lens) = &view.lens {
            through = by_id(&lens.blueprint);
            if through.is_none() {
                missing.push(
                    "The blueprint through which it looks is gone, so it shows its own columns."
                        .to_owned(),
                );
            }
        }
        let mut opened = Self {
            view: view.clone(),
            columns: Vec::new(),
            filter: Filter::Every(Vec::new()).of_blueprint(&blueprint.key),
            condition: Condition::EVERYTHING,
            sort: Vec::new(),
            id: view.blueprint.clone(),
            blueprint,
            through,
            missing,
        };
        opened.show_columns(known.audience);
        opened.choose(known, extra, mine)?;
        Ok(opened)
    }

    fn show_columns(&mut self, audience: Audience) {
        let lens = self.view.lens.as_ref().filter(|_| self.through.is_some());
        let shown = self.through.as_ref().unwrap_or(&self.blueprint).clone();
        for column in &self.view.columns {
            if let Some((id, name)) = STANDARD.iter().find(|(id, _)| *id == column.column) {
                self.columns.push(ColumnShown {
                    column: (*id).to_owned(),
                    name: (*name).to_owned(),
                    kind: None,
                    width: column.width,
                    own: None,
                });
                continue;
            }
            let own = match lens {
                None => Some(&column.column),
                Some(lens) => lens.mapping.get(&column.column),
            };
            let own = own.and_then(|own| self.blueprint.column(own));
            let found = shown.column(&column.column);
            let (Some(found), Some(own)) = (found, own) else {
                let what = match (lens, found) {
                    (Some(_), Some(found)) => {
                        format!("{} shows nothing of {}.", found.name, self.blueprint.plural)
                    }
                    _ => format!("The column “{}” is gone.", column.column),
                };
                self.missing.push(what);
                continue;
            };
            let public = [found, own].iter().all(|c| c.classification == Classification::Public);
            if audience == Audience::Room && !public {
                continue;
            }
            self.columns.push(ColumnShown {
                column: found.id.clone(),
                name: found.name.clone(),
                kind: Some(found.kind),
                width: column.width,
                own: Some(own.id.clone()),
            });
        }
    }

    /// Reads the filters and the order. Of what was saved, a part that is no longer understood is
    /// left out and said; what is asked for now must be understood.
    fn choose(&mut self, known: &Known, extra: &str, mine: Option<bool>) -> Result<(), Refusal> {
        let base = Filter::Every(Vec::new()).of_blueprint(&self.blueprint.key);
        let mut all = base.clone();
        if let Some(space) = &self.view.space {
            match known.spaces.iter().any(|one| one.id == *space) {
                true => all = term("space", space.as_str()).and(all),
                false => self.missing.push("The space of this view is gone.".to_owned()),
            }
        }
        let saved = Filter::parse(&self.view.filter)?;
        let parts = match self.own_terms(&saved) {
            Filter::Every(parts) => parts,
            one => vec![one],
        };
        for part in parts {
            match known.bind(&part.clone().and(base.clone())) {
                Ok(_) => all = part.and(all),
                // In a room it is not gone, only private.
                Err(refusal) if refusal.kind == RefusalKind::Forbidden => return Err(refusal),
                Err(refusal) => {
                    self.missing.push(format!("“{part}” is left out. {}", refusal.message));
                }
            }
        }
        if mine.unwrap_or(self.view.mine) && (known.me.is_some() || mine.is_some()) {
            all = term("owner", "me").and(all);
        }
        let asked = self.own_terms(&Filter::parse(extra)?);
        let asked_for_nothing = asked == Filter::Every(Vec::new());
        if !asked_for_nothing {
            all = asked.and(all);
        }
        self.condition = known.bind(&all)?;
        for part in self.view.sort.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let name = part.trim_start_matches('-');
            let own = match self.own_terms(&term(name, "x")) {
                Filter::Term(term) => part.replace(name, &term.column),
                _ => part.to_owned(),
            };
            match known.sorts(&own, &base) {
                Ok(sorts) => self.sort.extend(sorts),
                Err(refusal) if refusal.kind == RefusalKind::Forbidden => return Err(refusal),
                Err(refusal) => {
                    self.missing.push(format!("It is not sorted by {name}. {}", refusal.message));
                }
            }
        }
        self.filter = all;
        Ok(())
    }

    fn own_terms(&self, filter: &Filter) -> Filter {
        match (&self.view.lens, &self.through) {
            (Some(lens), Some(through)) => lens.own_terms(filter, &self.blueprint, through),
            _ => filter.clone(),
        }
    }

    /// Sorts otherwise than the view does.
    ///
    /// # Errors
    /// A refusal that names the column that is not understood.
    pub fn sorted(&mut self, known: &Known, sort: &str) -> Result<(), Refusal> {
        self.sort = known.sorts(sort, &self.filter)?;
        Ok(())
    }

    /// A page of its records.
    ///
    /// # Errors
    /// A refusal when `after` belongs to another order, and when the store cannot be reached.
    pub async fn page(&self, read: &mut dyn Read, limit: i64, after: Option<&str>) -> Result<Page> {
        let after = after.map(str::parse::<Cursor>).transpose()?;
        if let Some(after) = &after {
            after.fits(&self.sort)?;
        }
        let list = List { after, ..self.list(self.condition.clone(), limit) };
        Ok(read.list(&list).await?)
    }

    /// How many records it shows.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn count(&self, read: &mut dyn Read) -> Result<i64> {
        count(read, self.condition.clone()).await
    }

    /// Its lanes with the first records of each. A pipeline that is gone, or that `usable` says no
    /// to, is said to be missing, and the first one that may be used takes its place.
    ///
    /// # Errors
    /// A refusal when there is nothing to group by, and when the store cannot be reached.
    pub async fn board(
        &mut self,
        read: &mut dyn Read,
        first: i64,
        usable: &(dyn Fn(&Flow) -> bool + Sync),
    ) -> Result<Vec<Lane>> {
        let by = self.view.group_by.clone().filter(|by| by != "stage");
        let options = by.as_deref().and_then(|by| {
            self.blueprint.column(by).filter(|column| column.kind == ColumnType::Select).cloned()
        });
        let mut lanes = Vec::new();
        if let Some(column) = options {
            let value = |test| Condition::Column {
                blueprint: self.id.clone(),
                column: column.id.clone(),
                test,
            };
            for option in &column.options {
                let folded = crate::blueprints::index_text(option);
                let is = value(ColumnTest::Text(TextTest::Equals(folded)));
                let of = LaneOf::Option { name: option.clone() };
                lanes.push(self.lane(read, of, is, first).await?);
            }
            let none = Condition::Not(Box::new(value(ColumnTest::Present)));
            lanes.push(self.lane(read, LaneOf::Nothing, none, first).await?);
            return Ok(lanes);
        }
        let blueprint = self.blueprint.clone();
        let mut flows = blueprint.flows.iter().filter(|flow| usable(flow));
        let named = by.as_deref().and_then(|by| flows.clone().find(|flow| flow.key == by));
        if let (Some(by), None) = (&by, named) {
            self.missing.push(format!("“{by}”, by which it was grouped, is gone."));
        }
        let Some(flow) = named.or_else(|| flows.next()) else {
            return Err(Error::Refused(Refusal::invalid(format!(
                "{} go through no stages that you may see, so there is no board of them. Group the \
                 view by a column of options, or look at it as a table.",
                blueprint.plural
            ))));
        };
        for stage in &flow.stages {
            let (flow, state) = (flow.key.clone(), stage.key.clone());
            let of = StageOf { blueprint: self.id.clone(), flow: flow.clone(), state };
            let is = Condition::Stage(vec![of]);
            let (key, name, kind) = (stage.key.clone(), stage.name.clone(), stage.kind);
            let of = LaneOf::Stage { flow, key, name, kind };
            lanes.push(self.lane(read, of, is, first).await?);
        }
        Ok(lanes)
    }

    async fn lane(
        &self,
        read: &mut dyn Read,
        of: LaneOf,
        is: Condition,
        first: i64,
    ) -> Result<Lane> {
        let condition = Condition::Every(vec![self.condition.clone(), is]);
        let count = count(read, condition.clone()).await?;
        let page = match count {
            0 => Page { records: Vec::new(), next: None },
            _ => read.list(&self.list(condition, first)).await?,
        };
        Ok(Lane { of, count, page })
    }

    /// The filter that lists a lane.
    pub fn filter_of(&self, lane: &LaneOf) -> Filter {
        let by = self.view.group_by.clone().unwrap_or_default();
        let is = match lane {
            LaneOf::Stage { key, .. } => term("stage", key),
            LaneOf::Option { name } => term(&by, name),
            LaneOf::Nothing => term("no", &by),
        };
        is.and(self.filter.clone())
    }

    /// The values of a record as they stand in the columns that are shown.
    pub fn seen(&self, record: &Record) -> crate::blueprints::Values {
        match (&self.view.lens, &self.through) {
            (Some(lens), Some(_)) => lens.seen(&record.values),
            _ => record.values.clone(),
        }
    }

    /// Whether it is shown as a board.
    pub fn is_board(&self) -> bool {
        self.view.layout == Layout::Board
    }

    fn list(&self, condition: Condition, limit: i64) -> List {
        List { sort: self.sort.clone(), ..List::newest(condition, limit) }
    }
}

async fn count(read: &mut dyn Read, condition: Condition) -> Result<i64> {
    let groups = read.groups(&Grouping { condition, sum: None }).await?;
    Ok(groups.iter().map(|group| group.count).sum())
}

fn term(column: &str, value: &str) -> Filter {
    Filter::Term(Term {
        column: column.to_owned(),
        operator: Operator::Is,
        values: vec![Given::One(value.to_owned())],
    })
}
