//! What trading leaves behind: accounts, bots, orders, fills, and how far their inputs have been played.
//!
//! Rows travel as JSON in both directions, whole batches in one statement: amounts are strings there, so nothing is
//! rounded on the way to `NUMERIC` and back.

/// SQL for the time of a column of milliseconds, within the years 1 to 9999: Postgres writes later ones in a form that
/// nobody reads, and none at all after the year 294276.
macro_rules! moment {
    ($column:literal) => {
        concat!(
            "to_timestamp(CASE WHEN ",
            $column,
            " > 253402300799999 THEN 253402300799999 WHEN ",
            $column,
            " < -62135596800000 THEN -62135596800000 ELSE ",
            $column,
            " END / 1000.0)"
        )
    };
}

pub mod bots;
pub mod commands;
pub mod connections;
pub mod feeds;
pub mod lists;
pub mod portfolio;
pub mod runtime;
pub mod save;

use sea_orm::{ConnectionTrait, Value};
use serde::{Serialize, de::DeserializeOwned};

use crate::{StoreError, sql};

/// Reads rows of one JSON column, `row`.
pub(crate) async fn rows<T: DeserializeOwned>(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<T>, StoreError> {
    sql::all(conn, sql, values)
        .await?
        .iter()
        .map(|row| {
            let value: serde_json::Value = row.try_get_by("row")?;
            serde_json::from_value(value).map_err(|error| json(&error))
        })
        .collect()
}

/// Rows as one JSON array, for `jsonb_array_elements`.
pub(crate) fn array<T: Serialize>(rows: &[T]) -> Result<Value, StoreError> {
    Ok(serde_json::to_value(rows)
        .map_err(|error| json(&error))?
        .into())
}

/// A value of one of our enumerations as its table has it.
pub(crate) fn text(value: &impl Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(value).map_err(|error| json(&error))? {
        serde_json::Value::String(text) => Ok(text),
        _ => Err(StoreError::broken("an enumeration")),
    }
}

/// A number of a row as the kernel has it, which knows none below zero.
pub(crate) fn unsigned<N, To: TryFrom<N>>(number: N, column: &'static str) -> Result<To, StoreError> {
    To::try_from(number).map_err(|_| StoreError::broken(column))
}

pub(crate) fn json(error: &serde_json::Error) -> StoreError {
    sea_orm::DbErr::Json(error.to_string()).into()
}
