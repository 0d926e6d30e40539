use crate::bench::{Bench, fields, problem};

#[tokio::test]
async fn every_wrong_parameter_is_named() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let wrong = [
        (
            "/api/v1/events?limit=abc&after=-1&colour=red",
            vec![
                "/query/after out_of_range",
                "/query/colour unknown_field",
                "/query/limit type",
            ],
        ),
        ("/api/v1/events?limit=0", vec!["/query/limit out_of_range"]),
        (
            "/api/v1/events?limit=101",
            vec!["/query/limit out_of_range"],
        ),
        (
            "/api/v1/events?limit=1&limit=2",
            vec!["/query/limit duplicate"],
        ),
        ("/api/v1/events?limit=", vec!["/query/limit type"]),
        (
            "/api/v1/events?after=99999999999999999999",
            vec!["/query/after type"],
        ),
        (
            "/api/v1/events?after=0&cursor=x",
            vec!["/query/after conflict", "/query/cursor conflict"],
        ),
        ("/api/v1/events?cursor=x", vec!["/query/cursor format"]),
        ("/api/v1/events?cursor=%00", vec!["/query/cursor format"]),
        (
            "/api/v1/events?%ff=1",
            vec!["/query/\u{fffd} unknown_field"],
        ),
        (
            "/api/v1/me?x=1&y=2",
            vec!["/query/x unknown_field", "/query/y unknown_field"],
        ),
        (
            "/api/v1/auth/sessions?cursor=AAAA",
            vec!["/query/cursor format"],
        ),
    ];
    for (path, expected) in wrong {
        let answer = bench.get(path).bearer(&ann.access).send().await;
        assert_eq!(
            fields(&problem(&answer, 422, "invalid")),
            expected,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.login(&ann.email).await;
    let page = bench
        .get("/api/v1/events?limit=1")
        .bearer(&ann.access)
        .send()
        .await
        .json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let elsewhere = format!("/api/v1/auth/sessions?cursor={cursor}");
    problem(
        &bench.get(&elsewhere).bearer(&ann.access).send().await,
        422,
        "invalid",
    );
    let mut forged = cursor.to_owned();
    forged.replace_range(
        1..2,
        if cursor.as_bytes()[1] == b'A' {
            "B"
        } else {
            "A"
        },
    );
    let forged = format!("/api/v1/events?cursor={forged}");
    problem(
        &bench.get(&forged).bearer(&ann.access).send().await,
        422,
        "invalid",
    );
    let own = format!("/api/v1/events?limit=1&cursor={cursor}");
    assert_eq!(
        bench.get(&own).bearer(&ann.access).send().await.json()["data"][0]["seq"],
        2
    );
}
