//! What was traded, as CSV.

use std::collections::{HashMap, VecDeque};

use axum::{
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Tz;
use futures_util::stream;
use http::header;
use platform::ids::UserId;
use serde::Deserialize;
use store::{
    Db, labels,
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
    error::{ApiError, FieldCode},
    exports::{ExportKind, Labels, write_fill, write_part},
    extract::{ApiQuery, Reader},
    state::AppState,
};

/// Fills that are read at once.
const CHUNK: u32 = 1_000;

/// Before every fill.
const BEGINNING: (Millis, Uuid) = (Millis::MIN, Uuid::nil());

/// Years that an export can be of.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2200;

/// What to export.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// Which table is exported.
    kind: ExportKind,
    /// Only what this connection has traded.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    connection_id: Option<Uuid>,
    /// Only what was filled, or sold, at or after this time, on the clock of the data.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    from: Option<DateTime<Utc>>,
    /// Only what was filled, or sold, before this time.
    #[schema(nullable = false)]
    #[param(nullable = false)]
    to: Option<DateTime<Utc>>,
    /// Only what was filled, or sold, in this year, in place of `from` and `to`.
    #[schema(minimum = 1970, maximum = 2200, nullable = false)]
    #[param(minimum = 1970, maximum = 2200, nullable = false)]
    year: Option<i32>,
    /// Where the year begins and ends: a zone of the IANA database, UTC unless said otherwise. Times are written in UTC.
    #[schema(
        max_length = 64,
        pattern = r"^[A-Za-z0-9_+/-]+$",
        nullable = false,
        example = "Europe/Berlin"
    )]
    #[param(
        max_length = 64,
        pattern = r"^[A-Za-z0-9_+/-]+$",
        nullable = false,
        example = "Europe/Berlin"
    )]
    timezone: Option<String>,
}

impl ExportQuery {
    /// Milliseconds from which on rows are wanted, and before which.
    fn range(&self) -> Result<(Option<Millis>, Option<Millis>), ApiError> {
        let conflict = |name: &str, message: &'static str| {
            ApiError::field(format!("/query/{name}"), FieldCode::Conflict, message)
        };
        let zone = self.timezone.as_deref().map(|name| {
            name.parse::<Tz>().map_err(|_| {
                let message = "is not a zone of the IANA database";
                ApiError::field("/query/timezone", FieldCode::InvalidTimezone, message)
            })
        });
        let zone = zone.transpose()?;
        let Some(year) = self.year else {
            if zone.is_some() {
                return Err(conflict("timezone", "is of use only together with year"));
            }
            let millis = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp_millis());
            return Ok((millis(self.from), millis(self.to)));
        };
        if self.from.is_some() || self.to.is_some() {
            return Err(conflict("year", "does not go together with from and to"));
        }
        let begins = |year: i32| {
            let zone = zone.unwrap_or(Tz::UTC);
            let midnight = zone.with_ymd_and_hms(year, 1, 1, 0, 0, 0).earliest();
            midnight.map(|at| at.timestamp_millis())
        };
        debug_assert!(YEARS.contains(&year), "the schema bounds it");
        Ok((begins(year), begins(year + 1)))
    }
}

/// What was traded, as CSV
///
/// By connection, then in the order in which it happened, with what deleted bots and connections have traded. Tax rows
/// match every sale with the oldest lots of the same connection and market; base that was never bought there has no
/// `acquired_at` and a cost of 0; lots that were bought before `from` count. Texts that a spreadsheet would take for a formula
/// begin with an apostrophe.
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
    let range = query.range()?;
    let mut connections = connections::ids(state.db.conn(), principal.user).await?;
    if let Some(wanted) = query.connection_id {
        connections.retain(|id| *id == wanted);
        if connections.is_empty() {
            let message = "is none of your connections";
            return Err(ApiError::field(
                "/query/connection_id",
                FieldCode::NotFound,
                message,
            ));
        }
    }
    let labels = labels::of_user(state.db.conn(), principal.user).await?;
    // The lots of a sale are older than the sale.
    let after = match (query.kind, range.0) {
        (ExportKind::Tax, _) | (_, None) => BEGINNING,
        (_, Some(from)) => (from - 1, Uuid::max()),
    };
    let export = Export {
        db: state.db.clone(),
        user: principal.user,
        kind: query.kind,
        connections: connections.into(),
        beginning: after,
        after,
        range,
        lots: HashMap::new(),
        labels: labels.into_iter().collect(),
        head: Some(query.kind.head()),
    };
    let name = query.kind.file_name();
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
    beginning: (Millis, Uuid),
    after: (Millis, Uuid),
    range: (Option<Millis>, Option<Millis>),
    lots: HashMap<Symbol, FifoLots>,
    /// Labels of connections and names of bots.
    labels: HashMap<Uuid, String>,
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
            let is_over = |at: Millis| self.range.1.is_some_and(|to| at >= to);
            let wanted = fills.iter().take_while(|fill| !is_over(fill.at)).count();
            let Some(last) = fills[..wanted].last() else {
                self.connections.pop_front();
                self.after = self.beginning;
                self.lots.clear();
                continue;
            };
            self.after = (last.at, last.id);
            for fill in &fills[..wanted] {
                if self.kind == ExportKind::Tax {
                    self.write_sale(&mut text, connection, fill)?;
                    continue;
                }
                let labels = Labels {
                    connection: self.label(connection),
                    bot: self.label(fill.bot_id),
                };
                write_fill(&mut text, self.kind, connection, fill, labels)
                    .map_err(ApiError::internal)?;
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
            if self.range.0.is_some_and(|from| row.at < from) {
                continue;
            }
            let label = self.labels.get(&connection).map_or("", String::as_str);
            write_part(text, connection, row, (&part, gain), label).map_err(ApiError::internal)?;
        }
        Ok(())
    }

    fn label(&self, id: Uuid) -> &str {
        self.labels.get(&id).map_or("", String::as_str)
    }
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
