//! The redactor.

use platform::telemetry::{Redactor, redact::is_sensitive};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Stands for any secret: nothing else in these tests looks like it.
const SECRET: &str = "hunter2";

fn text(input: &str) -> String {
    Redactor.text(input).into_owned()
}

#[test]
fn fields_of_json_keep_order_and_numbers() {
    let line = r#"{"z":1.50,"api_key":"hunter2","a":[{"deep":{"passWord":{"x":["hunter2"]}}},12345678901234567890123],"token":12,"secret":null,"b":"plain"}"#;
    assert_eq!(
        text(line),
        r#"{"z":1.50,"api_key":"[redacted]","a":[{"deep":{"passWord":"[redacted]"}},12345678901234567890123],"token":"[redacted]","secret":null,"b":"plain"}"#
    );
}

#[test]
fn nothing_sensitive_is_untouched() {
    for line in [
        "",
        "plain",
        r#"{"level":"INFO","message":"bot started","bot":"01890a5d-ac96-774b-bcce-b302099a8057"}"#,
        "platform::token::verify: expired",
        "token == other",
        "the monkey: ate a keyboard = 3",
        "https://example.com/path?x=1@2",
        "https://example.com:8080/path",
        "mail to someone@example.com",
    ] {
        assert_eq!(text(line), line);
    }
}

#[test]
fn shapes_inside_text() {
    let jwt =
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let jwe = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXZpdml2aXY.Y2lwaGVy.dGFndGFn";
    for secret in [
        jwt,
        jwe,
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "rk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD/x==",
        "bbx_0123456789abcdefghijklmnopqrstuv",
    ] {
        for around in [
            "{}",
            "got {} from him",
            "({})",
            "a={},b",
            "\"{}\"",
            "/path/{}/more",
            "x,{};",
        ] {
            let clean = text(&around.replace("{}", secret));
            assert!(!clean.contains(secret.get(8..20).unwrap()), "{clean}");
            assert!(clean.contains("[redacted]"), "{clean}");
        }
    }
    // Client order ids begin alike, and are no secret.
    assert_eq!(
        text("bbxabcdefghijklmnopqrstuvwxyz"),
        "bbxabcdefghijklmnopqrstuvwxyz"
    );
}

#[test]
fn userinfo_of_urls() {
    for (url, clean) in [
        (
            "postgresql://bbx:hunter2@db:5432/x",
            "postgresql://[redacted]@db:5432/x",
        ),
        (
            "redis://:hunter2@redis:6379",
            "redis://[redacted]@redis:6379",
        ),
        ("postgres://u:hun@ter2@db/x", "postgres://[redacted]@db/x"),
        ("postgres://u:hunter2/?#@db/x", "postgres://[redacted]@db/x"),
        (
            "https://0123456789abcdef@o1.ingest.sentry.io/1",
            "https://[redacted]@o1.ingest.sentry.io/1",
        ),
    ] {
        assert_eq!(text(url), clean);
        assert_eq!(
            text(&format!("cannot reach {url}, twice")),
            format!("cannot reach {clean}, twice")
        );
    }
}

#[test]
fn names_and_values_inside_text() {
    for (input, clean) in [
        ("password=hunter2", "password=[redacted]"),
        ("password: hunter2, next", "password: [redacted], next"),
        ("?token=hunter2&x=1", "?token=[redacted]&x=1"),
        ("--api-key hunter=x", "--api-key hunter=x"),
        (
            r#"body {"apiKey":"hunter2","x":1}"#,
            r#"body {"apiKey":"[redacted]","x":1}"#,
        ),
        (
            r#"body {"secret":"a\"hunter2"} x"#,
            r#"body {"secret":"[redacted]"} x"#,
        ),
        (
            r#"body {\"secret\":\"a\\\"hunter2\"} x"#,
            r#"body {\"secret\":\"[redacted]\"} x"#,
        ),
        (
            r#"Config { api_key: "hunter2", n: 1 }"#,
            r#"Config { api_key: "[redacted]", n: 1 }"#,
        ),
        (
            r#"Config { api_key: Some("a hunter2"), n: 1 }"#,
            "Config { api_key: [redacted], n: 1 }",
        ),
        (
            r"Config { key: [104, 117, 110], n: 1 }",
            "Config { key: [redacted], n: 1 }",
        ),
        (
            r#"Config { token: Token { inner: "x }hunter2" }, n: 1 }"#,
            "Config { token: [redacted], n: 1 }",
        ),
        (
            "keyboard: {password: hunter2}",
            "keyboard: {password: [redacted]}",
        ),
        (
            "Authorization: Bearer hunter2 x",
            "Authorization: [redacted]",
        ),
        ("cookie: a=hunter2; b=hunter2", "cookie: [redacted]"),
        (
            r#""set-cookie": "a=1; b=hunter2""#,
            r#""set-cookie": "[redacted]""#,
        ),
        ("sent Bearer hunter2hunter2 to", "sent Bearer [redacted] to"),
        ("token: Bearer hunter2hunter2, x", "token: [redacted], x"),
        ("mnemonic = 'hunter2 one two'", "mnemonic = '[redacted]'"),
        ("X-MBX-APIKEY: hunter2", "X-MBX-APIKEY: [redacted]"),
        ("password='hunter2", "password='[redacted]'"),
    ] {
        assert_eq!(text(input), clean, "{input}");
    }
}

