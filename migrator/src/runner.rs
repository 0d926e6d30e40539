//! Applies and takes back migrations, safely.

use std::time::{Duration, Instant};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr,
    sqlx::{self, Connection, error::DatabaseError},
};
use sea_orm_migration::MigratorTraitSelf;
use serde::Serialize;

use crate::{
    MigrateError, Status, Target, Timings,
    history::{self, Applied},
    lock::Lock,
    plan::Plan,
    roles::{self, Roles},
    set::{Migration, Set},
    step::{Only, Way},
};

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What ran, in its order, as `NNNN_name`.
    pub ran: Vec<String>,
    /// The highest version that is applied now.
    pub version: Option<i32>,
}

/// A set of migrations and the database to bring to it.
#[derive(Debug, Clone)]
pub struct Migrator {
    set: Set,
    target: Target,
    timings: Timings,
    roles: Roles,
}

impl Migrator {
    /// Nothing is done until one of the commands is called.
    pub fn new(set: Set, target: Target, timings: Timings) -> Self {
        Self {
            set,
            target,
            timings,
            roles: Roles::default(),
        }
    }

    /// The same, and `up` and `fresh` give these roles their rights.
    #[must_use]
    pub fn with_roles(self, roles: Roles) -> Self {
        Self { roles, ..self }
    }

    /// Waits for the database.
    ///
    /// # Errors
    /// Unreachable, refused or pooled.
    pub async fn wait(&self) -> Result<(), MigrateError> {
        let connection = self.target.wait(&self.timings).await?;
        connection.close().await.map_err(database)
    }

    /// Applies what is pending: expand steps, and contract steps when `contract` asks for them.
    ///
    /// # Errors
    /// Everything but [`MigrateError::Pending`] and [`MigrateError::Lint`].
    pub async fn up(&self, contract: bool) -> Result<Report, MigrateError> {
        let mut lock = self.lock().await?;
        let result = self.up_locked(&mut lock, contract).await;
        lock.release().await;
        result
    }

    /// Takes back the last `steps` migrations, the last applied first.
    ///
    /// # Errors
    /// As [`Migrator::up`]; [`MigrateError::Usage`] when one of them has no down file.
    pub async fn down(&self, steps: usize) -> Result<Report, MigrateError> {
        let mut lock = self.lock().await?;
        let result = self.down_locked(&mut lock, steps).await;
        lock.release().await;
        result
    }

    /// Drops the schema `public` with everything in it, and applies all expand steps.
    ///
    /// # Errors
    /// As [`Migrator::up`].
    pub async fn fresh(&self) -> Result<Report, MigrateError> {
        let mut lock = self.lock().await?;
        let result = match self.drop_schema().await {
            Ok(()) => self.up_locked(&mut lock, false).await,
            Err(error) => Err(error),
        };
        lock.release().await;
        result
    }

    /// Where the database stands. Takes no lock and changes nothing.
    ///
    /// # Errors
    /// When the database cannot be reached or read.
    pub async fn status(&self) -> Result<Status, MigrateError> {
        Ok(Status::new(&self.set, &self.read().await?))
    }

    /// Fails unless the database is what this binary would make of it. Takes no lock and changes nothing.
    ///
    /// # Errors
    /// [`MigrateError::Edited`], [`MigrateError::Ahead`] or [`MigrateError::Pending`], in this order.
    pub async fn check(&self, contract: bool) -> Result<Report, MigrateError> {
        let history = self.read().await?;
        let plan = Plan::new(&self.set, &history);
        plan.verify()?;
        let pending: Vec<_> = plan.pending(contract).map(Migration::label).collect();
        if !pending.is_empty() {
            return Err(MigrateError::Pending(pending));
        }
        Ok(report(Vec::new(), &history))
    }

    async fn lock(&self) -> Result<Lock, MigrateError> {
        let connection = self.target.wait(&self.timings).await?;
        Lock::acquire(connection, &self.timings).await
    }

    async fn read(&self) -> Result<Vec<Applied>, MigrateError> {
        self.wait().await?;
        let db = self.open().await?;
        let history = history::read(&db).await;
        db.close().await?;
        Ok(history?)
    }

