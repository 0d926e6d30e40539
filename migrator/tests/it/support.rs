//! A database, a directory of migrations, and the binary on both.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use migrator::{MigrateError, Migrator, Report, Role, Roles, Set, Target, Timings};
use platform::Secret;
use sea_orm::sqlx::{self, AssertSqlSafe};
use tempfile::TempDir;
use testkit::{
    TestDb,
    process::{Binary, Finished},
    wait_until,
};

/// What the tests wait for is near; only what must not happen takes long.
pub(crate) fn timings() -> Timings {
    Timings {
        connect_attempts: 3,
        connect_interval: Duration::from_millis(10),
        lock_wait: Duration::from_secs(20),
        lock_poll: Duration::from_millis(20),
        lock_timeout: Duration::from_secs(3),
        lock_retries: 5,
        retry_pause: Duration::from_millis(10),
        statement_timeout: Duration::from_mins(1),
        concurrent_lock_timeout: Duration::from_mins(1),
        concurrent_statement_timeout: Duration::from_mins(1),
    }
}

pub(crate) struct Sandbox {
    pub(crate) db: TestDb,
    dir: TempDir,
}

impl Sandbox {
    /// An empty database, and `files` as the migrations.
    pub(crate) async fn new(files: &[(&str, &str)]) -> Self {
        let sandbox = Self {
            db: TestDb::empty().await,
            dir: tempfile::tempdir().unwrap(),
        };
        for (name, sql) in files {
            sandbox.write(name, sql);
        }
        sandbox
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn write(&self, name: &str, sql: &str) {
        fs::write(self.dir().join(name), sql).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.dir().join(name)).unwrap();
    }

    pub(crate) fn migrator(&self) -> Migrator {
        self.with(timings())
    }

    pub(crate) fn with(&self, timings: Timings) -> Migrator {
        let set = Set::read(self.dir()).unwrap();
        let target = target(&self.db.direct_url());
        Migrator::new(set, target, timings).with_roles(owner())
    }

    pub(crate) async fn up(&self) -> Result<Report, MigrateError> {
        self.migrator().up(false).await
    }

    /// The binary on this database and this directory.
    pub(crate) fn binary(&self, arguments: &[&str]) -> Binary {
        binary(&self.db.direct_url(), arguments)
            .arg("--dir")
            .arg(self.dir().to_str().unwrap())
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> (i32, String) {
        finished(self.binary(arguments).run().await)
    }

    /// The labels in `schema_history`, which sea-orm's table must agree with.
    pub(crate) async fn applied(&self) -> Vec<String> {
        applied(&self.db).await
    }

    /// Waits until the migrator's sessions run something like `query`.
    pub(crate) async fn until_runs(&self, query: &str) {
        let sql = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND application_name = 'migrator' AND state = 'active' AND query LIKE '%{query}%'"
        );
        wait_until(&format!("the migrator runs {query:?}"), || async {
            count(&self.db, &sql).await > 0
        })
        .await;
    }
}

/// As the binary has it.
fn owner() -> Roles {
    Roles {
        owner: Role::new("blockbotx_migrator", None),
        ..Roles::default()
    }
}

pub(crate) fn target(url: &str) -> Target {
    Target::new(&Secret::new(url.to_owned()), None).unwrap()
}

pub(crate) fn binary(url: &str, arguments: &[&str]) -> Binary {
    let binary = arguments
        .iter()
        .fold(Binary::migrator(), |binary, one| binary.arg(*one));
    binary
        .env("DIRECT_URL", url)
        .env("APP_ENV", "test")
        .arg("--connect-attempts")
        .arg("3")
        .arg("--connect-interval-ms")
        .arg("10")
        .arg("--lock-poll-ms")
        .arg("20")
        .arg("--retry-pause-ms")
        .arg("10")
}

pub(crate) fn finished(finished: Finished) -> (i32, String) {
    (finished.status.code().unwrap(), finished.logs)
}

pub(crate) async fn applied(db: &TestDb) -> Vec<String> {
    let label = "lpad(version::text, 4, '0') || '_' || name";
    let ours = texts(
        db,
        &format!("SELECT {label} FROM schema_history ORDER BY version"),
    )
    .await;
    let theirs = texts(db, "SELECT version FROM seaql_migrations ORDER BY version").await;
    assert_eq!(ours, theirs, "sea-orm's table follows ours");
    ours
}

pub(crate) async fn texts(db: &TestDb, sql: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_all(&mut db.connect().await)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

pub(crate) async fn count(db: &TestDb, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(&mut db.connect().await)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

pub(crate) async fn has_table(db: &TestDb, table: &str) -> bool {
    count(
        db,
        &format!("SELECT count(*) FROM pg_class WHERE relname = '{table}'"),
    )
    .await
        == 1
}

/// The files of this release, as text.
pub(crate) fn embedded() -> BTreeMap<String, String> {
    migrator::set::embedded_files()
}

/// `pg_dump -s`, without the random tokens that newer versions put around it.
pub(crate) fn dump(url: &str) -> String {
    let tools = std::env::var("BLOCKBOTX_TEST_TOOLS").unwrap();
    let output = std::process::Command::new(Path::new(&tools).join("pg_dump"))
        .args(["--schema-only", url])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let kept = text
        .lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
    kept.collect::<Vec<_>>().join("\n")
}
