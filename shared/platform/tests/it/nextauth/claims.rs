//! What an authentic session must say.

use platform::token::nextauth::NextAuthError;
use serde_json::{Value, json};

use super::{
    forge::{Forge, V4, V5, good_claims},
    now, read,
};

fn with(claim: &str, value: Value) -> Value {
    let mut claims = good_claims();
    claims[claim] = value;
    claims
}

fn judge(claims: &Value) -> Result<(), NextAuthError> {
    read(V4, &Forge::new(V4).token(claims)).map(|_| ())
}

#[test]
fn a_good_session_is_read() {
    for cookie in [V4, V5] {
        let session = read(cookie, &Forge::new(cookie).good()).unwrap();
        assert_eq!(session.email, "ada@example.com");
        assert_eq!(session.name.as_deref(), Some("Ada Trader"));
        assert_eq!(session.iat.timestamp(), now().timestamp() - 60);
        assert_eq!(session.exp.timestamp(), now().timestamp() + 3600);
    }
}

#[test]
fn email_iat_and_exp_are_required() {
    for claim in ["email", "iat", "exp"] {
        let mut claims = good_claims();
        claims.as_object_mut().unwrap().remove(claim);
        assert_eq!(
            judge(&claims),
            Err(NextAuthError::Claims),
            "without {claim}"
        );
        assert_eq!(
            judge(&with(claim, Value::Null)),
            Err(NextAuthError::Claims),
            "null {claim}"
        );
    }
    let mut nameless = good_claims();
    nameless.as_object_mut().unwrap().remove("name");
    assert_eq!(judge(&nameless), Ok(()));
    assert_eq!(judge(&with("name", Value::Null)), Ok(()));
}

#[test]
fn claims_of_a_wrong_type_are_refused() {
    for (claim, value) in [
        ("email", json!(["ada@example.com"])),
        ("email", json!("")),
        ("email", json!("ada")),
        ("email", json!("ada@example.com\n")),
        ("email", json!(" ada@example.com")),
        ("email", json!(format!("{}@example.com", "a".repeat(250)))),
        ("name", json!(7)),
        ("exp", json!("1760003600")),
        ("exp", json!(1e300)),
        ("exp", json!(i64::MAX)),
        ("iat", json!(i64::MIN)),
        ("iat", json!(true)),
        ("nbf", json!("soon")),
    ] {
        let claims = with(claim, value);
        assert_eq!(judge(&claims), Err(NextAuthError::Claims), "{claims}");
    }
    for payload in ["", "null", "[]", "\"ada@example.com\"", "{\"email\":"] {
        let forge = Forge::new(V5);
        let token = forge.token_of(&forge.header(), payload.as_bytes());
        assert_eq!(read(V5, &token), Err(NextAuthError::Claims), "{payload}");
    }
    let twice = format!(
        "{{\"email\":\"eve@example.com\",{}",
        &good_claims().to_string()[1..]
    );
    let forge = Forge::new(V5);
    let token = forge.token_of(&forge.header(), twice.as_bytes());
    assert_eq!(read(V5, &token), Err(NextAuthError::Claims));
}

#[test]
fn sessions_end_to_the_second() {
    let at = now().timestamp();
    assert_eq!(judge(&with("exp", json!(at + 1))), Ok(()));
    assert_eq!(judge(&with("exp", json!(at))), Err(NextAuthError::Expired));
    assert_eq!(
        judge(&with("exp", json!(at - 30))),
        Err(NextAuthError::Expired)
    );
    assert_eq!(
        judge(&with("exp", json!(at - 3600))),
        Err(NextAuthError::Expired),
        "over before it began"
    );
}

#[test]
fn sessions_from_the_future_wait_beyond_a_clocks_error() {
    let at = now().timestamp();
    for claim in ["iat", "nbf"] {
        assert_eq!(judge(&with(claim, json!(at + 15))), Ok(()), "{claim}");
        assert_eq!(
            judge(&with(claim, json!(at + 16))),
            Err(NextAuthError::NotYetValid),
            "{claim}"
        );
    }
}
