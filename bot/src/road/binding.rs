//! Binding: a room that belongs to nobody answers only who redeems a code in it.

use crm::chat::Message;
use crm::commands::BindPlace;
use crm::places::secret_hash;
use crm::ports::ClaimedInbound;
use crm::{Actor, Command, Error, StoreError};

use super::{Passed, Road, reply_to};

impl Road {
    /// A room that is bound to nobody answers only who redeems a code in it.
    pub(super) async fn bind(
        &self,
        claimed: &ClaimedInbound,
        message: &Message,
        code: &str,
    ) -> Result<Passed, StoreError> {
        let hub = self.crm.hub();
        let code_hash = secret_hash(code);
        let found = hub.bind_code(&code_hash).await?;
        let bound = hub.tenant_of_place(&message.place).await?;
        let reply = reply_to(message);
        let refused = |text: &str| text.to_owned();
        let (tenant, text) = match (found, bound) {
            (Some(code), Some(bound)) if code.tenant != bound => (
                Some(bound),
                refused("This room belongs to another team's Tieline. Unbind it there first."),
            ),
            (Some(code), _) => {
                let step = self.step(code.tenant.clone(), claimed);
                let actor = Actor::Member { tenant: code.tenant, member: code.member };
                let bind = BindPlace {
                    place: message.place.clone(),
                    name: message.room_name.as_ref().unwrap_or(&message.place.room).clone(),
                    code_hash,
                };
                let cause = step.cause(Some(reply.clone()));
                return match self.crm.run(&actor, cause, Command::BindPlace(bind)).await {
                    Ok(outcome) => Ok(Passed::Effect(outcome)),
                    Err(Error::Refused(refusal)) => {
                        self.answer(&step, refusal.message, reply).await
                    }
                    Err(Error::Store(error)) => Err(error),
                };
            }
            (None, bound) => {
                // Nobody's room: only an installation with one tenant knows who would answer.
                let only = match bound {
                    Some(tenant) => Some(tenant),
                    None => {
                        let mut tenants = hub.tenants().await?;
                        if tenants.len() == 1 { tenants.pop().map(|t| t.id) } else { None }
                    }
                };
                (
                    only,
                    refused(
                        "This code was used, has run out or never was. An administrator can take \
                         a new one in the console.",
                    ),
                )
            }
        };
        match tenant {
            Some(tenant) => {
                let step = self.step(tenant, claimed);
                self.answer(&step, text, reply).await
            }
            None => Ok(Passed::Nothing),
        }
    }
}