    /// A connection for the migrator's own tables.
    async fn open(&self) -> Result<DatabaseConnection, MigrateError> {
        let Timings {
            lock_timeout,
            statement_timeout,
            ..
        } = self.timings;
        self.target
            .open(lock_timeout, statement_timeout)
            .await
            .map_err(database)
    }

    /// What is applied, after both tables were made and made to agree.
    async fn reconcile(&self) -> Result<Vec<Applied>, MigrateError> {
        let db = self.open().await?;
        history::install(&db).await?;
        history::mirror(&db).await?;
        let history = history::read(&db).await?;
        db.close().await?;
        Ok(history)
    }

    async fn up_locked(&self, lock: &mut Lock, contract: bool) -> Result<Report, MigrateError> {
        let as_owner = self.as_owner().await?;
        let report = as_owner.migrate(lock, contract).await?;
        let (admin, owner) = (self.open().await?, as_owner.open().await?);
        roles::settle(&admin, &owner, &self.roles).await?;
        admin.close().await?;
        owner.close().await?;
        Ok(report)
    }

    /// The same migrator, whose statements run as the owner of the schema where a superuser is connected. What others own of
    /// the schema is handed over to it first.
    async fn as_owner(&self) -> Result<Self, MigrateError> {
        let Some(role) = &self.roles.owner else {
            return Ok(self.clone());
        };
        let db = self.open().await?;
        let mut attempts = 1;
        let is_ours = loop {
            match roles::adopt(&db, role).await {
                Err(error)
                    if is_worth_another_try(&error, false)
                        && attempts <= self.timings.lock_retries =>
                {
                    tracing::warn!(attempts, %error, "did not get the lock of a table to hand over, trying again");
                    tokio::time::sleep(self.timings.retry_pause * attempts).await;
                    attempts += 1;
                }
                Err(source) if is_worth_another_try(&source, false) => {
                    let role = role.name().to_owned();
                    return Err(MigrateError::HandOver {
                        role,
                        attempts,
                        source,
                    });
                }
                result => break result?,
            }
        };
        db.close().await?;
        let mut same = self.clone();
        if is_ours {
            same.target = self.target.acting_as(role.name());
        }
        Ok(same)
    }

    async fn migrate(&self, lock: &mut Lock, contract: bool) -> Result<Report, MigrateError> {
        let history = self.reconcile().await?;
        let plan = Plan::new(&self.set, &history);
        if !contract && let Some(ahead) = plan.expanded_by() {
            let ahead = ahead.join(", ");
            tracing::warn!(
                ahead,
                "a newer release has added to the database: left as it is"
            );
            return Ok(report(Vec::new(), &history));
        }
        plan.verify()?;
        let newest = history.last().map_or(0, |row| row.version);
        let mut applied: Vec<_> = history.iter().map(Applied::label).collect();
        let mut ran = Vec::new();
        for migration in plan.pending(contract) {
            if migration.version < newest {
                let migration = migration.label();
                tracing::warn!(migration, newest, "applied after a newer one");
            }
            lock.check().await?;
            self.step(&applied, migration, Way::Up).await?;
            applied.push(migration.label());
            ran.push(migration.label());
        }
        Ok(report(ran, &self.reconcile().await?))
    }

    async fn down_locked(&self, lock: &mut Lock, steps: usize) -> Result<Report, MigrateError> {
        let as_owner = self.as_owner().await?;
        let mut history = as_owner.reconcile().await?;
        Plan::new(&self.set, &history).verify()?;
        history.sort_by_key(|row| (row.applied_at, row.version));
        let mut ran = Vec::new();
        for _ in 0..steps {
            let applied: Vec<_> = history.iter().map(Applied::label).collect();
            let Some(last) = history.pop() else { break };
            let Some(migration) = self.set.get(last.version) else {
                return Err(MigrateError::Ahead(vec![last.label()]));
            };
            if migration.down.is_none() {
                let label = migration.label();
                return Err(MigrateError::Usage(format!("{label} has no down file")));
            }
            lock.check().await?;
            as_owner.step(&applied, migration, Way::Down).await?;
            ran.push(migration.label());
        }
        Ok(report(ran, &as_owner.reconcile().await?))
    }

