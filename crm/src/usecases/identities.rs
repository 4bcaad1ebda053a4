//! Channels, other names, and relations between records.

use serde_json::json;

use super::{Done, Work};
use crate::commands::{AddIdentity, Command, LinkRecords, RemoveIdentity, UnlinkRecords};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::ids::{IdentityId, LinkId};
use crate::interactions::InteractionKind;
use crate::permissions::Action;
use crate::records::{Identity, IdentityKind, Link, Record};

impl Work<'_> {
    pub(super) async fn add_identity(&mut self, input: AddIdentity) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        self.may(Action::Change, &record)?;
        let blueprint = self.blueprint_of(&record).await?;
        if !blueprint.identities && input.kind != IdentityKind::Alias {
            return Err(Refusal::invalid(format!(
                "A {} has no channels of its own. Add it to a person or company.",
                blueprint.name
            ))
            .into());
        }
        let Some(identity) = self.put_identity(&record, input.kind, &input.value).await? else {
            return Ok(Done::about(&record.id, format!("{} has that already.", record.title)));
        };
        self.names_changed(&record, &blueprint).await?;
        let said =
            format!("{}: added {} {}.", record.title, identity.kind.as_str(), identity.value);
        self.log(
            &record.id,
            InteractionKind::Identity,
            said.clone(),
            None,
            json!({ "kind": identity.kind, "value": identity.value }),
        )
        .await?;
        self.card_changed(&record.id, None, false);
        Ok(Done { data: json!({ "identity": identity.id }), ..Done::about(&record.id, said) })
    }

    /// Adds a channel to a record that may be changed. None means that it has it already.
    pub(super) async fn put_identity(
        &mut self,
        record: &Record,
        kind: IdentityKind,
        given: &str,
    ) -> Result<Option<Identity>> {
        let value = normal_identity(kind, given)?;
        let identity = Identity {
            id: IdentityId::fresh(self.env),
            record: record.id.clone(),
            kind,
            value,
            verified: false,
            primary: false,
            created_at: self.now,
        };
        if !self.tx.insert_identity(&identity).await? {
            return Ok(None);
        }
        self.facts.push(FactBody::IdentityAdded {
            record: record.id.clone(),
            identity: identity.id.clone(),
            kind,
        });
        self.inverses.push(Command::RemoveIdentity(RemoveIdentity {
            record: record.id.clone(),
            identity: identity.id.clone(),
        }));
        Ok(Some(identity))
    }

    pub(super) async fn remove_identity(&mut self, input: RemoveIdentity) -> Result<Done> {
        let Some(record) = self.tx.record(&input.record).await? else {
            return Err(super::no_such_record().into());
        };
        self.may(Action::Change, &record)?;
        let identities = self.tx.identities(&record.id).await?;
        let Some(identity) = identities.into_iter().find(|i| i.id == input.identity) else {
            return Err(Refusal::not_found(format!("{} has no such channel.", record.title)).into());
        };
        self.tx.delete_identity(&identity.id).await?;
        self.facts.push(FactBody::IdentityRemoved {
            record: record.id.clone(),
            identity: identity.id.clone(),
        });
        let blueprint = self.blueprint_of(&record).await?;
        self.names_changed(&record, &blueprint).await?;
        let said =
            format!("{}: removed {} {}.", record.title, identity.kind.as_str(), identity.value);
        self.log(&record.id, InteractionKind::Identity, said.clone(), None, json!({})).await?;
        self.inverses.push(Command::AddIdentity(AddIdentity {
            record: record.id.clone(),
            kind: identity.kind,
            value: identity.value,
        }));
        self.card_changed(&record.id, None, false);
        Ok(Done::about(&record.id, said))
    }

    pub(super) async fn link_records(&mut self, input: LinkRecords) -> Result<Done> {
        let from = self.live_record(&input.from).await?;
        let to = self.live_record(&input.to).await?;
        self.may(Action::Change, &from)?;
        if from.id == to.id {
            return Err(Refusal::invalid("A record cannot be linked to itself.").into());
        }
        let Some(link) = self.put_link(&from, &to, &input.kind, input.role).await? else {
            let said = format!("{} and {} are linked already.", from.title, to.title);
            return Ok(Done::about(&from.id, said));
        };
        let said = format!("Linked {} to {}.", from.title, to.title);
        Ok(Done { data: json!({ "link": link.id }), ..Done::about(&from.id, said) })
    }

    /// Relates two records that may be related. None means that they are already.
    pub(super) async fn put_link(
        &mut self,
        from: &Record,
        to: &Record,
        kind: &str,
        role: Option<String>,
    ) -> Result<Option<Link>> {
        let known = !kind.is_empty()
            && kind.len() <= 40
            && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if !known {
            return Err(Refusal::invalid(
                "A kind of link is a word in lower case, like contact, customer or works_at.",
            )
            .into());
        }
        let link = Link {
            id: LinkId::fresh(self.env),
            from: from.id.clone(),
            to: to.id.clone(),
            kind: kind.to_owned(),
            role,
            created_at: self.now,
        };
        if !self.tx.insert_link(&link).await? {
            return Ok(None);
        }
        self.facts.push(FactBody::LinkAdded {
            link: link.id.clone(),
            from: from.id.clone(),
            to: to.id.clone(),
            kind: kind.to_owned(),
        });
        self.inverses.push(Command::UnlinkRecords(UnlinkRecords {
            from: from.id.clone(),
            link: link.id.clone(),
        }));
        for (one, other) in [(from, to), (to, from)] {
            let summary = format!("{} linked it to {}", self.actor_name(), other.title);
            let data = json!({ "kind": kind, "role": link.role, "record": other.id });
            self.log(&one.id, InteractionKind::Linked, summary, None, data).await?;
        }
        self.card_changed(&from.id, None, false);
        Ok(Some(link))
    }

    pub(super) async fn unlink_records(&mut self, input: UnlinkRecords) -> Result<Done> {
        let Some(from) = self.tx.record(&input.from).await? else {
            return Err(super::no_such_record().into());
        };
        self.may(Action::Change, &from)?;
        let links = self.tx.links(&from.id).await?;
        let Some(link) = links.into_iter().find(|l| l.id == input.link && l.from == from.id) else {
            return Err(Refusal::not_found(format!("{} has no such link.", from.title)).into());
        };
        self.tx.delete_link(&link.id).await?;
        self.facts.push(FactBody::LinkRemoved {
            link: link.id,
            from: from.id.clone(),
            to: link.to.clone(),
        });
        self.inverses.push(Command::LinkRecords(LinkRecords {
            from: from.id.clone(),
            to: link.to,
            kind: link.kind,
            role: link.role,
        }));
        let summary = format!("{} removed a link", self.actor_name());
        self.log(&from.id, InteractionKind::Linked, summary, None, json!({})).await?;
        self.card_changed(&from.id, None, false);
        Ok(Done::about(&from.id, format!("{}: the link is gone.", from.title)))
    }
}

