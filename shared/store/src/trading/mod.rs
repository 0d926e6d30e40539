//! What trading leaves behind: accounts, bots, orders, fills, and how far their inputs have been played. One file a table.
//!
//! What an engine saves goes into the tables as one JSON document in one statement, of which each file has its table's part:
//! amounts are strings there, so nothing is rounded on the way to `NUMERIC`. That is why those statements are not the
//! entities' own.

pub mod accounts;
pub mod balances;
mod batch;
pub mod bot_states;
pub mod bots;
pub mod commands;
pub mod commit;
pub mod connections;
pub mod deals;
pub mod decisions;
pub mod equity;
pub mod feeds;
pub mod fills;
pub mod orders;
pub mod pages;
pub mod portfolio;
pub(crate) mod signal_outcome;
pub mod signals;

use sea_orm::Value;
use serde::Serialize;

use crate::{StoreError, column::to_json};

/// Rows as one JSON array, for `jsonb_array_elements`.
pub(crate) fn array<T: Serialize>(rows: &[T]) -> Result<Value, StoreError> {
    Ok(to_json(&rows)?.into())
}

/// A number of a row as the kernel has it, which knows none below zero.
pub(crate) fn unsigned<N, To: TryFrom<N>>(
    number: N,
    column: &'static str,
) -> Result<To, StoreError> {
    To::try_from(number).map_err(|_| StoreError::broken(column))
}
