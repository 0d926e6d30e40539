//! Accounts to test exchange connections with.

use serde_json::{Value, json};
use store::trading::connections::{self, Credentials};

use super::PATH;
use crate::{
    bench::{Bench, Somebody},
    trading::post,
};

/// 64 letters and digits that end with `end`.
pub(crate) fn binance_part(end: &str) -> String {
    format!("{}{end}", "x".repeat(64 - end.len()))
}

pub(crate) fn binance(label: &str) -> Value {
    json!({
        "venue": "binance", "label": label, "key": binance_part("KEY1"), "secret": binance_part("SECRET1"),
    })
}

pub(crate) fn okx(label: &str) -> Value {
    json!({
        "venue": "okx", "label": label, "testnet": true, "key": "01234567-89ab-cdef-0123-456789abcdef",
        "secret": "0123456789ABCDEF0123456789ABCDEF", "passphrase": "open sesame",
    })
}

/// Makes a connection and gives its path.
pub(crate) async fn made(bench: &Bench, who: &Somebody, body: &Value) -> String {
    let answer = post(bench, who, PATH, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    format!("{PATH}/{}", answer.json()["id"].as_str().unwrap())
}

/// What is sealed in the row of a connection.
pub(crate) async fn unsealed(bench: &Bench, who: &Somebody, path: &str) -> Credentials {
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    let user = who.id.parse().unwrap();
    connections::credentials(bench.state.db.conn(), &bench.state.vault, user, id)
        .await
        .unwrap()
        .unwrap()
}

/// The kinds of a user's entries in the security log that are about keys.
pub(crate) async fn logged(bench: &Bench, who: &Somebody) -> Vec<String> {
    use sea_orm::{ConnectionTrait, DbBackend, Statement};
    let rows = bench
        .state
        .db
        .conn()
        .query_all_raw(Statement::from_string(
            DbBackend::Postgres,
            format!(
                "SELECT kind FROM security_log WHERE user_id = '{}'
                 AND (kind LIKE 'exchange_%' OR kind LIKE 'live_%') ORDER BY id",
                who.id
            ),
        ))
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.try_get_by("kind").unwrap())
        .collect()
}
