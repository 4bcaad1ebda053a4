//! What a company or person has going on: the records with a flow that are linked to it, deals
//! for one. Chat, cards and captured messages all ask it here.

use crate::errors::StoreError;
use crate::flows::StageKind;
use crate::ids::RecordId;
use crate::ports::Read;
use crate::records::Record;

/// Which of them are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Going {
    /// Those in an open stage.
    On,
    /// All that are not in the trash.
    OnOrOver,
}

/// The records with a flow that are linked to this one, in the order in which they were linked.
///
/// # Errors
/// When the store cannot be reached.
pub async fn with_flow(
    read: &mut dyn Read,
    to: &RecordId,
    going: Going,
) -> Result<Vec<Record>, StoreError> {
    let mut found: Vec<Record> = Vec::new();
    for link in read.links(to).await? {
        if link.to != *to || found.iter().any(|known| known.id == link.from) {
            continue;
        }
        let Some(record) = read.record(&link.from).await? else { continue };
        if record.trashed_at.is_some() || record.flow.is_none() {
            continue;
        }
        if going == Going::OnOrOver || is_open(read, &record).await? {
            found.push(record);
        }
    }
    Ok(found)
}

/// The one that is open, if there is just one.
///
/// # Errors
/// When the store cannot be reached.
pub async fn the_open_one(
    read: &mut dyn Read,
    to: &RecordId,
) -> Result<Option<Record>, StoreError> {
    let mut open = with_flow(read, to, Going::On).await?;
    Ok(if open.len() == 1 { open.pop() } else { None })
}

async fn is_open(read: &mut dyn Read, record: &Record) -> Result<bool, StoreError> {
    let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
    let kind = blueprint.and_then(|blueprint| {
        let flow = blueprint.flow(record.flow.as_deref()?)?;
        flow.stage(record.state.as_deref()?).map(|stage| stage.kind)
    });
    Ok(kind == Some(StageKind::Open))
}
