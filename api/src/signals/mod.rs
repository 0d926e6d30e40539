//! Signals from outside: what they say, and how they prove where they come from.

mod body;
mod proof;
mod secret;

pub use body::{Understood, parse_alert};
pub use proof::{Proof, proven};
pub use secret::generate;

/// The largest body of a signal that is read.
pub const MAX_ALERT_BYTES: usize = 8 * 1024;

/// The header of the secret, where it is not in the body.
pub const PROOF_HEADER: &str = "x-signal-secret";

/// The header of a signature: `t=<Unix seconds>,v1=<hex of HMAC-SHA256 with the secret over t, a dot and the body>`.
pub const SIGNATURE_HEADER: &str = "x-signal-signature";
