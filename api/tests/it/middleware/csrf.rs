use serde_json::json;

use crate::bench::{Bench, ORIGIN, PASSWORD, problem};

#[tokio::test]
async fn writes_with_a_cookie_need_an_origin_of_ours() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let write = || {
        bench
            .post("/api/v1/auth/realtime-token")
            .cookie("accessToken", &ann.access)
    };
    problem(&write().send().await, 403, "origin_refused");
    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.com.evil.example",
        "http://app.example.com",
        "x",
    ] {
        problem(
            &write().header("origin", origin).send().await,
            403,
            "origin_refused",
        );
    }
    problem(
        &write().header("sec-fetch-site", "cross-site").send().await,
        403,
        "origin_refused",
    );
    assert_eq!(write().header("origin", ORIGIN).send().await.status, 200);
    assert_eq!(
        write()
            .header("sec-fetch-site", "same-origin")
            .send()
            .await
            .status,
        200
    );
    let own = format!("http://{}", bench.address);
    assert_eq!(write().header("origin", &own).send().await.status, 200);
}

#[tokio::test]
async fn a_bearer_token_needs_none_and_reads_need_none() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let write = bench
        .post("/api/v1/auth/realtime-token")
        .bearer(&ann.access)
        .header("origin", "https://evil.example");
    assert_eq!(write.send().await.status, 200);
    let read = bench
        .get("/api/v1/me")
        .cookie("accessToken", &ann.access)
        .header("origin", "https://evil.example");
    assert_eq!(read.send().await.status, 200);
}

#[tokio::test]
async fn nobody_is_signed_in_by_a_foreign_page() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let body = json!({ "email": ann.email, "password": PASSWORD });
    let login = bench.post("/api/v1/auth/login").json(&body);
    problem(
        &login.header("origin", "https://evil.example").send().await,
        403,
        "origin_refused",
    );
}

#[tokio::test]
async fn browsers_may_read_answers_from_allowed_origins_only() {
    let bench = Bench::new().await;
    let asked = |origin| {
        bench
            .call("OPTIONS", "/api/v1/me")
            .header("origin", origin)
            .header("access-control-request-method", "PATCH")
            .header("access-control-request-headers", "content-type,if-match")
    };
    let answer = asked(ORIGIN).send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(
        answer.header("access-control-allow-credentials"),
        Some("true")
    );
    assert!(
        answer
            .header("access-control-allow-methods")
            .unwrap()
            .contains("PATCH")
    );
    assert_eq!(
        asked("https://evil.example")
            .send()
            .await
            .header("access-control-allow-origin"),
        None
    );
    // Errors too can be read, or a frontend could not tell them apart.
    let refused = bench
        .get("/api/v1/me")
        .header("origin", ORIGIN)
        .send()
        .await;
    assert_eq!(refused.header("access-control-allow-origin"), Some(ORIGIN));
}

#[tokio::test]
async fn another_authorization_header_excuses_nobody_from_an_origin() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for authorization in [
        "Basic dTpw",
        "Bearer",
        "Digest x",
        "",
        "Bearer x, Basic dTpw",
    ] {
        let write = || {
            bench
                .post("/api/v1/auth/refresh")
                .cookie("refreshToken", &ann.refresh)
                .header("authorization", authorization)
        };
        problem(&write().send().await, 403, "origin_refused");
        let foreign = write().header("origin", "https://evil.example");
        problem(&foreign.send().await, 403, "origin_refused");
    }
    // A Bearer token does not either where the cookie is the credential.
    let both = bench
        .post("/api/v1/auth/refresh")
        .cookie("refreshToken", &ann.refresh)
        .bearer(&ann.access);
    problem(&both.send().await, 403, "origin_refused");
    let twice = bench
        .post("/api/v1/auth/logout-all")
        .cookie("accessToken", &ann.access)
        .bearer(&ann.access)
        .header("authorization", "Basic dTpw");
    problem(&twice.send().await, 403, "origin_refused");
    let ours = bench
        .post("/api/v1/auth/refresh")
        .cookie("refreshToken", &ann.refresh)
        .header("origin", ORIGIN);
    assert_eq!(ours.send().await.status, 200);
}

#[tokio::test]
async fn an_origin_is_its_scheme_its_host_and_its_port() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let (host, port) = (bench.address.ip(), bench.address.port());
    let write = |origin: &str| {
        bench
            .post("/api/v1/auth/realtime-token")
            .cookie("accessToken", &ann.access)
            .header("origin", origin)
            .send()
    };
    for origin in [
        format!("https://{host}:{port}"),
        format!("http://{host}"),
        format!("http://{host}:{}", port.wrapping_add(1)),
        format!("http://{host}:{port}/"),
        format!("http://{host}:{port}/path"),
        format!("http://user@{host}:{port}"),
        format!("ftp://{host}:{port}"),
        format!("http://{host}:{port}, {ORIGIN}"),
    ] {
        problem(&write(&origin).await, 403, "origin_refused");
    }
    assert_eq!(write(&format!("http://{host}:{port}")).await.status, 200);
    let twice = bench
        .post("/api/v1/auth/realtime-token")
        .cookie("accessToken", &ann.access)
        .header("origin", ORIGIN)
        .header("origin", "https://evil.example");
    problem(&twice.send().await, 403, "origin_refused");

    // Over TLS a page without it is not ours.
    let bench = Bench::with(&[("NEXTAUTH_URL", "https://app.example.com")]).await;
    let ann = bench.somebody("ann").await;
    for (scheme, status) in [("http", 403), ("https", 200)] {
        let origin = format!("{scheme}://{}", bench.address);
        let write = bench
            .post("/api/v1/auth/realtime-token")
            .cookie("accessToken", &ann.access)
            .header("origin", &origin);
        assert_eq!(write.send().await.status, status, "{origin}");
    }
}
