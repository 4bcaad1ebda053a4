//! Saved views: making, changing and deleting them, which one a member sees first, and changing a
//! record in the columns of one. A view is its maker's; a shared one is seen by all, and changed by
//! its maker and administrators.

use std::sync::Arc;

use serde_json::json;

use super::blueprints::stored_id;
use super::{Done, Work};
use crate::blueprints::{Blueprint, ColumnType};
use crate::commands::{
    ChangeThroughView, ChangeView, Command, CreateView, DeleteView, PutBackView, SetDefaultView,
    UpdateRecord, ViewLike,
};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::flows::listed;
use crate::ids::ViewId;
use crate::lists::{Filter, Known, shortened};
use crate::permissions::{self, Action, Relation};
use crate::views::{
    self, COLUMNS_MAX, Layout, Lens, NAME_CHARS_MAX, VIEWS_MAX, View, ViewColumn, WIDTH_MAX,
};

impl Work<'_> {
    pub(super) async fn create_view(&mut self, input: CreateView) -> Result<Done> {
        let Some(key) = input.like.blueprint.clone() else {
            return Err(Refusal::invalid(
                "A view shows the records of one blueprint, like deal. Name it as “blueprint”.",
            )
            .into());
        };
        let blueprint = self.blueprint_called(&key).await?;
        let me = self.member.as_ref().map(|member| member.id.clone());
        let all = self.tx.views().await?;
        if all.iter().filter(|view| view.owner == me).count() >= VIEWS_MAX {
            return Err(Refusal::invalid(format!(
                "You have {VIEWS_MAX} views, which is the most. Delete some."
            ))
            .into());
        }
        if input.like.name.is_none() {
            return Err(Refusal::invalid("A view needs a name. Give it one.").into());
        }
        let mut view = View {
            id: ViewId::fresh(self.env),
            name: String::new(),
            owner: me,
            shared: false,
            blueprint: stored_id(&blueprint)?,
            space: None,
            columns: Vec::new(),
            filter: String::new(),
            sort: String::new(),
            mine: false,
            layout: Layout::Table,
            group_by: None,
            lens: None,
            created_at: self.now,
        };
        let own_columns = input.like.columns.is_none();
        let shared = input.like.shared.unwrap_or_default();
        self.may_share(&view, shared)?;
        self.shape(&mut view, &blueprint, input.like, &all).await?;
        if own_columns {
            view.columns = self.first_columns(&view, &blueprint).await?;
        }
        self.tx.put_view(&view).await?;
        self.view_changed(&view, false);
        self.inverses.push(Command::DeleteView(DeleteView { view: view.id.to_string() }));
        Ok(Done {
            said: format!("The view {} is saved.", view.name),
            data: json!({ "view": view.id }),
            ..Done::default()
        })
    }

    pub(super) async fn change_view(&mut self, input: ChangeView) -> Result<Done> {
        let all = self.tx.views().await?;
        let before = self.view_to_change(&all, &input.view)?;
        let blueprint = self.blueprint_with_id(&before).await?;
        if let Some(key) = &input.like.blueprint
            && !blueprint.is_called(key)
        {
            return Err(Refusal::invalid(format!(
                "{} shows {}, which cannot change. Save another view.",
                before.name, blueprint.plural
            ))
            .into());
        }
        let mut view = before.clone();
        self.may_share(&view, input.like.shared.unwrap_or(view.shared))?;
        self.shape(&mut view, &blueprint, input.like, &all).await?;
        if view == before {
            return Ok(Done::said(format!("{} is that already.", view.name)));
        }
        self.tx.put_view(&view).await?;
        self.view_changed(&view, false);
        self.inverses
            .push(Command::PutBackView(PutBackView { view: before, seen: Some(view.clone()) }));
        Ok(Done {
            said: format!("The view {} was changed.", view.name),
            data: json!({ "view": view.id }),
            ..Done::default()
        })
    }

    pub(super) async fn delete_view(&mut self, input: DeleteView) -> Result<Done> {
        let all = self.tx.views().await?;
        let view = self.view_to_change(&all, &input.view)?;
        self.tx.delete_view(&view.id).await?;
        self.view_changed(&view, true);
        let said = format!("The view {} is gone. Its records stay.", view.name);
        self.inverses.push(Command::PutBackView(PutBackView { view, seen: None }));
        Ok(Done::said(said))
    }

    /// Undoes a change or a deletion.
    pub(super) async fn put_back_view(&mut self, input: PutBackView) -> Result<Done> {
        let all = self.tx.views().await?;
        let now = all.iter().find(|view| view.id == input.view.id);
        if now != input.seen.as_ref() {
            return Err(Refusal::out_of_date(
                "Somebody changed the view since. Look at it again and change it by hand.",
            )
            .into());
        }
        self.may_change_view(now.unwrap_or(&input.view))?;
        self.tx.put_view(&input.view).await?;
        self.view_changed(&input.view, false);
        Ok(Done::said(format!("The view {} is as it was.", input.view.name)))
    }

    pub(super) async fn set_default_view(&mut self, input: SetDefaultView) -> Result<Done> {
        let Some(member) = self.member.as_ref().map(|member| member.id.clone()) else {
            return Err(Refusal::forbidden("Only a member has a first view. Sign in.").into());
        };
        let blueprint = self.blueprint_called(&input.blueprint).await?;
        let id = stored_id(&blueprint)?;
        let Some(view) = &input.view else {
            self.tx.set_default_view(&member, &id, None).await?;
            return Ok(Done::said(format!("You see all {} first now.", blueprint.plural)));
        };
        let all = self.tx.views().await?;
        let view = views::named(&all, Some(&member), view.as_str())?;
        if view.blueprint != id {
            return Err(Refusal::invalid(format!(
                "{} shows something else than {}. Choose a view of those.",
                view.name, blueprint.plural
            ))
            .into());
        }
        self.tx.set_default_view(&member, &id, Some(&view.id)).await?;
        self.view_changed(view, false);
        Ok(Done::said(format!("You see {} first now.", view.name)))
    }

    pub(super) async fn change_through_view(&mut self, input: ChangeThroughView) -> Result<Done> {
        let all = self.tx.views().await?;
        let me = self.member.as_ref().map(|member| member.id.clone());
        let view = views::named(&all, me.as_ref(), &input.view)?.clone();
        let record = self.live_record(&input.record).await?;
        if record.blueprint != view.blueprint {
            return Err(Refusal::invalid(format!(
                "{} is not shown in the view {}. Change the record itself.",
                record.title, view.name
            ))
            .into());
        }
        let mut values = input.values;
        if let Some(lens) = &view.lens {
            let own = self.blueprint_of(&record).await?;
            let newest = self.tx.blueprints().await?;
            let through = newest.iter().find(|one| one.id.as_ref() == Some(&lens.blueprint));
            let through = through.ok_or_else(|| {
                Refusal::gone(
                    "The blueprint through which this view looks is gone. Change the record itself.",
                )
            })?;
            values = lens.written(&own, through, values)?;
        }
        self.update_record(UpdateRecord {
            record: input.record,
            expected_version: input.expected_version,
            title: input.title,
            values,
        })
        .await
    }

    /// Changes a view as it is wanted.
    async fn shape(
        &mut self,
        view: &mut View,
        blueprint: &Arc<Blueprint>,
        like: ViewLike,
        all: &[View],
    ) -> Result<()> {
        let known = self.known().await?;
        view.shared = like.shared.unwrap_or(view.shared);
        if let Some(name) = &like.name {
            view.name = checked_name(name)?;
        }
        let same = |other: &&View| {
            other.id != view.id
                && other.name.to_lowercase() == view.name.to_lowercase()
                && (other.owner == view.owner || (other.shared && view.shared))
        };
        if let Some(other) = all.iter().find(same) {
            return Err(Refusal::invalid(format!(
                "There is a view {} already. Take another name.",
                other.name
            ))
            .into());
        }
        if let Some(space) = &like.space {
            view.space = match space.trim() {
                "" => None,
                given => Some(known.space_named(given)?),
            };
        }
        if like.through.is_some() || like.mapping.is_some() {
            view.lens = self.lens(view, blueprint, &like, &known)?;
        }
        let through = view.lens.as_ref().and_then(|lens| {
            known.blueprints.iter().find(|one| one.id.as_ref() == Some(&lens.blueprint)).cloned()
        });
        let shown = through.as_ref().unwrap_or(blueprint);
        if let Some(columns) = like.columns {
            view.columns = checked_columns(columns, shown)?;
        } else if like.through.is_some() {
            view.columns = first_columns(shown);
        }
        // What is written names shown columns, and is read as the records' own.
        let own = |text: &str| -> Result<Filter, Refusal> {
            let filter = Filter::parse(text)?;
            Ok(match (&view.lens, &through) {
                (Some(lens), Some(through)) => lens.own_terms(&filter, blueprint, through),
                _ => filter,
            })
        };
        if let Some(filter) = like.filter {
            known.bind(&own(&filter)?.of_blueprint(&blueprint.key))?;
            view.filter = filter.trim().to_owned();
        }
        if let Some(sort) = like.sort {
            let base = Filter::Every(Vec::new()).of_blueprint(&blueprint.key);
            let mut owned = Vec::new();
            for part in sort.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                let name = part.trim_start_matches('-');
                let mapped = match own(&format!("\"{name}\":x"))? {
                    Filter::Term(term) => part.replace(name, &term.column),
                    _ => part.to_owned(),
                };
                owned.push(mapped);
            }
            known.sorts(&owned.join(","), &base)?;
            view.sort = sort.trim().to_owned();
        }
        view.mine = like.mine.unwrap_or(view.mine);
        view.layout = like.layout.unwrap_or(view.layout);
        if let Some(by) = &like.group_by {
            view.group_by = Some(grouped_by(by, blueprint)?);
        }
        if view.layout == Layout::Board && view.group_by.is_none() {
            view.group_by = Some(grouped_by("stage", blueprint)?);
        }
        Ok(())
    }

    fn lens(
        &self,
        view: &View,
        blueprint: &Blueprint,
        like: &ViewLike,
        known: &Known,
    ) -> Result<Option<Lens>> {
        let through = match like.through.as_deref().map(str::trim) {
            Some("") => return Ok(None),
            Some(given) => {
                known.blueprints.iter().find(|one| one.is_called(given)).ok_or_else(|| {
                    let keys = known.blueprints.iter().map(|b| b.key.as_str()).collect::<Vec<_>>();
                    Refusal::not_found(format!(
                        "There is no blueprint “{}”. There is {}.",
                        shortened(given),
                        listed(&keys)
                    ))
                })?
            }
            None => {
                let id = view.lens.as_ref().map(|lens| &lens.blueprint);
                let of =
                    known.blueprints.iter().find(|one| one.id.is_some() && one.id.as_ref() == id);
                of.ok_or_else(|| {
                    Refusal::invalid(
                        "A mapping needs the blueprint through whose columns the view looks. Name \
                         it as “through”.",
                    )
                })?
            }
        };
        let id = stored_id(through)?;
        if id == view.blueprint {
            return Err(Refusal::invalid(format!(
                "{} are shown in their own columns without a lens. Leave “through” out.",
                through.plural
            ))
            .into());
        }
        let given = like.mapping.clone().unwrap_or_default();
        let mapping = views::mapped(blueprint, through, &given)?;
        Ok(Some(Lens { blueprint: id, mapping }))
    }

    async fn first_columns(&mut self, view: &View, own: &Blueprint) -> Result<Vec<ViewColumn>> {
        let all = self.tx.blueprints().await?;
        let through = view
            .lens
            .as_ref()
            .and_then(|lens| all.iter().find(|one| one.id.as_ref() == Some(&lens.blueprint)));
        Ok(first_columns(through.map_or(own, |through| through)))
    }

    async fn blueprint_with_id(&mut self, view: &View) -> Result<Arc<Blueprint>> {
        let all = self.tx.blueprints().await?;
        let found = all.iter().find(|one| one.id.as_ref() == Some(&view.blueprint)).cloned();
        Ok(found.ok_or_else(|| {
            Refusal::gone(format!(
                "The blueprint of the view {} is gone. An administrator can restore it.",
                view.name
            ))
        })?)
    }

    fn view_to_change(&self, all: &[View], given: &str) -> Result<View, Refusal> {
        let me = self.member.as_ref().map(|member| &member.id);
        let view = views::named(all, me, given)?;
        self.may_change_view(view)?;
        Ok(view.clone())
    }

    fn may_change_view(&self, view: &View) -> Result<(), Refusal> {
        let own = view.owner.is_some() && view.owner == self.member.as_ref().map(|m| m.id.clone());
        if own || permissions::allowed(self.part, Action::Administer, Relation::None) {
            return Ok(());
        }
        Err(Refusal::forbidden(format!(
            "The view {} is somebody else's. Save one of your own, or ask an administrator to \
             change it.",
            view.name
        )))
    }

    /// A shared view is put before everybody, which a viewer does not do.
    fn may_share(&self, view: &View, shared: bool) -> Result<(), Refusal> {
        let may = permissions::allowed(self.part, Action::Contribute, Relation::None);
        match shared && !view.shared && !may {
            true => Err(permissions::refusal(self.part, Action::Contribute, Relation::None)),
            false => Ok(()),
        }
    }

    fn view_changed(&mut self, view: &View, deleted: bool) {
        self.facts.push(FactBody::ViewChanged { view: view.id.clone(), deleted });
    }
}

