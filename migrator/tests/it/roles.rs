//! The services sign in as a role that changes no schema, and the backup as one that only reads.

use migrator::{Role, Roles};
use platform::Secret;
use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, raw_sql};
use testkit::{process::Binary, servers::OwnPostgres};
use url::Url;

const APP: &str = "development-app";
const BACKUP: &str = "development-backup";

fn roles() -> Roles {
    let role = |name, password| Role::new(name, Some(Secret::from(password)));
    Roles {
        owner: Role::new("blockbotx_migrator", None),
        app: role("blockbotx_app", APP),
        backup: role("blockbotx_backup", BACKUP),
    }
}

async fn connect(postgres: &OwnPostgres, user: &str, password: &str) -> PgConnection {
    let mut url: Url = postgres.direct_url("blockbotx").parse().unwrap();
    url.set_username(user).unwrap();
    url.set_password(Some(password)).unwrap();
    PgConnection::connect(url.as_str()).await.unwrap()
}

/// What Postgres answers: nothing, or the code of its refusal.
async fn ask(connection: &mut PgConnection, sql: &str) -> Option<String> {
    let error = connection
        .execute(raw_sql(AssertSqlSafe(sql)))
        .await
        .err()?;
    let code = error
        .as_database_error()
        .and_then(sea_orm::sqlx::error::DatabaseError::code);
    Some(code.unwrap().into_owned())
}

async fn text(connection: &mut PgConnection, sql: &str) -> String {
    let row = connection
        .fetch_one(raw_sql(AssertSqlSafe(sql)))
        .await
        .unwrap();
    row.get(0)
}

/// An installation of before: one superuser owns everything and is everybody.
async fn of_before() -> OwnPostgres {
    let postgres = OwnPostgres::start().await;
    let url = postgres.direct_url("blockbotx");
    migrator::up(&url, Roles::default()).await.unwrap();
    postgres
        .execute(
            "blockbotx",
            "INSERT INTO users (id, email, password_hash, shard) VALUES (gen_random_uuid(), 'a@example.com', 'x', 0)",
        )
        .await;
    postgres
}

const FORBIDDEN: &str = "42501";

#[tokio::test]
async fn an_installation_of_before_is_carried_over_and_twice_is_once() {
    let postgres = of_before().await;
    let url = postgres.direct_url("blockbotx");
    for _ in 0..2 {
        migrator::up(&url, roles()).await.unwrap();
    }
    let mut app = connect(&postgres, "blockbotx_app", APP).await;
    let mut owner = PgConnection::connect(&url).await.unwrap();
    // Each table, with what was in it.
    let all = "SELECT coalesce(string_agg(c.oid::regclass::text, ', '), '') FROM pg_class c
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
          AND relname NOT IN ('schema_history', 'seaql_migrations')
          AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
                   AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))";
    assert_eq!(text(&mut app, all).await, "", "tables out of reach");
    let sequences = "SELECT count(*)::text FROM pg_class c
        WHERE CASE WHEN relkind = 'S' THEN NOT has_sequence_privilege(c.oid, 'USAGE') ELSE false END";
    assert_eq!(text(&mut app, sequences).await, "0");
    for sql in [
        "SELECT email FROM users FOR UPDATE",
        "UPDATE users SET display_name = 'Ann'",
        "SELECT version FROM schema_history",
        "DELETE FROM users",
    ] {
        assert_eq!(ask(&mut app, sql).await, None, "{sql}");
    }
    // One of a later migration too, by the default privileges.
    for sql in [
        "SET ROLE blockbotx_migrator",
        "CREATE TABLE later (id bigserial PRIMARY KEY)",
    ] {
        assert_eq!(ask(&mut owner, sql).await, None);
    }
    assert_eq!(
        ask(&mut app, "INSERT INTO later DEFAULT VALUES").await,
        None
    );
    let mut backup = connect(&postgres, "blockbotx_backup", BACKUP).await;
    assert_eq!(
        ask(&mut backup, "SELECT * FROM later, later_id_seq").await,
        None
    );
}

