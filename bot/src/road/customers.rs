//! What customers say to Tieline alone: answers to what a member wrote to them.

use crm::chat::Message;
use crm::commands::TakeAnswer;
use crm::ports::ClaimedInbound;
use crm::{Command, StoreError};

use super::{Passed, Road};

impl Road {
    /// What somebody says in private who is a member of nobody's team: it belongs to the team that
    /// wrote to them last. Whom nobody wrote to is nobody's.
    pub(super) async fn customer(
        &self,
        claimed: &ClaimedInbound,
        message: &Message,
    ) -> Result<Passed, StoreError> {
        if !message.direct {
            return Ok(Passed::Nothing);
        }
        let (connection, account) = (&message.place.connection, &message.author.id);
        // Whoever is a member somewhere speaks as one, and not as anybody's customer.
        let teams = self.crm.hub().tenants_of_account(&message.author.network, account).await?;
        if !teams.is_empty() {
            return Ok(Passed::Nothing);
        }
        let tenant = self.crm.hub().tenant_of_conversation(connection, account).await?;
        let Some(tenant) = tenant else { return Ok(Passed::Nothing) };
        let step = self.step(tenant, claimed);
        let answer = TakeAnswer { message: message.clone() };
        self.run(&step.system(), step.cause(None), Command::TakeAnswer(answer)).await
    }
}
