//! Runs the bots of accounts at exchanges: one task an account. What its bots ask for is committed as `sending` before any of
//! it leaves the process; what the exchange tells comes back as inputs.

mod account;
mod calls;
mod desk;
mod play;
mod work;

pub(super) use desk::LiveDesk;
