//! What a bot has earned.

use axum::{Json, extract::State};
use serde::Serialize;
use store::trading::{
    bot_states, connections,
    portfolio::{self, LedgerSum, PnlRow},
};
use trading::{
    Amount,
    bot::{State as KernelState, grid::GridReport},
    pnl::Position,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::owned_bot;
use crate::{
    error::ApiError,
    extract::{ApiPath, Reader},
    state::AppState,
};

/// Days shown.
const DAYS: u32 = 366;

/// What a bot has earned, in its quote.
#[derive(Debug, Serialize, ToSchema)]
pub struct Performance {
    /// Booked, fees off.
    pub realised: Amount,
    /// On what it holds, at the last price, without an exit fee; null before there is a price.
    pub unrealised: Option<Amount>,
    /// Fees, as value in quote.
    pub fees: Amount,
    /// Base held and its cost.
    pub position: Position,
    /// Of a grid, where it comes from; null before there is a price, and for other bots.
    pub grid: Option<GridReport>,
    /// What its fills add up to, by asset.
    pub ledger: Vec<LedgerSum>,
    /// Closed trades by day, newest first.
    pub days: Vec<PnlRow>,
}

/// What a bot has earned
#[utoipa::path(
    get, path = "/api/v1/bots/{id}/performance", tag = "bots",
    params(("id" = Uuid, Path, description = "Id of the bot")),
    responses((status = 200, description = "Its figures", body = Performance)),
)]
pub async fn get_bot_performance(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Json<Performance>, ApiError> {
    let bot = owned_bot(&state, principal, id).await?;
    let conn = state.db.conn();
    let saved = bot_states::state(conn, principal.user, id).await?;
    let price = connections::find(conn, principal.user, bot.connection_id)
        .await?
        .and_then(|connection| connection.feed?.price);
    let (realised, fees, position, grid) = match saved {
        Some(saved) => {
            let saved: KernelState = serde_json::from_value(saved).map_err(ApiError::internal)?;
            let kernel = saved.upgraded().map_err(ApiError::internal)?;
            let position = kernel.position().map_err(ApiError::internal)?;
            let grid = price.map(|price| kernel.grid_report(price)).transpose();
            let grid = grid.map_err(ApiError::internal)?.flatten();
            (kernel.core.realised, kernel.core.fees, position, grid)
        }
        None => (Amount::ZERO, Amount::ZERO, Position::EMPTY, None),
    };
    let unrealised = price
        .map(|price| position.unrealised(price))
        .transpose()
        .map_err(ApiError::internal)?;
    Ok(Json(Performance {
        realised,
        unrealised,
        fees,
        position,
        grid,
        ledger: portfolio::ledger(conn, principal.user, id).await?,
        days: portfolio::pnl(conn, principal.user, Some(id), DAYS).await?,
    }))
}