#[test]
fn json_inside_strings_of_json() {
    let inner = json!({"user": "a", "password": "x \" hunter2", "list": [{"token": "hunter2"}]})
        .to_string();
    let twice = json!({"nested": inner}).to_string();
    let line =
        json!({"message": inner, "twice": twice, "prefixed": format!("body: {inner}")}).to_string();
    let clean = text(&line);
    assert!(!clean.contains(SECRET), "{clean}");
    let value: Value = serde_json::from_str(&clean).unwrap();
    let message: Value = serde_json::from_str(value["message"].as_str().unwrap()).unwrap();
    assert_eq!(message["user"], "a");
}

#[test]
fn names_spelt_with_escapes() {
    let clean = text(r#"{"pass\u0077ord":"hunter2","\u006b\u0065\u0079":"hunter2"}"#);
    assert!(!clean.contains(SECRET), "{clean}");
}

#[test]
fn depth_does_not_help() {
    let depth = 5_000;
    let line = format!(
        "{}{}{}",
        r#"{"a":"#.repeat(depth),
        r#"{"key":"hunter2"}"#,
        "}".repeat(depth)
    );
    assert!(!text(&line).contains(SECRET));
}

#[test]
fn bytes_that_are_no_text() {
    let clean = Redactor.bytes(b"\xff password=hunter2").into_owned();
    assert!(!String::from_utf8(clean).unwrap().contains(SECRET));
}

/// A name that is sensitive, in any spelling.
fn sensitive_name() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "key",
        "secret",
        "password",
        "token",
        "authorization",
        "cookie",
        "dsn",
        "signature",
        "mnemonic",
    ]);
    let other = prop::sample::select(vec!["", "api", "user", "x", "old", "id"]);
    (other.clone(), word, other, 0..5_u8).prop_map(|(before, word, after, style)| {
        let parts: Vec<&str> = [before, word, after]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        let capital = |part: &str| {
            let (first, rest) = part.split_at(1);
            first.to_uppercase() + rest
        };
        match style {
            0 => parts.join("_"),
            1 => parts.join("-"),
            2 => parts.iter().map(|part| capital(part)).collect(),
            3 => {
                let tail: String = parts[1..].iter().map(|part| capital(part)).collect();
                parts[0].to_owned() + &tail
            }
            _ => parts.join("_").to_uppercase(),
        }
    })
}

fn harmless() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-d ]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-d]{1,4}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// The secret under a sensitive name, somewhere inside harmless values.
fn hiding(secret: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    let start = (sensitive_name(), secret)
        .prop_map(|(name, value)| json!({name: value}))
        .boxed();
    (
        start,
        prop::collection::vec((any::<bool>(), harmless(), "[a-d]{1,4}"), 0..6),
    )
        .prop_map(|(start, layers)| {
            layers
                .into_iter()
                .fold(start, |inner, (list, beside, name)| {
                    if list {
                        json!([beside, inner])
                    } else {
                        json!({"z": beside, name: inner})
                    }
                })
        })
}

proptest! {
    #[test]
    fn secret_never_survives_in_json(value in hiding(harmless().prop_map(|beside| json!([beside, SECRET])))) {
        let clean = text(&value.to_string());
        prop_assert!(!clean.contains(SECRET), "{}", clean);
        prop_assert!(serde_json::from_str::<Value>(&clean).is_ok(), "{}", clean);

        let mut in_place = value.clone();
        Redactor.value(&mut in_place);
        prop_assert_eq!(serde_json::from_str::<Value>(&clean).unwrap(), in_place);
    }

    #[test]
    fn secret_never_survives_in_json_as_text(value in hiding(Just(json!(SECRET))), times in 1..4_usize) {
        let wrapped = (0..times).fold(value.to_string(), |text, _| json!({"message": text}).to_string());
        let clean = text(&wrapped);
        prop_assert!(!clean.contains(SECRET), "{}", clean);
        prop_assert!(serde_json::from_str::<Value>(&clean).is_ok(), "{}", clean);
    }

    #[test]
    fn secret_never_survives_in_prefixed_text(
        name in sensitive_name(),
        value in prop::sample::select(vec![
            "hunter2", "'hunter2'", "\"hunter2\"", "\"a \\\" hunter2\"", "Some(\"hunter2\")", "[1, hunter2]",
            "\\\"hunter2\\\"", "\\\\\\\"hunter2\\\\\\\"",
        ]),
        sep in prop::sample::select(vec!["=", ": ", ":", " = ", "\": ", "\\\":", " => "]),
        before in "[a-z {,(]{0,6} ",
        after in "( [a-z]{0,6})?",
    ) {
        let clean = text(&format!("{before}{name}{sep}{value}{after}"));
        prop_assert!(!clean.contains(SECRET), "{}", clean);
    }

    #[test]
    fn harmless_json_is_untouched(value in harmless()) {
        let line = value.to_string();
        prop_assert_eq!(text(&line), line);
    }

    #[test]
    fn any_input_is_survived(input in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        text(&input);
        Redactor.bytes(&bytes);
        is_sensitive(&input);
    }
}
