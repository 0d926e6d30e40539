//! What an answer of Binance that is not a result means, by status and code.

use serde::Deserialize;
use trading::order::Millis;

use crate::error::{Ambiguity, RateScope, VenueError};

/// Longest part of the venue's message that is kept, in characters.
const LONGEST_REASON: usize = 200;

/// How long a firewall's refusal is taken to last, in milliseconds, where it does not say.
const REFUSED_FOR_MS: Millis = 60_000;

/// The shortest ban of an address, in milliseconds, where the answer does not say how long.
const SHORTEST_BAN_MS: Millis = 120_000;

/// Body of an answer that is not a result.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Failure {
    pub(crate) code: Option<i64>,
    #[serde(default)]
    pub(crate) msg: String,
}

/// Facts of an answer that is not a result.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) failure: Failure,
    /// Seconds to wait, where the venue says so.
    pub(crate) retry_after_s: Option<i64>,
    /// When the answer came, on this machine's wall clock.
    pub(crate) at: Millis,
}

/// What a code of Binance says about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Rejected,
    Credential,
    OrderNotFound,
    OutsideTimeWindow,
    RateLimited(RateScope),
    Unknown,
}

impl Meaning {
    const fn of(code: i64) -> Self {
        match code {
            // Internal errors and timeouts: unknown, disconnected, unexpected response, timeout, overloaded, shutting
            // down. Whatever is no error code says nothing either.
            -1000 | -1001 | -1006 | -1007 | -1008 | -1016 | 0.. => Self::Unknown,
            -1003 | -1034 => Self::RateLimited(RateScope::Address),
            -1015 => Self::RateLimited(RateScope::Account),
            -1002 | -1022 | -2014 | -2015 => Self::Credential,
            -1021 => Self::OutsideTimeWindow,
            // No open order to cancel; no such order; ended long ago with nothing filled.
            -2011 | -2013 | -2026 => Self::OrderNotFound,
            _ => Self::Rejected,
        }
    }
}

impl Answer {
    /// The error that this answer is. `key` is kept out of the reason.
    pub(crate) fn into_error(self, key: Option<&str>) -> VenueError {
        let code = self.failure.code;
        match self.status {
            418 | 429 => {
                let scope = match code.map(Meaning::of) {
                    Some(Meaning::RateLimited(scope)) => scope,
                    Some(_) | None => RateScope::Address,
                };
                self.rate_limited(scope)
            }
            // The web application firewall: the request never reached the exchange.
            403 if code.is_none() => self.rate_limited(RateScope::Address),
            400..=499 => match code {
                Some(code) => self.coded(code, key),
                None => self.unknown(),
            },
            _ => self.unknown(),
        }
    }

    fn unknown(&self) -> VenueError {
        let status = self.status;
        Ambiguity::Status { status }.into()
    }

    fn coded(self, code: i64, key: Option<&str>) -> VenueError {
        match Meaning::of(code) {
            Meaning::Unknown => Ambiguity::Code { code }.into(),
            Meaning::RateLimited(scope) => self.rate_limited(scope),
            Meaning::OutsideTimeWindow => VenueError::OutsideTimeWindow,
            Meaning::OrderNotFound => VenueError::OrderNotFound { code },
            Meaning::Credential => VenueError::Credential {
                code,
                reason: reason(&self.failure.msg, key),
            },
            Meaning::Rejected => VenueError::Rejected {
                code,
                reason: reason(&self.failure.msg, key),
            },
        }
    }

    fn rate_limited(&self, scope: RateScope) -> VenueError {
        let wait = match (self.retry_after_s, self.status) {
            (Some(seconds), _) => seconds.saturating_mul(1_000),
            (None, 418) => SHORTEST_BAN_MS,
            (None, _) => REFUSED_FOR_MS,
        };
        VenueError::RateLimited {
            until: self.at.saturating_add(wait),
            scope,
        }
    }
}

/// What is kept of a message: short, printable and without the key, or anything as long as a signature.
fn reason(message: &str, key: Option<&str>) -> String {
    let message = match key {
        Some(key) => message.replace(key, "[redacted]"),
        None => message.to_owned(),
    };
    let is_of_word = |char: char| char.is_ascii_alphanumeric();
    let mut out = String::new();
    for part in message.split_inclusive(|char: char| !is_of_word(char)) {
        let word = part.trim_end_matches(|char: char| !is_of_word(char));
        if word.len() >= 48 {
            out.push_str("[redacted]");
            out.push_str(&part[word.len()..]);
        } else {
            out.push_str(part);
        }
    }
    out.chars()
        .filter(|char| !char.is_control())
        .take(LONGEST_REASON)
        .collect()
}
