//! The protocol of `/ws`: JSON text frames, one message each.

mod client;
mod close;
mod server;

pub use client::{ClientMessage, Resume};
pub use close::CloseCode;
pub use server::{ErrorCode, ResyncReason, ServerMessage};

/// The subprotocol that a client asks for at the handshake.
pub const SUBPROTOCOL: &str = "blockbotx.v1";
