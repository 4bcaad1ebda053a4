//! Channels and other names: adding, changing and removing them. The first of its kind is primary
//! until another one is. An account that has an id of its own network keeps its history when its
//! handle changes.

use serde_json::json;

use super::{Done, Work};
use crate::commands::{AddIdentity, ChangeIdentity, Command, PutBackIdentities, RemoveIdentity};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::flows::listed;
use crate::ids::IdentityId;
use crate::permissions::Action;
use crate::records::{Identity, IdentityKind, Record};
use crate::timeline::EventType;

/// The longest label, in characters.
const LABEL_CHARS_MAX: usize = 40;
/// The longest id that a network gives an account, in bytes.
const STABLE_ID_BYTES_MAX: usize = 255;

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
        let label = checked_label(input.label.as_deref())?;
        let stable_id = checked_stable_id(input.stable_id.as_deref())?;
        if let Some(stable_id) = &stable_id {
            let known = self.tx.identities_with_stable_id(input.kind, stable_id).await?;
            if let Some(mine) = known.iter().find(|one| one.record == record.id) {
                // The same account under another handle.
                let change = ChangeIdentity {
                    value: Some(input.value),
                    label,
                    ..ChangeIdentity::of(record.id, mine.id.clone())
                };
                return self.change_identity(change).await;
            }
            if let Some(other) = known.first()
                && let Some(other) = self.tx.record(&other.record).await?
            {
                self.asides.push(format!(
                    "The same account is on {} ({}) as well.",
                    other.title, other.key
                ));
            }
            let value = normal_identity(input.kind, &input.value)?;
            let mine = self.tx.identities(&record.id).await?;
            let by_name = mine.iter().find(|one| {
                one.kind == input.kind && one.value == value && one.stable_id.is_none()
            });
            if let Some(by_name) = by_name {
                // Known by its name; now the account is known as well.
                let change = ChangeIdentity {
                    stable_id: Some(stable_id.clone()),
                    label,
                    ..ChangeIdentity::of(record.id, by_name.id.clone())
                };
                return self.change_identity(change).await;
            }
        }
        let put = self.put_channel(&record, input.kind, &input.value, label, stable_id).await?;
        let Some(identity) = put else {
            return Ok(Done::about(&record.id, format!("{} has that already.", record.title)));
        };
        self.names_changed(&record, &blueprint).await?;
        let said =
            format!("{}: added {} {}.", record.title, identity.kind.as_str(), identity.value);
        self.card_changed(&record.id, None, false);
        let said = self.with_asides(said);
        Ok(Done { data: json!({ "identity": identity.id }), ..Done::about(&record.id, said) })
    }

    /// Adds a channel to a record that may be changed. None means that it has it already.
    pub(super) async fn put_identity(
        &mut self,
        record: &Record,
        kind: IdentityKind,
        given: &str,
    ) -> Result<Option<Identity>> {
        self.put_channel(record, kind, given, None, None).await
    }

    async fn put_channel(
        &mut self,
        record: &Record,
        kind: IdentityKind,
        given: &str,
        label: Option<String>,
        stable_id: Option<String>,
    ) -> Result<Option<Identity>> {
        let value = normal_identity(kind, given)?;
        let there = self.tx.identities(&record.id).await?;
        let identity = Identity {
            id: IdentityId::fresh(self.env),
            record: record.id.clone(),
            kind,
            value,
            verified: false,
            primary: kind != IdentityKind::Alias && !there.iter().any(|one| one.kind == kind),
            created_at: self.now,
            label,
            stable_id,
            bounced_at: None,
        };
        if !self.tx.insert_identity(&identity).await? {
            return Ok(None);
        }
        self.facts.push(FactBody::IdentityAdded {
            record: record.id.clone(),
            identity: identity.id.clone(),
            kind,
        });
        let said = format!("{} added {} {}", self.actor_name(), kind.as_str(), identity.value);
        let data = json!({ "kind": kind, "value": identity.value });
        self.log_event(&record.id, EventType::ChannelAdded, said, data).await?;
        self.inverses.push(Command::RemoveIdentity(RemoveIdentity {
            record: record.id.clone(),
            identity: identity.id.clone(),
        }));
        self.match_site(record, &identity).await?;
        Ok(Some(identity))
    }

    pub(super) async fn change_identity(&mut self, input: ChangeIdentity) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        self.may(Action::Change, &record)?;
        let all = self.tx.identities(&record.id).await?;
        let Some(before) = all.iter().find(|one| one.id == input.identity).cloned() else {
            return Err(no_such_channel(&record).into());
        };
        let mut changed = before.clone();
        let mut what = Vec::new();
        if let Some(given) = &input.value {
            changed.value = normal_identity(before.kind, given)?;
            if changed.value != before.value {
                what.push("value");
                // Whether the new address is theirs, and whether mail arrives there, is not known.
                changed.verified = false;
                changed.bounced_at = None;
            }
        }
        if let Some(given) = &input.label {
            changed.label = checked_label(Some(given))?;
            what.extend((changed.label != before.label).then_some("label"));
        }
        if let Some(given) = &input.stable_id {
            changed.stable_id = checked_stable_id(Some(given))?;
            what.extend((changed.stable_id != before.stable_id).then_some("account"));
        }
        if let Some(verified) = input.verified {
            changed.verified = verified;
            what.extend((verified != before.verified).then_some("verified"));
        }
        if let Some(bounced) = input.bounced {
            changed.bounced_at = if bounced { before.bounced_at.or(Some(self.now)) } else { None };
            what.extend((bounced != before.bounced_at.is_some()).then_some("bounced"));
        }
        let mut stepped_back = None;
        if let Some(primary) = input.primary
            && primary != before.primary
        {
            changed.primary = primary;
            what.push("primary");
            let first = all.iter().find(|one| one.primary && one.kind == before.kind);
            stepped_back = first.filter(|one| primary && one.id != before.id).cloned();
        }
        let (kind, value) = (before.kind.as_str(), &changed.value);
        if what.is_empty() {
            let said = format!("{}: {kind} {value} is like that already.", record.title);
            return Ok(Done::about(&record.id, said));
        }
        let mut as_they_were = vec![before.clone()];
        if let Some(first) = stepped_back {
            let back = Identity { primary: false, ..first.clone() };
            self.tx.update_identity(&back).await?;
            as_they_were.push(first);
        }
        if !self.tx.update_identity(&changed).await? {
            return Err(Refusal::invalid(format!(
                "{} has {kind} {value} as another channel already. Remove one of them.",
                record.title
            ))
            .into());
        }
        if changed.value != before.value {
            let (id, old) = (&before.id, &before.value);
            self.tx.insert_old_handle(id, &record.id, old, self.now).await?;
        }
        self.facts.push(FactBody::IdentityChanged {
            record: record.id.clone(),
            identity: before.id.clone(),
            what: what.iter().map(|one| (*one).to_owned()).collect(),
        });
        let told = told(&before, &changed, &what);
        let data = json!({
            "kind": before.kind, "value": changed.value, "before": before.value, "what": what,
        });
        let line = format!("{}: {told}", self.actor_name());
        self.log_event(&record.id, EventType::ChannelChanged, line, data).await?;
        self.inverses.push(Command::PutBackIdentities(PutBackIdentities {
            record: record.id.clone(),
            identities: as_they_were,
        }));
        if changed.value != before.value {
            let blueprint = self.blueprint_of(&record).await?;
            self.names_changed(&record, &blueprint).await?;
            self.match_site(&record, &changed).await?;
        }
        self.card_changed(&record.id, None, false);
        let said = self.with_asides(format!("{}: {told}.", record.title));
        Ok(Done { data: json!({ "identity": before.id }), ..Done::about(&record.id, said) })
    }

    pub(super) async fn put_back_identities(&mut self, input: PutBackIdentities) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        self.may(Action::Change, &record)?;
        let blueprint = self.blueprint_of(&record).await?;
        for identity in input.identities {
            if identity.record != record.id {
                return Err(no_such_channel(&record).into());
            }
            let there = self.tx.identities(&record.id).await?;
            let (id, kind, value) = (identity.id.clone(), identity.kind, identity.value.clone());
            let before = there.iter().find(|one| one.id == id).map(|one| one.value.clone());
            let taken = there.iter().any(|o| o.id != id && o.kind == kind && o.value == value);
            // Another one has become the first since, or has the value.
            let another = there.iter().any(|one| one.id != id && one.kind == kind && one.primary);
            if taken {
                return Err(Refusal::out_of_date("That channel was added again since.").into());
            }
            let identity = Identity { primary: identity.primary && !another, ..identity };
            let is_back = before.is_none();
            if is_back {
                self.tx.insert_identity(&identity).await?;
                self.facts.push(FactBody::IdentityAdded {
                    record: record.id.clone(),
                    identity: id,
                    kind,
                });
            } else {
                self.tx.update_identity(&identity).await?;
                self.facts.push(FactBody::IdentityChanged {
                    record: record.id.clone(),
                    identity: id,
                    what: vec!["value".to_owned()],
                });
            }
            let event = if is_back { EventType::ChannelAdded } else { EventType::ChannelChanged };
            let line = format!("{} put back {} {value}", self.actor_name(), kind.as_str());
            let mut data = json!({ "kind": kind, "value": value });
            if let Some(before) = before {
                data["before"] = before.into();
            }
            self.log_event(&record.id, event, line, data).await?;
        }
        self.names_changed(&record, &blueprint).await?;
        self.card_changed(&record.id, None, false);
        Ok(Done::about(&record.id, format!("The channels of {} are back.", record.title)))
    }

    pub(super) async fn remove_identity(&mut self, input: RemoveIdentity) -> Result<Done> {
        let Some(record) = self.tx.record(&input.record).await? else {
            return Err(super::no_such_record().into());
        };
        self.may(Action::Change, &record)?;
        let mut identities = self.tx.identities(&record.id).await?;
        let Some(place) = identities.iter().position(|i| i.id == input.identity) else {
            return Err(no_such_channel(&record).into());
        };
        let identity = identities.remove(place);
        self.tx.delete_identity(&identity.id).await?;
        self.facts.push(FactBody::IdentityRemoved {
            record: record.id.clone(),
            identity: identity.id.clone(),
        });
        let mut as_they_were = vec![identity.clone()];
        let next = identities.into_iter().find(|one| one.kind == identity.kind);
        if identity.primary
            && let Some(next) = next
        {
            // The oldest of those that are left is the first now. It steps back before the one
            // that was removed comes back.
            self.tx.update_identity(&Identity { primary: true, ..next.clone() }).await?;
            as_they_were.insert(0, next);
        }
        let blueprint = self.blueprint_of(&record).await?;
        self.names_changed(&record, &blueprint).await?;
        let said =
            format!("{}: removed {} {}.", record.title, identity.kind.as_str(), identity.value);
        let data = json!({ "kind": identity.kind, "value": identity.value });
        self.log_event(&record.id, EventType::ChannelRemoved, said.clone(), data).await?;
        self.inverses.push(Command::PutBackIdentities(PutBackIdentities {
            record: record.id.clone(),
            identities: as_they_were,
        }));
        self.card_changed(&record.id, None, false);
        Ok(Done::about(&record.id, said))
    }
}

