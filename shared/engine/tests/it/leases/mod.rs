//! Who holds which shard, and what may be sent meanwhile.

mod division;
mod faults;
mod renewals;
