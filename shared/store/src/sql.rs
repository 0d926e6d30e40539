//! Short hands for statements that the query builder cannot say.

use sea_orm::{ConnectionTrait, DbBackend, ExecResult, QueryResult, Statement, Value};

use crate::StoreError;

pub(crate) fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

pub(crate) async fn all(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>, StoreError> {
    Ok(conn.query_all_raw(statement(sql, values)).await?)
}

pub(crate) async fn one(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<QueryResult>, StoreError> {
    Ok(conn.query_one_raw(statement(sql, values)).await?)
}

pub(crate) async fn execute(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<ExecResult, StoreError> {
    Ok(conn.execute_raw(statement(sql, values)).await?)
}
