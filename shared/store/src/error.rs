//! What can go wrong with a query, told apart by SQLSTATE and type, never by the text of a message.

use std::fmt;

use sea_orm::{DbErr, RuntimeErr, sqlx};

/// Why a repository gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Postgres or the pooler cannot be reached, is going down, or has no connection to give. Trying later may help.
    /// A commit that ends so may have happened or not.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] Cause),
    /// A row with this key exists already; `constraint` names the unique index.
    #[error("unique constraint {constraint} is taken")]
    Conflict {
        /// Name of the unique constraint or index; empty if the server did not say.
        constraint: String,
    },
    /// A row points at one that does not exist, or would leave one behind that does.
    #[error("foreign key {constraint} does not hold")]
    Reference {
        /// Name of the foreign key; empty if the server did not say.
        constraint: String,
    },
    /// The row changed since it was read.
    #[error("the row has been changed by someone else")]
    Stale,
    /// There is no such row, or it is not the caller's.
    #[error("no such row")]
    NotFound,
    /// A deadlock or a serialization failure: nothing was written, and the whole transaction may be run again.
    #[error("the transaction collided with another: {0}")]
    Serialization(#[source] Cause),
    /// This process no longer holds the lease under which it wanted to write. Nothing was written.
    #[error("the lease of shard {0} is lost")]
    LeaseLost(u8),
    /// A mistake of ours: bad SQL, a broken row, a violated check.
    #[error("the database refused: {0}")]
    Other(#[source] Cause),
}

/// The driver's error. Its `Debug` shows no more than its `Display`: Postgres' `DETAIL` quotes the row's values.
pub struct Cause(DbErr);

impl Cause {
    /// The five characters of SQLSTATE, if Postgres or the pooler answered at all.
    pub fn sqlstate(&self) -> Option<String> {
        match driver_error(&self.0)? {
            sqlx::Error::Database(error) => error.code().map(std::borrow::Cow::into_owned),
            _ => None,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cause({})", self.0)
    }
}

impl std::error::Error for Cause {}

impl StoreError {
    /// True if the same call may succeed later without anything being put right in the data.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// True if this is a conflict on the unique index `constraint`.
    pub fn is_conflict_on(&self, constraint: &str) -> bool {
        matches!(self, Self::Conflict { constraint: found } if found == constraint)
    }

    pub(crate) fn broken(column: &'static str) -> Self {
        Self::Other(Cause(DbErr::Type(format!(
            "{column} holds an unknown value"
        ))))
    }

    pub(crate) fn timed_out() -> Self {
        Self::Unavailable(Cause(DbErr::ConnectionAcquire(
            sea_orm::ConnAcquireErr::Timeout,
        )))
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(_) => return Self::Unavailable(Cause(error)),
            DbErr::RecordNotFound(_) => return Self::NotFound,
            _ => {}
        }
        match driver_error(&error) {
            Some(sqlx::Error::Database(answer)) => {
                let code = answer.code().unwrap_or_default();
                let constraint = || answer.constraint().unwrap_or_default().to_owned();
                match code.as_ref() {
                    "23505" => Self::Conflict {
                        constraint: constraint(),
                    },
                    "23503" => Self::Reference {
                        constraint: constraint(),
                    },
                    "40001" | "40P01" => Self::Serialization(Cause(error)),
                    code if is_outage(code) => Self::Unavailable(Cause(error)),
                    _ => Self::Other(Cause(error)),
                }
            }
            Some(
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::BeginFailed,
            ) => Self::Unavailable(Cause(error)),
            Some(_) | None => Self::Other(Cause(error)),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        DbErr::Conn(RuntimeErr::SqlxError(error.into())).into()
    }
}

/// SQLSTATEs by which a server or PgBouncer says "not now" (PostgreSQL manual, appendix A): class 08 connection
/// exceptions (PgBouncer answers 08P01 for all of its own), 53 insufficient resources, 57P0x shutdown and start-up,
/// 25P03 session cut for idling in a transaction, 55P03 lock not obtained in time, 57014 cancelled by a timeout,
/// 25006 read-only while a standby takes over.
fn is_outage(code: &str) -> bool {
    code.starts_with("08")
        || code.starts_with("53")
        || code.starts_with("57P")
        || code.starts_with("58")
        || matches!(code, "25P03" | "55P03" | "57014" | "25006")
}

fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}
