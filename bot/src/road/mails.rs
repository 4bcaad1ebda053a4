//! The road of a mail: read as if somebody had passed it on, past the gate, to one command.

use crm::commands::ReceiveMail;
use crm::ids::TenantId;
use crm::mails::{MAIL, Mail};
use crm::ports::{ClaimedInbound, Read};
use crm::proposals::{CapturedMessage, Proposal, ProposalStatus};
use crm::{Command, Error, StoreError};

use super::{Passed, Road};
use crate::{capture, mails};

/// The most mails of one sender that one proposal is made of.
const JOINED_MAX: usize = 20;
/// How many of the newest open proposals are looked through for one that a mail joins.
const OPEN_LOOKED_AT: i64 = 100;

impl Road {
    pub(super) async fn mail(
        &self,
        claimed: &ClaimedInbound,
        tenant: &TenantId,
        mail: &Mail,
    ) -> Result<Passed, StoreError> {
        let step = self.step(tenant.clone(), claimed);
        let mut read = self.crm.hub().read(tenant).await?;
        // The inbox forgets what was settled long ago; the log of commands does not.
        if read.entry_by_cause(&step.key).await?.is_some() {
            return Ok(Passed::Nothing);
        }
        let received = self.received(read.as_mut(), mail).await;
        drop(read);
        let ran = match received {
            Ok(received) => {
                let command = Command::ReceiveMail(received);
                self.crm.run(&step.system(), step.cause(None), command).await
            }
            Err(error) => Err(error),
        };
        match ran {
            Ok(outcome) => Ok(Passed::Effect(outcome)),
            // A mail is never dropped: it stays in the inbox for a look.
            Err(Error::Refused(refusal)) => Err(StoreError::corrupt("mail", refusal.message)),
            Err(Error::Store(error)) => Err(error),
        }
    }

    async fn received(&self, read: &mut dyn Read, mail: &Mail) -> Result<ReceiveMail, Error> {
        let message = mail.as_message();
        let reasons = mails::reasons(mail, &mails::lists(read).await?);
        let mut proposes = self.proposed(read, vec![message.clone()], None).await?;
        if proposes.records.is_empty() {
            // Whoever lets it through all the same wants what can be had: its sender's company.
            let company = capture::company_of(read, &message, &mail.from.address).await?;
            proposes.records.extend(company);
        }
        let mut joined = None;
        if reasons.is_empty()
            && let Some(open) = earlier_mails(read, &message).await?
        {
            let mut messages = open.messages.clone();
            messages.push(message);
            joined = Some(self.proposed(read, messages, Some(open)).await?);
        }
        Ok(ReceiveMail { mail: mail.clone(), reasons, proposes, joined })
    }
}

/// The open proposal that was made of earlier mails of whoever wrote this one.
async fn earlier_mails(
    read: &mut dyn Read,
    message: &CapturedMessage,
) -> Result<Option<Proposal>, StoreError> {
    let of_sender =
        |one: &CapturedMessage| one.place.connection == MAIL && one.author == message.author;
    let open = read.proposals(ProposalStatus::Open, OPEN_LOOKED_AT).await?;
    Ok(open.into_iter().find(|proposal| {
        proposal.messages.len() < JOINED_MAX && proposal.messages.iter().all(of_sender)
    }))
}
