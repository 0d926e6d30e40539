use platform::ids::UserId;
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

/// What the operator has closed no admin opens, and everybody is told so.
#[tokio::test]
async fn what_the_operator_has_closed_stays_closed() {
    let bench = Bench::with(&[("REGISTRATION", "closed")]).await;
    let admin = {
        let hash = bench.state.passwords.hash(PASSWORD.into()).await.unwrap();
        let id = UserId::new(bench.now());
        bench
            .db
            .execute(&format!(
                "INSERT INTO users (id, email, password_hash, shard, role)
                 VALUES ('{id}', 'adm@example.com', '{}', {}, 'admin')",
                hash.expose(),
                id.shard()
            ))
            .await;
        let admin = bench.login("adm@example.com").await;
        bench.equip(&admin).await;
        bench.step_up(&admin).await;
        admin
    };
    let found = get(&bench, &admin, PATH).await;
    assert_eq!(found["registration"], "closed");
    let open = json!({ "registration": "open", "version": found["version"] });
    let refused = patch(&bench, &admin, &open).await;
    assert_eq!(
        fields(&problem(&refused, 422, "invalid")),
        ["/registration conflict"]
    );
    // No admin has switched it, and nobody learns which accounts there are.
    let mut answers = Vec::new();
    for email in ["adm@example.com", "new@example.com"] {
        let body = json!({ "email": email, "password": PASSWORD });
        let answer = bench.post("/api/v1/auth/register").json(&body).send().await;
        let mut said = problem(&answer, 403, "registration_closed");
        said["request_id"].take();
        answers.push(said);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(bench.count("SELECT count(*) FROM users").await, 1);
    assert_eq!(bench.count("SELECT count(*) FROM mails").await, 0);
    let close = json!({ "registration": "closed", "version": found["version"] });
    assert_eq!(patch(&bench, &admin, &close).await.status, 200);
}
