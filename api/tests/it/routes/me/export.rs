use serde_json::Value;

use crate::{
    bench::{Bench, Somebody},
    trading,
};

const ROUTE: &str = "/api/v1/me/export";

async fn export(bench: &Bench, who: &Somebody) -> Value {
    let answer = bench.get(ROUTE).bearer(&who.access).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json()
}

fn rows<'a>(document: &'a Value, table: &str) -> &'a Vec<Value> {
    document[table]
        .as_array()
        .unwrap_or_else(|| panic!("no {table}"))
}

#[tokio::test]
async fn holds_what_is_the_users_and_nothing_of_others() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let bob = bench.somebody("bob").await;
    let mut bots = Vec::new();
    for who in [&ann, &bob] {
        let connection = trading::connection(&bench, who).await;
        bots.push((trading::bot(&bench, who, &connection).await, connection));
    }
    let (bot, connection) = &bots[0];
    bench
        .db
        .execute(&format!(
            "INSERT INTO equity (user_id, connection_id, at, asset, amount)
             SELECT '{}', '{connection}', n, 'USDT', n + 0.100000000000000001 FROM generate_series(1, 1200) AS n",
            ann.id
        ))
        .await;
    let document = export(&bench, &ann).await;
    assert_eq!(document["format"], 1);
    assert_eq!(rows(&document, "users")[0]["email"], "ann@example.com");
    assert_eq!(rows(&document, "bots")[0]["id"], bot.as_str());
    assert_eq!(rows(&document, "connections")[0]["id"], connection.as_str());
    assert_eq!(rows(&document, "balances")[0]["free"], "10000");
    assert_eq!(rows(&document, "events").len(), 4);
    let equity = rows(&document, "equity");
    assert_eq!(equity.len(), 1_200, "several pages");
    assert_eq!(equity[1_199]["amount"], "1200.100000000000000001");
    let text = document.to_string();
    for foreign in [&bob.id, &bob.email, &bots[1].0, &bots[1].1] {
        assert!(!text.contains(foreign.as_str()), "{foreign}");
    }
    let log = bench.security_log(&ann.id).await;
    assert_eq!(log, ["data_exported", "registered"]);
}

#[tokio::test]
async fn holds_no_secret() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.mail("ann@example.com", 1).await;
    bench
        .db
        .execute(&format!(
            "INSERT INTO connections (id, user_id, venue, label, credentials, key_id, key_hint)
             VALUES (gen_random_uuid(), '{}', 'binance', 'x', 'sealed', 'k1', '…abcd')",
            ann.id
        ))
        .await;
    let document = export(&bench, &ann).await;
    assert_eq!(rows(&document, "connections")[0]["key_hint"], "…abcd");
    let mut names = Vec::new();
    for section in document.as_object().unwrap().values() {
        collect_names(section, &mut names);
    }
    for name in names {
        let is_secret = [
            "hash",
            "secret",
            "password",
            "credential",
            "sealed",
            "token",
        ]
        .iter()
        .any(|part| name.contains(part));
        assert!(!is_secret, "{name}");
    }
    assert!(!document.to_string().contains("argon2"));
}

fn collect_names(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                names.push(name.clone());
                collect_names(field, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}

/// A table that is added later is either in the document or left out for a reason.
#[tokio::test]
async fn every_table_with_users_things_is_there_or_left_out_on_purpose() {
    let bench = Bench::new().await;
    let tables: Vec<String> = sea_orm::sqlx::query_scalar(
        "WITH RECURSIVE owned (id) AS (
             (SELECT 'users'::regclass::oid
              UNION
              SELECT a.attrelid FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid
              WHERE a.attname = 'user_id' AND t.relkind IN ('r', 'p')
                  AND t.relnamespace = 'public'::regnamespace)
             UNION
             SELECT c.conrelid FROM pg_constraint c JOIN owned ON c.confrelid = owned.id WHERE c.contype = 'f'
         ) SELECT id::regclass::text FROM owned ORDER BY 1",
    )
    .fetch_all(&mut bench.db.connect().await)
    .await
    .unwrap();
    for table in &tables {
        let shown = store::export::SECTIONS
            .iter()
            .any(|section| section.table == table);
        let left_out = store::export::LEFT_OUT
            .iter()
            .any(|(name, _)| name == table);
        assert!(shown != left_out, "{table}");
    }
    for (table, _) in store::export::LEFT_OUT {
        assert!(tables.iter().any(|known| known == table), "{table}");
    }
}
