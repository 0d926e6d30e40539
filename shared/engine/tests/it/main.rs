//! The engine on a real Postgres behind a real PgBouncer, and a real Redis.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod bench;
mod jobs;
mod leases;
mod live;
mod log;
mod maintenance;
mod relay;
mod run;
mod runner;
mod spec;
mod work;