/// What is not `blockbotx_migrator`'s, or why that is too much of a role.
const NOT_THE_MIGRATORS: &str = "
SELECT coalesce(string_agg(name, ', '), '') FROM (
    SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner::regrole::text <> 'blockbotx_migrator'
      AND relname <> 'pg_buffercache'
    UNION ALL
    SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proowner::regrole::text <> 'blockbotx_migrator'
      AND proname NOT LIKE 'pg_buffercache%'
    UNION ALL
    SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typowner::regrole::text <> 'blockbotx_migrator'
      AND typname NOT LIKE '%pg_buffercache'
    UNION ALL
    SELECT datname FROM pg_database WHERE datname = current_database() AND datdba::regrole::text <> 'blockbotx_migrator'
    UNION ALL
    SELECT rolname FROM pg_roles WHERE rolname = 'blockbotx_migrator'
      AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls OR rolcanlogin)
) AS objects (name)";

#[tokio::test]
async fn the_schema_is_handed_over_to_a_role_that_is_no_superuser() {
    let postgres = of_before().await;
    let url = postgres.direct_url("blockbotx");
    for sql in [
        "CREATE TYPE mood AS ENUM ('calm')",
        "CREATE TABLE parts (id int, day date NOT NULL) PARTITION BY RANGE (day)",
        "CREATE TABLE part PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        "CREATE EXTENSION pg_buffercache",
        "CREATE SEQUENCE \"Alone\"",
        "CREATE TABLE \"Odd name\" (id bigserial, no bigint GENERATED ALWAYS AS IDENTITY)",
        "CREATE FUNCTION one(\"a B\" int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE blockbotx_migrator SUPERUSER LOGIN PASSWORD 'x'",
    ] {
        postgres.execute("blockbotx", sql).await;
    }
    let mut admin = PgConnection::connect(&url).await.unwrap();
    assert!(text(&mut admin, NOT_THE_MIGRATORS).await.contains("users"));
    for _ in 0..2 {
        migrator::up(&url, roles()).await.unwrap();
        assert_eq!(text(&mut admin, NOT_THE_MIGRATORS).await, "");
    }
    // What is an extension's stays so, and keeps nobody from what is ours.
    let mut app = connect(&postgres, "blockbotx_app", APP).await;
    for sql in ["UPDATE users SET display_name = 'Ann'", "SELECT FROM part"] {
        assert_eq!(ask(&mut app, sql).await, None, "{sql}");
    }
}

#[tokio::test]
async fn views_stay_those_of_who_made_them() {
    let postgres = of_before().await;
    let url = postgres.direct_url("blockbotx");
    for sql in [
        "CREATE SCHEMA reports",
        "CREATE TABLE reports.figures AS SELECT 1 AS n",
        "CREATE VIEW figures AS SELECT n::text FROM reports.figures",
        "CREATE MATERIALIZED VIEW kept AS SELECT n::text FROM reports.figures",
    ] {
        postgres.execute("blockbotx", sql).await;
    }
    migrator::up(&url, roles()).await.unwrap();
    let mut admin = PgConnection::connect(&url).await.unwrap();
    assert_eq!(text(&mut admin, "SELECT n FROM figures").await, "1");
    let refresh = ask(&mut admin, "REFRESH MATERIALIZED VIEW kept").await;
    assert_eq!(refresh, None);
}

/// The owner made the schema without being a superuser; now somebody migrates as one.
#[tokio::test]
async fn an_owner_who_is_no_superuser_keeps_the_schema() {
    let postgres = OwnPostgres::start().await;
    for sql in [
        "CREATE ROLE former LOGIN PASSWORD 'former'",
        "ALTER DATABASE blockbotx OWNER TO former",
    ] {
        postgres.execute("postgres", sql).await;
    }
    let mut url: Url = postgres.direct_url("blockbotx").parse().unwrap();
    url.set_username("former").unwrap();
    url.set_password(Some("former")).unwrap();
    migrator::up(url.as_str(), Roles::default()).await.unwrap();
    let binary = || crate::support::binary(&postgres.direct_url("blockbotx"), &["up"]);
    let done = binary().env("APP_DB_PASSWORD", APP).run().await;
    assert!(done.status.success(), "{}", done.logs);
    assert!(done.logs.contains("former"), "{}", done.logs);
    let mut former = connect(&postgres, "former", "former").await;
    assert_eq!(
        ask(&mut former, "ALTER TABLE users ADD COLUMN x int").await,
        None
    );
    let mut app = connect(&postgres, "blockbotx_app", APP).await;
    assert_eq!(
        ask(&mut app, "UPDATE users SET display_name = ''").await,
        None
    );
}

