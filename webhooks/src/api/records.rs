//! Records of any blueprint. Wherever a record is named, its id and its key (`DEAL-12`) both do.

pub(super) mod assessments;
pub(super) mod assign;
pub(super) mod change;
pub(super) mod create;
pub(super) mod export;
pub(super) mod identities;
pub(super) mod links;
pub(crate) mod list;
pub(super) mod merge;
pub(super) mod move_to;
pub(super) mod notes;
pub(super) mod provenance;
pub(super) mod restore;
pub(super) mod scores;
pub(super) mod show;
pub(super) mod stages;
pub(super) mod tags;
pub(super) mod timeline;
pub(super) mod trash;

use crm::ids::RecordId;
use crm::ports::Read;
use crm::records::Record;

use super::nothing;
use crate::Web;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// The record that an address names, in the trash or not.
pub(crate) async fn found(read: &mut dyn Read, given: &str) -> Result<Record, Problem> {
    let record = match given.parse::<RecordId>() {
        Ok(id) => read.record(&id).await?,
        Err(_) => read.record_by_key(given).await?,
    };
    record.ok_or_else(|| nothing("record", given))
}

/// The id of the record that an address names.
pub(crate) async fn id_of(web: &Web, who: &SignedIn, given: &str) -> Result<RecordId, Problem> {
    match given.parse() {
        // The command looks it up itself, inside its transaction.
        Ok(id) => Ok(id),
        Err(_) => {
            let mut read = web.crm.read(&who.actor()).await?;
            Ok(found(read.as_mut(), given).await?.id)
        }
    }
}
