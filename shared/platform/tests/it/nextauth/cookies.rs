//! Names, chunks and precedence.

use platform::{
    Secret,
    token::nextauth::{MAX_SESSION_BYTES, NextAuth, NextAuthError, NextAuthSession, SessionCookie},
};
use serde_json::{Value, json};

use super::{
    SECRET,
    forge::{Forge, V4, V5, good_claims},
    now,
};

type Judged = Result<Option<NextAuthSession>, NextAuthError>;

fn session(cookies: &[(String, String)]) -> Judged {
    let cookies: Vec<(&str, &str)> = cookies
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    NextAuth::new(&Secret::from(SECRET)).session(&cookies, now())
}

fn email(judged: Judged) -> String {
    judged.unwrap().unwrap().email
}

fn claims_of(email: &str) -> Value {
    let mut claims = good_claims();
    claims["email"] = json!(email);
    claims
}

fn cookie(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// The token over `count` chunks, as the frontend numbers them.
fn chunks(cookie: SessionCookie, token: &str, count: usize) -> Vec<(String, String)> {
    let size = token.len().div_ceil(count);
    (0..count)
        .map(|n| {
            let end = token.len().min((n + 1) * size);
            (
                format!("{}.{n}", cookie.name()),
                token[n * size..end].to_owned(),
            )
        })
        .collect()
}

#[test]
fn each_name_has_its_own_key() {
    for made_for in SessionCookie::ALL {
        let token = Forge::new(made_for).good();
        for sent_as in SessionCookie::ALL {
            let judged = session(&[cookie(sent_as.name(), token.as_str())]);
            let v4 = |cookie: SessionCookie| !cookie.name().contains("authjs");
            if made_for == sent_as || (v4(made_for) && v4(sent_as)) {
                assert!(judged.is_ok(), "{made_for:?} as {sent_as:?}");
            } else if v4(made_for) == v4(sent_as) {
                assert_eq!(
                    judged,
                    Err(NextAuthError::Tag),
                    "{made_for:?} as {sent_as:?}"
                );
            } else {
                assert_eq!(
                    judged,
                    Err(NextAuthError::Header),
                    "{made_for:?} as {sent_as:?}"
                );
            }
        }
    }
}

#[test]
fn other_cookies_are_nobody() {
    let token = Forge::new(V4).good();
    assert_eq!(session(&[]), Ok(None));
    for name in [
        "accessToken",
        "next-auth.session-tokens",
        "Next-Auth.session-token",
        "__Host-next-auth.session-token",
        "next-auth.session-token.",
        "next-auth.session-token.x",
        "next-auth.session-token.+0",
        "next-auth.session-token.00",
        "next-auth.session-token.-1",
        "next-auth.session-token.0.0",
        "next-auth.session-token.99999999999999999999999",
    ] {
        assert_eq!(session(&[cookie(name, token.as_str())]), Ok(None), "{name}");
    }
    assert_eq!(session(&[cookie(V4.name(), "")]), Ok(None), "cleared");
}

#[test]
fn chunks_are_joined_in_numeric_order() {
    for made_for in SessionCookie::ALL {
        let mut claims = good_claims();
        claims["picture"] = json!("p".repeat(6_000));
        let token = Forge::new(made_for).token(&claims);
        // Eleven of them: as text, ".10" comes before ".2".
        for count in [1, 2, 11] {
            let mut sent = chunks(made_for, &token, count);
            sent.reverse();
            sent.insert(count / 2, cookie("theme", "dark"));
            assert_eq!(
                email(session(&sent)),
                "ada@example.com",
                "{made_for:?} in {count}"
            );
        }
    }
}

#[test]
fn a_missing_chunk_is_noticed() {
    let token = Forge::new(V5).good();
    for missing in [0, 1] {
        let mut sent = chunks(V5, &token, 3);
        sent.remove(missing);
        assert_eq!(
            session(&sent),
            Err(NextAuthError::MissingChunk),
            "without {missing}"
        );
    }
    let mut without_last = chunks(V5, &token, 3);
    without_last.pop();
    assert!(session(&without_last).is_err());
}

#[test]
fn what_is_too_long_is_not_read() {
    let forge = Forge::new(V4);
    let mut claims = good_claims();
    claims["picture"] = json!("p".repeat(MAX_SESSION_BYTES));
    let long = forge.token(&claims);
    assert_eq!(
        session(&[cookie(V4.name(), long.as_str())]),
        Err(NextAuthError::TooLong)
    );
    assert_eq!(session(&chunks(V4, &long, 8)), Err(NextAuthError::TooLong));

    // The longest that fits: three bytes of payload are four of token.
    let room = (MAX_SESSION_BYTES - forge.good().len()) / 4 * 3;
    claims["picture"] = json!("p".repeat(room));
    let fits = forge.token(&claims);
    assert!(fits.len() <= MAX_SESSION_BYTES && fits.len() > MAX_SESSION_BYTES - 16);
    assert!(session(&[cookie(V4.name(), fits)]).is_ok());
}

#[test]
fn a_stale_cookie_of_a_former_version_does_not_stand_in_the_way() {
    let mut expired = good_claims();
    expired["exp"] = json!(now().timestamp() - 1);
    let stale = Forge::new(V5).token(&expired);
    let valid = Forge::new(V4).token(&claims_of("v4@example.com"));
    let both = [cookie(V5.name(), stale.as_str()), cookie(V4.name(), valid)];
    assert_eq!(email(session(&both)), "v4@example.com");

    let neither = [cookie(V4.name(), "garbage"), cookie(V5.name(), stale)];
    assert_eq!(
        session(&neither),
        Err(NextAuthError::Expired),
        "the first that was tried"
    );
}

#[test]
fn a_secure_cookie_cannot_be_outbid_by_one_set_over_http() {
    for (secure, plain) in [
        (SessionCookie::SecureAuthJs, SessionCookie::AuthJs),
        (SessionCookie::SecureNextAuth, SessionCookie::NextAuth),
    ] {
        let planted = Forge::new(plain).token(&claims_of("eve@example.com"));
        let sent = [
            cookie(plain.name(), planted),
            cookie(secure.name(), Forge::new(secure).good()),
        ];
        assert_eq!(email(session(&sent)), "ada@example.com");
    }
}

#[test]
fn of_cookies_with_one_name_the_first_counts() {
    let forge = Forge::new(V4);
    let (ada, eve) = (forge.good(), forge.token(&claims_of("eve@example.com")));
    let sent = [
        cookie(V4.name(), ada.as_str()),
        cookie(V4.name(), eve.as_str()),
    ];
    assert_eq!(email(session(&sent)), "ada@example.com");
    let mut sent = chunks(V4, &ada, 2);
    sent.extend(chunks(V4, &eve, 2));
    assert_eq!(email(session(&sent)), "ada@example.com");
}

#[test]
fn the_key_is_never_printed() {
    let reader = NextAuth::new(&Secret::from(SECRET));
    assert_eq!(format!("{reader:?}"), "NextAuth([redacted])");
}
