//! Tokens that count no longer.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use events::control::{REVOCATIONS_KEPT_S, Revocation};
use platform::{
    ids::{SessionId, UserId},
    token::AccessClaims,
};

/// What was revoked in the last quarter of an hour: as long as any token lives that it could matter to.
#[derive(Debug, Default)]
pub struct Revocations(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    /// When the entry may be forgotten.
    sessions: HashMap<SessionId, DateTime<Utc>>,
    /// Tokens issued up to then are void.
    users: HashMap<UserId, DateTime<Utc>>,
}

impl Revocations {
    /// Adds one.
    pub fn add(&self, revocation: &Revocation, now: DateTime<Utc>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match revocation {
            Revocation::Session { session, .. } => {
                entries.sessions.insert(*session, now + kept());
            }
            Revocation::User { user, until } => {
                let known = entries.users.entry(*user).or_insert(*until);
                *known = (*known).max(*until);
            }
        }
    }

    /// Forgets what no living token can be under.
    pub fn prune(&self, now: DateTime<Utc>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.sessions.retain(|_, forget| *forget > now);
        entries.users.retain(|_, until| *until + kept() > now);
    }

    /// Whether a token was revoked.
    pub fn covers(&self, claims: &AccessClaims) -> bool {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.sessions.contains_key(&claims.sid)
            || entries
                .users
                .get(&claims.sub)
                .is_some_and(|until| claims.iat <= *until)
    }
}

fn kept() -> TimeDelta {
    TimeDelta::seconds(REVOCATIONS_KEPT_S + 60)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use events::control::Revocation;
    use platform::{
        ids::{SessionId, UserId},
        token::{AccessClaims, Role},
    };

    use super::Revocations;

    #[test]
    fn sessions_and_users_are_covered_until_their_tokens_are_dead() {
        let now: DateTime<Utc> = DateTime::from_timestamp(1_700_000_000, 500_000_000).unwrap();
        let user = UserId::new(now);
        let (kept, ended) = (SessionId::new(now), SessionId::new(now));
        let token = |session, at| AccessClaims::new(user, session, Role::User, at);
        let revocations = Revocations::default();

        revocations.add(
            &Revocation::Session {
                user,
                session: ended,
            },
            now,
        );
        assert!(revocations.covers(&token(ended, now)));
        assert!(!revocations.covers(&token(kept, now)));

        revocations.add(&Revocation::User { user, until: now }, now);
        assert!(revocations.covers(&token(kept, now)));
        // Within the second of a suspension that was taken back.
        let later = now + TimeDelta::milliseconds(1);
        assert!(!revocations.covers(&token(kept, later)));
        // Of a release that wrote whole seconds only.
        let iat = DateTime::from_timestamp(later.timestamp(), 0).unwrap();
        let coarse = AccessClaims {
            iat,
            ..token(kept, later)
        };
        assert!(revocations.covers(&coarse));

        revocations.prune(now + TimeDelta::minutes(10));
        assert!(revocations.covers(&token(kept, now)));
        revocations.prune(now + TimeDelta::minutes(20));
        assert!(!revocations.covers(&token(kept, now)));
        assert!(!revocations.covers(&token(ended, now)));
    }
}
