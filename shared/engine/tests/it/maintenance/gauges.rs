//! What an engine measures.

use std::path::Path;

use platform::{config::Service, metrics::build};
use serde_json::json;
use store::{Db, schema};
use testkit::{paper::PaperAccount, wait_until};

use crate::runner::stand::{Stand, synthetic};

/// Everything runs on this test's thread, whose metrics are read.
#[tokio::test]
async fn its_schema_and_the_accounts_that_play_are_measured() {
    let (recorder, measured) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let mut stand = Stand::new().await;
    let db = Db::connect(&stand.test.database_config()).unwrap();
    let version = schema::version(&db).await.unwrap();
    let is = async |name: &str, value: i32| {
        let line = format!("{name}{{service=\"engine\"}} {value}\n");
        wait_until(&line, || async { measured.render().contains(&line) }).await;
    };
    let mut accounts = Vec::new();
    for _ in 0..2 {
        let spec = synthetic(&json!(1));
        accounts.push(PaperAccount::create(&mut stand.db, stand.user, &spec, &[]).await);
    }
    stand.start(Path::new(".")).await;
    is("schema_version", version).await;
    is("engine_accounts_playing", 0).await;
    for account in &accounts {
        account.set_feed(&mut stand.db, "running").await;
    }
    is("engine_accounts_playing", 2).await;
    accounts[0].set_feed(&mut stand.db, "paused").await;
    is("engine_accounts_playing", 1).await;
    stand.stop().await;
}
