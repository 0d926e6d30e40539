//! Where the servers are that the tests share.

use std::{env, path::PathBuf, process};

use migrator::{Role, Roles};
use platform::Secret;
use url::Url;

/// The role that owns the schema in tests.
const OWNER_ROLE: &str = "bbx_test_owner";
/// The role that the services sign in as in tests: no superuser, not the owner of anything.
pub const APP_ROLE: &str = "bbx_test_app";
/// Its password. Everybody on the machine may know it, as the superuser's.
pub const APP_PASSWORD: &str = "development";

/// The role as the migrator knows it, which makes it where it is missing.
pub(crate) fn app_roles() -> Roles {
    Roles {
        owner: Role::new(OWNER_ROLE, None),
        app: Role::new(APP_ROLE, Some(Secret::from(APP_PASSWORD))),
        backup: None,
    }
}

/// The test services of `ops/dev services`, as its environment names them.
#[derive(Debug, Clone)]
pub(crate) struct Services {
    /// Superuser, direct.
    postgres: Url,
    /// `host:port` of the pooler in front of it.
    pgbouncer: String,
}

impl Services {
    pub(crate) fn from_env() -> Self {
        Self {
            postgres: required("BLOCKBOTX_TEST_PG")
                .parse()
                .expect("BLOCKBOTX_TEST_PG is a postgresql:// URL"),
            pgbouncer: required("BLOCKBOTX_TEST_PGBOUNCER"),
        }
    }

    /// A Postgres, its superuser in the URL, with a pooler in front of it at this port of 127.0.0.1.
    pub(crate) fn at(postgres: Url, pooler_port: u16) -> Self {
        Self {
            postgres,
            pgbouncer: format!("127.0.0.1:{pooler_port}"),
        }
    }

    /// The address of `database` past the pooler.
    pub(crate) fn direct(&self, database: &str) -> Url {
        let mut url = self.postgres.clone();
        url.set_path(database);
        url
    }

    /// The address of `database` through the pooler, as the services use it.
    pub(crate) fn pooled_as_app(&self, database: &str) -> Url {
        let mut url = self.pooled(database);
        url.set_username(APP_ROLE).expect("a user");
        url.set_password(Some(APP_PASSWORD)).expect("a password");
        url
    }

    /// The address of `database` through the pooler, as superuser.
    pub(crate) fn pooled(&self, database: &str) -> Url {
        through(&self.direct(database), &self.pgbouncer)
    }
}

/// `url` at another `host:port`.
pub(crate) fn through(url: &Url, address: &str) -> Url {
    let (host, port) = address.rsplit_once(':').expect("host:port");
    let mut url = url.clone();
    url.set_host(Some(host)).expect("a host");
    url.set_port(port.parse().ok()).expect("a port");
    url
}

/// `host` and port of the shared Redis.
pub(crate) fn redis() -> (String, u16) {
    let address = required("BLOCKBOTX_TEST_REDIS");
    let (host, port) = address
        .rsplit_once(':')
        .expect("BLOCKBOTX_TEST_REDIS is host:port");
    (host.to_owned(), port.parse().expect("a port"))
}

/// The program `name` of the servers' own tools.
pub(crate) fn tool(name: &str) -> PathBuf {
    PathBuf::from(required("BLOCKBOTX_TEST_TOOLS")).join(name)
}

fn required(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: run `ops/dev services` and load the environment that it prints, or use `ops/dev test`"
        )
    })
}

/// This process, distinguishable from an earlier one that had the same id: `<pid>_<start time>`.
pub(crate) fn this_process() -> String {
    let pid = process::id();
    format!("{pid}_{}", started_at(pid).unwrap_or_default())
}

/// Field 22 of `/proc/<pid>/stat`, in clock ticks since boot: none once the process is gone.
pub(crate) fn started_at(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(19)?.parse().ok()
}
