use serde_json::{Value, json};
use testkit::http::raw;

use crate::bench::{Bench, Somebody, fields, problem};

const ROUTE: &str = "/api/v1/auth/register";

#[tokio::test]
async fn malformed_bodies_are_told_where() {
    let bench = Bench::new().await;
    let refusals: &[(&[u8], &str)] = &[
        (b"", "line 1 column 0"),
        (b"{\"email\":", "line 1 column 9"),
        (
            b"{\"email\":\"a@b.co\",\"email\":\"c@d.co\"}",
            "duplicate key",
        ),
        (
            b"{\"email\":\"a@b.co\",\"\\u0065mail\":\"c@d.co\"}",
            "duplicate key",
        ),
        (b"{\"email\":\"\xff\"}", "not UTF-8 at byte 10"),
        (b"{\"email\":1e999}", "number out of range"),
        (b"[1,2", "line 1 column 4"),
        (b"{} {}", "trailing"),
    ];
    for (body, expected) in refusals {
        let answer = bench
            .post(ROUTE)
            .header("content-type", "application/json")
            .raw(*body)
            .send()
            .await;
        let detail = problem(&answer, 400, "malformed_json")["detail"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(detail.contains(expected), "{detail}");
    }
    for depth in [33, 200_000] {
        let body = "[".repeat(depth);
        let answer = bench
            .post(ROUTE)
            .header("content-type", "application/json")
            .raw(body)
            .send()
            .await;
        problem(&answer, 400, "malformed_json");
    }
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let bench = Bench::new().await;
    let body = json!({
        "email": "nobody", "password": 7, "display_name": "x\ny", "tokens": "pigeon", "is_admin": true, "a/b~c": 1,
    });
    let answer = bench.post(ROUTE).json(&body).send().await;
    assert_eq!(
        fields(&problem(&answer, 422, "invalid")),
        [
            "/a~1b~0c unknown_field",
            "/display_name format",
            "/email format",
            "/is_admin unknown_field",
            "/password type",
            "/tokens one_of",
        ]
    );
    let answer = bench.post(ROUTE).json(&json!({})).send().await;
    assert_eq!(
        fields(&problem(&answer, 422, "invalid")),
        ["/email required", "/password required"]
    );
    for body in [json!([]), json!("x"), json!(null), json!(12)] {
        let answer = bench.post(ROUTE).json(&body).send().await;
        assert_eq!(fields(&problem(&answer, 422, "invalid")), [" type"]);
    }
}

#[tokio::test]
async fn hostile_values_are_refused_and_never_our_fault() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for version in [
        "1234567890123456789012345678901234567890",
        "-1",
        "0",
        "1.5",
        "2147483648",
        "1e40",
        "\"1\"",
    ] {
        let body = format!("{{\"display_name\":\"x\",\"version\":{version}}}");
        let answer = bench
            .call("PATCH", "/api/v1/me")
            .bearer(&ann.access)
            .header("content-type", "application/json")
            .raw(body)
            .send()
            .await;
        assert_eq!(answer.status, 422, "{version}: {}", answer.text());
    }
    let nul = json!({ "display_name": "a\u{0}b", "version": 1 });
    let answer = bench
        .call("PATCH", "/api/v1/me")
        .bearer(&ann.access)
        .json(&nul)
        .send()
        .await;
    assert_eq!(
        fields(&problem(&answer, 422, "invalid")),
        ["/display_name format"]
    );
    let nul = json!({ "email": "a@b.co\u{0}", "password": "x\u{0}y", "\u{0}": 1 });
    let answer = bench.post("/api/v1/auth/login").json(&nul).send().await;
    assert_eq!(answer.status, 422);
    // Whole numbers are whole however they are written.
    let body = "{\"display_name\":\"Ann\",\"version\":1.0}";
    let answer = bench
        .call("PATCH", "/api/v1/me")
        .bearer(&ann.access)
        .header("content-type", "application/json; charset=UTF-8")
        .raw(body)
        .send()
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn only_json_is_taken() {
    let bench = Bench::new().await;
    let kinds = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json-patch+json",
        "application/json; charset=latin1",
    ];
    for kind in kinds {
        let answer = bench
            .post(ROUTE)
            .header("content-type", kind)
            .raw("{}")
            .send()
            .await;
        problem(&answer, 415, "unsupported_media_type");
    }
    problem(
        &bench.post(ROUTE).raw("{}").send().await,
        415,
        "unsupported_media_type",
    );
}