#[tokio::test]
async fn migrations_run_as_the_owner_of_the_schema() {
    const WHO: &str = "CREATE TABLE who AS SELECT current_user::text AS name";
    const PROGRAM: &str = "COPY (SELECT 1) TO PROGRAM 'cat >/dev/null'";
    let postgres = OwnPostgres::start().await;
    let url = postgres.direct_url("blockbotx");
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, sql: &str| std::fs::write(directory.path().join(name), sql).unwrap();
    write("0001_who.expand.sql", WHO);
    write(
        "0001_who.down.sql",
        "CREATE TABLE back AS SELECT current_user::text AS name; DROP TABLE who",
    );
    let migrator = || {
        let set = migrator::Set::read(directory.path()).unwrap();
        let timings = crate::support::timings();
        migrator::Migrator::new(set, crate::support::target(&url), timings).with_roles(Roles {
            app: None,
            backup: None,
            ..roles()
        })
    };
    migrator().up(false).await.unwrap();
    let mut admin = PgConnection::connect(&url).await.unwrap();
    let who = text(&mut admin, "SELECT name FROM who").await;
    assert_eq!(who, "blockbotx_migrator");
    write("0002_program.expand.sql", PROGRAM);
    let refused = migrator().up(false).await.unwrap_err().to_string();
    assert!(refused.contains("0002_program"), "{refused}");
    assert_eq!(ask(&mut admin, PROGRAM).await, None, "a superuser may");
    std::fs::remove_file(directory.path().join("0002_program.expand.sql")).unwrap();
    migrator().down(1).await.unwrap();
    let who = text(&mut admin, "SELECT name FROM back").await;
    assert_eq!(who, "blockbotx_migrator");
    migrator().fresh().await.unwrap();
    assert_eq!(text(&mut admin, NOT_THE_MIGRATORS).await, "");
}

#[tokio::test]
async fn a_table_that_stays_in_use_is_named_and_nothing_is_migrated() {
    let postgres = of_before().await;
    let url = postgres.direct_url("blockbotx");
    let mut reader = PgConnection::connect(&url).await.unwrap();
    assert_eq!(ask(&mut reader, "BEGIN; SELECT FROM users").await, None);
    let up = || {
        crate::support::binary(
            &url,
            &["up", "--lock-timeout-ms", "50", "--lock-retries", "1"],
        )
    };
    let refused = up().run().await;
    assert_eq!(refused.status.code(), Some(7), "{}", refused.logs);
    let says = "handed over to blockbotx_migrator in 2 attempts";
    assert!(refused.logs.contains(says), "{}", refused.logs);
    assert_eq!(ask(&mut reader, "COMMIT").await, None);
    let done = up().run().await;
    assert!(done.status.success(), "{}", done.logs);
    assert_eq!(text(&mut reader, NOT_THE_MIGRATORS).await, "");
}

/// Two databases of one server, migrated at once; and a table that somebody holds while it is to be handed over.
#[tokio::test]
async fn the_hand_over_waits_for_a_table_in_use() {
    let postgres = of_before().await;
    postgres.execute("postgres", "CREATE DATABASE second").await;
    let url = postgres.direct_url("blockbotx");
    let mut reader = PgConnection::connect(&url).await.unwrap();
    let mut reading = reader.begin().await.unwrap();
    reading.execute("SELECT FROM users").await.unwrap();
    let other = postgres.direct_url("second");
    let (first, second) = (migrator::up(&url, roles()), migrator::up(&other, roles()));
    let waiting = async {
        testkit::wait_until("the migrator waits for the table", || {
            let admin = PgConnection::connect(&url);
            async move {
                let query = "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%OWNER%'";
                text(&mut admin.await.unwrap(), query).await == "1"
            }
        })
        .await;
        reading.commit().await.unwrap();
    };
    let (first, second, ()) = tokio::join!(first, second, waiting);
    first.unwrap();
    second.unwrap();
    for url in [&url, &other] {
        let mut admin = PgConnection::connect(url).await.unwrap();
        assert_eq!(text(&mut admin, NOT_THE_MIGRATORS).await, "");
    }
}

