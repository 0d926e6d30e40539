//! The fills of a run as a file of comma-separated values.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use engine::spec::Played;
use platform::time::to_wire;

use super::output::refused;

const HEADER: &str =
    "number,at,deal,order_number,side,purpose,level,price,quantity,quote,fee,fee_asset,liquidity";

/// Writes those that are kept: the first 100,000.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write(played: &Played, path: &Path) -> anyhow::Result<()> {
    let failed = |error: std::io::Error| refused(path, &error);
    let mut out = BufWriter::new(File::create(path).map_err(failed)?);
    writeln!(out, "{HEADER}").map_err(failed)?;
    for trade in played.trades() {
        let trade = trade?;
        writeln!(
            out,
            "{},{},{},{},{},{},{},{},{},{},{},{},{}",
            trade.number,
            trade.at.map(to_wire).unwrap_or_default(),
            trade.deal,
            trade.order_number,
            trade.side,
            trade.purpose,
            trade.level,
            trade.price,
            trade.quantity,
            trade.quote,
            trade.fee,
            trade.fee_asset,
            trade.liquidity,
        )
        .map_err(failed)?;
    }
    out.flush().map_err(failed)
}