fn checked_name(given: &str) -> Result<String, Refusal> {
    let name = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(Refusal::invalid(format!(
            "A view has a name of 1 to {NAME_CHARS_MAX} characters, like Big deals."
        )));
    }
    Ok(name)
}

fn checked_columns(given: Vec<ViewColumn>, shown: &Blueprint) -> Result<Vec<ViewColumn>, Refusal> {
    if given.len() > COLUMNS_MAX {
        return Err(Refusal::invalid(format!(
            "A view has at most {COLUMNS_MAX} columns, not {}. Leave some out.",
            given.len()
        )));
    }
    let mut columns: Vec<ViewColumn> = Vec::new();
    for ViewColumn { column, width } in given {
        if width.is_some_and(|width| !(1..=WIDTH_MAX).contains(&width)) {
            return Err(Refusal::invalid(format!(
                "A column is 1 to {WIDTH_MAX} pixels wide. Change the width of {}.",
                shortened(&column)
            )));
        }
        // What the blueprint calls so comes first, as it does where people see its columns.
        let id = match shown.column_named(&column) {
            Ok(column) => column.id.clone(),
            Err(refusal) => views::standard(&column).ok_or(refusal)?.to_owned(),
        };
        if columns.iter().any(|known| known.column == id) {
            return Err(Refusal::invalid(format!(
                "The column {} stands in the view twice. Leave one out.",
                shortened(&column)
            )));
        }
        columns.push(ViewColumn { column: id, width });
    }
    Ok(columns)
}

