//! Writing to customers by command, and saying whose an account is.

use crm::commands::{AddIdentity, Command, SendMessage};
use crm::ids::RecordId;
use crm::ports::Read;
use crm::records::IdentityKind;
use crm::{Refusal, Result};

use super::channels::kind_named;
use super::naming::{blueprint_of, one_of, one_or_ask, work_of};
use super::{Desk, Speaker};

/// The command that writes to somebody. What is said to a person is about the one open deal they
/// have, if there is exactly one.
pub(super) async fn message(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    text: &str,
) -> Result<Command> {
    let named = desk.named_first(read, text, "message anna the offer is on its way").await?;
    let mut options: Vec<(RecordId, Command)> = Vec::new();
    for record in named.records {
        let is_somebody = blueprint_of(read, &record).await?.identities;
        let about = if is_somebody {
            work_of(read, vec![record.clone()]).await?.remove(0).id
        } else {
            record.id.clone()
        };
        let send = SendMessage {
            record: about,
            person: is_somebody.then(|| record.id.clone()),
            channel: None,
            text: named.rest.clone(),
            private_to: speaker.alone.then(|| speaker.account.id.clone()),
        };
        options.push((record.id, Command::SendMessage(send)));
    }
    one_or_ask(&named.name, options)
}

/// The command that says whose an account is.
pub(super) async fn account(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    name: &str,
    fields: &[(String, String)],
) -> Result<Command> {
    let id = fields.iter().find(|(key, _)| key == "id").map(|(_, id)| id.trim().to_owned());
    let network = fields.iter().find_map(|(key, value)| Some((kind_named(key)?, value.trim())));
    let Some((kind, value)) = network else {
        return Err(Refusal::invalid(format!(
            "Which account? Write it with its network, like “{} account anna discord:anna_s \
             id:80351110224678912”.",
            desk.prefix
        ))
        .into());
    };
    let records = desk.records(read, name).await?;
    one_of(name, &records, |record| {
        Command::AddIdentity(AddIdentity {
            record: record.id.clone(),
            kind,
            value: value.to_owned(),
            label: None,
            // A Matrix account is its own id.
            stable_id: id.clone().filter(|_| kind != IdentityKind::Matrix),
        })
    })
}
