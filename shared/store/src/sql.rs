//! Short hands for statements that the query builder cannot say.

use sea_orm::{
    ConnectionTrait, DbBackend, ExecResult, FromQueryResult, Statement, TryGetableMany, Value,
};

use crate::StoreError;

pub(crate) fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

/// Every row.
pub(crate) async fn rows<T: FromQueryResult>(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<T>, StoreError> {
    let rows = conn.query_all_raw(statement(sql, values)).await?;
    rows.iter()
        .map(|row| Ok(T::from_query_result(row, "")?))
        .collect()
}

/// The first row.
pub(crate) async fn row<T: FromQueryResult>(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<T>, StoreError> {
    let row = conn.query_one_raw(statement(sql, values)).await?;
    Ok(row.map(|row| T::from_query_result(&row, "")).transpose()?)
}

/// The first columns of every row: a value, or a tuple.
pub(crate) async fn values<T: TryGetableMany>(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<T>, StoreError> {
    let rows = conn.query_all_raw(statement(sql, values)).await?;
    rows.iter()
        .map(|row| Ok(row.try_get_many_by_index()?))
        .collect()
}

/// The first columns of the first row: a value, or a tuple.
pub(crate) async fn value<T: TryGetableMany>(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<T>, StoreError> {
    let row = conn.query_one_raw(statement(sql, values)).await?;
    Ok(row.map(|row| row.try_get_many_by_index()).transpose()?)
}

/// Whether there is a row.
pub(crate) async fn exists(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<bool, StoreError> {
    let row = conn.query_one_raw(statement(sql, values)).await?;
    Ok(row.is_some())
}

pub(crate) async fn execute(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<ExecResult, StoreError> {
    Ok(conn.execute_raw(statement(sql, values)).await?)
}
