//! Tables of what was traded, each row as the program that reads it wants it.

use std::fmt::{self, Write as _};

use chrono::{DateTime, Utc};
use platform::time::{of_millis, to_wire};
use serde::Deserialize;
use store::trading::fills::BookedFill;
use trading::{Amount, order::Side, pnl::LotPart};
use utoipa::ToSchema;
use uuid::Uuid;

/// A table of what was traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportKind {
    /// Every fill.
    Fills,
    /// Every part of a lot that was sold, first in, first out within a connection and market.
    Tax,
    /// Every fill, as Koinly's universal file has trades.
    Koinly,
    /// Every fill, as CoinTracking's file of one's own has trades.
    CoinTracking,
}

impl ExportKind {
    /// What its file is called.
    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Self::Fills => "fills.csv",
            Self::Tax => "tax.csv",
            Self::Koinly => "koinly.csv",
            Self::CoinTracking => "cointracking.csv",
        }
    }

    /// Its first line.
    pub(crate) fn head(self) -> &'static str {
        match self {
            Self::Fills => {
                "filled_at,connection_id,bot_id,order_id,fill_id,symbol,side,price,quantity,quote,fee,fee_asset,liquidity,\
                 connection,bot,base_asset,quote_asset\n"
            }
            Self::Tax => {
                "sold_at,acquired_at,connection_id,symbol,quantity,cost,proceeds,gain,quote_asset,connection,base_asset\n"
            }
            Self::Koinly => {
                "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,Fee Amount,Fee Currency,Label,Description,TxHash\n"
            }
            Self::CoinTracking => {
                "Type,Buy Amount,Buy Currency,Sell Amount,Sell Currency,Fee,Fee Currency,Exchange,Group,Comment,Date,Tx-ID\n"
            }
        }
    }
}

/// Whose fill it was, in the user's words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Labels<'a> {
    pub(crate) connection: &'a str,
    pub(crate) bot: &'a str,
}

/// A text of the user's: in quotes where it has to be, and never what a spreadsheet takes for a formula.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_formula = self.0.starts_with(['=', '+', '-', '@']);
        let mark = if is_formula { "'" } else { "" };
        if self.0.contains([',', '"', '\n', '\r']) {
            write!(f, "\"{mark}{}\"", self.0.replace('"', "\"\""))
        } else {
            write!(f, "{mark}{}", self.0)
        }
    }
}

/// Both sides of a trade: amount and asset that were given, and those that were got.
fn exchanged(row: &BookedFill) -> [String; 4] {
    let base = [row.quantity.to_string(), row.symbol.base().to_string()];
    let quote = [row.quote.to_string(), row.symbol.quote().to_string()];
    let ([given, given_asset], [got, got_asset]) = match row.side {
        Side::Buy => (quote, base),
        Side::Sell => (base, quote),
    };
    [given, given_asset, got, got_asset]
}

/// Writes a fill as a row of one of the tables of fills.
///
/// # Errors
/// None that is known: memory takes every text.
pub(crate) fn write_fill(
    out: &mut String,
    kind: ExportKind,
    connection: Uuid,
    row: &BookedFill,
    labels: Labels<'_>,
) -> fmt::Result {
    let at = of_millis(row.at);
    let [given, given_asset, got, got_asset] = exchanged(row);
    let (fee, fee_asset) = (row.fee, &row.fee_asset);
    match kind {
        ExportKind::Fills | ExportKind::Tax => {
            let (bot, order, id, symbol) = (row.bot_id, row.order_id, row.id, &row.symbol);
            let (side, liquidity) = (word(row.side), word(row.liquidity));
            writeln!(
                out,
                "{},{connection},{bot},{order},{id},{symbol},{side},{},{},{},{fee},{fee_asset},{liquidity},{},{},{},{}",
                to_wire(at),
                row.price,
                row.quantity,
                row.quote,
                Text(labels.connection),
                Text(labels.bot),
                symbol.base(),
                symbol.quote(),
            )
        }
        ExportKind::Koinly => writeln!(
            out,
            "{} UTC,{given},{given_asset},{got},{got_asset},{fee},{fee_asset},,{},{}",
            seconds(at),
            Text(labels.bot),
            row.id,
        ),
        ExportKind::CoinTracking => writeln!(
            out,
            "Trade,{got},{got_asset},{given},{given_asset},{fee},{fee_asset},{},{},,{},{}",
            Text(labels.connection),
            Text(labels.bot),
            seconds(at),
            row.id,
        ),
    }
}

/// Writes a part of a lot that was sold.
///
/// # Errors
/// None that is known: memory takes every text.
pub(crate) fn write_part(
    out: &mut String,
    connection: Uuid,
    row: &BookedFill,
    (part, gain): (&LotPart, Amount),
    label: &str,
) -> fmt::Result {
    let acquired = part
        .acquired_at
        .map(|at| to_wire(of_millis(at)))
        .unwrap_or_default();
    writeln!(
        out,
        "{},{acquired},{connection},{},{},{},{},{gain},{},{},{}",
        to_wire(of_millis(row.at)),
        row.symbol,
        part.quantity,
        part.cost,
        part.proceeds,
        row.symbol.quote(),
        Text(label),
        row.symbol.base(),
    )
}

fn seconds(at: DateTime<Utc>) -> impl fmt::Display {
    at.format("%Y-%m-%d %H:%M:%S")
}

fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn texts_are_quoted_and_no_formulas() {
        for (text, written) in [
            ("Paper", "Paper"),
            ("a, b", "\"a, b\""),
            ("the \"best\"", "\"the \"\"best\"\"\""),
            ("=1+1", "'=1+1"),
            ("@SUM(A1,A2)", "\"'@SUM(A1,A2)\""),
        ] {
            assert_eq!(Text(text).to_string(), written);
        }
    }
}