/// The columns of a view for which none are named.
fn first_columns(shown: &Blueprint) -> Vec<ViewColumn> {
    let standard = ["key", "title", "stage", "owner"].map(str::to_owned);
    let own = shown.columns.iter().take(10).map(|column| column.id.clone());
    let all = standard.into_iter().chain(own);
    let mut columns: Vec<ViewColumn> = Vec::new();
    for column in all {
        if !columns.iter().any(|known| known.column == column) {
            columns.push(ViewColumn { column, width: None });
        }
    }
    columns
}

/// What a board is grouped by, as it is kept.
fn grouped_by(given: &str, blueprint: &Blueprint) -> Result<String, Refusal> {
    let given = given.trim();
    let no = |what: &str| {
        let flows = blueprint.flows.iter().map(|flow| flow.key.clone());
        let selects = blueprint.columns.iter().filter(|c| c.kind == ColumnType::Select);
        let all = flows.chain(selects.map(|column| column.id.clone())).collect::<Vec<_>>();
        let instead = match listed(&all) {
            none if none.is_empty() => "Show them as a table.".to_owned(),
            some => format!("They can be by {some}."),
        };
        Err(Refusal::invalid(format!("{} {what}. {instead}", blueprint.plural)))
    };
    if given.eq_ignore_ascii_case("stage") {
        return match blueprint.flows.is_empty() {
            false => Ok("stage".to_owned()),
            true => no("go through no stages, so there is no board by them"),
        };
    }
    if let Some(flow) = blueprint.flows.iter().find(|flow| flow.is_called(given)) {
        return Ok(flow.key.clone());
    }
    match blueprint.column_named(given) {
        Ok(column) if column.kind == ColumnType::Select => Ok(column.id.clone()),
        _ => no(&format!("cannot be grouped by “{}”", shortened(given))),
    }
}
