//! Imports: a file is uploaded, looked at, tried and imported; and what came of it is taken back.

pub(crate) mod cancel;
pub(crate) mod errors;
pub(crate) mod list;
pub(crate) mod revert;
pub(crate) mod run;
pub(crate) mod show;
pub(crate) mod upload;

use crm::imports::Import;
use crm::ports::Read;
use crm::tenants::Role;

use crate::api::{id, nothing};
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// An import of whoever asks, or anybody's for administrators.
async fn own(read: &mut dyn Read, who: &SignedIn, given: &str) -> Result<Import, Problem> {
    let found = read.import(&id(given, "import")?).await?;
    found.filter(|import| is_own(who, import)).ok_or_else(|| nothing("import", given))
}

fn is_own(who: &SignedIn, import: &Import) -> bool {
    who.member.role >= Role::Admin || import.created_by.as_ref() == Some(&who.member.id)
}
