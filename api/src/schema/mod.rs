//! Requests against their schemas: the one that is shown in the OpenAPI is the one that is enforced.

mod findings;
mod fix;
mod forms;
pub mod json;
mod registry;

pub(crate) use registry::closed;
pub use registry::{RequestSchema, schema_of};