/// What changed of a channel, in words.
fn told(before: &Identity, after: &Identity, what: &[&str]) -> String {
    let kind = before.kind.as_str();
    let parts = what.iter().map(|one| match *one {
        "value" => format!("is {} now", after.value),
        "label" => match &after.label {
            Some(label) => format!("is labelled {label}"),
            None => "has no label any more".to_owned(),
        },
        "primary" if after.primary => "is the first now".to_owned(),
        "primary" => "is not the first any more".to_owned(),
        "verified" if after.verified => "is verified".to_owned(),
        "verified" => "is not verified any more".to_owned(),
        "account" => "is known by its account now".to_owned(),
        _ if after.bounced_at.is_some() => "bounces".to_owned(),
        _ => "does not bounce any more".to_owned(),
    });
    format!("{kind} {} {}", before.value, listed(&parts.collect::<Vec<_>>()))
}

fn no_such_channel(record: &Record) -> Refusal {
    Refusal::not_found(format!("{} has no such channel. Look at its channels again.", record.title))
}

fn checked_label(given: Option<&str>) -> Result<Option<String>, Refusal> {
    let label = given.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    if label.chars().count() > LABEL_CHARS_MAX {
        return Err(Refusal::invalid(format!(
            "A label has at most {LABEL_CHARS_MAX} characters, like “work”."
        )));
    }
    Ok((!label.is_empty()).then_some(label))
}

fn checked_stable_id(given: Option<&str>) -> Result<Option<String>, Refusal> {
    let id = given.unwrap_or_default().trim();
    if id.len() > STABLE_ID_BYTES_MAX {
        return Err(Refusal::invalid("That is no id of an account; give the network's own."));
    }
    Ok((!id.is_empty()).then(|| id.to_owned()))
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
