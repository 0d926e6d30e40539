//! After hello.

use std::{collections::BTreeSet, time::Duration};

use events::{
    channel::MarketChannel,
    wire::{ClientMessage, CloseCode, ErrorCode, ServerMessage},
};
use platform::{ids::UserId, token::AccessClaims};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{Action, Now, Rules, rate::Rate};
use crate::outbound::Closing;

#[derive(Debug)]
pub(super) struct Identified {
    claims: AccessClaims,
    /// The token's end and the grace after it.
    expires: Instant,
    ping_at: Instant,
    /// Until when the last ping is to be answered.
    pong_by: Option<Instant>,
    channels: BTreeSet<MarketChannel>,
    /// Channels begun and ended: each may cost a subscription at Redis.
    changes: Rate,
}

impl Identified {
    pub(super) fn new(rules: &Rules, claims: AccessClaims, now: Now) -> Self {
        Self {
            claims,
            expires: expiry(rules, &claims, now),
            ping_at: now.mono + rules.limits.ping_interval,
            pong_by: None,
            channels: BTreeSet::new(),
            changes: Rate::new(
                rules.limits.channel_changes_per_second,
                rules.limits.channel_change_burst,
                now.mono,
            ),
        }
    }

    pub(super) fn claims(&self) -> &AccessClaims {
        &self.claims
    }

    pub(super) fn deadline(&self) -> Instant {
        self.pong_by
            .unwrap_or(self.ping_at)
            .min(self.ping_at)
            .min(self.expires)
    }

    pub(super) fn on_message(
        &mut self,
        rules: &Rules,
        message: ClientMessage,
        now: Now,
    ) -> Result<Vec<Action>, Closing> {
        match message {
            ClientMessage::Hello { .. } => Err(Closing::malformed("hello is said once")),
            ClientMessage::Subscribe { id, channels } => {
                self.subscribe(rules, Some(id), &channels, now)
            }
            ClientMessage::Unsubscribe { id, channels } => self.unsubscribe(id, &channels, now),
            ClientMessage::Refresh { id, token } => self.refresh(rules, id, token.0.expose(), now),
            ClientMessage::Pong => {
                self.pong_by = None;
                Ok(Vec::new())
            }
        }
    }

    pub(super) fn on_deadline(&mut self, rules: &Rules, now: Now) -> Result<Vec<Action>, Closing> {
        if now.mono >= self.expires {
            return Err(CloseCode::TokenExpired.into());
        }
        if self.pong_by.is_some_and(|by| now.mono >= by) {
            return Err(CloseCode::NoPong.into());
        }
        if now.mono < self.ping_at {
            return Ok(Vec::new());
        }
        self.ping_at = now.mono + rules.limits.ping_interval;
        self.pong_by
            .get_or_insert(now.mono + rules.limits.pong_timeout);
        Ok(vec![Action::Ping])
    }

    /// All of them or none.
    pub(super) fn subscribe(
        &mut self,
        rules: &Rules,
        id: Option<u64>,
        channels: &[String],
        now: Now,
    ) -> Result<Vec<Action>, Closing> {
        let wanted = match parse(channels, self.claims.sub) {
            Ok(wanted) => wanted,
            Err(unknown) => return Ok(vec![unknown_channel(id, unknown)]),
        };
        let new: Vec<MarketChannel> = wanted.difference(&self.channels).cloned().collect();
        if self.channels.len() + new.len() > rules.limits.channels {
            return Ok(vec![reply(&ServerMessage::Error {
                id,
                code: ErrorCode::TooManyChannels,
                message: "a socket may not have that many channels",
                channel: None,
            })]);
        }
        if !self.changes.allows_many(new.len(), now.mono) {
            return Err(CloseCode::RateLimited.into());
        }
        self.channels.extend(new.iter().cloned());
        let mut actions: Vec<Action> = id.map(done).into_iter().collect();
        if !new.is_empty() {
            actions.push(Action::Subscribe(new));
        }
        Ok(actions)
    }

    fn unsubscribe(
        &mut self,
        id: u64,
        channels: &[String],
        now: Now,
    ) -> Result<Vec<Action>, Closing> {
        let unwanted = match parse(channels, self.claims.sub) {
            Ok(unwanted) => unwanted,
            Err(unknown) => return Ok(vec![unknown_channel(Some(id), unknown)]),
        };
        let gone: Vec<MarketChannel> = unwanted
            .into_iter()
            .filter(|channel| self.channels.remove(channel))
            .collect();
        if !self.changes.allows_many(gone.len(), now.mono) {
            return Err(CloseCode::RateLimited.into());
        }
        let mut actions = vec![done(id)];
        if !gone.is_empty() {
            actions.insert(0, Action::Unsubscribe(gone));
        }
        Ok(actions)
    }

    fn refresh(
        &mut self,
        rules: &Rules,
        id: u64,
        token: &str,
        now: Now,
    ) -> Result<Vec<Action>, Closing> {
        let claims = rules.verify(token, now)?;
        if claims.sub != self.claims.sub {
            return Err(CloseCode::InvalidToken.into());
        }
        self.expires = expiry(rules, &claims, now);
        self.claims = claims;
        Ok(vec![Action::Refreshed(claims), done(id)])
    }
}

fn expiry(rules: &Rules, claims: &AccessClaims, now: Now) -> Instant {
    let left = (claims.exp - now.wall).to_std().unwrap_or(Duration::ZERO);
    now.mono + left + rules.limits.token_grace
}

/// The channels that these names mean to the user: nobody reads another's paper market.
fn parse(channels: &[String], user: UserId) -> Result<BTreeSet<MarketChannel>, &str> {
    channels
        .iter()
        .map(|name| match name.parse::<MarketChannel>() {
            Ok(channel) => Ok(channel.of(user)),
            Err(_) => Err(name.as_str()),
        })
        .collect()
}

fn unknown_channel(id: Option<u64>, channel: &str) -> Action {
    reply(&ServerMessage::Error {
        id,
        code: ErrorCode::UnknownChannel,
        message: "there is no such channel",
        channel: Some(channel),
    })
}

/// The answer to an operation that this version does not have.
pub(super) fn unknown_op(id: Option<u64>) -> Action {
    reply(&ServerMessage::Error {
        id,
        code: ErrorCode::UnknownOp,
        message: "there is no such op",
        channel: None,
    })
}

fn done(id: u64) -> Action {
    reply(&ServerMessage::Ok { id })
}

/// None of our messages can fail to have a JSON form.
fn reply(message: &ServerMessage<'_>) -> Action {
    Action::Reply(text(message))
}

/// The text frame of a message.
pub(crate) fn text(message: &ServerMessage<'_>) -> Utf8Bytes {
    serde_json::to_string(message).unwrap_or_default().into()
}
