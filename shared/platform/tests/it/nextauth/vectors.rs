//! Tokens that next-auth 4 and @auth/core 5 made.

use chrono::Utc;
use platform::{
    Secret,
    token::nextauth::{NextAuth, NextAuthError},
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    secret: String,
    v4: Vec<Vector>,
    v5: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    kind: String,
    cookie: String,
    token: String,
    claims: Option<Claims>,
}

#[derive(Deserialize)]
struct Claims {
    email: String,
    name: Option<String>,
}

#[test]
fn the_frontends_own_tokens_are_judged_rightly() {
    let Some(dir) = std::env::var_os("BLOCKBOTX_TEST_DATA") else {
        eprintln!(
            "\n*** NOT TESTED: BLOCKBOTX_TEST_DATA is unset, so no token of a real frontend was read ***\n"
        );
        return;
    };
    let file = std::path::Path::new(&dir).join("nextauth_tokens.json");
    let vectors: Vectors = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let reader = NextAuth::new(&Secret::new(vectors.secret));
    let mut valid = 0;
    for vector in vectors.v4.iter().chain(&vectors.v5) {
        let judged = reader.session(&[(&vector.cookie, &vector.token)], Utc::now());
        let what = format!("{} in {}", vector.kind, vector.cookie);
        match vector.kind.as_str() {
            "valid" => {
                let (session, claims) = (judged.unwrap().unwrap(), vector.claims.as_ref().unwrap());
                assert_eq!(session.email, claims.email, "{what}");
                assert_eq!(session.name, claims.name, "{what}");
                valid += 1;
            }
            "expired" => assert_eq!(judged, Err(NextAuthError::Expired), "{what}"),
            "wrong_secret" | "wrong_salt" => assert_eq!(judged, Err(NextAuthError::Tag), "{what}"),
            other => panic!("a kind that this test does not know: {other}"),
        }
    }
    assert!(valid >= 3, "v4, and v5 over http and https");
}
