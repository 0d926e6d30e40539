mod broadcast;
mod figures;
mod maintenance;
mod plans;
mod security_log;
mod settings;
mod users;

use serde_json::Value;
use testkit::http::Response;

use crate::bench::{Bench, Somebody};

/// Somebody whose role was given by hand, with a fresh second factor.
pub(crate) async fn of_role(bench: &Bench, name: &str, role: &str) -> Somebody {
    let somebody = bench.somebody(name).await;
    bench
        .db
        .execute(&format!(
            "UPDATE users SET role = '{role}' WHERE id = '{}'",
            somebody.id
        ))
        .await;
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
