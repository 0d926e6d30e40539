//! The engine on a real Postgres behind a real PgBouncer, and a real Redis.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod bench;
mod bots;
mod departures;
mod division;
mod faults;
mod heartbeat;
mod jobs;
mod relay;
mod renewals;
mod run;
