use std::io::Read;

use flate2::read::GzDecoder;
use testkit::http::Response;

use crate::bench::{Bench, problem};

/// The page's files are kept compressed, and sent so.
fn unpacked(answer: &Response) -> String {
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    GzDecoder::new(&answer.body[..])
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[tokio::test]
async fn the_reference_needs_nothing_from_outside() {
    let bench = Bench::new().await;
    let page = bench.get("/api/docs/").send().await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self';"), "{policy}");
    assert!(
        policy.contains("connect-src 'self' wss://ws.example.com;"),
        "{policy}"
    );
    let html = unpacked(&page);
    assert!(
        !html.contains("http://") && !html.contains("https://"),
        "{html}"
    );
    assert!(
        !html.contains("<script>") && !html.contains("<style"),
        "the policy forbids inline code: {html}"
    );
    for name in [
        "swagger-ui.css",
        "index.css",
        "swagger-ui-bundle.js",
        "swagger-ui-standalone-preset.js",
        "swagger-initializer.js",
    ] {
        assert!(html.contains(name), "{html}");
        assert_eq!(
            bench.get(&format!("/api/docs/{name}")).send().await.status,
            200,
            "{name}"
        );
    }
    let start = bench
        .get("/api/docs/swagger-initializer.js")
        .send()
        .await
        .text();
    assert!(
        start.contains("/api/openapi.json") && !start.contains("petstore"),
        "{start}"
    );
    problem(
        &bench.get("/api/docs/../../etc/passwd").send().await,
        404,
        "not_found",
    );
}

#[tokio::test]
async fn the_document_is_served() {
    let bench = Bench::new().await;
    let answer = bench.get("/api/openapi.json").send().await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json()["openapi"], "3.1.0");
}
