//! Spaces, members and API tokens.

use serde_json::json;

use super::{Done, Work};
use crate::commands::{AddMember, CreateSpace, IssueApiToken, SetRole};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::ids::{ApiTokenId, BlueprintId, MemberId, SpaceId};
use crate::permissions::Part;
use crate::templates::template;
use crate::tenants::{Member, Role, Space};

impl Work<'_> {
    pub(super) async fn create_space(&mut self, input: CreateSpace) -> Result<Done> {
        let name = input.name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err(Refusal::invalid("A space needs a name.").into());
        }
        let made_from = template(&input.template)?;
        let there = self.tx.blueprints().await?;
        let trashed = self.tx.trashed_blueprints().await?;
        for mut blueprint in made_from.blueprints {
            // One in the trash keeps its key, and can be restored.
            let in_trash = || trashed.iter().any(|t| t.blueprint.key == blueprint.key);
            if there.iter().any(|b| b.key == blueprint.key) || in_trash() {
                continue;
            }
            for flow in &blueprint.flows {
                flow.check()?;
            }
            blueprint.id = Some(BlueprintId::fresh(self.env));
            self.tx.insert_blueprint(&blueprint).await?;
        }
        let space = Space {
            id: SpaceId::fresh(self.env),
            name: name.clone(),
            template: input.template,
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

    pub(super) async fn add_member(&mut self, input: AddMember) -> Result<Done> {
        self.may_grant(input.role)?;
        let name = input.name.split_whitespace().collect::<Vec<_>>().join(" ");
        let email = input.email.trim().to_lowercase();
        if name.is_empty() || !email.contains('@') || email.contains(char::is_whitespace) {
            return Err(Refusal::invalid("A member needs a name and an e-mail address.").into());
        }
        if self.tx.members().await?.iter().any(|member| member.email == email) {
            return Err(Refusal::invalid(format!("{email} is a member already.")).into());
        }
        let member = Member {
            id: MemberId::fresh(self.env),
            name,
            email,
            role: input.role,
            active: true,
            created_at: self.now,
        };
        self.tx.insert_member(&member).await?;
        self.facts.push(FactBody::MemberChanged { member: member.id.clone() });
        Ok(Done {
            said: format!("{} is {} now.", member.name, a(member.role)),
            data: json!({ "member": member.id }),
            ..Done::default()
        })
    }

    pub(super) async fn set_role(&mut self, input: SetRole) -> Result<Done> {
        let Some(mut member) = self.tx.member(&input.member).await? else {
            return Err(Refusal::not_found("There is no such member here.").into());
        };
        if self.member.as_ref().is_some_and(|me| me.id == member.id) {
            return Err(Refusal::forbidden(
                "Nobody changes their own role. Ask another administrator.",
            )
            .into());
        }
        self.may_grant(input.role)?;
        self.may_grant(member.role)?;
        let owners = self.tx.members().await?;
        let last = owners.iter().filter(|m| m.active && m.role == Role::Owner).count() == 1;
        let stays = input.active && input.role == Role::Owner;
        if member.active && member.role == Role::Owner && last && !stays {
            return Err(Refusal::invalid("An owner must remain. Make another owner first.").into());
        }
        member.role = input.role;
        member.active = input.active;
        self.tx.update_member(&member).await?;
        self.facts.push(FactBody::MemberChanged { member: member.id.clone() });
        let said = if member.active {
            format!("{} is {} now.", member.name, a(member.role))
        } else {
            format!("{} is no longer a member.", member.name)
        };
        Ok(Done::said(said))
    }

    pub(super) async fn issue_api_token(&mut self, input: IssueApiToken) -> Result<Done> {
        let own = self.member.as_ref().is_none_or(|me| me.id == input.member);
        if !own {
            return Err(Refusal::forbidden("A token can only be made for oneself.").into());
        }
        if self.tx.member(&input.member).await?.is_none_or(|member| !member.active) {
            return Err(Refusal::not_found("There is no such member here.").into());
        }
        let id = ApiTokenId::fresh(self.env);
        self.tx
            .insert_api_token(
                &id,
                &input.member,
                &input.name,
                &input.secret_hash,
                input.expires_at,
                self.now,
            )
            .await?;
        self.facts.push(FactBody::ApiTokenIssued { member: input.member });
        Ok(Done {
            said: format!("The token “{}” is ready.", input.name),
            data: json!({ "token": id }),
            ..Done::default()
        })
    }

    /// Nobody grants, or takes away, more than they have.
    fn may_grant(&self, role: Role) -> Result<(), Refusal> {
        match self.part {
            Part::System => Ok(()),
            Part::Member(own) if own >= role => Ok(()),
            _ => {
                Err(Refusal::forbidden(format!("Only {} can do this. Ask one of yours.", a(role))))
            }
        }
    }
}

fn a(role: Role) -> String {
    let article = if matches!(role, Role::Owner | Role::Admin) { "an" } else { "a" };
    format!("{article} {}", role.as_str())
}
