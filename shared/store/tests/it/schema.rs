use store::schema::{self, REQUIRED, SchemaState};
use testkit::TestDb;

use crate::pool;

const HISTORY: &str = "CREATE TABLE IF NOT EXISTS schema_history (
    version integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, phase text NOT NULL,
    app_sha text NOT NULL, duration_ms bigint NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())";

async fn applied(test: &TestDb, version: i32, phase: &str) {
    test.execute(&format!(
        "INSERT INTO schema_history VALUES ({version}, 'x', '', '{phase}', '', 0)"
    ))
    .await;
}

#[tokio::test]
async fn it_is_ready_only_when_nothing_is_missing_and_nothing_was_taken_away() {
    let test = TestDb::empty().await;
    let db = pool(&test);
    let state = async || schema::state(&db).await.unwrap();
    assert_eq!(state().await, SchemaState::Behind { found: 0 });

    test.execute(HISTORY).await;
    for version in 1..REQUIRED {
        applied(&test, version, "expand").await;
    }
    assert_eq!(
        state().await,
        SchemaState::Behind {
            found: REQUIRED - 1
        }
    );
    applied(&test, REQUIRED, "contract").await;
    assert_eq!(state().await, SchemaState::Ready);

    applied(&test, REQUIRED + 1, "expand").await;
    assert_eq!(state().await, SchemaState::Ready);
    applied(&test, REQUIRED + 2, "contract").await;
    assert_eq!(state().await, SchemaState::Contracted { by: REQUIRED + 2 });

    test.execute("DELETE FROM schema_history WHERE version = 1 OR phase = 'contract'")
        .await;
    assert!(!state().await.is_ready());
}
