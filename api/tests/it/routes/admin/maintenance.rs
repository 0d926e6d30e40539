use serde_json::{Value, json};
use testkit::{TestRedis, wait_until};

use super::{acts, of_role, put};
use crate::{
    bench::{Bench, PASSWORD, fields, problem},
    trading::get,
};

const PATH: &str = "/api/v1/admin/maintenance";

#[tokio::test]
async fn only_admins_are_served_and_everybody_is_told_when_to_come_back() {
    let bench = Bench::new().await;
    let (admin, ann) = (
        of_role(&bench, "adm", "admin").await,
        bench.somebody("ann").await,
    );
    bench.db.execute("DELETE FROM totp").await;
    let app = bench.equip(&admin).await;
    let on = json!({ "enabled": true, "message": "Back at ten", "retry_after_s": 120 });
    let switched = put(&bench, &admin, PATH, &on).await;
    assert_eq!(
        (switched.status.as_u16(), switched.json()),
        (200, on.clone())
    );

    for (method, path) in [
        ("GET", "/api/v1/me"),
        ("POST", "/api/v1/portfolio/stop-all"),
        ("GET", "/api/v1/admin/users"),
        ("POST", "/api/v1/auth/register"),
        ("GET", "/api/v1/no-such-thing"),
    ] {
        let refused = bench.call(method, path).bearer(&ann.access).send().await;
        assert_eq!(refused.header("retry-after"), Some("120"));
        let body = problem(&refused, 503, "maintenance");
        assert_eq!(body["detail"], "Back at ten");
        problem(&bench.call(method, path).send().await, 503, "maintenance");
    }
    for path in [
        "/api/health",
        "/api/health?quick=true",
        "/api/config",
        "/api/openapi.json",
    ] {
        assert_eq!(bench.get(path).send().await.status, 200, "{path}");
    }
    // An admin comes in, and works.
    let signed_in = bench.login_with(&app, &admin.email).await;
    get(&bench, &signed_in, "/api/v1/me").await;
    let refresh = json!({ "refresh_token": signed_in.refresh });
    let refresh = bench
        .post("/api/v1/auth/refresh")
        .json(&refresh)
        .send()
        .await;
    assert_eq!(refresh.status, 200, "{}", refresh.text());
    get(&bench, &signed_in, "/api/v1/admin/figures").await;
    let off = json!({ "enabled": false });
    problem(
        &put(&bench, &signed_in, PATH, &off).await,
        403,
        "step_up_required",
    );
    bench.advance(chrono::Duration::seconds(30));
    let step_up = bench
        .post("/api/v1/auth/step-up")
        .bearer(&signed_in.access)
        .json(&json!({ "code": app.code(bench.now()) }));
    assert_eq!(step_up.send().await.status, 200);
    // Somebody else may sign in, and gets no further.
    let body = json!({ "email": ann.email, "password": PASSWORD });
    let login = bench.post("/api/v1/auth/login").json(&body).send().await;
    assert_eq!(login.status, 200);

    let again = put(&bench, &signed_in, PATH, &on).await;
    assert_eq!(again.status, 200);
    let off = put(&bench, &signed_in, PATH, &off).await;
    assert_eq!(
        off.json(),
        json!({ "enabled": false, "message": null, "retry_after_s": 300 })
    );
    get(&bench, &ann, "/api/v1/me").await;
    assert_eq!(
        acts(&bench, &admin, &admin).await.len(),
        2,
        "what changes nothing is not logged"
    );
}

#[tokio::test]
async fn other_copies_follow() {
    let bench = Bench::new().await;
    let admin = of_role(&bench, "adm", "admin").await;
    let ann = bench.somebody("ann").await;
    let redis = TestRedis::shared().await.config();
    let other = Bench::on(
        testkit::TestDb::new().await,
        bench.db.database_config(),
        redis,
        &[],
    )
    .await;
    let status = async || {
        let answer = other.get("/api/v1/me").bearer(&ann.access).send().await;
        answer.status.as_u16()
    };
    assert_eq!(status().await, 200);
    for (enabled, expected) in [(true, 503), (false, 200)] {
        put(&bench, &admin, PATH, &json!({ "enabled": enabled })).await;
        wait_until("the other copy follows", || async {
            status().await == expected
        })
        .await;
    }
}

#[tokio::test]
async fn every_bad_field_is_named_and_users_switch_nothing() {
    let bench = Bench::new().await;
    let (admin, ann) = (
        of_role(&bench, "adm", "admin").await,
        bench.somebody("ann").await,
    );
    let refused = async |body: Value| {
        fields(&problem(
            &put(&bench, &admin, PATH, &body).await,
            422,
            "invalid",
        ))
    };
    assert_eq!(refused(json!({})).await, ["/enabled required"]);
    assert_eq!(
        refused(json!({ "enabled": "yes", "message": "", "retry_after_s": 0, "until": 1 })).await,
        [
            "/enabled type",
            "/message format",
            "/message too_short",
            "/retry_after_s out_of_range",
            "/until unknown_field"
        ]
    );
    let on = json!({ "enabled": true });
    problem(
        &put(&bench, &ann, PATH, &on).await,
        403,
        "insufficient_role",
    );
    get(&bench, &ann, "/api/v1/me").await;
}
