//! Relations between records: adding and removing them, and the parts that are played in them.
//! Links stay while a record is in the trash, since it may come back; what is purged has none.

use serde_json::json;

use super::{Done, Work};
use crate::commands::{ChangeLink, Command, LinkRecords, UnlinkRecords};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::ids::LinkId;
use crate::link_kinds::{self, ROLE_CHARS_MAX};
use crate::permissions::Action;
use crate::records::{Link, Record};
use crate::timeline::EventType;

impl Work<'_> {
    pub(super) async fn link_records(&mut self, input: LinkRecords) -> Result<Done> {
        let from = self.live_record(&input.from).await?;
        let to = self.live_record(&input.to).await?;
        self.may(Action::Change, &from)?;
        if from.id == to.id {
            return Err(Refusal::invalid("A record cannot be linked to itself.").into());
        }
        let LinkRecords { kind, role, again, .. } = input;
        let Some(link) = self.put_link_because(&from, &to, &kind, role, None, again).await? else {
            let said = format!("{} and {} are linked already.", from.title, to.title);
            return Ok(Done::about(&from.id, said));
        };
        let part = link.role.as_ref().map_or_else(String::new, |role| format!(" as {role}"));
        let said = format!("Linked {} to {}{part}.", from.title, to.title);
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
        self.put_link_because(from, to, kind, role, None, None).await
    }

    /// The same, with why Tieline does it by itself, or as the link that it was before.
    pub(super) async fn put_link_because(
        &mut self,
        from: &Record,
        to: &Record,
        kind: &str,
        role: Option<String>,
        why: Option<String>,
        again: Option<LinkId>,
    ) -> Result<Option<Link>> {
        checked_kind(kind)?;
        let role = checked_role(kind, role.as_deref())?;
        let link = Link {
            id: again.unwrap_or_else(|| LinkId::fresh(self.env)),
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
            why: why.clone(),
        });
        self.inverses.push(Command::UnlinkRecords(UnlinkRecords {
            from: from.id.clone(),
            link: link.id.clone(),
        }));
        for (one, other) in [(from, to), (to, from)] {
            let summary = match &why {
                None => format!("{} linked it to {}", self.actor_name(), other.title),
                Some(why) => format!("Tieline linked it to {}: {why}", other.title),
            };
            let mut data = json!({ "kind": kind, "role": link.role, "record": other.id });
            if let Some(why) = &why {
                data["why"] = why.as_str().into();
            }
            self.log_event(&one.id, EventType::LinkAdded, summary, data).await?;
            self.card_changed(&one.id, None, false);
        }
        Ok(Some(link))
    }

    pub(super) async fn change_link(&mut self, input: ChangeLink) -> Result<Done> {
        let from = self.live_record(&input.from).await?;
        self.may(Action::Change, &from)?;
        let links = self.tx.links(&from.id).await?;
        let Some(link) = links.into_iter().find(|l| l.id == input.link && l.from == from.id) else {
            return Err(no_such_link(&from).into());
        };
        let mut changed = link.clone();
        if let Some(kind) = &input.kind {
            checked_kind(kind)?;
            changed.kind.clone_from(kind);
        }
        if let Some(role) = &input.role {
            changed.role = checked_role(&changed.kind, Some(role))?;
        }
        let title = match self.tx.record(&link.to).await? {
            Some(to) => to.title,
            None => "it".to_owned(),
        };
        let part = part_of(&changed);
        if changed == link {
            let said = format!("{title} is {part} of {} already.", from.title);
            return Ok(Done::about(&from.id, said));
        }
        if !self.tx.update_link(&changed).await? {
            return Err(Refusal::invalid(format!(
                "{} and {title} are linked in this way already. Remove one of the links.",
                from.title
            ))
            .into());
        }
        self.facts.push(FactBody::LinkChanged {
            link: link.id.clone(),
            from: from.id.clone(),
            to: link.to.clone(),
            kind: changed.kind.clone(),
            role: changed.role.clone(),
        });
        for (one, other) in [(&link.from, &link.to), (&link.to, &link.from)] {
            let summary = format!("{}: {title} is {part} of {} now", self.actor_name(), from.title);
            let data = json!({
                "kind": changed.kind, "role": changed.role, "record": other,
                "before": link.role.as_ref().unwrap_or(&link.kind),
            });
            self.log_event(one, EventType::LinkChanged, summary, data).await?;
            self.card_changed(one, None, false);
        }
        self.inverses.push(Command::ChangeLink(ChangeLink {
            from: link.from,
            link: link.id.clone(),
            kind: Some(link.kind),
            role: Some(link.role.unwrap_or_default()),
        }));
        let said = format!("{title} is {part} of {} now.", from.title);
        Ok(Done { data: json!({ "link": link.id }), ..Done::about(&from.id, said) })
    }

    pub(super) async fn unlink_records(&mut self, input: UnlinkRecords) -> Result<Done> {
        let Some(from) = self.tx.record(&input.from).await? else {
            return Err(super::no_such_record().into());
        };
        self.may(Action::Change, &from)?;
        let links = self.tx.links(&from.id).await?;
        let Some(link) = links.into_iter().find(|l| l.id == input.link && l.from == from.id) else {
            return Err(no_such_link(&from).into());
        };
        self.tx.delete_link(&link.id).await?;
        self.facts.push(FactBody::LinkRemoved {
            link: link.id.clone(),
            from: from.id.clone(),
            to: link.to.clone(),
        });
        let title = match self.tx.record(&link.to).await? {
            Some(to) => to.title,
            None => "a record".to_owned(),
        };
        let ends = [(&link.from, &link.to, &title), (&link.to, &link.from, &from.title)];
        for (one, other, named) in ends {
            let summary = format!("{} removed the link to {named}", self.actor_name());
            let data = json!({ "kind": link.kind, "role": link.role, "record": other });
            self.log_event(one, EventType::LinkRemoved, summary, data).await?;
            self.card_changed(one, None, false);
        }
        self.inverses.push(Command::LinkRecords(LinkRecords {
            from: from.id.clone(),
            to: link.to,
            kind: link.kind,
            role: link.role,
            again: Some(link.id),
        }));
        let said = format!("{}: the link to {title} is gone.", from.title);
        Ok(Done::about(&from.id, said))
    }
}

/// The part that the other end plays, or what the kind calls it.
fn part_of(link: &Link) -> String {
    link.role.clone().unwrap_or_else(|| link.kind.replace('_', " "))
}

fn no_such_link(from: &Record) -> Refusal {
    Refusal::not_found(format!("{} has no such link. Look at its links again.", from.title))
}

fn checked_kind(kind: &str) -> Result<(), Refusal> {
    let known = !kind.is_empty()
        && kind.len() <= 40
        && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if known {
        return Ok(());
    }
    Err(Refusal::invalid(
        "A kind of link is a word in lower case, like contact, customer or works_at.",
    ))
}

fn checked_role(kind: &str, given: Option<&str>) -> Result<Option<String>, Refusal> {
    let role = link_kinds::role(kind, given.unwrap_or_default());
    if role.as_ref().is_some_and(|role| role.chars().count() > ROLE_CHARS_MAX) {
        return Err(Refusal::invalid(format!(
            "A part has at most {ROLE_CHARS_MAX} characters, like “Decision Maker”."
        )));
    }
    Ok(role)
}
