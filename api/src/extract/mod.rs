//! What handlers take: every refusal is a problem of ours, never a framework's plain text.

mod caller;
mod json;
mod path;
mod principal;
mod query;
mod version;

pub use caller::ClientInfo;
pub(crate) use caller::address;
pub(crate) use json::read;
pub use json::{ApiJson, Check, MAX_BODY_BYTES};
pub use path::ApiPath;
pub use principal::{
    Admin, Login, Person, Principal, Reader, SessionUser, SteppedUp, SteppedUpAdmin, Trader, Via,
};
pub(crate) use principal::{Presented, bearer, presented, require_active};
pub use query::{ApiQuery, NoQuery};
pub(crate) use version::with_etag;
pub use version::{Expected, IfMatch};
