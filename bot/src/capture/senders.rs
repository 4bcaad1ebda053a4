//! The company behind a mailbox of which nothing else is known: what can be made of a mail in which
//! nobody was found, for whoever wants it all the same.

use crm::StoreError;
use crm::ports::Read;
use crm::proposals::{CapturedMessage, ProposedRecord, Slot};
use crm::records::IdentityKind;

use super::drafts::company_of_domain;
use super::matching::{finished, match_by_identity};
use super::prose::Prose;

/// The company that an address belongs to, with the address as its channel. None where anybody
/// gets an address, and where the message does not hold it.
pub(crate) async fn company_of(
    read: &mut dyn Read,
    message: &CapturedMessage,
    address: &str,
) -> Result<Option<ProposedRecord>, StoreError> {
    let (Some((_, domain)), Some(_)) = (address.rsplit_once('@'), crm::domains::site_of(address))
    else {
        return Ok(None);
    };
    let text = super::beginning(&message.text);
    let Some(at) = text.to_ascii_lowercase().find(address) else { return Ok(None) };
    let start = text[..at].chars().count();
    let prose = Prose::new(0, text);
    let source = prose.source_at(start, start + address.chars().count(), "email", 90);
    let mut drafts = Vec::new();
    company_of_domain(&mut drafts, domain, source.clone());
    let Some(mut draft) = drafts.pop() else { return Ok(None) };
    draft.add(Slot::Identity(IdentityKind::Email), address.into(), source.clone());
    draft.add(Slot::Identity(IdentityKind::Domain), domain.into(), source);
    match_by_identity(read, &mut draft, "company").await?;
    finished(read, "company", draft).await.map(Some)
}
