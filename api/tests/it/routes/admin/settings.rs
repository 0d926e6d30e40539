use serde_json::{Value, json};
use testkit::http::Response;

use super::{acts, of_role};
use crate::{
    bench::{Bench, PASSWORD, Somebody, fields, problem},
    trading::get,
};

const PATH: &str = "/api/v1/admin/settings";

async fn patch(bench: &Bench, who: &Somebody, body: &Value) -> Response {
    let call = bench.call("PATCH", PATH).bearer(&who.access);
    call.json(body).send().await
}

#[tokio::test]
async fn registration_is_closed_and_opened_again() {
    let bench = Bench::new().await;
    let (admin, ann) = (
        of_role(&bench, "adm", "admin").await,
        bench.somebody("ann").await,
    );
    let maintenance = json!({ "enabled": false, "message": null, "retry_after_s": 300 });
    let expected = json!({ "maintenance": maintenance, "registration": "open", "version": 1 });
    assert_eq!(get(&bench, &admin, PATH).await, expected);
    let close = json!({ "registration": "closed", "version": 1 });
    let closed = patch(&bench, &admin, &close).await;
    assert_eq!(closed.status, 200, "{}", closed.text());
    assert_eq!(
        (&closed.json()["registration"], &closed.json()["version"]),
        (&json!("closed"), &json!(2))
    );
    let register = async || {
        let body = json!({ "email": "late@example.com", "password": PASSWORD, "tokens": "body" });
        bench.post("/api/v1/auth/register").json(&body).send().await
    };
    problem(&register().await, 403, "registration_closed");
    bench.login(&ann.email).await;
    let stale = problem(
        &patch(&bench, &admin, &close).await,
        409,
        "version_conflict",
    );
    assert_eq!(stale["current_version"], 2);
    let open = json!({ "registration": "open", "version": 2 });
    assert_eq!(patch(&bench, &admin, &open).await.status, 200);
    assert_eq!(register().await.status, 201);
    let log = acts(&bench, &admin, &admin).await;
    assert_eq!(log.len(), 2);
    assert_eq!(
        log[0],
        [
            "platform_switched".to_owned(),
            admin.id.clone(),
            String::new()
        ]
    );

    problem(&patch(&bench, &ann, &open).await, 403, "insufficient_role");
    let bad = json!({ "registration": "ajar", "maintenance": true });
    assert_eq!(
        fields(&problem(&patch(&bench, &admin, &bad).await, 422, "invalid")),
        ["/maintenance unknown_field", "/registration one_of"]
    );
    let unversioned = json!({ "registration": "open" });
    assert_eq!(
        fields(&problem(
            &patch(&bench, &admin, &unversioned).await,
            422,
            "invalid"
        )),
        ["/version required"]
    );
}
