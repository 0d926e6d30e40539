use testkit::TestDb;

use crate::pool;

#[tokio::test]
async fn the_last_backup_is_known_once_there_was_one() {
    let test = TestDb::new().await;
    let db = pool(&test);
    assert_eq!(store::settings::last_backup(db.conn()).await.unwrap(), None);
    // As ops/backup/backup-database.sh writes it.
    test.execute(
        r#"INSERT INTO settings (name, value) VALUES ('last_backup', '{"at": 1790000000, "bytes": 12345}')"#,
    )
    .await;
    assert_eq!(
        store::settings::last_backup(db.conn()).await.unwrap(),
        Some(1_790_000_000)
    );
}
