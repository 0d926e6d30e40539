use serde_json::{Value, json};

use super::{
    super::{acts, of_role},
    PATH,
};
use crate::{
    bench::{Bench, PASSWORD, Somebody, fields, problem},
    trading::{bot, connection, get, post, tell},
};

fn path(user: &Somebody, what: &str) -> String {
    format!("{PATH}/{}/{what}", user.id)
}

fn because(reason: &str) -> Value {
    json!({ "reason": reason })
}

async fn commands(bench: &Bench) -> Vec<Value> {
    use sea_orm::{ConnectionTrait, DbBackend, Statement};
    let sql = "SELECT command FROM bot_commands ORDER BY position";
    let rows = bench.state.db.conn();
    let rows = rows
        .query_all_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.try_get_by("command").unwrap())
        .collect()
}

#[tokio::test]
async fn a_suspension_takes_effect_at_once_and_can_be_taken_back() {
    let bench = Bench::new().await;
    let (admin, ann) = (
        of_role(&bench, "adm", "admin").await,
        bench.somebody("ann").await,
    );
    let account = connection(&bench, &ann).await;
    let started = bot(&bench, &ann, &account).await;
    tell(&bench, &ann, &format!("/api/v1/bots/{started}/start")).await;
    let copy = json!({ "name": "Draft" });
    post(
        &bench,
        &ann,
        &format!("/api/v1/bots/{started}/clone"),
        &copy,
    )
    .await;

    let done = post(
        &bench,
        &admin,
        &path(&ann, "suspend"),
        &because("unusual trades"),
    )
    .await;
    assert_eq!(done.status, 200, "{}", done.text());
    let shown = done.json();
    assert_eq!(
        (&shown["status"], &shown["status_reason"]),
        (&json!("suspended"), &json!("unusual trades"))
    );
    assert_eq!(shown["version"], 2);
    for (method, route) in [
        ("GET", "/api/v1/me"),
        ("POST", "/api/v1/portfolio/stop-all"),
    ] {
        let refused = bench.call(method, route).bearer(&ann.access).send().await;
        problem(&refused, 403, "account_suspended");
    }
    let body = json!({ "email": ann.email, "password": PASSWORD });
    let login = bench.post("/api/v1/auth/login").json(&body).send().await;
    problem(&login, 403, "account_suspended");
    let refresh = json!({ "refresh_token": ann.refresh });
    let refresh = bench
        .post("/api/v1/auth/refresh")
        .json(&refresh)
        .send()
        .await;
    assert!(refresh.status.is_client_error(), "{}", refresh.text());
    assert_eq!(
        commands(&bench).await,
        [
            json!({ "command": "start" }),
            json!({ "command": "suspend" })
        ],
        "a draft is told nothing"
    );
    let twice = post(&bench, &admin, &path(&ann, "suspend"), &because("again")).await;
    problem(&twice, 409, "user_status_conflict");

    let banned = post(&bench, &admin, &path(&ann, "ban"), &because("fraud")).await;
    assert_eq!(banned.json()["status"], "banned");
    let back = post(
        &bench,
        &admin,
        &path(&ann, "reactivate"),
        &because("cleared"),
    )
    .await;
    assert_eq!(back.json()["status"], "active");
    get(&bench, &ann, "/api/v1/me").await;
    assert_eq!(
        bench.event_types(&ann).await[6..],
        ["user.updated", "user.updated", "user.updated"]
    );
    let log = acts(&bench, &admin, &ann).await;
    let kinds = ["account_suspended", "account_banned", "account_reactivated"];
    assert_eq!(
        log,
        kinds.map(|kind| [kind.to_owned(), admin.id.clone(), ann.id.clone()])
    );
    assert_eq!(
        acts(&bench, &admin, &admin).await,
        log,
        "the admin's own log says the same"
    );
}

#[tokio::test]
async fn nobody_acts_on_themselves_or_on_a_higher_role() {
    let bench = Bench::new().await;
    let root = of_role(&bench, "root", "superadmin").await;
    let admin = of_role(&bench, "adm", "admin").await;
    let other = of_role(&bench, "other", "admin").await;
    let ann = bench.somebody("ann").await;
    let ask = async |who: &Somebody, target: &Somebody| {
        post(&bench, who, &path(target, "suspend"), &because("x")).await
    };
    problem(&ask(&ann, &admin).await, 403, "insufficient_role");
    problem(&ask(&admin, &root).await, 403, "insufficient_role");
    problem(&ask(&admin, &admin).await, 409, "own_account");
    problem(&ask(&root, &root).await, 409, "own_account");
    assert_eq!(ask(&admin, &other).await.status, 200);
    problem(&ask(&other, &ann).await, 403, "account_suspended");
    let nobody = Somebody {
        id: uuid::Uuid::now_v7().to_string(),
        ..ann.clone()
    };
    problem(&ask(&admin, &nobody).await, 404, "not_found");
    let refused = async |body: Value| {
        let answer = post(&bench, &admin, &path(&ann, "ban"), &body).await;
        fields(&problem(&answer, 422, "invalid"))
    };
    assert_eq!(refused(json!({})).await, ["/reason required"]);
    assert_eq!(
        refused(json!({ "reason": "x".repeat(501), "until": "tomorrow" })).await,
        ["/reason too_long", "/until unknown_field"]
    );
    assert_eq!(refused(because("two\nlines")).await, ["/reason format"]);
    get(&bench, &ann, "/api/v1/me").await;
}

/// Whichever comes first: a bot that was started before is told to pause, and one that is not cannot be.
#[tokio::test]
async fn no_bot_starts_behind_a_suspension() {
    let bench = Bench::new().await;
    let admin = of_role(&bench, "adm", "admin").await;
    for round in 0..4 {
        let ann = bench.somebody(&format!("ann{round}")).await;
        let account = connection(&bench, &ann).await;
        let bot = bot(&bench, &ann, &account).await;
        let before = commands(&bench).await.len();
        let (start, suspend) = (format!("/api/v1/bots/{bot}/start"), path(&ann, "suspend"));
        let reason = because("x");
        let (started, suspended) = tokio::join!(
            tell(&bench, &ann, &start),
            post(&bench, &admin, &suspend, &reason)
        );
        assert_eq!(suspended.status, 200, "{}", suspended.text());
        let told = commands(&bench).await.split_off(before);
        if started.status == 202 {
            assert_eq!(
                told,
                [
                    json!({ "command": "start" }),
                    json!({ "command": "suspend" })
                ]
            );
        } else {
            problem(&started, 403, "account_suspended");
            assert!(told.is_empty(), "{told:?}");
        }
    }
}

#[tokio::test]
async fn a_closed_account_is_not_opened_again() {
    let bench = Bench::new().await;
    let (admin, ann) = (
        of_role(&bench, "adm", "admin").await,
        bench.somebody("ann").await,
    );
    bench.step_up(&ann).await;
    let closed = bench
        .call("DELETE", "/api/v1/me")
        .bearer(&ann.access)
        .json(&json!({ "password": PASSWORD }))
        .send()
        .await;
    assert_eq!(closed.status, 202, "{}", closed.text());
    let again = post(
        &bench,
        &admin,
        &path(&ann, "reactivate"),
        &because("asked for it"),
    )
    .await;
    problem(&again, 404, "not_found");
}
