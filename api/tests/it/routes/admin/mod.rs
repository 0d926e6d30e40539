mod broadcast;
mod figures;
mod maintenance;
mod plans;
mod security_log;
mod settings;
mod users;

use serde_json::{Value, json};
use testkit::http::Response;

use crate::bench::{Bench, Somebody, problem};

#[tokio::test]
async fn admins_need_a_second_factor_of_their_own() {
    let bench = Bench::new().await;
    for role in ["admin", "superadmin"] {
        let root = bench.proven(role).await;
        bench.appoint(&root, role).await;
        // Stepped up by the password, which is all that there is.
        bench.step_up(&root).await;
        let token = bench.api_token(&root, "admin").await;
        let switch = json!({ "enabled": false });
        let refused = async || {
            for credential in [&root.access, &token] {
                let read = bench.get("/api/v1/admin/figures").bearer(credential);
                problem(&read.send().await, 403, "admin_factor_required");
            }
            let write = put(&bench, &root, "/api/v1/admin/maintenance", &switch).await;
            problem(&write, 403, "admin_factor_required");
        };
        refused().await;
        // One that was begun and never confirmed is none.
        let enrolled = bench.post("/api/v1/auth/totp").bearer(&root.access);
        assert_eq!(enrolled.send().await.status, 201);
        refused().await;
        bench.db.execute("DELETE FROM totp").await;
        bench.equip(&root).await;
        for credential in [&root.access, &token] {
            let read = bench.get("/api/v1/admin/figures").bearer(credential);
            assert_eq!(read.send().await.status, 200);
        }
        let write = put(&bench, &root, "/api/v1/admin/maintenance", &switch).await;
        assert_eq!(write.status, 200, "{}", write.text());
        // Without it they are users again.
        let away = bench
            .call("DELETE", "/api/v1/auth/totp")
            .bearer(&root.access);
        assert_eq!(away.send().await.status, 204);
        refused().await;
    }
}

/// Somebody whose role was given by hand, with a second factor that admins need, given lately.
pub(crate) async fn of_role(bench: &Bench, name: &str, role: &str) -> Somebody {
    let somebody = bench.somebody(name).await;
    bench.appoint(&somebody, role).await;
    if role != "user" {
        bench.equip(&somebody).await;
    }
    bench.step_up(&somebody).await;
    somebody
}

pub(crate) async fn put(bench: &Bench, who: &Somebody, path: &str, body: &Value) -> Response {
    let call = bench.call("PUT", path).bearer(&who.access);
    call.json(body).send().await
}

/// The entries of the security log about an account that admins made, oldest first, as `kind`, `actor`, `target`.
pub(crate) async fn acts(bench: &Bench, admin: &Somebody, user: &Somebody) -> Vec<[String; 3]> {
    let path = format!("/api/v1/admin/security-log?user_id={}", user.id);
    let mut found: Vec<_> = crate::trading::get(bench, admin, &path).await["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["detail"]["actor"].is_string())
        .map(|entry| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let detail = &entry["detail"];
            [&entry["kind"], &detail["actor"], &detail["target"]].map(text)
        })
        .collect();
    found.reverse();
    found
}
