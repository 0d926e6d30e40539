use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, KeyInit, Mac};
use platform::{
    Secret,
    ids::{SessionId, UserId},
    token::{ACCESS_TOKEN_TTL, AccessClaims, Role, TokenError, TokenSigner, TokenVerifier},
};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

fn secret() -> Secret<String> {
    Secret::new("s".repeat(64))
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).unwrap()
}

fn claims() -> AccessClaims {
    AccessClaims::new(UserId::new(now()), SessionId::new(now()), Role::User, now())
}

fn verify(token: &str) -> Result<AccessClaims, TokenError> {
    TokenVerifier::new(&secret()).verify(token, now())
}

/// Signs whatever it is given, with the right key.
fn forge(header: &Value, payload: &Value) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(payload.to_string())
    );
    let mac = Hmac::<Sha256>::new_from_slice(secret().expose().as_bytes())
        .unwrap()
        .chain_update(signed.as_bytes())
        .finalize()
        .into_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac))
}

fn good_payload() -> Value {
    json!({
        "iss": "blockbotx", "aud": "blockbotx-api",
        "sub": UserId::new(now()), "sid": SessionId::new(now()), "role": "user",
        "iat": now().timestamp(), "exp": now().timestamp() + 900,
    })
}

#[test]
fn what_is_signed_is_verified() {
    let claims = claims();
    let token = TokenSigner::new(&secret()).unwrap().sign(&claims).unwrap();
    assert_eq!(verify(&token), Ok(claims));
}

#[test]
fn forged_baseline_is_accepted_so_that_the_refusals_below_mean_something() {
    assert!(verify(&forge(&json!({"alg": "HS256"}), &good_payload())).is_ok());
}

#[test]
fn expires_to_the_second() {
    let token = TokenSigner::new(&secret())
        .unwrap()
        .sign(&claims())
        .unwrap();
    let verifier = TokenVerifier::new(&secret());
    let last = now() + ACCESS_TOKEN_TTL - Duration::seconds(1);
    assert!(verifier.verify(&token, last).is_ok());
    assert_eq!(
        verifier.verify(&token, last + Duration::seconds(1)),
        Err(TokenError::Expired)
    );
}

#[test]
fn every_claim_is_required_and_checked() {
    let header = json!({"alg": "HS256", "typ": "JWT"});
    for claim in ["iss", "aud", "sub", "sid", "role", "iat", "exp"] {
        let mut payload = good_payload();
        payload.as_object_mut().unwrap().remove(claim);
        assert_eq!(
            verify(&forge(&header, &payload)),
            Err(TokenError::Invalid),
            "without {claim}"
        );
    }
    for (claim, wrong) in [
        ("iss", json!("somebody")),
        ("aud", json!("another-api")),
        ("aud", json!(["blockbotx-api", "another-api"])),
        ("sub", json!("not-a-uuid")),
        ("sid", json!(7)),
        ("role", json!("emperor")),
        ("iat", json!(now().timestamp() + 60)),
        ("nbf", json!(now().timestamp() + 60)),
        ("exp", json!("tomorrow")),
        ("exp", json!(i64::MAX)),
    ] {
        let mut payload = good_payload();
        payload[claim] = wrong.clone();
        assert_eq!(
            verify(&forge(&header, &payload)),
            Err(TokenError::Invalid),
            "{claim} = {wrong}"
        );
    }
}

#[test]
fn other_algorithms_keys_and_shapes_are_refused_alike() {
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "HS512"}),
        json!({"alg": "hs256"}),
        json!({"alg": "HS256", "typ": "JWE"}),
        json!({"alg": "HS256", "crit": ["exp"]}),
        json!({"typ": "JWT"}),
    ] {
        assert_eq!(
            verify(&forge(&header, &good_payload())),
            Err(TokenError::Invalid),
            "{header}"
        );
    }

    let good = forge(&json!({"alg": "HS256"}), &good_payload());
    let (signed, mac) = good.rsplit_once('.').unwrap();
    let sha512 = Hmac::<Sha512>::new_from_slice(secret().expose().as_bytes())
        .unwrap()
        .chain_update(signed.as_bytes())
        .finalize()
        .into_bytes();
    let other_key = TokenSigner::new(&Secret::new("t".repeat(64)))
        .unwrap()
        .sign(&claims())
        .unwrap();
    for bad in [
        String::new(),
        "..".to_owned(),
        signed.to_owned(),
        format!("{signed}."),
        format!("{signed}.{}", &mac[..mac.len() / 2]),
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(sha512)),
        format!("{good}.extra"),
        format!("{good}="),
        good.replacen('e', "f", 1),
        good[..good.len() - 10].to_owned(),
        format!("{good}{}", "A".repeat(4096)),
        other_key,
    ] {
        assert_eq!(verify(&bad), Err(TokenError::Invalid), "{bad:.80}");
    }
}

#[test]
fn the_gateway_takes_both_audiences_and_the_api_its_own() {
    let signer = TokenSigner::new(&secret()).unwrap();
    let (api, gateway) = (
        TokenVerifier::new(&secret()),
        TokenVerifier::for_gateway(&secret()),
    );
    let claims = claims();
    let access = signer.sign(&claims).unwrap();
    let token = signer.sign_for_gateway(&claims).unwrap();
    assert_eq!(api.verify(&access, now()), Ok(claims));
    assert_eq!(gateway.verify(&access, now()), Ok(claims));
    assert_eq!(gateway.verify(&token, now()), Ok(claims));
    assert_eq!(api.verify(&token, now()), Err(TokenError::Invalid));
}

/// Times to the millisecond and networks stand beside what older releases read, and nothing contradicts it.
#[test]
fn finer_times_and_networks_are_optional_and_checked() {
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let with = |claim: &str, value| {
        let mut payload = good_payload();
        payload[claim] = value;
        verify(&forge(&header, &payload))
    };
    let iat = good_payload()["iat"].as_i64().unwrap();
    let fine = with("iat_ms", json!(iat * 1_000 + 999)).unwrap();
    assert_eq!(fine.iat.timestamp_millis(), iat * 1_000 + 999);
    for wrong in [json!(iat), json!((iat + 1) * 1_000), json!("x")] {
        assert_eq!(with("iat_ms", wrong), Err(TokenError::Invalid));
    }
    let claims = with("network", json!("2001:db8::/32")).unwrap();
    assert!(claims.admits("2001:db8:1::1".parse().unwrap()));
    assert!(!claims.admits("2001:db9::1".parse().unwrap()));
    for wrong in [json!("x"), json!(7), json!("192.0.2.0/33")] {
        assert_eq!(with("network", wrong), Err(TokenError::Invalid));
    }
    let end = now() + Duration::seconds(90);
    let shorter = fine.ending_by(end);
    assert_eq!(shorter.exp.timestamp(), end.timestamp());
}
