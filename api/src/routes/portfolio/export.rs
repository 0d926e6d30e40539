//! What was traded, as CSV.

use std::{
    collections::{HashMap, VecDeque},
    fmt::Write as _,
};

use axum::{
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use http::header;
use platform::{
    ids::UserId,
    time::{of_millis, to_wire},
};
use serde::Deserialize;
use store::{
    Db,
    trading::{
        connections,
        fills::{self, BookedFill},
    },
};
use trading::{
    Amount, Symbol,
    order::{Fee, Fill, LegsError, Millis, Side},
    pnl::FifoLots,
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    error::ApiError,
    extract::{ApiQuery, Reader},
    state::AppState,
};

/// Fills that are read at once.
const CHUNK: u32 = 1_000;

/// Before every fill.
const BEGINNING: (Millis, Uuid) = (Millis::MIN, Uuid::nil());

const FILLS: &str = "filled_at,connection_id,bot_id,order_id,fill_id,symbol,side,price,quantity,quote,fee,fee_asset,liquidity\n";

const TAX: &str =
    "sold_at,acquired_at,connection_id,symbol,quantity,cost,proceeds,gain,quote_asset\n";

/// What to export.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// Which table is exported.
    kind: ExportKind,
}

/// A table of what was traded.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportKind {
    /// Every fill.
    Fills,
    /// Every part of a lot that was sold, first in, first out within a connection and market.
    Tax,
}

/// What was traded, as CSV
///
/// By connection, then in the order in which it happened, with what deleted bots and connections have traded. Tax rows
/// match every sale with the oldest lots of the same connection and market; base that was never bought there has no
/// `acquired_at` and a cost of 0.
#[utoipa::path(
    get, path = "/api/v1/portfolio/export", tag = "portfolio",
    params(ExportQuery),
    responses((status = 200, description = "The table, with a header row", body = String, content_type = "text/csv")),
)]
pub async fn export_trades(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiQuery(query): ApiQuery<ExportQuery>,
) -> Result<Response, ApiError> {
    let connections = connections::ids(state.db.conn(), principal.user).await?;
    let (name, head) = match query.kind {
        ExportKind::Fills => ("fills.csv", FILLS),
        ExportKind::Tax => ("tax.csv", TAX),
    };
    let export = Export {
        db: state.db.clone(),
        user: principal.user,
        kind: query.kind,
        connections: connections.into(),
        after: BEGINNING,
        lots: HashMap::new(),
        head: Some(head),
    };
    let body = Body::from_stream(stream::try_unfold(export, Export::next));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, body).into_response())
}

/// Where an export stands: as much of it is in memory as one chunk, and the lots that are still held.
struct Export {
    db: Db,
    user: UserId,
    kind: ExportKind,
    connections: VecDeque<Uuid>,
    after: (Millis, Uuid),
    lots: HashMap<Symbol, FifoLots>,
    head: Option<&'static str>,
}

impl Export {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, ApiError> {
        if let Some(head) = self.head.take() {
            return Ok(Some((Bytes::from_static(head.as_bytes()), self)));
        }
        let mut text = String::new();
        while let Some(connection) = self.connections.front().copied() {
            let of = (self.user, connection);
            let fills = fills::booked(self.db.conn(), of.0, of.1, self.after, CHUNK).await?;
            let Some(last) = fills.last() else {
                self.connections.pop_front();
                self.after = BEGINNING;
                self.lots.clear();
                continue;
            };
            self.after = (last.at, last.id);
            for fill in &fills {
                match self.kind {
                    ExportKind::Fills => write_fill(&mut text, connection, fill)?,
                    ExportKind::Tax => self.write_sale(&mut text, connection, fill)?,
                }
            }
            if !text.is_empty() {
                return Ok(Some((Bytes::from(text), self)));
            }
        }
        Ok(None)
    }

    fn write_sale(
        &mut self,
        text: &mut String,
        connection: Uuid,
        row: &BookedFill,
    ) -> Result<(), ApiError> {
        let legs = kernel(row).legs(row.side, &row.symbol);
        let legs = legs.map_err(|error: LegsError| ApiError::internal(error))?;
        let lots = self.lots.entry(row.symbol.clone()).or_default();
        if row.side == Side::Buy {
            return lots
                .buy(row.at, &legs, row.quote)
                .map_err(ApiError::internal);
        }
        for part in lots
            .sell_parts(&legs, row.quote)
            .map_err(ApiError::internal)?
        {
            let gain = part.proceeds.minus(part.cost).map_err(ApiError::internal)?;
            let acquired = part.acquired_at.map(wire).unwrap_or_default();
            writeln!(
                text,
                "{},{acquired},{connection},{},{},{},{},{gain},{}",
                wire(row.at),
                row.symbol,
                part.quantity,
                part.cost,
                part.proceeds,
                row.symbol.quote(),
            )
            .map_err(ApiError::internal)?;
        }
        Ok(())
    }
}

fn write_fill(text: &mut String, connection: Uuid, row: &BookedFill) -> Result<(), ApiError> {
    let liquidity = serde_json::to_value(row.liquidity).map_err(ApiError::internal)?;
    let side = serde_json::to_value(row.side).map_err(ApiError::internal)?;
    writeln!(
        text,
        "{},{connection},{},{},{},{},{},{},{},{},{},{},{}",
        wire(row.at),
        row.bot_id,
        row.order_id,
        row.id,
        row.symbol,
        side.as_str().unwrap_or_default(),
        row.price,
        row.quantity,
        row.quote,
        row.fee,
        row.fee_asset,
        liquidity.as_str().unwrap_or_default(),
    )
    .map_err(ApiError::internal)
}

/// The fill as the kernel counts it.
fn kernel(row: &BookedFill) -> Fill {
    Fill {
        order: 0,
        trade: String::new(),
        price: row.price,
        quantity: row.quantity,
        quote: row.quote,
        fee: Fee {
            asset: row.fee_asset.clone(),
            amount: row.fee,
            rate: None::<Amount>,
            is_estimated: false,
            conversion: row.fee_conversion,
        },
        liquidity: row.liquidity,
        is_last: false,
    }
}

fn wire(at: Millis) -> String {
    to_wire(of_millis(at))
}
