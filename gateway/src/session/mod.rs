//! What a client may say when, and what follows from it: unidentified → identified → draining. No I/O, no clock.

mod identified;
mod rate;
mod rules;
mod unidentified;

use std::time::Duration;

use events::wire::{ClientMessage, CloseCode};
use platform::token::AccessClaims;
use tokio::time::Instant;

pub(crate) use identified::text;
use identified::{Identified, unknown_op};
pub(crate) use rate::Rate;
use rules::HELLO_FIRST;
pub use rules::{Action, Now, Rules};
use unidentified::Unidentified;

use crate::outbound::Closing;

/// One client's session.
#[derive(Debug)]
pub struct Session {
    state: State,
    rate: Rate,
    /// When the socket is too old.
    old: Instant,
}

#[derive(Debug)]
enum State {
    Unidentified(Unidentified),
    Identified(Box<Identified>),
    Draining,
}

impl Session {
    /// A session that begins now. `cookie` are the claims that the handshake brought; `age` is how old it may become.
    pub fn new(rules: &Rules, cookie: Option<AccessClaims>, age: Duration, now: Now) -> Self {
        Self {
            state: State::Unidentified(Unidentified::new(rules, cookie, now)),
            rate: Rate::new(
                rules.limits.messages_per_second,
                rules.limits.message_burst,
                now.mono,
            ),
            old: now.mono + age,
        }
    }

    /// Something came that is no text.
    pub fn on_binary(&mut self) -> Vec<Action> {
        self.end(Closing::malformed("messages are text"))
    }

    /// A text came.
    pub fn on_text(&mut self, rules: &Rules, text: &str, now: Now) -> Vec<Action> {
        if !self.rate.allows(now.mono) {
            return self.end(CloseCode::RateLimited);
        }
        let Ok(message) = serde_json::from_str::<ClientMessage>(text) else {
            return self.on_something_else(text);
        };
        let outcome = match &mut self.state {
            State::Unidentified(state) => match state.on_message(rules, message, now) {
                Ok((identified, actions)) => {
                    self.state = State::Identified(Box::new(identified));
                    Ok(actions)
                }
                Err(closing) => Err(closing),
            },
            State::Identified(state) => state.on_message(rules, message, now),
            State::Draining => Ok(Vec::new()),
        };
        outcome.unwrap_or_else(|closing| self.end(closing))
    }

    /// A text came that is no message as we know them.
    fn on_something_else(&mut self, text: &str) -> Vec<Action> {
        match (&self.state, ClientMessage::unknown_op(text)) {
            (State::Draining, _) => Vec::new(),
            (State::Identified(_), Some(id)) => vec![unknown_op(id)],
            (State::Unidentified(_), _) => self.end(Closing::malformed(HELLO_FIRST)),
            (State::Identified(_), None) => {
                self.end(Closing::malformed("not a message of the protocol"))
            }
        }
    }

    /// A frame of WebSocket's own came: it costs as much as a message.
    pub fn on_control(&mut self, now: Now) -> Vec<Action> {
        if self.rate.allows(now.mono) {
            Vec::new()
        } else {
            self.end(CloseCode::RateLimited)
        }
    }

    /// When [`Session::on_deadline`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Unidentified(state) => Some(state.deadline().min(self.old)),
            State::Identified(state) => Some(state.deadline().min(self.old)),
            State::Draining => None,
        }
    }

    /// Time passed.
    pub fn on_deadline(&mut self, rules: &Rules, now: Now) -> Vec<Action> {
        let outcome = match &mut self.state {
            State::Draining => return Vec::new(),
            _ if now.mono >= self.old => Err(CloseCode::Drain.into()),
            State::Unidentified(state) if now.mono >= state.deadline() => {
                Err(CloseCode::NoHello.into())
            }
            State::Unidentified(_) => Ok(Vec::new()),
            State::Identified(state) => state.on_deadline(rules, now),
        };
        outcome.unwrap_or_else(|closing| self.end(closing))
    }

    /// Whose session it is, once known.
    pub fn claims(&self) -> Option<&AccessClaims> {
        match &self.state {
            State::Identified(state) => Some(state.claims()),
            State::Unidentified(_) | State::Draining => None,
        }
    }

    /// Nothing more is to be taken from the client.
    pub fn drain(&mut self) {
        self.state = State::Draining;
    }

    fn end(&mut self, closing: impl Into<Closing>) -> Vec<Action> {
        self.drain();
        vec![Action::Close(closing.into())]
    }
}

#[cfg(test)]
mod tests;
