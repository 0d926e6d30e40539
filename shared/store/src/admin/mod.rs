//! What admins see and change: the only queries that are not bound to an owner.

pub mod figures;
pub mod log;
pub mod users;

use crate::{StoreError, Txn, sql};

/// Lets one admin's change of accounts happen at a time, until the end of the transaction: whoever acts is looked at
/// under it, so that of two who take each other's role only one does. Take it before any other lock.
///
/// # Errors
/// [`StoreError`] of the query.
pub async fn lock(txn: &Txn) -> Result<(), StoreError> {
    sql::execute(
        txn,
        "SELECT pg_advisory_xact_lock(hashtextextended('admin', 0))",
        [],
    )
    .await?;
    Ok(())
}
