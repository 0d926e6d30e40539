mod role;
mod sessions;
mod sockets;
mod status;

use serde_json::{Value, json};

use super::of_role;
use crate::{
    bench::{Bench, fields, problem},
    trading::{bot, connection, get},
};

const PATH: &str = "/api/v1/admin/users";

fn emails(page: &Value) -> Vec<&str> {
    let rows = page["data"].as_array().unwrap().iter();
    rows.map(|row| row["email"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn accounts_are_listed_filtered_and_read() {
    let bench = Bench::new().await;
    let root = of_role(&bench, "root", "superadmin").await;
    let mut people = Vec::new();
    for name in ["ann", "bob", "cy"] {
        bench.advance(chrono::Duration::milliseconds(5));
        people.push(bench.somebody(name).await);
    }
    let account = connection(&bench, &people[0]).await;
    bot(&bench, &people[0], &account).await;
    bench
        .db
        .execute(&format!(
            "UPDATE users SET status = 'banned', display_name = 'The 100% Trader' WHERE id = '{}'",
            people[1].id
        ))
        .await;
    let list = async |query: &str| get(&bench, &root, &format!("{PATH}{query}")).await;
    assert_eq!(
        emails(&list("").await),
        [
            "cy@example.com",
            "bob@example.com",
            "ann@example.com",
            "root@example.com"
        ]
    );
    assert_eq!(emails(&list("?status=banned").await), ["bob@example.com"]);
    assert_eq!(
        emails(&list("?role=superadmin").await),
        ["root@example.com"]
    );
    assert_eq!(emails(&list("?q=ANN").await), ["ann@example.com"]);
    // No pattern: what is sought is what stands there.
    assert_eq!(emails(&list("?q=100%25%20t").await), ["bob@example.com"]);
    assert!(emails(&list("?q=%25&status=active").await).is_empty());
    let first = list("?limit=3").await;
    assert_eq!(first["data"].as_array().unwrap().len(), 3);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = list(&format!("?limit=3&cursor={cursor}")).await;
    assert_eq!(emails(&rest), ["root@example.com"]);
    assert_eq!(rest["next_cursor"], Value::Null);

    let ann = get(&bench, &root, &format!("{PATH}/{}", people[0].id)).await;
    assert_eq!((&ann["connections"], &ann["bots"]), (&json!(1), &json!(1)));
    assert!(ann["last_seen_at"].is_string());
    assert!(ann.get("password_hash").is_none());
    let none = bench
        .get(&format!("{PATH}/{}", uuid::Uuid::now_v7()))
        .bearer(&root.access)
        .send()
        .await;
    problem(&none, 404, "not_found");
}

#[tokio::test]
async fn only_admins_and_only_good_filters() {
    let bench = Bench::new().await;
    let (ann, admin) = (
        bench.somebody("ann").await,
        of_role(&bench, "adm", "admin").await,
    );
    let refused = bench.get(PATH).bearer(&ann.access).send().await;
    problem(&refused, 403, "insufficient_role");
    let bad = format!("{PATH}?q=&status=gone&role=king&limit=0&sort=email");
    let answer = bench.get(&bad).bearer(&admin.access).send().await;
    assert_eq!(
        fields(&problem(&answer, 422, "invalid")),
        [
            "/query/limit out_of_range",
            "/query/q too_short",
            "/query/role one_of",
            "/query/sort unknown_field",
            "/query/status one_of"
        ]
    );
    bench
        .db
        .execute(&format!(
            "UPDATE users SET role = 'user' WHERE id = '{}'",
            admin.id
        ))
        .await;
    let demoted = bench.get(PATH).bearer(&admin.access).send().await;
    problem(&demoted, 403, "insufficient_role");
}