#[tokio::test]
async fn services_change_no_schema_and_leave_the_database_alone() {
    let postgres = of_before().await;
    let url = postgres.direct_url("blockbotx");
    migrator::up(&url, roles()).await.unwrap();
    for (user, password) in [("blockbotx_app", APP), ("blockbotx_backup", BACKUP)] {
        let mut own = connect(&postgres, user, password).await;
        for sql in [
            "CREATE TABLE t (id int)",
            "CREATE TEMPORARY TABLE t (id int)",
            "CREATE SCHEMA s",
            "ALTER TABLE users ADD COLUMN x int",
            "DROP TABLE users",
            "TRUNCATE users",
            "CREATE INDEX ON users (role)",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE EXTENSION dblink",
            "COPY (SELECT 1) TO PROGRAM 'true'",
            "COPY (SELECT 1) TO '/tmp/x'",
            "COPY users FROM '/etc/passwd'",
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT * FROM pg_authid",
            "SELECT * FROM pg_shadow",
            "CREATE ROLE other SUPERUSER",
            "SET ROLE postgres",
            "SET ROLE blockbotx_migrator",
            "ALTER ROLE CURRENT_USER SUPERUSER",
            "ALTER SYSTEM SET log_statement = 'all'",
            "CREATE DATABASE other",
            "INSERT INTO schema_history (version, name, sha256, phase, app_sha, duration_ms) VALUES (1, 'x', 'x', 'expand', 'x', 1)",
            "UPDATE schema_history SET sha256 = 'x'",
            "DELETE FROM seaql_migrations",
            "GRANT SELECT ON users TO PUBLIC",
        ] {
            let code = ask(&mut own, sql).await;
            // A grant without the right to it is a warning of Postgres', and grants nothing.
            let expected = if sql.starts_with("GRANT") {
                None
            } else {
                Some(FORBIDDEN)
            };
            assert_eq!(code.as_deref(), expected, "{user}: {sql}");
        }
    }
    let mut admin = PgConnection::connect(&url).await.unwrap();
    let anybody = "SELECT has_table_privilege('public', 'users', 'SELECT')::text";
    assert_eq!(text(&mut admin, anybody).await, "false");
}

#[tokio::test]
async fn the_backup_reads_everything_and_writes_when_it_succeeded_only() {
    let postgres = of_before().await;
    migrator::up(&postgres.direct_url("blockbotx"), roles())
        .await
        .unwrap();
    let mut backup = connect(&postgres, "blockbotx_backup", BACKUP).await;
    for sql in [
        "INSERT INTO settings (name, value) VALUES ('x', '1')",
        "UPDATE settings SET value = '1'",
        "UPDATE users SET role = 'superadmin'",
        "DELETE FROM users",
    ] {
        assert_eq!(
            ask(&mut backup, sql).await.as_deref(),
            Some(FORBIDDEN),
            "{sql}"
        );
    }
    for _ in 0..2 {
        assert_eq!(
            ask(&mut backup, "SELECT record_backup(1800000000, 5)").await,
            None
        );
    }
    let noted = "SELECT value::text FROM settings WHERE name = 'last_backup'";
    assert_eq!(
        text(&mut backup, noted).await,
        r#"{"at": 1800000000, "bytes": 5}"#
    );
    let mut app = connect(&postgres, "blockbotx_app", APP).await;
    let other = ask(&mut app, "SELECT record_backup(1, 5)").await;
    assert_eq!(other.as_deref(), Some(FORBIDDEN));
}

