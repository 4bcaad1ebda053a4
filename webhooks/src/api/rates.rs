//! What currencies are worth here, for sums and forecasts.

pub(super) mod list;
pub(super) mod set;
pub(super) mod set_base;
