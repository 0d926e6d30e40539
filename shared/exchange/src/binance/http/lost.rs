//! What is known of a request whose answer is missing or not understood.

use std::error::Error;

use super::body::{Handover, Withheld};
use crate::error::{Ambiguity, NotSent, VenueError};

/// An answer in another shape than expected: where it came from, and what is wrong with it.
pub(crate) fn unreadable(path: &str, error: &dyn std::fmt::Display) -> VenueError {
    let text: String = error.to_string().chars().take(200).collect();
    Ambiguity::Unreadable(format!("{path}: {text}")).into()
}

/// What is known of a request that ended without an answer. A body that the connection has not asked for is revoked, so
/// that it is not sent after this. The error itself is not kept: it carries the URL, and that carries the signature.
pub(crate) fn lost(error: &reqwest::Error, handover: Option<&Handover>) -> VenueError {
    if let Some(Withheld::Permit(expired)) = cause::<Withheld>(error) {
        return NotSent::Permit(*expired).into();
    }
    let is_surely_not_sent =
        error.is_builder() || handover.map_or_else(|| error.is_connect(), Handover::revoke);
    match (is_surely_not_sent, error.is_timeout()) {
        (true, true) => NotSent::ConnectTimeout.into(),
        (true, false) => NotSent::Connect.into(),
        (false, true) => Ambiguity::Timeout.into(),
        (false, false) => Ambiguity::ConnectionLost.into(),
    }
}

fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
