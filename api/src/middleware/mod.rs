//! What happens around every handler.

pub mod conditional;
pub mod csrf;
pub mod deadline;
pub mod envelope;
pub mod maintenance;
pub mod query_guard;
pub mod rate_limit;
pub mod readiness;
