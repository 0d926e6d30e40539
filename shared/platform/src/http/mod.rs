//! The HTTP/1.1 server loop of api, gateway and the metrics port.
//!
//! hyper speaks the protocol; what is added here is everything that keeps one peer from hurting the others: time limits
//! on heads, bodies, idleness and unread answers, a cap on connections, and an orderly end.

mod address;
mod body;
mod connection;
mod cookie;
mod limits;
mod places;
mod refuse;
mod rest;
mod serve;
mod socket;

pub use address::{client_address, subscriber_network};
pub use body::{BodyError, RequestBody};
pub use connection::{BoxError, ClientAddr, PeerAddr};
pub use cookie::{ACCESS_COOKIE, cookie, cookies};
pub use limits::Limits;
pub use serve::{Drained, serve};
