//! Spaces: made from a template, with the blueprints that are not there yet; and in which of
//! them a new record stands.

use serde_json::json;

use super::{Done, Work};
use crate::blueprints::Blueprint;
use crate::commands::CreateSpace;
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::flows::{key_of, listed};
use crate::ids::{BlueprintId, SpaceId};
use crate::templates::{self, template};
use crate::tenants::Space;

impl Work<'_> {
    pub(super) async fn create_space(&mut self, input: CreateSpace) -> Result<Done> {
        let name = input.name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err(Refusal::invalid("A space needs a name.").into());
        }
        let key = input.template.trim().to_lowercase();
        let made_from = template(&key)?;
        let wanted = name.to_lowercase();
        if self.tx.spaces().await?.iter().any(|space| space.name.to_lowercase() == wanted) {
            return Err(Refusal::invalid(format!(
                "There is a space {name} already. Give this one another name."
            ))
            .into());
        }
        let mut there = self.tx.blueprints().await?;
        let trashed = self.tx.trashed_blueprints().await?;
        for mut blueprint in made_from.blueprints {
            // One in the trash keeps its key, and can be restored.
            let in_trash = || trashed.iter().any(|t| t.blueprint.key == blueprint.key);
            if there.iter().any(|b| b.key == blueprint.key) || in_trash() {
                continue;
            }
            if let Some(other) = there.iter().find(|b| b.prefix == blueprint.prefix) {
                return Err(Refusal::invalid(format!(
                    "The keys of {} begin with {}, as those of {} would. An administrator can \
                     give one of them another beginning.",
                    other.plural, blueprint.prefix, blueprint.plural
                ))
                .into());
            }
            // A pipeline's key names it in the whole tenant.
            for flow in &mut blueprint.flows {
                flow.key = key_of(&flow.key, |key| there.iter().any(|b| b.flow(key).is_some()));
            }
            blueprint.id = Some(BlueprintId::fresh(self.env));
            self.tx.insert_blueprint(&blueprint).await?;
            there.push(blueprint.into());
        }
        let space = Space {
            id: SpaceId::fresh(self.env),
            name: name.clone(),
            template: key,
            created_at: self.now,
        };
        self.tx.insert_space(&space).await?;
        self.facts.push(FactBody::SpaceCreated { name: name.clone() });
        Ok(Done {
            said: format!("The space {name} is ready."),
            data: json!({ "space": space.id }),
            ..Done::default()
        })
    }

    /// The space that a new record stands in: the one that is named, by id or name, or the oldest
    /// whose template made its blueprint, or the oldest of all.
    pub(super) async fn space_for(
        &mut self,
        blueprint: &Blueprint,
        given: Option<&str>,
    ) -> Result<SpaceId> {
        let spaces = self.tx.spaces().await?;
        let found = match given.map(str::trim) {
            Some(given) => {
                let is = |space: &&Space| {
                    space.id.as_str() == given || space.name.to_lowercase() == given.to_lowercase()
                };
                let found = spaces.iter().find(is);
                Some(found.ok_or_else(|| {
                    let names = spaces.iter().map(|space| space.name.as_str()).collect::<Vec<_>>();
                    let given = given.chars().take(60).collect::<String>();
                    Refusal::not_found(format!(
                        "There is no space “{given}” here. There is {}.",
                        listed(&names)
                    ))
                })?)
            }
            None => {
                let home = spaces.iter().find(|s| templates::makes(&s.template, &blueprint.key));
                home.or(spaces.first())
            }
        };
        let none = || Refusal::gone("There is no space yet. Make one from a template.");
        Ok(found.ok_or_else(none)?.id.clone())
    }
}
