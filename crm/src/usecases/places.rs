//! Binding rooms and linking chat accounts. Both need two sides: a code is taken on one and
//! redeemed on the other, once, within ten minutes.

use chrono::Duration;
use serde_json::json;

use super::{Done, Work};
use crate::chat::Place;
use crate::commands::{
    AskToLink, BindPlace, ConfirmLink, IssueBindCode, OpenRoom, ReplyTo, SetPlaceLevel,
    UnbindPlace, Unlink,
};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::places::{BindCode, BoundPlace, CODE_MINUTES, Level, LinkRequest};
use crate::tenants::{ChatAccount, Role};

impl Work<'_> {
    pub(super) async fn issue_bind_code(&mut self, input: IssueBindCode) -> Result<Done> {
        let Some(member) = &self.member else {
            return Err(Refusal::forbidden("Only an administrator can take a code.").into());
        };
        let code = BindCode {
            tenant: self.tx.tenant_id().clone(),
            member: member.id.clone(),
            expires_at: self.now + Duration::minutes(CODE_MINUTES),
        };
        self.tx.insert_bind_code(&input.code_hash, &code).await?;
        Ok(Done::default())
    }

    pub(super) async fn bind_place(&mut self, input: BindPlace) -> Result<Done> {
        let code = self.tx.take_bind_code(&input.code_hash).await?;
        let Some(code) = code.filter(|code| code.expires_at > self.now) else {
            return Err(Refusal::gone(
                "This code was used or has run out. An administrator can take a new one.",
            )
            .into());
        };
        let before = self.tx.place(&input.place).await?;
        let tenant = self.tx.tenant().await?;
        self.tx
            .put_place(&BoundPlace {
                place: input.place.clone(),
                name: input.name,
                level: before.map_or(Level::default(), |b| b.level),
                quiet_until: None,
                bound_by: Some(code.member),
                bound_at: self.now,
                read_from: input.since,
            })
            .await?;
        self.facts.push(FactBody::PlaceBound { place: input.place });
        let since = input.since.map(|since| {
            let day = since.format("%-d %b %Y");
            format!(
                " I read what was said here since {day}, where I can; nothing of it shows a card."
            )
        });
        let since = since.unwrap_or_default();
        Ok(Done::said(format!(
            "This room belongs to {} now. Name a customer and I show a card; messages here are \
             kept so that they can be captured.{since} Say “help” for what I can do, and “link” to \
             act as yourself.",
            tenant.name
        )))
    }

    pub(super) async fn open_room(&mut self, input: OpenRoom) -> Result<Done> {
        let name = input.name.trim().trim_start_matches('#').to_lowercase();
        let fits = (1..=40).contains(&name.chars().count())
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        if !fits {
            return Err(Refusal::invalid(
                "A room is called by a word of at most 40 letters, like sales or key-accounts.",
            )
            .into());
        }
        // Rooms of all tenants stand beside each other, so each carries its tenant.
        let own = self.tx.tenant_id().as_str();
        let own = own.get(own.len().saturating_sub(6)..).unwrap_or(own);
        let place = Place::new(input.connection, format!("{name}-{own}"));
        if self.tx.place(&place).await?.is_some() {
            return Err(Refusal::invalid(format!("There is a room #{name} already.")).into());
        }
        self.tx
            .put_place(&BoundPlace {
                place: place.clone(),
                name: format!("#{name}"),
                level: Level::default(),
                quiet_until: None,
                bound_by: self.member.as_ref().map(|m| m.id.clone()),
                bound_at: self.now,
                read_from: None,
            })
            .await?;
        let data = json!({ "place": place });
        self.facts.push(FactBody::PlaceBound { place });
        Ok(Done { said: format!("The room #{name} is open."), data, ..Done::default() })
    }

    pub(super) async fn unbind_place(&mut self, input: UnbindPlace) -> Result<Done> {
        if self.tx.place(&input.place).await?.is_none() {
            return Err(Refusal::not_found("This place is not bound.").into());
        }
        self.tx.delete_place(&input.place).await?;
        self.facts.push(FactBody::PlaceUnbound { place: input.place });
        Ok(Done::said("This place is mute now."))
    }

    pub(super) async fn set_place_level(&mut self, input: SetPlaceLevel) -> Result<Done> {
        let Some(mut bound) = self.tx.place(&input.place).await? else {
            return Err(
                Refusal::not_found("This place is not bound, so it is quiet already.").into()
            );
        };
        let mut said = Vec::new();
        if let Some(level) = input.level {
            bound.level = level;
            bound.quiet_until = None;
            said.push(
                match level {
                    Level::Off => "I show no cards here by myself any more.",
                    Level::Button => "I only offer a card here, and show nothing of it.",
                    Level::Name => "I only show names here, and offer the card.",
                    Level::Full => "I show whole cards here.",
                }
                .to_owned(),
            );
            self.facts.push(FactBody::PlaceLevelSet { place: input.place.clone(), level });
        }
        if let Some(minutes) = input.quiet_minutes {
            let minutes = minutes.clamp(0, 60 * 24 * 30);
            bound.quiet_until = (minutes > 0).then(|| self.now + Duration::minutes(minutes));
            said.push(match minutes {
                0 => "I am no longer quiet here.".to_owned(),
                m if m % 60 == 0 => format!("I am quiet here for {} hours.", m / 60),
                m => format!("I am quiet here for {m} minutes."),
            });
        }
        self.tx.put_place(&bound).await?;
        Ok(Done::said(said.join(" ")))
    }

    pub(super) async fn ask_to_link(&mut self, input: AskToLink) -> Result<Done> {
        let request = LinkRequest {
            tenant: self.tx.tenant_id().clone(),
            account: input.account.clone(),
            place: input.place.clone(),
            expires_at: self.now + Duration::minutes(CODE_MINUTES),
        };
        self.tx.insert_link_request(&input.code_hash, &request).await?;
        let private = ReplyTo {
            place: input.place,
            thread: None,
            // Some networks can answer what was asked in the room itself, and to one person alone.
            message: self.reply.as_ref().and_then(|reply| reply.message.clone()),
            private_to: Some(input.account.id),
        };
        let text = format!(
            "Open this page, signed in to Tieline, to act as yourself from this account. It works \
             once, for {CODE_MINUTES} minutes, and only for you: {}",
            input.url
        );
        self.say(&private, &text).await?;
        Ok(Done::said("I sent the way to link your account to you alone."))
    }

    pub(super) async fn confirm_link(&mut self, input: ConfirmLink) -> Result<Done> {
        let Some(member) = self.member.clone() else {
            return Err(Refusal::forbidden("Sign in first.").into());
        };
        let request = self.tx.take_link_request(&input.code_hash).await?;
        let Some(request) = request.filter(|request| request.expires_at > self.now) else {
            return Err(Refusal::gone(
                "This link was used or has run out. Say “link” in the chat for a new one.",
            )
            .into());
        };
        let account = ChatAccount {
            network: request.account.network.clone(),
            account: request.account.id.clone(),
            name: request.account.name.clone(),
            member: member.id.clone(),
            linked_at: self.now,
        };
        self.tx.put_chat_account(&account).await?;
        self.facts.push(FactBody::AccountLinked {
            network: account.network.clone(),
            account: account.account.clone(),
            member: member.id,
        });
        let private = ReplyTo {
            place: request.place,
            thread: None,
            message: None,
            private_to: Some(request.account.id),
        };
        let text = format!(
            "You act as {} here now. If that was not you, tell an administrator at once.",
            member.name
        );
        self.say(&private, &text).await?;
        Ok(Done {
            said: format!("{} on {} acts as you now.", account.name, account.network),
            data: json!({ "network": account.network, "account": account.account }),
            ..Done::default()
        })
    }

    pub(super) async fn unlink(&mut self, input: Unlink) -> Result<Done> {
        let account = self.tx.chat_account(&input.network, &input.account).await?;
        let Some(account) = account else {
            return Err(Refusal::not_found("This account is not linked.").into());
        };
        let mine = self.member.as_ref().is_some_and(|m| m.id == account.member);
        let admin = self.member.as_ref().is_none_or(|m| m.role >= Role::Admin);
        if !mine && !admin {
            return Err(
                Refusal::forbidden("Only its member or an administrator can unlink it.").into()
            );
        }
        self.tx.delete_chat_account(&input.network, &input.account).await?;
        self.facts
            .push(FactBody::AccountUnlinked { network: account.network, account: account.account });
        Ok(Done::said(format!("{} acts for nobody now.", account.name)))
    }
}