#[tokio::test]
async fn a_password_follows_the_environment_and_is_in_no_log() {
    let postgres = of_before().await;
    let log_all = "ALTER SYSTEM SET log_statement = 'all'; SELECT pg_reload_conf()";
    for sql in log_all.split("; ") {
        postgres.execute("postgres", sql).await;
    }
    let up = |password: &str| {
        Binary::migrator()
            .arg("up")
            .env("DIRECT_URL", postgres.direct_url("blockbotx"))
            .env("APP_DB_PASSWORD", password)
            .env("LOG_LEVEL", "trace")
            .run()
    };
    for password in [APP, "another-pA55word-of-it'\"$$;--"] {
        let done = up(password).await;
        assert!(done.status.success(), "{}", done.logs);
        assert!(!done.logs.contains(password), "the migrator's log");
        assert!(!postgres.log().contains(password), "the server's log");
        connect(&postgres, "blockbotx_app", password).await;
    }
    for (name, value) in [
        ("APP_DB_USER", "a\"; DROP TABLE users; --"),
        ("BACKUP_DB_USER", "pg_monitor"),
        ("MIGRATOR_DB_USER", "Owner"),
        ("MIGRATOR_DB_USER", "blockbotx_app"),
        ("APP_DB_PASSWORD", "ключ"),
    ] {
        let refused = Binary::migrator()
            .arg("up")
            .env("DIRECT_URL", postgres.direct_url("blockbotx"))
            .env(name, value)
            .run()
            .await;
        assert_eq!(refused.status.code(), Some(2), "{}", refused.logs);
        assert!(refused.logs.contains(name), "{}", refused.logs);
    }
}

/// A managed Postgres: the owner is no superuser and makes no roles.
#[tokio::test]
async fn an_owner_who_may_not_make_roles_says_so_and_gives_rights_to_those_that_are_there() {
    let postgres = OwnPostgres::start().await;
    postgres
        .execute("postgres", "CREATE ROLE owner LOGIN PASSWORD 'owner'")
        .await;
    postgres
        .execute("postgres", "ALTER DATABASE blockbotx OWNER TO owner")
        .await;
    let mut url: Url = postgres.direct_url("blockbotx").parse().unwrap();
    url.set_username("owner").unwrap();
    url.set_password(Some("owner")).unwrap();
    let up = || {
        Binary::migrator()
            .arg("up")
            .env("DIRECT_URL", url.as_str())
            .env("APP_DB_PASSWORD", APP)
            .run()
    };
    let without = up().await;
    assert!(without.status.success(), "{}", without.logs);
    assert!(
        without.logs.contains("may not make one"),
        "{}",
        without.logs
    );
    let role = format!("CREATE ROLE blockbotx_app LOGIN PASSWORD '{APP}'");
    postgres.execute("postgres", &role).await;
    let with = up().await;
    assert!(with.status.success(), "{}", with.logs);
    let mut app = connect(&postgres, "blockbotx_app", APP).await;
    assert_eq!(
        ask(&mut app, "UPDATE users SET display_name = ''").await,
        None
    );
    let ddl = ask(&mut app, "CREATE TABLE t (id int)").await;
    assert_eq!(ddl.as_deref(), Some(FORBIDDEN));
}

#[tokio::test]
async fn a_schema_without_sequences_is_given_rights_on_too() {
    let postgres = OwnPostgres::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("0001_a.expand.sql");
    std::fs::write(file, "CREATE TABLE a (id int);").unwrap();
    let url = postgres.direct_url("blockbotx");
    let set = migrator::Set::read(directory.path()).unwrap();
    let target = crate::support::target(&url);
    let migrator = migrator::Migrator::new(set, target, crate::support::timings());
    let roles = Roles {
        backup: None,
        ..roles()
    };
    migrator.with_roles(roles).up(false).await.unwrap();
    let mut app = connect(&postgres, "blockbotx_app", APP).await;
    assert_eq!(ask(&mut app, "INSERT INTO a VALUES (1)").await, None);
}

/// Somebody made the role by hand, as more than it is to be.
#[tokio::test]
async fn a_role_that_may_too_much_is_cut_back() {
    let postgres = of_before().await;
    postgres
        .execute(
            "postgres",
            "CREATE ROLE blockbotx_app SUPERUSER LOGIN PASSWORD 'x'",
        )
        .await;
    migrator::up(&postgres.direct_url("blockbotx"), roles())
        .await
        .unwrap();
    let mut app = connect(&postgres, "blockbotx_app", APP).await;
    let refused = ask(&mut app, "SELECT * FROM pg_authid").await;
    assert_eq!(refused.as_deref(), Some(FORBIDDEN));
}