/// The form in which identities of this kind are compared.
pub(super) fn normal_identity(kind: IdentityKind, given: &str) -> Result<String, Refusal> {
    let given = given.trim();
    let no = |what: &str| {
        let shown = given.chars().take(80).collect::<String>();
        Err(Refusal::invalid(format!("“{shown}” is not {what}.")))
    };
    if given.is_empty() || given.len() > 320 {
        return no("a channel; give an address, a number or a name");
    }
    match kind {
        IdentityKind::Email => {
            let ok = given.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && domain.contains('.') && !given.contains(char::is_whitespace)
            });
            if ok { Ok(given.to_lowercase()) } else { no("an e-mail address like anna@acme.io") }
        }
        IdentityKind::Phone => {
            let digits = given.chars().filter(char::is_ascii_digit).collect::<String>();
            if given.starts_with('+') && (5..=18).contains(&digits.len()) {
                Ok(format!("+{digits}"))
            } else {
                no("a phone number with its country code, like +49 30 123456")
            }
        }
        IdentityKind::Domain => {
            let host = given
                .trim_start_matches("https://")
                .trim_start_matches("http://")
                .trim_start_matches("www.")
                .trim_end_matches('/')
                .to_lowercase();
            let ok = host.contains('.') && !host.contains(['/', '@', ' ']);
            if ok { Ok(host) } else { no("a domain like acme.io") }
        }
        IdentityKind::Matrix => {
            if given.starts_with('@') && given.contains(':') {
                Ok(given.to_owned())
            } else {
                no("a Matrix account like @anna:acme.io")
            }
        }
        IdentityKind::Alias => Ok(given.split_whitespace().collect::<Vec<_>>().join(" ")),
        IdentityKind::Telegram
        | IdentityKind::Discord
        | IdentityKind::Github
        | IdentityKind::Linkedin
        | IdentityKind::Twitter => Ok(given.trim_start_matches('@').to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_kept_in_the_form_that_is_compared() {
        let check = |kind, given: &str, kept: &str| {
            assert_eq!(normal_identity(kind, given), Ok(kept.to_owned()), "{kind:?}");
        };
        check(IdentityKind::Email, " Anna@Acme.IO ", "anna@acme.io");
        check(IdentityKind::Phone, "+49 (30) 123-456", "+4930123456");
        check(IdentityKind::Domain, "https://www.Acme.io/", "acme.io");
        check(IdentityKind::Github, "@Octo", "octo");
        check(IdentityKind::Alias, " Acme   Inc ", "Acme Inc");
    }

    #[test]
    fn what_is_no_identity_is_refused_with_an_example() {
        let refusal = normal_identity(IdentityKind::Phone, "030 123").expect_err("no country");
        assert!(refusal.message.contains("+49"));
        assert!(normal_identity(IdentityKind::Email, "anna at acme").is_err());
        assert!(normal_identity(IdentityKind::Alias, " ").is_err());
    }
}
