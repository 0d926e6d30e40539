//! One wide log event and one set of measurements a request.

mod facts;
mod layer;
mod record;

pub use facts::{Facts, RequestId};
pub use layer::{RequestLayer, RequestService, RouteOf};
pub use record::RecordedBody;
