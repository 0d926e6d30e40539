//! Backtests side by side.

use axum::{Json, extract::State};
use engine::spec::{BacktestResult, Figure, Summary};
use serde::{Deserialize, Serialize};
use store::backtests::{self, JobKind};
use trading::Amount;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Backtest;
use crate::{
    error::{ApiError, FieldCode},
    extract::{ApiQuery, Reader},
    state::AppState,
};

/// Backtests of one comparison.
const MOST: usize = 10;

/// Which backtests.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CompareQuery {
    /// Ids of 2 to 10 backtests, separated by commas.
    #[schema(
        min_length = 73,
        max_length = 369,
        pattern = "^[0-9a-fA-F-]{36}(,[0-9a-fA-F-]{36}){1,9}$"
    )]
    #[param(
        min_length = 73,
        max_length = 369,
        pattern = "^[0-9a-fA-F-]{36}(,[0-9a-fA-F-]{36}){1,9}$"
    )]
    ids: String,
}

/// Backtests side by side.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comparison {
    /// The backtests, in the order asked for, without their results.
    pub backtests: Vec<Backtest>,
    /// The figures of these backtests, side by side.
    pub figures: Vec<ComparedFigure>,
}

/// One figure of each backtest.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparedFigure {
    /// Name of the figure.
    pub figure: Figure,
    /// Its values, in the order of the backtests; null where it has no meaning or there is no result.
    pub values: Vec<Option<Amount>>,
}

/// Compares backtests, figure by figure
#[utoipa::path(
    get, path = "/api/v1/backtests/compare", tag = "backtests",
    params(CompareQuery),
    responses(
        (status = 200, description = "Their figures side by side", body = Comparison),
        (status = 404, description = "`not_found`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn compare_backtests(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiQuery(query): ApiQuery<CompareQuery>,
) -> Result<Json<Comparison>, ApiError> {
    let refused = |code, message| ApiError::field("/query/ids", code, message);
    let ids: Vec<Uuid> = query
        .ids
        .split(',')
        .map(|id| {
            id.parse()
                .map_err(|_| refused(FieldCode::Format, "holds something that is no id"))
        })
        .collect::<Result<_, _>>()?;
    if !(2..=MOST).contains(&ids.len()) {
        return Err(refused(FieldCode::OutOfRange, "must be 2 to 10 ids"));
    }
    let found = backtests::find_all(state.db.conn(), principal.user, &ids).await?;
    let (mut rows, mut summaries) = (Vec::new(), Vec::new());
    for id in ids {
        let mut row = found
            .iter()
            .find(|row| row.id == id)
            .cloned()
            .ok_or(ApiError::NotFound)?;
        summaries.push(summary(&mut row)?);
        rows.push(Backtest::from(row));
    }
    let figures = Figure::ALL
        .into_iter()
        .map(|figure| ComparedFigure {
            figure,
            values: summaries
                .iter()
                .map(|summary| summary.as_ref().and_then(|summary| figure.of(summary)))
                .collect(),
        })
        .collect();
    Ok(Json(Comparison {
        backtests: rows,
        figures,
    }))
}

/// Takes the summary out of a row: that of a backtest, or of the best that a search has found.
fn summary(row: &mut backtests::Backtest) -> Result<Option<Summary>, ApiError> {
    let Some(result) = row.result.take() else {
        return Ok(None);
    };
    match row.kind {
        JobKind::Backtest => {
            let result: BacktestResult =
                serde_json::from_value(result).map_err(ApiError::internal)?;
            Ok(Some(result.summary))
        }
        JobKind::Search => {
            let result: engine::spec::SearchResult =
                serde_json::from_value(result).map_err(ApiError::internal)?;
            Ok(result.best.into_iter().next().map(|best| best.summary))
        }
    }
}
