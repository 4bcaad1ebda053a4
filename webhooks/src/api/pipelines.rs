//! Pipelines and their stages. A pipeline is named by its key (`sales`); one that is not shared
//! with the caller is not there.

pub(super) mod add_stage;
pub(super) mod change;
pub(super) mod change_stage;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod delete_stage;
pub(super) mod forecast;
pub(super) mod list;

use crm::flows::Flow;
use crm::permissions::{self, Part};

use crate::signed_in::SignedIn;

/// Whether the caller may use a flow.
pub(super) fn may_use(who: &SignedIn, flow: &Flow) -> bool {
    permissions::may_use(Part::Member(who.member.role), Some(&who.member.id), flow)
}