    /// Runs one migration, again when it does not get its table locks in time.
    async fn step(
        &self,
        applied: &[String],
        migration: &Migration,
        way: Way,
    ) -> Result<(), MigrateError> {
        let start = Instant::now();
        let only = Only {
            applied: applied.to_vec(),
            migration: migration.clone(),
            way,
            timings: self.timings.clone(),
        };
        let mut attempts = 1;
        loop {
            match self.attempt(&only).await {
                Ok(()) => break,
                Err(source) if !is_worth_another_try(&source, only.header().no_transaction) => {
                    return Err(MigrateError::Failed {
                        migration: migration.label(),
                        source,
                    });
                }
                Err(source) if attempts > self.timings.lock_retries => {
                    return Err(MigrateError::LockTimeout {
                        migration: migration.label(),
                        attempts,
                        source,
                    });
                }
                Err(error) => {
                    let migration = migration.label();
                    tracing::warn!(migration, attempts, %error, "did not get its locks, trying again");
                }
            }
            tokio::time::sleep(self.timings.retry_pause * attempts).await;
            attempts += 1;
        }
        tracing::info!(
            migration = migration.label(),
            way = match way {
                Way::Up => "up",
                Way::Down => "down",
            },
            attempts,
            duration_ms = start.elapsed().as_millis(),
            "migration done"
        );
        Ok(())
    }

    async fn attempt(&self, only: &Only) -> Result<(), DbErr> {
        let header = only.header();
        let lock_timeout = header.lock_timeout.unwrap_or(self.timings.lock_timeout);
        let statement_timeout = header
            .statement_timeout
            .unwrap_or(self.timings.statement_timeout);
        let db = self
            .target
            .open(lock_timeout, statement_timeout)
            .await
            .map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))?;
        let result = match only.way {
            Way::Up => MigratorTraitSelf::up(only, &db, Some(1)).await,
            Way::Down => MigratorTraitSelf::down(only, &db, Some(1)).await,
        };
        db.close().await?;
        result
    }

    async fn drop_schema(&self) -> Result<(), MigrateError> {
        let db = self
            .target
            .open(self.timings.lock_timeout, Duration::ZERO)
            .await
            .map_err(database)?;
        let owner =
            "SELECT nspowner::regrole::text AS owner FROM pg_namespace WHERE nspname = 'public'";
        let owner = match db.query_one_raw(history::sql(owner, [])).await? {
            Some(row) => row.try_get("", "owner")?,
            // Who owns it in a new database.
            None => "pg_database_owner".to_owned(),
        };
        db.execute_unprepared(&format!(
            "DROP SCHEMA IF EXISTS public CASCADE;
             CREATE SCHEMA public;
             COMMENT ON SCHEMA public IS 'standard public schema';
             GRANT USAGE ON SCHEMA public TO PUBLIC;
             ALTER SCHEMA public OWNER TO {owner}"
        ))
        .await?;
        db.close().await?;
        Ok(())
    }
}

fn report(ran: Vec<String>, history: &[Applied]) -> Report {
    Report {
        ran,
        version: history.iter().map(|row| row.version).max(),
    }
}

/// `lock_not_available`, which is what `lock_timeout` raises, and `deadlock_detected`; outside a transaction also
/// `query_canceled`, which is what `statement_timeout` raises: what was built so far is cleared away and built again.
fn is_worth_another_try(error: &DbErr, outside_transaction: bool) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(source))
    | DbErr::Query(RuntimeErr::SqlxError(source))
    | DbErr::Conn(RuntimeErr::SqlxError(source))) = error
    else {
        return false;
    };
    let code = source.as_database_error().and_then(DatabaseError::code);
    match code.as_deref() {
        Some("55P03" | "40P01") => true,
        Some("57014") => outside_transaction,
        _ => false,
    }
}

fn database(error: sqlx::Error) -> MigrateError {
    MigrateError::Database(DbErr::Conn(RuntimeErr::SqlxError(error.into())))
}
