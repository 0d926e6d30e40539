//! Before hello.

use events::wire::{ClientMessage, CloseCode};
use platform::token::AccessClaims;
use tokio::time::Instant;

use super::{
    identified::Identified,
    rules::{Action, HELLO_FIRST, Now, Rules},
};
use crate::outbound::Closing;

#[derive(Debug)]
pub(super) struct Unidentified {
    cookie: Option<AccessClaims>,
    hello_by: Instant,
}

impl Unidentified {
    pub(super) fn new(rules: &Rules, cookie: Option<AccessClaims>, now: Now) -> Self {
        Self {
            cookie,
            hello_by: now.mono + rules.limits.hello_timeout,
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.hello_by
    }

    /// Only hello will do. A token in it counts more than the cookie.
    pub(super) fn on_message(
        &self,
        rules: &Rules,
        message: ClientMessage,
        now: Now,
    ) -> Result<(Identified, Vec<Action>), Closing> {
        let ClientMessage::Hello {
            token,
            resume,
            channels,
        } = message
        else {
            return Err(Closing::malformed(HELLO_FIRST));
        };
        let claims = match (token, self.cookie) {
            (Some(token), _) => rules.verify(token.0.expose(), now)?,
            (None, Some(cookie)) if cookie.exp > now.wall => cookie,
            (None, _) => return Err(CloseCode::InvalidToken.into()),
        };
        let mut identified = Identified::new(rules, claims, now);
        let mut actions = vec![Action::Identify { claims, resume }];
        actions.extend(identified.subscribe(rules, None, &channels, now)?);
        Ok((identified, actions))
    }
}
