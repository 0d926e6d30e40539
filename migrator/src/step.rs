//! One migration as sea-orm runs it: together with its row of `schema_history`.

use std::time::Instant;

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager, SchemaManagerConnection,
};
use sqlparser::{ast, dialect::PostgreSqlDialect, parser::Parser};

use crate::{
    Timings,
    header::Header,
    history,
    set::Migration,
    statements::{self, Piece},
};

/// Which way a step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Up,
    Down,
}

/// What sea-orm sees: everything that is applied, and the one migration to run.
///
/// sea-orm insists on a file for every row of its table, and takes the first pending (or the last applied) one.
pub(crate) struct Only {
    pub(crate) applied: Vec<String>,
    pub(crate) migration: Migration,
    pub(crate) way: Way,
    pub(crate) timings: Timings,
}

impl Only {
    /// How the file that is run wants to be run.
    pub(crate) fn header(&self) -> &Header {
        header(&self.migration, self.way)
    }
}

fn header(migration: &Migration, way: Way) -> &Header {
    match way {
        Way::Up => &migration.header,
        Way::Down => &migration.down_header,
    }
}

impl MigratorTraitSelf for Only {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let known = self
            .applied
            .iter()
            .filter(|label| **label != self.migration.label())
            .map(|label| Box::new(Known(label.clone())) as Box<dyn MigrationTrait>);
        let step = Step {
            label: self.migration.label(),
            migration: self.migration.clone(),
            way: self.way,
            timings: self.timings.clone(),
        };
        known
            .chain([Box::new(step) as Box<dyn MigrationTrait>])
            .collect()
    }
}

/// An applied migration that is not to be touched.
struct Known(String);

impl MigrationName for Known {
    fn name(&self) -> &str {
        &self.0
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Known {
    async fn up(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(format!("{} is applied already", self.0)))
    }
}

struct Step {
    label: String,
    migration: Migration,
    way: Way,
    timings: Timings,
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        &self.label
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let migration = &self.migration;
        let start = Instant::now();
        if migration.header.no_transaction {
            self.one_by_one(db, &migration.up).await?;
            history::insert(db, migration).await?;
        } else {
            history::insert(db, migration).await?;
            db.execute_unprepared(&migration.up).await?;
        }
        history::finish(db, migration.version, start.elapsed()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let down = self.migration.down.as_deref().unwrap_or_default();
        if self.migration.down_header.no_transaction {
            self.one_by_one(db, down).await?;
            history::remove(db, self.migration.version).await
        } else {
            history::remove(db, self.migration.version).await?;
            db.execute_unprepared(down).await.map(|_| ())
        }
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(!header(&self.migration, self.way).no_transaction)
    }
}

impl Step {
    /// Statements sent together would be one transaction, so each goes alone.
    async fn one_by_one(&self, db: &SchemaManagerConnection<'_>, sql: &str) -> Result<(), DbErr> {
        let pieces = statements::split(sql)
            .map_err(|(line, message)| DbErr::Migration(format!("line {line}: {message}")))?;
        for piece in pieces {
            let is_concurrent = statements::is_concurrent(&piece.text);
            if is_concurrent {
                db.execute_unprepared(&self.patience()).await?;
                drop_invalid_index(db, &piece).await?;
            }
            db.execute_unprepared(&piece.text).await?;
            if is_concurrent {
                db.execute_unprepared("RESET lock_timeout; RESET statement_timeout")
                    .await?;
            }
        }
        Ok(())
    }

    /// Sets the timeouts of a statement that is `CONCURRENTLY`. It waits for every transaction that is older than it, and
    /// leaves an invalid index where it gives up.
    fn patience(&self) -> String {
        let header = header(&self.migration, self.way);
        let lock = header.lock_timeout;
        let statement = header.statement_timeout;
        format!(
            "SET lock_timeout = {}; SET statement_timeout = {}",
            lock.unwrap_or(self.timings.concurrent_lock_timeout)
                .as_millis(),
            statement
                .unwrap_or(self.timings.concurrent_statement_timeout)
                .as_millis()
        )
    }
}

/// A killed `CREATE INDEX CONCURRENTLY` leaves an invalid index, which `IF NOT EXISTS` would take for the real one.
async fn drop_invalid_index(db: &SchemaManagerConnection<'_>, piece: &Piece) -> Result<(), DbErr> {
    let Some(name) = concurrent_index(&piece.text) else {
        return Ok(());
    };
    let query = "SELECT NOT indisvalid AS invalid FROM pg_index WHERE indexrelid = to_regclass($1)";
    let row = db
        .query_one_raw(history::sql(query, [name.as_str().into()]))
        .await?;
    if row.map_or(Ok(false), |row| row.try_get("", "invalid"))? {
        tracing::warn!(
            index = name,
            "dropping an invalid index that an earlier run left"
        );
        let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {name}");
        db.execute_unprepared(&drop).await?;
    }
    Ok(())
}

/// The name of the index that a statement creates concurrently, quoted as it is written there.
fn concurrent_index(statement: &str) -> Option<String> {
    let parsed = Parser::parse_sql(&PostgreSqlDialect {}, statement).ok()?;
    match parsed.into_iter().next()? {
        ast::Statement::CreateIndex(index) if index.concurrently => {
            index.name.map(|name| name.to_string())
        }
        _ => None,
    }
}