#[tokio::test]
async fn large_bodies_are_refused_announced_or_not() {
    let bench = Bench::new().await;
    let announced = format!(
        "POST {ROUTE} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10485760\r\nconnection: close\r\n\r\n"
    );
    let answer = String::from_utf8(raw(bench.address, announced.as_bytes()).await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("body_too_large"), "{answer}");

    let mut chunked = format!(
        "POST {ROUTE} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    )
    .into_bytes();
    for _ in 0..17 {
        chunked.extend_from_slice(b"10000\r\n");
        chunked.extend_from_slice(&vec![b' '; 0x10000]);
        chunked.extend_from_slice(b"\r\n");
    }
    let answer = String::from_utf8(raw(bench.address, &chunked).await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    // One byte below the limit is read, and is only wrong.
    let body = format!("{{\"email\":\"{}\"}}", "a".repeat(1024 * 1024 - 12));
    let answer = bench
        .post(ROUTE)
        .header("content-type", "application/json")
        .raw(body)
        .send()
        .await;
    assert_eq!(
        fields(&problem(&answer, 422, "invalid")),
        ["/email format", "/email too_long", "/password required"]
    );
}

/// Makes a paper account over made-up candles and answers its id.
async fn paper(bench: &Bench, who: &Somebody) -> String {
    let body = json!({ "venue": "paper", "label": "Paper", "paper": {
        "symbol": "SOL-USDT", "balances": { "USDT": "10000" }, "feed": { "kind": "synthetic", "seed": 3, "candles": 500 } } });
    let made = bench
        .post("/api/v1/exchange-connections")
        .bearer(&who.access)
        .json(&body)
        .send()
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["id"].as_str().unwrap().to_owned()
}

/// What a 422 says, as `pointer message`.
fn said(body: &Value) -> Vec<String> {
    let errors = body["errors"].as_array().unwrap().iter();
    errors
        .map(|error| {
            let text = |name: &str| error[name].as_str().unwrap().to_owned();
            format!("{} {}", text("pointer"), text("message"))
        })
        .collect()
}

/// The tag of a configuration says which form is meant, so what is wrong is told of that form, and how to mend it.
#[tokio::test]
async fn a_tagged_form_is_chosen_by_its_tag_and_every_field_told() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let connection = paper(&bench, &ann).await;
    let kinds = r#""dca_interval", "dca", "grid", "strategy""#;
    let cases = [
        (
            json!({ "type": "grid", "lower": 90, "upper": "1,5", "grid_count": "10", "spacing": "linear",
                "quantity": { "mode": "fixed_base", "quantity": true } }),
            vec![
                "/config/grid_count must be integer: write 10".to_owned(),
                r#"/config/lower must be string: write "90""#.to_owned(),
                "/config/quantity/quantity must be string".to_owned(),
                r#"/config/spacing must be one of "arithmetic", "geometric""#.to_owned(),
                r#"/config/upper must look like "64123.4"; "1.5"?"#.to_owned(),
            ],
        ),
        (
            json!({}),
            vec![format!("/config/type is required: one of {kinds}")],
        ),
        (
            json!({ "type": "Grid" }),
            vec![format!(r#"/config/type must be one of {kinds}; "grid"?"#)],
        ),
    ];
    for (config, expected) in cases {
        let body = json!({ "connection_id": connection, "name": "Grid", "config": config });
        let answer = bench
            .post("/api/v1/bots")
            .bearer(&ann.access)
            .json(&body)
            .send()
            .await;
        let mut found = said(&problem(&answer, 422, "invalid"));
        for line in &mut found {
            // Types that are added to the catalogue.
            *line = line.replace(r#", "signal""#, "");
        }
        assert_eq!(found, expected, "{config}");
    }
}

#[tokio::test]
async fn a_symbol_of_another_spelling_is_told_how_it_is_written() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for (spelling, meant) in [
        ("SOLUSDT", r#"; "SOL-USDT"?"#),
        ("sol/usdt", r#"; "SOL-USDT"?"#),
        ("SOL", ""),
    ] {
        let body = json!({ "venue": "paper", "label": "Paper", "paper": {
            "symbol": spelling, "balances": { "USDT": "10000" }, "feed": { "kind": "synthetic", "seed": 3, "candles": 500 } } });
        let answer = bench
            .post("/api/v1/exchange-connections")
            .bearer(&ann.access)
            .json(&body)
            .send()
            .await;
        assert_eq!(
            said(&problem(&answer, 422, "invalid")),
            [format!(r#"/paper/symbol must look like "BTC-USDT"{meant}"#)]
        );
    }
}
