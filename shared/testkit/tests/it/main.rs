//! The test kit's own tests, and the test of how the workspace hangs together.
#![expect(clippy::unwrap_used, reason = "in a test it is an assertion")]

mod circles;
mod conformance;
mod db;
mod documents;
mod http;
mod pipeline;
mod process;
mod proxy;
mod redis;
mod servers;
mod system;
mod workspace;
mod ws;
