//! Session cookies of a Next.js frontend: the good ones, and all that josekit alone would let through.

mod claims;
mod cookies;
mod forge;
mod guards;
mod vectors;

use chrono::{DateTime, Utc};
use platform::{
    Secret,
    config::{AppEnv, Env, NextAuthConfig, Reader},
    token::nextauth::{NextAuth, NextAuthError, NextAuthSession, SessionCookie},
};

const SECRET: &str = "a-secret-of-the-frontend-0123456789";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).unwrap()
}

/// What becomes of a request with this one cookie.
fn read(cookie: SessionCookie, token: &str) -> Result<NextAuthSession, NextAuthError> {
    NextAuth::new(&Secret::from(SECRET))
        .session(&[(cookie.name(), token)], now())
        .map(|session| session.expect("the cookie is seen"))
}

#[test]
fn the_secret_is_optional_and_in_production_long() {
    for (secret, env, good) in [
        ("", AppEnv::Production, true),
        (SECRET, AppEnv::Production, true),
        ("0123456789abcdef0123456789abcdef", AppEnv::Production, true),
        ("0123456789abcdef0123456789abcde", AppEnv::Production, false),
        ("short", AppEnv::Development, true),
    ] {
        let mut reader = Reader::new(Env::from_pairs([("NEXTAUTH_SECRET", secret)]));
        let config = NextAuthConfig::read(&mut reader, env);
        assert_eq!(config.secret.is_some(), !secret.is_empty());
        let problems = reader.finish().map_err(|error| error.to_string());
        assert_eq!(problems.is_ok(), good, "{secret:?}: {problems:?}");
        if let Err(problems) = problems {
            assert!(
                problems.contains("NEXTAUTH_SECRET: has 31 characters"),
                "{problems}"
            );
            assert!(!problems.contains(secret), "{problems}");
        }
    }
}
