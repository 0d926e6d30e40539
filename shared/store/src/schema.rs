//! Whether the database's schema is one that this binary can work with.

use std::fmt;

use crate::{Db, StoreError, sql};

/// Version of the newest expand step that the code of this workspace relies on.
pub const REQUIRED: i32 = 23;

/// What the migrator's history says about this binary and this database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    /// At the required version, or ahead of it by steps that only add.
    Ready,
    /// The migrator has not run yet, or an older one has.
    Behind {
        /// The version found; 0 is an empty database.
        found: i32,
    },
    /// A newer release has removed something that this binary may still use.
    Contracted {
        /// The first contract step beyond the required version.
        by: i32,
    },
}

impl SchemaState {
    /// True if requests may be served.
    pub fn is_ready(self) -> bool {
        self == Self::Ready
    }
}

impl fmt::Display for SchemaState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("schema is ready"),
            Self::Behind { found } => {
                write!(
                    f,
                    "schema is at version {found}, {REQUIRED} is needed: run the migrator"
                )
            }
            Self::Contracted { by } => write!(
                f,
                "schema was contracted by migration {by}, which this binary does not know: deploy a newer one"
            ),
        }
    }
}

/// The newest version that the migrator has applied; 0 on an empty database.
///
/// # Errors
/// [`StoreError::Unavailable`] if the database cannot be asked, [`StoreError::Other`] without a history.
pub async fn version(db: &Db) -> Result<i32, StoreError> {
    let newest = "SELECT coalesce(max(version::int), 0) FROM schema_history";
    sql::value(db.conn(), newest, [])
        .await?
        .ok_or(StoreError::NotFound)
}

/// Reads the migrator's history. [`REQUIRED`] must be in it: expand steps are applied in order, so all before it are too.
/// A contract step before it may still wait.
///
/// # Errors
/// [`StoreError::Unavailable`] if the database cannot be asked. A missing history is not an error but version 0.
pub async fn state(db: &Db) -> Result<SchemaState, StoreError> {
    // to_regclass finds the table on the search path, or gives null: no error to tell apart on an empty database.
    let exists: bool = sql::value(
        db.conn(),
        "SELECT to_regclass('schema_history') IS NOT NULL",
        [],
    )
    .await?
    .ok_or(StoreError::NotFound)?;
    if !exists {
        return Ok(SchemaState::Behind { found: 0 });
    }
    let (applied, found, contracted): (bool, i32, Option<i32>) = sql::value(
        db.conn(),
        "SELECT coalesce(bool_or(version::int = $1), false),
                coalesce(max(version::int) FILTER (WHERE version::int < $1), 0),
                min(version::int) FILTER (WHERE version::int > $1 AND phase = 'contract')
         FROM schema_history",
        [REQUIRED.into()],
    )
    .await?
    .ok_or(StoreError::NotFound)?;
    Ok(if applied {
        contracted.map_or(SchemaState::Ready, |by| SchemaState::Contracted { by })
    } else {
        SchemaState::Behind { found }
    })
}
