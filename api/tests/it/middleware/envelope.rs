use testkit::http::raw;

use crate::bench::{Bench, problem};

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let bench = Bench::new().await;
    let answers = [
        bench.get("/api/health?quick=true").send().await,
        bench.get("/api/v1/me").send().await,
        bench.get("/nowhere").send().await,
        bench.call("PUT", "/api/v1/me").send().await,
        bench.post("/api/v1/auth/login").send().await,
    ];
    for answer in answers {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{}", answer.text());
        }
        assert!(
            answer
                .header("content-security-policy")
                .unwrap()
                .contains("frame-ancestors 'none'")
        );
        assert!(answer.header("x-request-id").is_some());
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let bench = Bench::new().await;
    for path in [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/me/",
        "/api/v2/me",
        "/api/docs/nothing",
        "/%00",
        "/..%2f..%2fetc/passwd",
    ] {
        problem(&bench.get(path).send().await, 404, "not_found");
    }
    let answer = bench.call("PUT", "/api/v1/me").send().await;
    problem(&answer, 405, "method_not_allowed");
    let mut allowed: Vec<&str> = answer.header("allow").unwrap().split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["DELETE", "GET", "HEAD", "PATCH"]);
}

#[tokio::test]
async fn a_callers_request_id_is_kept_if_it_is_one() {
    let bench = Bench::new().await;
    let answer = bench
        .get("/nowhere")
        .header("x-request-id", "caller-0001")
        .send()
        .await;
    assert_eq!(
        problem(&answer, 404, "not_found")["request_id"],
        "caller-0001"
    );
    let answer = bench
        .get("/nowhere")
        .header("x-request-id", "<script>")
        .send()
        .await;
    assert_ne!(answer.header("x-request-id"), Some("<script>"));
}

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    let bench = Bench::new().await;
    let many = "x-flood: 1\r\n".repeat(5_000);
    let request = format!("GET /api/v1/me HTTP/1.1\r\nhost: x\r\n{many}connection: close\r\n\r\n");
    let answer =
        String::from_utf8_lossy(&raw(bench.address, request.as_bytes()).await).into_owned();
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert_eq!(bench.get("/api/health?quick=true").send().await.status, 200);
}
